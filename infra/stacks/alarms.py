"""Alarms: each names what a person should look at. All go to one topic, which an address subscribes to."""

from __future__ import annotations

from typing import Any

from infra.stacks.intrinsics import Template, attribute, ref

_MINUTE = 60


def topic() -> Template:
    """Where alarms go, and the subscription of the operators' address."""
    return {
        "AlarmTopic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::Sub": "comptoir-${Stage}-alarms"}}},
        "AlarmMail": {"Type": "AWS::SNS::Subscription", "Condition": "HasAlarmAddress", "Properties": {
            "TopicArn": ref("AlarmTopic"), "Protocol": "email", "Endpoint": ref("AlarmAddress")}},
    }


def _alarm(description: str, namespace: str, metric: str, dimension: str, value: Any, **how: Any) -> Template:
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": {
        "AlarmDescription": description, "Namespace": namespace, "MetricName": metric,
        "Dimensions": [{"Name": dimension, "Value": value}], "Statistic": "Sum", "Period": _MINUTE,
        "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching", "AlarmActions": [ref("AlarmTopic")], **how}}


def dead_letters_wait(logical: str) -> Template:
    """Anything at all among the dead letters."""
    return _alarm(f"{logical} holds messages: redrive after repair", "AWS/SQS", "ApproximateNumberOfMessagesVisible",
                  "QueueName", attribute(logical, "QueueName"), Statistic="Maximum")


def queue_is_late(logical: str) -> Template:
    """A message older than five minutes: the consumer does not keep up."""
    return _alarm(f"{logical} is five minutes late", "AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName",
                  attribute(logical, "QueueName"), Statistic="Maximum", Threshold=300, EvaluationPeriods=3)


def function_is_throttled(logical: str) -> Template:
    """Lambda refused to start the function."""
    return _alarm(f"{logical} is throttled", "AWS/Lambda", "Throttles", "FunctionName", ref(logical), EvaluationPeriods=3)


def function_fails(logical: str) -> Template:
    """Calls of the function that ended in an error or a timeout."""
    return _alarm(f"{logical} fails", "AWS/Lambda", "Errors", "FunctionName", ref(logical), EvaluationPeriods=3)


def stream_is_late(logical: str) -> Template:
    """The relay stands a minute or more behind what was committed."""
    return _alarm("Events leave the table a minute late", "AWS/Lambda", "IteratorAge", "FunctionName", ref(logical),
                  Statistic="Maximum", Threshold=60_000, EvaluationPeriods=3)


def api_fails(api_name: Any) -> Template:
    """Answers of 500 and above, three minutes in a row."""
    return _alarm("The API answers 5xx", "AWS/ApiGateway", "5XXError", "ApiName", api_name, EvaluationPeriods=3)
