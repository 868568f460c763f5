"""The demo of `make run`: *Maison Givrée*, three shops and a year of history, made once and opened at every start."""
from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from chalicelib.kernel.context import Context
from chalicelib.kernel.job import JOB
from chalicelib.kernel.scope import BY_HAND
from chalicelib.storage import read
from infra.local.carriers.sendcloud import SendcloudServer
from infra.local.demo.people import ASSISTANT, PASSWORD, STAFF
from infra.local.demo.range import GIFTS, PARTY, RETAIL
from infra.local.demo.shops import NAMES, DemoShop, start_carrier, start_shops
from infra.local.draining import IsRead, Say, drain, listed
from infra.local.shops.prestashop import PrestaShop

DRAIN_SECONDS = 600
SEEN_ELSEWHERE_SECONDS = 2.0
"""After which a stream that others read is taken as read, when nothing came of it."""
IMPORT_SECONDS = 300
FACTS_FILE = "demo.json"
PREFIXES = {RETAIL: "MG-", GIFTS: "GC-", PARTY: "GF-"}
NOBODY_WAITS = float("inf")
"""A demo takes longer than any request: its calls to the shops wait for their turn."""


@dataclass(frozen=True, slots=True)
class Loops:
    """The loops that follow events in this process. `start` starts them past everything written before."""

    start: Callable[[], None]
    is_read: IsRead


def open_demo(url: str, data: Path, say: Say, loops: Loops | None = None
              ) -> tuple[dict[str, Any], list[Callable[[], object]]]:
    """Starts the shops and answers what stands in demo.json, making the demo first where there is none yet. Without `loops`
    events are followed somewhere else already. Raises RuntimeError for a demo that does not come to an end."""
    shops = start_shops(data)
    carrier = start_carrier(data)
    stops: list[Callable[[], object]] = [carrier.stop, *(shop.stop for shop in shops.values())]
    path = data / FACTS_FILE
    if not path.exists():
        say("Making the demo: a company, its range, three shops and a year of orders (half a minute to a minute)")
        return _make(url, shops, carrier, say, loops), stops
    facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    carrier.webhook_url = _carrier_webhook(url, facts["tenant"], facts["carrier_id"]) if "carrier_id" in facts else ""
    if facts["url"] != url or any(c["shop_url"] != shops[c["slug"]].url for c in facts["connections"]):
        _move(facts, url, shops)
    return facts, stops


def keep(facts: dict[str, Any], data: Path) -> Path:
    """Writes demo.json whole or not at all, for its owner only; answers where it is."""
    path = data / FACTS_FILE
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(facts, indent=2, ensure_ascii=False), encoding="utf-8")
    temporary.chmod(0o600)
    temporary.replace(path)
    return path


def _carrier_webhook(url: str, tenant_id: str, carrier_id: str) -> str:
    return f"{url}/api/shipping/{tenant_id}.{carrier_id}/webhooks"


def _make(url: str, shops: dict[str, DemoShop], carrier: SendcloudServer, say: Say, loops: Loops | None) -> dict[str, Any]:
    """The past first, and all that follows from it; then the loops, and what happens today."""
    from chalicelib.channels import bindings
    from chalicelib.tenants import directory
    from chalicelib.tenants import service as tenants
    from chalicelib.tenants.model import NewApiKey
    from infra.local.demo import operating, payouts
    from infra.local.demo.following import Past, follow

    with Past() as past:
        made = _make_past(url, shops, carrier, say)
        ctx = made.ctx
        if loops:
            say("  Its papers, books and reports")
            follow(ctx, past, made.elsewhere)
            payouts.seed_payouts(ctx)
            loops.start()
            follow(ctx, past, made.elsewhere)
    _until_drained(say, loops)
    imports = [bindings.start_import(directory.apart(ctx, f"import:{slug}"), connection)
               for slug, connection, _ in made.connections]
    _until_over(ctx, [job.id for job in imports])
    _, key = tenants.create_api_key(directory.apart(ctx, "key"), NewApiKey(name="Démo", role="owner"))
    operator = operating.seed_operators(replace(ctx, now=ctx.clock.now()))
    _until_drained(say, loops)
    staff = (*STAFF, (*ASSISTANT, "assistant"))
    return {
        "url": url, "tenant": ctx.tenant_id, "carrier_id": made.carrier_id,
        "users": [{"email": email, "password": PASSWORD, "role": role} for email, _, role in staff], "api_key": key,
        "operator": operator,
        "connections": [{
            "id": connection.id, "slug": slug, "platform": connection.platform, "secret": secret,
            "webhook_url": _webhook_url(url, ctx.tenant_id, connection.id), "shop_url": shops[slug].url,
        } for slug, connection, secret in made.connections],
    }


