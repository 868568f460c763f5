"""Deliveries as they are made, change and leave: each with what it means for its order and for stock, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from chalicelib.catalog import service as catalog
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone, Conflict, DomainError, Stale
from chalicelib.kernel.money import ZERO
from chalicelib.kernel.states import next_state
from chalicelib.sales import fulfilment
from chalicelib.sales.commands import ShipOrder
from chalicelib.sales.delivery import (
    DELIVERY,
    DELIVERY_TRANSITIONS,
    Delivery,
    PrepareDeliveries,
    delivery_data,
    delivery_id_of,
    departed,
    filled,
    new_delivery,
    open_deliveries,
)
from chalicelib.sales.model import ORDER, TRANSITIONS, LineQuantity, Order, Shipment, ShippedLine, refuse_sample
from chalicelib.sales.placing import check_texts, event_data
from chalicelib.stock import balances
from chalicelib.stock.model import Reservation
from chalicelib.stock.warehouses import retrying
from chalicelib.storage import keys, read
from chalicelib.storage.transaction import Refused, Transaction

SHIPPED_AT_ONCE = 22
"""Reservations in one delivery, for its goods leave in one transaction, which writes four items for each."""

Group = tuple[str, dict[str, Decimal]]


def _names(ctx: Context, order: Order) -> dict[str, tuple[str, str]]:
    """Name and unit of the components of the order's kits."""
    skus = {part.sku for line in order.lines for part in line.kit}
    return {sku: (facts.name, facts.unit_code) for sku, facts in catalog.find_skus(ctx, sorted(skus)).items()} if skus else {}


def groups(order: Order, quantities: Mapping[str, Decimal], warehouse_id: str) -> list[Group]:
    """What makes one delivery each: a warehouse, and as many lines as one transaction can ship."""
    found: list[Group] = []
    for place, wanted in fulfilment.by_warehouse(order, quantities, warehouse_id).items():
        for part in fulfilment.parts(order, wanted, SHIPPED_AT_ONCE):
            found.append((place, {each.line_id: each.quantity for each in part}))
    return found


def prepare(ctx: Context, order: Order, body: PrepareDeliveries) -> Order:
    """Makes a delivery for each warehouse that has something reserved for the order and in no delivery yet.

    Nothing leaves: the goods stay reserved, for the delivery. Raises Conflict `wrong_state`, `not_reserved`,
    `nothing_to_ship`, and Stale.
    """
    refuse_sample(order)
    next_state(TRANSITIONS, order.state, "prepare")
    _, _, quantities = fulfilment.plan_shipment(order, _left(ctx, order, body.lines, "deliver"), body.warehouse_id)
    parts = groups(order, quantities, body.warehouse_id)
    names = _names(ctx, order)
    for n, group in enumerate(parts):
        is_last = n == len(parts) - 1
        order = _part(ctx, order, n > 0, lambda now, g=group, whole=is_last: _prepare(  # type: ignore[misc]
            ctx if whole else ctx.step(f"deliver:{now.delivery_count}"), now, g, names))
    return order


def _claimed(
    ctx: Context, order: Order, group: Group, names: Mapping[str, tuple[str, str]]
) -> tuple[Order, Delivery, Sequence[Reservation]]:
    """The order with its next delivery planned, nothing written."""
    place, quantities = group
    bare = new_delivery(order, place, quantities, (), ctx.now, names)
    planned, goods = fulfilment.claim(order, quantities, place, bare.id)
    delivery = new_delivery(order, place, quantities, goods, ctx.now, names)
    return replace(planned, delivery_count=order.delivery_count + 1, updated_at=ctx.now), delivery, goods


def _prepare(ctx: Context, order: Order, group: Group, names: Mapping[str, tuple[str, str]]) -> Order:
    planned, delivery, _ = _claimed(ctx, order, group, names)
    tx = Transaction(ctx)
    saved = tx.save(ORDER, order, planned)
    created = tx.create(DELIVERY, delivery, lambda: Stale(ORDER.kind))
    tx.emit("DeliveryCreated", DELIVERY.kind, created.id, created.version, delivery_data(created, order))
    tx.answers(200, ORDER.kind, order.id, saved.version)
    tx.commit()
    return saved


