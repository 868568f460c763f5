"""What the roles of the packaged functions allow, by the evaluator of the local engine.

It follows IAM's evaluation logic for one account: an explicit Deny wins, then an explicit Allow, else it is denied ("Policy
evaluation logic", IAM User Guide); its matching of wildcards and conditions is the engine's own, held here to cases of that
guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ministack.core.iam_evaluator import EvalContext, ParsedStatement, evaluate, parse_policy_document

from infra.local.engine import ACCOUNT, REGION
from infra.stacks.gateway import api_function
from infra.stacks.intrinsics import camel
from tests.rights.record import BUCKET, KEY_ARN, POOL_ARN, SECRET_ARN, STAGE, STRIPE_ARN, TABLE, Call

_TABLE_ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{TABLE}"
RESTORED_TABLE = "comptoir-restored"
_RESTORED_ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{RESTORED_TABLE}"
VALUES = {
    "Stage": STAGE, "AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": ACCOUNT,
    "MailDomain": "comptoir.localhost", "TableArn": _TABLE_ARN, "StreamArn": f"{_TABLE_ARN}/stream/2026-01-01T00:00:00.000",
    "FilesArn": f"arn:aws:s3:::{BUCKET}", "KeyArn": KEY_ARN, "UserPoolArn": POOL_ARN, "PlatformSecretArn": SECRET_ARN,
    "StripeSecretArn": STRIPE_ARN, "RestoredTable": RESTORED_TABLE,
    "RestoredStream": f"{_RESTORED_ARN}/stream/2026-01-02T00:00:00.000",
}
"""What the templates' names stand for in the stage `local`."""


def _filled(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\$\{([\w:]+)\}", lambda found: values[found[1]], text)


def resolved(value: Any, resources: Mapping[str, Any], conditions: frozenset[str] = frozenset()) -> str:
    """A resource of a statement as the ARN it will be, with the conditions that hold. Raises KeyError for a name nobody
    knows."""
    if isinstance(value, str):
        return value
    ((function, given),) = value.items()
    if function == "Fn::If":
        return resolved(given[1 if given[0] in conditions else 2], resources, conditions)
    if function == "Ref":
        return VALUES[given]
    if function == "Fn::ImportValue":
        return VALUES[given["Fn::Sub"].rpartition("-")[2]]
    if function == "Fn::GetAtt":
        queue = resources[given[0]]
        assert (queue["Type"], given[1]) == ("AWS::SQS::Queue", "Arn"), value
        return f"arn:aws:sqs:{REGION}:{ACCOUNT}:" + _filled(queue["Properties"]["QueueName"]["Fn::Sub"], VALUES)
    assert function == "Fn::Sub", value
    text, names = (given, {}) if isinstance(given, str) else given
    return _filled(text, {**VALUES, **{name: resolved(each, resources, conditions) for name, each in names.items()}})


class Roles:
    """The roles of an app template, asked as IAM is."""

    def __init__(self, template: Mapping[str, Any], conditions: frozenset[str] = frozenset()) -> None:
        self._resources = resources = template["Resources"]
        self._conditions = conditions
        self._rights: dict[str, list[list[ParsedStatement]]] = {}
        self._of_domain: dict[str, list[str]] = {}
        for name, each in resources.items():
            if each["Type"] == "AWS::Serverless::Function":
                role = resources[each["Properties"]["Role"]["Fn::GetAtt"][0]]["Properties"]
                self._rights[name] = [self._policy(each["PolicyDocument"]) for each in role["Policies"]]
                domain = each["Properties"]["Environment"]["Variables"]["ERP_DOMAIN"]
                self._of_domain.setdefault(domain, []).append(name)

    def _policy(self, document: Mapping[str, Any]) -> list[ParsedStatement]:
        statements = [{**each, "Resource": [resolved(one, self._resources, self._conditions) for one in each["Resource"]]}
                      for each in document["Statement"]]
        return list(parse_policy_document({**document, "Statement": statements}))

    def functions(self, whose: str) -> list[str]:
        """The functions a noted caller is: one, but for services called by hand, which are all of their domain. None for a
        consumer or a schedule that only a test has."""
        if whose.endswith(":"):
            return self._of_domain.get(whose[:-1], [])
        if whose.startswith("/api/"):
            own = api_function(whose.split("/")[2])
            return [own if own in self._rights else "ActivityApi"]
        return [camel(whose)] if camel(whose) in self._rights else []

    def allows(self, function: str, action: str, arn: str) -> bool:
        """Whether the function's role may do this."""
        resource, _, prefix = arn.partition("?prefix=")
        asked = EvalContext(f"arn:aws:sts::{ACCOUNT}:assumed-role/{function}Role/{function}", "AssumedRole", ACCOUNT, action,
                            resource, REGION, "127.0.0.1", True, service_context={"s3:prefix": prefix} if prefix else {})
        return bool(evaluate(asked, self._rights[function]).decision == "Allow")


def elsewhere(action: str, arn: str) -> Iterator[str]:
    """The same done to something that is not ours: a table, index, queue, key, pool or bucket of another stage or another
    account, a folder of the bucket that is no tenant's."""
    if action.startswith("s3:"):
        yield arn.replace(BUCKET, "comptoir-other-files")
        yield arn.replace(f"{BUCKET}/T/", f"{BUCKET}/platform/")
        yield arn.replace(f"{BUCKET}/T/", f"{BUCKET}/Tenant/")
        yield arn.replace("?prefix=T/", "?prefix=platform/")
        yield arn.partition("?prefix=")[0]
        return
    yield arn.replace(f":{ACCOUNT}:", ":999999999999:")
    kind, _, name = arn.rpartition(":")
    if action.startswith("dynamodb:"):
        yield arn.replace(TABLE, "comptoir-other")
        yield arn.replace(TABLE, f"{TABLE}2")
    elif action.startswith("sqs:"):
        yield f"{kind}:{name.replace(f'comptoir-{STAGE}-', 'comptoir-other-')}"
        if action == "sqs:SendMessage":
            yield f"{arn}-dead"
    else:
        yield f"{arn}2"


def wrong(calls: set[Call], roles: Roles) -> list[str]:
    """Every noted call that its function's role refuses, and every one that it would allow elsewhere too."""
    found = []
    for whose, action, arn in sorted(calls):
        functions = roles.functions(whose)
        allowed = [each for each in functions if roles.allows(each, action, arn)]
        if functions and not allowed:
            found.append(f"{whose} ({', '.join(functions)}) may not {action} on {arn}")
        found += [f"{each} may {action} on {other}" for each in allowed for other in elsewhere(action, arn)
                  if other != arn and roles.allows(each, action, other)]
    return found
