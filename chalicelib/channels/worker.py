"""The `channels` queue and schedules."""

from __future__ import annotations

from chalicelib.channels import bindings, connecting, importing, leaving, notifying, polling, pushing, shops
from chalicelib.kernel.context import Context
from chalicelib.kernel.event import Event
from chalicelib.runtime import jobs
from chalicelib.runtime.worker import Handler, Schedule


def connection_changed(ctx: Context, event: Event) -> None:
    """A new, changed or resumed connection: every bound SKU is pushed by the rules it has now. Resuming makes its webhooks
    anew; whoever creates or changes it sees to them alone, for two at once would make two of each."""
    connection = shops.find(ctx, event.entity_id)
    if connection is None or connection.state == "paused":
        return
    if event.type != "ConnectionUpdated":
        leaving.stay(ctx, connection.id)
    if event.type == "ConnectionResumed":
        connecting.ensure_webhooks(ctx, connection)
    pushing.note_all(ctx, connection, [each.sku for each in bindings.of_connection(ctx, connection.id)], event.type)
    pushing.push(ctx, connection)


def connection_paused(ctx: Context, event: Event) -> None:
    """A paused shop need not send what nobody reads: its webhooks are deleted there until it is resumed."""
    connection = shops.find(ctx, event.entity_id)
    if connection is not None and connection.state == "paused":
        leaving.leave(ctx, leaving.farewell(ctx, connection))


def connection_removed(ctx: Context, event: Event) -> None:
    """What the connection leaves behind is cleared away, here and at the shop."""
    connecting.clear(ctx, event.entity_id)


def binding_created(ctx: Context, event: Event) -> None:
    """The shop hears of the SKU's stock, and orders that waited for the binding are imported."""
    connection = shops.find(ctx, str(event.data["connection_id"]))
    if connection is None or connection.state == "paused":
        return
    pushing.note_all(ctx, connection, [str(event.data["sku"])], "bound")
    pushing.push(ctx, connection)
    importing.retry_unknown_skus(ctx, connection.id)


def variant_created(ctx: Context, event: Event) -> None:
    """Orders that named this SKU before we knew it are imported."""
    importing.retry_unknown_skus(ctx, sku=str(event.data["sku"]))


_KINDS = {bindings.KIND: bindings.work_import}
HANDLERS: dict[str, Handler] = {
    **jobs.handlers(_KINDS),
    "WebhookReceived": importing.webhook_received,
    "DeliveryReplayed": importing.delivery_replayed,
    "StockChanged": pushing.stock_changed,
    "DeliveryShipped": notifying.delivery_event,
    "ParcelTracked": notifying.delivery_event,
    "OrderCancelled": notifying.order_event,
    "OrderRefunded": notifying.order_event,
    "ConnectionCreated": connection_changed,
    "ConnectionUpdated": connection_changed,
    "ConnectionPaused": connection_paused,
    "ConnectionResumed": connection_changed,
    "ConnectionRemoved": connection_removed,
    "ReconcileAsked": polling.reconcile_asked,
    "BindingCreated": binding_created,
    "VariantCreated": variant_created,
    "VariantUpdated": notifying.prices_changed,
    "PriceListCreated": notifying.prices_changed,
    "PriceListUpdated": notifying.prices_changed,
}
SCHEDULES = (
    Schedule("channels_poll", 1, polling.poll),
    Schedule("channels_retry", 1, polling.retry),
    Schedule("channels_webhooks", 5, polling.keep_webhooks),
    Schedule("channels_reconcile", 60, polling.reconcile),
    jobs.schedule("channels", _KINDS),
)
