"""The checks of single values that several use cases of tenants share: names, e-mails, passwords, places, identifiers."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import available_timezones

from stdnum.exceptions import ValidationError

from chalicelib.kernel.errors import Invalid

LOCALES = ("fr", "en")
MIN_PASSWORD = 12
MAX_PASSWORD = 128
_EMAIL = re.compile(r"[^@\s\x00-\x1f,;<>]{1,64}@[^@\s\x00-\x1f,;<>.]+(\.[^@\s\x00-\x1f,;<>.]+)+")
_TENANT_ID = re.compile(r"[a-z0-9]([a-z0-9-]{0,46})[a-z0-9]")
_COMMON_PASSWORDS = frozenset((
    "123456789012", "1234567890123", "password1234", "passwordpassword", "motdepasse123", "motdepasse1234",
    "motdepassemotdepasse", "azertyuiop12", "azertyuiopqs", "azertyazerty", "qwertyuiop12", "qwertyuiop123",
    "qwertyqwerty", "abcdefghijkl", "abcdefgh1234", "111111111111", "000000000000", "iloveyou1234",
    "adminadminadmin", "administrator", "administrateur", "bienvenue123", "bienvenue1234", "welcome12345",
    "letmein12345", "changeme1234", "changemechangeme", "comptoir1234", "comptoircomptoir", "soleilsoleil",
))


def failed(field: str, message: str, code: str = "validation") -> Invalid:
    """What is wrong with one field, as an error of the whole."""
    return Invalid(code, f"{field}: {message}.", {field: message})


def check_name(value: str, field: str = "name", longest: int = 120) -> str:
    """A name without outer blanks; raises Invalid when it is empty, too long or holds control characters."""
    name = value.strip()
    if not 1 <= len(name) <= longest or not name.isprintable():
        raise failed(field, f"1 to {longest} printable characters")
    return name


def normal_email(value: str) -> str:
    """The e-mail as we compare it: trimmed, lower case. Raises Invalid when it cannot be one."""
    email = value.strip().lower()
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise failed("email", "not an e-mail address")
    return email


def check_password(password: str, email: str, company: str = "") -> str:
    """The password itself, if it may be one (NIST SP 800-63B §5.1.1.2: length and a list of refusals, no composition).

    Raises Invalid `password_too_short`, `password_too_long` or `password_too_common`."""
    if len(password) < MIN_PASSWORD:
        raise failed("password", f"at least {MIN_PASSWORD} characters", "password_too_short")
    if len(password) > MAX_PASSWORD:
        raise failed("password", f"at most {MAX_PASSWORD} characters", "password_too_long")
    plain = password.strip().lower()
    known = {email, email.partition("@")[0], company.strip().lower(), company.replace(" ", "").lower()}
    if plain in known or plain in _COMMON_PASSWORDS or len(set(plain)) < 4:
        raise failed("password", "too easy to guess", "password_too_common")
    return password


def check_tenant_id(tenant_id: str) -> str:
    """The id, if it may stand in keys, cookies and API keys: lower-case letters, digits and hyphens."""
    if not _TENANT_ID.fullmatch(tenant_id):
        raise failed("tenant_id", "2 to 48 lower-case letters, digits or hyphens")
    return tenant_id


def check_locale(locale: str, field: str = "locale") -> str:
    """A language that the product speaks. Raises Invalid."""
    if locale not in LOCALES:
        raise failed(field, "fr or en")
    return locale


def check_time_zone(time_zone: str) -> str:
    """A time zone by its IANA name. Raises Invalid."""
    if time_zone not in available_timezones():
        raise failed("time_zone", "not a zone of the IANA database")
    return time_zone


def check_country(country_code: str) -> str:
    """A country by the two letters of ISO 3166-1. Raises Invalid."""
    if not re.fullmatch(r"[A-Z]{2}", country_code):
        raise failed("country_code", "two letters, ISO 3166-1")
    return country_code


def identifier(field: str, value: str, check: Any) -> str:
    """An identifier in its compact form; empty stays empty. Raises Invalid naming the field."""
    if not value.strip():
        return ""
    try:
        return str(check.validate(value))
    except ValidationError:
        raise failed(field, "its check digits are wrong", "identifier_invalid") from None
