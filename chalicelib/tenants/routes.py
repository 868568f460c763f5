"""`/api/tenants`: signing in and out, the company, its people and programs."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Stale
from chalicelib.kernel.shapes import command
from chalicelib.runtime import access, sessions
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import LOADERS, Answer, Request
from chalicelib.runtime.resources import Action, Listing, Resource, mount
from chalicelib.runtime.settings import settings
from chalicelib.storage import read
from chalicelib.tenants import devices, directory, service, signing_in
from chalicelib.tenants.answers import (
    Accepted,
    ApiKeyRow,
    ApiKeyView,
    AskedView,
    Enrolment,
    InvitationFacts,
    InvitationRow,
    InvitationView,
    JoinedView,
    NewKeyView,
    OpenSession,
    RoleView,
    SessionView,
    SignedInView,
    SignInRow,
    UserRow,
    UserView,
)
from chalicelib.tenants.directory import Member
from chalicelib.tenants.model import (
    API_KEY,
    INVITATION,
    INVITATION_TRANSITIONS,
    SIGN_IN,
    USER,
    ApiKey,
    ChangeCompany,
    ChangeSettings,
    ChangeUser,
    Company,
    Invitation,
    InviteUser,
    NewApiKey,
    RotateApiKey,
    Tenant,
    User,
)
from chalicelib.tenants.signing_in import Asked, Origin, SignedIn

api = Api("tenants")
_SMALL = 20_000


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
class InvitationToken:
    token: str


@command
class Acceptance:
    """The password is a new one, or the existing one of somebody who belongs to another tenant already."""

    token: str
    password: str
    name: str = ""


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


def _origin(request: Request[Any]) -> Origin:
    return Origin(request.source_ip, request.headers.get("user-agent", ""))


# -- signing in and out --------------------------------------------------------------------------------------------


def _described(tenant: Tenant, user: User | None, permissions: frozenset[str], csrf: str | None) -> dict[str, Any]:
    """What a signed-in page needs to know of itself."""
    return {
        "status": "signed_in", "csrf_token": csrf, "role": user.role if user else None,
        "user": {"id": user.id, "name": user.name, "email": user.email, "totp_enabled": user.totp_enabled,
                 "warehouse_ids": list(user.warehouse_ids)} if user else None,
        "tenant": {name: value for name, value in codec.plain(tenant).items() if name not in ("owner_ids", "version")},
        "permissions": sorted(permissions), "locale": (user.locale if user else "") or tenant.locale,
        "features": {"dev_mail": settings().is_local, "loopback_connections": settings().allow_loopback},
    }


def _session_answer(result: SignedIn | Asked) -> Answer:
    if isinstance(result, Asked):
        return Answer({"status": result.status, "challenge": result.challenge, "tenants": list(result.tenants)}, 200)
    member = result.member
    body = _described(member.tenant, member.user, access.permissions_of(member.user.role), result.csrf_token)
    return Answer(body, 201, cookies=(sessions.cookie(result.token),))


@api.post("/sessions", public=True, body=SessionRequest, answer=SignedInView, status=201, others={200: AskedView},
          max_body=_SMALL)
def sign_in(ctx: Context, request: Request[SessionRequest]) -> Answer:
    """Sign in. 201 begins a session; 200 asks for a one-time code or for which tenant to enter."""
    body, origin = request.body, _origin(request)
    if body.challenge and body.code:
        return _session_answer(signing_in.answer_code(ctx, body.challenge, body.code, origin))
    if body.challenge:
        return _session_answer(signing_in.choose_tenant(ctx, body.challenge, body.tenant_id, origin))
    return _session_answer(signing_in.sign_in(ctx, body.email, body.password, body.tenant_id, origin))


@api.get("/session", answer=SessionView)
def read_session(ctx: Context, request: Request[Any]) -> Answer:
    """Who is calling, for which tenant and company, and what they may do."""
    user = read.get(ctx, USER, ctx.actor.id) if ctx.actor.kind == "user" else None
    csrf = sessions.csrf_token(ctx, sessions.token_of(request.headers)) if user else None
    company = service.company(ctx)
    return Answer({**_described(service.tenant(ctx), user, ctx.permissions, csrf),
                   "actor": {"kind": ctx.actor.kind, "id": ctx.actor.id, "name": ctx.actor.name},
                   "company": {"legal_name": company.legal_name, "trade_name": company.trade_name}})


def _own_user_id(ctx: Context) -> str:
    if ctx.actor.kind != "user":
        raise Conflict("people_only", "Only a signed-in person has sessions.")
    return ctx.actor.id


@api.delete("/session", status=204)
def sign_out(ctx: Context, request: Request[Any]) -> Answer:
    """End this session."""
    sessions.revoke(ctx, _own_user_id(ctx), sessions.session_id_of(request.headers))
    return Answer(None, 204, cookies=(sessions.clear_cookie(),))


@api.get("/sessions", answer=OpenSession, is_list=True)
def list_sessions(ctx: Context, request: Request[Any]) -> Answer:
    """The caller's own sessions, newest first."""
    present = sessions.session_id_of(request.headers)
    rows = [{**codec.plain(each), "ends_at": each.ends_at.isoformat(), "is_current": each.id == present,
             "device": devices.device_of(each.user_agent)}
            for each in sessions.of_user(ctx, _own_user_id(ctx))]
    return Answer({"items": rows, "cursor": None})


