"""Use cases of a tenant's own affairs: its beginning, company, settings, users, invitations and API keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from chalicelib.kernel import codec
from chalicelib.kernel.context import Command, Context
from chalicelib.kernel.errors import AlreadyDone, Conflict, Invalid
from chalicelib.kernel.states import next_state
from chalicelib.runtime import access, identity, secrets, sessions
from chalicelib.runtime.settings import settings
from chalicelib.storage import keys, read, single
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants import attempts, directory, roles, tickets
from chalicelib.tenants.checks import (
    check_country,
    check_locale,
    check_name,
    check_password,
    check_tenant_id,
    check_time_zone,
    normal_email,
)
from chalicelib.tenants.directory import Place
from chalicelib.tenants.model import (
    API_KEY,
    COMPANY,
    COMPANY_ID,
    INVITATION,
    INVITATION_TRANSITIONS,
    TENANT,
    USER,
    ApiKey,
    ChangeCompany,
    ChangeSettings,
    ChangeUser,
    Company,
    Invitation,
    InviteUser,
    NewApiKey,
    NewTenant,
    RotateApiKey,
    Tenant,
    User,
    changed_company,
    changed_settings,
    owners_after,
    user_of,
)
from chalicelib.tenants.selling import seats

INVITATION_LIFE = timedelta(days=7)
MAX_OVERLAP_HOURS = 168
LAST_SIGN_IN = "LAST_SIGN_IN"


def _settle(transaction: Transaction, status: int, kind: str, entity_id: str, version: int) -> None:
    transaction.answers(status, kind, entity_id, version)
    transaction.commit()


# -- the tenant and its company ------------------------------------------------------------------------------------


def create_tenant(ctx: Context, body: NewTenant) -> tuple[Tenant, User]:
    """A tenant with its company and first owner, who signs in with the given password (an existing login keeps its own).

    Needs a platform context. Raises Invalid, and Conflict `already_exists` when the tenant id is taken.
    """
    email, name = normal_email(body.owner_email), check_name(body.name)
    check_password(body.owner_password, email, name)
    slug = "".join(c if c.isascii() and c.isalnum() else "-" for c in name.lower()).strip("-")[:30].rstrip("-")
    tenant_id = check_tenant_id(body.tenant_id or f"{slug or 't'}-{ctx.chance.token(3).hex()}")
    user_id = ctx.new_id("usr")
    tenant = Tenant(id=tenant_id, name=name, locale=check_locale(body.locale), currency=body.currency,
                    time_zone=check_time_zone(body.time_zone), country_code=check_country(body.country_code),
                    owner_ids=(user_id,), environment=body.environment, created_at=ctx.now)
    inside = replace(directory.within(ctx, tenant_id), command=Command(f"create:{tenant_id}"))
    if read.find(inside, TENANT, tenant_id) is not None:
        raise Conflict("already_exists", "This tenant exists already.")
    login = directory.find(ctx, email) or directory.new_login(ctx, email)
    if login.version == 0:
        identity.create(login.id, body.owner_password)
    directory.point(ctx, login, Place(tenant_id=tenant_id, user_id=user_id))
    owner = User(id=user_id, email=email, email_key=inside.blind(email), login_id=login.id,
                 name=check_name(body.owner_name), role="owner", joined_at=ctx.now)
    transaction = Transaction(inside)
    tenant = transaction.create(TENANT, tenant)
    owner = transaction.create(USER, owner)
    transaction.create(COMPANY, Company(legal_name=name))
    transaction.emit("TenantCreated", "tenant", tenant_id, 1)
    transaction.emit("UserJoined", "user", user_id, 1, {"role": "owner"})
    try:
        _settle(transaction, 201, "tenant", tenant_id, 1)
    except AlreadyDone:
        raise Conflict("already_exists", "This tenant exists already.") from None
    single.put(ctx, Item(sessions.tenants_key(ctx, tenant_id), "tenant_name", ctx.tenant_id, codec.compact({"name": name})))
    return tenant, owner


def tenant(ctx: Context) -> Tenant:
    """The caller's tenant."""
    return read.get(ctx, TENANT, ctx.tenant_id)


