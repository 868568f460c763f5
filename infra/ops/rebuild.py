"""Makes what is derived again from what it is derived from, and says what was not as it should be.

Lists and look-ups, search, timelines of the last 30 days, the stock list, and the ledger's lines and balances are made again
where they stand (`projections`), reports beside the old ones by the job that their page starts. Each is compared before and
after: a second run changes nothing. The table and the queues are the environment's.

    python -m infra.ops.rebuild --tenant maison [--only ledger --only search]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence

from chalicelib.kernel.context import Context
from infra.ops import scanning
from infra.ops.command import Progress, Say, parser
from infra.ops.projections import PROJECTIONS, Projection

_LOOK_SECONDS = 1.0
REPORTS = "reports"


def rebuild(ctx: Context, say: Say, dry_run: bool = False, wait: Callable[[float], object] = time.sleep) -> bool:
    """Starts the reports' rebuild and says how far it is; answers whether it came to its end. Raises Conflict
    `rebuild_running`."""
    from chalicelib.kernel.job import JOB, OPEN
    from chalicelib.reporting import rebuilding
    from chalicelib.storage import read

    if dry_run:
        Progress(say, rebuilding.total(ctx)).finish("rebuild", True, tenant=ctx.tenant_id)
        return True
    job = rebuilding.start(ctx)
    progress = Progress(say, job.total)
    while job.state in OPEN:
        wait(_LOOK_SECONDS)
        job = read.get(ctx, JOB, job.id)
        progress.step(job.done - progress.done)
    progress.finish("rebuild", False, tenant=ctx.tenant_id, job=job.id, state=job.state, counts=dict(job.counts),
                    failure=job.failure_detail)
    return job.state == "done"


def in_place(ctx: Context, chosen: Sequence[Projection], say: Say, dry_run: bool = False) -> dict[str, int]:
    """Makes projections again where they stand; answers how many items of each were added, changed or taken away."""
    progress, changed = Progress(say, len(chosen)), dict[str, int]()
    for projection in chosen if not dry_run else ():
        before = scanning.digests(scanning.of_tenant(ctx, *projection.families))
        projection.rebuild(ctx)
        after = scanning.digests(scanning.of_tenant(ctx, *projection.families))
        changed[projection.name] = sum(before.get(key) != after.get(key) for key in before.keys() | after.keys())
        say(f"{projection.name} (from {projection.source}): {changed[projection.name] or 'none'} of {len(after)} changed")
        progress.step()
    progress.finish("rebuild", dry_run, tenant=ctx.tenant_id, projections=[each.name for each in chosen], changed=changed)
    return changed


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; answers its exit status: 1 when the reports' job failed or was cancelled."""
    asked = parser("rebuild", __doc__)
    asked.add_argument("--only", action="append", default=[], choices=[*(each.name for each in PROJECTIONS), REPORTS],
                       help="only this; may be repeated")
    chosen = asked.parse_args(arguments)
    from chalicelib.runtime.worker import tenant_work

    ctx, only = tenant_work(chosen.tenant, "rebuild", 3600.0), chosen.only
    standing = [each for each in PROJECTIONS if not only or each.name in only]
    if standing:
        in_place(ctx, standing, print, chosen.dry_run)
    return 0 if (only and REPORTS not in only) or rebuild(ctx, print, chosen.dry_run) else 1


if __name__ == "__main__":
    sys.exit(main())
