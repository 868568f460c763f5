"""Which item of a shop is which SKU of ours: bound by hand, by the shop's own SKUs, or by an order that names one.

A shop's catalogue is bound as a job, a page of its products after the other; repeating it changes nothing. Every part binds
a few items in the transaction of its checkpoint, so an item is bound and counted once wherever the work stops; only the page
it stopped in is asked for again. The shop is called within its budget: when that is spent, or the shop has no time, the job
waits and a delayed message carries it on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from chalicelib.catalog import service as catalog
from chalicelib.channels import pushing, shops
from chalicelib.channels.model import (
    BINDING,
    SYNC_RUN,
    Binding,
    Connection,
    NewBinding,
    SyncRun,
    binding_id,
    external_key,
    sku_key,
)
from chalicelib.events import jobs
from chalicelib.events.jobs import Run, Settled
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone, Conflict, Invalid, NotFound, Problem
from chalicelib.kernel.ids import derived_id
from chalicelib.kernel.job import Job
from chalicelib.storage import read
from chalicelib.storage.transaction import Refused, Transaction
from connectors.contract import ChannelProduct, ConnectorError, MappingProblem, ProductPage, Unauthorised
from connectors.errors import RateLimited

KIND = "shop_products_import"
OUTCOMES = ("bound", "unchanged", "unknown", "taken", "unreadable")
PART = 25
"""Items in one transaction: a binding writes three items, a transaction has a hundred."""
PAGE_SECONDS = 25
NAMED_UNKNOWN = 200
FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS = 15, 600
PATIENCE = timedelta(hours=6)
ATTEMPTS = 5
MAX_PAGES = 20_000

Item = ChannelProduct | MappingProblem
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


def made(ctx: Context, connection: Connection, offered: Proposal) -> Binding:
    """The binding of an item of the shop and a SKU of ours; the same item's is the same whoever makes it."""
    return Binding(
        id=binding_id(connection.id, offered.product_external_id, offered.variation_external_id),
        connection_id=connection.id, sku=offered.sku, product_external_id=offered.product_external_id,
        variation_external_id=offered.variation_external_id, name=offered.name[:120], created_at=ctx.now)


def _create(ctx: Context, connection: Connection, offered: Proposal) -> Binding:
    transaction = Transaction(ctx)
    shops.require(transaction, connection)
    created = transaction.create(BINDING, made(ctx, connection, offered))
    transaction.emit("BindingCreated", "binding", created.id, 1, {"connection_id": connection.id, "sku": created.sku})
    transaction.answers(201, "binding", created.id, 1)
    transaction.commit()
    return created


def ensure(ctx: Context, connection: Connection, offered: Iterable[Proposal]) -> int:
    """Binds what is not bound yet; an item or SKU that is bound elsewhere stays as it is. Answers how many are new."""
    wanted = [each for each in offered if each.product_external_id]
    taken = read.guards(ctx, "binding", [_key(connection.id, each) for each in wanted])
    count = 0
    for each in wanted:
        if _key(connection.id, each) in taken:
            continue
        try:
            _create(ctx.step(f"bind:{_key(connection.id, each)}:{ctx.chance.token(4).hex()}"), connection, each)
            count += 1
        except (Conflict, NotFound, Refused):
            continue
    return count


def unbind(ctx: Context, binding: Binding) -> None:
    """Stops telling the shop about this SKU; what it shows stays."""
    transaction = Transaction(ctx)
    transaction.remove(BINDING, binding)
    transaction.commit()


def unbind_all(ctx: Context, connection_id: str) -> bool:
    """Takes every binding of a removed connection away; False when it was connected again meanwhile: they stay then."""
    left = of_connection(ctx, connection_id)
    for start in range(0, len(left), PART):
        transaction = Transaction(ctx.step(f"unbind:{left[start].id}"))
        transaction.require_none(shops.key(ctx, connection_id), lambda: Conflict("connected", "It is connected again."))
        for binding in left[start : start + PART]:
            transaction.remove(BINDING, binding)
        try:
            transaction.commit()
        except AlreadyDone:
            continue
        except (Conflict, Refused):
            if shops.find(ctx, connection_id) is not None:
                return False
            raise
    return True


def of_connection(ctx: Context, connection_id: str) -> list[Binding]:
    """Every binding of a connection, in SKU order."""
    return list(read.every_document(ctx, BINDING, "by_list", f"BINDING#{connection_id}", limit=500, newest_first=False))


def keep_run(ctx: Context, run: SyncRun) -> SyncRun:
    """Stores a run for the connection's page."""
    transaction = Transaction(replace(ctx, command=ctx.step(f"run:{run.id}").command))
    run = transaction.create(SYNC_RUN, run)
    transaction.commit()
    return run


