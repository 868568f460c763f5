"""Stacks by change sets: proposed, looked at, and only then executed or withdrawn."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from infra.deploy.changes import Change, read, refused, retained_in

CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
_NOTHING = ("didn't contain changes", "No updates are to be performed")
_NOT_MADE = ("REVIEW_IN_PROGRESS", "DELETE_COMPLETE")


class DeployFailed(RuntimeError):
    """A stack did not come up, must not be changed so, or the deployed API does not answer as it must; the message says what
    was refused."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change set that waits. `is_new`: the stack stands only as a name so far."""

    stack: str
    change_set: str
    is_new: bool
    changes: tuple[Change, ...]


def find(stacks: Any, name: str) -> dict[str, Any] | None:
    """A stack's description, or None where there is none, or only the name of one."""
    try:
        stack: dict[str, Any] = stacks.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        return None
    return None if stack["StackStatus"] in _NOT_MADE else stack


def outputs(stacks: Any, name: str) -> dict[str, str]:
    """The outputs of a stack that is there, else nothing."""
    stack = find(stacks, name) or {}
    return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}


def propose(stacks: Any, name: str, template_url: str, parameters: Mapping[str, str], tag: str, *,
            kept: Collection[str] = (), seconds: float = 300.0, pause: float = 0.2) -> Proposal | None:
    """Has CloudFormation work out what would change, and waits for it; None when nothing would. Without an address the
    template that stands; parameters that are `kept` and not given stay as they are. Raises DeployFailed with CloudFormation's
    reason when it does not take the template, or when a first attempt to make the stack has failed and must be deleted."""
    stack = find(stacks, name)
    if stack is not None and stack["StackStatus"] == "ROLLBACK_COMPLETE":
        raise DeployFailed(f"{name} was never made: repair what its events name, delete it "
                           f"(aws cloudformation delete-stack --stack-name {name}), and deploy again")
    change_set = f"{'change' if stack else 'make'}-{tag}"
    try:
        stacks.create_change_set(
            StackName=name, ChangeSetName=change_set, ChangeSetType="UPDATE" if stack else "CREATE",
            Capabilities=list(CAPABILITIES),
            **({"TemplateURL": template_url} if template_url else {"UsePreviousTemplate": True}),
            Parameters=[*({"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()),
                        *({"ParameterKey": key, "UsePreviousValue": True} for key in kept if key not in parameters)])
    except ClientError as error:
        raise DeployFailed(f"{name}: {error}") from error
    described = _described(stacks, name, change_set, seconds, pause)
    proposal = Proposal(name, change_set, stack is None, tuple(read(described["Changes"])))
    if described["Status"] == "CREATE_COMPLETE":
        return proposal
    withdraw(stacks, proposal)
    reason = str(described.get("StatusReason", ""))
    if any(text in reason for text in _NOTHING):
        return None
    raise DeployFailed(f"{name}: {reason or described['Status']}")


def _described(stacks: Any, name: str, change_set: str, seconds: float, pause: float) -> dict[str, Any]:
    """The change set when it is worked out, with all its changes."""
    deadline = time.monotonic() + seconds
    while True:
        found: dict[str, Any] = stacks.describe_change_set(StackName=name, ChangeSetName=change_set)
        if not found["Status"].endswith(("PENDING", "IN_PROGRESS")):
            break
        if time.monotonic() > deadline:
            raise DeployFailed(f"{name}: the change set is still {found['Status']} after {seconds:.0f} s")
        time.sleep(pause)
    changes, page = list(found.get("Changes", ())), found
    while page.get("NextToken"):
        page = stacks.describe_change_set(StackName=name, ChangeSetName=change_set, NextToken=page["NextToken"])
        changes += page.get("Changes", ())
    return {**found, "Changes": changes}


def withdraw(stacks: Any, proposal: Proposal) -> None:
    """Takes a proposal back; of a stack that was to be made not even the name stays."""
    if proposal.is_new:
        stacks.delete_stack(StackName=proposal.stack)
    else:
        stacks.delete_change_set(StackName=proposal.stack, ChangeSetName=proposal.change_set)


def why_not(stacks: Any, proposal: Proposal, allowed: Collection[str] = ()) -> list[str]:
    """Why a proposal must not be executed (`changes.refused`), held against the template that stands."""
    if proposal.is_new:
        return []
    body = stacks.get_template(StackName=proposal.stack, TemplateStage="Original")["TemplateBody"]
    standing = json.loads(body) if isinstance(body, str) else body
    return refused(proposal.changes, retained_in(standing), allowed)


def execute(stacks: Any, proposal: Proposal, *, seconds: float = 300.0, pause: float = 0.2) -> dict[str, str]:
    """Does what was proposed and waits; answers the stack's outputs. CloudFormation goes back by itself when a resource fails.
    Raises DeployFailed with every failed resource."""
    stacks.execute_change_set(StackName=proposal.stack, ChangeSetName=proposal.change_set)
    stack = _settled(stacks, proposal.stack, seconds, pause)
    status = stack["StackStatus"]
    if not status.endswith("_COMPLETE") or "ROLLBACK" in status:
        pages = stacks.get_paginator("describe_stack_events").paginate(StackName=proposal.stack)
        failed = [f"{each['LogicalResourceId']} ({each['ResourceType']}): {each.get('ResourceStatusReason', '')}"
                  for page in pages for each in page["StackEvents"] if "FAILED" in each["ResourceStatus"]]
        raise DeployFailed("\n".join([f"{proposal.stack} is {status} {stack.get('StackStatusReason', '')}", *failed]))
    return outputs(stacks, proposal.stack)


def _settled(stacks: Any, name: str, seconds: float, pause: float) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while True:
        stack: dict[str, Any] = stacks.describe_stacks(StackName=name)["Stacks"][0]
        if not stack["StackStatus"].endswith("IN_PROGRESS"):
            return stack
        if time.monotonic() > deadline:
            raise DeployFailed(f"{name} is still {stack['StackStatus']} after {seconds:.0f} s")
        time.sleep(pause)
