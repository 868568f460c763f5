"""To the second: when a session, a key, a ticket and a code are still good, and what a suspended company may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.kernel.context import Actor, Context
from chalicelib.kernel.errors import Conflict, DomainError, Forbidden, Invalid, LimitExceeded, NotFound, Unauthenticated
from chalicelib.runtime import sessions
from chalicelib.runtime.api import platform_context, tenant_context
from chalicelib.storage import read, single
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants import attempts, directory, service, tickets
from chalicelib.tenants.model import API_KEY, TENANT, USER, NewApiKey, RotateApiKey
from tests.tenants.conftest import Browser, Firm


def code(error: type[DomainError], act: Callable[[], Any]) -> str:
    with pytest.raises(error) as refused:
        act()
    return refused.value.code


def at(moment: datetime) -> Context:
    return replace(platform_context("test"), now=moment)


def enter(headers: Mapping[str, str], moment: datetime, method: str = "GET", seen: list[Context] | None = None) -> Context:
    """The request's own context at this moment."""
    def build(tenant_id: str, actor: Actor, permissions: frozenset[str], locale: str, blind_key: bytes) -> Context:
        made = tenant_context(at(moment), tenant_id, actor, permissions, locale, blind_key)
        if seen is not None:
            seen.append(made)
        return made

    return sessions.authenticate(headers, method, build)


def change(firm: Firm, document: Any, id: str, **changes: Any) -> None:
    ctx = directory.apart(firm.ctx(), "test")
    old = read.get(ctx, document, id)
    transaction = Transaction(ctx)
    transaction.save(document, old, replace(old, **changes))
    transaction.commit()


def key_of(firm: Firm, **more: Any) -> tuple[Any, dict[str, str]]:
    ctx = replace(directory.apart(firm.ctx(), "test"), permissions=frozenset("*"))
    key, text = service.create_api_key(ctx, NewApiKey(name="program", role="sales", **more))
    return key, {"authorization": f"Bearer {text}"}


# -- sessions ----------------------------------------------------------------------------------------------------------


def began(firm: Firm) -> datetime:
    return sessions.of_user(firm.ctx(), firm.owner_id)[0].created_at


def test_a_session_is_good_until_the_very_instant_it_ends(owner: Browser, firm: Firm) -> None:
    headers, start = {"cookie": owner.cookie}, began(firm)
    assert enter(headers, start + timedelta(hours=12, seconds=-1)).actor == Actor("user", firm.owner_id, "Anne Neige")
    last = sessions.of_user(firm.ctx(), firm.owner_id)[0].last_seen_at
    assert last == start + timedelta(hours=12, seconds=-1)
    assert code(Unauthenticated, lambda: enter(headers, last + timedelta(hours=12))) == "unauthenticated"


def test_a_session_is_touched_each_quarter_of_an_hour_and_not_sooner(owner: Browser, firm: Firm) -> None:
    headers, start = {"cookie": owner.cookie}, began(firm)
    enter(headers, start + timedelta(minutes=15, seconds=-1))
    assert sessions.of_user(firm.ctx(), firm.owner_id)[0].last_seen_at == start
    enter(headers, start + timedelta(minutes=15))
    assert sessions.of_user(firm.ctx(), firm.owner_id)[0].last_seen_at == start + timedelta(minutes=15)


def test_a_request_has_its_users_language_else_its_companys_and_its_companys_quota(owner: Browser, firm: Firm) -> None:
    headers = {"cookie": owner.cookie}
    change(firm, TENANT, firm.tenant_id, locale="en", requests_per_minute=77)
    seen: list[Context] = []
    ctx = enter(headers, began(firm), seen=seen)
    assert (ctx.locale, ctx.requests_per_minute) == ("en", 77)
    assert (seen[0].actor, seen[0].permissions, seen[0].locale) == (Actor("anonymous", ""), frozenset(), "fr")
    change(firm, USER, firm.owner_id, locale="fr")
    assert enter(headers, began(firm)).locale == "fr"
    key, bearer = key_of(firm)
    program = enter(bearer, began(firm))
    assert (program.locale, program.requests_per_minute, program.actor) == ("en", 77, Actor("api_key", key.id, "program"))


def test_a_suspended_company_lets_nobody_in(owner: Browser, firm: Firm) -> None:
    _, bearer = key_of(firm)
    change(firm, TENANT, firm.tenant_id, status="suspended")
    for headers in ({"cookie": owner.cookie}, bearer):
        assert code(Forbidden, lambda h=headers: enter(h, began(firm))) == "tenant_suspended"


