"""`cost`: what a million orders, a month of the stack and an idle tenant cost, from metered units and the dated prices.

Orders come by webhook of a WooCommerce shop, three lines each, into a company with four connected shops; every invocation
that follows is run and metered (`bench.chain`). Units of the table are what the table itself says (`ConsumedCapacity`).
The time of a function is its own CPU at the share of a core that its memory buys, and what it waits for others.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch
from urllib.parse import urlsplit

import app
from bench.chain import Chain, Run
from bench.figures import Figure
from bench.order_to_invoice import open_books
from bench.shop import Shop, checked, open_shop
from chalicelib.channels import shops
from chalicelib.events.routing import QUEUES
from chalicelib.kernel.cloud_prices import BOUND_REGION, HOME_REGION, READ_ON, Line, bill, total
from chalicelib.runtime import registry
from chalicelib.runtime.worker import tenant_work
from tests.torture.shops import SimulatedShop
from tests.working import import_products

ORDERS: Final = 20
CHANNELS: Final = 4
SKUS: Final = 12
MONTH_MINUTES: Final = 30 * 24 * 60
CORE_MB: Final = 1769
"""Memory at which a function has one whole core (Lambda developer guide, "Configuring memory")."""
WAIT_SECONDS: Final[Mapping[str, Decimal]] = {
    "GetItem": Decimal("0.004"), "BatchGetItem": Decimal("0.006"), "Query": Decimal("0.006"), "PutItem": Decimal("0.006"),
    "UpdateItem": Decimal("0.006"), "DeleteItem": Decimal("0.006"), "BatchWriteItem": Decimal("0.012"),
    "TransactWriteItems": Decimal("0.020"), "SendMessageBatch": Decimal("0.012"), "PutObject": Decimal("0.040"),
    "GetObject": Decimal("0.025"), "HTTP": Decimal("0.300"),
}
"""What a call makes a function wait, assumed: nothing here can measure AWS's own latency, or a shop's. HTTP is a shop."""
LOG_BYTES: Final = 400
"""What Lambda itself writes of an invocation (START, END, REPORT, 26 bytes for each); ours are quiet when all is well."""
POLLERS, POLLS_A_MINUTE = 2, 3
"""Lambda polls an idle queue by two long polls of 20 s ("Configuring scaling behavior for SQS event source mappings")."""
FILE_WRITES: Final = ("PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "ListObjectsV2")
Quantities = dict[str, Decimal]


def memory_mb(function: str) -> int:
    """A function's memory, from `.chalice/config.json`."""
    settings = json.loads(Path(".chalice/config.json").read_text())
    own = settings["stages"]["deployed"]["lambda_functions"].get(function, {})
    return int(own.get("lambda_memory_size", settings["lambda_memory_size"]))


def seconds(run: Run) -> Decimal:
    """How long an invocation takes and is paid for."""
    waits = sum((WAIT_SECONDS[name] * count for name, count in run.calls.items() if name in WAIT_SECONDS), Decimal(0))
    return Decimal(str(run.cpu_seconds)) * max(Decimal(1), Decimal(CORE_MB) / memory_mb(run.function)) + waits


def quantities(runs: Iterable[Run]) -> Quantities:
    """What the invocations used, by meter."""
    used: dict[str, Decimal] = defaultdict(Decimal)
    for run in runs:
        used["write_units"] += Decimal(run.write_halves) / 2
        used["read_units"] += Decimal(run.read_halves) / 2
        used["function_requests"] += 1
        used["function_gb_seconds"] += seconds(run) * memory_mb(run.function) / 1024
        used["gateway_requests"] += run.function.endswith("_api")
        queue_requests = run.calls["SendMessageBatch"] + 2 * run.function.endswith("_worker")
        used["queue_requests"] += queue_requests
        used["fair_queue_requests"] += queue_requests
        used["file_writes"] += sum(run.calls[name] for name in FILE_WRITES)
        used["file_reads"] += run.calls["GetObject"]
        used["log_gb"] += Decimal(LOG_BYTES) / 10**9
    return dict(used)


def times(used: Mapping[str, Decimal], factor: Decimal | int) -> Quantities:
    return {meter: quantity * factor for meter, quantity in used.items()}


