"""VAT by category and rate, as EN 16931 computes it.

BG-23: for each (category BT-118, rate BT-119) the taxable amount BT-116 is the sum of line nets and charges less
allowances, and the tax BT-117 = BT-116 × BT-119 ÷ 100 rounded to two decimals (rules BR-CO-17, BR-S-08, BR-S-09).
Where prices include VAT the same group is anchored on its gross: net = gross − round(gross × rate ÷ (100 + rate)), so
that what the customer was shown is what the group comes to.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.money import ZERO, round_amount
from chalicelib.kernel.shapes import entity

CATEGORIES = ("S", "Z", "E", "AE", "K", "G", "O")
"""UNCL5305 as EN 16931 uses it: standard, zero, exempt, reverse charge, intra-community, export, outside scope."""

HUNDRED = Decimal(100)
UNIT_PRICE_QUANTUM = Decimal("0.000001")

EU_MEMBERS = frozenset(("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
                        "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"))
"""Member states as ISO 3166-1 names them; Greece is EL in VAT numbers only."""

FRENCH_RATES: tuple[tuple[str, Decimal, date], ...] = (
    ("standard", Decimal("20"), date(2014, 1, 1)),
    ("intermediate", Decimal("10"), date(2014, 1, 1)),
    ("reduced", Decimal("5.5"), date(2014, 1, 1)),
    ("special", Decimal("2.1"), date(2014, 1, 1)),
)
"""Metropolitan France: name, percent, in force since (CGI art. 278, 279, 278-0 bis, 281 quater to 281 octies)."""


@entity
class VatLine:
    """One row of a VAT breakdown: `taxable_amount` (BT-116) and `vat_amount` (BT-117) of a category and rate."""

    vat_category: str
    vat_rate: Decimal
    taxable_amount: Decimal
    vat_amount: Decimal


@entity
class Taxed:
    """An amount with the VAT it falls under: net when prices exclude VAT, gross when they include it."""

    vat_category: str
    vat_rate: Decimal
    amount: Decimal


def check_vat(category: str, rate: Decimal, path: str = "vat_rate") -> None:
    """Raises Invalid for a category that does not exist, or a rate that the category cannot have (BR-Z-5, BR-E-5 …)."""
    if category not in CATEGORIES:
        raise Invalid("vat_category", f"There is no VAT category {category}.",
                      {path.replace("vat_rate", "vat_category"): f"one of {', '.join(CATEGORIES)}"})
    if not ZERO <= rate < HUNDRED or (category == "S") != (rate > ZERO):
        raise Invalid("vat_rate", "Category S has a rate above 0; every other category has 0.", {path: "rate"})


def vat_within(gross: Decimal, rate: Decimal, currency: str) -> Decimal:
    """The VAT contained in an amount that includes it."""
    return round_amount(gross * rate / (HUNDRED + rate), currency)


def vat_on(net: Decimal, rate: Decimal, currency: str) -> Decimal:
    """The VAT due on an amount that excludes it."""
    return round_amount(net * rate / HUNDRED, currency)


def net_of_gross(unit_price: Decimal, rate: Decimal) -> Decimal:
    """A unit price without the VAT it includes, to six decimals (BT-146 has no limit; a line is what gets rounded)."""
    return (unit_price * HUNDRED / (HUNDRED + rate)).quantize(UNIT_PRICE_QUANTUM, rounding=ROUND_HALF_UP)


def gross_of_net(unit_price: Decimal, rate: Decimal) -> Decimal:
    """A unit price with VAT on top, to six decimals."""
    return (unit_price * (HUNDRED + rate) / HUNDRED).quantize(UNIT_PRICE_QUANTUM, rounding=ROUND_HALF_UP)


def breakdown(lines: Iterable[Taxed], currency: str, prices_include_vat: bool) -> tuple[VatLine, ...]:
    """The VAT breakdown of a document: one row per category and rate, in that order."""
    sums: dict[tuple[str, Decimal], Decimal] = {}
    for line in lines:
        key = (line.vat_category, line.vat_rate)
        sums[key] = sums.get(key, ZERO) + line.amount
    rows = []
    for (category, rate), amount in sorted(sums.items()):
        if prices_include_vat:
            vat = vat_within(amount, rate, currency)
            taxable = round_amount(amount, currency) - vat
        else:
            taxable = round_amount(amount, currency)
            vat = vat_on(taxable, rate, currency)
        rows.append(VatLine(vat_category=category, vat_rate=rate, taxable_amount=taxable, vat_amount=vat))
    return tuple(rows)


def totals(rows: Iterable[VatLine]) -> tuple[Decimal, Decimal, Decimal]:
    """Total without VAT (BT-109), VAT (BT-110), total with VAT (BT-112)."""
    rows = list(rows)
    net = sum((row.taxable_amount for row in rows), ZERO)
    vat = sum((row.vat_amount for row in rows), ZERO)
    return net, vat, net + vat
