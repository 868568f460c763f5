"""What the service measures of itself: the whole catalogue on one screen, and the form it is published in.

A measurement travels in a log line (CloudWatch's embedded metric format), so it costs a request no call of its own. Each
metric has one dimension beside the stage, of which there are few values: a domain or a platform, never a tenant, an address
or an id. Those stand in the same line as plain facts, where a query of the log finds them and nothing is charged for them.

Format: "Embedded metric format: specification", Amazon CloudWatch User Guide (at most 100 metrics in a directive, 100 values
of a metric).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

NAMESPACE = "Comptoir"
STAGE, DOMAIN, PLATFORM = "Stage", "Domain", "Platform"
MAX_VALUES = 100

Value = float | int | Sequence[float]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: its CloudWatch unit, and its dimension beside the stage ("" for none)."""

    unit: str
    dimension: str = ""


METRICS: Mapping[str, Metric] = MappingProxyType({
    # requests: as many samples as requests
    "Latency": Metric("Milliseconds", DOMAIN),
    "ClientErrors": Metric("Count", DOMAIN),
    "ServerErrors": Metric("Count", DOMAIN),
    # events in their consumers: from the instant they were written to that at which they were done
    "EventLag": Metric("Milliseconds", DOMAIN),
    "EventsFailed": Metric("Count", DOMAIN),
    # the table's stream: from the write to the relay
    "StreamAge": Metric("Milliseconds"),
    # shops: from a webhook's arrival to its order; from a change of stock to a shop that shows it
    "WebhookLag": Metric("Milliseconds", PLATFORM),
    "PushLag": Metric("Milliseconds", PLATFORM),
    "PushesFailed": Metric("Count", PLATFORM),
    # facts, counted where the timelines hear of them
    "OrdersPlaced": Metric("Count"),
    "DeliveriesQuarantined": Metric("Count"),
    "JobsFinished": Metric("Count"),
    "JobsFailed": Metric("Count"),
    # what the table was asked for, where a process meters: with orders placed, what one costs
    "ReadUnits": Metric("Count"),
    "WriteUnits": Metric("Count"),
    # what a look at every company found
    "JobsOpen": Metric("Count"),
    "JobSilence": Metric("Seconds"),
    "UnbalancedLedgers": Metric("Count"),
})
"""Every metric of ours. What is not here cannot be published; what a dashboard or an alarm names must be here or be AWS's."""

COUNTED: Mapping[str, str] = MappingProxyType({
    "OrderPlaced": "OrdersPlaced", "DeliveryQuarantined": "DeliveriesQuarantined", "JobFinished": "JobsFinished",
    "JobFailed": "JobsFailed",
})
"""Events whose number is a metric."""


@cache
def _directives(names: tuple[str, ...]) -> str:
    """What tells CloudWatch which members of a line are metrics; the same for every line with these metrics."""
    by_dimension: dict[str, list[dict[str, str]]] = {}
    for name in names:
        metric = METRICS[name]
        by_dimension.setdefault(metric.dimension, []).append({"Name": name, "Unit": metric.unit})
    directives = [{"Namespace": NAMESPACE, "Dimensions": [[STAGE, dimension] if dimension else [STAGE]], "Metrics": members}
                  for dimension, members in by_dimension.items()]
    return json.dumps(directives, separators=(",", ":"))


def line(stage: str, at_ms: int, values: Mapping[str, Value], dimensions: Mapping[str, str], facts: Mapping[str, Any]) -> str:
    """A log line that is also these measurements, made at `at_ms` (milliseconds since 1970).

    Raises KeyError for a metric that is not in the catalogue or lacks its dimension: always a defect of ours.
    """
    directives = _directives(tuple(values))
    members = {STAGE: stage}
    for name in values:
        dimension = METRICS[name].dimension
        if dimension:
            members[dimension] = dimensions[dimension]
    rest = json.dumps({**members, **values, **facts}, default=str)
    return f'{{"_aws":{{"Timestamp":{at_ms},"CloudWatchMetrics":{directives}}},{rest[1:]}'