def company(ctx: Context) -> Company:
    """The caller's company."""
    return read.get(ctx, COMPANY, COMPANY_ID)


def change_company(ctx: Context, old: Company, body: ChangeCompany) -> Company:
    """Replaces the company's facts. Raises Invalid and Stale."""
    transaction = Transaction(ctx)
    new = transaction.save(COMPANY, old, changed_company(old, body))
    transaction.emit("CompanyUpdated", "company", new.id, new.version)
    _settle(transaction, 200, "company", new.id, new.version)
    return new


def change_settings(ctx: Context, old: Tenant, body: ChangeSettings) -> Tenant:
    """Replaces the tenant's settings. Raises Invalid and Stale."""
    transaction = Transaction(ctx)
    new = transaction.save(TENANT, old, changed_settings(old, body))
    transaction.emit("SettingsUpdated", "tenant", new.id, new.version)
    _settle(transaction, 200, "tenant", new.id, new.version)
    return new


# -- users ---------------------------------------------------------------------------------------------------------


def last_sign_ins(ctx: Context, user_ids: list[str]) -> Mapping[str, str]:
    """When each of these users last signed in, ISO 8601; users who never did are missing."""
    wanted = {keys.child(ctx, "user", user_id, LAST_SIGN_IN): user_id for user_id in user_ids}
    return {wanted[key]: codec.load(item.data)["at"] for key, item in read.items(ctx, wanted).items()}


def change_user(ctx: Context, old: User, body: ChangeUser) -> User:
    """Changes a user's name, role, language, warehouses, or shuts them out; it holds on their very next request.

    Raises Invalid, Stale, Forbidden `beyond_own` when the user may do, before or after, what the caller may not, and Conflict
    `last_owner` when no active owner would be left, `erased_already`.
    """
    if not old.login_id:
        raise Conflict("erased_already", "This person was erased before.")
    changed = replace(old, name=check_name(body.name), role=body.role, is_active=body.is_active, channel_ids=body.channel_ids,
                      locale=check_locale(body.locale) if body.locale else "", warehouse_ids=body.warehouse_ids)
    if not body.is_active and old.is_active:
        changed = replace(changed, sessions_valid_from=ctx.now)
    return roles.decided_again(ctx, lambda: _change_user(ctx, old, changed))


def _change_user(ctx: Context, old: User, changed: User) -> User:
    transaction = Transaction(ctx)
    roles.hold(transaction, (old.role, old.id), (changed.role, old.id))
    present = tenant(ctx)
    roles.check_held(ctx, roles.permissions_of(present, old.role))
    roles.check_grant(ctx, present, changed.role)
    roles.check_places(ctx, old.role, old.warehouse_ids, old.channel_ids)
    roles.check_places(ctx, changed.role, changed.warehouse_ids, changed.channel_ids)
    was_owner, is_owner = (u.role == "owner" and u.is_active for u in (old, changed))
    if was_owner != is_owner:
        transaction.save(TENANT, present, replace(present, owner_ids=owners_after(present.owner_ids, old.id, is_owner)))
    if changed.is_active != old.is_active:
        (seats.take if changed.is_active else seats.free)(transaction, old.id)
    new = transaction.save(USER, old, changed)
    event = "UserDisabled" if old.is_active and not new.is_active else "UserUpdated"
    transaction.emit(event, "user", new.id, new.version, {"role": new.role, "role_before": old.role})
    _settle(transaction, 200, "user", new.id, new.version)
    return new


# -- invitations ---------------------------------------------------------------------------------------------------


