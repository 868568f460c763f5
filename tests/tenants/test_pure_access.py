"""Who may do what, to the letter; what names, passwords, companies, sessions and limits may be."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.ids import derived_id
from chalicelib.kernel.standing import Standing
from chalicelib.kernel.states import actions_from, next_state
from chalicelib.runtime import access, sessions
from chalicelib.runtime.sessions import KeyFacts, Membership, Session, TenantFacts
from chalicelib.tenants import attempts, checks, model, tickets
from chalicelib.tenants.attempts import Limit
from chalicelib.tenants.checks import (
    check_country,
    check_locale,
    check_name,
    check_password,
    check_tenant_id,
    check_time_zone,
    normal_email,
)
from chalicelib.tenants.directory import Login
from chalicelib.tenants.model import (
    API_KEY,
    COMPANY,
    INVITATION,
    INVITATION_TRANSITIONS,
    SIGN_IN,
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
    PostalAddress,
    SignIn,
    Tenant,
    User,
    changed_company,
    changed_settings,
    owners_after,
    user_of,
)
from tests.hurry import EVEN_SECONDS

ROOT = Path(__file__).resolve().parents[2]
PLACES = {"warehouse_ids": (), "channel_ids": ()}
"""Nobody is limited who is not said to be."""

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def refusal(act: Any, *arguments: Any, **named: Any) -> tuple[str, list[str]]:
    with pytest.raises(Invalid) as refused:
        act(*arguments, **named)
    return refused.value.code, list(refused.value.fields)


def defaults(shape: type) -> dict[str, Any]:
    return {f.name: f.default for f in dataclasses.fields(shape) if f.default is not dataclasses.MISSING}


# -- roles -------------------------------------------------------------------------------------------------------------

READS = {"tenants.read", "parties.read", "catalog.read", "stock.read", "orders.read", "channels.read", "activity.read",
         "documents.read"}
PAYMENTS = {"payments.read", "payments.write"}
INVOICES = {"invoices.read", "invoices.write", "invoices.issue"}
MATRIX = {
    "sales": READS | INVOICES | {"users.read", "parties.write", "catalog.write", "pricing.read", "pricing.write",
                                 "orders.write", "orders.ship", "documents.write", "channels.manage",
                                 "payments.read",
                                 "reports.read", "reports.write"},
    "warehouse": READS | {"stock.adjust", "stock.transfer", "orders.ship", "documents.write", "carriers.manage"},
    "accountant": READS | INVOICES | PAYMENTS | {"invoices.manage", "users.read", "audit.read", "parties.write",
                                      "credit.manage", "subscription.read",
                                      "pricing.read", "costs.read", "reports.read", "reports.write", "ledger.read",
                                      "ledger.post", "ledger.manage"},
    "read_only": READS | {"payments.read", "users.read", "pricing.read", "reports.read", "ledger.read", "invoices.read"},
    "archivist": {"tenants.read", "archive.read"},
}
OWNER = {"subscription.read", "subscription.manage", "documents.read", "documents.write", "carriers.manage", *PAYMENTS,
         "tenants.read", "tenants.manage", "users.read", "users.manage", "api_keys.manage", "webhooks.manage", "audit.read",
         "operations.read", "support.manage", "parties.read", "parties.write", "credit.manage", "catalog.read", "catalog.write",
         "pricing.read", "pricing.write", "costs.read", "stock.read",
         "stock.adjust", "stock.transfer", "orders.read", "orders.write", "orders.ship", "channels.read", "channels.manage",
         "reports.read", "reports.write", "activity.read", "ledger.read", "ledger.post", "ledger.manage",
         "invoices.manage", "data.export", "data.erase", "archive.read", *INVOICES}


def test_each_role_may_do_this_and_nothing_else() -> None:
    """Written a second time on purpose: whoever widens a role does it in two places, knowingly."""
    assert dict(access.ROLES) == {"owner": OWNER, **MATRIX}
    assert set(access.PERMISSIONS) == OWNER
    assert list(access.ROLE_LABELS) == list(access.ROLES) == ["owner", "sales", "warehouse", "accountant", "read_only",
                                                                  "archivist"]
    for label in (*access.PERMISSIONS.values(), *access.ROLE_LABELS.values()):
        assert set(label) == {"en", "fr"} and all(label.values())
    for role, held in access.ROLES.items():
        assert access.permissions_of(role) == held == access.permissions_of(role, ("users.manage",))
    assert access.permissions_of("") == frozenset()
    assert access.permissions_of("rol_1", ("orders.read", "of.another.version")) == {"orders.read"}
    unknown = access.unknown_role("emperor")
    assert (unknown.code, list(unknown.fields)) == ("unknown_role", ["role"])


def test_fields_that_want_more_than_their_route() -> None:
    """Costs and credit limits, wherever they stand."""
    assert {shape: dict(fields) for shape, fields in access.FIELDS.items()} == {
        "CustomerBody": {"credit_limit": "credit.manage"}, "ShippedLine": {"cost": "costs.read"},
        "ShippedFrom": {"cost": "costs.read"},
        "OperationLineView": {"unit_cost": "costs.read"}, "Move": {"value": "costs.read", "unit_cost": "costs.read"},
        "InvoiceView": {"cost": "costs.read"},
        "LevelDetail": {"valuation": "costs.read"}, "TimelineEntry": {"data.cost": "costs.read"}}
    assert {p for fields in access.FIELDS.values() for p in fields.values()} <= set(access.PERMISSIONS)


def test_a_key_does_what_its_role_and_its_list_both_allow_and_never_people() -> None:
    assert {"users.manage", "api_keys.manage", "data.erase", "archive.read", "support.manage"} == access.PEOPLE_ONLY
    assert access.api_key_permissions(MATRIX["warehouse"]) == MATRIX["warehouse"]
    assert access.api_key_permissions(OWNER, iter(["users.manage", "orders.read"])) == {"orders.read"}
    assert access.api_key_permissions(OWNER, ["users.manage"]) == frozenset()
    assert access.api_key_permissions(MATRIX["warehouse"], ["costs.read"]) == frozenset()
    assert access.api_key_permissions(()) == frozenset()


# -- sessions and limits -----------------------------------------------------------------------------------------------


def session(created: datetime = NOON, seen: datetime = NOON) -> Session:
    return Session(id="s", user_id="u", created_at=created, last_seen_at=seen)


def test_a_session_ends_twelve_hours_after_it_was_seen_and_thirty_days_after_it_began() -> None:
    assert session().ends_at == NOON + timedelta(hours=12)
    assert session(seen=NOON + timedelta(days=3)).ends_at == NOON + timedelta(days=3, hours=12)
    assert session(seen=NOON + timedelta(days=29, hours=20)).ends_at == NOON + timedelta(days=30)
    assert (timedelta(hours=12), timedelta(days=30)) == (sessions.IDLE, sessions.ABSOLUTE)
    assert (timedelta(minutes=15), timedelta(minutes=15)) == (sessions.TOUCH_EVERY, sessions.KEY_USE_EVERY)
    assert (sessions.COOKIE, sessions.CSRF_HEADER, sessions.TENANT_SHARDS) == ("comptoir_session", "x-csrf-token", 10)


def test_the_token_is_found_among_other_cookies() -> None:
    assert sessions.token_of({"cookie": "a=1; comptoir_session=t1.usr_1.x=y; b=2"}) == "t1.usr_1.x=y"
    assert sessions.token_of({"cookie": "comptoir_session_old=1;comptoir_session=new"}) == "new"
    assert sessions.token_of({}) == sessions.token_of({"cookie": "session=1"}) == ""


@pytest.mark.parametrize(("value", "is_one"), [
    ("givree-1.usr_01ARYZ6S41AAAAAAAAAAAAAAAA." + "a" * 43, True), ("g.usr_01ARYZ6S41AAAAAAAAAAAAAAAA." + "a" * 43, False),
    ("givree.usr_01ARYZ6S41AAAAAAAAAAAAAAAA." + "a" * 42, False), ("givree.usr_01ARYZ6S41AAAAAAAAAAAAAAAA." + "a" * 44, False),
    ("Givree.usr_01ARYZ6S41AAAAAAAAAAAAAAAA." + "a" * 43, False), ("givree.key_01ARYZ6S41AAAAAAAAAAAAAAAA." + "a" * 43, False),
    ("givree.usr_01." + "a" * 43, False), ("givree.usr_01ARYZ6S41AAAAAAAAAAAAAAAA." + "a" * 42 + "!", False),
    ("givree.usr_01ARYZ6S41AAAAAAAAAAAAAAAA.", False),
    ("x" * 49 + ".usr_01ARYZ6S41AAAAAAAAAAAAAAAA." + "a" * 43, False),
])
def test_what_a_cookie_looks_like(value: str, is_one: bool) -> None:
    assert (sessions._COOKIE_VALUE.fullmatch(value) is not None) == is_one


@pytest.mark.parametrize(("value", "is_one"), [
    ("cmp_local_givree-1_01ARYZ6S41AAAAAAAAAAAAAAAA_" + "f" * 64, True),
    ("cmp_local_givree-1_01ARYZ6S41AAAAAAAAAAAAAAAA_" + "F" * 64, False),
    ("cmp_local_givree-1_01ARYZ6S41AAAAAAAAAAAAAAAA_" + "f" * 63, False),
    ("sk_local_givree-1_01ARYZ6S41AAAAAAAAAAAAAAAA_" + "f" * 64, False),
    ("cmp_local_givree-1_01ARYZ6S41AAAAAAAAAAAAAAAA_", False),
    ("cmp_local_g_01ARYZ6S41AAAAAAAAAAAAAAAA_" + "f" * 64, False),
    ("cmp__givree_01ARYZ6S41AAAAAAAAAAAAAAAA_" + "f" * 64, False),
])
def test_what_an_api_key_looks_like(value: str, is_one: bool) -> None:
    assert (sessions._API_KEY.fullmatch(value) is not None) == is_one


def test_what_a_request_assumes_of_who_asks() -> None:
    assert defaults(Session) == {"source_ip": "", "user_agent": ""}
    assert defaults(Membership) == {"is_active": True, "locale": "", "sessions_valid_from": None, **PLACES}
    assert defaults(TenantFacts) == {"status": "active", "locale": "fr", "requests_per_minute": 0, "standing": Standing()}
    assert defaults(KeyFacts) == {"permissions": (), "expires_at": None, "revoked_at": None, **PLACES,
                                  "previous_secret_hash": "", "previous_until": None}
    assert defaults(Login) == {"places": (), "version": 0}
    assert {"GET", "HEAD", "OPTIONS"} == sessions.SAFE


def test_how_often_one_may_try() -> None:
    """The product's promise: five passwords or codes in a quarter of an hour, three resets in an hour."""
    assert Limit("sign_in_email", 5, 900) == attempts.SIGN_IN_BY_EMAIL
    assert Limit("sign_in_address", 100, 900) == attempts.SIGN_IN_BY_ADDRESS
    assert Limit("code_login", 5, 900) == attempts.CODE_BY_LOGIN
    assert Limit("reset_email", 3, 3600) == attempts.RESET_BY_EMAIL
    assert Limit("reset_address", 30, 3600) == attempts.RESET_BY_ADDRESS
    assert Limit("token_address", 60, 900) == attempts.TOKEN_BY_ADDRESS


