"""Fills an empty tenant through the product's own use cases, at instants of the past."""
from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from decimal import Decimal

from chalicelib.catalog import service as catalog
from chalicelib.catalog.model import KitComponent, NewMedia, NewProduct, NewVariant, Product
from chalicelib.kernel.context import Command, Context, SystemClock
from chalicelib.parties import service as parties
from chalicelib.pricing import service as pricing
from chalicelib.pricing.model import EntryBody, PriceChanges, PriceListBody, SkuEntries
from chalicelib.reporting import schedules
from chalicelib.reporting.model import ReportScheduleBody
from chalicelib.runtime import identity
from chalicelib.sales import service as sales
from chalicelib.sales.commands import HoldOrder, ShipOrder
from chalicelib.sales.model import Address, Buyer, NewCharge, NewLine, Order, PlaceOrder
from chalicelib.stock import service as stock
from chalicelib.stock.model import NewReceipt, ReceiptLine, WarehouseBody
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants import directory, roles
from chalicelib.tenants import service as tenants
from chalicelib.tenants.directory import Place
from chalicelib.tenants.model import USER, ChangeCompany, NewTenant, PostalAddress, User
from chalicelib.tenants.roles import RoleBody
from infra.local.demo import history
from infra.local.demo.books import FAMILIES
from infra.local.demo.people import ASSISTANT, FIRMS, PASSWORD, STAFF, TOWNS
from infra.local.demo.range import (
    CAKES,
    GIFT_BOX,
    GIFT_BOX_COMPONENTS,
    GIFT_BOX_PICTURE,
    GIFT_BOX_PRICE,
    gtin,
    shop_stock,
)
from infra.local.shops.woocommerce.config import Picture
from infra.local.shops.woocommerce.pictures import draw

TENANT_ID = "demo-maison-givree"
VAT = Decimal("5.5")
LATE_AFTER, CURRENT_DAYS, LATE_EVERY = timedelta(hours=30), timedelta(days=4), 4
"""Orders of the last hours are still to be shipped, and one in four of the days before, so that there is something to do."""
Say = Callable[[str], None]


class _PastClock(SystemClock):
    """The machine's clock, but the date is another."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at


Shipped = tuple[str, str, datetime, datetime]
"""An order, its channel, when its parcel left and when it was placed and paid."""


def at(ctx: Context, instant: datetime, name: str) -> Context:
    """The same owner, at an instant of the past, with a command of its own."""
    return replace(ctx, now=instant, clock=_PastClock(instant), command=Command(f"demo:{name}"), request_id=f"demo-{name}"[:60])


def seed_tenant(platform: Context) -> Context:
    """The tenant, its company and people; answers the owner's context."""
    email, name, _ = STAFF[0]
    _, owner = tenants.create_tenant(platform, NewTenant(
        name="Maison Givrée", tenant_id=TENANT_ID, owner_email=email, owner_name=name, owner_password=PASSWORD,
        environment="demo"))
    ctx = directory.within(platform, TENANT_ID, owner)
    tenants.change_company(directory.apart(ctx, "company"), tenants.company(ctx), ChangeCompany(
        legal_name="Maison Givrée SAS", trade_name="Maison Givrée", legal_form="SAS", siren="732829320",
        vat_number="FR44732829320", rcs_city="Annecy", share_capital=Decimal(40000), phone="+33 4 50 00 00 00",
        email="bonjour@maison-givree.example",
        address=PostalAddress(street="12 rue des Glaciers", postal_code="74000", city="Annecy")))
    for person in STAFF[1:]:
        _join(platform, ctx, *person)
    return ctx


def seed_assistant(ctx: Context, warehouse_ids: tuple[str, ...], channel_ids: tuple[str, ...]) -> None:
    """A role of the company's own, and a colleague who has it, in one warehouse and one store."""
    role = roles.create(directory.apart(ctx, "role"), RoleBody(
        name_fr="Vendeuse en boutique", name_en="Shop assistant",
        description="Prend les commandes de la boutique et prépare ses colis ; ne voit ni coûts ni comptabilité.",
        permissions=("parties.read", "parties.write", "catalog.read", "pricing.read", "stock.read", "stock.adjust",
                     "orders.read", "orders.write", "orders.ship", "documents.read", "channels.read", "activity.read")))
    _join(directory.platform(ctx), ctx, *ASSISTANT, role.id, warehouse_ids, channel_ids)


def _join(platform: Context, ctx: Context, email: str, name: str, role: str, warehouse_ids: tuple[str, ...] = (),
          channel_ids: tuple[str, ...] = ()) -> None:
    """A colleague who accepted an invitation long ago."""
    login = directory.new_login(platform, email)
    identity.create(login.id, PASSWORD)
    user_id = ctx.new_id("usr")
    directory.point(platform, login, Place(tenant_id=TENANT_ID, user_id=user_id))
    transaction = Transaction(directory.apart(ctx, f"join:{role}"))
    transaction.create(USER, User(id=user_id, email=email, email_key=ctx.blind(email), login_id=login.id, name=name,
                                  role=role, warehouse_ids=warehouse_ids, channel_ids=channel_ids, joined_at=ctx.now))
    roles.hold(transaction, None, (role, user_id))
    transaction.emit("UserJoined", "user", user_id, 1, {"role": role})
    transaction.commit()


