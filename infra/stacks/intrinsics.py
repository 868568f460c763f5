"""CloudFormation's functions spelled as Python, and the names that cross from the data stack to the others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Template = dict[str, Any]

STAGE_PARAMETER: Template = {
    "Type": "String",
    "Default": "production",
    "AllowedPattern": "[a-z][a-z0-9-]{1,15}",
    "Description": "Names every resource; `local` only on a laptop's engine.",
}
EXPORTS = ("TableName", "TableArn", "StreamArn", "FilesName", "FilesArn", "PortalName", "KeyArn", "UserPoolId",
           "UserPoolArn", "UserPoolClientId", "PlatformSecretArn", "StripeSecretArn")
"""What the data stack exports, as `comptoir-<stage>-<name>`."""
RESTORED = "TableIsRestored"
"""The app stack's condition that its functions work on another table than the data stack's: one restored from a backup.
CloudFormation refuses to change an export that is in use, so the switch stands on the importing side."""
NO_STREAM = "arn:aws:dynamodb:::none"
RESTORED_PARAMETERS: Mapping[str, Template] = {
    "RestoredTable": {"Type": "String", "Default": "", "Description": "The table to work on instead of the data stack's"},
    "RestoredStream": {"Type": "String", "Default": NO_STREAM, "Description": "The ARN of that table's stream"}}
_RESTORED: Mapping[str, Template] = {
    "TableName": {"Ref": "RestoredTable"}, "StreamArn": {"Ref": "RestoredStream"},
    "TableArn": {"Fn::Sub": "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${RestoredTable}"}}
_VARIABLE = re.compile(r"\$\{(\w+)\}")


def ref(name: str) -> Template:
    """The value of a parameter or the physical id of a resource of the same template."""
    return {"Ref": name}


def attribute(resource: str, name: str) -> Template:
    """An attribute of a resource of the same template."""
    return {"Fn::GetAtt": [resource, name]}


def imported(name: str) -> Template:
    """What the data stack of this stage exports under `name`; of the table, the restored one's while there is one. Raises
    KeyError for a name it does not export."""
    if name not in EXPORTS:
        raise KeyError(name)
    exported = {"Fn::ImportValue": {"Fn::Sub": f"comptoir-${{Stage}}-{name}"}}
    return {"Fn::If": [RESTORED, _RESTORED[name], exported]} if name in _RESTORED else exported


def substitute(text: str) -> Any:
    """`text` with its `${…}` filled: exports of the data stack by import, everything else by CloudFormation itself."""
    names = sorted(set(_VARIABLE.findall(text)) & set(EXPORTS))
    if names and text == f"${{{names[0]}}}":
        return imported(names[0])
    if names:
        return {"Fn::Sub": [text, {name: imported(name) for name in names}]}
    return {"Fn::Sub": text} if "${" in text else text


def statement(raw: Mapping[str, Any]) -> Template:
    """A statement of a policy file with its resources filled in."""
    return {**raw, "Resource": [substitute(resource) for resource in raw["Resource"]]}


def camel(name: str) -> str:
    """`sales_api` → `SalesApi`: a logical id, by the rule Chalice follows."""
    return "".join(part.capitalize() for part in re.split(r"[^a-zA-Z0-9]", name))
