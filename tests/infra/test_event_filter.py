"""Filter patterns choose the records Lambda would choose."""
from __future__ import annotations

from typing import Any

import pytest

from infra.local.event_filter import check_pattern, matches

RECORD: dict[str, Any] = {
    "eventName": "INSERT",
    "dynamodb": {"NewImage": {"kind": {"S": "outbox"}, "pk": {"S": "T#t1#OUTBOX#3"}, "note": {"NULL": True}}},
}


def image(**fields: Any) -> dict[str, Any]:
    return {"dynamodb": {"NewImage": fields}}


@pytest.mark.parametrize(("pattern", "expected"), [
    ({}, True),
    ({"eventName": ["INSERT"]}, True),
    ({"eventName": ["MODIFY", "INSERT"]}, True),
    ({"eventName": ["insert"]}, False),
    ({"eventName": [{"equals-ignore-case": "insert"}]}, True),
    (image(kind={"S": ["outbox"]}), True),
    (image(kind={"S": ["order"]}), False),
    (image(kind={"N": ["outbox"]}), False),
    (image(pk={"S": [{"prefix": "T#t1#OUTBOX"}]}), True),
    (image(pk={"S": [{"suffix": "#4"}]}), False),
    (image(kind={"S": [{"anything-but": ["order", "line"]}]}), True),
    (image(kind={"S": [{"anything-but": {"prefix": "out"}}]}), False),
    (image(absent={"S": [{"anything-but": ["order"]}]}), False),
    (image(note={"NULL": [True]}), True),
    (image(absent={"S": [{"exists": False}]}), True),
    (image(kind={"S": [{"exists": True}]}), True),
    ({"dynamodb": {"OldImage": {"kind": {"S": ["outbox"]}}}}, False),
    ({"eventName": ["INSERT"]} | image(kind={"S": ["order"]}), False),
    ({"$or": [{"eventName": ["REMOVE"]}, image(kind={"S": ["outbox"]})]}, True),
    ({"$or": [{"eventName": ["REMOVE"]}, image(kind={"S": ["order"]})]}, False),
])
def test_patterns(pattern: dict[str, Any], expected: bool) -> None:
    check_pattern(pattern)
    assert matches(pattern, RECORD) is expected


@pytest.mark.parametrize("pattern", [
    {"eventName": "INSERT"}, {"eventName": []}, image(kind={"S": [{"numeric": [">", 3]}]}),
    image(kind={"S": [{"prefix": "a", "suffix": "b"}]}), {"$or": [{"eventName": "INSERT"}]},
])
def test_patterns_lambda_refuses(pattern: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="filter pattern"):
        check_pattern(pattern)
