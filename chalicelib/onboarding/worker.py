"""The `onboarding` queue: what a company that signed up finds."""

from __future__ import annotations

from chalicelib.onboarding import provisioning

HANDLERS = {"TenantSignedUp": provisioning.on_signed_up}
