"""The frame: what a proof is, how it is found, run, replayed and written down.

A proof is a module in `tests/torture/proofs/` that says

    def run(seed: int, size: int, faults: Faults) -> Result: …      # a workload in a World, then its invariants
    PROOF = Proof("reservations", run, ci_size=5000, ci_seeds=3, long_size=20_000, faults=STORMY,
                  variants={"no condition": Variant(no_condition)})

`Result.check("never oversold", held, "SKU A: -1")` records an invariant; a proof holds when all of them do, and each must
have been checked at least once (`Result.counts`). A variant is a context manager that plants a bug in the product; the
proof must catch it: at least one invariant fails under one of the variant's seeds. An exception out of `run` is a defect
of the proof (or a crash it did not expect) and counts as a failure of the proof, never as a catch.

`python -m tests.torture [name…]` runs them; SEEDS (how many), SIZE and SEED (one alone) are variables of the environment.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

from tests.torture import proofs
from tests.torture.faults import STORMY, Faults
from tests.torture.world import World

ROWS = Path("build") / "torture.json"


class Caught(BaseException):
    """An invariant failed in a run that looks for nothing else: a planted bug is found, the rest of the run says no more."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.problems[-1])
        self.result = result


@dataclass(slots=True)
class Result:
    """What a run found: how often each invariant was checked, where it failed, and figures worth printing."""

    ends_when_caught: ClassVar[bool] = False
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    trace: str = ""

    def check(self, invariant: str, held: bool, detail: object = "") -> None:
        """Records one check of an invariant; `detail` says where it failed."""
        self.counts[invariant] += 1
        if not held:
            self.problems.append(f"{invariant}: {detail}")
            if Result.ends_when_caught:
                raise Caught(self)

    def close(self, world: World) -> Result:
        """Takes trace, faults met and calls made from the world; `return result.close(world)` ends a run."""
        self.trace = world.trace
        self.facts = {"calls": world.calls.total(), "faults": world.met.total(), "virtual_seconds": round(world.time),
                      **self.facts}
        return self


@dataclass(frozen=True, slots=True)
class Variant:
    """A bug planted in the product. `size` is that of the run that must catch it, within `seeds` runs."""

    plant: Callable[[], AbstractContextManager[Any]]
    size: int | None = None
    seeds: int = 3
    faults: Faults | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """See the module's docstring. `ci` and `long` are (size, seeds); all sizes in what `unit` says. A proof that is not
    simulated runs in real time: its seed does not name a run."""

    name: str
    run: Callable[[int, int, Faults], Result]
    ci: tuple[int, int]
    long: tuple[int, int]
    unit: str = "operations"
    faults: Faults = STORMY
    variants: Mapping[str, Variant] = field(default_factory=dict)
    variant_size: int = 400
    is_simulated: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """One run as build/torture.json keeps it. `variants` says what caught each planted bug ("" for one that escaped), `tree`
    which sources a long run was made of."""

    proof: str
    seed: int
    size: int
    faults: Mapping[str, Any]
    result: str
    seconds: float
    trace: str = ""
    checks: Mapping[str, int] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    variants: Mapping[str, str] = field(default_factory=dict)
    tree: str = ""

    @property
    def held(self) -> bool:
        return self.result == "held" and all(self.variants.values())


def all_proofs() -> dict[str, Proof]:
    """Every proof by its name."""
    modules = [importlib.import_module(f"{proofs.__name__}.{each.name}") for each in pkgutil.iter_modules(proofs.__path__)]
    return {module.PROOF.name: module.PROOF for module in modules}


