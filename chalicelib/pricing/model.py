"""Shapes of prices."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from chalicelib.kernel.documents import Document
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.shapes import Row, command, entity
from chalicelib.kernel.tax import UNIT_PRICE_QUANTUM

BOOK_ID = "book"
MAX_LISTS = 100
MAX_ENTRIES = 50
MAX_PRICE = Decimal(10) ** 9
ONE = Decimal(1)


@entity
class PriceList:
    """Prices for the channels named, or for all when none is. Of two lists that fit, the one with more `priority` wins.

    `valid_from` and `valid_to` are business dates of the tenant, both included. `prices_include_vat` anchors the list:
    with it, what is written is what the customer pays; without it, VAT comes on top.
    """

    id: str
    name: str
    currency: str = "EUR"
    prices_include_vat: bool = True
    channel_ids: tuple[str, ...] = ()
    priority: int = 0
    valid_from: date | None = None
    valid_to: date | None = None
    is_active: bool = True
    created_at: datetime | None = None
    updated_at: datetime | None = None
    version: int = 0


@command
class PriceListBody:
    """What a person can say of a price list; without a currency it has the tenant's."""

    name: str
    currency: str = ""
    prices_include_vat: bool = True
    channel_ids: tuple[str, ...] = ()
    priority: int = 0
    valid_from: date | None = None
    valid_to: date | None = None
    is_active: bool = True


@entity
class PriceBook:
    """The headers of all price lists, in one item."""

    id: str = BOOK_ID
    price_lists: tuple[PriceList, ...] = ()
    version: int = 0


@entity
class PriceEntry:
    """`price` of one base unit from `min_quantity` on, in one list, between two dates (both included)."""

    price_list_id: str
    price: Decimal
    min_quantity: Decimal = ONE
    valid_from: date | None = None
    valid_to: date | None = None


@entity
class SkuPrices:
    """All prices of one SKU, in every list; `id` is the SKU."""

    id: str
    entries: tuple[PriceEntry, ...] = ()
    version: int = 0


@command
class EntryBody:
    price: Decimal
    min_quantity: Decimal = ONE
    valid_from: date | None = None
    valid_to: date | None = None


@command
class SkuEntries:
    """The entries a SKU shall have in the list, instead of those it has; none removes it from the list."""

    sku: str
    entries: tuple[EntryBody, ...]


@command
class PriceChanges:
    prices: tuple[SkuEntries, ...]


@entity
class PriceListRow(Row):
    name: str
    currency: str
    prices_include_vat: bool
    priority: int
    channel_count: int
    is_active: bool
    valid_from: str
    valid_to: str


@entity
class ListedPrices:
    """A SKU of a list with its entries."""

    sku: str
    entries: tuple[PriceEntry, ...]


@entity
class PricesSet:
    """How many SKUs changed, and how many had these prices already."""

    changed: int
    unchanged: int


PRICE_LIST = Document(
    kind="price_list", prefix="prl", model=PriceList,
    summary=lambda p: {"name": p.name[:80], "currency": p.currency, "prices_include_vat": p.prices_include_vat,
                       "priority": p.priority, "channel_count": len(p.channel_ids), "is_active": p.is_active,
                       "valid_from": p.valid_from.isoformat() if p.valid_from else "",
                       "valid_to": p.valid_to.isoformat() if p.valid_to else ""},
    by_list=lambda p: ("PRICE_LIST", f"{p.name.lower()[:60]}#{p.id}"))
BOOK = Document(kind="price_book", prefix="", model=PriceBook, summary=lambda _: {}, is_derived=True)
SKU_PRICES = Document(kind="sku_price", prefix="", model=SkuPrices, summary=lambda _: {})


def check_dates(valid_from: date | None, valid_to: date | None, path: str = "valid_to") -> None:
    """Raises Invalid when a period ends before it begins."""
    if valid_from and valid_to and valid_to < valid_from:
        raise Invalid("dates", "A period ends on or after the day it begins.", {path: "before valid_from"})


def check_price_list(price_list: PriceList) -> PriceList:
    """The list itself. Raises Invalid."""
    if not 1 <= len(price_list.name.strip()) <= 120:
        raise Invalid("name", "A price list has a name of at most 120 characters.", {"name": "1 to 120 characters"})
    if len(price_list.currency) != 3 or not price_list.currency.isalpha() or not price_list.currency.isupper():
        raise Invalid("currency", "Currencies are codes of ISO 4217, such as EUR.", {"currency": "three capitals"})
    if not -1000 <= price_list.priority <= 1000:
        raise Invalid("priority", "A priority is from -1000 to 1000.", {"priority": "range"})
    if len(price_list.channel_ids) > MAX_LISTS or any(len(channel_id) > 60 for channel_id in price_list.channel_ids):
        raise Invalid("channels", "A list names at most 100 channels.", {"channel_ids": "too many"})
    check_dates(price_list.valid_from, price_list.valid_to)
    return price_list


def check_entries(sku: str, entries: tuple[EntryBody, ...], path: str) -> None:
    """Raises Invalid for a price or quantity out of range, and for two entries that begin alike."""
    if len(entries) > MAX_ENTRIES:
        raise Invalid("entries", f"{sku} has more than {MAX_ENTRIES} prices in one list.", {path: "too many"})
    seen = set()
    for n, entry in enumerate(entries):
        where = f"{path}.{n}"
        if not 0 <= entry.price <= MAX_PRICE or entry.price != entry.price.quantize(UNIT_PRICE_QUANTUM):
            raise Invalid("price", f"The price of {sku} is 0 or more, with at most six decimals.", {f"{where}.price": "range"})
        if not 0 < entry.min_quantity <= MAX_PRICE:
            raise Invalid("min_quantity", "A quantity break is above 0.", {f"{where}.min_quantity": "range"})
        check_dates(entry.valid_from, entry.valid_to, f"{where}.valid_to")
        start = (entry.min_quantity, entry.valid_from)
        if start in seen:
            raise Invalid("duplicate_entry", f"{sku} has two prices for the same quantity and first day.", {where: "duplicate"})
        seen.add(start)
