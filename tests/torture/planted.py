"""Bugs that more than one proof plants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from chalicelib.storage import keys


@contextmanager
def no_marker() -> Iterator[None]:
    """A repeat is not recognised: each attempt has a marker of its own, and what was not answered is done again."""
    marker = keys.marker
    with patch.object(keys, "marker", lambda ctx, command: marker(ctx, f"{command}:{ctx.chance.token(8).hex()}")):
        yield
