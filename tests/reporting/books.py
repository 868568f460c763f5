"""Reports of a small merchant: its events handled as the queue would, and roll-ups as one can read them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.kernel.context import Command, Context
from chalicelib.kernel.event import Event
from chalicelib.reporting import querying, rolling
from chalicelib.reporting.answers import Report
from chalicelib.reporting.facts import SOURCES
from chalicelib.runtime.worker import event_context
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants.model import TENANT, Tenant
from tests.sales.shop import Shop

TOLD = tuple(dict.fromkeys(name for source in SOURCES.values() for name in source.events))


def found_company(shop: Shop, currency: str = "EUR") -> None:
    """The merchant's tenant: reports are told in its zone and currency."""
    ctx = shop.ctx()
    tx = Transaction(ctx)
    tx.create(TENANT, Tenant(id=ctx.tenant_id, name="Maison Givrée", currency=currency, created_at=ctx.now))
    tx.commit()


def today(ctx: Context) -> str:
    """The day as the merchant's calendar has it, which near midnight is not that of UTC."""
    return f"{ctx.now.astimezone(ZoneInfo('Europe/Paris')).date()}"


def told(shop: Shop) -> list[Event]:
    """Every event reports hear of, oldest first."""
    return shop.events(*TOLD)


def handle(events: Iterable[Event]) -> None:
    """The queue's work."""
    for event in events:
        rolling.record(event_context(event, "reporting", 60), event)


def at(shop: Shop, instant: str) -> Context:
    """A command at an instant of UTC."""
    ctx = shop.ctx()
    return replace(ctx, now=datetime.fromisoformat(instant).replace(tzinfo=UTC), command=Command(f"at:{ctx.command.id}"))


def report(ctx: Context, **query: str) -> Report:
    query.setdefault("from", query.pop("first", "2026-11-01"))
    query.setdefault("to", query.pop("last", "2026-11-30"))
    return querying.report(ctx, querying.question(ctx, query))


def figures(ctx: Context, group_by: str, *measures: str, **query: str) -> dict[str, tuple[Any, ...]]:
    """A report's rows that hold anything: key → the measures in their order; the total under `total`."""
    made = report(ctx, group_by=group_by, measures=",".join(measures), **query)
    rows = {row.key: tuple(row.values[name] for name in measures) for row in made.rows if any(row.values.values())}
    return {**rows, "total": tuple(made.totals[name] for name in measures)}


D = Decimal
