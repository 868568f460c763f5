"""Alarms: each names what a person should look at, and the runbook that tells how. All go to one topic, which an address
subscribes to.

A runbook is a page of `docs/runbooks`; the stack's parameter `RunbookUrl` says where the operators have the documentation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chalicelib.runtime import metrics
from infra.stacks.intrinsics import Template, attribute, ref

_MINUTE = 60
_SUMMED = 10
"""The most metrics one alarm may reckon with (Amazon CloudWatch User Guide, "CloudWatch service quotas")."""
RUNBOOKS = "docs/runbooks"
RUNBOOK_PARAMETER: Template = {
    "Type": "String", "Default": RUNBOOKS,
    "Description": "Where the runbooks are read: an address or a folder, without a slash at its end"}


def topic() -> Template:
    """Where alarms go, and the subscription of the operators' address."""
    return {
        "AlarmTopic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::Sub": "comptoir-${Stage}-alarms"}}},
        "AlarmMail": {"Type": "AWS::SNS::Subscription", "Condition": "HasAlarmAddress", "Properties": {
            "TopicArn": ref("AlarmTopic"), "Protocol": "email", "Endpoint": ref("AlarmAddress")}},
    }


def _alarm(runbook: str, description: str, namespace: str, metric: str, dimensions: dict[str, Any], **how: Any) -> Template:
    """An alarm whose description ends with its runbook: the page, without `.md`, of `docs/runbooks`."""
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": {
        "AlarmDescription": {"Fn::Sub": f"{description}. Runbook: ${{RunbookUrl}}/{runbook}.md"},
        "Namespace": namespace, "MetricName": metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()], "Statistic": "Sum",
        "Period": _MINUTE, "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching", "AlarmActions": [ref("AlarmTopic")], "OKActions": [ref("AlarmTopic")], **how}}


def _ours(runbook: str, description: str, metric: str, dimensions: dict[str, Any] | None = None, **how: Any) -> Template:
    return _alarm(runbook, description, metrics.NAMESPACE, metric, {metrics.STAGE: ref("Stage"), **(dimensions or {})}, **how)


def dead_letters_wait(logical: str) -> Template:
    """Anything at all among the dead letters."""
    return _alarm("dead-letters", f"{logical} holds messages: repair, then redrive", "AWS/SQS",
                  "ApproximateNumberOfMessagesVisible", {"QueueName": attribute(logical, "QueueName")}, Statistic="Maximum")


def queue_is_late(logical: str) -> Template:
    """A message older than five minutes: the consumer does not keep up."""
    return _alarm("queue-late", f"{logical} is five minutes late", "AWS/SQS", "ApproximateAgeOfOldestMessage",
                  {"QueueName": attribute(logical, "QueueName")}, Statistic="Maximum", Threshold=300, EvaluationPeriods=3)


def of_functions(domain: str, logical: Sequence[str]) -> Template:
    """A domain's functions, all in one alarm: refused by Lambda, or ended in an error or a timeout. A stack holds 500 resources
    (AWS CloudFormation User Guide, "Understand CloudFormation quotas"), and with an alarm for each function it would not."""
    named, made = domain.capitalize(), {}
    for at in range(0, len(logical), _SUMMED):
        part, number = logical[at : at + _SUMMED], str(at // _SUMMED + 1) if at else ""
        made[f"{named}Throttled{number}"] = _sum(
            "function-throttled", f"A function of {domain} is throttled", "Throttles", part)
        made[f"{named}Failing{number}"] = _sum("function-failing", f"A function of {domain} fails", "Errors", part)
    return made


def _sum(runbook: str, description: str, metric: str, logical: Sequence[str]) -> Template:
    """An alarm over the sum of functions' metric."""
    parts = [{"Id": f"m{n}", "ReturnData": False, "MetricStat": {"Period": _MINUTE, "Stat": "Sum", "Metric": {
        "Namespace": "AWS/Lambda", "MetricName": metric, "Dimensions": [{"Name": "FunctionName", "Value": ref(each)}]}}}
        for n, each in enumerate(logical)]
    alarm = _alarm(runbook, description, "", "", {}, EvaluationPeriods=3)
    single = ("Namespace", "MetricName", "Dimensions", "Statistic", "Period")
    properties = {name: value for name, value in alarm["Properties"].items() if name not in single}
    return {**alarm, "Properties": {**properties, "Metrics": [
        *parts, {"Id": "all", "Expression": "SUM(FILL(METRICS(), 0))", "Label": metric, "ReturnData": True}]}}


def stream_is_late(logical: str) -> Template:
    """The relay stands a minute or more behind what was committed."""
    return _alarm("stream-late", "Events leave the table a minute late", "AWS/Lambda", "IteratorAge",
                  {"FunctionName": ref(logical)}, Statistic="Maximum", Threshold=60_000, EvaluationPeriods=3)


def api_fails(api_name: Any) -> Template:
    """Answers of 500 and above, three minutes in a row."""
    return _alarm("api-failing", "The API answers 5xx", "AWS/ApiGateway", "5XXError", {"ApiName": api_name},
                  EvaluationPeriods=3)


def domain_fails(domain: str) -> Template:
    """A domain's own answers of 500 and above: its function ends well, so Lambda does not count them as errors."""
    return _ours("api-failing", f"/api/{domain} answers 5xx", "ServerErrors", {metrics.DOMAIN: domain}, EvaluationPeriods=3)


def of_platform(platform: str) -> Template:
    """Lag of a platform's webhooks and pushes beyond what a shop's customers would not notice."""
    logical, dimensions = platform.capitalize(), {metrics.PLATFORM: platform}
    return {
        f"{logical}WebhooksLate": _ours("webhooks-late", f"Orders of {platform} shops come a minute late", "WebhookLag",
                                        dimensions, Statistic="Maximum", Threshold=60_000, Period=300, EvaluationPeriods=3),
        f"{logical}PushesLate": _ours("pushes-late", f"{platform} shops show stock a minute late", "PushLag", dimensions,
                                      Statistic="Maximum", Threshold=60_000, Period=300, EvaluationPeriods=3),
        f"{logical}PushesFailing": _ours("pushes-failing", f"{platform} shops do not take stock", "PushesFailed", dimensions,
                                         Threshold=100, Period=300, EvaluationPeriods=3),
    }


def of_the_whole() -> Template:
    """What a look at every company may find, and what its absence would hide."""
    return {
        "BooksUnbalanced": _ours("books-unbalanced", "The books of a company do not balance", "UnbalancedLedgers",
                                 Statistic="Maximum", Period=3600),
        "JobsSilent": _ours("jobs-silent", "A job has said nothing for a quarter of an hour", "JobSilence",
                            Statistic="Maximum", Threshold=900, Period=300, EvaluationPeriods=2),
        "JobsFailing": _ours("jobs-failing", "Jobs fail", "JobsFailed", Threshold=5, Period=3600),
        "DeliveriesPutAside": _ours("deliveries-put-aside", "Many deliveries of shops are put aside", "DeliveriesQuarantined",
                                    Threshold=50, Period=3600),
        "WatchSilent": _ours("watch-silent", "Nobody has looked at the companies for half an hour", "JobsOpen",
                             Statistic="SampleCount", Period=1800, ComparisonOperator="LessThanThreshold",
                             TreatMissingData="breaching"),
    }