def once(proof: Proof, seed: int, size: int, faults: Faults | None = None,
         planted: AbstractContextManager[Any] | None = None) -> Row:
    """One run of a proof, timed in CPU-seconds, those of its children included."""
    chosen = faults or proof.faults
    started = sum(os.times()[:4])
    try:
        with planted or nullcontext(), patch.object(Result, "ends_when_caught", planted is not None):
            found = proof.run(seed, size, chosen)
    except Caught as caught:
        found, outcome = caught.result, "failed"
    except Exception as error:
        found = Result(problems=["".join(traceback.format_exception(error))])
        outcome = "crashed"
    else:
        outcome = "failed" if found.problems else "held" if found.counts else "checked nothing"
    return Row(proof.name, seed, size, asdict(chosen), outcome, round(sum(os.times()[:4]) - started, 2), found.trace,
               dict(found.counts), found.facts, tuple(found.problems[:20]))


def catches(proof: Proof) -> Iterator[tuple[str, str, list[Row]]]:
    """Each planted bug with the invariant that caught it ("" if none did), and the runs that were needed."""
    for name, variant in proof.variants.items():
        runs: list[Row] = []
        caught = ""
        for seed in range(1, variant.seeds + 1):
            row = once(proof, seed, variant.size or proof.variant_size, variant.faults, variant.plant())
            runs.append(row)
            if row.result == "failed":
                caught = row.problems[0].partition(":")[0]
                break
        yield name, caught, runs


def replay(row: Row) -> str:
    """The command that runs this very run again."""
    return f"SEED={row.seed} SIZE={row.size} .venv/bin/python -m tests.torture {row.proof}"


def kept_rows() -> list[Row]:
    """The rows of build/torture.json; none that an older frame wrote otherwise."""
    if not ROWS.exists():
        return []
    names = {each.name for each in fields(Row)}
    return [Row(**{**row, "problems": tuple(row["problems"])}) for row in json.loads(ROWS.read_text()) if set(row) <= names]


def write_rows(rows: list[Row]) -> None:
    """Keeps the rows in build/torture.json, in place of older ones of the same proof, seed and size."""
    ROWS.parent.mkdir(exist_ok=True)
    same = {(row.proof, row.seed, row.size) for row in rows}
    kept = [row for row in kept_rows() if (row.proof, row.seed, row.size) not in same]
    ROWS.with_suffix(".new").write_text(json.dumps([asdict(row) for row in (*kept, *rows)], indent=1, default=str))
    ROWS.with_suffix(".new").replace(ROWS)


def chosen_runs(proof: Proof, of: tuple[int, int]) -> list[tuple[int, int]]:
    """(seed, size) of the runs that the environment asks for: SEED, SEEDS, SIZE."""
    size, seeds = of
    size = int(os.environ.get("SIZE", size))
    if "SEED" in os.environ:
        return [(int(os.environ["SEED"]), size)]
    return [(seed, size) for seed in range(1, int(os.environ.get("SEEDS", seeds)) + 1)]


def told(proof: Proof, row: Row) -> str:
    """What a person reads of a run; how to repeat it when it did not hold."""
    line = (f"{proof.name}: seed {row.seed}, {row.size} {proof.unit}: {row.result} in {row.seconds} CPU-s; "
            f"{sum(row.checks.values())} checks, {row.facts}, trace {row.trace}")
    return line if row.result == "held" else "\n".join((line, *row.problems[:5], f"replay with: {replay(row)}"))


def caught_of(proof: Proof, say: Callable[[str], object]) -> dict[str, str]:
    """What caught each planted bug, told line by line."""
    caught: dict[str, str] = {}
    for name, by, runs in catches(proof):
        caught[name] = by
        say(f"{proof.name}: {name}: " + (f"caught by {by!r}, seed {runs[-1].seed}" if by else
                                         f"ESCAPED ({', '.join(run.result for run in runs)})"))
        if not by and runs[-1].result == "crashed":
            say(runs[-1].problems[0])
    return caught


def run_proof(proof: Proof, say: Callable[[str], object]) -> list[Row]:
    """All runs of a proof at its CI size and its variants, told line by line. The variants stand in the first run's row."""
    rows = []
    for seed, size in chosen_runs(proof, proof.ci):
        rows.append(once(proof, seed, size))
        say(told(proof, rows[-1]))
    rows[0] = replace(rows[0], variants=caught_of(proof, say))
    write_rows(rows)
    return rows
