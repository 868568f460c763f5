"""Onboarding: what a company that has just signed up finds, and what it still has to set up.

Owns: the checklist's dismissals, the register of sample data. Sets up by commands of the domains to its left: the chart, the
journals and the first fiscal year, the first warehouse, sample products, customers, stock and orders. Owns no fact of theirs.

Events in: TenantSignedUp, JobStarted and JobContinued of its jobs. Events out: ChecklistUpdated, SampleLoaded, SampleWiped.
"""
