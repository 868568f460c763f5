"""Use cases of stock: receive, adjust, transfer; and how much of everything there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from chalicelib.catalog import service as catalog
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, DomainError, Invalid, LimitExceeded, NotFound, Stale
from chalicelib.kernel.money import round_amount
from chalicelib.stock import availability, writes
from chalicelib.stock.model import (
    REASONS,
    VALUATION,
    WAREHOUSE,
    ZERO,
    Adjustment,
    Allocation,
    GoodsReceipt,
    StockMove,
    Transfer,
    Valuation,
    Warehouse,
    WarehouseBody,
    check_quantity,
    issue,
    receive,
    unit_cost,
)
from chalicelib.storage import keys, read
from chalicelib.storage.keys import Key
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants import service as tenants

MAX_LINES = 20
_ATTEMPTS = 6


def create_warehouse(ctx: Context, body: WarehouseBody) -> Warehouse:
    """A new warehouse. Raises Invalid, Conflict when its code is taken."""
    transaction = Transaction(ctx)
    warehouse = transaction.create(WAREHOUSE, _warehouse(ctx, Warehouse(id=ctx.new_id("whs"), code="", name="",
                                                                        created_at=ctx.now), body))
    transaction.emit("WarehouseCreated", "warehouse", warehouse.id, 1, {"code": warehouse.code})
    transaction.answers(201, "warehouse", warehouse.id, 1)
    transaction.commit()
    return warehouse


def update_warehouse(ctx: Context, warehouse: Warehouse, body: WarehouseBody) -> Warehouse:
    """Changes a warehouse. Raises Invalid, Conflict, Stale."""
    transaction = Transaction(ctx)
    changed = transaction.save(WAREHOUSE, warehouse, _warehouse(ctx, warehouse, body))
    transaction.emit("WarehouseUpdated", "warehouse", warehouse.id, changed.version, {"code": changed.code})
    transaction.answers(200, "warehouse", warehouse.id, changed.version)
    transaction.commit()
    return changed


def _warehouse(ctx: Context, warehouse: Warehouse, body: WarehouseBody) -> Warehouse:
    if not body.code.strip() or not body.name.strip() or "#" in body.code:
        raise Invalid("warehouse", "A warehouse has a code and a name.", {"code": "required", "name": "required"})
    codes = [location.code for location in body.locations]
    if len(set(codes)) < len(codes) or any(not code or "#" in code for code in codes):
        raise Invalid("locations", "Each location has a code of its own.", {"locations": "code"})
    return replace(warehouse, code=body.code.strip(), name=body.name.strip(), city=body.city,
                   country_code=body.country_code, locations=body.locations, priority=body.priority,
                   is_active=body.is_active, updated_at=ctx.now)


def warehouses(ctx: Context) -> list[Warehouse]:
    """The active warehouses in the order they are asked."""
    rows = read.query(ctx, "by_list", "WAREHOUSE", newest_first=False, limit=100).items
    found = read.get_many(ctx, WAREHOUSE, [row["id"] for row in rows])
    return sorted((w for w in found.values() if w.is_active), key=lambda w: (w.priority, w.id))


def _check_place(ctx: Context, warehouse_id: str, location: str = "") -> Warehouse:
    warehouse = read.get(ctx, WAREHOUSE, warehouse_id)
    if location and location not in [each.code for each in warehouse.locations]:
        raise Invalid("location", f"{warehouse.name} has no location {location}.", {"location": "unknown"})
    return warehouse


def _check_skus(ctx: Context, skus: Sequence[str]) -> None:
    if not 1 <= len(skus) <= MAX_LINES:
        raise LimitExceeded("lines", f"1 to {MAX_LINES} lines at once.")
    if len(set(skus)) < len(skus):
        raise Invalid("duplicate_sku", "A SKU stands on two lines.", {"lines": "sku"})
    known = catalog.find_skus(ctx, skus)
    for n, sku in enumerate(skus):
        if sku not in known:
            raise Invalid("unknown_sku", f"There is no SKU {sku}.", {f"lines.{n}.sku": "unknown"})
        if known[sku].kit:
            raise Invalid("kit", f"{sku} is a kit: its components are stocked.", {f"lines.{n}.sku": "kit"})


def _valuations(ctx: Context, skus: Iterable[str]) -> dict[str, Valuation]:
    skus = list(skus)
    found = read.get_many(ctx, VALUATION, skus)
    return {sku: found.get(sku, Valuation(id=sku)) for sku in skus}


def _save_valuation(tx: Transaction, old: Valuation, new: Valuation) -> None:
    if old.version:
        tx.save(VALUATION, old, new)
    else:
        tx.create(VALUATION, new, lambda: Stale("valuation"))


def receive_goods(ctx: Context, body: GoodsReceipt) -> dict[str, str]:
    """Goods arrive: on hand and available grow, the average cost moves. Answers the receipt's id."""
    _check_skus(ctx, [line.sku for line in body.lines])
    currency = tenants.tenant(ctx).currency
    for n, line in enumerate(body.lines):
        check_quantity(line.quantity, f"lines.{n}.quantity")
        if line.unit_cost < 0:
            raise Invalid("unit_cost", "A cost is not negative.", {f"lines.{n}.unit_cost": "0 or more"})
        _check_place(ctx, body.warehouse_id, line.location)
    receipt_id = ctx.new_id("rec")
    return _until_fresh(ctx, lambda: _receive(ctx, body, receipt_id, currency))


