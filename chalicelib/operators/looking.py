"""The platform's reads inside tenants, all of them: one place, so that what an operator sees without consent can be read here.

Each is done in the tenant's own context, so the guard of storage holds as everywhere: no query is without a tenant. What comes
out are names of the tenant itself, counts, states and instants; no document of its business leaves this module.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from chalicelib.channels import shops
from chalicelib.events.routing import RECEIVES_BEFORE_DEAD
from chalicelib.kernel import codec
from chalicelib.kernel.context import OPERATORS, PLATFORM, Actor, Context
from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.ledger import checkpoints, rolling
from chalicelib.operators.model import TENANT_FILE, Fault, TenantFile, TenantHealth, Used
from chalicelib.runtime import secrets, sessions
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction
from chalicelib.subscriptions import service as subscriptions
from chalicelib.subscriptions import usage as uses
from chalicelib.tenants.checks import check_tenant_id

RECENT = 20
"""Audit records that are looked through for the last thing that somebody of the tenant did."""
NEW_A_TIME = 25
"""Tenants that the list has not seen yet and looks up while somebody waits; the others follow with the schedule."""


def inside(ctx: Context, tenant_id: str) -> Context:
    """The same work inside a tenant: its actor stays who they are. Raises NotFound for what cannot be a tenant's id."""
    try:
        check_tenant_id(tenant_id)
    except Invalid:
        raise NotFound("tenant") from None
    return replace(ctx, tenant_id=tenant_id, blind_key=secrets.blind_key(tenant_id))


def backstage(ctx: Context) -> Context:
    """The same work in the operators' own partition."""
    return replace(ctx, tenant_id=OPERATORS, blind_key=secrets.blind_key(OPERATORS))


def _health(ctx: Context) -> TenantHealth:
    connections = shops.all_connections(ctx)
    states = shops.states(ctx, [each.id for each in connections]) if connections else {}
    failing = sum(each.state == "failing" or states[each.id][0].is_open(ctx.now) for each in connections)
    unbalanced = uncounted = 0
    for year in checkpoints.years(ctx):
        numbers = [balance for period in rolling.kept_periods(ctx, year.id, whole=True).values() for balance in period.items()]
        debit, credit = (sum(value for name, value in numbers if name.startswith(side)) for side in ("d", "c"))
        unbalanced += debit != credit
        uncounted += rolling.behind(ctx, year)
    kept = faults(ctx)
    return TenantHealth(
        connections=len(connections), connections_failing=failing,
        quarantined=read.count(ctx, "by_due", "DUE#quarantine"), pushes_failed=read.count(ctx, "by_due", "DUE#push_failed"),
        webhooks_off=sum(row["state"] != "active" for row in read.query(ctx, "by_list", "WEBHOOK_ENDPOINT", limit=100).items),
        webhooks_waiting=read.count(ctx, "by_due", "DUE#webhook"), jobs_open=read.count(ctx, "by_due", "DUE#job"),
        unbalanced_years=unbalanced, entries_uncounted=uncounted, faults=len(kept),
        dead_letters=sum(each.is_dead for each in kept))


def faults(ctx: Context) -> list[Fault]:
    """What consumers of the tenant could not do, newest first: the kind of each and the error's class, no content."""
    notes = [(item.key.sk, codec.load(item.data)) for item in read.every_item(ctx, "FAILED_EVENT#all")]
    found = [Fault(id=name, where=each["consumer"], what=each["type"], error=each["error"], attempts=int(each["attempts"]),
                   at=datetime.fromisoformat(each["failed_at"]), correlation_id=each["correlation_id"],
                   is_dead=int(each["attempts"]) >= RECEIVES_BEFORE_DEAD) for name, each in notes]
    return sorted(found, key=lambda fault: fault.at, reverse=True)


def _last_activity(ctx: Context) -> datetime | None:
    """When somebody of the tenant, or one of its programs and shops, last changed something or signed in."""
    page = read.query(ctx, "by_list", "AUDIT", limit=RECENT)
    return next((datetime.fromisoformat(str(row["at"])) for row in page.items if row["actor_kind"] != "operator"), None)


def look(ctx: Context, tenant_id: str) -> TenantFile:
    """A tenant as it stands now, which the list knows from here on. Raises NotFound."""
    there = inside(ctx, tenant_id)
    tenant, subscription = subscriptions.load(there)
    counted, limits = uses.measure(there, subscription), uses.limits(subscription)
    used = {"seats": counted.users, "channels": counted.channels, "orders": counted.orders,
            "storage_bytes": counted.storage_bytes}
    found = TenantFile(
        id=tenant.id, name=tenant.name, status=tenant.status, environment=tenant.environment, country_code=tenant.country_code,
        locale=tenant.locale, created_at=tenant.created_at, plan=subscription.plan, state=subscription.state,
        access=tenant.standing.access, is_held=subscription.held_at is not None, trial_ends_at=subscription.trial_ends_at,
        users=counted.users, invitations=counted.invitations, last_activity_at=_last_activity(there), looked_at=ctx.now,
        usage=tuple(Used(what=what, used=used[what], limit=limit) for what, limit in limits.items()), health=_health(there))
    return _keep(ctx, found)


def _keep(ctx: Context, found: TenantFile) -> TenantFile:
    """What the list shows from now on; whoever looked at the same moment saw the same."""
    here = backstage(ctx).step(f"look:{found.id}:{ctx.chance.token(6).hex()}")
    here = replace(here, actor=Actor("system", "operators"), support=None)
    old = read.find(here, TENANT_FILE, found.id)
    transaction = Transaction(here)
    saved = transaction.save(TENANT_FILE, old, found) if old else transaction.create(TENANT_FILE, found)
    try:
        transaction.commit()
    except Conflict:
        return read.get(here, TENANT_FILE, found.id)
    return saved


def forget(ctx: Context, tenant_id: str) -> None:
    """A tenant that is gone stands in no list."""
    here = replace(backstage(ctx).step(f"forget:{tenant_id}:{ctx.chance.token(6).hex()}"), actor=Actor("system", "operators"))
    old = read.find(here, TENANT_FILE, tenant_id)
    if old is not None:
        transaction = Transaction(here)
        transaction.remove(TENANT_FILE, old)
        try:
            transaction.commit()
        except Conflict:
            return


def _ids(ctx: Context) -> Iterator[str]:
    platform = replace(ctx, tenant_id=PLATFORM, blind_key=b"")
    for shard in range(sessions.TENANT_SHARDS):
        yield from (item.key.sk for item in read.every_item(platform, f"TENANTS#{shard}"))


def catch_up(ctx: Context) -> None:
    """Looks up the first of those tenants that the list does not know yet, and takes out those that are gone."""
    known = {str(row["id"]) for row in read.every_row(backstage(ctx), "by_list", "TENANT_FILE", limit=1000)}
    there = set(_ids(ctx))
    for tenant_id in sorted(there - known)[:NEW_A_TIME]:
        try:
            look(ctx, tenant_id)
        except NotFound:
            continue
    for tenant_id in known - there:
        forget(ctx, tenant_id)


def beat(ctx: Context) -> None:
    """The schedule's visit to one tenant."""
    try:
        look(ctx, ctx.tenant_id)
    except NotFound:
        forget(ctx, ctx.tenant_id)
