"""Which item of a shop is which SKU of ours: bound by hand, by the shop's own SKUs, or by an order that names one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from chalicelib.catalog import service as catalog
from chalicelib.channels import pushing, shops
from chalicelib.channels.model import BINDING, SYNC_RUN, Binding, Connection, NewBinding, SyncRun, binding_id, external_key
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.storage import read
from chalicelib.storage.transaction import Refused, Transaction
from connectors.contract import ChannelProduct

MAX_PAGES = 200
_EXTERNAL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,79}")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A shop item that may be bound to a SKU."""

    sku: str
    product_external_id: str
    variation_external_id: str
    name: str


def proposal(product: ChannelProduct) -> Proposal | None:
    """What a listed product offers for binding; None for a parent of variants, which has no stock of its own."""
    if product.has_variants or not product.has_stock:
        return None
    if product.parent_external_id:
        return Proposal(product.sku, product.parent_external_id, product.external_id, product.name)
    return Proposal(product.sku, product.external_id, "", product.name)


def bind(ctx: Context, connection: Connection, body: NewBinding) -> Binding:
    """Binds one of our SKUs to an item of the shop. Raises Invalid for an unknown SKU, Conflict when either is bound."""
    if body.sku not in catalog.find_skus(ctx, [body.sku]):
        raise Invalid("unknown_sku", f"There is no SKU {body.sku}.", {"sku": "unknown"})
    for name, value in (("product_external_id", body.product_external_id),
                        ("variation_external_id", body.variation_external_id or "0")):
        if not _EXTERNAL_ID.fullmatch(value):
            raise Invalid(name, "Say which product of the shop it is.", {name: "letters, digits and . _ : -"})
    return _create(ctx, connection, Proposal(body.sku, body.product_external_id, body.variation_external_id, ""))


def _create(ctx: Context, connection: Connection, offered: Proposal) -> Binding:
    made = Binding(
        id=binding_id(connection.id, offered.product_external_id, offered.variation_external_id),
        connection_id=connection.id, sku=offered.sku, product_external_id=offered.product_external_id,
        variation_external_id=offered.variation_external_id, name=offered.name[:120], created_at=ctx.now)
    transaction = Transaction(ctx)
    made = transaction.create(BINDING, made)
    transaction.emit("BindingCreated", "binding", made.id, 1, {"connection_id": connection.id, "sku": made.sku})
    transaction.answers(201, "binding", made.id, 1)
    transaction.commit()
    return made


def ensure(ctx: Context, connection: Connection, offered: Iterable[Proposal]) -> int:
    """Binds what is not bound yet; an item or SKU that is bound elsewhere stays as it is. Answers how many are new."""
    wanted = [each for each in offered if each.product_external_id]
    taken = read.guards(ctx, "binding", [_guard(connection, each) for each in wanted])
    count = 0
    for each in wanted:
        if _guard(connection, each) in taken:
            continue
        try:
            _create(ctx.step(f"bind:{_guard(connection, each)}:{ctx.chance.token(4).hex()}"), connection, each)
            count += 1
        except (Conflict, Refused):
            continue
    return count


def _guard(connection: Connection, offered: Proposal) -> str:
    return external_key(connection.id, offered.product_external_id, offered.variation_external_id)


def unbind(ctx: Context, binding: Binding) -> None:
    """Stops telling the shop about this SKU; what it shows stays."""
    transaction = Transaction(ctx)
    transaction.remove(BINDING, binding)
    transaction.commit()


def of_connection(ctx: Context, connection_id: str) -> list[Binding]:
    """Every binding of a connection, in SKU order."""
    found: list[Binding] = []
    start = None
    while True:
        page = read.query(ctx, "by_list", f"BINDING#{connection_id}", limit=500, newest_first=False, start=start)
        documents = read.get_many(ctx, BINDING, [str(row["id"]) for row in page.items])
        found += [documents[str(row["id"])] for row in page.items if str(row["id"]) in documents]
        start = page.start
        if start is None:
            return found


def import_products(ctx: Context, connection: Connection) -> SyncRun:
    """Binds the shop's catalogue by SKU and says which SKUs we do not know. Bound items get their stock pushed.

    Raises ConnectorError when the shop does not answer. Repeating it changes nothing that is bound.
    """
    started = ctx.clock.now()
    shop = shops.open_shop(ctx, connection)
    cursor: str | None = None
    count = read_count = problems = 0
    unknown: list[str] = []
    for _ in range(MAX_PAGES):
        page = shop.list_products(cursor)
        products = [item for item in page.items if isinstance(item, ChannelProduct)]
        problems += len(page.items) - len(products)
        offered = [each for each in map(proposal, products) if each is not None]
        read_count += len(offered)
        known = catalog.find_skus(ctx, {each.sku for each in offered if each.sku})
        unknown += [each.sku or f"{each.name} ({each.product_external_id})" for each in offered if each.sku not in known]
        count += ensure(ctx, connection, [each for each in offered if each.sku in known])
        cursor = page.cursor
        if cursor is None:
            break
    pushing.note_all(ctx, connection, [each.sku for each in of_connection(ctx, connection.id)], "import")
    run = SyncRun(id=ctx.new_id("syn"), connection_id=connection.id, kind="import_products", started_at=started,
                  ended_at=ctx.clock.now(), read_count=read_count, changed_count=count,
                  problem_count=len(unknown) + problems, unknown_skus=tuple(unknown[:200]))
    return keep_run(ctx, run)


def keep_run(ctx: Context, run: SyncRun) -> SyncRun:
    """Stores a run for the connection's page."""
    transaction = Transaction(replace(ctx, command=ctx.step(f"run:{run.id}").command))
    run = transaction.create(SYNC_RUN, run)
    transaction.commit()
    return run
