"""From a delivery to an order: read it, see whether it is newer, know its customer and SKUs, place or update it.

Whatever is wrong with one order becomes its delivery's quarantine, with the reason; other orders go on. Order ids follow
from connection and external id, so deliveries in any order, any number of times, by webhook or by poll, meet in one order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.catalog import service as catalog
from chalicelib.catalog.model import SkuFacts
from chalicelib.channels import bindings, import_orders, ingress, lines, shops
from chalicelib.channels.import_orders import GONE, NOT_YET, Quarantine, source_version
from chalicelib.channels.model import DELIVERY, DELIVERY_TRANSITIONS, Connection, Delivery, delivery_id_of, external_key
from chalicelib.kernel import codec
from chalicelib.kernel.context import Actor, Context, Origin
from chalicelib.kernel.documents import at_version
from chalicelib.kernel.errors import (
    AlreadyDone,
    Conflict,
    DomainError,
    NotFound,
    OutcomeUnknown,
    Stale,
    Unavailable,
)
from chalicelib.kernel.event import Event
from chalicelib.kernel.states import next_state
from chalicelib.parties import service as parties
from chalicelib.sales import service as sales
from chalicelib.sales.commands import ChannelUpdate
from chalicelib.sales.model import ORDER, Order, is_newer, is_tombstone
from chalicelib.storage import keys, read, single
from chalicelib.storage.transaction import Refused, Transaction, document_item
from connectors import connector
from connectors import errors as connector_errors
from connectors.contract import ChannelOrder, ConnectorError, MappingProblem, MeaningKind, OrderStatus

WAITING = "shop_unavailable"
"""Problem code of a delivery that only waits for the shop to answer; a schedule tries it again."""
RETRIED_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an order's news came to: placed, updated, unchanged, older, ignored; and which order of ours it is."""

    what: str
    order_id: str = ""


Result = Outcome | Quarantine


# -- deliveries ------------------------------------------------------------------------------------------------------


def webhook_received(ctx: Context, event: Event) -> None:
    """The delivery behind an inbox item. One that is settled already is a repeat from another hour and stays as it is."""
    connection = shops.find(ctx, str(event.data["connection_id"]))
    stored = read.item(ctx, keys.outbox(ctx, str(event.data["inbox"]), event.at))
    if connection is None or connection.state == "paused" or stored is None:
        return
    inbox = codec.load(stored.data)
    delivery = read.find(ctx, DELIVERY, event.entity_id, consistent=False)
    if delivery is not None and delivery.state != "received":
        return
    if delivery is None:
        delivery = Delivery(
            id=event.entity_id, connection_id=connection.id, topic=inbox["topic"], delivery_id=inbox["delivery_id"],
            external_id=inbox["external_id"], body_hash=inbox["body_hash"], received_at=event.at,
            inbox_sort=str(event.data["inbox"]))
    _handle(ctx, connection, delivery, inbox)


def delivery_replayed(ctx: Context, event: Event) -> None:
    """Somebody asked for the delivery again."""
    delivery = read.find(ctx, DELIVERY, event.entity_id)
    if delivery is not None and delivery.state == "received":
        _again(ctx, delivery)


def _again(ctx: Context, delivery: Delivery) -> None:
    connection = shops.find(ctx, delivery.connection_id)
    if connection is None or connection.state == "paused":
        return
    stored = read.item(ctx, keys.outbox(ctx, delivery.inbox_sort, delivery.received_at)) if delivery.inbox_sort else None
    _handle(ctx, connection, delivery, codec.load(stored.data) if stored else None)


def body_of(ctx: Context, delivery: Delivery) -> str:
    """What the shop sent, as text; bytes that are no UTF-8 show as �. Kept thirty days, or until a person
    in it is erased, then NotFound."""
    stored = read.item(ctx, keys.outbox(ctx, delivery.inbox_sort, delivery.received_at)) if delivery.inbox_sort else None
    inbox = codec.load(stored.data) if stored else None
    if inbox is None or not ingress.is_kept(inbox):
        raise NotFound("delivery_body")
    return ingress.unpacked(ctx, inbox).decode("utf-8", "replace")


