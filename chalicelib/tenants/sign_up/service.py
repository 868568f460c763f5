"""Use cases of a company that signs up by itself: asked for, the mail sent again, read by its link, confirmed.

Nothing is created before the mail's link is opened: until then a company is a note under the tenant it will be, which nobody
can enter, which no schedule visits and which is gone after days. Passwords are chosen behind the link only, so nobody can
prepare an account on another person's address and wait for them to use it. Whether the e-mail belongs to somebody already is
not looked at before the link either: every request is answered alike because the same is done.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from chalicelib.kernel import codec
from chalicelib.kernel.context import Command, Context
from chalicelib.kernel.errors import AlreadyDone, Conflict, Invalid
from chalicelib.kernel.ids import derived_id
from chalicelib.kernel.states import next_state
from chalicelib.runtime import identity, secrets, sessions, switches
from chalicelib.storage import read, single
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Refused, Transaction
from chalicelib.tenants import attempts, directory, tickets
from chalicelib.tenants.checks import check_password, check_tenant_id
from chalicelib.tenants.directory import Login, Member, Place
from chalicelib.tenants.model import COMPANY, TENANT, USER
from chalicelib.tenants.sign_up.model import (
    LIFE,
    MAX_SENDS,
    SIGN_UP,
    TRANSITIONS,
    NewSignUp,
    SignUp,
    checked,
    founded,
    sent_again,
)
from chalicelib.tenants.signing_in import even_out

BY_EMAIL = attempts.Limit("sign_up_email", 4, 3600)
BY_ADDRESS = attempts.Limit("sign_up_address", 20, 3600)


def _today(ctx: Context, time_zone: str) -> date:
    zone = ZoneInfo(time_zone) if time_zone in available_timezones() else ZoneInfo("Europe/Paris")
    return ctx.now.astimezone(zone).date()


def _tenant_id(ctx: Context, company_name: str) -> str:
    """The id of the tenant that will be: what of the name may stand in an id, and ten digits that follow from the command, so
    that a repeat finds the first."""
    plain = unicodedata.normalize("NFKD", company_name).encode("ascii", "ignore").decode().lower()
    slug = "".join(c if c.isalnum() else "-" for c in plain).strip("-")[:30].rstrip("-")
    digest = hashlib.sha256(f"{ctx.command.id}\x1f{ctx.command.body_hash}".encode()).hexdigest()
    return check_tenant_id(f"{slug or 't'}-{digest[:10]}")


def sign_up(ctx: Context, body: NewSignUp, source_ip: str) -> str:
    """Notes the company and has the mail with its link sent; answers the handle by which the mail can be asked for again.

    Needs a platform context. Raises Forbidden `switched_off`; Invalid with every wrong field; LimitExceeded after 20 requests
    from an address or four for an e-mail in an hour, known or not.
    """
    started = ctx.clock.monotonic()
    attempts.spend(ctx, BY_ADDRESS, source_ip)
    switches.require(ctx, "sign_ups")
    facts = checked(body, _today(ctx, body.time_zone))
    attempts.spend(ctx, BY_EMAIL, facts["email"])
    tenant_id = _tenant_id(ctx, facts["company_name"])
    inside = directory.within(ctx, tenant_id)
    sign_up_id = derived_id(SIGN_UP.prefix, tenant_id)
    handle = f"{tenant_id}.{sign_up_id}"
    token = f"{handle}.{secrets.random_token(ctx)}"
    transaction = Transaction(inside)
    transaction.create(SIGN_UP, SignUp(id=sign_up_id, token_hash=secrets.digest(token), created_at=ctx.now,
                                       expires_at=ctx.now + LIFE, **facts))
    transaction.emit("SignUpRequested", "sign_up", sign_up_id, 1, {"sealed_token": secrets.encrypt(inside, token)})
    transaction.keeps(202, {"status": "accepted", "sign_up": handle})
    transaction.commit()
    even_out(ctx, started)
    return handle


def _found(ctx: Context, handle: str) -> tuple[Context, SignUp] | None:
    """The open sign-up of a handle or token, and its tenant-to-be's context."""
    tenant_id, _, rest = handle.partition(".")
    try:
        inside = directory.within(ctx, check_tenant_id(tenant_id))
    except Invalid:
        return None
    found = read.find(inside, SIGN_UP, rest.partition(".")[0])
    return (inside, found) if found is not None and found.state == "pending" else None


