"""Pure arithmetic of what can be sold: plain articles from their balances, kits from their components."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal

from chalicelib.kernel.money import ZERO
from chalicelib.stock.model import Balance

Components = Sequence[tuple[str, Decimal]]
"""What one kit holds: (SKU, quantity of it)."""


def whole(available: Decimal, each: Decimal) -> Decimal:
    """How many times `each` fits, as a whole number, rounded toward −∞: over-reserved by half a kit is one kit short."""
    count = (available / each).to_integral_value(rounding=ROUND_FLOOR)
    return count - 1 if count * each > available else count


def kit_available(components: Components, available: Mapping[str, Decimal]) -> Decimal:
    """Kits that the components allow: min over components of floor(available ÷ quantity); below zero when a component is
    promised beyond what is there. A component without stock counts as zero."""
    return min(whole(available.get(sku, ZERO), quantity) for sku, quantity in components)


def total_available(balances: Iterable[Balance], warehouse_ids: Sequence[str] = ()) -> Decimal:
    """Available over the named warehouses, or over all when none is named."""
    return sum((b.available for b in balances if not warehouse_ids or b.place.warehouse_id in warehouse_ids), ZERO)


def needs(quantities: Mapping[str, Decimal], kits: Mapping[str, Components]) -> dict[str, Decimal]:
    """What a mix of plain articles and kits takes of each stocked SKU; kits that share components add up."""
    found: dict[str, Decimal] = {}
    for sku, quantity in quantities.items():
        for part, each in kits.get(sku) or ((sku, Decimal(1)),):
            found[part] = found.get(part, ZERO) + each * quantity
    return found


def expand(skus: Iterable[str], kits: Mapping[str, Components]) -> set[str]:
    """The stocked SKUs behind these SKUs."""
    return {part for sku in skus for part, _ in (kits.get(sku) or ((sku, Decimal(1)),))}


def sellable(
    skus: Iterable[str], kits: Mapping[str, Components], available: Mapping[str, Decimal], buffer: Decimal = ZERO
) -> dict[str, Decimal]:
    """What a channel may show of each SKU: available, or what a kit's components allow, less the safety buffer."""
    return {sku: (kit_available(kits[sku], available) if kits.get(sku) else available.get(sku, ZERO)) - buffer
            for sku in skus}