def test_a_session_is_ended_by_its_own_id_only(owner: Browser, firm: Firm, browser: Callable[[], Browser]) -> None:
    ctx = firm.ctx()
    assert browser().sign_in(firm.owner_email)[0] == 201
    newest, oldest = sessions.of_user(ctx, firm.owner_id)
    assert newest.created_at >= oldest.created_at
    for wrong in ("", "a" * 63, "A" * 64, "g" * 64, "f" * 64):
        assert code(NotFound, lambda w=wrong: sessions.revoke(ctx, firm.owner_id, w)) == "not_found"
    sessions.revoke(ctx, firm.owner_id, newest.id)
    assert [s.id for s in sessions.of_user(ctx, firm.owner_id)] == [oldest.id]
    assert code(NotFound, lambda: sessions.revoke(ctx, firm.owner_id, newest.id)) == "not_found"


def test_the_cookie_that_forgets_is_like_the_one_that_was_set(engine: Any) -> None:
    assert sessions.clear_cookie() == "comptoir_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"
    assert sessions.cookie("x") == "comptoir_session=x; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000"


def test_without_a_token_nothing_is_changed(owner: Browser, firm: Firm) -> None:
    headers = {"cookie": owner.cookie}
    assert code(Forbidden, lambda: enter(headers, began(firm), "POST")) == "csrf"
    assert enter({**headers, "x-csrf-token": owner.csrf}, began(firm), "POST").actor.kind == "user"


# -- keys --------------------------------------------------------------------------------------------------------------


def test_a_key_is_good_until_the_very_instant_it_ends(firm: Firm) -> None:
    end = firm.ctx().now + timedelta(days=1)
    _, bearer = key_of(firm, expires_at=end)
    assert enter(bearer, end - timedelta(seconds=1)).actor.kind == "api_key"
    for moment in (end, end + timedelta(seconds=1)):
        assert code(Unauthenticated, lambda m=moment: enter(bearer, m)) == "unauthenticated"


def test_a_revoked_or_forgotten_key_is_nobody(firm: Firm) -> None:
    key, bearer = key_of(firm)
    now = firm.ctx().now
    assert enter(bearer, now).actor.id == key.id
    unknown = {"authorization": bearer["authorization"].replace(key.id.removeprefix("key_"), "0" * 26)}
    wrong = {"authorization": bearer["authorization"][:-4] + ("0000" if key.last4 != "0000" else "1111")}
    for headers in (unknown, wrong, {"authorization": bearer["authorization"].replace("Bearer", "Basic")}):
        assert code(Unauthenticated, lambda h=headers: enter(h, now)) == "unauthenticated"
    service.revoke_api_key(directory.apart(firm.ctx(), "test"), read.get(firm.ctx(), API_KEY, key.id))
    assert code(Unauthenticated, lambda: enter(bearer, now)) == "unauthenticated"


def test_the_last_use_of_a_key_is_noted_each_quarter_of_an_hour(firm: Firm) -> None:
    key, bearer = key_of(firm)
    first = firm.ctx().now

    def used() -> str:
        return service.key_uses(firm.ctx(), [key.id, "key_none"]).get(key.id, {}).get("at", "")

    assert used() == ""
    for minutes, noted in ((0, 0), (14, 0), (15, 15), (29, 15), (30, 30)):
        enter(bearer, first + timedelta(minutes=minutes))
        assert used() == (first + timedelta(minutes=noted)).isoformat(), minutes


# -- tickets, codes, attempts ------------------------------------------------------------------------------------------


def test_a_ticket_is_good_once_and_until_it_ends_and_for_its_purpose(engine: Any) -> None:
    ctx = platform_context("test")
    token = tickets.issue(ctx, tickets.RESET, {"email": "a@b.fr"}, 60)
    before, end = at(ctx.now + timedelta(seconds=59)), at(ctx.now + timedelta(seconds=61))
    assert tickets.peek(before, tickets.RESET, token) == {"email": "a@b.fr"}
    assert code(Invalid, lambda: tickets.peek(end, tickets.RESET, token)) == "token_invalid"
    assert code(Invalid, lambda: tickets.peek(before, tickets.CODE, token)) == "token_invalid"
    assert tickets.redeem(before, tickets.RESET, token) == {"email": "a@b.fr"}
    for act in (tickets.peek, tickets.redeem):
        assert code(Invalid, lambda a=act: a(before, tickets.RESET, token)) == "token_invalid"
    late = tickets.issue(ctx, tickets.RESET, {}, 60)
    assert code(Invalid, lambda: tickets.redeem(end, tickets.RESET, late)) == "token_invalid"
    assert token != late


