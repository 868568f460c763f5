"""What the API says of tenants where it is no stored document: sessions, people without their credentials, list rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from chalicelib.kernel.shapes import Row, entity
from chalicelib.kernel.standing import Standing
from chalicelib.tenants.roles import Holder


@entity
class SessionUser:
    """The person who is signed in."""

    id: str
    name: str
    email: str
    totp_enabled: bool
    passkey_count: int
    warehouse_ids: tuple[str, ...]
    channel_ids: tuple[str, ...]


@entity
class SessionTenant:
    """The tenant as its people know it."""

    id: str
    name: str
    status: str
    locale: str
    time_zone: str
    currency: str
    country_code: str
    environment: str
    requests_per_minute: int
    standing: Standing
    created_at: datetime


@entity
class SessionFeatures:
    """What this installation offers besides."""

    dev_mail: bool
    loopback_connections: bool


@entity
class SessionSupport:
    """That an operator of the platform is inside, by whose consent, until when, and whether they may change anything."""

    access_id: str
    operator_name: str
    consented_by: str
    ends_at: datetime
    may_write: bool


@entity
class SignedInView:
    """Who came in. `csrf_token` goes back in `X-CSRF-Token` with every change; it is None for an API key. `support` is there
    when an operator is inside; `support_requests` is how many operators wait for an answer, for who may give it."""

    status: Literal["signed_in"]
    csrf_token: str | None
    role: str | None
    role_names: Mapping[str, str] | None
    user: SessionUser | None
    tenant: SessionTenant
    permissions: tuple[str, ...]
    locale: str
    support: SessionSupport | None
    support_requests: int
    features: SessionFeatures


@entity
class SessionActor:
    kind: str
    id: str
    name: str


@entity
class SessionCompany:
    legal_name: str
    trade_name: str


@entity
class SessionView(SignedInView):
    """The same for whoever calls, with the company."""

    actor: SessionActor
    company: SessionCompany


@entity
class TenantChoice:
    id: str
    name: str


@entity
class AskedView:
    """Signing in goes on: with a one-time code, or with the choice of a tenant, and this `challenge`."""

    status: Literal["totp_required", "tenant_required"]
    challenge: str
    tenants: tuple[TenantChoice, ...]


@entity
class JoinedView:
    """The invitation is accepted; sign in to come in."""

    status: Literal["joined"]
    email: str
    tenant_id: str


@entity
class OpenSession:
    """One of the caller's sessions. `device` is the browser and system its user agent names, "" when it names none."""

    id: str
    user_id: str
    created_at: datetime
    last_seen_at: datetime
    ends_at: datetime
    source_ip: str
    user_agent: str
    device: str
    is_current: bool


@entity
class PasskeyView:
    """One of the caller's passkeys. `is_synced`: its provider keeps it on several devices."""

    id: str
    version: int
    name: str
    is_synced: bool
    created_at: datetime
    last_used_at: datetime | None


@entity
class ProofView:
    """Stands for password and code once."""

    proof: str


@entity
class Accepted:
    status: Literal["accepted"]


@entity
class Enrolment:
    """The secret for an authenticator, shown once, and the token that confirming it wants within ten minutes."""

    secret: str
    otpauth_uri: str
    enrolment: str


@entity
class RoleView:
    """A role with its labels, what it may do, and what an API key of it may. `is_grantable` says that the caller may give it;
    `holder_count` how many have it, None for a built-in one."""

    role: str
    version: int
    is_builtin: bool
    en: str
    fr: str
    description: str
    permissions: tuple[str, ...]
    for_keys: tuple[str, ...]
    is_grantable: bool
    holder_count: int | None


@entity
class RoleDetail(RoleView):
    """The same with who has it: users, open invitations and API keys; of a role of the tenant's own."""

    holders: tuple[Holder, ...]


@entity
class UserView:
    """A user without the names of their credentials."""

    id: str
    version: int
    email: str
    name: str
    role: str
    is_active: bool
    locale: str
    warehouse_ids: tuple[str, ...]
    channel_ids: tuple[str, ...]
    totp_enabled: bool
    passkey_count: int
    joined_at: datetime
    last_sign_in_at: datetime | None


@entity
class UserRow(Row):
    name: str
    email: str
    role: str
    state: Literal["active", "disabled"]
    totp_enabled: bool
    is_limited: bool


@entity
class InvitationView:
    """An invitation without its token."""

    id: str
    version: int
    state: str
    email: str
    name: str
    role: str
    warehouse_ids: tuple[str, ...]
    channel_ids: tuple[str, ...]
    locale: str
    invited_by: str
    created_at: datetime
    expires_at: datetime
    allowed_actions: tuple[str, ...]


@entity
class InvitationRow(Row):
    name: str
    email: str
    role: str
    state: str
    expires_at: datetime


@entity
class InvitationFacts:
    """What the page of an invitation's link shows."""

    company: str
    email: str
    name: str
    role: str
    locale: str
    expires_at: datetime
    has_login: bool


@entity
class ApiKeyView:
    """A key without its secrets; when it was used is right to a quarter of an hour. After a rotation the former secret is
    good until `previous_until`, and `former_secret_used_at` tells whether a program still comes with it."""

    id: str
    version: int
    name: str
    role: str
    permissions: tuple[str, ...]
    warehouse_ids: tuple[str, ...]
    channel_ids: tuple[str, ...]
    last4: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    rotated_at: datetime | None
    previous_until: datetime | None
    last_used_at: datetime | None
    former_secret_used_at: datetime | None


@entity
class NewKeyView(ApiKeyView):
    """The same with the key's whole text, told this once."""

    key: str


@entity
class ApiKeyRow(Row):
    name: str
    role: str
    last4: str
    is_revoked: bool
    is_limited: bool
    expires_at: datetime | None
    last_used_at: datetime | None


@entity
class SignInRow(Row):
    user_id: str
    user_name: str
    at: datetime
    source_ip: str
    user_agent: str
    device: str
    outcome: str


@entity
class SignUpAccepted:
    """`sign_up` names it, for asking that the mail be sent again."""

    status: Literal["accepted"]
    sign_up: str


@entity
class SignUpFacts:
    """What the link of a sign-up's mail is about. `has_login`: the person has a password already and proves it by that."""

    company: str
    email: str
    name: str
    locale: str
    expires_at: datetime
    has_login: bool


@entity
class SignUpCountry:
    """What a company of a country can choose; `chart` "" where none exists."""

    country_code: str
    chart: str
    vat_regimes: tuple[str, ...]


@entity
class SignUpChoices:
    currencies: tuple[str, ...]
    countries: tuple[SignUpCountry, ...]
