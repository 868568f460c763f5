"""Forgetting a person: found everywhere, shown first, then document by document, with the originals that the law wants kept
sealed in the archive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from chalicelib.activity import service as activity
from chalicelib.channels import ingress
from chalicelib.documents.model import FORMATS, PAPER
from chalicelib.events import jobs
from chalicelib.events.jobs import Run
from chalicelib.invoicing import service as invoicing
from chalicelib.invoicing.model import BILLING, INVOICE
from chalicelib.invoicing.standing import STANDING
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.documents import Document, at_version
from chalicelib.kernel.errors import Conflict, Invalid, NotFound, Stale
from chalicelib.kernel.job import Job
from chalicelib.leaving import sealing
from chalicelib.leaving.finding import Found, find, of_party
from chalicelib.leaving.forgetting import (
    ERASURE,
    GROUNDS,
    EraseBody,
    Erasure,
    Finding,
    Person,
    Preview,
    Term,
    forgotten,
    kept_until,
    pseudonym_of,
    without,
    words_of,
)
from chalicelib.ledger import chain, checkpoints, posting, rolling
from chalicelib.ledger.lettering import LETTER
from chalicelib.ledger.model import JOURNAL_ENTRY
from chalicelib.parties.model import CUSTOMER, Customer
from chalicelib.payments.model import PAYMENT
from chalicelib.sales.delivery import DELIVERY
from chalicelib.sales.model import ORDER
from chalicelib.storage import blobs, keys, read, write
from chalicelib.storage.transaction import OUTBOX_SECONDS, Transaction
from chalicelib.tenants import service as tenants
from chalicelib.tenants.selling import entitlements

KIND = "person_erasure"
_DOCUMENTS: Mapping[str, Document[Any]] = {each.kind: each for each in (
    CUSTOMER, ORDER, DELIVERY, INVOICE, STANDING, BILLING, PAYMENT, LETTER, PAPER)}
_DONE_ORDERS = frozenset({"shipped", "closed", "cancelled"})


# -- preview -----------------------------------------------------------------------------------------------------------


def _years(ctx: Context) -> list[tuple[date, date]]:
    return [(year.starts_on, year.ends_on) for year in checkpoints.years(ctx)]


def preview(ctx: Context, customer: Customer) -> Preview:
    """What an erasure would erase, what it would keep, until when and by which article, and what stands in its way."""
    years, groups = _years(ctx), dict[tuple[str, str, date | None], int]()
    found = find(ctx, customer)
    for each in found:
        name = (each.kind, "keep" if each.is_kept else "erase", kept_until(each.day, years) if each.is_kept else None)
        groups[name] = groups.get(name, 0) + 1
    findings = tuple(Finding(document_kind=kind, outcome=outcome, count=count, until=until, ground=GROUNDS[outcome])
                     for (kind, outcome, until), count in sorted(groups.items(), key=lambda pair: (pair[0][1], pair[0][0],
                                                                                                   str(pair[0][2]))))
    return Preview(subject_id=customer.id, name=customer.name, findings=findings,
                   obstacles=tuple(_obstacles(ctx, customer, found)),
                   pseudonym=pseudonym_of("ers_######", tenants.tenant(ctx).locale))


def _invoices_all(ctx: Context, channel_id: str) -> bool:
    """Whether parcels of this channel get their invoice by themselves: then it shall bear the right name."""
    rule = invoicing.settings(ctx).rule(channel_id)
    return rule.policy == "on_shipment" and rule.customer_rule == "always"


def _obstacles(ctx: Context, customer: Customer, found: list[Found]) -> Iterator[str]:
    """What is not over between the company and the person: `order:<number>`, `invoice:<number>`."""
    ids = [each.id for each in found if each.kind == ORDER.kind]
    billings = read.get_many(ctx, BILLING, ids)
    for order in read.get_many(ctx, ORDER, ids).values():
        is_open = order.state not in _DONE_ORDERS and order.state != "draft"
        if is_open or (order.id in billings and billings[order.id].pending and _invoices_all(ctx, order.channel_id)):
            yield f"order:{order.number}"
    for row in of_party(ctx, f"PARTY#{customer.id}"):
        if row["kind"] == STANDING.kind:
            yield f"invoice:{row.get('number', '')}"


# -- erasing -----------------------------------------------------------------------------------------------------------


def start(ctx: Context, body: EraseBody) -> Job:
    """Begins to erase a customer. Raises NotFound, Invalid `confirm`, Conflict `open_business` or `erased_already`."""
    customer = read.get(ctx, CUSTOMER, body.customer_id)
    if body.confirm.strip() != customer.name:
        raise Invalid("confirm", "Type the customer's name to confirm.", {"confirm": "the customer's name"})
    if not customer.is_active and customer.name.endswith(tuple(_pseudonyms(ctx, customer.id))):
        raise Conflict("erased_already", "This person was erased before.")
    found = find(ctx, customer)
    obstacles = list(_obstacles(ctx, customer, found))
    if obstacles:
        raise Conflict("open_business", "There are open orders or unpaid invoices with this person.",
                       {"customer_id": ", ".join(obstacles[:10])})
    erasure_id, years = ctx.new_id(ERASURE.prefix), _years(ctx)
    counted: dict[date, int] = {}
    for each in found:
        if each.is_kept:
            until = kept_until(each.day, years)
            counted[until] = counted.get(until, 0) + 1
    job = Job(id=ctx.new_id("job"), job_kind=KIND, title="", subject_id=customer.id, actor_name=ctx.actor.name,
              locale=ctx.locale, total=len(found), chunk_count=2, created_at=ctx.now, counts={"erased": 0, "archived": 0},
              facts={"phase": "begin", "erasure": erasure_id, "at": 0})
    erasure = Erasure(id=erasure_id, subject_id=customer.id, asked_by=ctx.actor.name, asked_at=ctx.now, job_id=job.id,
                      pseudonym=pseudonym_of(erasure_id, tenants.tenant(ctx).locale), erased_count=len(found),
                      terms=tuple(Term(until=until, count=count) for until, count in sorted(counted.items())))
    held = [[each.kind, each.id, kept_until(each.day, years).isoformat() if each.is_kept else ""] for each in found]
    blobs.put(ctx, f"jobs/{job.id}/manifest", codec.compact(held).encode(), "application/json")
    tx = Transaction(ctx)
    tx.create(ERASURE, erasure)
    for term in erasure.terms:
        sealing.new_key(tx, erasure_id, term.until)
    return jobs.start_in(tx, job)


def _pseudonyms(ctx: Context, customer_id: str) -> Iterator[str]:
    page = read.query(ctx, "by_list", "ERASURE", limit=1000)
    yield from (str(row["pseudonym"]) for row in page.items if row["subject_id"] == customer_id)


@dataclass(frozen=True, slots=True)
class _Work:
    """What a slice of an erasure needs: the erasure, the list of documents, the person's words and the archive's keys."""

    erasure: Erasure
    held: list[list[str]]
    person: Person
    key: Callable[[date], bytes]


def work(run: Run) -> None:
    """One slice of an erasure."""
    ctx = run.ctx
    erasure = read.get(ctx, ERASURE, str(run.job.facts["erasure"]))
    held = codec.load(blobs.get(ctx, f"jobs/{run.job.id}/manifest").decode())
    key = cache(lambda until: sealing.key_of(ctx, erasure.id, until))
    while not run.is_over:
        the = _Work(erasure, held, Person(erasure.subject_id, _words(run, held), erasure.pseudonym), key)
        _PHASES[run.job.facts["phase"]](run, the)


def _words(run: Run, held: list[list[str]]) -> tuple[str, ...]:
    """The person's words, from the documents as they were before; kept sealed with the job while it runs."""
    sealed = run.job.facts.get("words")
    if sealed:
        return tuple(codec.load(sealing.opened_text(run.ctx, str(sealed))))
    values = []
    for kind, document_id, _ in held:
        stored = read.item(run.ctx, keys.document(run.ctx, kind, document_id)) if kind in (
            CUSTOMER.kind, ORDER.kind, INVOICE.kind, PAYMENT.kind) else None
        if stored is not None:
            values.append(codec.load(stored.data))
    return words_of(values)


