"""Who is limited to warehouses and stores sees, moves and counts nothing outside them: every operation of the route table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.kernel.context import Command
from chalicelib.kernel.errors import Forbidden
from chalicelib.kernel.ids import sortable_id
from chalicelib.kernel.scope import BY_HAND, CHANNEL, RULES, WAREHOUSE, Scope
from chalicelib.runtime import resources, scopes
from chalicelib.runtime.access import ROLES
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants.model import USER, User
from chalicelib.tenants.selling import entitlements
from infra import access_page
from tests.isolation import matrix
from tests.isolation.people import problem_code
from tests.isolation.world import Company, tapped

ELSEWHERE = {"warehouse_ids": ("whs_elsewhere",), "channel_ids": ("con_elsewhere",)}
HIDDEN = ("order", "goods_delivery", "open_delivery", "packed_delivery", "connection", "binding", "delivery", "run",
          "operation", "warehouse", "second_warehouse", "invoice", "issued", "paper", "order_number", "invoice_number",
          "shipment")
"""What stands in a store or warehouse of the company, by the names of the isolation proofs."""


class Shop(Company):
    """The company with people of the role owner who are limited, as no command would make them: so nothing but the scope
    keeps them from anything."""

    def limit(self, name: str, warehouse_ids: tuple[str, ...] = (), channel_ids: tuple[str, ...] = ()) -> None:
        ctx = replace(self.ctx(), command=Command(f"limit:{name}"))
        transaction = Transaction(ctx)
        self.users[name] = transaction.create(USER, User(
            id=sortable_id("usr", ctx.now, ctx.chance.token(10)), email=f"{name}@shop.example", email_key=ctx.blind(name),
            login_id=f"lgn_{name}", name=name, role="owner", warehouse_ids=warehouse_ids, channel_ids=channel_ids,
            joined_at=ctx.now))
        transaction.commit()

    def as_(self, name: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        status, _, answer = self.ask(method, path, body, self.headers(name))
        return status, answer


@pytest.fixture(scope="module")
def shop(engine: Any) -> Iterator[Shop]:
    with tapped():
        made = Shop("portee", "MARKPORTEE8T")
        made.fill()
        line = {"sku": made.ids["sku"], "quantity": "1", "unit_price": "9.90"}
        for n in range(5):
            made.say("POST", "/api/sales/orders", {"lines": [line], "channel_id": made.ids["connection"],
                                                   "external_id": f"9{n}", "channel_name": "Lyon"}, expect=201)
        made.say("POST", "/api/stock/transfers", {
            "warehouse_id": made.ids["warehouse"], "to_warehouse_id": made.ids["second_warehouse"],
            "lines": [{"sku": made.ids["sku"], "quantity": "7"}]}, expect=201)
        made.work()
        made.limit("elsewhere", **ELSEWHERE)
        made.limit("stores", channel_ids=(made.ids["connection"],))
        made.limit("counter", channel_ids=(BY_HAND,))
        made.limit("house", warehouse_ids=(made.ids["second_warehouse"],))
        yield made


# -- the table is whole ----------------------------------------------------------------------------------------------


def test_every_operation_says_what_a_scope_means_for_it() -> None:
    assert [e.path for e in access_page.endpoints() if not e.public and scopes.row_of(e.method, e.path) is None] == []
    assert scopes.row_of("GET", "/api/forecasts/plans") is None, "a new domain has no row until somebody writes one"
    for begin in scopes.TABLE:
        method, _, path = begin.rpartition(" ")
        assert any((not method or e.method == method) and (e.path.removeprefix("/api/") + "/").startswith(path + "/")
                   for e in access_page.endpoints()), begin


def test_an_operation_nobody_declared_is_closed_to_the_limited(shop: Shop) -> None:
    ctx = replace(shop.ctx(), scope=Scope(frozenset({"whs_x"})))
    with pytest.raises(Forbidden) as refused:
        scopes.check(ctx, "GET", "/api/forecasts/plans")
    assert refused.value.code == "beyond_scope" and "whs_x" in refused.value.detail
    scopes.check(shop.ctx(), "GET", "/api/forecasts/plans")


def test_every_document_with_a_place_in_its_summary_has_a_rule() -> None:
    """A shape that names a warehouse or a store and stands in a list is either ruled here, or named as the whole company's."""
    from tests.migrations.shapes import documents, example

    whole = {"user", "invitation", "api_key", "price_list"}
    for kind, document in documents().items():
        row = document.summary(example(document.model))
        named = {name for name in row if re.fullmatch(r"(to_)?warehouse_id|channel_id|connection_id", name)}
        if named and kind not in whole:
            rule = RULES.get(kind)
            assert rule and named <= {*rule.warehouses, *rule.channels}, (kind, named)


