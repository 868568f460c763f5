"""Credit notes: what they give back of an invoice, of deposits, of stock, and to the order's billing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from chalicelib.invoicing import billing, crediting, issuing
from chalicelib.invoicing.crediting import Credit
from chalicelib.invoicing.issuing import Office, Ready
from chalicelib.invoicing.law import posting
from chalicelib.invoicing.model import (
    BILLING,
    CREDIT_NOTE,
    INVOICE,
    BilledDocument,
    BilledLine,
    Invoice,
    InvoiceLine,
    OrderBilling,
    Reference,
)
from chalicelib.invoicing.shapes import CreditInvoice
from chalicelib.invoicing.standing import STANDING, CreditedLine, Standing
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.ids import derived_id
from chalicelib.kernel.money import ZERO, round_amount, split
from chalicelib.ledger import service as ledger
from chalicelib.sales import fulfilment
from chalicelib.sales.model import ORDER, Order, OrderLine
from chalicelib.stock import balances
from chalicelib.stock import service as stock
from chalicelib.stock.model import Place
from chalicelib.stock.valuation import Valuation, receive
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction

MAX_RESTOCKED = 20


@dataclass(frozen=True, slots=True)
class Returned:
    """So much of a SKU comes back, at what it was worth when it left."""

    sku: str
    quantity: Decimal
    value: Decimal
    order_id: str


def ready(ctx: Context, the: Office, invoice: Invoice, body: CreditInvoice) -> Ready:
    """The credit note of an invoice (all its lines loaded), ready to be numbered.

    Raises Conflict `credit_beyond_invoice`, `wrong_state`, `not_whole`; Invalid.
    """
    if invoice.type_code == CREDIT_NOTE:
        raise Conflict("credit_note", "A credit note is not credited; issue an invoice instead.")
    standing = read.get(ctx, STANDING, invoice.id)
    given = crediting.credit(invoice, standing, body)
    note = Invoice(
        id=derived_id(INVOICE.prefix, "credit", invoice.id, str(len(standing.credit_note_ids))), type_code=CREDIT_NOTE,
        currency=invoice.currency, exchange_rate=invoice.exchange_rate, sources=invoice.sources,
        exchange_rate_on=invoice.exchange_rate_on, exchange_rate_source=invoice.exchange_rate_source,
        prices_include_vat=invoice.prices_include_vat, channel_id=invoice.channel_id, channel_name=invoice.channel_name,
        customer_id=invoice.customer_id, seller=the.seller, buyer=invoice.buyer, delivery_address=invoice.delivery_address,
        locale=invoice.locale, reason=body.reason.strip()[:200], created_at=ctx.now, payment_terms_days=0,
        buyer_reference=invoice.buyer_reference,
        references=(Reference(invoice_id=invoice.id, number=invoice.number, issue_date=invoice.issue_date),))
    made = issuing.with_totals(note, given.lines, given.amount, given.due)
    made = replace(made, own_payable_amount=_own_amount(invoice, standing, made, the.tenant.currency))
    issuing.check_rounding(made, invoice.rounding_amount if given.after.left == 0 else ZERO, len(given.lines))
    orders = read.get_many(ctx, ORDER, {line.order_id for line in given.lines if line.order_id})
    returned = _returned(given.lines, orders, the.tenant.currency) if body.restock_warehouse_id else []
    if body.restock_warehouse_id:
        _check_warehouse(ctx, body.restock_warehouse_id, returned)
    billings = _reopened(ctx, invoice, standing, given) if body.reopen else []
    deposits = _deposits(ctx, invoice, given)
    valuations = balances.read_valuations(ctx, [each.sku for each in returned]) if returned else {}

    def beside(tx: Transaction, issued: Invoice) -> None:
        own = None if standing.own_balance is None else standing.own_balance - (issued.own_payable_amount or ZERO)
        notes = (*standing.credit_note_ids, issued.id)
        tx.save(STANDING, standing, replace(given.after, credit_note_ids=notes, own_balance=own))
        for before, after in deposits:
            tx.save(STANDING, before, after)
        for old, new in billings:
            document = BilledDocument(invoice_id=issued.id, number=issued.number, type_code=CREDIT_NOTE,
                                      amount=-issued.payable_amount)
            tx.save(BILLING, old, replace(new, documents=(*new.documents, document)))
        _restock(tx, returned, body.restock_warehouse_id, valuations, the.tenant.currency)

    costs = {"": sum((each.value for each in returned), ZERO)} if returned else {}
    is_last = invoice.exchange_rate is not None and given.after.left == 0
    return Ready(made, None, body.issue_date, costs, beside, _left(ctx, invoice, standing) if is_last else None)


def _left(ctx: Context, invoice: Invoice, standing: Standing) -> dict[str, Decimal]:
    """What the entries of an invoice and of its credit notes so far left on each account but the customer's."""
    notes = read.get_many(ctx, INVOICE, standing.credit_note_ids).values()
    entries = [ledger.find_entry(ctx, each.entry_id).lines for each in (invoice, *notes)]
    return posting.left_of(entries, entries[0][0].account)


