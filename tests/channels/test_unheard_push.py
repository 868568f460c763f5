"""A push whose answer nobody heard: the shop may show it, whatever we noted."""

from __future__ import annotations

import contextlib
from decimal import Decimal

import pytest

from chalicelib.channels import bindings, pushing
from chalicelib.stock import service
from chalicelib.stock.model import AdjustmentLine, NewAdjustment
from connectors.contract import Unavailable
from connectors.woocommerce.client import WooCommerce
from tests.channels.merchant import Merchant


@pytest.mark.parametrize("how", ["no answer", "killed"])
def test_a_push_nobody_heard_of_is_told_again_though_the_quantity_is_the_old_one_again(
    merchant: Merchant, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """The shop took 27, we do not know it, and meanwhile it is 24 again: the shop must not go on showing 27."""
    merchant.open("retail", "MAC")
    connection = merchant.connect("retail")
    bindings.import_products(merchant.ctx(), connection)
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
