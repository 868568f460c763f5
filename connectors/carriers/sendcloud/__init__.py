"""Sendcloud: one account for Colissimo, Chronopost, Mondial Relay, DPD and other carriers, by its API v3.

Its OpenAPI documents are published at https://sendcloud.dev (Shipments, Parcel Documents, Parcel Tracking, Shipping
Options, Webhooks).
"""