@api.delete("/sessions/{session_id}", status=204)
def revoke_session(ctx: Context, request: Request[Any], session_id: str) -> Answer:
    """End one of the caller's own sessions; it is over on its next request."""
    sessions.revoke(ctx, _own_user_id(ctx), session_id)
    return Answer(None, 204)


@api.post("/password-resets", public=True, body=ResetRequest, answer=Accepted, status=202, max_body=_SMALL)
def request_reset(ctx: Context, request: Request[ResetRequest]) -> Answer:
    """Ask for a mail with a link to choose a new password; the answer is the same for an unknown e-mail."""
    signing_in.request_reset(ctx, request.body.email, _origin(request))
    return Answer({"status": "accepted"}, 202)


@api.post("/password-resets/confirm", public=True, body=NewPassword, status=204, max_body=_SMALL)
def reset_password(ctx: Context, request: Request[NewPassword]) -> Answer:
    """Choose a new password by the link of the mail; every session of the person ends."""
    signing_in.reset_password(ctx, request.body.token, request.body.password, _origin(request))
    return Answer(None, 204)


@api.put("/password", body=PasswordChange, answer=SignedInView, max_body=_SMALL)
def change_password(ctx: Context, request: Request[PasswordChange]) -> Answer:
    """Choose another password; every other session of the person ends, and this one goes on under a new cookie."""
    body = request.body
    result = signing_in.change_password(ctx, body.current_password, body.password, _origin(request))
    answer = _session_answer(result)
    return Answer(answer.body, 200, cookies=answer.cookies)


@api.post("/totp", body=PasswordAgain, answer=Enrolment, status=201, max_body=_SMALL)
def enrol_totp(ctx: Context, request: Request[PasswordAgain]) -> Answer:
    """Begin to use one-time codes: the secret for the authenticator, shown once."""
    return Answer(signing_in.enrol_totp(ctx, request.body.password), 201)


@api.post("/totp/confirm", body=EnrolmentCode, status=204, max_body=_SMALL)
def confirm_totp(ctx: Context, request: Request[EnrolmentCode]) -> Answer:
    """Turn one-time codes on by a first right code."""
    signing_in.confirm_totp(ctx, request.body.enrolment, request.body.code)
    return Answer(None, 204)


