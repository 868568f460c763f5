"""What a change set would do, read and judged before anything is done: pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

HOLDS = frozenset({"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::Cognito::UserPool",
                   "AWS::Cognito::UserPoolClient", "AWS::SecretsManager::Secret", "AWS::SQS::Queue"})
"""Types whose resources hold what no deployment can make again: data, keys, logins, messages that wait."""
_STAYS = ("False", "")


@dataclass(frozen=True, slots=True)
class Change:
    """One resource of a change set. `replacement` is CloudFormation's word: True, False, Conditional, or "" where it says none;
    `because` names the properties that change."""

    action: str
    logical_id: str
    kind: str
    replacement: str
    because: tuple[str, ...] = ()

    @property
    def ends_the_old(self) -> bool:
        """Whether what stands now is, or may be, not the stack's any more afterwards."""
        return self.action == "Remove" or (self.action == "Modify" and self.replacement not in _STAYS)


def read(raw: Iterable[Mapping[str, Any]]) -> list[Change]:
    """The resources of `DescribeChangeSet`'s `Changes`, in the order of their names."""
    found = []
    for each in raw:
        change = each["ResourceChange"]
        targets = (detail.get("Target", {}) for detail in change.get("Details", ()))
        names = sorted({target.get("Name") or target.get("Attribute", "") for target in targets} - {""})
        found.append(Change(change["Action"], change["LogicalResourceId"], change["ResourceType"],
                            change.get("Replacement", ""), tuple(names)))
    return sorted(found, key=lambda each: (each.action, each.logical_id))


def refused(changes: Iterable[Change], retained: Collection[str], allowed: Collection[str] = ()) -> list[str]:
    """Why a change set must not be executed: each resource that holds something, or that the template that stands retains, and
    that would be removed or replaced. `allowed` names those that an operator has emptied or moved and gives up by name."""
    return [f"{each.logical_id} ({each.kind}) would be {'removed' if each.action == 'Remove' else 'replaced'}"
            + (f" because of {', '.join(each.because)}" if each.because else "")
            for each in changes if each.ends_the_old and each.logical_id not in allowed
            and (each.kind in HOLDS or each.logical_id in retained)]


def retained_in(template: Mapping[str, Any]) -> set[str]:
    """The resources that a template keeps when they leave it."""
    return {name for name, each in template.get("Resources", {}).items() if each.get("DeletionPolicy") == "Retain"}


def told(changes: Iterable[Change]) -> list[str]:
    """A change set for a reader: what ends or is replaced one by one, what is added or changed by type."""
    changes = list(changes)
    lines = [f"  {each.action} {each.logical_id} ({each.kind}), replacement: {each.replacement or 'none'}"
             for each in changes if each.ends_the_old]
    counted = Counter((each.action, each.kind) for each in changes if not each.ends_the_old)
    return [*lines, *(f"  {action} {count} × {kind}" for (action, kind), count in sorted(counted.items()))]
