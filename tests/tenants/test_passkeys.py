"""A person signs in with a finger instead of a password, and nobody else with anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.runtime import settings
from chalicelib.runtime.api import platform_context
from chalicelib.storage import keys, single
from chalicelib.tenants import passkeys, tickets
from tests.tenants.authenticator import Authenticator, raw_of, text
from tests.tenants.conftest import PASSWORD, Browser, Firm

Open = Callable[[], Browser]


def asked(browser: Browser) -> dict[str, Any]:
    status, question = browser.send("POST", "/passkeys/questions", {})
    assert status == 200 and question["options"]["userVerification"] == "required", question
    return dict(question)


def enter(browser: Browser, key: Authenticator, question: dict[str, Any] | None = None, **said: Any) -> tuple[int, Any]:
    question = question or asked(browser)
    credential = key.get(question["options"], **said)
    return browser.send("POST", "/passkeys/sessions", {"token": question["token"], "credential": credential})


def begun(anne: Browser) -> dict[str, Any]:
    status, question = anne.send("POST", "/passkeys/registrations", {"password": PASSWORD})
    assert status == 200, question
    return dict(question)


def add(anne: Browser, key: Authenticator, name: str = "Téléphone", **said: Any) -> tuple[int, Any]:
    question = begun(anne)
    made = key.create(question["options"], **said)
    return anne.send("POST", "/passkeys", {"token": question["token"], "credential": made, "name": name})


@pytest.fixture
def anne(firm: Firm, browser: Open) -> Browser:
    anne = browser()
    assert anne.sign_in(firm.owner_email)[0] == 201
    return anne


@pytest.fixture
def key(anne: Browser) -> Authenticator:
    """Anne's passkey, added."""
    key = Authenticator()
    status, made = add(anne, key)
    assert status == 201, made
    return key


def test_a_passkey_is_added_named_listed_used_and_removed(anne: Browser, key: Authenticator, browser: Open) -> None:
    [shown] = anne.send("GET", "/passkeys")[1]["items"]
    assert (shown["name"], shown["last_used_at"]) == ("Téléphone", None) and "public_key" not in shown
    assert anne.send("PUT", f"/passkeys/{shown['id']}", {"name": "Clé bleue"})[1]["name"] == "Clé bleue"
    again = browser()
    status, session = enter(again, key)
    assert status == 201 and session["user"]["passkey_count"] == 1, session
    assert again.send("GET", "/session")[1]["user"]["name"] == "Anne Neige"
    [used] = anne.send("GET", "/passkeys")[1]["items"]
    assert used["last_used_at"] is not None
    assert anne.send("POST", f"/passkeys/{shown['id']}/remove", {"password": "pas celui-ci"})[0] == 403
    assert anne.send("POST", f"/passkeys/{shown['id']}/remove", {"password": PASSWORD})[0] == 204
    assert enter(browser(), key)[1]["code"] == "passkey_refused"
    assert anne.send("POST", f"/passkeys/{shown['id']}/remove", {"password": PASSWORD})[0] == 404


def test_it_counts_as_two_factors_and_stands_in_the_audit(anne: Browser, key: Authenticator, browser: Open) -> None:
    assert enter(browser(), key)[0] == 201
    _, _, found = anne.call("GET", "/api/audit/records?view=sign_ins&limit=1", None, {"cookie": anne.cookie})
    _, _, record = anne.call("GET", f"/api/audit/records/{found['items'][0]['id']}", None, {"cookie": anne.cookie})
    fields = {each["path"]: each["after"] for each in record["changes"][0]["fields"]}
    assert (record["event"], fields["outcome"]) == ("SignedIn", "signed_in_by_passkey")
    _, _, added = anne.call("GET", "/api/audit/records?event=PasskeyAdded", None, {"cookie": anne.cookie})
    assert len(added["items"]) == 1


def test_a_passkey_proves_instead_of_the_password_once(anne: Browser, key: Authenticator) -> None:
    question = anne.send("POST", "/passkeys/proofs/questions", {})[1]
    assert [each["id"] for each in question["options"]["allowCredentials"]] == [text(key.credential_id)]
    body = {"token": question["token"], "credential": key.get(question["options"])}
    status, given = anne.send("POST", "/passkeys/proofs", body)
    assert status == 201
    assert anne.send("POST", "/passkeys/registrations", {"proof": given["proof"]})[0] == 200
    assert anne.send("POST", "/passkeys/registrations", {"proof": given["proof"]})[1]["code"] == "token_invalid"


