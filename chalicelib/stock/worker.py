"""The `stock` queue: keeps the rows of the stock list and which kits contain a SKU."""

from __future__ import annotations

from decimal import Decimal

from chalicelib.catalog import service as catalog
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.event import Event
from chalicelib.stock import service
from chalicelib.stock.model import ZERO, add_up
from chalicelib.storage import keys, read, write
from chalicelib.storage.table import Item


def keep_rows(ctx: Context, event: Event) -> None:
    """The list's row of each changed SKU, from its balances as they stand now."""
    skus = list(event.data["skus"])
    facts = catalog.find_skus(ctx, skus)
    numbers = service.balances_of(ctx, skus, [w.id for w in service.warehouses(ctx)])
    write.many(ctx, [_row(ctx, sku, facts[sku].name, add_up(numbers.get(sku, {}))) for sku in skus if sku in facts])


def _row(ctx: Context, sku: str, name: str, sums: dict[str, Decimal]) -> Item:
    state = "out" if sums["available"] <= ZERO else "low" if sums["available"] <= 10 else "ok"
    summary = {"sku": sku, "name": name[:80], "state": state, **{n: str(v) for n, v in sums.items()}}
    index = keys.index(ctx, ("STOCK_LEVEL", sku))
    due = keys.index(ctx, ("DUE#low_stock", sku)) if state != "ok" else None
    places = {name: place for name, place in (("by_list", index), ("by_due", due)) if place}
    return Item(keys.document(ctx, "stock_level", sku), "stock_level", ctx.tenant_id, codec.compact({"sku": sku}),
                summary=codec.compact(summary), indexes=places)


def keep_kits(ctx: Context, event: Event) -> None:
    """Which kits a component is in, after a variant was made or changed."""
    kit = str(event.data["sku"])
    now = {str(part) for part, _ in event.data.get("kit", ())}
    own = keys.child(ctx, "kit_parts", kit, keys.ALONE)
    stored = read.item(ctx, own)
    before = set(codec.load(stored.data)["parts"]) if stored else set()
    if now == before:
        return
    puts = [Item(service.kit_key(ctx, part, kit), "kit_of", ctx.tenant_id, "{}") for part in sorted(now)]
    puts.append(Item(own, "kit_parts", ctx.tenant_id, codec.compact({"parts": sorted(now)})))
    write.many(ctx, puts, [service.kit_key(ctx, part, kit) for part in sorted(before - now)])


HANDLERS = {"StockChanged": keep_rows, "VariantCreated": keep_kits, "VariantUpdated": keep_kits}
