"""`/api/operators`: those who run the platform. Nothing of it is there for who is of a tenant."""

from __future__ import annotations

from typing import Any

from chalicelib.audit import edge as audit
from chalicelib.audit import service as records
from chalicelib.audit.model import AuditRecord, AuditRow
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.operators import edge, figures, looking, service, signing_in
from chalicelib.operators.answers import (
    Acted,
    ActRow,
    CodeAsked,
    Inside,
    OperatorSession,
    PlatformHealth,
    SwitchView,
    TenantRow,
    TenantView,
)
from chalicelib.operators.edge import SMALL, api
from chalicelib.operators.figures import PlatformFigures
from chalicelib.operators.model import Because, Credentials, LongerTrial, OtherPlan, SetSwitch
from chalicelib.runtime import operating, sessions, switches
from chalicelib.runtime.endpoints import LOADERS, Answer, Parameter, Request
from chalicelib.runtime.resources import Nothing, list_page
from chalicelib.tenants.support.model import AskSupport

_PAGE = (Parameter("limit", "1 to 100, 50 if not given"), Parameter("cursor"))


# -- signing in and out --------------------------------------------------------------------------------------------------


@api.post("/sessions", public=True, body=Credentials, answer=OperatorSession, status=201, others={200: CodeAsked},
          max_body=SMALL)
def begin_operator_session(ctx: Context, request: Request[Credentials]) -> Answer:
    """Sign in as an operator: 200 asks for the one-time code, 201 begins the session."""
    body = request.body
    if body.challenge:
        found = signing_in.answer_code(ctx, body.challenge, body.code, request.source_ip,
                                       request.headers.get("user-agent", ""))
        return Answer(edge.session_view(found.operator, found.csrf_token), 201, cookies=(operating.cookie(found.token),))
    return Answer(edge.code_asked(signing_in.sign_in(ctx, body.email, body.password, request.source_ip)), 200)


@api.get("/session", answer=OperatorSession)
def read_operator_session(ctx: Context, request: Request[Any]) -> Answer:
    """Who is operating."""
    csrf = sessions.csrf_token(ctx, operating.token_of(request.headers))
    return Answer(edge.session_view(signing_in.me(ctx), csrf))


@api.delete("/session", status=204)
def end_operator_session(ctx: Context, request: Request[Any]) -> Answer:
    """End this session."""
    signing_in.sign_out(ctx, operating.token_of(request.headers))
    return Answer(None, 204, cookies=(operating.clear_cookie(),))


# -- tenants -------------------------------------------------------------------------------------------------------------


@api.get("/tenants", answer=TenantRow, is_list=True, parameters=(
    *_PAGE, Parameter("q", "part of a name or id"), Parameter("plan"), Parameter("state"), Parameter("environment")))
def list_tenants(ctx: Context, request: Request[Any]) -> Answer:
    """The tenants by name, with plan, state, use and trouble; as each was looked up last."""
    if not request.query.get("cursor"):
        looking.catch_up(ctx)
    return list_page(ctx, edge.TENANTS, request.query)


@api.get("/tenants/{tenant_id}", answer=TenantView)
def read_tenant(ctx: Context, request: Request[Any], tenant_id: str) -> TenantView:
    """One tenant, looked up now."""
    return edge.tenant_view(ctx, tenant_id)


@api.post("/tenants/{tenant_id}/extend-trial", body=LongerTrial, answer=Acted, status=201, max_body=SMALL)
def extend_trial(ctx: Context, request: Request[LongerTrial], tenant_id: str) -> Answer:
    """A longer trial."""
    return Answer(service.extend_trial(ctx, tenant_id, request.body), 201)


@api.post("/tenants/{tenant_id}/change-plan", body=OtherPlan, answer=Acted, status=201, max_body=SMALL)
def change_tenant_plan(ctx: Context, request: Request[OtherPlan], tenant_id: str) -> Answer:
    """Another plan or other seats, by the rules that hold for the company itself."""
    return Answer(service.change_plan(ctx, tenant_id, request.body), 201)


@api.post("/tenants/{tenant_id}/hold", body=Because, answer=Acted, status=201, max_body=SMALL)
def hold_tenant(ctx: Context, request: Request[Because], tenant_id: str) -> Answer:
    """Suspend a tenant from its next request on; its data can be exported."""
    return Answer(service.hold(ctx, tenant_id, request.body.reason), 201)


