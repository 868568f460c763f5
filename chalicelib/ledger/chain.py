"""The chain of a journal: each entry's hash covers every stored byte of it and the hash before it.

hash_n = SHA-256(schema version, tenant, fiscal year, journal, n, hash_{n-1}, canonical(entry)). The canonical form is the
very JSON that is stored, without its own hash: whatever is altered, added or left out is found. Frozen golden vectors
stand in the tests. (Inalterability: PCG art. 921-3; BOI-CF-IOR-60-40-20 for what an auditor checks.)

Two things may have happened to an entry without its chain being broken. It came with its company from another place
(`origins`): its hash names the company it was posted under. Or a person in it was erased (GDPR art. 17): names are gone
from it, its hash is still that of the original, and `erased` is a signature over what is left and that hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from chalicelib.kernel import codec
from chalicelib.ledger.model import JOURNAL_ENTRY, JournalEntry

GENESIS = "0" * 64
"""What stands before the first entry of a journal and year."""
_TAIL = ',"hash":"'
_ERASED = '"erased":"'
Origins = Sequence[tuple[str, int]]
"""(company, through): entries up to that number were posted under that company, in order."""

Attested = Callable[[str, str], bool]
"""Whether a signature is ours over a text."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry as it lies in the table: `sort` is its key within the journal, `data` its JSON."""

    sort: str
    data: str
    kind: str = JOURNAL_ENTRY.kind
    tenant_id: str = ""
    version: int = 1
    schema_version: int = JOURNAL_ENTRY.schema_version


@dataclass(frozen=True, slots=True)
class Broken:
    """The first entry that is not what was posted, and why."""

    number: int
    reason: str


def sort_of(number: int) -> str:
    """The sort key of an entry: its number, padded so that text order is number order."""
    return f"{number:09d}"


def digest(schema_version: int, tenant_id: str, fiscal_year: str, journal: str, number: int, previous: str,
           canonical: str) -> str:
    """The hash of one entry. None of the parts but the last can hold a line break, and JSON holds none either."""
    head = f"{schema_version}\n{tenant_id}\n{fiscal_year}\n{journal}\n{number}\n{previous}\n"
    return hashlib.sha256((head + canonical).encode()).hexdigest()


def sealed(tenant_id: str, entry: JournalEntry) -> tuple[JournalEntry, str]:
    """The entry with its hash, and the JSON that is stored. `entry` has none yet and stands after `previous_hash`."""
    canonical = codec.store(entry)
    found = digest(JOURNAL_ENTRY.schema_version, tenant_id, entry.fiscal_year, entry.journal, entry.number,
                   entry.previous_hash, canonical)
    return replace(entry, hash=found), f'{canonical[:-1]}{_TAIL}{found}"}}'


def hash_of(data: str) -> str:
    """The hash that a stored entry bears; "" when it bears none."""
    _, mark, tail = data.rpartition(_TAIL)
    return tail[:64] if mark and len(tail) == 66 and tail.endswith('"}') else ""


def posted_under(tenant_id: str, origins: Origins, number: int) -> str:
    """The company an entry was posted under."""
    return next((origin for origin, through in origins if number <= through), tenant_id)


def attestation(fiscal_year: str, journal: str, number: int, previous: str, data: str) -> str:
    """What is signed of an entry in which a person was erased: its place, the hash before it, and everything left of it,
    its own hash included."""
    left = {name: value for name, value in codec.load(data).items() if name != "erased"}
    return f"{fiscal_year}\n{journal}\n{number}\n{previous}\n{codec.compact(left)}"


def _nobody(_: str, __: str) -> bool:
    return False


def check(tenant_id: str, fiscal_year: str, journal: str, number: int, previous: str, stored: Stored,
          origins: Origins = (), attested: Attested = _nobody) -> tuple[str, str]:
    """The hash of a stored entry that should be `number` after `previous`, and what is wrong with it ("" when nothing)."""
    found, body = hash_of(stored.data), stored.data.rpartition(_TAIL)[0]
    if not found:
        return "", "its hash is missing"
    if stored.sort != sort_of(number):
        return found, "it stands at another number"
    if (stored.kind, stored.version, stored.tenant_id) != (JOURNAL_ENTRY.kind, 1, tenant_id):
        return found, "its kind, version or owner was changed"
    if _ERASED in stored.data:
        signature = str(codec.load(stored.data).get("erased") or "")
        is_ours = attested(attestation(fiscal_year, journal, number, previous, stored.data), signature)
        return found, "" if is_ours else "its content is not what an erasure left"
    origin = posted_under(tenant_id, origins, number)
    if digest(stored.schema_version, origin, fiscal_year, journal, number, previous, body + "}") != found:
        return found, "its content is not what was posted"
    return found, ""


def verify(tenant_id: str, fiscal_year: str, journal: str, entries: Iterable[Stored], expected: int, head: str,
           after: int = 0, previous: str = GENESIS, origins: Origins = (), attested: Attested = _nobody) -> Broken | None:
    """Follows the chain from `after` (whose hash is `previous`) to entry `expected`, whose hash must be `head`.

    Answers the first entry that is altered, missing or too much; None when all of them stand as they were posted.
    """
    number = after
    for stored in entries:
        number += 1
        if number > expected:
            return Broken(number, "it was added behind the journal's back")
        if stored.sort > sort_of(number):
            return Broken(number, "it is missing")
        previous, wrong = check(tenant_id, fiscal_year, journal, number, previous, stored, origins, attested)
        if wrong:
            return Broken(number, wrong)
    if number < expected:
        return Broken(number + 1, "it is missing")
    return None if previous == head else Broken(number, "the journal's head holds another hash")
