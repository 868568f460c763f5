"""Rules of lines, reductions, VAT and totals: every sum, to the cent. Pure.

Sources: EN 16931-1:2017 §6.4 (BR-CO-10 to -17, BR-S/Z/E/AE/IC/G/O-…, BR-DEC-…) and BR-FR-DEC-…, BR-FR-15, -16, -CO-12 of
AFNOR XP Z12-012. Published schematrons allow VAT to be a whole unit off (BR-CO-17, BR-S-09); the standard's text does not,
and neither does this, but for a credit note: its VAT may be a smallest unit off its base, so that the credit notes of an
invoice add up to the invoice.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from chalicelib.einvoice.finding import Finding, fatal, warning
from chalicelib.einvoice.model import ZERO, AllowanceCharge, Invoice, Line
from chalicelib.kernel.money import exponent, quantum, round_amount
from chalicelib.kernel.tax import CATEGORIES, HUNDRED

MOST_DECIMALS = 2
"""EN 16931 knows amounts of at most two decimals (BR-DEC-…), so a currency of three cannot be invoiced in it."""
FRENCH_RATES = tuple(Decimal(text) for text in ("0", "10", "13", "20", "8.5", "19.6", "2.1", "5.5", "7", "20.6", "1.05", "0.9",
                                                "1.75", "9.2", "9.6"))
"""BR-FR-16: rates in force or once in force in France, Corsica and overseas."""
WITH_REASON = {"E": "BR-E-10", "AE": "BR-AE-10", "K": "BR-IC-10", "G": "BR-G-10", "O": "BR-O-10"}
_PREFIX = {"K": "IC"}
_DECIMALS = {
    "line_net_amount": ("BR-DEC-09", "BT-106"), "allowance_amount": ("BR-DEC-10", "BT-107"),
    "charge_amount": ("BR-DEC-11", "BT-108"), "total_without_vat": ("BR-DEC-12", "BT-109"),
    "vat_amount": ("BR-DEC-13", "BT-110"), "total_with_vat": ("BR-DEC-14", "BT-112"),
    "paid_amount": ("BR-DEC-16", "BT-113"), "rounding_amount": ("BR-DEC-17", "BT-114"), "due_amount": ("BR-DEC-18", "BT-115"),
}


def _rule(category: str, number: str) -> str:
    return f"BR-{_PREFIX.get(category, category)}-{number}"


def decimals_of(value: Decimal) -> int:
    """How many decimals a value needs: 2 for 1.10 and 0 for 5.00."""
    places = value.normalize().as_tuple().exponent
    return max(0, -places) if isinstance(places, int) else 0


def decimals(invoice: Invoice, france: bool) -> Iterator[Finding]:
    """BR-DEC-…, BR-FR-CO-12, BR-53, BR-FR-DEC-02, -03: no more decimals than the currency has, and than the law knows."""
    places = exponent(invoice.currency)
    if places > MOST_DECIMALS:
        yield fatal("BR-DEC-14", "currency_decimals", "currency", "BT-5", currency=invoice.currency, decimals=places)
        places = MOST_DECIMALS
    amounts = [(f"totals.{name}", rule, term, getattr(invoice.totals, name)) for name, (rule, term) in _DECIMALS.items()]
    for i, row in enumerate(invoice.vat_breakdown):
        amounts += [(f"vat_breakdown.{i}.taxable_amount", "BR-DEC-19", "BT-116", row.taxable_amount),
                    (f"vat_breakdown.{i}.vat_amount", "BR-DEC-20", "BT-117", row.vat_amount)]
    for i, each in enumerate(invoice.allowances):
        amounts.append((f"allowances.{i}.amount", "BR-DEC-05" if each.is_charge else "BR-DEC-01",
                        "BT-99" if each.is_charge else "BT-92", each.amount))
    for i, line in enumerate(invoice.lines):
        amounts.append((f"lines.{i}.net_amount", "BR-DEC-23", "BT-131", line.net_amount))
        amounts += [(f"lines.{i}.allowances.{j}.amount", "BR-DEC-27" if each.is_charge else "BR-DEC-24",
                     "BT-141" if each.is_charge else "BT-136", each.amount) for j, each in enumerate(line.allowances)]
    for field, rule, term, value in amounts:
        if decimals_of(value) > places:
            yield fatal(rule, "amount_decimals", field, term, amount=value, currency=invoice.currency, decimals=places)
    yield from _accounting_currency(invoice, france)


def _accounting_currency(invoice: Invoice, france: bool) -> Iterator[Finding]:
    stated = invoice.totals.vat_amount_in_tax_currency
    if france and invoice.currency != "EUR" and (invoice.tax_currency != "EUR" or stated is None):
        yield fatal("BR-FR-CO-12", "vat_in_euro_missing", "totals.vat_amount_in_tax_currency", "BT-6, BT-111",
                    currency=invoice.currency)
    elif invoice.tax_currency and stated is None:
        yield fatal("BR-53", "vat_in_tax_currency_missing", "totals.vat_amount_in_tax_currency", "BT-111",
                    currency=invoice.tax_currency)


def lines(invoice: Invoice, france: bool) -> Iterator[Finding]:
    """BR-16, -21, -23, -25, -27, -28, BR-FR-DEC-02, -03: each line can be read, and its amount follows from it."""
    if not invoice.lines:
        yield fatal("BR-16", "lines_missing", "lines", "BG-25")
    seen: set[str] = set()
    for i, line in enumerate(invoice.lines):
        field = f"lines.{i}"
        if not line.id or line.id in seen:
            yield fatal("BR-21", "line_id", f"{field}.id", "BT-126", line=i + 1)
        seen.add(line.id)
        if not line.name.strip():
            yield fatal("BR-25", "line_name_missing", f"{field}.name", "BT-153", line=i + 1)
        if not line.unit_code:
            yield fatal("BR-23", "line_unit_missing", f"{field}.unit_code", "BT-130", line=i + 1)
        if line.net_price < 0:
            yield fatal("BR-27", "line_price_negative", f"{field}.net_price", "BT-146", line=i + 1, price=line.net_price)
        if line.gross_price is not None and line.gross_price < 0:
            yield fatal("BR-28", "line_price_negative", f"{field}.gross_price", "BT-148", line=i + 1, price=line.gross_price)
        if france and decimals_of(line.quantity) > 4:
            yield fatal("BR-FR-DEC-02", "quantity_decimals", f"{field}.quantity", "BT-129", line=i + 1, quantity=line.quantity)
        if france and decimals_of(line.base_quantity) > 4:
            yield fatal("BR-FR-DEC-02", "quantity_decimals", f"{field}.base_quantity", "BT-149", line=i + 1,
                        quantity=line.base_quantity)
        if france and decimals_of(line.net_price) > 6:
            yield fatal("BR-FR-DEC-03", "price_decimals", f"{field}.net_price", "BT-146", line=i + 1, price=line.net_price)
        yield from _line_amount(invoice, line, i)


def _line_amount(invoice: Invoice, line: Line, i: int) -> Iterator[Finding]:
    """BT-131 = BT-129 × BT-146 ÷ BT-149 + charges − allowances (EN 16931-1 §6.3, BT-131), to the minor unit. A warning: an
    issuer that keeps the paid total may let the line carry the cent."""
    if not line.base_quantity:
        yield fatal("BT-149", "line_base_quantity", f"lines.{i}.base_quantity", "BT-149", line=i + 1)
        return
    change = sum((each.amount if each.is_charge else -each.amount for each in line.allowances), ZERO)
    computed = round_amount(line.quantity * line.net_price / line.base_quantity + change, invoice.currency)
    if computed != line.net_amount:
        yield warning("BT-131", "line_amount", f"lines.{i}.net_amount", "BT-131", line=i + 1, stated=line.net_amount,
                      computed=computed)


def reductions(invoice: Invoice, france: bool) -> Iterator[Finding]:
    """BR-32, -33, -37, -38, -42, -44: every reduction and charge says why, is positive, and falls under a VAT category."""
    placed: list[tuple[str, bool, AllowanceCharge]] = [
        (f"allowances.{i}", True, each) for i, each in enumerate(invoice.allowances)]
    placed += [(f"lines.{i}.allowances.{j}", False, each) for i, line in enumerate(invoice.lines)
               for j, each in enumerate(line.allowances)]
    for field, is_whole, each in placed:
        if not (each.reason.strip() or each.reason_code):
            rule = ("BR-38" if each.is_charge else "BR-33") if is_whole else ("BR-44" if each.is_charge else "BR-42")
            yield fatal(rule, "charge_reason" if each.is_charge else "allowance_reason", f"{field}.reason", "",
                        amount=each.amount)
        if each.amount < 0:
            yield fatal("BT-99" if each.is_charge else "BT-92", "reduction_negative", f"{field}.amount", "", amount=each.amount)
        if is_whole and not each.vat_category:
            yield fatal("BR-37" if each.is_charge else "BR-32", "reduction_category", f"{field}.vat_category", "BT-95, BT-102",
                        amount=each.amount)


def rates(invoice: Invoice, france: bool) -> Iterator[Finding]:
    """BR-FR-15, -16, BR-S-05, BR-…-05: a category that exists, with a rate it can have."""
    taxed = [(f"lines.{i}", "05", line.vat_category, line.vat_rate) for i, line in enumerate(invoice.lines)]
    taxed += [(f"allowances.{i}", "07" if each.is_charge else "06", each.vat_category, each.vat_rate)
              for i, each in enumerate(invoice.allowances) if each.vat_category]
    for field, number, category, rate in taxed:
        if category not in CATEGORIES:
            yield fatal("BR-FR-15", "vat_category", f"{field}.vat_category", "BT-151", category=category)
        elif category == "O" and rate is not None:
            yield fatal(_rule(category, number), "rate_forbidden", f"{field}.vat_rate", "BT-152", rate=rate)
        elif category == "S" and not (rate and rate > 0):
            yield fatal(_rule(category, number), "rate_missing", f"{field}.vat_rate", "BT-152")
        elif category not in ("S", "O") and (rate is None or rate != 0):
            yield fatal(_rule(category, number), "rate_not_zero", f"{field}.vat_rate", "BT-152", category=category,
                        rate="" if rate is None else rate)
        elif france and rate is not None and rate not in FRENCH_RATES:
            yield fatal("BR-FR-16", "rate_not_french", f"{field}.vat_rate", "BT-152", rate=rate)


def breakdown(invoice: Invoice, france: bool) -> Iterator[Finding]:
    """BR-CO-17, BR-CO-18, and of every category BR-…-01, -08, -09, -10, BR-O-11 to -14: VAT by category and rate."""
    sums: dict[tuple[str, Decimal | None], Decimal] = {}
    for line in invoice.lines:
        key = (line.vat_category, line.vat_rate)
        sums[key] = sums.get(key, ZERO) + line.net_amount
    for each in invoice.allowances:
        key = (each.vat_category, each.vat_rate)
        sums[key] = sums.get(key, ZERO) + (each.amount if each.is_charge else -each.amount)
    if not invoice.vat_breakdown:
        yield fatal("BR-CO-18", "breakdown_missing", "vat_breakdown", "BG-23")
        return
    rows = [(row.vat_category, row.vat_rate) for row in invoice.vat_breakdown]
    near = quantum(invoice.currency) if invoice.is_credit_note and invoice.preceding else ZERO
    for category, rate in sums:
        if rows.count((category, rate)) != 1 and category in CATEGORIES:
            yield fatal(_rule(category, "01"), "breakdown_row", "vat_breakdown", "BG-23", category=category,
                        rate="" if rate is None else rate, count=rows.count((category, rate)))
    if "O" in {category for category, _ in sums} and len({category for category, _ in sums}) > 1:
        yield fatal("BR-O-12", "outside_scope_mixed", "vat_breakdown", "BG-23")
    for i, row in enumerate(invoice.vat_breakdown):
        field, category = f"vat_breakdown.{i}", row.vat_category
        base = sums.get((category, row.vat_rate), ZERO)
        if row.taxable_amount != base:
            yield fatal(_rule(category, "08"), "taxable_amount", f"{field}.taxable_amount", "BT-116", category=category,
                        rate="" if row.vat_rate is None else row.vat_rate, stated=row.taxable_amount, computed=base)
        vat = round_amount(row.taxable_amount * (row.vat_rate or ZERO) / HUNDRED, invoice.currency)
        if abs(row.vat_amount - vat) > near:
            yield fatal("BR-CO-17" if category == "S" else _rule(category, "09"), "vat_amount", f"{field}.vat_amount", "BT-117",
                        base=row.taxable_amount, rate=row.vat_rate or ZERO, stated=row.vat_amount, computed=vat)
        has_reason = bool(row.exemption_reason.strip() or row.exemption_code)
        if category in WITH_REASON and not has_reason:
            yield fatal(WITH_REASON[category], "exemption_reason_missing", f"{field}.exemption_reason", "BT-120, BT-121",
                        category=category)
        if category in ("S", "Z") and has_reason:
            yield fatal(_rule(category, "10"), "exemption_reason_forbidden", f"{field}.exemption_reason", "BT-120, BT-121",
                        category=category)


def totals(invoice: Invoice, france: bool) -> Iterator[Finding]:
    """BR-CO-10 to BR-CO-16: each total is what the ones above it come to."""
    stated = invoice.totals
    allowances = sum((each.amount for each in invoice.allowances if not each.is_charge), ZERO)
    charges = sum((each.amount for each in invoice.allowances if each.is_charge), ZERO)
    expected = (
        ("BR-CO-10", "line_net_amount", "BT-106", sum((line.net_amount for line in invoice.lines), ZERO)),
        ("BR-CO-11", "allowance_amount", "BT-107", allowances),
        ("BR-CO-12", "charge_amount", "BT-108", charges),
        ("BR-CO-13", "total_without_vat", "BT-109", stated.line_net_amount - stated.allowance_amount + stated.charge_amount),
        ("BR-CO-14", "vat_amount", "BT-110", sum((row.vat_amount for row in invoice.vat_breakdown), ZERO)),
        ("BR-CO-15", "total_with_vat", "BT-112", stated.total_without_vat + stated.vat_amount),
        ("BR-CO-16", "due_amount", "BT-115", stated.total_with_vat - stated.paid_amount + stated.rounding_amount),
    )
    for rule, name, term, value in expected:
        if getattr(stated, name) != value:
            yield fatal(rule, f"total_{name}", f"totals.{name}", term, stated=getattr(stated, name), computed=value,
                        difference=getattr(stated, name) - value)
