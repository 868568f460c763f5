"""A running engine with every resource, and contexts of tenants of its own for each test."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from chalicelib.kernel.context import Actor, Command, Context, SystemChance, SystemClock
from tests.rights import record

if settings.get_current_profile_name() == "default":
    settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("untimed")
record.start()
_tenants = itertools.count(1)


@pytest.fixture(scope="session")
def engine() -> Iterator[Any]:
    """The local engine, empty, with table, queues, bucket, pool and keys; this process's environment points at it.

    Answers that wait so as not to tell who is known do not wait: the tests of that wait say so (`tests/hurry.py`)."""
    from infra.local.engine import Engine
    from infra.local.resources import prepare
    from tests.hurry import evened_out

    directory = Path(tempfile.mkdtemp(prefix="comptoir-test-"))
    before = dict(os.environ)
    running = Engine.start(directory)
    try:
        prepare(running.environment(), "http://127.0.0.1:8000")
        with evened_out(0.0):
            yield running
    finally:
        running.stop()
        os.environ.clear()
        os.environ.update(before)
        shutil.rmtree(directory, ignore_errors=True)


def make_context(tenant_id: str, *permissions: str, actor: str = "usr_test") -> Context:
    """A context of the tenant with these permissions (all of them when none is named)."""
    from chalicelib.runtime import secrets

    clock, chance = SystemClock(), SystemChance()
    return Context(tenant_id, Actor("user", actor, "Test"), clock.now(), "req_test",
                   Command(f"test:{chance.token(8).hex()}"), frozenset(permissions or "*"), "fr",
                   clock.monotonic() + 60, clock, chance, secrets.blind_key(tenant_id))


@pytest.fixture
def platform(engine: Any) -> Context:
    """The platform's own context."""
    from chalicelib.runtime.api import platform_context

    return platform_context("req_platform")


@pytest.fixture
def new_ctx(engine: Any) -> Callable[..., Context]:
    """Makes a context with a fresh command; the same tenant as the test's `ctx` unless another is named."""
    tenant_id = f"t{os.getpid()}x{next(_tenants)}"

    def make(*permissions: str, tenant: str = tenant_id) -> Context:
        return make_context(tenant, *permissions)

    return make


@pytest.fixture
def ctx(new_ctx: Callable[..., Context]) -> Context:
    """One command of an owner in an empty tenant of the test's own."""
    return new_ctx()


@pytest.fixture
def call(engine: Any) -> Callable[..., Any]:
    """Calls the API in process, as the gateway would: `call("GET", "/api/…", body, headers) -> (status, headers, body)`."""
    from tests.gateway import call_api

    return call_api


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One Comptoir with its demo for all stories of this test process: the one that the environment names, else one
    started as a newcomer starts it."""
    from tests.running import already_running, free_port, start

    found = already_running()
    if found is not None:
        yield found
        return
    comptoir = start(tmp_path_factory.mktemp("story") / "data", free_port())
    yield comptoir
    comptoir.stop()


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the package is made from, as it is now: somebody may be editing the real one."""
    from infra.package import MADE_FROM, ROOT

    folder = tmp_path_factory.mktemp("sources")
    for name in MADE_FROM:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def build(sources: Path) -> Path:
    """The folder of what `make package` makes, made anew only if it was made from other sources."""
    from infra.package import BUILD, package_if_stale

    package_if_stale(BUILD, sources)
    return BUILD


@pytest.fixture
def client(running: Any) -> Any:
    """A program with the demo tenant's API key."""
    from tests.running import Client

    return Client(running.url, running.facts["api_key"])
