"""Shapes of channels: connection, delivery, binding, sync run; their states and the pure rules about them."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

from chalicelib.kernel.documents import Document, Guard
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.ids import derived_id
from chalicelib.kernel.shapes import command, entity

BACKORDER_POLICIES = ("backorder", "refuse")
SECRET_OVERLAP = timedelta(days=2)
"""How long the former webhook secret is still accepted: deliveries under way were signed with it."""
INLINE_BODY_BYTES = 300_000
MAX_DELIVERY_BYTES = 10_000_000

CONNECTION_TRANSITIONS = {
    ("active", "pause"): "paused",
    ("failing", "pause"): "paused",
    ("paused", "resume"): "active",
    ("failing", "resume"): "active",
    ("active", "fail"): "failing",
    ("failing", "recover"): "active",
}
CONNECTION_COMMANDS = ("pause", "resume", "test", "rotate-secret", "reconcile", "import-products")
CONNECTION_ACTIONS = {**CONNECTION_TRANSITIONS, **{
    (state, name): state for state in ("active", "failing", "paused") for name in CONNECTION_COMMANDS[2:]}}
"""What people may do to a connection in each state; the last four leave it as it is."""
DELIVERY_TRANSITIONS = {
    ("received", "finish"): "done",
    ("received", "ignore"): "ignored",
    ("received", "quarantine"): "quarantined",
    ("quarantined", "replay"): "received",
    ("done", "replay"): "received",
    ("ignored", "replay"): "received",
    ("quarantined", "discard"): "ignored",
}


@entity
class ShopTaxRate:
    """A rate the shop knows; `percent` 20 means 20 %."""

    external_id: str
    country_code: str
    percent: Decimal
    name: str = ""
    tax_class: str = ""


@entity
class ShopFinding:
    """Something to put right on the shop: a stable code with its parameters, for those who have words of their own for
    it, and the shop's own sentence."""

    code: str
    message: str
    parameters: dict[str, str] = field(default_factory=dict)


@entity
class Connection:
    """One shop connected to this tenant. `sealed_*` are never shown.

    Stock shown there = available in `warehouse_ids` (all when empty) − `safety_buffer`. `missing` names what stops the
    connection; `warnings` may wait. `vat_rate_default` (percent) is used for an order line whose rate the shop does
    not tell; None sends such an order to quarantine.
    """

    id: str
    version: int = 0
    name: str
    platform: str
    base_url: str
    state: str = "active"
    sealed_credentials: str
    sealed_webhook_secret: str
    sealed_former_webhook_secret: str = ""
    webhook_secret_rotated_at: datetime | None = None
    is_webhook_secret_known: bool = True
    warehouse_ids: tuple[str, ...] = ()
    safety_buffer: Decimal = Decimal(0)
    backorder_policy: str = "backorder"
    order_number_prefix: str = ""
    vat_rate_default: Decimal | None = None
    price_list_id: str = ""
    push_stock: bool = True
    push_prices: bool = False
    requests_per_second: Decimal | None = None
    platform_version: str = ""
    currency: str = ""
    prices_include_tax: bool = False
    tax_rates: tuple[ShopTaxRate, ...] = ()
    missing: tuple[ShopFinding, ...] = ()
    warnings: tuple[ShopFinding, ...] = ()
    created_at: datetime
    checked_at: datetime | None = None


@entity
class ConnectionView:
    """A connection as people and programs see it: no secret, its health, and where its webhooks go.

    `webhook_secret` is told once, when it is made or rotated. Lag is from a sale elsewhere to its showing here.
    """

    id: str
    version: int
    name: str
    platform: str
    base_url: str
    state: str
    webhook_url: str
    webhook_secret: str | None = None
    webhook_secret_rotated_at: datetime | None
    is_webhook_secret_known: bool
    warehouse_ids: tuple[str, ...]
    safety_buffer: Decimal
    backorder_policy: str
    order_number_prefix: str
    vat_rate_default: Decimal | None
    price_list_id: str
    push_stock: bool
    push_prices: bool
    requests_per_second: Decimal | None
    platform_version: str
    currency: str
    prices_include_tax: bool
    tax_rates: tuple[ShopTaxRate, ...]
    missing: tuple[ShopFinding, ...]
    warnings: tuple[ShopFinding, ...]
    created_at: datetime
    checked_at: datetime | None
    allowed_actions: tuple[str, ...]
    failure_count: int
    last_error: str
    last_error_code: str
    left_alone_until: datetime | None
    last_synced_at: datetime | None
    lag_p50_seconds: Decimal | None
    lag_p99_seconds: Decimal | None


