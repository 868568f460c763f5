"""A company's whole data as one archive: a job walks family after family, then packs.

Each page of a walk is a part in the bucket (`exports/<job>/…`) with a checkpoint; the archive is written from the parts as a
stream, so that memory holds one part whatever the size. Archive: `manifest.json`, `data/<family>.jsonl` and `.csv`,
`files/<name>`, `files.jsonl` (name, size and SHA-256 of each).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import timedelta
from functools import partial
from typing import Any, cast

from chalicelib.events import jobs
from chalicelib.events.jobs import Run
from chalicelib.kernel import codec, csv_file
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, NotFound
from chalicelib.kernel.ids import instant_of
from chalicelib.kernel.job import JOB, OPEN, Download, Job
from chalicelib.leaving import packing, walking
from chalicelib.leaving.families import EXPORTED, FOLDERS, KEPT, Family, Listed, content
from chalicelib.leaving.model import MANIFEST, FamilyCount, Manifest, Part, StateHash
from chalicelib.leaving.packing import Packer
from chalicelib.runtime import switches
from chalicelib.storage import blobs, carrying, read
from chalicelib.tenants import service as tenants

KIND = "company_export"
KEPT_FOR = timedelta(days=7)
"""How long an export can be fetched: it holds everything, so it does not lie about."""
LINK_SECONDS = 600
_README = """Export of a company from Comptoir.

data/<family>.jsonl   every item of a family, one JSON object a line, as it is stored
data/<family>.csv     the same as a table for spreadsheets
files/                pictures, papers (PDF, XML), labels, as they were
files.jsonl           name, size and SHA-256 of each file
manifest.json         what is in here: counts, sizes, SHA-256 of each part, the canonical hash

