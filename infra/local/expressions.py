"""Reads each expression of a request once, not once for every item it is held against.

ministack splits and checks a condition anew for each item of a partition; in a list of a thousand that was nine tenths of a
query. What an expression says does not depend on the item, so it is remembered; what is wrong raises each time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from ministack.services import dynamodb

_EXPRESSIONS = 4096


def remember() -> None:
    """Put the memory before the functions of the module that depend on the expression alone."""
    split = dynamodb._tokenize
    dynamodb._tokenize = lru_cache(_EXPRESSIONS)(lambda expression: tuple(split(expression)))
    dynamodb._condition_syntax_error = lru_cache(_EXPRESSIONS)(dynamodb._condition_syntax_error)
    dynamodb._check_redundant_parens = _of_tokens(dynamodb._check_redundant_parens)
    dynamodb._check_reserved_keyword_usage = _of_tokens(dynamodb._check_reserved_keyword_usage)


def _of_tokens(check: Callable[..., str | None]) -> Callable[..., str | None]:
    known = lru_cache(_EXPRESSIONS)(check)

    def remembered(tokens: Sequence[Any], *slot: str) -> str | None:
        return known(tuple(tokens), *slot)

    return remembered