def test_how_long_a_ticket_is_good() -> None:
    assert (tickets.RESET_SECONDS, tickets.SIGN_IN_SECONDS, tickets.ENROLMENT_SECONDS, tickets.CODE_SECONDS) == (
        1800, 300, 600, 120)
    assert len({tickets.RESET, tickets.CODE, tickets.TENANT_CHOICE, tickets.TOTP_ENROLMENT}) == 4, "one use is not another"
    assert (tickets.RESET, tickets.CODE, tickets.TENANT_CHOICE, tickets.TOTP_ENROLMENT) == (
        "password_reset", "code", "tenant_choice", "totp_enrolment")
    assert tickets.invalid().code == "token_invalid" and EVEN_SECONDS == 0.35


# -- names, e-mails, passwords -----------------------------------------------------------------------------------------


def test_a_name_has_one_to_so_many_printable_characters() -> None:
    assert check_name("  Anne Neige ") == "Anne Neige" and check_name("x" * 120) == "x" * 120 and check_name("é") == "é"
    assert check_name("x" * 5, "legal_name", 5) == "xxxxx"
    for wrong in ("", "   ", "x" * 121, "a\nb", "a\x00"):
        assert refusal(check_name, wrong) == ("validation", ["name"])
    assert refusal(check_name, "x" * 6, "legal_name", 5) == ("validation", ["legal_name"])


