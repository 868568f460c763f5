"""A merchant begins by themselves: the form, the mail, the link; and nobody learns who else is here."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.kernel.errors import Invalid
from chalicelib.runtime import identity, mail
from chalicelib.runtime.api import platform_context
from chalicelib.runtime.sessions import active_tenants
from chalicelib.runtime.worker import tenant_work
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants import attempts, service
from chalicelib.tenants.model import COMPANY, TENANT, NewTenant
from chalicelib.tenants.sign_up import service as signing_up
from chalicelib.tenants.sign_up.model import SIGN_UP, NewSignUp, chart_of, checked, regimes_of, year_end
from tests.tenants.conftest import PASSWORD, Browser, Firm, token_in_mail

TODAY = date(2026, 11, 24)
SIREN = "732829320"
_numbers = itertools.count(1)
NewBrowser = Callable[[], Browser]


def answers(**more: Any) -> dict[str, Any]:
    """What somebody types into the form."""
    return {"email": f"lea-{os.getpid()}-{next(_numbers)}@glaces.example", "name": "Léa Morel",
            "company_name": "Glaces Léa", "siren": SIREN, "fiscal_year_starts_on": f"{date.today():%Y}-01-01", **more}


@pytest.fixture(autouse=True)
def unlimited(engine: Any, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """All tests of a run come from one address."""
    if "limited" not in request.node.name:
        monkeypatch.setattr(signing_up, "BY_ADDRESS", attempts.Limit(f"sign_up_{next(_numbers)}_{os.getpid()}", 10_000, 3600))


def asked(stranger: Browser, **more: Any) -> tuple[dict[str, Any], Firm]:
    """Signs up; answers what was typed, and the tenant-to-be whose mails can be delivered."""
    typed = answers(**more)
    status, body = stranger.send("POST", "/sign-ups", typed)
    assert (status, body["status"]) == (202, "accepted"), body
    firm = Firm(body["sign_up"].partition(".")[0], typed["email"], body["sign_up"])
    firm.deliver_mails()
    return typed, firm


# -- what is typed -------------------------------------------------------------------------------------------------------


def form(**more: Any) -> NewSignUp:
    typed = {"email": "lea@glaces.example", "name": "Léa", "company_name": "Glaces Léa", "siren": SIREN,
             "fiscal_year_starts_on": date(2026, 1, 1)} | more
    return NewSignUp(**typed)


def refusal(**more: Any) -> tuple[str, tuple[str, ...]]:
    with pytest.raises(Invalid) as caught:
        checked(form(**more), TODAY)
    return caught.value.code, tuple(sorted(caught.value.fields))


def test_one_number_of_a_french_company_brings_the_other() -> None:
    """443 121 975 has the key 46: python-stdnum's published example (stdnum.fr.siren.to_tva)."""
    assert checked(form(siren="443 121 975"), TODAY)["vat_number"] == "FR46443121975"
    assert checked(form(siren="732 829 320"), TODAY)["vat_number"] == "FR44732829320"
    found = checked(form(siren="", vat_number="FR 44 732829320"), TODAY)
    assert (found["siren"], found["vat_number"]) == (SIREN, "FR44732829320")
    assert checked(form(vat_regime="franchise"), TODAY)["vat_number"] == ""


def test_wrong_numbers_are_named_by_their_field() -> None:
    assert refusal(siren="732829321") == ("identifier_invalid", ("siren",))
    assert refusal(siren="", vat_number="FR45732829320") == ("identifier_invalid", ("vat_number",))
    assert refusal(vat_number="FR83404833048") == ("identifier_mismatch", ("vat_number",))
    assert refusal(siren="") == ("identifier_missing", ("siren",))
    assert refusal(country_code="DE", chart="", siren="") == ("identifier_missing", ("vat_number",))
    assert checked(form(country_code="CH", chart="", siren="", currency="CHF"), TODAY)["vat_number"] == ""


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert refusal(email="lea", name=" ", siren="1", currency="DOGE", time_zone="Mars", locale="de", company_name="") == (
        "validation", ("company_name", "currency", "email", "locale", "name", "siren", "time_zone"))


def test_only_what_exists_is_offered() -> None:
    assert refusal(chart="de_skr03") == ("not_offered", ("chart",))
    assert refusal(country_code="DE", siren="", vat_number="DE136695976") == ("not_offered", ("chart",))
    assert refusal(country_code="DE", siren="", vat_number="DE136695976", chart="", vat_regime="franchise") == (
        "not_offered", ("vat_regime",))
    assert regimes_of("FR", date(2026, 12, 31)) == ("normal", "simplified", "franchise")
    assert regimes_of("FR", date(2027, 1, 1)) == ("normal", "franchise"), "loi 2025-127, art. 38"


