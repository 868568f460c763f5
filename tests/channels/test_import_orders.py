"""Recorded orders of a real shop in our own words: every amount adds up to what the customer paid."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from chalicelib.channels import import_orders
from chalicelib.channels.import_orders import Quarantine
from chalicelib.kernel.tax import Taxed, breakdown, totals
from chalicelib.sales.model import PlaceOrder
from connectors.contract import ChannelOrder, OrderStatus, TaxAmount
from tests.channels.shapes import connection, facts, order

ORDERS = ("025", "026", "027", "028", "029", "030", "032", "034", "035", "036", "038", "039", "040", "041", "117", "150",
          "151", "152")


def placed(found: ChannelOrder) -> PlaceOrder | Quarantine:
    known = facts(*(line.sku for line in found.lines))
    skus = import_orders.resolve_skus(found, {}, known)
    assert isinstance(skus, dict)
    return import_orders.place_order(connection(), found, skus, known, "cus_1", ("whs_1",))


@pytest.mark.parametrize("number", ORDERS)
def test_lines_and_charges_come_to_what_the_customer_paid(number: str) -> None:
    found = order(number)
    command = placed(found)
    assert isinstance(command, PlaceOrder), command
    parts = [Taxed(vat_category=line.vat_category or "S", vat_rate=line.vat_rate or Decimal(0),
                   amount=line.amount or Decimal(0))
             for line in command.lines]
    parts += [Taxed(vat_category=c.vat_category or "S", vat_rate=c.vat_rate or Decimal(0), amount=c.amount)
              for c in command.charges]
    rows = breakdown(parts, command.currency, command.prices_include_vat)
    total = totals(rows)[2]
    assert command.paid_total == found.total_paid
    assert abs(total - found.total_paid) <= Decimal("0.05"), (total, found.total_paid)
    for line in command.lines:
        assert line.amount is not None and line.unit_price is not None
        assert line.quantity * line.unit_price - line.allowance == pytest.approx(line.amount, abs=Decimal("0.000001"))


def test_an_unknown_sku_is_named_with_its_place() -> None:
    found = order("025")
    result = import_orders.resolve_skus(found, {}, {})
    assert isinstance(result, Quarantine)
    assert result.code == "unknown_sku" and result.path == "lines[0].sku"
    assert result.parameters["names"] in result.message, "whoever has words of their own needs no sentence of ours"
    assert result.unknown_skus[0] == (found.lines[0].sku or f"{found.lines[0].name} ({found.lines[0].product_external_id})")


def test_a_binding_goes_before_the_shops_own_sku() -> None:
    found = order("025")
    bound = {import_orders.item_of(line): "OURS" for line in found.lines}
    result = import_orders.resolve_skus(found, bound, facts("OURS", *(line.sku for line in found.lines)))
    assert isinstance(result, dict) and set(result.values()) == {"OURS"}


def test_an_unknown_rate_goes_to_quarantine_unless_the_connection_names_one() -> None:
    found = order("025")
    line = replace(found.lines[0], taxes=(TaxAmount("999", None, Decimal("3.00")),))
    strange = replace(found, lines=(line, *found.lines[1:]))
    result = placed(strange)
    assert isinstance(result, Quarantine) and result.code == "unknown_tax" and result.path == "lines[0].taxes"
    skus = import_orders.resolve_skus(strange, {}, facts(*(each.sku for each in strange.lines)))
    assert isinstance(skus, dict)
    helped = import_orders.place_order(connection(vat_rate_default=Decimal(20)), strange, skus,
                                       facts(*(each.sku for each in strange.lines)), "", ())
    assert isinstance(helped, PlaceOrder) and helped.lines[0].vat_rate == 20


def test_a_fee_over_two_rates_is_two_charges_that_add_up() -> None:
    parts = import_orders.tax_parts(Decimal("10.00"), (TaxAmount("30", Decimal(20), Decimal("1.00")),
                                                       TaxAmount("31", Decimal(10), Decimal("0.50"))), connection(), "EUR")
    assert parts is not None
    assert [(part.rate, part.net, part.tax) for part in parts] == [
        (Decimal(20), Decimal("5.00"), Decimal("1.00")), (Decimal(10), Decimal("5.00"), Decimal("0.50"))]


def test_goods_sent_out_of_the_union_are_an_export_and_untaxed_goods_at_home_are_worth_a_look() -> None:
    found = replace(order("025"), shipping=replace(order("025").billing, country="CH", line1="1 rue", city="Genève"))
    assert import_orders.untaxed_category(found, None) == ("G", "")
    home = replace(found, shipping=replace(found.shipping, country="FR"))
    assert import_orders.untaxed_category(home, None) == ("E", "untaxed")


@pytest.mark.parametrize(("status", "expected"), [
    (OrderStatus.PENDING, "pending"), (OrderStatus.PROCESSING, "confirmed"), (OrderStatus.COMPLETED, "completed"),
    (OrderStatus.CANCELLED, "cancelled"), (OrderStatus.FAILED, "cancelled"), (OrderStatus.TRASHED, "cancelled")])
def test_what_a_shop_says_later_on(status: OrderStatus, expected: str) -> None:
    update = import_orders.channel_update(connection(), replace(order("025"), status=status), {})
    assert update.status == expected and update.source_version == import_orders.source_version(order("025").source_version)


def test_refunded_whole_means_sent_already_or_not_wanted_any_more() -> None:
    paid_back = replace(order("025"), status=OrderStatus.REFUNDED)
    assert import_orders.channel_update(connection(), replace(paid_back, completed_at=None), {}).status == "cancelled"
    sent = replace(paid_back, completed_at=paid_back.created_at)
    assert import_orders.channel_update(connection(), sent, {}).status == "completed"


def test_a_checkout_of_three_rates_with_coupon_fee_and_shipping_adds_up_to_the_cent() -> None:
    command = placed(order("150"))
    assert isinstance(command, PlaceOrder) and command.prices_include_vat
    amounts = [part.amount or Decimal(0) for part in (*command.lines, *command.charges)]
    assert sum(amounts) == command.paid_total == Decimal("118.58")
    assert [line.vat_rate for line in command.lines] == [Decimal("5.5"), Decimal(10), Decimal(20)]
    assert [(c.kind, c.vat_rate) for c in command.charges] == [("shipping", Decimal(20)), ("fee", Decimal(20))]


def test_an_order_refunded_whole_before_it_was_sent_is_wanted_no_more() -> None:
    found = order("151")
    update = import_orders.channel_update(connection(), found, {})
    assert (update.status, [refund.amount for refund in update.refunds]) == ("cancelled", [Decimal("42.80")])


def test_a_refund_names_our_lines_and_keeps_its_own_amount() -> None:
    found = order("059")
    whole = [refund for refund in found.refunds if refund.lines] or list(found.refunds)
    line_ids = {line.external_id: f"l{n}" for n, line in enumerate(found.lines)}
    update = import_orders.channel_update(connection(), found, line_ids)
    assert [refund.amount for refund in update.refunds] == [refund.amount for refund in found.refunds]
    assert {refund.external_id for refund in update.refunds} >= {refund.external_id for refund in whole}
