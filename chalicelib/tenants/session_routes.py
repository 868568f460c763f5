"""`/api/tenants`: signing in and out, passwords, one-time codes."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.shapes import command
from chalicelib.runtime import operating, sessions
from chalicelib.runtime.endpoints import Answer, Request
from chalicelib.storage import read
from chalicelib.tenants import devices, service, signing_in
from chalicelib.tenants.answers import Accepted, AskedView, Enrolment, OpenSession, SessionView, SignedInView
from chalicelib.tenants.edge import SMALL, api, described, origin, session_answer
from chalicelib.tenants.model import USER
from chalicelib.tenants.support import service as support


@command
class SessionRequest:
    """Three ways to go on: `email` and `password` (and `tenant_id`, to enter a certain one of several); the `challenge`
    of an answer `totp_required` with a `code`; the `challenge` of `tenant_required` with a `tenant_id`."""

    email: str = ""
    password: str = ""
    tenant_id: str = ""
    challenge: str = ""
    code: str = ""


@command
class ResetRequest:
    email: str


@command
class NewPassword:
    token: str
    password: str


@command
class PasswordChange:
    current_password: str
    password: str


@command
class PasswordAgain:
    password: str


@command
class EnrolmentCode:
    enrolment: str
    code: str


@command
class PasswordAndCode:
    password: str
    code: str = ""


# -- signing in and out --------------------------------------------------------------------------------------------


@api.post("/sessions", public=True, body=SessionRequest, answer=SignedInView, status=201, others={200: AskedView},
          max_body=SMALL)
def sign_in(ctx: Context, request: Request[SessionRequest]) -> Answer:
    """Sign in. 201 begins a session; 200 asks for a one-time code or for which tenant to enter."""
    body, where = request.body, origin(request)
    if body.challenge and body.code:
        return session_answer(signing_in.answer_code(ctx, body.challenge, body.code, where))
    if body.challenge:
        return session_answer(signing_in.choose_tenant(ctx, body.challenge, body.tenant_id, where))
    return session_answer(signing_in.sign_in(ctx, body.email, body.password, body.tenant_id, where))


@api.get("/session", answer=SessionView, stays_open=True)
def read_session(ctx: Context, request: Request[Any]) -> Answer:
    """Who is calling, for which tenant and company, and what they may do."""
    user = read.get(ctx, USER, ctx.actor.id) if ctx.actor.kind == "user" else None
    csrf = sessions.csrf_token(ctx, sessions.token_of(request.headers)) if user or ctx.support else None
    company = service.company(ctx)
    return Answer({**described(service.tenant(ctx), user, ctx.permissions, csrf), **_support(ctx),
                   "actor": {"kind": ctx.actor.kind, "id": ctx.actor.id, "name": ctx.actor.name},
                   "company": {"legal_name": company.legal_name, "trade_name": company.trade_name}})


def _support(ctx: Context) -> dict[str, Any]:
    """What the page of a person who may let operators in shows, and that of an operator who is in."""
    if ctx.support is None:
        return {"support_requests": support.waiting(ctx) if ctx.actor.kind == "user" and ctx.allows("support.manage") else 0}
    name = ctx.actor.name
    return {"role": operating.ROLE, "role_names": {"en": "Support", "fr": "Assistance"}, "locale": ctx.locale, "user": {
        "id": ctx.actor.id, "name": name, "email": "", "totp_enabled": True, "passkey_count": 0, "warehouse_ids": [],
        "channel_ids": []}, "support": {
            "access_id": ctx.support.access_id, "operator_name": name, "consented_by": ctx.support.consented_by,
            "ends_at": ctx.support.ends_at.isoformat(), "may_write": ctx.support.may_write}}


def _own_user_id(ctx: Context) -> str:
    if ctx.actor.kind != "user":
        raise Conflict("people_only", "Only a signed-in person has sessions.")
    return ctx.actor.id


@api.delete("/session", status=204, stays_open=True)
def sign_out(ctx: Context, request: Request[Any]) -> Answer:
    """End this session."""
    if ctx.support is not None:
        operating.leave(ctx, request.headers)
        return Answer(None, 204, cookies=(sessions.clear_cookie(),))
    sessions.revoke(ctx, _own_user_id(ctx), sessions.session_id_of(request.headers))
    return Answer(None, 204, cookies=(sessions.clear_cookie(),))


@api.get("/sessions", answer=OpenSession, is_list=True, stays_open=True)
def list_sessions(ctx: Context, request: Request[Any]) -> Answer:
    """The caller's own sessions, newest first."""
    present = sessions.session_id_of(request.headers)
    rows = [{**codec.plain(each), "ends_at": each.ends_at.isoformat(), "is_current": each.id == present,
             "device": devices.device_of(each.user_agent)}
            for each in sessions.of_user(ctx, _own_user_id(ctx))]
    return Answer({"items": rows, "cursor": None})


@api.delete("/sessions/{session_id}", status=204, stays_open=True)
def revoke_session(ctx: Context, request: Request[Any], session_id: str) -> Answer:
    """End one of the caller's own sessions; it is over on its next request."""
    sessions.revoke(ctx, _own_user_id(ctx), session_id)
    return Answer(None, 204)


@api.post("/password-resets", public=True, body=ResetRequest, answer=Accepted, status=202, max_body=SMALL)
def request_reset(ctx: Context, request: Request[ResetRequest]) -> Answer:
    """Ask for a mail with a link to choose a new password; the answer is the same for an unknown e-mail."""
    signing_in.request_reset(ctx, request.body.email, origin(request))
    return Answer({"status": "accepted"}, 202)


@api.post("/password-resets/confirm", public=True, body=NewPassword, status=204, max_body=SMALL)
def reset_password(ctx: Context, request: Request[NewPassword]) -> Answer:
    """Choose a new password by the link of the mail; every session of the person ends."""
    signing_in.reset_password(ctx, request.body.token, request.body.password, origin(request))
    return Answer(None, 204)


@api.put("/password", body=PasswordChange, answer=SignedInView, max_body=SMALL, stays_open=True)
def change_password(ctx: Context, request: Request[PasswordChange]) -> Answer:
    """Choose another password; every other session of the person ends, and this one goes on under a new cookie."""
    body = request.body
    result = signing_in.change_password(ctx, body.current_password, body.password, origin(request))
    answer = session_answer(result)
    return Answer(answer.body, 200, cookies=answer.cookies)


@api.post("/totp", body=PasswordAgain, answer=Enrolment, status=201, max_body=SMALL, stays_open=True)
def enrol_totp(ctx: Context, request: Request[PasswordAgain]) -> Answer:
    """Begin to use one-time codes: the secret for the authenticator, shown once."""
    return Answer(signing_in.enrol_totp(ctx, request.body.password), 201)


@api.post("/totp/confirm", body=EnrolmentCode, status=204, max_body=SMALL, stays_open=True)
def confirm_totp(ctx: Context, request: Request[EnrolmentCode]) -> Answer:
    """Turn one-time codes on by a first right code."""
    signing_in.confirm_totp(ctx, request.body.enrolment, request.body.code)
    return Answer(None, 204)


@api.post("/totp/disable", body=PasswordAndCode, status=204, max_body=SMALL, stays_open=True)
def disable_totp(ctx: Context, request: Request[PasswordAndCode]) -> Answer:
    """Turn one-time codes off, with password and code."""
    signing_in.disable_totp(ctx, request.body.password, request.body.code)
    return Answer(None, 204)