def _handle(ctx: Context, connection: Connection, delivery: Delivery, inbox: Mapping[str, Any] | None) -> None:
    """Takes the order's news and settles the delivery with what they came to. What changes by it came from where the shop's
    webhook came from."""
    if inbox is not None and "origin" in inbox:
        ctx = replace(ctx, origin=Origin(*inbox["origin"]))
    result = _guarded(lambda: _take(ctx, connection, delivery, inbox))
    saved = settle(ctx, delivery, result)
    if delivery.version == 0:
        lines.delivered(ctx, connection, saved)


def _guarded(take: Callable[[], Result]) -> Result:
    """A refusal of ours or of the shop as a value. Only what another attempt may cure without anybody's help, a part of
    our own that does not answer, is raised: the queue brings the message again."""
    try:
        return take()
    except connector_errors.NotFound as gone:
        return Quarantine("order_gone", f"The shop does not know this order any more: {gone.message}.")
    except ConnectorError as problem:
        return Quarantine(WAITING if problem.retryable else problem.code, f"The shop did not answer: {problem.message}.",
                          parameters={"reason": problem.code})
    except Refused as refused:
        if stale := next((each for each in refused.errors if isinstance(each, Stale)), None):
            raise stale from refused
        return Quarantine(refused.errors[0].code, refused.errors[0].detail)
    except (Unavailable, Stale):
        raise
    except DomainError as refusal:
        return Quarantine(refusal.code, refusal.detail, ", ".join(refusal.fields))


def _take(ctx: Context, connection: Connection, delivery: Delivery, inbox: Mapping[str, Any] | None) -> Result:
    if inbox is not None and inbox["kind"] == MeaningKind.ORDER_DELETED.value:
        return _deleted(ctx, connection, delivery)
    if inbox is not None and inbox.get("has_body"):
        found = connector(connection.platform).map_order(ingress.unpacked(ctx, inbox))
    else:
        found = shops.open_shop(ctx, connection, hurried=True).get_order(delivery.external_id)
    if isinstance(found, MappingProblem):
        return import_orders.unread(found)
    return take_order(ctx, connection, found)


def _deleted(ctx: Context, connection: Connection, delivery: Delivery) -> Result:
    """Deleted there is cancelled here, whatever the order was; a binned order may come back by another delivery. A deletion
    has no instant of the shop's, whose clock is not ours: it counts as later than all the shop told before."""
    try:
        found = shops.open_shop(ctx, connection, hurried=True).get_order(delivery.external_id)
    except connector_errors.NotFound:
        found = None
    if isinstance(found, MappingProblem):
        return import_orders.unread(found)
    if found is not None:
        return take_order(ctx, connection, found)
    return _apply(ctx, connection, ChannelUpdate(
        channel_id=connection.id, external_id=delivery.external_id, status="cancelled", is_deletion=True,
        source_version=f"{delivery.received_at:%Y-%m-%dT%H:%M:%S}#deleted"))


def settle(ctx: Context, delivery: Delivery, result: Result) -> Delivery:
    """Stores what a delivery came to; its quarantine is a fact that others hear of. Without one a single write is enough: a
    delivery's id and version say whether it was settled, and nothing else changes with it."""
    new = settled(ctx, delivery, result)
    if new.state != "quarantined" or delivery.problem_code == new.problem_code:
        return _put(ctx, delivery, new)
    transaction = Transaction(ctx)
    saved = transaction.save(DELIVERY, delivery, new) if delivery.version else transaction.create(DELIVERY, new)
    transaction.emit("DeliveryQuarantined", "delivery", saved.id, saved.version, {
        "connection_id": new.connection_id, "external_id": new.external_id, "code": new.problem_code,
        "message": new.problem_message})
    try:
        transaction.commit()
    except (AlreadyDone, Conflict):
        return read.get(ctx, DELIVERY, delivery.id)
    return saved