def _own_amount(invoice: Invoice, standing: Standing, note: Invoice, currency: str) -> Decimal | None:
    """What a credit note in another currency moves the customer's account by: at the rate of its invoice, and counted from what
    was credited before, so that the notes of an invoice come to what it debited, to the cent."""
    if invoice.exchange_rate is None:
        return None
    before, rate = standing.credited_total, invoice.exchange_rate
    return round_amount((before + note.payable_amount) * rate, currency) - round_amount(before * rate, currency)


# -- deposits and the order's billing ---------------------------------------------------------------------------------


def _deposits(ctx: Context, invoice: Invoice, given: Credit) -> list[tuple[Standing, Standing]]:
    """The deposits that the credited invoice had deducted, free again to be deducted or credited."""
    back = [line for line in given.lines if line.line_kind == "deposit"]
    by_invoice = {line.id: line for line in invoice.lines}
    used: dict[str, dict[str, Decimal]] = {}
    for line in back:
        original = by_invoice[line.id]
        own = original.id.rpartition(".")[2]
        used.setdefault(original.reference, {})[own] = -original.amount
    standings = read.get_many(ctx, STANDING, used)
    found = []
    for name, amounts in used.items():
        before = standings[name]
        lines = tuple(replace(each, amount=each.amount - amounts.get(each.line_id, ZERO)) for each in before.lines)
        found.append((before, replace(before, lines=tuple(map(_without_quantity, lines)),
                                      deducted_total=before.deducted_total - sum(amounts.values(), ZERO))))
    return found


def _without_quantity(line: CreditedLine) -> CreditedLine:
    return replace(line, quantity=min(line.quantity, Decimal(1))) if line.amount else replace(line, quantity=ZERO)


def _reopened(ctx: Context, invoice: Invoice, standing: Standing, given: Credit) -> list[tuple[OrderBilling, OrderBilling]]:
    """The billings of an invoice's orders as if it had not been: its parcels may be invoiced again.

    Raises Conflict `not_whole` unless this credits all of an invoice that nothing was credited of."""
    if given.after.left != 0 or standing.credit_note_ids:
        raise Conflict("not_whole", "Only an invoice credited whole, at once, lets its orders be invoiced again.")
    before = read.get_many(ctx, BILLING, [source.order_id for source in invoice.sources])
    orders = read.get_many(ctx, ORDER, before)
    notes = read.get_many(ctx, INVOICE, [d.invoice_id for each in before.values() for d in each.documents
                                         if d.type_code == CREDIT_NOTE])
    undone = {reference.invoice_id for note in notes.values() for reference in note.references}
    found = []
    for source in invoice.sources:
        old, order = before.get(source.order_id), orders.get(source.order_id)
        if old is None or order is None or source.scope == "deposit":
            continue
        units = _units(order, invoice)
        carried = next((d.amount for d in old.documents if d.invoice_id == invoice.id), ZERO)
        has_charges = any(line.order_id == order.id and not line.order_line_id for line in invoice.lines)
        is_first = next((d.invoice_id for d in old.documents if d.type_code == invoice.type_code
                         and d.invoice_id not in undone), "") == invoice.id
        new = replace(
            old, billed_total=old.billed_total - carried,
            lines=tuple(BilledLine(line_id=line.line_id, quantity=line.quantity - units.get(line.line_id, ZERO))
                        for line in old.lines if line.quantity > units.get(line.line_id, ZERO)),
            has_order_level=old.has_order_level and not (has_charges or is_first),
            covered=tuple(name for name in old.covered if name not in source.shipment_ids))
        found.append((old, billing.with_shipments(new, order)))
    return found


