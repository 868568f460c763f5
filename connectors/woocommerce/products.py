"""WooCommerce's catalogue, and what goes into and comes out of its batch calls. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from connectors.contract import (
    ChannelProduct,
    MappingProblem,
    PriceUpdate,
    PushOutcome,
    PushResult,
    StockLevel,
)
from connectors.reading import (
    Raw,
    Unreadable,
    entries,
    identifier,
    optional_decimal,
    optional_utc,
    plain_text,
    text,
)

PRODUCT_FIELDS = (
    "id,type,sku,global_unique_id,name,status,price,regular_price,sale_price,manage_stock,stock_quantity,tax_status,"
    "tax_class,weight,attributes,date_modified_gmt,variations"
)
STOCK_FIELDS = "id,manage_stock,stock_quantity"
WITH_VARIANTS = frozenset({"variable", "variable-subscription"})
WITHOUT_STOCK = frozenset({"grouped", "external"})

PushItem = StockLevel | PriceUpdate


@dataclass(frozen=True, slots=True)
class Batch:
    """Items of one batch call, with their places in the caller's list. `path` is under the API's root."""

    path: str
    places: tuple[int, ...]
    items: tuple[PushItem, ...]

    def halves(self) -> tuple[Batch, Batch]:
        """The same work as two calls, for shops that take fewer items than WooCommerce's own 100."""
        middle = len(self.items) // 2
        return (
            Batch(self.path, self.places[:middle], self.items[:middle]),
            Batch(self.path, self.places[middle:], self.items[middle:]),
        )


def collection(parent_external_id: str | None) -> str:
    """Path of the collection an item lives in: variations are only reached under their product."""
    return f"products/{parent_external_id}/variations" if parent_external_id else "products"


def batches(items: Sequence[PushItem], size: int) -> Iterator[Batch]:
    """`items` grouped by collection, in calls of at most `size`; those the shop cannot have are left out."""
    grouped: dict[str, list[int]] = {}
    for place, item in enumerate(items):
        if is_number(item):
            grouped.setdefault(collection(item.parent_external_id), []).append(place)
    for path, places in grouped.items():
        for start in range(0, len(places), size):
            chosen = tuple(places[start : start + size])
            yield Batch(path, chosen, tuple(items[place] for place in chosen))


def is_number(item: PushItem) -> bool:
    """Whether the ids are numbers, as all of WooCommerce's are; anything else must not reach an address or a batch."""
    return all(text.isascii() and text.isdecimal() and len(text) < 20
               for text in (item.external_id, item.parent_external_id or "0"))


def whole_quantity(quantity: Decimal) -> int:
    """Rounded down to whole pieces: WooCommerce refuses 2.5, and nothing must be sold that is not there."""
    return int(quantity.to_integral_value(ROUND_FLOOR))


def update_body(item: PushItem) -> dict[str, Any]:
    """One member of a batch.

    A price is text with a point: a number is refused, and "12,95" would become 1295.
    """
    number = int(item.external_id)
    if isinstance(item, StockLevel):
        return {"id": number, "stock_quantity": whole_quantity(item.quantity)}
    return {"id": number, "regular_price": format(item.price, "f")}


def push_results(batch: Batch, answer: Any) -> list[PushResult]:
    """What became of each item of `batch`, from the 200 that may hold errors. Raises Unreadable."""
    members = [entry for _path, entry in entries(answer if isinstance(answer, dict) else {}, "update")]
    if len(members) != len(batch.items):
        raise Unreadable("batch_answer_incomplete", "update", "the shop did not answer for every item")
    return [_push_result(item, member) for item, member in zip(batch.items, members, strict=True)]


def _push_result(item: PushItem, member: Raw) -> PushResult:
    error = member.get("error")
    if isinstance(error, dict):
        return refused(item, text(error, "code"), plain_text(error, "message"))
    if text(member, "id") != item.external_id:
        raise Unreadable("batch_answer_disordered", "update", "the shop answered for another item")
    return stock_result(item, member) if isinstance(item, StockLevel) else _price_result(item, member)


