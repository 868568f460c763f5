"""No decision is taken from an index, a list row or an inconsistent read.

The same commands go through the whole API twice: once with indexes that show everything at once, once with indexes and
inconsistent reads that show nothing of the last hour. Every answer must be the same, byte for byte but for request ids. Then a
world whose indexes lag some seconds runs with all queues and schedules: at rest, rows and back-orders are what documents say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from chalicelib.catalog.model import VARIANT
from chalicelib.events.routing import QUEUES
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict
from chalicelib.sales import placing
from chalicelib.sales.model import ORDER
from chalicelib.stock import balances
from chalicelib.stock.model import STOCK_LEVEL
from chalicelib.storage import read, sequence
from chalicelib.storage.transaction import Transaction
from tests.torture.faults import CALM, Faults
from tests.torture.merchant import Merchant, papers_not_drawn
from tests.torture.pipeline import Pipeline
from tests.torture.proof import Proof, Result, Variant
from tests.torture.world import World

D = Decimal
Answer = tuple[str, str, int, Any]
SKUS = 6
BACKORDER_ROUND_SECONDS = 16 * 60.0


def run(seed: int, size: int, faults: Faults) -> Result:
    """`size` commands, three times."""
    with papers_not_drawn():
        return _three_times(seed, size, faults)


def _three_times(seed: int, size: int, faults: Faults) -> Result:
    result = Result()
    with World(seed, CALM) as world:
        at_once = _commands(world, size)
    with World(seed, CALM.but(lag_seconds=1e9)) as world:
        never = _commands(world, size)
        for ours, theirs in zip(at_once, never, strict=False):
            result.check("answers do not follow from an index", ours == theirs, f"{ours[:3]} {_difference(ours[3], theirs[3])}")
        result.check("answers do not follow from an index", len(at_once) == len(never), f"{len(at_once)} {len(never)}")
        statuses: defaultdict[int, int] = defaultdict(int)
        for _, _, status, _ in at_once:
            statuses[status] += 1
        result.facts = {"answers": dict(sorted(statuses.items()))}
    with World(seed, faults) as world:
        pipeline, merchant = Pipeline(world), Merchant(world)
        _commands(world, size, merchant)
        pipeline.start_schedules(BACKORDER_ROUND_SECONDS)
        world.run()
        _check_at_rest(merchant, result)
        result.close(world)
    return result


def _difference(ours: Any, theirs: Any) -> str:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return str({name: (ours.get(name), theirs.get(name)) for name in ours.keys() | theirs.keys()
                    if ours.get(name) != theirs.get(name)})[:500]
    return f"{ours} / {theirs}"[:500]


# -- the commands --------------------------------------------------------------------------------------------------------


class _Client:
    """One program with an API key that goes on from what it was answered."""

    def __init__(self, world: World, merchant: Merchant) -> None:
        self.world, self.chance = world, world.entropy
        self._call: Callable[..., tuple[int, Any, Any]] = merchant.open_account()
        self.answers: list[Answer] = []
        self.made: defaultdict[str, list[str]] = defaultdict(list)

    def send(self, method: str, path: str, body: Any = None, version: int | None = None) -> Mapping[str, Any]:
        """One request; the document it answers, or {} for a refusal."""
        headers = {"if-match": f'"{version}"'} if version else {}
        status, _, answer = self._call(method, path, body, headers)
        shown = {n: v for n, v in answer.items() if n != "request_id"} if isinstance(answer, dict) else answer
        self.answers.append((method, path, status, shown))
        return answer if status < 300 and isinstance(answer, dict) else {}

    def some(self, kind: str) -> str:
        return self.chance.choice(self.made[kind]) if self.made[kind] else "none"

    def step(self, n: int) -> None:
        """One command, and a look at the document by its id."""
        turns = (self._product, self._product, self._customer, self._receive, self._receive, self._order, self._order,
                 self._order, self._ship, self._cancel, self._adjust, self._warehouse, self._price, self._rename)
        self.chance.choice(turns)(n)

    def _keep(self, kind: str, document: Mapping[str, Any], path: str) -> None:
        if document:
            self.made[kind].append(str(document["id"]))
            self.send("GET", f"{path}/{document['id']}")

    def _product(self, n: int) -> None:
        number = self.chance.randrange(SKUS + 4)
        kit = [{"sku": f"SKU-{self.chance.randrange(SKUS)}", "quantity": "2"}] if number >= SKUS else []
        self._keep("product", self.send("POST", "/api/catalog/products", {
            "name": f"Product {n}", "variants": [{"sku": f"SKU-{number}", "vat_rate": "20", "kit_components": kit}]}),
            "/api/catalog/products")

    def _customer(self, n: int) -> None:
        self._keep("customer", self.send("POST", "/api/parties/customers", {
            "name": f"Customer {n}", "email": f"c{self.chance.randrange(8)}@example.org"}), "/api/parties/customers")

    def _warehouse(self, n: int) -> None:
        self._keep("warehouse", self.send("POST", "/api/stock/warehouses", {
            "code": f"W{self.chance.randrange(4)}", "name": f"Warehouse {n}"}), "/api/stock/warehouses")

    def _receive(self, n: int) -> None:
        self.send("POST", "/api/stock/receipts", {"warehouse_id": self.some("warehouse"), "lines": [
            {"sku": f"SKU-{self.chance.randrange(SKUS)}", "quantity": "3", "unit_cost": "4.10"}]})

    def _adjust(self, n: int) -> None:
        self.send("POST", "/api/stock/adjustments", {"warehouse_id": self.some("warehouse"), "reason": "count", "lines": [
            {"sku": f"SKU-{self.chance.randrange(SKUS)}", "counted": str(self.chance.randrange(4))}]})

    def _order(self, n: int) -> None:
        lines = [{"sku": f"SKU-{self.chance.randrange(SKUS + 2)}", "quantity": str(self.chance.randrange(1, 4)),
                  "unit_price": "12.00"} for _ in range(self.chance.randrange(1, 3))]
        customer = {"customer_id": self.some("customer")} if self.chance.random() < 0.3 else {}
        self._keep("order", self.send("POST", "/api/sales/orders", {
            "lines": lines, "shortage": self.chance.choice(("refuse", "backorder")), **customer}), "/api/sales/orders")

    def _act(self, verb: str, body: Any) -> None:
        order = self.send("GET", f"/api/sales/orders/{self.some('order')}")
        if order:
            self.send("POST", f"/api/sales/orders/{order['id']}/{verb}", body, int(order["version"]))

    def _ship(self, n: int) -> None:
        self._act("ship", {})

    def _cancel(self, n: int) -> None:
        self._act("cancel", {"reason": "changed their mind"})

    def _price(self, n: int) -> None:
        self._keep("price_list", self.send("POST", "/api/pricing/price-lists", {"name": f"List {n}", "currency": "EUR"}),
                   "/api/pricing/price-lists")

    def _rename(self, n: int) -> None:
        customer = self.send("GET", f"/api/parties/customers/{self.some('customer')}")
        if customer:
            self.send("PUT", f"/api/parties/customers/{customer['id']}", {
                "name": f"Renamed {n}", "email": f"c{self.chance.randrange(8)}@example.org"}, int(customer["version"]))


def _commands(world: World, size: int, merchant: Merchant | None = None) -> list[Answer]:
    """The commands of one client, a second apart; every answer. Indexes lag for what is written by the client too."""
    client = _Client(world, merchant or Merchant(world))

    def go() -> None:
        client._warehouse(0)
        for n in range(SKUS):
            client.send("POST", "/api/catalog/products", {"name": f"First {n}", "variants": [
                {"sku": f"SKU-{n}", "vat_rate": "20"}]})
        for n in range(size):
            world.sleep(1.0)
            client.step(n)

    world.spawn("client", go)
    world.run(seconds=size + 30.0)
    return client.answers


# -- at rest -------------------------------------------------------------------------------------------------------------


def _check_at_rest(merchant: Merchant, result: Result) -> None:
    """After the lag and a round of schedules: rows are the balances, and nothing waits that could be had."""
    available: defaultdict[str, Decimal] = defaultdict(D)
    for wire in merchant.wires("STOCK#"):
        if wire["sk"]["S"].startswith("BALANCE#"):
            available[wire["pk"]["S"].split("#")[3]] += merchant.numbers(wire, "available")[0]
    rows = {level.sku: level for level in merchant.documents(STOCK_LEVEL)}
    kits = {variant.sku for variant in merchant.documents(VARIANT) if variant.kit_components}
    for sku, quantity in available.items():
        if sku not in kits:
            result.check("list rows follow the balances", sku in rows and rows[sku].available == quantity,
                         f"{sku}: {rows[sku].available if sku in rows else None}, is {quantity}")
    for order in merchant.documents(ORDER):
        for line in order.lines if order.state not in ("draft", "cancelled", "closed") else ():
            waits = line.backordered_quantity > 0 and not line.kit and available[line.sku] > 0
            result.check("no back-order waits for what is there", not waits,
                         f"{order.number} {line.sku}: {line.backordered_quantity} wait, {available[line.sku]} there")
    waiting = {queue: len(merchant.world.cloud.queues[queue]) for queue in QUEUES}
    result.check("the queues are empty", not any(waiting.values()), waiting)


# -- planted bugs --------------------------------------------------------------------------------------------------------


@contextmanager
def _unique_by_index() -> Iterator[None]:
    """Whether an e-mail or a SKU is taken is asked of `by_ref`, not of the guard."""
    def put_guard(tx: Transaction, kind: str, holder: str, guard: Any, existing: bool) -> None:
        from chalicelib.kernel import codec
        from chalicelib.storage import keys
        from chalicelib.storage.table import Item

        if not existing and guard.kind in ("customer_email", "sku", "email"):
            rows = read.query(tx.ctx, "by_ref", f"REF#{guard.kind}#{guard.value}").items
            rows = rows or read.query(tx.ctx, "by_list", f"GUARDS#{guard.kind}#{guard.value}").items
            if rows:
                raise Conflict(f"{guard.kind}_taken", "Taken.")
        index = keys.index(tx.ctx, (f"GUARDS#{guard.kind}#{guard.value}", "#"))
        assert index is not None
        tx.put(Item(keys.guard(tx.ctx, guard.kind, guard.value), "guard", tx.ctx.tenant_id,
                    codec.compact({"id": holder, "kind": kind, **guard.data}), indexes={"by_list": index}))

    with patch.object(Transaction, "_put_guard", put_guard):
        yield


@contextmanager
def _inconsistent_keys() -> Iterator[None]:
    """Reads by key are not consistent."""
    call = read.call

    def careless(ctx: Context, operation: str, parameters: dict[str, Any]) -> Any:
        parameters = {**parameters}
        parameters.pop("ConsistentRead", None)
        if operation == "BatchGetItem":
            parameters["RequestItems"] = {name: {n: v for n, v in request.items() if n != "ConsistentRead"}
                                          for name, request in parameters["RequestItems"].items()}
        return call(ctx, operation, parameters)

    with patch.object(read, "call", careless):
        yield


@contextmanager
def _number_by_count() -> Iterator[None]:
    """The next number is one more than the list has."""
    def counted(ctx: Context, name: str) -> int:
        return read.count(ctx, "by_list", "ORDER") + 1

    with patch.object(sequence, "next_number", counted), patch.object(placing.sequence, "next_number", counted):
        yield


@contextmanager
def _stock_from_rows() -> Iterator[None]:
    """Where stock is taken from is read from the list's rows."""
    original = balances.read_balances

    def from_rows(ctx: Context, skus: Any) -> Any:
        skus = list(skus)
        shown = {row["sku"]: row for row in read.query(ctx, "by_list", STOCK_LEVEL.partition, limit=500).items}
        found = original(ctx, skus)
        return {sku: rows if Decimal(str(shown.get(sku, {}).get("available", "0"))) > 0 else [] for sku, rows in found.items()}

    with patch.object(balances, "read_balances", from_rows), patch.object(placing.balances, "read_balances", from_rows):
        yield


@contextmanager
def _backorders_once() -> Iterator[None]:
    """Nothing looks again for back-orders that an index did not show yet."""
    from chalicelib.sales import service, worker

    with patch.object(service, "allocate_backorders", lambda ctx, skus=(): None), patch.object(
            worker.service, "allocate_backorders", lambda ctx, skus=(): None):
        yield


PROOF = Proof(
    "stale_reads", run, ci=(480, 3), long=(2_000, 50), unit="commands",
    faults=CALM.but(lag_seconds=5.0, late_stream_seconds=1.0, duplicate=0.05, reorder=0.3), variant_size=150,
    variants={
        "unique by index": Variant(_unique_by_index), "inconsistent reads by key": Variant(_inconsistent_keys),
        "number by count": Variant(_number_by_count), "stock from list rows": Variant(_stock_from_rows),
        "nothing looks again": Variant(_backorders_once),
    })