@entity
class Delivery:
    """One webhook (or polled order) and what became of it. Its body stays where ingress put it (`inbox_sort`).

    `problem_*` say why it is in quarantine: a stable code with its parameters, for those who have words of their own for
    it, a sentence, the place in the body, and for an unknown SKU which ones.
    """

    id: str
    version: int = 0
    connection_id: str
    source: str = "webhook"
    topic: str = ""
    delivery_id: str = ""
    external_id: str = ""
    body_hash: str = ""
    state: str = "received"
    received_at: datetime
    handled_at: datetime | None = None
    attempts: int = 0
    order_id: str = ""
    outcome: str = ""
    problem_code: str = ""
    problem_message: str = ""
    problem_path: str = ""
    problem_parameters: dict[str, str] = field(default_factory=dict)
    unknown_skus: tuple[str, ...] = ()
    inbox_sort: str = ""


@entity
class Binding:
    """Our SKU on one shop: the product (and variation) it is there. One to one within a connection."""

    id: str
    version: int = 0
    connection_id: str
    sku: str
    product_external_id: str
    variation_external_id: str = ""
    name: str = ""
    created_at: datetime

    @property
    def external_id(self) -> str:
        """What the shop calls the item whose stock and price are set."""
        return self.variation_external_id or self.product_external_id


@entity
class SyncRun:
    """One poll, reconcile or import that did something: how much, and what went wrong. `ended_at` is None while it is at it."""

    id: str
    version: int = 0
    connection_id: str
    kind: str
    started_at: datetime
    ended_at: datetime | None = None
    read_count: int = 0
    changed_count: int = 0
    problem_count: int = 0
    problem_code: str = ""
    problem: str = ""
    unknown_skus: tuple[str, ...] = ()


CONNECTION: Document[Connection] = Document(
    "connection", "con", Connection,
    lambda c: {"name": c.name[:80], "platform": c.platform, "state": c.state, "base_url": c.base_url[:150],
               "missing_count": len(c.missing)},
    by_list=lambda c: ("CONNECTION", f"{c.created_at:%Y-%m-%dT%H:%M:%S}#{c.id}"),
    guards=lambda c: (Guard("connection_url", f"{c.platform}#{c.base_url.lower()}"),),
)
DELIVERY: Document[Delivery] = Document(
    "delivery", "dlv", Delivery,
    lambda d: {"connection_id": d.connection_id, "topic": d.topic, "delivery_id": d.delivery_id[:60],
               "external_id": d.external_id, "state": d.state, "received_at": d.received_at.isoformat(),
               "outcome": d.outcome, "order_id": d.order_id, "problem_code": d.problem_code,
               "problem_message": d.problem_message[:120], "attempts": d.attempts},
    by_list=lambda d: ("DELIVERY", f"{d.received_at:%Y-%m-%dT%H:%M:%S.%f}#{d.id}"),
    by_due=lambda d: ("DUE#quarantine", f"{d.received_at:%Y-%m-%dT%H:%M:%S.%f}#{d.id}") if d.state == "quarantined" else None,
)
BINDING: Document[Binding] = Document(
    "binding", "bnd", Binding,
    lambda b: {"connection_id": b.connection_id, "sku": b.sku, "product_external_id": b.product_external_id,
               "variation_external_id": b.variation_external_id, "name": b.name[:80]},
    by_list=lambda b: (f"BINDING#{b.connection_id}", f"{b.sku}#{b.id}"),
    guards=lambda b: (
        Guard("binding", external_key(b.connection_id, b.product_external_id, b.variation_external_id), {"sku": b.sku}),
        Guard("binding_sku", sku_key(b.connection_id, b.sku),
              {"product": b.product_external_id, "variation": b.variation_external_id}),
    ),
)
SYNC_RUN: Document[SyncRun] = Document(
    "sync_run", "syn", SyncRun,
    lambda r: {"connection_id": r.connection_id, "kind": r.kind, "started_at": r.started_at.isoformat(),
               "ended_at": r.ended_at and r.ended_at.isoformat(), "read_count": r.read_count, "changed_count": r.changed_count,
               "problem_count": r.problem_count, "problem_code": r.problem_code},
    by_list=lambda r: (f"SYNC_RUN#{r.connection_id}", f"{r.started_at:%Y-%m-%dT%H:%M:%S.%f}#{r.id}"),
)


def external_key(connection_id: str, product: str, variation: str) -> str:
    """Guard value of a shop's item: found by what an order line names."""
    return f"{connection_id}#{product}#{variation}"


