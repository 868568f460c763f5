"""One Stripe for the tests of this folder, each with a merchant of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.kernel.context import Context
from infra.local.stripe.running import forget_stripe, start_stripe
from infra.local.stripe.server import StripeServer
from tests.subscriptions.company import Merchant


@pytest.fixture(scope="package")
def stripe(engine: Any) -> Iterator[StripeServer]:
    """The fake, in memory, with the prices of our plans."""
    server = start_stripe(None)
    yield server
    server.stop()
    forget_stripe()


@pytest.fixture
def merchant(new_ctx: Callable[..., Context], stripe: StripeServer) -> Iterator[Merchant]:
    found = Merchant(new_ctx, stripe)
    yield found
    found.close()
