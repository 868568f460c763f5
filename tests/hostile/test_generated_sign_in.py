"""Whatever is typed at the door, no answer and no log is more than it should be: signing in, one-time codes, new passwords,
invitations. The attempt limits are off, so that the input comes further than a stranger would."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.context import Context
from chalicelib.tenants import attempts, directory, service, tickets
from chalicelib.tenants.model import InviteUser
from tests.hostile.generated import Stranger, bodies, examples, like, mostly, reached, texts, values
from tests.hostile.merchant import PASSWORD, Merchant, found
from tests.tenants.conftest import Browser

NEW = "quatre grands glaçons"


@pytest.fixture
def firm(platform: Context, monkeypatch: pytest.MonkeyPatch) -> Merchant:
    monkeypatch.setattr(attempts, "spend", lambda ctx, limit, value: None)
    return found(platform, "typed", requests_per_minute=1_000_000)


@pytest.fixture
def stranger(firm: Merchant, log: io.StringIO) -> Stranger:
    return Stranger(log, [PASSWORD, NEW, firm.api_key, firm.owner_email])


@pytest.fixture
def owner(firm: Merchant, call: Callable[..., Any]) -> Browser:
    signed_in = Browser(call)
    signed_in.sign_in(firm.owner_email)
    return signed_in


def credentials(browser: Browser) -> dict[str, str]:
    return {"cookie": browser.cookie, "x-csrf-token": browser.csrf}


def with_codes(owner: Browser) -> pyotp.TOTP:
    """The owner has turned one-time codes on."""
    _, enrolment = owner.send("POST", "/totp", {"password": PASSWORD})
    code = pyotp.TOTP(enrolment["secret"])
    assert owner.send("POST", "/totp/confirm", {"enrolment": enrolment["enrolment"], "code": code.now()})[0] == 204
    return code


def test_signing_in(firm: Merchant, stranger: Stranger) -> None:
    sent = bodies(email=like(firm.owner_email), password=mostly(st.just(PASSWORD), values),
                  tenant_id=st.one_of(st.just(firm.tenant_id), st.just(""), texts))

    @examples(80)
    @given(sent)
    def typed(body: bytes) -> None:
        stranger.send("/api/tenants/sessions", body)

    typed()
    reached(stranger, 201, 400, 401)


def test_using_a_one_time_code(firm: Merchant, stranger: Stranger, owner: Browser) -> None:
    code = with_codes(owner)
    challenge = owner.sign_in(firm.owner_email)[1]["challenge"]
    stranger.secrets += [code.secret, challenge]

    @examples(80)
    @given(bodies(challenge=like(challenge), code=st.one_of(texts, like("123456"))))
    def typed(body: bytes) -> None:
        stranger.send("/api/tenants/sessions", body)

    typed()
    reached(stranger, 400, 401)


def test_turning_one_time_codes_on_and_off(stranger: Stranger, owner: Browser) -> None:
    _, enrolment = owner.send("POST", "/totp", {"password": PASSWORD})
    stranger.secrets += [enrolment["secret"], enrolment["enrolment"]]

    @examples(80)
    @given(bodies(enrolment=like(enrolment["enrolment"]), code=st.one_of(texts, like("123456"))))
    def confirmed(body: bytes) -> None:
        stranger.send("/api/tenants/totp/confirm", body, credentials(owner))

    confirmed()
    reached(stranger, 400, 403)
    with_codes(owner)
    stranger.statuses.clear()

    @examples(80)
    @given(bodies(password=st.one_of(st.just(PASSWORD), texts), code=st.one_of(texts, like("123456"))))
    def disabled(body: bytes) -> None:
        stranger.send("/api/tenants/totp/disable", body, credentials(owner))

    disabled()
    reached(stranger, 400, 403)


def test_asking_for_a_new_password(firm: Merchant, stranger: Stranger) -> None:
    @examples(80)
    @given(bodies(email=st.one_of(like(firm.owner_email), texts)))
    def typed(body: bytes) -> None:
        stranger.send("/api/tenants/password-resets", body)

    typed()
    reached(stranger, 202, 400)


def test_choosing_a_new_password(firm: Merchant, stranger: Stranger) -> None:
    platform = directory.platform(firm.ctx())
    login = directory.find(platform, firm.owner_email)
    assert login is not None
    facts = {"email": firm.owner_email, "login_id": login.id}
    links = [tickets.issue(platform, tickets.RESET, facts, tickets.RESET_SECONDS)]
    stranger.secrets += links

    @examples(80)
    @given(bodies(token=like("TRUE"), password=st.one_of(st.just(NEW), texts.map(lambda text: text[:200]), texts)))
    def typed(body: bytes) -> None:
        if stranger.send("/api/tenants/password-resets/confirm", body.replace(b"TRUE", links[-1].encode())) == 204:
            links.append(tickets.issue(platform, tickets.RESET, facts, tickets.RESET_SECONDS))

    typed()
    reached(stranger, 204, 400)


def test_accepting_an_invitation(firm: Merchant, stranger: Stranger, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens: list[str] = []
    encrypt = service.secrets.encrypt
    monkeypatch.setattr(service.secrets, "encrypt", lambda ctx, text: tokens.append(text) or encrypt(ctx, text))

    def invite() -> None:
        service.invite(firm.ctx(), InviteUser(email=f"luc{len(tokens)}@{firm.tenant_id}.example", name="Luc", role="sales"))
        stranger.secrets.append(tokens[-1])

    invite()
    fields = {"token": like("TRUE"), "password": st.one_of(st.just(NEW), texts), "name": st.one_of(st.just("Luc"), texts)}

    @examples(80)
    @given(bodies(**fields), st.sampled_from(("accept", "look-up")))
    def typed(body: bytes, action: str) -> None:
        if action == "look-up":
            body = json.dumps({"token": tokens[-1]}).encode() if b"name" in body else body
        if stranger.send(f"/api/tenants/invitations/{action}", body.replace(b"TRUE", tokens[-1].encode())) == 201:
            invite()

    typed()
    reached(stranger, 200, 201, 400)