def _begin(run: Run, the: _Work) -> None:
    sealed = sealing.sealed_text(run.ctx, codec.compact(list(the.person.words)))
    run.go_on({"phase": "forget", "words": sealed})


def _forget(run: Run, the: _Work) -> None:
    """One document: its original into the archive, what is left in its place, in one transaction with the checkpoint."""
    at = run.job.facts["at"]
    kind, document_id, until_text = the.held[at]
    until = date.fromisoformat(until_text) if until_text else None
    tx = run.transaction()
    try:
        (_forget_entry if kind == JOURNAL_ENTRY.kind else _forget_document)(tx, the, kind, document_id, until)
        is_last = at + 1 == len(the.held)
        run.go_on({"at": 0 if is_last else at + 1, "phase": "echoes" if is_last else "forget"},
                  {"archived" if until else "erased": 1}, 1, tx=tx)
    except Stale:
        return


def _forget_document(tx: Transaction, the: _Work, kind: str, document_id: str, until: date | None) -> None:
    ctx, document = tx.ctx, _DOCUMENTS[kind]
    stored = read.item(ctx, keys.document(ctx, kind, document_id))
    if stored is None:
        return
    if kind == PAPER.kind:
        paper = read.document_of(PAPER, stored)
        _forget_files(ctx, the, paper, until)
        entitlements.count_storage(tx, -sum(file.size_bytes for file in paper.files))
    elif until is not None:
        sealing.keep(tx, the.erasure.id, until, the.key(until), kind, document_id, stored.data)
    old = read.document_of(document, stored)
    left = codec.compact(forgotten(kind, codec.load(stored.data), the.person))
    new = at_version(codec.restore(document, left, stored.schema_version), stored.version)
    if kind == PAPER.kind:
        new = replace(new, files=())
    if kind == DELIVERY.kind:
        for parcel in old.parcels:
            if parcel.tracking_number:
                tx.delete(keys.child(ctx, "tracking", parcel.tracking_number, keys.ALONE))
            for name in (parcel.label.pdf_file, parcel.label.zpl_file) if parcel.label else ():
                if name:
                    blobs.delete(ctx, name)
    tx.save(document, old, new)