# -- leaving ---------------------------------------------------------------------------------------------------------


def ship(ctx: Context, order: Order, body: ShipOrder, by_channel: bool = False) -> Order:
    """The short way: ships what was asked, or all that is reserved, without picking it first.

    Deliveries that are being prepared leave as they are; what is in none leaves in new ones, one for each warehouse.
    Raises Conflict `wrong_state`, `not_reserved`, `nothing_to_ship`, `in_delivery`, and Stale.
    """
    check_texts(body)
    refuse_sample(order)
    next_state(TRANSITIONS, order.state, "ship")
    if not body.lines:
        order = _ship_prepared(ctx, order, body, by_channel)
        if not any(fulfilment.reserved_quantity(line, body.warehouse_id, "") for line in order.lines):
            return order
    _, _, quantities = fulfilment.plan_shipment(order, _left(ctx, order, body.lines, "part"), body.warehouse_id)
    parts = groups(order, quantities, body.warehouse_id)
    names = _names(ctx, order)
    for n, group in enumerate(parts):
        is_last = n == len(parts) - 1
        order = _part(ctx, order, n > 0, lambda now, g=group, whole=is_last: _ship_group(  # type: ignore[misc]
            ctx if whole else ctx.step(f"part:{now.delivery_count}"), now, g, names, body, by_channel))
    return order


def _left(ctx: Context, order: Order, lines: Sequence[LineQuantity], step: str) -> Sequence[LineQuantity]:
    """What of the lines named no part of this very command has taken: sent again after its process died between two parts, it
    goes on where it was. The step of a part has the number of its delivery."""
    if not lines or not order.delivery_count:
        return lines
    markers = {n: keys.marker(ctx, ctx.step(f"{step}:{n}").command.id) for n in range(order.delivery_count)}
    found = read.items(ctx, markers.values())
    ours = [delivery_id_of(order.id, n + 1) for n, key in markers.items() if key in found]
    if not ours:
        return lines
    taken: dict[str, Decimal] = {}
    for delivery in read.get_many(ctx, DELIVERY, ours).values():
        for line in delivery.lines:
            taken[line.line_id] = taken.get(line.line_id, ZERO) + line.quantity
    return [replace(each, quantity=rest) for each in lines if (rest := each.quantity - taken.get(each.line_id, ZERO)) > 0]


def _part(ctx: Context, order: Order, is_begun: bool, act: Callable[[Order], Order]) -> Order:
    """One of the deliveries that a command makes. While nothing is written, an order that somebody saved in between is Stale,
    and whoever sent the command may begin anew. Once the first delivery has left, beginning anew would ship its lines twice:
    so the order is read again here, and in the end it is a plain Conflict `stale_version`."""
    if not is_begun:
        return act(order)
    now = order

    def write() -> Order:
        nonlocal now
        try:
            return act(now)
        except (Stale, Refused):
            now = read.get(ctx, ORDER, order.id)
            raise

    try:
        return retrying(ctx, write)
    except (Stale, Refused) as error:
        raise Conflict("stale_version", "A part of this was done when others kept changing the order.") from error


def _ship_prepared(ctx: Context, order: Order, body: ShipOrder, by_channel: bool) -> Order:
    """Ships the deliveries that are being prepared; the last one is the command itself when nothing else is to leave."""
    waiting = [d for d in deliveries_of(ctx, order, open_only=True) if body.warehouse_id in ("", d.warehouse_id)]
    is_all = not any(fulfilment.reserved_quantity(line, body.warehouse_id, "") for line in order.lines)
    if not waiting and is_all:
        fulfilment.plan_shipment(order, (), body.warehouse_id)
    for n, delivery in enumerate(waiting):
        step = ctx if is_all and n == len(waiting) - 1 else ctx.step(f"deliver:{delivery.id}")
        order, _ = leave(step, order, delivery, body, by_channel=by_channel, whole=by_channel, answers=ORDER.kind)
    return order