# -- a shop's whole catalogue ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Decided:
    """What becomes of a part of the shop's items: those to bind, the outcome of each, those bound already, what is wrong."""

    to_bind: tuple[Proposal, ...]
    counts: Mapping[str, int]
    known_skus: tuple[str, ...]
    problems: tuple[Problem, ...]
    unknown: tuple[str, ...]


def start_import(ctx: Context, connection: Connection) -> Job:
    """Begins the import of a connection's catalogue. The shop is asked by the job, not now."""
    return jobs.start(ctx, Job(
        id=ctx.new_id("job"), job_kind=KIND, title=connection.name[:200], subject_id=connection.id,
        actor_name=ctx.actor.name, locale=ctx.locale, chunk_count=1, created_at=ctx.now, counts=dict.fromkeys(OUTCOMES, 0),
        facts={"cursor": None, "products_read": 0, "unknown_skus": []}))


def work_import(run: Run) -> None:
    """One slice: page after page until the shop has no more, it has no time, or ours is over.

    Raises Conflict for a shop that refuses, or had no time for hours; NotFound when the connection is gone.
    """
    ctx, connection = run.ctx, shops.get(run.ctx, run.job.subject_id)
    while not run.is_over:
        soon = replace(ctx, deadline=min(ctx.deadline, ctx.clock.monotonic() + PAGE_SECONDS))
        try:
            page = shops.open_shop(soon, connection).list_products(run.job.facts["cursor"])
        except ConnectorError as refusal:
            _put_off(run, connection, refusal)
        else:
            _page(run, connection, page)
    if run.job.state == "done":
        pushing.push(ctx, connection)


def delay_after(refusal: ConnectorError, waited: timedelta) -> int:
    """Seconds until the shop is asked again: what it asked for, else as long as was waited already, within bounds. Pure."""
    asked = refusal.retry_after_seconds if isinstance(refusal, RateLimited) else None
    if asked is not None:
        return max(1, int(asked + 1))
    return min(max(FIRST_DELAY_SECONDS, int(waited.total_seconds())), LONGEST_DELAY_SECONDS)


def _put_off(run: Run, connection: Connection, refusal: ConnectorError) -> None:
    """Waits for a shop that has no time. Raises Conflict, with the shop's reason, where waiting does not help."""
    waited = run.ctx.clock.now() - (run.job.waiting_since or run.ctx.clock.now())
    if isinstance(refusal, Unauthorised):
        shops.credentials_refused(run.ctx, connection, refusal)
    if not refusal.retryable or waited > PATIENCE:
        raise Conflict(refusal.code, refusal.message)
    run.wait(delay_after(refusal, waited))


# -- a part of a page ------------------------------------------------------------------------------------------------


def decide(connection_id: str, first_line: int, items: Sequence[Item], known: frozenset[str], bound: Mapping[str, str],
           taken_skus: frozenset[str]) -> Decided:
    """What becomes of a part of a page. `known` are our SKUs; `bound` the items that are bound, by external key, with their
    SKU; `taken_skus` SKUs that another item has. Pure."""
    to_bind: dict[str, Proposal] = {}
    counts = dict.fromkeys(OUTCOMES, 0)
    problems, unknown, ours = [], [], []
    for line, item in enumerate(items, first_line):
        offered = proposal(item) if isinstance(item, ChannelProduct) else None
        if offered is None:
            outcome = "unreadable"
            problems.append(Problem(outcome, f"Product {item.external_id} of the shop cannot be read.", item.external_id, line))
        elif _key(connection_id, offered) in bound:
            outcome = "unchanged"
            ours.append(bound[_key(connection_id, offered)])
        elif offered.sku not in known:
            outcome = "unknown"
            unknown.append(offered.sku or f"{offered.name} ({offered.product_external_id})")
            problems.append(Problem("unknown_sku", f"There is no SKU {unknown[-1]}.", unknown[-1], line, "sku"))
        elif offered.sku in taken_skus or offered.sku in to_bind:
            outcome = "taken"
            problems.append(Problem("sku_bound", f"{offered.sku} is bound to another item.", offered.sku, line, "sku"))
        else:
            outcome = "bound"
            to_bind[offered.sku] = offered
        counts[outcome] += 1
    return Decided(tuple(to_bind.values()), counts, tuple(ours), tuple(problems), tuple(unknown))


def _key(connection_id: str, offered: Proposal) -> str:
    return external_key(connection_id, offered.product_external_id, offered.variation_external_id)


