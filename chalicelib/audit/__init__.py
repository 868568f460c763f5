"""Who did what, when, from where, and what was there before: read, searched, exported, sealed.

Owns: the seals of the records. The records themselves are written by `storage` in the transaction of each change; nothing
here or anywhere else changes or deletes one. Events in: none. Events out: none.
"""
