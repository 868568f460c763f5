"""Abuse of signing in that needs more than one request, and what the log knows afterwards: nothing secret, nobody's name."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyotp
import pytest

from chalicelib.kernel.context import Context
from chalicelib.runtime import mail
from chalicelib.runtime.worker import tenant_work
from chalicelib.storage import client
from connectors import http
from connectors.errors import Unavailable
from tests.channels.merchant import KEY
from tests.channels.merchant import Merchant as Shopkeeper
from tests.hostile.merchant import PASSWORD, Merchant, found
from tests.tenants.conftest import Browser, Firm, token_in_mail

NEW = "quatre grands glaçons"


@pytest.fixture
def firm(platform: Context) -> Merchant:
    return found(platform, "door", requests_per_minute=1_000_000)


@pytest.fixture
def browser(call: Callable[..., Any]) -> Callable[[], Browser]:
    return lambda: Browser(call)


def mails(merchant: Merchant) -> None:
    Firm(merchant.tenant_id, merchant.owner_email, merchant.owner_id).deliver_mails()


def at_once(work: Callable[[], tuple[int, Any]], callers: int = 8) -> list[int]:
    """The statuses of the same request sent by all callers at once."""
    with ThreadPoolExecutor(callers) as pool:
        return sorted(status for status, _ in pool.map(lambda _: work(), range(callers)))


def test_a_reset_token_serves_one_of_eight_callers(firm: Merchant, browser: Callable[[], Browser]) -> None:
    browser().send("POST", "/password-resets", {"email": firm.owner_email})
    mails(firm)
    token = token_in_mail(firm.owner_email)
    statuses = at_once(lambda: browser().send("POST", "/password-resets/confirm", {"token": token, "password": NEW}))
    assert statuses.count(204) == 1 and set(statuses) <= {204, 400}


def test_an_invitation_makes_one_user_of_eight_callers(firm: Merchant, browser: Callable[[], Browser]) -> None:
    owner = browser()
    owner.sign_in(firm.owner_email)
    owner.send("POST", "/invitations", {"email": f"luc@{firm.tenant_id}.example", "name": "Luc", "role": "sales"})
    mails(firm)
    token = token_in_mail(f"luc@{firm.tenant_id}.example")
    statuses = at_once(lambda: browser().send("POST", "/invitations/accept", {"token": token, "password": PASSWORD}))
    assert statuses.count(201) == 1 and set(statuses) <= {201, 400, 409, 412}
    users = owner.send("GET", "/users")[1]["items"]
    assert len([user for user in users if user["email"].startswith("luc@")]) == 1


def test_a_one_time_code_opens_for_one_of_eight_callers(firm: Merchant, browser: Callable[[], Browser]) -> None:
    owner = browser()
    owner.sign_in(firm.owner_email)
    _, enrolment = owner.send("POST", "/totp", {"password": PASSWORD})
    code = pyotp.TOTP(enrolment["secret"])
    owner.send("POST", "/totp/confirm", {"enrolment": enrolment["enrolment"], "code": code.at(int(time.time()) - 30)})
    asked = [browser().sign_in(firm.owner_email)[1]["challenge"] for _ in range(3)]
    now = code.now()
    with ThreadPoolExecutor(3) as pool:
        statuses = sorted(
            pool.map(lambda challenge: browser().send("POST", "/sessions", {"challenge": challenge, "code": now})[0], asked)
        )
    assert statuses == [201, 401, 401]


def test_guesses_in_parallel_do_not_slip_past_the_limit(firm: Merchant, browser: Callable[[], Browser]) -> None:
    statuses = at_once(lambda: browser().sign_in(firm.owner_email, "not the password"), 16)
    assert statuses.count(401) <= 5 and set(statuses) == {401, 429}


def test_signing_in_never_takes_a_session_that_was_there_before(firm: Merchant, browser: Callable[[], Browser]) -> None:
    """Fixation: the cookie a stranger planted is not the one that opens afterwards, and it opens nothing."""
    planted = f"comptoir_session={firm.tenant_id}.{firm.owner_id}.{'F' * 43}"
    victim = browser()
    victim.cookie = planted
    assert victim.sign_in(firm.owner_email)[0] == 201
    assert victim.cookie and victim.cookie != planted
    stranger = browser()
    stranger.cookie = planted
    assert stranger.send("GET", "/session")[0] == 401
    first = victim.cookie
    victim.sign_in(firm.owner_email)
    assert victim.cookie != first, "each time another"


def test_an_unknown_email_costs_the_same_work_but_for_the_audit(
    firm: Merchant, browser: Callable[[], Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    work: list[list[str]] = []
    answers = []
    for email in (firm.owner_email, f"nobody@{firm.tenant_id}.example"):
        seen: list[str] = []
        client.observers.append(lambda operation, parameters, answer, seen=seen: seen.append(operation))
        try:
            answers.append(browser().sign_in(email, "not the password"))
        finally:
            client.observers.pop()
        work.append([operation for operation in seen if operation in ("GetItem", "BatchGetItem", "Query", "UpdateItem")])
    assert answers[0][0] == answers[1][0] == 401
    assert {**answers[0][1], "request_id": ""} == {**answers[1][1], "request_id": ""}
    assert work[0][: len(work[1])] == work[1] and len(work[0]) - len(work[1]) <= 1, "what the audit reads is evened out in time"


# -- what the log knows ----------------------------------------------------------------------------------------------


def test_no_secret_and_no_person_is_in_any_log(
    firm: Merchant, browser: Callable[[], Browser], call: Callable[..., Any], log: io.StringIO, tmp_path: Path
) -> None:
    """The whole story with failures in it: signing in, inviting, connecting a shop, importing its order, wrong calls."""
    secrets = {PASSWORD, NEW, "wrong password here", firm.api_key, firm.api_key[-64:], firm.owner_email, "Odile Favre"}
    owner = browser()
    owner.sign_in(firm.owner_email, "wrong password here")
    owner.sign_in(firm.owner_email)
    secrets |= {owner.cookie.partition("=")[2], owner.csrf}
    guest = f"marguerite@{firm.tenant_id}.example"
    owner.send("POST", "/invitations", {"email": guest, "name": "Marguerite Duras", "role": "sales"})
    mails(firm)
    secrets |= {guest, "Marguerite Duras", token_in_mail(guest)}
    browser().send("POST", "/invitations/accept", {"token": "x" + token_in_mail(guest), "password": NEW})
    browser().send("POST", "/invitations/accept", {"token": token_in_mail(guest), "password": NEW})
    browser().send("POST", "/password-resets", {"email": guest})
    mails(firm)
    secrets.add(next(m for m in mail.inbox(tenant_work("", "t")) if m.to == guest).text.split("token=")[1].split()[0])
    shop_secrets = shop_story(firm, tmp_path)
    secrets |= shop_secrets
    secrets |= failing_calls(firm, call)
    text = log.getvalue()
    assert "request" in text and len(text) > 1000, "the log was heard"
    assert {secret for secret in secrets if secret and (secret in text or json.dumps(secret)[1:-1] in text)} == set()


def shop_story(firm: Merchant, directory: Path) -> set[str]:
    """A shop is connected, an order with a person in it comes by webhook, another fails; what must not be told."""
    shopkeeper = Shopkeeper(lambda *_: tenant_work(firm.tenant_id, "story"), directory)
    try:
        shopkeeper.open("maison", "MAC", "SORBET")
        connection = shopkeeper.connect("maison")
        order = shopkeeper.buy("maison", MAC=1)
        shopkeeper.deliver(connection, order, delivery_id="log-1")
        broken = {**order, "id": 99, "line_items": [{"sku": "NO-SUCH", "quantity": "x"}]}
        shopkeeper.deliver(connection, broken, delivery_id="log-2")
        shopkeeper.pump()

        def down(request: http.HttpRequest, policy: http.HttpPolicy, clock: http.Clock) -> http.HttpResponse:
            raise Unavailable("down")

        with http.using_transport(down):
            shopkeeper.pump()
        return {
            KEY.consumer_key,
            KEY.consumer_secret,
            *shopkeeper.secrets.values(),
            "ada@example.com",
            "0601020304",
            "1 rue du Four",
            "Ada Martin",
        }
    finally:
        shopkeeper.stop()


def failing_calls(firm: Merchant, call: Callable[..., Any]) -> set[str]:
    """Calls that are refused, with persons in them."""
    headers = {"authorization": f"Bearer {firm.api_key}"}
    call("POST", "/api/parties/customers", {"name": "Simone Signoret", "email": "not an e-mail simone", "phone": 7}, headers)
    call(
        "POST",
        "/api/parties/customers",
        {"name": "Simone Signoret", "email": "simone@signoret.example", "phone": "+33655443322"},
        headers,
    )
    call("POST", "/api/parties/customers", {"name": "Simone Signoret", "email": "simone@signoret.example"}, headers)
    call("GET", "/api/search?q=simone@signoret.example", None, headers)
    call("GET", "/api/parties/customers/simone@signoret.example", None, headers)
    call("POST", "/api/sales/orders", {"lines": [], "buyer": {"email": "simone@signoret.example"}}, headers)
    return {"Simone Signoret", "simone@signoret.example", "+33655443322", "not an e-mail simone"}