def _name(item: Item) -> str:
    """What tells an item from the others of its page."""
    return f"{getattr(item, 'parent_external_id', None) or ''}/{item.external_id}"


def _page(run: Run, connection: Connection, page: ProductPage) -> None:
    """Settles a page part by part, but for what an earlier attempt settled; a parent of variants is no item of its own."""
    settled = set(run.job.facts.get("settled", ()))
    items = [item for item in page.items if not isinstance(item, ChannelProduct) or proposal(item) is not None]
    left = [item for item in items if _name(item) not in settled]
    for at in range(0, max(len(left), 1), PART):
        part = left[at : at + PART]
        _settle(run, connection, part, page if at + PART >= len(left) else None)
        if run.is_over:
            return


def _settle(run: Run, connection: Connection, part: Sequence[Item], ended: ProductPage | None) -> None:
    """One part, decided again when somebody binds one of its items or SKUs meanwhile. Raises Fenced, Conflict."""
    for attempt in range(ATTEMPTS):
        known, bound, taken = _stored(run.ctx, connection.id, part)
        decided = decide(connection.id, run.job.done + 1, part, known, bound, taken)
        pushing.note_all(run.ctx, connection, decided.known_skus, "import")
        try:
            _write(run, connection, decided, part, ended)
            return
        except (Conflict, Refused):
            if attempt == ATTEMPTS - 1:
                raise


def _stored(ctx: Context, connection_id: str, part: Sequence[Item]) -> tuple[
        frozenset[str], dict[str, str], frozenset[str]]:
    """Of a part's items: the SKUs that are ours, which items are bound to which SKU, and which SKUs are bound."""
    offered = [each for each in (proposal(item) for item in part if isinstance(item, ChannelProduct)) if each is not None]
    skus = {each.sku for each in offered if each.sku}
    held = read.guards(ctx, "binding", [_key(connection_id, each) for each in offered])
    by_sku = read.guards(ctx, "binding_sku", [sku_key(connection_id, sku) for sku in sorted(skus)])
    return (frozenset(catalog.find_skus(ctx, skus)), {key: str(data["sku"]) for key, data in held.items()},
            frozenset(sku for sku in skus if sku_key(connection_id, sku) in by_sku))


def _write(run: Run, connection: Connection, decided: Decided, part: Sequence[Item], ended: ProductPage | None) -> None:
    """Bindings, counts and checkpoint in one transaction; with a page's last part its cursor, with the last page the run."""
    job, ctx, tx = run.job, run.ctx, run.transaction()
    done, products, total = job.done + len(part), job.facts["products_read"], job.total
    facts = {**job.facts, "unknown_skus": [*job.facts["unknown_skus"], *decided.unknown][:NAMED_UNKNOWN],
             "settled": [*job.facts.get("settled", ()), *map(_name, part)]}
    shops.require(tx, connection)
    for offered in decided.to_bind:
        created = tx.create(BINDING, made(ctx, connection, offered))
        tx.emit("BindingCreated", "binding", created.id, 1, {"connection_id": connection.id, "sku": created.sku})
    chunk_count = job.chunk + 2
    if ended is not None:
        products += ended.product_count
        total = in_all(done, products, ended.product_total, total)
        facts = {**facts, "cursor": ended.cursor, "products_read": products, "settled": []}
        if ended.cursor is None or job.chunk + 1 >= MAX_PAGES:
            chunk_count, total = job.chunk + 1, done
            tx.create(SYNC_RUN, _run_of(ctx, job, decided, done, facts["unknown_skus"]))
    settled = Settled(len(part), decided.counts, decided.problems, chunk_done=ended is not None)
    run.commit(tx, settled, facts, chunk_count, max(total, done))


def in_all(items_read: int, products_read: int, products_in_all: int | None, known: int) -> int:
    """How many items the catalogue has in all, as far as one can tell: products have as many as those read so far. Where the
    shop does not say how many products it has, what was `known` before. Pure."""
    if not products_in_all or not products_read:
        return max(known, items_read)
    return items_read + max(products_in_all - products_read, 0) * items_read // products_read


def _run_of(ctx: Context, job: Job, decided: Decided, done: int, unknown: Sequence[str]) -> SyncRun:
    """The row of the connection's page that an import leaves."""
    return SyncRun(
        id=derived_id("syn", job.id), connection_id=job.subject_id, kind="import_products",
        started_at=job.started_at or job.created_at, ended_at=ctx.clock.now(), read_count=done,
        changed_count=job.counts["bound"] + decided.counts["bound"], problem_count=job.problem_count + len(decided.problems),
        unknown_skus=tuple(unknown))
