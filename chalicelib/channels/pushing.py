"""Stock out to the shops: note what changed, take the connection's lease, read the truth, push it in batches.

Every change leaves a note of its own under the connection (`DIRTY`). The holder of the lease reads notes, then the
truth, pushes, and deletes exactly the notes it read; whoever noted something while the lease was held leaves it to the
holder, who looks again after giving the lease back. So nothing is lost, nothing is pushed twice at once, and many
changes of one SKU cost one call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from chalicelib.channels import desired, lines, shops
from chalicelib.channels import pace as breaker
from chalicelib.channels.desired import ChangeNote, DesiredStock, Measurement
from chalicelib.channels.model import Connection, sku_key
from chalicelib.channels.pace import Pace
from chalicelib.kernel import codec
from chalicelib.kernel.context import Command, Context
from chalicelib.kernel.event import Event
from chalicelib.kernel.explanation import ExplainedRow, Explanation
from chalicelib.stock import levels as stock
from chalicelib.stock.warehouses import directory
from chalicelib.storage import keys, read, write
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Transaction
from connectors import connector
from connectors.contract import Capabilities, ConnectorError, OverBudget, PushResult, RateLimited, StockLevel, Unauthorised

NOTES_AT_ONCE = 500
ROUNDS = 20
SLOW_SECONDS = 2.0
SPARE_SECONDS = 6
PAID_SECONDS = 10
LEASE_SPARE_SECONDS = 32
"""What one push may take of the lease: its turns in the budget, its calls, and keeping their results."""
LAG_KEPT = timedelta(days=30)
MAX_THREADS = 8


def note_key(ctx: Context, connection_id: str, sku: str, event_id: str) -> Key:
    return keys.child(ctx, "dirty", connection_id, f"{sku}#{event_id}")


def row_key(ctx: Context, connection_id: str, sku: str) -> Key:
    return keys.child(ctx, "desired", connection_id, sku)


def bindings_of(ctx: Context, connection_ids: Iterable[str], skus: Iterable[str]) -> dict[tuple[str, str], tuple[str, str]]:
    """(connection, SKU) → (product, variation) on that shop, for those that are bound. One consistent read."""
    skus = list(skus)
    wanted = {sku_key(c, sku): (c, sku) for c in connection_ids for sku in skus}
    found = read.guards(ctx, "binding_sku", wanted)
    return {wanted[value]: (str(data["product"]), str(data["variation"])) for value, data in found.items()}


def note(ctx: Context, connections: Iterable[Connection], skus: Iterable[str], changed_at: datetime, event_id: str,
         origin: str = "", is_measured: bool = False) -> list[Connection]:
    """Leaves a note for each bound SKU on each connection; answers the connections that have something to push."""
    by_id = {each.id: each for each in connections if each.push_stock}
    bound = bindings_of(ctx, by_id, skus)
    write.many(ctx, [
        Item(note_key(ctx, connection_id, sku, event_id), "change_note", ctx.tenant_id,
             codec.store(ChangeNote(sku=sku, event_id=event_id, changed_at=changed_at, origin=origin,
                                    is_measured=is_measured, correlation_id=ctx.correlation)))
        for connection_id, sku in bound])
    return [by_id[i] for i in dict.fromkeys(connection_id for connection_id, _ in bound)]


def stock_changed(ctx: Context, event: Event) -> None:
    """Tells every shop that lists a changed SKU, or a kit that holds one. Never waits for a shop in trouble: that one is
    left to the `push_retry` schedule."""
    changed = [str(sku) for sku in event.data.get("skus", ())]
    skus = list(dict.fromkeys([*changed, *stock.kits_containing(ctx, changed)]))
    origin = event.actor.id if event.actor.kind == "connection" else ""
    push_all(ctx, note(ctx, shops.working(ctx), skus, event.at, event.id, origin, is_measured=True))


def push_all(ctx: Context, connections: Iterable[Connection], probing: bool = False) -> None:
    """Pushes to several shops at once, so that a slow one does not keep the others waiting."""
    waiting = list(connections)
    if len(waiting) <= 1:
        for each in waiting:
            push(ctx, each, probing)
        return
    with ThreadPoolExecutor(min(len(waiting), MAX_THREADS)) as pool:
        for done in [pool.submit(push, ctx, each, probing) for each in waiting]:
            done.result()


def push(ctx: Context, connection: Connection, probing: bool = False) -> int:
    """Pushes what waits for one connection, unless somebody else is doing so or the shop is being left alone.

    `probing` is the schedule's right to try a shop whose breaker has opened. Answers how many SKUs were acknowledged.
    """
    total = 0
    for _ in range(ROUNDS):
        lease = shops.acquire(ctx, connection.id)
        if lease is None:
            return total
        done = Round(lease.pace, is_unsure=True)
        try:
            done = _drain(ctx, connection, lease) if _may_call(lease.pace, ctx.clock.now(), probing) else Round(
                lease.pace, is_unsure=lease.is_unsure)
        finally:
            shops.release(ctx, connection.id, lease, done.pace, done.is_unsure)
        total += done.count
        if not done.goes_on or not waiting_notes(ctx, connection.id, limit=1):
            return total
    return total


def _may_call(pace: Pace, now: datetime, probing: bool) -> bool:
    if pace.is_open(now):
        return False
    return probing or pace.failure_count < breaker.OPEN_AFTER_FAILURES


def waiting_notes(ctx: Context, connection_id: str, limit: int = NOTES_AT_ONCE) -> list[ChangeNote]:
    """Changes a connection has not been told of, oldest SKU first."""
    found, _ = read.collection(ctx, f"DIRTY#{connection_id}", limit=limit)
    return [codec.adapter(ChangeNote).validate_json(item.data) for item in found]


def rows(ctx: Context, connection_id: str, skus: Iterable[str]) -> dict[str, DesiredStock]:
    """What the shop should show and shows, for these SKUs."""
    wanted = {row_key(ctx, connection_id, sku): sku for sku in skus}
    return {wanted[key]: codec.adapter(DesiredStock).validate_json(item.data)
            for key, item in read.items(ctx, wanted).items()}


def row_item(ctx: Context, connection_id: str, row: DesiredStock) -> Item:
    """A row as stored; one with an error stands among what must be done now."""
    indexes = {}
    if row.error_code:
        place = keys.index(ctx, ("DUE#push_failed", f"{connection_id}#{row.sku}"))
        assert place is not None
        indexes["by_due"] = place
    summary = codec.compact({"sku": row.sku, "code": row.error_code, "message": row.error_message[:120]})
    return Item(row_key(ctx, connection_id, row.sku), "desired_stock", ctx.tenant_id, codec.store(row),
                version=row.want_version, summary=summary, indexes=indexes)


@dataclass(frozen=True, slots=True)
class Round:
    """What came of a time under the lease: the shop's health after, SKUs acknowledged, and whether to look for more."""
    pace: Pace
    count: int = 0
    goes_on: bool = False
    is_unsure: bool = False


