"""Use cases of proving who one is: signing in and out, one-time codes, new passwords, and the record of it all.

Nothing here tells whether an e-mail is known: unknown and known take the same steps, give the same answers, and take the
same time (answers that could differ wait until `EVEN_SECONDS` have passed).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Forbidden, Invalid, Stale, Unauthenticated
from chalicelib.runtime import identity, secrets, sessions
from chalicelib.runtime.identity import CodeWanted
from chalicelib.storage import keys, read
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants import attempts, directory, tickets
from chalicelib.tenants.checks import check_password, normal_email
from chalicelib.tenants.directory import Login, Member
from chalicelib.tenants.model import SIGN_IN, TENANT, USER, SignIn, User
from chalicelib.tenants.service import LAST_SIGN_IN

EVEN_SECONDS = 0.35
ENTERED = frozenset({"signed_in", "signed_in_by_passkey"})
"""Outcomes of an attempt after which somebody is in."""
_NOBODY = "lgn_00000000000000000000000000"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from."""

    source_ip: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session has begun: the cookie's value, and whose it is."""

    token: str
    csrf_token: str
    member: Member


@dataclass(frozen=True, slots=True)
class Asked:
    """One more answer is wanted: `totp_required` or `tenant_required` (then with the tenants to choose from)."""

    status: str
    challenge: str
    tenants: tuple[Mapping[str, str], ...] = ()


def even_out(ctx: Context, started: float) -> None:
    """Waits until an answer that could differ has taken as long as every other."""
    wait = EVEN_SECONDS - (ctx.clock.monotonic() - started)
    if wait > 0:
        ctx.clock.sleep(wait)


def _email_of(email: str) -> str:
    """The e-mail in its normal form; what cannot be one is refused as any unknown one is."""
    try:
        return normal_email(email)
    except Invalid:
        raise identity.wrong_credentials() from None


# -- signing in ----------------------------------------------------------------------------------------------------


def sign_in(ctx: Context, email: str, password: str, tenant_id: str, origin: Origin) -> SignedIn | Asked:
    """Checks e-mail and password. Needs a platform context.

    Raises Unauthenticated `wrong_credentials` (unknown e-mail, wrong password, no open place: all alike) and
    LimitExceeded after five failures for one e-mail or a hundred attempts from one address within 15 minutes.
    """
    started = ctx.clock.monotonic()
    attempts.spend(ctx, attempts.SIGN_IN_BY_ADDRESS, origin.source_ip)
    normal = _email_of(email)
    attempts.spend(ctx, attempts.SIGN_IN_BY_EMAIL, normal)
    login = directory.find(ctx, normal)
    members = directory.members(ctx, login) if login else []
    try:
        proof = identity.sign_in(login.id if login else _NOBODY, password)
        if login is None or not members:
            raise identity.wrong_credentials()
    except Unauthenticated:
        record_all(ctx, members, "wrong_password", origin)
        even_out(ctx, started)
        raise
    attempts.clear(ctx, attempts.SIGN_IN_BY_EMAIL, normal)
    if isinstance(proof, CodeWanted):
        facts = {"email": normal, "login_id": login.id, "tenant_id": tenant_id,
                 "challenge": secrets.encrypt(ctx, proof.challenge)}
        return Asked("totp_required", tickets.issue(ctx, tickets.CODE, facts, tickets.SIGN_IN_SECONDS))
    return enter(ctx, normal, members, tenant_id, origin)


