"""What of an order goes into an invoice, and what the order's paid total leaves for the next one: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from chalicelib.invoicing import amounts
from chalicelib.invoicing.model import (
    DEPOSIT,
    BilledDocument,
    BilledLine,
    Invoice,
    InvoiceLine,
    OrderBilling,
    PendingShipment,
    Source,
)
from chalicelib.invoicing.shapes import OrderToInvoice
from chalicelib.invoicing.standing import CreditedLine, Standing
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.money import ZERO, round_amount, split
from chalicelib.sales.model import Order, OrderLine, Shipment

SCOPES = ("delivered", "ordered")


@dataclass(frozen=True, slots=True)
class OrderPart:
    """What of one order an invoice carries: its lines, what the customer pays for them, how much of the order's own rounding
    is in that, the order's billing after it, and the shipments whose cost of sales goes with it."""

    order: Order
    lines: tuple[InvoiceLine, ...]
    amount: Decimal
    rounding: Decimal
    shipments: tuple[Shipment, ...]
    costed: tuple[Shipment, ...]
    before: OrderBilling
    after: OrderBilling


@dataclass(frozen=True, slots=True)
class Deduction:
    """What an invoice deducts of a deposit: the lines, what the customer paid for them, the deposit's standing after."""

    deposit: Invoice
    lines: tuple[InvoiceLine, ...]
    amount: Decimal
    before: Standing
    after: Standing


def fresh(order: Order) -> OrderBilling:
    """The billing of an order that nothing was invoiced of yet."""
    return OrderBilling(id=order.id, number=order.number, customer_id=order.customer_id, channel_id=order.channel_id,
                        customer_name=order.buyer.company_name or order.buyer.name, currency=order.currency,
                        paid_total=order.paid_total)


def quantities(order: Order, billing: OrderBilling, asked: OrderToInvoice) -> tuple[dict[str, Decimal], tuple[Shipment, ...]]:
    """The quantities to invoice by line, and the shipments they cover.

    Raises Invalid for an unknown shipment, Conflict `delivery_invoiced` for one that an invoice names already, and
    `nothing_to_invoice`.
    """
    if asked.scope not in SCOPES:
        raise Invalid("scope", f"What is invoiced is one of {', '.join(SCOPES)}.", {"scope": "unknown"})
    known = {shipment.id: shipment for shipment in order.shipments}
    unknown = [name for name in asked.shipment_ids if name not in known]
    if unknown:
        raise Invalid("unknown_delivery", f"Order {order.number} has no delivery {unknown[0]}.", {"shipment_ids": "unknown"})
    twice = [name for name in asked.shipment_ids if name in billing.covered]
    if twice:
        number = next((d.number for d in reversed(billing.documents) if d.type_code != DEPOSIT), "")
        raise Conflict("delivery_invoiced", f"Delivery {twice[0]} is in an invoice already ({number}).",
                       {"shipment_ids": f"invoiced in {number}"})
    chosen = [known[name] for name in dict.fromkeys(asked.shipment_ids)] or [
        shipment for shipment in order.shipments if shipment.id not in billing.covered]
    wanted = _ordered(order, billing) if asked.scope == "ordered" and not asked.shipment_ids else _left(
        order, billing, chosen if asked.shipment_ids else order.shipments)
    if not wanted:
        code = "delivery_invoiced" if asked.shipment_ids else "nothing_to_invoice"
        raise Conflict(code, f"Nothing of order {order.number} is left to invoice.", state=order.state)
    return wanted, tuple(chosen)


def _ordered(order: Order, billing: OrderBilling) -> dict[str, Decimal]:
    found = {line.id: line.quantity - line.cancelled_quantity - billing.quantity(line.id) for line in order.lines}
    return {line_id: quantity for line_id, quantity in found.items() if quantity > 0}


def _left(order: Order, billing: OrderBilling, shipments: Iterable[Shipment]) -> dict[str, Decimal]:
    """What these shipments hold, as far as it is not invoiced yet: never more than left altogether."""
    shipped = {line.id: line.shipped_quantity for line in order.lines}
    held: dict[str, Decimal] = {}
    for shipment in shipments:
        for each in shipment.lines:
            held[each.line_id] = held.get(each.line_id, ZERO) + each.quantity
    found = {name: min(quantity, shipped[name] - billing.quantity(name)) for name, quantity in held.items()}
    return {name: quantity for name, quantity in found.items() if quantity > 0}