def _receive(ctx: Context, body: GoodsReceipt, receipt_id: str, currency: str) -> dict[str, str]:
    valuations = _valuations(ctx, [line.sku for line in body.lines])
    tx = Transaction(ctx)
    for line in body.lines:
        value = round_amount(line.quantity * line.unit_cost, currency)
        _save_valuation(tx, valuations[line.sku], receive(valuations[line.sku], line.quantity, value))
        _move_in(tx, line.sku, body.warehouse_id, line.location, line.quantity, "receipt", value, receipt_id, body.reference)
    skus = [line.sku for line in body.lines]
    writes.changed(tx, skus)
    tx.emit("GoodsReceived", "warehouse", body.warehouse_id, 0, {"receipt_id": receipt_id, "skus": skus,
                                                                "reference": body.reference})
    tx.answers(201, "goods_receipt", receipt_id, 1)
    tx.commit()
    return {"id": receipt_id}


def _until_fresh(ctx: Context, attempt: object) -> dict[str, str]:
    """Repeats a decision on a valuation that somebody else moved meanwhile."""
    for n in range(_ATTEMPTS):
        try:
            return attempt()  # type: ignore[operator,no-any-return]
        except Stale:
            ctx.clock.sleep(ctx.chance.uniform() * 0.02 * 2**n)
    raise Conflict("busy", "This stock is being changed by others; try again.")


def _move_in(tx: Transaction, sku: str, warehouse_id: str, location: str, quantity: Decimal, reason: str, value: Decimal,
             document_id: str, note: str) -> None:
    """A signed quantity into a warehouse: balance, place and move. Taking out is refused when it is not on hand."""
    at_least = {"on_hand": -quantity} if quantity < 0 else {}
    tx.add(writes.balance_key(tx.ctx, sku, warehouse_id), "balance", {"on_hand": quantity, "available": quantity},
           at_least, lambda: _not_on_hand(sku))
    tx.add(writes.place_key(tx.ctx, sku, warehouse_id, location), "place", {"on_hand": quantity},
           at_least, lambda: _not_on_hand(sku))
    writes.move(tx, StockMove(
        id=tx.ctx.new_id("mov"), sku=sku, warehouse_id=warehouse_id, location=location, quantity=quantity, reason=reason,
        value=value, document_kind="stock", document_id=document_id, note=note,
        actor=tx.ctx.actor.name or tx.ctx.actor.id, effective_at=tx.ctx.now))


def _not_on_hand(sku: str) -> DomainError:
    return Conflict("not_on_hand", f"There is less of {sku} on hand.", {sku: "not on hand"})


def adjust(ctx: Context, body: Adjustment) -> dict[str, str]:
    """Corrects on hand by a signed change with its reason; never a SET, so that a sale meanwhile is not undone."""
    if body.reason not in REASONS:
        raise Invalid("reason", f"A reason is one of {', '.join(REASONS)}.", {"reason": "unknown"})
    _check_skus(ctx, [line.sku for line in body.lines])
    for n, line in enumerate(body.lines):
        check_quantity(line.change, f"lines.{n}.change", allow_negative=True)
        _check_place(ctx, body.warehouse_id, line.location)
    adjustment_id = ctx.new_id("adj")
    return _until_fresh(ctx, lambda: _adjust(ctx, body, adjustment_id))


def _adjust(ctx: Context, body: Adjustment, adjustment_id: str) -> dict[str, str]:
    currency = tenants.tenant(ctx).currency
    valuations = _valuations(ctx, [line.sku for line in body.lines])
    tx = Transaction(ctx)
    for line in body.lines:
        old = valuations[line.sku]
        if line.change > 0:
            value = round_amount(line.change * (unit_cost(old) or ZERO), currency)
            new = receive(old, line.change, value)
        else:
            new, out = issue(old, -line.change)
            value = -out
        _save_valuation(tx, old, new)
        _move_in(tx, line.sku, body.warehouse_id, line.location, line.change, body.reason, value, adjustment_id, body.note)
    writes.changed(tx, [line.sku for line in body.lines])
    tx.answers(201, "adjustment", adjustment_id, 1)
    tx.commit()
    return {"id": adjustment_id}