def answer_code(ctx: Context, challenge: str, code: str, origin: Origin) -> SignedIn | Asked:
    """Completes a sign-in by a one-time code. Raises Unauthenticated `wrong_code`, Invalid `token_invalid` for a challenge
    that did not follow a right password minutes ago, and LimitExceeded. A code is good once."""
    facts = tickets.peek(ctx, tickets.CODE, challenge)
    login_id, email = str(facts["login_id"]), str(facts["email"])
    attempts.spend(ctx, attempts.CODE_BY_LOGIN, login_id)
    login = directory.find(ctx, email)
    members = directory.members(ctx, login) if login else []
    try:
        _use_code(ctx, login_id, code)
        identity.answer_code(login_id, secrets.decrypt(ctx, str(facts["challenge"])), code)
    except Unauthenticated:
        record_all(ctx, members, "wrong_code", origin)
        raise
    tickets.redeem(ctx, tickets.CODE, challenge)
    attempts.clear(ctx, attempts.CODE_BY_LOGIN, login_id)
    return enter(ctx, email, members, str(facts["tenant_id"]), origin)


def _use_code(ctx: Context, login_id: str, code: str) -> None:
    """A one-time code is accepted at most once while it is good (RFC 6238 §5.2). Raises Unauthenticated `wrong_code`."""
    if not tickets.first_use(ctx, f"{login_id}:{code}", tickets.CODE_SECONDS):
        raise Unauthenticated("wrong_code", "This code is not right, or no longer.")


def choose_tenant(ctx: Context, challenge: str, tenant_id: str, origin: Origin) -> SignedIn:
    """Completes a sign-in of somebody with several places. Raises Invalid `token_invalid`."""
    facts = tickets.redeem(ctx, tickets.TENANT_CHOICE, challenge)
    login = directory.find(ctx, str(facts["email"]))
    chosen = [m for m in (directory.members(ctx, login) if login else []) if m.tenant.id == tenant_id]
    if not chosen:
        raise identity.wrong_credentials()
    return begin(ctx, chosen[0], origin, str(facts.get("outcome", "signed_in")))


def enter(ctx: Context, email: str, members: list[Member], tenant_id: str, origin: Origin,
          outcome: str = "signed_in") -> SignedIn | Asked:
    """A session of somebody who proved who they are, or the question which tenant to enter. Raises Unauthenticated."""
    wanted = [m for m in members if m.tenant.id == tenant_id] if tenant_id else members
    if not wanted:
        raise identity.wrong_credentials()
    if len(wanted) == 1:
        return begin(ctx, wanted[0], origin, outcome)
    token = tickets.issue(ctx, tickets.TENANT_CHOICE, {"email": email, "outcome": outcome}, tickets.SIGN_IN_SECONDS)
    return Asked("tenant_required", token, tuple({"id": m.tenant.id, "name": m.tenant.name} for m in wanted))


def begin(ctx: Context, member: Member, origin: Origin, outcome: str = "signed_in") -> SignedIn:
    """A new session, its place in the audit and the user's last sign-in, in one transaction."""
    inside = directory.apart(directory.within(ctx, member.tenant.id, member.user), "sign-in")
    transaction = Transaction(inside)
    token = sessions.start(transaction, member.user.id, origin.source_ip, origin.user_agent)
    _record(transaction, member.user, outcome, origin)
    transaction.put(Item(keys.child(inside, "user", member.user.id, LAST_SIGN_IN), "last_sign_in", inside.tenant_id,
                         codec.compact({"at": ctx.now.isoformat()})))
    transaction.commit()
    return SignedIn(token, sessions.csrf_token(inside, token), member)


def _record(transaction: Transaction, user: User, outcome: str, origin: Origin) -> None:
    ctx = transaction.ctx
    made = transaction.create(SIGN_IN, SignIn(
        id=ctx.new_id("sgn"), user_id=user.id, user_name=user.name, at=ctx.now, source_ip=origin.source_ip[:64],
        user_agent=origin.user_agent[:200], outcome=outcome))
    transaction.emit("SignedIn" if outcome in ENTERED else "SignInRefused", SIGN_IN.kind, made.id, 1, {"outcome": outcome})


def record_all(ctx: Context, members: list[Member], outcome: str, origin: Origin) -> None:
    """A failed attempt, in the audit of every tenant the login may enter."""
    for member in members:
        transaction = Transaction(directory.apart(directory.by_nobody(ctx, member.tenant.id), outcome))
        _record(transaction, member.user, outcome, origin)
        transaction.commit()


