"""The tests notice: a sample of mutants on every change, and the list of survivors kept honest. `make mutate` does them all."""

from __future__ import annotations

import ast
import os
import subprocess
import sys

from tests.mutation.__main__ import listed_survivors, mutants_of
from tests.mutation.mutants import ROOT, find, mutated
from tests.mutation.packages import PACKAGES

SAMPLE, SEED = "60", "2026"


def test_of_a_seeded_sample_nine_in_ten_are_noticed() -> None:
    environment = {**os.environ, "SAMPLE": SAMPLE, "SEED": SEED, "PACKAGES": ",".join(PACKAGES), "ONLY": "", "REPORT": ""}
    done = subprocess.run([sys.executable, "-m", "tests.mutation"], cwd=ROOT, env=environment, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_listed_survivor_is_a_mutant_and_has_a_reason() -> None:
    """Whoever changes a line with a listed survivor looks at it again: it is another mutant then."""
    known = {m.name for package in PACKAGES.values() for m in mutants_of(package)[1]}
    listed = listed_survivors()
    assert set(listed) - known == set(), "these no longer exist: take them off tests/mutation/survivors.toml"
    assert all(len(reason) > 10 for reason in listed.values())


def test_names_are_unique_and_each_mutant_is_other_code() -> None:
    path = ROOT / "chalicelib/kernel/money.py"
    before = ast.unparse(find(path)[0])
    names = [m.name for m in find(path)[1]]
    assert len(names) == len(set(names)) > 90
    for n in range(len(names)):
        tree, mutants = find(path)
        assert ast.unparse(mutated(tree, mutants[n].change)) != before, names[n]


def test_the_trade_rules_are_among_the_mutants() -> None:
    """Rounding, limits, tables and refusals are mutated; wording is not."""
    names = "\n".join(m.name for package in PACKAGES.values() for m in mutants_of(package)[1])
    for change in ("ROUND_HALF_UP → rounding=ROUND_HALF_EVEN", "raise Conflict → pass", "('draft', 'confirm')", "'costs.read'",
                   "{'available': quantity}"):
        assert change in names, change
    for wording in ("There is not enough of ", "not enough of ", "Voir les commandes"):
        assert f"{wording}?" not in names, wording
