"""Subscriptions: which plan a tenant has, whether it is paid, and what follows when it is not.

Owns: the subscription of a tenant, the counts of what it uses, the conversation with Stripe. Does not own: what a plan lets
a tenant have (`tenants.selling`), and refusing what a late subscription may not do (the edge).
`account` is the only module that imports Stripe's library.

Events out: SubscriptionStarted, SubscriptionChanged, SubscriptionEnding, SubscriptionResumed, SubscriptionTrialEnded,
SubscriptionPastDue, SubscriptionReadOnly, SubscriptionSuspended, SubscriptionClosed, SubscriptionRecovered,
SubscriptionReminded, SubscriptionTrialExtended, SubscriptionHeld, SubscriptionReleased, PlanLimitReached,
StripeEventReceived. Events in: its own, OrderPlaced, and ClosureRequested, ClosureWithdrawn and CompanyClosed.
"""
