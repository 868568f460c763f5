"""Makes a tenant's reports anew from its documents, and waits until they are.

The job is the one that the reports' page starts; the `reporting` worker does it, and the old numbers are read until it is
done. The table and the queues are the environment's.

    python -m infra.ops.rebuild --tenant maison
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence

from chalicelib.kernel.context import Context
from infra.ops.command import Progress, Say, parser

_LOOK_SECONDS = 1.0


def rebuild(ctx: Context, say: Say, dry_run: bool = False, wait: Callable[[float], object] = time.sleep) -> bool:
    """Starts the rebuild and says how far it is; answers whether it came to its end. Raises Conflict `rebuild_running`."""
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


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; answers its exit status: 1 when the job failed or was cancelled."""
    chosen = parser("rebuild", __doc__).parse_args(arguments)
    from chalicelib.runtime.worker import tenant_work

    return 0 if rebuild(tenant_work(chosen.tenant, "rebuild", 3600.0), print, chosen.dry_run) else 1


if __name__ == "__main__":
    sys.exit(main())
