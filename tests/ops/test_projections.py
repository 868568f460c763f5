"""What is derived is made again, equal to what stood; what was wrong, missing or left over is right afterwards."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.ledger import checkpoints, rolling
from chalicelib.storage import read
from chalicelib.storage.client import client, table_name
from chalicelib.storage.table import text_of
from infra.ops import rebuild, scanning
from infra.ops.projections import PROJECTIONS, Projection
from tests.isolation.world import Company

BY_NAME = {each.name: each for each in PROJECTIONS}


@pytest.fixture(scope="module")
def settled(company: Company) -> Company:
    """With what events had not brought along yet."""
    rebuild.in_place(company.step(), PROJECTIONS, lambda _: None)
    return company


def items(company: Company, *families: str) -> list[Any]:
    return list(scanning.of_tenant(company.ctx(), *families))


def test_a_rebuild_of_what_is_right_changes_nothing(settled: Company, said: list[str]) -> None:
    changed = rebuild.in_place(settled.step(), PROJECTIONS, said.append)
    assert changed == dict.fromkeys(BY_NAME, 0), changed
    assert json.loads(said[-1])["done"] == len(PROJECTIONS)
    assert all(items(settled, *each.families) for each in PROJECTIONS), "there is something of each"


def spoiled(table: Any, wire: Any, **changes: Any) -> None:
    table.put_item(TableName=table_name(), Item={**wire, **changes})


def taken(table: Any, wire: Any) -> None:
    table.delete_item(TableName=table_name(), Key={"pk": wire["pk"], "sk": wire["sk"]})


@pytest.mark.parametrize("name", BY_NAME)
def test_what_was_spoiled_missing_or_left_over_is_as_it_was(settled: Company, said: list[str], name: str) -> None:
    """The broken variant of each projection, made by hand in the table; the state afterwards is the one before, to the byte."""
    projection, table = BY_NAME[name], client()
    before = scanning.digests(scanning.of_tenant(settled.ctx(), *projection.families))
    SPOILED[name](settled, table)
    assert scanning.digests(scanning.of_tenant(settled.ctx(), *projection.families)) != before
    changed = rebuild.in_place(settled.step(), [projection], said.append, dry_run=True)
    assert changed == {} and rebuild.in_place(settled.step(), [projection], said.append)[name] > 0
    after = scanning.digests(scanning.of_tenant(settled.ctx(), *projection.families))
    if name == "stock":
        before, after = ({key: value for key, value in found.items() if "#STOCK_LEVEL#" not in key[0]}
                         for found in (before, after))
    assert {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)} == set()


def _lists(company: Company, table: Any) -> None:
    customer = next(each for each in items(company, "customer") if each["pk"]["S"].endswith(company.ids["customer"]))
    spoiled(table, customer, summary={"S": "{}"}, by_list_sk={"S": "wrong"})
    taken(table, next(each for each in items(company, "unique") if "#sku#" in each["pk"]["S"]))


def _search(company: Company, table: Any) -> None:
    word = next(each for each in items(company, "word") if "#customer#" in each["pk"]["S"])
    taken(table, word)
    known = next(each for each in items(company, "words") if "#product#" in each["pk"]["S"])
    extra = json.loads(text_of(known))["words"]
    spoiled(table, known, data={"S": json.dumps({"words": [*extra, "zzleft"]})})
    product = known["pk"]["S"].rpartition("#")[2]
    table.put_item(TableName=table_name(), Item={
        **word, "pk": {"S": f"T#{company.tenant_id}#WORD#product#zz"}, "sk": {"S": f"zzleft#{product}"}})


def _timelines(company: Company, table: Any) -> None:
    taken(table, next(each for each in items(company, "timeline") if "#customer#" in each["pk"]["S"]))


def _stock(company: Company, table: Any) -> None:
    level = next(each for each in items(company, "stock_level") if each["pk"]["S"].endswith(company.ids["sku"]))
    data = json.loads(text_of(level))
    spoiled(table, level, data={"S": json.dumps({**data, "on_hand": "999"}, separators=(",", ":"))})


def _ledger(company: Company, table: Any) -> None:
    year = next(iter(checkpoints.years(company.ctx())))
    line, *_ = items(company, f"account#{year.id}")
    spoiled(table, line, data={"S": text_of(line).replace("12.34", "99.99")})
    taken(table, items(company, "party_lines")[0])
    table.put_item(TableName=table_name(), Item={**line, "sk": {"S": line["sk"]["S"] + "9"}})
    month = next(each for each in items(company, "balances") if each["sk"]["S"] == "YEAR")
    amount = next(name for name in month if name.startswith("d"))
    spoiled(table, month, **{amount: {"N": "999"}, "d999999": {"N": "1"}})
    party, *_ = items(company, "party_balances")
    spoiled(table, party, debit={"N": "7"})
    assert rolling.differences(company.ctx(), year)


SPOILED = {"lists": _lists, "search": _search, "timelines": _timelines, "stock": _stock, "ledger": _ledger}


def test_stock_and_books_say_what_they_said(settled: Company) -> None:
    """After all of it: the list shows the balances, and the kept balances are the entries'."""
    ctx = settled.ctx()
    rows = {row["id"]: row for row in read.query(ctx, "by_list", "STOCK_LEVEL").items}
    assert rows[settled.ids["sku"]]["on_hand"] == "50"
    assert [rolling.differences(ctx, year) for year in checkpoints.years(ctx)] == [[]]
    assert Projection.__doc__ and set(SPOILED) == set(BY_NAME)
