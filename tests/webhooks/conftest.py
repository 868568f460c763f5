"""A company that sends webhooks, and a program that hears them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from chalicelib.kernel.context import Context
from chalicelib.runtime.settings import settings
from tests.webhooks.receiver import Company, Receiver, receiver


@pytest.fixture(autouse=True)
def loopback(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This very machine may be called, as on a laptop."""
    if "engine" not in request.fixturenames:
        yield
        return
    monkeypatch.setenv("COMPTOIR_ALLOW_LOOPBACK", "1")
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def hearing() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


@pytest.fixture
def company(engine: object, new_ctx: Callable[..., Context]) -> Iterator[Company]:
    made = Company(new_ctx)
    yield made
    made.close()
