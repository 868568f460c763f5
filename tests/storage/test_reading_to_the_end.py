"""What is read to the end of a partition is all of it, in order, however small the pages are."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest

from chalicelib.kernel.context import Context
from chalicelib.parties.model import CUSTOMER, CustomerBody
from chalicelib.parties.service import create_customer
from chalicelib.storage import client, keys, read, write
from chalicelib.storage.table import Item

CARDS = [f"{n:02d}" for n in range(7)]


@pytest.fixture
def shelf(new_ctx: Callable[..., Context]) -> Context:
    """Seven cards on one shelf, and seven customers."""
    ctx = new_ctx()
    write.many(ctx, [Item(keys.child(ctx, "card", "shelf", n), "card", ctx.tenant_id, f'{{"n":"{n}"}}') for n in CARDS])
    for n in CARDS:
        create_customer(ctx.step(n), CustomerBody(name=f"Zoé {n}"))
    return ctx


@pytest.mark.parametrize("limit", [1, 3, 7, 8])
def test_every_one_comes_once_whatever_the_page(shelf: Context, limit: int) -> None:
    assert [each.key.sk for each in read.every_item(shelf, "CARD#shelf", limit=limit)] == CARDS
    backwards = read.every_item(shelf, "CARD#shelf", limit=limit, newest_first=True, between=("02", "05"))
    assert [each.key.sk for each in backwards] == ["05", "04", "03", "02"]
    rows = [row["id"] for row in read.every_row(shelf, "by_list", "CUSTOMER", limit=limit)]
    found = list(read.every_document(shelf, CUSTOMER, "by_list", "CUSTOMER", limit=limit))
    assert [each.id for each in found] == rows and {each.name for each in found} == {f"Zoé {n}" for n in CARDS}
    assert len(read.wires(shelf, "CARD#shelf")) == len(CARDS) and list(read.every_item(shelf, "CARD#nowhere")) == []


def test_who_stops_half_way_stops_the_reading(shelf: Context) -> None:
    queries: list[str] = []

    def watch(operation: str, _: dict[str, Any], __: dict[str, Any]) -> None:
        queries.append(operation)

    client.observers.append(watch)
    try:
        assert len(list(islice(read.every_item(shelf, "CARD#shelf", limit=2), 3))) == 3
    finally:
        client.observers.remove(watch)
    assert queries == ["Query", "Query"]