def invite(ctx: Context, body: InviteUser) -> Invitation:
    """Keeps a place for somebody and has the mail sent; the token stands only sealed, in the event that asks for it.

    Raises Invalid, Forbidden `beyond_own` for a role that may more than the caller, and Conflict when the e-mail is a user's
    (`user_email_taken`) or invited (`invitation_email_taken`).
    """
    email, name = normal_email(body.email), check_name(body.name)
    email_key = ctx.blind(email)
    if read.guards(ctx, "user_email", (email_key,)):
        raise Conflict("user_email_taken", "Somebody with this e-mail is a user already.", {"email": "already used"})
    invitation_id = ctx.new_id("inv")
    token = f"{ctx.tenant_id}.{invitation_id}.{secrets.random_token(ctx)}"
    locale = check_locale(body.locale) if body.locale else tenant(ctx).locale
    wanted = Invitation(
        id=invitation_id, email=email, email_key=email_key, name=name, role=body.role,
        warehouse_ids=body.warehouse_ids, channel_ids=body.channel_ids, locale=locale, token_hash=secrets.digest(token),
        invited_by=ctx.actor.name, created_at=ctx.now, expires_at=ctx.now + INVITATION_LIFE)

    def attempt() -> Invitation:
        transaction = Transaction(ctx)
        invitation = transaction.create(INVITATION, wanted)
        roles.hold(transaction, None, (invitation.role, invitation.id))
        roles.check_grant(ctx, tenant(ctx), invitation.role)
        roles.check_places(ctx, body.role, body.warehouse_ids, body.channel_ids)
        seats.keep(transaction, invitation.id, invitation.expires_at)
        transaction.emit("UserInvited", "invitation", invitation.id, 1, {"sealed_token": secrets.encrypt(ctx, token)})
        _settle(transaction, 201, "invitation", invitation.id, 1)
        return invitation

    return roles.decided_again(ctx, attempt)


def resend_invitation(ctx: Context, old: Invitation) -> Invitation:
    """Sends the mail again with a new link, good for as long as a first one; the former link is dead.

    Raises Conflict `wrong_state` when the invitation is not open any more, Stale."""
    state = next_state(INVITATION_TRANSITIONS, old.state, "resend")
    token = f"{ctx.tenant_id}.{old.id}.{secrets.random_token(ctx)}"

    def attempt() -> Invitation:
        transaction = Transaction(ctx)
        new = transaction.save(INVITATION, old, replace(
            old, state=state, token_hash=secrets.digest(token), expires_at=ctx.now + INVITATION_LIFE))
        seats.keep(transaction, new.id, new.expires_at)
        transaction.emit("UserInvited", "invitation", new.id, new.version, {"sealed_token": secrets.encrypt(ctx, token)})
        _settle(transaction, 200, "invitation", new.id, new.version)
        return new

    return roles.decided_again(ctx, attempt)


def revoke_invitation(ctx: Context, old: Invitation) -> Invitation:
    """Takes the invitation back; its link is dead at once. Raises Conflict `wrong_state` and Stale."""
    state = next_state(INVITATION_TRANSITIONS, old.state, "revoke")

    def attempt() -> Invitation:
        transaction = Transaction(ctx)
        new = transaction.save(INVITATION, old, replace(old, state=state))
        roles.hold(transaction, (old.role, old.id), None)
        seats.give_up(transaction, old.id)
        transaction.emit("InvitationRevoked", "invitation", new.id, new.version)
        _settle(transaction, 200, "invitation", new.id, new.version)
        return new

    return roles.decided_again(ctx, attempt)


def _invited(ctx: Context, token: str) -> tuple[Context, Invitation]:
    """The tenant's context and the open invitation of a token. Raises Invalid `token_invalid`."""
    tenant_id, _, rest = token.partition(".")
    invitation_id, _, _ = rest.partition(".")
    try:
        inside = directory.within(ctx, check_tenant_id(tenant_id))
    except Invalid:
        raise tickets.invalid() from None
    found = read.find(inside, INVITATION, invitation_id)
    if found is None or found.token_hash != secrets.digest(token) or found.state != "pending":
        raise tickets.invalid()
    if found.expires_at <= ctx.now:
        raise tickets.invalid()
    return inside, found


