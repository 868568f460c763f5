"""The roles of the built template, read as IAM would: what a function may do to which resource."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Statement = tuple[str, dict[str, Any]]
NEVER = {"dynamodb:Scan", "dynamodb:PartiQLSelect", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate",
         "dynamodb:PartiQLDelete", "dynamodb:ExportTableToPointInTime"}


MAY = {"LeavingClosuresRole": {"dynamodb:Scan"}}
"""The one function that sweeps the table: it erases companies whose time is over."""

TENANTS_NAMES = {"StringLike": {"s3:prefix": ["T/*"]}}


def statements(template: Path) -> Iterator[Statement]:
    """(role, statement) of every role in a template."""
    for name, resource in json.loads(template.read_text())["Resources"].items():
        if resource["Type"] == "AWS::IAM::Role":
            for policy in resource["Properties"].get("Policies", ()):
                for each in policy["PolicyDocument"]["Statement"]:
                    yield name, each


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def breaches(found: Iterable[Statement]) -> list[str]:
    """What no function of this product may hold: wildcards, whole-table reads, a bucket beyond the tenants' folder."""
    wrong = []
    for role, each in found:
        if each["Effect"] != "Allow":
            continue
        resources = [json.dumps(resource) for resource in _many(each["Resource"])]
        for action in _many(each["Action"]):
            if action in NEVER - MAY.get(role, frozenset()) or action.endswith(":*") or action == "*":
                wrong.append(f"{role} may {action}")
            if '"*"' in resources and not action.startswith("logs:"):
                wrong.append(f"{role} may {action} anything")
            if action == "s3:ListBucket" and each.get("Condition") == TENANTS_NAMES:
                continue
            if action.startswith("s3:") and not all("/T/" in resource for resource in resources):
                wrong.append(f"{role} may {action} outside the tenants' folder")
    return wrong
