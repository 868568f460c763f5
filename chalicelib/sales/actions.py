"""What happens to an order once it is there: confirm, hold, release, cancel, close, refund, change, allocate. Shipping
is `delivering`'s."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.catalog import service as catalog
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone, Conflict, DomainError, Invalid, Unavailable
from chalicelib.kernel.money import check_amount
from chalicelib.kernel.states import next_state
from chalicelib.sales import fulfilment, totals
from chalicelib.sales.commands import (
    CancelOrder,
    ChangeOrder,
    ConfirmOrder,
    HoldOrder,
    RefundOrder,
    ShipMany,
    ShipOne,
    ShipOrder,
)
from chalicelib.sales.delivering import give_up_all, ship
from chalicelib.sales.model import ORDER, TRANSITIONS, Order, Refund, ShippedLine
from chalicelib.sales.placing import (
    buyer_and_addresses,
    check_texts,
    event_data,
    look_up,
    priced,
    reserve_and_write,
    unreserved,
)
from chalicelib.stock import balances
from chalicelib.stock import service as stock
from chalicelib.stock.allocation import allocate
from chalicelib.stock.warehouses import retrying
from chalicelib.storage import read, steps
from chalicelib.storage.transaction import Refused, Transaction
from chalicelib.tenants.selling import entitlements

MAX_SHIP_MANY = 100
RELEASED_AT_ONCE = 44
"""Reservations in one transaction, which writes two items for each."""

ROWS_AT_ONCE = 1000


def confirm(ctx: Context, order: Order, body: ConfirmOrder) -> Order:
    """A draft is placed and reserved now, a pending order (reserved already) goes on."""
    state = next_state(TRANSITIONS, order.state, "confirm")
    confirmed = replace(order, state=state, updated_at=ctx.now)
    if order.state == "draft":
        entitlements.require_order(ctx)
        warehouses = order.warehouse_ids or stock.directory(ctx).active()
        return reserve_and_write(ctx, replace(confirmed, placed_at=ctx.now, is_placed=True), order, body.shortage, warehouses,
                                 ("OrderPlaced", "OrderConfirmed"), 200)
    return save(ctx, order, confirmed, "OrderConfirmed")


def save(ctx: Context, old: Order, new: Order, event: str, more: dict[str, Any] | None = None) -> Order:
    """Saves an order with one event. Raises Stale."""
    tx = Transaction(ctx)
    saved = tx.save(ORDER, old, replace(new, updated_at=ctx.now))
    tx.emit(event, ORDER.kind, new.id, saved.version, {**event_data(new), **(more or {})})
    tx.answers(200, ORDER.kind, new.id, saved.version)
    tx.commit()
    return saved


def change(ctx: Context, order: Order, body: ChangeOrder) -> Order:
    """Changes the note at any time, and lines, charges, customer and addresses while the order is a draft."""
    check_texts(body)
    note = order.note if body.note is None else body.note
    given = (body.lines, body.charges, body.customer_id, body.buyer, body.billing_address, body.shipping_address)
    if all(each is None for each in given) and not body.allowance:
        return save(ctx, order, replace(order, note=note), "OrderUpdated")
    if order.state != "draft":
        raise Conflict("wrong_state", f"Only a draft can be changed; this order is {order.state}.", state=order.state)
    asked = tuple(map(totals.as_asked, order.lines)) if body.lines is None else catalog.named(ctx, body.lines)
    totals.check_lines(asked)
    customer_id = order.customer_id if body.customer_id is None else body.customer_id
    known = look_up(ctx, asked, order.warehouse_ids, customer_id)
    buyer, billing, shipping = buyer_and_addresses(
        ctx, known, customer_id, body.buyer or order.buyer, body.billing_address or order.billing_address,
        body.shipping_address or order.shipping_address)
    bare = replace(order, customer_id=customer_id, buyer=buyer, billing_address=billing, shipping_address=shipping,
                   note=note)
    charges = totals.charges_asked(order) if body.charges is None else body.charges
    changed = priced(ctx, bare, known, asked, charges, body.allowance, None)
    return save(ctx, order, changed, "OrderUpdated")


# -- states ----------------------------------------------------------------------------------------------------------


def hold(ctx: Context, order: Order, body: HoldOrder) -> Order:
    """Keeps the order from being shipped, with a reason; its stock stays reserved."""
    check_texts(body)
    state = next_state(TRANSITIONS, order.state, "hold")
    if not body.reason.strip():
        raise Invalid("reason", "A hold has a reason.", {"reason": "required"})
    reason = body.reason.strip()[:200]
    held = replace(order, state=state, held_from=order.state, hold_reasons=(*order.hold_reasons, reason))
    return save(ctx, order, held, "OrderHeld", {"reason": reason})


def release(ctx: Context, order: Order, body: object = None) -> Order:
    """Lets a held order go on from where it was: one that waited for its payment waits again, unless it came meanwhile."""
    state = next_state(TRANSITIONS, order.state, "release")
    released = replace(order, state=order.held_from or state, held_from="", hold_reasons=())
    return save(ctx, order, released, "OrderReleased")


def close(ctx: Context, order: Order, body: object = None) -> Order:
    """Nothing more is to be done."""
    return save(ctx, order, replace(order, state=next_state(TRANSITIONS, order.state, "close")), "OrderClosed")


def cancel(ctx: Context, order: Order, body: CancelOrder) -> Order:
    """Cancels what was asked, or all that is open; what was promised becomes available. All that is open takes the
    deliveries with it that are being prepared; a part leaves them alone. Raises Conflict, Stale."""
    check_texts(body)
    next_state(TRANSITIONS, order.state, "cancel")
    if not body.lines:
        order = give_up_all(ctx, order, body.reason)
        first, *more = fulfilment.parts(order, {line.id: line.open_quantity for line in order.lines}, RELEASED_AT_ONCE)
        if more:
            order = _cancel(ctx.step(f"part:{order.version}"), order, replace(body, lines=first))
            return cancel(ctx, order, body)
    return _cancel(ctx, order, body)


def _cancel(ctx: Context, order: Order, body: CancelOrder) -> Order:
    planned, released, quantities = fulfilment.plan_cancellation(order, body.lines)
    new = replace(planned, state=fulfilment.state_after(planned), updated_at=ctx.now)
    tx = Transaction(ctx)
    saved = tx.save(ORDER, order, new)
    balances.release_writes(tx, released)
    whole = new.state == "cancelled"
    before = totals.net_of(order, {line.id: line.cancelled_quantity for line in order.lines})
    net = order.total_without_vat - before if whole else totals.net_of(order, quantities)
    event = "OrderCancelled" if whole else "OrderPartlyCancelled"
    if order.state == "draft":
        event = "OrderUpdated"
    tx.emit(event, ORDER.kind, order.id, saved.version,
            {**event_data(new), "total_without_vat": str(net), "reason": body.reason[:200],
             "skus": sorted({r.sku for r in released})})
    balances.changed(tx, (r.sku for r in released))
    balances.promised(tx, order.id, order.number, saved.version, released, fulfilment.reservations_of(new))
    tx.answers(200, ORDER.kind, order.id, saved.version)
    tx.commit()
    return saved


def refund(ctx: Context, order: Order, body: RefundOrder) -> Order:
    """Records money given back. One that the channel named before (`external_id`) changes nothing; one of the amount of a
    refund that was made here and told to the channel is that very refund, coming back."""
    next_state(TRANSITIONS, order.state, "refund")
    if body.external_id and any(r.external_id == body.external_id for r in order.refunds):
        return order
    ours = next((r for r in order.refunds if body.external_id and not r.external_id and r.amount == body.amount), None)
    if ours is not None:
        return name_refund(ctx, order, ours.id, body.external_id)
    amount = check_amount(body.amount, order.currency, "amount")
    left = order.paid_total - order.refunded_amount
    if not 0 < amount <= left:
        raise Conflict("refund_too_large", f"At most {left} can be refunded.",
                       {"amount": "above what was paid"})
    made = Refund(id=f"{order.number}-R{len(order.refunds) + 1}", amount=amount, reason=body.reason[:200],
                  refunded_at=ctx.now, external_id=body.external_id,
                  lines=tuple(ShippedLine(line_id=each.line_id, quantity=each.quantity) for each in body.lines))
    return save(ctx, order, replace(order, refunds=(*order.refunds, made)), "OrderRefunded",
                {"amount": str(amount), "refund_id": made.id})


def name_refund(ctx: Context, order: Order, refund_id: str, external_id: str) -> Order:
    """Keeps what the channel calls a refund that was made here; done before, it changes nothing."""
    named = tuple(replace(r, external_id=external_id) if r.id == refund_id and not r.external_id else r
                  for r in order.refunds)
    return order if named == order.refunds else save(ctx, order, replace(order, refunds=named), "OrderUpdated")


# -- many orders -----------------------------------------------------------------------------------------------------


def ship_many(ctx: Context, body: ShipMany) -> Mapping[str, Any]:
    """Ships orders whole; answers for each its new state, or why not. Sent again after an interruption, it goes on, and
    answers alike. Raises Invalid."""
    steps.begin(ctx)
    if not 1 <= len(body.orders) <= MAX_SHIP_MANY or len({o.order_id for o in body.orders}) < len(body.orders):
        raise Invalid("orders", f"1 to {MAX_SHIP_MANY} orders, each once.", {"orders": "count"})
    return steps.finish(ctx, {"items": [_ship_one(ctx, each) for each in body.orders], "cursor": None})


def _ship_one(ctx: Context, wanted: ShipOne) -> Mapping[str, Any]:
    """One order of many. A refusal is kept as its step's outcome: what was told refused is not shipped by a repeat."""
    step = f"ship:{wanted.order_id}"
    parcel = ShipOrder(carrier=wanted.carrier, tracking_number=wanted.tracking_number, tracking_url=wanted.tracking_url)
    try:
        order = retrying(ctx, lambda: attempt(ctx, step, wanted.order_id, lambda inner, order: ship(inner, order, parcel)))
    except AlreadyDone as done:
        return steps.outcome_of(ctx, done)
    except Unavailable:
        raise
    except (DomainError, Refused) as error:
        first = error.errors[0] if isinstance(error, Refused) else error
        refusal = {"order_id": wanted.order_id, "error": {"code": first.code, "detail": first.detail}}
        kept = steps.step(ctx, step, lambda _: refusal)
        if kept:
            return kept
        order = read.get(ctx, ORDER, wanted.order_id)
    return {"order_id": order.id, "number": order.number, "state": order.state}