def test_an_answer_is_good_once(key: Authenticator, browser: Open) -> None:
    thief = browser()
    question = asked(thief)
    credential = key.get(question["options"])
    body = {"token": question["token"], "credential": credential}
    assert thief.send("POST", "/passkeys/sessions", body)[0] == 201
    assert browser().send("POST", "/passkeys/sessions", body)[1]["code"] == "token_invalid"
    other = asked(thief)
    status, refused = browser().send("POST", "/passkeys/sessions", {"token": other["token"], "credential": credential})
    assert (status, refused["code"]) == (401, "passkey_challenge")


def test_what_was_made_elsewhere_is_refused_and_says_so(key: Authenticator, browser: Open) -> None:
    other_site, other_party = replace(key, origin="http://comptoir.example"), replace(key, rp_id="comptoir.example")
    assert enter(browser(), other_site)[1]["code"] == "passkey_origin"
    assert enter(browser(), other_party)[1]["code"] == "passkey_site"
    assert enter(browser(), key, crossOrigin=True)[1]["code"] == "passkey_origin"
    assert enter(browser(), replace(key, verifies=False))[1]["code"] == "passkey_refused"


def test_a_strange_key_and_a_wrong_signature_are_refused_alike(key: Authenticator, browser: Open) -> None:
    stranger = Authenticator(user_handle=key.user_handle)
    forged = Authenticator(user_handle=key.user_handle, credential_id=key.credential_id)
    nobody = replace(key, user_handle=b"lgn_00000000000000000000000000")
    answers = [enter(browser(), each)[1] for each in (stranger, forged, nobody)]
    assert len({(each["code"], each["detail"]) for each in answers}) == 1 and answers[0]["code"] == "passkey_refused"


def test_a_counter_that_goes_back_is_refused(key: Authenticator, browser: Open) -> None:
    copy = replace(key)
    assert enter(browser(), key)[0] == 201 and enter(browser(), key)[0] == 201
    assert enter(browser(), copy)[1]["code"] == "passkey_counter"
    assert enter(browser(), key)[0] == 201, "the right one still works"


def test_a_key_that_counts_nothing_works_again_and_again(anne: Browser, browser: Open) -> None:
    key = Authenticator(counts=False)
    assert add(anne, key)[0] == 201
    assert [enter(browser(), key)[0] for _ in range(2)] == [201, 201]


def test_a_new_passkey_is_of_this_site_for_this_question_and_verifies(anne: Browser) -> None:
    codes = {
        "passkey_origin": add(anne, Authenticator(origin="https://evil.example")),
        "passkey_challenge": add(anne, Authenticator(), challenge=text(b"x" * 32)),
        "passkey_refused": add(anne, Authenticator(rp_id="evil.example")),
    }
    assert {code: answer[1]["code"] for code, answer in codes.items()} == {code: code for code in codes}
    assert add(anne, Authenticator(verifies=False))[1]["code"] == "passkey_refused"
    assert anne.send("GET", "/passkeys")[1]["items"] == []


def test_a_question_that_is_too_old_is_answered_in_vain(key: Authenticator, browser: Open) -> None:
    late = browser()
    question = asked(late)
    ctx = platform_context("test")
    place = tickets._key(ctx, tickets.PASSKEY, question["token"])
    stored = single.take(ctx, place)
    assert stored is not None
    single.put(ctx, replace(stored, expires_at=int(ctx.now.timestamp()) - 1))
    assert enter(late, key, question)[1]["code"] == "token_invalid"


@pytest.mark.parametrize("credential", [
    {}, {"response": "x"}, {"response": {"clientDataJSON": "%%%"}}, {"response": {"clientDataJSON": text(b"[]")}},
    {"id": 7, "response": {"clientDataJSON": "A" * 9000}}])
