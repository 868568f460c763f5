"""The tenant's carriers: set up, tested, reached. Credentials are sealed; every call passes the one HTTP function."""

from __future__ import annotations

from dataclasses import astuple, replace

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid, Unavailable
from chalicelib.kernel.text import is_line
from chalicelib.runtime import secrets
from chalicelib.runtime.settings import settings
from chalicelib.shipping.model import CARRIER, MANUAL, Carrier, CarrierBody, CarrierService, CarrierView
from chalicelib.storage import keys, single
from chalicelib.storage.transaction import Transaction
from connectors.carriers import CARRIER_PLATFORMS, carrier_connector
from connectors.carriers.contract import CarrierConnector, CarrierSettings
from connectors.errors import ConnectorError, OverBudget, Rejected, Unauthorised
from connectors.http import Clock
from connectors.targets import pin, split_target

CALLS_PER_MINUTE = 240
"""What we ask of one carrier account, every attempt counted; more waits for the next minute."""

MAX_TEXT = 200


def webhook_url(ctx: Context, carrier_id: str) -> str:
    """Where the carrier sends what it sees of parcels; the address names the tenant, so that ingress needs one read."""
    return f"{settings().public_url}/api/shipping/{ctx.tenant_id}.{carrier_id}/webhooks"


def view(ctx: Context, carrier: Carrier) -> CarrierView:
    """The carrier without its credentials."""
    return CarrierView(
        id=carrier.id, name=carrier.name, platform=carrier.platform, is_active=carrier.is_active, base_url=carrier.base_url,
        contract_id=carrier.contract_id, services=carrier.services, default_service_code=carrier.default_service_code,
        tracking_url_template=carrier.tracking_url_template, gs1_company_prefix=carrier.gs1_company_prefix,
        sender=carrier.sender, created_at=carrier.created_at, version=carrier.version,
        has_credentials=bool(carrier.sealed_credentials),
        webhook_url="" if carrier.platform == MANUAL else webhook_url(ctx, carrier.id))


def platform_of(carrier: Carrier) -> type[CarrierConnector]:
    """The connector class behind a carrier. Raises Conflict `manual_carrier` for one that has none."""
    if carrier.platform == MANUAL:
        raise Conflict("manual_carrier", f"{carrier.name} has no service to call.")
    return carrier_connector(carrier.platform)


def connect(ctx: Context, carrier: Carrier) -> CarrierConnector:
    """The carrier's connector, its credentials opened. Raises Conflict `manual_carrier` for one that has none."""
    platform = platform_of(carrier)
    credentials = codec.load(secrets.decrypt(ctx, carrier.sealed_credentials)) if carrier.sealed_credentials else {}
    return platform(CarrierSettings(
        base_url=carrier.base_url or platform.default_base_url, credentials=credentials,
        allow_loopback=settings().allow_loopback, admit=lambda: _spend(ctx, carrier.id)),
        Clock(ctx.clock.now, ctx.clock.sleep, ctx.chance.uniform))


def webhook_secret(ctx: Context, carrier: Carrier) -> str:
    """What the carrier's webhooks are signed with."""
    credentials = codec.load(secrets.decrypt(ctx, carrier.sealed_credentials)) if carrier.sealed_credentials else {}
    return str(credentials.get("secret_key", ""))


def _spend(ctx: Context, carrier_id: str) -> None:
    """Counts one call to the carrier. Raises OverBudget beyond the minute's number."""
    now = int(ctx.clock.now().timestamp())
    key = keys.child(ctx, "carrier", carrier_id, f"CALLS#{now // 60}")
    if single.count_up(ctx, key, "carrier_calls", now + 120) > CALLS_PER_MINUTE:
        raise OverBudget("the calls agreed for this carrier are spent", retry_after_seconds=60 - now % 60)


def create_carrier(ctx: Context, body: CarrierBody) -> Carrier:
    """A new carrier, tested at once when it has a service to call. Raises Invalid, Unavailable."""
    carrier = _tested(ctx, _with_body(ctx, Carrier(id=ctx.new_id(CARRIER.prefix), name="", created_at=ctx.now), body))
    tx = Transaction(ctx)
    created = tx.create(CARRIER, carrier)
    tx.emit("CarrierCreated", CARRIER.kind, created.id, 1, {"name": created.name})
    tx.answers(201, CARRIER.kind, created.id, 1)
    tx.commit()
    return created


