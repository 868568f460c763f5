"""Every fact that a document's history shows has a name in both languages."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from chalicelib.events.routing import ROUTES, SILENT
from tests.keys_in_code import SOURCES
from tests.test_docs import documented_events

PORTAL = Path(__file__).resolve().parents[2] / "portal" / "src"
TIMELINE = (PORTAL / "design" / "timeline.tsx").read_text()
SHOWN_ELSEWHERE = set(re.findall(r'"(\w+)"', re.search(r"SHOWN_ELSEWHERE = new Set\(\[(.*?)\]\)", TIMELINE, re.S)[1]))  # type: ignore[index]
CODED = set(re.findall(r"(\w+): \"", re.search(r"CODED: .*? = \{(.*?)\};", TIMELINE, re.S)[1]))  # type: ignore[index]


def written(text: str) -> dict[str, set[str]]:
    """The facts that a source names in its `emit` calls, by event: the keys of dictionaries written there. Events named by a
    variable stand under ""."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and len(node.args) > 4 and getattr(node.func, "attr", "") == "emit":
            event = node.args[0].value if isinstance(node.args[0], ast.Constant) else ""
            keys = {key.value for each in ast.walk(node.args[4]) if isinstance(each, ast.Dict)
                    for key in each.keys if isinstance(key, ast.Constant)}
            found.setdefault(str(event), set()).update(map(str, keys))
    return found


def facts() -> set[str]:
    """Every fact of every event that stands on a timeline, as the page of events and the sources name them."""
    found: set[str] = set()
    for event, row in documented_events().items():
        if event not in SILENT:
            found |= set(re.findall(r"`(\w+)`", re.sub(r"\(.*?\)", "", row.get("data", ""))))
    for path in SOURCES:
        for event, names in written(path.read_text()).items():
            found |= names if event not in SILENT else set()
    return found


def unnamed(words: dict[str, str]) -> set[str]:
    """The facts that a history would show by their code."""
    return {name for name in facts() if not name.endswith("_id") and name not in SHOWN_ELSEWHERE | CODED
            and not words.get(f"attribute.{name}")}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_fact_of_an_event_has_a_name(language: str) -> None:
    words = json.loads((PORTAL / "i18n" / f"{language}.json").read_text())
    assert len(facts()) > 60 and not unnamed(words)
    del words["attribute.reason"]
    assert unnamed(words) == {"reason"}, "a name that is missing is found"


def test_facts_are_read_from_the_sources_too() -> None:
    source = 'tx.emit("OrderHeld", "sales_order", order.id, 1, {**more, "reason": why, **({"until": day} if day else {})})'
    assert written(source) == {"OrderHeld": {"reason", "until"}} and set(ROUTES) > SILENT
