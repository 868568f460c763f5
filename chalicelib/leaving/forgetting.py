"""Which documents hold a person, what of each must be kept and how long, and what is left of one afterwards. Pure.

The right to erasure does not reach what the law makes a trader keep (GDPR art. 17(3)(b)): accounting records and their
supporting documents for ten years from the close of the fiscal year (Code de commerce L123-22). Everything else goes at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from chalicelib.kernel.documents import Document, IndexKey
from chalicelib.kernel.shapes import Row, command, entity

YEARS_KEPT = 10
LAW = "Code de commerce, art. L123-22"
GROUNDS = {
    "keep": f"{LAW}; GDPR art. 17(3)(b)",
    "erase": "GDPR art. 17(1)",
}
NAME_FIELDS = frozenset({"party_name", "customer_name"})
PERSON_FIELDS = frozenset({"buyer"})
ADDRESS_FIELDS = frozenset({"billing_address", "shipping_address", "delivery_address", "address"})
CLEARED_FIELDS = frozenset({
    "shipping_addresses", "note", "email", "phone", "email_key", "vat_number", "siren", "siret", "iban", "tags", "company_name",
    "buyer_reference", "reason", "tracking_events", "label", "credit_limit"})
"""Fields that leave a person's documents altogether: each has a default that says nothing."""
UNTOUCHED = frozenset({"seller", "mentions", "vat_breakdown"})
SHORTEST_WORD = 4
"""Words of a person that are looked for inside other texts: shorter ones would hit what is not meant."""


@entity
class Term:
    """Until when the archive keeps so many documents; `destroyed_at` once their key is gone."""

    until: date
    count: int
    destroyed_at: datetime | None = None


@entity
class Erasure:
    """That a person was erased: who asked, what was kept and until when. Nothing of it says who the person was; `subject_id`
    is the document they were, which now bears the pseudonym."""

    id: str
    version: int = 0
    state: str = "erasing"
    subject_kind: str = "customer"
    subject_id: str
    pseudonym: str
    asked_by: str
    asked_at: datetime
    erased_at: datetime | None = None
    erased_count: int = 0
    terms: tuple[Term, ...] = ()
    job_id: str = ""


@entity
class ErasureRow(Row):
    state: str
    subject_kind: str
    subject_id: str
    pseudonym: str
    asked_at: datetime
    kept_count: int
    kept_until: date | None


@entity
class Finding:
    """Documents of one kind: what becomes of them, on which ground, and until when they are kept (of what is)."""

    document_kind: str
    outcome: str
    count: int
    until: date | None
    ground: str


@entity
class Preview:
    """What an erasure would do, and what stands in its way."""

    subject_id: str
    name: str
    findings: tuple[Finding, ...]
    obstacles: tuple[str, ...]
    pseudonym: str


@command
class EraseBody:
    """Whom to erase: a customer, or a user. `confirm` is their name, typed: what is erased does not come back."""

    customer_id: str = ""
    user_id: str = ""
    confirm: str


@entity
class ArchivedRow:
    document_kind: str
    document_id: str
    until: date


@entity
class ArchivedList:
    items: tuple[ArchivedRow, ...]


@entity
class ArchivedDocument:
    """The original, as it was before the erasure."""

    document_kind: str
    document_id: str
    until: date
    content: Mapping[str, Any]


def next_end(erasure: Erasure) -> date | None:
    """When the next key of the archive is to be destroyed."""
    return min((term.until for term in erasure.terms if term.destroyed_at is None), default=None)


def _due(erasure: Erasure) -> IndexKey | None:
    end = next_end(erasure)
    return ("DUE#archive_end", f"{end.isoformat()}#{erasure.id}") if end and erasure.state == "kept" else None


def _summary(erasure: Erasure) -> Mapping[str, Any]:
    last = max((term.until for term in erasure.terms), default=None)
    return {"state": erasure.state, "subject_kind": erasure.subject_kind,
            "subject_id": erasure.subject_id, "pseudonym": erasure.pseudonym,
            "asked_at": erasure.asked_at.isoformat(timespec="seconds"), "kept_count": sum(t.count for t in erasure.terms),
            "kept_until": last.isoformat() if last else None}


ERASURE: Document[Erasure] = Document(
    kind="erasure", prefix="ers", model=Erasure, summary=_summary,
    by_list=lambda e: ("ERASURE", f"{e.asked_at.isoformat()}#{e.id}"), by_due=_due)


