"""From what was asked for to lines and totals: prices, allowances, VAT, and the difference to what was paid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from chalicelib.catalog.model import SkuFacts
from chalicelib.catalog.units import Measure, check_per, measure, per_base_unit
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.explanation import ExplainedRow, Explanation
from chalicelib.kernel.money import ZERO, check_amount, round_amount, split
from chalicelib.kernel.tax import Taxed, breakdown, check_vat, totals
from chalicelib.sales.model import Charge, Component, NewCharge, NewLine, Order, OrderLine

CHARGE_KINDS = ("shipping", "fee")
MAX_LINES = 300


def check_lines(lines: Sequence[NewLine]) -> None:
    """Raises Invalid for an order without lines, too many, or a quantity that is none."""
    if not 1 <= len(lines) <= MAX_LINES:
        raise Invalid("lines", f"An order has 1 to {MAX_LINES} lines.", {"lines": "count"})
    for n, line in enumerate(lines):
        decimals = -int(line.quantity.as_tuple().exponent)
        if line.quantity <= 0 or line.quantity > 10**6 or decimals > 6:
            raise Invalid("quantity", "A quantity is above 0, with at most 6 decimals.", {f"lines.{n}.quantity": "quantity"})
        if line.unit_price is not None and not 0 <= line.unit_price <= 10**9:
            raise Invalid("unit_price", "This price is out of range.", {f"lines.{n}.unit_price": "range"})
        check_per(line.price_per, f"lines.{n}.price_per")


def measures(lines: Sequence[NewLine], items: Mapping[str, SkuFacts]) -> tuple[Measure, ...]:
    """Each line's quantity in base units. Raises Invalid, naming every unknown SKU at once, and for a wrong unit."""
    unknown = {f"lines.{n}.sku": line.sku for n, line in enumerate(lines) if line.sku not in items}
    if unknown:
        raise Invalid("unknown_sku", f"There is no SKU {', '.join(sorted(set(unknown.values())))}.", unknown)
    return tuple(measure(items[line.sku], line.quantity, line.unit_code, f"lines.{n}") for n, line in enumerate(lines))


def order_lines(
    lines: Sequence[NewLine], items: Mapping[str, SkuFacts], prices: Mapping[int, Decimal], currency: str
) -> tuple[OrderLine, ...]:
    """The lines with quantities in base units, prices, amounts and VAT. `prices` gives, by position, what the price lists
    say of a base unit where nothing was typed. Raises Invalid."""
    return tuple(_order_line(n, line, size, items[line.sku], prices.get(n), currency)
                 for n, (line, size) in enumerate(zip(lines, measures(lines, items), strict=True)))


def _order_line(n: int, line: NewLine, size: Measure, item: SkuFacts, listed: Decimal | None, currency: str) -> OrderLine:
    of_pack = line.unit_price if size.unit_code and line.price_per == "unit" else None
    price = listed if line.unit_price is None else line.unit_price
    if of_pack is not None:
        price = per_base_unit(of_pack, size.factor)
    if price is None and line.amount is not None:
        price = (line.amount + line.allowance) / size.base_quantity
    if price is None:
        raise Invalid("price_missing", f"{line.sku} has no price: give one.", {f"lines.{n}.unit_price": "required"})
    allowance = check_amount(line.allowance, currency, f"lines.{n}.allowance")
    whole = size.base_quantity * price if of_pack is None else size.quantity * of_pack
    amount = line.amount if line.amount is not None else round_amount(whole, currency) - allowance
    if amount < 0:
        raise Invalid("allowance", "A line comes to 0 at least.", {f"lines.{n}.allowance": "more than the line"})
    category = line.vat_category if line.vat_category is not None else item.vat_category
    rate = line.vat_rate if line.vat_rate is not None else item.vat_rate
    check_vat(category, rate, f"lines.{n}.vat_rate")
    return OrderLine(
        id=str(n + 1), sku=line.sku, name=line.name or item.name, quantity=size.base_quantity, unit_price=price,
        base_unit_code=item.unit_code, unit_code=size.unit_code, unit_quantity=size.quantity if size.unit_code else None,
        unit_factor=size.factor, pack_price=of_pack, allowance=allowance,
        amount=check_amount(amount, currency, f"lines.{n}.amount"), vat_category=category, vat_rate=rate,
        kit=tuple(Component(sku=c.sku, quantity=c.quantity) for c in item.kit), external_id=line.external_id,
        product_family=item.product_family)