def leave(
    ctx: Context, order: Order, delivery: Delivery, body: ShipOrder, *, by_channel: bool = False, whole: bool = False,
    answers: str = DELIVERY.kind,
) -> tuple[Order, Delivery]:
    """A prepared delivery leaves: stock, order and delivery in one transaction. `whole` ships it though it is only half
    picked, for its channel says that it is gone. Raises Conflict `wrong_state`, Stale."""
    next_state(TRANSITIONS, order.state, "ship")
    packed = replace(filled(delivery), state="packed") if whole and delivery.state == "picking" else delivery
    next_state(DELIVERY_TRANSITIONS, packed.state, "ship")
    asked = tuple(LineQuantity(line_id=line.line_id, quantity=line.quantity) for line in delivery.lines)
    planned, leaving, _ = fulfilment.plan_shipment(order, asked, "", delivery.id)
    after = departed(packed, ctx.now, carrier_name=body.carrier, tracking_number=body.tracking_number,
                     tracking_url=body.tracking_url, by_channel=by_channel)
    return _depart(ctx, order, planned, leaving, delivery, after, answers)


def _ship_group(
    ctx: Context, order: Order, group: Group, names: Mapping[str, tuple[str, str]], body: ShipOrder, by_channel: bool
) -> Order:
    claimed, delivery, _ = _claimed(ctx, order, group, names)
    asked = tuple(LineQuantity(line_id=i, quantity=q) for i, q in group[1].items())
    planned, leaving, _ = fulfilment.plan_shipment(claimed, asked, "", delivery.id)
    after = departed(delivery, ctx.now, carrier_name=body.carrier, tracking_number=body.tracking_number,
                     tracking_url=body.tracking_url, by_channel=by_channel)
    return _depart(ctx, order, planned, leaving, None, after, ORDER.kind)[0]


def _depart(
    ctx: Context, order: Order, planned: Order, leaving: Sequence[Reservation], before: Delivery | None,
    after: Delivery, answers: str,
) -> tuple[Order, Delivery]:
    """Writes that goods left: stock with their cost, the order, the delivery, the events."""
    new = replace(planned, state=fulfilment.state_after(planned), updated_at=ctx.now)
    currency = balances.currency_of(ctx)

    def write() -> tuple[Order, Delivery]:
        tx = Transaction(ctx)
        valuations = balances.read_valuations(ctx, [r.sku for r in leaving])
        costs = balances.shipment_writes(tx, order.id, leaving, valuations, currency)
        shipment = Shipment(
            id=after.number, delivery_id=after.id, shipped_at=ctx.now, by_channel=after.by_channel,
            lines=tuple(ShippedLine(line_id=each.line_id, quantity=each.quantity) for each in after.lines))
        shipment = fulfilment.with_costs(shipment, order.lines, leaving, costs)
        saved = tx.save(ORDER, order, replace(new, shipments=(*order.shipments, shipment)))
        delivery = tx.create(DELIVERY, after, lambda: Stale(ORDER.kind)) if before is None else tx.save(DELIVERY, before, after)
        cost = str(sum((each.cost or ZERO for each in shipment.lines), ZERO))
        tx.emit("DeliveryShipped", DELIVERY.kind, delivery.id, delivery.version,
                {**delivery_data(delivery, order), "cost": cost})
        event = "OrderPartlyShipped" if any(line.open_quantity for line in new.lines) else "OrderShipped"
        tx.emit(event, ORDER.kind, order.id, saved.version,
                {**event_data(new), "delivery_id": delivery.id, "delivery_number": delivery.number, "cost": cost})
        balances.changed(tx, (r.sku for r in leaving))
        balances.promised(tx, order.id, order.number, saved.version, leaving, fulfilment.reservations_of(new))
        kind, version = (ORDER.kind, saved.version) if answers == ORDER.kind else (DELIVERY.kind, delivery.version)
        tx.answers(200, kind, saved.id if answers == ORDER.kind else delivery.id, version)
        tx.commit()
        return saved, delivery

    return retrying(ctx, write, given=frozenset({ORDER.kind, DELIVERY.kind}))