def _drain(ctx: Context, connection: Connection, lease: shops.Lease) -> Round:
    """One round under the lease. After a holder that never knew what the shop took, what waits is told in any case: its
    quantity may be again the one acknowledged, and the shop still show the one between."""
    notes = waiting_notes(ctx, connection.id)
    if not notes:
        return Round(lease.pace)
    grouped = desired.gathered(notes)
    bound = bindings_of(ctx, [connection.id], grouped)
    wanted = _wanted_rows(ctx, connection, lease.fence, {sku: bound.get((connection.id, sku)) for sku in grouped})
    known = [desired.unseen(row) if lease.is_unsure or desired.sold_there_too(connection.id, grouped[sku]) else row
             for sku, row in wanted.items()]
    to_push, done = desired.apart(known)
    cleared = [sku for sku in grouped if sku not in {row.sku for row in to_push}]
    _settle(ctx, connection, done, [each for sku in cleared for each in grouped[sku]], [])
    if lease.is_unsure:
        _settle(ctx, connection, to_push, [], [])
    return _push_all_of(ctx, connection, lease, to_push, grouped, lease.is_unsure and len(notes) == NOTES_AT_ONCE)


def _push_all_of(ctx: Context, connection: Connection, lease: shops.Lease, to_push: list[DesiredStock],
                 grouped: Mapping[str, list[ChangeNote]], is_unsure: bool) -> Round:
    """Batch after batch, until the shop is in trouble, its budget spent, or the lease runs out."""
    pace, count = lease.pace, 0
    for batch in batches(to_push, connector(connection.platform).capabilities, shops.rate_per_second(connection)):
        pace, results, was_called = _call(ctx, connection, lease, pace, batch)
        if results is None:
            return Round(pace, count, is_unsure=is_unsure or was_called)
        count += _apply(ctx, connection, batch, results, grouped)
    return Round(pace, count, goes_on=True, is_unsure=is_unsure)