def plus(*parts: Mapping[str, Decimal]) -> Quantities:
    """The sum of several."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for part in parts:
        for meter, quantity in part.items():
            found[meter] += quantity
    return dict(found)


# -- an order's life ---------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Company:
    """The company that is measured."""

    chain: Chain
    shop: Shop
    sellers: list[SimulatedShop]

    @property
    def key(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.shop.api_key}"}

    def post(self, function: str, path: str, body: Any, key: str) -> Any:
        status, answer = self.chain.request(function, "POST", path, body, {**self.key, "idempotency-key": key})
        if status >= 300:
            raise RuntimeError(f"{path}: {status} {answer}")
        return answer

    def webhooks(self) -> None:
        """Every delivery that a shop has announced, sent to us."""
        for seller in self.sellers:
            for delivery in seller.core.state.all("delivery"):
                seller.deliverer._deliver(delivery)

    def quiet(self) -> None:
        """Until nobody has anything to say."""
        self.chain.settle()
        while any(seller.core.state.all("delivery") for seller in self.sellers):
            self.webhooks()
            self.chain.settle()


def open_company(chain: Chain) -> Company:
    """A company with stock, books, and four shops that sell the same articles."""
    shop = open_shop(SKUS, 10_000)
    open_books(shop)
    company = Company(chain, shop, [])
    for n in range(CHANNELS):
        seller = SimulatedShop(chain.world, f"shop{n}", dict.fromkeys(shop.skus, 0))  # type: ignore[arg-type]
        seller.post = lambda url, body, headers: chain.request(  # type: ignore[method-assign]
            "channels_api", "POST", urlsplit(url).path, body, headers)[0]
        company.sellers.append(seller)
        found = checked(shop.call("POST", "/api/channels/connections", {
            "name": seller.slug, "platform": "woocommerce", "base_url": seller.url,
            "credentials": {"consumer_key": seller.key, "consumer_secret": seller.secret}}), 201)
        ctx = tenant_work(shop.tenant_id, "bench")
        import_products(ctx, shops.get(ctx, found["id"]))
        company.quiet()
    return company


def sell(company: Company, n: int) -> dict[str, list[Run]]:
    """One order's life, by its parts: `placed` is one delivery until the order stands; `told` all that hears of it, stock in
    the four shops included, and the shop's second delivery of the same order; `shipped` with its invoice and papers."""
    chain, lines = company.chain, 3
    skus = [company.shop.skus[(n * lines + i) % SKUS] for i in range(lines)]
    chain.taken()
    seller = company.sellers[0]
    bought = seller.buy(dict.fromkeys(skus, 1))
    seller.deliverer._deliver(seller.core.state.all("delivery")[0])
    chain.settle()
    runs = chain.taken()
    placed_by = next(at for at, run in enumerate(runs) if run.function == "channels_worker")
    company.quiet()
    parts = {"placed": runs[: placed_by + 1], "told": runs[placed_by + 1 :] + chain.taken()}
    found = checked(company.shop.call("GET", f"/api/sales/orders?number={bought['number']}"), 200)["items"]
    chain.taken()
    company.post("sales_api", f"/api/sales/orders/{found[0]['id']}/ship", {"carrier": "Colissimo"}, f"ship-{n}")
    company.quiet()
    parts["shipped"] = chain.taken()
    return parts


# -- the stack and an idle tenant --------------------------------------------------------------------------------------


def beats(chain: Chain, tenants: list[str]) -> Quantities:
    """A month of every schedule over these tenants."""
    used: Quantities = {}
    with patch.object(app, "active_tenants", lambda: tenants):
        for domain in registry.DOMAINS:
            for schedule in getattr(registry.worker(domain), "SCHEDULES", ()):
                chain.taken()
                chain.schedule(schedule.name)
                chain.settle()
                used = plus(used, times(quantities(chain.taken()), Decimal(MONTH_MINUTES) / schedule.minutes))
    return used


def standing(alarms: int) -> Quantities:
    """What a month costs before anybody does anything, schedules not counted: polls of empty queues, alarms, keys."""
    polls = Decimal((len(QUEUES) + 1) * POLLERS * POLLS_A_MINUTE * MONTH_MINUTES)
    return {"queue_requests": polls, "alarm_months": Decimal(alarms), "dashboard_months": Decimal(1),
            "key_months": Decimal(1), "secret_months": Decimal(2)}


def alarms_of_the_stack() -> int:
    """The alarms of the template that `make package` wrote; none known without it."""
    template = Path("build/template-app.json")
    if not template.exists():
        return 0
    return sum(each["Type"] == "AWS::CloudWatch::Alarm" for each in json.loads(template.read_text())["Resources"].values())


# -- ways to lower it --------------------------------------------------------------------------------------------------

GATHERED: Final = ("activity", "reporting", "webhooks", "documents", "subscriptions", "ledger", "invoicing")
"""Queues whose work may wait some seconds: nobody's stock or parcel hangs on them."""


