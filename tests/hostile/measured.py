"""How much time and memory one hostile input costs."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS = 5.0
BYTES = 64 * 1024 * 1024


@contextmanager
def frugal() -> Iterator[None]:
    """Fails when what stands inside takes more than 5 CPU-seconds or 64 MB beyond what was held before."""
    tracemalloc.start(1)
    began = time.process_time()
    try:
        yield
        seconds, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert seconds <= SECONDS, f"{seconds:.1f} s"
    assert peak <= BYTES, f"{peak / 1024 / 1024:.0f} MB"
