"""What a credit note takes back of an invoice, never more than is left of it: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from chalicelib.invoicing import amounts
from chalicelib.invoicing.model import Invoice, InvoiceLine
from chalicelib.invoicing.shapes import CreditInvoice, CreditLine
from chalicelib.invoicing.standing import CreditedLine, Standing
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.money import ZERO, check_amount
from chalicelib.kernel.tax import vat_within

NOTHING = CreditedLine(line_id="")


@dataclass(frozen=True, slots=True)
class Credit:
    """The lines of a credit note (amounts above zero give back), what it comes to, base and VAT of each of its rates, and the
    invoice's standing after it."""

    lines: tuple[InvoiceLine, ...]
    amount: Decimal
    after: Standing
    due: Mapping[amounts.Group, amounts.Due]


def credit(invoice: Invoice, standing: Standing, body: CreditInvoice) -> Credit:
    """What the request credits. Raises Conflict `credit_beyond_invoice` naming what is left, Invalid for a line that is not
    the invoice's or a credit of nothing."""
    if body.lines and body.amount is not None:
        raise Invalid("credit", "A credit is of lines or an amount.", {"amount": "lines or amount"})
    if standing.left <= 0 and not _has_lines_left(invoice, standing):
        raise beyond(invoice, standing)
    if body.amount is not None:
        return _of_amount(invoice, standing, body.amount, body.reason)
    if body.lines:
        return _of_lines(invoice, standing, body.lines)
    return _of_rest(invoice, standing)


def beyond(invoice: Invoice, standing: Standing) -> Conflict:
    return Conflict("credit_beyond_invoice", f"At most {standing.left} {invoice.currency} of {invoice.number} can still be "
                    "credited.", {"amount": f"at most {standing.left}"}, left=str(standing.left))


def _has_lines_left(invoice: Invoice, standing: Standing) -> bool:
    done = {each.line_id: each for each in standing.lines}
    return any(line.amount != done.get(line.id, NOTHING).amount for line in invoice.lines)


def _of_lines(invoice: Invoice, standing: Standing, asked: Sequence[CreditLine]) -> Credit:
    known = {line.id: line for line in invoice.lines}
    done = {each.line_id: each for each in standing.lines}
    given: dict[str, CreditedLine] = {}
    quantities: dict[str, Decimal] = {}
    for n, each in enumerate(asked):
        line = known.get(each.line_id)
        if line is None or each.line_id in quantities or each.quantity <= 0 or line.line_kind == "deposit":
            raise Invalid("lines", "Each line of the invoice once, with a quantity above 0.", {f"lines.{n}": "line, quantity"})
        before = done.get(line.id, NOTHING)
        whole = abs(line.quantity)
        if before.quantity + each.quantity > whole:
            raise Conflict("credit_beyond_invoice", f"Only {whole - before.quantity} of line {line.id} can still be credited.",
                           {f"lines.{n}.quantity": f"at most {whole - before.quantity}"}, left=str(standing.left))
        through = amounts.part(line.amount, before.quantity + each.quantity, whole, invoice.currency)
        earlier = amounts.part(line.amount, before.quantity, whole, invoice.currency)
        amount = _within(before.amount + through - earlier, before.amount, line.amount)
        given[line.id] = CreditedLine(line_id=line.id, quantity=before.quantity + each.quantity, amount=amount)
        quantities[line.id] = each.quantity
    for line in invoice.lines:
        if line.line_kind == "allowance":
            given[line.id] = _share_of(line, invoice, {**done, **given})
            quantities[line.id] = Decimal(1)
    return _made(invoice, standing, given, quantities)


def _share_of(allowance: InvoiceLine, invoice: Invoice, done: Mapping[str, CreditedLine]) -> CreditedLine:
    """A document's allowance goes back with the lines it reduced, in proportion."""
    reduced = [line for line in invoice.lines if line.amount > 0 and amounts.group_of(line) == amounts.group_of(allowance)]
    whole = sum((line.amount for line in reduced), ZERO)
    back = sum((done.get(line.id, NOTHING).amount for line in reduced), ZERO)
    return CreditedLine(line_id=allowance.id, quantity=Decimal(back >= whole),
                        amount=amounts.part(allowance.amount, back, whole, invoice.currency))


def _within(amount: Decimal, low: Decimal, high: Decimal) -> Decimal:
    """A line is never credited beyond what it comes to (an amount may have been credited of it before)."""
    return min(max(amount, min(low, high)), max(low, high))


def _of_rest(invoice: Invoice, standing: Standing) -> Credit:
    done = {each.line_id: each for each in standing.lines}
    given, quantities = {}, {}
    for line in invoice.lines:
        before = done.get(line.id, NOTHING)
        if before.amount != line.amount or before.quantity < abs(line.quantity):
            given[line.id] = CreditedLine(line_id=line.id, quantity=abs(line.quantity), amount=line.amount)
            quantities[line.id] = abs(line.quantity) - before.quantity
    return _made(invoice, standing, given, quantities)


