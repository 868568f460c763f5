"""Connecting a shop: create, test, change its rules, pause, resume, rotate its webhook secret, remove."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.channels import bindings, desired, leaving, notifying, pushing, shops
from chalicelib.channels.model import (
    CONNECTION,
    CONNECTION_TRANSITIONS,
    ChangeConnection,
    Connection,
    NewConnection,
    ShopFinding,
    ShopTaxRate,
    check_rules,
    connection_id_of,
    normal_base_url,
)
from chalicelib.channels.pace import Pace
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid, LimitExceeded
from chalicelib.kernel.scope import WAREHOUSE
from chalicelib.kernel.states import next_state
from chalicelib.runtime import secrets
from chalicelib.runtime.settings import settings
from chalicelib.storage import steps, write
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants import service as tenants
from chalicelib.tenants.selling import entitlements
from connectors import PLATFORMS, connector
from connectors.contract import Connector, ConnectorError, Finding, OverBudget, ProbeResult
from connectors.targets import pin, split_target

IN_FLIGHT_SECONDS = 30
"""Longer than a request may last."""

LAG_LAST = 1000
LAG_MOST = 5000
WEBHOOK_WARNINGS = ("webhooks_missing", "webhooks_disabled")
SECRETS = ("sealed_credentials", "sealed_webhook_secret", "sealed_former_webhook_secret")


def create(ctx: Context, body: NewConnection) -> tuple[Connection, str]:
    """A new connection, tested, its webhooks registered; and its webhook secret, told this once.

    What stands in the way is named in `missing`, and the connection is `failing` until a test finds nothing missing. Sent
    again after an interruption, it goes on with the shop. Raises Invalid for rules or an address that cannot be, Conflict
    when the shop is connected already, Forbidden `plan_limit_channels`.
    """
    check_rules(body)
    if body.platform not in PLATFORMS:
        raise Invalid("platform", f"There is no connector for {body.platform}.", {"platform": f"one of {PLATFORMS}"})
    check_credentials(body.platform, body.credentials)
    base_url = check_target(normal_base_url(body.base_url))
    connection_id, secret, part = connection_id_of(body.platform, base_url), secrets.random_token(ctx), ctx.step("create")
    if steps.is_done(part):
        begun = shops.get(ctx, connection_id)
        gone_on = begun if begun.missing else ensure_webhooks(ctx, begun)
        return gone_on, secrets.decrypt(ctx, begun.sealed_webhook_secret)
    known = shops.all_connections(ctx)
    if connection_id not in [each.id for each in known]:
        entitlements.require_channel(ctx, len(known))
    probed = _probed(shops.open_with(ctx, body.platform, base_url, dict(body.credentials), connection_id,
                                     shops.usual_rate(body.platform), urgent=True))
    connection = with_probe(ctx, Connection(
        id=connection_id, name=body.name.strip(), platform=body.platform, base_url=base_url,
        sealed_credentials=secrets.encrypt(ctx, codec.compact(body.credentials)),
        sealed_webhook_secret=secrets.encrypt(ctx, secret), warehouse_ids=body.warehouse_ids,
        safety_buffer=body.safety_buffer, backorder_policy=body.backorder_policy,
        order_number_prefix=body.order_number_prefix, vat_rate_default=body.vat_rate_default,
        price_list_id=body.price_list_id, push_stock=body.push_stock, push_prices=body.push_prices, created_at=ctx.now,
        is_webhook_secret_known=False), probed)
    transaction = Transaction(part)
    connection = transaction.create(CONNECTION, connection, lambda: Conflict(
        "shop_connected", "This shop is connected already.", {"base_url": "connected already"}))
    transaction.put(shops.entry(ctx, connection.id))
    transaction.emit("ConnectionCreated", "connection", connection.id, 1, {"name": connection.name})
    transaction.answers(201, "connection", connection.id, 1)
    transaction.commit()
    return connection if connection.missing else ensure_webhooks(ctx, connection), secret


def check_credentials(platform: str, given: Mapping[str, str]) -> None:
    """Raises Invalid, field by field, when something is missing that the platform asks for, or cannot be what it asks for."""
    asked = connector(platform).capabilities.credentials
    fields = {}
    for each in asked:
        value = given.get(each.name, "")
        if not value and each.is_required:
            fields[f"credentials.{each.name}"] = "required"
        elif value and (len(value) > 500 or (each.pattern and not re.fullmatch(each.pattern, value))):
            fields[f"credentials.{each.name}"] = "not of the expected form"
    fields |= {f"credentials.{name}": "not asked for" for name in given if name not in {each.name for each in asked}}
    if fields:
        raise Invalid("validation", "Some fields are not as they should be.", fields)


def platforms() -> list[dict[str, Any]]:
    """The platforms that can be connected, and what each asks for."""
    return [{"platform": name, "has_webhooks": able.webhooks,
             "credentials": [{"name": each.name, "is_required": each.is_required, "is_secret": each.is_secret}
                             for each in able.credentials]}
            for name in PLATFORMS for able in (connector(name).capabilities,)]


def once(ctx: Context, act: Callable[[], tuple[Connection, str]], present: Callable[[Connection], Mapping[str, Any]],
         status: int) -> dict[str, Any]:
    """Does what has an effect at the shop as well as here, and answers the connection as `present` shows it, with the
    secret, told this once. Asked again under the same key, it answers alike. Raises Conflict `in_flight` while the first is
    at it."""
    steps.begin(ctx)
    with steps.claimed(ctx, IN_FLIGHT_SECONDS):
        connection, secret = act()
        return {**steps.finish(ctx, present(connection), status), "webhook_secret": secret}


def check_target(base_url: str) -> str:
    """The address itself when it may be called: public and https, or loopback where the settings allow it.

    Raises Invalid `base_url`. The same check runs again at every call, for a name may point elsewhere tomorrow.
    """
    try:
        pin(split_target(base_url), settings().allow_loopback)
    except ConnectorError as refusal:
        raise Invalid("base_url", f"This address cannot be used: {refusal.message}.",
                      {"base_url": refusal.message}) from None
    return base_url


def _probed(shop: Connector) -> ProbeResult:
    """What a test of the shop finds. Raises LimitExceeded `shop_budget` when our own budget of calls is spent: the shop is
    not to blame, and nothing was found out."""
    try:
        return shop.probe()
    except OverBudget as spent:
        raise LimitExceeded("shop_budget", "The calls agreed for this shop are spent for the moment; try again soon.",
                            ceil(spent.retry_after_seconds or 1)) from None


def with_probe(ctx: Context, connection: Connection, probed: ProbeResult) -> Connection:
    """The connection with what a test found; facts of an earlier test stay when this one could not read them."""
    missing = tuple(map(_finding, probed.missing))
    tested = replace(connection, missing=missing, checked_at=ctx.now, warnings=tuple(map(_finding, probed.warnings)))
    if probed.platform_version:
        tested = replace(
            tested, platform_version=probed.platform_version, currency=probed.currency,
            prices_include_tax=probed.prices_include_tax,
            tax_rates=tuple(ShopTaxRate(external_id=r.external_id, country_code=r.country, percent=r.percent, name=r.name,
                                        tax_class=r.tax_class) for r in probed.tax_rates[:200]))
    if connection.state == "paused":
        return tested
    return replace(tested, state="failing" if missing else "active")


def _finding(found: Finding) -> ShopFinding:
    return ShopFinding(code=found.code, message=found.message[:300],
                       parameters={name: value[:100] for name, value in found.parameters.items()})


def ensure_webhooks(ctx: Context, connection: Connection) -> Connection:
    """Has the shop send us its webhooks, signed with the current secret. What it refuses becomes something missing, never
    an error of the caller; a rotated secret that the shop has not taken yet is offered again."""
    without = tuple(f for f in connection.missing if f.code != "webhooks_not_registered")
    rotate = not connection.is_webhook_secret_known
    try:
        secret = secrets.decrypt(ctx, connection.sealed_webhook_secret)
        shop = shops.open_shop(ctx, connection, urgent=True)
        hooks = shop.ensure_webhooks(shops.webhook_url(ctx, connection.id), secret, rotate)
        if not all(hook.active for hook in hooks):
            raise ConnectorError("the shop keeps a webhook of ours switched off")
        warnings = tuple(f for f in connection.warnings if f.code not in WEBHOOK_WARNINGS)
        found = replace(connection, missing=without, warnings=warnings, is_webhook_secret_known=True)
    except OverBudget:
        return connection
    except ConnectorError as problem:
        finding = ShopFinding(code="webhooks_not_registered", message=problem.message[:300],
                              parameters={"reason": problem.code})
        found = replace(connection, missing=(*without, finding))
    if found == connection:
        return connection
    if found.state != "paused":
        found = replace(found, state="failing" if found.missing else "active")
    return shops.save_quietly(ctx, connection, found)


def look_after(ctx: Context, connection: Connection) -> Connection:
    """What time does for a connection: what was missing is looked for again, webhooks that were switched off are revived."""
    if any(finding.code != "webhooks_not_registered" for finding in connection.missing):
        try:
            tested = with_probe(ctx, connection, _probed(shops.open_shop(ctx, connection, urgent=True)))
        except LimitExceeded:
            return connection
        if tested.missing != connection.missing:
            connection = shops.save_quietly(ctx, connection, tested)
    return ensure_webhooks(ctx, connection)


def _saved(ctx: Context, old: Connection, new: Connection, event: str) -> Connection:
    transaction = Transaction(ctx)
    saved = _changed(transaction, old, new, event)
    transaction.commit()
    return saved


def _changed(transaction: Transaction, old: Connection, new: Connection, event: str) -> Connection:
    saved = transaction.save(CONNECTION, old, new)
    transaction.emit(event, "connection", saved.id, saved.version, {"name": saved.name})
    transaction.answers(200, "connection", saved.id, saved.version)
    return saved


def update(ctx: Context, old: Connection, body: ChangeConnection) -> Connection:
    """Other rules, and other credentials when given; these are tested. Raises Invalid, Stale, Forbidden `beyond_scope` when a
    warehouse comes or goes that the caller is not limited to."""
    check_rules(body)
    ctx.scope.check_each(WAREHOUSE, {*body.warehouse_ids} ^ {*old.warehouse_ids})
    rules: dict[str, Any] = {name: getattr(body, name) for name in ChangeConnection.__dataclass_fields__
                             if name != "credentials"}
    new = replace(old, **{**rules, "name": body.name.strip()})
    if body.credentials is not None:
        check_credentials(old.platform, body.credentials)
        new = replace(new, sealed_credentials=secrets.encrypt(ctx, codec.compact(body.credentials)))
        new = with_probe(ctx, new, _probed(shops.open_shop(ctx, new, urgent=True)))
    saved = _saved(ctx, old, new, "ConnectionUpdated")
    return ensure_webhooks(ctx, saved) if body.credentials is not None else saved


def pause(ctx: Context, connection: Connection) -> Connection:
    """Nothing is imported or pushed any more; deliveries are answered and forgotten, for polling finds them again."""
    state = next_state(CONNECTION_TRANSITIONS, connection.state, "pause")
    return _saved(ctx, connection, replace(connection, state=state), "ConnectionPaused")


def resume(ctx: Context, connection: Connection) -> Connection:
    """Works again: what happened meanwhile is polled, and every quantity is pushed anew."""
    state = next_state(CONNECTION_TRANSITIONS, connection.state, "resume")
    return _saved(ctx, connection, replace(connection, state=state), "ConnectionResumed")


def test(ctx: Context, connection: Connection) -> Connection:
    """Looks at the shop again and registers webhooks that are missing or were switched off."""
    tested = with_probe(ctx, connection, _probed(shops.open_shop(ctx, connection, urgent=True)))
    saved = _saved(ctx, connection, tested, "ConnectionUpdated")
    return ensure_webhooks(ctx, saved) if not tested.missing else saved


def rotate_secret(ctx: Context, connection: Connection) -> tuple[Connection, str]:
    """A new webhook secret, told this once; the former is accepted for two more days.

    Ours is stored first, so that no delivery signed with the new one is ever refused. When the shop does not take it, that
    is named in `missing`, it is offered again, and the one the shop knows stays good. Raises Stale.
    """
    part = ctx.step("rotate")
    if steps.is_done(part):
        return ensure_webhooks(ctx, connection), secrets.decrypt(ctx, connection.sealed_webhook_secret)
    secret = secrets.random_token(ctx)
    known = connection.is_webhook_secret_known
    former = connection.sealed_webhook_secret if known else connection.sealed_former_webhook_secret
    transaction = Transaction(part)
    saved = _changed(transaction, connection, replace(
        connection, sealed_webhook_secret=secrets.encrypt(ctx, secret), webhook_secret_rotated_at=ctx.now,
        is_webhook_secret_known=False, sealed_former_webhook_secret=former), "ConnectionUpdated")
    transaction.commit()
    return ensure_webhooks(ctx, saved), secret


def remove(ctx: Context, connection: Connection) -> None:
    """Takes the connection away; its orders keep its id, and the shop keeps what it shows. What it leaves behind (`clear`)
    is cleared away at once, by a message."""
    transaction = Transaction(ctx)
    transaction.remove(CONNECTION, connection)
    transaction.delete(shops.entry_key(ctx, connection.id))
    transaction.put(leaving.farewell_item(ctx, leaving.farewell(ctx, connection)))
    transaction.emit("ConnectionRemoved", "connection", connection.id, connection.version, {"name": connection.name})
    transaction.commit()


def clear(ctx: Context, connection_id: str) -> None:
    """What a removed connection leaves behind: its bindings, what it should show and what waits to be told; and its webhooks
    at the shop, which are deleted now, or when it answers again (`farewells`). Repeating it goes on; a connection that was
    made again meanwhile keeps what there is."""
    if shops.find(ctx, connection_id) is not None or not bindings.unbind_all(ctx, connection_id):
        return
    rows = [pushing.row_key(ctx, connection_id, row.sku) for row in pushing.all_shown(ctx, connection_id)]
    notes = [pushing.note_key(ctx, connection_id, note.sku, note.event_id)
             for note in pushing.waiting_notes(ctx, connection_id)]
    errands = notifying.keys_of(ctx, connection_id)
    write.many(ctx, [], [*rows, *notes, *errands, shops.pace_key(ctx, connection_id), shops.sync_key(ctx, connection_id)])
    left = leaving.find(ctx, connection_id)
    if left is not None:
        leaving.leave(ctx, left)


# -- what is shown ---------------------------------------------------------------------------------------------------


def shown(ctx: Context, connection: Connection) -> dict[str, Any]:
    """The connection as people see it: no secret, its health, its webhook address."""
    plain = codec.plain(connection)
    body = {name: value for name, value in plain.items() if name not in SECRETS}
    return {"webhook_secret": None, **body, "webhook_url": shops.webhook_url(ctx, connection.id),
            **health(ctx, [connection.id])[connection.id]}


def health(ctx: Context, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """How connections feel: failures in a row, until when each is left alone, when it was last in touch, its lag over the
    newest measurements."""
    return {i: _feels(ctx, i, pace, sync) for i, (pace, sync) in shops.states(ctx, ids).items()}


def _feels(ctx: Context, connection_id: str, pace: Pace, sync: shops.SyncState) -> dict[str, Any]:
    last = max((at for at in (sync.last_synced_at, pace.last_success_at) if at is not None), default=None)
    lag = desired.figures(connection_id, pushing.measurements(ctx, connection_id, LAG_LAST))
    return {"failure_count": pace.failure_count + sync.failure_count, "last_error": pace.last_error or sync.last_error,
            "last_error_code": pace.last_error_code or sync.last_error_code,
            "left_alone_until": pace.open_until.isoformat() if pace.open_until and pace.is_open(ctx.now) else None,
            "last_synced_at": last.isoformat() if last else None,
            "lag_p50_seconds": _text(lag.p50_seconds), "lag_p99_seconds": _text(lag.p99_seconds)}


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def listed(ctx: Context, rows: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The list's rows with each connection's health."""
    known = health(ctx, [str(row["id"]) for row in rows])
    return [{**row, **known[str(row["id"])]} for row in rows]


