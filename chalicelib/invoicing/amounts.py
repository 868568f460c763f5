"""The arithmetic of an invoice, so that what a customer pays is kept to the cent and EN 16931 holds: pure.

A shop's price with VAT fixes what a group of one VAT rate comes to, G. EN 16931 wants a net N whose tax is
round(N × rate ÷ 100) (BR-CO-17). f(N) = N + round(N × rate ÷ 100) grows by one or two units a step, so some G have no N:
then the unit that is left is carried as the rounding amount (BT-114), visibly, and posted to 658 or 758.

What is invoiced, deducted or credited in parts is counted cumulatively: a part is the whole through it less the whole
before it. So the parts always add up to the whole, whatever their number and order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from chalicelib.invoicing.model import InvoiceLine
from chalicelib.kernel.money import ZERO, quantum, round_amount, split
from chalicelib.kernel.tax import UNIT_PRICE_QUANTUM, VatLine, vat_on, vat_within

Group = tuple[str, Decimal]
"""VAT category and rate."""


@dataclass(frozen=True, slots=True)
class Totals:
    """An invoice's figures: the VAT breakdown and what follows from it (BT-109, BT-110, BT-112)."""

    lines: tuple[InvoiceLine, ...]
    vat_breakdown: tuple[VatLine, ...]
    without_vat: Decimal
    vat: Decimal
    with_vat: Decimal


def net_and_vat(gross: Decimal, rate: Decimal, currency: str) -> tuple[Decimal, Decimal]:
    """The net of an amount with VAT and the tax on it by EN 16931; they miss the amount by at most one unit, and only when
    no net whatever comes to it."""
    first = gross - vat_within(gross, rate, currency)
    unit = quantum(currency)
    for net in (first, first - unit, first + unit):
        vat = vat_on(net, rate, currency)
        if net + vat == gross:
            return net, vat
    return first, vat_on(first, rate, currency)


def with_vat(amounts: Mapping[Group, Decimal], currency: str, includes_vat: bool) -> Decimal:
    """What amounts by group come to for the customer: as they are where they include VAT, else each with its tax."""
    if includes_vat:
        return sum(amounts.values(), ZERO)
    return sum((amount + vat_on(amount, rate, currency) for (_, rate), amount in amounts.items()), ZERO)


def by_group(parts: Iterable[tuple[Group, Decimal]]) -> dict[Group, Decimal]:
    """Amounts added up by VAT group, in the order of the groups."""
    found: dict[Group, Decimal] = {}
    for group, amount in parts:
        found[group] = found.get(group, ZERO) + amount
    return dict(sorted(found.items()))


def group_of(line: InvoiceLine) -> Group:
    return line.vat_category, line.vat_rate


def part(whole: Decimal, through: Decimal, of: Decimal, currency: str) -> Decimal:
    """The share of `whole` that `through` of `of` stands for, rounded; all of it at the end, nothing at the beginning."""
    if through >= of:
        return whole
    return round_amount(whole * through / of, currency)


def shares(total: Decimal, amounts: Sequence[Decimal], currency: str) -> list[Decimal]:
    """`total` divided in proportion to amounts that may be below zero, to the unit: largest remainder where none is, else
    each rounded and the rest on the largest. With amounts of nothing the first takes it."""
    if all(amount >= 0 for amount in amounts):
        return split(total, amounts, currency)
    whole = sum(amounts, ZERO)
    found = [round_amount(total * amount / whole, currency) if whole else ZERO for amount in amounts]
    largest = max(range(len(amounts)), key=lambda n: abs(amounts[n]))
    found[largest] += total - sum(found, ZERO)
    return found


