"""The pure decisions: what a password, a company and an owner may be."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.runtime import access
from chalicelib.runtime.settings import BadSettings, read
from chalicelib.tenants.checks import check_password, check_tenant_id, normal_email
from chalicelib.tenants.model import (
    ChangeCompany,
    ChangeSettings,
    Company,
    Tenant,
    changed_company,
    changed_settings,
    owners_after,
)

COMPANY = Company(legal_name="Maison Givrée")
DEPLOYED = {"COMPTOIR_STAGE": "production", "COMPTOIR_PUBLIC_URL": "https://comptoir.example"}


@pytest.mark.parametrize(("password", "code"), [
    ("court", "password_too_short"), ("x" * 129, "password_too_long"), ("anne@givree.example", "password_too_common"),
    ("Maison Givrée", "password_too_common"), ("maisongivrée", "password_too_common"),
    ("motdepasse1234", "password_too_common"), ("abababababab", "password_too_common"),
])
def test_a_password_easy_to_guess_is_refused(password: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_password(password, "anne@givree.example", "Maison Givrée")
    assert refused.value.code == code
    assert password not in str(refused.value)


def test_a_long_phrase_is_a_password() -> None:
    assert check_password("trois petits flocons", "anne@givree.example") == "trois petits flocons"


def test_a_company_keeps_its_identifiers_in_compact_form() -> None:
    found = changed_company(COMPANY, ChangeCompany(
        legal_name=" Maison Givrée SAS ", siren="732 829 320", siret="732 829 320 00074", vat_number="FR 44 732829320",
        share_capital=Decimal("10000.00"), iban="FR14 2004 1010 0505 0001 3M02 606"))
    assert (found.legal_name, found.siren, found.siret) == ("Maison Givrée SAS", "732829320", "73282932000074")
    assert (found.vat_number, found.iban) == ("FR44732829320", "FR1420041010050500013M02606")


@pytest.mark.parametrize(("field", "value", "code"), [
    ("siren", "732829321", "identifier_invalid"), ("siret", "73282932000075", "identifier_invalid"),
    ("vat_number", "FR45732829320", "identifier_invalid"), ("iban", "FR1420041010050500013M02607", "identifier_invalid"),
    ("siret", "40483304800022", "identifier_mismatch"), ("vat_number", "FR83404833048", "identifier_mismatch"),
])
def test_a_false_identifier_names_its_field(field: str, value: str, code: str) -> None:
    facts = {"legal_name": "Maison Givrée", "siren": "732829320", field: value}
    with pytest.raises(Invalid) as refused:
        changed_company(COMPANY, ChangeCompany(**facts))
    assert refused.value.code == code
    assert list(refused.value.fields) == [field]


def test_settings_name_a_real_time_zone_and_language() -> None:
    tenant = Tenant(id="t1", name="Givrée", created_at=datetime(2026, 1, 1, tzinfo=UTC))
    good = ChangeSettings(name="Givrée", locale="en", time_zone="Indian/Reunion", country_code="RE")
    assert changed_settings(tenant, good).time_zone == "Indian/Reunion"
    for wrong in ({"time_zone": "Europe/Annecy"}, {"locale": "de"}, {"country_code": "fr"}, {"name": "  "}):
        facts = {"name": "G", "locale": "fr", "time_zone": "Europe/Paris", "country_code": "FR", **wrong}
        with pytest.raises(Invalid) as refused:
            changed_settings(tenant, ChangeSettings(**facts))
        assert list(refused.value.fields) == list(wrong)


def test_the_last_owner_stays() -> None:
    assert owners_after(("usr_a", "usr_b"), "usr_a", False) == ("usr_b",)
    assert owners_after(("usr_a",), "usr_b", True) == ("usr_a", "usr_b")
    with pytest.raises(Conflict, match="at least one"):
        owners_after(("usr_a",), "usr_a", False)


@pytest.mark.parametrize("email", ["", "anne", "anne@", "@givree.example", "a b@givree.example", "a@b", "a@b..c",
                                   "x" * 250 + "@g.fr", "a@g.fr\nBcc: all@g.fr"])
def test_what_is_no_email_is_refused(email: str) -> None:
    with pytest.raises(Invalid):
        normal_email(email)


def test_an_email_is_compared_in_lower_case() -> None:
    assert normal_email("  Anne.Neige@Givree.Example ") == "anne.neige@givree.example"


@pytest.mark.parametrize("tenant_id", ["", "a", "A1", "a_b", "a#b", "a.b", "-ab", "ab-", "x" * 49])
def test_a_tenant_id_fits_keys_cookies_and_api_keys(tenant_id: str) -> None:
    with pytest.raises(Invalid):
        check_tenant_id(tenant_id)


def test_roles_grant_only_what_exists_and_sales_sees_no_cost() -> None:
    for role, held in access.ROLES.items():
        assert held <= set(access.PERMISSIONS), role
        assert set(access.ROLE_LABELS[role]) == {"fr", "en"}
    assert access.permissions_of("owner") == set(access.PERMISSIONS)
    assert "costs.read" not in access.permissions_of("sales")
    assert not any(p.endswith(("write", "manage", "adjust", "ship")) for p in access.permissions_of("read_only"))
    assert access.permissions_of("emperor") == frozenset()


def test_an_api_key_never_manages_people() -> None:
    assert access.api_key_permissions(access.ROLES["owner"]) == set(access.PERMISSIONS) - {
        "users.manage", "api_keys.manage", "data.erase", "archive.read", "support.manage"}
    assert access.api_key_permissions(access.ROLES["sales"], ("orders.read", "costs.read")) == {"orders.read"}


@pytest.mark.parametrize("more", [
    {"COMPTOIR_ALLOW_LOOPBACK": "1"}, {"COMPTOIR_MAIL_MODE": "inbox"}, {"COMPTOIR_PUBLIC_URL": "http://127.0.0.1:8000"},
    {"COMPTOIR_ALLOW_LOOPBACK": "yes"}, {"COMPTOIR_STAGE": ""},
])
def test_a_deployed_stack_refuses_what_is_for_the_laptop(more: dict[str, str]) -> None:
    assert read(DEPLOYED).secure_cookies
    with pytest.raises(BadSettings):
        read({**DEPLOYED, **more})


def test_cookies_are_insecure_only_on_plain_loopback() -> None:
    assert not read({"COMPTOIR_STAGE": "local", "COMPTOIR_PUBLIC_URL": "http://127.0.0.1:8000"}).secure_cookies
    assert read({"COMPTOIR_STAGE": "local", "COMPTOIR_PUBLIC_URL": "http://192.168.1.9:8000"}).secure_cookies
