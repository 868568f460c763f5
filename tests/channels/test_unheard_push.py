"""Shops that must hear of a change: after a push whose answer nobody heard, and a moment after they were connected."""

from __future__ import annotations

import contextlib
from decimal import Decimal

import pytest

from chalicelib.channels import connecting, pushing, shops
from chalicelib.stock import service
from chalicelib.stock.model import AdjustmentLine, NewAdjustment
from chalicelib.storage import read
from connectors.contract import Unavailable
from connectors.woocommerce.client import WooCommerce
from tests.channels.merchant import Merchant
from tests.working import import_products


@pytest.mark.parametrize("how", ["no answer", "killed"])
def test_a_push_nobody_heard_of_is_told_again_though_the_quantity_is_the_old_one_again(
    merchant: Merchant, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """The shop took 27, we do not know it, and meanwhile it is 24 again: the shop must not go on showing 27."""
    merchant.open("retail", "MAC")
    connection = merchant.connect("retail")
    import_products(merchant.ctx(), connection)
    adjust(merchant, 1)
    adjust(merchant, -1)
    assert merchant.shown("retail", "MAC") == 24
    real = WooCommerce.push_stock

    def unheard(self: WooCommerce, stock: object) -> object:
        real(self, stock)  # type: ignore[arg-type]
        raise Unavailable("no answer") if how == "no answer" else SystemExit("killed")

    monkeypatch.setattr(WooCommerce, "push_stock", unheard)
    with contextlib.suppress(SystemExit):
        adjust(merchant, 3)
    monkeypatch.undo()
    assert merchant.shown("retail", "MAC") == 27
    adjust(merchant, -3)
    pushing.push(merchant.ctx(), merchant.connection(connection), probing=True)
    assert merchant.shown("retail", "MAC") == merchant.truth("MAC") == 24


def adjust(merchant: Merchant, quantity: int) -> None:
    """Counted more or less, and told."""
    service.adjust(merchant.ctx(), NewAdjustment(warehouse_id=merchant.warehouse.id, reason="count", lines=(
        AdjustmentLine(sku="MAC", quantity=Decimal(quantity)),)))
    merchant.pump()


def test_a_shop_connected_a_moment_ago_is_found_before_any_index_shows_it(
    merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    merchant.open("retail", "MAC")
    connection = merchant.connect("retail")
    monkeypatch.setattr(shops.read, "query", lambda *_, **__: read.Page([], None))
    assert [each.id for each in shops.working(merchant.ctx())] == [connection.id]
    connecting.remove(merchant.ctx(), shops.get(merchant.ctx(), connection.id))
    assert shops.working(merchant.ctx()) == []
