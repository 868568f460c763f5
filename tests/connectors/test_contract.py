"""What every connector must do, whatever the platform: one set of tests, on recorded exchanges.

A new platform joins by one `Recorded` in PLATFORM_RECORDINGS.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from connectors import PLATFORMS, connector
from connectors.contract import (
    ChannelOrder,
    ConnectionSettings,
    Connector,
    ConnectorError,
    MappingProblem,
    MeaningKind,
    NotFound,
    Unauthorised,
    Unavailable,
)
from connectors.http import using_transport
from connectors.prestashop.webhook import sign as ping_sign
from tests.connectors.replay import (
    Exchange,
    Shop,
    VirtualTime,
    answer,
    prestashop_settings,
    prestashop_shop,
    recorded,
    woocommerce_settings,
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where a platform's recordings show what the contract asks for."""

    settings: ConnectionSettings
    order: Exchange
    order_id: str
    order_missing: Exchange
    refused_key: Exchange
    deliveries: tuple[tuple[Mapping[str, str], bytes], ...]
    secret: str
    around: Callable[[Exchange], Shop] = lambda order: Shop().plays(order)


def _woocommerce() -> Recorded:
    found = recorded("woocommerce")
    deliveries = [one for one in found.values() if "delivery" in one.name and "ping" not in one.name]
    return Recorded(
        settings=woocommerce_settings(),
        order=found["025"],
        order_id="318",
        order_missing=found["089"],
        refused_key=found["087"],
        deliveries=tuple((one.request_headers, one.request_body) for one in deliveries),
        secret="demo-webhook-secret-é-42",
    )


def _prestashop() -> Recorded:
    found = recorded("prestashop")
    pings = (b'{"id_order": 7, "at": "2026-11-24 05:16:48"}', b'{"id_order": 8, "at": "2026-11-24 05:16:49"}')
    return Recorded(
        settings=prestashop_settings(),
        order=found["095"],
        order_id="7",
        order_missing=found["184"],
        refused_key=found["177"],
        deliveries=tuple(({"X-Comptoir-Signature": ping_sign(ping, "ping-secret-é")}, ping) for ping in pings),
        secret="ping-secret-é",
        around=lambda order: prestashop_shop(order, found["096"]),
    )


PLATFORM_RECORDINGS = {"woocommerce": _woocommerce, "prestashop": _prestashop}


@pytest.fixture(params=PLATFORMS)
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def known(platform: str) -> Recorded:
    return PLATFORM_RECORDINGS[platform]()


def opened(platform: str, known: Recorded, time: VirtualTime) -> Connector:
    return connector(platform)(known.settings, time.clock)


def test_a_connector_offers_every_method_of_the_contract(platform: str) -> None:
    found = connector(platform)
    for name, method in inspect.getmembers(Connector, inspect.isfunction):
        if not name.startswith("_"):
            offered = inspect.signature(getattr(found, name)).parameters
            assert list(offered) == list(inspect.signature(method).parameters), name
    assert found.capabilities.platform == platform
    assert found.capabilities.batch_size > 0 and found.capabilities.requests_per_second > 0


def test_an_unknown_platform_has_no_connector() -> None:
    with pytest.raises(KeyError):
        connector("nosuchshop")


def check_value(value: object, path: str) -> None:
    """Records hold exact numbers and UTC instants only, all the way down."""
    assert not isinstance(value, float), f"{path} is a float"
    if isinstance(value, datetime):
        assert value.utcoffset() == timedelta(0), f"{path} is not UTC"
    if isinstance(value, Decimal):
        assert value.is_finite(), path
    if is_dataclass(value):
        for one in fields(value):
            check_value(getattr(value, one.name), f"{path}.{one.name}")
    if isinstance(value, tuple):
        for index, one in enumerate(value):
            check_value(one, f"{path}[{index}]")


def test_a_fetched_order_is_neutral_and_adds_up(platform: str, known: Recorded) -> None:
    with using_transport(known.around(known.order)):
        order = opened(platform, known, VirtualTime()).get_order(known.order_id)
    assert isinstance(order, ChannelOrder) and order.external_id == known.order_id
    check_value(order, "order")
    assert order.net_total + order.total_tax + order.rounding == order.total_paid
    assert order.lines and order.source_version.content_hash


def test_reading_is_repeatable(platform: str, known: Recorded) -> None:
    found = connector(platform)
    assert found.map_order(known.order.response_body) == found.map_order(known.order.response_body)


@pytest.mark.parametrize("raw", [b"", b"\xff", b"[]", b"{}", b"<x/>", b'{"id":1,"total":NaN}', b"[" * 50_000])
def test_an_unreadable_order_is_a_value(platform: str, raw: bytes) -> None:
    problem = connector(platform).map_order(raw)
    assert isinstance(problem, MappingProblem) and problem.code and problem.message


def test_a_missing_order_and_a_refused_key_have_their_errors(platform: str, known: Recorded) -> None:
    for exchange, error in ((known.order_missing, NotFound), (known.refused_key, Unauthorised)):
        shop = Shop()
        shop.answers[known.order.method, known.order.path] = [exchange.response]
        with using_transport(shop), pytest.raises(error):
            opened(platform, known, VirtualTime()).get_order(known.order_id)


@pytest.mark.parametrize(
    "trouble", [answer(b"", 503), Unavailable("no answer"), answer(b"<html>", 200), answer(b"", 429)]
)
def test_trouble_is_one_of_the_contracts_errors(platform: str, known: Recorded, trouble: object) -> None:
    shop = Shop()
    shop.answers[known.order.method, known.order.path] = [trouble]  # type: ignore[list-item]
    with using_transport(shop), pytest.raises(ConnectorError):
        opened(platform, known, VirtualTime()).get_order(known.order_id)


def test_nothing_printed_holds_a_credential(platform: str, known: Recorded) -> None:
    for secret in (*known.settings.credentials.values(), *known.settings.webhook_secrets):
        assert secret not in repr(known.settings)


def test_deliveries_are_verified_and_understood(platform: str, known: Recorded) -> None:
    found = connector(platform)
    for headers, body in known.deliveries:
        assert found.verify(body, headers, ["another", known.secret])
        assert not found.verify(body + b" ", headers, [known.secret])
        assert not found.verify(body, {}, [known.secret])
        assert found.meaning(headers, body).kind is not MeaningKind.PING
        assert found.meaning(headers, b"\xff").external_id == ""
