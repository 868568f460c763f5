"""Remembers when every queue was last empty: what was committed before then needs no second publishing at a start."""
from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

_MARGIN = timedelta(seconds=90)
_PERIOD_SECONDS = 5.0


class Watermark:
    """A small file with an instant, renewed while the queues are empty. The margin covers what the stream still holds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watermark", daemon=True)

    def read(self) -> datetime | None:
        """Since when events must be published again; None on a first start."""
        try:
            return datetime.fromisoformat(self._path.read_text().strip())
        except (OSError, ValueError):
            return None

    def start(self) -> None:
        if not self._path.exists():
            self._write(datetime.now(UTC))
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        from chalicelib.events.relay import backlog
        from chalicelib.events.routing import QUEUES
        from chalicelib.events.sweep import QUEUE

        while not self._stopping.wait(_PERIOD_SECONDS):
            now = datetime.now(UTC)
            if all(backlog(queue) == 0 for queue in (*QUEUES, QUEUE)):
                self._write(now)

    def _write(self, at: datetime) -> None:
        temporary = self._path.with_suffix(".tmp")
        temporary.write_text((at - _MARGIN).isoformat())
        temporary.replace(self._path)
