"""What a new company says of itself, and the pure decisions about it: which charts, VAT regimes and currencies there are,
whether its numbers are right, which first fiscal year and which company follow."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from stdnum import luhn
from stdnum.eu import vat
from stdnum.fr import siren

from chalicelib.kernel.documents import Document
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.ids import derived_id
from chalicelib.kernel.shapes import command, entity
from chalicelib.kernel.states import Transitions
from chalicelib.kernel.tax import EU_MEMBERS
from chalicelib.tenants.checks import (
    check_country,
    check_locale,
    check_name,
    check_time_zone,
    failed,
    identifier,
    normal_email,
)
from chalicelib.tenants.model import FRANCHISE, VAT_REGIMES, Company, PostalAddress, Tenant, User

LIFE = timedelta(hours=24)
KEPT = timedelta(days=8)
MAX_SENDS = 4
FRENCH = ("FR", "GP", "GF", "MQ", "RE", "YT", "MC")
"""France, its overseas departments and Monaco keep their books by the French chart and identify firms by SIREN."""
CHARTS: Mapping[str, tuple[str, ...]] = {"fr_pcg": FRENCH}
"""The charts of accounts that exist, each with the countries it is offered in."""
CURRENCIES = ("EUR", "CHF", "GBP", "USD", "CAD", "SEK", "DKK", "NOK", "PLN", "CZK", "HUF", "RON", "JPY", "AUD", "NZD", "XPF",
              "XOF", "XAF", "MAD", "TND")
SIMPLIFIED_ENDS = date(2027, 1, 1)
"""Fiscal years that begin from here on have no simplified regime any more (loi 2025-127 of 14 February 2025, art. 38)."""

TRANSITIONS: Transitions = {("pending", "resend"): "pending", ("pending", "confirm"): "confirmed"}


@command
class NewSignUp:
    """A company that wants to begin, and the person who will own it. Either number names a French company; the other
    follows from it. `chart` "" keeps no books for now; `fiscal_year_starts_on` is the first day of the running year."""

    email: str
    name: str
    company_name: str
    country_code: str = "FR"
    siren: str = ""
    vat_number: str = ""
    currency: str = "EUR"
    chart: str = "fr_pcg"
    vat_regime: str = "normal"
    fiscal_year_starts_on: date
    time_zone: str = "Europe/Paris"
    locale: str = "fr"


@entity
class SignUp:
    """A company before it exists: it stands under the tenant that it will be. Only the digest of the mail's token is stored."""

    id: str
    version: int = 0
    state: str = "pending"
    email: str
    name: str
    company_name: str
    country_code: str
    siren: str = ""
    vat_number: str = ""
    currency: str
    chart: str
    vat_regime: str
    fiscal_year_starts_on: date
    time_zone: str
    locale: str
    token_hash: str
    sends: int = 1
    created_at: datetime
    expires_at: datetime


SIGN_UP: Document[SignUp] = Document("sign_up", "sgu", SignUp, lambda s: {"state": s.state},
                                     expires_at=lambda s: s.created_at + KEPT,
                                     personal=frozenset({"email", "name", "company_name"}))


def chart_of(country_code: str) -> str:
    """The chart that a company of this country keeps its books by, "" where there is none."""
    return next((chart for chart, countries in CHARTS.items() if country_code in countries), "")


def regimes_of(country_code: str, starts_on: date) -> tuple[str, ...]:
    """The VAT regimes a company of this country may be under in a year that begins then."""
    if country_code not in FRENCH:
        return ("normal",)
    return tuple(each for each in VAT_REGIMES if each != "simplified" or starts_on < SIMPLIFIED_ENDS)


def year_end(starts_on: date) -> date:
    """The last day of a fiscal year of twelve months that begins in the month of `starts_on`."""
    year, month = (starts_on.year + 1, starts_on.month - 1) if starts_on.month > 1 else (starts_on.year, 12)
    return date(year, month, calendar.monthrange(year, month)[1])


