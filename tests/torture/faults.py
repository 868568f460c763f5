"""The fault menu: what may go wrong at a call of the product's code, how often, drawn from the world's seed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems", "PutObject",
                    "SendMessageBatch"})
READS = frozenset({"GetItem", "BatchGetItem", "Query", "GetObject"})
KINDS: Mapping[str, frozenset[str]] = {
    "throttle": WRITES | READS,
    "conflict": frozenset({"TransactWriteItems"}),
    "in_progress": frozenset({"TransactWriteItems"}),
    "lost_before": WRITES | READS | {"HTTP"},
    "lost_after": WRITES | {"HTTP"},
    "late": frozenset({"TransactWriteItems", "PutItem"}),
    "kill_before": WRITES | READS | {"HTTP"},
    "kill_after": WRITES | {"HTTP"},
    "slow": WRITES | READS | {"HTTP"},
    "partly": frozenset({"BatchWriteItem", "BatchGetItem", "SendMessageBatch"}),
}
"""Which fault may meet which call:

- throttle, conflict, in_progress: refused by the service, nothing written;
- lost_before: no answer, nothing written; lost_after: no answer, written; late: no answer, written seconds later;
- kill_before, kill_after: the process is gone, before or after the effect;
- slow: the answer takes seconds; partly: some of a batch is answered as not done.
"""


@dataclass(frozen=True, slots=True)
class Faults:
    """How often what goes wrong. `rate` is the share of calls that meet a fault; `weights` says which, relatively.

    `duplicate` and `reorder` are shares of queue messages, `stream_loss` of stream batches (given up, their position
    goes to the failure destination), `late_stream_seconds` the longest delay of a stream record, `lag_seconds` how long
    indexes and inconsistent reads lag behind at most, `skew_seconds` how far the clock of a process is off at most.
    """

    rate: float = 0.0
    weights: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(KINDS, 1.0))
    duplicate: float = 0.0
    reorder: float = 0.0
    stream_loss: float = 0.0
    late_stream_seconds: float = 0.0
    lag_seconds: float = 0.0
    skew_seconds: float = 0.0

    def draw(self, chance: random.Random, operation: str) -> str:
        """The fault this call meets, "" for none."""
        if not self.rate or chance.random() >= self.rate:
            return ""
        kinds = [kind for kind, operations in KINDS.items() if operation in operations and self.weights.get(kind)]
        return chance.choices(kinds, [self.weights[kind] for kind in kinds])[0] if kinds else ""

    def but(self, **changes: object) -> Faults:
        """The same menu with changes: `STORMY.but(rate=0.2)`."""
        return replace(self, **changes)  # type: ignore[arg-type]


CALM = Faults()
STORMY = Faults(rate=0.05, duplicate=0.05, reorder=0.3, late_stream_seconds=2.0, lag_seconds=3.0, skew_seconds=300.0)
"""5 % of calls fail in some way, 5 % of messages come twice, indexes lag up to 3 s, clocks are off by up to 5 minutes."""
