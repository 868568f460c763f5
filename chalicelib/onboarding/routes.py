"""`/api/onboarding`: what a company that begins still has to set up, and sample data."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Stale
from chalicelib.onboarding import checklist, sample, wiping
from chalicelib.onboarding.model import CHECKLIST, CHECKLIST_ID, ChecklistView, DismissItems, Sample, WipeSample
from chalicelib.runtime import jobs
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import LOADERS, Answer, Request
from chalicelib.runtime.jobs import JobView
from chalicelib.runtime.resources import Nothing, mount
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


LOADS = jobs.collection(sample.LOAD, "/sample-loads", "tenants.read", "tenants.manage")
WIPES = jobs.collection(wiping.WIPE, "/sample-wipes", "tenants.read", "tenants.manage")
mount(api, LOADS)
mount(api, WIPES)


@api.get("/sample", permission="tenants.read", answer=Sample)
def read_sample(ctx: Context, request: Request[Any]) -> Sample:
    """Whether sample data are there, and which documents they are."""
    return sample.register(ctx)


@api.post("/sample-loads", permission="tenants.manage", body=Nothing, answer=JobView, status=202)
def load_sample(ctx: Context, request: Request[Nothing]) -> Answer:
    """Load sample data, as a job: products with prices and stock, customers, orders."""
    return jobs.accepted(ctx, LOADS, sample.start_load(ctx))


@api.post("/sample-wipes", permission="tenants.manage", body=WipeSample, answer=JobView, status=202)
def wipe_sample(ctx: Context, request: Request[WipeSample]) -> Answer:
    """Take the sample data away, as a job; refused while documents of the company's own are about them."""
    return jobs.accepted(ctx, WIPES, wiping.start_wipe(ctx, request.body))
