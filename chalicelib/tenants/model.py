"""The shapes of tenants and the pure decisions about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from datetime import datetime
from decimal import Decimal

from stdnum import iban, luhn
from stdnum.eu import vat
from stdnum.fr import siren, siret

from chalicelib.kernel.documents import Document, Guard
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.ids import derived_id
from chalicelib.kernel.shapes import command, entity
from chalicelib.kernel.standing import Standing
from chalicelib.kernel.states import Transitions
from chalicelib.tenants.checks import check_country, check_locale, check_name, check_time_zone, failed, identifier, normal_email

COMPANY_ID = "company"
FRANCHISE = "franchise"
VAT_REGIMES = ("normal", "simplified", FRANCHISE)
"""How a French company stands to VAT: CGI art. 287 (normal), 302 septies A (simplified, for years that begin before 2027),
293 B (exemption for small businesses: it charges none)."""

INVITATION_TRANSITIONS: Transitions = {
    ("pending", "accept"): "accepted",
    ("pending", "resend"): "pending",
    ("pending", "revoke"): "revoked",
}


@entity
class RoleGrant:
    """What a role of the tenant's own is called and may do."""

    name_fr: str
    name_en: str
    permissions: tuple[str, ...]


@entity
class Tenant:
    """A customer of Comptoir. `owner_ids` is who holds the role owner, kept here so that taking it from the last one is
    refused in the same transaction, whoever else is changing roles; `roles` is what each role of the tenant's own may do, kept
    here because every request reads this document, as is `standing`, what the subscription lets it do; `environment` is live,
    test or demo; `requests_per_minute` is what operations granted beyond the plan, 0 for the plan's own."""

    id: str
    version: int = 0
    name: str
    status: str = "active"
    locale: str = "fr"
    time_zone: str = "Europe/Paris"
    currency: str = "EUR"
    country_code: str = "FR"
    environment: str = "live"
    owner_ids: tuple[str, ...] = ()
    roles: Mapping[str, RoleGrant] = field(default_factory=dict)
    requests_per_minute: int = 0
    standing: Standing = Standing()
    created_at: datetime


@entity
class PostalAddress:
    """EN 16931 BG-5, the seller's postal address."""

    street: str = ""
    additional_street: str = ""
    postal_code: str = ""
    city: str = ""
    country_code: str = "FR"


@entity
class Company:
    """The legal entity, with what French invoices must mention (Code de commerce R. 123-237, CGI ann. II 242 nonies A).

    `share_capital` is in the tenant's currency; `rcs_city` is the registry ("RCS Annecy"). Under the regime `franchise` it
    sells without VAT."""

    id: str = COMPANY_ID
    version: int = 0
    legal_name: str
    trade_name: str = ""
    legal_form: str = ""
    siren: str = ""
    siret: str = ""
    vat_number: str = ""
    rcs_city: str = ""
    share_capital: Decimal | None = None
    address: PostalAddress = PostalAddress()
    phone: str = ""
    email: str = ""
    website: str = ""
    iban: str = ""
    vat_regime: str = "normal"


@entity
class User:
    """A person in this tenant. `login_id` names the credentials, which one person keeps across tenants; `email_key` is
    the keyed hash of the e-mail; `warehouse_ids` and `channel_ids` are what they are limited to, none: to nothing; sessions
    begun before `sessions_valid_from` are over. One who was erased has neither e-mail nor `login_id`."""

    id: str
    version: int = 0
    email: str
    email_key: str
    login_id: str
    name: str
    role: str
    is_active: bool = True
    locale: str = ""
    warehouse_ids: tuple[str, ...] = ()
    channel_ids: tuple[str, ...] = ()
    totp_enabled: bool = False
    passkey_count: int = 0
    sessions_valid_from: datetime | None = None
    joined_at: datetime


