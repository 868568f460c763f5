"""The operators' page, drawn from the resources of the app stack: what is not deployed is not shown.

Its text names resources by the stage alone, so that the same page can be put up on a laptop, where no stack is deployed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.events import sweep
from chalicelib.events.routing import QUEUES
from chalicelib.kernel.cloud_prices import HOME_REGION, PRICES, READ_ON
from chalicelib.runtime import metrics, registry
from connectors import PLATFORMS
from infra.stacks.intrinsics import Template, camel

_WIDTH, _HEIGHT, _PER_ROW = 12, 6, 2
NAME = "comptoir-${Stage}"
API = ("AWS/ApiGateway", "ApiName", NAME)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a graph: a metric with its dimensions, a label, and a statistic where the graph's is not meant."""

    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str], ...]
    label: str
    statistic: str = ""
    hidden_as: str = ""

    def drawn(self) -> list[Any]:
        named = [part for pair in self.dimensions for part in pair]
        how: Template = {"stat": self.statistic} if self.statistic else {}
        hidden: Template = {"id": self.hidden_as, "visible": False} if self.hidden_as else {}
        return [self.namespace, self.metric, *named, {"label": self.label, **how, **hidden}]


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A line made of hidden ones by a formula of CloudWatch's metric math."""

    expression: str
    label: str

    def drawn(self) -> list[Any]:
        return [{"expression": self.expression, "label": self.label}]


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph with its lines; `level` is drawn across it: what must not be passed."""

    title: str
    statistic: str
    lines: tuple[Line | Reckoned, ...]
    level: float | None = None
    seconds: int = 60


def names_of(resources: Mapping[str, Any], kind: str, property_name: str) -> dict[str, str]:
    """Logical id → physical name, with `${Stage}` in it, of every resource of a type."""
    return {name: str(each["Properties"][property_name]["Fn::Sub"]) for name, each in resources.items() if each["Type"] == kind}


def dashboard(resources: Mapping[str, Any]) -> Template:
    """The page of a stack with these resources."""
    functions = names_of(resources, "AWS::Serverless::Function", "FunctionName")
    queues = names_of(resources, "AWS::SQS::Queue", "QueueName")
    return {"Type": "AWS::CloudWatch::Dashboard", "Properties": {
        "DashboardName": {"Fn::Sub": NAME},
        "DashboardBody": {"Fn::Sub": json.dumps(body(functions, queues), separators=(",", ":"))}}}


def body(functions: Mapping[str, str], queues: Mapping[str, str]) -> Template:
    """The page's content for functions and queues (logical id → physical name)."""
    return {"widgets": [_widget(at, graph) for at, graph in enumerate(graphs(functions, queues))]}


def graphs(functions: Mapping[str, str], queues: Mapping[str, str]) -> list[Graph]:
    """What the page shows, in its order: the API, what happens behind it, shops, long work, the books, the machinery."""
    apis = [name.removesuffix("Api") for name in functions if name.endswith("Api")]
    workers = [name.removesuffix("Worker") for name in functions if name.endswith("Worker")]
    dead = {name: each for name, each in queues.items() if name.endswith("DeadLetters")}
    live = {name: each for name, each in queues.items() if name not in dead}
    relay = {name: each for name, each in functions.items() if name == "Relay"}
    return [
        Graph("Requests by domain", "SampleCount", _by_domain("Latency", apis)),
        Graph("Latency by domain, p99 (ms)", "p99", _by_domain("Latency", apis)),
        Graph("Answers of 500 and more by domain", "Sum", _by_domain("ServerErrors", apis)),
        Graph("Refusals (4xx) by domain", "Sum", _by_domain("ClientErrors", apis)),
        Graph("Gateway: requests and failures", "Sum", tuple(
            Line(API[0], metric, (API[1:],), metric) for metric in ("Count", "4XXError", "5XXError"))),
        Graph("Gateway: latency, p99 (ms)", "p99", (Line(API[0], "Latency", (API[1:],), "API"),)),
        Graph("Age of events when done, p99 (ms)", "p99", _by_domain("EventLag", workers)),
        Graph("Events that failed", "Sum", _by_domain("EventsFailed", workers)),
        Graph("Oldest message (s)", "Maximum", _sqs("ApproximateAgeOfOldestMessage", live), 300),
        Graph("Messages waiting", "Maximum", _sqs("ApproximateNumberOfMessagesVisible", live)),
        Graph("Dead letters", "Maximum", _sqs("ApproximateNumberOfMessagesVisible", dead), 1),
        Graph("Behind the stream (ms)", "Maximum", (*_lambda("IteratorAge", relay), *_ours("StreamAge")), 60_000),
        Graph("Webhook → order by platform (ms)", "p99", _by_platform("WebhookLag")),
        Graph("Stock change → shown by platform (ms)", "p99", _by_platform("PushLag")),
        Graph("Pushes that shops did not take", "Sum", _by_platform("PushesFailed")),
        Graph("Orders placed; deliveries put aside", "Sum", _ours("OrdersPlaced", "DeliveriesQuarantined")),
        Graph("An order's share of table and gateway (US$)", "Sum", _cost_of_an_order(), seconds=3600),
        Graph("Units of the table", "Sum", _ours("ReadUnits", "WriteUnits")),
        Graph("Jobs: open, finished, failed", "Maximum", (
            *_ours("JobsOpen"), *_ours("JobsFinished", "JobsFailed", statistic="Sum"))),
        Graph("Longest silence of an open job (s)", "Maximum", _ours("JobSilence"), 900),
        Graph("Books that do not balance", "Maximum", _ours("UnbalancedLedgers"), 0),
        Graph("Duration of functions, p99 (ms)", "p99", _lambda("Duration", functions)),
        Graph("Errors of functions", "Sum", _lambda("Errors", functions)),
        Graph("Throttles", "Sum", _lambda("Throttles", functions)),
    ]


