"""The audit as a file of any size: a job that reads page after page, then writes the file from what it laid aside.

Each part of the reading is lines in the bucket (`exports/<job>/lines.…`) with a checkpoint; done again after a kill, it is the
same part. The file is written from them as a stream, and is there when it is whole; it is kept for seven days.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from chalicelib.audit import edge, exporting, service
from chalicelib.audit.model import ExportAudit
from chalicelib.events import jobs
from chalicelib.events.jobs import Run
from chalicelib.kernel import codec, csv_file
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.kernel.job import Download, Job
from chalicelib.storage import blobs

KIND = "audit_export"
FORMATS = {"csv": exporting.CSV, "xlsx": exporting.XLSX}
KEPT_FOR = timedelta(days=7)
LINK_SECONDS = 600
PAGES_A_PART = 5
SHEET_LINES = 1_048_575
"""The most lines a worksheet has below its headings (Excel specifications and limits)."""
_NAMES = frozenset(each.name for each in edge.QUESTION)


def start(ctx: Context, body: ExportAudit) -> Job:
    """Begins a file of what the filters find. Raises Invalid for a filter or format there is not."""
    if body.format not in FORMATS:
        raise Invalid("format", "The file is csv or xlsx.", {"format": "csv, xlsx"})
    unknown = sorted(set(body.filters) - _NAMES)
    if unknown:
        raise Invalid("unknown_filter", f"There is no filter {unknown[0]}.", {"filters": unknown[0][:80]})
    edge.page(ctx, {**body.filters, "limit": "1"})
    job = Job(id=ctx.new_id("job"), job_kind=KIND, title=f"audit.{body.format}", locale=ctx.locale, chunk_count=2,
              total=edge.count(ctx, body.filters), created_at=ctx.now, counts={"records": 0, "lines": 0},
              facts={"phase": "read", "format": body.format, "filters": dict(body.filters), "cursor": "", "parts": 0})
    return jobs.start(ctx, job)


def work(run: Run) -> None:
    """One slice."""
    while not run.is_over:
        _PHASES[run.job.facts["phase"]](run)


def part_name(job_id: str, n: int) -> str:
    return f"exports/{job_id}/lines.{n:06d}.jsonl"


def file_name(job: Job) -> str:
    return f"exports/{job.id}/audit.{job.facts['format']}"


def _read(run: Run) -> None:
    """Some pages of records become a part: a JSON list for each line of the file."""
    facts, ctx = run.job.facts, run.ctx
    cursor, looked, found, lines = facts["cursor"], 0, 0, []
    for _ in range(PAGES_A_PART):
        body = edge.page(ctx, {**facts["filters"], "limit": "100", **({"cursor": cursor} if cursor else {})})
        ids = [str(each["id"]) for each in body["items"]]
        whole = service.records(ctx, ids)
        lines += [*exporting.rows(whole[each] for each in ids if each in whole)]
        cursor, looked, found = body["cursor"] or "", looked + int(body["looked_at"]), found + len(ids)
        if not cursor:
            break
    after: dict[str, Any] = {"cursor": cursor}
    if lines:
        text = "".join(codec.compact(list(line)) + "\n" for line in lines)
        blobs.put(ctx, part_name(run.job.id, facts["parts"]), text.encode(), "application/x-ndjson")
        after["parts"] = facts["parts"] + 1
    if not cursor:
        after["phase"] = "write"
    run.go_on(after, {"records": found, "lines": len(lines)}, looked)


def _lines(ctx: Context, job: Job) -> Iterator[list[str]]:
    for n in range(job.facts["parts"]):
        yield from (json.loads(line) for line in blobs.get(ctx, part_name(job.id, n)).decode().splitlines())


def _write(run: Run) -> None:
    """The file from the parts, whole or not at all. Raises Invalid for more lines than a worksheet has."""
    ctx, job = run.ctx, run.job
    if job.facts["format"] == "xlsx":
        if job.counts["lines"] > SHEET_LINES:
            raise Invalid("sheet_lines", f"A worksheet holds {SHEET_LINES} lines: take CSV, or a shorter period.")
        blobs.put(ctx, file_name(job), exporting.workbook(_lines(ctx, job), job.locale), exporting.XLSX)
    else:
        upload = blobs.Upload(ctx, file_name(job), exporting.CSV)
        delimiter = csv_file.delimiter_of(job.locale)
        try:
            upload.write(csv_file.write(exporting.titles(job.locale), (), delimiter).encode())
            for line in _lines(ctx, job):
                upload.write(csv_file.safe_lines([line], delimiter).encode())
        except BaseException:
            with suppress(Exception):
                upload.abandon()
            raise
        upload.finish()
    run.go_on({"phase": "done", "cursor": ""})


_PHASES: Mapping[str, Callable[[Run], None]] = {"read": _read, "write": _write}


def download(ctx: Context, job: Job) -> Download:
    """A link to the file, good for ten minutes. Raises Conflict while it is being made, NotFound when its time is over."""
    if job.state != "done":
        raise Conflict("export_not_ready", "This export is not ready.")
    if job.ended_at is None or ctx.now > job.ended_at + KEPT_FOR:
        raise NotFound("export")
    name = f"audit-{job.created_at:%Y-%m-%d}.{job.facts['format']}"
    return Download(url=blobs.link(ctx, file_name(job), LINK_SECONDS, name), file_name=name,
                    expires_at=ctx.now + timedelta(seconds=LINK_SECONDS))
