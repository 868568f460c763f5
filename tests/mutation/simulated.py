"""The tests' engine, simulated: what runs on the local engine otherwise runs in this process, for mutants by the thousand."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime
from typing import Any

import pytest

from tests.mutation.packages import UNFIT


class Simulated:
    """A pytest plugin that answers the fixture `engine` with a simulated world without faults."""

    def __init__(self) -> None:
        self.stack: ExitStack | None = None

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Pure tests first, and those of one example before those of many: they fail sooner."""
        items[:] = sorted((item for item in items if item.name.partition("[")[0] not in UNFIT),
                          key=lambda item: ("engine" in item.fixturenames, hasattr(item.obj, "hypothesis")))

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Any:
        if fixturedef.argname != "engine":
            return None
        if self.stack is None:
            self.stack = ExitStack()
            self.stack.enter_context(_ticking_world())
        fixturedef.cached_result = (self, fixturedef.cache_key(request), None)
        return self


def _ticking_world() -> Any:
    """A world in which time goes on with every look at the clock: outside of its actors it would stand still."""
    from tests.torture.world import World

    class Ticking(World):
        def now(self) -> datetime:
            self.time += 0.001
            return super().now()

    return Ticking(seed=1)