def _cost_of_an_order() -> tuple[Line | Reckoned, ...]:
    """All that was asked of table and gateway in an hour, at their prices, over the orders placed in it. Functions, queues and
    logs are in the bill of `bench/cost.py`: their quantities are no metrics of ours."""
    priced = {"r": "read_units", "w": "write_units", "g": "gateway_requests"}
    formula = " + ".join(f"{name} * {PRICES[meter].usd[HOME_REGION] / PRICES[meter].per:f}" for name, meter in priced.items())
    return (Reckoned(f"({formula}) / o", f"US$ an order, {HOME_REGION}, prices of {READ_ON.isoformat()}"),
            Line(metrics.NAMESPACE, "ReadUnits", (_stage(),), "read units", hidden_as="r"),
            Line(metrics.NAMESPACE, "WriteUnits", (_stage(),), "write units", hidden_as="w"),
            Line(API[0], "Count", (API[1:],), "requests", hidden_as="g"),
            Line(metrics.NAMESPACE, "OrdersPlaced", (_stage(),), "orders", hidden_as="o"))


def _stage() -> tuple[str, str]:
    return metrics.STAGE, "${Stage}"


def _by_domain(metric: str, logical: Iterable[str]) -> tuple[Line, ...]:
    return tuple(Line(metrics.NAMESPACE, metric, (_stage(), (metrics.DOMAIN, name.lower())), name.lower()) for name in logical)


def _by_platform(metric: str) -> tuple[Line, ...]:
    return tuple(Line(metrics.NAMESPACE, metric, (_stage(), (metrics.PLATFORM, name)), name) for name in PLATFORMS)


def _ours(*names: str, statistic: str = "") -> tuple[Line, ...]:
    return tuple(Line(metrics.NAMESPACE, name, (_stage(),), name, statistic) for name in names)


def _lambda(metric: str, functions: Mapping[str, str]) -> tuple[Line, ...]:
    return tuple(Line("AWS/Lambda", metric, (("FunctionName", each),), name) for name, each in functions.items())


def _sqs(metric: str, queues: Mapping[str, str]) -> tuple[Line, ...]:
    return tuple(Line("AWS/SQS", metric, (("QueueName", each),), name) for name, each in queues.items())


def _widget(at: int, graph: Graph) -> Template:
    level = {"annotations": {"horizontal": [{"label": "alarm", "value": graph.level}]}} if graph.level is not None else {}
    return {"type": "metric", "width": _WIDTH, "height": _HEIGHT, "x": at % _PER_ROW * _WIDTH,
            "y": at // _PER_ROW * _HEIGHT, "properties": {
                "title": graph.title, "region": "${AWS::Region}", "stat": graph.statistic, "period": graph.seconds,
                "view": "timeSeries",
                "metrics": [line.drawn() for line in graph.lines], **level}}


def of_program(stage: str) -> tuple[str, Template]:
    """Name and content of the page as the program alone says it, for a laptop: the functions and queues that the stack has."""
    workers = {domain: registry.worker(domain) for domain in registry.DOMAINS}
    names = [f"{domain}_api" for domain in registry.DOMAINS if registry.routes(domain).api.endpoints]
    for domain, module in workers.items():
        if hasattr(module, "HANDLERS") or hasattr(module, "handle_batch"):
            names.append(f"{domain}_worker")
        names += [schedule.name for schedule in getattr(module, "SCHEDULES", ())]
    functions = {camel(name): f"{NAME}-{name.replace('_', '-')}" for name in (*names, "relay", "sweep")}
    queues = {"SchedulesDeadLetters": f"{NAME}-schedules-dead"}
    for name in (*QUEUES, sweep.QUEUE):
        queues |= {f"{camel(name)}Queue": f"{NAME}-{name}", f"{camel(name)}DeadLetters": f"{NAME}-{name}-dead"}
    text = json.dumps(body(functions, queues)).replace("${Stage}", stage).replace("${AWS::Region}", "eu-west-3")
    return NAME.replace("${Stage}", stage), json.loads(text)
