"""The recorded exchanges of a real WooCommerce, which the demo shop must resemble."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "golden" / "woocommerce"


def recorded(number: int) -> dict[str, Any]:
    """Return one whole exchange by its number."""
    return json.loads(next(FOLDER.glob(f"{number:03d}-*.json")).read_text("utf-8"))


def answer(number: int) -> Any:
    """Return the JSON our connector was answered."""
    return json.loads(recorded(number)["response"]["body"])


def asked(number: int) -> Any:
    """Return the JSON that was sent (in a delivery: by the shop)."""
    return json.loads(recorded(number)["request"]["body"])


def differences(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Walk two JSON values and list missing and extra keys and other types; of lists the first items are compared.

    A null says nothing about a type, and whole and broken numbers are one type.
    """
    if ours is None or theirs is None:
        return []
    if isinstance(theirs, dict) and isinstance(ours, dict):
        found = [f"{path}: missing {key}" for key in theirs if key not in ours]
        found += [f"{path}: extra {key}" for key in ours if key not in theirs]
        for key in theirs:
            if key in ours:
                found += differences(ours[key], theirs[key], f"{path}.{key}")
        return found
    if isinstance(theirs, list) and isinstance(ours, list):
        return differences(ours[0], theirs[0], f"{path}[]") if ours and theirs else []
    kinds = tuple("number" if type(value) in (int, float) else type(value).__name__ for value in (ours, theirs))
    return [] if kinds[0] == kinds[1] else [f"{path}: {kinds[0]} instead of {kinds[1]}"]