def sku_key(connection_id: str, sku: str) -> str:
    """Guard value of a SKU on a shop: found when its stock changes."""
    return f"{connection_id}#{sku}"


def binding_id(connection_id: str, product: str, variation: str) -> str:
    """The same shop item always has the same binding, so that importing twice changes nothing."""
    return derived_id("bnd", connection_id, product, variation)


def connection_id_of(platform: str, base_url: str) -> str:
    """The same shop is always the same connection: its orders are known again when it comes back after it was removed."""
    return derived_id("con", platform, base_url.lower())


def delivery_id_of(connection_id: str, topic: str, delivery_id: str, body_hash: str) -> str:
    """The one delivery that topic, the platform's delivery id and the body make: platforms repeat ids, and repeat
    whole deliveries; only the three together tell which is which."""
    return derived_id("dlv", connection_id, topic, delivery_id, body_hash)


@command
class NewConnection:
    """What connecting a shop needs. `credentials` is what the platform asks for (`/api/channels/platforms`)."""

    name: str
    platform: str = "woocommerce"
    base_url: str
    credentials: dict[str, str]
    warehouse_ids: tuple[str, ...] = ()
    safety_buffer: Decimal = Decimal(0)
    backorder_policy: str = "backorder"
    order_number_prefix: str = ""
    vat_rate_default: Decimal | None = None
    price_list_id: str = ""
    push_stock: bool = True
    push_prices: bool = False


@command
class ChangeConnection:
    """The connection's rules as they shall be; `credentials` only when they change."""

    name: str
    credentials: dict[str, str] | None = None
    warehouse_ids: tuple[str, ...] = ()
    safety_buffer: Decimal = Decimal(0)
    backorder_policy: str = "backorder"
    order_number_prefix: str = ""
    vat_rate_default: Decimal | None = None
    price_list_id: str = ""
    push_stock: bool = True
    push_prices: bool = False
    requests_per_second: Decimal | None = None


@command
class NewBinding:
    """Says which item of the shop one of our SKUs is."""

    sku: str
    product_external_id: str
    variation_external_id: str = ""


def check_rules(body: NewConnection | ChangeConnection) -> None:
    """Raises Invalid for a rule that cannot be followed."""
    fields = {}
    if not 1 <= len(body.name.strip()) <= 80:
        fields["name"] = "1 to 80 characters"
    if body.backorder_policy not in BACKORDER_POLICIES:
        fields["backorder_policy"] = f"one of {', '.join(BACKORDER_POLICIES)}"
    if not Decimal(0) <= body.safety_buffer <= Decimal(1_000_000):
        fields["safety_buffer"] = "0 or more"
    if body.vat_rate_default is not None and not Decimal(0) <= body.vat_rate_default < Decimal(100):
        fields["vat_rate_default"] = "a percentage below 100"
    if len(body.order_number_prefix) > 10:
        fields["order_number_prefix"] = "at most 10 characters"
    if len(body.warehouse_ids) > 50:
        fields["warehouse_ids"] = "at most 50"
    budget = body.requests_per_second if isinstance(body, ChangeConnection) else None
    if budget is not None and not Decimal("0.1") <= budget <= Decimal(50):
        fields["requests_per_second"] = "0.1 to 50"
    if fields:
        raise Invalid("validation", "Some fields are not as they should be.", fields)


def normal_base_url(text: str) -> str:
    """The shop's root in one spelling, without a trailing slash, query or fragment.

    Raises Invalid `base_url`. Whether the address is public is checked where it is resolved, at every call.
    """
    try:
        parts = urlsplit(text.strip())
        has_port = parts.port is not None
    except ValueError:
        raise _bad_url("This is no address of a shop.") from None
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username is not None or len(text) > 300:
        raise _bad_url("Give the shop's address, such as https://shop.example.")
    if parts.query or parts.fragment:
        raise _bad_url("Give the shop's address without a question mark or a hash.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{f':{parts.port}' if has_port else ''}{parts.path.rstrip('/')}"


def _bad_url(detail: str) -> Invalid:
    return Invalid("base_url", detail, {"base_url": "not the address of a shop"})


def accepts_former_secret(connection: Connection, now: datetime) -> bool:
    """Whether a delivery signed with the secret before the last rotation is still good: as long as the shop has not taken
    the new one, and two days from the rotation."""
    rotated_at = connection.webhook_secret_rotated_at
    if not connection.sealed_former_webhook_secret or rotated_at is None:
        return False
    return not connection.is_webhook_secret_known or now - rotated_at < SECRET_OVERLAP