def batches(rows: Iterable[DesiredStock], able: Capabilities, rate_per_second: Decimal) -> Iterator[list[DesiredStock]]:
    """The rows in pushes of at most the platform's batch, which cost no more calls than 10 s pay for: one for each parent in
    them, or one for each row where the platform takes them one by one."""
    most_calls = max(min(int(rate_per_second * PAID_SECONDS), able.batch_size), 1)
    size = most_calls if able.one_call_per_item else able.batch_size
    batch: list[DesiredStock] = []
    parents: set[str] = set()
    for row in sorted(rows, key=lambda each: each.parent_external_id):
        if len(batch) == size or (row.parent_external_id not in parents and len(parents) == most_calls):
            yield batch
            batch, parents = [], set()
        batch.append(row)
        parents.add(row.parent_external_id)
    if batch:
        yield batch


def _wanted_rows(
    ctx: Context, connection: Connection, fence: int, bound: Mapping[str, tuple[str, str] | None]
) -> dict[str, DesiredStock]:
    """The newest truth for each SKU still bound; read after the notes."""
    skus = {sku: place for sku, place in bound.items() if place is not None}
    before = rows(ctx, connection.id, skus)
    available = stock.available_for(ctx, list(skus), connection.warehouse_ids, connection.safety_buffer)
    truth = desired.truth_by_sku(available, skus, connector(connection.platform).capabilities.fractional_stock)
    now = ctx.clock.now()
    return {sku: desired.wanted(before.get(sku), sku, variation or product, product if variation else "", truth[sku],
                                now, fence)
            for sku, (product, variation) in skus.items()}


def _call(ctx: Context, connection: Connection, lease: shops.Lease, pace: Pace,
          batch: list[DesiredStock]) -> tuple[Pace, list[PushResult] | None, bool]:
    """A push; None when the shop is in trouble, its budget spent or the lease at its end, and whether it may have come."""
    if ctx.clock.now() + timedelta(seconds=LEASE_SPARE_SECONDS) > lease.until or ctx.remaining_seconds() < SPARE_SECONDS:
        return pace, None, False
    began = ctx.clock.monotonic()
    try:
        results = shops.open_shop(ctx, connection, hurried=True, urgent=True).push_stock([
            StockLevel(row.external_id, row.want_quantity, row.parent_external_id or None, row.sku) for row in batch])
    except OverBudget:
        return pace, None, len(batch) > 1
    except Unauthorised as refusal:
        shops.credentials_refused(ctx, connection, refusal)
        return failed_pace(ctx, pace, refusal, 0.0), None, False
    except ConnectorError as error:
        lines.push_failed(ctx, connection, len(batch), error)
        return failed_pace(ctx, pace, error, ctx.clock.monotonic() - began), None, True
    return breaker.succeeded(pace, ctx.clock.now()), results, True


def failed_pace(ctx: Context, pace: Pace, error: ConnectorError, seconds: float) -> Pace:
    """The shop's health after a failure; one that made us wait weighs as much as three that did not."""
    wait = error.retry_after_seconds if isinstance(error, RateLimited) else None
    count = breaker.OPEN_AFTER_FAILURES - 1 if seconds > SLOW_SECONDS else 0
    heavier = replace(pace, failure_count=max(pace.failure_count, count))
    return breaker.failed(heavier, ctx.clock.now(), error, ctx.chance.uniform(), wait)