def test_a_one_time_code_is_used_once_while_it_is_good(engine: Any) -> None:
    ctx = platform_context("test")
    value = f"lgn_1:{ctx.chance.token(8).hex()}"
    assert tickets.first_use(ctx, value, 120) is True
    for seconds in (0, 119):
        assert tickets.first_use(at(ctx.now + timedelta(seconds=seconds)), value, 120) is False
    again = at(ctx.now + timedelta(seconds=121))
    assert tickets.first_use(again, value, 120) is True
    assert tickets.first_use(again, value, 120) is False
    assert tickets.first_use(ctx, value + "x", 120) is True


def test_attempts_are_counted_from_the_first_and_by_whom(engine: Any) -> None:
    base = platform_context("test")
    limit = attempts.Limit("test", 2, 900)
    who = base.chance.token(8).hex()

    def spend(seconds: int, whose: str = who, of: attempts.Limit = limit) -> None:
        attempts.spend(at(base.now + timedelta(seconds=seconds)), of, whose)

    def refused(seconds: int) -> int:
        with pytest.raises(LimitExceeded) as error:
            spend(seconds)
        assert error.value.code == "too_many_attempts"
        return error.value.retry_after_seconds

    spend(0)
    spend(880)
    assert [refused(0), refused(100), refused(899)] == [900, 800, 1]
    spend(0, who + "x")
    spend(0, of=attempts.Limit("other", 2, 900))
    spend(900)
    spend(900)
    assert refused(901) == 899
    attempts.clear(at(base.now), limit, who)
    spend(901)
    assert single.take(base, attempts._key(base, limit, "nobody")) is None


def test_of_thirty_guesses_at_once_just_after_a_window_five_are_heard(engine: Any) -> None:
    base = platform_context("test")
    limit, who = attempts.Limit("crowd", 5, 900), base.chance.token(8).hex()
    attempts.spend(at(base.now - timedelta(seconds=1000)), limit, who)

    def guess(_: int) -> bool:
        try:
            attempts.spend(at(base.now), limit, who)
        except LimitExceeded:
            return False
        return True

    with ThreadPoolExecutor(30) as guessers:
        assert sum(guessers.map(guess, range(30))) == 5


def test_after_a_rotation_both_secrets_are_good_for_a_while(firm: Firm) -> None:
    key, former = key_of(firm)
    now = firm.ctx().now
    owner = replace(directory.apart(firm.ctx(), "rotation"), permissions=frozenset("*"), now=now)
    rotated, text = service.rotate_api_key(owner, read.get(firm.ctx(), API_KEY, key.id), RotateApiKey(overlap_hours=2))
    fresh, end = {"authorization": f"Bearer {text}"}, now + timedelta(hours=2)
    assert rotated.id == key.id and text[-4:] == rotated.last4
    assert enter(fresh, now).permissions == enter(former, end - timedelta(seconds=1)).permissions
    uses = service.key_uses(firm.ctx(), [key.id])[key.id]
    assert uses["former_at"] == uses["at"] == (end - timedelta(seconds=1)).isoformat()
    assert code(Unauthenticated, lambda: enter(former, end)) == "unauthenticated"
    assert enter(fresh, end).actor.id == key.id
    assert service.key_uses(firm.ctx(), [key.id])[key.id]["former_at"] == uses["former_at"]


def test_what_is_over_is_not_rotated_nor_by_whoever_may_less(firm: Firm) -> None:
    key, _ = key_of(firm)

    def rotate(*permissions: str, hours: int = 24) -> Any:
        ctx = replace(directory.apart(firm.ctx(), "rotation"), permissions=frozenset(permissions or "*"))
        return service.rotate_api_key(ctx, read.get(firm.ctx(), API_KEY, key.id), RotateApiKey(overlap_hours=hours))

    assert code(Forbidden, lambda: rotate("api_keys.manage")) == "beyond_own"
    assert code(Invalid, lambda: rotate(hours=169)) == code(Invalid, lambda: rotate(hours=-1)) == "overlap_hours"
    _, first = rotate()
    rotate(hours=0)
    assert code(Unauthenticated, lambda: enter({"authorization": f"Bearer {first}"}, firm.ctx().now)) == "unauthenticated"
    service.revoke_api_key(directory.apart(firm.ctx(), "test"), read.get(firm.ctx(), API_KEY, key.id))
    assert code(Conflict, rotate) == "wrong_state"