@dataclass(frozen=True, slots=True)
class _Made:
    """The demo without its present: the owner's context, slug, connection and webhook secret of each shop, the orders that
    are in other books, the account with the carrier."""

    ctx: Context
    connections: list[tuple[str, Any, str]]
    elsewhere: frozenset[str]
    carrier_id: str


def _make_past(url: str, shops: dict[str, DemoShop], carrier: SendcloudServer, say: Say) -> _Made:
    from chalicelib.channels import connecting
    from chalicelib.channels.model import NewConnection
    from chalicelib.runtime.api import platform_context
    from chalicelib.tenants import directory
    from infra.local.demo import books, history, invoices, look, parcels, seed, subscribing

    ctx = seed.seed_tenant(replace(platform_context("demo"), deadline=NOBODY_WAITS))
    since = ctx.now - timedelta(days=history.DAYS + 5)
    look.seed_look(ctx)
    books.seed_books(ctx)
    invoices.by_hand(ctx)
    seed.seed_catalogue(ctx, since)
    warehouse_ids = seed.seed_warehouses(ctx, since)
    connections = []
    for slug, shop in shops.items():
        body = NewConnection(name=NAMES[slug], platform=shop.platform, base_url=shop.url, order_number_prefix=PREFIXES[slug],
                             credentials=shop.credentials)
        connection, secret = connecting.create(directory.apart(ctx, f"connect:{slug}"), body)
        connections.append((slug, connection, secret))
        if isinstance(shop, PrestaShop):
            shop.ping(_webhook_url(url, ctx.tenant_id, connection.id), secret)
    channels = {slug: (connection.id, connection.name) for slug, connection, _ in connections}
    shipped = seed.seed_history(ctx, warehouse_ids, channels, say)
    elsewhere = invoices.seed_invoices(ctx, shipped, channels.get(GIFTS, ("", ""))[0])
    seed.seed_work(ctx)
    seed.seed_assistant(ctx, warehouse_ids[1:], (channels[GIFTS][0], BY_HAND) if GIFTS in channels else (BY_HAND,))
    seed.seed_report(ctx)
    subscribing.subscribe(ctx)
    account = parcels.seed_parcels(ctx, carrier)
    carrier.webhook_url = _carrier_webhook(url, ctx.tenant_id, account)
    return _Made(ctx, connections, elsewhere, account)


def _webhook_url(url: str, tenant_id: str, connection_id: str) -> str:
    return f"{url}/api/channels/{tenant_id}.{connection_id}/webhooks"


def _until_drained(say: Say, loops: Loops | None) -> None:
    """Waits until all that follows from what was made is done, so that every page tells the truth, no shop is told of the
    past and no lag measured. Raises RuntimeError, naming the queues, when it does not end."""
    is_read = loops.is_read if loops else lambda since: time.monotonic() - since > SEEN_ELSEWHERE_SECONDS
    left = drain(is_read, say, DRAIN_SECONDS)
    if left:
        raise RuntimeError(f"after {DRAIN_SECONDS} s these events of the demo are not followed yet: {listed(left)}")


def _until_over(ctx: Context, job_ids: list[str]) -> None:
    """Waits until the shops' ranges are bound. Raises RuntimeError for an import that failed or does not end."""
    deadline = time.monotonic() + IMPORT_SECONDS
    while time.monotonic() < deadline:
        jobs = read.get_many(ctx, JOB, job_ids).values()
        failed = [job.failure_detail for job in jobs if job.state == "failed"]
        if failed:
            raise RuntimeError(f"a shop's range could not be imported: {failed[0]}")
        if all(job.state == "done" for job in jobs):
            return
        time.sleep(0.2)
    raise RuntimeError("the shops' ranges are not imported yet")


def _move(facts: dict[str, Any], url: str, shops: dict[str, DemoShop]) -> None:
    """The program or a shop has another port than last time: shops learn where to send, connections where to ask."""
    from chalicelib.channels import connecting
    from chalicelib.channels.model import CONNECTION
    from chalicelib.channels.shops import save_quietly
    from chalicelib.runtime.worker import tenant_work

    facts["url"] = url
    for known in facts["connections"]:
        shop = shops[known["slug"]]
        known["shop_url"] = shop.url
        known["webhook_url"] = _webhook_url(url, facts["tenant"], known["id"])
        if isinstance(shop, PrestaShop):
            shop.ping(known["webhook_url"], known["secret"])
        ctx = tenant_work(facts["tenant"], f"move-{known['slug']}")
        connection = read.get(ctx, CONNECTION, known["id"])
        moved = save_quietly(ctx, connection, replace(connection, base_url=shop.url))
        connecting.ensure_webhooks(tenant_work(facts["tenant"], f"hooks-{known['slug']}"), moved)


__all__ = ["GIFTS", "PARTY", "RETAIL", "keep", "open_demo"]
