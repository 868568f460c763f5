"""A company with one of everything, its events consumed: filled once for all of an operator's commands."""

from __future__ import annotations

from typing import Any

import pytest

from tests.isolation.world import Company, tapped


@pytest.fixture(scope="session")
def company(engine: Any) -> Company:
    from chalicelib.activity import service as activity
    from chalicelib.events.routing import queues_for

    with tapped():
        made = Company("opsco", "MARKIZ").fill()
    activity.record(made.step(), [event for event in made.events() if "activity" in queues_for(event.type)])
    return made


@pytest.fixture
def said() -> list[str]:
    return []
