"""What the home page shows."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel.context import Context
from chalicelib.reporting import service
from chalicelib.reporting.answers import Business, Work
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import Answer, Parameter, Request

api = Api("reporting")


@api.get("/work", permission="activity.read", answer=Work)
def read_work(ctx: Context, request: Request[Any]) -> Answer:
    """What must be done now, counted: to ship, late, on hold, back-ordered, quarantined, failed pushes."""
    return Answer(service.work(ctx))


@api.get("/business", permission="reports.read", answer=Business, parameters=(Parameter("from"), Parameter("to")))
def read_business(ctx: Context, request: Request[Any]) -> Answer:
    """How the business goes: orders and revenue by day and channel, against the period before."""
    return Answer(service.business(ctx, request.query))
