"""`/api/audit`: who did what, when, from where, before and after; as a file; and whether it still is what was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from chalicelib.audit import edge, exporting, filing, sealing, service
from chalicelib.audit.model import AuditRecord, AuditRow, Check, ExportAudit
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.job import Download
from chalicelib.runtime import jobs
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import Answer, Parameter, Request
from chalicelib.runtime.jobs import JobView

api = Api("audit")


@api.get("/records", permission="audit.read", answer=AuditRow, is_list=True,
         parameters=(Parameter("limit", "1 to 100, 50 if not given"), Parameter("cursor"), *edge.QUESTION))
def list_records(ctx: Context, request: Request[Any]) -> Answer:
    """Who did what, newest first."""
    return Answer(edge.page(ctx, request.query))


@api.get("/records/{record_id}", permission="audit.read", answer=AuditRecord)
def read_record(ctx: Context, request: Request[Any], record_id: str) -> AuditRecord:
    """One record with every changed field, before and after."""
    return service.record(ctx, record_id)


def _all(ctx: Context, query: Mapping[str, str]) -> Iterator[AuditRecord]:
    """Every record that the question finds, newest first. Raises Invalid when there are more than a file holds."""
    asked, count = {**query, "limit": "100"}, 0
    while True:
        body = edge.page(ctx, asked)
        ids = [str(each["id"]) for each in body["items"]]
        count += len(ids)
        if count > exporting.MAX_RECORDS:
            raise Invalid("rows", f"At most {exporting.MAX_RECORDS} records are answered at once: choose a shorter period, or "
                          "ask for an export job.", {"from": "later"})
        whole = service.records(ctx, ids)
        yield from (whole[each] for each in ids if each in whole)
        if body["cursor"] is None:
            return
        asked["cursor"] = body["cursor"]


def _file(content: str | bytes, ending: str, content_type: str) -> Answer:
    return Answer(content, 200, {"Content-Disposition": f'attachment; filename="audit.{ending}"'}, content_type=content_type)


@api.get("/exports/csv", permission="audit.read", stays_open=True, produces=exporting.CSV, parameters=edge.QUESTION)
def export_csv(ctx: Context, request: Request[Any]) -> Answer:
    """The records that a question finds, a line for each changed field, as CSV."""
    return _file(exporting.as_csv(_all(ctx, request.query), ctx.locale), "csv", f"{exporting.CSV}; charset=utf-8")


@api.get("/exports/xlsx", permission="audit.read", stays_open=True, produces=exporting.XLSX, parameters=edge.QUESTION)
def export_xlsx(ctx: Context, request: Request[Any]) -> Answer:
    """The same as a spreadsheet."""
    return _file(exporting.as_xlsx(_all(ctx, request.query), ctx.locale), "xlsx", exporting.XLSX)


EXPORTS = replace(jobs.collection(filing.KIND, "/export-jobs", "audit.read", "audit.read"), stays_open=True)
jobs.offer(api, EXPORTS)


@api.post("/export-jobs", permission="audit.read", stays_open=True, body=ExportAudit, answer=JobView, status=202)
def export_audit(ctx: Context, request: Request[ExportAudit]) -> Answer:
    """Write a file of what the filters find, whatever its size, as a job."""
    return jobs.accepted(ctx, EXPORTS, filing.start(ctx, request.body))


@api.get("/export-jobs/{job_id}/download", permission="audit.read", stays_open=True, answer=Download)
def download_audit(ctx: Context, request: Request[Any], job_id: str) -> Answer:
    """A link to the file, good for ten minutes; the file itself is kept for seven days."""
    return Answer(filing.download(ctx, EXPORTS.load(ctx, job_id)))


@api.get("/check", permission="audit.read", answer=Check,
         parameters=(Parameter("from", "first day, UTC"), Parameter("to", "last day, UTC; 31 days at most")))
def check_audit(ctx: Context, request: Request[Any]) -> Check:
    """Whether the records of a period are those that were written: nothing altered, removed or added."""
    return sealing.check(ctx, request.query.get("from", ""), request.query.get("to", ""))