def read_invitation(ctx: Context, token: str, source_ip: str) -> dict[str, Any]:
    """What the page of an invitation's link shows. Needs a platform context. Raises Invalid `token_invalid`."""
    attempts.spend(ctx, attempts.TOKEN_BY_ADDRESS, source_ip)
    inside, invitation = _invited(ctx, token)
    return {"company": tenant(inside).name, "email": invitation.email, "name": invitation.name,
            "role": invitation.role, "locale": invitation.locale, "expires_at": invitation.expires_at.isoformat(),
            "has_login": directory.find(ctx, invitation.email) is not None}


def accept_invitation(ctx: Context, token: str, password: str, name: str, source_ip: str) -> tuple[User, bool]:
    """Makes the invited person a user: a new login gets `password`, an existing one must prove it by its own. Answers
    the user, and whether they may come in at once (one-time codes, when on, must still be asked).

    Needs a platform context. Raises Invalid (`token_invalid` or the password's), Unauthenticated `wrong_credentials`.
    """
    attempts.spend(ctx, attempts.TOKEN_BY_ADDRESS, source_ip)
    inside, invitation = _invited(ctx, token)
    seats.require(inside)
    login = directory.find(ctx, invitation.email)
    if login is None:
        check_password(password, invitation.email, tenant(inside).name)
        login = directory.new_login(ctx, invitation.email)
        identity.create(login.id, password)
        may_enter = True
    else:
        attempts.spend(ctx, attempts.SIGN_IN_BY_EMAIL, invitation.email)
        may_enter = isinstance(identity.sign_in(login.id, password), identity.Proof)
    user = user_of(inside.tenant_id, invitation, login.id, ctx.now)
    user = replace(user, name=check_name(name)) if name.strip() else user
    directory.point(ctx, login, Place(tenant_id=inside.tenant_id, user_id=user.id))
    joining = replace(directory.within(inside, inside.tenant_id, user), command=Command(f"accept:{invitation.id}"))
    try:
        return roles.decided_again(joining, lambda: _join(joining, invitation, user)), may_enter
    except AlreadyDone as done:
        raise tickets.invalid() from done


def _join(ctx: Context, invitation: Invitation, user: User) -> User:
    """The invited person becomes a user, with the role as it stands."""
    transaction = Transaction(ctx)
    transaction.save(INVITATION, invitation, replace(
        invitation, state=next_state(INVITATION_TRANSITIONS, invitation.state, "accept")))
    joined = transaction.create(USER, user)
    if user.role == "owner":
        present = tenant(ctx)
        transaction.save(TENANT, present, replace(present, owner_ids=owners_after(present.owner_ids, user.id, True)))
    roles.hold(transaction, (invitation.role, invitation.id), (joined.role, joined.id))
    seats.take(transaction, joined.id, instead_of=invitation.id)
    transaction.emit("UserJoined", "user", joined.id, 1, {"role": joined.role})
    _settle(transaction, 201, "user", joined.id, 1)
    return joined


# -- API keys ------------------------------------------------------------------------------------------------------


def create_api_key(ctx: Context, body: NewApiKey) -> tuple[ApiKey, str]:
    """A key and, this once, its whole text. Raises Invalid, and Forbidden when it would do more than its maker may."""
    unknown = set(body.permissions) - set(access.PERMISSIONS)
    if unknown:
        raise Invalid("unknown_permission", f"There is no permission {min(unknown)}.", {"permissions": "unknown"})
    if body.expires_at is not None and (body.expires_at.tzinfo is None or body.expires_at <= ctx.now):
        raise Invalid("validation", "expires_at is an instant to come, with its zone.", {"expires_at": "in the past"})
    key_id, secret = ctx.new_id("key"), ctx.chance.token(32).hex()
    wanted = ApiKey(
        id=key_id, name=check_name(body.name), role=body.role, permissions=tuple(sorted(set(body.permissions))),
        warehouse_ids=body.warehouse_ids, channel_ids=body.channel_ids,
        secret_hash=secrets.digest(secret), last4=secret[-4:], created_at=ctx.now, created_by=ctx.actor.name,
        expires_at=body.expires_at)

    def attempt() -> ApiKey:
        transaction = Transaction(ctx)
        key = transaction.create(API_KEY, wanted)
        roles.hold(transaction, None, (key.role, key.id))
        _check_key(ctx, key)
        transaction.emit("ApiKeyCreated", "api_key", key.id, 1, {"role": key.role})
        _settle(transaction, 201, "new_api_key", key.id, 1)
        return key

    return roles.decided_again(ctx, attempt), _key_text(ctx, key_id, secret)