def _units(order: Order, invoice: Invoice) -> dict[str, Decimal]:
    """The base units of each of the order's lines that the invoice holds."""
    found: dict[str, Decimal] = {}
    lines = {line.id: line for line in order.lines}
    for line in invoice.lines:
        if line.order_id == order.id and line.order_line_id:
            found[line.order_line_id] = found.get(line.order_line_id, ZERO) + base_units(line, lines[line.order_line_id])
    return found


def base_units(line: InvoiceLine, ordered: OrderLine) -> Decimal:
    """An invoice line's quantity in base units: what was invoiced by the pack counts its pack."""
    by_pack = bool(ordered.unit_code) and line.unit_code == ordered.unit_code
    return abs(line.quantity) * (ordered.unit_factor if by_pack else Decimal(1))


# -- stock ----------------------------------------------------------------------------------------------------------


def _returned(lines: Sequence[InvoiceLine], orders: Mapping[str, Order], currency: str) -> list[Returned]:
    """What comes back of the credited lines, at the cost with which it left; a kit comes back as its components, its cost
    divided by their quantities."""
    found: list[Returned] = []
    for line in lines:
        order = orders.get(line.order_id)
        if order is None or not line.order_line_id or line.line_kind != "goods":
            continue
        ordered = next(each for each in order.lines if each.id == line.order_line_id)
        units = base_units(line, ordered)
        left = [each for shipment in order.shipments for each in shipment.lines if each.line_id == ordered.id]
        quantity = sum((each.quantity for each in left), ZERO)
        if units > quantity:
            raise Conflict("not_delivered", f"Only {quantity} of {ordered.sku} left: no more can come back.",
                           {"restock_warehouse_id": f"{ordered.sku}: at most {quantity}"})
        value = round_amount(sum((each.cost or ZERO for each in left), ZERO) * units / quantity, currency)
        parts = fulfilment.components(ordered)
        shares = split(value, [each for _, each in parts], currency)
        found += [Returned(sku, each * units, share, order.id) for (sku, each), share in zip(parts, shares, strict=True)]
    return _merged(found)


def _merged(found: Sequence[Returned]) -> list[Returned]:
    """One row for each SKU, for a transaction writes an item once."""
    merged: dict[str, Returned] = {}
    for each in found:
        known = merged.get(each.sku)
        merged[each.sku] = each if known is None else replace(
            known, quantity=known.quantity + each.quantity, value=known.value + each.value)
    return list(merged.values())


def _check_warehouse(ctx: Context, warehouse_id: str, returned: Sequence[Returned]) -> None:
    if warehouse_id not in stock.directory(ctx).active():
        raise Invalid("warehouse", "There is no such active warehouse.", {"restock_warehouse_id": "unknown"})
    if not returned:
        raise Invalid("nothing_to_restock", "Nothing on these lines is kept in stock.", {"restock_warehouse_id": "no goods"})
    if len(returned) > MAX_RESTOCKED:
        raise Invalid("too_many", f"At most {MAX_RESTOCKED} articles come back at once.", {"lines": "too many"})


def _restock(tx: Transaction, returned: Sequence[Returned], warehouse_id: str, valuations: Mapping[str, Valuation],
             currency: str) -> None:
    """The goods come back into stock with their value, in the credit note's transaction."""
    place = Place(warehouse_id=warehouse_id)
    current = dict(valuations)
    for each in returned:
        balances.on_hand_writes(tx, each.sku, place, each.quantity, only_available=False)
        current[each.sku], value = receive(current[each.sku], each.quantity, each.value / each.quantity, currency)
        balances.move_write(tx, each.sku, place, each.quantity, "return", value, None, "sales_order", each.order_id)
    balances.valuation_writes(tx, valuations, current)
    if returned:
        skus = sorted(each.sku for each in returned)
        tx.emit("GoodsReturned", "stock", skus[0], 1, {"skus": skus, "warehouse_id": warehouse_id})
        balances.changed(tx, skus)