An empty company imports this archive: Settings, Your data.
"""


def start(ctx: Context) -> Job:
    """Begins an export. Raises Conflict `export_running` while another one is at it, Forbidden `switched_off`."""
    switches.require(ctx, "data_exports")
    page = read.query(ctx, "by_list", f"JOB#{KIND}", limit=1)
    if any(row["state"] in OPEN for row in page.items):
        raise Conflict("export_running", "An export is being made already.")
    job = Job(id=ctx.new_id("job"), job_kind=KIND, actor_name=ctx.actor.name, locale=ctx.locale, total=_total(ctx),
              chunk_count=2, created_at=ctx.now, counts={"items": 0, "files": 0},
              facts={"phase": "walk", "family": 0, "at": {}, "parts": {}, "hash": {}, "asked_by": ctx.actor.id})
    return jobs.start(ctx, job)


def _total(ctx: Context) -> int:
    """How many documents the lists hold: what progress is measured by."""
    partitions = (partition for family in EXPORTED for walk in family.walks if isinstance(walk, Listed)
                  for partition in walk.partitions)
    return sum(read.rows_of(ctx, "by_list", partition) for partition in partitions)


def work(run: Run) -> None:
    """One slice of an export."""
    while not run.is_over:
        _PHASES[run.job.facts["phase"]](run)


def part_name(job_id: str, family: str, n: int) -> str:
    return f"exports/{job_id}/{family}.{n:06d}.jsonl"


def _walk(run: Run) -> None:
    """A page of a family becomes a part in the bucket. Done again after a kill, it is the same part."""
    facts, ctx = run.job.facts, run.ctx
    family = EXPORTED[facts["family"]]
    page = walking.page(ctx, family, facts["at"])
    lines = walking.carry(ctx, family, page.wires)
    parts = dict(facts["parts"])
    if lines:
        n = parts.get(family.name, 0)
        text = "".join(codec.compact(content(family, line)) + "\n" for line in lines)
        blobs.put(ctx, part_name(run.job.id, family.name, n), text.encode(), "application/x-ndjson")
        parts[family.name] = n + 1
    after: dict[str, Any] = {"at": page.after or {}, "parts": parts}
    after["hash"] = codec.plain(hashed(StateHash(facts["hash"]), family, lines).families, Any)
    if page.after is None:
        after |= {"family": facts["family"] + 1}
        if facts["family"] + 1 == len(EXPORTED):
            after |= {"phase": "pack"}
    run.go_on(after, {"items": len(lines)}, page.listed)


def hashed(found: StateHash, family: Family, lines: Iterable[Mapping[str, Any]]) -> StateHash:
    """The hash of the state after further lines; of what is for reading only, the count alone stands in it."""
    texts = [carrying.text_of(content(family, line, for_hash=True)) for line in lines]
    return found.with_lines(family.name, texts) if family.fate == "kept" else found


def state_hash(ctx: Context) -> StateHash:
    """The hash of the whole state as it stands now."""
    found = StateHash()
    for family in KEPT:
        for page in walking.pages(ctx, family):
            found = hashed(found, family, walking.carry(ctx, family, page.wires))
    return found


# -- packing -----------------------------------------------------------------------------------------------------------


def archive_name(job_id: str) -> str:
    return f"exports/{job_id}/archive.zip"


def _members(ctx: Context, job: Job) -> list[packing.Source]:
    """The members but for the files, in their order: of each family its lines and its table."""
    found: list[packing.Source] = [("README.txt", lambda: iter((_README.encode(),)))]
    for family in EXPORTED:
        count = job.facts["parts"].get(family.name, 0)
        if count:
            found += [(f"data/{family.name}.jsonl", partial(_parts, ctx, job.id, family.name, count)),
                      (f"data/{family.name}.csv", partial(_table, ctx, job, family, count))]
    return found


def _pack(run: Run) -> None:
    """The archive from the parts, member by member, with a checkpoint now and then: killed, it goes on at the member it was at.
    One that was whole before the job said so is taken as it is."""
    try:
        packer = Packer(run.ctx, f"exports/{run.job.id}", archive_name(run.job.id), run.job.facts.get("pack", 0))
        try:
            size = _packed(run, packer)
        finally:
            packer.drop()
    except NotFound:
        size = dict(blobs.names(run.ctx, f"exports/{run.job.id}")).get(archive_name(run.job.id), 0)
        if not size:
            raise
    if size:
        run.go_on({"phase": "clear", "bytes": size})


def _packed(run: Run, packer: Packer) -> int:
    """Writes until the slice is over; answers the archive's bytes when it is whole, 0 before."""
    ctx, job = run.ctx, run.job
    members, step, after = _members(ctx, job), job.facts.get("step", 0), job.facts.get("file", "")
    before = len(packer.files)

    def checkpoint() -> bool:
        """Whether the slice is over."""
        nonlocal before
        now = {"pack": packer.checkpoint(), "step": step, "file": after}
        run.go_on(now, {"files": len(packer.files) - before})
        before = len(packer.files)
        return run.is_over

    for name, pieces in members[step:]:
        part = packer.write(name, pieces())
        packer.parts += [part] if name.startswith("data/") else []
        step += 1
        if packer.is_due() and checkpoint():
            return 0
    for name in _files(ctx, after):
        packer.files.append(packer.write(f"files/{name}", [blobs.get(ctx, name)], packed=False))
        after = name
        if packer.is_due() and checkpoint():
            return 0
    if checkpoint():
        return 0
    listed = packer.write("files.jsonl", (codec.compact(codec.plain(each)).encode() + b"\n" for each in packer.files))
    packer.write(MANIFEST, [codec.encode(_manifest(ctx, job, [*packer.parts, listed], len(packer.files))).encode()])
    return packer.close()


def _parts(ctx: Context, job_id: str, family: str, count: int) -> Iterator[bytes]:
    for n in range(count):
        yield blobs.get(ctx, part_name(job_id, family, n))


def _files(ctx: Context, after: str = "") -> Iterator[str]:
    """The names of all files that are kept, in order, beginning behind `after`."""
    for folder in sorted(name for name, fate in FOLDERS.items() if fate == "kept"):
        if folder >= after.partition("/")[0]:
            yield from names_in(ctx, folder, after if after.startswith(f"{folder}/") else "")