def _put(ctx: Context, old: Delivery, new: Delivery) -> Delivery:
    """The delivery's next version, or what somebody else made of it meanwhile. A lost answer is asked again: the condition
    tells."""
    item = document_item(ctx, DELIVERY, new, old.version + 1, old if old.version else None)
    try:
        is_ours = single.put_version(ctx, item)
    except OutcomeUnknown:
        is_ours = single.put_version(ctx, item)
    return at_version(new, old.version + 1) if is_ours else read.get(ctx, DELIVERY, old.id)


def settled(ctx: Context, delivery: Delivery, result: Result) -> Delivery:
    """The delivery with its outcome."""
    tried = replace(delivery, handled_at=ctx.clock.now(), attempts=delivery.attempts + 1)
    if isinstance(result, Quarantine):
        state = delivery.state if delivery.state == "quarantined" else next_state(
            DELIVERY_TRANSITIONS, delivery.state, "quarantine")
        return replace(tried, state=state, problem_code=result.code, problem_message=result.message[:300],
                       problem_path=result.path[:100], unknown_skus=result.unknown_skus[:20], outcome="",
                       problem_parameters={name: value[:200] for name, value in result.parameters.items()})
    action = "ignore" if result.what in ("ignored", "older") else "finish"
    return replace(tried, state=next_state(DELIVERY_TRANSITIONS, "received", action), outcome=result.what,
                   order_id=result.order_id, problem_code="", problem_message="", problem_path="", unknown_skus=(),
                   problem_parameters={})


def replay(ctx: Context, delivery: Delivery, _: object) -> Delivery:
    """Asks for a delivery again, from quarantine or after it was done. Raises Conflict in any other state."""
    new = replace(delivery, state=next_state(DELIVERY_TRANSITIONS, delivery.state, "replay"))
    return _changed(ctx, delivery, new, "DeliveryReplayed")


def discard(ctx: Context, delivery: Delivery, _: object) -> Delivery:
    """Takes a delivery out of quarantine for good; the order stays unknown here."""
    new = replace(delivery, state=next_state(DELIVERY_TRANSITIONS, delivery.state, "discard"), outcome="discarded")
    return _changed(ctx, delivery, new, "")


def _changed(ctx: Context, old: Delivery, new: Delivery, event: str) -> Delivery:
    transaction = Transaction(ctx)
    saved = transaction.save(DELIVERY, old, new)
    if event:
        transaction.emit("DeliveryReplayed", "delivery", saved.id, saved.version, {"connection_id": saved.connection_id})
    transaction.answers(200, DELIVERY.kind, saved.id, saved.version)
    transaction.commit()
    return saved


def _quarantined(ctx: Context) -> list[Delivery]:
    page = read.query(ctx, "by_due", "DUE#quarantine", limit=RETRIED_AT_ONCE, newest_first=False)
    ids = [str(row["id"]) for row in page.items]
    found = read.get_many(ctx, DELIVERY, ids)
    return [found[i] for i in ids if i in found and found[i].state == "quarantined"]


def _retry(ctx: Context, deliveries: Sequence[Delivery]) -> None:
    for delivery in deliveries:
        released = replace(delivery, state=next_state(DELIVERY_TRANSITIONS, delivery.state, "replay"))
        _again(ctx.step(f"retry:{delivery.id}:{delivery.version}"), released)


def retry_waiting(ctx: Context) -> None:
    """Deliveries that only waited for their shop."""
    _retry(ctx, [each for each in _quarantined(ctx) if each.problem_code == WAITING])


