"""One command of more than one transaction, done once. Every step has a marker of its own that keeps what came of it, and
the last transaction is the marker of the whole, which keeps the answer.

Sent again after an interruption, the command goes on: steps that are done answer what they answered. Of several that are at
it at once, each step is done by one, and the others learn what came of it; so all of them come to one answer. A step's
marker knows the request's body, so another request under the same key is refused from the first step on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone, Conflict
from chalicelib.storage import keys, read, single
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import MARKER_SECONDS, Transaction

Outcome = Mapping[str, Any]


def begin(ctx: Context) -> None:
    """Raises AlreadyDone when the whole is done, or was begun for another request."""
    stored = read.item(ctx, keys.marker(ctx, ctx.command.id))
    if stored is not None:
        raise AlreadyDone(codec.load(stored.data))


@contextmanager
def claimed(ctx: Context, seconds: int) -> Iterator[None]:
    """Keeps others from working on the same command meanwhile, where the work has an effect elsewhere that two at once would
    have twice. Whoever dies holds it for `seconds`, no longer. Raises Conflict `in_flight`."""
    key, now = keys.marker(ctx, f"{ctx.command.id}/claim"), ctx.clock.now()
    stored = read.item(ctx, key)
    version = stored.version if stored else 0
    if stored is not None and datetime.fromisoformat(codec.load(stored.data)["until"]) > now:
        raise _in_flight()
    if not _put_claim(ctx, key, version + 1, now + timedelta(seconds=seconds)):
        raise _in_flight()
    try:
        yield
    finally:
        _put_claim(ctx, key, version + 2, now)


def _put_claim(ctx: Context, key: Key, version: int, until: datetime) -> bool:
    return single.put_version(ctx, Item(key, "command", ctx.tenant_id, codec.compact({"until": until.isoformat()}), version,
                                        expires_at=int(until.timestamp()) + MARKER_SECONDS))


def _in_flight() -> Conflict:
    return Conflict("in_flight", "The same request is being worked on; send it again in a moment.")


def step(ctx: Context, name: str, add: Callable[[Transaction], Outcome]) -> Outcome:
    """A step of the whole: `add` fills its transaction and answers what comes of it (plain values). Done before, it answers
    what came of it then. Raises what the transaction does."""
    transaction = Transaction(ctx.step(name))
    try:
        outcome = add(transaction)
        transaction.keeps(200, outcome)
        transaction.commit()
        return outcome
    except AlreadyDone as done:
        return outcome_of(ctx, done)


def outcome_of(ctx: Context, done: AlreadyDone) -> Outcome:
    """What came of a step that was done before, {} when it kept nothing. Raises AlreadyDone when it was another request's."""
    if done.marker.get("body_hash", "") != ctx.command.body_hash:
        raise done
    kept = done.marker.get("answer", {})
    assert isinstance(kept, Mapping)
    return kept


def is_done(part: Context) -> bool:
    """Whether a step, named by its own context, is done and kept no outcome: its effect is a document. Raises AlreadyDone
    when it was another request's."""
    stored = read.item(part, keys.marker(part, part.command.id))
    return stored is not None and not outcome_of(part, AlreadyDone(codec.load(stored.data)))


def finish(ctx: Context, answer: Outcome, status: int = 200) -> Outcome:
    """The marker of the whole, with its answer. Raises AlreadyDone when another attempt was first: its answer counts."""
    transaction = Transaction(ctx)
    transaction.keeps(status, answer)
    transaction.commit()
    return answer