@pytest.mark.parametrize("email", ["a@b.fr", "a.b+c@d-e.co.uk", "é@b.fr", "x" * 64 + "@g.fr", "a@" + "b" * 240 + ".example"])
def test_an_email(email: str) -> None:
    assert normal_email(f" {email.upper()} ") == email


@pytest.mark.parametrize("email", ["x" * 65 + "@g.fr", "a@" + "b" * 250 + ".example", "a@b.fr,c@d.fr", "a<b@c.fr", "a>b@c.fr",
                                   "a;b@c.fr", "a@@b.fr", "a@b .fr", "a@b\x01.fr", "a@b,c.fr", "a@.fr", "a@b.fr.", "a@b.f>"])
def test_what_is_no_email(email: str) -> None:
    assert refusal(normal_email, email) == ("validation", ["email"])


def test_the_longest_email_has_254_characters() -> None:
    """RFC 5321 §4.5.3.1.3, as RFC 3696 erratum 1690 has it."""
    longest = "a@" + "b" * (254 - 5) + ".fr"
    assert len(longest) == 254 and normal_email(longest) == longest
    assert refusal(normal_email, "a" + longest) == ("validation", ["email"])


@pytest.mark.parametrize(("password", "code"), [
    ("x1y2z3a4b5c", "password_too_short"), ("ab1" * 43, "password_too_long"), (" MotDePasse1234 ", "password_too_common"),
    ("anne.neige.givree", "password_too_common"), ("Maison Givrée SARL", "password_too_common"),
    (" maisongivréesarl ", "password_too_common"), ("abcabcabcabc", "password_too_common"),
    ("comptoir1234", "password_too_common"),
])
def test_a_password_too_easy(password: str, code: str) -> None:
    told = refusal(check_password, password, "anne.neige.givree@g.example", "Maison Givrée SARL")
    assert told == (code, ["password"])