def _of_amount(invoice: Invoice, standing: Standing, amount: Decimal, reason: str) -> Credit:
    """An amount with VAT, one line for each rate. It is divided over what is left of the lines, so that a line credited
    later by quantity gives back no more than was paid for it."""
    check_amount(amount, invoice.currency, "amount")
    if amount <= 0:
        raise Invalid("credit", "A credit is above 0.", {"amount": "above 0"})
    if amount > standing.left:
        raise beyond(invoice, standing)
    if amount == standing.left:
        return _of_rest(invoice, standing)
    done = {each.line_id: each for each in standing.lines}
    open_lines = [line for line in invoice.lines if line.line_kind != "deposit" and line.amount > 0
                  and line.amount > done.get(line.id, NOTHING).amount]
    left = [line.amount - done.get(line.id, NOTHING).amount for line in open_lines]
    if sum(left, ZERO) < amount:
        raise beyond(invoice, standing)
    by_line = amounts.shares(amount, left, invoice.currency)
    if not invoice.prices_include_vat:
        by_line = [share - vat_within(share, line.vat_rate, invoice.currency)
                   for share, line in zip(by_line, open_lines, strict=True)]
    after = dict(done)
    for line, share in zip(open_lines, by_line, strict=True):
        before = done.get(line.id, CreditedLine(line_id=line.id))
        after[line.id] = replace(before, amount=before.amount + share)
    groups = amounts.by_group((amounts.group_of(line), share) for line, share in zip(open_lines, by_line, strict=True))
    lines = tuple(InvoiceLine(id=str(n), line_kind="rebate", name=reason, amount=share, vat_category=group[0],
                              vat_rate=group[1]) for n, (group, share) in enumerate(groups.items(), 1) if share)
    return Credit(lines, amount, _after(standing, after, amount), due_of(invoice, done, after))


def due_of(invoice: Invoice, before: Mapping[str, CreditedLine], after: Mapping[str, CreditedLine]
           ) -> dict[amounts.Group, amounts.Due]:
    """Base and VAT of the credit: what is credited through it less what was before. So the credit notes of an invoice, once
    they give back all of it, add up to its base and VAT of every rate; each one's VAT is its base's to the smallest unit."""
    whole = [amounts.due(((line, done.get(line.id, NOTHING).amount) for line in invoice.lines), invoice.currency,
                         invoice.prices_include_vat) for done in (before, after)]
    return amounts.between(*whole)


def _made(invoice: Invoice, standing: Standing, given: Mapping[str, CreditedLine],
          quantities: Mapping[str, Decimal]) -> Credit:
    """The credit note's lines from what each line of the invoice has given back before and after it."""
    before = {each.line_id: each for each in standing.lines}
    after = {**before, **given}
    lines = []
    for line in invoice.lines:
        if line.id not in given:
            continue
        taken = given[line.id].amount - before.get(line.id, NOTHING).amount
        quantity = quantities[line.id] or Decimal(1)
        if taken == 0 and line.line_kind == "allowance":
            continue
        share = amounts.part(line.allowance, quantity, abs(line.quantity), invoice.currency)
        is_deposit = line.line_kind == "deposit"
        lines.append(replace(
            line, quantity=-quantity if taken < 0 else quantity, amount=taken, reference=line.id, unit_price=ZERO,
            allowance=ZERO if is_deposit else share, line_net_amount=line.line_net_amount if is_deposit else ZERO))
    amount = standing.left if _is_complete(invoice, after) else _amount(invoice, after) - _amount(invoice, before)
    if amount < 0 or amount > standing.left or not lines:
        raise beyond(invoice, standing)
    return Credit(tuple(lines), amount, _after(standing, after, amount), due_of(invoice, before, after))


def _is_complete(invoice: Invoice, after: Mapping[str, CreditedLine]) -> bool:
    return all(after.get(line.id, NOTHING).amount == line.amount for line in invoice.lines)


def _amount(invoice: Invoice, done: Mapping[str, CreditedLine]) -> Decimal:
    """What credited amounts come to with VAT."""
    parts = [(line, done.get(line.id, NOTHING).amount) for line in invoice.lines]
    groups = amounts.by_group((amounts.group_of(line), amount) for line, amount in parts if line.line_kind != "deposit")
    deducted = sum((amount for line, amount in parts if line.line_kind == "deposit"), ZERO)
    return amounts.with_vat(groups, invoice.currency, invoice.prices_include_vat) + deducted


def _after(standing: Standing, done: Mapping[str, CreditedLine], amount: Decimal) -> Standing:
    return replace(standing, lines=tuple(done.values()), credited_total=standing.credited_total + amount)
