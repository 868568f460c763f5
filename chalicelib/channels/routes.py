"""`/api/channels`: connections, their bindings, stock and lag; deliveries; and the public address of webhooks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from chalicelib.channels import (
    bindings,
    connecting,
    importing,
    ingress,
    leaving,
    polling,
    pushing,
    shops,
)
from chalicelib.channels.desired import LagDay, LagFigures
from chalicelib.channels.model import (
    BINDING,
    CONNECTION,
    CONNECTION_ACTIONS,
    CONNECTION_COMMANDS,
    DELIVERY,
    DELIVERY_TRANSITIONS,
    MAX_DELIVERY_BYTES,
    SYNC_RUN,
    Binding,
    ChangeConnection,
    Connection,
    ConnectionView,
    Delivery,
    NewBinding,
    NewConnection,
    SyncRun,
)
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid, NotFound, Stale
from chalicelib.kernel.explanation import Explanation
from chalicelib.kernel.shapes import Row, entity
from chalicelib.runtime import jobs
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import LOADERS, Answer, Parameter, Request
from chalicelib.runtime.jobs import JobView
from chalicelib.runtime.resources import Action, Listing, Nothing, Resource, list_page, mount
from chalicelib.storage import read

api = Api("channels")


@entity
class Received:
    """What became of a webhook at the door."""

    status: str


@entity
class ConnectionRow(Row):
    """A connection with how it feels."""

    name: str
    platform: str
    state: str
    base_url: str
    missing_count: int
    failure_count: int
    last_error: str
    last_error_code: str
    left_alone_until: datetime | None
    last_synced_at: datetime | None
    lag_p50_seconds: Decimal | None
    lag_p99_seconds: Decimal | None


@entity
class BindingRow(Row):
    connection_id: str
    sku: str
    product_external_id: str
    variation_external_id: str
    name: str


@entity
class SyncRunRow(Row):
    connection_id: str
    kind: str
    started_at: datetime
    ended_at: datetime | None
    read_count: int
    changed_count: int
    problem_count: int
    problem_code: str


@entity
class WebhookDeliveryRow(Row):
    connection_id: str
    topic: str
    delivery_id: str
    external_id: str
    state: str
    received_at: datetime
    outcome: str
    order_id: str
    problem_code: str
    problem_message: str
    attempts: int


@entity
class WebhookDeliveryView(Delivery):
    """A delivery and the actions its state allows."""

    allowed_actions: tuple[str, ...]


@entity
class DeliveryBody:
    body: str


@entity
class StockShown:
    """What a shop should show of a SKU, and whether it acknowledged the newest quantity."""

    sku: str
    external_id: str
    parent_external_id: str
    want_quantity: Decimal
    want_version: int
    sent_version: int
    sent_quantity: Decimal | None
    shown_quantity: Decimal | None
    fence: int
    changed_at: datetime
    sent_at: datetime | None
    error_code: str
    error_message: str
    attempts: int
    is_shown: bool


@entity
class StockPage:
    """A connection's stock, a thousand SKUs at a time, and how many changes wait to be told."""

    items: tuple[StockShown, ...]
    waiting_count: int
    cursor: str | None


@entity
class FarewellView:
    """A shop that still has webhooks of ours: since when, why, when it is tried again, and until when."""

    connection_id: str
    name: str
    base_url: str
    since: datetime
    attempts: int
    last_error_code: str
    next_at: datetime
    tried_until: datetime


@entity
class LagView(LagFigures):
    name: str


@entity
class CredentialAsked:
    """One thing a platform asks for before it lets us in."""

    name: str
    is_required: bool
    is_secret: bool


@entity
class PlatformView:
    """A platform that can be connected. Without webhooks its orders are polled, and it may send pings."""

    platform: str
    has_webhooks: bool
    credentials: tuple[CredentialAsked, ...]