@api.post("/totp/disable", body=PasswordAndCode, status=204, max_body=_SMALL)
def disable_totp(ctx: Context, request: Request[PasswordAndCode]) -> Answer:
    """Turn one-time codes off, with password and code."""
    signing_in.disable_totp(ctx, request.body.password, request.body.code)
    return Answer(None, 204)


# -- company and settings ------------------------------------------------------------------------------------------


def _check_match(request: Request[Any], document: Company | Tenant, kind: str) -> None:
    if request.if_match is not None and request.if_match != document.version:
        raise Stale(kind)


@api.get("/company", permission="tenants.read", answer=Company)
def read_company(ctx: Context, request: Request[Any]) -> Company:
    """The company, as its documents name it."""
    return service.company(ctx)


@api.put("/company", permission="tenants.manage", body=ChangeCompany, answer=Company)
def change_company(ctx: Context, request: Request[ChangeCompany]) -> Company:
    """Replace the company's facts."""
    old = service.company(ctx)
    _check_match(request, old, "company")
    return service.change_company(ctx, old, request.body)


@api.get("/settings", permission="tenants.read", answer=Tenant)
def read_settings(ctx: Context, request: Request[Any]) -> Tenant:
    """The tenant's settings."""
    return service.tenant(ctx)


@api.put("/settings", permission="tenants.manage", body=ChangeSettings, answer=Tenant)
def change_settings(ctx: Context, request: Request[ChangeSettings]) -> Tenant:
    """Replace the tenant's settings."""
    old = service.tenant(ctx)
    _check_match(request, old, "tenant")
    return service.change_settings(ctx, old, request.body)


LOADERS["company"] = lambda ctx, _: service.company(ctx)
LOADERS["tenant"] = lambda ctx, _: service.tenant(ctx)


@api.get("/roles", permission="users.read", answer=RoleView, is_list=True)
def list_roles(ctx: Context, request: Request[Any]) -> Answer:
    """The roles a user can have, with what each may do."""
    rows = [{"role": role, **access.ROLE_LABELS[role], "permissions": sorted(held)}
            for role, held in access.ROLES.items()]
    return Answer({"items": rows, "cursor": None})


# -- people and programs -------------------------------------------------------------------------------------------


def present_user(ctx: Context, user: User) -> dict[str, Any]:
    """A user without the names of their credentials."""
    shown: dict[str, Any] = codec.plain(user)
    for name in ("email_key", "login_id", "sessions_valid_from"):
        del shown[name]
    shown["last_sign_in_at"] = service.last_sign_ins(ctx, [user.id]).get(user.id)
    return shown


def _present_invitation(ctx: Context, invitation: Invitation) -> dict[str, Any]:
    shown: dict[str, Any] = codec.plain(invitation)
    for name in ("email_key", "token_hash"):
        del shown[name]
    return shown


