"""Signing in, staying in, being put out: through the API, on the engine."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pyotp
import pytest

from chalicelib.kernel.context import Actor, Context
from chalicelib.kernel.errors import Invalid, Unauthenticated
from chalicelib.runtime import mail, secrets, sessions
from chalicelib.runtime.api import platform_context, tenant_context
from chalicelib.storage import client
from tests.hurry import EVEN_SECONDS, evened_out
from tests.tenants.conftest import PASSWORD, Browser, Firm, token_in_mail

NEW_PASSWORD = "quatre gros glaçons"


def _without_request(problem: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if name != "request_id"}


def test_a_session_says_who_where_and_what_for(owner: Browser, firm: Firm) -> None:
    cookie = owner.seen[-1]["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie
    status, body = owner.send("GET", "/session")
    assert status == 200
    assert (body["user"]["email"], body["role"], body["tenant"]["id"]) == (firm.owner_email, "owner", firm.tenant_id)
    assert "costs.read" in body["permissions"] and body["csrf_token"] == owner.csrf
    assert body["company"]["legal_name"] == "Maison Givrée"


def test_a_request_authenticates_in_one_round_trip(owner: Browser) -> None:
    def ask() -> int:
        return int(owner.call("GET", "/api/permissions", None, {"cookie": owner.cookie})[0])

    ask()
    seen: list[str] = []
    client.observers.append(lambda operation, parameters, answer: seen.append(operation))
    try:
        assert ask() == 200
    finally:
        client.observers.pop()
    assert seen == ["BatchGetItem"]


def test_an_unsafe_request_needs_its_csrf_token(owner: Browser) -> None:
    for wrong in ("", "x" * 43):
        status, body = owner.send("DELETE", "/session", headers={"x-csrf-token": wrong})
        assert (status, body["code"]) == (403, "csrf")
    assert owner.send("GET", "/session")[0] == 200
    assert owner.send("DELETE", "/session")[0] == 204


def test_the_csrf_token_of_another_session_does_not_serve(
        owner: Browser, firm: Firm, browser: Callable[[], Browser]) -> None:
    other = browser()
    other.sign_in(firm.owner_email)
    assert other.send("DELETE", "/session", headers={"x-csrf-token": owner.csrf})[1]["code"] == "csrf"


def test_signing_out_ends_the_session_on_the_next_request(owner: Browser) -> None:
    kept = owner.cookie
    assert owner.send("DELETE", "/session")[0] == 204
    owner.cookie = kept
    assert owner.send("GET", "/session")[0] == 401


def test_a_revoked_session_is_over_on_its_next_request(
        owner: Browser, firm: Firm, browser: Callable[[], Browser]) -> None:
    lost = browser()
    lost.sign_in(firm.owner_email)
    _, listed = owner.send("GET", "/sessions")
    assert [row["is_current"] for row in listed["items"]].count(True) == 1
    other = next(row for row in listed["items"] if not row["is_current"])
    assert owner.send("DELETE", f"/sessions/{other['id']}")[0] == 204
    assert lost.send("GET", "/session")[0] == 401
    assert owner.send("GET", "/session")[0] == 200
    assert owner.send("DELETE", f"/sessions/{other['id']}")[0] == 404


@pytest.mark.parametrize("change", [
    lambda v: v[:-1] + ("A" if v[-1] != "A" else "B"), lambda v: v.replace("givree", "other"),
    lambda v: v.replace("usr_", "usr_0"), lambda v: "", lambda v: v + "#", lambda v: v.upper(),
])
def test_a_changed_cookie_is_nobody(owner: Browser, change: Callable[[str], str]) -> None:
    name, _, value = owner.cookie.partition("=")
    owner.cookie = f"{name}={change(value)}"
    assert owner.send("GET", "/session")[0] == 401


def test_a_wrong_password_and_an_unknown_email_are_told_alike(firm: Firm, browser: Callable[[], Browser]) -> None:
    answers, seconds = [], []
    for email in (firm.owner_email, f"nobody-{firm.tenant_id}@givree.example"):
        started = time.monotonic()
        with evened_out(EVEN_SECONDS):
            answers.append(browser().sign_in(email, "pas le bon mot"))
        seconds.append(time.monotonic() - started)
    (known_status, known), (unknown_status, unknown) = answers
    assert known_status == unknown_status == 401
    assert _without_request(known) == _without_request(unknown)
    assert min(seconds) >= 0.3 and abs(seconds[0] - seconds[1]) < 0.25


@pytest.mark.parametrize("known", [True, False])
def test_the_sixth_attempt_is_locked_out_even_with_the_right_password(
        firm: Firm, browser: Callable[[], Browser], known: bool) -> None:
    email = firm.owner_email if known else f"ghost-{firm.tenant_id}@givree.example"
    assert [browser().sign_in(email, "pas le bon mot")[0] for _ in range(5)] == [401] * 5
    guesser = browser()
    status, body = guesser.sign_in(email)
    assert (status, body["code"]) == (429, "too_many_attempts")
    assert 0 < int(guesser.seen[-1]["Retry-After"]) <= 900


def test_the_right_password_forgives_the_wrong_ones(firm: Firm, browser: Callable[[], Browser]) -> None:
    for _ in range(2):
        assert [browser().sign_in(firm.owner_email, "pas le bon mot")[0] for _ in range(3)] == [401] * 3
        assert browser().sign_in(firm.owner_email)[0] == 201


def test_the_audit_shows_who_came_from_where_and_who_failed(owner: Browser, firm: Firm,
                                                            browser: Callable[[], Browser]) -> None:
    browser().sign_in(firm.owner_email, "pas le bon mot")
    _, body = owner.send("GET", "/sign-ins")
    assert [row["outcome"] for row in body["items"]] == ["wrong_password", "signed_in"]
    assert {row["user_name"] for row in body["items"]} == {"Anne Neige"}
    assert {row["source_ip"] for row in body["items"]} == {"127.0.0.1"}
    _, user = owner.send("GET", f"/users/{firm.owner_id}")
    assert user["last_sign_in_at"] is not None and "login_id" not in user and "email_key" not in user


def test_a_forgotten_password_is_replaced_once_and_ends_every_session(
        owner: Browser, firm: Firm, browser: Callable[[], Browser]) -> None:
    assert browser().send("POST", "/password-resets", {"email": firm.owner_email.upper()})[0] == 202
    firm.deliver_mails()
    token = token_in_mail(firm.owner_email)
    assert token not in firm.outbox_text()
    weak = browser().send("POST", "/password-resets/confirm", {"token": token, "password": "court"})
    assert (weak[0], weak[1]["code"]) == (400, "password_too_short")
    assert browser().send("POST", "/password-resets/confirm", {"token": token, "password": NEW_PASSWORD})[0] == 204
    assert owner.send("GET", "/session")[0] == 401
    assert browser().sign_in(firm.owner_email)[0] == 401
    assert browser().sign_in(firm.owner_email, NEW_PASSWORD)[0] == 201
    again = browser().send("POST", "/password-resets/confirm", {"token": token, "password": PASSWORD})
    assert (again[0], again[1]["code"]) == (400, "token_invalid")
    firm.deliver_mails()
    subjects = [m.subject for m in mail.inbox(platform_context("test")) if m.to == firm.owner_email]
    assert "Votre mot de passe a été changé" in subjects


def test_a_password_is_changed_by_who_knows_it_and_the_other_sessions_end(
        owner: Browser, firm: Firm, browser: Callable[[], Browser]) -> None:
    elsewhere = browser()
    assert elsewhere.sign_in(firm.owner_email)[0] == 201
    before = owner.cookie
    status, refused = owner.send("PUT", "/password", {"current_password": "pas le bon mot", "password": "six flocons de neige"})
    assert (status, refused["code"]) == (403, "wrong_credentials") and owner.cookie == before
    for bad, code in (("court", "password_too_short"), (PASSWORD, "password_same")):
        assert owner.send("PUT", "/password", {"current_password": PASSWORD, "password": bad})[1]["code"] == code
    assert elsewhere.send("GET", "/session")[0] == 200, "nothing changed yet"
    new = {"current_password": PASSWORD, "password": "six flocons de neige"}
    assert owner.send("PUT", "/password", new)[0] == 200
    assert owner.cookie != before and owner.send("GET", "/session")[0] == 200
    assert elsewhere.send("GET", "/session")[0] == 401
    stolen = browser()
    stolen.cookie = before
    assert stolen.send("GET", "/session")[0] == 401
    assert [row["is_current"] for row in owner.send("GET", "/sessions")[1]["items"]].count(True) == 1
    firm.deliver_mails()
    told = next(m for m in mail.inbox(platform_context("test")) if m.to == firm.owner_email)
    assert "mot de passe" in told.subject
    assert browser().sign_in(firm.owner_email)[0] == 401
    assert browser().sign_in(firm.owner_email, "six flocons de neige")[0] == 201


def test_a_reset_is_answered_alike_for_an_unknown_email_and_sends_nothing(
        firm: Firm, browser: Callable[[], Browser]) -> None:
    unknown = f"nobody-{firm.tenant_id}@givree.example"
    answers, seconds = [], []
    for email in (firm.owner_email, unknown):
        started = time.monotonic()
        with evened_out(EVEN_SECONDS):
            answers.append(browser().send("POST", "/password-resets", {"email": email}))
        seconds.append(time.monotonic() - started)
    assert answers[0] == answers[1] == (202, {"status": "accepted"})
    assert min(seconds) >= 0.3 and abs(seconds[0] - seconds[1]) < 0.25
    firm.deliver_mails()
    assert not [m for m in mail.inbox(platform_context("test")) if m.to == unknown]


def test_one_time_codes(owner: Browser, firm: Firm, browser: Callable[[], Browser]) -> None:
    assert owner.send("POST", "/totp", {"password": "pas le bon mot"})[0] == 403
    status, enrolment = owner.send("POST", "/totp", {"password": PASSWORD})
    assert status == 201 and enrolment["secret"] in enrolment["otpauth_uri"]
    code = pyotp.TOTP(enrolment["secret"])
    wrong = owner.send("POST", "/totp/confirm", {"enrolment": enrolment["enrolment"], "code": "000000"})
    assert (wrong[0], wrong[1]["code"]) == (403, "wrong_code")
    confirm = {"enrolment": enrolment["enrolment"], "code": code.at(int(time.time()) - 30)}
    assert owner.send("POST", "/totp/confirm", confirm)[0] == 204
    assert owner.send("GET", "/session")[1]["user"]["totp_enabled"] is True

    person = browser()
    status, asked = person.sign_in(firm.owner_email)
    assert (status, asked["status"]) == (200, "totp_required") and not person.cookie
    guess = {"challenge": asked["challenge"], "code": "000000"}
    assert person.send("POST", "/sessions", guess)[0] == 401
    right = {"challenge": asked["challenge"], "code": code.now()}
    forged = person.send("POST", "/sessions", {**right, "challenge": "x" * 43})
    assert (forged[0], forged[1]["code"]) == (400, "token_invalid")
    assert person.send("POST", "/sessions", right)[0] == 201
    assert person.send("GET", "/session")[0] == 200

    second = browser()
    _, asked = second.sign_in(firm.owner_email)
    replayed = second.send("POST", "/sessions", {"challenge": asked["challenge"], "code": right["code"]})
    assert (replayed[0], replayed[1]["code"]) == (401, "wrong_code")
    off = {"password": PASSWORD, "code": code.at(int(time.time()) + 30)}
    assert person.send("POST", "/totp/disable", off)[0] == 204
    assert browser().sign_in(firm.owner_email)[0] == 201


def test_a_secret_opens_for_its_own_tenant_only(ctx: Any, new_ctx: Callable[..., Any]) -> None:
    sealed = secrets.encrypt(ctx, "clé du magasin")
    assert "magasin" not in sealed and secrets.decrypt(ctx, sealed) == "clé du magasin"
    secrets.forget()
    assert secrets.decrypt(ctx, sealed) == "clé du magasin"
    assert secrets.encrypt(ctx, "clé du magasin") != sealed
    for context, text in ((new_ctx(tenant="another"), sealed), (ctx, sealed[:-2] + "AA"), (ctx, "s1.x.y"), (ctx, "")):
        with pytest.raises(Invalid):
            secrets.decrypt(context, text)


def test_a_signature_is_bound_to_tenant_purpose_and_data(ctx: Any, new_ctx: Callable[..., Any]) -> None:
    signature = secrets.sign(ctx, "cursor", "page 2")
    assert secrets.verify(ctx, "cursor", "page 2", signature)
    assert not secrets.verify(new_ctx(tenant="another"), "cursor", "page 2", signature)
    assert not secrets.verify(ctx, "csrf", "page 2", signature)
    assert not secrets.verify(ctx, "cursor", "page 3", signature)
    assert not secrets.verify(ctx, "cursor", "page 2", "é" + signature)


def test_a_session_slides_while_it_is_used_and_ends_after_twelve_idle_hours_or_thirty_days(owner: Browser) -> None:
    began = platform_context("test").now

    def works_after(hours: float) -> bool:
        def build(tenant_id: str, actor: Actor, permissions: frozenset[str], locale: str, blind_key: bytes) -> Context:
            at = replace(platform_context("test"), now=began + timedelta(hours=hours))
            return tenant_context(at, tenant_id, actor, permissions, locale, blind_key)

        try:
            return sessions.authenticate({"cookie": owner.cookie}, "GET", build).actor.kind == "user"
        except Unauthenticated:
            return False

    assert works_after(11.9)
    assert works_after(11.9 + 11.9)
    assert not works_after(11.9 + 11.9 + 12.1)
    used_often = [works_after(23.7 + 11 * n) for n in range(1, 64)]
    assert all(used_often) and works_after(719)
    assert not works_after(721)
