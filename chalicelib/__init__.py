"""Comptoir's back office: everything that runs inside Lambda, one package per business domain."""
