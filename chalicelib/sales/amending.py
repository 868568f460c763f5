"""An order that nothing was shipped of, changed: lines, quantities, prices, and what is promised to it, all at once.

What stock is promised moves by the difference only, in the transaction that saves the order, so an amendment neither
gives a customer's goods away for an instant nor takes what is not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from chalicelib.catalog import service as catalog
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.money import ZERO
from chalicelib.kernel.states import next_state
from chalicelib.sales import fulfilment, totals
from chalicelib.sales.commands import AmendLine, AmendOrder
from chalicelib.sales.delivering import check_none_open
from chalicelib.sales.model import ORDER, TRANSITIONS, NewLine, Order, OrderLine
from chalicelib.sales.placing import SHORTAGES, check_texts, event_data, look_up, priced, refuse_short
from chalicelib.stock import balances
from chalicelib.stock import service as stock
from chalicelib.stock.allocation import Allocation, allocate
from chalicelib.stock.model import Balance
from chalicelib.stock.warehouses import retrying
from chalicelib.storage.transaction import Transaction


def amend(ctx: Context, order: Order, body: AmendOrder) -> Order:
    """Gives the order these lines. Raises Conflict `wrong_state`, `channel_order` (a shop's order is changed in the shop),
    `in_delivery` (a part is being prepared), `below_cancelled`, `stock_short` when more is wanted than is available and
    `shortage` refuses; Invalid; Stale."""
    check_texts(body)
    next_state(TRANSITIONS, order.state, "amend")
    if order.channel_id:
        raise Conflict("channel_order", "This order came from a shop: change it there, or cancel a part of it here.")
    check_none_open(order)
    if body.shortage not in SHORTAGES:
        raise Invalid("shortage", f"shortage is one of {', '.join(SHORTAGES)}.", {"shortage": "unknown"})
    wanted = _repriced(ctx, order, body)
    warehouses = order.warehouse_ids or stock.directory(ctx).active()

    def write() -> Order:
        return _write(ctx, order, wanted, warehouses, body.shortage)

    return retrying(ctx, write, frozenset({"stock_raced"}))


def asked_lines(order: Order, lines: Sequence[AmendLine]) -> tuple[tuple[NewLine, ...], tuple[str, ...]]:
    """The lines to price, and the id each has or "" when it is new. Pure. Raises Invalid, Conflict `below_cancelled`."""
    known = {line.id: line for line in order.lines}
    ids = [line.line_id for line in lines if line.line_id]
    if len(set(ids)) < len(ids) or any(i not in known for i in ids):
        raise Invalid("lines", "Each line of the order once.", {"lines": "line_id"})
    gone = [line.sku for line in order.lines if line.id not in ids and line.cancelled_quantity]
    if gone:
        raise Conflict("below_cancelled", f"A part of {', '.join(gone)} was cancelled: the line stays.")
    return tuple(_asked(known.get(line.line_id), line) for line in lines), tuple(line.line_id for line in lines)


def _asked(old: OrderLine | None, line: AmendLine) -> NewLine:
    fresh = NewLine(sku=line.sku, gtin=line.gtin, quantity=line.quantity, unit_code=line.unit_code,
                    unit_price=line.unit_price, price_per=line.price_per, allowance=line.allowance or ZERO, name=line.name)
    if old is None:
        return fresh
    if line.gtin or line.sku not in ("", old.sku):
        raise Invalid("lines", "A line keeps its article: take it out and add another.", {"lines": "sku"})
    same_unit = line.unit_code in ("", old.unit_code or old.base_unit_code)
    kept = totals.as_asked(old)
    if not same_unit and kept.price_per == "unit":
        kept = replace(kept, unit_price=old.unit_price, price_per="base")
    kept = replace(kept, quantity=line.quantity, unit_code=kept.unit_code if same_unit else line.unit_code,
                   allowance=old.allowance if line.allowance is None else line.allowance, name=line.name or old.name)
    if line.unit_price is None:
        return kept
    return replace(kept, unit_price=line.unit_price, price_per=line.price_per)


def _repriced(ctx: Context, order: Order, body: AmendOrder) -> Order:
    """The order with the lines as they shall be, priced; what was promised and cancelled of a line that stays is kept."""
    asked, ids = asked_lines(order, body.lines)
    asked = catalog.named(ctx, asked)
    totals.check_lines(asked)
    known = look_up(ctx, asked, order.warehouse_ids, "")
    charges = totals.charges_asked(order) if body.charges is None else body.charges
    new = priced(ctx, order, known, asked, charges, ZERO, None)
    before = {line.id: line for line in order.lines}
    fresh = max((int(line.id) for line in order.lines), default=0)
    lines = []
    for line, line_id in zip(new.lines, ids, strict=True):
        old = before.get(line_id)
        if old is None:
            fresh += 1
            lines.append(replace(line, id=str(fresh)))
            continue
        if line.quantity < old.cancelled_quantity:
            raise Conflict("below_cancelled", f"{old.cancelled_quantity} of {old.sku} were cancelled: at least these stay.")
        lines.append(replace(line, id=old.id, kit=old.kit, reserved=old.reserved,
                             backordered_quantity=old.backordered_quantity, cancelled_quantity=old.cancelled_quantity))
    flags = order.attention
    if order.is_paid and new.total_with_vat != order.total_with_vat:
        flags = tuple(dict.fromkeys((*flags, "total_changed_after_payment")))
    return replace(new, lines=tuple(lines), note=order.note if body.note is None else body.note, attention=flags,
                   updated_at=ctx.now)


def plan(
    order: Order, wanted: Order, found: Mapping[str, Sequence[Balance]], warehouse_ids: Sequence[str]
) -> tuple[Order, Allocation]:
    """The order with what it holds after the change: less of a line gives back-orders up first, then promises; more is
    taken from what is available, with what the change itself sets free. Pure."""
    lines, more = [], {}
    for line in wanted.lines:
        held = fulfilment.reserved_quantity(line)
        need = line.open_quantity
        if held > need:
            line = fulfilment.take(line, held - need)[0]
        line = replace(line, backordered_quantity=ZERO)
        lines.append(line)
        if need > held:
            more[line.id] = need - held
    kept = replace(wanted, lines=tuple(lines))
    allocation = allocate(fulfilment.demands(kept.lines, more), _with_freed(order, kept, found), warehouse_ids)
    return fulfilment.with_allocation(kept, allocation, more), allocation


def _with_freed(order: Order, kept: Order, found: Mapping[str, Sequence[Balance]]) -> dict[str, list[Balance]]:
    """The balances as they are once what the order gives back is back."""
    freed: dict[tuple[str, object], Decimal] = {}
    for sign, each in ((1, order), (-1, kept)):
        for held in fulfilment.reservations_of(each):
            freed[(held.sku, held.place)] = freed.get((held.sku, held.place), ZERO) + sign * held.quantity
    return {sku: [replace(b, available=b.available + freed.get((sku, b.place), ZERO)) for b in rows]
            for sku, rows in found.items()}


def _write(ctx: Context, order: Order, wanted: Order, warehouse_ids: Sequence[str], shortage: str) -> Order:
    skus = {sku for line in wanted.lines for sku, _ in fulfilment.components(line)}
    planned, allocation = plan(order, wanted, balances.read_balances(ctx, sorted(skus)), warehouse_ids)
    if shortage == "refuse":
        before = {line.id: line.backordered_quantity for line in order.lines}
        refuse_short(planned, {i: q for i, q in allocation.short.items() if q > before.get(i, ZERO)})
    tx = Transaction(ctx)
    saved = tx.save(ORDER, order, planned)
    held, holds = fulfilment.reservations_of(order), fulfilment.reservations_of(planned)
    moved, freed = balances.change_writes(tx, held, holds)
    tx.emit("OrderAmended", ORDER.kind, order.id, saved.version, {
        **event_data(planned), "skus": sorted(freed),
        "total_without_vat_change": str(planned.total_without_vat - order.total_without_vat)})
    balances.changed(tx, moved)
    touched = [each for each in (*held, *holds) if each not in held or each not in holds]
    balances.promised(tx, order.id, order.number, saved.version, touched, holds)
    tx.answers(200, ORDER.kind, order.id, saved.version)
    tx.commit()
    return saved
