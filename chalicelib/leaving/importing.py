"""A whole export into an empty company: checked first, then loaded, counted, and proved equal by the canonical hash.

Ids are kept. What is the company's own is made anew: keys, guards under its own keyed hashes, list indexes, search, balances.
Every write is the same whenever repeated, so a kill or a second message costs a page at most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

from chalicelib.activity import service as activity
from chalicelib.events import jobs
from chalicelib.events.jobs import Run
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, DomainError, Invalid, Problem
from chalicelib.kernel.job import Job
from chalicelib.leaving import exporting, walking
from chalicelib.leaving.archive import Archive, checked_line, problems_of, uploaded
from chalicelib.leaving.families import FOLDERS, KEPT, Family, Listed
from chalicelib.leaving.model import TENANT_IMPORT, ImportExport, StateHash, TenantImport
from chalicelib.ledger import checkpoints, rolling
from chalicelib.ledger.model import JOURNAL_ENTRY
from chalicelib.reporting import rebuilding
from chalicelib.storage import blobs, carrying, keys, read, write
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item, Wire, text_of, to_wire
from chalicelib.storage.transaction import index_keys
from chalicelib.tenants import service as tenants
from chalicelib.tenants.selling import entitlements

T = TypeVar("T")
KIND = "company_import"
SIDE_BY_SIDE = 6
AT_ONCE = 400
FILES_AT_ONCE = 50
MAX_PROBLEMS = 500
PROOFS = 6
"""How often the state is compared before it is called unequal: an index may show it late."""


def start(ctx: Context, body: ImportExport) -> Job:
    """Begins an import. Raises NotFound, Invalid for what is no export, Conflict `not_empty`, `currency`, `upload_gap`."""
    here = uploaded(ctx, body.upload_id)
    archive = Archive(ctx, body.upload_id)
    archive.check(tenants.tenant(ctx).currency)
    if not body.dry_run:
        refuse_full(ctx, archive.manifest.canonical_hash)
    total = sum(each.count for each in archive.manifest.families) + archive.manifest.file_count
    job = Job(id=ctx.new_id("job"), job_kind=KIND, title=archive.manifest.company_name[:60], dry_run=body.dry_run,
              actor_name=ctx.actor.name, locale=ctx.locale, total=total, chunk_count=2, created_at=ctx.now,
              counts={"items": 0, "files": 0},
              facts={"phase": "check", "family": 0, "upload_id": here.upload_id, "from": archive.manifest.tenant_id,
                     "hash": archive.manifest.canonical_hash})
    return jobs.start(ctx, job)


def refuse_full(ctx: Context, canonical_hash: str = "") -> None:
    """Raises Conflict `not_empty` when the company does business already; what an import of the same export left half done
    is no business."""
    before = read.find(ctx, TENANT_IMPORT, "current")
    if before is not None and before.state == "loading" and before.canonical_hash == canonical_hash:
        return
    for family in KEPT:
        for walk in family.walks:
            for partition in walk.partitions if isinstance(walk, Listed) and walk.is_business else ():
                if read.query(ctx, "by_list", partition, limit=1).items:
                    raise Conflict("not_empty", f"This company has data of its own already: {family.name}.",
                                   {"upload_id": "company not empty"})
    for year in checkpoints.years(ctx):
        if next(iter(rolling.entries(ctx, year.id, journal) for journal in year.journals), None) is not None and any(
                next(rolling.entries(ctx, year.id, journal), None) is not None for journal in year.journals):
            raise Conflict("not_empty", "This company has entries in its books already.", {"upload_id": "company not empty"})


def work(run: Run) -> None:
    """One slice of an import."""
    archive = Archive(run.ctx, run.job.facts["upload_id"])
    while not run.is_over:
        _PHASES[run.job.facts["phase"]](run, archive)


# -- check -------------------------------------------------------------------------------------------------------------


def _check(run: Run, archive: Archive) -> None:
    """Every part has its digest, every line its shape, every family its count: a family is a chunk."""
    n = run.job.facts["family"]
    family = KEPT[n]
    problems: list[Problem] = []
    rows = 0
    if archive.holds(family):
        name = f"data/{family.name}.jsonl"
        said = next((part for part in archive.manifest.parts if part.name == name), None)
        if said is None or (said.size_bytes, said.sha256) != archive.digest(name):
            raise Invalid("archive_digest", f"{name} is not what the manifest says.", {"upload_id": "changed"})
        rows = sum(1 for _ in archive.lines(name))
        for problem in problems_of(run.ctx, archive, family, restored):
            problems.append(problem)
            if len(problems) >= MAX_PROBLEMS:
                break
    said_count = next((each.count for each in archive.manifest.families if each.name == family.name), 0)
    if said_count != rows:
        problems.append(Problem("archive_count", f"{family.name}: {rows} lines, the manifest says {said_count}."))
    is_last = n + 1 == len(KEPT)
    wrong = run.job.problem_count + len(problems)
    after: dict[str, Any] = {"family": 0 if is_last else n + 1}
    if is_last:
        after |= {"phase": "done" if run.job.dry_run or wrong else "begin"}
    run.go_on(after, {}, rows if run.job.dry_run else 0, problems)


def restored(ctx: Context, family: Family, line: Mapping[str, Any]) -> list[Wire]:
    """What a line becomes in this company: its item, and the guards of a document. Raises Invalid."""
    document = family.document
    if document is None or line.get("kind") != document.kind:
        return [carrying.wire_of(ctx, line)]
    schema_version = line.get("v", 1)
    if type(schema_version) is not int or not 1 <= schema_version <= document.schema_version:
        raise Invalid("schema_version", f"Version {schema_version} of {document.kind} is not known here.", {"v": "version"})
    data = dict(line.get("data") or {})
    if "email_key" in family.bound:
        data.pop("email_key", None)
        if data.get("email"):
            data["email_key"] = ctx.blind(str(data["email"]))
    raw = str(line["raw"]) if isinstance(line.get("raw"), str) else codec.compact(data)
    value = _value(document, raw, schema_version)
    if document is JOURNAL_ENTRY:
        return [carrying.wire_of(ctx, {**line, "raw": raw})]
    if carrying.key_of(ctx, line) != keys.document(ctx, document.kind, value.id):
        raise Invalid("line_key", "The key is not that of the document.", {"key": "another id"})
    expires_at = document.expires_at(value)
    item = Item(keys.document(ctx, document.kind, value.id), document.kind, ctx.tenant_id, raw, int(line.get("version", 1)),
                schema_version, codec.compact(document.summary(value)), index_keys(ctx, document, value),
                int(expires_at.timestamp()) if expires_at else None)
    guards = [Item(keys.guard(ctx, each.kind, each.value), "guard", ctx.tenant_id,
                   codec.compact({"id": value.id, "kind": document.kind, **each.data})) for each in document.guards(value)]
    return [to_wire(each) for each in (item, *guards)]


def _value(document: Any, raw: str, schema_version: int) -> Any:
    """The document of a stored text. Raises Invalid with one message for each field."""
    codec.load_strict(raw.encode())
    try:
        return codec.restore(document, raw, schema_version)
    except ValueError as error:
        details = getattr(error, "errors", None)
        found = details(include_url=False, include_input=False)[:20] if details else []
        raise Invalid("validation", "A document is not as it should be.",
                      {".".join(map(str, each["loc"])): each["msg"] for each in found}) from None


# -- load --------------------------------------------------------------------------------------------------------------


def _begin(run: Run, archive: Archive) -> None:
    """Notes that this import began, and takes away what a new company was given: chart, journals, years, warehouses."""
    ctx = run.ctx
    refuse_full(ctx, archive.manifest.canonical_hash)
    before = read.find(ctx, TENANT_IMPORT, "current")
    tx = run.transaction()
    begun = TenantImport(canonical_hash=archive.manifest.canonical_hash, from_tenant_id=archive.manifest.tenant_id,
                         job_id=run.job.id, began_at=ctx.now)
    if before is None:
        tx.create(TENANT_IMPORT, begun)
    else:
        tx.save(TENANT_IMPORT, before, replace(begun, version=before.version))
    for family in KEPT:
        for page in walking.pages(ctx, family):
            write.wires(ctx, (), _keys(ctx, family, page.wires))
    run.go_on({"phase": "load", "family": 0, "line": 0}, tx=tx)


def _keys(ctx: Context, family: Family, wires: Sequence[Wire]) -> Iterator[Key]:
    """The keys of items and of their guards."""
    for wire in wires:
        yield Key(wire["pk"]["S"], wire["sk"]["S"])
        document = family.document
        if document is not None and document is not JOURNAL_ENTRY and wire["kind"]["S"] == document.kind:
            value = codec.restore(document, text_of(wire), int(wire["v"]["N"]))
            yield from (keys.guard(ctx, each.kind, each.value) for each in document.guards(value))


def _load(run: Run, archive: Archive) -> None:
    """Pages of the families, in order; the stream of a family stays open as long as the slice lasts."""
    ctx, facts = run.ctx, run.job.facts
    family, done = KEPT[facts["family"]], facts["line"]
    lines = archive.lines(f"data/{family.name}.jsonl") if archive.holds(family) else iter(())
    wires: list[Wire] = []
    found = 0
    for number, text in lines:
        if number <= done:
            continue
        wires += restored(ctx, family, _own(run, family, checked_line(family, text)))
        found += 1
        if found == AT_ONCE:
            _put(run, wires, found, {"line": number})
            wires, found = [], 0
            if run.is_over:
                return
    is_last = facts["family"] + 1 == len(KEPT)
    _put(run, wires, found, {"line": 0, "family": 0 if is_last else facts["family"] + 1,
                             "phase": "files" if is_last else "load"})


def _put(run: Run, wires: Sequence[Wire], rows: int, after: Mapping[str, Any]) -> None:
    """Writes a page and what search finds of it; then the checkpoint."""
    ctx = run.ctx
    words = [to_wire(item) for wire in wires if "summary" in wire and wire["sk"]["S"] == keys.ALONE
             for item in activity.words_of_new(ctx, wire["kind"]["S"], wire["pk"]["S"].split("#", 3)[3], wire["summary"]["S"])]
    _side_by_side(carrying.distinct([*wires, *words]), 25, lambda some: write.wires(ctx, some))
    run.go_on(after, {"items": rows}, rows)


def _side_by_side(members: Sequence[T], size: int, act: Callable[[Sequence[T]], None]) -> None:
    """Does slices of independent writes at the same time: each is one call that waits for the table."""
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        list(pool.map(act, [members[at : at + size] for at in range(0, len(members), size)]))


def _own(run: Run, family: Family, line: dict[str, Any]) -> dict[str, Any]:
    """A line with what only this company can say: under which company entries were posted, and that erasures stand."""
    if family.name == "ledger_head":
        head = line.get("texts", {})
        through = int(line.get("numbers", {}).get("next_number", "1")) - 1
        before = codec.load(head["origins"]) if "origins" in head else []
        return {**line, "texts": {**head, "origins": codec.compact([*before, [run.job.facts["from"], through]])}}
    if family.name == "entry" and "raw" not in line and line["data"].get("erased") is not None:
        data = line["data"]
        return {**line, "data": codec.load(checkpoints.attested(run.ctx, data, str(data["previous_hash"])))}
    return line


def _files(run: Run, archive: Archive) -> None:
    """The files, each checked against what the archive says of it."""
    ctx, at = run.ctx, run.job.facts["line"]
    named = archive.files()
    for said in named[at : at + FILES_AT_ONCE]:
        name = str(said["name"]).removeprefix("files/")
        if FOLDERS.get(name.partition("/")[0]) != "kept":
            raise Invalid("archive_file", f"{name[:80]} is no file of an export.", {"upload_id": "foreign file"})
        if archive.digest(f"files/{name}") != (said["size_bytes"], said["sha256"]):
            raise Invalid("archive_digest", f"{name} is not what the archive says.", {"upload_id": "changed"})
        blobs.put(ctx, name, b"".join(archive.pieces(f"files/{name}")), _type_of(name))
    is_last = at + FILES_AT_ONCE >= len(named)
    count = min(FILES_AT_ONCE, max(0, len(named) - at))
    tx, size = run.transaction(), sum(int(each["size_bytes"]) for each in named[at : at + FILES_AT_ONCE])
    if size:
        entitlements.count_storage(tx, size)
    run.go_on({"line": 0 if is_last else at + FILES_AT_ONCE, "phase": "count" if is_last else "files"}, {"files": count}, count,
              tx=tx)


def _type_of(name: str) -> str:
    return _TYPES.get(name.rpartition(".")[2], "application/octet-stream")


_TYPES = {"pdf": "application/pdf", "xml": "application/xml", "json": "application/json", "svg": "image/svg+xml",
          "png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}


# -- count and prove -----------------------------------------------------------------------------------------------------


def _count(run: Run, archive: Archive) -> None:
    """The balances and lines of the ledger from its entries; each journal is verified from its first entry on."""
    ctx = run.ctx
    for year in checkpoints.years(ctx):
        for journal in year.journals:
            broken = checkpoints.verify(ctx, year, journal)
            if broken is not None:
                raise Conflict("chain_broken", f"Journal {journal} of {year.id}, entry {broken.number}: {broken.reason}.")
            rolling.roll_up(ctx, year.id, journal)
        different = rolling.differences(ctx, year)
        if different:
            raise Conflict("balances_differ", f"{year.id}: {', '.join(different[:5])}.")
    run.go_on({"phase": "prove", "tries": 0})


def _prove(run: Run, archive: Archive) -> None:
    """The state here has the hash of the export, or the import has failed and says which families differ."""
    ctx = run.ctx
    found = exporting.state_hash(ctx)
    if found.whole() != archive.manifest.canonical_hash:
        tries = run.job.facts["tries"] + 1
        if tries >= PROOFS:
            raise Conflict("not_equal", f"After the import these differ: {', '.join(differing(found, archive))}.")
        run.go_on({"tries": tries})
        if not run.is_over:
            run.wait(5 * tries)
        return
    begun = read.get(ctx, TENANT_IMPORT, "current")
    tx = run.transaction()
    tx.save(TENANT_IMPORT, begun, replace(begun, state="done"))
    run.go_on({"phase": "reports"}, tx=tx)


def differing(found: StateHash, archive: Archive) -> list[str]:
    """The families whose part of the hash is another."""
    said = {each.name: (each.count, each.hash) for each in archive.manifest.families}
    return sorted(name for name in said.keys() | found.families.keys() if tuple(found.families.get(name, (0, ""))) != said.get(
        name, (0, "")) and (found.families.get(name, (0, ""))[0] or said.get(name, (0, ""))[0]))


def _reports(run: Run, archive: Archive) -> None:
    """Reports are made again by their own job; the upload is not needed any more."""
    ctx = run.ctx
    try:
        rebuilding.start(ctx.step("reports"))
    except DomainError as error:
        if error.code != "rebuild_running":
            raise
    for name in exporting.names_in(ctx, f"imports/{run.job.facts['upload_id']}"):
        if not name.endswith("/000000"):
            blobs.delete(ctx, name)
    run.go_on({"phase": "done"})


_PHASES: Mapping[str, Callable[[Run, Archive], None]] = {
    "check": _check, "begin": _begin, "load": _load, "files": _files, "count": _count, "prove": _prove, "reports": _reports}
