"""The merchant of the tests of channels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from chalicelib.channels import shops
from chalicelib.kernel.context import Context
from tests.channels.merchant import Merchant


@pytest.fixture
def merchant(new_ctx: Callable[..., Context], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Merchant]:
    """A merchant with stock and, once opened, demo shops; all stopped at the end. Their shops bear ten times the usual calls,
    so that no story waits for its budget; the budget has stories of its own, with rates of their own."""
    monkeypatch.setattr(shops, "usual_rate", lambda platform: Decimal(50))
    made = Merchant(new_ctx, tmp_path)
    yield made
    made.stop()