def _forget_files(ctx: Context, the: _Work, paper: Any, until: date | None) -> None:
    """The files of a paper, and the sheet they were drawn from: into the archive, or away."""
    names = [f"papers/{file.sha256}.{FORMATS[file.format][0]}" for file in paper.files]
    for name in (*names, f"papers/{paper.source_sha256}.json"):
        if until is not None:
            sealing.keep_file(ctx, the.erasure.id, until, the.key(until), name)
        else:
            blobs.delete(ctx, name)


def _forget_entry(tx: Transaction, the: _Work, kind: str, entry_id: str, until: date | None) -> None:
    """An entry keeps its hash: what is left is signed, and the original stands sealed beside it."""
    ctx, place = tx.ctx, posting.place_of(entry_id)
    key = place and keys.child(ctx, "entry", f"{place[0]}#{place[1]}", chain.sort_of(place[2]))
    stored = key and read.item(ctx, key)
    if not stored or not key:
        raise NotFound(kind)
    before = codec.load(stored.data)
    assert until is not None
    sealing.keep(tx, the.erasure.id, until, the.key(until), kind, entry_id, stored.data)
    left = checkpoints.attested(ctx, without(before, the.person), str(before["previous_hash"]))
    tx.put(replace(stored, data=left))
    entry = rolling.entry_of(left, stored.schema_version)
    rolling.write_lines_again(ctx, entry)
    for account in sorted({line.account for line in entry.lines if line.party_id == the.person.id}):
        rolling.name_party(tx, entry.fiscal_year, account, the.person.id, the.person.pseudonym)


