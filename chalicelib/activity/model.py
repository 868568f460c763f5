"""Pure decisions of timelines, the changes feed and search."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.kernel.event import Event

MIN_WORD = 2
MAX_WORD = 40
MAX_WORDS = 40
_WORD = re.compile(r"[0-9a-z]+(?:[-_.@+/][0-9a-z]+)*")
SEARCHED_COLUMNS = ("number", "name", "sku", "gtin", "title", "email", "customer_name", "company_name",
                    "external_number", "product_name", "code", "city", "brand")
"""Summary columns whose words a person types to find a document."""


SEARCHED_KINDS = ("sales_order", "customer", "product", "variant", "warehouse", "connection", "price_list", "user")
"""What search finds, the kinds people look for most first."""


def fold(text: str) -> str:
    """Lower case without accents, so that `bûche` is found by `buche`."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).lower()


def words_of(summary: Mapping[str, Any]) -> frozenset[str]:
    """The words a summary is found by: each token, and the parts of tokens joined by a dash or an at sign."""
    found: set[str] = set()
    for column in SEARCHED_COLUMNS:
        for token in _WORD.findall(fold(str(summary.get(column) or ""))):
            found.add(token[:MAX_WORD])
            found.update(part[:MAX_WORD] for part in re.split(r"[-_.@+/]", token))
    return frozenset(sorted(w for w in found if len(w) >= MIN_WORD)[:MAX_WORDS])


def title_of(summary: Mapping[str, Any], document_id: str) -> str:
    """How a document is called in a result: its number, else its SKU or name, else its id."""
    return str(summary.get("number") or summary.get("name") or summary.get("sku") or document_id)


def subtitle_of(summary: Mapping[str, Any]) -> str:
    """What tells it from others of the same title, in the order people know it by; never a code such as a state."""
    title = title_of(summary, "")
    names = ("customer_name", "company_name", "external_number", "sku", "email", "city", "category")
    parts = [summary.get(name) for name in names]
    return " · ".join(str(part) for part in parts if part and part != title)


def rank(words: Iterable[str], hits: Mapping[tuple[str, str], set[str]]) -> list[tuple[str, str]]:
    """Documents (kind, id) in which every word of the question begins some word: most exact matches first, then by kind."""
    asked = list(words)
    complete = [key for key, found in hits.items() if all(any(w.startswith(a) for w in found) for a in asked)]
    return sorted(complete, key=lambda key: (-sum(a in hits[key] for a in asked), SEARCHED_KINDS.index(key[0]), key[1]))


def entry(event: Event) -> dict[str, Any]:
    """A timeline entry of an event."""
    return {"id": event.id, "at": event.at.isoformat(), "type": event.type, "kind": event.kind,
            "entity_id": event.entity_id, "version": event.version, "request_id": event.request_id,
            "actor": {"kind": event.actor.kind, "id": event.actor.id, "name": event.actor.name},
            "data": dict(event.data)}