def ways(life: list[list[Run]], region: str) -> list[tuple[str, Decimal]]:
    """What each way to lower the life of an order would save, in dollars for a million, the most first."""
    runs = [run for each in life for run in each]
    share = Decimal(1) / len(life)
    used = times(quantities(runs), share)

    def dollars(saved: Mapping[str, Decimal]) -> Decimal:
        return total(bill(times(saved, 10**6), region))

    waiting = Decimal(sum(run.function.removesuffix("_worker") in GATHERED for run in runs)) * share * Decimal("0.9")
    shops_wait = sum((run.calls["HTTP"] * WAIT_SECONDS["HTTP"] for run in runs), Decimal(0)) * share
    on_demand = dollars({name: used[name] for name in ("write_units", "read_units")})
    found = {
        "functions on arm64": dollars({"function_gb_seconds": used["function_gb_seconds"]})
        - dollars({"function_gb_seconds_arm": used["function_gb_seconds"]}),
        "an HTTP API ($1.00) before the functions": used["gateway_requests"] * Decimal("2.50"),
        "batches of ten on queues that may wait 5 s": dollars({
            "function_requests": waiting, "queue_requests": 2 * waiting, "fair_queue_requests": 2 * waiting,
            "log_gb": waiting * LOG_BYTES / 10**9}),
        "pushes to shops in a function of 512 MB": dollars({"function_gb_seconds": shops_wait / 2}),
        "papers drawn when somebody opens them": dollars(times(quantities(
            [run for run in runs if run.function == "documents_worker"]), share)),
        "provisioned capacity, used to 70 %, for an even load": on_demand - on_demand * PROVISIONED_SHARE,
    }
    return sorted(found.items(), key=lambda each: -each[1])


PROVISIONED_SHARE: Final = Decimal("0.00065") / 3600 / Decimal("0.7") * 10**6 / Decimal("0.625")
"""What a write unit costs of a capacity unit ($0.00065 an hour, one write a second) used to 70 %, beside on demand."""


# -- the figures -------------------------------------------------------------------------------------------------------


def run() -> list[Figure]:
    """The figures of an order, a month and an idle tenant."""
    with Chain() as chain:
        company = open_company(chain)
        for n in range(3):
            sell(company, n)
        lives = [sell(company, n) for n in range(3, 3 + ORDERS)]
        idle = open_shop(1, 1).tenant_id
        chain.settle()
        nobody, one = beats(chain, []), beats(chain, [idle])
    used = {part: times(plus(*(quantities(life[part]) for life in lives)), Decimal(1) / ORDERS) for part in lives[0]}
    life = plus(*used.values())
    tenant = {meter: max(Decimal(0), one.get(meter, Decimal(0)) - nobody.get(meter, Decimal(0))) for meter in one}
    stack = plus(standing(alarms_of_the_stack()), nobody)
    whole = [[run for part in each.values() for run in part] for each in lives]
    months = _months(used["placed"], life, stack)
    return [*_of_orders("placed", used["placed"]), *_of_orders("life", life), _idle(tenant), *months,
            *(Figure("cost", f"way_{at}", "USD / million", _usd(usd), "", None, {"way": way})
              for at, (way, usd) in enumerate(ways(whole, BOUND_REGION)[:3], 1))]


def _usd(amount: Decimal) -> float:
    return float(round(amount, 2))


def _lines(lines: list[Line], million: int = 1) -> dict[str, str]:
    return {line.meter: f"{round(line.quantity / million, 3)} = ${round(line.usd, 2)}" for line in lines}


def _of_orders(name: str, used: Quantities) -> list[Figure]:
    """A million orders' dollars: in the region of the bound, and where the product runs."""
    lines = bill(times(used, 10**6), BOUND_REGION)
    whole, table = total(lines), total(lines, "DynamoDB")
    is_bound = name == "placed"
    at_home = total(bill(times(used, 10**6), HOME_REGION))
    return [
        Figure("cost", name, "USD / million", _usd(whole), "≤ 27" if is_bound else "", whole <= 27 if is_bound else None,
               _lines(lines, 10**6)),
        Figure("cost", f"{name}_dynamodb", "USD / million", _usd(table), "≤ 17" if is_bound else "",
               table <= 17 if is_bound else None),
        Figure("cost", f"{name}_{HOME_REGION}", "USD / million", _usd(at_home), "", None, {"prices": f"{READ_ON}"}),
    ]


def _idle(tenant: Quantities) -> Figure:
    lines = bill(tenant, BOUND_REGION)
    whole = total(lines)
    return Figure("cost", "idle_tenant", "USD / month", _usd(whole), "≤ 0.10", whole <= Decimal("0.10"), _lines(lines))


def _months(placed: Quantities, life: Quantities, stack: Quantities) -> list[Figure]:
    """The bill of a month by the number of orders: the whole life of each, and of that what placing them costs."""
    found = [Figure("cost", "stack", "USD / month", _usd(total(bill(stack, BOUND_REGION))), "", None,
                    _lines(bill(stack, BOUND_REGION)))]
    for orders, name in ((1_000, "1k"), (100_000, "100k"), (10_000_000, "10M")):
        lines = bill(plus(stack, times(life, orders)), BOUND_REGION)
        found.append(Figure("cost", f"month_{name}", "USD / month", _usd(total(lines)), "", None, {
            "placing": _usd(total(bill(times(placed, orders), BOUND_REGION))),
            **{service: _usd(total(lines, service)) for service in sorted({line.service for line in lines})}}))
    return found