# -- new passwords -------------------------------------------------------------------------------------------------


def request_reset(ctx: Context, email: str, origin: Origin) -> None:
    """Has a mail with a link sent if the e-mail is somebody's; answers the same, and as fast, if it is not.

    Needs a platform context. Raises LimitExceeded after three requests for one e-mail in an hour, known or not.
    """
    started = ctx.clock.monotonic()
    attempts.spend(ctx, attempts.RESET_BY_ADDRESS, origin.source_ip)
    normal = normal_email(email)
    attempts.spend(ctx, attempts.RESET_BY_EMAIL, normal)
    login = directory.find(ctx, normal)
    members = directory.members(ctx, login) if login else []
    if login is not None and members:
        user = members[0].user
        token = tickets.issue(ctx, tickets.RESET, {"email": normal, "login_id": login.id}, tickets.RESET_SECONDS)
        inside = directory.apart(directory.by_nobody(ctx, members[0].tenant.id), "reset")
        transaction = Transaction(inside)
        transaction.emit("PasswordResetRequested", "user", user.id, user.version,
                         {"sealed_token": secrets.encrypt(inside, token)})
        transaction.commit()
    even_out(ctx, started)


def reset_password(ctx: Context, token: str, password: str, origin: Origin) -> None:
    """Sets a new password and ends every session of the person, in every tenant.

    Needs a platform context. Raises Invalid: `token_invalid`, or the password's own refusals (the link stays good then).
    """
    attempts.spend(ctx, attempts.TOKEN_BY_ADDRESS, origin.source_ip)
    facts = tickets.peek(ctx, tickets.RESET, token)
    email = str(facts["email"])
    login = directory.find(ctx, email)
    if login is None:
        raise tickets.invalid()
    members = directory.members(ctx, login)
    check_password(password, email, members[0].tenant.name if members else "")
    tickets.redeem(ctx, tickets.RESET, token)
    identity.set_password(login.id, password)
    attempts.clear(ctx, attempts.SIGN_IN_BY_EMAIL, email)
    change_everywhere(ctx, login, "PasswordChanged", lambda user: replace(user, sessions_valid_from=ctx.now))


def change_password(ctx: Context, current: str, password: str, origin: Origin) -> SignedIn:
    """Sets another password for who knows the present one. Every session of the person ends, in every tenant, and a new
    one begins here: whoever had stolen the old cookie is out.

    Raises Forbidden when `current` is wrong, LimitExceeded, Invalid for a password that may not be one, Conflict for a
    program."""
    user, platform = me(ctx), directory.platform(ctx)
    tenant = read.get(ctx, TENANT, ctx.tenant_id)
    prove_again(ctx, user, current)
    check_password(password, user.email, tenant.name)
    if password == current:
        raise Invalid("password_same", "This is the present password.", {"password": "the present one"})
    identity.set_password(user.login_id, password)
    login = directory.find(platform, user.email)
    if login is not None:
        change_everywhere(platform, login, "PasswordChanged", lambda each: replace(each, sessions_valid_from=ctx.now))
    return begin(platform, Member(tenant=tenant, user=read.get(ctx, USER, user.id)), origin)


def change_everywhere(ctx: Context, login: Login, event: str, change: Callable[[User], User]) -> None:
    """The same change to the person's user in each tenant, each in a transaction of its own."""
    for member in directory.members(ctx, login):
        for attempt in range(5):
            inside = directory.apart(directory.within(ctx, member.tenant.id, member.user), event)
            user = read.get(inside, USER, member.user.id)
            transaction = Transaction(inside)
            new = transaction.save(USER, user, change(user))
            transaction.emit(event, "user", user.id, new.version)
            try:
                transaction.commit()
                break
            except Stale:
                if attempt == 4:
                    raise


# -- one-time codes ------------------------------------------------------------------------------------------------