def lags(ctx: Context, last: int = LAG_LAST) -> list[dict[str, Any]]:
    """p50 and p99 of each channel's newest measurements, from sale to shown."""
    answer = []
    for connection in shops.all_connections(ctx):
        found = desired.figures(connection.id, pushing.measurements(ctx, connection.id, last))
        answer.append({"name": connection.name, **codec.plain(found)})
    return answer


def lag_days(ctx: Context, connection: Connection) -> list[desired.LagDay]:
    """How late one shop was told, day by day, over its newest 5,000 measurements of thirty days."""
    zone = ZoneInfo(tenants.tenant(ctx).time_zone)
    return desired.by_day(pushing.measurements(ctx, connection.id, LAG_MOST), zone)


def stock_of(ctx: Context, connection: Connection, start: str = "") -> dict[str, Any]:
    """What the shop should show and shows, SKU by SKU, and how much waits to be told. A SKU that waits is not shown as it
    should be, whatever was wanted of it last."""
    found = pushing.shown(ctx, connection.id, start)
    waiting = pushing.waiting_notes(ctx, connection.id)
    late = {note.sku for note in waiting}
    items = [{**codec.plain(row), "is_shown": row.is_shown and row.sku not in late} for row in found]
    return {"items": items, "waiting_count": len(waiting), "cursor": found[-1].sku if len(found) == 1000 else None}