def names_in(ctx: Context, folder: str, after: str = "") -> Iterator[str]:
    """The names of all files in a folder, beginning behind `after`."""
    while found := blobs.names(ctx, folder, after):
        yield from (name for name, _ in found)
        after = found[-1][0]


def _table(ctx: Context, job: Job, family: Family, count: int) -> Iterator[bytes]:
    """The family as a table: the fields of its document in columns, or of any other item its content as JSON."""
    columns = tuple(each.name for each in fields(cast(Any, family.document.model)) if each.name not in family.hidden) \
        if family.document else ("data", "numbers", "texts")
    delimiter = csv_file.delimiter_of(job.locale)
    heading = csv_file.write(("key", "sort", *columns), (), delimiter)
    yield heading.encode()
    for piece in _parts(ctx, job.id, family.name, count):
        lines = (codec.load(text) for text in piece.decode().splitlines())
        rows = [[line["key"], line["sort"], *(_cell((line.get("data", {}) if family.document else line).get(name, ""))
                                             for name in columns)] for line in lines]
        yield csv_file.safe_lines(rows, delimiter).encode()


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else codec.compact(value)


def _manifest(ctx: Context, job: Job, parts: Iterable[Part], file_count: int) -> Manifest:
    state, tenant = StateHash(job.facts["hash"]), tenants.tenant(ctx)
    counted = tuple(FamilyCount(name=family.name, fate=family.fate, count=int(state.families[family.name][0]),
                                hash=state.families[family.name][1]) for family in KEPT if family.name in state.families)
    return Manifest(tenant_id=ctx.tenant_id, company_name=tenant.name, currency=tenant.currency, exported_at=job.created_at,
                    families=counted, file_count=file_count, parts=tuple(parts), canonical_hash=state.whole())


def _clear(run: Run) -> None:
    """The parts are not needed any more, nor are exports whose time is over."""
    for name in names_in(run.ctx, f"exports/{run.job.id}"):
        if not name.endswith(".zip"):
            blobs.delete(run.ctx, name)
    run.go_on({"phase": "done", "at": {}})


_PHASES: Mapping[str, Callable[[Run], None]] = {"walk": _walk, "pack": _pack, "clear": _clear}


# -- fetching ----------------------------------------------------------------------------------------------------------


def download(ctx: Context, job: Job) -> Download:
    """A link to the archive, good for ten minutes. Raises Conflict while it is being made, NotFound when its time is over."""
    if job.state != "done":
        raise Conflict("export_not_ready", "This export is not ready.")
    if job.ended_at is None or ctx.now > job.ended_at + KEPT_FOR:
        raise NotFound("export")
    name = f"comptoir-{ctx.tenant_id}-{job.created_at:%Y-%m-%d}.zip"
    return Download(url=blobs.link(ctx, archive_name(job.id), LINK_SECONDS, name), file_name=name,
                    expires_at=ctx.now + timedelta(seconds=LINK_SECONDS))


def clear_old(ctx: Context) -> None:
    """Deletes the archives of exports, and uploads, whose time is over."""
    ended: dict[str, bool] = {}
    for folder in ("exports", "imports"):
        for name in names_in(ctx, folder):
            owner = name.split("/")[1]
            if owner not in ended:
                ended[owner] = _is_over(ctx, owner)
            if ended[owner]:
                blobs.delete(ctx, name)


def _is_over(ctx: Context, owner: str) -> bool:
    """Whether what a job or an upload left in the bucket is older than it is kept."""
    if owner.startswith("upl_"):
        begun = instant_of(owner)
        return begun is None or begun + KEPT_FOR < ctx.now
    job = read.find(ctx, JOB, owner)
    return job is None or (job.state not in OPEN and (job.ended_at or job.created_at) + KEPT_FOR < ctx.now)
