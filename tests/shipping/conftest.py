"""The packer of the shipping tests: a merchant with articles that have GTINs, and a carrier on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from chalicelib.kernel.context import Context
from infra.local.carriers.sendcloud import SendcloudServer
from tests.sales.shop import Shop


@pytest.fixture
def shop(new_ctx: Callable[..., Context]) -> Shop:
    """An empty merchant."""
    return Shop(new_ctx)


@pytest.fixture(scope="session")
def carrier_server() -> Iterator[SendcloudServer]:
    """A carrier that speaks Sendcloud's protocol."""
    server = SendcloudServer("public", "secret")
    yield server
    server.stop()