def as_asked(line: OrderLine) -> NewLine:
    """A line as somebody would ask for it again: same quantity and unit, same price, same VAT."""
    is_pack = line.pack_price is not None
    return NewLine(
        sku=line.sku, quantity=line.quantity if line.unit_quantity is None else line.unit_quantity, unit_code=line.unit_code,
        unit_price=line.pack_price if is_pack else line.unit_price, price_per="unit" if is_pack else "base",
        allowance=line.allowance, name=line.name, vat_category=line.vat_category, vat_rate=line.vat_rate,
        external_id=line.external_id)


def charges_asked(order: Order) -> tuple[NewCharge, ...]:
    """The order's charges as somebody would ask for them again."""
    return tuple(NewCharge(kind=c.kind, name=c.name, amount=c.amount, vat_category=c.vat_category, vat_rate=c.vat_rate)
                 for c in order.charges)


def order_charges(
    charges: Iterable[NewCharge], lines: Sequence[OrderLine], currency: str
) -> tuple[Charge, ...]:
    """Shipping and fees, checked; one without a VAT rate is divided over the rates of the goods, to the cent."""
    made: list[Charge] = []
    for n, charge in enumerate(charges):
        if charge.kind not in CHARGE_KINDS:
            raise Invalid("charge_kind", f"A charge is one of {', '.join(CHARGE_KINDS)}.", {f"charges.{n}.kind": "unknown"})
        amount = check_amount(charge.amount, currency, f"charges.{n}.amount")
        if charge.vat_rate is None:
            shares = _over_rates(amount, lines, currency)
        else:
            category = charge.vat_category or ("S" if charge.vat_rate else "E")
            check_vat(category, charge.vat_rate, f"charges.{n}.vat_rate")
            shares = [(category, charge.vat_rate, amount)]
        made += [Charge(kind=charge.kind, name=charge.name, amount=share, vat_category=category, vat_rate=rate)
                 for category, rate, share in shares if share or len(shares) == 1]
    return tuple(made)


def _over_rates(amount: Decimal, lines: Sequence[OrderLine], currency: str) -> list[tuple[str, Decimal, Decimal]]:
    weights: dict[tuple[str, Decimal], Decimal] = {}
    for line in lines:
        key = (line.vat_category, line.vat_rate)
        weights[key] = weights.get(key, ZERO) + line.amount
    shares = split(amount, list(weights.values()), currency)
    return [(category, rate, share) for (category, rate), share in zip(weights, shares, strict=True)]


def spread_allowance(lines: Sequence[OrderLine], total: Decimal, currency: str) -> tuple[OrderLine, ...]:
    """An order-level reduction spread over the lines in proportion to their amounts, to the cent, so that each VAT rate
    bears its share (EN 16931 BG-20 by rate; CGI art. 267 II 1°)."""
    total = check_amount(total, currency, "allowance")
    if total > sum((line.amount for line in lines), ZERO):
        raise Invalid("allowance", "An allowance is at most what the lines come to.", {"allowance": "too much"})
    shares = split(total, [line.amount for line in lines], currency)
    return tuple(replace(line, allowance=line.allowance + share, amount=line.amount - share)
                 for line, share in zip(lines, shares, strict=True))


def with_totals(order: Order, paid_total: Decimal | None) -> Order:
    """The order with its VAT breakdown and totals; what was paid rules, and the difference is carried as rounding."""
    parts: list[OrderLine | Charge] = [*order.lines, *order.charges]
    taxed = [Taxed(vat_category=p.vat_category, vat_rate=p.vat_rate, amount=p.amount) for p in parts]
    rows = breakdown(taxed, order.currency, order.prices_include_vat)
    net, vat, gross = totals(rows)
    paid = gross if paid_total is None else check_amount(paid_total, order.currency, "paid_total")
    if paid < 0:
        raise Invalid("paid_total", "An order comes to 0 at least.", {"paid_total": "0 or more"})
    return replace(order, vat_breakdown=rows, total_without_vat=net, vat_amount=vat, total_with_vat=gross, paid_total=paid,
                   rounding_amount=paid - gross)


