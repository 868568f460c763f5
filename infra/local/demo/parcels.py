"""The packing table of *Maison Givrée*: two carriers, deliveries to pick, one packed with its label, one on its way."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.kernel.address import Address
from chalicelib.kernel.context import Context
from chalicelib.sales import service as sales
from chalicelib.sales.delivery import Delivery, PrepareDeliveries
from chalicelib.sales.model import ORDER
from chalicelib.shipping import service as shipping
from chalicelib.shipping.model import BuyLabels, CarrierBody, Pack, PickAll, ShipDelivery
from chalicelib.storage import read
from infra.local.carriers.sendcloud import SendcloudServer
from infra.local.demo.seed import at

PREPARED = 4
SENDER = Address(company_name="Maison Givrée", name="Atelier", line1="12 avenue du Rhône", postal_code="74000", city="Annecy",
                 country_code="FR", phone="+33450000000")


def seed_parcels(ctx: Context, server: SendcloudServer) -> str:
    """Makes them out of the oldest orders that are still to be shipped; answers the id of the account with the carrier."""
    step = at(ctx, ctx.now - timedelta(minutes=30), "carriers")
    shipping.create_carrier(step.step("manual"), CarrierBody(
        name="Tournée du froid", sender=SENDER, gs1_company_prefix="3760123"))
    account = shipping.create_carrier(step.step("sendcloud"), CarrierBody(
        name="Sendcloud (démo)", platform="sendcloud", base_url=server.url, credentials=server.credentials, sender=SENDER,
        default_service_code="colissimo:home"))
    rows = read.query(ctx, "by_due", "DUE#ship", limit=PREPARED, newest_first=False).items
    made = [_prepared(ctx, str(row["id"])) for row in rows]
    for place, delivery in enumerate(made[:2]):
        labelled = shipping.buy_labels(_at(ctx, delivery, "label"), _packed(ctx, delivery), BuyLabels(carrier_id=account.id))
        if place == 0:
            shipping.ship(_at(ctx, delivery, "ship"), labelled, ShipDelivery())
    return account.id


def _at(ctx: Context, delivery: Delivery, what: str) -> Context:
    return at(ctx, ctx.now - timedelta(minutes=20), f"{what}:{delivery.id}")


def _prepared(ctx: Context, order_id: str) -> Delivery:
    order = sales.prepare(at(ctx, ctx.now - timedelta(minutes=25), f"prepare:{order_id}"), read.get(ctx, ORDER, order_id),
                          PrepareDeliveries())
    return sales.deliveries_of(ctx, order)[0]


def _packed(ctx: Context, delivery: Delivery) -> Delivery:
    picked = shipping.pick_all(_at(ctx, delivery, "pick"), delivery, PickAll())
    return shipping.pack(_at(ctx, delivery, "pack"), picked, Pack())
