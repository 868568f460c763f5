"""A shop that is hostile, or somebody who has its secret: the signature is right and the body is not. The door answers, and
the queue settles whatever the door took in; nothing is tried for ever."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels import pace
from chalicelib.channels.model import CONNECTION, Connection
from chalicelib.kernel.context import Context
from chalicelib.kernel.event import Event
from chalicelib.runtime import secrets
from chalicelib.runtime.worker import tenant_work
from chalicelib.storage.transaction import Transaction
from connectors import connector, http
from connectors.errors import Unavailable
from connectors.prestashop import webhook as prestashop
from connectors.woocommerce import webhook as woocommerce
from tests.channels.merchant import KEY
from tests.channels.merchant import Merchant as Shopkeeper
from tests.hostile.generated import MARK, Stranger, examples, mostly, reached, values
from tests.hostile.merchant import found

ORDER_ID = 70_707_000
"""Counted up, so that each body that can be read is an order of its own."""
SECRET = "whsec_neige_et_glace"
NUMBERS = ("1e400", "-1", "0", "NaN", "Infinity", "1e-9", "9" * 40, "1,5", "٣", "0x10", "1_0", " 7 ", "+3", "3.", ".5", "")
odd = st.one_of(values, st.sampled_from(NUMBERS), st.sampled_from((0, -1, 10**18, 10**4000, 0.1, 1e308, True, None, [], {})))


@dataclass
class Doors:
    """A merchant with a shop of either platform; `order` is what the WooCommerce shop sends of an order."""

    keeper: Shopkeeper
    connections: dict[str, Connection]
    order: dict[str, Any]

    def path(self, platform: str) -> str:
        return f"/api/channels/{self.keeper.address(self.connections[platform])}/webhooks"

    def settle(self) -> list[str]:
        """Plays the queue; answers what of it would be tried for ever."""
        failed: list[str] = []
        handle = self.keeper.handle

        def guarded(event: Event) -> None:
            try:
                handle(event)
            except Exception as problem:
                failed.append(f"{event.type} {type(problem).__name__} {problem}"[:300])

        self.keeper.handle = guarded  # type: ignore[method-assign]
        self.keeper.pump()
        waiting = [each.id for each in self.keeper.deliveries("received")]
        return failed + waiting


def put(ctx: Context, platform: str) -> Connection:
    """A connection to a shop that never answers."""
    credentials = {"woocommerce": {"consumer_key": KEY.consumer_key, "consumer_secret": KEY.consumer_secret},
                   "prestashop": {"key": "A" * 32}}[platform]
    transaction = Transaction(ctx)
    made = transaction.create(CONNECTION, Connection(
        id=ctx.new_id(CONNECTION.prefix), name=platform, platform=platform, base_url="https://boutique.example",
        state="active", sealed_credentials=secrets.encrypt(ctx, json.dumps(credentials)),
        sealed_webhook_secret=secrets.encrypt(ctx, SECRET), created_at=ctx.now))
    transaction.commit()
    return made


def nobody(request: http.HttpRequest, policy: http.HttpPolicy, clock: http.Clock) -> http.HttpResponse:
    raise Unavailable("nobody answers")


@pytest.fixture
def doors(platform: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Doors]:
    monkeypatch.setattr(pace, "admit", lambda ctx, connection_id, rate_per_second, urgent: None)
    merchant = found(platform, "hooked", requests_per_minute=1_000_000)
    keeper = Shopkeeper(lambda *_: tenant_work(merchant.tenant_id, "hooked"), tmp_path)
    keeper.open("maison", "MAC", "SORBET")
    order = {**keeper.buy("maison", MAC=1, SORBET=2), "id": ORDER_ID}
    keeper.stop()
    connections = {name: put(keeper.ctx(), name) for name in ("woocommerce", "prestashop")}
    with http.using_transport(nobody):
        yield Doors(keeper, connections, order)


@pytest.fixture
def stranger(log: io.StringIO) -> Stranger:
    return Stranger(log, [SECRET, KEY.consumer_secret, KEY.consumer_key, "ada@example.com"])


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where in a body something could be odd."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, each in inner for place in places(each, (*at, key)))]


def changed(body: Any, place: tuple[Any, ...], value: Any) -> Any:
    """The body with something odd in one place; the whole of it where the place is nowhere."""
    if not place:
        return value
    copy = json.loads(json.dumps(body))
    holder = copy
    for step in place[:-1]:
        holder = holder[step] if isinstance(holder, dict | list) and len(holder) else {}
    if isinstance(holder, dict) or (isinstance(holder, list) and place[-1] < len(holder)):
        holder[place[-1]] = value
    return copy


def like(body: dict[str, Any]) -> st.SearchStrategy[bytes]:
    """The body with one or two odd places, torn, or something else altogether."""
    inside = places(body)[1:]
    place = st.integers(0, len(inside) - 1).map(inside.__getitem__)
    one = st.builds(lambda p, v: changed(body, p, v), place, odd)
    written = one.map(lambda found: json.dumps(found).encode())
    torn = st.builds(lambda raw, n: raw[:n], written, st.integers(0, 900))
    return mostly(written, torn, written.map(lambda raw: raw[:-1] + b"," + raw[1:]), st.binary(max_size=60),
                  values.map(lambda value: json.dumps(value).encode()), st.just(b"[" * 60_000))


HEADERS = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30).map(lambda text: MARK + text)


def test_woocommerce(doors: Doors, stranger: Stranger) -> None:
    topic = mostly(st.sampled_from(woocommerce.SUBSCRIBED_TOPICS), HEADERS, st.sampled_from(tuple(woocommerce.MEANINGS)))
    numbers = itertools.count(1)

    @examples(120)
    @given(like(doors.order), topic, mostly(st.just(""), HEADERS, st.just("d" * 8_000)))
    def sent(raw: bytes, about: str, delivery: str) -> None:
        number = next(numbers)
        raw = raw.replace(str(ORDER_ID).encode(), str(ORDER_ID + number).encode())
        stranger.send(doors.path("woocommerce"), raw, {
            "x-wc-webhook-topic": about, "x-wc-webhook-delivery-id": delivery or f"d{number}", "x-wc-webhook-id": "7",
            "x-wc-webhook-signature": woocommerce.sign(raw, SECRET)})

    sent()
    reached(stranger, 200, 400)
    assert doors.settle() == []
    assert doors.keeper.deliveries("quarantined") and doors.keeper.orders(), "some were orders, some were not"
    stranger.clean("the log of the queue", stranger.log.getvalue())


def test_prestashop(doors: Doors, stranger: Stranger) -> None:
    @examples(60)
    @given(like({"id_order": 7, "at": "2026-11-24 05:16:48"}), mostly(st.just("application/json"), HEADERS))
    def sent(raw: bytes, content_type: str) -> None:
        stranger.send(doors.path("prestashop"), raw, {
            "content-type": content_type, "x-comptoir-signature": prestashop.sign(raw, SECRET)})

    sent()
    reached(stranger, 200, 400)
    assert doors.settle() == []
    assert {each.problem_code for each in doors.keeper.deliveries("quarantined")} == {"shop_unavailable"}
    stranger.clean("the log of the queue", stranger.log.getvalue())


@pytest.mark.parametrize("name", ["woocommerce", "prestashop"])
def test_a_body_that_is_changed_after_it_was_signed_is_nobodys(
    doors: Doors, stranger: Stranger, name: str, call: Callable[..., Any]
) -> None:
    sign = {"woocommerce": woocommerce.sign, "prestashop": prestashop.sign}[name]
    header = {"woocommerce": "x-wc-webhook-signature", "prestashop": "x-comptoir-signature"}[name]
    raw = json.dumps(doors.order).encode()

    @examples(20)
    @given(st.integers(0, len(raw) - 1))
    def sent(at: int) -> None:
        altered = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1:]
        headers = {header: sign(raw, SECRET), "x-wc-webhook-topic": "order.created"}
        assert stranger.send(doors.path(name), altered, headers) == 401

    sent()
    assert connector(name).verify(raw, {header: sign(raw, SECRET)}, [SECRET]) and doors.keeper.deliveries() == []
