"""The laptop's side of the log: a file of lines, and the engine's CloudWatch filled with what they and the loops measure.

In the cloud Lambda hands the lines to CloudWatch, which takes the metrics out of them, and publishes figures of its own for
functions and the gateway. Here functions run in this process, so this does both. Queues are the engine's own
(`engine_metrics`).
"""
from __future__ import annotations

import json
import logging
import threading
import time
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import boto3

from chalicelib.events import sweep
from chalicelib.runtime.observability import domain_of
from infra.dashboard import of_program
from infra.local import gateway, invocation
from infra.local.emf import Measured, measured

_PERIOD_SECONDS = 5.0
_FILE_BYTES, _FILES = 10_000_000, 3
_DATA_AT_ONCE = 500
_VALUES_AT_ONCE = 150
"""The most values of one metric in a call (Amazon CloudWatch API Reference, MetricDatum)."""
Place = tuple[str, str, str, tuple[tuple[str, str], ...], int]


class Collector(logging.Handler):
    """Gathers what lines measure and puts it into the engine's CloudWatch every five seconds."""

    def __init__(self, environment: dict[str, str], stage: str = "local") -> None:
        super().__init__()
        self._stage, self._prefix = stage, f"comptoir-{stage}"
        self._cloudwatch = boto3.client(
            "cloudwatch", endpoint_url=environment["AWS_ENDPOINT_URL"], region_name=environment["AWS_REGION"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"], aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"])
        self._gathering = threading.Lock()
        self._gathered: dict[Place, list[float]] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="collector", daemon=True)

    def start(self) -> None:
        """Puts up the operators' page; from now on what is gathered goes to CloudWatch by itself."""
        name, content = of_program(self._stage)
        self._cloudwatch.put_dashboard(DashboardName=name, DashboardBody=json.dumps(content))
        self._thread.start()

    def stop(self) -> None:
        """Puts the rest and ends."""
        self._stopping.set()
        self._thread.join()

    def emit(self, record: logging.LogRecord) -> None:
        """A line of the log."""
        for each in measured(record.getMessage()):
            self.add(each)

    def add(self, found: Measured) -> None:
        """One measurement; those of a minute go together."""
        place = (found.namespace, found.name, found.unit, found.dimensions, int(found.at // 60) * 60)
        with self._gathering:
            self._gathered.setdefault(place, []).extend(found.values)

    def invoked(self, function: str, milliseconds: float, failed: bool, iterator_age_ms: float | None = None) -> None:
        """What Lambda says of a call (Lambda Developer Guide, "Types of metrics for Lambda functions")."""
        values = {"Invocations": (1.0, "Count"), "Errors": (float(failed), "Count"), "Throttles": (0.0, "Count"),
                  "Duration": (milliseconds, "Milliseconds")}
        if iterator_age_ms is not None:
            values["IteratorAge"] = (iterator_age_ms, "Milliseconds")
        self._aws("AWS/Lambda", ("FunctionName", f"{self._prefix}-{function.replace('_', '-')}"), values)

    def answered(self, status: int, milliseconds: float) -> None:
        """What API Gateway says of an answer (API Gateway Developer Guide, "Amazon API Gateway dimensions and metrics")."""
        self._aws("AWS/ApiGateway", ("ApiName", self._prefix), {
            "Count": (1.0, "Count"), "4XXError": (float(400 <= status < 500), "Count"),
            "5XXError": (float(status >= 500), "Count"), "Latency": (milliseconds, "Milliseconds")})

    def _aws(self, namespace: str, dimension: tuple[str, str], values: dict[str, tuple[float, str]]) -> None:
        now = time.time()
        for name, (value, unit) in values.items():
            self.add(Measured(namespace, name, unit, (dimension,), now, (value,)))

    def _run(self) -> None:
        while not self._stopping.wait(_PERIOD_SECONDS):
            self.put()
        self.put()

    def put(self) -> None:
        """Puts what was gathered so far. What the engine does not take any more, when it ends before us, is let go."""
        with self._gathering:
            gathered, self._gathered = self._gathered, {}
        by_namespace: dict[str, list[dict[str, Any]]] = {}
        for place, values in gathered.items():
            by_namespace.setdefault(place[0], []).extend(_data(place, values))
        for namespace, data in by_namespace.items():
            for start in range(0, len(data), _DATA_AT_ONCE):
                try:
                    self._cloudwatch.put_metric_data(Namespace=namespace, MetricData=data[start : start + _DATA_AT_ONCE])
                except Exception:
                    logging.getLogger(__name__).debug("metrics were not taken", exc_info=True)


def _data(place: Place, values: list[float]) -> list[dict[str, Any]]:
    """A metric's values of one minute as PutMetricData takes them: each value once, with how often it came."""
    _, name, unit, dimensions, at = place
    counts: dict[float, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    pairs = list(counts.items())
    return [{"MetricName": name, "Unit": unit, "Timestamp": at,
             "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions],
             "Values": [value for value, _ in pairs[n : n + _VALUES_AT_ONCE]],
             "Counts": [count for _, count in pairs[n : n + _VALUES_AT_ONCE]]} for n in range(0, len(pairs), _VALUES_AT_ONCE)]


def function_of(source: str, event: dict[str, Any]) -> str:
    """The deployed function that a loop's handler is."""
    records = event.get("Records") or [{}]
    is_queue = records[0].get("eventSource") == "aws:sqs" and source != sweep.QUEUE
    return f"{source}_worker" if is_queue else source


def iterator_age(event: dict[str, Any]) -> float | None:
    """How long the last record of a stream's batch had waited, in milliseconds; None for what is no stream's."""
    created = [each["dynamodb"]["ApproximateCreationDateTime"] for each in event.get("Records") or ()
               if "ApproximateCreationDateTime" in each.get("dynamodb", {})]
    return max(0.0, (time.time() - float(created[-1])) * 1000) if created else None


def listen(collector: Collector) -> None:
    """Tells the collector of every call of a handler from now on."""
    invocation.watchers.append(lambda source, milliseconds, failed, event: collector.invoked(
        function_of(source, event), milliseconds, failed, iterator_age(event)))

    def answered(path: str, status: int, milliseconds: float) -> None:
        if path.startswith("/api"):
            collector.answered(status, milliseconds)
            collector.invoked(f"{domain_of(path)}_api", milliseconds, status == 502)

    gateway.watchers.append(answered)


def collect(environment: dict[str, str], folder: Path) -> Collector:
    """Has the product's lines written to `<folder>/comptoir.jsonl` and collected; the terminal keeps warnings and errors."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    logger = logging.getLogger("comptoir")
    for handler in logger.handlers:
        handler.setLevel(logging.WARNING)
    collector = Collector(environment)
    kept = RotatingFileHandler(folder / "comptoir.jsonl", maxBytes=_FILE_BYTES, backupCount=_FILES, encoding="utf-8")
    (folder / "comptoir.jsonl").chmod(0o600)
    for each in (kept, collector):
        logger.addHandler(each)
    listen(collector)
    collector.start()
    return collector
