"""Closes the audit hour by hour, and checks that what was closed still stands.

An hour is read from the table itself, consistently, never from an index. Hours without records have no seal: a seal names
the hash of the last one before it, and the check looks that nothing stands in between.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chalicelib.audit.model import GENESIS, HOURS_A_RUN, SEALS, Check, Finding, Head, Seal, hash_of, last_due
from chalicelib.kernel import codec
from chalicelib.kernel.audit import KEPT_DAYS
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone, Conflict, Invalid
from chalicelib.kernel.ids import instant_of
from chalicelib.runtime import secrets
from chalicelib.storage import keys, read
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Transaction

MAX_DAYS = 31
HOUR = timedelta(hours=1)
logger = logging.getLogger("comptoir")


def _name(hour: datetime) -> str:
    return f"{hour:%Y%m%d%H}"


def _hour(name: str) -> datetime:
    return datetime.strptime(name, "%Y%m%d%H").replace(tzinfo=UTC)


def _records(ctx: Context, hour: datetime) -> list[tuple[str, bytes]]:
    """What an hour's records are, in the order of their ids: the row and the packed part of each."""
    found = []
    for shard in range(keys.OUTBOX_SHARDS):
        partition = keys.audit_partition(ctx, shard, hour).removeprefix(keys.prefix(ctx))
        found += bytes_of(read.every_item(ctx, partition))
    return sorted(found)


def bytes_of(items: Iterable[Item]) -> list[tuple[str, bytes]]:
    """The id of each record with the bytes that a seal is over, in the order of the ids."""
    return sorted((item.key.sk, (item.summary or "").encode() + (item.packed or b"")) for item in items)


def next_hour(ctx: Context, after: datetime, until: datetime) -> datetime | None:
    """The first hour with records from `after` to `until`, both included; None when there is no such hour yet."""
    if after > until:
        return None
    page = read.query(ctx, "by_list", "AUDIT", limit=1, newest_first=False,
                      between=(f"{after:%Y-%m-%dT%H}", f"{until:%Y-%m-%dT%H}\uffff"))
    at = instant_of(str(page.items[0]["id"])) if page.items else None
    return at.replace(minute=0, second=0, microsecond=0) if at else None


def seal_key(ctx: Context, hour: str) -> keys.Key:
    """Where the seal of an hour (yyyymmddhh) stands."""
    return keys.child(ctx, "audit_seals", "hours", hour)


def seal(ctx: Context) -> int:
    """Closes the hours that are over and were not closed; answers how many. Two at once do no harm: one of them writes."""
    head = read.find(ctx, SEALS, "head") or Head()
    last, done = last_due(ctx.now), 0
    after = _hour(head.hour) + HOUR if head.hour else datetime(2000, 1, 1, tzinfo=UTC)
    while done < HOURS_A_RUN and (hour := next_hour(ctx, after, last)) is not None:
        found, count = hash_of(ctx.tenant_id, _name(hour), head.hash, _records(ctx, hour))
        try:
            head = _close(ctx, head, _name(hour), found, count)
        except (AlreadyDone, Conflict):
            return done
        logger.info(codec.compact({"level": "INFO", "message": "audit sealed", "tenant": ctx.tenant_id, "hour": _name(hour),
                                   "records": count, "hash": found}))
        after, done = hour + HOUR, done + 1
    return done


def _close(ctx: Context, head: Head, hour: str, found: str, count: int) -> Head:
    """Writes an hour's seal and moves the head, under the condition that nobody did."""
    transaction = Transaction(ctx.step(f"seal:{hour}"))
    made = Seal(hour=hour, count=count, previous=head.hash, hash=found, sealed_at=ctx.clock.now(),
                signature=secrets.sign(ctx, "audit", found))
    transaction.put_new(Item(seal_key(ctx, hour), "audit_seal", ctx.tenant_id, codec.store(made)),
                        lambda: Conflict("already_exists", "This hour is sealed already."))
    new = replace(head, hour=hour, hash=found, sealed=head.sealed + count)
    new = transaction.save(SEALS, head, new) if head.version else transaction.create(SEALS, new)
    transaction.commit()
    return new


# -- checking --------------------------------------------------------------------------------------------------------


def _seals(ctx: Context, first: str, last: str) -> Iterator[Seal]:
    return (codec.adapter(Seal).validate_json(item.data)
            for item in read.every_item(ctx, "AUDIT_SEALS#hours", between=(first, last)))


def _day(name: str, text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise Invalid("date", f"{name} is a day, as 2026-11-24.", {name: "a day"}) from None


def check(ctx: Context, first: str, last: str) -> Check:
    """Whether the records of these days (UTC, both included, 31 at most) are those that were sealed. Raises Invalid."""
    begin, end = _day("from", first), _day("to", last) + timedelta(hours=23)
    if end < begin or end - begin >= timedelta(days=MAX_DAYS):
        raise Invalid("period", f"A check covers 1 to {MAX_DAYS} days.", {"to": f"at most {MAX_DAYS} days after from"})
    head = read.find(ctx, SEALS, "head") or Head()
    findings: list[Finding] = []
    hours = records = 0
    previous, place = _before(ctx, begin), begin
    for each in _seals(ctx, _name(begin), _name(end)):
        hour = _hour(each.hour)
        findings += _between(ctx, place, hour - HOUR)
        stored = _records(ctx, hour)
        found, count = hash_of(ctx.tenant_id, each.hour, each.previous, stored)
        if each.previous != previous or not secrets.verify(ctx, "audit", each.hash, each.signature):
            findings.append(Finding(hour=each.hour, code="broken", sealed_count=each.count, found_count=count))
        elif (count != each.count or found not in (each.hash, left_of(ctx, each))) and (
                hour + timedelta(days=KEPT_DAYS - 1) > ctx.now):
            findings.append(Finding(hour=each.hour, code="altered", sealed_count=each.count, found_count=count))
        hours, records, previous, place = hours + 1, records + count, each.hash, hour + HOUR
    if head.hour:
        findings += _between(ctx, place, min(end, _hour(head.hour)))
        if _name(begin) <= head.hour <= _name(end) and previous != head.hash:
            findings.append(Finding(hour=head.hour, code="broken", sealed_count=0, found_count=0))
    return Check(first=first, last=last, hours=hours, records=records, findings=tuple(findings),
                 sealed_through=_hour(head.hour).isoformat() if head.hour else "")


def _before(ctx: Context, begin: datetime) -> str:
    """The hash of the last seal before an hour."""
    items, _ = read.collection(ctx, "AUDIT_SEALS#hours", between=("0", _name(begin - HOUR)), newest_first=True, limit=1)
    return codec.adapter(Seal).validate_json(items[0].data).hash if items else GENESIS


def left_of(ctx: Context, seal: Seal) -> str:
    """The hash of what stands in an hour since a person was taken out of it; "" when none was, or nobody signed it."""
    is_good = seal.left and secrets.verify(ctx, "audit", f"{seal.hash}\n{seal.left}", seal.left_signature)
    return seal.left if is_good else ""


def _between(ctx: Context, first: datetime, last: datetime) -> list[Finding]:
    """What stands in hours that were passed without a seal."""
    if last < first or (hour := next_hour(ctx, first, last)) is None:
        return []
    return [Finding(hour=_name(hour), code="unsealed", sealed_count=0, found_count=len(_records(ctx, hour)))]
