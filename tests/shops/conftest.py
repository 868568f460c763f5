"""Demo shops for tests: the recorded catalogue under the three recorded tax settings, and a shop of cakes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import urllib3

from infra.local.shops.woocommerce import (
    ApiKey,
    Coupon,
    Picture,
    Shop,
    ShopConfig,
    ShopProduct,
    ShopVariation,
    start_shop,
)
from tests.shops.recordings import asked

READ_WRITE = ApiKey("ck_" + "a" * 40, "cs_" + "b" * 40)
READ_ONLY = ApiKey("ck_" + "c" * 40, "cs_" + "d" * 40, "read")
RECORDED_AT = datetime(2026, 11, 24, 4, 15, 30, tzinfo=UTC)
COUPONS = (Coupon("BIENVENUE10", "percent", Decimal(10)), Coupon("MOINS5", "fixed_cart", Decimal(5)))
CAKE = Picture("buche", ("#7a4a2e", "#f6e3c5"))
CAKES = (
    ShopProduct("OMN", "Omelette norvégienne", "Baked Alaska", Decimal("38.00"), 1, CAKE, gtin="3760000000017"),
    ShopProduct("MAC", "Macarons glacés", "Iced macarons", Decimal("18.50"), 24, CAKE, text_en="Six of them"),
    ShopProduct(
        "BUC", "Bûche glacée", "Frozen log", Decimal(0), None, CAKE,
        variations=tuple(
            ShopVariation(f"BUC-{parts}", (("Parts", f"{parts} parts"),), Decimal(20 + parts), parts)
            for parts in (4, 6, 8)
        ),
    ),
    ShopProduct("LOT", "Sorbet du jour", "Sorbet", Decimal("9.90"), 2, CAKE, backorders="notify"),
)  # fmt: skip
RETAIL = ShopConfig("Maison Givrée", "retail", CAKES, (READ_WRITE, READ_ONLY), coupons=COUPONS, control_token="secret")


class Client:
    """A REST client with Basic authentication, as a connector would hold it."""

    def __init__(self, shop: Shop, key: ApiKey = READ_WRITE) -> None:
        self.shop = shop
        headers = urllib3.make_headers(basic_auth=f"{key.consumer_key}:{key.consumer_secret}")
        self.http = urllib3.PoolManager(headers=headers, retries=False, timeout=10)

    def call(self, method: str, path: str, fields: Any = None) -> urllib3.BaseHTTPResponse:
        """Call a path below /wp-json/wc/v3/."""
        return self.http.request(method, f"{self.shop.url}/wp-json/wc/v3/{path}", json=fields)

    def get(self, path: str) -> Any:
        """Return the JSON of a GET."""
        return self.call("GET", path).json()


Starter = Callable[..., Shop]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    """Start shops that end with the test; all keep their file in one folder."""
    running: list[Shop] = []

    def run(config: ShopConfig = RETAIL, clock: Callable[[], datetime] | None = None) -> Shop:
        shop = start_shop(config, tmp_path, 0, clock) if clock else start_shop(config, tmp_path, 0)
        running.append(shop)
        return shop

    yield run
    for shop in running:
        if shop.is_running:
            shop.stop()


@pytest.fixture
def retail(start: Starter) -> Shop:
    """The shop of cakes."""
    return start()


def stage_config(letter: str) -> ShopConfig:
    """Return the recorded shop's settings: stage A, B, C (incl. tax, at subtotal) or D (C3: excl. tax, at subtotal)."""
    return replace(
        RETAIL,
        slug=f"stage-{letter.lower()}",
        products=(),
        prices_include_tax=letter in "BC",
        round_at_subtotal=letter in "CD",
    )


def fill_recorded_catalogue(client: Client) -> dict[str, int]:
    """Create the recorded products by the recorded requests; returns the ids by SKU."""
    for number in (11, 12, 13, 14, 15):
        assert client.call("POST", "products", asked(number)).status == 201
    parent = client.call("POST", "products", asked(16)).json()
    for sku, price, options in (
        ("MAR-S-B", "32.50", ("S", "Bleu")),
        ("MAR-M-B", "32.50", ("M", "Bleu")),
        ("MAR-L-R", "34.90", ("L", "Rouge")),
    ):
        attributes = [{"name": name, "option": option} for name, option in zip(("Taille", "Couleur"), options, strict=True)]
        fields = {"sku": sku, "regular_price": price, "manage_stock": True, "stock_quantity": 5}
        assert client.call("POST", f"products/{parent['id']}/variations", {**fields, "attributes": attributes}).status == 201
    with client.shop.core.state.read():
        return {each["sku"]: each["id"] for each in client.shop.core.state.all("product")}