def _numbers(body: NewSignUp) -> tuple[str, str]:
    """SIREN and VAT number, checked and completed by one another. Raises Invalid `identifier_missing`,
    `identifier_invalid` or `identifier_mismatch`.

    A French VAT number is FR, a key of two digits and the SIREN; the key is (12 + 3 × (SIREN mod 97)) mod 97
    (python-stdnum, `stdnum.fr.siren.to_tva`). A firm under the exemption for small businesses need not have one."""
    is_french = body.country_code in FRENCH
    number = identifier("siren", body.siren, siren) if is_french else ""
    vat_number = identifier("vat_number", body.vat_number, vat) if body.country_code in EU_MEMBERS or is_french \
        else body.vat_number.strip()[:30]
    if is_french and vat_number.startswith("FR") and luhn.is_valid(vat_number[4:]):
        if number and vat_number[4:] != number:
            raise failed("vat_number", "belongs to another SIREN", "identifier_mismatch")
        number = vat_number[4:]
    if is_french and not number:
        raise failed("siren", "the SIREN or the VAT number is needed", "identifier_missing")
    if is_french and not vat_number and body.vat_regime != FRANCHISE:
        vat_number = f"FR{siren.to_tva(number)}"
    if body.country_code in EU_MEMBERS and not vat_number and not is_french:
        raise failed("vat_number", "is needed", "identifier_missing")
    return number, vat_number


def _one_of(field: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise failed(field, "not one that is offered here", "not_offered")
    return value


def _first_day(starts_on: date, today: date) -> date:
    if not today - timedelta(days=366) < starts_on <= today:
        raise failed("fiscal_year_starts_on", "a day of the last twelve months", "fiscal_year")
    return starts_on


def checked(body: NewSignUp, today: date) -> Mapping[str, Any]:
    """The facts of a sign-up in their normal form; `today` is the company's. Raises Invalid with every field that is
    wrong, under the code of the one thing when it is one."""
    country = body.country_code
    checks: Mapping[str, Callable[[], Any]] = {
        "email": lambda: normal_email(body.email), "name": lambda: check_name(body.name),
        "company_name": lambda: check_name(body.company_name, "company_name"),
        "country_code": lambda: check_country(country), "numbers": lambda: _numbers(body),
        "currency": lambda: _one_of("currency", body.currency, CURRENCIES),
        "chart": lambda: _one_of("chart", body.chart, tuple(dict.fromkeys(("", chart_of(country))))),
        "vat_regime": lambda: _one_of("vat_regime", body.vat_regime, regimes_of(country, body.fiscal_year_starts_on)),
        "fiscal_year_starts_on": lambda: _first_day(body.fiscal_year_starts_on, today),
        "time_zone": lambda: check_time_zone(body.time_zone), "locale": lambda: check_locale(body.locale),
    }
    found: dict[str, Any] = {}
    wrong: list[Invalid] = []
    for name, check in checks.items():
        try:
            found[name] = check()
        except Invalid as error:
            wrong.append(error)
    if len(wrong) == 1:
        raise wrong[0]
    if wrong:
        raise Invalid("validation", "Several answers are not right yet.",
                      {field: text for error in wrong for field, text in error.fields.items()})
    number, vat_number = found.pop("numbers")
    return {**found, "siren": number, "vat_number": vat_number}


def founded(sign_up: SignUp, tenant_id: str, login_id: str, email_key: str, at: datetime) -> tuple[Tenant, Company, User]:
    """Tenant, company and owner that a confirmed sign-up makes: the same sign-up always makes the same."""
    user_id = derived_id("usr", tenant_id, sign_up.id)
    tenant = Tenant(
        id=tenant_id, name=sign_up.company_name, locale=sign_up.locale, time_zone=sign_up.time_zone,
        currency=sign_up.currency, country_code=sign_up.country_code, owner_ids=(user_id,), created_at=at)
    company = Company(
        legal_name=sign_up.company_name, siren=sign_up.siren, vat_number=sign_up.vat_number, vat_regime=sign_up.vat_regime,
        address=PostalAddress(country_code=sign_up.country_code))
    owner = User(id=user_id, email=sign_up.email, email_key=email_key, login_id=login_id, name=sign_up.name, role="owner",
                 joined_at=at)
    return tenant, company, owner


def sent_again(sign_up: SignUp, token_hash: str, at: datetime) -> SignUp:
    """The sign-up after its mail was asked for again: the former link is dead, the new one good for a day, within what is
    kept."""
    return replace(sign_up, token_hash=token_hash, sends=sign_up.sends + 1,
                   expires_at=min(at + LIFE, sign_up.created_at + KEPT))
