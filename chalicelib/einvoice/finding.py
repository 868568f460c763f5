"""What a check says: which rule, which field, how bad, and the values that show it. Words come later (`words`)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from chalicelib.kernel.shapes import entity

FATAL, WARNING = "fatal", "warning"


@entity
class Finding:
    """`rule` is the rule's own code (BR-CO-15, BR-FR-05, a law's article), `code` the message's stable code, `field` the path
    in the invoice (`lines.0.net_amount`), `terms` the business terms concerned, `params` the values the words show. A
    `fatal` finding forbids the issue; a `warning` does not."""

    rule: str
    code: str
    field: str
    terms: str = ""
    severity: str = FATAL
    params: Mapping[str, str]


@entity
class WordedFinding(Finding):
    """The same for a reader: what is wrong, and what to do about it, in their language."""

    message: str
    fix: str


def fatal(rule: str, code: str, field: str, terms: str = "", **params: object) -> Finding:
    """A finding that forbids the issue."""
    return Finding(rule=rule, code=code, field=field, terms=terms, params=_texts(params))


def warning(rule: str, code: str, field: str, terms: str = "", **params: object) -> Finding:
    """A finding that a person should know of."""
    return Finding(rule=rule, code=code, field=field, terms=terms, severity=WARNING, params=_texts(params))


def _texts(params: Mapping[str, object]) -> dict[str, str]:
    return {name: format(value, "f") if isinstance(value, Decimal) else str(value) for name, value in params.items()}