# -- reading ---------------------------------------------------------------------------------------------------------


def _reads(shop: Shop) -> Iterator[str]:
    """Every GET of the route table, about the company's own things, and every list."""
    yield from (call.path for call in matrix.path_calls(shop, shop.ids, 1) if call.method == "GET")
    yield from (e.path for e in access_page.endpoints() if e.method == "GET" and "{" not in e.path and not e.public)
    yield from (call.path for call in matrix.reference_calls(shop, shop.ids, 1) if call.method == "GET")
    yield f"/api/search?q={shop.ids['order_number']}"
    yield f"/api/search?q={shop.mark}"
    yield "/api/changes?since=2020-01-01T00:00:00%2B00:00"
    yield f"/api/documents/papers?subject_id={shop.ids['order']}"


def _told(shop: Shop, who: str) -> list[str]:
    """What of the company's places an answer to this person names."""
    found = []
    for path in _reads(shop):
        status, answer = shop.as_(who, "GET", path)
        text = json.dumps(answer, default=str).replace(path, "")
        asked = {value for value in shop.ids.values() if value in path}
        named = [kind for kind in HIDDEN if shop.ids[kind] in text and shop.ids[kind] not in asked]
        if named or status >= 500:
            found.append(f"{path}: {status} {named}")
    return found


def test_who_is_limited_to_elsewhere_is_told_of_nothing_here(shop: Shop) -> None:
    assert len(set(_reads(shop))) > 130
    assert _told(shop, "elsewhere") == []


def test_a_document_outside_answers_as_one_that_is_not(shop: Shop) -> None:
    placed = ("order", "goods_delivery", "connection", "operation", "warehouse", "invoice", "paper", "delivery")
    for call in matrix.path_calls(shop, shop.ids, 1):
        if call.method == "GET" and any(shop.ids[name] in call.path for name in placed) and "/timeline/" not in call.path:
            status, answer = shop.as_("elsewhere", "GET", call.path)
            assert (status, problem_code(answer)) in ((404, "not_found"), (403, "beyond_scope")), call.path


