"""What the tests of hostile input share: the log, heard."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything any logger says, at every level, for the length of a test."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s %(exc_info)s"))
    watched = [logging.getLogger(), logging.getLogger("comptoir"), logging.getLogger("connectors.http")]
    before = [logger.level for logger in watched]
    for logger in watched:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    noisy = [logging.getLogger(name) for name in ("botocore", "boto3", "urllib3", "asyncio", "hypothesis", "s3transfer")]
    levels = [logger.level for logger in noisy]
    for logger in noisy:
        logger.setLevel(logging.WARNING)
    yield out
    for logger, level in [*zip(watched, before, strict=True), *zip(noisy, levels, strict=True)]:
        logger.setLevel(level)
    for logger in watched:
        logger.removeHandler(handler)
