"""What the audit keeps of a change: who, what, when, from where, and each changed field before and after. Pure.

A record is made of a transaction and written in it. Of a document's fields it keeps the values as they are stored, except
secrets and what tells of a person (`Document.personal`): of these it says that they changed, not what they are, so that
forgetting somebody never needs a change here. What follows from other documents (`Document.is_derived`) is not told.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.documents import Document

AUDITED = frozenset({"user", "api_key", "connection", "anonymous", "operator"})
"""Actors whose every change is recorded: people, programs, shops, and who could not say who they are."""

KEPT_DAYS = 3 * 365
"""Three years: the most that the CNIL grants a log kept for internal control (deliberation 2021-122 of 14 October 2021)."""

MASK = "•••"
MAX_TEXT = 500
MAX_FIELDS = 1500
_SECRET = re.compile(r"secret|token|password|credential|sealed|_key$")
_UNTOLD = frozenset({"id", "version"})
_LABELS = ("number", "name", "sku", "title", "legal_name", "code", "label", "user_name")
_KNOWN = (
    b'{"rq":"req_01K","ua":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/ Safari/537.36",'
    b'"ev":[["StockChanged","OrderPlaced","UserUpdated"]],"ch":[{"verb":"changed","fields":{"is_active":[true,false],'
    b'"name":["","role":["sales"],"state":["draft","confirmed"]}},{"verb":"created","kind":"sales_order","id":"ord_01K",'
    b'"version":1,"after":{"number":"SO-","state":"confirmed","placed_at":"2026-11-24T08:30:00.000000Z","is_placed":true,'
    b'"channel_id":"con_01K","channel_name":"","external_id":"","external_number":"","customer_id":"cus_01K","buyer":'
    b'"\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2","billing_address":"\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2","shipping_address":'
    b'"\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2","currency":"EUR","prices_include_vat":true,"lines":[{"line_id":"1","id":"1",'
    b'"sku":"","name":"","unit_code":"C62","quantity":"1","unit_price":"9.90","list_price":"","discount":"","vat_category":'
    b'"S","vat_rate":"5.5","20.0","net_amount":"","vat_amount":"","gross_amount":"","total":"","reserved":[{"warehouse_id":'
    b'"whs_01K","quantity":"1"}],"weight_grams":,"price_source":"manual"}],"charges":[],"vat_breakdown":[{"category":"S",'
    b'"rate":"5.5","taxable_amount":"","vat_amount":""}],"total_without_vat":"","total_with_vat":"","paid_total":"",'
    b'"is_paid":true,"warehouse_ids":["whs_01K"],"updated_at":"2026-11-24T08:30:00.000000Z","created_at":"2026-'
)
"""What most records hold in part: it makes them two thirds smaller. Records are read with the text they were written with."""


def is_secret(name: str) -> bool:
    """Whether a field of this name holds a secret, or what is made of one."""
    return _SECRET.search(name) is not None


def _hidden(document: Document[Any], name: str, *values: Any) -> bool:
    """Whether the values of a field are not kept; that something is on or off tells nothing of what it is."""
    return (name in document.personal or is_secret(name)) and not any(isinstance(value, bool) for value in values)


def _kept(document: Document[Any], value: Any, name: str = "") -> Any:
    """A value as the audit keeps it: nothing secret or personal, texts of 500 characters at most."""
    if name and _hidden(document, name, value):
        return MASK if value else value
    if isinstance(value, dict):
        return {key: _kept(document, part, key) for key, part in value.items()}
    if isinstance(value, list):
        return [_kept(document, part) for part in value]
    return value[:MAX_TEXT] + "…" if isinstance(value, str) and len(value) > MAX_TEXT else value


def _differences(document: Document[Any], before: Any, after: Any, path: str, name: str) -> Iterator[tuple[str, Any, Any]]:
    """Every leaf that is not the same, by its path; of a hidden one, that it is not."""
    if before == after:
        return
    if name and _hidden(document, name, before, after):
        yield path, MASK if before else None, MASK if after else None
    elif isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            if path or key not in _UNTOLD:
                yield from _differences(document, before.get(key), after.get(key), f"{path}.{key}" if path else key, key)
    elif isinstance(before, list) and isinstance(after, list):
        for n in range(max(len(before), len(after))):
            was, now = (each[n] if n < len(each) else None for each in (before, after))
            yield from _differences(document, was, now, f"{path}.{n}", "")
    else:
        yield path, _kept(document, before), _kept(document, after)


def label_of(document: Document[Any], summary: Mapping[str, Any]) -> str:
    """What people call the document, unless that would name a person."""
    return next((str(summary[name])[:60] for name in _LABELS if summary.get(name) and not _hidden(document, name)), "")


def change(document: Document[Any], document_id: str, version: int, before: str, after: str) -> dict[str, Any]:
    """What a change of one document is kept as. `before` and `after` are its stored JSON, "" when there was none. Of a new
    document what it began as is kept, of one that was removed what it ended as, else the fields that are not the same."""
    told: dict[str, Any] = {"kind": document.kind, "id": document_id, "version": version}
    if before and after:
        found = list(_differences(document, codec.load(before), codec.load(after), "", ""))
        more = {"more": len(found) - MAX_FIELDS} if len(found) > MAX_FIELDS else {}
        return {"verb": "changed", **told, "fields": {path: [was, now] for path, was, now in found[:MAX_FIELDS]}, **more}
    name, text = ("after", after) if after else ("before", before)
    kept = {key: _kept(document, part, key) for key, part in codec.load(text).items() if key not in _UNTOLD}
    return {"verb": "created" if after else "removed", **told, name: kept}


def pack(ctx: Context, events: Sequence[Mapping[str, Any]], changes: Sequence[Mapping[str, Any]]) -> bytes:
    """The part of a record that only its own page shows, small."""
    return packed({"rq": ctx.request_id, "ua": ctx.origin.user_agent[:200],
                   "ev": [[each["type"], each["kind"], each["entity_id"], each["version"]] for each in events],
                   "ch": changes})


def packed(body: Mapping[str, Any]) -> bytes:
    """A body that `unpack` gave, packed again."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15, zdict=_KNOWN)
    return packer.compress(codec.compact(body).encode()) + packer.flush()


def unpack(packed: bytes) -> Mapping[str, Any]:
    """What `pack` packed."""
    unpacker = zlib.decompressobj(-15, zdict=_KNOWN)
    found: Mapping[str, Any] = json.loads(unpacker.decompress(packed) + unpacker.flush())
    return found


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a document by its path (`address.city`, `lines.0.sku`); empty lists and objects are none."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from leaves(part, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for n, part in enumerate(value):
            yield from leaves(part, f"{path}.{n}")
    else:
        yield path, value


def fields_of(told: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """The fields of a kept change: path, before, after (None where there was nothing)."""
    if "fields" in told:
        return [(path, was, now) for path, (was, now) in told["fields"].items()]
    if "after" in told:
        return [(path, None, value) for path, value in leaves(told["after"])]
    return [(path, value, None) for path, value in leaves(told["before"])]