def _allowed(line: OrderLine, before: Decimal, after: Decimal, currency: str) -> tuple[Decimal, Decimal]:
    """What the units from `before` to `after` of a line come to, and the allowance in it."""
    return tuple(  # type: ignore[return-value]
        amounts.part(whole, after, line.quantity, currency) - amounts.part(whole, before, line.quantity, currency)
        for whole in (line.amount, line.allowance))


def invoice_line(line: OrderLine, before: Decimal, quantity: Decimal, currency: str, order_id: str) -> InvoiceLine:
    """The units of an order's line that follow those invoiced before. What was sold by the pack is shown by the pack, where
    whole packs are invoiced."""
    amount, allowance = _allowed(line, before, before + quantity, currency)
    packs = quantity / line.unit_factor
    by_pack = bool(line.unit_code) and packs == packs.to_integral_value()
    return InvoiceLine(
        id=line.id, order_id=order_id, order_line_id=line.id, sku=line.sku, name=line.name,
        quantity=packs if by_pack else quantity, unit_code=line.unit_code if by_pack else line.base_unit_code, amount=amount,
        allowance=max(allowance, ZERO), vat_category=line.vat_category, vat_rate=line.vat_rate,
        product_family=line.product_family)


def order_part(order: Order, billing: OrderBilling, asked: OrderToInvoice) -> OrderPart:
    """The lines of an order's next invoice and the billing after it. Charges come with the first invoice, and so does the
    difference between the shop's arithmetic and ours. Raises as `quantities`, and Conflict `order_changed`."""
    wanted, shipments = quantities(order, billing, asked)
    lines = [invoice_line(line, billing.quantity(line.id), wanted[line.id], order.currency, order.id)
             for line in order.lines if line.id in wanted]
    if not billing.has_order_level:
        lines += [InvoiceLine(
            id=f"C{n}", order_id=order.id, name=charge.name or charge.kind, amount=charge.amount,
            line_kind="shipping" if charge.kind == "shipping" else "fee", vat_category=charge.vat_category,
            vat_rate=charge.vat_rate) for n, charge in enumerate(order.charges, 1) if charge.amount or len(order.charges) == 1]
    billed = {line.id: billing.quantity(line.id) + wanted.get(line.id, ZERO) for line in order.lines}
    total, rounding = through(order, billed)
    before = {line.line_id: line.quantity for line in billing.lines}
    known = through(order, before)[1] if billing.has_order_level else ZERO
    covered = tuple(dict.fromkeys((*billing.covered, *(shipment.id for shipment in shipments))))
    costed = tuple(s for s in order.shipments if s.id in covered and s.id not in billing.costed)
    after = replace(
        billing, customer_id=order.customer_id, paid_total=order.paid_total, billed_total=total, has_order_level=True,
        lines=tuple(BilledLine(line_id=name, quantity=quantity) for name, quantity in billed.items() if quantity),
        covered=covered, costed=tuple(dict.fromkeys((*billing.costed, *(s.id for s in costed)))),
        pending=tuple(p for p in billing.pending if p.shipment_id not in covered))
    return OrderPart(order, tuple(lines), total - billing.billed_total, rounding - known, shipments, costed, billing, after)


def through(order: Order, billed: Mapping[str, Decimal]) -> tuple[Decimal, Decimal]:
    """What the customer pays for these quantities of the lines, with the order's charges and its rounding; and how much of
    that rounding is in it: a first parcel worth less than the rounding takes off carries what it can."""
    parts = [((line.vat_category, line.vat_rate),
              amounts.part(line.amount, billed.get(line.id, ZERO), line.quantity, order.currency)) for line in order.lines]
    parts += [((charge.vat_category, charge.vat_rate), charge.amount) for charge in order.charges]
    groups = amounts.by_group(parts)
    whole = amounts.with_vat(groups, order.currency, order.prices_include_vat)
    total = max(whole + order.rounding_amount, ZERO) if whole >= 0 else whole + order.rounding_amount
    return total, total - whole


def documented(part: OrderPart, invoice: Invoice, amount: Decimal) -> OrderBilling:
    """The billing with the invoice named, once it has a number."""
    document = BilledDocument(invoice_id=invoice.id, number=invoice.number, type_code=invoice.type_code, amount=amount)
    return replace(part.after, documents=(*part.after.documents, document))


def source_of(part: OrderPart, scope: str) -> Source:
    order = part.order
    return Source(order_id=order.id, number=order.number, external_number=order.external_number, placed_at=order.placed_at,
                  scope=scope, shipment_ids=tuple(s.id for s in part.shipments))


