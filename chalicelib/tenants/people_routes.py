"""`/api/tenants`: users, invitations and API keys."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.documents import Document
from chalicelib.kernel.errors import Stale
from chalicelib.kernel.shapes import command
from chalicelib.runtime.endpoints import LOADERS, Answer, Request
from chalicelib.runtime.resources import Action, Listing, Resource, mount
from chalicelib.storage import read
from chalicelib.tenants import devices, directory, service, signing_in
from chalicelib.tenants.answers import (
    ApiKeyRow,
    ApiKeyView,
    AskedView,
    InvitationFacts,
    InvitationRow,
    InvitationView,
    JoinedView,
    NewKeyView,
    SignedInView,
    SignInRow,
    UserRow,
    UserView,
)
from chalicelib.tenants.directory import Member
from chalicelib.tenants.edge import SMALL, api, origin, session_answer
from chalicelib.tenants.model import (
    API_KEY,
    INVITATION,
    INVITATION_TRANSITIONS,
    SIGN_IN,
    USER,
    ApiKey,
    ChangeUser,
    Invitation,
    InviteUser,
    NewApiKey,
    RotateApiKey,
    User,
)


@command
class InvitationToken:
    token: str


@command
class Acceptance:
    """The password is a new one, or the existing one of somebody who belongs to another tenant already."""

    token: str
    password: str
    name: str = ""


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


def _with_limits(ctx: Context, rows: list[dict[str, Any]], document: Document[Any]) -> list[dict[str, Any]]:
    """A list of people or keys with whether each is limited to some places: one read for all of them."""
    found = read.get_many(ctx, document, [str(row["id"]) for row in rows])
    limited = {i: bool(each.warehouse_ids or each.channel_ids) for i, each in found.items()}
    return [{**row, "is_limited": limited.get(str(row["id"]), False)} for row in rows]


def _with_uses(ctx: Context, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A list of keys with when each was last used, and whether it is limited: two reads for all of them."""
    uses = service.key_uses(ctx, [str(row["id"]) for row in rows])
    rows = [{**row, "last_used_at": uses.get(str(row["id"]), {}).get("at")} for row in rows]
    return _with_limits(ctx, rows, API_KEY)


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
    shape=UserView, row=UserRow, complete=lambda ctx, rows: _with_limits(ctx, rows, USER))
INVITATIONS = Resource(
    document=INVITATION, path="/invitations", read="users.read", write="users.manage",
    listings={"": Listing("by_list", "INVITATION")}, filters=("state", "role"), create=service.invite, create_body=InviteUser,
    actions={"resend": Action(lambda ctx, invitation, _: service.resend_invitation(ctx, invitation)),
             "revoke": Action(lambda ctx, invitation, _: service.revoke_invitation(ctx, invitation))},
    present=_present_invitation, transitions=INVITATION_TRANSITIONS,
    shape=InvitationView, row=InvitationRow)
KEYS = Resource(
    document=API_KEY, path="/api-keys", read="api_keys.manage", write="api_keys.manage",
    listings={"": Listing("by_list", "API_KEY")}, filters=("role", "is_revoked"),
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


@api.post("/invitations/look-up", public=True, body=InvitationToken, answer=InvitationFacts, max_body=SMALL)
def look_up_invitation(ctx: Context, request: Request[InvitationToken]) -> Answer:
    """What the link of an invitation is about; the token travels in the body, where no log keeps it."""
    return Answer(service.read_invitation(ctx, request.body.token, request.source_ip))


@api.post("/invitations/accept", public=True, body=Acceptance, answer=SignedInView | AskedView | JoinedView, status=201,
          others={200: AskedView}, max_body=SMALL)
def accept_invitation(ctx: Context, request: Request[Acceptance]) -> Answer:
    """Become a user, and come in at once unless a one-time code must be asked first."""
    body = request.body
    user, may_enter = service.accept_invitation(ctx, body.token, body.password, body.name, request.source_ip)
    inside = directory.within(ctx, body.token.partition(".")[0])
    tenant = service.tenant(inside)
    if not may_enter:
        return Answer({"status": "joined", "email": user.email, "tenant_id": tenant.id}, 201)
    return session_answer(signing_in.begin(ctx, Member(tenant=tenant, user=user), origin(request)))