def attempt(ctx: Context, step: str, order_id: str, act: Callable[[Context, Order], Order]) -> Order:
    """One step of a larger command on an order as it stands now; done before, it answers the order. Raises AlreadyDone when
    the step was another request's, or kept a refusal."""
    order = read.get(ctx, ORDER, order_id)
    inner = ctx.step(step)
    try:
        return act(inner, order)
    except AlreadyDone as done:
        if steps.outcome_of(ctx, done):
            raise
        return read.get(ctx, ORDER, order_id)
    except (DomainError, Refused):
        if not steps.is_done(inner):
            raise
        return read.get(ctx, ORDER, order_id)


def allocate_order(ctx: Context, order: Order) -> Order:
    """Reserves what it can of an order's back-ordered quantities. Raises Stale."""
    warehouses = order.warehouse_ids or stock.directory(ctx).active()
    wanted = unreserved(order)
    sought = fulfilment.demands(order.lines, wanted)[:40]
    wanted = {d.line_id: d.quantity for d in sought}

    def write() -> Order:
        found = balances.read_balances(ctx, [sku for d in sought for sku, _ in d.components])
        allocation = allocate(sought, found, warehouses)
        if not allocation.reservations:
            return order
        tx = Transaction(ctx)
        saved = tx.save(ORDER, order, replace(fulfilment.with_allocation(order, allocation, wanted), updated_at=ctx.now))
        balances.reservation_writes(tx, allocation.reservations)
        tx.emit("OrderAllocated", ORDER.kind, order.id, saved.version, event_data(saved))
        balances.changed(tx, (r.sku for r in allocation.reservations))
        balances.promised(tx, order.id, order.number, saved.version, allocation.reservations, fulfilment.reservations_of(saved))
        tx.answers(200, ORDER.kind, order.id, saved.version)
        tx.commit()
        return saved

    return retrying(ctx, write, frozenset({"stock_short"})) if sought else order


def allocate_backorders(ctx: Context, skus: Iterable[str] | None = None) -> int:
    """Serves waiting orders that want one of these SKUs (or any), the longest waiting first; answers how many got
    something."""
    wanted = None if skus is None else set(skus)
    served = 0
    for order_id in waiting_orders(ctx):
        order = read.find(ctx, ORDER, order_id)
        if order is None or not any(wanted is None or sku in wanted for line in order.lines if line.backordered_quantity
                                    for sku, _ in fulfilment.components(line)):
            continue
        after = attempt(ctx, f"allocate:{order_id}", order_id, allocate_order)
        served += after.version > order.version
    return served


def waiting_orders(ctx: Context) -> Sequence[str]:
    """Ids of all orders with back-ordered quantities, the oldest first. One of which a part can be shipped stands among
    those to ship, so these are read to the end."""
    rows = [row for partition in ("DUE#backorder", "DUE#ship")
            for row in read.every_row(ctx, "by_due", partition, limit=ROWS_AT_ONCE, newest_first=False)
            if row.get("is_backordered")]
    return [row["id"] for row in sorted(rows, key=lambda row: (row["placed_at"], row["id"]))]