def _echoes(run: Run, the: _Work) -> None:
    """What events told of the person in the last thirty days, a day at a time: a replay must not bring the name back. An
    outbox item that is written again is not published again."""
    ctx, at = run.ctx, run.job.facts["at"]
    customer = read.get(ctx, CUSTOMER, the.person.id)
    since = run.job.created_at - timedelta(seconds=OUTBOX_SECONDS)
    first = max(since, customer.created_at or since).replace(minute=0, second=0, microsecond=0)
    last = ctx.clock.now()
    orders = {(order.channel_id, order.external_id) for order in read.get_many(
        ctx, ORDER, [document_id for kind, document_id, _ in the.held if kind == ORDER.kind]).values() if order.external_id}
    for hour in (first + timedelta(hours=at + n) for n in range(24)):
        if hour > last:
            break
        for shard in range(keys.OUTBOX_SHARDS):
            items = list(read.every_item(ctx, keys.outbox_partition(ctx, shard, hour).removeprefix(keys.prefix(ctx))))
            scrubbed = [replace(item, data=codec.compact(_without_person(ctx, codec.load(item.data), the, orders)))
                        for item in items]
            write.many(ctx, [new for old, new in zip(items, scrubbed, strict=True) if new != old])
    is_last = first + timedelta(hours=at + 24) > last
    run.go_on({"at": 0 if is_last else at + 24, "phase": "traces" if is_last else "echoes"})


def _without_person(ctx: Context, told: dict[str, Any], the: _Work, orders: set[tuple[str, str]]) -> dict[str, Any]:
    """What an outbox item tells, without the person. The body of a shop's webhook goes altogether when it is of one of their
    orders (first and last names stand apart there) or names them."""
    if ingress.is_kept(told) and (
            (str(told["events"][0]["data"]["connection_id"]), str(told["external_id"])) in orders
            or any(without(text, the.person) != text for text in ingress.texts(ctx, told))):
        told = ingress.emptied(ctx, told)
    return dict(without(told, the.person))


def _traces(run: Run, the: _Work) -> None:
    """What search finds and timelines tell of the documents, fifty at a time."""
    ctx, at = run.ctx, run.job.facts["at"]
    members = the.held[at : at + 50]
    for kind, document_id, _ in members:
        items = list(read.every_item(ctx, f"TIMELINE#{kind}#{document_id}"))
        write.many(ctx, [replace(item, data=codec.compact(without(codec.load(item.data), the.person))) for item in items])
    activity.find_again(ctx, [(kind, document_id) for kind, document_id, _ in members if kind != JOURNAL_ENTRY.kind])
    is_last = at + 50 >= len(the.held)
    if not is_last:
        run.go_on({"at": at + 50})
        return
    tx = run.transaction()
    saved = tx.save(ERASURE, the.erasure, replace(the.erasure, state="kept" if the.erasure.terms else "destroyed",
                                                  erased_at=ctx.clock.now()))
    tx.emit("PersonErased", CUSTOMER.kind, the.erasure.subject_id, saved.version, {"erasure_id": saved.id})
    run.go_on({"phase": "done", "words": ""}, tx=tx)


_PHASES: Mapping[str, Callable[[Run, _Work], None]] = {"begin": _begin, "forget": _forget, "echoes": _echoes, "traces": _traces}


# -- the archive's end -----------------------------------------------------------------------------------------------------


def end_terms(ctx: Context) -> None:
    """Destroys the keys of the archive whose time is over: a day after the last one on which the law wants it kept."""
    today = ctx.now.date().isoformat()
    page = read.query(ctx, "by_due", "DUE#archive_end", between=("0", today), limit=200, newest_first=False)
    for row in page.items:
        erasure = read.get(ctx, ERASURE, str(row["id"]))
        over = {term.until for term in erasure.terms if term.destroyed_at is None and term.until.isoformat() < today}
        for until in sorted(over):
            sealing.destroy(ctx, erasure.id, until)
        if over:
            _note_end(ctx.step(f"end:{erasure.id}:{erasure.version}"), erasure, over, ctx.clock.now())


def _note_end(ctx: Context, erasure: Erasure, over: set[date], at: datetime) -> None:
    terms = tuple(replace(term, destroyed_at=at) if term.until in over else term for term in erasure.terms)
    is_over = all(term.destroyed_at for term in terms)
    tx = Transaction(ctx)
    saved = tx.save(ERASURE, erasure, replace(erasure, terms=terms, state="destroyed" if is_over else erasure.state))
    tx.emit("ArchiveDestroyed", ERASURE.kind, erasure.id, saved.version, {"until": max(over).isoformat()})
    tx.commit()

