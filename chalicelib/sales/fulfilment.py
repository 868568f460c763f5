"""Pure decisions about quantities: what is promised, shipped, cancelled, and the state that follows.

Of every line of a confirmed order: quantity = reserved + back-ordered + shipped + cancelled, each at least 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from chalicelib.catalog.units import check_whole
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.money import ZERO
from chalicelib.sales.model import LineQuantity, Order, OrderLine, Reserved, Shipment, ShippedFrom
from chalicelib.stock.allocation import Allocation, Demand
from chalicelib.stock.availability import whole
from chalicelib.stock.model import Place, Reservation

ONE = Decimal(1)


def components(line: OrderLine) -> tuple[tuple[str, Decimal], ...]:
    """The stocked SKUs behind one unit of a line."""
    return tuple((c.sku, c.quantity) for c in line.kit) or ((line.sku, ONE),)


def demands(lines: Sequence[OrderLine], quantities: Mapping[str, Decimal]) -> list[Demand]:
    """What these quantities of the lines want from stock."""
    return [Demand(line_id=line.id, quantity=quantities[line.id], components=components(line), is_kit=bool(line.kit))
            for line in lines if quantities.get(line.id)]


def reserved_quantity(line: OrderLine, warehouse_id: str = "", delivery_id: str | None = None) -> Decimal:
    """Units of the line that its reservations make up: of one warehouse, or of all; in one delivery, in none (""), or
    wherever (None)."""
    held: dict[str, Decimal] = {}
    for part in line.reserved:
        if warehouse_id in ("", part.warehouse_id) and delivery_id in (None, part.delivery_id):
            held[part.sku or line.sku] = held.get(part.sku or line.sku, ZERO) + part.quantity
    if not line.kit:
        return held.get(line.sku, ZERO)
    return min(whole(held.get(sku, ZERO), each) for sku, each in components(line))


def with_allocation(order: Order, allocation: Allocation, wanted: Mapping[str, Decimal]) -> Order:
    """The order after `wanted` of its lines was sought and `allocation` found: what is short is back-ordered."""
    lines = []
    for line in order.lines:
        if line.id in wanted:
            held = {(r.warehouse_id, r.location, r.lot_number, r.sku, r.delivery_id): r for r in line.reserved}
            for found in allocation.reservations:
                if found.line_id == line.id:
                    sku = "" if found.sku == line.sku else found.sku
                    key = (found.place.warehouse_id, found.place.location, found.place.lot_number, sku, "")
                    before = held[key].quantity if key in held else ZERO
                    held[key] = Reserved(warehouse_id=key[0], location=key[1], lot_number=key[2], sku=sku,
                                         quantity=before + found.quantity)
            line = replace(line, reserved=tuple(held.values()),
                           backordered_quantity=allocation.short.get(line.id, ZERO))
        lines.append(line)
    return replace(order, lines=tuple(lines))


def reservation(line: OrderLine, held: Reserved) -> Reservation:
    """What a line holds at a place, as stock knows it."""
    place = Place(warehouse_id=held.warehouse_id, location=held.location, lot_number=held.lot_number)
    return Reservation(line_id=line.id, sku=held.sku or line.sku, place=place, quantity=held.quantity)


def reservations_of(order: Order) -> list[Reservation]:
    """Everything that is promised to an order, line by line and place by place."""
    return [reservation(line, held) for line in order.lines for held in line.reserved]


def take(
    line: OrderLine, quantity: Decimal, warehouse_id: str = "", delivery_id: str = ""
) -> tuple[OrderLine, list[Reservation]]:
    """Takes `quantity` units out of what a line has reserved in a delivery, or in none, in its order; the caller checked
    that they are there. What is taken of one place comes as one."""
    wanted = {sku: each * quantity for sku, each in components(line)}
    kept: list[Reserved] = []
    taken: dict[tuple[str, Place], Reservation] = {}
    for held in line.reserved:
        sku = held.sku or line.sku
        usable = warehouse_id in ("", held.warehouse_id) and held.delivery_id == delivery_id
        part = min(held.quantity, wanted.get(sku, ZERO)) if usable else ZERO
        if part > 0:
            wanted[sku] -= part
            found = reservation(line, held)
            before = taken.get((sku, found.place))
            taken[(sku, found.place)] = replace(found, quantity=part + (before.quantity if before else ZERO))
        if held.quantity > part:
            kept.append(replace(held, quantity=held.quantity - part))
    return replace(line, reserved=tuple(kept)), list(taken.values())


def claim(
    order: Order, quantities: Mapping[str, Decimal], warehouse_id: str, delivery_id: str
) -> tuple[Order, list[Reservation]]:
    """The order with these quantities, reserved and in no delivery so far, put into one; and what that takes from where.
    A line that its warehouse cannot fill alone (a kit whose parts lie apart) takes from wherever it is."""
    lines, goods = [], []
    for line in order.lines:
        quantity = quantities.get(line.id, ZERO)
        if quantity > 0:
            place = warehouse_id if reserved_quantity(line, warehouse_id, "") >= quantity else ""
            rest, taken = take(line, quantity, place)
            held = tuple(Reserved(
                warehouse_id=each.place.warehouse_id, location=each.place.location, lot_number=each.place.lot_number,
                sku="" if each.sku == line.sku else each.sku, quantity=each.quantity, delivery_id=delivery_id)
                for each in taken)
            line = replace(line, reserved=(*rest.reserved, *held))
            goods += taken
        lines.append(line)
    return replace(order, lines=tuple(lines)), goods


def unclaim(order: Order, delivery_id: str, keep: Mapping[tuple[str, str], Decimal] | None = None) -> Order:
    """The order with what was in a delivery in none again, still reserved; but for what of it (by line and SKU) stays."""
    stays = dict(keep or {})
    lines = []
    for line in order.lines:
        held: dict[tuple[str, str, str, str, str], Reserved] = {}
        for each in line.reserved:
            pieces = [(each.delivery_id, each.quantity)]
            if each.delivery_id == delivery_id:
                name = (line.id, each.sku or line.sku)
                kept = min(each.quantity, stays.get(name, ZERO))
                stays[name] = stays.get(name, ZERO) - kept
                pieces = [(delivery_id, kept), ("", each.quantity - kept)]
            for owner, quantity in pieces:
                if quantity > 0:
                    key = (each.warehouse_id, each.location, each.lot_number, each.sku, owner)
                    before = held[key].quantity if key in held else ZERO
                    held[key] = replace(each, quantity=before + quantity, delivery_id=owner)
        lines.append(replace(line, reserved=tuple(held.values())))
    return replace(order, lines=tuple(lines))


def by_warehouse(order: Order, quantities: Mapping[str, Decimal], warehouse_id: str = "") -> dict[str, dict[str, Decimal]]:
    """Which quantities of the lines leave from which warehouse, out of what is reserved and in no delivery. A kit whose
    parts lie apart leaves from where its first part is."""
    found: dict[str, dict[str, Decimal]] = {}
    for line in order.lines:
        left = quantities.get(line.id, ZERO)
        free = [held for held in line.reserved if not held.delivery_id and warehouse_id in ("", held.warehouse_id)]
        for place in dict.fromkeys(held.warehouse_id for held in free):
            part = min(left, reserved_quantity(line, place, ""))
            if part > 0:
                found.setdefault(place, {})[line.id] = part
                left -= part
        if left > 0 and free:
            group = found.setdefault(free[0].warehouse_id, {})
            group[line.id] = group.get(line.id, ZERO) + left
    return found


def _asked(order: Order, asked: Sequence[LineQuantity]) -> dict[str, Decimal]:
    """The quantities asked for by line; raises Invalid for a line that is not the order's, twice, or not above zero."""
    known = {line.id for line in order.lines}
    found: dict[str, Decimal] = {}
    for n, each in enumerate(asked):
        if each.line_id not in known or each.line_id in found or not each.quantity > 0:
            raise Invalid("lines", "Each line of the order once, with a quantity above 0.", {f"lines.{n}": "line, quantity"})
        line = next(line for line in order.lines if line.id == each.line_id)
        found[each.line_id] = check_whole(each.quantity, line.base_unit_code, f"lines.{n}.quantity")
    return found


