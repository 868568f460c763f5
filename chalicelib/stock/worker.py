"""The `stock` queue: list rows follow the balances, rows of who holds what the orders, and components know their kits."""

from __future__ import annotations

from chalicelib.kernel.context import Context
from chalicelib.kernel.event import Event
from chalicelib.stock import balances, levels


def stock_changed(ctx: Context, event: Event) -> None:
    """Brings the list rows of the SKUs up to date."""
    levels.refresh(ctx, event.data["skus"])


def reservations_changed(ctx: Context, event: Event) -> None:
    """Brings the rows of who holds what up to the order."""
    balances.follow(ctx, event.entity_id, event.version, str(event.data["number"]), event.data["held"])


def variant_changed(ctx: Context, event: Event) -> None:
    """Notes the kit under its components, and gives the article its row."""
    sku = levels.index_kit(ctx, event.entity_id)
    if sku is not None:
        levels.refresh(ctx, [sku])


HANDLERS = {"StockChanged": stock_changed, "ReservationsChanged": reservations_changed, "VariantCreated": variant_changed,
            "VariantUpdated": variant_changed}
