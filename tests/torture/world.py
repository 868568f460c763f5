"""The simulated world: actors as greenlets under one seeded scheduler, virtual time, chance, faults, the trace.

    with World(seed=17, faults=STORMY) as world:          # the product's calls now end here
        world.spawn("buyer", lambda: …)                   # an actor: outside world, never killed
        world.run()                                       # until nobody has anything left to do

Inside an actor, `world.invoke("api", f)` runs product code as a Lambda invocation: its calls meet faults, and it may be
killed at any of them, which the actor sees as `Died` (a client's time-out). `world.sleep(seconds)` waits in virtual
time. Code outside of actors (preparing, checking) runs at once and without faults. Same seed, same trace: `world.trace`;
with TRACE=file in the environment every line of it is written there, so that two runs can be compared.
"""

from __future__ import annotations

import hashlib
import heapq
import os
import random
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO, TypeVar

from greenlet import getcurrent, greenlet

from tests.torture.faults import CALM, Faults

T = TypeVar("T")
START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
INVOCATION_SECONDS = 30.0
LATENCY_SECONDS = (0.001, 0.006)


class Killed(BaseException):
    """Thrown through product code whose process is gone; no call of it has an effect any more."""


class Died(Exception):
    """An invocation that never answered: killed, or out of time. It may have had its effect."""


@dataclass(slots=True)
class Process:
    """A Lambda container or a computer: its clock is off by `skew` seconds, its module state is its own."""

    name: str
    skew: float = 0.0
    state: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Invocation:
    """Product code at work. `is_dead` once killed, or past its `deadline`: whatever part of it still runs ends at its next
    step."""

    name: str
    process: Process
    deadline: float
    is_dead: bool = False


class Actor:
    """One greenlet with its name and, while it runs product code, its invocation."""

    __slots__ = ("failure", "greenlet", "invocation", "is_done", "name", "process", "waiters")

    def __init__(self, name: str, process: Process, invocation: Invocation | None) -> None:
        self.name, self.process, self.invocation = name, process, invocation
        self.greenlet: greenlet | None = None
        self.is_done = False
        self.failure: BaseException | None = None
        self.waiters: list[Actor] = []


