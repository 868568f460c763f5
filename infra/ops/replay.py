"""Publishes a tenant's outbox of some time again: after a restore, or when a consumer was wrong and is repaired.

Consumers know the events they have done and do nothing for those, so publishing twice does no harm. The outbox keeps
events for 30 days. The table and the queues are the environment's.

    python -m infra.ops.replay --tenant maison --since 2026-01-05T08:00 --until 2026-01-05T12:00 [--type OrderPlaced]
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from chalicelib.kernel.context import Context
from infra.ops.command import Progress, Say, instant, parser

_BATCH = 100


def replay(ctx: Context, since: datetime, until: datetime, say: Say, types: Sequence[str] = (), dry_run: bool = False) -> int:
    """Publishes the events between two instants, of some types only if any is named; answers how many a queue refused."""
    from chalicelib.events.relay import publish
    from chalicelib.events.sweep import outbox_between

    found = [event for event in outbox_between(ctx, since, until) if not types or event.type in types]
    for name, count in sorted(Counter(event.type for event in found).items()):
        say(f"{name}: {count}")
    progress, failed = Progress(say, len(found)), set[str]()
    for start in range(0, 0 if dry_run else len(found), _BATCH):
        batch = found[start : start + _BATCH]
        refused = publish(batch)
        failed |= refused
        progress.step(len(batch) - len(refused))
    progress.finish("replay", dry_run, tenant=ctx.tenant_id, since=since.isoformat(), until=until.isoformat(),
                    types=list(types), refused=len(failed))
    return len(failed)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; answers its exit status: 1 when a queue refused some, which may be published again."""
    asked = parser("replay", __doc__)
    asked.add_argument("--since", type=instant, required=True, help="from this instant (ISO 8601, UTC without a zone)")
    asked.add_argument("--until", type=instant, required=True, help="to this instant")
    asked.add_argument("--type", action="append", default=[], help="only events of this type; may be repeated")
    chosen = asked.parse_args(arguments)
    if chosen.until < chosen.since:
        asked.error("--until is before --since")
    from chalicelib.runtime.worker import tenant_work

    ctx = tenant_work(chosen.tenant, "replay", 3600.0)
    return 1 if replay(ctx, chosen.since, chosen.until, print, chosen.type, chosen.dry_run) else 0


if __name__ == "__main__":
    sys.exit(main())
