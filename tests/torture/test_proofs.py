"""Every proof at its CI size, every planted bug caught, and the simulator's own promises."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.torture.faults import STORMY
from tests.torture.proof import all_proofs, once, run_proof
from tests.torture.world import Died, World

PROOFS = all_proofs()


@pytest.mark.parametrize("name", PROOFS)
def test_it_holds_and_every_planted_bug_is_caught(name: str) -> None:
    told: list[str] = []
    rows = run_proof(PROOFS[name], told.append)
    sys.stdout.write("\n".join(told) + "\n")
    assert all(row.held for row in rows), "\n".join(told)


def test_the_same_seed_is_the_same_run_whatever_the_hash_seed() -> None:
    """Two processes whose sets and dicts are ordered differently, and one of which has run much else before, walk the same
    way; another seed walks another."""
    simulated = [name for name, proof in PROOFS.items() if proof.is_simulated]
    hash_seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    told = subprocess.run(
        [sys.executable, "-m", "tests.torture", *simulated], capture_output=True, text=True, check=False,
        env={**os.environ, "SEED": "7", "SIZE": "48", "PYTHONHASHSEED": hash_seed}).stdout
    there = dict(re.findall(r"^(\w+): seed .* trace (\S+)$", told, re.MULTILINE))
    assert there.keys() == set(simulated), told
    here = {name: once(PROOFS[name], 7, 48).trace for name in simulated}
    assert here == there
    assert once(PROOFS["reservations"], 8, 48).trace != here["reservations"]


def test_time_is_virtual_and_everybody_has_a_turn() -> None:
    order: list[str] = []
    with World(seed=1) as world:
        def walker(name: str, pause: float) -> None:
            for _ in range(3):
                world.sleep(pause)
                order.append(name)

        world.spawn("slow", lambda: walker("slow", 3600))
        world.spawn("quick", lambda: walker("quick", 60))
        world.run()
        assert world.time == 3 * 3600
    assert order == ["quick"] * 3 + ["slow"] * 3


def test_what_was_killed_has_no_effect_any_more() -> None:
    """A killed invocation runs its `finally` blocks, but none of its calls arrives."""
    from chalicelib.kernel.context import Context
    from chalicelib.storage import keys, single
    from chalicelib.storage.table import Item
    from tests.torture.merchant import Merchant

    def put(ctx: Context, name: str) -> None:
        single.put(ctx, Item(keys.counter(ctx, name), "note", ctx.tenant_id, "{}"))

    with World(seed=1) as world:
        merchant = Merchant(world)

        def work() -> None:
            try:
                put(merchant.context(), "before")
                world.kill()
            finally:
                put(merchant.context(), "after")

        def client() -> None:
            with pytest.raises(Died):
                world.invoke("api", work)

        world.spawn("client", client)
        world.run()
        assert [item.key.pk.rpartition("#")[2] for item in merchant.items("COUNTER#")] == ["before"]


def test_every_fault_of_the_menu_is_met() -> None:
    from tests.torture.faults import KINDS

    met: set[str] = set()
    with World(seed=3, faults=STORMY) as world:
        met = {world.faults.but(rate=1.0).draw(world.chance, operation)
               for operation in ("TransactWriteItems", "BatchWriteItem", "HTTP", "Query") for _ in range(200)}
    assert met == set(KINDS)
