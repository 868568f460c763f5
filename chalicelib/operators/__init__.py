"""Operators: those who run the platform, what they may look at, and what they may do to a tenant.

Owns: operators and their sessions, the list of tenants with usage and health, feature switches, and the log of it all, in a
partition of its own (`@operators`). Does not own: a tenant's subscription (decided by `subscriptions`), a tenant's consent to
an operator's access (`tenants.support`), nor how an operator is known at the edge (`runtime.operating`).

`looking` is the one place that reads in tenants' partitions for the platform: numbers, states and instants, nothing of their
business. Events out, all in its own partition: those of `model.ACTS`, ActDone, ActRefused, OperatorSignedIn,
OperatorSignInRefused, OperatorSignedOut, OperatorAdded, OperatorDisabled, SwitchChanged. Events in: none.
"""