def refused(item: PushItem, code: str, message: str) -> PushResult:
    """Result of an item that the shop refused with `code`."""
    outcome = PushOutcome.MISSING if code.endswith("_invalid_id") else PushOutcome.REJECTED
    return PushResult(item.external_id, outcome, code, message, None, item.parent_external_id)


def stock_result(item: StockLevel, shown: Raw) -> PushResult:
    """Compare what the shop shows with `item`: unless stock is managed, it drops quantities in silence."""
    quantity = optional_decimal(shown, "stock_quantity")
    managed = shown.get("manage_stock")

    def result(outcome: PushOutcome, code: str = "", message: str = "") -> PushResult:
        return PushResult(item.external_id, outcome, code, message, quantity, item.parent_external_id)

    if managed == "parent":
        message = "the quantity is kept on the parent product"
        return result(PushOutcome.NOT_MANAGED, "stock_managed_by_parent", message)
    if managed is not True:
        return result(
            PushOutcome.NOT_MANAGED, "stock_not_managed", "the shop does not manage stock for this item"
        )
    if quantity != whole_quantity(item.quantity):
        return result(PushOutcome.REJECTED, "shown_differs", "the shop shows another quantity")
    return result(PushOutcome.APPLIED)


def _price_result(item: PriceUpdate, shown: Raw) -> PushResult:
    price = optional_decimal(shown, "regular_price")
    same = price == item.price
    outcome = PushOutcome.APPLIED if same else PushOutcome.REJECTED
    code, message = ("", "") if same else ("shown_differs", "the shop shows another price")
    return PushResult(item.external_id, outcome, code, message, price, item.parent_external_id)


def map_product(raw: Raw, parent: ChannelProduct | None = None) -> ChannelProduct | MappingProblem:
    """Read a product, or with `parent` one of its variations."""
    try:
        return _product(raw, parent)
    except Unreadable as unreadable:
        known = raw.get("id")
        return unreadable.problem(str(known) if isinstance(known, int | str) and known else "")


def _product(raw: Raw, parent: ChannelProduct | None) -> ChannelProduct:
    managed = raw.get("manage_stock")
    if managed not in (True, False, "parent"):
        raise Unreadable("boolean_expected", "manage_stock", 'true, false or "parent" was expected')
    name = plain_text(raw, "name")
    tax_class = text(raw, "tax_class")
    kind = text(raw, "type") or ("variation" if parent else "simple")
    return ChannelProduct(
        external_id=identifier(raw, "id"),
        parent_external_id=parent.external_id if parent else None,
        kind=kind,
        sku=text(raw, "sku"),
        gtin=text(raw, "global_unique_id"),
        name=f"{parent.name} - {name}" if parent and name else (name or (parent.name if parent else "")),
        status=text(raw, "status"),
        price=optional_decimal(raw, "price"),
        regular_price=optional_decimal(raw, "regular_price"),
        sale_price=optional_decimal(raw, "sale_price"),
        manage_stock=managed is not False,
        stock_managed_by_parent=managed == "parent",
        quantity=optional_decimal(raw, "stock_quantity"),
        taxable=text(raw, "tax_status") == "taxable",
        tax_class=parent.tax_class if parent and tax_class == "parent" else tax_class,
        weight=optional_decimal(raw, "weight"),
        attributes=_attributes(raw),
        updated_at=optional_utc(raw, "date_modified_gmt"),
        has_variants=kind in WITH_VARIANTS,
        has_stock=kind not in WITHOUT_STOCK,
    )


def _attributes(raw: Raw) -> tuple[tuple[str, str], ...]:
    """Axes and values: one `option` on a variation, all `options` on the product."""
    found = []
    for path, entry in entries(raw, "attributes"):
        options = entry.get("options")
        values = (
            [str(option) for option in options]
            if isinstance(options, list)
            else [text(entry, "option", path)]
        )
        found += [(plain_text(entry, "name", path), value) for value in values]
    return tuple(found)
