"""The sample: a small range of an artisan maker of ice cakes, as this company could begin with. Every SKU begins with
`EX-`, every customer's name says what it is. Prices include VAT at 5.5 % (ice cream to take away, CGI art. 278-0 bis)."""

from __future__ import annotations

from decimal import Decimal

from chalicelib.catalog.model import NewProduct, NewVariant
from chalicelib.parties.model import Address, CustomerBody
from chalicelib.sales.model import NewLine, PlaceOrder

VAT = Decimal("5.5")
PRICE_LIST = {"fr": "Tarif exemple", "en": "Sample prices"}
BRAND = {"fr": "Exemple", "en": "Sample"}
AXIS = {"fr": "Parts", "en": "Portions"}
_MARK = {"fr": "(exemple)", "en": "(sample)"}
_NOTE = {"fr": "Commande d’exemple", "en": "Sample order"}

RANGE: tuple[tuple[str, str, str, str, str, dict[str, tuple[str, str, str]]], ...] = (
    ("EX-BUCHE", "Bûche glacée chocolat-noisette", "Chocolate-hazelnut ice log", "Bûches", "Ice logs",
     {"4": ("24.90", "8.10", "24"), "6": ("34.90", "11.40", "16")}),
    ("EX-VACHERIN", "Vacherin vanille-framboise", "Vanilla-raspberry vacherin", "Entremets glacés", "Ice cakes",
     {"6": ("36.50", "12.20", "12"), "8": ("46.50", "15.60", "8")}),
    ("EX-OMELETTE", "Omelette norvégienne", "Baked Alaska", "Entremets glacés", "Ice cakes", {"8": ("48.00", "16.30", "6")}),
    ("EX-MACARONS", "Macarons glacés, coffret de 12", "Ice macarons, box of 12", "Petits fours", "Small cakes",
     {"": ("29.90", "9.80", "30")}),
    ("EX-SORBET-CITRON", "Sorbet citron de Menton, 500 ml", "Menton lemon sorbet, 500 ml", "Sorbets", "Sorbets",
     {"": ("9.90", "2.90", "60")}),
    ("EX-NOUGAT", "Nougat glacé de Montélimar", "Montélimar ice nougat", "Entremets glacés", "Ice cakes",
     {"": ("31.90", "10.40", "0")}),
)
"""SKU, name in French and English, category in both, and by portions price, cost and opening stock."""

_BUYERS = (("Alice Mercier", "", "74000", "Annecy"), ("Paul Chevalier", "", "69003", "Lyon"),
           ("Jeanne Fontaine", "Brasserie du Lac", "73000", "Chambéry"))

ORDERS: tuple[tuple[str, int, tuple[tuple[str, str], ...]], ...] = (
    ("confirmed", 0, (("EX-BUCHE-4", "1"), ("EX-SORBET-CITRON", "2"))), ("confirmed", 1, (("EX-VACHERIN-6", "2"),)),
    ("pending", 2, (("EX-MACARONS", "6"), ("EX-OMELETTE-8", "1"))), ("confirmed", 1, (("EX-NOUGAT", "1"),)),
    ("draft", 0, (("EX-BUCHE-6", "1"),)),
)
"""State, buyer and lines: two to ship, one that waits for its payment, one for goods, and a draft."""


def skus() -> tuple[str, ...]:
    """Every SKU of the sample."""
    return tuple(sku_of(base, size) for base, *_, sizes in RANGE for size in sizes)


def sku_of(base: str, size: str) -> str:
    return f"{base}-{size}" if size else base


def product(n: int, locale: str) -> NewProduct:
    """A product of the range, in the company's language."""
    base, name_fr, name_en, category_fr, category_en, sizes = RANGE[n]
    is_french = locale == "fr"
    return NewProduct(
        name=name_fr if is_french else name_en, brand=BRAND[locale], category=category_fr if is_french else category_en,
        axes=(AXIS[locale],) if "" not in sizes else (), variants=tuple(
            NewVariant(sku=sku_of(base, size), axis_values=(size,) if size else (), vat_rate=VAT, weight_grams=600,
                       reorder_minimum=Decimal(4)) for size in sizes))


def customer(n: int, locale: str) -> CustomerBody:
    """A customer whose name says that nobody is called so."""
    name, company, postal_code, city = _BUYERS[n]
    home = Address(name=name, company_name=company, line1="1 rue des Alpes", postal_code=postal_code, city=city,
                   country_code="FR")
    return CustomerBody(name=f"{name} {_MARK[locale]}", company_name=company and f"{company} {_MARK[locale]}",
                        email=f"exemple{n + 1}@example.org", billing_address=home, locale=locale)


def order(n: int, customer_ids: tuple[str, ...], currency: str, locale: str) -> PlaceOrder:
    """An order at the sample's own prices."""
    state, buyer, lines = ORDERS[n]
    prices = {sku_of(base, size): Decimal(price) for base, *_, sizes in RANGE for size, (price, _, _) in sizes.items()}
    return PlaceOrder(state=state, shortage="backorder", customer_id=customer_ids[buyer], currency=currency,
                      note=_NOTE[locale], lines=tuple(
                          NewLine(sku=sku, quantity=Decimal(quantity), unit_price=prices[sku]) for sku, quantity in lines))