def transfer(ctx: Context, body: Transfer) -> dict[str, str]:
    """Carries stock to another warehouse or location; what is reserved where it stands cannot leave."""
    skus = [line.sku for line in body.lines]
    _check_skus(ctx, skus)
    _check_place(ctx, body.from_warehouse_id, body.from_location)
    _check_place(ctx, body.to_warehouse_id, body.to_location)
    here, there = (body.from_warehouse_id, body.from_location), (body.to_warehouse_id, body.to_location)
    if here == there:
        raise Invalid("transfer", "A transfer goes somewhere else.", {"to_location": "same place"})
    transfer_id = ctx.new_id("trf")
    tx = Transaction(ctx)
    for n, line in enumerate(body.lines):
        quantity = check_quantity(line.quantity, f"lines.{n}.quantity")
        if body.from_warehouse_id != body.to_warehouse_id:
            tx.add(writes.balance_key(ctx, line.sku, body.from_warehouse_id), "balance",
                   {"on_hand": -quantity, "available": -quantity}, {"on_hand": quantity, "available": quantity},
                   lambda sku=line.sku: _not_on_hand(sku))  # type: ignore[misc]
            tx.add(writes.balance_key(ctx, line.sku, body.to_warehouse_id), "balance",
                   {"on_hand": quantity, "available": quantity}, {}, lambda sku=line.sku: _not_on_hand(sku))  # type: ignore[misc]
        for (warehouse_id, location), sign in ((here, -1), (there, 1)):
            at_least = {"on_hand": quantity} if sign < 0 else {}
            tx.add(writes.place_key(ctx, line.sku, warehouse_id, location), "place", {"on_hand": sign * quantity}, at_least,
                   lambda sku=line.sku: _not_on_hand(sku))  # type: ignore[misc]
            writes.move(tx, StockMove(
                id=ctx.new_id("mov"), sku=line.sku, warehouse_id=warehouse_id, location=location, quantity=sign * quantity,
                reason="transfer", document_kind="stock", document_id=transfer_id, note=body.note,
                actor=ctx.actor.name or ctx.actor.id, effective_at=ctx.now))
    writes.changed(tx, skus)
    tx.emit("TransferCreated", "warehouse", body.to_warehouse_id, 0, {"transfer_id": transfer_id, "skus": skus})
    tx.answers(201, "transfer", transfer_id, 1)
    tx.commit()
    return {"id": transfer_id}


def ship_writes(tx: Transaction, allocations: Sequence[Allocation], order_id: str, number: str) -> None:
    """Adds everything a shipment does to stock to the caller's transaction: moves, balances, value out."""
    skus = sorted({each.sku for each in allocations})
    valuations = _valuations(tx.ctx, skus)
    after = dict(valuations)
    values: dict[writes.Place, Decimal] = {}
    for each in allocations:
        place = (each.sku, each.warehouse_id)
        after[each.sku], out = issue(after[each.sku], each.quantity)
        values[place] = values.get(place, ZERO) + out
    for sku in skus:
        if valuations[sku].version:
            _save_valuation(tx, valuations[sku], after[sku])
    writes.ship(tx, allocations, order_id, values, number)


def balances_of(ctx: Context, skus: Iterable[str], warehouse_ids: Iterable[str]) -> dict[str, dict[str, Mapping[str, Decimal]]]:
    """The numbers of each SKU by warehouse, consistent; a warehouse without any is missing."""
    wanted: dict[Key, tuple[str, str]] = {}
    warehouse_ids = list(warehouse_ids)
    for sku in dict.fromkeys(skus):
        for warehouse_id in warehouse_ids:
            wanted[writes.balance_key(ctx, sku, warehouse_id)] = (sku, warehouse_id)
    found: dict[str, dict[str, Mapping[str, Decimal]]] = {sku: {} for sku, _ in wanted.values()}
    for key, numbers in read.balances(ctx, wanted).items():
        sku, warehouse_id = wanted[key]
        found[sku][warehouse_id] = numbers
    return found


def available_for(
    ctx: Context, skus: Iterable[str], warehouse_ids: Sequence[str], safety_buffer: Decimal = ZERO
) -> dict[str, Decimal]:
    """What a channel that sells from these warehouses may show of each SKU: kits computed, buffer taken off.

    Raises NotFound for an unknown SKU.
    """
    skus = list(skus)
    facts = catalog.find_skus(ctx, skus)
    parts = {c.sku for fact in facts.values() for c in fact.kit}
    numbers = balances_of(ctx, {*skus, *parts}, warehouse_ids)
    plain = {sku: sum((n.get("available", ZERO) for n in by.values()), ZERO) for sku, by in numbers.items()}
    shown = {}
    for sku in skus:
        if sku not in facts:
            raise NotFound("sku")
        kit = [(c.sku, c.quantity) for c in facts[sku].kit]
        available = availability.kit_available(kit, plain) if kit else plain.get(sku, ZERO)
        shown[sku] = availability.shown_on_channel(available, safety_buffer)
    return shown


def kits_containing(ctx: Context, skus: Iterable[str]) -> set[str]:
    """The kits whose availability these SKUs decide."""
    found: set[str] = set()
    for sku in skus:
        stored, _ = read.collection(ctx, f"KITS_OF#{sku}", consistent=False)
        found |= {item.key.sk for item in stored}
    return found


def kit_key(ctx: Context, component: str, kit: str) -> Key:
    return keys.child(ctx, "kits_of", component, kit)
