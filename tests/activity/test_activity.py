"""What happened is on the document's timeline, in the feed within the hour, and found by whoever types part of a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.activity import model, service
from chalicelib.kernel.context import Actor, Context
from chalicelib.kernel.documents import Document
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.event import Event
from chalicelib.kernel.shapes import entity
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction

NewContext = Callable[..., Context]


@entity
class Parcel:
    id: str
    number: str
    customer_name: str
    version: int = 0


PARCEL = Document(kind="sales_order", prefix="par", model=Parcel,
                  summary=lambda p: {"number": p.number, "customer_name": p.customer_name})


def happened(ctx: Context, parcel: Parcel, type: str, n: int = 0) -> Event:
    return Event(f"evt_{type}_{n}", type, ctx.tenant_id, ctx.now + timedelta(milliseconds=n), "sales_order", parcel.id, 1,
                 Actor("user", "usr_1", "Léa"), "req_1", {"n": str(n)})


@pytest.fixture
def parcel(new_ctx: NewContext) -> Parcel:
    ctx = new_ctx()
    transaction = Transaction(ctx)
    made = transaction.create(PARCEL, Parcel(id=ctx.new_id("par"), number="SO-2026-000042", customer_name="Zoé Lefèvre"))
    transaction.commit()
    return made


def test_a_repeated_delivery_stands_once_on_the_timeline_newest_first(new_ctx: NewContext, parcel: Parcel) -> None:
    ctx = new_ctx()
    events = [happened(ctx, parcel, "ParcelPacked", 1), happened(ctx, parcel, "ParcelSent", 2)]
    service.record(ctx, events)
    service.record(new_ctx(), events)
    shown = service.timeline(ctx, "sales_order", parcel.id)
    assert [(entry["type"], entry["actor"]["name"]) for entry in shown] == [("ParcelSent", "Léa"), ("ParcelPacked", "Léa")]


def test_the_feed_tells_each_change_once_from_where_the_reader_stopped(new_ctx: NewContext, parcel: Parcel) -> None:
    ctx = new_ctx()
    _, start = service.changes(ctx, "")
    service.record(ctx, [happened(ctx, parcel, "ParcelPacked", 1)])
    later = replace(ctx, now=ctx.now + timedelta(seconds=2))
    rows, position = service.changes(later, start)
    assert [row["type"] for row in rows] == ["ParcelPacked"]
    assert service.changes(later, position)[0] == []
    with pytest.raises(Invalid):
        service.changes(ctx, "yesterday")


@pytest.mark.parametrize("question", ["lefevre", "LEF", "zoé lef", "so-2026-000042", "000042"])
def test_part_of_a_name_or_number_finds_it(new_ctx: NewContext, parcel: Parcel, question: str) -> None:
    ctx = new_ctx()
    service.record(ctx, [happened(ctx, parcel, "ParcelPacked")])
    found = service.search(ctx, question)
    assert [(each["kind"], each["id"], each["title"]) for each in found] == [("sales_order", parcel.id, "SO-2026-000042")]


def test_a_changed_name_is_found_and_the_old_one_is_not(new_ctx: NewContext, parcel: Parcel) -> None:
    service.record(new_ctx(), [happened(new_ctx(), parcel, "ParcelPacked")])
    ctx = new_ctx()
    transaction = Transaction(ctx)
    current = read.get(ctx, PARCEL, parcel.id)
    transaction.save(PARCEL, current, replace(current, customer_name="Zoé Martin"))
    transaction.commit()
    service.record(new_ctx(), [happened(new_ctx(), parcel, "ParcelRenamed")])
    assert service.search(new_ctx(), "lefevre") == []
    assert len(service.search(new_ctx(), "martin")) == 1


def test_words_are_folded_and_split() -> None:
    assert model.words_of({"name": "Bûche glacée", "email": "zoe.martin@example.fr"}) >= {
        "buche", "glacee", "zoe.martin@example.fr", "martin"}
