"""The two companies of the isolation proofs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.isolation.world import Company, tapped


@pytest.fixture(scope="module")
def companies(engine: Any) -> Iterator[tuple[Company, Company]]:
    """`mine`, whose people ask, and `theirs`, of which they must learn and move nothing."""
    with tapped():
        yield Company("mine", "MARKMINE7Q").fill(), Company("theirs", "MARKTHEIRS4Z").fill()
