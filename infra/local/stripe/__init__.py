"""A Stripe on loopback: the part of its API that a subscription needs, with its hosted pages, its clock and its webhooks.

It is driven by the official `stripe` library and answers objects with exactly the fields of Stripe's published fixtures
(`tests/golden/stripe/shapes.json`). It shares no code with the product, and knows nothing of it but a webhook's address.
Behaviour is that of API version 2026-10-28 as the reference at https://docs.stripe.com/api tells it; money is whole cents.
"""
