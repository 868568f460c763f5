"""The three demo shops, kept in DATA, on ports of their own that stay the same from start to start: retail and gifts are
WooCommerce, parties PrestaShop."""
from __future__ import annotations

import json
import secrets
import socket
from decimal import Decimal
from pathlib import Path
from typing import Any

from infra.local.carriers.sendcloud import SendcloudServer
from infra.local.demo.range import GIFTS, PARTY, RETAIL, shop_products
from infra.local.shops.prestashop import PrestaShop, start_prestashop
from infra.local.shops.woocommerce import ApiKey, Coupon, Shop, ShopConfig, start_shop

NAMES = {RETAIL: "Maison Givrée", GIFTS: "Givrée Cadeaux", PARTY: "Givrée Fêtes"}
DemoShop = Shop | PrestaShop


def _config(slug: str, keys: tuple[ApiKey, ...], control_token: str) -> ShopConfig:
    if slug == RETAIL:
        return ShopConfig(
            NAMES[slug], slug, shop_products(slug), keys, accent="#1f5c57", control_token=control_token, hero="buche",
            tagline_fr="Desserts glacés d’artisan, livrés à −20 °C", tagline_en="Artisan frozen desserts, delivered at −20 °C",
            coupons=(Coupon("BIENVENUE10", "percent", Decimal(10)),))
    if slug == PARTY:
        return ShopConfig(
            NAMES[slug], slug, shop_products(GIFTS), keys, accent="#3f4a8a", hero="macarons",
            tagline_fr="Desserts glacés pour vos fêtes et vos réceptions", tagline_en="Frozen desserts for your parties",
            coupons=(Coupon("FETE10", "percent", Decimal(10)),))
    return ShopConfig(
        NAMES[slug], slug, shop_products(slug), keys, accent="#a3324f", control_token=control_token, hero="gift",
        tagline_fr="Offrez un dessert glacé, partout en France", tagline_en="Send a frozen dessert as a gift",
        coupons=(Coupon("NOEL5", "fixed_cart", Decimal(5)),))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _facts(path: Path) -> dict[str, Any]:
    """Ports and keys of the shops: made once, kept readable by their owner only."""
    facts: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    for slug in (RETAIL, GIFTS):
        facts.setdefault(slug, {"port": _free_port(), "key": f"ck_{secrets.token_hex(20)}",
                                "secret": f"cs_{secrets.token_hex(20)}", "control": secrets.token_urlsafe(16)})
    facts.setdefault(PARTY, {"port": _free_port(), "key": secrets.token_hex(16).upper()})
    path.write_text(json.dumps(facts))
    path.chmod(0o600)
    return facts


def _start(slug: str, own: dict[str, Any], directory: Path) -> DemoShop:
    if slug == PARTY:
        return start_prestashop(_config(slug, (), ""), own["key"], directory, own["port"])
    return start_shop(_config(slug, (ApiKey(own["key"], own["secret"]),), own["control"]), directory, own["port"])


def start_carrier(data: Path) -> SendcloudServer:
    """Starts the demo carrier, on a port and with keys that stay the same from start to start."""
    directory = data / "shops"
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = directory / "carrier.json"
    facts: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {
        "port": _free_port(), "public": secrets.token_hex(16), "secret": secrets.token_hex(16)}
    path.write_text(json.dumps(facts))
    path.chmod(0o600)
    return SendcloudServer(facts["public"], facts["secret"], facts["port"])


def start_shops(data: Path) -> dict[str, DemoShop]:
    """Starts all shops. A port somebody else took meanwhile is replaced, and the connection's address with it."""
    directory = data / "shops"
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = directory / "shops.json"
    facts = _facts(path)
    shops = {}
    for slug, own in facts.items():
        try:
            shops[slug] = _start(slug, own, directory)
        except OSError:
            own["port"] = _free_port()
            shops[slug] = _start(slug, own, directory)
    path.write_text(json.dumps(facts))
    return shops
