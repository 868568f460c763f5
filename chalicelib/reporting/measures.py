"""Everything reports can measure, in one table: what it counts, on which day, by which dimensions, from which documents.

A measure that documents add up to is a row with `sources`; one that follows from others is a row with `terms`. Facts,
roll-ups, queries, explanations, exports, mails and the portal's list of measures all read this table, so that a new source
is a row here and a function in `facts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from chalicelib.kernel.money import ZERO, round_amount

DIMENSIONS = ("channel", "product", "customer", "warehouse")
SHARDS: Mapping[str, int] = {"channel": 4, "product": 2, "customer": 1, "warehouse": 4}
"""Over how many items a cell is spread: few channels and warehouses take all writes of a busy day, customers hardly any."""

SOLD = ("channel", "product", "customer")
SHIPPED = ("channel", "product", "customer", "warehouse")
PAID = ("channel", "customer")
COSTS = "costs.read"
PERCENT = Decimal(100)

Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Measure:
    """A row of the table. `kind` is money, quantity, count (of documents) or rate (per cent); `basis` names the day a
    number stands on; `permission` is wanted beyond reading reports. `terms` are what a derived measure follows from."""

    name: str
    kind: str
    dimensions: tuple[str, ...]
    label: Words
    text: Words
    sources: tuple[str, ...] = ()
    basis: str = ""
    permission: str = ""
    terms: tuple[str, ...] = ()
    formula: Words = field(default_factory=dict)

    @property
    def is_derived(self) -> bool:
        return bool(self.terms)


_ORDER, _INVOICE, _MONEY = ("sales_order",), ("invoice",), ("payment", "payout")
_ROWS = (
    Measure("orders", "count", SOLD, {"en": "Orders", "fr": "Commandes"},
            {"en": "Orders placed and not cancelled whole. By product: orders that contain it, so products do not add up.",
             "fr": "Commandes passées et non annulées en entier. Par produit : commandes qui le contiennent ; les produits "
                   "ne s’additionnent donc pas."}, _ORDER, "placed"),
    Measure("ordered_units", "quantity", SOLD, {"en": "Units ordered", "fr": "Unités commandées"},
            {"en": "Base units of the lines, less what was cancelled.",
             "fr": "Unités de base des lignes, moins ce qui a été annulé."}, _ORDER, "placed"),
    Measure("ordered_revenue", "money", SOLD, {"en": "Ordered revenue", "fr": "CA commandé"},
            {"en": "Lines and charges without VAT, after discounts, as the order stands now: an amendment or cancellation "
                   "corrects the day the order was placed.",
             "fr": "Lignes et frais HT, remises déduites, tels que la commande est aujourd’hui : une modification ou une "
                   "annulation corrige le jour de la commande."}, _ORDER, "placed"),
    Measure("discounts", "money", SOLD, {"en": "Discounts", "fr": "Remises"},
            {"en": "Reductions on the lines without VAT, already taken off the revenue.",
             "fr": "Réductions sur les lignes HT, déjà déduites du CA."}, _ORDER, "placed"),
    Measure("cancelled_orders", "count", SOLD, {"en": "Cancelled orders", "fr": "Commandes annulées"},
            {"en": "Orders placed that day and cancelled whole since.",
             "fr": "Commandes passées ce jour-là et annulées en entier depuis."}, _ORDER, "placed"),
    Measure("cancelled_revenue", "money", SOLD, {"en": "Cancelled revenue", "fr": "CA annulé"},
            {"en": "What was cancelled, whole or in part, of the orders placed that day, without VAT.",
             "fr": "Ce qui a été annulé, en tout ou partie, des commandes passées ce jour-là, HT."}, _ORDER, "placed"),
    Measure("refunds", "money", PAID, {"en": "Refunds", "fr": "Remboursements"},
            {"en": "Money given back, with VAT, on the day it was.",
             "fr": "Argent rendu, TTC, le jour du remboursement."}, _ORDER, "refunded"),
    Measure("shipped_orders", "count", SHIPPED, {"en": "Orders shipped", "fr": "Commandes expédiées"},
            {"en": "Orders of which something left that day.",
             "fr": "Commandes dont quelque chose est parti ce jour-là."}, _ORDER, "shipped"),
    Measure("shipped_units", "quantity", SHIPPED, {"en": "Units shipped", "fr": "Unités expédiées"},
            {"en": "Base units of the lines that left.", "fr": "Unités de base des lignes parties."}, _ORDER, "shipped"),
    Measure("shipped_revenue", "money", SHIPPED, {"en": "Shipped revenue", "fr": "CA expédié"},
            {"en": "What the goods that left were sold for, without VAT; charges count with the first parcel.",
             "fr": "Prix de vente HT des marchandises parties ; les frais comptent avec le premier colis."},
            _ORDER, "shipped"),
    Measure("cost", "money", SHIPPED, {"en": "Cost of goods", "fr": "Coût des marchandises"},
            {"en": "Value of the goods in stock when they left (weighted average cost), in the company’s currency.",
             "fr": "Valeur en stock des marchandises à leur départ (coût moyen pondéré), dans la monnaie de l’entreprise."},
            _ORDER, "shipped", COSTS),
    Measure("invoices", "count", SOLD, {"en": "Invoices", "fr": "Factures"},
            {"en": "Invoices issued, deposits and credit notes aside.",
             "fr": "Factures émises, hors acomptes et avoirs."}, _INVOICE, "issued"),
    Measure("invoiced_revenue", "money", SOLD, {"en": "Invoiced", "fr": "Facturé"},
            {"en": "Lines of issued invoices without VAT. A deposit is no revenue before its balance.",
             "fr": "Lignes HT des factures émises. Un acompte n’est pas du CA avant son solde."}, _INVOICE, "issued"),
    Measure("credited_revenue", "money", SOLD, {"en": "Credited", "fr": "Avoirs"},
            {"en": "Lines of credit notes without VAT, on the day of the credit note.",
             "fr": "Lignes HT des avoirs, le jour de l’avoir."}, _INVOICE, "issued"),
    Measure("channel_fees", "money", PAID, {"en": "Channel fees", "fr": "Frais des canaux"},
            {"en": "What payment providers and marketplaces kept: with the payment when the shop tells it or it is agreed, the "
                   "rest with the payout.",
             "fr": "Ce que les prestataires de paiement et places de marché ont gardé : avec le paiement si la boutique le dit "
                   "ou si c’est convenu, le reste avec le versement."}, _MONEY, "paid"),
    Measure("revenue", "money", SOLD, {"en": "Revenue", "fr": "Chiffre d’affaires"},
            {"en": "What was invoiced less what was credited, without VAT: the accounts of class 70 in the books.",
             "fr": "Facturé moins avoirs, HT : les comptes 70 de la comptabilité."},
            terms=("invoiced_revenue", "credited_revenue"),
            formula={"en": "Invoiced − credited", "fr": "Facturé − avoirs"}),
    Measure("margin", "money", SHIPPED, {"en": "Margin", "fr": "Marge"},
            {"en": "What shipped goods brought beyond their cost. Only in the company’s currency.",
             "fr": "Ce que les marchandises expédiées ont rapporté au-delà de leur coût. Dans la monnaie de l’entreprise "
                   "seulement."}, permission=COSTS, terms=("shipped_revenue", "cost"),
            formula={"en": "Shipped revenue − cost of goods", "fr": "CA expédié − coût des marchandises"}),
    Measure("margin_rate", "rate", SHIPPED, {"en": "Margin rate", "fr": "Taux de marge"},
            {"en": "Margin in per cent of shipped revenue.", "fr": "Marge en pour cent du CA expédié."},
            permission=COSTS, terms=("shipped_revenue", "cost"),
            formula={"en": "Margin ÷ shipped revenue × 100", "fr": "Marge ÷ CA expédié × 100"}),
    Measure("margin_after_fees", "money", PAID, {"en": "Margin after fees", "fr": "Marge après frais"},
            {"en": "Margin less what providers and marketplaces kept. Goods count on the day they left, fees on the day they "
                   "were paid: over a few days the two are not of the same orders. Only in the company’s currency.",
             "fr": "Marge moins ce que les prestataires et places de marché ont gardé. Les marchandises comptent le jour de "
                   "leur départ, les frais le jour du paiement : sur quelques jours ce ne sont pas les mêmes commandes. Dans "
                   "la monnaie de l’entreprise seulement."}, permission=COSTS,
            terms=("shipped_revenue", "cost", "channel_fees"),
            formula={"en": "Shipped revenue − cost of goods − channel fees",
                     "fr": "CA expédié − coût des marchandises − frais des canaux"}),
    Measure("average_order", "money", ("channel", "customer"), {"en": "Average order", "fr": "Panier moyen"},
            {"en": "Ordered revenue of one order, on average.", "fr": "CA commandé d’une commande, en moyenne."},
            terms=("ordered_revenue", "orders"),
            formula={"en": "Ordered revenue ÷ orders", "fr": "CA commandé ÷ commandes"}),
)
MEASURES: Mapping[str, Measure] = {row.name: row for row in _ROWS}
COUNTED = frozenset(row.name for row in _ROWS if row.kind == "count")
"""Measures that count documents: however many rows a document adds to a cell, it counts there once."""

BASES: Mapping[str, Words] = {
    "placed": {"en": "the day the order was placed", "fr": "le jour de la commande"},
    "shipped": {"en": "the day the goods left", "fr": "le jour du départ des marchandises"},
    "issued": {"en": "the day the invoice was issued", "fr": "le jour de l’émission de la facture"},
    "refunded": {"en": "the day of the refund", "fr": "le jour du remboursement"},
    "paid": {"en": "the day of the payment or payout", "fr": "le jour du paiement ou du versement"},
}
"""What a day is, by basis: always a day of the company's own calendar."""


