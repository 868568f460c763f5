"""A number as a person can check it: what went in, the steps, and the rule. Every explanation of the API has this shape."""

from __future__ import annotations

from chalicelib.kernel.shapes import entity


@entity
class ExplainedRow:
    """One input or step: `value` as it is read (a decimal or a date), `link` to the page of what it comes from, `at` the
    instant of what happened (ISO 8601; shown in the reader's way, so never written into the label)."""

    label: str
    value: str
    unit: str = ""
    link: str = ""
    at: str = ""


@entity
class Explanation:
    """Why a figure is what it is; texts are in the caller's language."""

    value: str
    unit: str
    formula: str
    inputs: tuple[ExplainedRow, ...] = ()
    steps: tuple[ExplainedRow, ...] = ()
