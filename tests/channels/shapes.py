"""Connections, SKUs and recorded orders for the tests of channels."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from chalicelib.catalog.model import SkuFacts
from chalicelib.channels.model import Connection, ShopTaxRate
from connectors.contract import ChannelOrder
from connectors.woocommerce.client import WooCommerce
from tests.connectors.replay import recorded

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
RECORDED = recorded("woocommerce")


def connection(**changes: object) -> Connection:
    """A connection of the retail shop."""
    known = Connection(
        id="con_01TEST", name="Retail", platform="woocommerce", base_url="https://shop.example", sealed_credentials="",
        sealed_webhook_secret="", created_at=NOON, currency="EUR",
        tax_rates=(ShopTaxRate(external_id="30", country_code="FR", percent=Decimal(20)),))
    return replace(known, **changes)


def order(number: str) -> ChannelOrder:
    """A recorded order of a real shop."""
    found = WooCommerce.map_order(RECORDED[number].response_body)
    assert isinstance(found, ChannelOrder)
    return found


def facts(*skus: str, vat_category: str = "S") -> dict[str, SkuFacts]:
    """What the catalogue knows of these SKUs."""
    rate = Decimal(20) if vat_category == "S" else Decimal(0)
    return {sku: SkuFacts(sku=sku, variant_id=f"var_{sku}", name=sku, unit_code="C62", vat_category=vat_category,
                          vat_rate=rate, is_active=True, weight_grams=100) for sku in skus}
