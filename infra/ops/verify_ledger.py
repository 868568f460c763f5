"""`python -m infra.ops.verify_ledger [--tenant ID] [--data FOLDER]`: is every journal as it was posted?

Follows the chain of every journal of every tenant, compares it with its signed checkpoint, and the kept balances with the
entries. Names the first broken entry of each journal. Exits with 1 when something is wrong. The table is the
environment's; with `--data` that of a Comptoir on this laptop that is not running.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from chalicelib.kernel.context import Context

Say = Callable[[str], None]


def verify_tenant(ctx: Context, say: Say) -> int:
    """Says what is wrong with the tenant's books, and how much was looked at; answers how many faults there are."""
    from chalicelib.ledger import checkpoints, heads, rolling

    faults = looked_at = 0
    for year in checkpoints.years(ctx):
        for journal in year.journals:
            broken = checkpoints.verify_whole(ctx, year, journal)
            if broken:
                faults += 1
                say(f"{ctx.tenant_id} {year.id} {journal}: entry {broken.number}: {broken.reason}")
        looked_at += sum(head.next_number - 1 for head in heads.heads_of(ctx, year).values())
        if faults == 0:
            differing = rolling.differences(ctx, year)
            faults += len(differing)
            for name in differing:
                say(f"{ctx.tenant_id} {year.id}: the kept balance {name} is not that of the entries")
    say(f"{ctx.tenant_id}: {looked_at} entries, {faults or 'no'} fault{'s' if faults > 1 else ''}")
    return faults


def verify(tenants: Sequence[str], say: Say) -> int:
    """Verifies tenants, all of them when none is named; answers how many faults there are."""
    from chalicelib.runtime.sessions import active_tenants
    from chalicelib.runtime.worker import tenant_work

    return sum(verify_tenant(tenant_work(tenant, "verify_ledger", 3600.0), say) for tenant in tenants or active_tenants())


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; answers its exit status."""
    parser = argparse.ArgumentParser(prog="verify_ledger", description=__doc__)
    parser.add_argument("--tenant", action="append", default=[], help="only this tenant; may be repeated")
    parser.add_argument("--data", type=Path, help="the DATA folder of a Comptoir that is not running")
    chosen = parser.parse_args(arguments)
    if chosen.data is None:
        return 1 if verify(chosen.tenant, print) else 0
    from infra.local.engine import Engine
    from infra.local.resources import prepare

    engine = Engine.start(chosen.data)
    try:
        prepare(engine.environment(), "http://127.0.0.1:8000")
        return 1 if verify(chosen.tenant, print) else 0
    finally:
        engine.stop()


if __name__ == "__main__":
    sys.exit(main())