def _check_key(ctx: Context, key: ApiKey) -> None:
    """A key does no more than the person who makes it or gives it a new secret: narrowed to some permissions, no more than
    those. Raises Invalid `unknown_role`, Forbidden `beyond_own`."""
    held = roles.granted(tenant(ctx), key.role)
    roles.check_held(ctx, access.api_key_permissions(held, key.permissions))
    roles.check_places(ctx, "", key.warehouse_ids, key.channel_ids)


def _key_text(ctx: Context, key_id: str, secret: str) -> str:
    return f"cmp_{settings().stage}_{ctx.tenant_id}_{key_id.removeprefix('key_')}_{secret}"


def rotate_api_key(ctx: Context, old: ApiKey, body: RotateApiKey) -> tuple[ApiKey, str]:
    """A new secret for a key and, this once, its whole text; the former is good for some hours more, so that no program
    stops meanwhile. What an earlier rotation left is over at once. Raises Invalid, Conflict `wrong_state` for a key that is
    over, Forbidden when it may do more than whoever rotates it, Stale."""
    if not 0 <= body.overlap_hours <= MAX_OVERLAP_HOURS:
        raise Invalid("overlap_hours", f"The overlap is 0 to {MAX_OVERLAP_HOURS} hours.",
                      {"overlap_hours": f"0 to {MAX_OVERLAP_HOURS}"})
    if old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= ctx.now):
        raise Conflict("wrong_state", "This key is over; make another.")
    _check_key(ctx, old)
    secret = ctx.chance.token(32).hex()
    transaction = Transaction(ctx)
    key = transaction.save(API_KEY, old, replace(
        old, secret_hash=secrets.digest(secret), last4=secret[-4:], previous_secret_hash=old.secret_hash,
        previous_until=ctx.now + timedelta(hours=body.overlap_hours), rotated_at=ctx.now))
    transaction.emit("ApiKeyRotated", "api_key", key.id, key.version, {"overlap_hours": body.overlap_hours})
    _settle(transaction, 200, "new_api_key", key.id, key.version)
    return key, _key_text(ctx, key.id, secret)


def revoke_api_key(ctx: Context, old: ApiKey) -> ApiKey:
    """Ends the key on its very next use; revoking twice changes nothing, but is a command all the same."""

    def attempt() -> ApiKey:
        transaction = Transaction(ctx)
        if old.revoked_at is not None:
            _settle(transaction, 200, "api_key", old.id, old.version)
            return old
        new = transaction.save(API_KEY, old, replace(old, revoked_at=ctx.now))
        roles.hold(transaction, (old.role, old.id), None)
        transaction.emit("ApiKeyRevoked", "api_key", new.id, new.version)
        _settle(transaction, 200, "api_key", new.id, new.version)
        return new

    return roles.decided_again(ctx, attempt)


def key_uses(ctx: Context, key_ids: list[str]) -> Mapping[str, Mapping[str, str]]:
    """When each of these keys was last used (`at`), and when with its former secret (`former_at`), to a quarter of an hour,
    ISO 8601; unused ones are missing."""
    wanted = {sessions.key_use_key(ctx, key_id): key_id for key_id in key_ids}
    return {wanted[key]: codec.load(item.data) for key, item in read.items(ctx, wanted).items()}
