"""Use cases of pricing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

from chalicelib.catalog import service as catalog
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid, NotFound, Stale
from chalicelib.pricing.applicable import Considered, Price, Question, price_ladder, price_of
from chalicelib.pricing.model import (
    BOOK,
    BOOK_ID,
    MAX_LISTS,
    PRICE_LIST,
    SKU_PRICES,
    PriceBook,
    PriceChanges,
    PriceEntry,
    PriceList,
    PriceListBody,
    SkuEntries,
    SkuPrices,
    check_entries,
    check_price_list,
)
from chalicelib.storage import keys, read, steps
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants import service as tenants

T = TypeVar("T")
MAX_SKUS = 1000
_CHUNK = 40
_ATTEMPTS = 5


def _until_fresh(ctx: Context, attempt: Callable[[], T]) -> T:
    """Repeats what met somebody else's change of the shared book or of a SKU's prices."""
    for n in range(_ATTEMPTS):
        try:
            return attempt()
        except Stale:
            ctx.clock.sleep(ctx.chance.uniform() * 2**n / 50)
    raise Conflict("busy", "These prices are being changed by others; try again.")


def _from_body(ctx: Context, price_list: PriceList, body: PriceListBody) -> PriceList:
    return check_price_list(replace(
        price_list, name=body.name.strip(), currency=body.currency or tenants.tenant(ctx).currency,
        prices_include_vat=body.prices_include_vat, channel_ids=body.channel_ids, priority=body.priority,
        valid_from=body.valid_from, valid_to=body.valid_to, is_active=body.is_active, updated_at=ctx.now))


def _into_book(transaction: Transaction, price_list: PriceList) -> None:
    """The list's header in the book, in the same transaction. Raises Conflict for one too many."""
    ctx = transaction.ctx
    book = read.find(ctx, BOOK, BOOK_ID)
    others = tuple(each for each in book.price_lists if each.id != price_list.id) if book else ()
    if len(others) >= MAX_LISTS:
        raise Conflict("price_lists", f"A company has at most {MAX_LISTS} price lists.")
    new = PriceBook(price_lists=(*others, price_list))
    if book is None:
        transaction.create(BOOK, new, lambda: Stale("price_book"))
    else:
        transaction.save(BOOK, book, new)


def create_price_list(ctx: Context, body: PriceListBody) -> PriceList:
    """A new, empty price list. Raises Invalid, Conflict."""
    price_list = _from_body(ctx, PriceList(id=ctx.new_id("prl"), name="", created_at=ctx.now), body)

    def attempt() -> PriceList:
        transaction = Transaction(ctx)
        created = transaction.create(PRICE_LIST, price_list)
        _into_book(transaction, created)
        transaction.emit("PriceListCreated", "price_list", created.id, 1, {"name": created.name})
        transaction.answers(201, "price_list", created.id, 1)
        transaction.commit()
        return created

    return _until_fresh(ctx, attempt)


def update_price_list(ctx: Context, price_list: PriceList, body: PriceListBody) -> PriceList:
    """Changes a list's header. Raises Invalid, and Stale when the list or the book changed meanwhile."""
    transaction = Transaction(ctx)
    changed = transaction.save(PRICE_LIST, price_list, _from_body(ctx, price_list, body))
    _into_book(transaction, changed)
    transaction.emit("PriceListUpdated", "price_list", changed.id, changed.version, {"name": changed.name})
    transaction.answers(200, "price_list", changed.id, changed.version)
    transaction.commit()
    return changed


def remove_price_list(ctx: Context, price_list: PriceList) -> None:
    """Takes a list away in which no SKU has a price any more; whoever asks has made sure of that. Raises Stale, Conflict."""

    def attempt() -> None:
        transaction = Transaction(ctx)
        book = read.get(ctx, BOOK, BOOK_ID)
        transaction.save(BOOK, book, replace(book, price_lists=tuple(p for p in book.price_lists if p.id != price_list.id)))
        transaction.remove(PRICE_LIST, price_list)
        transaction.emit("PriceListRemoved", "price_list", price_list.id, price_list.version, {"name": price_list.name})
        transaction.commit()

    _until_fresh(ctx, attempt)


