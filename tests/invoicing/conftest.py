"""A company that invoices."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.kernel.context import Context
from tests.invoicing.company import Firm


@pytest.fixture
def firm(new_ctx: Callable[..., Context]) -> Firm:
    return Firm(new_ctx)