def _apply(ctx: Context, connection: Connection, batch: list[DesiredStock], results: list[PushResult],
           grouped: Mapping[str, list[ChangeNote]]) -> int:
    """Keeps what the shop answered, item by item; answers how many it took."""
    now, after, rejected = ctx.clock.now(), list[DesiredStock](), list[DesiredStock]()
    measured: list[Measurement] = []
    told = [each for row in batch for each in grouped[row.sku]]
    for row, result in zip(batch, results, strict=True):
        if result.ok:
            after.append(desired.acknowledged(row, result.shown, now))
            measured += [Measurement(connection_id=connection.id, sku=row.sku, origin=each.origin,
                                     changed_at=each.changed_at, shown_at=now)
                         for each in grouped[row.sku] if each.is_measured and each.origin != connection.id]
            continue
        bad = desired.refused(row, result.code or result.outcome.value, result.message)
        after.append(bad)
        rejected.append(bad)
    _settle(ctx, connection, after, told, measured)
    _report(ctx, connection, rejected)
    lines.pushed(ctx, connection, len(batch), measured, told)
    return len(batch) - len(rejected)


def _settle(ctx: Context, connection: Connection, after: list[DesiredStock], notes: list[ChangeNote],
            measured: list[Measurement]) -> None:
    """Rows and measurements in, the notes they answer out."""
    expires_at = int((ctx.clock.now() + LAG_KEPT).timestamp())
    puts = [*(row_item(ctx, connection.id, row) for row in after), *(
        Item(lag_key(ctx, each), "lag", ctx.tenant_id, codec.store(each), expires_at=expires_at) for each in measured)]
    if puts or notes:
        write.many(ctx, puts, [note_key(ctx, connection.id, each.sku, each.event_id) for each in notes])


def lag_key(ctx: Context, measured: Measurement) -> Key:
    return keys.child(ctx, "lag", measured.connection_id,
                      f"{shops.as_utc(measured.shown_at):%Y-%m-%dT%H:%M:%S.%f}#{measured.sku}"
                      f"#{shops.as_utc(measured.changed_at):%H%M%S%f}")


def _report(ctx: Context, connection: Connection, rejected: list[DesiredStock]) -> None:
    """Says on the connection's timeline what the shop refused."""
    transaction = Transaction(replace(ctx, command=Command(f"{ctx.command.id}/rejected:{ctx.chance.token(8).hex()}")))
    for row in rejected[:20]:
        transaction.emit("PushRejected", "connection", connection.id, 0, {
            "sku": row.sku, "quantity": str(row.want_quantity), "code": row.error_code, "message": row.error_message})
    if rejected:
        transaction.commit()


def measurements(ctx: Context, connection_id: str, last: int) -> list[Measurement]:
    """The newest measurements of a connection."""
    found, _ = read.collection(ctx, f"LAG#{connection_id}", newest_first=True, limit=last, consistent=False)
    return [codec.adapter(Measurement).validate_json(item.data) for item in found]


def shown(ctx: Context, connection_id: str, start: str = "") -> list[DesiredStock]:
    """The stock page of a connection: up to 1,000 rows in SKU order, after the SKU `start`."""
    between = (start + "\x00", "\uffff") if start else None
    found, _ = read.collection(ctx, f"DESIRED#{connection_id}", between=between)
    return [codec.adapter(DesiredStock).validate_json(item.data) for item in found]


_WORDS = {
    "en": {"all": "All warehouses", "only": "Warehouses of this channel",
           "shows": "The shop should show", "sent": "Sent to the shop, version {version}", "not_sent": "Not sent yet",
           "none": "not known", "read": "Shown by the shop, as it last said", "waiting": "Changes waiting to be sent",
           "refused": "Refused by the shop ({code})", "unbound": "Not bound to an item of this shop",
           "formula": "{formula}; shown = max(0, available), whole pieces"},
    "fr": {"all": "Tous les entrepôts", "only": "Entrepôts de ce canal",
           "shows": "La boutique doit montrer", "sent": "Envoyé à la boutique, version {version}",
           "not_sent": "Pas encore envoyé", "none": "inconnu", "read": "Montré par la boutique, selon sa dernière réponse",
           "waiting": "Changements à envoyer", "refused": "Refusé par la boutique ({code})",
           "unbound": "N’est lié à aucun article de cette boutique",
           "formula": "{formula} ; montré = max(0, disponible), en pièces entières"},
}


