"""The demo's past is followed once for each document, and waiting for the rest ends only when all is done."""
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.kernel.context import Actor
from chalicelib.kernel.event import Event
from infra.local import draining
from infra.local.demo import following

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CTX: Any = SimpleNamespace(now=NOW)


def event(type: str, kind: str, entity_id: str, days_ago: int = 100, **data: Any) -> Event:
    at, actor = NOW - timedelta(days=days_ago), Actor("user", "u", "Camille")
    return Event(f"{type}.{entity_id}.{days_ago}", type, "demo", at, kind, entity_id, 1, actor, "r", data)


def calls(*events: Event, elsewhere: frozenset[str] = frozenset()) -> list[tuple[str, str, str]]:
    made = following._calls(CTX, events, elsewhere)
    return sorted((queue, found.type, found.entity_id) for (queue, _), (_, found) in made.items())


def test_of_an_orders_events_each_worker_hears_the_last() -> None:
    placed, shipped = event("OrderPlaced", "sales_order", "o1", 100), event("OrderShipped", "sales_order", "o1", 99)
    assert calls(placed, shipped) == [("invoicing", "OrderPlaced", "o1"), ("invoicing", "OrderShipped", "o1"),
                                      ("payments", "OrderPlaced", "o1"), ("reporting", "OrderShipped", "o1")]
    today = event("OrderPlaced", "sales_order", "o2", 0)
    assert ("subscriptions", "OrderPlaced", "o2") in calls(today), "the plan counts the orders of its period"


def test_what_was_booked_elsewhere_is_not_booked_here() -> None:
    placed = event("OrderPlaced", "sales_order", "o1")
    assert calls(placed, elsewhere=frozenset({"o1"})) == [("reporting", "OrderPlaced", "o1")]


def test_papers_are_drawn_for_the_last_days_only() -> None:
    old, new = event("InvoiceIssued", "invoice", "i1", 4), event("InvoiceIssued", "invoice", "i2", 2)
    assert [each for each in calls(old, new) if each[0] == "documents"] == [("documents", "InvoiceIssued", "i2")]


def test_entries_of_a_journal_are_counted_together_and_articles_looked_at_once() -> None:
    entries = [event("EntryPosted", "journal_entry", f"e{n}", fiscal_year="2025-12-31", journal=journal)
               for n, journal in enumerate(("VE", "VE", "BQ"))]
    assert [each[2] for each in calls(*entries)] == ["e1", "e2"]
    changed = [event("StockChanged", "stock", sku, skus=[sku, "C"]) for sku in ("A", "B")]
    ((_, found),) = following._calls(CTX, changed, frozenset()).values()
    assert found.data["skus"] == ["A", "C", "B"]


def test_each_message_of_a_shop_counts_for_itself() -> None:
    first = event("WebhookReceived", "connection", "c1", 0, inbox="1")
    assert len(calls(first, replace(first, id="another"))) == 2


def test_draining_ends_when_the_stream_was_empty_after_the_queues_and_the_queues_after_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(draining, "_LOOK_SECONDS", 0.0)
    states: list[dict[str, int]] = [{"channels": 2}, {}, {"stock": 1}, {}, {}]
    looked: list[dict[str, int]] = []

    def waiting() -> dict[str, int]:
        looked.append(states[min(len(looked), len(states) - 1)])
        return looked[-1]

    monkeypatch.setattr(draining, "waiting", waiting)
    assert draining.drain(lambda since: True, lambda text: None, 10.0) == {}
    assert looked == states


def test_a_queue_that_does_not_move_is_named_as_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(draining, "_SAY_SECONDS", 0.02)
    monkeypatch.setattr(draining, "_STUCK_SECONDS", 0.1)
    monkeypatch.setattr(draining, "waiting", lambda: {"channels": 3})
    said: list[str] = []
    assert draining.drain(lambda since: True, said.append, 0.3) == {"channels": 3}
    assert "3 events are being followed (channels 3)" in said[0] and "Stuck" in said[-1] and "channels 3" in said[-1]