def kept_until(day: date, years: Sequence[tuple[date, date]]) -> date:
    """Until when a record of `day` is kept: ten years from the close of its fiscal year (`years` are first and last days),
    of the calendar year where no fiscal year holds it."""
    close = next((last for first, last in years if first <= day <= last), date(day.year, 12, 31))
    target = close.year + YEARS_KEPT
    return date(target, 2, 28) if (close.month, close.day) == (2, 29) else close.replace(year=target)


def pseudonym_of(erasure_id: str, locale: str) -> str:
    """The name a person bears afterwards."""
    return f"{'Personne effacée' if locale == 'fr' else 'Erased person'} {erasure_id[-6:]}"


def words_of(documents: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The texts by which the person is recognised in these documents, the longest first."""
    found: set[str] = set()
    for each in documents:
        for holder in (each, each.get("buyer"), each.get("billing_address"), each.get("shipping_address"),
                       *each.get("shipping_addresses", ())):
            if isinstance(holder, Mapping):
                found |= {str(holder.get(name) or "").strip() for name in (
                    "name", "company_name", "email", "phone", "line1", "line2", "party_name", "customer_name")}
    return tuple(sorted((word for word in found if len(word) >= SHORTEST_WORD), key=lambda word: (-len(word), word)))


@dataclass(frozen=True, slots=True)
class Person:
    """Who is forgotten: the id that stays, the texts that go, the name that stands in their place."""

    id: str
    words: tuple[str, ...]
    pseudonym: str


def without(value: Any, person: Person) -> Any:
    """A value in whose texts the person's words are replaced, in whatever case they stand. A line of somebody else (an
    opening entry names many customers) is left as it is."""
    if isinstance(value, str):
        for word in person.words:
            value = _replaced(value, word, person.pseudonym)
        return value
    if isinstance(value, Mapping):
        if value.get("party_id", person.id) not in ("", person.id):
            return dict(value)
        return {name: person.pseudonym if name in NAME_FIELDS and part else without(part, person)
                for name, part in value.items()}
    return [without(part, person) for part in value] if isinstance(value, list) else value


def respelled(value: Any, person: Person) -> Any:
    """A value in all of whose texts the person's words are the pseudonym: of somebody who worked here, whatever fields are
    called."""
    if isinstance(value, str):
        for word in person.words:
            value = _replaced(value, word, person.pseudonym)
        return value
    if isinstance(value, Mapping):
        return {name: respelled(part, person) for name, part in value.items()}
    return [respelled(part, person) for part in value] if isinstance(value, (list, tuple)) else value


def _replaced(text: str, word: str, by: str) -> str:
    folded, wanted, at = text.casefold(), word.casefold(), 0
    if len(folded) != len(text) or wanted not in folded:
        return text.replace(word, by)
    found = []
    while (hit := folded.find(wanted, at)) >= 0:
        found.append(text[at:hit] + by)
        at = hit + len(wanted)
    return "".join(found) + text[at:]


def forgotten(kind: str, value: Mapping[str, Any], person: Person) -> dict[str, Any]:
    """What is left of a person's document: numbers, goods, amounts and the country stay, the person goes."""
    if kind == "journal_entry":
        return dict(without(value, person))
    left = {name: _field(name, part, person) for name, part in value.items() if name not in CLEARED_FIELDS}
    return left | {"name": person.pseudonym, "is_active": False} if kind == "customer" else left


def _field(name: str, part: Any, person: Person) -> Any:
    if name in UNTOUCHED:
        return part
    if name in NAME_FIELDS:
        return person.pseudonym if part else part
    if name in PERSON_FIELDS and isinstance(part, Mapping):
        left = {"name": person.pseudonym}
        return {**left, "address": _country(part["address"])} if isinstance(part.get("address"), Mapping) else left
    if name in ADDRESS_FIELDS and isinstance(part, Mapping):
        return _country(part)
    if name in _INNER and isinstance(part, list):
        return [{key: each[key] for key in each if key not in _INNER[name]} for each in part]
    return without(part, person)


_INNER: Mapping[str, frozenset[str]] = {
    "parcels": frozenset({"tracking_events", "label", "tracking_url", "tracking_number"}), "refunds": frozenset({"reason"})}


def _country(address: Mapping[str, Any]) -> dict[str, Any]:
    return {"country_code": address["country_code"]} if address.get("country_code") else {}