def parts(order: Order, quantities: Mapping[str, Decimal], at_most: int) -> list[tuple[LineQuantity, ...]]:
    """The lines with a quantity, in groups that touch at most so many reservations: what one transaction can hold."""
    found: list[list[LineQuantity]] = [[]]
    room = at_most
    for line in order.lines:
        if quantities.get(line.id, ZERO) <= 0:
            continue
        room -= max(1, len(line.reserved))
        if room < 0 and found[-1]:
            found.append([])
            room = at_most - max(1, len(line.reserved))
        found[-1].append(LineQuantity(line_id=line.id, quantity=quantities[line.id]))
    return [tuple(group) for group in found]


def plan_shipment(
    order: Order, asked: Sequence[LineQuantity], warehouse_id: str, delivery_id: str = ""
) -> tuple[Order, list[Reservation], dict[str, Decimal]]:
    """The order after shipping what was asked (all that is reserved when nothing was) out of a delivery, or of what is in
    none; what leaves stock, and the shipped quantities by line. Raises Conflict when more is asked than is reserved there,
    or nothing is."""
    wanted = _asked(order, asked)
    lines, leaving, shipped = [], [], {}
    short: dict[str, str] = {}
    for line in order.lines:
        possible = reserved_quantity(line, warehouse_id, delivery_id)
        quantity = wanted.get(line.id, ZERO) if asked else possible
        if quantity > possible:
            short[f"lines.{line.id}"] = f"only {possible} reserved"
        elif quantity > 0:
            line, taken = take(line, quantity, warehouse_id, delivery_id)
            line = replace(line, shipped_quantity=line.shipped_quantity + quantity)
            leaving += taken
            shipped[line.id] = quantity
        lines.append(line)
    if short and any(reserved_quantity(line) > reserved_quantity(line, "", "") for line in order.lines) and not delivery_id:
        raise Conflict("in_delivery", "A part of this is being prepared in a delivery: ship or cancel that.", short)
    if short:
        raise Conflict("not_reserved", "More is to be shipped than is reserved for this order.", short)
    if not shipped:
        raise Conflict("nothing_to_ship", "Nothing of this order is reserved and waiting to be shipped.")
    return replace(order, lines=tuple(lines)), leaving, shipped


