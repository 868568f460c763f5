"""Why there are 7: the inputs, the steps and the documents behind an available quantity; and the rows of the list."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from chalicelib.catalog import service as catalog
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import NotFound
from chalicelib.stock import availability, service
from chalicelib.stock.model import VALUATION, ZERO, StockMove, Warehouse, add_up, unit_cost
from chalicelib.storage import read


def reservations(ctx: Context, sku: str) -> list[Mapping[str, Any]]:
    """Which orders hold how much of a SKU, where."""
    found, _ = read.collection(ctx, f"STOCK#{sku}", begins="RESERVATION#")
    return [codec.load(item.data) for item in found]


def moves(ctx: Context, sku: str, limit: int = 100) -> list[StockMove]:
    """The SKU's last moves, newest first."""
    found, _ = read.collection(ctx, f"MOVES#{sku}", newest_first=True, limit=limit)
    return [codec.adapter(StockMove).validate_json(item.data) for item in found]


def places(ctx: Context, sku: str) -> list[dict[str, Any]]:
    """What stands in each location."""
    shown = []
    for wire in read.wires(ctx, f"STOCK#{sku}", ("PLACE#", "PLACE#\uffff")):
        _, warehouse_id, location = wire["sk"]["S"].split("#", 2)
        quantity = Decimal(wire.get("on_hand", {"N": "0"})["N"])
        if quantity:
            shown.append({"warehouse_id": warehouse_id, "location": location, "on_hand": quantity})
    return shown


def level(ctx: Context, sku: str) -> dict[str, Any]:
    """Everything about a SKU's stock: numbers, by warehouse, reservations, moves, value."""
    fact = catalog.find_skus(ctx, [sku]).get(sku)
    if fact is None:
        raise NotFound("sku")
    places_of = service.warehouses(ctx)
    by_warehouse = service.balances_of(ctx, [sku], [w.id for w in places_of]).get(sku, {})
    shown: dict[str, Any] = {
        "id": sku, "sku": sku, "name": fact.name, "unit_code": fact.unit_code, **add_up(by_warehouse),
        "warehouses": [{"warehouse_id": w.id, "name": w.name, **add_up({"": by_warehouse.get(w.id, {})})} for w in places_of],
        "places": places(ctx, sku), "reservations": reservations(ctx, sku),
        "moves": [codec.plain(each) for each in moves(ctx, sku)],
        "kit": [{"sku": c.sku, "quantity": c.quantity} for c in fact.kit],
    }
    if fact.kit:
        shown["available"] = _kit_available(ctx, fact.kit, places_of)
    if ctx.allows("costs.read"):
        valuation = read.find(ctx, VALUATION, sku)
        cost = unit_cost(valuation) if valuation else None
        shown["value"] = valuation.value if valuation else ZERO
        shown["unit_cost"] = cost.quantize(Decimal("0.0001")) if cost is not None else None
    return codec.plain(shown, dict[str, Any])  # type: ignore[no-any-return]


def _kit_available(ctx: Context, kit: Any, places_of: list[Warehouse]) -> Decimal:
    numbers = service.balances_of(ctx, [c.sku for c in kit], [w.id for w in places_of])
    plain = {sku: sum((n.get("available", ZERO) for n in by.values()), ZERO) for sku, by in numbers.items()}
    return availability.kit_available([(c.sku, c.quantity) for c in kit], plain)


def explain(ctx: Context, sku: str, warehouse_ids: list[str], safety_buffer: Decimal) -> dict[str, Any]:
    """The answer to "why are there this many?", in the shape every explanation has."""
    fact = catalog.find_skus(ctx, [sku]).get(sku)
    if fact is None:
        raise NotFound("sku")
    chosen = [w for w in service.warehouses(ctx) if not warehouse_ids or w.id in warehouse_ids]
    if fact.kit:
        return _explain_kit(ctx, sku, fact.kit, chosen, safety_buffer)
    by_warehouse = service.balances_of(ctx, [sku], [w.id for w in chosen]).get(sku, {})
    sums = add_up(by_warehouse)
    held = [r for r in reservations(ctx, sku) if r["warehouse_id"] in {w.id for w in chosen}]
    inputs = [{"label": f"on_hand · {w.name}", "value": str(by_warehouse.get(w.id, {}).get("on_hand", ZERO)),
               "unit": fact.unit_code} for w in chosen]
    inputs += [{"label": f"reserved · {r['number']}", "value": f"-{r['quantity']}", "unit": fact.unit_code,
                "link": f"/orders/{r['order_id']}"} for r in held]
    shown = sums["available"]
    steps = [{"label": "on_hand", "value": str(sums["on_hand"])}, {"label": "reserved", "value": f"-{sums['reserved']}"},
             {"label": "available", "value": str(sums["available"])}]
    if safety_buffer:
        shown = availability.shown_on_channel(sums["available"], safety_buffer)
        steps += [{"label": "safety_buffer", "value": f"-{safety_buffer}"}, {"label": "shown", "value": str(shown)}]
    return {"value": str(shown), "unit": fact.unit_code, "formula": "available = on_hand - reserved", "inputs": inputs,
            "steps": steps}


def _explain_kit(ctx: Context, sku: str, kit: Any, chosen: list[Warehouse], safety_buffer: Decimal) -> dict[str, Any]:
    numbers = service.balances_of(ctx, [c.sku for c in kit], [w.id for w in chosen])
    plain = {part: sum((n.get("available", ZERO) for n in by.values()), ZERO) for part, by in numbers.items()}
    inputs = [{"label": f"{c.sku} × {c.quantity}", "value": str(plain.get(c.sku, ZERO)), "unit": "C62",
               "link": f"/stock/{c.sku}"} for c in kit]
    steps = [{"label": f"{c.sku}: {plain.get(c.sku, ZERO)} ÷ {c.quantity}",
              "value": str(availability.kit_available([(c.sku, c.quantity)], plain))} for c in kit]
    available = availability.kit_available([(c.sku, c.quantity) for c in kit], plain)
    shown = availability.shown_on_channel(available, safety_buffer) if safety_buffer else available
    return {"value": str(shown), "unit": "C62", "formula": "available = min(floor(component ÷ quantity))", "inputs": inputs,
            "steps": [*steps, {"label": "available", "value": str(available)}]}