def resend(ctx: Context, handle: str, source_ip: str) -> None:
    """Has the mail sent again with a new link, at most three times; a handle that is over is answered alike.

    Needs a platform context. Raises LimitExceeded."""
    started = ctx.clock.monotonic()
    attempts.spend(ctx, BY_ADDRESS, source_ip)
    found = _found(ctx, handle)
    if found is not None and found[1].sends < MAX_SENDS:
        inside, old = found
        attempts.spend(ctx, BY_EMAIL, old.email)
        token = f"{inside.tenant_id}.{old.id}.{secrets.random_token(ctx)}"
        state = next_state(TRANSITIONS, old.state, "resend")
        transaction = Transaction(inside)
        new = transaction.save(SIGN_UP, old, replace(sent_again(old, secrets.digest(token), ctx.now), state=state))
        transaction.emit("SignUpRequested", "sign_up", old.id, new.version, {"sealed_token": secrets.encrypt(inside, token)})
        transaction.keeps(202, {"status": "accepted", "sign_up": f"{inside.tenant_id}.{old.id}"})
        transaction.commit()
    even_out(ctx, started)


def _opened(ctx: Context, token: str) -> tuple[Context, SignUp]:
    """The sign-up that a mail's link opens. Raises Invalid `token_invalid`: unknown, replaced, used and expired alike."""
    found = _found(ctx, token)
    if found is None or not secrets.same(found[1].token_hash, secrets.digest(token)) or found[1].expires_at <= ctx.now:
        raise tickets.invalid()
    return found


def look_up(ctx: Context, token: str, source_ip: str) -> dict[str, Any]:
    """What the page behind the link shows. Needs a platform context. Raises Invalid `token_invalid`."""
    attempts.spend(ctx, attempts.TOKEN_BY_ADDRESS, source_ip)
    inside, found = _opened(ctx, token)
    login = directory.find(ctx, found.email)
    return {"company": found.company_name, "email": found.email, "name": found.name, "locale": found.locale,
            "expires_at": found.expires_at.isoformat(),
            "has_login": login is not None and not _is_own(inside, found, login)}


def _is_own(inside: Context, found: SignUp, login: Login) -> bool:
    """Whether a login was made by an earlier attempt at this very sign-up that did not come to its end."""
    own = Place(tenant_id=inside.tenant_id, user_id=derived_id("usr", inside.tenant_id, found.id))
    return login.id == derived_id("lgn", inside.tenant_id, found.id) and login.places in ((), (own,))


def confirm(ctx: Context, token: str, password: str, source_ip: str) -> tuple[Member, bool]:
    """Makes tenant, company and owner; a new login gets `password`, somebody with a login proves it by their own. Answers
    who came to be, and whether they may come in at once (one-time codes, when on, must still be asked).

    Every step can be repeated: interrupted anywhere, the link goes on where it stood. Needs a platform context. Raises
    Invalid (`token_invalid` or the password's), Unauthenticated `wrong_credentials`, LimitExceeded.
    """
    attempts.spend(ctx, attempts.TOKEN_BY_ADDRESS, source_ip)
    inside, found = _opened(ctx, token)
    login, may_enter = directory.find(ctx, found.email), True
    if login is None or _is_own(inside, found, login):
        check_password(password, found.email, found.company_name)
        login = login or replace(directory.new_login(ctx, found.email), id=derived_id("lgn", inside.tenant_id, found.id))
        identity.create(login.id, password)
    else:
        attempts.spend(ctx, attempts.SIGN_IN_BY_EMAIL, found.email)
        may_enter = isinstance(identity.sign_in(login.id, password), identity.Proof)
        attempts.clear(ctx, attempts.SIGN_IN_BY_EMAIL, found.email)
    tenant, company, owner = founded(found, inside.tenant_id, login.id, inside.blind(found.email), ctx.now)
    directory.point(ctx, login, Place(tenant_id=tenant.id, user_id=owner.id))
    note_name(ctx, tenant.id, tenant.name)
    inside = replace(directory.within(inside, tenant.id, owner), command=Command(f"confirm:{found.id}"))
    transaction = Transaction(inside)
    transaction.save(SIGN_UP, found, replace(found, state=next_state(TRANSITIONS, found.state, "confirm")))
    tenant, owner = transaction.create(TENANT, tenant), transaction.create(USER, owner)
    transaction.create(COMPANY, company)
    transaction.emit("TenantCreated", "tenant", tenant.id, 1)
    transaction.emit("UserJoined", "user", owner.id, 1, {"role": owner.role})
    transaction.emit("TenantSignedUp", "tenant", tenant.id, 1, {
        "chart": found.chart, "fiscal_year_starts_on": found.fiscal_year_starts_on.isoformat()})
    try:
        transaction.commit()
    except (AlreadyDone, Conflict, Refused) as done:
        raise tickets.invalid() from done
    return Member(tenant=tenant, user=owner), may_enter


def note_name(ctx: Context, tenant_id: str, name: str) -> None:
    """Notes a tenant among those that schedules visit. Needs a platform context."""
    single.put(ctx, Item(sessions.tenants_key(ctx, tenant_id), "tenant_name", ctx.tenant_id, codec.compact({"name": name})))
