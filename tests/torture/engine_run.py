"""A recorded run on the local engine: processes of threads sell the same few SKUs, and are killed with `kill -9`.

    python -m tests.torture.engine_run '{"directory": …, "size": 1000, "processes": 2, "threads": 4, …}'

The process started so only forks: one child prepares, the workers work (a killed one is replaced), one child reads the
books at the end. So no connection is shared, and the product is imported once. The engine may be killed and started anew
too. Each worker writes its calls before it makes them and their answers after, on the clock that all processes share
(CLOCK_MONOTONIC), so that what a killed one had asked is known. Results lie in the directory: `history` (operations as
`tests.torture.linear` reads them) and `books` (the tenant's items).
"""

from __future__ import annotations

import base64
import json
import multiprocessing
import os
import random
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import ReadTimeoutError

from chalicelib.kernel.context import Actor, Command, Context
from chalicelib.kernel.errors import AlreadyDone, DomainError, OutcomeUnknown, Unavailable
from chalicelib.runtime.worker import tenant_work
from chalicelib.sales import service as sales
from chalicelib.sales.commands import CancelOrder, ShipOrder
from chalicelib.sales.model import ORDER, NewLine, Order, PlaceOrder
from chalicelib.stock import levels
from chalicelib.stock import service as stock
from chalicelib.stock.model import NewReceipt, ReceiptLine
from chalicelib.storage import keys, read
from chalicelib.storage.table import text_of
from chalicelib.storage.transaction import Refused
from infra.local.engine import Engine
from infra.local.resources import prepare
from tests.sales.shop import Shop
from tests.torture.linear import FOREVER
from tests.torture.planted import PLANTED

TENANT, SKUS = "acme", tuple(f"SKU-{n}" for n in range(6))
KINDS = ("place", "cancel", "ship", "receive", "read")
WEIGHTS = (11, 3, 3, 1, 4)
LOST_SHARE = 0.03
"""Answers of transactions that the client loses, beside what kills lose."""

PATIENCE, SECONDS_FOR_ONE = 14, 10.0
MAY_LAND_SECONDS = 3.0
"""How long after its process died a call may still have its effect."""

CLOSED = {"wrong_state", "not_reserved", "nothing_to_ship", "nothing_to_cancel", "not_open", "reservation_mismatch"}
SAYS_NOTHING = {"stale_version", "valuation_raced"}
D = Decimal


def context(command: str) -> Context:
    ctx = tenant_work(TENANT, "torture", seconds=SECONDS_FOR_ONE)
    return replace(ctx, actor=Actor("user", "usr_torture", "Torture"), command=Command(command))


class Plan:
    """What is asked for, and where the run's files are."""

    def __init__(self, wishes: dict[str, Any]) -> None:
        self.directory = Path(wishes["directory"])
        self.seed, self.size = int(wishes["seed"]), int(wishes["size"])
        self.processes, self.threads = int(wishes["processes"]), int(wishes["threads"])
        self.kills, self.engine_kills = int(wishes["kills"]), int(wishes["engine_kills"])
        self.planted = str(wishes["planted"])
        self.share = self.size // self.processes

    def environment(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.directory / "environment").read_text())
        return found

    def tell(self, engine: Engine) -> None:
        """Where the engine is; written beside and renamed, so that nobody reads half of it."""
        made = self.directory / "environment.new"
        known = self.environment() if (self.directory / "environment").exists() else {}
        made.write_text(json.dumps({**known, **engine.environment()}))
        made.rename(self.directory / "environment")


# -- children ------------------------------------------------------------------------------------------------------------