def base_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """The kept numbers that these measures are made of."""
    found: dict[str, None] = {}
    for name in names:
        found.update(dict.fromkeys(MEASURES[name].terms or (name,)))
    return tuple(found)


def value_of(name: str, numbers: Mapping[str, Decimal], currency: str, company_currency: str) -> Decimal | None:
    """A measure from kept numbers; None where there is none: a rate of nothing, a margin over two currencies."""
    measure = MEASURES[name]
    if not measure.is_derived:
        return numbers.get(name, ZERO)
    if name == "average_order":
        orders = numbers.get("orders", ZERO)
        return round_amount(numbers.get("ordered_revenue", ZERO) / orders, currency) if orders else None
    if name == "revenue":
        return numbers.get("invoiced_revenue", ZERO) - numbers.get("credited_revenue", ZERO)
    revenue, cost = numbers.get("shipped_revenue", ZERO), numbers.get("cost", ZERO)
    if currency != company_currency:
        return None
    if name in ("margin", "margin_after_fees"):
        return revenue - cost - (numbers.get("channel_fees", ZERO) if name == "margin_after_fees" else ZERO)
    return round_amount((revenue - cost) * PERCENT / revenue, "EUR") if revenue else None


def unit_of(name: str, currency: str, company_currency: str) -> str:
    """The unit a measure is told in: a currency, `%`, or nothing."""
    kind = MEASURES[name].kind
    if kind == "rate":
        return "%"
    if kind != "money":
        return ""
    return company_currency if name == "cost" else currency
