"""What CloudWatch reads from a line of a function's log: metrics in the embedded format."""
from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """Values of one metric, made at one instant (seconds since 1970)."""

    namespace: str
    name: str
    unit: str
    dimensions: tuple[tuple[str, str], ...]
    at: float
    values: tuple[float, ...]


def measured(line: str) -> Iterator[Measured]:
    """The metrics of a line, none of one that is no metric. A line that names a metric or a dimension it does not have is
    ignored as a whole, as CloudWatch does (Amazon CloudWatch User Guide, "Embedded metric format: specification")."""
    if '"_aws"' not in line[:10]:
        return
    try:
        root = json.loads(line)
        found = []
        for directive in root["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                dimensions = tuple((name, str(root[name])) for name in names)
                for metric in directive["Metrics"]:
                    value = root[metric["Name"]]
                    values = tuple(float(each) for each in (value if isinstance(value, list) else [value]))
                    found.append(Measured(directive["Namespace"], metric["Name"], metric.get("Unit", "None"), dimensions,
                                          root["_aws"]["Timestamp"] / 1000, values))
    except (ValueError, KeyError, TypeError):
        return
    yield from found