@entity
class Invitation:
    """A place kept for somebody until `expires_at`. Only the digest of the token in the mail is stored."""

    id: str
    version: int = 0
    state: str = "pending"
    email: str
    email_key: str
    name: str
    role: str
    warehouse_ids: tuple[str, ...] = ()
    channel_ids: tuple[str, ...] = ()
    locale: str = "fr"
    token_hash: str
    invited_by: str
    created_at: datetime
    expires_at: datetime


@entity
class ApiKey:
    """A program's way in. Only the digest of its secret is stored; `last4` lets people tell their keys apart. After a rotation
    the former secret is good until `previous_until`."""

    id: str
    version: int = 0
    name: str
    role: str
    permissions: tuple[str, ...] = ()
    warehouse_ids: tuple[str, ...] = ()
    channel_ids: tuple[str, ...] = ()
    secret_hash: str
    last4: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    previous_secret_hash: str = ""
    previous_until: datetime | None = None
    rotated_at: datetime | None = None


@entity
class SignIn:
    """One attempt to sign in, for the audit: who, when, from where, how it ended."""

    id: str
    version: int = 0
    user_id: str
    user_name: str
    at: datetime
    source_ip: str
    user_agent: str
    outcome: str


TENANT: Document[Tenant] = Document("tenant", "", Tenant, lambda t: {"name": t.name, "status": t.status})
COMPANY: Document[Company] = Document("company", "", Company, lambda c: {"legal_name": c.legal_name}, schema_version=2,
                                      upcasters={1: lambda value: value})
USER: Document[User] = Document(
    "user", "usr", User,
    lambda u: {"name": u.name[:80], "email": u.email[:120], "role": u.role, "state": "active" if u.is_active else "disabled",
               "totp_enabled": u.totp_enabled},
    by_list=lambda u: ("USER", f"{u.joined_at:%Y-%m-%d}#{u.id}"),
    guards=lambda u: (Guard("user_email", u.email_key),) if u.email_key else (),
    personal=frozenset({"email"}))
INVITATION: Document[Invitation] = Document(
    "invitation", "inv", Invitation,
    lambda i: {"name": i.name[:80], "email": i.email[:120], "role": i.role, "state": i.state,
               "expires_at": i.expires_at.isoformat()},
    by_list=lambda i: ("INVITATION", f"{i.created_at:%Y-%m-%d}#{i.id}"),
    guards=lambda i: (Guard("invitation_email", i.email_key),) if i.state == "pending" else (),
    personal=frozenset({"email"}))
API_KEY: Document[ApiKey] = Document(
    "api_key", "key", ApiKey,
    lambda k: {"name": k.name[:80], "role": k.role, "last4": k.last4, "is_revoked": k.revoked_at is not None,
               "expires_at": k.expires_at.isoformat() if k.expires_at else None},
    by_list=lambda k: ("API_KEY", f"{k.created_at:%Y-%m-%d}#{k.id}"),
)
SIGN_IN: Document[SignIn] = Document(
    "sign_in", "sgn", SignIn,
    lambda s: {"user_id": s.user_id, "user_name": s.user_name[:80], "at": s.at.isoformat(), "source_ip": s.source_ip,
               "user_agent": s.user_agent[:120], "outcome": s.outcome},
    by_list=lambda s: ("SIGN_IN", f"{s.at:%Y-%m-%dT%H:%M:%S.%f}#{s.id}"),
)


@command
class NewTenant:
    """What a tenant begins with: its own facts, its company and its first owner."""

    name: str
    tenant_id: str = ""
    owner_email: str
    owner_name: str
    owner_password: str
    locale: str = "fr"
    time_zone: str = "Europe/Paris"
    currency: str = "EUR"
    country_code: str = "FR"
    environment: str = "live"


@command
class ChangeCompany:
    """The company as it shall be; a field left out becomes empty."""

    legal_name: str
    trade_name: str = ""
    legal_form: str = ""
    siren: str = ""
    siret: str = ""
    vat_number: str = ""
    rcs_city: str = ""
    share_capital: Decimal | None = None
    address: PostalAddress = PostalAddress()
    phone: str = ""
    email: str = ""
    website: str = ""
    iban: str = ""
    vat_regime: str = "normal"


