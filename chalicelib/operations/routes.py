"""`/api/operations`: how the service runs for one company."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel.context import Context
from chalicelib.operations import service
from chalicelib.operations.model import ServiceFigures
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import Answer, Parameter, Request

api = Api("operations")


@api.get("/figures", permission="operations.read", answer=ServiceFigures, parameters=(
    Parameter("hours", "3 by five minutes, 24 by the hour, 168 by six hours"),))
def read_figures(ctx: Context, request: Request[Any]) -> Answer:
    """How late shops' orders and changes of stock are, what waits, open and failed jobs, events that failed."""
    return Answer(service.figures(ctx, service.hours_of(request.query)))
