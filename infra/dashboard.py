"""The operators' page, drawn from the resources of the app stack: what is not deployed is not shown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from infra.stacks.intrinsics import Template

_WIDTH, _HEIGHT, _PER_ROW = 12, 6, 2
Metric = tuple[str, str, str, str, str]


def dashboard(resources: Mapping[str, Any]) -> Template:
    """The page: traffic and latency of the API; durations, errors and throttles of functions; lateness; dead letters."""
    functions = [name for name, each in resources.items() if each["Type"] == "AWS::Serverless::Function"]
    queues = [name for name, each in resources.items() if each["Type"] == "AWS::SQS::Queue"]
    dead = [name for name in queues if name.endswith("DeadLetters")]
    live = [name for name in queues if name not in dead]
    api = ("AWS/ApiGateway", "ApiName", "comptoir-${Stage}")
    graphs = [
        ("Requests and failures", "Sum", [(api[0], metric, *api[1:], metric) for metric in ("Count", "4XXError", "5XXError")]),
        ("Latency, p99", "p99", [(api[0], "Latency", *api[1:], "API")]),
        ("Duration of functions, p99", "p99", _lambda("Duration", functions)),
        ("Errors of functions", "Sum", _lambda("Errors", functions)),
        ("Throttles", "Sum", _lambda("Throttles", functions)),
        ("Behind the stream (ms)", "Maximum", _lambda("IteratorAge", [n for n in functions if n == "Relay"])),
        ("Oldest message (s)", "Maximum", _sqs("ApproximateAgeOfOldestMessage", live)),
        ("Dead letters", "Maximum", _sqs("ApproximateNumberOfMessagesVisible", dead)),
    ]
    widgets = [_widget(at, *graph) for at, graph in enumerate(graphs)]
    return {"Type": "AWS::CloudWatch::Dashboard", "Properties": {
        "DashboardName": {"Fn::Sub": "comptoir-${Stage}"},
        "DashboardBody": {"Fn::Sub": json.dumps({"widgets": widgets}, separators=(",", ":"))}}}


def _lambda(metric: str, functions: Iterable[str]) -> list[Metric]:
    return [("AWS/Lambda", metric, "FunctionName", f"${{{name}}}", name) for name in functions]


def _sqs(metric: str, queues: Iterable[str]) -> list[Metric]:
    return [("AWS/SQS", metric, "QueueName", f"${{{name}.QueueName}}", name) for name in queues]


def _widget(at: int, title: str, statistic: str, metrics: Iterable[Metric]) -> Template:
    lines = [[namespace, metric, dimension, value, {"label": label}]
             for namespace, metric, dimension, value, label in metrics]
    return {"type": "metric", "width": _WIDTH, "height": _HEIGHT, "x": at % _PER_ROW * _WIDTH,
            "y": at // _PER_ROW * _HEIGHT, "properties": {
                "title": title, "region": "${AWS::Region}", "stat": statistic, "period": 60, "view": "timeSeries",
                "metrics": lines}}
