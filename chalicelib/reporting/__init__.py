"""Figures for people, rolled up from events: orders and revenue by day and channel, and what waits to be done now.

Owns: roll-ups (rebuildable from the outbox). Events in: OrderPlaced, OrderCancelled, OrderPartlyCancelled,
OrderRefunded, OrderShipped. Events out: none.
"""
