"""The platform's own figures for the operators' page: what the lines of the log measure, summed by five minutes.

The same measurements go to CloudWatch in their lines. They are summed here too because reading them there is an action that
IAM knows for all of an account's metrics or for none (Service Authorization Reference, "Actions, resources, and condition keys
for Amazon CloudWatch": GetMetricData has no resource), and no function of ours holds a right on everything.

A process sums in memory and adds, every twenty seconds in which something happened, one item for each domain or platform. What
Lambda has frozen is added, to the slot it belongs to, when the process goes on; what it ends with is lost. Times are counted in
steps of a factor √2, so a percentile is right to that.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from chalicelib.kernel.context import OPERATORS, Actor, Command, Context, SystemClock
from chalicelib.runtime import metrics
from chalicelib.storage import keys, single

WRITE_SECONDS: Final = 20.0
SLOT: Final = timedelta(minutes=5)
KEPT: Final = timedelta(days=8)
MOST_STEPS: Final = 60
ALL: Final = "all"
TIMES: Final = frozenset({"Milliseconds"})
Place = tuple[datetime, str]
"""A slot, and the domain or platform; `all` for what has neither."""


def step_of(value: float) -> int:
    """Which step a time falls in: the first whose upper end is not below it."""
    return min(max(math.ceil(2 * math.log2(max(value, 1))), 0), MOST_STEPS)


def upper(step: int) -> float:
    """The upper end of a step."""
    return float(2 ** (step / 2))


def counted(values: Mapping[str, metrics.Value]) -> Counter[str]:
    """The numbers that measurements add: how many there were, their sum in halves (units come in halves), and of times how many
    fell in each step."""
    found: Counter[str] = Counter()
    for name, value in values.items():
        each = [value] if isinstance(value, (int, float)) else list(value)
        found[f"{name}_n"] += len(each)
        found[f"{name}_s"] += round(2 * sum(each))
        if metrics.METRICS[name].unit in TIMES:
            found.update(f"{name}_h{step_of(one)}" for one in each)
    return found


def slot_of(at: datetime) -> datetime:
    """The beginning of the slot an instant falls in."""
    return at.replace(minute=at.minute - at.minute % 5, second=0, microsecond=0)


class Figures:
    """What this process has summed and not written yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sums: dict[Place, Counter[str]] = {}
        self._writer: threading.Thread | None = None

    def add(self, values: Mapping[str, metrics.Value], dimensions: Mapping[str, str]) -> None:
        """Adds measurements made now."""
        slot = slot_of(datetime.now(UTC))
        by_place: dict[str, dict[str, metrics.Value]] = {}
        for name, value in values.items():
            dimension = metrics.METRICS[name].dimension
            by_place.setdefault(dimensions[dimension] if dimension else ALL, {})[name] = value
        with self._lock:
            for place, found in by_place.items():
                self._sums.setdefault((slot, place), Counter()).update(counted(found))
            if self._writer is None:
                self._writer = threading.Thread(target=self._go_on, name="figures", daemon=True)
                self._writer.start()

    def write(self) -> None:
        """Adds what was summed to the operators' items. What cannot be written is let go."""
        with self._lock:
            sums, self._sums = self._sums, {}
        clock = SystemClock()
        ctx = Context(OPERATORS, Actor("system", "figures"), clock.now(), "figures", Command("figures"),
                      deadline=clock.monotonic() + 10)
        for (slot, place), numbers in sums.items():
            key = keys.child(ctx, "figures", f"{slot:%Y%m%d%H}", f"{slot:%M}#{place}")
            try:
                single.add_up(ctx, key, "figures", numbers, int((slot + KEPT).timestamp()))
            except Exception:  # noqa: S112  (figures are a help; the lines of the log have said the same)
                continue

    def _go_on(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(WRITE_SECONDS)
            self.write()


FIGURES = Figures()
