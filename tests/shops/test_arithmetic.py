"""The orders a real WooCommerce was given, bought again: every amount must agree to the cent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from infra.local.shops.woocommerce import orders
from infra.local.shops.woocommerce.config import SHIPPING_METHODS, Coupon, TaxRules
from infra.local.shops.woocommerce.coupons import apply_coupon
from infra.local.shops.woocommerce.render_orders import order_json
from infra.local.shops.woocommerce.totals import ZERO, Goods, price_line, tax_on, tax_within
from tests.shops.conftest import RECORDED_AT, Client, Starter, fill_recorded_catalogue, stage_config
from tests.shops.recordings import answer, asked

HEADER = (
    "prices_include_tax", "discount_total", "discount_tax", "shipping_total", "shipping_tax", "cart_tax", "total",
    "total_tax",
)  # fmt: skip
LINE = (
    "name", "quantity", "tax_class", "subtotal", "subtotal_tax", "total", "total_tax", "taxes", "sku", "price",
    "parent_name", "global_unique_id",
)  # fmt: skip
CHECKOUTS = {25: "A", 26: "A", 27: "A", 28: "A", 29: "A", 30: "A", 34: "B", 35: "B", 36: "B", 38: "C", 39: "C",
             40: "C", 41: "D"}  # fmt: skip


def pick(values: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: values[name] for name in names}


def compare(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert pick(ours, HEADER) == pick(theirs, HEADER)
    assert [pick(line, LINE) for line in ours["line_items"]] == [pick(line, LINE) for line in theirs["line_items"]]
    names = ("rate_code", "rate_id", "label", "tax_total", "shipping_tax_total", "rate_percent")
    assert sorted((pick(line, names) for line in ours["tax_lines"]), key=lambda line: line["rate_id"]) == sorted(
        (pick(line, names) for line in theirs["tax_lines"]), key=lambda line: line["rate_id"]
    )
    names = ("method_title", "total", "total_tax", "taxes", "tax_status")
    assert [pick(line, names) for line in ours["shipping_lines"]] == [pick(line, names) for line in theirs["shipping_lines"]]
    names = ("code", "discount", "discount_tax", "discount_type", "nominal_amount")
    assert [pick(line, names) for line in ours["coupon_lines"]] == [pick(line, names) for line in theirs["coupon_lines"]]


@pytest.mark.parametrize("number", CHECKOUTS)
def test_a_recorded_checkout_costs_the_same_here(start: Starter, number: int) -> None:
    shop = start(stage_config(CHECKOUTS[number]), lambda: RECORDED_AT)
    ids = fill_recorded_catalogue(Client(shop))
    theirs = answer(number)
    cart = [orders.CartLine(ids[line["sku"]], line["quantity"]) for line in theirs["line_items"]]
    title = theirs["shipping_lines"][0]["method_title"]
    method = next(each for each in SHIPPING_METHODS if each.title == title)
    coupon = orders.find_coupon(shop.core, theirs["coupon_lines"][0]["code"]) if theirs["coupon_lines"] else None
    payment = (theirs["payment_method"], theirs["payment_method_title"])
    order = orders.place(shop.core, cart, theirs["billing"], theirs["shipping"], method, coupon, payment)
    compare(order_json(shop.core, order), theirs)


def test_the_order_made_by_rest_with_fees_and_a_line_discount_costs_the_same(start: Starter) -> None:
    shop = start(stage_config("A"), lambda: RECORDED_AT)
    client = Client(shop)
    ids = fill_recorded_catalogue(client)
    fields, theirs = asked(31), answer(31)
    skus = ("LAMPE-01", "LIVRE-01", "MAR-L-R")
    for line, sku in zip(fields["line_items"], skus, strict=True):
        line["product_id"] = ids[sku]
        if "variation_id" in line:
            line["product_id"], line["variation_id"] = ids["MAR"], ids[sku]
    ours = client.call("POST", "orders", fields).json()
    compare(ours, theirs)
    names = ("name", "total", "total_tax", "taxes", "tax_class", "tax_status", "amount")
    assert [pick(line, names) for line in ours["fee_lines"]] == [pick(line, names) for line in theirs["fee_lines"]]
    assert ours["meta_data"][0]["key"] == "_billing_siret"
    assert ours["status"] == "processing"


def test_a_german_buyer_pays_german_tax_on_the_net_of_a_price_typed_with_french_tax() -> None:
    rules = TaxRules(True, False, stage_config("B").rates)
    line = price_line(Goods(Decimal("12.00"), 1), ZERO, rules, "DE")
    assert line.total.quantize(Decimal("0.01")) == Decimal("10.00")
    assert line.total_taxes[33].quantize(Decimal("0.01")) == Decimal("1.90")


@pytest.mark.parametrize("with_tax", [True, False])
def test_a_fixed_coupon_is_given_away_to_the_last_cent_and_never_more_than_the_goods_cost(with_tax: bool) -> None:
    rules = TaxRules(with_tax, False, stage_config("A").rates)
    goods = [Goods(Decimal("3.33"), 3), Goods(Decimal("0.50"), 1), Goods(Decimal("20"), 2)]
    for amount in ("0.01", "5", "7.77", "50.49", "60"):
        effect = apply_coupon(Coupon("X", "fixed_cart", Decimal(amount)), goods, rules, "FR")
        assert sum(effect.by_line) == min(Decimal(amount), Decimal("50.49"))
        assert all(off <= line.unit_price * line.quantity for off, line in zip(effect.by_line, goods, strict=True))


def test_the_tax_within_a_price_is_the_tax_on_its_net() -> None:
    rate = stage_config("A").rates[2]
    gross = Decimal("105.50")
    assert tax_within(gross, rate) == tax_on(Decimal(100), rate) == Decimal("5.5")
