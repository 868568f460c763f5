"""What happened, for people: each document's timeline, the changes feed the portal polls, and search.

Owns: timeline entries, the feed, search words. Owns no business fact: all of it is written from events and can be
written again from the outbox. Events in: all that are not silent. Events out: none.
"""