def explain(ctx: Context, connection: Connection, sku: str) -> Explanation:
    """Why this shop shows so many of a SKU: what is available in the connection's warehouses less its buffer, what that
    makes on the shop, what was sent last and when, and what the shop said. Raises NotFound for a SKU that is not ours."""
    words = _WORDS.get(ctx.locale, _WORDS["fr"])
    base = stock.explain(ctx, sku, connection.warehouse_ids, connection.safety_buffer)
    names = directory(ctx)
    places = ", ".join(names.name_of(i) for i in connection.warehouse_ids)
    should = desired.shown_in_shop(Decimal(base.value), connector(connection.platform).capabilities.fractional_stock)
    steps = [*base.steps, ExplainedRow(label=words["shows"], value=str(should))]
    if (connection.id, sku) not in bindings_of(ctx, [connection.id], [sku]):
        steps.append(ExplainedRow(label=words["unbound"], value="–"))
    row = rows(ctx, connection.id, [sku]).get(sku)
    if row is not None:
        steps += _told(row, words)
    waiting, _ = read.collection(ctx, f"DIRTY#{connection.id}", between=(f"{sku}#", f"{sku}#\uffff"), limit=100)
    if waiting:
        steps.append(ExplainedRow(label=words["waiting"], value=str(len(waiting))))
    return Explanation(
        value=str(should), unit=base.unit, formula=words["formula"].format(formula=base.formula),
        inputs=(ExplainedRow(label=words["only"], value=places or words["all"]), *base.inputs), steps=tuple(steps))


def _told(row: DesiredStock, words: Mapping[str, str]) -> list[ExplainedRow]:
    """What the shop was sent and what it said."""
    if row.sent_at is None:
        found = [ExplainedRow(label=words["not_sent"], value="–")]
    else:
        sent = words["none"] if row.sent_quantity is None else str(row.sent_quantity)
        found = [ExplainedRow(label=words["sent"].format(version=row.sent_version), value=sent, at=row.sent_at.isoformat())]
    if row.shown_quantity is not None:
        found.append(ExplainedRow(label=words["read"], value=str(row.shown_quantity)))
    if row.error_code:
        found.append(ExplainedRow(label=words["refused"].format(code=row.error_code), value="–"))
    return found


def all_shown(ctx: Context, connection_id: str) -> list[DesiredStock]:
    """Every row of a connection."""
    found: list[DesiredStock] = []
    while True:
        page = shown(ctx, connection_id, found[-1].sku if found else "")
        found += page
        if len(page) < 1000:
            return found


def read_back(ctx: Context, connection: Connection) -> tuple[int, int]:
    """Asks the shop what it shows for every bound SKU and notes what differs from the truth: (read, differing).

    Raises ConnectorError when the shop does not answer.
    """
    known = all_shown(ctx, connection.id)
    fractional = connector(connection.platform).capabilities.fractional_stock
    shop = shops.open_shop(ctx, connection)
    differing: list[str] = []
    for start in range(0, len(known), 100):
        batch = known[start : start + 100]
        results = shop.read_stock([
            StockLevel(row.external_id, row.want_quantity, row.parent_external_id or None, row.sku) for row in batch])
        available = stock.available_for(ctx, [row.sku for row in batch], connection.warehouse_ids,
                                        connection.safety_buffer)
        truth = desired.truth_by_sku(available, [row.sku for row in batch], fractional)
        changed = [replace(row, shown_quantity=result.shown, sent_quantity=None)
                   for row, result in zip(batch, results, strict=True)
                   if result.shown is not None and result.shown != truth[row.sku]]
        write.many(ctx, [row_item(ctx, connection.id, row) for row in changed])
        differing += [row.sku for row in changed]
    note(ctx, [connection], differing, ctx.clock.now(), f"drift:{ctx.command.id[-40:]}:{ctx.chance.token(4).hex()}")
    return len(known), len(differing)


def note_all(ctx: Context, connection: Connection, skus: Iterable[str], reason: str) -> None:
    """Notes SKUs as changed for one connection: it was resumed, its warehouses or buffer changed, a SKU was bound."""
    wanted = list(dict.fromkeys(skus))
    for start in range(0, len(wanted), 100):
        note(ctx, [connection], wanted[start : start + 100], ctx.clock.now(), f"{reason}:{ctx.chance.token(6).hex()}")