def _walk(shop: Shop, who: str, path: str, limit: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor = ""
    while True:
        status, page = shop.as_(who, "GET", f"{path}{'&' if '?' in path else '?'}limit={limit}&cursor={cursor}")
        assert status == 200, page
        rows += page["items"]
        cursor = page.get("cursor") or ""
        if not cursor:
            return rows


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_pages_of_a_limited_list_miss_nothing_and_repeat_nothing(shop: Shop, limit: int) -> None:
    scope = {"stores": Scope(channel_ids=frozenset({shop.ids["connection"]})),
             "counter": Scope(channel_ids=frozenset({BY_HAND})),
             "house": Scope(warehouse_ids=frozenset({shop.ids["second_warehouse"]}))}
    lists = [("/api/sales/orders", "sales_order"), ("/api/sales/orders?view=to_ship", "sales_order"),
             ("/api/shipping/deliveries", "sales_delivery"), ("/api/stock/operations", "stock_operation"),
             ("/api/stock/warehouses", "warehouse"), ("/api/invoicing/invoices", "invoice"),
             ("/api/channels/deliveries", "delivery")]
    seen = 0
    for path, kind in lists:
        everything = _walk(shop, "owner", path, 100)
        for who, place in scope.items():
            wanted = [row["id"] for row in everything if place.sees(kind, row)]
            assert [row["id"] for row in _walk(shop, who, path, limit)] == wanted, (who, path)
            seen += 0 < len(wanted) < len(everything)
    assert seen >= 6, "a list that is all or nothing proves little"


def test_a_limited_list_reads_so_many_rows_and_no_more(shop: Shop, monkeypatch: Any) -> None:
    """Nobody's page reads a whole year for one row: after so many rows it answers what it found and a cursor."""
    monkeypatch.setattr(resources, "ROWS_LOOKED_AT", 3)
    honest = read.query
    monkeypatch.setattr(read, "query", lambda *args, **options: honest(*args, **{**options, "limit": min(options["limit"], 2)}))
    status, page = shop.as_("elsewhere", "GET", "/api/sales/orders")
    assert (status, page["items"], page["looked_at"]) == (200, [], 4) and page["cursor"]
    rows = _walk(shop, "stores", "/api/sales/orders", 50)
    assert len(rows) == 5 == len({row["id"] for row in rows})


# -- numbers ---------------------------------------------------------------------------------------------------------


def test_stock_is_counted_in_ones_own_warehouses(shop: Shop) -> None:
    sku = shop.ids["sku"]
    whole = shop.as_("owner", "GET", f"/api/stock/levels/{sku}")[1]
    status, mine = shop.as_("house", "GET", f"/api/stock/levels/{sku}")
    assert status == 200 and (mine["on_hand"], whole["on_hand"]) == ("7", "50") and mine["valuation"] is None
    assert {w["warehouse_id"] for w in mine["warehouses"]} == {shop.ids["second_warehouse"]}
    assert {m["place"]["warehouse_id"] for m in (*mine["moves"], *mine["balances"])} == {shop.ids["second_warehouse"]}
    row = next(each for each in shop.as_("house", "GET", "/api/stock/levels")[1]["items"] if each["sku"] == sku)
    assert (row["on_hand"], row["is_low"]) == ("7", False)
    assert shop.as_("house", "GET", f"/api/stock/levels/{sku}/explain")[1]["value"] == "7"
    outside = shop.as_("house", "GET", f"/api/stock/levels/{sku}/explain?warehouse_ids={shop.ids['warehouse']}")[1]
    assert (outside["value"], outside["inputs"]) == ("0", [])
    assert shop.as_("house", "GET", "/api/stock/levels?is_low=true")[1]["code"] == "beyond_scope"


def test_another_stores_order_that_holds_stock_is_a_quantity_without_a_name(shop: Shop) -> None:
    held = shop.as_("stores", "GET", f"/api/stock/levels/{shop.ids['sku']}")[1]["reservations"]
    whole = shop.as_("owner", "GET", f"/api/stock/levels/{shop.ids['sku']}")[1]["reservations"]
    assert sorted(h["quantity"] for h in held) == sorted(h["quantity"] for h in whole)
    assert {bool(h["order_number"]) for h in held} == {True, False} and all(h["order_number"] for h in whole)


def test_reports_and_work_count_ones_own_stores(shop: Shop) -> None:
    asked = "/api/reporting/report?measures=orders&compare=none"
    totals = {who: shop.as_(who, "GET", asked)[1]["totals"]["orders"] for who in ("owner", "stores", "counter", "elsewhere")}
    assert int(totals["stores"]) == 5 and int(totals["owner"]) == int(totals["stores"]) + int(totals["counter"])
    assert not totals["elsewhere"] or int(totals["elsewhere"]) == 0
    rows = shop.as_("stores", "GET", f"{asked}&group_by=channel")[1]["rows"]
    assert [row["key"] for row in rows] == [shop.ids["connection"]]
    refused = [shop.as_("stores", "GET", f"{asked}&group_by={by}")[1]["code"] for by in ("product", "customer", "warehouse")]
    assert refused[:2] == ["beyond_scope"] * 2 and refused[2] in ("beyond_scope", "measures")
    assert shop.as_("stores", "GET", f"{asked}&channel={BY_HAND}")[1]["totals"]["orders"] in (None, "0")
    behind = shop.as_("stores", "GET", "/api/reporting/documents?measure=orders")[1]["items"]
    assert len(behind) == 5 and shop.ids["order"] not in {row["id"] for row in behind}
    work = {who: shop.as_(who, "GET", "/api/reporting/work")[1]["ship"] for who in ("owner", "stores", "elsewhere")}
    assert work["stores"] == 5 < work["owner"] and work["elsewhere"] == 0


# -- writing ---------------------------------------------------------------------------------------------------------


def _placed(dump: dict[Any, str]) -> dict[Any, str]:
    """What of the table stands in a warehouse or store, and the stock."""
    kinds = "|".join([*(kind.upper() for kind in RULES), "STOCK", "BALANCE", "RESERVATION", "MOVES"])
    return {key: value for key, value in dump.items() if re.match(rf"T#portee#({kinds})#", key[0])}


def test_nothing_outside_the_scope_is_written(shop: Shop) -> None:
    before = _placed(shop.dump())
    named = {kind: shop.ids[kind] for kind in HIDDEN}
    for call in (*matrix.path_calls(shop, shop.ids, 7), *matrix.reference_calls(shop, shop.ids, 7)):
        text = call.path + json.dumps(call.body or {})
        if call.method == "GET" or not any(value in text for value in named.values()):
            continue
        row = scopes.row_of(call.method, call.path)
        if row == scopes.Row(scopes.OPEN) or re.search(r"tenants/(users|invitations)", call.path):
            continue
        status, answer = shop.as_("elsewhere", call.method, call.path, call.body)
        if call.path == "/api/sales/shipments":
            status = 404 if answer["items"][0]["error"]["code"] == "not_found" else status
        assert status in (400, 403, 404), (call.method, call.path, status, answer)
    assert len(before) > 30 and _placed(shop.dump()) == before


def test_a_write_beyond_says_what_one_is_limited_to(shop: Shop) -> None:
    line = {"sku": shop.ids["sku"], "quantity": "1", "unit_price": "9.90", "unit_cost": "1"}
    status, refused = shop.as_("stores", "POST", "/api/sales/orders", {"lines": [{n: line[n] for n in ("sku", "quantity")}]})
    assert (status, refused["code"]) == (403, "beyond_scope") and shop.ids["connection"] in refused["detail"]
    assert refused["fields"] == {"channel_id": f"one of {shop.ids['connection']}"}
    receipt = {"warehouse_id": shop.ids["warehouse"], "lines": [{n: line[n] for n in ("sku", "quantity", "unit_cost")}]}
    status, refused = shop.as_("house", "POST", "/api/stock/receipts", receipt)
    assert (status, refused["code"]) == (403, "beyond_scope") and shop.ids["second_warehouse"] in refused["detail"]
    assert shop.as_("house", "POST", "/api/stock/receipts", {**receipt, "warehouse_id": shop.ids["second_warehouse"]})[0] == 201


def test_who_is_limited_to_a_warehouse_sells_from_it(shop: Shop) -> None:
    body = {"lines": [{"sku": shop.ids["sku"], "quantity": "2", "unit_price": "9.90"}]}
    status, placed = shop.as_("house", "POST", "/api/sales/orders", body)
    assert (status, placed["warehouse_ids"]) == (201, [shop.ids["second_warehouse"]])
    assert {r["warehouse_id"] for r in placed["lines"][0]["reserved"]} == {shop.ids["second_warehouse"]}
    assert shop.as_("house", "POST", f"/api/sales/orders/{placed['id']}/cancel", {})[0] == 200
    assert shop.as_("house", "POST", f"/api/sales/orders/{shop.ids['order']}/cancel", {})[1]["code"] == "beyond_scope"
    status, placed = shop.as_("counter", "POST", "/api/sales/orders", body)
    assert status == 201


def test_nobody_limited_gives_more_than_they_have(shop: Shop, monkeypatch: Any) -> None:
    monkeypatch.setattr(entitlements, "require", lambda *_: None)
    invite = {"email": "x@shop.example", "name": "X", "role": "sales"}
    here, there = (shop.ids[name] for name in ("second_warehouse", "warehouse"))
    for body in (invite, {**invite, "warehouse_ids": [there]}, {**invite, "warehouse_ids": [here, there]}):
        assert shop.as_("house", "POST", "/api/tenants/invitations", body)[1]["code"] == "beyond_scope"
    assert shop.as_("house", "POST", "/api/tenants/api-keys", {"name": "K", "role": "sales"})[1]["code"] == "beyond_scope"
    assert shop.as_("house", "POST", "/api/tenants/invitations", {**invite, "warehouse_ids": [here]})[0] == 201
    change = {"name": "L", "role": "sales", "warehouse_ids": [here]}
    assert shop.as_("house", "PUT", f"/api/tenants/users/{shop.users['sales'].id}", change)[1]["code"] == "beyond_scope"
    owner = {"name": "A", "role": "owner", "warehouse_ids": [here]}
    assert shop.as_("owner", "PUT", f"/api/tenants/users/{shop.users['owner'].id}", owner)[1]["code"] == "owner_everywhere"


def test_a_key_is_limited_as_a_person_is(shop: Shop) -> None:
    made = shop.say("POST", "/api/tenants/api-keys", {"name": "Caisse de Lyon", "role": "sales",
                                                      "channel_ids": [shop.ids["connection"]]}, expect=201)
    headers = {"authorization": f"Bearer {made['key']}"}
    rows = shop.ask("GET", "/api/sales/orders", None, headers)[2]["items"]
    assert {row["channel_id"] for row in rows} == {shop.ids["connection"]}
    assert shop.ask("GET", f"/api/sales/orders/{shop.ids['order']}", None, headers)[0] == 404


# -- role × permission × scope ---------------------------------------------------------------------------------------


def test_a_scope_never_opens_what_a_role_does_not(shop: Shop) -> None:
    """For every operation, role and limit: forbidden by the role, else closed by the table, else answered."""
    wrong = []
    for role, held in ROLES.items():
        for dimension in (WAREHOUSE, CHANNEL):
            name = f"{role}-{dimension}"
            shop.limit(name, **{f"{dimension}_ids": ELSEWHERE[f"{dimension}_ids"]})
            user = shop.users[name]
            transaction = Transaction(shop.step())
            transaction.save(USER, user, replace(user, role=role))
            transaction.commit()
            for e in access_page.endpoints():
                if e.public or e.method != "GET" or e.name == "sign_out":
                    continue
                address = re.sub(r"{\w+}", "01ARZ3NDEKTSV4RRFFQ69G5FAV", e.path)
                status, answer = shop.as_(name, "GET", address)
                row = scopes.row_of(e.method, e.path)
                expected = "forbidden" if e.permission and e.permission not in held else (
                    "beyond_scope" if row and dimension in row.closed else "")
                code = problem_code(answer) if status == 403 else ""
                is_own = row is not None and row.how == scopes.OWN and code == "beyond_scope"
                if (code != expected and not (is_own and not expected)) or status >= 500:
                    wrong.append(f"{name} {e.path}: {status} {code}, not {expected}")
    assert wrong == []


# -- the proofs have teeth -------------------------------------------------------------------------------------------


def _without(patch: Any, name: str) -> None:
    if name == "documents":
        patch.setattr(read, "is_seen", lambda ctx, document, value: True)
    elif name == "rows":
        patch.setattr(Scope, "sees", lambda self, kind, row: True)
    elif name == "references":
        patch.setattr(read, "seen", lambda ctx, references: set(references))
    elif name == "a rule":
        patch.setattr("chalicelib.kernel.scope.RULES", {k: v for k, v in RULES.items() if k != "sales_delivery"})


@pytest.mark.parametrize("name", ["documents", "rows", "references", "a rule"])
def test_a_guard_left_out_is_found(shop: Shop, name: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        _without(patch, name)
        found = _told(shop, "elsewhere")
    assert found, f"{name}: nothing noticed"


def test_a_write_without_its_guard_is_found(shop: Shop) -> None:
    receipt = {"warehouse_id": shop.ids["warehouse"], "lines": [{"sku": shop.ids["sku"], "quantity": "1", "unit_cost": "1"}]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Scope, "check", lambda *_: None)
        patch.setattr(Scope, "check_each", lambda *_: None)
        patch.setattr(read, "is_seen", lambda ctx, document, value: True)
        assert shop.as_("house", "POST", "/api/stock/receipts", receipt)[0] == 201
    assert shop.as_("house", "POST", "/api/stock/receipts", receipt)[0] == 403
