"""What a channel says of an order after the first time: late, repeated and out of order, it ends in the same order.

Older states are ignored; cancelled and refunded stay so; shipped only grows; a cancellation that overtakes its own order
leaves a tombstone under the order's id; one that comes after goods left is flagged, and stops only what is still open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone, Conflict, Invalid
from chalicelib.kernel.money import round_amount
from chalicelib.sales import actions, delivering
from chalicelib.sales.commands import CancelOrder, ChannelUpdate, ConfirmOrder, RefundOrder, ShipOrder
from chalicelib.sales.model import ORDER, TRANSITIONS, Order, is_newer, is_tombstone
from chalicelib.sales.placing import order_id_of
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction

STATUSES = ("pending", "confirmed", "completed", "cancelled")


def apply_channel_update(ctx: Context, update: ChannelUpdate) -> Order | None:
    """Brings an order up to what its channel says; None when we do not know it yet (place it first).

    Each step has a marker of its own. The order takes the update's version in the last one, so that an update which was
    interrupted is still news when it comes again, and goes on where it stopped.
    """
    if update.status not in STATUSES:
        raise Invalid("status", f"A channel's status is one of {', '.join(STATUSES)}.", {"status": "unknown"})
    order_id = order_id_of(update.channel_id, update.external_id)
    order = read.find(ctx, ORDER, order_id)
    if order is None and update.status == "cancelled":
        order = _bury(ctx, order_id, update)
    if order is None or is_tombstone(order) or _is_old(order, update):
        return order
    while action := action_for(order, update.status):
        order = actions.attempt(ctx, action, order_id, _doing(action, update))
        if action_for(order, update.status) == action:
            break
    for each in update.refunds:
        order = actions.attempt(ctx, f"refund:{each.external_id}", order_id, _refunding(each))
    return actions.attempt(ctx, "note", order_id, lambda c, o: _note(c, o, update))


def _is_old(order: Order, update: ChannelUpdate) -> bool:
    """Whether the order knows of something later. A deletion is the last word, whatever was placed or told meanwhile."""
    return not update.is_deletion and is_newer(order.source_version, update.source_version)


def _refunding(body: RefundOrder) -> Callable[[Context, Order], Order]:
    return lambda ctx, order: actions.refund(ctx, order, body)


_WANTED = {"confirmed": ("confirm",), "completed": ("confirm", "ship"), "cancelled": ("cancel",)}
"""What a channel's status asks of an order, step by step: one that was sent had been paid, heard of or not."""

_ACTIONS: dict[str, Callable[[Context, Order], Order]] = {
    "confirm": lambda ctx, order: actions.confirm(ctx, order, ConfirmOrder()),
    "ship": lambda ctx, order: delivering.ship(ctx, order, ShipOrder(), by_channel=True),
    "cancel": lambda ctx, order: actions.cancel(ctx, order, CancelOrder(reason="channel")),
}


def action_for(order: Order, status: str) -> str:
    """What the channel's status asks of the order next, "" when nothing: pure, by the state table."""
    for action in _WANTED.get(status, ()):
        if action == "confirm" and order.state != "pending":
            continue
        if action == "ship" and not any(line.reserved for line in order.lines):
            continue
        if (order.state, action) in TRANSITIONS:
            return action
    return ""


def _doing(action: str, update: ChannelUpdate) -> Callable[[Context, Order], Order]:
    """The action on the order as it stands when its turn comes, with what the update says of it; nothing when somebody did
    it meanwhile, or brought newer news."""
    def act(ctx: Context, order: Order) -> Order:
        if action_for(order, update.status) != action or _is_old(order, update):
            return order
        return _ACTIONS[action](ctx, _told(order, update))

    return act


def _told(order: Order, update: ChannelUpdate) -> Order:
    """The order with what the update says beside its status; what is paid while it is held goes on when it is released."""
    is_confirmed = order.held_from == "pending" and update.status in ("confirmed", "completed")
    fee = order.payment_fee if update.payment_fee is None else round_amount(update.payment_fee, order.currency)
    return replace(order, is_paid=order.is_paid or update.is_paid, payment_fee=fee, attention=flags_for(order, update),
                   held_from="confirmed" if is_confirmed else order.held_from)


def flags_for(order: Order, update: ChannelUpdate) -> tuple[str, ...]:
    """What a person should look at: contradictions that no rule may settle silently."""
    flags = list(order.attention)
    shipped = any(line.shipped_quantity for line in order.lines)
    if update.status == "cancelled" and shipped:
        flags.append("cancelled_after_shipment")
    if update.status in ("confirmed", "completed") and order.state == "cancelled":
        flags.append("revived_on_channel")
    if update.status == "completed" and order.state in ("pending", "confirmed", "on_hold", "partly_shipped"):
        flags.append("completed_on_channel")
    if update.paid_total is not None and update.paid_total != order.paid_total:
        flags.append("total_changed_on_channel")
    return tuple(dict.fromkeys(flags))


def _note(ctx: Context, order: Order, update: ChannelUpdate) -> Order:
    newest = order if is_newer(order.source_version, update.source_version) else update
    noted = replace(_told(order, update), source_version=newest.source_version)
    return order if noted == order else actions.save(ctx, order, noted, "OrderUpdated")


def _bury(ctx: Context, order_id: str, update: ChannelUpdate) -> Order:
    """Keeps that the order was cancelled before it was known; the order itself when it was placed at the same moment."""
    tx = Transaction(ctx.step("tombstone"))
    tombstone = tx.create(ORDER, Order(id=order_id, number="", state="cancelled", placed_at=ctx.now,
                                       channel_id=update.channel_id, external_id=update.external_id,
                                       source_version=update.source_version))
    tx.answers(201, ORDER.kind, order_id, 1)
    try:
        tx.commit()
    except (Conflict, AlreadyDone):
        return read.get(ctx, ORDER, order_id)
    return tombstone