def retry_unknown_skus(ctx: Context, connection_id: str = "", sku: str = "") -> None:
    """Deliveries whose SKUs may be known now: of a connection that got a binding, or that name a SKU just created."""
    _retry(ctx, [each for each in _quarantined(ctx) if each.problem_code == "unknown_sku"
                 and (not connection_id or each.connection_id == connection_id)
                 and (not sku or sku in each.unknown_skus)])


# -- orders ----------------------------------------------------------------------------------------------------------


def versions_of(ctx: Context, connection: Connection, orders: Sequence[ChannelOrder]) -> dict[str, str]:
    """External id → the version we hold, for those we hold."""
    ids = {sales.order_id_of(connection.id, order.external_id): order.external_id for order in orders}
    return {ids[i]: found.source_version for i, found in read.get_many(ctx, ORDER, ids).items()}


def is_known(order: ChannelOrder, versions: Mapping[str, str]) -> bool:
    """Whether we hold this very state or one of a later second. Another state of the same second is news: which of the two
    came first only the shop knows."""
    held, told = versions.get(order.external_id, ""), source_version(order.source_version)
    return held == told or held.partition("#")[0] > told.partition("#")[0]


def take_polled(ctx: Context, connection: Connection, found: ChannelOrder | MappingProblem) -> int:
    """An order that polling found: taken at once, or put in quarantine under an id of its own. Answers 1 if it is news."""
    if isinstance(found, ChannelOrder):
        result = _guarded(lambda: take_order(ctx.step(f"poll:{found.external_id}"), connection, found))
        state = source_version(found.source_version)
        if isinstance(result, Outcome):
            return int(result.what in ("placed", "updated"))
    else:
        result, state = import_orders.unread(found), f"{found.code}#{found.path}#{found.message}"[:300]
    delivery_id = delivery_id_of(connection.id, "poll", found.external_id, state)
    if read.find(ctx, DELIVERY, delivery_id) is not None:
        return 0
    settle(ctx.step(f"poll:{delivery_id}"), Delivery(
        id=delivery_id, connection_id=connection.id, source="poll", topic="poll", external_id=found.external_id,
        body_hash=state, received_at=ctx.clock.now()), result)
    return 1


def take_order(ctx: Context, connection: Connection, order: ChannelOrder) -> Result:
    """An order's news: placed when it is new to us, else compared by version. A body of the same second with other
    content tells nothing about which came first, so then the shop is asked."""
    existing = read.find(ctx, ORDER, sales.order_id_of(connection.id, order.external_id))
    told = source_version(order.source_version)
    if existing is None:
        return _first_news(ctx, connection, order)
    if is_tombstone(existing) and is_newer(told, existing.source_version):
        return _back(ctx, connection, order, existing)
    held = existing.source_version
    if held == told:
        return Outcome("unchanged", existing.id)
    if held.partition("#")[0] > told.partition("#")[0]:
        return Outcome("older", existing.id)
    if held.partition("#")[0] == told.partition("#")[0] or needs_refunds(order):
        asked = shops.open_shop(ctx, connection, hurried=True).get_order(order.external_id)
        if isinstance(asked, MappingProblem):
            return import_orders.unread(asked)
        order = asked
        if source_version(order.source_version) == held:
            return Outcome("unchanged", existing.id)
    return _apply(ctx, connection, update_of(connection, order, existing))


def needs_refunds(order: ChannelOrder) -> bool:
    """Whether the order tells of refunds without their lines."""
    return any(refund.lines is None for refund in order.refunds)


def _back(ctx: Context, connection: Connection, order: ChannelOrder, tombstone: Order) -> Result:
    """News of an order that was cancelled or deleted before we knew it: only its shop knows whether it is back."""
    try:
        asked = shops.open_shop(ctx, connection, hurried=True).get_order(order.external_id)
    except connector_errors.NotFound:
        return Outcome("older", tombstone.id)
    if isinstance(asked, MappingProblem):
        return import_orders.unread(asked)
    return _first_news(ctx, connection, asked)


