"""Who works here: invitations, roles, API keys, company; through the API, on the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.runtime import mail, sessions
from chalicelib.runtime.api import platform_context
from chalicelib.storage import client
from chalicelib.tenants import service
from chalicelib.tenants.devices import device_of
from chalicelib.tenants.model import NewTenant
from tests.tenants.conftest import PASSWORD, Browser, Firm, token_in_mail

Join = Callable[..., tuple[Browser, dict[str, Any]]]


def _change(owner: Browser, user_id: str, **changes: Any) -> tuple[int, Any]:
    return owner.send("PUT", f"/users/{user_id}", {"name": "Luc Glace", "role": "sales", **changes})


def test_an_invited_person_comes_in_by_the_mail(owner: Browser, firm: Firm, browser: Callable[[], Browser]) -> None:
    email = f"luc-{firm.tenant_id}@givree.example"
    status, invitation = owner.send("POST", "/invitations", {
        "email": email, "name": "Luc Glace", "role": "warehouse", "locale": "en"})
    assert status == 201 and "token_hash" not in invitation
    firm.deliver_mails()
    token = token_in_mail(email)
    assert token not in firm.outbox_text()
    subject = next(m.subject for m in mail.inbox(platform_context("test")) if m.to == email)
    assert subject == "Anne Neige invites you to join Maison Givrée on Comptoir"
    status, shown = browser().send("POST", "/invitations/look-up", {"token": token})
    assert (status, shown["company"], shown["role"], shown["has_login"]) == (200, "Maison Givrée", "warehouse", False)

    luc = browser()
    weak = luc.send("POST", "/invitations/accept", {"token": token, "password": email})
    assert (weak[0], weak[1]["code"]) == (400, "password_too_common")
    status, session = luc.send("POST", "/invitations/accept", {"token": token, "password": PASSWORD, "name": "Lucien"})
    assert (status, session["role"], session["user"]["name"]) == (201, "warehouse", "Lucien")
    assert luc.send("GET", "/users")[1]["code"] == "forbidden"
    again = browser().send("POST", "/invitations/accept", {"token": token, "password": PASSWORD})
    assert (again[0], again[1]["code"]) == (400, "token_invalid")
    twice = owner.send("POST", "/invitations", {"email": email.upper(), "name": "Luc", "role": "sales"})
    assert (twice[0], twice[1]["code"]) == (409, "user_email_taken")


def test_a_revoked_or_changed_invitation_opens_nothing(owner: Browser, firm: Firm,
                                                       browser: Callable[[], Browser]) -> None:
    email = f"eve-{firm.tenant_id}@givree.example"
    _, invitation = owner.send("POST", "/invitations", {"email": email, "name": "Ève", "role": "sales"})
    taken = owner.send("POST", "/invitations", {"email": email, "name": "Ève", "role": "sales"})
    assert (taken[0], taken[1]["code"]) == (409, "invitation_email_taken")
    firm.deliver_mails()
    token = token_in_mail(email)
    for forged in (token[:-1] + "-", token.replace("givree", "other"), "a.b.c", "", "é"):
        answer = browser().send("POST", "/invitations/accept", {"token": forged, "password": PASSWORD})
        assert (answer[0], answer[1]["code"]) == (400, "token_invalid")
    status, revoked = owner.send("POST", f"/invitations/{invitation['id']}/revoke", {})
    assert (status, revoked["state"]) == (200, "revoked")
    answer = browser().send("POST", "/invitations/accept", {"token": token, "password": PASSWORD})
    assert (answer[0], answer[1]["code"]) == (400, "token_invalid")
    assert owner.send("POST", "/invitations", {"email": email, "name": "Ève", "role": "sales"})[0] == 201


def test_an_invitation_sent_again_has_a_new_link_and_kills_the_old(
        owner: Browser, firm: Firm, browser: Callable[[], Browser]) -> None:
    email = f"encore-{firm.tenant_id}@givree.example"
    invited = owner.send("POST", "/invitations", {"email": email, "name": "Luc", "role": "sales"})[1]
    firm.deliver_mails()
    first = token_in_mail(email)
    assert owner.send("POST", f"/invitations/{invited['id']}/resend", {})[0] == 200
    firm.deliver_mails()
    second = token_in_mail(email)
    assert second != first
    assert browser().send("POST", "/invitations/look-up", {"token": first})[1]["code"] == "token_invalid"
    assert browser().send("POST", "/invitations/accept", {"token": second, "password": PASSWORD})[0] == 201
    refused = owner.send("POST", f"/invitations/{invited['id']}/resend", {})
    assert (refused[0], refused[1]["code"]) == (409, "wrong_state")


def test_a_session_says_which_device_it_is_on() -> None:
    chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"
    iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1"
    assert device_of(chrome) == "Chrome · Windows" and device_of(iphone) == "Safari · iPhone"
    assert device_of(chrome.replace("Safari/537.36", "Safari/537.36 Edg/131.0")) == "Edge · Windows"
    assert device_of("Firefox") == "Firefox" and device_of("") == ""


def test_a_role_change_and_a_closed_door_hold_on_the_next_request(owner: Browser, firm: Firm, join: Join) -> None:
    luc, session = join("owner")
    user_id = session["user"]["id"]
    assert luc.send("GET", "/sign-ins")[0] == 200
    assert _change(owner, user_id, role="warehouse")[0] == 200
    assert luc.send("GET", "/sign-ins")[0] == 403
    assert luc.send("GET", "/session")[1]["role"] == "warehouse"
    assert _change(owner, user_id, role="warehouse", is_active=False)[0] == 200
    assert luc.send("GET", "/session")[0] == 401
    assert luc.sign_in(session["user"]["email"])[0] == 401
    assert _change(owner, user_id, role="warehouse")[0] == 200
    assert luc.sign_in(session["user"]["email"])[0] == 201


def test_the_last_owner_can_neither_leave_nor_step_down(owner: Browser, firm: Firm, join: Join) -> None:
    for attempt in ({"role": "sales"}, {"role": "owner", "is_active": False}):
        status, body = _change(owner, firm.owner_id, name="Anne Neige", **attempt)
        assert (status, body["code"]) == (409, "last_owner")
    join("owner")
    assert _change(owner, firm.owner_id, name="Anne Neige", role="sales")[0] == 200
    assert owner.send("GET", "/users")[0] == 200
    assert _change(owner, firm.owner_id, role="owner")[1]["code"] == "forbidden"


def test_a_person_of_two_companies_chooses_which_to_enter(
        owner: Browser, firm: Firm, join: Join, browser: Callable[[], Browser]) -> None:
    email = f"deux-{firm.tenant_id}@givree.example"
    second, _ = service.create_tenant(platform_context("test"), NewTenant(
        name="Atelier Neige", tenant_id=f"{firm.tenant_id}-b", owner_email=email, owner_name="Zoé",
        owner_password=PASSWORD))
    owner.send("POST", "/invitations", {"email": email, "name": "Zoé", "role": "sales"})
    firm.deliver_mails()
    stolen = browser().send("POST", "/invitations/accept", {"token": token_in_mail(email), "password": "un tout autre mot"})
    assert (stolen[0], stolen[1]["code"]) == (401, "wrong_credentials")
    zoe = browser()
    assert zoe.send("POST", "/invitations/accept", {"token": token_in_mail(email), "password": PASSWORD})[0] == 201
    zoe = browser()
    status, asked = zoe.sign_in(email)
    assert (status, asked["status"]) == (200, "tenant_required")
    assert {t["name"] for t in asked["tenants"]} == {"Maison Givrée", "Atelier Neige"}
    status, session = zoe.send("POST", "/sessions", {"challenge": asked["challenge"], "tenant_id": second.id})
    assert (status, session["tenant"]["id"], session["role"]) == (201, second.id, "owner")
    status, session = browser().sign_in(email, tenant_id=firm.tenant_id)
    assert (status, session["tenant"]["id"], session["role"]) == (201, firm.tenant_id, "sales")
    assert {firm.tenant_id, second.id} <= set(sessions.active_tenants())


def _with_key(call: Callable[..., Any], key: str, path: str, method: str = "GET", body: Any = None) -> tuple[int, Any]:
    status, _, found = call(method, f"/api/tenants{path}", body, {"authorization": f"Bearer {key}"})
    return status, found


def test_a_program_comes_in_by_its_key_until_it_is_revoked(owner: Browser, firm: Firm, call: Callable[..., Any]) -> None:
    status, made = owner.send("POST", "/api-keys", {"name": "Entrepôt externe", "role": "warehouse"})
    key = made["key"]
    assert status == 201 and key.startswith(f"cmp_local_{firm.tenant_id}_") and key.endswith(made["last4"])
    assert "secret_hash" not in made and "key" not in owner.send("GET", f"/api-keys/{made['id']}")[1]
    status, session = _with_key(call, key, "/session")
    assert (status, session["actor"]["kind"], session["user"], session["csrf_token"]) == (200, "api_key", None, None)
    assert _with_key(call, key, "/users")[0] == 403
    seen: list[str] = []
    client.observers.append(lambda operation, parameters, answer: seen.append(operation))
    try:
        _with_key(call, key, "/users")
    finally:
        client.observers.pop()
    assert seen == ["BatchGetItem"]
    assert owner.send("GET", f"/api-keys/{made['id']}")[1]["last_used_at"] is not None
    for wrong in (key[:-1] + ("0" if key[-1] != "0" else "1"), key.replace("_local_", "_production_"), "cmp_", ""):
        assert _with_key(call, wrong, "/session")[0] == 401
    assert owner.send("POST", f"/api-keys/{made['id']}/revoke", {})[0] == 200
    assert _with_key(call, key, "/session")[0] == 401


def test_a_key_may_not_make_keys_nor_more_than_its_maker(owner: Browser, call: Callable[..., Any]) -> None:
    _, made = owner.send("POST", "/api-keys", {"name": "Tout", "role": "owner"})
    assert _with_key(call, made["key"], "/company")[0] == 200
    assert _with_key(call, made["key"], "/api-keys", "POST", {"name": "Fille", "role": "owner"})[0] == 403
    assert owner.send("POST", "/api-keys", {"name": "X", "role": "owner", "permissions": ["all.things"]})[0] == 400
    past = owner.send("POST", "/api-keys", {"name": "X", "role": "sales", "expires_at": "2020-01-01T00:00:00Z"})
    assert past[0] == 400


def test_company_and_settings_are_changed_from_what_was_read(owner: Browser, join: Join) -> None:
    _, company = owner.send("GET", "/company")
    body = {"legal_name": "Maison Givrée SAS", "siren": "732829320", "share_capital": "10000.00", "rcs_city": "Annecy"}
    status, changed = owner.send("PUT", "/company", body, {"if-match": f'"{company["version"]}"'})
    assert (status, changed["siren"], changed["share_capital"]) == (200, "732829320", "10000.00")
    status, stale = owner.send("PUT", "/company", body, {"if-match": f'"{company["version"]}"'})
    assert (status, stale["code"]) == (412, "stale_version")
    settings = {"name": "Givrée", "locale": "fr", "time_zone": "Europe/Paris", "country_code": "FR"}
    assert owner.send("PUT", "/settings", settings)[0] == 200
    seller, _ = join("sales")
    assert seller.send("GET", "/company")[0] == 200
    assert seller.send("PUT", "/settings", settings)[1]["code"] == "forbidden"


def test_another_companys_user_is_like_no_user_at_all(owner: Browser, firm: Firm) -> None:
    _, other = service.create_tenant(platform_context("test"), NewTenant(
        name="Autre", tenant_id=f"{firm.tenant_id}-c", owner_email=f"c-{firm.tenant_id}@autre.example", owner_name="C",
        owner_password=PASSWORD))
    answers = [owner.send("GET", f"/users/{user_id}") for user_id in (other.id, "usr_" + "0" * 26)]
    for _, body in answers:
        body.pop("request_id")
    assert answers[0] == answers[1] and answers[0][0] == 404


@pytest.mark.parametrize("value", ["<script>alert(1)</script>", "a\nBcc: x@y.z"])
def test_a_value_in_a_mail_stays_text(ctx: Any, value: str) -> None:
    message = mail.compose(ctx, "luc@givree.example", "invitation", {
        "name": value, "inviter": value, "company": "Givrée", "link": "http://127.0.0.1/x?token=1"})
    assert "<script>" not in message.html and "\n" not in message.subject
    assert '<a href="http://127.0.0.1/x?token=1">' in message.html
