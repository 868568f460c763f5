"""What a packer has on the table: an order of three articles, one of them also sold in cartons, ready to be scanned."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from chalicelib.catalog import service as catalog
from chalicelib.catalog.model import NewProduct, NewVariant, UnitConversion
from chalicelib.kernel.address import Address
from chalicelib.sales import service as sales
from chalicelib.sales.delivery import Delivery, PrepareDeliveries
from chalicelib.sales.model import Buyer, Order
from chalicelib.shipping import service as shipping
from chalicelib.shipping.model import Carrier, CarrierBody, Pack, ParcelSize, PickAll, Scan
from infra.local.carriers.sendcloud import SendcloudServer
from tests.sales.shop import Shop

D = Decimal
MACARON, CARTON, BUCHE = "3017620422003", "3017620425035", "4006381333931"
HOME = Address(name="Ada Bérard", line1="12 rue des Lilas", postal_code="75011", city="Paris", country_code="FR")
SENDER = Address(company_name="Maison Givrée", name="Atelier", line1="1 chemin du Lac", postal_code="74000", city="Annecy",
                 country_code="FR")


def stocked(shop: Shop, **more: Any) -> Order:
    """An order of 7 macarons (a carton holds 6), 2 bûches and 1 sorbet, all in stock."""
    paris = shop.warehouse("PARIS")
    for sku, gtin, packs in (("MACARON", MACARON, (UnitConversion(unit_code="CT", quantity=D(6), gtin=CARTON),)),
                             ("BUCHE", BUCHE, ()), ("SORBET", "", ())):
        catalog.create_product(shop.ctx(), NewProduct(name=sku.title(), variants=(
            NewVariant(sku=sku, gtin=gtin, conversions=packs, weight_grams=200),)))
        shop.receive(paris, sku, "20")
    return shop.order({"MACARON": "7", "BUCHE": "2", "SORBET": "1"}, billing_address=HOME, buyer=Buyer(
        name="Ada Bérard", email="ada@example.com", phone="+33600000000"), **more)


def ready(shop: Shop, **more: Any) -> Delivery:
    """The order's delivery, to be picked."""
    (delivery,) = shop.deliveries(sales.prepare(shop.ctx(), stocked(shop, **more), PrepareDeliveries()))
    return delivery


def scan(shop: Shop, delivery: Delivery, code: str, quantity: str = "1", parcel: int = 1) -> Delivery:
    """One beep of the scanner."""
    return shipping.scan(shop.ctx(), delivery, Scan(code=code, quantity=D(quantity), parcel_number=parcel))


def packed(shop: Shop, **more: Any) -> Delivery:
    """The delivery in one closed parcel."""
    picked = shipping.pick_all(shop.ctx(), ready(shop, **more), PickAll())
    return shipping.pack(shop.ctx(), picked, Pack(parcels=(ParcelSize(number=1, weight_grams=2500),)))


def sendcloud(shop: Shop, server: SendcloudServer, **more: Any) -> Carrier:
    """An account with the carrier."""
    return shipping.create_carrier(shop.ctx(), CarrierBody(
        name="Sendcloud", platform="sendcloud", base_url=server.url, default_service_code="colissimo:home", sender=SENDER,
        credentials={"public_key": "public", "secret_key": "secret"}, **more))
