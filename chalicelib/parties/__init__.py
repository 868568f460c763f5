"""Whom we deal with: customers, one record each on every channel.

Owns: customers, their addresses, the guards of e-mail and SIREN that keep them single. Events out: CustomerCreated,
CustomerUpdated. Events in: none.
"""