@pytest.mark.parametrize("password", ["x1y2z3a4b5cd", "ab1d" * 32, "abcdabcdabcd", "g.example givree"])
def test_a_password_that_is_none_of_these(password: str) -> None:
    assert check_password(password, "anne@g.example", "Maison Givrée SARL") == password
    assert check_password(password, "anne@g.example") == password


def test_the_refused_passwords_are_all_long_enough_to_be_tried() -> None:
    """A list is only as good as its spelling, so its digest is frozen."""
    digest = hashlib.sha256("\n".join(sorted(checks._COMMON_PASSWORDS)).encode()).hexdigest()
    assert (len(checks._COMMON_PASSWORDS), digest[:16]) == (30, "251ca3c041b31fed")
    assert all(12 <= len(each) <= 128 and each == each.lower() for each in checks._COMMON_PASSWORDS)
    for each in checks._COMMON_PASSWORDS:
        assert refusal(check_password, each.title(), "a@b.fr")[0] == "password_too_common"
    assert (checks.MIN_PASSWORD, checks.MAX_PASSWORD, model.COMPANY_ID, checks.LOCALES) == (12, 128, "company", ("fr", "en"))


def test_ids_locales_zones_and_countries() -> None:
    for good in ("ab", "a1", "1a", "maison-givree", "x" * 48, "a" + "-" * 46 + "b"):
        assert check_tenant_id(good) == good
    for wrong in ("x", "-a", "a-", "x" * 49, "a b", "É1", "ab\n"):
        assert refusal(check_tenant_id, wrong) == ("validation", ["tenant_id"])
    assert (check_locale("fr"), check_locale("en")) == ("fr", "en")
    assert refusal(check_locale, "de") == ("validation", ["locale"]) and refusal(check_locale, "", "l") == ("validation", ["l"])
    assert check_time_zone("Europe/Paris") == "Europe/Paris"
    assert refusal(check_time_zone, "Paris") == ("validation", ["time_zone"])
    assert check_country("FR") == "FR"
    for wrong in ("fr", "F", "FRA", "F1"):
        assert refusal(check_country, wrong) == ("validation", ["country_code"])


# -- companies and people ----------------------------------------------------------------------------------------------


def company(**more: Any) -> Company:
    return changed_company(Company(legal_name="Old", version=4), ChangeCompany(**{"legal_name": "Givrée", **more}))


def test_a_company_is_what_was_sent_trimmed() -> None:
    address = PostalAddress(street="1 rue Royale", city="Annecy", postal_code="74000")
    texts = {name: f" {name} " for name in ("trade_name", "legal_form", "rcs_city", "phone", "website")}
    made = company(**texts, address=address, email=" Info@G.Example ", share_capital=Decimal(0))
    assert made == Company(legal_name="Givrée", version=4, trade_name="trade_name", legal_form="legal_form",
                           rcs_city="rcs_city", phone="phone", website="website", address=address,
                           email="info@g.example", share_capital=Decimal(0))
    assert company() == Company(legal_name="Givrée", version=4)
    assert company(siren=" ", email=" ") == company()