@api.post("/tenants/{tenant_id}/release", body=Because, answer=Acted, status=201, max_body=SMALL)
def release_tenant(ctx: Context, request: Request[Because], tenant_id: str) -> Answer:
    """Open a held tenant again."""
    return Answer(service.release(ctx, tenant_id, request.body.reason), 201)


# -- coming in -----------------------------------------------------------------------------------------------------------


@api.post("/tenants/{tenant_id}/support-accesses", body=AskSupport, answer=Acted, status=201, max_body=SMALL)
def ask_support_access(ctx: Context, request: Request[AskSupport], tenant_id: str) -> Answer:
    """Ask the tenant to be let in; its owners are told by mail."""
    return Answer(service.ask_support(ctx, tenant_id, request.body), 201)


@api.post("/tenants/{tenant_id}/support-accesses/{access_id}/enter", body=Nothing, answer=Inside, status=201, max_body=SMALL)
def enter_tenant(ctx: Context, request: Request[Nothing], tenant_id: str, access_id: str) -> Answer:
    """Begin a session inside a tenant that consented."""
    found = service.own_access(ctx, tenant_id, access_id)
    token = service.enter(ctx, tenant_id, access_id)
    body = Inside(tenant_id=tenant_id, ends_at=found.ends_at, may_write=found.may_write)
    return Answer(body, 201, cookies=(sessions.cookie(token),))


@api.post("/tenants/{tenant_id}/support-accesses/{access_id}/give-back", body=Nothing, answer=Acted, status=201, max_body=SMALL)
def give_back_access(ctx: Context, request: Request[Nothing], tenant_id: str, access_id: str) -> Answer:
    """Take a request back, or end an access before its time."""
    return Answer(service.give_back(ctx, tenant_id, access_id), 201)


# -- switches ------------------------------------------------------------------------------------------------------------


@api.get("/switches", answer=SwitchView, is_list=True)
def list_switches(ctx: Context, request: Request[Any]) -> Answer:
    """Every feature switch and how it stands."""
    return Answer({"items": [codec.plain(each) for each in edge.all_switches(ctx)], "cursor": None})


@api.put("/switches/{name}", body=SetSwitch, answer=SwitchView, max_body=SMALL)
def set_switch(ctx: Context, request: Request[SetSwitch], name: str) -> SwitchView:
    """Set a switch, from the next request on."""
    return edge.switch_view(service.switch_of(name), service.set_switch(ctx, name, request.body, request.if_match))


LOADERS[switches.SETTING.kind] = lambda ctx, name: edge.switch_view(service.switch_of(name), switches.setting_of(ctx, name))


# -- the platform --------------------------------------------------------------------------------------------------------


@api.get("/health", answer=PlatformHealth)
def read_platform_health(ctx: Context, request: Request[Any]) -> PlatformHealth:
    """The queues with their dead letters, and how many tenants have trouble."""
    return edge.health(ctx)


@api.get("/figures", answer=PlatformFigures, parameters=(
    Parameter("hours", "3 by five minutes, 24 by the hour, 168 by six hours"),))
def read_platform_figures(ctx: Context, request: Request[Any]) -> PlatformFigures:
    """What the service measured of itself: requests, events, shops, orders, jobs, books, the table; and an order's share."""
    return figures.platform(ctx, figures.hours_of(request.query))


@api.get("/acts", answer=ActRow, is_list=True, parameters=(
    *_PAGE, Parameter("from", "first day"), Parameter("to", "last day"), Parameter("tenant", "a tenant's id"), Parameter("act"),
    Parameter("state"), Parameter("q", "part of a tenant's name, an operator's or a reason")))
def list_acts(ctx: Context, request: Request[Any]) -> Answer:
    """What operators did to tenants, newest first."""
    return list_page(ctx, edge.ACTS, request.query)


@api.get("/audit/records", answer=AuditRow, is_list=True, parameters=(*_PAGE, *audit.QUESTION))
def list_platform_records(ctx: Context, request: Request[Any]) -> Answer:
    """The platform's audit log: every sign-in, act, setting and look inside, newest first."""
    return Answer(audit.page(ctx, request.query))


@api.get("/audit/records/{record_id}", answer=AuditRecord)
def read_platform_record(ctx: Context, request: Request[Any], record_id: str) -> AuditRecord:
    """One record of the platform's audit log, with every changed field."""
    return records.record(ctx, record_id)
