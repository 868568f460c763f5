"""Queues: one per subscribing domain with its dead letters, and dead letters for what the stream and time start."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chalicelib.events.routing import RECEIVES_BEFORE_DEAD
from infra.stacks.intrinsics import Template, attribute, ref

VISIBILITY_TIMEOUTS = 6
"""A message stays hidden six times the function's timeout, as Lambda asks of a queue it polls: a batch may wait for a
throttled function without being handed out twice."""
_KEPT_SECONDS = 1_209_600
_SOURCE_ACCOUNT = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def dead_letters_of(queue: str) -> str:
    """The logical id of a queue's dead letters."""
    return f"{queue.removesuffix('Queue')}DeadLetters"


def queue(name: str, logical: str, timeout_seconds: int) -> Template:
    """A domain's queue with its dead letters; `timeout_seconds` is its function's."""
    dead = dead_letters_of(logical)
    redrive = {"deadLetterTargetArn": attribute(dead, "Arn"), "maxReceiveCount": RECEIVES_BEFORE_DEAD}
    return {
        logical: _queue(name, VisibilityTimeout=VISIBILITY_TIMEOUTS * timeout_seconds, RedrivePolicy=redrive),
        dead: dead_letters(name),
    }


def dead_letters(name: str) -> Template:
    """A queue where what failed waits two weeks for a person."""
    return _queue(f"{name}-dead", MessageRetentionPeriod=_KEPT_SECONDS)


def _queue(name: str, **properties: Any) -> Template:
    return {"Type": "AWS::SQS::Queue", "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain", "Properties": {
        "QueueName": {"Fn::Sub": f"comptoir-${{Stage}}-{name}"}, "SqsManagedSseEnabled": True, **properties}}


def rules_may_send(dead: str) -> Template:
    """EventBridge may put what it could not deliver into the schedules' dead letters."""
    return {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": [ref(dead)], "PolicyDocument": {
        "Version": "2012-10-17", "Statement": [{
            "Sid": "Rules", "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage", "Resource": attribute(dead, "Arn"), "Condition": _SOURCE_ACCOUNT}]}}}


def addresses(queues: Iterable[str]) -> Template:
    """The environment that tells a function where the domains' queues are."""
    return {f"COMPTOIR_QUEUE_{name.upper()}": ref(f"{name.capitalize()}Queue") for name in queues}
