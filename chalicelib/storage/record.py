"""The audit's record of a transaction, as it is put in that very transaction: once, under a condition, never again.

Its key follows from its id, which is that of the outbox item (`aud_…` for `evt_…`), so a timeline entry leads to it. It
stands in `by_list` with everything, what people did in `by_ref` (sign-ins apart) and by person in `by_party`; programs and
shops, which write most, pay for the first alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.kernel import audit, codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.documents import Document, IndexKey
from chalicelib.kernel.ids import sortable_id
from chalicelib.storage import keys
from chalicelib.storage.table import Item

KIND = "audit_record"
SIGN_IN = "sign_in"
"""What kind of document says that somebody signed in, or tried to."""


LOOKED, ASKED = "SupportRead", "SupportWrote"
"""What a request of an operator inside a tenant is called in the audit: one that reads, one that would change something."""


def consent(ctx: Context) -> dict[str, str]:
    """The second identity of what an operator does inside a tenant: whose consent it rests on."""
    if ctx.support is None:
        return {}
    return {"consent_id": ctx.support.access_id, "consented_by": ctx.support.consented_by[:60]}


def request_item(ctx: Context, event: str, path: str, about: str = "") -> Item:
    """The record of a request that may change nothing: who asked for which address, in whose name. `path` is cut at 160
    characters; `about` names the tenant where the record stands elsewhere."""
    now = ctx.clock.now()
    record_id, actor = sortable_id("aud", now, ctx.chance.token(10)), ctx.actor
    summary = {"id": record_id, "at": f"{_instant(now)}Z", "actor_kind": actor.kind, "actor_id": actor.id,
               "actor_name": actor.name[:60], "operation": ctx.origin.operation, "event": event, "label": (about or path)[:160],
               "source_ip": ctx.origin.source_ip[:64], **consent(ctx)}
    if ctx.support is not None:
        summary |= {"document_kind": "support_access", "document_id": ctx.support.access_id}
    sort = f"{_instant(now)}#{record_id}"
    places = {"by_list": ("AUDIT", sort), "by_ref": ("AUDIT#people", sort)}
    return Item(keys.audit(ctx, record_id, now), KIND, ctx.tenant_id, "{}", indexes={
        name: found for name, where in places.items() if (found := keys.index(ctx, where)) is not None},
        summary=codec.compact({name: value for name, value in summary.items() if value}),
        expires_at=int(now.timestamp()) + audit.KEPT_DAYS * 86400, packed=audit.pack(ctx, (), ()))


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}"


class Record:
    """Collects what a transaction changes."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self._changes: list[dict[str, Any]] = []
        self._labels: dict[tuple[str, str], str] = {}

    @property
    def is_empty(self) -> bool:
        return not self._changes

    def note(self, document: Document[Any], document_id: str, version: int, old: Any, new: Item | None) -> None:
        """Takes down one document's change, unless it only follows from others."""
        if document.is_derived:
            return
        before = codec.store(old) if old is not None else ""
        self._changes.append(audit.change(document, document_id, version, before, new.data if new else ""))
        summary = codec.load(new.summary or "{}") if new else document.summary(old)
        self._labels[document.kind, document_id] = audit.label_of(document, summary)

    def item(self, event_id: str, at: datetime, events: Sequence[Mapping[str, Any]], result: Mapping[str, Any]) -> Item:
        """The record as it is stored."""
        ctx, actor = self.ctx, self.ctx.actor
        record_id = f"aud_{event_id.partition('_')[2]}"
        kind, document_id = self._subject(events, result)
        summary = {"id": record_id, "at": f"{_instant(at)}Z", "actor_kind": actor.kind, "actor_id": actor.id,
                   "actor_name": actor.name[:60], "operation": ctx.origin.operation, "event": self._event(events, kind),
                   "document_kind": kind, "document_id": document_id, "label": self._labels.get((kind, document_id), ""),
                   "source_ip": ctx.origin.source_ip[:64], **consent(ctx)}
        places = {name: place for name, where in self._places(record_id, at, kind).items()
                  if (place := keys.index(ctx, where)) is not None}
        return Item(
            keys.audit(ctx, record_id, at), KIND, ctx.tenant_id, "{}",
            summary=codec.compact({name: value for name, value in summary.items() if value}), indexes=places,
            expires_at=int(at.timestamp()) + audit.KEPT_DAYS * 86400, packed=audit.pack(ctx, events, self._changes))

    def _subject(self, events: Sequence[Mapping[str, Any]], result: Mapping[str, Any]) -> tuple[str, str]:
        """The document that it is about: what the command answers, else what its first event names, else what it changed."""
        known = [(each["kind"], each["id"]) for each in self._changes]
        if (result.get("kind"), result.get("id")) in known:
            return str(result["kind"]), str(result["id"])
        told = [(each["kind"], each["entity_id"]) for each in events]
        return next((each for each in told if each in known), None) or (told or known)[0]

    def _event(self, events: Sequence[Mapping[str, Any]], kind: str) -> str:
        """What happened, in one word: the event about the subject, else the change."""
        named = [str(each["type"]) for each in events if each["kind"] == kind] or [str(each["type"]) for each in events]
        return named[0] if named else str(self._changes[0]["verb"])

    def _places(self, record_id: str, at: datetime, kind: str) -> dict[str, IndexKey]:
        sort = f"{_instant(at)}#{record_id}"
        found = {"by_list": ("AUDIT", sort)}
        if self.ctx.actor.kind not in ("api_key", "connection"):
            found["by_ref"] = ("AUDIT#sign_ins" if kind == SIGN_IN else "AUDIT#people", sort)
        if self.ctx.actor.kind == "user":
            found["by_party"] = (f"AUDIT_BY#{self.ctx.actor.id}", sort)
        return found
