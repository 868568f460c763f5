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
from urllib.parse import urlsplit

from bench.chain import Chain, Run
from bench.figures import Figure
from bench.order_to_invoice import open_books
from bench.shop import Shop, checked, open_shop
from chalicelib.kernel.cloud_prices import BOUND_REGION, bill, total
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
    return Decimal(str(run.cpu_seconds)) * max(1, Decimal(CORE_MB) / memory_mb(run.function)) + waits


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
        from chalicelib.channels import shops
        import_products(ctx, shops.get(ctx, found["id"]))
        company.quiet()
    return company


def sell(company: Company, n: int) -> dict[str, list[Run]]:
    """One order's life, by its parts."""
    chain, lines = company.chain, 3
    skus = [company.shop.skus[(n * lines + i) % SKUS] for i in range(lines)]
    chain.taken()
    company.sellers[0].buy(dict.fromkeys(skus, 1))
    company.webhooks()
    chain.settle()
    runs = chain.taken()
    placed_by = next(at for at, run in enumerate(runs) if run.function == "channels_worker")
    parts = {"placed": runs[: placed_by + 1], "told": runs[placed_by + 1 :]}
    company.quiet()
    parts["told"] += chain.taken()
    order_id = checked(company.shop.call("GET", "/api/sales/orders?limit=1"), 200)["items"][0]["id"]
    chain.taken()
    company.post("sales_api", f"/api/sales/orders/{order_id}/ship", {"carrier": "Colissimo"}, f"ship-{n}")
    company.quiet()
    parts["shipped"] = chain.taken()
    return parts


def run() -> list[Figure]:
    """The figures of an order, a month and an idle tenant."""
    with Chain() as chain:
        company = open_company(chain)
        for n in range(3):
            sell(company, n)
        lives = [sell(company, n) for n in range(3, 3 + ORDERS)]
    for part in lives[-1]:
        print(part)
        for each in lives[-1][part]:
            print("  ", each.function, each.records, round(each.cpu_seconds * 1000, 1), "ms", dict(each.calls), each.read_halves / 2, each.write_halves / 2)
    used = {part: times(plus(*(quantities(life[part]) for life in lives)), Decimal(1) / ORDERS) for part in lives[0]}
    for part, each in used.items():
        for line in bill(times(each, 10**6), BOUND_REGION):
            print(part, line.meter, round(line.quantity / 10**6, 3), round(line.usd, 2))
        print(part, total(bill(times(each, 10**6), BOUND_REGION)), total(bill(times(each, 10**6), BOUND_REGION), "DynamoDB"))
    return []
