"""Puts a world under the product for the length of a `with` block: clients, HTTP, clock, chance, threads, locks."""

from __future__ import annotations

import concurrent.futures
import gc
import importlib
import os
import pkgutil
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

import chalicelib
from tests.torture.world import Actor, Killed, Lock, SimulatedChance, SimulatedClock, World

_LOCKS = {type(threading.Lock()): False, type(threading.RLock()): True}
_POOLS = concurrent.futures.ThreadPoolExecutor


class _Future:
    """The outcome of a part of an invocation that runs beside it."""

    def __init__(self, world: World, work: Callable[[], Any]) -> None:
        self._world, self._value = world, None
        self._problem: BaseException | None = None

        def run() -> None:
            try:
                self._value = work()
            except BaseException as problem:
                self._problem = problem

        me = world.current
        self._actor: Actor | None = None
        if me is None:
            run()
        else:
            self._actor = world.spawn(f"{me.name}+", run, process=me.process, invocation=me.invocation)

    def result(self, timeout: float | None = None) -> Any:
        """Waits for it; raises what it raised."""
        if self._actor is not None:
            self._world.join(self._actor)
        if self._problem is not None:
            raise self._problem
        return self._value


def _pool_of(world: World) -> type:
    class Pool:
        """Stands where the product has a pool of threads: each task is an actor of the same invocation."""

        def __init__(self, max_workers: int | None = None, *_: Any, **__: Any) -> None:
            self._futures: list[_Future] = []

        def submit(self, work: Callable[..., Any], *arguments: Any, **named: Any) -> _Future:
            future = _Future(world, lambda: work(*arguments, **named))
            self._futures.append(future)
            return future

        def map(self, work: Callable[..., Any], *arguments: Any) -> Iterator[Any]:
            futures = [self.submit(work, *each) for each in zip(*arguments, strict=False)]
            return (future.result() for future in futures)

        def __enter__(self) -> Pool:
            return self

        def __exit__(self, *problem: object) -> None:
            for future in self._futures:
                try:
                    future.result()
                except Killed:
                    raise
                except Exception:
                    continue

        def shutdown(self, wait: bool = True) -> None:
            self.__exit__()

    return Pool


def product_modules() -> list[Any]:
    """Every module of the product, imported."""
    names = [each.name for each in pkgutil.walk_packages(chalicelib.__path__, "chalicelib.")]
    return [importlib.import_module(name) for name in names] + [
        module for name, module in sorted(sys.modules.items()) if name.startswith("connectors")]


def _crash_of(world: World) -> Callable[..., None]:
    def crash(error: BaseException, request_id: str, endpoint: Any = None, **facts: Any) -> None:
        world.crashes[type(error).__name__] += 1
        if len(world.crash_texts) < 50:
            world.crash_texts.append("".join(traceback.format_exception(error)[-4:]))

    return crash


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Looks for cycles less often: a world makes few, and all its items are looked through each time."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def installed(world: World) -> Iterator[None]:
    """The world under the product."""
    import app  # noqa: F401 (every route and handler is registered before threads and locks are replaced)
    from chalicelib.kernel.context import SystemChance, SystemClock
    from chalicelib.runtime import observability, rate_limit, secrets
    from chalicelib.runtime.settings import settings
    from chalicelib.storage import client, newer, sequence
    from connectors import http

    def make_api_call(client: Any, operation: str, parameters: Any) -> Any:
        return world.cloud.call(client, operation, parameters)

    modules = product_modules()
    with ExitStack() as stack, collecting_seldom():
        stack.enter_context(patch.dict(os.environ, world.cloud.environment()))
        stack.enter_context(patch.object(BaseClient, "_make_api_call", make_api_call))
        for real, simulated in ((SystemClock, SimulatedClock(world)), (SystemChance, SimulatedChance(world))):
            for name in ("now", "monotonic", "sleep", "token", "uniform"):
                if hasattr(real, name):
                    stack.enter_context(patch.object(real, name, staticmethod(getattr(simulated, name))))
        stack.enter_context(patch.object(observability, "crash", _crash_of(world)))
        stack.enter_context(patch.object(observability, "log", lambda *_, **__: None))
        stack.enter_context(http.using_transport(world.cloud.exchange))
        for module in modules:
            for name, value in list(vars(module).items()):
                if type(value) in _LOCKS:
                    stack.enter_context(patch.object(module, name, Lock(world, _LOCKS[type(value)])))
                elif value is _POOLS:
                    stack.enter_context(patch.object(module, name, _pool_of(world)))
        forget = (settings.cache_clear, secrets.forget, sequence.forget, client._budget.clear, newer._noted.clear,
                  rate_limit.forget)
        for each in forget:
            each()
        try:
            yield
        finally:
            for each in forget:
                each()
