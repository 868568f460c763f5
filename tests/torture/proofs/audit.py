"""The audit tells every write of the API, once, and right.

The operations come from the route table and are prepared as those of `idempotency` are. Each is asked once under a key by the
owner, and again. Then the table is compared with what it was: the records that came name the owner, the route and the
address; they tell of every document that is not the same, and of no other; of each the fields that differ, which are computed
here anew from the stored texts; and nothing that is secret or of a person stands in them. The repeat adds none. An operation
of one transaction has exactly one record.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from chalicelib.kernel import audit
from chalicelib.kernel.documents import Document
from chalicelib.runtime import registry
from chalicelib.storage import record, transaction
from chalicelib.storage.record import Record
from chalicelib.storage.table import text_of
from chalicelib.tenants import signing_in
from tests.torture.faults import CALM, Faults
from tests.torture.proof import Proof, Result, Variant
from tests.torture.proofs.idempotency import BY_ITSELF, ROWS, Case, Company, plenty, writes
from tests.torture.world import World

ROOT = Path(__file__).resolve().parents[3]


@cache
def documents() -> dict[str, Document[Any]]:
    """Every kind of document that the product declares."""
    found: dict[str, Document[Any]] = {}
    for path in sorted((ROOT / "chalicelib").rglob("*.py")):
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        found.update({value.kind: value for value in vars(module).values() if isinstance(value, Document)})
    return found


KEY = "audit-{name}"
SEVERAL = {
    "POST /api/invoicing/from-orders": "the draft, then its issue",
    "POST /api/shipping/deliveries/{document_id}/buy_labels": "what is asked of the carrier, then what it answered",
    "POST /api/channels/connections/{connection_id}/rotate-secret": "no secret is known while the shop is told another",
    **dict.fromkeys(("POST /api/ledger/entries", "POST /api/invoicing/invoices/{document_id}/issue",
                     "POST /api/invoicing/invoices/{document_id}/credit", "POST /api/invoicing/deposits",
                     "POST /api/payments/payments",
                     "POST /api/payments/payments/{document_id}/reverse", "POST /api/payments/payouts",
                     "POST /api/payments/payouts/{document_id}/reverse"), "the year remembers the first entry of a journal"),
    "POST /api/channels/connections": "the connection, then what the shop said of itself",
}
"""Operations of several transactions, each of which has its record, and why."""

JOB = "a job says itself how far it is"
NO_FIELDS = {
    **dict.fromkeys((
        "POST /api/channels/connections/{connection_id}/import-products", "POST /api/catalog/imports",
        "POST /api/catalog/imports/{document_id}/cancel", "POST /api/pricing/price-lists/{price_list_id}/imports",
        "POST /api/pricing/imports/{document_id}/cancel", "POST /api/channels/imports/{document_id}/cancel",
        "POST /api/reporting/rebuilds", "POST /api/reporting/rebuilds/{document_id}/cancel", "POST /api/invoicing/runs",
        "POST /api/invoicing/runs/{document_id}/cancel", "POST /api/onboarding/sample-loads",
        "POST /api/onboarding/sample-loads/{document_id}/cancel", "POST /api/onboarding/sample-wipes",
        "POST /api/onboarding/sample-wipes/{document_id}/cancel", "POST /api/leaving/exports",
        "POST /api/audit/export-jobs", "POST /api/audit/export-jobs/{document_id}/cancel",
        "POST /api/leaving/exports/{document_id}/cancel", "POST /api/leaving/imports",
        "POST /api/leaving/imports/{document_id}/cancel", "POST /api/leaving/erasure-jobs/{document_id}/cancel"), JOB),
    "POST /api/ledger/entries/{document_id}/reverse": "entries stand in a chain of their own",
    "POST /api/webhooks/endpoints/{endpoint_id}/recover": "messages are sent again, nothing is changed",
}
"""Operations that change no document: their record says what happened."""


def run(seed: int, size: int, faults: Faults) -> Result:
    """The operations one after the other, in an order drawn by the seed."""
    result = Result()
    names = [name for name in writes() if name in ROWS]
    assert registry.DOMAINS
    with World(seed, CALM) as world, patch.object(signing_in, "EVEN_SECONDS", 0.0), plenty():
        company = Company(world, "maison")
        world.chance.shuffle(names)
        for name in names[:size]:
            _Trial(company, name, result).go()
        result.facts = {"operations": len(names[:size])}
        return result.close(world)


class _Trial:
    def __init__(self, company: Company, name: str, result: Result) -> None:
        self.company, self.name, self.result = company, name, result
        self.method = name.partition(" ")[0]

    def check(self, invariant: str, held: bool, detail: object = "") -> None:
        self.result.check(invariant, held, f"{self.name}: {detail}")

    def ask(self, case: Case) -> int:
        return int(self.company.ask(self.method, case.path, case.body, KEY.format(name=self.name.replace(" ", "-")))[0])

    def items(self) -> dict[tuple[str, str], Any]:
        """Everything that the company has in the table."""
        start = f"T#{self.company.name}#"
        return {(pk, sk): wire for pk, found in self.company.world.cloud.table.items.items() if pk.startswith(start)
                for sk, wire in found.items()}

    def go(self) -> None:
        try:
            if self.name in BY_ITSELF:
                raise RuntimeError(self.name)
            case = ROWS[self.name](self.company)
        except RuntimeError:  # What went before stands in its way: a company of its own.
            self.company = Company(self.company.world, f"seule{next(self.company.numbers)}")
            case = ROWS[self.name](self.company)
        before = self.items()
        status = self.ask(case)
        self.check("answered", status < 300, status)
        after = self.items()
        self.records(before, after)
        self.ask(case)
        again = [key for key in self.items() if key not in after and "#AUDIT#" in key[0]]
        self.check("a repeat adds no record", not again, len(again))

    def records(self, before: dict[tuple[str, str], Any], after: dict[tuple[str, str], Any]) -> None:
        """What came into the audit, against what became of the table."""
        came = [item for key, item in after.items() if key not in before and item["kind"]["S"] == record.KIND]
        is_one = len(came) == 1 or (self.name in SEVERAL and len(came) > 1)
        self.check("exactly one record", is_one, len(came))
        changed = _changed(before, after)
        told: dict[tuple[str, str], set[str]] = {}
        for item in came:
            summary, body = json.loads(item["summary"]["S"]), audit.unpack(item["packed"]["B"])
            who = (summary.get("actor_kind"), summary.get("actor_name"), summary.get("operation"), summary.get("source_ip"))
            self.check("who, what and from where", who == ("user", "Odile Favre", self.name, "127.0.0.1"), who)
            self.check("it follows from one request", body["rq"] != "" and summary.get("document_id", "") != "", summary)
            for each in body["ch"]:
                names = {path.partition(".")[0] for path, _, _ in audit.fields_of(each)}
                told.setdefault((each["kind"], each["id"]), set()).update(names)
            self.check("nothing secret", not _shown(body), _shown(body)[:3])
        invented = {} if self.name in SEVERAL else _missing(told, changed)
        self.check("every changed field", not _missing(changed, told) and not invented, (_missing(changed, told), invented))
        self.check("something changed, or it says why not", bool(changed) != (self.name in NO_FIELDS), list(changed))


def _missing(one: dict[tuple[str, str], set[str]], other: dict[tuple[str, str], set[str]]) -> dict[tuple[str, str], set[str]]:
    return {key: names - other.get(key, set()) for key, names in one.items() if names - other.get(key, set())}


def _changed(before: dict[tuple[str, str], Any], after: dict[tuple[str, str], Any]) -> dict[tuple[str, str], set[str]]:
    """The documents that are not the same, each with its fields that differ, from the stored texts."""
    found = {}
    for key in {*before, *after}:
        was, now = before.get(key), after.get(key)
        document = documents().get((now or was or {})["kind"]["S"])
        if was == now or document is None or document.is_derived or key[1] != "#":
            continue
        old, new = (json.loads(text_of(each)) if each else {} for each in (was, now))
        names = {name for name in {*old, *new} - {"id", "version"} if old.get(name) != new.get(name) and not _is_empty(
            old.get(name), new.get(name), was is not None and now is not None)}
        found[document.kind, key[0].split("#", 3)[3]] = names
    return {key: names for key, names in found.items() if names}


def _is_empty(old: Any, new: Any, is_change: bool) -> bool:
    """Whether a new or removed document's field holds nothing that could be told: an empty list or object."""
    return not is_change and (old or new) in ([], {})


