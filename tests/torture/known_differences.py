"""Where the simulated table and the local engine are known to answer differently, and why that may stay so.

Each entry: which calls it is about (operation, parameters, our answer, theirs), and the reason. An answer is
("ok", content) or (error code, cancellation reasons). The differential test fails for an entry that nothing needs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Answer = tuple[Any, Any]
_WRITTEN_OTHERWISE = re.compile(r"'N': '(?!0'|-?[1-9]\d*'|-?(?:0|[1-9]\d*)\.\d*[1-9]')")


def _begins_with(operation: str, parameters: dict[str, Any], ours: Answer, theirs: Answer) -> bool:
    return "begins_with(n1" in str(parameters) and ours[0] == "ValidationException"


def _twice(operation: str, parameters: dict[str, Any], ours: Answer, theirs: Answer) -> bool:
    return "SET n1 = :n, n1 = :n" in str(parameters) and ours[0] == "ValidationException"


def _sum(operation: str, parameters: dict[str, Any], ours: Answer, theirs: Answer) -> bool:
    return "SET n1 = pk + :n" in str(parameters) and ours[0] == "ValidationException"


def _token(operation: str, parameters: dict[str, Any], ours: Answer, theirs: Answer) -> bool:
    return (ours[0], theirs[0]) == ("ok", "IdempotentParameterMismatchException") and bool(
        _WRITTEN_OTHERWISE.search(str(parameters)))


KNOWN: dict[str, tuple[Callable[[str, dict[str, Any], Answer, Answer], bool], str]] = {
    "begins_with of what is no string": (
        _begins_with,
        "DynamoDB refuses by the operand's type; the engine only once it finds an item that has the attribute. The product "
        "uses begins_with in key conditions only."),
    "the sum of a text and a number": (
        _sum, "DynamoDB refuses the operand's type in SET; the engine counts a text as 0. The product adds with ADD."),
    "one attribute set twice": (
        _twice, "DynamoDB refuses overlapping paths in one update; the engine takes the last. The product never does it."),
    "a token again with a number written otherwise": (
        _token,
        "The engine compares a repeated transaction with what it has made of the first one (1e2 became 100) and finds "
        "another body; DynamoDB compares requests. Where it happens the product says that the outcome is unknown."),
}