def test_what_is_no_answer_is_refused(anne: Browser, browser: Open, credential: Any) -> None:
    guest = browser()
    status, refused = guest.send("POST", "/passkeys/sessions", {"token": asked(guest)["token"], "credential": credential})
    assert (status, refused["code"]) == (400, "passkey_malformed")
    question = begun(anne)
    status, refused = anne.send("POST", "/passkeys", {"token": question["token"], "credential": credential, "name": "x"})
    assert (status, refused["code"]) == (400, "passkey_malformed")


def test_the_question_of_one_purpose_serves_no_other(anne: Browser, key: Authenticator, browser: Open) -> None:
    proof = anne.send("POST", "/passkeys/proofs/questions", {})[1]
    assert enter(browser(), key, proof)[1]["code"] == "token_invalid"
    question = asked(browser())
    body = {"token": question["token"], "credential": key.get(question["options"])}
    assert anne.send("POST", "/passkeys/proofs", body)[1]["code"] == "token_invalid"


def test_somebody_elses_passkey_is_not_found(key: Authenticator, anne: Browser, browser: Open, firm: Firm) -> None:
    [mine] = anne.send("GET", "/passkeys")[1]["items"]
    invited = {"email": f"l{firm.tenant_id}@givree.example", "name": "Luc", "role": "owner"}
    assert anne.send("POST", "/invitations", invited)[0] == 201
    firm.deliver_mails()
    from tests.tenants.conftest import token_in_mail

    luc = browser()
    token = token_in_mail(f"l{firm.tenant_id}@givree.example")
    assert luc.send("POST", "/invitations/accept", {"token": token, "password": PASSWORD})[0] == 201
    assert luc.send("GET", "/passkeys")[1]["items"] == []
    assert luc.send("PUT", f"/passkeys/{mine['id']}", {"name": "à moi"})[0] == 404
    assert luc.send("POST", "/passkeys/proofs/questions", {})[1]["code"] == "no_passkey"


def test_a_disabled_person_does_not_come_in(key: Authenticator, anne: Browser, browser: Open, firm: Firm) -> None:
    from chalicelib.storage import read
    from chalicelib.storage.transaction import Transaction
    from chalicelib.tenants.model import USER

    ctx = firm.ctx()
    user = read.get(ctx, USER, firm.owner_id)
    transaction = Transaction(ctx)
    transaction.save(USER, user, replace(user, is_active=False))
    transaction.commit()
    assert enter(browser(), key)[1]["code"] == "passkey_refused"


def test_tries_are_limited(key: Authenticator, browser: Open) -> None:
    forged = Authenticator(user_handle=key.user_handle, credential_id=key.credential_id)
    codes = [enter(browser(), forged)[1]["code"] for _ in range(11)]
    assert codes[:10] == ["passkey_refused"] * 10 and codes[10] == "too_many_attempts"


def test_a_person_keeps_ten_at_most(anne: Browser, firm: Firm, key: Authenticator) -> None:
    ctx = platform_context("test")
    [known] = passkeys.of_login(ctx, key.user_handle.decode())
    for n in range(9):
        passkeys._put(ctx, replace(known, id=f"psk_{n}", version=0, credential_id=text(b"%d" % n)))
    assert anne.send("POST", "/passkeys/registrations", {"password": PASSWORD})[1]["code"] == "too_many_passkeys"
    assert raw_of(text(b"a")) == b"a" and keys.platform(ctx, "PASSKEYS", "x").pk == "P#PASSKEYS#x"


@pytest.mark.parametrize(("address", "party"), [
    ("http://127.0.0.1:8350", ("localhost", "http://localhost:8350")), ("http://[::1]:8350", ("localhost", "http://localhost:8350")),
    ("https://app.comptoir.example", ("app.comptoir.example", "https://app.comptoir.example")),
    ("http://localhost:8000", ("localhost", "http://localhost:8000"))])
def test_whom_a_passkey_is_for_follows_from_the_portals_address(
    engine: Any, monkeypatch: pytest.MonkeyPatch, address: str, party: tuple[str, str]
) -> None:
    present = replace(settings.settings(), public_url=address)
    monkeypatch.setattr(passkeys, "settings", lambda: present)
    found = passkeys.relying_party()
    assert (found.id, found.origin) == party
