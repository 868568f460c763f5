"""Bugs that more than one proof plants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from chalicelib.kernel.errors import OutcomeUnknown
from chalicelib.storage import keys, read
from chalicelib.storage.keys import Key
from chalicelib.storage.transaction import Transaction

D = Decimal


@contextmanager
def no_marker() -> Iterator[None]:
    """A repeat is not recognised: each attempt has a marker of its own, and what was not answered is done again."""
    marker = keys.marker
    with patch.object(keys, "marker", lambda ctx, command: marker(ctx, f"{command}:{ctx.chance.token(8).hex()}")):
        yield


@contextmanager
def look_then_write() -> Iterator[None]:
    """Reads what is available, decides, then writes without a condition."""
    add = Transaction.add

    def careless(tx: Transaction, key: Key, kind: str, changes: Any, at_least: Any, refusal: Any, texts: Any = None) -> None:
        if kind == "stock_balance" and "available" in at_least:
            stored = read.raw_many(tx.ctx, [key]).get(key, {})
            if D(stored.get("available", {"N": "0"})["N"]) < at_least["available"]:
                raise refusal()
            at_least = {}
        add(tx, key, kind, changes, at_least, refusal, texts)

    with patch.object(Transaction, "add", careless):
        yield


@contextmanager
def blind_retry() -> Iterator[None]:
    """What was not answered is not looked up, and done again."""
    def unsettled(tx: Transaction, ours: Any) -> bool:
        raise OutcomeUnknown()

    with no_marker(), patch.object(Transaction, "_is_settled", unsettled):
        yield


PLANTED = {"blind_retry": blind_retry, "look_then_write": look_then_write}
"""By name, for processes of their own."""