def test_the_fiscal_year_is_the_running_one() -> None:
    assert refusal(fiscal_year_starts_on=TODAY + timedelta(1)) == ("fiscal_year", ("fiscal_year_starts_on",))
    assert refusal(fiscal_year_starts_on=date(2025, 11, 1)) == ("fiscal_year", ("fiscal_year_starts_on",))
    assert year_end(date(2026, 1, 1)) == date(2026, 12, 31)
    assert year_end(date(2026, 3, 15)) == date(2027, 2, 28)


# -- the way ---------------------------------------------------------------------------------------------------------------


def test_a_merchant_signs_up_and_comes_in_by_the_mail(browser: NewBrowser) -> None:
    lea = browser()
    typed, firm = asked(lea, locale="en", vat_regime="franchise")
    assert firm.tenant_id not in active_tenants(), "nothing is there before the link is opened"
    newest = next(m for m in mail.inbox(platform_context("test")) if m.to == typed["email"])
    assert newest.subject == "Open this link to begin with Glaces Léa on Comptoir"
    token = token_in_mail(typed["email"])
    assert token not in firm.outbox_text() and "/verify-email?token=" in newest.text
    assert lea.sign_in(typed["email"])[1]["code"] == "wrong_credentials"
    status, shown = lea.send("POST", "/sign-ups/look-up", {"token": token})
    assert (status, shown["company"], shown["email"], shown["has_login"]) == (200, "Glaces Léa", typed["email"], False)
    weak = lea.send("POST", "/sign-ups/confirm", {"token": token, "password": "Glaces Léa"})
    assert (weak[0], weak[1]["code"]) == (400, "password_too_short")
    status, session = lea.send("POST", "/sign-ups/confirm", {"token": token, "password": PASSWORD})
    assert (status, session["role"], session["tenant"]["name"], session["locale"]) == (201, "owner", "Glaces Léa", "en")
    assert firm.tenant_id in active_tenants()
    company = lea.send("GET", "/company")[1]
    assert (company["siren"], company["vat_number"], company["vat_regime"]) == (SIREN, "", "franchise")
    again = browser().send("POST", "/sign-ups/confirm", {"token": token, "password": PASSWORD})
    assert (again[0], again[1]["code"]) == (400, "token_invalid")
    assert browser().sign_in(typed["email"])[0] == 201


def test_a_known_e_mail_is_answered_as_an_unknown_one(browser: NewBrowser, firm: Firm) -> None:
    """Same status, same shape, same mail; only behind the link, in the mailbox, does it say that there is a password."""
    stranger = browser()
    typed, _fresh = asked(stranger, email=firm.owner_email)
    assert stranger.seen[-1]["Content-Type"] == "application/json"
    token = token_in_mail(firm.owner_email)
    assert stranger.send("POST", "/sign-ups/look-up", {"token": token})[1]["has_login"] is True
    wrong = stranger.send("POST", "/sign-ups/confirm", {"token": token, "password": "a new password, please"})
    assert (wrong[0], wrong[1]["code"]) == (401, "wrong_credentials")
    assert stranger.send("POST", "/sign-ups/confirm", {"token": token, "password": PASSWORD})[0] == 201
    names = {each["name"] for each in browser().sign_in(firm.owner_email)[1]["tenants"]}
    assert names == {"Maison Givrée", typed["company_name"]}


def test_nobody_prepares_an_account_on_another_persons_address(browser: NewBrowser) -> None:
    """Pre-hijacking (Sudhodanan and Paverd, USENIX Security 2022): whoever asked knows nothing that opens what the owner of
    the mailbox confirms, and a sign-up that was never confirmed is no login."""
    victim = f"victim-{os.getpid()}@glaces.example"
    stranger = browser()
    _, firm = asked(stranger, email=victim)
    status, _ = stranger.send("POST", "/sign-ups/confirm", {"token": firm.owner_id + ".x", "password": PASSWORD})
    assert status == 400
    _, invited = asked(browser(), email=victim)
    assert browser().send("POST", "/sign-ups/look-up", {"token": token_in_mail(victim)})[1]["has_login"] is False
    assert invited.tenant_id != firm.tenant_id


def test_the_mail_comes_again_with_a_new_link_three_times(browser: NewBrowser) -> None:
    lea = browser()
    typed, firm = asked(lea)
    first, links = token_in_mail(typed["email"]), set()
    for _ in range(3):
        assert lea.send("POST", "/sign-ups/resend", {"sign_up": firm.owner_id})[0] == 202
        firm.deliver_mails()
        links.add(token_in_mail(typed["email"]))
    assert len(links | {first}) == 4
    assert lea.send("POST", "/sign-ups/look-up", {"token": first})[1]["code"] == "token_invalid"
    assert lea.send("POST", "/sign-ups/resend", {"sign_up": firm.owner_id})[0] == 202
    firm.deliver_mails()
    assert token_in_mail(typed["email"]) in links, "a fifth mail is not sent, and nobody is told"
    assert lea.send("POST", "/sign-ups/resend", {"sign_up": "other.sgu_1"})[0] == 202


