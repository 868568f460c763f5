"""`STRIPE_API_KEY=… python -m infra.ops.stripe_prices`: the plans' products, prices and meter at Stripe.

Makes what is missing, from the one table of plans, and changes nothing that is there: a price at Stripe cannot be changed, so
a plan's new price is a new one under the same look-up key, which one moves there by hand once it is announced. Needed once
for each account, test and live. Prices are without VAT, and the meter sums the orders of a customer.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from chalicelib.subscriptions.account import METER_EVENT
from chalicelib.tenants.selling.plans import CURRENCY, PAID, PLANS, Plan

SEAT = "comptoir_seat"


def set_up(client: Any) -> list[str]:
    """Makes what is missing with `client` (the library's, `v1`); answers the look-up keys of what was made."""
    made: list[str] = []
    meters = client.billing.meters.list({"limit": 100}).to_dict()["data"]
    meter = next((each["id"] for each in meters if each["event_name"] == METER_EVENT), None) or client.billing.meters.create({
        "display_name": "Orders", "event_name": METER_EVENT, "default_aggregation": {"formula": "sum"}},
        options={"idempotency_key": "comptoir-meter"}).id
    _product(client, "comptoir_seat", "Comptoir: one more user")
    _price(client, SEAT, "comptoir_seat", _flat(PLANS[PAID[0]].extra_seat, {"comptoir": "seat"}, "One more user"), made)
    for name in PAID:
        plan = PLANS[name]
        title = f"Comptoir {name.capitalize()}"
        _product(client, f"comptoir_{name}", title)
        flat = _flat(plan.price, {"comptoir": "plan", "plan": name}, title)
        _price(client, f"comptoir_{name}", f"comptoir_{name}", flat, made)
        _price(client, f"comptoir_{name}_orders", f"comptoir_{name}", _orders(plan, meter, title), made)
    return made


def _flat(price: Any, metadata: dict[str, str], title: str) -> dict[str, Any]:
    return {"unit_amount": int(price * 100), "recurring": {"interval": "month"}, "metadata": metadata, "nickname": title}


def _orders(plan: Plan, meter: str, title: str) -> dict[str, Any]:
    """The plan's orders are free, each beyond costs: a graduated price with two tiers."""
    assert plan.extra_order is not None
    return {"recurring": {"interval": "month", "usage_type": "metered", "meter": meter}, "billing_scheme": "tiered",
            "tiers_mode": "graduated", "metadata": {"comptoir": "orders", "plan": plan.id}, "nickname": f"{title}: orders",
            "tiers": [{"up_to": plan.orders, "unit_amount": 0},
                      {"up_to": "inf", "unit_amount_decimal": str(plan.extra_order * 100)}]}


def _product(client: Any, product_id: str, name: str) -> None:
    import stripe

    try:
        client.products.retrieve(product_id)
    except stripe.InvalidRequestError:
        client.products.create({"id": product_id, "name": name}, options={"idempotency_key": f"product-{product_id}"})


def _price(client: Any, key: str, product: str, body: dict[str, Any], made: list[str]) -> None:
    if client.prices.list({"lookup_keys": [key], "active": True}).to_dict()["data"]:
        return
    client.prices.create({**body, "product": product, "currency": CURRENCY.lower(), "lookup_key": key,
                          "tax_behavior": "exclusive"},
                         options={"idempotency_key": f"price-{key}-{body.get('unit_amount', 'tiers')}"})
    made.append(key)


def main() -> int:
    """The command; answers its exit status."""
    import stripe

    key = os.environ.get("STRIPE_API_KEY", "")
    if not key:
        sys.stderr.write("STRIPE_API_KEY is not set\n")
        return 2
    made = set_up(stripe.StripeClient(key).v1)
    sys.stdout.write(f"made: {', '.join(made)}\n" if made else "everything was there\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