def update_carrier(ctx: Context, carrier: Carrier, body: CarrierBody) -> Carrier:
    """Changes a carrier; credentials that are not given stay. Raises Invalid, Stale, Unavailable."""
    if body.platform != carrier.platform:
        raise Invalid("platform", "A carrier stays what it is: add another.", {"platform": "cannot change"})
    changed = _with_body(ctx, carrier, body)
    tx = Transaction(ctx)
    saved = tx.save(CARRIER, carrier, _tested(ctx, changed) if changed.is_active else changed)
    tx.emit("CarrierUpdated", CARRIER.kind, saved.id, saved.version, {"name": saved.name})
    tx.answers(200, CARRIER.kind, saved.id, saved.version)
    tx.commit()
    return saved


def _with_body(ctx: Context, carrier: Carrier, body: CarrierBody) -> Carrier:
    texts = (body.name, body.base_url, body.contract_id, body.default_service_code, body.tracking_url_template,
             *astuple(body.sender))
    if not body.name.strip() or any(len(text) > MAX_TEXT or not is_line(text) for text in texts):
        raise Invalid("name", "A carrier has a name; its texts have one line of at most 200 characters.", {"name": "one line"})
    if body.platform != MANUAL and body.platform not in CARRIER_PLATFORMS:
        raise Invalid("platform", f"A carrier is one of {', '.join((MANUAL, *CARRIER_PLATFORMS))}.", {"platform": "unknown"})
    template = body.tracking_url_template
    if template and (not template.startswith("https://") or "{number}" not in template):
        raise Invalid("tracking_url_template", "The address begins with https:// and holds {number}.",
                      {"tracking_url_template": "https://… {number}"})
    prefix = body.gs1_company_prefix
    if prefix and not (prefix.isascii() and prefix.isdecimal() and 4 <= len(prefix) <= 12):
        raise Invalid("gs1_company_prefix", "A GS1 company prefix has 4 to 12 digits.",
                      {"gs1_company_prefix": "4 to 12 digits"})
    sealed = carrier.sealed_credentials
    if body.platform != MANUAL and body.credentials:
        wanted = carrier_connector(body.platform).credential_names
        if set(body.credentials) != set(wanted) or not all(0 < len(text) <= 300 for text in body.credentials.values()):
            raise Invalid("credentials", f"This carrier asks for {', '.join(wanted)}.", {"credentials": ", ".join(wanted)})
        sealed = secrets.encrypt(ctx, codec.compact(dict(body.credentials)))
    if body.platform != MANUAL and not sealed:
        raise Invalid("credentials", "This carrier needs its keys.", {"credentials": "required"})
    return replace(
        carrier, name=body.name.strip(), platform=body.platform, is_active=body.is_active,
        base_url=_checked_target(body.base_url.rstrip("/")), sealed_credentials=sealed, contract_id=body.contract_id,
        default_service_code=body.default_service_code, tracking_url_template=template, gs1_company_prefix=prefix,
        sender=body.sender)


def _checked_target(base_url: str) -> str:
    """The address itself when it may be called; "" is the carrier's own. Raises Invalid `base_url`."""
    if base_url:
        try:
            pin(split_target(base_url), settings().allow_loopback)
        except ConnectorError as refusal:
            raise Invalid("base_url", f"This address cannot be used: {refusal.message}.",
                          {"base_url": refusal.message}) from None
    return base_url


def _tested(ctx: Context, carrier: Carrier) -> Carrier:
    """The carrier with the services its account offers. Raises Invalid `credentials` when its keys are not taken."""
    if carrier.platform == MANUAL:
        return carrier
    country = carrier.sender.country_code or "FR"
    try:
        found = connect(ctx, carrier).services(country, country)
    except (Unauthorised, Rejected) as refusal:
        raise Invalid("credentials", f"The carrier does not take these keys: {refusal.message}.",
                      {"credentials": "refused"}) from None
    except ConnectorError as trouble:
        raise Unavailable(f"The carrier does not answer: {trouble.message}.") from None
    services = tuple(CarrierService(code=each.code, name=each.name, carrier_name=each.carrier_name) for each in found[:200])
    if carrier.default_service_code and carrier.default_service_code not in {each.code for each in services}:
        raise Invalid("default_service_code", "The account does not offer this service.",
                      {"default_service_code": "unknown"})
    return replace(carrier, services=services)
