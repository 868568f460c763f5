"""Builds, runs and operates Comptoir; never imported by chalicelib."""
