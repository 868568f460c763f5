"""Identifiers: time-sortable for what a person creates, derived for what follows from something else."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def _base32(value: int, length: int) -> str:
    return "".join([_ALPHABET[value >> shift & 31] for shift in range(5 * (length - 1), -1, -5)])


def sortable_id(prefix: str, at: datetime, entropy: bytes) -> str:
    """`prefix_` + 10 characters of milliseconds + 16 of entropy (10 bytes), as a ULID, in Crockford's base 32."""
    milliseconds = int(at.timestamp() * 1000)
    return f"{prefix}_{_base32(milliseconds, 10)}{_base32(int.from_bytes(entropy[:10], 'big'), 16)}"


def instant_of(identifier: str) -> datetime | None:
    """When a sortable id was made, to the millisecond; None for what is none."""
    text = identifier.partition("_")[2]
    if len(text) != 26 or any(letter not in _ALPHABET for letter in text) or text[0] > "7":
        return None
    milliseconds = 0
    for letter in text[:10]:
        milliseconds = milliseconds * 32 + _ALPHABET.index(letter)
    try:
        return datetime.fromtimestamp(milliseconds // 1000, UTC).replace(microsecond=milliseconds % 1000 * 1000)
    except (ValueError, OverflowError):
        return None


def derived_id(prefix: str, *parts: str) -> str:
    """The one id that follows from `parts`: the same parts always give the same id, so a repeat finds the first."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return f"{prefix}_{_base32(int.from_bytes(digest[:15], 'big'), 24)}"
