"""Lambda's event filter patterns, the part that applies to stream records.

Source: the rules of Amazon EventBridge content filtering that Lambda lists for event source mappings: exact values,
null, empty, prefix, suffix, equals-ignore-case, anything-but, exists, and `$or`. `numeric` is refused, since the
numbers of a DynamoDB record are strings, on which it never matches.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_MISSING = object()


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether `event` has every field of `pattern` with one of the values listed for it."""
    return all(
        any(matches(alternative, event) for alternative in expected) if name == "$or"
        else _field_matches(expected, event.get(name, _MISSING))
        for name, expected in pattern.items()
    )


def check_pattern(pattern: Mapping[str, Any]) -> None:
    """Raise ValueError for a pattern Lambda would refuse: leaves must be lists, rules must be known."""
    for name, expected in pattern.items():
        if name == "$or":
            for alternative in expected:
                check_pattern(alternative)
        elif isinstance(expected, Mapping):
            check_pattern(expected)
        elif not isinstance(expected, list) or not expected:
            raise ValueError(f"the value of {name!r} in a filter pattern must be a non-empty list")
        else:
            for rule in expected:
                if isinstance(rule, Mapping) and (len(rule) != 1 or next(iter(rule)) not in _RULES):
                    raise ValueError(f"unknown rule {dict(rule)!r} in a filter pattern")


def _field_matches(expected: Any, value: Any) -> bool:
    if isinstance(expected, Mapping):
        return matches(expected, value if isinstance(value, Mapping) else {})
    values = value if isinstance(value, list) else [value]
    return any(_rule_matches(rule, each) for rule in expected for each in values)


def _rule_matches(rule: Any, value: Any) -> bool:
    if isinstance(rule, Mapping):
        (name, operand), = rule.items()
        return _RULES[name](operand, value)
    return value is not _MISSING and type(rule) is type(value) and rule == value


def _anything_but(operand: Any, value: Any) -> bool:
    if value is _MISSING:
        return False
    excluded = operand if isinstance(operand, list) else [operand]
    return not any(_rule_matches(rule, value) for rule in excluded)


def _equals_ignoring_case(operand: str, value: Any) -> bool:
    return isinstance(value, str) and value.casefold() == operand.casefold()


_RULES: dict[str, Callable[[Any, Any], bool]] = {
    "exists": lambda operand, value: (value is not _MISSING and not isinstance(value, Mapping)) is operand,
    "prefix": lambda operand, value: isinstance(value, str) and value.startswith(operand),
    "suffix": lambda operand, value: isinstance(value, str) and value.endswith(operand),
    "anything-but": _anything_but,
    "equals-ignore-case": _equals_ignoring_case,
}