def with_shipments(billing: OrderBilling, order: Order) -> OrderBilling:
    """The billing after parcels left: those in no invoice wait, unless all they hold was invoiced before."""
    known = {*billing.covered, *(each.shipment_id for each in billing.pending)}
    waiting = [s for s in order.shipments if s.id not in known]
    if not _left(order, billing, order.shipments):
        return replace(billing, covered=(*billing.covered, *(s.id for s in waiting)),
                       pending=()) if waiting or billing.pending else billing
    return replace(billing, paid_total=order.paid_total, pending=(*billing.pending, *(
        PendingShipment(shipment_id=s.id, shipped_at=s.shipped_at) for s in waiting)))


# -- deposits -------------------------------------------------------------------------------------------------------


def deposit_lines(order: Order, amount: Decimal) -> tuple[InvoiceLine, ...]:
    """A deposit divided over the order's VAT rates in proportion to what each comes to with VAT, to the cent."""
    rows = [row for row in order.vat_breakdown if row.taxable_amount + row.vat_amount > 0]
    parts = split(amount, [row.taxable_amount + row.vat_amount for row in rows], order.currency)
    return tuple(
        InvoiceLine(id=str(n), line_kind="deposit_received", order_id=order.id, name=f"Acompte sur commande {order.number}",
                    amount=share, vat_category=row.vat_category, vat_rate=row.vat_rate)
        for n, (row, share) in enumerate(zip(rows, parts, strict=True), 1) if share)


def deposit_amount(order: Order, billing: OrderBilling, amount: Decimal | None, percent: Decimal | None,
                   received: Decimal) -> Decimal:
    """The deposit with VAT, from an amount or a percentage. Raises Invalid, Conflict `deposit_too_large`."""
    if (amount is None) == (percent is None):
        raise Invalid("deposit", "A deposit is an amount or a percentage.", {"amount": "one of amount, percent"})
    if percent is not None:
        if not 0 < percent <= 100:
            raise Invalid("deposit", "A percentage is above 0, at most 100.", {"percent": "1 to 100"})
        amount = round_amount(order.paid_total * percent / 100, order.currency)
    assert amount is not None
    if amount <= 0 or round_amount(amount, order.currency) != amount:
        raise Invalid("deposit", "A deposit is above 0, in whole units of the currency.", {"amount": "above 0"})
    left = order.paid_total - billing.billed_total - received
    if amount > left:
        raise Conflict("deposit_too_large", f"At most {left} {order.currency} of this order are not invoiced yet.",
                       {"amount": f"at most {left}"})
    return amount


def deductions(
    lines: Sequence[InvoiceLine], amount: Decimal, deposits: Sequence[tuple[Invoice, Standing]], currency: str,
    includes_vat: bool,
) -> list[Deduction]:
    """What an invoice of these lines, for which the customer pays `amount`, deducts of the deposits that are left: of each
    rate never more than it comes to, so that none is invoiced below nothing, and never more than `amount`."""
    net = amounts.by_group((amounts.group_of(line), line.amount) for line in lines)
    room = {group: each if includes_vat else amounts.with_vat({group: each}, currency, False)
            for group, each in net.items()}
    found: list[Deduction] = []
    for deposit, standing in deposits:
        kept = {each.line_id: each for each in standing.lines}
        made: list[InvoiceLine] = []
        total = ZERO
        for line in deposit.lines:
            used = kept.get(line.id, CreditedLine(line_id=line.id)).amount
            taken = min(line.amount - used, max(room.get(amounts.group_of(line), ZERO), ZERO), amount)
            if taken <= 0:
                continue
            amount -= taken
            room[amounts.group_of(line)] -= taken
            total += taken
            own = amounts.part(line.line_net_amount, used + taken, line.amount, currency) - amounts.part(
                line.line_net_amount, used, line.amount, currency)
            kept[line.id] = CreditedLine(line_id=line.id, amount=used + taken)
            made.append(replace(
                line, id=f"D{len(found) + 1}.{line.id}", line_kind="deposit", quantity=Decimal(-1),
                amount=-taken,
                line_net_amount=-own, unit_price=own, allowance=ZERO, reference=deposit.id,
                name=f"Acompte facturé {deposit.number}"))
        if made:
            after = replace(standing, lines=tuple(kept.values()), deducted_total=standing.deducted_total + total)
            found.append(Deduction(deposit, tuple(made), total, standing, after))
    return found
