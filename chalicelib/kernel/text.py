"""What a text from outside may hold. Controls forge log lines, break files and hide what stands behind them."""

from __future__ import annotations

import re

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
"""C0 and C1 controls (Unicode category Cc) without tab and line breaks, and the separators that count as line breaks."""
_BREAK = re.compile("[\t\r\n]")
FORMULA = re.compile(r"'*[=+\-@\t\r]")
"""How a cell begins that a spreadsheet would run, or that looks as if somebody had kept it from running."""


def holds_control(text: str) -> bool:
    """Whether a text holds what no text may hold."""
    return CONTROL.search(text) is not None


def is_line(text: str) -> bool:
    """Whether a text is one line, as names, codes and references are."""
    return _BREAK.search(text) is None and not holds_control(text)


def as_line(text: str, longest: int) -> str:
    """A foreign text as one line of at most `longest` characters: breaks and controls become blanks."""
    return CONTROL.sub(" ", _BREAK.sub(" ", text))[:longest]


def escaped(cell: str) -> str:
    """The cell, with an apostrophe before what a spreadsheet would run as a formula (OWASP, CSV Injection).

    A cell that looks escaped already gets another, so that taking one away gives back exactly what there was.
    """
    return "'" + cell if FORMULA.match(cell) else cell