def test_an_expired_link_opens_nothing(browser: NewBrowser) -> None:
    lea = browser()
    typed, firm = asked(lea)
    ctx = tenant_work(firm.tenant_id, "later")
    found = read.get(ctx, SIGN_UP, firm.owner_id.partition(".")[2])
    transaction = Transaction(ctx)
    transaction.save(SIGN_UP, found, replace(found, expires_at=ctx.now))
    transaction.commit()
    for path, body in (("look-up", {}), ("confirm", {"password": PASSWORD})):
        answer = lea.send("POST", f"/sign-ups/{path}", {"token": token_in_mail(typed["email"]), **body})
        assert (answer[0], answer[1]["code"]) == (400, "token_invalid")


def test_the_same_request_again_is_one_sign_up(browser: NewBrowser) -> None:
    lea, typed = browser(), answers()
    key = {"idempotency-key": f"once-{os.getpid()}-{next(_numbers)}"}
    first, second = (lea.send("POST", "/sign-ups", typed, key) for _ in range(2))
    assert first == second and first[0] == 202
    assert lea.send("POST", "/sign-ups", {**typed, "name": "Eve"}, key)[1]["sign_up"] != first[1]["sign_up"], \
        "another request under a key that a stranger used is another sign-up, and learns nothing of the first"


@pytest.mark.parametrize("broken_at", ["create", "point", "commit"])
def test_what_was_interrupted_goes_on_where_it_stood(browser: NewBrowser, monkeypatch: pytest.MonkeyPatch, broken_at: str
                                                     ) -> None:
    """The machine dies after the password is set, after the login points here, and with the answer of the last write lost:
    the same link goes on, with another password too."""
    lea = browser()
    typed, firm = asked(lea)
    token = token_in_mail(typed["email"])
    with monkeypatch.context() as patch:
        def dies(*_: Any, **__: Any) -> None:
            raise RuntimeError("the machine is gone")

        if broken_at == "create":
            create = identity.create
            patch.setattr(identity, "create", lambda *a: (create(*a), dies()))
        elif broken_at == "point":
            patch.setattr(signing_up, "note_name", dies)
        else:
            patch.setattr(Transaction, "commit", dies)
        assert lea.send("POST", "/sign-ups/confirm", {"token": token, "password": PASSWORD})[0] == 500
    ctx = tenant_work(firm.tenant_id, "look")
    assert read.find(ctx, TENANT, firm.tenant_id) is None
    assert lea.send("POST", "/sign-ups/look-up", {"token": token})[1]["has_login"] is False
    assert lea.send("POST", "/sign-ups/confirm", {"token": token, "password": "another one of hers"})[0] == 201
    assert read.get(ctx, COMPANY, "company").legal_name == "Glaces Léa"
    assert browser().sign_in(typed["email"], "another one of hers")[0] == 201


def test_requests_are_limited_by_e_mail_and_by_address(browser: NewBrowser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_up, "BY_ADDRESS", attempts.Limit(f"few_{os.getpid()}_{next(_numbers)}", 6, 3600))
    typed = answers()
    found = [browser().send("POST", "/sign-ups", typed) for _ in range(5)]
    assert [status for status, _ in found] == [202, 202, 202, 202, 429]
    assert found[-1][1]["code"] == "too_many_attempts"
    assert browser().send("POST", "/sign-ups", answers())[0] == 202
    assert browser().send("POST", "/sign-ups", answers())[0] == 429, "another e-mail from the same address"


def test_the_choices_name_the_charts_by_country(browser: NewBrowser) -> None:
    status, found = browser().send("GET", "/sign-ups/choices")
    france = next(each for each in found["countries"] if each["country_code"] == "FR")
    assert (status, france["chart"], "EUR" in found["currencies"]) == (200, "fr_pcg", True)
    assert chart_of("DE") == "" and "DE" not in {each["country_code"] for each in found["countries"]}


def test_a_tenant_made_by_hand_and_one_that_signed_up_are_alike(browser: NewBrowser) -> None:
    lea = browser()
    typed, firm = asked(lea)
    lea.send("POST", "/sign-ups/confirm", {"token": token_in_mail(typed["email"]), "password": PASSWORD})
    number = next(_numbers)
    made, _ = service.create_tenant(platform_context("test"), NewTenant(
        name="Glaces Léa", tenant_id=f"by-hand-{os.getpid()}-{number}", owner_email=f"x{number}-{os.getpid()}@glaces.example",
        owner_name="Léa Morel", owner_password=PASSWORD))
    signed = read.get(tenant_work(firm.tenant_id, "x"), TENANT, firm.tenant_id)
    assert {(each.status, each.currency, each.environment, each.version, len(each.owner_ids)) for each in (made, signed)} == {
        ("active", "EUR", "live", 1, 1)}
