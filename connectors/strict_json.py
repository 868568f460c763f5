"""JSON from strangers, read strictly: exact decimals, no NaN, no repeated keys, no endless nesting."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, NoReturn

_CHECKED_PREFIX_BYTES = 20_000
_PHP_NOTICE = re.compile(
    r"\s*(?:(?:<br\s*/?>\s*)?(?:<b>)?(?:PHP )?(?:Warning|Notice|Deprecated|Strict Standards)(?:</b>)?:"
    r"[^\n]*?on line (?:<b>)?\d+(?:</b>)?(?:\s*<br\s*/?>)?\s*)+"
)


class StrictJsonError(ValueError):
    """The text is not JSON that we accept; the message says why, without quoting it."""


def _refuse_constant(name: str) -> NoReturn:
    raise StrictJsonError(f"{name} is no JSON number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise StrictJsonError("a key is repeated within one object")
    return found


def loads(raw: bytes) -> Any:
    """Parse UTF-8 JSON: whole numbers become int, others Decimal. Raises StrictJsonError."""
    try:
        return json.loads(
            raw.decode("utf-8-sig"),
            parse_float=Decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique,
        )
    except UnicodeDecodeError:
        raise StrictJsonError("the text is not UTF-8") from None
    except RecursionError:
        raise StrictJsonError("the text is nested too deeply") from None
    except json.JSONDecodeError as problem:
        raise StrictJsonError(f"{problem.msg} at character {problem.pos}") from None
    except StrictJsonError:
        raise
    except (ValueError, ArithmeticError):
        raise StrictJsonError("a number is out of bounds") from None


def loads_after_php_notices(raw: bytes) -> Any:
    """As `loads`, tolerating the warnings that a PHP shop with `display_errors` on prints before its JSON."""
    try:
        return loads(raw)
    except StrictJsonError:
        notice = _PHP_NOTICE.match(raw[:_CHECKED_PREFIX_BYTES].decode("latin-1"))
        if not notice:
            raise
        return loads(raw[notice.end() :])