@command
class ChangeSettings:
    """The tenant's settings as they shall be. The currency is not among them: amounts already stand in it."""

    name: str
    locale: str
    time_zone: str
    country_code: str


@command
class InviteUser:
    email: str
    name: str
    role: str
    warehouse_ids: tuple[str, ...] = ()
    channel_ids: tuple[str, ...] = ()
    locale: str = ""


@command
class ChangeUser:
    """A user's name, role, language, warehouses, and whether they may come in at all."""

    name: str
    role: str
    is_active: bool = True
    locale: str = ""
    warehouse_ids: tuple[str, ...] = ()
    channel_ids: tuple[str, ...] = ()


@command
class NewApiKey:
    """`permissions` narrows the role; `expires_at` None means until revoked."""

    name: str
    role: str
    permissions: tuple[str, ...] = ()
    warehouse_ids: tuple[str, ...] = ()
    channel_ids: tuple[str, ...] = ()
    expires_at: datetime | None = None


@command
class RotateApiKey:
    """How long the former secret is good besides the new one, 0 to 168 hours."""

    overlap_hours: int = 24


def changed_company(old: Company, body: ChangeCompany) -> Company:
    """The company after the change, its identifiers checked (SIREN, SIRET: Luhn; VAT; IBAN) and consistent.

    Raises Invalid: `identifier_invalid`, or `identifier_mismatch` when SIRET or French VAT number name another SIREN."""
    number = identifier("siren", body.siren, siren)
    place = identifier("siret", body.siret, siret)
    vat_number = identifier("vat_number", body.vat_number, vat)
    if number and place and not place.startswith(number):
        raise failed("siret", "belongs to another SIREN", "identifier_mismatch")
    if number and vat_number.startswith("FR") and luhn.is_valid(vat_number[4:]) and vat_number[4:] != number:
        raise failed("vat_number", "belongs to another SIREN", "identifier_mismatch")
    if body.share_capital is not None and body.share_capital < 0:
        raise failed("share_capital", "not negative")
    check_country(body.address.country_code)
    if body.vat_regime not in VAT_REGIMES:
        raise failed("vat_regime", f"one of {', '.join(VAT_REGIMES)}")
    return replace(
        old, legal_name=check_name(body.legal_name, "legal_name"), trade_name=body.trade_name.strip(),
        legal_form=body.legal_form.strip(), siren=number, siret=place, vat_number=vat_number,
        rcs_city=body.rcs_city.strip(), share_capital=body.share_capital, address=body.address,
        phone=body.phone.strip(), email=normal_email(body.email) if body.email.strip() else "",
        website=body.website.strip(), iban=identifier("iban", body.iban, iban), vat_regime=body.vat_regime)


def changed_settings(old: Tenant, body: ChangeSettings) -> Tenant:
    """The tenant with other settings. Raises Invalid."""
    return replace(old, name=check_name(body.name), locale=check_locale(body.locale),
                   time_zone=check_time_zone(body.time_zone), country_code=check_country(body.country_code))


def owners_after(owner_ids: Iterable[str], user_id: str, is_owner: bool) -> tuple[str, ...]:
    """Who owns the tenant after a change to one user. Raises Conflict `last_owner` when nobody would."""
    others = [owner for owner in owner_ids if owner != user_id]
    after = (*others, user_id) if is_owner else tuple(others)
    if not after:
        raise Conflict("last_owner", "A company keeps at least one active owner; make somebody else owner first.")
    return after


def user_of(tenant_id: str, invitation: Invitation, login_id: str, at: datetime) -> User:
    """The user an accepted invitation makes: the same invitation always makes the same user."""
    return User(
        id=derived_id("usr", tenant_id, invitation.id), email=invitation.email, email_key=invitation.email_key,
        login_id=login_id, name=invitation.name, role=invitation.role, locale=invitation.locale,
        warehouse_ids=invitation.warehouse_ids, channel_ids=invitation.channel_ids, joined_at=at)
