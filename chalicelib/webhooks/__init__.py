"""Outgoing webhooks: the tenant's own programs are told what happened, signed, and again until they have heard it.

Owns: endpoints (a URL of the tenant's, what it wants to hear of, its secret) and messages (one event told to one endpoint,
with every attempt). Owns no business fact. Events in: the published ones (`events.routing.PUBLISHED`), its own turns, revoked
API keys. Events out: `WebhookEndpoint…`. What a shop sends to us is `channels`' and `shipping`'s, not this.
"""
