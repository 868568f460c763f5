"""The merchant of the tests of channels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chalicelib.kernel.context import Context
from tests.channels.merchant import Merchant


@pytest.fixture
def merchant(new_ctx: Callable[..., Context], tmp_path: Path) -> Iterator[Merchant]:
    """A merchant with stock and, once opened, demo shops; all stopped at the end."""
    made = Merchant(new_ctx, tmp_path)
    yield made
    made.stop()
