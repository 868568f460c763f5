"""Durability of the local engine's tables: a write-ahead log and snapshots, as plain files of JSON lines.

A *generation* begins when a new log file is opened. `snapshot-<g>.jsonl` holds the whole state at the instant
`log-<g>.jsonl` began, in the same line format, so recovery is one loop: the newest complete snapshot, then every
log from its generation on. Entries carry the item as stored, not the request that led to it: applying one twice
changes nothing, and recovery depends neither on the clock nor on conditions.
"""
from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

logger = logging.getLogger(__name__)

_FILE_NAME = re.compile(r"(snapshot|log)-(\d{8})\.jsonl")
_LOG_FAILED_EXIT_CODE = 74


@dataclass(frozen=True, slots=True)
class Recovered:
    """What recovery found: the newest generation on disk, bytes of log and of snapshot read, entries applied."""

    generation: int
    log_bytes: int
    snapshot_bytes: int
    entries: int


class TableLog:
    """An append-only log with group commit: writers that wait at the same moment share one fsync."""

    def __init__(self, directory: Path, generation: int, size: int = 0) -> None:
        """Open the log of `generation`; `size` counts the bytes of older logs that no snapshot covers yet."""
        self.appended = 0
        self.size = size
        self.generation = generation
        self._directory = directory
        self._file = _open_log(directory, generation)
        self._pending: list[bytes] = []
        self._pending_lock = threading.Lock()
        self._on_disk = 0
        self._flush: asyncio.Task[None] | None = None
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="table-log")

    def append(self, entry: list[Any]) -> None:
        """Take an entry for the next flush. Its JSON is made here, so later changes to the item do not reach it."""
        line = encode(entry)
        with self._pending_lock:
            self._pending.append(line)
            self.appended += 1

    async def durable(self) -> None:
        """Return once everything appended before the call is on disk."""
        target = self.appended
        while self._on_disk < target:
            if self._flush is None:
                self._flush = asyncio.get_running_loop().create_task(self._flush_pending())
            await asyncio.shield(self._flush)

    async def _flush_pending(self) -> None:
        with self._pending_lock:
            lines, self._pending = self._pending, []
            target = self.appended
        block = b"".join(lines)
        self.size += len(block)
        await asyncio.get_running_loop().run_in_executor(self._writer, _write_or_end, self._file, block)
        self._on_disk = target
        self._flush = None

    def rotate(self) -> int:
        """Begin the next generation. Called on the event loop, in the same step as the fork that takes the state.

        Entries still pending land in the new log although the snapshot has them: applying them again is harmless.
        """
        old = self._file
        self.generation += 1
        self._file = _open_log(self._directory, self.generation)
        self.size = 0
        self._writer.submit(old.close)
        return self.generation


def encode(entry: list[Any]) -> bytes:
    """One entry as one line."""
    return json.dumps(entry, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"


def write_snapshot(directory: Path, generation: int, entries: Iterable[list[Any]]) -> None:
    """Write the state as a complete snapshot: it appears under its name only when all of it is on disk."""
    target = directory / f"snapshot-{generation:08d}.jsonl"
    unfinished = target.with_suffix(".tmp")
    with unfinished.open("wb", buffering=1 << 20) as file:
        for entry in entries:
            file.write(encode(entry))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(target)
    _sync_directory(directory)


def recover(directory: Path, apply: Callable[[list[Any]], None]) -> Recovered:
    """Apply the newest complete snapshot and every log after it, in order."""
    directory.mkdir(parents=True, exist_ok=True)
    snapshots, logs = _files(directory)
    base = max(snapshots, default=0)
    following = sorted(generation for generation in logs if generation >= base)
    sources = ([snapshots[base]] if snapshots else []) + [logs[generation] for generation in following]
    entries = 0
    for source in sources:
        for entry in _entries(source):
            apply(entry)
            entries += 1
    return Recovered(
        generation=max([base, *following]),
        log_bytes=sum(logs[generation].stat().st_size for generation in following),
        snapshot_bytes=snapshots[base].stat().st_size if snapshots else 0,
        entries=entries,
    )


def remove_before(directory: Path, generation: int) -> None:
    """Remove what a complete snapshot of `generation` makes superfluous, and abandoned snapshots."""
    snapshots, logs = _files(directory)
    for files in (snapshots, logs):
        for number, path in files.items():
            if number < generation:
                path.unlink(missing_ok=True)
    for path in directory.glob("snapshot-*.tmp"):
        path.unlink(missing_ok=True)


def snapshot_size(directory: Path, generation: int) -> int:
    """Bytes of the snapshot of `generation`."""
    return (directory / f"snapshot-{generation:08d}.jsonl").stat().st_size


def _files(directory: Path) -> tuple[dict[int, Path], dict[int, Path]]:
    found: dict[str, dict[int, Path]] = {"snapshot": {}, "log": {}}
    for path in directory.iterdir():
        match = _FILE_NAME.fullmatch(path.name)
        if match:
            found[match[1]][int(match[2])] = path
    return found["snapshot"], found["log"]


def _entries(path: Path) -> Iterator[list[Any]]:
    """The entries of one file. A torn last line was never acknowledged: reading ends there."""
    with path.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                logger.warning("%s ends in a torn line, which no client was told about", path.name)
                return
            try:
                yield json.loads(line)
            except ValueError:
                logger.warning("%s holds an unreadable line: reading of this file ends there", path.name)
                return


def _open_log(directory: Path, generation: int) -> BinaryIO:
    file = (directory / f"log-{generation:08d}.jsonl").open("ab", buffering=0)
    _sync_directory(directory)
    return file


def _write_or_end(file: BinaryIO, block: bytes) -> None:
    """Write and fsync. If that fails the memory is ahead of the disk: the only honest answer is to end."""
    try:
        view = memoryview(block)
        while view:
            view = view[file.write(view):]
        os.fsync(file.fileno())
    except OSError:
        logger.critical("the log of the local engine cannot be written; the engine ends", exc_info=True)
        os._exit(_LOG_FAILED_EXIT_CODE)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
