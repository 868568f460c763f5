"""What an alarm or a graph names exists, and an alarm leads to a page that tells what to do."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.runtime import metrics, registry
from connectors import PLATFORMS
from infra import dashboard
from infra.local.collecting import Collector
from infra.local.emf import Measured
from infra.stacks.alarms import RUNBOOKS
from infra.stacks.intrinsics import Template

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("## What it means", "## What to look at", "## How to mend it", "## How to see that it is over")
QUEUES = {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"}
"""What the engine publishes of queues (`infra/local/engine_metrics.py`)."""
Named = tuple[str, str, tuple[tuple[str, str], ...]]


@pytest.fixture(scope="module")
def app(build: Path) -> Template:
    found: Template = json.loads((build / "template-app.json").read_text("utf-8"))
    return found


def graphs(app: Template) -> Template:
    (page,) = [each for each in app["Resources"].values() if each["Type"] == "AWS::CloudWatch::Dashboard"]
    found: Template = json.loads(page["Properties"]["DashboardBody"]["Fn::Sub"])
    return found


def alarms(app: Template) -> dict[str, Any]:
    return {name: each["Properties"] for name, each in app["Resources"].items() if each["Type"] == "AWS::CloudWatch::Alarm"}


def named(app: Template) -> Iterator[Named]:
    """Every metric that a graph or an alarm names, with its dimensions; what a template fills in stands as it is."""
    for widget in graphs(app)["widgets"]:
        for line in widget["properties"]["metrics"]:
            if "expression" not in line[0]:
                yield line[0], line[1], tuple(zip(line[2:-1:2], line[3:-1:2], strict=True))
    for alarm in alarms(app).values():
        parts = [part["MetricStat"]["Metric"] for part in alarm.get("Metrics", ()) if "MetricStat" in part]
        for metric in parts or [alarm]:
            yield metric["Namespace"], metric["MetricName"], tuple(
                (each["Name"], json.dumps(each["Value"]) if isinstance(each["Value"], dict) else each["Value"])
                for each in metric["Dimensions"])


def published_by_aws() -> set[tuple[str, str]]:
    """What the laptop says in AWS's stead, and AWS says in the cloud."""
    heard: list[Measured] = []
    collector = Collector.__new__(Collector)
    collector._prefix = "comptoir-local"
    collector.add = heard.append  # type: ignore[method-assign]
    collector.invoked("relay", 1.0, False, 1.0)
    collector.answered(500, 1.0)
    return {(each.namespace, each.name) for each in heard} | {("AWS/SQS", name) for name in QUEUES}


def unknown(app: Template) -> list[str]:
    """Metrics that nobody publishes, or not so."""
    aws, found = published_by_aws(), []
    values = {metrics.DOMAIN: set(registry.DOMAINS), metrics.PLATFORM: set(PLATFORMS)}
    for namespace, name, dimensions in named(app):
        if namespace != metrics.NAMESPACE:
            found += [] if (namespace, name) in aws else [f"{namespace} {name}"]
            continue
        metric = metrics.METRICS.get(name)
        wanted = {metrics.STAGE, metric.dimension} - {""} if metric else set()
        if {each for each, _ in dimensions} != wanted or any(
                value not in values[each] for each, value in dimensions if each in values):
            found.append(f"{namespace} {name} {dimensions}")
    return found


def test_every_metric_that_a_graph_or_an_alarm_names_is_published(app: Template) -> None:
    assert len(list(named(app))) > 200 and unknown(app) == []
    shown = {name for namespace, name, _ in named(app) if namespace == metrics.NAMESPACE}
    assert shown == set(metrics.METRICS), "what is measured is shown"


@pytest.mark.parametrize(("where", "right", "wrong"), [
    ("Dashboard", "PushLag", "PushLagg"), ("Dashboard", "IteratorAge", "IteratorAges"),
    ("BooksUnbalanced", "UnbalancedLedgers", "Unbalanced"), ("RelayLate", "IteratorAge", "StreamLag"),
    ("SalesFailing", "Errors", "Failures"), ("WoocommercePushesLate", "woocommerce", "woo")])
def test_a_misspelt_metric_is_found_out(app: Template, where: str, right: str, wrong: str) -> None:
    broken = copy.deepcopy(app)
    broken["Resources"][where] = json.loads(json.dumps(broken["Resources"][where]).replace(f'"{right}"', f'"{wrong}"').replace(
        f'\\"{right}\\"', f'\\"{wrong}\\"'))
    assert broken["Resources"][where] != app["Resources"][where] and unknown(broken)


def without_runbook(app: Template) -> list[str]:
    """Alarms whose description does not end with a page that has all its parts."""
    found = []
    for name, alarm in alarms(app).items():
        link = re.search(r"Runbook: \$\{RunbookUrl\}/([a-z-]+\.md)$", alarm["AlarmDescription"]["Fn::Sub"])
        page = ROOT / RUNBOOKS / link[1] if link else None
        if page is None or not page.exists() or not all(part in page.read_text() for part in PARTS):
            found.append(name)
    return found


def test_every_alarm_leads_to_its_runbook_and_every_runbook_is_led_to(app: Template) -> None:
    assert app["Parameters"]["RunbookUrl"]["Default"] == RUNBOOKS and without_runbook(app) == []
    linked = {alarm["AlarmDescription"]["Fn::Sub"].rpartition("/")[2] for alarm in alarms(app).values()}
    pages = {page.name for page in (ROOT / RUNBOOKS).glob("*.md")}
    assert pages == linked
    listed = (ROOT / "docs" / "operations.md").read_text()
    assert [page for page in pages if f"runbooks/{page}" not in listed] == []
    broken = copy.deepcopy(app)
    broken["Resources"]["BooksUnbalanced"]["Properties"]["AlarmDescription"] = {"Fn::Sub": "x. Runbook: ${RunbookUrl}/none.md"}
    assert without_runbook(broken) == ["BooksUnbalanced"], "the check would see it"


def test_a_runbook_names_commands_that_are_there() -> None:
    for page in (ROOT / RUNBOOKS).glob("*.md"):
        for module in re.findall(r"python -m (infra\.ops\.\w+)", page.read_text()):
            assert (ROOT / f"{module.replace('.', '/')}.py").exists(), f"{page.name}: {module}"


def test_the_laptops_page_is_the_deployed_one(app: Template) -> None:
    _, local = dashboard.of_program("local")

    def drawn(page: Template) -> dict[str, list[str]]:
        return {each["properties"]["title"]: sorted(json.dumps(line[:-1]) for line in each["properties"]["metrics"]
                                                    if "expression" not in line[0]) for each in page["widgets"]}

    text = json.dumps(graphs(app)).replace("${Stage}", "local")
    assert drawn(local) == drawn(json.loads(text))


def test_a_stack_holds_no_more_than_it_may(app: Template) -> None:
    """500 resources, with the rules, permissions and mappings that the transform makes of event sources (AWS CloudFormation
    User Guide, "Understand CloudFormation quotas"); 2,500 metrics on a page, 500 in a graph (CloudWatch User Guide)."""
    made = {"SQS": 1, "DynamoDB": 1, "Schedule": 2}
    events = sum(made[event["Type"]] for each in app["Resources"].values() if each["Type"] == "AWS::Serverless::Function"
                 for event in each["Properties"].get("Events", {}).values())
    assert len(app["Resources"]) + events + 2 <= 500
    lines = [len(widget["properties"]["metrics"]) for widget in graphs(app)["widgets"]]
    assert sum(lines) <= 2_500 and max(lines) <= 500