def test_identifiers_belong_together() -> None:
    """SIREN 732 829 320 (INSEE's example), its SIRET and its VAT number FR44; another company's are refused."""
    assert company(siren="732829320", vat_number="FR44732829320").vat_number == "FR44732829320"
    assert company(siret="73282932000074").siren == "" and company(vat_number="FR83404833048").siren == ""
    assert company(siren="732829320", vat_number="DE136695976").vat_number == "DE136695976"
    for wrong, expected in (({"siren": "732829320", "siret": "40483304800022"}, ("identifier_mismatch", ["siret"])),
                            ({"siren": "732829320", "vat_number": "FR83404833048"}, ("identifier_mismatch", ["vat_number"])),
                            ({"siren": "1"}, ("identifier_invalid", ["siren"])),
                            ({"iban": "FR14"}, ("identifier_invalid", ["iban"])),
                            ({"siret": "1"}, ("identifier_invalid", ["siret"])),
                            ({"vat_number": "FR1"}, ("identifier_invalid", ["vat_number"])),
                            ({"share_capital": Decimal("-0.01")}, ("validation", ["share_capital"])),
                            ({"address": PostalAddress(country_code="fr")}, ("validation", ["country_code"])),
                            ({"legal_name": " "}, ("validation", ["legal_name"])), ({"email": "x"}, ("validation", ["email"]))):
        assert refusal(company, **wrong) == expected, wrong


def test_settings_are_what_was_sent() -> None:
    before = Tenant(id="t1", name="Old", created_at=NOON, version=2)
    after = changed_settings(before, ChangeSettings(name=" New ", locale="en", time_zone="UTC", country_code="BE"))
    assert after == dataclasses.replace(before, name="New", locale="en", time_zone="UTC", country_code="BE")


def test_somebody_always_owns_the_company() -> None:
    assert owners_after((), "a", True) == ("a",) and owners_after(("a", "b"), "a", True) == ("b", "a")
    assert owners_after(("a",), "b", False) == ("a",)
    with pytest.raises(Conflict) as refused:
        owners_after((), "a", False)
    assert refused.value.code == "last_owner"


def invitation(**more: Any) -> Invitation:
    return Invitation(**{"id": "inv_1", "email": "luc@g.example", "email_key": "k", "name": "Luc", "role": "sales",
                         "token_hash": "h", "invited_by": "Anne", "created_at": NOON, "expires_at": NOON + timedelta(days=7),
                         **more})


def user(**more: Any) -> User:
    return User(**{"id": "usr_1", "email": "luc@g.example", "email_key": "k", "login_id": "lgn_1", "name": "Luc",
                   "role": "sales", "joined_at": NOON, **more})


def test_an_accepted_invitation_makes_one_user_however_often() -> None:
    made = user_of("t1", invitation(warehouse_ids=("w1",), locale="en"), "lgn_1", NOON)
    assert made == user(id=derived_id("usr", "t1", "inv_1"), warehouse_ids=("w1",), locale="en")
    table = {"pending": {"accept": "accepted", "revoke": "revoked", "resend": "pending"}, "accepted": {}, "revoked": {}}
    for state, row in table.items():
        assert {a: next_state(INVITATION_TRANSITIONS, state, a) for a in actions_from(INVITATION_TRANSITIONS, state)} == row


# -- shapes and rows ---------------------------------------------------------------------------------------------------


def test_what_a_company_and_its_people_assume() -> None:
    assert defaults(Tenant) == {"version": 0, "status": "active", "locale": "fr", "time_zone": "Europe/Paris",
                                "currency": "EUR", "country_code": "FR", "environment": "live",
                                "requests_per_minute": 0, "owner_ids": (), "standing": Standing()}
    assert defaults(PostalAddress) == {"street": "", "additional_street": "", "postal_code": "", "city": "",
                                       "country_code": "FR"}
    facts = {**dict.fromkeys(("trade_name", "legal_form", "siren", "siret", "vat_number", "rcs_city", "phone", "email",
                              "website", "iban"), ""), "share_capital": None, "address": PostalAddress(),
             "vat_regime": "normal"}
    assert defaults(ChangeCompany) == facts and defaults(Company) == {**facts, "id": "company", "version": 0}
    assert defaults(User) == {"version": 0, "is_active": True, "locale": "", "totp_enabled": False,
                              "sessions_valid_from": None, "passkey_count": 0, **PLACES}
    assert defaults(Invitation) == {"version": 0, "state": "pending", "locale": "fr", **PLACES}
    assert defaults(ApiKey) == {"version": 0, "permissions": (), "expires_at": None, "revoked_at": None, **PLACES,
                                "previous_secret_hash": "", "previous_until": None, "rotated_at": None}
    assert defaults(SignIn) == {"version": 0}
    assert defaults(NewTenant) == {"tenant_id": "", "locale": "fr", "time_zone": "Europe/Paris", "currency": "EUR",
                                   "country_code": "FR", "environment": "live"}
    assert defaults(InviteUser) == {"locale": "", **PLACES}
    assert defaults(ChangeUser) == {"is_active": True, "locale": "", **PLACES}
    assert defaults(NewApiKey) == {"permissions": (), "expires_at": None, **PLACES}


