"""Balances are linearizable: real processes and threads on the local engine, kills in between, and the history checked.

Some processes of some threads place, cancel and ship orders of the same few SKUs, receive and read them. Workers are killed
with `kill -9` and replaced, the engine is killed and started again, some answers of transactions are lost. What was called,
when, and what was answered is recorded (`tests/torture/engine_run.py`). For each SKU there must be an order of the
operations, each between its call and its answer, in which a plain counter gives these very answers (`linear.py`); what was
not answered counts if its marker says so. The books are checked as in the proof of reservations. `size` is operations.

The engine's time is real, so a seed does not name a run; the run's history is kept in build/history-<seed>.json if it fails.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from chalicelib.sales.model import ORDER
from tests.torture import linear
from tests.torture.faults import CALM, Faults
from tests.torture.merchant import Merchant
from tests.torture.proof import ROWS, Proof, Result, Variant
from tests.torture.proofs.reservations import check_books

ROOT = Path(__file__).resolve().parents[3]
LARGE = 4_000
"""From this size on: four processes of eight threads; below, two of four."""

_planted = [""]


def run(seed: int, size: int, faults: Faults) -> Result:
    """One recorded run, and what it says."""
    directory = Path(tempfile.mkdtemp(prefix="comptoir-history-"))
    wishes = {"directory": str(directory), "seed": seed, "size": size, "processes": 4 if size >= LARGE else 2,
              "threads": 8 if size >= LARGE else 4, "kills": max(size // 1_000, 1), "engine_kills": max(size // 5_000, 1),
              "planted": _planted[0]}
    try:
        subprocess.run([sys.executable, "-m", "tests.torture.engine_run", json.dumps(wishes)], cwd=ROOT, check=True)
        rows = json.loads((directory / "history").read_text())
        books = json.loads((directory / "books").read_text())
        died = len(list(directory.glob("died-*")))
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    result = Result()
    for sku, history in linear.by_sku(rows).items():
        wrong = linear.problem(history)
        result.check("linearizable", not wrong, f"{sku}: {wrong}")
    _check_books(books, rows, result)
    if result.problems:
        ROWS.parent.mkdir(exist_ok=True)
        (ROWS.parent / f"history-{seed}.json").write_text(json.dumps(rows))
    answers = Counter(f"{row['kind']} {row['result'] if row['kind'] != 'read' else 'ok'}" for row in rows if row["command"])
    result.facts = {"answers": dict(sorted(answers.items())), "killed": died}
    return result


def _check_books(items: list[Any], rows: list[Any], result: Result) -> None:
    table: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for item in items:
        table[item["pk"]["S"]][item["sk"]["S"]] = item
    merchant = Merchant(SimpleNamespace(cloud=SimpleNamespace(table=SimpleNamespace(items=table))))  # type: ignore[arg-type]
    check_books(merchant, result)
    found = Counter(order.note for order in merchant.documents(ORDER))
    for row in rows:
        if row["kind"] == "place":
            wanted = 1 if row["result"] == "ok" else 0
            result.check("no acknowledged order lost, none twice", found[row["order"]] == wanted,
                         f"{row['order']}: {row['result']}, {found[row['order']]} orders")


# -- planted bugs --------------------------------------------------------------------------------------------------------


def _in_the_workers(name: str) -> Any:
    """The bug is planted in the processes that work."""
    @contextmanager
    def plant() -> Iterator[None]:
        _planted[0] = name
        try:
            yield
        finally:
            _planted[0] = ""

    return plant


PROOF = Proof(
    "linearizability", run, ci=(600, 1), long=(20_000, 3), unit="operations", faults=CALM, variant_size=200,
    is_simulated=False, variants={
        "look, then write": Variant(_in_the_workers("look_then_write")),
        "blind retry": Variant(_in_the_workers("blind_retry")),
    })
