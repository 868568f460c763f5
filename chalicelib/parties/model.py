"""Shapes and pure decisions of parties."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from stdnum import exceptions as stdnum_errors
from stdnum.eu import vat
from stdnum.fr import siren as siren_number
from stdnum.fr import siret as siret_number

from chalicelib.kernel.address import Address as Address
from chalicelib.kernel.documents import Document, Guard
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.shapes import Row, command, entity
from chalicelib.kernel.text import as_line, is_line

_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,190}\.[^@\s.\x00-\x1f]{2,24}")
MAX_TEXT = 200
MAX_NOTE = 5_000
MAX_ADDRESSES = 20
_TEXTS = ("name", "company_name", "phone", "locale")
_ADDRESS_TEXTS = ("name", "company_name", "line1", "line2", "postal_code", "city", "region", "phone")
_COUNTRY = re.compile(r"[A-Z]{2}")


@entity
class Customer:
    """A person or firm that buys. `email_key` is the keyed hash under which the e-mail is unique."""

    id: str
    name: str
    company_name: str = ""
    email: str = ""
    email_key: str = ""
    phone: str = ""
    siren: str = ""
    siret: str = ""
    vat_number: str = ""
    billing_address: Address = Address()
    shipping_addresses: tuple[Address, ...] = ()
    locale: str = "fr"
    tags: tuple[str, ...] = ()
    note: str = ""
    credit_limit: Decimal | None = None
    is_active: bool = True
    created_at: datetime | None = None
    updated_at: datetime | None = None
    version: int = 0


@command
class CustomerBody:
    """What a person can say of a customer."""

    name: str
    company_name: str = ""
    email: str = ""
    phone: str = ""
    siren: str = ""
    siret: str = ""
    vat_number: str = ""
    billing_address: Address = Address()
    shipping_addresses: tuple[Address, ...] = ()
    locale: str = "fr"
    tags: tuple[str, ...] = ()
    note: str = ""
    credit_limit: Decimal | None = None
    is_active: bool = True


@entity
class CustomerRow(Row):
    name: str
    company_name: str
    email: str
    city: str
    country_code: str
    siren: str
    is_active: bool


CUSTOMER = Document(
    kind="customer", prefix="cus", model=Customer,
    summary=lambda c: {"name": c.name[:60], "company_name": c.company_name[:60], "email": c.email[:80],
                       "city": c.billing_address.city[:40], "country_code": c.billing_address.country_code,
                       "siren": c.siren, "is_active": c.is_active},
    by_list=lambda c: ("CUSTOMER", f"{(c.company_name or c.name).lower()[:60]}#{c.id}"),
    guards=lambda c: tuple(Guard(kind, value) for kind, value in (("customer_email", c.email_key),
                                                                  ("customer_siren", c.siren)) if value),
    personal=frozenset({"name", "company_name", "email", "phone", "siren", "siret", "vat_number", "billing_address",
                        "shipping_addresses", "note"}))


def normal_email(email: str) -> str:
    """The e-mail as it is compared: trimmed, lower case. Raises Invalid when it is none; "" stays ""."""
    found = email.strip().lower()
    if found and not _EMAIL.fullmatch(found):
        raise Invalid("email", "This is not an e-mail address.", {"email": "name@domain"})
    return found


def is_country(code: str) -> bool:
    """Whether it has the form of an ISO 3166-1 alpha-2 code."""
    return bool(_COUNTRY.fullmatch(code))


def check_siren(siren: str) -> str:
    """The SIREN without blanks; raises Invalid when its Luhn check fails (INSEE)."""
    if not siren:
        return ""
    try:
        return str(siren_number.validate(siren))
    except stdnum_errors.ValidationError:
        raise Invalid("siren", f"{siren} is not a SIREN: nine digits with a check digit.", {"siren": "check digit"}) from None


def clipped(address: Address) -> Address:
    """A foreign address as we can keep it: texts as lines of our length, a country code that is none left out."""
    texts = {name: as_line(getattr(address, name), MAX_TEXT) for name in _ADDRESS_TEXTS}
    return replace(address, **texts, country_code=address.country_code if is_country(address.country_code) else "")


def _check_sizes(customer: Customer) -> None:
    """Raises Invalid for what is longer, or more, than a customer's record holds."""
    addresses = (customer.billing_address, *customer.shipping_addresses)
    for name in _TEXTS:
        if len(getattr(customer, name)) > MAX_TEXT:
            raise Invalid("too_long", f"{name} has at most {MAX_TEXT} characters.", {name: "too long"})
    if not all(is_line(getattr(each, name)) for each, names in ((customer, _TEXTS), *((a, _ADDRESS_TEXTS) for a in addresses))
               for name in names):
        raise Invalid("not_a_line", "Names and lines of addresses are one line each.", {"name": "one line"})
    if any(len(getattr(address, name)) > MAX_TEXT for address in addresses for name in _ADDRESS_TEXTS):
        raise Invalid("too_long", f"A line of an address has at most {MAX_TEXT} characters.", {"billing_address": "too long"})
    if len(customer.note) > MAX_NOTE:
        raise Invalid("too_long", f"A note has at most {MAX_NOTE} characters.", {"note": "too long"})
    if len(addresses) > MAX_ADDRESSES or len(customer.tags) > 50 or any(len(tag) > 50 for tag in customer.tags):
        raise Invalid("too_many", "A customer has at most 20 addresses and 50 short tags.", {"tags": "too many"})
    if customer.credit_limit is not None and not 0 <= customer.credit_limit <= Decimal(10) ** 12:
        raise Invalid("credit_limit", "A credit limit is 0 or more.", {"credit_limit": "0 or more"})


def checked(customer: Customer) -> Customer:
    """The customer with identifiers checked and derived (a SIRET holds its SIREN). Raises Invalid."""
    if not (customer.name.strip() or customer.company_name.strip()):
        raise Invalid("name", "A customer has a name.", {"name": "required"})
    _check_sizes(customer)
    siret, siren, vat_number = customer.siret, customer.siren, customer.vat_number
    if siret:
        try:
            siret = str(siret_number.validate(siret))
        except stdnum_errors.ValidationError:
            raise Invalid("siret", "This is not a SIRET.", {"siret": "check digit"}) from None
        siren = siren or siret[:9]
        if check_siren(siren) != siret[:9]:
            raise Invalid("siret", "SIRET and SIREN do not belong together.", {"siret": "SIREN"})
    if vat_number:
        try:
            vat_number = str(vat.validate(vat_number))
        except stdnum_errors.ValidationError:
            raise Invalid("vat_number", "This is not a VAT number of the Union.", {"vat_number": "check digit"}) from None
    for address in (customer.billing_address, *customer.shipping_addresses):
        if address.country_code and not is_country(address.country_code):
            raise Invalid("country_code", "Countries are codes of ISO 3166-1.", {"country_code": "two capitals"})
    return replace(customer, name=customer.name.strip(), siren=check_siren(siren), siret=siret, vat_number=vat_number,
                   email=normal_email(customer.email))