def line_amounts(order: Order) -> list[tuple[Decimal, Decimal]]:
    """Net amount (BT-131) and VAT of each line, then of each charge, adding up exactly to the VAT breakdown.

    A group's net and VAT are computed on the group (BR-S-08, BR-S-09); its members share them by largest remainder.
    """
    parts: list[OrderLine | Charge] = [*order.lines, *order.charges]
    found: list[tuple[Decimal, Decimal]] = [(ZERO, ZERO)] * len(parts)
    for row in order.vat_breakdown:
        members = [n for n, part in enumerate(parts)
                   if (part.vat_category, part.vat_rate) == (row.vat_category, row.vat_rate)]
        vats = _shares(row.vat_amount, [parts[n].amount for n in members], order.currency)
        for n, vat in zip(members, vats, strict=True):
            amount = parts[n].amount
            found[n] = (amount - vat, vat) if order.prices_include_vat else (amount, vat)
    return found


def _shares(total: Decimal, amounts: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Shares of a group's VAT; a group with reductions in it (negative amounts) rounds each share and puts what is left
    on its largest member."""
    if all(amount >= 0 for amount in amounts):
        return split(total, amounts, currency)
    whole = sum(amounts, ZERO)
    shares = [round_amount(total * amount / whole, currency) if whole else ZERO for amount in amounts]
    largest = max(range(len(amounts)), key=lambda n: abs(amounts[n]))
    shares[largest] += total - sum(shares, ZERO)
    return shares


def net_of(order: Order, quantities: Mapping[str, Decimal]) -> Decimal:
    """What these quantities of the order's lines are worth without VAT, in proportion, for reports."""
    total = ZERO
    for line, (net, _) in zip(order.lines, line_amounts(order)[: len(order.lines)], strict=True):
        total += net * quantities.get(line.id, ZERO) / line.quantity
    return round_amount(total, order.currency)


_WORDS = {
    "en": {"net": "Total without VAT", "vat": "VAT", "gross": "Total with VAT", "rounding": "Rounding", "paid": "Paid total",
           "row": "VAT {rate} % of {base}", "with": "Lines and charges are with VAT",
           "without": "Lines and charges are without VAT",
           "rule": "VAT per category and rate (EN 16931 BG-23)"},
    "fr": {"net": "Total HT", "vat": "TVA", "gross": "Total TTC", "rounding": "Arrondi", "paid": "Total payé",
           "row": "TVA {rate} % sur {base}", "with": "Lignes et frais TTC", "without": "Lignes et frais HT",
           "rule": "TVA par catégorie et taux (EN 16931 BG-23)"},
}


def explain(order: Order, locale: str) -> Explanation:
    """How the total came about."""
    words = _WORDS.get(locale, _WORDS["fr"])
    inputs = [ExplainedRow(label=line_formula(line), value=str(line.amount), unit=order.currency) for line in order.lines]
    inputs += [ExplainedRow(label=charge.name or charge.kind, value=str(charge.amount), unit=order.currency)
               for charge in order.charges]
    steps = [ExplainedRow(label=words["row"].format(rate=row.vat_rate, base=row.taxable_amount), value=str(row.vat_amount))
             for row in order.vat_breakdown]
    steps += [ExplainedRow(label=words[name], value=str(value)) for name, value in (
        ("net", order.total_without_vat), ("vat", order.vat_amount), ("gross", order.total_with_vat),
        ("rounding", order.rounding_amount), ("paid", order.paid_total))]
    basis = words["with" if order.prices_include_vat else "without"]
    return Explanation(value=str(order.paid_total), unit=order.currency, inputs=tuple(inputs), steps=tuple(steps),
                       formula=f"{basis} ; {words['rule']}" if locale == "fr" else f"{basis}; {words['rule']}")


def line_formula(line: OrderLine) -> str:
    """`BUCHE-6 · 3 CT × 120 − 5 (1 CT = 6 C62)`: in the unit the price was given for, with what the unit holds."""
    if not line.unit_code:
        return f"{line.sku} · {line.quantity} × {line.unit_price} − {line.allowance}"
    holds = f"1 {line.unit_code} = {line.unit_factor} {line.base_unit_code}"
    if line.pack_price is not None:
        return f"{line.sku} · {line.unit_quantity} {line.unit_code} × {line.pack_price} − {line.allowance} ({holds})"
    sizes = f"{line.unit_quantity} {line.unit_code} × {line.unit_factor}"
    return f"{line.sku} · {sizes} × {line.unit_price} − {line.allowance} ({holds})"
