"""What makes people wait on purpose, and what tests need not sit out."""

from __future__ import annotations

from contextlib import AbstractContextManager
from unittest.mock import patch

from chalicelib.tenants import signing_in

EVEN_SECONDS = signing_in.EVEN_SECONDS
"""How long an answer takes that must not tell whether somebody is known."""


def evened_out(seconds: float) -> AbstractContextManager[float]:
    """Such answers take this long instead."""
    return patch.object(signing_in, "EVEN_SECONDS", seconds)
