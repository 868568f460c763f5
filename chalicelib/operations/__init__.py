"""What the running of the service looks like: lag of webhooks and pushes, what waits, jobs, events that failed.

Owns the look at every company that time starts, and the platform's figures. A company sees its own, from its own documents;
those of the whole platform are the operators'. Changes nothing of anybody. Events in: none. Events out: none.
"""
