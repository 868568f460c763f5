"""Runs mutants: a warm process with the tests collected forks once per mutant, so that none costs a start.

A mutant in a function gets the function's other code; one in a table, a shape or a default needs its module loaded anew,
by a process that has not loaded it yet. A test takes part only if it enters the mutant's function.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import resource
import signal
import sys
import tempfile
import time
import types
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests.mutation.mutants import ROOT, Mutant, mutated
from tests.mutation.simulated import Simulated

CPU_SECONDS_PER_MUTANT, SECONDS_PER_MUTANT = 10, 300
TIME_IS_UP = (signal.SIGPROF, signal.SIGALRM)
BYTES_MORE = 2 << 30
KILLED, SURVIVED, TIMED_OUT, UNREACHED = "killed", "survived", "timed out", "no test enters it"
OURS = ("chalicelib", "connectors", "tests.")

Trees = dict[str, ast.Module]
Told = Callable[[Mutant, str], None]


def module_name(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def in_child(work: Callable[[], bool]) -> str:
    """Does `work` in a fork, silent and within time and memory: it answers whether the mutant was found."""
    pid = os.fork()
    if pid == 0:
        status = 1
        with contextlib.suppress(BaseException):
            null = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(null, descriptor)
            for each in TIME_IS_UP:
                signal.signal(each, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS_PER_MUTANT)
            signal.alarm(SECONDS_PER_MUTANT)
            limit = _address_space() + BYTES_MORE
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
            status = 1 if work() else 0
        os._exit(status)
    _, ended = os.waitpid(pid, 0)
    if os.WIFSIGNALED(ended):
        return TIMED_OUT if os.WTERMSIG(ended) in TIME_IS_UP else KILLED
    return KILLED if os.WEXITSTATUS(ended) else SURVIVED


def _address_space() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def quiet_pytest(tests: Sequence[str], *plugins: object) -> int:
    """One run of the tests, the same every time: fixed examples, simulated engine, pure tests first."""
    arguments = ["-q", "-x", "--no-header", "-p", "no:cacheprovider", "--import-mode=importlib", "--rootdir", str(ROOT)]
    return int(pytest.main([*arguments, *tests], plugins=[Simulated(), *plugins]))


def fixed_examples() -> None:
    """Hypothesis without chance, without shrinking: a mutant needs one counter-example, not the smallest."""
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile("mutation", derandomize=True, max_examples=40, database=None, deadline=None,
                                         phases=phases, suppress_health_check=list(hypothesis.HealthCheck))
    hypothesis.settings.load_profile("mutation")


# -- mutants in functions ----------------------------------------------------------------------------------------------


class Warm:
    """A pytest plugin: runs the tests once, noting which functions each enters, then the mutants in forks."""

    def __init__(self, trees: Trees, mutants: Sequence[Mutant], told: Told) -> None:
        self.trees, self.mutants, self.told = trees, mutants, told
        self.entered: dict[str, set[tuple[str, int]]] = {}
        self.seconds: dict[str, float] = {}
        self.failed: list[str] = []

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.failed.append(report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: Any) -> bool:
        items = session.items
        for item in items:
            self._baseline(item)
        if self.failed or not items:
            raise pytest.UsageError(f"the tests must pass before they can judge: {self.failed[:5]}")
        items.sort(key=lambda item: self.seconds[item.nodeid])
        for mutant in self.mutants:
            code, function = self._codes(mutant)
            known = (str(ROOT / mutant.module), function.__code__.co_firstlineno)
            mine = [item for item in items if known in self.entered[item.nodeid]]
            if not mine:
                self.told(mutant, UNREACHED)
                continue
            self.told(mutant, in_child(lambda m=mutant, c=code, f=function, t=mine: self._found(m, c, f, t)))
        return True

    def _baseline(self, item: Any) -> None:
        entered: set[tuple[str, int]] = set()
        prefix = str(ROOT / "chalicelib")

        def note(frame: types.FrameType, event: str, argument: Any) -> None:
            if event == "call" and frame.f_code.co_filename.startswith(prefix):
                entered.add((frame.f_code.co_filename, frame.f_code.co_firstlineno))

        began = time.monotonic()
        sys.setprofile(note)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        sys.setprofile(None)
        self.entered[item.nodeid], self.seconds[item.nodeid] = entered, time.monotonic() - began

    def _codes(self, mutant: Mutant) -> tuple[Callable[[], types.CodeType], types.FunctionType]:
        live = live_function(importlib.import_module(module_name(mutant.module)), mutant.where)
        return lambda: code_of(mutated(self.trees[mutant.module], mutant.change), mutant.module, mutant.where), live

    def _found(self, mutant: Mutant, code: Callable[[], types.CodeType], live: types.FunctionType, items: list[Any]) -> bool:
        live.__code__ = code()
        self.failed.clear()
        for item in items:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
            if self.failed:
                return True
        return False


def live_function(module: types.ModuleType, where: str) -> types.FunctionType:
    """The function of that name, below what decorates it."""
    found: Any = module
    for part in where.split("."):
        found = found.__dict__[part]
    found = getattr(found, "fget", None) or getattr(found, "__func__", found)
    while not isinstance(found, types.FunctionType):
        found = found.__wrapped__
    return found


def code_of(tree: ast.Module, path: str, where: str) -> types.CodeType:
    """The code of one function of a changed module."""
    code = compile(tree, str(ROOT / path), "exec")
    for part in where.split("."):
        code = next(each for each in code.co_consts if isinstance(each, types.CodeType) and each.co_name == part)
    return code


# -- mutants in tables, shapes and defaults ----------------------------------------------------------------------------


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads one module from a changed tree."""

    def __init__(self, mutant: Mutant, tree: ast.Module) -> None:
        self.name, self.path, self.tree = module_name(mutant.module), str(ROOT / mutant.module), tree

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=self)

    def create_module(self, spec: Any) -> None:
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        exec(compile(self.tree, self.path, "exec"), module.__dict__)


@contextlib.contextmanager
def compiled_once() -> Iterator[None]:
    """Compiled code is kept for the length of the run, in a place of its own, and pytest loads no plugins: what each mutant
    that needs its module anew would pay for again."""
    with tempfile.TemporaryDirectory() as directory:
        sys.dont_write_bytecode, sys.pycache_prefix = False, directory
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        yield


def warmed_up(modules: Sequence[str]) -> None:
    """Loads what the modules stand on, and forgets our own part of it."""
    for path in modules:
        importlib.import_module(module_name(path))
    for name in [name for name in sys.modules if name.startswith(OURS) and not name.startswith("tests.mutation")]:
        del sys.modules[name]


def from_scratch(trees: Trees, mutants: Sequence[Mutant], *tests: Sequence[str]) -> Iterator[tuple[Mutant, str]]:
    """The verdict on each mutant whose module has to be loaded anew; the later `tests` only where the first pass."""

    def found(mutant: Mutant) -> bool:
        sys.meta_path.insert(0, _Changed(mutant, mutated(trees[mutant.module], mutant.change)))
        return is_noticed()

    def is_noticed() -> bool:
        return any(quiet_pytest(each) != 0 for each in tests if each)

    if mutants and in_child(is_noticed) != SURVIVED:
        raise SystemExit("the tests must pass before they can judge")
    for mutant in mutants:
        yield mutant, in_child(lambda m=mutant: found(m))