class World:
    """See the module's docstring. `processes` is how many Lambda containers share the work."""

    def __init__(self, seed: int, faults: Faults = CALM, processes: int = 4) -> None:
        self.seed, self.faults = seed, faults
        self.time = 0.0
        self.chance = random.Random(f"schedule:{seed}")
        self.entropy = random.Random(f"product:{seed}")
        self.crashes: Counter[str] = Counter()
        self.crash_texts: list[str] = []
        self.met: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.current: Actor | None = None
        self.here = Process("outside")
        self.processes = [Process(f"p{n}", self.chance.uniform(-1, 1) * faults.skew_seconds) for n in range(processes)]
        self.is_over = False
        self.is_stopping = False
        self._queue: list[tuple[float, int, Actor]] = []
        self._order = 0
        self._trace = hashlib.blake2b(digest_size=16)
        self._told: TextIO | None = None
        self._hub: greenlet | None = None
        self._end = float("-inf")
        self._until: Callable[[], bool] | None = None
        self._stack = ExitStack()
        from tests.torture.cloud import Cloud

        self.cloud = Cloud(self)

    def __enter__(self) -> World:
        from tests.torture.install import installed

        if "TRACE" in os.environ:
            self._told = self._stack.enter_context(Path(os.environ["TRACE"]).open("w"))
        self._stack.enter_context(installed(self))
        return self

    def __exit__(self, *problem: object) -> None:
        self.is_over = True
        try:
            self._drain()
        finally:
            self._told = None
            self._stack.close()

    # -- time, chance, trace ---------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The instant on the clock of whoever asks, skew included."""
        return START + timedelta(seconds=self.time + self.here.skew)

    def true_now(self) -> datetime:
        """The instant, whatever anybody's clock says."""
        return START + timedelta(seconds=self.time)

    @property
    def trace(self) -> str:
        """A hash over everything that happened so far: who, what call, which keys, with what outcome."""
        return self._trace.hexdigest()

    def note(self, *facts: object) -> None:
        """Adds a fact to the trace."""
        line = repr((round(self.time, 6), self.current.name if self.current else "", facts))
        self._trace.update(line.encode())
        if self._told is not None:
            self._told.write(line + "\n")

    # -- actors ----------------------------------------------------------------------------------------------------------

    def spawn(self, name: str, work: Callable[[], object], delay: float = 0.0, process: Process | None = None,
              invocation: Invocation | None = None) -> Actor:
        """Starts an actor after `delay`. What it raises ends the run: product code belongs inside `invoke`."""
        actor = Actor(name, process or self.here, invocation)

        def body() -> None:
            try:
                self._check()
                work()
            except Killed:
                actor.failure = Killed()
            except BaseException as problem:
                actor.failure = problem
            actor.is_done = True
            for each in actor.waiters:
                self._wake(each, self.time)

        actor.greenlet = greenlet(body)
        self._wake(actor, self.time + delay)
        return actor

    def join(self, actor: Actor) -> None:
        """Waits for an actor and raises what it raised."""
        while not actor.is_done:
            assert self.current is not None, "only actors wait"
            actor.waiters.append(self.current)
            self._switch()
        if actor.failure is not None:
            failure, actor.failure = actor.failure, None
            raise failure

    def invoke(self, name: str, work: Callable[[], T], process: Process | None = None,
               seconds: float = INVOCATION_SECONDS) -> T:
        """Runs product code as one invocation in one of the processes, for at most `seconds`.

        Raises Died when it was killed or ran out of time, or what it raised.
        """
        actor = self.current
        assert actor is not None, "invoke is for actors"
        chosen = process or self.processes[self.chance.randrange(len(self.processes))]
        invocation = Invocation(name, chosen, self.time + seconds)
        before = (actor.process, actor.invocation)
        actor.process, actor.invocation = chosen, invocation
        self._enter(chosen)
        try:
            return work()
        except Killed:
            self.note("died", name)
            if self.is_over:
                raise
            raise Died(name) from None
        finally:
            actor.process, actor.invocation = before
            self._enter(before[0])

    def kill(self) -> None:
        """Ends the current invocation here and now, with all its parts."""
        assert self.current is not None and self.current.invocation is not None
        self.current.invocation.is_dead = True
        raise Killed

    def sleep(self, seconds: float) -> None:
        """Waits in virtual time; who is next anyway goes on at once. Outside of actors, time simply passes."""
        actor = self.current
        if actor is None:
            self.time += seconds
            return
        self._check()
        at = self.time + max(seconds, 0.0)
        if at <= self._end and self._until is None and not (self._queue and self._queue[0][0] <= at):
            self.time = at
        else:
            self._wake(actor, at)
            self._switch()
        self._check()

    def pause(self) -> None:
        """One step's latency: whoever else is due goes first."""
        low, high = LATENCY_SECONDS
        self.sleep(low + (high - low) * self.chance.random())

    def _check(self) -> None:
        actor = self.current
        invocation = actor.invocation if actor is not None else None
        if self.is_over or (invocation is not None and (invocation.is_dead or self.time > invocation.deadline)):
            raise Killed

    def _wake(self, actor: Actor, at: float) -> None:
        self._order += 1
        heapq.heappush(self._queue, (at, self._order, actor))

    def _switch(self) -> None:
        assert self._hub is not None
        self._hub.switch()

    def _enter(self, process: Process) -> None:
        if process is not self.here:
            self.cloud.swap(self.here, process)
            self.here = process

    # -- running ---------------------------------------------------------------------------------------------------------

    def run(self, until: Callable[[], bool] | None = None, seconds: float = float("inf")) -> None:
        """Runs actors until none has anything to do, `until` holds, or `seconds` have passed in virtual time.

        Raises what an actor raised.
        """
        self._hub = getcurrent()
        self._end, self._until = self.time + seconds, until
        outside = self.here
        try:
            while self._queue and not (until is not None and until()):
                at, _, actor = self._queue[0]
                if at > self._end:
                    self.time = self._end
                    return
                heapq.heappop(self._queue)
                self._step(at, actor)
                if actor.is_done and actor.failure is not None and not actor.waiters:
                    if isinstance(actor.failure, Killed):
                        continue
                    raise actor.failure
        finally:
            self.current = None
            self._enter(outside)

    def _step(self, at: float, actor: Actor) -> None:
        if actor.is_done:
            return
        self.time = max(self.time, at)
        self.current = actor
        self._enter(actor.process)
        assert actor.greenlet is not None and self._hub is not None
        actor.greenlet.parent = self._hub
        actor.greenlet.switch()
        self.current = None

    def _drain(self) -> None:
        """Ends every actor that still waits: each finds the world over at its next step."""
        self._hub, self._end = getcurrent(), float("-inf")
        outside = self.here
        while self._queue:
            _, _, actor = heapq.heappop(self._queue)
            self._step(self.time, actor)
        self.current = None
        self._enter(outside)


class SimulatedClock:
    """`ctx.clock` on the world's time."""

    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> datetime:
        return self._world.now()

    def monotonic(self) -> float:
        return self._world.time

    def sleep(self, seconds: float) -> None:
        self._world.sleep(seconds)


class SimulatedChance:
    """`ctx.chance` from the world's seed."""

    def __init__(self, world: World) -> None:
        self._random = world.entropy

    def token(self, size: int) -> bytes:
        return self._random.randbytes(size)

    def uniform(self) -> float:
        return self._random.random()


class Lock:
    """A lock between greenlets; stands where the product has locks between threads. Each process has its own."""

    def __init__(self, world: World, again: bool = False) -> None:
        self._world, self._again = world, again
        self._holders: dict[str, list[Any]] = {}

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        world = self._world
        me, holder = world.current, self._holders.setdefault(world.here.name, [None, 0])
        while holder[1] and not (self._again and holder[0] is me):
            if not blocking:
                return False
            if me is None:
                raise RuntimeError("a lock is held by an actor that does not run")
            world.sleep(0.001)
        holder[0], holder[1] = me, holder[1] + 1
        return True

    def release(self) -> None:
        self._holders[self._world.here.name][1] -= 1

    def locked(self) -> bool:
        return bool(self._holders.get(self._world.here.name, [None, 0])[1])

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *problem: object) -> None:
        self.release()