def with_costs(
    shipment: Shipment, lines: Sequence[OrderLine], leaving: Sequence[Reservation],
    costs: Mapping[str, Mapping[str, Decimal]],
) -> Shipment:
    """The shipment with what its goods were worth and the warehouses they left; `costs` are by line and warehouse."""
    known = {line.id: line for line in lines}
    made = []
    for each in shipment.lines:
        units: dict[str, Decimal] = dict.fromkeys(costs.get(each.line_id, {}), ZERO)
        first, per_unit = components(known[each.line_id])[0]
        for held in leaving:
            if held.line_id == each.line_id and held.sku == first:
                warehouse_id = held.place.warehouse_id
                units[warehouse_id] = units.get(warehouse_id, ZERO) + held.quantity / per_unit
        of_line = costs.get(each.line_id, {})
        made.append(replace(
            each, cost=sum(of_line.values(), ZERO) if of_line else None,
            warehouses=tuple(ShippedFrom(warehouse_id=warehouse_id, quantity=quantity, cost=of_line.get(warehouse_id))
                             for warehouse_id, quantity in units.items())))
    return replace(shipment, lines=tuple(made))


def plan_cancellation(
    order: Order, asked: Sequence[LineQuantity]
) -> tuple[Order, list[Reservation], dict[str, Decimal]]:
    """The order after cancelling what was asked (all that is open when nothing was), what is released, and the cancelled
    quantities by line. Back-ordered units go first; what is being prepared in a delivery stays. Raises Conflict when more
    is asked than is open, or nothing is."""
    wanted = _asked(order, asked)
    lines, released, cancelled = [], [], {}
    short: dict[str, str] = {}
    for line in order.lines:
        prepared = reserved_quantity(line) - reserved_quantity(line, "", "")
        quantity = wanted.get(line.id, ZERO) if asked else line.open_quantity - prepared
        if quantity > line.open_quantity - prepared:
            short[f"lines.{line.id}"] = f"only {line.open_quantity - prepared} open" + (
                f", {prepared} in a delivery" if prepared else "")
        elif quantity > 0:
            waiting = min(quantity, line.backordered_quantity)
            held = min(quantity - waiting, reserved_quantity(line))
            line, taken = take(line, held) if held else (line, [])
            line = replace(line, backordered_quantity=line.backordered_quantity - waiting,
                           cancelled_quantity=line.cancelled_quantity + quantity)
            released += taken
            cancelled[line.id] = quantity
        lines.append(line)
    if short:
        raise Conflict("not_open", "More is to be cancelled than is open.", short)
    if not cancelled:
        raise Conflict("nothing_to_cancel", "Nothing of this order is open.")
    return replace(order, lines=tuple(lines)), released, cancelled


def state_after(order: Order) -> str:
    """The state that the quantities say: shipped or cancelled when nothing is open, partly shipped in between."""
    shipped = any(line.shipped_quantity > 0 for line in order.lines)
    if not any(line.open_quantity > 0 for line in order.lines):
        return "shipped" if shipped else "cancelled"
    return "partly_shipped" if shipped else order.state