def me(ctx: Context) -> User:
    """The user who asks. Raises Conflict for a program."""
    if ctx.actor.kind != "user":
        raise Conflict("people_only", "Only a signed-in person can do this.")
    return read.get(ctx, USER, ctx.actor.id)


def prove_again(ctx: Context, user: User, password: str) -> identity.Proof | CodeWanted:
    """The password once more, before what must not happen on an unwatched screen."""
    platform = directory.platform(ctx)
    attempts.spend(platform, attempts.SIGN_IN_BY_EMAIL, user.email)
    try:
        proof = identity.sign_in(user.login_id, password)
    except Unauthenticated as error:
        raise Forbidden(error.code, error.detail) from None
    attempts.clear(platform, attempts.SIGN_IN_BY_EMAIL, user.email)
    return proof


def enrol_totp(ctx: Context, password: str) -> dict[str, Any]:
    """A secret for the caller's authenticator, shown once, and the token that `confirm_totp` wants within ten minutes."""
    user = me(ctx)
    if user.totp_enabled:
        raise Conflict("totp_enabled", "One-time codes are on already.")
    proof = prove_again(ctx, user, password)
    if isinstance(proof, CodeWanted):
        raise Conflict("totp_enabled", "One-time codes are on already.")
    secret = identity.enrol_totp(proof)
    facts = {"user_id": user.id, "access": secrets.encrypt(ctx, proof.access_token)}
    token = tickets.issue(directory.platform(ctx), tickets.TOTP_ENROLMENT, facts, tickets.ENROLMENT_SECONDS)
    label = f"Comptoir:{user.email}".replace("@", "%40")
    return {"secret": secret, "otpauth_uri": f"otpauth://totp/{label}?secret={secret}&issuer=Comptoir",
            "enrolment": token}


def confirm_totp(ctx: Context, enrolment: str, code: str) -> None:
    """Turns one-time codes on. Raises Forbidden `wrong_code`, Invalid `token_invalid`."""
    user, platform = me(ctx), directory.platform(ctx)
    facts = tickets.peek(platform, tickets.TOTP_ENROLMENT, enrolment)
    if facts["user_id"] != user.id:
        raise tickets.invalid()
    attempts.spend(platform, attempts.CODE_BY_LOGIN, user.login_id)
    proof = identity.Proof(secrets.decrypt(ctx, str(facts["access"])))
    try:
        _use_code(platform, user.login_id, code)
        identity.confirm_totp(user.login_id, proof, code)
    except Unauthenticated as error:
        raise Forbidden(error.code, error.detail) from None
    tickets.redeem(platform, tickets.TOTP_ENROLMENT, enrolment)
    _set_totp(ctx, user, True)


def prove_fully(ctx: Context, user: User, password: str, code: str) -> None:
    """Password, and the one-time code when codes are on. Raises Forbidden when either is wrong (the session itself is good,
    so not Unauthenticated), and LimitExceeded."""
    platform = directory.platform(ctx)
    proof = prove_again(ctx, user, password)
    if isinstance(proof, CodeWanted):
        attempts.spend(platform, attempts.CODE_BY_LOGIN, user.login_id)
        try:
            _use_code(platform, user.login_id, code)
            identity.answer_code(user.login_id, proof.challenge, code)
        except Unauthenticated as error:
            raise Forbidden(error.code, error.detail) from None


def disable_totp(ctx: Context, password: str, code: str) -> None:
    """Turns one-time codes off, for whoever still has password and code. Raises Forbidden and LimitExceeded."""
    user = me(ctx)
    prove_fully(ctx, user, password, code)
    identity.disable_totp(user.login_id)
    _set_totp(ctx, user, False)


def _set_totp(ctx: Context, user: User, is_on: bool) -> None:
    platform = directory.platform(ctx)
    login = directory.find(platform, user.email)
    if login is not None:
        change_everywhere(platform, login, "TotpEnabled" if is_on else "TotpDisabled",
                           lambda each: replace(each, totp_enabled=is_on))