READ, MANAGE = "channels.read", "channels.manage"
CONNECTIONS: Resource[Connection] = Resource(
    CONNECTION, "/connections", READ, MANAGE, {"": Listing("by_list", CONNECTION.partition)}, filters=("state", "platform"),
    transitions=CONNECTION_ACTIONS, commands=CONNECTION_COMMANDS, present=connecting.shown, shape=ConnectionView)
IMPORTS = jobs.collection(bindings.KIND, "/imports", READ, MANAGE)
jobs.offer(api, IMPORTS)
LOADERS[CONNECTION.kind] = lambda ctx, i: CONNECTIONS.shown(ctx, shops.get(ctx, i)).body
LOADERS[SYNC_RUN.kind] = lambda ctx, i: codec.plain(read.get(ctx, SYNC_RUN, i))
LOADERS[BINDING.kind] = lambda ctx, i: codec.plain(read.get(ctx, BINDING, i))


@api.post("/{connection_id}/webhooks", public=True, raw_body=True, max_body=MAX_DELIVERY_BYTES, answer=Received)
def receive_webhook(ctx: Context, request: Request[Any], connection_id: str) -> Answer:
    """Where a shop sends its webhooks; signed by the shop, no login."""
    return Answer({"status": ingress.receive(ctx, connection_id, request.headers, request.raw)})


@api.get("/platforms", permission=READ, answer=PlatformView, is_list=True)
def list_platform(ctx: Context, request: Request[Any]) -> Answer:
    """List the platforms that can be connected and what each asks for."""
    return Answer({"items": connecting.platforms(), "cursor": None})


# -- connections -----------------------------------------------------------------------------------------------------


def _once(ctx: Context, act: Callable[[], tuple[Connection, str]], status: int) -> Answer:
    return Answer(connecting.once(ctx, act, lambda found: CONNECTIONS.shown(ctx, found).body, status), status)


def _current(ctx: Context, request: Request[Any], connection_id: str) -> Connection:
    connection = shops.get(ctx, connection_id)
    if request.if_match is not None and request.if_match != connection.version:
        raise Stale(CONNECTION.kind)
    return connection


@api.get("/connections", permission=READ, answer=ConnectionRow, is_list=True,
         parameters=(Parameter("limit"), Parameter("cursor"), Parameter("state"), Parameter("platform")))
def list_connection(ctx: Context, request: Request[Any]) -> Answer:
    """List connections with how each feels: failures, lag, last contact."""
    page = list_page(ctx, CONNECTIONS, request.query)
    return Answer({**page.body, "items": connecting.listed(ctx, page.body["items"])})


@api.post("/connections", permission=MANAGE, body=NewConnection, answer=ConnectionView, status=201)
def create_connection(ctx: Context, request: Request[NewConnection]) -> Answer:
    """Connect a shop: test it, register its webhooks, name what is missing. Its webhook secret is told this once."""
    return _once(ctx, lambda: connecting.create(ctx, request.body), 201)


@api.get("/connections/{connection_id}", permission=READ, answer=ConnectionView)
def get_connection(ctx: Context, request: Request[Any], connection_id: str) -> Answer:
    """Read one connection and its health."""
    return CONNECTIONS.shown(ctx, shops.get(ctx, connection_id))


@api.put("/connections/{connection_id}", permission=MANAGE, body=ChangeConnection, answer=ConnectionView)
def update_connection(ctx: Context, request: Request[ChangeConnection], connection_id: str) -> Answer:
    """Replace a connection's rules."""
    return CONNECTIONS.shown(ctx, connecting.update(ctx, _current(ctx, request, connection_id), request.body))


@api.delete("/connections/{connection_id}", permission=MANAGE, status=204)
def remove_connection(ctx: Context, request: Request[Any], connection_id: str) -> Answer:
    """Remove a connection with its bindings, and its webhooks at the shop; its orders stay."""
    connecting.remove(ctx, _current(ctx, request, connection_id))
    return Answer(None, 204)