def forget_sku(ctx: Context, sku: str) -> None:
    """Takes all prices away of a SKU that is gone."""
    stored = read.find(ctx, SKU_PRICES, sku)
    if stored is None:
        return
    transaction = Transaction(ctx)
    transaction.remove(SKU_PRICES, stored)
    for price_list_id in sorted({entry.price_list_id for entry in stored.entries}):
        transaction.delete(keys.child(ctx, "list_price", price_list_id, sku))
    transaction.commit()


def set_prices(ctx: Context, price_list_id: str, body: PriceChanges) -> Mapping[str, Any]:
    """Gives SKUs their entries in a list; answers how many SKUs changed and how many had them already.

    Up to 1,000 SKUs, in transactions of 40: sent again after an interruption, it goes on, and answers alike. Raises
    NotFound, Invalid.
    """
    steps.begin(ctx)
    price_list = read.get(ctx, PRICE_LIST, price_list_id)
    _check_changes(ctx, body)
    changed = 0
    for start in range(0, len(body.prices), _CHUNK):
        chunk = body.prices[start : start + _CHUNK]
        changed += _until_fresh(ctx, partial(steps.step, ctx, f"prices:{start}", _setting(price_list, chunk)))["changed"]
    return steps.finish(ctx, {"changed": changed, "unchanged": len(body.prices) - changed})


def _setting(price_list: PriceList, chunk: Sequence[SkuEntries]) -> Callable[[Transaction], Mapping[str, Any]]:
    return lambda transaction: {"changed": len(price_writes(transaction, price_list, chunk))}


def _check_changes(ctx: Context, body: PriceChanges) -> None:
    skus = [each.sku for each in body.prices]
    if not 1 <= len(skus) <= MAX_SKUS:
        raise Invalid("skus", f"1 to {MAX_SKUS} SKUs at once.")
    if len(set(skus)) < len(skus):
        raise Invalid("duplicate_sku", "A SKU stands twice.", {"prices": "sku"})
    known = catalog.find_skus(ctx, skus)
    for n, each in enumerate(body.prices):
        if each.sku not in known:
            raise Invalid("unknown_sku", f"There is no SKU {each.sku}.", {f"prices.{n}.sku": "unknown"})
        check_entries(each.sku, each.entries, f"prices.{n}.entries")


def _own(stored: SkuPrices | None, price_list_id: str) -> tuple[PriceEntry, ...]:
    """A SKU's entries in one list."""
    return tuple(entry for entry in stored.entries if entry.price_list_id == price_list_id) if stored else ()


def _entries(price_list_id: str, body: SkuEntries) -> tuple[PriceEntry, ...]:
    """The entries a SKU shall have, in the order they are kept."""
    return tuple(
        PriceEntry(price_list_id=price_list_id, price=each.price, min_quantity=each.min_quantity,
                   valid_from=each.valid_from, valid_to=each.valid_to)
        for each in sorted(body.entries, key=lambda entry: (entry.min_quantity, entry.valid_from or date.min)))


def price_writes(transaction: Transaction, price_list: PriceList, prices: Sequence[SkuEntries],
                 is_trial: bool = False) -> list[str]:
    """Adds the prices of SKUs to a transaction, two writes each, and tells of them; answers those that change. A trial only
    answers."""
    stored = read.get_many(transaction.ctx, SKU_PRICES, [each.sku for each in prices])
    changed = []
    for each in prices:
        old = stored.get(each.sku, SkuPrices(id=each.sku))
        own = _entries(price_list.id, each)
        if own == _own(old, price_list.id):
            continue
        changed.append(each.sku)
        if is_trial:
            continue
        new = replace(old, entries=(*(e for e in old.entries if e.price_list_id != price_list.id), *own))
        if old.version:
            transaction.save(SKU_PRICES, old, new)
        else:
            transaction.create(SKU_PRICES, new, lambda: Stale("price"))
        _list_row(transaction, price_list.id, each.sku, own)
    if changed and not is_trial:
        transaction.emit("PriceListUpdated", "price_list", price_list.id, price_list.version,
                         {"name": price_list.name, "skus": changed})
    return changed