def seed_catalogue(ctx: Context, since: datetime) -> None:
    """The range, with its prices."""
    for cake in CAKES:
        variants = tuple(NewVariant(
            sku=sku, axis_values=(f"{portions} parts",) if portions else (), gtin=gtin(sku), vat_rate=VAT,
            weight_grams=cake.weight_grams_per_portion * (portions or 1), hs_code="210500", country_of_origin="FR",
            reorder_minimum=Decimal(max(6, cake.stock // 4)))
            for sku, portions in cake.skus())
        product = catalog.create_product(at(ctx, since, f"product:{cake.sku}"), NewProduct(
            name=cake.name_fr, description=cake.text_fr, brand="Maison Givrée", category=cake.category,
            product_family=FAMILIES[cake.category],
            axes=("Parts",) if 0 not in cake.sizes else (), variants=variants))
        _add_picture(at(ctx, since, f"picture:{cake.sku}"), product, cake.picture, cake.name_fr)
    box = catalog.create_product(at(ctx, since, "product:box"), NewProduct(
        name="Coffret de fête", description="Une bûche chocolat 6 parts, douze macarons, deux sorbets citron.",
        brand="Maison Givrée", category="Coffrets", product_family=FAMILIES["Coffrets"], variants=(NewVariant(
            sku=GIFT_BOX, vat_rate=VAT,
            kit_components=tuple(KitComponent(sku=sku, quantity=quantity) for sku, quantity in GIFT_BOX_COMPONENTS)),)))
    _add_picture(at(ctx, since, "picture:box"), box, GIFT_BOX_PICTURE, "Coffret de fête")
    _seed_prices(ctx, since)


def _add_picture(ctx: Context, product: Product, picture: Picture, title: str) -> None:
    drawn = draw(asdict(picture), title).encode()
    catalog.add_media(ctx, product, NewMedia(title=title, content_base64=base64.b64encode(drawn).decode()))


def _seed_prices(ctx: Context, since: datetime) -> None:
    public = pricing.create_price_list(at(ctx, since, "prices"), PriceListBody(name="Tarif public TTC"))
    entries = [SkuEntries(sku=sku, entries=(EntryBody(price=cake.sizes[portions][0]),))
               for cake in CAKES for sku, portions in cake.skus()]
    entries.append(SkuEntries(sku=GIFT_BOX, entries=(EntryBody(price=GIFT_BOX_PRICE),)))
    pricing.set_prices(at(ctx, since, "prices:public"), public.id, PriceChanges(prices=tuple(entries)))
    trade = pricing.create_price_list(at(ctx, since, "prices:trade"), PriceListBody(
        name="Tarif professionnels HT", prices_include_vat=False, priority=-1))
    by_dozen = [SkuEntries(sku=sku, entries=(
        EntryBody(price=(cake.sizes[portions][0] / Decimal("1.055") * Decimal("0.85")).quantize(Decimal("0.01"))),
        EntryBody(price=(cake.sizes[portions][0] / Decimal("1.055") * Decimal("0.75")).quantize(Decimal("0.01")),
                  min_quantity=Decimal(12)))) for cake in CAKES for sku, portions in cake.skus()]
    pricing.set_prices(at(ctx, since, "prices:trade:set"), trade.id, PriceChanges(prices=tuple(by_dozen)))


def seed_warehouses(ctx: Context, since: datetime) -> tuple[str, str]:
    """The workshop in Annecy and the cold store in Lyon."""
    workshop = stock.create_warehouse(at(ctx, since, "warehouse:1"), WarehouseBody(
        code="ANNECY", name="Atelier d’Annecy", address="12 rue des Glaciers, 74000 Annecy",
        locations=("CF-1", "CF-2"), priority=1))
    cold_store = stock.create_warehouse(at(ctx, since, "warehouse:2"), WarehouseBody(
        code="LYON", name="Entrepôt froid de Lyon", address="5 quai Rambaud, 69002 Lyon", locations=("A", "B"), priority=2))
    return workshop.id, cold_store.id


def _receive(ctx: Context, instant: datetime, warehouse_id: str, quantities: dict[str, int], name: str) -> None:
    costs = {sku: cake.sizes[portions][1] for cake in CAKES for sku, portions in cake.skus()}
    skus = sorted(sku for sku, quantity in quantities.items() if quantity > 0)
    for start in range(0, len(skus), 20):
        lines = tuple(ReceiptLine(sku=sku, quantity=Decimal(quantities[sku]), unit_cost=costs[sku])
                      for sku in skus[start : start + 20])
        stock.receive(at(ctx, instant, f"receipt:{name}:{start}"), NewReceipt(
            warehouse_id=warehouse_id, reference=name, lines=lines))


def seed_history(ctx: Context, warehouse_ids: tuple[str, str], channels: dict[str, tuple[str, str]], say: Say
                 ) -> list[Shipped]:
    """A year of receipts and orders; answers what was shipped. `channels` gives each shop's connection id and name."""
    now = ctx.now
    past = list(history.orders(now))
    need: dict[tuple[int, int], dict[str, int]] = {}
    for order in past:
        month = need.setdefault((order.placed_at.year, order.placed_at.month), {})
        for line in order.lines:
            month[line.sku] = month.get(line.sku, 0) + line.quantity
    opening = {sku: shop_stock(cake, portions) for cake in CAKES for sku, portions in cake.skus()}
    began = now - timedelta(days=history.DAYS + 2)
    _receive(ctx, began, warehouse_ids[0], opening, "Stock d’ouverture")
    _receive(ctx, began, warehouse_ids[1], {sku: n // 2 for sku, n in opening.items()}, "Stock de Lyon")
    done: set[tuple[int, int]] = set()
    shipped: list[Shipped] = []
    for n, order in enumerate(past):
        month_key = (order.placed_at.year, order.placed_at.month)
        if month_key not in done:
            done.add(month_key)
            _receive(ctx, order.placed_at - timedelta(hours=6), warehouse_ids[0], need[month_key],
                     f"Production {month_key[0]}-{month_key[1]:02d}")
        shipped += _place(ctx, order, channels, now)
        if n % 200 == 199:
            say(f"  {n + 1} of {len(past)} demo orders")
    return shipped


def _place(ctx: Context, past: history.PastOrder, channels: dict[str, tuple[str, str]], now: datetime) -> list[Shipped]:
    mine = at(ctx, past.placed_at, f"order:{past.number}")
    town, postal_code = TOWNS[past.town]
    firm = FIRMS[past.firm] if past.firm is not None else None
    name = firm.name if firm else past.name
    email = f"achats@{firm.siren}.example.org" if firm else past.email
    address = Address(name=past.name, company_name=firm.name if firm else "", line1=past.street,
                           postal_code=postal_code, city=town, country_code="FR")
    customer_id = parties.customer_for(
        mine, email=email, name=past.name, company_name=firm.name if firm else "", siren=firm.siren if firm else "",
        billing=address, shipping=address)
    channel_id, channel_name = channels.get(past.shop, ("", ""))
    order = sales.place_order(mine, PlaceOrder(
        lines=tuple(NewLine(sku=line.sku, quantity=Decimal(line.quantity), unit_price=line.gross_price) for line in past.lines),
        charges=() if firm else (NewCharge(name="Livraison à −20 °C", amount=history.SHIPPING),), channel_id=channel_id,
        channel_name=channel_name, external_number=str(1000 + past.number) if channel_id else "",
        external_id=f"past-{past.number}" if channel_id else "", placed_at=past.placed_at,
        customer_id=customer_id, buyer=Buyer(name=past.name, company_name=name if firm else "", email=email),
        billing_address=address, shipping_address=address, is_paid=True, payment_method="card" if channel_id else "transfer",
        shortage="backorder"))
    age = now - past.placed_at
    if age > CURRENT_DAYS or (age > LATE_AFTER and past.number % LATE_EVERY):
        later = at(ctx, past.placed_at + timedelta(hours=20), f"ship:{past.number}")
        parcel = ShipOrder(carrier="Chronofresh", tracking_number=f"XF{past.number:09d}FR")
        sales.ship(later, order, parcel, by_channel=bool(channel_id))
        return [(order.id, channel_id, later.now, past.placed_at)]
    return []


def seed_report(ctx: Context) -> None:
    """The owner hears on Monday how the week went on each channel."""
    schedules.create(directory.apart(ctx, "report"), ReportScheduleBody(
        name="La semaine par canal", measures=("ordered_revenue", "shipped_revenue", "margin")))


def seed_work(ctx: Context) -> None:
    """One order of each kind that somebody must look at: unpaid, held, waiting for stock, and a draft on the telephone."""
    def place(name: str, who: str, sku: str, quantity: int, **more: object) -> Order:
        where = Address(name=who, line1="4 place des Cordeliers", postal_code="69003", city="Lyon", country_code="FR")
        buyer = Buyer(name=who, email=f"{who.lower().replace(' ', '.')}@example.org")
        mine = at(ctx, ctx.now - timedelta(minutes=40), f"work:{name}")
        return sales.place_order(mine, PlaceOrder(
            lines=(NewLine(sku=sku, quantity=Decimal(quantity)),), buyer=buyer, billing_address=where,
            shipping_address=where, shortage="backorder", **more))  # type: ignore[arg-type]

    place("unpaid", "Jeanne Fontaine", "VACHERIN-6", 1, state="pending", payment_method="transfer")
    held = place("held", "Paul Chevalier", "OMELETTE-8", 2, is_paid=True)
    sales.hold(at(ctx, ctx.now - timedelta(minutes=30), "work:hold"), held,
               HoldOrder(reason="Adresse à confirmer par téléphone"))
    place("waiting", "Alice Mercier", "NOUGAT-6", 2, is_paid=True)
    place("draft", "Nathan Blanchard", "CHARLOTTE-6", 3, state="draft")