def open_shop(plan: Plan) -> None:
    """The engine's resources, a warehouse, the SKUs, and stock for about two thirds of the orders."""
    made = prepare(plan.environment(), "http://127.0.0.1:8000")
    (plan.directory / "environment").write_text(json.dumps({**plan.environment(), **{
        name: value for name, value in os.environ.items() if name.startswith("COMPTOIR_")}, **made}))
    numbers = iter(range(1_000))
    shop = Shop(lambda: context(f"open:{next(numbers)}"))
    house = shop.warehouse("ANNECY")
    shop.article(*SKUS)
    with (plan.directory / "history-open").open("w") as told:
        for sku in SKUS:
            quantity = max(4, plan.size // len(SKUS) // 3)
            started = time.monotonic()
            shop.receive(house, sku, str(quantity))
            told.write(json.dumps({"sku": sku, "kind": "receive", "quantity": quantity, "called": started, "result": "ok",
                                   "answered": time.monotonic(), "command": "", "order": ""}) + "\n")
    (plan.directory / "house").write_text(house.id)


class Worker:
    """One process: threads that share what orders there are; everything said is written at once."""

    def __init__(self, plan: Plan, name: str, todo: int) -> None:
        self.plan, self.name, self.todo = plan, name, todo
        self.house = (plan.directory / "house").read_text()
        self.told = os.open(plan.directory / f"history-{name}", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.placed = os.open(plan.directory / "placed", os.O_RDWR | os.O_CREAT | os.O_APPEND)
        self.orders: list[tuple[str, str, str]] = []
        self.lock = threading.Lock()
        self.seen = 0

    def run(self) -> None:
        os.environ.update(self.plan.environment())
        with PLANTED[self.plan.planted]() if self.plan.planted else nullcontext():
            threads = [threading.Thread(target=self._serve, args=(n,)) for n in range(self.plan.threads)]
            for each in threads:
                each.start()
            for each in threads:
                each.join()

    def _serve(self, thread: int) -> None:
        """One thread. What it did not expect ends the process, and the run."""
        try:
            self._work_off(thread)
        except BaseException:
            traceback.print_exc()
            os._exit(1)

    def _work_off(self, thread: int) -> None:
        chance = random.Random(f"{self.plan.seed}:{self.name}:{thread}")
        number = 0
        while True:
            with self.lock:
                if not self.todo:
                    return
                self.todo -= 1
            number += 1
            self._one(chance, f"{self.name}-{thread}-{number}")

    def _one(self, chance: random.Random, command: str) -> None:
        kind = chance.choices(KINDS, WEIGHTS)[0]
        sku = SKUS[min(int(chance.expovariate(0.6)), len(SKUS) - 1)]
        asked: dict[str, Any] = {"command": command, "kind": kind, "sku": sku, "quantity": 0, "order": command}
        work: Callable[[Context], Any]
        if kind in ("cancel", "ship"):
            orders = self._orders()
            if not orders:
                return
            asked["order"], order_id, asked["sku"] = chance.choice(orders[-24:])
            work = self._close(kind, order_id)
        elif kind == "place":
            asked["quantity"] = chance.choice((1, 1, 2, 3))
            line = NewLine(sku=sku, quantity=D(asked["quantity"]), unit_price=D("9.90"))
            work = lambda ctx: sales.place_order(ctx, PlaceOrder(lines=(line,), shortage="refuse", note=command))
        elif kind == "receive":
            asked["quantity"] = chance.choice((2, 5))
            receipt = ReceiptLine(sku=sku, quantity=D(asked["quantity"]), unit_cost=D(4))
            work = lambda ctx: stock.receive(ctx, NewReceipt(warehouse_id=self.house, lines=(receipt,)))
        else:
            work = lambda ctx: levels.available_for(ctx, [sku])[sku]
        self._say({**asked, "called": time.monotonic()})
        result, answer = self._insist(command, work)
        if kind == "read" and result == "ok":
            result = str(answer)
        self._say({"command": command, "answered": time.monotonic(), "result": result})
        if kind == "place" and result == "ok":
            order_id = str(answer.marker["id"]) if isinstance(answer, AlreadyDone) else answer.id
            os.write(self.placed, (json.dumps([command, order_id, sku]) + "\n").encode())

    def _close(self, kind: str, order_id: str) -> Callable[[Context], Order]:
        def work(ctx: Context) -> Order:
            order = read.get(ctx, ORDER, order_id)
            return sales.ship(ctx, order, ShipOrder()) if kind == "ship" else sales.cancel(ctx, order, CancelOrder())

        return work

    def _insist(self, command: str, work: Callable[[Context], Any]) -> tuple[str, Any]:
        """A good client: the same command until it is answered. A refusal that follows a lost answer is looked up, as the
        API's edge does."""
        for attempt in range(PATIENCE):
            os.environ.update(self.plan.environment())
            try:
                return "ok", work(context(command))
            except AlreadyDone as done:
                return "ok", done
            except (Unavailable, OutcomeUnknown):
                time.sleep(0.02 * 1.7 ** min(attempt, 8) * random.random())
            except (DomainError, Refused) as refusal:
                codes = {each.code for each in (refusal.errors if isinstance(refusal, Refused) else [refusal])}
                if attempt and (done_before := _marker(command)):
                    return "ok", AlreadyDone(done_before)
                if codes & SAYS_NOTHING:
                    return "nothing", None
                if codes == {"stock_short"}:
                    return "short", None
                if codes <= CLOSED:
                    return "closed", None
                raise
        return "unknown", None

    def _orders(self) -> list[tuple[str, str, str]]:
        """What any process has placed by now."""
        with self.lock:
            more = os.pread(self.placed, 1 << 20, self.seen)
            whole = more[:more.rfind(b"\n") + 1]
            self.seen += len(whole)
            self.orders += [tuple(json.loads(line)) for line in whole.splitlines()]
            return self.orders

    def _say(self, row: dict[str, Any]) -> None:
        os.write(self.told, (json.dumps(row) + "\n").encode())


def _marker(command: str) -> dict[str, Any] | None:
    """The marker of a command, if it was done."""
    while True:
        ctx = context("look")
        try:
            item = read.item(ctx, keys.marker(ctx, command))
        except Unavailable:
            time.sleep(0.05)
            continue
        return json.loads(item.data) if item else None


def close_books(plan: Plan) -> None:
    """What became of what nobody was answered, every order's and SKU's state, and the tenant's items."""
    os.environ.update(plan.environment())
    rows = history(plan.directory)
    orders = [row for row in rows if row["kind"] == "place"]
    for row in rows:
        if row["result"] == "unknown":
            row["result"] = "ok" if _marker(row["command"]) else "nothing"
    items = all_items()
    states = {}
    for item in items:
        if item["kind"]["S"] == "sales_order":
            order = json.loads(text_of(item))
            states.setdefault(order["note"], []).append(order["state"])
    at = time.monotonic()
    names = {"confirmed": "open", "cancelled": "cancelled", "shipped": "shipped"}
    for n, row in enumerate(orders):
        found = states.get(row["order"], ["none"])
        for state in found:
            rows.append({"sku": row["sku"], "kind": "state", "order": row["order"], "result": names.get(state, state),
                         "called": at + n / 1e6, "answered": at + n / 1e6, "command": "", "quantity": 0})
    for sku in SKUS:
        rows.append({"sku": sku, "kind": "read", "result": str(levels.available_for(context("look"), [sku])[sku]),
                     "called": at + 1, "answered": at + 1, "command": "", "order": "", "quantity": 0})
    (plan.directory / "history").write_text(json.dumps([row for row in rows if row["result"] != "nothing"]))
    (plan.directory / "books").write_text(json.dumps(items, default=lambda packed: base64.b64encode(packed).decode()))


def all_items() -> list[dict[str, Any]]:
    """Everything in the table, read past the product."""
    import boto3

    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=os.environ["COMPTOIR_TABLE"], ConsistentRead=True)
    return [item for page in pages for item in page["Items"]]


def history(directory: Path) -> list[dict[str, Any]]:
    """What was asked, with its answers; "unknown" for what was never answered, which may have had its effect until a moment
    after its process died."""
    rows: dict[str, dict[str, Any]] = {}
    whole = []
    for path in sorted(directory.glob("history-*")):
        death = directory / path.name.replace("history-", "died-")
        died = float(death.read_text()) if death.exists() else FOREVER
        for line in path.read_text().splitlines():
            row = json.loads(line)
            if "called" in row and "answered" in row:
                whole.append(row)
            elif "called" in row:
                rows[row["command"]] = {**row, "answered": died + MAY_LAND_SECONDS, "result": "unknown"}
            elif row["result"] == "unknown":
                rows[row["command"]]["answered"] = row["answered"] + MAY_LAND_SECONDS
            else:
                rows[row["command"]] |= row
    return [*whole, *rows.values()]


# -- the parent ----------------------------------------------------------------------------------------------------------


def lossy() -> None:
    """In this process some answers of transactions are lost after their effect."""
    whole = BaseClient._make_api_call

    def call(client: Any, operation: str, parameters: Any) -> Any:
        answer = whole(client, operation, parameters)
        if operation == "TransactWriteItems" and random.random() < LOST_SHARE:
            raise ReadTimeoutError(endpoint_url="lost")
        return answer

    BaseClient._make_api_call = call


def in_child(work: Callable[..., None], *given: Any) -> Any:
    """Starts a child by fork. It keeps no file of its parent's open: the engine's lock, and what keeps the engine alive."""
    def alone() -> None:
        os.closerange(3, 256)
        work(*given)

    child = multiprocessing.get_context("fork").Process(target=alone)
    child.start()
    return child


def whole(work: Callable[..., None], *given: Any) -> None:
    """A child that must end well."""
    child = in_child(work, *given)
    child.join()
    if child.exitcode:
        raise SystemExit(f"{work.__name__} ended with {child.exitcode}")


def work(plan: Plan, name: str, todo: int) -> None:
    """A worker's process."""
    random.seed(f"{plan.seed}:{name}")
    lossy()
    Worker(plan, name, todo).run()


def asked(directory: Path) -> int:
    """How many operations were asked so far."""
    return sum(path.read_bytes().count(b'"called"') for path in directory.glob("history-*"))


def main(wishes: dict[str, Any]) -> None:
    """The run; kills are spread evenly over it."""
    plan = Plan(wishes)
    chance = random.Random(plan.seed)
    engine = Engine.start(plan.directory)
    try:
        plan.tell(engine)
        whole(open_shop, plan)
        todo = {f"p{n}": plan.share for n in range(plan.processes)}
        workers = {name: in_child(work, plan, name, count) for name, count in todo.items()}
        due = sorted(["worker"] * plan.kills + ["engine"] * plan.engine_kills, key=lambda _: chance.random())
        points = [plan.size * (n + 1) // (len(due) + 1) for n in range(len(due))]
        while any(each.is_alive() for each in workers.values()):
            time.sleep(0.02)
            if due and asked(plan.directory) >= points[0]:
                points.pop(0)
                if due.pop(0) == "engine":
                    engine = revived(plan, engine)
                else:
                    replaced(plan, workers, todo, chance)
        bad = [name for name, each in workers.items() if each.exitcode not in (0, -signal.SIGKILL)]
        if bad:
            raise SystemExit(f"workers ended badly: {bad}")
        whole(close_books, plan)
    finally:
        engine.stop()


def revived(plan: Plan, engine: Engine) -> Engine:
    """The engine killed and started again on what it has on disk."""
    engine.process.kill()
    engine.process.wait()
    engine.stop()
    started = Engine.start(plan.directory)
    plan.tell(started)
    return started


def replaced(plan: Plan, workers: dict[str, Any], todo: dict[str, int], chance: random.Random) -> None:
    """A worker killed, and another in its place for what was left to do."""
    living = sorted(name for name, each in workers.items() if each.is_alive())
    if not living:
        return
    name = chance.choice(living)
    killed = workers[name]
    killed.kill()
    killed.join()
    (plan.directory / f"died-{name}").write_text(str(time.monotonic()))
    path = plan.directory / f"history-{name}"
    left = todo.pop(name) - (path.read_bytes().count(b'"called"') if path.exists() else 0)
    another = f"{name}x"
    todo[another] = max(left, 0)
    workers[another] = in_child(work, plan, another, todo[another])


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
