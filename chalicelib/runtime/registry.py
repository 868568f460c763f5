"""The domains in their order, and what each brings: routes, a queue's handlers, schedules. Loaded by name, lazily."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType

DOMAINS = ("activity", "audit", "tenants", "subscriptions", "webhooks", "parties", "ledger", "catalog", "pricing", "stock",
           "sales", "shipping", "invoicing", "payments", "documents", "channels", "reporting", "onboarding", "leaving",
           "operations", "operators")
"""From left to right: a domain may call those before it, never those after. `activity` owns no business fact."""


def routes(domain: str) -> ModuleType:
    """The domain's routes module; it has `api`."""
    return importlib.import_module(f"chalicelib.{domain}.routes")


def worker(domain: str) -> ModuleType | None:
    """The domain's worker module, if it has one: `HANDLERS` or `handle_batch`, and perhaps `SCHEDULES`."""
    name = f"chalicelib.{domain}.worker"
    return importlib.import_module(name) if importlib.util.find_spec(name) else None
