"""What placing a shop's order costs: two round trips after authentication, and at most 26 write units with its indexes beside
the audit's record of it, which costs three. The bench counts a plainer order, its record included, within 26."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chalicelib.kernel.context import Actor
from chalicelib.parties.model import CustomerBody
from chalicelib.parties.service import create_customer
from chalicelib.sales import service as sales
from chalicelib.sales.model import Address, Buyer, NewCharge, NewLine, PlaceOrder
from chalicelib.storage import client, sequence
from tests.sales.shop import D, Shop

KILOBYTE = 1024


def size(attributes: dict[str, Any]) -> int:
    """Bytes of an item: names and values in UTF-8 or as they are, numbers about a byte for two digits and one more."""
    sizes = {"S": lambda text: len(text.encode()), "B": len, "N": lambda number: len(number.strip("-.")) // 2 + 2}
    return sum(len(name.encode()) + sizes[kind](content)
               for name, value in attributes.items() for kind, content in value.items())


def write_units(action: dict[str, Any]) -> int:
    """A transactional write: two units for each started kilobyte, and one for each started kilobyte of an index entry."""
    verb, body = next(iter(action.items()))
    if verb != "Put":
        return 2
    item = body["Item"]
    units = 2 * -(-size(item) // KILOBYTE)
    for index in ("by_list", "by_ref", "by_party", "by_due"):
        if f"{index}_pk" in item:
            projected = {n: v for n, v in item.items()
                         if n in ("pk", "sk", f"{index}_pk", f"{index}_sk", "summary", "kind", "version")}
            units += -(-size(projected) // KILOBYTE)
    return units


def body(customer_id: str = "") -> PlaceOrder:
    home = Address(name="Camille Fontaine", line1="12 rue des Cordeliers", postal_code="69002", city="Lyon",
                   country_code="FR", phone="+33612345678")
    return PlaceOrder(
        lines=tuple(NewLine(sku=f"BUCHE-{n}", quantity=D(n), unit_price=D("24.90"), external_id=str(100 + n))
                    for n in (1, 2, 3)),
        charges=(NewCharge(name="Chronofresh", amount=D("14.90"), vat_category="S", vat_rate=D(20)),),
        channel_id="con_01KAV0000000000000000000", external_id="10457", customer_id=customer_id, external_number="GIV-10457",
        source_version="2026-11-24T07:00:00#0123456789abcdef", buyer=Buyer(
            name="Camille Fontaine", email="camille.fontaine@example.fr", phone="+33612345678"),
        billing_address=home, shipping_address=home, is_paid=True, payment_method="Carte bancaire (Stripe)")


def test_three_lines_of_a_shop_cost_two_round_trips_and_at_most_20_write_units_and_their_record_three(shop: Shop) -> None:
    paris = shop.warehouse("PARIS")
    for n in (1, 2, 3):
        shop.article(f"BUCHE-{n}", vat_rate="5.5")
        shop.receive(paris, f"BUCHE-{n}", "10")
    customer = create_customer(shop.ctx(), CustomerBody(name="Camille Fontaine", email="camille.fontaine@example.fr"))
    ctx = replace(shop.ctx(), actor=Actor("connection", "con_01KAV0000000000000000000", "Givrée Lyon"))
    sequence.next_number(ctx, f"order-{ctx.now:%Y}")
    calls: list[tuple[str, dict[str, Any]]] = []

    def watch(operation: str, parameters: dict[str, Any], _: dict[str, Any]) -> None:
        calls.append((operation, parameters))

    client.observers.append(watch)
    try:
        sales.place_order(ctx, body(customer.id))
    finally:
        client.observers.remove(watch)
    assert [operation for operation, _ in calls] == ["BatchGetItem", "TransactWriteItems"]
    actions = calls[1][1]["TransactItems"]
    *order, record = [write_units(action) for action in actions]
    assert len(order) == 6 and sum(order) <= 20 and record == 3, (order, record)
