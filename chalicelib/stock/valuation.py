"""Weighted average cost that conserves value: what came in is what went out plus what is there, to the cent, always.

IAS 2 §25-27: after each receipt the average is total value ÷ quantity. A unit cost is never stored and multiplied back:
an issue takes the exact proportion of the value that is there, rounded to the cent, and the last unit takes the rest.
"""

from __future__ import annotations

from decimal import Decimal

from chalicelib.kernel.documents import Document
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.money import ZERO, round_amount
from chalicelib.kernel.shapes import entity


@entity
class Valuation:
    """What a SKU's stock is worth, over all warehouses: `value` is an amount of the company's currency."""

    id: str
    quantity: Decimal = ZERO
    value: Decimal = ZERO
    last_unit_cost: Decimal = ZERO
    version: int = 0

    @property
    def unit_cost(self) -> Decimal:
        """The weighted average cost of one unit; the last one known when there is no stock."""
        return self.value / self.quantity if self.quantity > 0 else self.last_unit_cost


VALUATION = Document(kind="valuation", prefix="val", model=Valuation, summary=lambda v: {}, is_derived=True)


def receive(before: Valuation, quantity: Decimal, unit_cost: Decimal, currency: str) -> tuple[Valuation, Decimal]:
    """The valuation after `quantity` came at `unit_cost`, and the value that came."""
    value = round_amount(quantity * unit_cost, currency)
    return _after(before, before.quantity + quantity, before.value + value, unit_cost), value


def issue(before: Valuation, quantity: Decimal, currency: str) -> tuple[Valuation, Decimal]:
    """The valuation after `quantity` left, and the value that left. Raises Conflict when there is not that much."""
    if quantity > before.quantity:
        raise Conflict("stock_short", f"Only {before.quantity} of {before.id} are there to issue.")
    left = before.quantity - quantity
    value = before.value if left == 0 else round_amount(before.value * quantity / before.quantity, currency)
    return _after(before, left, before.value - value, before.unit_cost), value


def _after(before: Valuation, quantity: Decimal, value: Decimal, unit_cost: Decimal) -> Valuation:
    return Valuation(id=before.id, quantity=quantity, value=value, last_unit_cost=unit_cost, version=before.version)
