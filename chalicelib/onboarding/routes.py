"""`/api/onboarding`: what a company that begins still has to set up."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Stale
from chalicelib.onboarding import checklist
from chalicelib.onboarding.model import CHECKLIST, CHECKLIST_ID, ChecklistView, DismissItems
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import LOADERS, Request
from chalicelib.storage import read

api = Api("onboarding")


@api.get("/checklist", permission="tenants.read", answer=ChecklistView)
def read_checklist(ctx: Context, request: Request[Any]) -> ChecklistView:
    """What is set up and what is not; items tick by themselves."""
    return checklist.view(ctx)


@api.put("/checklist", permission="tenants.manage", body=DismissItems, answer=ChecklistView)
def change_checklist(ctx: Context, request: Request[DismissItems]) -> ChecklistView:
    """Say which items shall be shown no more."""
    old = read.find(ctx, CHECKLIST, CHECKLIST_ID)
    if request.if_match is not None and request.if_match != (old.version if old else 0):
        raise Stale(CHECKLIST.kind)
    return checklist.change(ctx, old, request.body)


LOADERS[CHECKLIST.kind] = lambda ctx, _: checklist.view(ctx)
