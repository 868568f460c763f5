"""Fixtures of the connector tests: a shop where the network was, a virtual clock, a WooCommerce connector."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.http import using_transport
from connectors.woocommerce.client import WooCommerce
from tests.connectors.replay import Shop, VirtualTime, woocommerce_settings


@pytest.fixture
def shop() -> Iterator[Shop]:
    found = Shop()
    with using_transport(found):
        yield found


@pytest.fixture
def time() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
def woo(time: VirtualTime) -> WooCommerce:
    return WooCommerce(woocommerce_settings(), time.clock)