@api.post("/connections/{connection_id}/pause", permission=MANAGE, body=Nothing, answer=ConnectionView)
def pause_connection(ctx: Context, request: Request[Nothing], connection_id: str) -> Answer:
    """Stop importing and pushing; its webhooks at the shop are deleted until it is resumed."""
    return CONNECTIONS.shown(ctx, connecting.pause(ctx, _current(ctx, request, connection_id)))


@api.post("/connections/{connection_id}/resume", permission=MANAGE, body=Nothing, answer=ConnectionView)
def resume_connection(ctx: Context, request: Request[Nothing], connection_id: str) -> Answer:
    """Import and push again, and catch up."""
    return CONNECTIONS.shown(ctx, connecting.resume(ctx, _current(ctx, request, connection_id)))


@api.post("/connections/{connection_id}/test", permission=MANAGE, body=Nothing, answer=ConnectionView)
def test_connection(ctx: Context, request: Request[Nothing], connection_id: str) -> Answer:
    """Test the connection and name what is missing."""
    return CONNECTIONS.shown(ctx, connecting.test(ctx, _current(ctx, request, connection_id)))


@api.post("/connections/{connection_id}/rotate-secret", permission=MANAGE, body=Nothing, answer=ConnectionView)
def rotate_webhook_secret(ctx: Context, request: Request[Nothing], connection_id: str) -> Answer:
    """Give the shop a new webhook secret; the former is accepted for two more days."""
    return _once(ctx, lambda: connecting.rotate_secret(ctx, _current(ctx, request, connection_id)), 200)


@api.post("/connections/{connection_id}/reconcile", permission=MANAGE, body=Nothing, answer=SyncRun,
          status=202)
def reconcile_connection(ctx: Context, request: Request[Nothing], connection_id: str) -> Answer:
    """Look at the orders of 48 hours and at the stock shown; the run tells how it goes."""
    return Answer(polling.ask_reconcile(ctx, shops.get(ctx, connection_id)), 202)


@api.post("/connections/{connection_id}/import-products", permission=MANAGE, body=Nothing, answer=JobView,
          status=202)
def import_products(ctx: Context, request: Request[Nothing], connection_id: str) -> Answer:
    """Bind the shop's products by SKU, as a job; the SKUs we do not know are listed."""
    return jobs.accepted(ctx, IMPORTS, bindings.start_import(ctx, shops.get(ctx, connection_id)))


@api.get("/connections/{connection_id}/stock", permission=READ, answer=StockPage,
         parameters=(Parameter("cursor", "the last SKU read"),))
def list_connection_stock(ctx: Context, request: Request[Any], connection_id: str) -> Answer:
    """What the shop should show and shows, SKU by SKU."""
    return Answer(connecting.stock_of(ctx, shops.get(ctx, connection_id), request.query.get("cursor", "")))


@api.get("/connections/{connection_id}/stock/{sku}/explain", permission=READ, answer=Explanation)
def explain_connection_stock(ctx: Context, request: Request[Any], connection_id: str, sku: str) -> Answer:
    """Explain what a shop shows of a SKU: warehouses, reservations, buffer, components, what was sent and when."""
    return Answer(pushing.explain(ctx, shops.get(ctx, connection_id), sku))


@api.get("/connections/{connection_id}/lag", permission=READ, answer=LagDay, is_list=True)
def list_connection_lag(ctx: Context, request: Request[Any], connection_id: str) -> Answer:
    """List the days of thirty on which sales elsewhere were shown here: how many, p50 and p99 of their lag."""
    days = connecting.lag_days(ctx, shops.get(ctx, connection_id))
    return Answer({"items": codec.plain(days), "cursor": None})


@api.get("/farewells", permission=READ, answer=FarewellView, is_list=True)
def list_farewell(ctx: Context, request: Request[Any]) -> Answer:
    """List shops of removed or paused connections that did not answer: webhooks of ours are still to be deleted there."""
    return Answer({"items": leaving.shown(ctx), "cursor": None})


