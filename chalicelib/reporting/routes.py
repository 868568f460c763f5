"""Reports: what waits, what was sold and what it brought, and the documents behind every number."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.explanation import Explanation
from chalicelib.reporting import drilling, exporting, querying, rebuilding, reconciling, rolling, schedules, service
from chalicelib.reporting.answers import (
    DocumentRow,
    MeasureView,
    Reconciliation,
    Report,
    ReportScheduleRow,
    RollUpView,
    Stopped,
    Work,
)
from chalicelib.reporting.measures import DIMENSIONS
from chalicelib.reporting.model import REPORT_SCHEDULE, ReportScheduleBody
from chalicelib.runtime import cursors, jobs
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import Answer, Parameter, Request
from chalicelib.runtime.jobs import JobView
from chalicelib.runtime.resources import Listing, Nothing, Resource, mount
from chalicelib.runtime.worker import tenant_work

api = Api("reporting")
_PERIOD = (Parameter("from", "first day, the company's; 30 days ago if not given"), Parameter("to", "last day; today"))
_MEMBERS = tuple(Parameter(name, f"keep to this {name}") for name in DIMENSIONS)
_CURRENCY = Parameter("currency", "the company's if not given; currencies are never added up")
_QUESTION = (
    *_PERIOD, Parameter("group_by", "day, week, month, channel, product, customer or warehouse"),
    Parameter("measures", "names, separated by commas"), Parameter("compare", "previous (if not given), year or none"),
    Parameter("split_by", "a dimension: a series for each of its biggest members"), _CURRENCY,
    Parameter("sort", "the measure that ranks members"), Parameter("top", "at most so many members, 1 to 1000"), *_MEMBERS)
_NUMBER = (Parameter("measure", "ordered_revenue if not given"), *_PERIOD, _CURRENCY, *_MEMBERS)


@api.get("/work", permission="activity.read", answer=Work)
def read_work(ctx: Context, request: Request[Any]) -> Answer:
    """What must be done now, counted: to ship, late, on hold, back-ordered, quarantined, failed pushes."""
    return Answer(service.work(ctx))


@api.get("/measures", permission="reports.read", answer=MeasureView, is_list=True)
def list_measures(ctx: Context, request: Request[Any]) -> Answer:
    """What can be measured, with what it means."""
    return Answer({"items": [codec.plain(view) for view in drilling.measure_views(ctx)], "cursor": None})


@api.get("/report", permission="reports.read", answer=Report, parameters=_QUESTION)
def read_report(ctx: Context, request: Request[Any]) -> Answer:
    """Measures over a period, told by time or by channel, product, customer or warehouse, and compared."""
    return Answer(codec.plain(querying.report(ctx, querying.question(ctx, request.query))))


@api.get("/documents", permission="reports.read", answer=DocumentRow, is_list=True,
         parameters=(*_NUMBER, Parameter("limit", "1 to 100, 50 if not given"), Parameter("cursor")))
def list_documents(ctx: Context, request: Request[Any]) -> Answer:
    """The documents that a number is made of, newest day first."""
    asked = drilling.number(ctx, request.query)
    shape = ["documents", asked.measure, str(asked.period.first), str(asked.period.last), asked.currency,
             sorted(asked.members.items())]
    text = request.query.get("limit", "50")
    if not text.isdigit() or not 1 <= int(text[:6]) <= 100:
        raise Invalid("limit", "limit is a number from 1 to 100.", {"limit": "1 to 100"})
    cursor = request.query.get("cursor")
    before = cursors.read(ctx, cursor, shape)["at"] if cursor else ""
    rows, after = drilling.documents(ctx, asked, int(text), before)
    return Answer({"items": [codec.plain(row) for row in rows],
                   "cursor": cursors.write(ctx, {"at": after}, shape) if after else None})


@api.get("/explanation", permission="reports.read", answer=Explanation, parameters=_NUMBER)
def explain_number(ctx: Context, request: Request[Any]) -> Answer:
    """How a number of a report comes about."""
    return Answer(drilling.explain(ctx, drilling.number(ctx, request.query)))


@api.get("/reconciliation", permission="ledger.read", answer=Reconciliation, parameters=_PERIOD)
def reconcile(ctx: Context, request: Request[Any]) -> Answer:
    """Whether revenue in the reports is class 70 of the books, and the documents at which they differ."""
    return Answer(reconciling.reconcile(ctx, request.query))


@api.get("/exports/csv", permission="reports.read", stays_open=True, produces=exporting.CSV, parameters=_QUESTION)
def export_csv(ctx: Context, request: Request[Any]) -> Answer:
    """A report as a CSV file."""
    content = exporting.as_csv(ctx, exporting.whole(ctx, request.query))
    return _file(content, "csv", f"{exporting.CSV}; charset=utf-8")


@api.get("/exports/xlsx", permission="reports.read", stays_open=True, produces=exporting.XLSX, parameters=_QUESTION)
def export_xlsx(ctx: Context, request: Request[Any]) -> Answer:
    """A report as a spreadsheet, with what its measures mean."""
    return _file(exporting.as_xlsx(ctx, exporting.whole(ctx, request.query)), "xlsx", exporting.XLSX)


def _file(content: str | bytes, extension: str, content_type: str) -> Answer:
    headers = {"Content-Disposition": f'attachment; filename="report.{extension}"'}
    return Answer(content, 200, headers, content_type=content_type)


@api.get("/roll-ups", permission="reports.read", answer=RollUpView)
def read_roll_ups(ctx: Context, request: Request[Any]) -> Answer:
    """Since when the present roll-ups are read, and whether new ones are being made."""
    standing = rolling.state(ctx)
    is_building = rolling.is_being_built(ctx, standing)
    return Answer(RollUpView(generation=standing.generation, is_building=is_building, job_id=standing.job_id,
                             rebuilt_at=standing.rebuilt_at))


REBUILDS = jobs.collection(rebuilding.KIND, "/rebuilds", "reports.read", "reports.write")
jobs.offer(api, REBUILDS)


@api.post("/rebuilds", permission="reports.write", body=Nothing, answer=JobView, status=202)
def rebuild(ctx: Context, request: Request[Nothing]) -> Answer:
    """Make all roll-ups again from the documents, as a job."""
    return jobs.accepted(ctx, REBUILDS, rebuilding.start(ctx))


mount(api, Resource(
    document=REPORT_SCHEDULE, path="/schedules", read="reports.read", write="reports.write",
    listings={"": Listing("by_list", "REPORT_SCHEDULE", newest_first=False)}, filters=("is_active",),
    create=schedules.create, create_body=ReportScheduleBody, update=schedules.change, update_body=ReportScheduleBody,
    remove=schedules.remove, row=ReportScheduleRow))


@api.post("/stops", public=True, answer=Stopped, raw_body=True, parameters=(Parameter("token"),), max_body=10_000)
def stop_report(ctx: Context, request: Request[Any]) -> Answer:
    """Stop a scheduled report for whoever it was sent to. Nobody signs in: the token of the mail is what proves (RFC 8058)."""
    token = request.query.get("token", "")
    tenant_id = schedules.named_in(token)[0]
    return Answer(schedules.stop(tenant_work(tenant_id, "stop-report"), token))