def _with_uses(ctx: Context, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A list of keys with when each was last used: one read for all of them."""
    uses = service.key_uses(ctx, [str(row["id"]) for row in rows])
    return [{**row, "last_used_at": uses.get(str(row["id"]), {}).get("at")} for row in rows]


def _present_key(ctx: Context, key: ApiKey) -> dict[str, Any]:
    shown: dict[str, Any] = codec.plain(key)
    for name in ("secret_hash", "previous_secret_hash"):
        del shown[name]
    if key.previous_until is not None and key.previous_until <= ctx.now:
        shown["previous_until"] = None
    uses = service.key_uses(ctx, [key.id]).get(key.id, {})
    former = uses.get("former_at")
    is_since = former is not None and key.rotated_at is not None and former >= key.rotated_at.isoformat()
    return {**shown, "last_used_at": uses.get("at"), "former_secret_used_at": former if is_since else None}


USERS = Resource(
    document=USER, path="/users", read="users.read", write="users.manage", listings={"": Listing("by_list", "USER")},
    filters=("role", "state"), update=service.change_user, update_body=ChangeUser, present=present_user,
    shape=UserView, row=UserRow)
INVITATIONS = Resource(
    document=INVITATION, path="/invitations", read="users.read", write="users.manage",
    listings={"": Listing("by_list", "INVITATION")}, filters=("state",), create=service.invite, create_body=InviteUser,
    actions={"resend": Action(lambda ctx, invitation, _: service.resend_invitation(ctx, invitation)),
             "revoke": Action(lambda ctx, invitation, _: service.revoke_invitation(ctx, invitation))},
    present=_present_invitation, transitions=INVITATION_TRANSITIONS,
    shape=InvitationView, row=InvitationRow)
KEYS = Resource(
    document=API_KEY, path="/api-keys", read="api_keys.manage", write="api_keys.manage",
    listings={"": Listing("by_list", "API_KEY")},
    actions={"revoke": Action(lambda ctx, key, _: service.revoke_api_key(ctx, key))}, present=_present_key,
    shape=ApiKeyView, row=ApiKeyRow,
    complete=_with_uses)
SIGN_INS = Resource(
    document=SIGN_IN, path="/sign-ins", read="audit.read", write="audit.read",
    listings={"": Listing("by_list", "SIGN_IN")}, filters=("user_id", "outcome"), row=SignInRow,
    complete=lambda _, rows: [{**row, "device": devices.device_of(str(row["user_agent"]))} for row in rows])


@api.post("/api-keys", permission="api_keys.manage", body=NewApiKey, answer=NewKeyView, status=201)
def create_api_key(ctx: Context, request: Request[NewApiKey]) -> Answer:
    """Create an API key; `key` is its whole text, shown this once."""
    key, text = service.create_api_key(ctx, request.body)
    return Answer({**_present_key(ctx, key), "key": text}, 201, version=key.version)


@api.post("/api-keys/{key_id}/rotate", permission="api_keys.manage", body=RotateApiKey, answer=NewKeyView)
def rotate_api_key(ctx: Context, request: Request[RotateApiKey], key_id: str) -> Answer:
    """Give an API key a new secret; `key` is its whole text, shown this once, the former one is good for some hours more."""
    old = read.get(ctx, API_KEY, key_id)
    if request.if_match is not None and request.if_match != old.version:
        raise Stale("api_key")
    key, text = service.rotate_api_key(ctx, old, request.body)
    return Answer({**_present_key(ctx, key), "key": text}, version=key.version)


LOADERS["new_api_key"] = lambda ctx, key_id: {**_present_key(ctx, read.get(ctx, API_KEY, key_id)), "key": ""}
"""A repeat of the request is answered alike, without the text that only the first answer told."""


mount(api, USERS)
mount(api, INVITATIONS)
mount(api, KEYS)
mount(api, SIGN_INS)


# -- invitations, seen by the invited ------------------------------------------------------------------------------


@api.post("/invitations/look-up", public=True, body=InvitationToken, answer=InvitationFacts, max_body=_SMALL)
def look_up_invitation(ctx: Context, request: Request[InvitationToken]) -> Answer:
    """What the link of an invitation is about; the token travels in the body, where no log keeps it."""
    return Answer(service.read_invitation(ctx, request.body.token, request.source_ip))


@api.post("/invitations/accept", public=True, body=Acceptance, answer=SignedInView | AskedView | JoinedView, status=201,
          others={200: AskedView}, max_body=_SMALL)
def accept_invitation(ctx: Context, request: Request[Acceptance]) -> Answer:
    """Become a user, and come in at once unless a one-time code must be asked first."""
    body = request.body
    user, may_enter = service.accept_invitation(ctx, body.token, body.password, body.name, request.source_ip)
    inside = directory.within(ctx, body.token.partition(".")[0])
    tenant = service.tenant(inside)
    if not may_enter:
        return Answer({"status": "joined", "email": user.email, "tenant_id": tenant.id}, 201)
    return _session_answer(signing_in.begin(ctx, Member(tenant=tenant, user=user), _origin(request)))
