"""One command's effect: documents, guards, numbers, the marker and one outbox item, all or nothing.

Three outcomes exist: committed, refused, unknown. Unknown is settled by reading the marker, never by repeating blind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar, cast

from botocore.exceptions import ClientError

from chalicelib.kernel import audit, codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.documents import Document, Guard, at_version
from chalicelib.kernel.errors import AlreadyDone, Conflict, DomainError, OutcomeUnknown, Stale, Unauthenticated, Unavailable
from chalicelib.kernel.ids import sortable_id
from chalicelib.storage import keys, newer, read, record
from chalicelib.storage.client import back_off, call, table_name, try_again
from chalicelib.storage.keys import INDEXES, Key
from chalicelib.storage.table import Item, Wire, to_wire, wire_key

T = TypeVar("T")
MARKER_SECONDS = 8 * 86400
OUTBOX_SECONDS = 30 * 86400
MAX_ACTIONS = 100
OWN_ACTIONS = 3
"""Marker, outbox item, audit record."""
SUPPORT = "support_access"
"""The kind of document by which a tenant lets an operator in."""
_RETRIABLE = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded", "None"}

Refusal = Callable[[], DomainError]


@dataclass(frozen=True, slots=True)
class _Action:
    wire: Wire
    refusal: Refusal


class Refused(Exception):
    """Several numbers refused at once (an order's short lines): `errors` in the order the actions were added."""

    def __init__(self, errors: list[DomainError]) -> None:
        super().__init__(errors[0].detail)
        self.errors = errors


def index_keys(ctx: Context, document: Document[T], value: T) -> dict[str, tuple[str, str]]:
    """Where the document stands in the four indexes, under the tenant's prefix."""
    found = {}
    for name in INDEXES:
        key = keys.index(ctx, getattr(document, name)(value))
        if key is not None:
            found[name] = key
    return found


def document_item(ctx: Context, document: Document[T], value: T, version: int, old: T | None = None) -> Item:
    """The item a document is stored as, instead of `old` when there was one."""
    data, schema_version = codec.store(value), document.schema_version
    if old is not None:
        data, schema_version = newer.keep(ctx, document, old, data)
    expires_at = document.expires_at(value)
    return Item(
        key=keys.document(ctx, document.kind, cast(Any, value).id),
        kind=document.kind,
        tenant_id=ctx.tenant_id,
        data=data,
        version=version,
        schema_version=schema_version,
        summary=codec.compact(document.summary(value)),
        indexes=index_keys(ctx, document, value),
        expires_at=int(expires_at.timestamp()) if expires_at else None,
    )


class Transaction:
    """Collects the writes of one command, then `commit`s them with its marker, its events and the audit's record of it.

    A write part of another domain is a function that takes this object and adds to it.
    """

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self._actions: dict[Key, _Action] = {}
        self._claimed: dict[Key, Item] = {}
        self._freed: set[Key] = set()
        self._events: list[dict[str, Any]] = []
        self._record = record.Record(ctx) if ctx.actor.kind in audit.AUDITED else None
        self._result: dict[str, Any] = {}

    # -- documents -----------------------------------------------------------------------------------------------

    def create(self, document: Document[T], value: T, refusal: Refusal | None = None) -> T:
        """Adds a document that must not exist yet, with its guards. Refused: Conflict `already_exists`."""
        exists = refusal or (lambda: Conflict("already_exists", f"This {document.kind} exists already."))
        self._check_scope(document, value)
        item = document_item(self.ctx, document, value, 1)
        self.put_new(item, exists)
        if self._record is not None:
            self._record.note(document, cast(Any, value).id, 1, None, item)
        for guard in document.guards(value):
            self._put_guard(document.kind, cast(Any, value).id, guard, existing=False)
        return at_version(value, 1)

    def save(self, document: Document[T], old: T, new: T) -> T:
        """Replaces `old` by `new` if nobody saved in between (Stale), and moves its guards. Answers the new version."""
        version = int(cast(Any, old).version)
        self._check_scope(document, new)
        item = document_item(self.ctx, document, new, version + 1, old)
        self._put(item, "version = :expected", {":expected": {"N": str(version)}}, lambda: Stale(document.kind))
        if self._record is not None:
            self._record.note(document, cast(Any, new).id, version + 1, old, item)
        before = {(g.kind, g.value): g for g in document.guards(old)}
        after = {(g.kind, g.value): g for g in document.guards(new)}
        for name, guard in after.items():
            if name not in before or before[name].data != guard.data:
                self._put_guard(document.kind, cast(Any, new).id, guard, existing=name in before)
        for name in sorted(before.keys() - after.keys()):
            self._free_guard(keys.guard(self.ctx, *name))
        return at_version(new, version + 1)

    def remove(self, document: Document[T], value: T) -> None:
        """Deletes a document and its guards, if nobody changed it in between."""
        current = cast(Any, value)
        self._check_scope(document, value)
        key = keys.document(self.ctx, document.kind, current.id)
        self._add(key, {"Delete": {
            "TableName": table_name(), "Key": wire_key(key), "ConditionExpression": "version = :expected",
            "ExpressionAttributeValues": {":expected": {"N": str(current.version)}},
        }}, lambda: Stale(document.kind))
        if self._record is not None:
            self._record.note(document, current.id, current.version, value, None)
        for guard in document.guards(value):
            self.delete(keys.guard(self.ctx, guard.kind, guard.value))

    def _check_scope(self, document: Document[T], value: T) -> None:
        """Raises Forbidden `beyond_scope` for a document that stands where the caller may not act."""
        if self.ctx.scope.limits_kind(document.kind):
            self.ctx.scope.check(document.kind, {"id": cast(Any, value).id, **document.summary(value)})

    def _put_guard(self, kind: str, holder: str, guard: Guard, existing: bool) -> None:
        key = keys.guard(self.ctx, guard.kind, guard.value)
        item = Item(key, "guard", self.ctx.tenant_id, codec.compact({"id": holder, "kind": kind, **guard.data}))
        taken: Refusal = lambda: Conflict(
            f"{guard.kind}_taken", f"Another {kind} has this {guard.kind} already.", {guard.kind: "already used"})
        if existing:
            self.put(item)
        elif key in self._freed:
            del self._actions[key]
            self.put(item)
        else:
            self.put_new(item, taken)
            self._claimed[key] = item

    def _free_guard(self, key: Key) -> None:
        """Lets a value go. When another document of this transaction takes it over, its put needs no condition: the
        version of the document that held it, saved here too, says that nobody else can have it."""
        if key in self._claimed:
            del self._actions[key]
            self.put(self._claimed[key])
        else:
            self.delete(key)
            self._freed.add(key)

    # -- plain items ---------------------------------------------------------------------------------------------

    def put(self, item: Item) -> None:
        """Puts an item whatever was there."""
        self._add(item.key, {"Put": {"TableName": table_name(), "Item": to_wire(item)}}, _never)

    def put_new(self, item: Item, refusal: Refusal) -> None:
        """Puts an item that must not exist."""
        self._put(item, "attribute_not_exists(pk)", {}, refusal)

    def _put(self, item: Item, condition: str, values: Wire, refusal: Refusal) -> None:
        body: Wire = {"TableName": table_name(), "Item": to_wire(item), "ConditionExpression": condition}
        if values:
            body["ExpressionAttributeValues"] = values
        self._add(item.key, {"Put": body}, refusal)

    def require(self, key: Key, refusal: Refusal) -> None:
        """Writes nothing there, but only goes through while an item is at the key."""
        self._check(key, "attribute_exists(pk)", refusal)

    def require_none(self, key: Key, refusal: Refusal) -> None:
        """Writes nothing there, but only goes through while no item is at the key."""
        self._check(key, "attribute_not_exists(pk)", refusal)

    def _check(self, key: Key, condition: str, refusal: Refusal) -> None:
        self._add(key, {"ConditionCheck": {"TableName": table_name(), "Key": wire_key(key),
                                           "ConditionExpression": condition}}, refusal)

    def delete(self, key: Key) -> None:
        """Deletes whatever is at the key, if anything."""
        self._add(key, {"Delete": {"TableName": table_name(), "Key": wire_key(key)}}, _never)

    def add(
        self, key: Key, kind: str, changes: Mapping[str, Decimal], at_least: Mapping[str, Decimal], refusal: Refusal,
        texts: Mapping[str, str] | None = None,
    ) -> None:
        """Adds to the numbers of a balance, if each number in `at_least` is at least that much *before* the change.

        `texts` are names that stand beside the numbers, for people who read them.
        """
        names = {f"#{n}": name for n, name in enumerate([*changes, *at_least])}
        tags = list(names)
        adds = ", ".join(f"{tags[n]} :c{n}" for n in range(len(changes)))
        values: Wire = {f":c{n}": {"N": str(amount)} for n, amount in enumerate(changes.values())}
        conditions = []
        for n, amount in enumerate(at_least.values()):
            conditions.append(f"{tags[len(changes) + n]} >= :m{n}")
            values[f":m{n}"] = {"N": str(amount)}
        labels = "".join(f", {name} = :t_{name}" for name in texts or ())
        values.update({f":t_{name}": {"S": text} for name, text in (texts or {}).items()})
        body: Wire = {
            "TableName": table_name(), "Key": wire_key(key),
            "UpdateExpression": f"ADD {adds} SET kind = :kind, tenant_id = :tenant{labels}",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {**values, ":kind": {"S": kind}, ":tenant": {"S": self.ctx.tenant_id}},
        }
        if conditions:
            body["ConditionExpression"] = " AND ".join(conditions)
        self._add(key, {"Update": body}, refusal)

    def set(
        self, key: Key, values: Mapping[str, int | str], when: Sequence[tuple[str, str, int | str]], refusal: Refusal,
        new_kind: str = "",
    ) -> None:
        """Sets attributes of an item that is there, if each of `when` (attribute, comparison, value) holds *before* it;
        with `new_kind` of an item of that kind that must not be there yet."""
        if new_kind:
            values = {**values, "kind": new_kind, "tenant_id": self.ctx.tenant_id}
        names = {name: f"#{n}" for n, name in enumerate(dict.fromkeys([*values, *(name for name, _, _ in when)]))}
        wires: Wire = {f":s{n}": _plain_wire(value) for n, value in enumerate(values.values())}
        wires.update({f":w{n}": _plain_wire(value) for n, (_, _, value) in enumerate(when)})
        sets = ", ".join(f"{names[name]} = :s{n}" for n, name in enumerate(values))
        is_there = "attribute_not_exists(pk)" if new_kind else "attribute_exists(pk)"
        conditions = [is_there, *(f"{names[name]} {sign} :w{n}" for n, (name, sign, _) in enumerate(when))]
        self._add(key, {"Update": {
            "TableName": table_name(), "Key": wire_key(key), "UpdateExpression": f"SET {sets}",
            "ConditionExpression": " AND ".join(conditions), "ExpressionAttributeValues": wires,
            "ExpressionAttributeNames": {tag: name for name, tag in names.items()},
        }}, refusal)

    def _add(self, key: Key, wire: Wire, refusal: Refusal) -> None:
        if key in self._actions:
            raise RuntimeError(f"two writes to one item in one transaction: {key}")
        self._actions[key] = _Action(wire, refusal)

    def room(self) -> int:
        """How many more actions fit; the marker, the outbox item and the audit record are counted."""
        return MAX_ACTIONS - len(self._actions) - OWN_ACTIONS

    # -- events and the answer -----------------------------------------------------------------------------------

    def emit(self, type: str, kind: str, entity_id: str, version: int, data: Mapping[str, Any] | None = None) -> None:
        """Adds a fact to the transaction's one outbox item."""
        self._events.append({"type": type, "kind": kind, "entity_id": entity_id, "version": version,
                             **({"data": data} if data else {})})

    def answers(self, status: int, kind: str, entity_id: str, version: int) -> None:
        """What the command's marker says: enough to give the same answer again without doing it again."""
        self._result = {"status": status, "kind": kind, "id": entity_id, "version": version}

    def keeps(self, status: int, answer: Mapping[str, Any]) -> None:
        """The same for an answer that is no document: the marker keeps it as it is, in plain values."""
        self._result = {"status": status, "answer": answer}

    # -- commit --------------------------------------------------------------------------------------------------

    def commit(self) -> None:
        """Writes everything at once.

        Raises AlreadyDone when the command committed before (in another attempt at it, too, while our own answer was
        lost), the refusal of the first failed condition (or Refused with all of them when several failed), Unavailable
        when it conflicted or was throttled until the deadline (nothing written), OutcomeUnknown when no answer came and
        until the deadline no marker told: a write under way may still land.
        """
        self._rest_on_consent()
        if self.room() < 0:
            raise Conflict("too_large", f"One command can change at most {MAX_ACTIONS - OWN_ACTIONS} things.")
        marker = self._marker()
        actions = [*self._actions.values(), _Action(_put_new_wire(marker), _never), *self._told()]
        wires = [action.wire for action in actions]
        digest = hashlib.sha256(repr(wires).encode()).hexdigest()
        parameters = {"TransactItems": wires, "ClientRequestToken": digest[:36]}
        attempt, failure, wait = 0, Unavailable(), try_again
        while True:
            try:
                call(self.ctx, "TransactWriteItems", parameters, is_repeat=attempt > 0)
                return
            except OutcomeUnknown as unknown:
                if self._is_settled(marker):
                    return
                failure, wait = unknown, try_again
            except Unavailable:
                wait = try_again
            except ClientError as error:
                self._refuse(error, actions)
                wait = back_off
            if not wait(self.ctx, attempt):
                raise failure
            attempt += 1

    def _rest_on_consent(self) -> None:
        """What an operator writes inside a tenant goes through only while the consent it rests on stands as it was read: one
        that is withdrawn while the request runs stops it here."""
        support = self.ctx.support
        if support is None:
            return
        key = keys.document(self.ctx, SUPPORT, support.access_id)
        if key not in self._actions:
            self._add(key, {"ConditionCheck": {
                "TableName": table_name(), "Key": wire_key(key), "ConditionExpression": "version = :expected",
                "ExpressionAttributeValues": {":expected": {"N": str(support.version)}}}}, support_ended)

    def _marker(self) -> Item:
        """What says that this command is done, with which answer, and by which attempt: two attempts may answer alike and
        still have written something else."""
        ctx = self.ctx
        return Item(keys.marker(ctx, ctx.command.id), "command", ctx.tenant_id,
                    codec.compact({**self._result, "body_hash": ctx.command.body_hash,
                                   "attempt": ctx.chance.token(6).hex()}),
                    expires_at=int(ctx.now.timestamp()) + MARKER_SECONDS)

    def _told(self) -> list[_Action]:
        """The one outbox item, when something happened, and the record of who did it; both know each other by their ids."""
        ctx = self.ctx
        if not self._events and (self._record is None or self._record.is_empty):
            return []
        now = ctx.clock.now()
        event_id = sortable_id("evt", now, ctx.chance.token(10))
        told = []
        if self._events:
            body = {"at": now.isoformat(), "actor": [ctx.actor.kind, ctx.actor.id, ctx.actor.name],
                    "request_id": ctx.request_id, "events": self._events,
                    **({"correlation_id": ctx.correlation_id} if ctx.correlation_id else {})}
            item = Item(keys.outbox(ctx, event_id, now), "Event", ctx.tenant_id, codec.compact(body),
                        expires_at=int(now.timestamp()) + OUTBOX_SECONDS)
            told.append(_Action({"Put": {"TableName": table_name(), "Item": to_wire(item)}}, _never))
        if self._record is not None:
            told.append(_Action(_put_new_wire(self._record.item(event_id, now, self._events, self._result)), _never))
        return told

    def _is_settled(self, ours: Item) -> bool:
        """Whether the write whose answer was lost stands. Raises AlreadyDone when the marker is another attempt's: what
        it answered is the answer, not what we were about to write."""
        try:
            stored = read.item(self.ctx, ours.key)
        except Unavailable as error:
            raise OutcomeUnknown() from error
        if stored is not None and stored.data != ours.data:
            raise AlreadyDone(codec.load(stored.data))
        return stored is not None

    def _refuse(self, error: ClientError, actions: list[_Action]) -> None:
        """Raises what a cancellation means; answers normally when another attempt makes sense."""
        if error.response["Error"]["Code"] == "IdempotentParameterMismatchException":
            raise OutcomeUnknown() from error
        reasons = [r.get("Code", "None") for r in cast(Any, error.response).get("CancellationReasons", [])]
        if not reasons:
            raise error
        failed = [n for n, code in enumerate(reasons) if code == "ConditionalCheckFailed"]
        if len(self._actions) in failed:
            stored = read.item(self.ctx, keys.marker(self.ctx, self.ctx.command.id))
            raise AlreadyDone(codec.load(stored.data) if stored else {})
        if failed:
            errors = [actions[n].refusal() for n in failed]
            raise Refused(errors) if len(errors) > 1 else errors[0]
        if not all(code in _RETRIABLE for code in reasons):
            raise error


def support_ended() -> Unauthenticated:
    """The refusal of an operator whose consent is over."""
    return Unauthenticated("support_ended", "The company's consent to this access is over.")


def _never() -> DomainError:
    raise RuntimeError("an unconditional write was refused")


def _plain_wire(value: int | str) -> Wire:
    return {"S": value} if isinstance(value, str) else {"N": str(value)}


def _put_new_wire(item: Item) -> Wire:
    return {"Put": {"TableName": table_name(), "Item": to_wire(item),
                    "ConditionExpression": "attribute_not_exists(pk)"}}
