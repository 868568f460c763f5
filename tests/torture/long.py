"""The long run: every proof at its long size, then the tests that have one too, kept as it goes.

Each run's row is written to build/torture.json when it ends, with the hash of the tree that ran it, and a line says how
much is done and how long the rest may take. RESUME=1 passes over what the same tree has already held. What is known to
cost least comes first, so that as much as possible is whole when somebody stops it.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from tests.torture.proof import Proof, Row, caught_of, chosen_runs, kept_rows, once, told, write_rows

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("app.py", "chalicelib", "connectors", "infra/local/shops", "tests/torture")

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Suite:
    """A test with a long size of its own: `variable` says it, `size` is the long one, `arguments` are pytest's."""

    variable: str
    size: int
    arguments: tuple[str, ...]
    unit: str


SUITES = {
    "differential": Suite("PROGRAMS", 200, ("tests/torture/test_differential.py",), "programs of 100 calls"),
    "import_kill": Suite("KILL_POINTS", 20, ("tests/catalog/test_import_kill.py", "-k", "process"), "kills"),
    "generated_at_the_door": Suite("TIMES", 20, ("tests/hostile/test_generated_sign_in.py",
                                                 "tests/hostile/test_generated_webhooks.py"), "times the examples"),
    "every_operation": Suite("EXAMPLES", 1_000, ("tests/hostile/test_every_operation.py",), "examples of each operation"),
}


@dataclass(frozen=True, slots=True)
class Job:
    """One run that may stand in build/torture.json: `tree` is what it depends on, `run` does it."""

    name: str
    seed: int
    size: int
    unit: str
    tree: str
    run: Callable[[], Row]

    def is_done(self, rows: Iterable[Row]) -> bool:
        """Whether this very tree has held it."""
        return any((row.proof, row.seed, row.size, row.tree) == (self.name, self.seed, self.size, self.tree) and row.held
                   for row in rows)

    def seconds(self, rows: Iterable[Row]) -> float:
        """What it may cost, by the dearest run so far of the same proof; 0 when there was none."""
        return max((row.seconds / max(row.size, 1) for row in rows if row.proof == self.name), default=0.0) * self.size


@cache
def tree_of(*paths: str) -> str:
    """A hash over the sources at these paths, as they are on the disk."""
    found = hashlib.sha256()
    for path in map(ROOT.joinpath, paths):
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            found.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
    return found.hexdigest()[:16]


def jobs_of(proofs: Sequence[Proof], with_variants: bool, say: Say) -> list[Job]:
    """The runs that the environment asks for of these proofs; the planted bugs go with the first seed."""
    tree = tree_of(*PRODUCT)
    found = []
    for proof in proofs:
        for n, (seed, size) in enumerate(chosen_runs(proof, proof.long)):
            def run(proof: Proof = proof, seed: int = seed, size: int = size, is_first: bool = not n) -> Row:
                row = replace(once(proof, seed, size), tree=tree)
                say(told(proof, row))
                return replace(row, variants=caught_of(proof, say)) if is_first and with_variants else row

            found.append(Job(proof.name, seed, size, proof.unit, tree, run))
    return found


def suite_job(name: str, say: Say) -> Job:
    """A test at its long size, in a process of its own."""
    suite = SUITES[name]
    size = int(os.environ.get(suite.variable, suite.size))
    tree = tree_of(*PRODUCT, str(Path(suite.arguments[0]).parent))

    def run() -> Row:
        started = sum(os.times()[:4])
        done = subprocess.run([sys.executable, "-m", "pytest", "-q", "--no-header", *suite.arguments], cwd=ROOT, check=False,
                              env={**os.environ, suite.variable: str(size)}, capture_output=True, text=True)
        row = Row(name, 1, size, {}, "failed" if done.returncode else "held", round(sum(os.times()[:4]) - started, 2),
                  problems=(done.stdout[-4000:],) if done.returncode else (), tree=tree)
        say(f"{name}: {size} {suite.unit}: {row.result} in {row.seconds} CPU-s" + "".join(f"\n{p}" for p in row.problems))
        return row

    return Job(name, 1, size, suite.unit, tree, run)


def run_jobs(jobs: Sequence[Job], resumed: bool, say: Say) -> list[Row]:
    """Does them, the cheapest proof first, and keeps each row; answers the rows of all, those passed over too."""
    before = kept_rows()
    whole = {name: sum(job.seconds(before) for job in jobs if job.name == name) for name in {job.name for job in jobs}}
    ordered = sorted(jobs, key=lambda job: (whole[job.name], job.name, job.seed))
    left = [job for job in ordered if not (resumed and job.is_done(before))]
    rows = [row for job in ordered if job not in left for row in before
            if (row.proof, row.seed, row.size) == (job.name, job.seed, job.size)]
    for n, job in enumerate(left, 1):
        row = job.run()
        write_rows([row])
        rows.append(row)
        rest = sum(each.seconds(kept_rows()) for each in left[n:])
        if len(jobs) > 1:
            say(f"  {len(jobs) - len(left) + n} of {len(jobs)} runs done, {len(left) - n} remain: "
                f"about {rest / 60:.0f} CPU-minutes")
    return rows
