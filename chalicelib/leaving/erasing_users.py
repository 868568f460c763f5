"""Forgetting somebody who worked here: shut out at once, then their name taken out of all that tells of them but the books.

Entries and the pieces they rest on say who made them for as long as the books are kept (Code de commerce L123-22; GDPR
art. 17(3)(b)): they are not touched, so there is nothing to seal. What else names the person gets the pseudonym: their own
record, sign-ins, invitations, keys, what they set up, timelines, events, and the audit, whose seals still verify.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.activity import service as activity
from chalicelib.audit import forgetting as audit
from chalicelib.audit import sealing as seals
from chalicelib.channels import ingress
from chalicelib.events import jobs
from chalicelib.events.jobs import Run
from chalicelib.kernel import codec
from chalicelib.kernel.context import Actor, Context
from chalicelib.kernel.documents import Document, at_version
from chalicelib.kernel.errors import Conflict, Invalid, Stale
from chalicelib.kernel.job import Job
from chalicelib.leaving import sealing
from chalicelib.leaving.forgetting import (
    ERASURE,
    GROUNDS,
    EraseBody,
    Erasure,
    Finding,
    Person,
    Preview,
    pseudonym_of,
    respelled,
)
from chalicelib.storage import blobs, keys, read, write
from chalicelib.storage.transaction import OUTBOX_SECONDS, Transaction
from chalicelib.tenants import directory, passkeys, roles
from chalicelib.tenants import service as tenants
from chalicelib.tenants.model import API_KEY, INVITATION, SIGN_IN, TENANT, USER, User, owners_after
from chalicelib.tenants.roles import ROLE
from chalicelib.tenants.selling import seats
from chalicelib.tenants.support.model import SUPPORT_ACCESS
from chalicelib.webhooks.model import WEBHOOK_ENDPOINT

KIND = "person_erasure"
HOURS_A_PART = 48
_LISTS: tuple[tuple[Document[Any], str], ...] = (
    (API_KEY, "API_KEY"), (INVITATION, "INVITATION"), (SIGN_IN, "SIGN_IN"), (ROLE, "ROLE"),
    (WEBHOOK_ENDPOINT, "WEBHOOK_ENDPOINT"), (SUPPORT_ACCESS, "SUPPORT_ACCESS"))
_DOCUMENTS: Mapping[str, Document[Any]] = {document.kind: document for document, _ in _LISTS}
_CLEARED = ("email", "email_key", "source_ip", "user_agent", "locale")
"""Fields of an invitation or a sign-in that leave altogether."""


def _made_by(ctx: Context, kind: str, document_id: str) -> str:
    """Whose doing a document was in the first place, by its timeline: two people may bear one name."""
    items, _ = read.collection(ctx, f"TIMELINE#{kind}#{document_id}", limit=1)
    return str(codec.load(items[0].data)["actor"]["id"]) if items else ""


def find(ctx: Context, user: User) -> list[tuple[str, str]]:
    """Every document (kind, id) beside the books in which the person is named; their keys are those they made."""
    found = []
    for document, partition in _LISTS:
        for each in read.every_document(ctx, document, "by_list", partition, limit=200):
            is_of = (each.user_id == user.id if document is SIGN_IN else
                     each.email_key == user.email_key or user.name == each.invited_by if document is INVITATION else
                     user.id == each.consented_by_id if document is SUPPORT_ACCESS else
                     each.created_by == user.name and _made_by(ctx, document.kind, each.id) in ("", user.id))
            if is_of:
                found.append((document.kind, each.id))
    return found


def preview(ctx: Context, user_id: str) -> Preview:
    """What erasing a user would erase, and what stands in its way: `last_owner`, `erased_already`. Raises NotFound."""
    user = read.get(ctx, USER, user_id)
    counts: dict[str, int] = {USER.kind: 1}
    for kind, _ in find(ctx, user):
        counts[kind] = counts.get(kind, 0) + 1
    return Preview(
        subject_id=user.id, name=user.name, obstacles=tuple(_obstacles(ctx, user)),
        findings=tuple(Finding(document_kind=kind, outcome="erase", count=count, until=None, ground=GROUNDS["erase"])
                       for kind, count in counts.items()),
        pseudonym=pseudonym_of("ers_######", tenants.tenant(ctx).locale))


def _obstacles(ctx: Context, user: User) -> Iterator[str]:
    if not user.login_id:
        yield "erased_already"
    if tenants.tenant(ctx).owner_ids == (user.id,):
        yield "last_owner"


def start(ctx: Context, body: EraseBody) -> Job:
    """Shuts a user out and begins to erase them; from here on they are nobody. Raises NotFound, Invalid `confirm`, Forbidden
    `beyond_own`, Conflict `last_owner` or `erased_already`."""
    user = read.get(ctx, USER, body.user_id)
    if body.confirm.strip() != user.name:
        raise Invalid("confirm", "Type the person's name to confirm.", {"confirm": "the person's name"})
    if not user.login_id:
        raise Conflict("erased_already", "This person was erased before.")
    erasure_id, job_id = ctx.new_id(ERASURE.prefix), ctx.new_id("job")
    pseudonym = pseudonym_of(erasure_id, tenants.tenant(ctx).locale)
    if ctx.actor.id == user.id:
        ctx = replace(ctx, actor=Actor(ctx.actor.kind, ctx.actor.id, pseudonym))
    found = find(ctx, user)
    blobs.put(ctx, f"jobs/{job_id}/manifest", codec.compact(found).encode(), "application/json")
    words = codec.compact({"name": user.name, "email": user.email, "login_id": user.login_id})
    job = Job(id=job_id, job_kind=KIND, subject_id=user.id, locale=ctx.locale, total=len(found) + 1, chunk_count=2,
              created_at=ctx.now, counts={"erased": 0, "archived": 0},
              facts={"phase": "way_in", "erasure": erasure_id, "at": 0, "user": True, "words": sealing.sealed_text(ctx, words)})
    erasure = Erasure(id=erasure_id, subject_kind=USER.kind, subject_id=user.id, asked_by=ctx.actor.name, asked_at=ctx.now,
                      job_id=job_id, pseudonym=pseudonym, erased_count=len(found) + 1)
    return roles.decided_again(ctx, lambda: _shut_out(ctx, user, erasure, job))


def _shut_out(ctx: Context, user: User, erasure: Erasure, job: Job) -> Job:
    tx = Transaction(ctx)
    roles.hold(tx, (user.role, user.id), None)
    present = tenants.tenant(ctx)
    roles.check_held(ctx, roles.permissions_of(present, user.role))
    if user.id in present.owner_ids:
        tx.save(TENANT, present, replace(present, owner_ids=owners_after(present.owner_ids, user.id, False)))
    if user.is_active:
        seats.free(tx, user.id)
    tx.save(USER, user, replace(
        user, name=erasure.pseudonym, email="", email_key="", login_id="", is_active=False, locale="", warehouse_ids=(),
        channel_ids=(), totp_enabled=False, passkey_count=0, sessions_valid_from=ctx.now))
    tx.create(ERASURE, erasure)
    return jobs.start_in(tx, job)


@dataclass(frozen=True, slots=True)
class _Work:
    """What a slice needs: the erasure, the documents, the person, their words as they were, where their traces begin."""

    erasure: Erasure
    held: list[list[str]]
    person: Person
    words: Mapping[str, str]
    since: datetime


def work(run: Run) -> None:
    """One slice of the erasure of a user."""
    ctx = run.ctx
    erasure = read.get(ctx, ERASURE, str(run.job.facts["erasure"]))
    held = codec.load(blobs.get(ctx, f"jobs/{run.job.id}/manifest").decode())
    words = codec.load(sealing.opened_text(ctx, str(run.job.facts["words"])))
    person = Person(erasure.subject_id, tuple(filter(None, (words["email"], words["name"]))), erasure.pseudonym)
    the = _Work(erasure, held, person, words, tenants.tenant(ctx).created_at)
    while not run.is_over:
        try:
            _PHASES[run.job.facts["phase"]](run, the)
        except Stale:
            return


def _way_in(run: Run, the: _Work) -> None:
    """The login leads here no more, and is no more when it leads nowhere; sessions and the last sign-in are deleted."""
    ctx, platform = run.ctx, directory.platform(run.ctx)
    if directory.leave(platform, the.words["email"], ctx.tenant_id):
        passkeys.forget(platform, the.words["login_id"])
    own = keys.document(ctx, USER.kind, the.person.id)
    write.many(ctx, (), [item.key for item in read.every_item(ctx, f"USER#{the.person.id}") if item.key != own])
    run.go_on({"phase": "named" if the.held else "hours"}, {"erased": 1}, 1)


def _named(run: Run, the: _Work) -> None:
    """One document that names the person: the pseudonym in their place; a key of theirs is over."""
    at, tx = run.job.facts["at"], run.transaction()
    kind, document_id = the.held[at]
    document, stored = _DOCUMENTS[kind], read.item(run.ctx, keys.document(run.ctx, kind, document_id))
    if stored is not None:
        old = read.document_of(document, stored)
        new = at_version(codec.restore(document, codec.compact(_left(kind, codec.load(stored.data), the.person)),
                                       stored.schema_version), stored.version)
        if kind == API_KEY.kind and old.revoked_at is None:
            new = replace(new, revoked_at=run.ctx.clock.now())
            roles.hold(tx, (old.role, old.id), None)
        tx.save(document, old, new)
    is_last = at + 1 == len(the.held)
    run.go_on({"at": 0 if is_last else at + 1, "phase": "hours" if is_last else "named"}, {"erased": 1}, 1, tx=tx)


def _left(kind: str, value: Mapping[str, Any], person: Person) -> dict[str, Any]:
    left = dict(respelled(value, person))
    is_own = kind == SIGN_IN.kind or (kind == INVITATION.kind and value.get("email") in person.words)
    return {**left, **{name: "" for name in _CLEARED if name in left}} if is_own else left


def _hours(run: Run, the: _Work) -> None:
    """What timelines, events of the last thirty days and the audit tell, hour by hour since the company exists."""
    ctx, at = run.ctx, run.job.facts["at"]
    first, last = the.since.replace(minute=0, second=0, microsecond=0), ctx.clock.now()
    kept = last - timedelta(seconds=OUTBOX_SECONDS + 3600)
    ours = {(kind, document_id) for kind, document_id in the.held} | {(USER.kind, the.person.id)}
    hours = [first + timedelta(hours=at + n) for n in range(HOURS_A_PART)]
    for hour in (each for each in hours if each <= last):
        _timelines(ctx, hour, the.person, ours)
        if hour >= kept:
            _events(ctx, hour, the.person, ours)
    told_in = seals.next_hour(ctx, hours[0], min(hours[-1], last))
    while told_in is not None:
        audit.forget(ctx, told_in, lambda told: scrubbed(told, the.person, ours))
        told_in = seals.next_hour(ctx, told_in + timedelta(hours=1), min(hours[-1], last))
    is_last = hours[-1] + timedelta(hours=1) > last
    run.go_on({"at": 0 if is_last else at + HOURS_A_PART, "phase": "end" if is_last else "hours"})


def _timelines(ctx: Context, hour: datetime, person: Person, ours: set[tuple[str, str]]) -> None:
    rows = list(read.every_row(ctx, "by_list", f"CHANGES#{hour:%Y%m%d%H}", limit=500))
    found = read.items(ctx, [keys.Key(row["@"]["pk"], row["@"]["sk"]) for row in rows]).values()
    pairs = [(item, replace(item, data=codec.compact(scrubbed(codec.load(item.data), person, ours)))) for item in found]
    write.many(ctx, [new for old, new in pairs if codec.load(new.data) != codec.load(old.data)])


def _events(ctx: Context, hour: datetime, person: Person, ours: set[tuple[str, str]]) -> None:
    for shard in range(keys.OUTBOX_SHARDS):
        items = list(read.every_item(ctx, keys.outbox_partition(ctx, shard, hour).removeprefix(keys.prefix(ctx))))
        told = [(item, codec.load(item.data)) for item in items]
        pairs = [(item, body, scrubbed(body, person, ours)) for item, body in told if not ingress.is_kept(body)]
        write.many(ctx, [replace(item, data=codec.compact(left)) for item, body, left in pairs if left != body])


def scrubbed(told: Any, person: Person, ours: set[tuple[str, str]]) -> Any:
    """What an entry, event or record tells, without the person: of what they did or what is about them every word goes, of
    what others did only the e-mail, for a colleague may bear the same name. Pure."""
    text = codec.compact(told)
    is_theirs = any(f'"{each}"' in text for each in (person.id, *(document_id for _, document_id in ours)))
    return respelled(told, person if is_theirs else replace(person, words=person.words[:1]))


def _end(run: Run, the: _Work) -> None:
    ctx, tx = run.ctx, run.transaction()
    activity.find_again(ctx, [(USER.kind, the.person.id)])
    saved = tx.save(ERASURE, the.erasure, replace(the.erasure, state="destroyed", erased_at=ctx.clock.now()))
    tx.emit("PersonErased", USER.kind, the.erasure.subject_id, saved.version, {"erasure_id": saved.id})
    run.go_on({"phase": "done", "words": ""}, tx=tx)


_PHASES: Mapping[str, Callable[[Run, _Work], None]] = {"way_in": _way_in, "named": _named, "hours": _hours, "end": _end}
