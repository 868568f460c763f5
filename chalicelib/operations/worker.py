"""The look at every company, each five minutes; what it found is told for all of them together."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.operations import service
from chalicelib.runtime import observability
from chalicelib.runtime.worker import Schedule


def tell(found: Sequence[tuple[int, int]]) -> None:
    """The platform's open jobs, and how long the most silent of them has said nothing."""
    observability.measure("looked", {"JobsOpen": sum(count for count, _ in found),
                                     "JobSilence": max(0, *(silence for _, silence in found), 0)}, tenants=len(found))


SCHEDULES = (Schedule("operations_watch", 5, service.look, tell=tell),)
