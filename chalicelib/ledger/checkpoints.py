"""Signed checkpoints of the chains, kept outside the table: who rewrites a whole journal cannot rewrite these too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import NotFound
from chalicelib.ledger import chain, heads, rolling
from chalicelib.ledger.chain import Broken, Stored
from chalicelib.ledger.model import FISCAL_YEAR, FiscalYear
from chalicelib.runtime import secrets
from chalicelib.storage import blobs, read
from chalicelib.storage.table import Item

_PURPOSE = "ledger-checkpoint"
_ERASURE = "ledger-erasure"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """That entry `number` of a journal had this hash at an instant."""

    fiscal_year: str
    journal: str
    number: int
    hash: str
    taken_at: str


def _name(fiscal_year: str, journal: str) -> str:
    return f"ledger/checkpoints/{fiscal_year}/{journal}.json"


def _signed(point: Checkpoint) -> str:
    return codec.compact([point.fiscal_year, point.journal, point.number, point.hash, point.taken_at])


def years(ctx: Context) -> Iterator[FiscalYear]:
    """Every fiscal year of the tenant, oldest first."""
    for row in read.every_row(ctx, "by_list", "FISCAL_YEAR", newest_first=False):
        yield read.get(ctx, FISCAL_YEAR, str(row["id"]))


def latest(ctx: Context, fiscal_year: str, journal: str) -> tuple[Checkpoint | None, str]:
    """The last checkpoint of a journal, and what is wrong with it ("" when nothing, also when there is none yet)."""
    try:
        content = codec.load(blobs.get(ctx, _name(fiscal_year, journal)).decode())
    except NotFound:
        return None, ""
    point = Checkpoint(fiscal_year, journal, int(content["number"]), content["hash"], content["taken_at"])
    is_ours = secrets.verify(ctx, _PURPOSE, _signed(point), content["signature"])
    return point, "" if is_ours else "its checkpoint is not ours"


def take(ctx: Context) -> None:
    """Signs where every journal stands, if what the last checkpoint saw still stands: a broken chain is never covered up.

    What is broken keeps its last checkpoint, so `verify_ledger` names it."""
    for year in years(ctx):
        for journal, head in heads.heads_of(ctx, year).items():
            point, wrong = latest(ctx, year.id, journal)
            number = head.next_number - 1
            if number == 0 or wrong or (point and point.number == number) or verify(ctx, year, journal, point):
                continue
            new = Checkpoint(year.id, journal, number, head.hash, ctx.now.isoformat())
            blobs.put(ctx, _name(year.id, journal), codec.compact({
                "number": new.number, "hash": new.hash, "taken_at": new.taken_at,
                "signature": secrets.sign(ctx, _PURPOSE, _signed(new))}).encode(), "application/json")


def _stored(item: Item) -> Stored:
    return Stored(item.key.sk, item.data, item.kind, item.tenant_id, item.version, item.schema_version)


def verify(ctx: Context, year: FiscalYear, journal: str, since: Checkpoint | None = None) -> Broken | None:
    """The first broken entry of a journal, from its beginning or, to save time, from a checkpoint."""
    head = heads.read_heads(ctx, [(year.id, journal)]).get((year.id, journal))
    if head is None:
        return Broken(0, "the journal's head is missing")
    after, previous = (since.number, since.hash) if since else (0, chain.GENESIS)
    stored = map(_stored, rolling.entries(ctx, year.id, journal, after))
    return chain.verify(ctx.tenant_id, year.id, journal, stored, head.next_number - 1, head.hash, after, previous,
                        head.origins, partial(secrets.verify, ctx, _ERASURE))


def attested(ctx: Context, entry: Mapping[str, Any], previous: str) -> str:
    """The stored text of an entry in which a person was erased, signed as ours. `entry` is what is left of it, with the hash
    of the original; `previous` the hash before it."""
    left = {name: value for name, value in entry.items() if name not in ("erased", "hash")} | {"hash": entry["hash"]}
    text = chain.attestation(str(entry["fiscal_year"]), str(entry["journal"]), int(entry["number"]), previous,
                             codec.compact(left))
    signature = secrets.sign(ctx, _ERASURE, text)
    return codec.compact({**{name: value for name, value in left.items() if name != "hash"}, "erased": signature,
                          "hash": entry["hash"]})


def verify_whole(ctx: Context, year: FiscalYear, journal: str) -> Broken | None:
    """The first broken entry of a journal from its beginning, also against the last checkpoint."""
    broken = verify(ctx, year, journal)
    point, wrong = latest(ctx, year.id, journal)
    if broken or point is None:
        return broken
    if wrong:
        return Broken(point.number, wrong)
    item = next(rolling.entries(ctx, year.id, journal, point.number - 1, point.number), None)
    return None if item and chain.hash_of(item.data) == point.hash else Broken(
        point.number, "the whole chain was written anew after a checkpoint")