def test_rows_of_the_company_and_its_people() -> None:
    tenant = Tenant(id="t1", name="Givrée", created_at=NOON)
    assert TENANT.summary(tenant) == {"name": "Givrée", "status": "active"}
    assert COMPANY.summary(Company(legal_name="Givrée")) == {"legal_name": "Givrée"}
    luc = user(name="n" * 90, email="e" * 130)
    assert USER.summary(luc) == {"name": "n" * 80, "email": "e" * 120, "role": "sales", "state": "active",
                                 "totp_enabled": False}
    assert USER.summary(user(is_active=False))["state"] == "disabled"
    assert USER.by_list(luc) == ("USER", "2026-11-24#usr_1")
    assert [(g.kind, g.value) for g in USER.guards(luc)] == [("user_email", "k")]
    asked = invitation(name="n" * 90, email="e" * 130)
    assert INVITATION.summary(asked) == {"name": "n" * 80, "email": "e" * 120, "role": "sales", "state": "pending",
                                         "expires_at": (NOON + timedelta(days=7)).isoformat()}
    assert INVITATION.by_list(asked) == ("INVITATION", "2026-11-24#inv_1")
    assert [(g.kind, g.value) for g in INVITATION.guards(asked)] == [("invitation_email", "k")]
    assert INVITATION.guards(invitation(state="accepted")) == INVITATION.guards(invitation(state="revoked")) == ()
    key = ApiKey(id="key_1", name="n" * 90, role="sales", secret_hash="s", last4="abcd", created_at=NOON, created_by="Anne")
    assert API_KEY.summary(key) == {"name": "n" * 80, "role": "sales", "last4": "abcd", "is_revoked": False, "expires_at": None}
    over = API_KEY.summary(dataclasses.replace(key, revoked_at=NOON, expires_at=NOON))
    assert (over["is_revoked"], over["expires_at"]) == (True, NOON.isoformat())
    assert API_KEY.by_list(key) == ("API_KEY", "2026-11-24#key_1")
    attempt = SignIn(id="sgn_1", user_id="usr_1", user_name="n" * 90, at=NOON, source_ip="203.0.113.7", user_agent="u" * 130,
                     outcome="signed_in")
    assert SIGN_IN.summary(attempt) == {"user_id": "usr_1", "user_name": "n" * 80, "at": NOON.isoformat(),
                                        "source_ip": "203.0.113.7", "user_agent": "u" * 120, "outcome": "signed_in"}
    assert SIGN_IN.by_list(attempt) == ("SIGN_IN", "2026-11-24T12:00:00.000000#sgn_1")
    assert [(d.kind, d.prefix) for d in (TENANT, COMPANY, USER, INVITATION, API_KEY, SIGN_IN)] == [
        ("tenant", ""), ("company", ""), ("user", "usr"), ("invitation", "inv"), ("api_key", "key"), ("sign_in", "sgn")]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_role_area_of_permissions_and_domain_has_its_words_in_the_portal(language: str) -> None:
    words = json.loads((ROOT / "portal" / "src" / "i18n" / f"{language}.json").read_text(encoding="utf-8"))
    domains = {entry.parent.name for entry in (ROOT / "chalicelib").glob("*/routes*")}
    wanted = {f"area.{permission.partition('.')[0]}" for permission in access.PERMISSIONS}
    wanted |= {f"{prefix}.{role}" for prefix in ("role", "role_text") for role in access.ROLES}
    wanted |= {f"domain.{domain}" for domain in domains}
    assert len(domains) > 10
    assert sorted(wanted - words.keys()) == []
