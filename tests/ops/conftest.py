"""A company with one of everything, its events consumed: filled once for all of an operator's commands."""

from __future__ import annotations

from typing import Any

import pytest

from tests.isolation.world import Company, tapped


@pytest.fixture(scope="session")
def company(engine: Any) -> Company:
    with tapped():
        return Company("opsco", "MARK0PS").fill()


@pytest.fixture
def said() -> list[str]:
    return []
