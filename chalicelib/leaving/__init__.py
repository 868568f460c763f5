"""Leaving: a company takes its data with it, brings it to another place, forgets a person, or goes for good.

Owns: the table of what is stored and what becomes of it (`families`), exports and imports of a whole company, erasures of
persons with the archive of what the law makes us keep, and the closure of a company. It reads, and where an erasure or an
import wants it writes, what other domains own: only through this table, item by item. Events out: PersonErased,
ArchiveDestroyed, ClosureRequested, ClosureWithdrawn, CompanyClosed, CompanyArchived. Events in: JobStarted, JobContinued and
JobFinished of its own work.
"""
