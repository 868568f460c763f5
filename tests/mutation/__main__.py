"""`make mutate`: changes the code in one small place at a time and asks whether a test notices.

Variables: PACKAGES (comma-separated, all), SAMPLE (so many mutants of all, picked by SEED), ONLY (part of a mutant's name).
Without a sample, every survivor must stand in `survivors.toml` with a reason, and whatever stands there must survive.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.mutation.mutants import ROOT, Mutant, find
from tests.mutation.packages import PACKAGES, Package
from tests.mutation.running import (
    KILLED,
    TIMED_OUT,
    Trees,
    Warm,
    compiled_once,
    fixed_examples,
    from_scratch,
    quiet_pytest,
    warmed_up,
)

SURVIVORS = Path(__file__).with_name("survivors.toml")
REPORT = ROOT / "build" / "mutation.json"
WANTED = 0.9

Verdicts = list[tuple[Mutant, str]]


def listed_survivors() -> dict[str, str]:
    """Each mutant that may survive, with the reason."""
    return {name: reason for table in tomllib.loads(SURVIVORS.read_text()).values() for name, reason in table.items()}


def mutants_of(package: Package) -> tuple[Trees, list[Mutant]]:
    """The package's trees and mutants."""
    trees: Trees = {}
    found: list[Mutant] = []
    for path in package.modules:
        trees[path], mutants = find(ROOT / path)
        found += mutants
    return trees, found


def judge(package: Package, trees: Trees, mutants: Sequence[Mutant], told: Callable[[Mutant, str], None]) -> None:
    """Tells the verdict on each of the mutants."""
    for mutant, verdict in from_scratch(trees, [m for m in mutants if not m.in_function], package.pure, package.tests):
        told(mutant, verdict)
    inside = [m for m in mutants if m.in_function]
    if inside and (status := quiet_pytest([*package.pure, *package.tests], Warm(trees, inside, told))) != 0:
        raise SystemExit(f"pytest ended with {status}")


def _chosen(mutants: dict[str, list[Mutant]]) -> dict[str, list[Mutant]]:
    """What the variables ask for."""
    only, sample = os.environ.get("ONLY", ""), int(os.environ.get("SAMPLE", "0"))
    chosen = {name: [m for m in found if only in m.name] for name, found in mutants.items()}
    if sample:
        everything = [(name, m) for name, found in chosen.items() for m in found]
        picked = random.Random(int(os.environ.get("SEED", "1"))).sample(everything, min(sample, len(everything)))
        chosen = {name: [m for other, m in picked if other == name] for name in chosen}
    return chosen


def _in_process_of_its_own(package: Package, trees: Trees, mutants: Sequence[Mutant],
                            listed: Mapping[str, str]) -> Verdicts:
    """The verdicts on a package's mutants; a fork per package, for each warms up with other modules."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.close(reading)
        with os.fdopen(writing, "w", buffering=1) as pipe:
            numbers = {id(m): n for n, m in enumerate(mutants)}
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115
            warmed_up(package.modules)
            fixed_examples()
            judge(package, trees, mutants, lambda m, verdict: print(numbers[id(m)], verdict, file=pipe) or None)
        os._exit(0)
    os.close(writing)
    verdicts: Verdicts = []
    with os.fdopen(reading) as pipe:
        for line in pipe:
            number, _, verdict = line.strip().partition(" ")
            mutant = mutants[int(number)]
            verdicts.append((mutant, verdict))
            if not _is_dead(verdict) and mutant.name not in listed:
                print(f"  {verdict}, line {mutant.line}: {mutant.name}", flush=True)
    os.wait()
    return verdicts


def _judged(made: Mapping[str, tuple[Trees, list[Mutant]]], chosen: Mapping[str, list[Mutant]],
            listed: Mapping[str, str]) -> Iterator[tuple[str, Verdicts, float]]:
    """Each package that has mutants to judge, the verdicts, and the seconds; what all stand on is loaded once before."""
    with compiled_once():
        warmed_up([path for name, mutants in chosen.items() if mutants for path in PACKAGES[name].modules])
        for name, mutants in chosen.items():
            if mutants:
                began = time.monotonic()
                verdicts = _in_process_of_its_own(PACKAGES[name], made[name][0], mutants, listed)
                yield name, verdicts, time.monotonic() - began


def _is_dead(verdict: str) -> bool:
    return verdict in (KILLED, TIMED_OUT)


def main() -> int:
    """Judges, prints a line per package, writes the report; 0 when all is as it should be."""
    REPORT.parent.mkdir(exist_ok=True)
    wanted = os.environ.get("PACKAGES", ",".join(PACKAGES)).split(",")
    made = {name: mutants_of(PACKAGES[name]) for name in wanted}
    chosen = _chosen({name: mutants for name, (_, mutants) in made.items()})
    listed = listed_survivors()
    is_whole = chosen == {name: mutants for name, (_, mutants) in made.items()}
    problems: list[str] = []
    report = {}
    for name, verdicts, seconds in _judged(made, chosen, listed):
        mutants = chosen[name]
        if len(verdicts) < len(mutants):
            problems.append(f"{name}: {len(mutants) - len(verdicts)} mutants were not judged")
        alive = [(m, verdict) for m, verdict in verdicts if not _is_dead(verdict)]
        killed = len(verdicts) - len(alive)
        report[name] = {"killed": killed, "survived": len(alive), "total": len(verdicts), "seconds": round(seconds, 1),
                        "survivors": [{"mutant": m.name, "line": m.line, "verdict": verdict,
                                       "reason": listed.get(m.name, "")} for m, verdict in alive]}
        print(f"{name:8} {killed:5} killed {len(alive):4} survived {len(verdicts):5} mutants "
              f"{killed / max(1, len(verdicts)):7.1%} {seconds:7.1f} s", flush=True)
        for m, _ in alive:
            if m.name not in listed and is_whole:
                problems.append(f"survived and not listed: {m.name}")
        if is_whole and killed < WANTED * len(verdicts):
            problems.append(f"{name}: fewer than {WANTED:.0%} killed")
        problems += [f"listed as a survivor, but killed: {m.name}" for m, verdict in verdicts
                     if m.name in listed and _is_dead(verdict)]
    judged, killed = (sum(each[key] for each in report.values()) for key in ("total", "killed"))
    if killed < WANTED * judged:
        problems.append(f"fewer than {WANTED:.0%} killed")
    if os.environ.get("REPORT", "yes"):
        REPORT.write_text(json.dumps({"killed": killed, "total": judged, "packages": report}, indent=1, ensure_ascii=False))
    print("\n".join(problems) or f"mutation: {killed} of {judged} killed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
