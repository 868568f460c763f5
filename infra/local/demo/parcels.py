"""The packing table of *Maison Givrée*: two carriers, deliveries to pick, one packed with its label, one on its way."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from chalicelib.kernel.address import Address
from chalicelib.kernel.context import Context
from chalicelib.sales import service as sales
from chalicelib.sales.delivery import Delivery, PrepareDeliveries
from chalicelib.sales.model import Buyer, NewLine, PlaceOrder
from chalicelib.shipping import service as shipping
from chalicelib.shipping.model import BuyLabels, CarrierBody, Pack, PickAll, ShipDelivery
from infra.local.carriers.sendcloud import SendcloudServer
from infra.local.demo.seed import at

SENDER = Address(company_name="Maison Givrée", name="Atelier", line1="12 avenue du Rhône", postal_code="74000", city="Annecy",
                 country_code="FR", phone="+33450000000")
CALLERS = (("Inès Michel", "MACARONS", 2), ("Hugo Roussel", "SORBET-FRAISE", 3), ("Chloé Lopez", "MACARONS", 1),
           ("Tom Mercier", "SORBET-FRAISE", 2))
"""Who ordered on the telephone this morning; the first parcel is on its way, the second waits with its label."""


def seed_parcels(ctx: Context, server: SendcloudServer) -> str:
    """Makes them; answers the id of the account with the carrier."""
    step = at(ctx, ctx.now - timedelta(minutes=30), "carriers")
    shipping.create_carrier(step.step("manual"), CarrierBody(
        name="Tournée du froid", sender=SENDER, gs1_company_prefix="3760123"))
    account = shipping.create_carrier(step.step("sendcloud"), CarrierBody(
        name="Sendcloud (démo)", platform="sendcloud", base_url=server.url, credentials=server.credentials, sender=SENDER,
        default_service_code="colissimo:home"))
    for place, (who, sku, quantity) in enumerate(CALLERS):
        deliveries = _prepared(ctx, who, sku, quantity)
        for delivery in deliveries if place < 2 else ():
            labelled = shipping.buy_labels(_at(ctx, delivery, "label"), _packed(ctx, delivery),
                                           BuyLabels(carrier_id=account.id))
            if place == 0:
                shipping.ship(_at(ctx, delivery, "ship"), labelled, ShipDelivery())
    return account.id


def _at(ctx: Context, delivery: Delivery, what: str) -> Context:
    return at(ctx, ctx.now - timedelta(minutes=20), f"{what}:{delivery.id}")


def _prepared(ctx: Context, who: str, sku: str, quantity: int) -> list[Delivery]:
    """The deliveries of a telephone order; none while nothing of it is there."""
    home = Address(name=who, line1="4 place des Cordeliers", postal_code="69003", city="Lyon", country_code="FR")
    email = f"{who.lower().replace(' ', '.')}@example.org".replace("è", "e").replace("é", "e")
    mine = at(ctx, ctx.now - timedelta(minutes=25), f"call:{who}")
    order = sales.place_order(mine, PlaceOrder(
        lines=(NewLine(sku=sku, quantity=Decimal(quantity)),), buyer=Buyer(name=who, email=email), billing_address=home,
        is_paid=True, payment_method="card", shortage="backorder"))
    if not any(line.reserved for line in order.lines):
        return []
    return sales.deliveries_of(ctx, sales.prepare(mine.step("prepare"), order, PrepareDeliveries()))


def _packed(ctx: Context, delivery: Delivery) -> Delivery:
    picked = shipping.pick_all(_at(ctx, delivery, "pick"), delivery, PickAll())
    return shipping.pack(_at(ctx, delivery, "pack"), picked, Pack())