# -- before it leaves ------------------------------------------------------------------------------------------------


def give_up(ctx: Context, delivery: Delivery, reason: str = "") -> Delivery:
    """Cancels a delivery that is being prepared; its goods stay reserved for the order, in no delivery. Raises Conflict
    `wrong_state`, Stale."""
    state = next_state(DELIVERY_TRANSITIONS, delivery.state, "cancel")
    order = read.get(ctx, ORDER, delivery.order_id)
    tx = Transaction(ctx)
    tx.save(ORDER, order, replace(fulfilment.unclaim(order, delivery.id), updated_at=ctx.now))
    saved = tx.save(DELIVERY, delivery, replace(delivery, state=state))
    tx.emit("DeliveryCancelled", DELIVERY.kind, saved.id, saved.version,
            {**delivery_data(saved, order), "reason": reason[:200]})
    tx.answers(200, DELIVERY.kind, saved.id, saved.version)
    tx.commit()
    return saved


def give_up_all(ctx: Context, order: Order, reason: str) -> Order:
    """Cancels whatever is being prepared of an order that is cancelled as a whole, each in a step of its own."""
    for delivery in deliveries_of(ctx, order, open_only=True):
        step = ctx.step(f"give_up:{delivery.id}")
        try:
            give_up(step, delivery, reason)
        except AlreadyDone:
            pass
        except (DomainError, Refused):
            if read.item(ctx, keys.marker(ctx, step.command.id)) is None:
                raise
    return read.get(ctx, ORDER, order.id) if open_deliveries(order) else order


def narrow_writes(tx: Transaction, order: Order, delivery: Delivery, quantities: Mapping[str, Decimal]) -> Delivery:
    """Write part: of a delivery only these quantities of its lines go on, the rest stays reserved for the order. Answers
    the delivery with the lines and goods that stay, for the caller to save."""
    kits = {line.id: dict(fulfilment.components(line)) for line in order.lines}
    keep = {(i, sku): each * q for i, q in quantities.items() for sku, each in kits[i].items()}
    tx.save(ORDER, order, replace(fulfilment.unclaim(order, delivery.id, keep), updated_at=tx.ctx.now))
    picks = []
    for pick in delivery.picks:
        part = min(pick.quantity, keep.get((pick.line_id, pick.sku), ZERO))
        if part > 0:
            keep[(pick.line_id, pick.sku)] -= part
            picks.append(replace(pick, quantity=part))
    lines = tuple(replace(line, quantity=quantities[line.line_id]) for line in delivery.lines
                  if quantities.get(line.line_id))
    return replace(delivery, lines=lines, picks=tuple(picks))


def change_writes(
    tx: Transaction, old: Delivery, new: Delivery, event: str, data: Mapping[str, object] | None = None
) -> Delivery:
    """Write part: saves what `shipping` changed of a delivery, with one event. Refused: Stale."""
    saved = tx.save(DELIVERY, old, new)
    if event:
        tx.emit(event, DELIVERY.kind, saved.id, saved.version, {
            "number": saved.number, "order_id": saved.order_id, "order_number": saved.order_number, **(data or {})})
    tx.answers(200, DELIVERY.kind, saved.id, saved.version)
    return saved


# -- reading ---------------------------------------------------------------------------------------------------------


def deliveries_of(ctx: Context, order: Order, open_only: bool = False) -> list[Delivery]:
    """An order's deliveries, in their order; one round trip, none when there are none."""
    ids = list(open_deliveries(order)) if open_only else [delivery_id_of(order.id, n + 1)
                                                          for n in range(order.delivery_count)]
    found = read.get_many(ctx, DELIVERY, ids) if ids else {}
    return [found[i] for i in ids if i in found]


def check_none_open(order: Order) -> None:
    """Raises Conflict `in_delivery` while a delivery of the order is being prepared."""
    if open_deliveries(order):
        raise Conflict("in_delivery", "A part of this order is being prepared in a delivery: ship or cancel that first.")