def _list_row(transaction: Transaction, price_list_id: str, sku: str, entries: tuple[PriceEntry, ...]) -> None:
    """What the list itself shows of a SKU: the same entries, found by list."""
    ctx = transaction.ctx
    key = keys.child(ctx, "list_price", price_list_id, sku)
    if entries:
        data = codec.compact({"sku": sku, "entries": [codec.plain(entry) for entry in entries]})
        transaction.put(Item(key, "list_price", ctx.tenant_id, data))
    else:
        transaction.delete(key)


def prices_in_list(ctx: Context, price_list_id: str, after_sku: str = "", limit: int = 100) -> tuple[list[Any], str]:
    """The SKUs of a list with their entries, by SKU, and the SKU to go on after ("" at the end). Raises NotFound."""
    read.get(ctx, PRICE_LIST, price_list_id)
    between = (after_sku + "\x00", "\uffff") if after_sku else None
    found, more = read.collection(ctx, f"LIST_PRICE#{price_list_id}", between=between, limit=limit)
    return [codec.load(item.data) for item in found], found[-1].key.sk if found and more else ""


def price_keys(ctx: Context, skus: Iterable[str]) -> list[Key]:
    """The keys a caller reads, with its own in one round trip, to know the prices of these SKUs."""
    return [keys.document(ctx, BOOK.kind, BOOK_ID), *(keys.document(ctx, SKU_PRICES.kind, sku) for sku in dict.fromkeys(skus))]


def prices_in(
    ctx: Context, stored: Mapping[Key, Item], questions: Iterable[Question]
) -> dict[Question, tuple[Price | None, tuple[Considered, ...]]]:
    """The answers to questions from what was read at `price_keys`."""
    lists = _lists_in(ctx, stored)
    return {question: price_of(lists, _entries_in(ctx, stored, question.sku), question) for question in questions}


def _lists_in(ctx: Context, stored: Mapping[Key, Item]) -> dict[str, PriceList]:
    book = stored.get(keys.document(ctx, BOOK.kind, BOOK_ID))
    return {p.id: p for p in read.document_of(BOOK, book).price_lists} if book else {}


def _entries_in(ctx: Context, stored: Mapping[Key, Item], sku: str) -> tuple[PriceEntry, ...]:
    item = stored.get(keys.document(ctx, SKU_PRICES.kind, sku))
    return read.document_of(SKU_PRICES, item).entries if item else ()


def price_ladders(
    ctx: Context, skus: Iterable[str], *, at: date, currency: str, channel_id: str = "", price_list_id: str = ""
) -> dict[str, tuple[tuple[Decimal, Price], ...]]:
    """What each SKU costs on a business date, from one base unit on and from each larger quantity where that becomes another
    price; a SKU without a price for one is missing. One round trip.

    `price_list_id` is the list a channel is bound to, which then goes before every other.
    """
    skus = list(skus)
    stored = read.items(ctx, price_keys(ctx, skus))
    lists = _lists_in(ctx, stored)
    ladders = {sku: price_ladder(lists, _entries_in(ctx, stored, sku), Question(
        sku=sku, quantity=Decimal(1), at=at, currency=currency, channel_id=channel_id, price_list_id=price_list_id))
        for sku in skus}
    return {sku: ladder for sku, ladder in ladders.items() if ladder}


def ask(ctx: Context, question: Question) -> tuple[Price | None, tuple[Considered, ...], str]:
    """One question's answer with its trace and the SKU's unit. Raises NotFound for an unknown SKU."""
    stored = read.items(ctx, [*price_keys(ctx, [question.sku]), catalog.sku_key(ctx, question.sku)])
    guard = stored.get(catalog.sku_key(ctx, question.sku))
    if guard is None:
        raise NotFound("sku")
    price, considered = prices_in(ctx, stored, [question])[question]
    return price, considered, catalog.facts(question.sku, guard).unit_code
