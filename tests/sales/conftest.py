"""The merchant of the sales tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.kernel.context import Context
from tests.sales.shop import Shop


@pytest.fixture
def shop(new_ctx: Callable[..., Context]) -> Shop:
    """An empty merchant."""
    return Shop(new_ctx)
