"""A Lambda function with what belongs to it alone: role and log group."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from infra.stacks.intrinsics import Template, attribute, camel, imported, ref, statement

CORE = "core.zip"
OWN_ZIPS: Mapping[str, str] = MappingProxyType({"documents": "documents.zip", "subscriptions": "subscriptions.zip",
                                              "operators": "subscriptions.zip"})
"""Domains whose functions need more than the core's packages, and their zip: the core's with those on top."""
OWN = tuple(dict.fromkeys(OWN_ZIPS.values()))
"""The zips besides the core's, each once; what is in one beyond the core stands in the requirements of its name."""
SELLS = ("subscriptions", "operators")
"""The domains that talk to Stripe: what operators change of a plan goes through it."""
LOG_DAYS = 30
STREAM_RETRIES = 10
EVENT_FILTER = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"kind": {"S": ["Event"]}}}}
"""The relay is called for new outbox items only."""
PARTIAL_FAILURES = ["ReportBatchItemFailures"]


@dataclass(frozen=True, slots=True)
class Function:
    """One function to be deployed. `name` is snake-case (`sales_api`); `domain` is the only one it loads."""

    name: str
    domain: str
    handler: str
    memory_mb: int
    timeout_seconds: int
    statements: tuple[Mapping[str, Any], ...]
    environment: Mapping[str, Any]

    @property
    def logical(self) -> str:
        return camel(self.name)


def resources(function: Function, generated: Mapping[str, Any], events: Template) -> Template:
    """The function as Chalice generated it with memory, timeout, role, environment and event sources of its own."""
    logical = function.logical
    physical = f"comptoir-${{Stage}}-{function.name.replace('_', '-')}"
    properties: Template = {
        **generated["Properties"],
        "FunctionName": {"Fn::Sub": physical}, "Handler": function.handler, "CodeUri": code_of(function.domain),
        "MemorySize": function.memory_mb, "Timeout": function.timeout_seconds,
        "Role": attribute(f"{logical}Role", "Arn"),
        "Environment": {"Variables": {**_environment(function.domain), **function.environment}},
    }
    properties.pop("Events", None)
    if events:
        properties["Events"] = events
    return {
        logical: {"Type": "AWS::Serverless::Function", "DependsOn": [f"{logical}Logs"], "Properties": properties},
        f"{logical}Role": _role(physical, (*function.statements, *append_only(function.name))),
        f"{logical}Logs": {"Type": "AWS::Logs::LogGroup", "DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete",
                           "Properties": {"LogGroupName": {"Fn::Sub": f"/aws/lambda/{physical}"},
                                          "RetentionInDays": LOG_DAYS}},
    }


def code_of(domain: str) -> str:
    """Where the template expects a domain's code: beside itself, as `aws cloudformation package` reads it."""
    return f"./{OWN_ZIPS.get(domain, CORE)}"


def _environment(domain: str) -> Template:
    """What `chalicelib.runtime.settings` reads. Loopback shops and the inbox page exist in the local stage only."""
    return {
        **({"COMPTOIR_STRIPE_SECRET_ID": imported("StripeSecretArn")} if domain in SELLS else {}),
        "ERP_DOMAIN": domain, "COMPTOIR_STAGE": ref("Stage"), "COMPTOIR_TABLE": imported("TableName"),
        "COMPTOIR_BUCKET": imported("FilesName"), "COMPTOIR_USER_POOL_ID": imported("UserPoolId"),
        "COMPTOIR_USER_POOL_CLIENT_ID": imported("UserPoolClientId"), "COMPTOIR_KMS_KEY_ID": imported("KeyArn"),
        "COMPTOIR_PLATFORM_SECRET_ID": imported("PlatformSecretArn"), "COMPTOIR_PUBLIC_URL": ref("PublicUrl"),
        "COMPTOIR_MAIL_FROM": {"Fn::Sub": "Comptoir <no-reply@${MailDomain}>"},
        "COMPTOIR_MAIL_MODE": {"Fn::If": ["IsLocal", "inbox", "ses"]},
        "COMPTOIR_REQUEST_LOG": "1", "COMPTOIR_METERING": "1", "COMPTOIR_ALLOW_LOOPBACK": {"Fn::If": ["IsLocal", "1", "0"]},
    }


AUDIT = ("T#*#AUDIT#*", "T#*#AUDIT_SEALS#*")
"""How the keys of the audit's records and of their seals begin."""
SEALING = frozenset({"audit_seal", "leaving_worker"})
"""Who writes seals: the beat that closes hours, and the worker that erases who worked here, beside a seal that stands."""


def append_only(name: str) -> list[Template]:
    """What takes away from a function, whatever else it may do with the table, to change or delete what the audit holds (IAM
    knows the partition key as `dynamodb:LeadingKeys`), and to write a seal unless that is its work."""
    def deny(sid: str, actions: list[str], keys: tuple[str, ...]) -> Template:
        return {"Sid": sid, "Effect": "Deny", "Action": [f"dynamodb:{action}" for action in actions], "Resource": [
            imported("TableArn")], "Condition": {"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": list(keys)}}}

    found = [deny("AuditIsAppendOnly", ["BatchWriteItem", "DeleteItem", "UpdateItem"], AUDIT)]
    return found if name in SEALING else [*found, deny("OthersSealNothing", ["PutItem"], AUDIT[1:])]


def _role(physical: str, statements: Iterable[Mapping[str, Any]]) -> Template:
    logs = {"Sid": "Logs", "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": ["arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/"
                         + physical + ":*"]}
    return {"Type": "AWS::IAM::Role", "Properties": {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
        "Policies": [{"PolicyName": "own", "PolicyDocument": {
            "Version": "2012-10-17", "Statement": [statement(each) if isinstance(each["Resource"][0], str) else dict(each)
                                                   for each in (logs, *statements)]}}]}}


def allow(sid: str, actions: Iterable[str], *arns: Any) -> Template:
    """A statement about resources of this very template."""
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(arns)}


def queue_event(generated: Mapping[str, Any], queue: str) -> Template:
    """The queue as source: failed messages are reported one by one."""
    return {"Type": "SQS", "Properties": {**generated["Properties"], "Queue": attribute(queue, "Arn"),
                                          "FunctionResponseTypes": PARTIAL_FAILURES}}


def stream_event(generated: Mapping[str, Any], dead: str) -> Template:
    """The table's stream as source. Lambda's defaults would retry a poisoned batch until it expires and hold its shard;
    here a batch is split, retried ten times, and its position put aside; the sweep publishes what it held."""
    return {"Type": "DynamoDB", "Properties": {
        **generated["Properties"], "Stream": imported("StreamArn"), "FunctionResponseTypes": PARTIAL_FAILURES,
        "FilterCriteria": {"Filters": [{"Pattern": json.dumps(EVENT_FILTER)}]},
        "MaximumRetryAttempts": STREAM_RETRIES, "BisectBatchOnFunctionError": True,
        "DestinationConfig": {"OnFailure": {"Type": "SQS", "Destination": attribute(dead, "Arn")}}}}


def schedule_event(generated: Mapping[str, Any], dead: str) -> Template:
    """The rule, with dead letters for beats it could not deliver."""
    return {"Type": "Schedule", "Properties": {
        **generated["Properties"], "DeadLetterConfig": {"Arn": attribute(dead, "Arn")},
        "RetryPolicy": {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 600}}}


def failures_to(dead: str) -> Template:
    """Where a call nobody waits for goes when it failed three times."""
    return {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 600,
            "DestinationConfig": {"OnFailure": {"Type": "SQS", "Destination": attribute(dead, "Arn")}}}
