"""Use cases of sales; the only functions other code calls."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.catalog import service as catalog
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict
from chalicelib.sales import fulfilment
from chalicelib.sales.actions import (
    allocate_backorders,
    allocate_order,
    cancel,
    change,
    close,
    confirm,
    hold,
    name_refund,
    refund,
    release,
    ship_many,
)
from chalicelib.sales.amending import amend
from chalicelib.sales.channel_updates import apply_channel_update
from chalicelib.sales.commands import ChannelUpdate
from chalicelib.sales.delivering import deliveries_of, prepare, ship
from chalicelib.sales.model import ORDER, Order, PlaceOrder, is_newer, is_tombstone
from chalicelib.sales.placing import (
    RESERVATIONS_AT_ONCE,
    check_request,
    look_up,
    new_order,
    order_id_of,
    reserve_and_write,
    within_scope,
    write_draft,
)
from chalicelib.storage import keys, read
from chalicelib.tenants.selling import entitlements

__all__ = ["allocate_backorders", "amend", "apply_channel_update", "cancel", "change", "close", "confirm",
           "deliveries_of", "hold", "name_refund", "order_id_of", "place_order", "prepare", "preview", "refund", "release",
           "ship", "ship_many"]


def place_order(ctx: Context, body: PlaceOrder, is_sample: bool = False) -> Order:
    """Places an order, its stock reserved in the same transaction.

    A channel's order has an id that follows from channel and external id: placed again, it is the first one, brought up
    to date. Who is limited to warehouses takes from these alone. Raises Invalid (unknown SKUs all at once), NotFound
    (customer), Forbidden (`beyond_scope`; `plan_limit_orders` for one by hand beyond the plan, a shop's is never refused for
    that), Conflict `stock_short`.
    """
    if body.state != "draft":
        entitlements.require_order(ctx)
    body = replace(body, lines=catalog.named(ctx, body.lines), warehouse_ids=within_scope(ctx, body))
    check_request(body)
    order_id = order_id_of(body.channel_id, body.external_id) if body.external_id else ""
    known = look_up(ctx, body.lines, body.warehouse_ids, body.customer_id, order_id)
    stored = known.stored.get(keys.document(ctx, ORDER.kind, order_id)) if order_id else None
    old = read.document_of(ORDER, stored) if stored else None
    if old is not None and not (is_tombstone(old) and is_newer(body.source_version, old.source_version)):
        return _told_again(ctx, body)
    order = new_order(ctx, body, known, order_id or ctx.new_id(ORDER.prefix), is_sample)
    try:
        if body.state == "draft":
            return write_draft(ctx, order)
        events = ("OrderPlaced",)
        placed = reserve_and_write(ctx, order, old, body.shortage, known.warehouse_ids, events, 201)
    except Conflict as error:
        if error.code in ("already_exists", "stale_version") and order_id:
            return _told_again(ctx, body)
        raise
    return _reserve_the_rest(ctx, placed, len(known.warehouse_ids) > 0)


def preview(ctx: Context, body: PlaceOrder) -> Order:
    """The order a request would make, priced and totalled; nothing is written. Raises as `place_order`, but for stock."""
    body = replace(body, lines=catalog.named(ctx, body.lines), warehouse_ids=within_scope(ctx, body))
    check_request(body)
    return new_order(ctx, body, look_up(ctx, body.lines, body.warehouse_ids, body.customer_id), "")


def _told_again(ctx: Context, body: PlaceOrder) -> Order:
    update = ChannelUpdate(channel_id=body.channel_id, external_id=body.external_id, status=body.state,
                           source_version=body.source_version, is_paid=body.is_paid, paid_total=body.paid_total)
    order = apply_channel_update(ctx, update)
    assert order is not None
    return order


def _reserve_the_rest(ctx: Context, order: Order, has_stock: bool) -> Order:
    """Goes on reserving the lines of an order too long for one transaction, forty reservations at a time."""
    components = sum(len(fulfilment.components(line)) for line in order.lines)
    rounds = components // RESERVATIONS_AT_ONCE if has_stock else 0
    for n in range(rounds):
        order = allocate_order(ctx.step(f"rest:{n}"), order)
    return order
