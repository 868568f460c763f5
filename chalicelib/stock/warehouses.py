"""Warehouses: the sites, and the one item in which an order finds them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import DomainError, Invalid, Stale
from chalicelib.kernel.text import is_line
from chalicelib.stock.model import DIRECTORY, WAREHOUSE, Warehouse, WarehouseBody, WarehouseDirectory
from chalicelib.storage import keys, read
from chalicelib.storage.client import back_off
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Refused, Transaction

T = TypeVar("T")
ATTEMPTS = 8
ALL = "all"
RACED = frozenset({"stale_version", "valuation_raced"})


def retrying(
    ctx: Context, decide: Callable[[], T], raced: frozenset[str] = RACED, given: frozenset[str] = frozenset()
) -> T:
    """Runs read-decide-write again while somebody else's write came in between, after a wait with full jitter; the last
    refusal is raised. Documents of the kinds `given` are not read by `decide`: when one of them is stale, so it stays."""
    for attempt in range(ATTEMPTS):
        try:
            return decide()
        except (DomainError, Refused) as error:
            errors = error.errors if isinstance(error, Refused) else [error]
            is_in_vain = any(isinstance(each, Stale) and each.kind in given for each in errors)
            if is_in_vain or attempt == ATTEMPTS - 1 or not all(each.code in raced for each in errors) \
                    or not back_off(ctx, attempt):
                raise
    raise AssertionError("unreachable")


def directory_key(ctx: Context) -> Key:
    """Where the directory of warehouses stands, for a caller that reads it with other keys in one round trip."""
    return keys.document(ctx, DIRECTORY.kind, ALL)


def directory_in(stored: Item | None) -> WarehouseDirectory:
    """The directory in the item at `directory_key`; empty before the first warehouse."""
    return read.document_of(DIRECTORY, stored) if stored else WarehouseDirectory(id=ALL)


def directory(ctx: Context) -> WarehouseDirectory:
    """The tenant's warehouses."""
    return directory_in(read.item(ctx, directory_key(ctx)))


def _save_directory(tx: Transaction, warehouse: Warehouse) -> None:
    before = directory(tx.ctx)
    after = before.with_warehouse(warehouse)
    if before.version == 0:
        tx.create(DIRECTORY, after, lambda: Stale(DIRECTORY.kind))
    else:
        tx.save(DIRECTORY, before, after)


def _with_body(warehouse: Warehouse, body: WarehouseBody) -> Warehouse:
    texts = (body.code, *body.locations)
    if not body.code.strip() or any(
            "#" in text or not text.strip() or len(text) > 30 or not is_line(text) for text in texts):
        raise Invalid("warehouse_code", "Codes of warehouses and locations have 1 to 30 characters and no #.",
                      {"code": "1 to 30 characters, no #"})
    if not body.name.strip() or not is_line(body.name):
        raise Invalid("name", "A warehouse has a name of one line.", {"name": "one line"})
    if max(len(body.name), len(body.address)) > 300 or len(body.locations) > 1000 or abs(body.priority) >= 10**6:
        raise Invalid("warehouse", "Name and address have at most 300 characters.", {"name": "too long"})
    if len(set(body.locations)) < len(body.locations):
        raise Invalid("locations", "A location stands there twice.", {"locations": "twice"})
    return replace(warehouse, code=body.code, name=body.name, address=body.address, locations=body.locations,
                   is_active=body.is_active, priority=body.priority)


def create_warehouse(ctx: Context, body: WarehouseBody) -> Warehouse:
    """A new warehouse. Raises Invalid, and Conflict when the code is taken."""
    warehouse = _with_body(Warehouse(id=ctx.new_id(WAREHOUSE.prefix), code="", name="", created_at=ctx.now), body)

    def write() -> Warehouse:
        tx = Transaction(ctx)
        _save_directory(tx, warehouse)
        created = tx.create(WAREHOUSE, warehouse)
        tx.emit("WarehouseCreated", "warehouse", warehouse.id, 1)
        tx.answers(201, "warehouse", warehouse.id, 1)
        tx.commit()
        return created

    return retrying(ctx, write)


def update_warehouse(ctx: Context, warehouse: Warehouse, body: WarehouseBody) -> Warehouse:
    """Changes a warehouse. Raises Invalid, Conflict, Stale."""
    tx = Transaction(ctx)
    changed = _with_body(warehouse, body)
    _save_directory(tx, changed)
    changed = tx.save(WAREHOUSE, warehouse, changed)
    tx.emit("WarehouseUpdated", "warehouse", warehouse.id, changed.version)
    tx.answers(200, "warehouse", warehouse.id, changed.version)
    tx.commit()
    return changed