def _shown(body: Any) -> list[str]:
    """Values that no record may hold, by their path."""
    found = []
    for each in body["ch"]:
        document: Document[Any] = documents()[each["kind"]]
        for path, was, now in audit.fields_of(each):
            if any(audit.is_secret(name) or name in document.personal for name in path.split(".")):
                found += [f"{each['kind']}.{path}"] if {was, now} - {None, audit.MASK, "", True, False} else []
    return found


# -- planted bugs --------------------------------------------------------------------------------------------------------


@contextmanager
def _only_what_is_new() -> Iterator[None]:
    """Changes of documents that were there are forgotten."""
    note = Record.note

    def forgetful(self: Record, document: Any, document_id: str, version: int, old: Any, new: Any) -> None:
        if old is None or new is None:
            note(self, document, document_id, version, old, new)

    with patch.object(Record, "note", forgetful):
        yield


@contextmanager
def _beside_the_transaction() -> Iterator[None]:
    """The record is a write of its own before the change: what is refused or repeated is told too."""
    from chalicelib.storage import single

    commit, told = transaction.Transaction.commit, transaction.Transaction._told

    def apart(self: Any) -> None:
        if self._record is not None and (self._events or not self._record.is_empty):
            now = self.ctx.clock.now()
            single.put(self.ctx, self._record.item(self.ctx.new_id("evt"), now, self._events, self._result))
        commit(self)

    def without(self: Any) -> Any:
        return [each for each in told(self) if each.wire["Put"]["Item"]["kind"]["S"] != record.KIND]

    with patch.object(transaction.Transaction, "commit", apart), patch.object(transaction.Transaction, "_told", without):
        yield


@contextmanager
def _somebody_else() -> Iterator[None]:
    """Everything is the platform's doing."""
    item = Record.item

    def nameless(self: Record, *facts: Any) -> Any:
        from dataclasses import replace

        from chalicelib.kernel.context import Actor

        self.ctx = replace(self.ctx, actor=Actor("user", "usr_1", "Système"))
        return item(self, *facts)

    with patch.object(Record, "item", nameless):
        yield


@contextmanager
def _as_it_is() -> Iterator[None]:
    """Secrets and persons are kept like anything else."""
    with patch.object(audit, "_hidden", lambda document, name, *values: False):
        yield


PROOF = Proof(
    "audit", run, ci=(1000, 1), long=(1000, 4), unit="operations", faults=CALM, variant_size=1000,
    variants={
        "only what is new": Variant(_only_what_is_new, seeds=1),
        "beside the transaction": Variant(_beside_the_transaction, seeds=1),
        "somebody else": Variant(_somebody_else, seeds=1), "as it is": Variant(_as_it_is, seeds=1),
    })