def priced(line: InvoiceLine, net: Decimal, rate_share: Decimal) -> InvoiceLine:
    """The line with its net amount, and the net unit price that comes to it. `rate_share` is net ÷ quoted amount, for the
    allowance that was quoted with the line. A deduction has a quantity below zero: EN 16931 has no negative price (BR-27)."""
    allowance = max(ZERO, rate_share)
    quantity = line.quantity
    if (net + allowance < 0) != (quantity < 0) and net + allowance:
        quantity = -quantity
    price = ((net + allowance) / quantity).quantize(UNIT_PRICE_QUANTUM, rounding=ROUND_HALF_UP) if quantity else ZERO
    return replace(line, quantity=quantity, line_net_amount=net, unit_price=price.normalize() + ZERO, allowance=allowance)


Due = tuple[Decimal, Decimal]
"""Base and VAT of a group."""


def due(parts: Iterable[tuple[InvoiceLine, Decimal]], currency: str, includes_vat: bool) -> dict[Group, Due]:
    """Base and VAT by group of an invoice's lines as far as so much of each one's `amount` goes. A deducted deposit goes
    whole: its net amount is that of the invoice it deducts. All of every line is what the invoice itself comes to."""
    free: dict[Group, Decimal] = {}
    fixed: dict[Group, Decimal] = {}
    for line, amount in parts:
        group = group_of(line)
        is_fixed = line.line_kind == "deposit"
        free[group] = free.get(group, ZERO) + (ZERO if is_fixed else amount)
        fixed[group] = fixed.get(group, ZERO) + (line.line_net_amount if is_fixed and amount else ZERO)
    found = {}
    for group, amount in free.items():
        base = (net_and_vat(amount, group[1], currency)[0] if includes_vat else amount) + fixed[group]
        found[group] = base, vat_on(base, group[1], currency)
    return found


def between(before: Mapping[Group, Due], after: Mapping[Group, Due]) -> dict[Group, Due]:
    """What comes to base and VAT from one to the other: parts counted so add up to the whole, in every amount."""
    return {group: (base - before[group][0], vat - before[group][1]) for group, (base, vat) in after.items()}


def totalled(lines: Sequence[InvoiceLine], currency: str, includes_vat: bool,
             known: Mapping[Group, Due] | None = None) -> Totals:
    """The lines with net amounts and prices, and the document's totals; `known` gives base and VAT of groups whose part of a
    greater whole is counted already. A line's `amount` and `allowance` are as quoted; a
    deducted deposit has its net amount already, from the invoice it deducts, and its `amount` is with VAT always."""
    made: list[InvoiceLine] = list(lines)
    rows: list[VatLine] = []
    groups = by_group((group_of(line), ZERO) for line in lines)
    for group in groups:
        members = [n for n, line in enumerate(lines) if group_of(line) == group]
        free = [n for n in members if lines[n].line_kind != "deposit"]
        fixed = sum((lines[n].line_net_amount for n in members if lines[n].line_kind == "deposit"), ZERO)
        amount = sum((lines[n].amount for n in free), ZERO)
        if known is None:
            net = net_and_vat(amount, group[1], currency)[0] if includes_vat else amount
            taxable, vat = net + fixed, vat_on(net + fixed, group[1], currency)
        else:
            taxable, vat = known[group]
            net = taxable - fixed
        nets = shares(net, [lines[n].amount for n in free], currency) if free else []
        for n, own in zip(free, nets, strict=True):
            quoted = lines[n].allowance
            kept = quoted if not includes_vat else quoted - vat_within(quoted, group[1], currency)
            made[n] = priced(lines[n], own, kept)
        for n in members:
            if lines[n].line_kind == "deposit":
                made[n] = priced(lines[n], lines[n].line_net_amount, ZERO)
        rows.append(VatLine(vat_category=group[0], vat_rate=group[1], taxable_amount=taxable, vat_amount=vat))
    without = sum((row.taxable_amount for row in rows), ZERO)
    vat = sum((row.vat_amount for row in rows), ZERO)
    return Totals(tuple(made), tuple(rows), without, vat, without + vat)


def tolerated(groups: int, parts: int, currency: str) -> Decimal:
    """The most that rounding can have made: a unit for each group and each deducted part, and one more. What is above it is
    no rounding, and is refused rather than posted as one."""
    return quantum(currency) * (2 * groups + 2 * parts + 1)