def _first_news(ctx: Context, connection: Connection, order: ChannelOrder) -> Result:
    if order.status in NOT_YET:
        return Outcome("ignored")
    if order.status in GONE:
        return _apply(ctx, connection, ChannelUpdate(channel_id=connection.id, external_id=order.external_id,
                                                     source_version=source_version(order.source_version),
                                                     status="cancelled"))
    if needs_refunds(order):
        asked = shops.open_shop(ctx, connection, hurried=True).get_order(order.external_id)
        if isinstance(asked, MappingProblem):
            return import_orders.unread(asked)
        order = asked
    return _place(ctx, connection, order)


def _place(ctx: Context, connection: Connection, order: ChannelOrder) -> Result:
    """Places the order. One of which more is to be told at once (sent, refunded) takes its whole version with that: until
    then the same news is not done with."""
    bound, known, skus = _articles(ctx, connection, order, consistent=False)
    if isinstance(skus, Quarantine):
        bound, known, skus = _articles(ctx, connection, order, consistent=True)
    if isinstance(skus, Quarantine):
        return skus
    command = import_orders.place_order(connection, order, skus, known, "", connection.warehouse_ids)
    if isinstance(command, Quarantine):
        return command
    inside = as_connection(ctx, connection)
    has_more = order.status in (OrderStatus.COMPLETED, OrderStatus.REFUNDED) or bool(order.refunds)
    version = command.source_version.partition("#")[0] if has_more else command.source_version
    placed = sales.place_order(inside.step(f"order:{order.external_id}"),
                               replace(command, customer_id=_customer(inside, order), source_version=version))
    bindings.ensure(inside, connection, [
        bindings.Proposal(skus[line.external_id], *import_orders.item_of(line), line.name) for line in order.lines
        if import_orders.item_of(line) not in bound])
    if has_more:
        _apply(ctx, connection, update_of(connection, order, placed))
    return Outcome("placed", placed.id)


def _articles(ctx: Context, connection: Connection, order: ChannelOrder, *, consistent: bool
              ) -> tuple[dict[tuple[str, str], str], dict[str, SkuFacts], dict[str, str] | Quarantine]:
    """Which SKUs the shop's items are, and what is known of them. A moment old is enough to find them, at half the price, for
    the order reads them again; what is not found then is looked for once more."""
    values = {external_key(connection.id, *item): item for item in map(import_orders.item_of, order.lines)}
    bound = {values[value]: str(data["sku"])
             for value, data in read.guards(ctx, "binding", values, consistent=consistent).items()}
    known = catalog.find_skus(ctx, {*bound.values(), *(line.sku for line in order.lines if line.sku)}, consistent=consistent)
    return bound, known, import_orders.resolve_skus(order, bound, known)


def as_connection(ctx: Context, connection: Connection) -> Context:
    """The same work in the shop's name: its events say where they came from, so they are not told back to it."""
    return replace(ctx, actor=Actor("connection", connection.id, connection.name))


def _customer(ctx: Context, order: ChannelOrder) -> str:
    buyer = order.customer
    billing, shipping = map(import_orders.address, (order.billing, import_orders.delivery_address(order)))
    return parties.customer_for(
        ctx, email=buyer.email, name=buyer.name, company_name=buyer.company, siren=buyer.siren, siret=buyer.siret,
        vat_number=buyer.vat_number, phone=buyer.phone, billing=billing, shipping=shipping)


def update_of(connection: Connection, order: ChannelOrder, existing: Order) -> ChannelUpdate:
    """What the channel says of an order we hold."""
    return import_orders.channel_update(connection, order, {line.external_id: line.id for line in existing.lines})


def _apply(ctx: Context, connection: Connection, update: ChannelUpdate) -> Outcome:
    inside = as_connection(ctx, connection).step(f"update:{update.external_id}:{update.source_version}")
    order = sales.apply_channel_update(inside, update)
    return Outcome("updated" if order else "ignored", sales.order_id_of(connection.id, update.external_id) if order else "")