@api.get("/lag", permission=READ, answer=LagView, is_list=True,
         parameters=(Parameter("last", "how many changes per channel, 1 to 5000"),))
def list_lag(ctx: Context, request: Request[Any]) -> Answer:
    """How long a sale takes to show on each other channel: p50 and p99."""
    text = request.query.get("last", "1000")
    if not text.isdecimal() or not 1 <= int(text[:6]) <= 5000:
        raise Invalid("last", "last is a number from 1 to 5000.", {"last": "1 to 5000"})
    return Answer({"items": connecting.lags(ctx, int(text)), "cursor": None})


# -- bindings and runs -----------------------------------------------------------------------------------------------


def _of_connection(document: Any, name: str, connection_id: str) -> Resource[Any]:
    return Resource(document, f"/connections/{connection_id}/{name}", READ, MANAGE,
                    {"": Listing("by_list", f"{document.partition}#{connection_id}", newest_first=name == "runs")})


@api.get("/connections/{connection_id}/bindings", permission=READ, answer=BindingRow, is_list=True,
         parameters=(Parameter("limit"), Parameter("cursor")))
def list_binding(ctx: Context, request: Request[Any], connection_id: str) -> Answer:
    """List which item of the shop is which SKU, by SKU."""
    shops.get(ctx, connection_id)
    return list_page(ctx, _of_connection(BINDING, "bindings", connection_id), request.query)


@api.post("/connections/{connection_id}/bindings", permission=MANAGE, body=NewBinding, answer=Binding, status=201)
def create_binding(ctx: Context, request: Request[NewBinding], connection_id: str) -> Answer:
    """Bind a SKU to an item of the shop."""
    return Answer(bindings.bind(ctx, shops.get(ctx, connection_id), request.body), 201)


@api.delete("/connections/{connection_id}/bindings/{binding_id}", permission=MANAGE, status=204)
def remove_binding(ctx: Context, request: Request[Any], connection_id: str, binding_id: str) -> Answer:
    """Unbind; what the shop shows stays."""
    binding = read.get(ctx, BINDING, binding_id)
    if binding.connection_id != connection_id:
        raise NotFound(BINDING.kind)
    bindings.unbind(ctx, binding)
    return Answer(None, 204)


@api.get("/connections/{connection_id}/runs", permission=READ, answer=SyncRunRow, is_list=True,
         parameters=(Parameter("limit"), Parameter("cursor")))
def list_sync_run(ctx: Context, request: Request[Any], connection_id: str) -> Answer:
    """List polls that found something, reconciles and imports, newest first."""
    shops.get(ctx, connection_id)
    return list_page(ctx, _of_connection(SYNC_RUN, "runs", connection_id), request.query)


@api.get("/connections/{connection_id}/runs/{run_id}", permission=READ, answer=SyncRun)
def get_sync_run(ctx: Context, request: Request[Any], connection_id: str, run_id: str) -> Answer:
    """Read one poll, reconcile or import."""
    run = read.get(ctx, SYNC_RUN, run_id)
    if run.connection_id != connection_id:
        raise NotFound(SYNC_RUN.kind)
    return Answer(run)


@api.get("/deliveries/{delivery_id}/body", permission=MANAGE, answer=DeliveryBody)
def read_delivery_body(ctx: Context, request: Request[Any], delivery_id: str) -> Answer:
    """What the shop sent, as text; for whoever may manage the channel, since it names the buyer."""
    return Answer({"body": importing.body_of(ctx, read.get(ctx, DELIVERY, delivery_id))})


mount(api, Resource(
    DELIVERY, "/deliveries", READ, MANAGE,
    {"": Listing("by_list", DELIVERY.partition), "quarantine": Listing("by_due", "DUE#quarantine")},
    filters=("state", "connection_id", "problem_code"), transitions=DELIVERY_TRANSITIONS,
    actions={"replay": Action(importing.replay), "discard": Action(importing.discard)},
    shape=WebhookDeliveryView, row=WebhookDeliveryRow))
