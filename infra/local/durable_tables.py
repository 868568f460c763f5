"""Makes ministack's DynamoDB durable: every change of an item or a table is in the log before it is answered.

It stands on private functions of ministack 1.5.33 (`REQUIRED_VERSION`), pinned by `tests/infra/test_engine_pins.py`:
`_set_item` and `_remove_item` are the only two places that change an item.
"""
from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from ministack.core import persistence
from ministack.core.responses import AccountRegionScopedDict
from ministack.services import dynamodb

from infra.local import table_log
from infra.local.table_log import TableLog

logger = logging.getLogger(__name__)

REQUIRED_VERSION = "1.5.33"
ITEM_ACTIONS = frozenset({
    "PutItem", "GetItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem", "BatchWriteItem",
    "TransactGetItems", "TransactWriteItems", "ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction",
    "SearchVectors", "GetResourcePolicy",
})
READING_PREFIXES = ("Describe", "List")
_TABLE_SETTINGS = ("tags", "ttl_settings", "pitr_settings", "contributor_insights", "resource_policies")
_EXPIRY_THREAD = "dynamodb-ttl-reaper"
_CHECK_SECONDS = 0.25
_FREEZE_EVERY_BYTES = 1_000_000
_SNAPSHOT_DEADLINE_SECONDS = 300.0

_set_item = dynamodb._set_item
_remove_item = dynamodb._remove_item
_handle_request = dynamodb.handle_request
_reset = dynamodb.reset


class DurableTables:
    """The tables of one data directory: recovery at start, log on every write, snapshot when the log has grown."""

    def __init__(self, directory: Path, minimum_log_bytes: int) -> None:
        """Recover the tables. A snapshot is due when the log outgrows `minimum_log_bytes` and the last snapshot."""
        self._directory = directory
        self._minimum_log_bytes = minimum_log_bytes
        self._child: int | None = None
        self._child_started = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._known_tables: set[str] = set()
        recovered = table_log.recover(directory, apply)
        self._snapshot_bytes = recovered.snapshot_bytes
        self._log = TableLog(directory, recovered.generation + 1, recovered.log_bytes)
        self._frozen_at_log_size = self._log.size
        gc.freeze()

    def install(self) -> None:
        """Put the log between ministack's handlers and its memory."""
        dynamodb._set_item = self._logged_set
        dynamodb._remove_item = self._logged_remove
        dynamodb.handle_request = self._logged_request
        dynamodb.reset = self._logged_reset

    async def watch(self) -> None:
        """Flush what no request waits for, take snapshots, collect finished ones. Runs until cancelled."""
        self._loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_CHECK_SECONDS)
            await self._log.durable()
            self._collect_snapshot()
            self._keep_collections_short()
            due = max(self._minimum_log_bytes, self._snapshot_bytes)
            if self._child is None and self._log.size > due:
                self._start_snapshot()

    async def flush(self) -> None:
        """Return once all changes so far are on disk."""
        await self._log.durable()

    async def _logged_request(self, method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
        before = self._log.appended
        answer = await _handle_request(method, path, headers, body, query)
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        if answer[0] == 200 and action not in ITEM_ACTIONS and not action.startswith(READING_PREFIXES):
            self._log_definitions()
        if self._log.appended != before:
            await self._log.durable()
        return answer

    def _logged_set(self, table: dict[str, Any], partition: str, sort: str, item: dict[str, Any]) -> Any:
        previous = _set_item(table, partition, sort, item)
        self._require_definition(table)
        self._log.append(["put", table["TableArn"], partition, sort, item])
        return previous

    def _logged_remove(self, table: dict[str, Any], partition: str, sort: str) -> Any:
        if threading.current_thread().name == _EXPIRY_THREAD and self._loop is not None:
            expired = table["items"].get(partition, {}).get(sort)
            self._loop.call_soon_threadsafe(self._expire, table, partition, sort, expired)
            return expired
        previous = _remove_item(table, partition, sort)
        if previous is not None:
            self._log.append(["remove", table["TableArn"], partition, sort])
        return previous

    def _expire(self, table: dict[str, Any], partition: str, sort: str, expired: Any) -> None:
        """Remove an expired item on the event loop, where all writes are, unless it was written again meanwhile."""
        if table["items"].get(partition, {}).get(sort) is expired:
            self._logged_remove(table, partition, sort)

    def _logged_reset(self) -> None:
        _reset()
        self._log_definitions()

    def _require_definition(self, table: dict[str, Any]) -> None:
        """Log the definitions before the first item of a table that was made past `handle_request` (by a stack)."""
        if table["TableArn"] not in self._known_tables:
            self._log_definitions()

    def _log_definitions(self) -> None:
        self._log.append(definitions())
        self._known_tables = {table["TableArn"] for _, table in dynamodb._tables.all_items()}

    def _keep_collections_short(self) -> None:
        """Take grown tables out of Python's cyclic collector: walking all of them stopped the engine for 0.5 s."""
        if abs(self._log.size - self._frozen_at_log_size) > _FREEZE_EVERY_BYTES:
            gc.freeze()
            self._frozen_at_log_size = self._log.size

    def _start_snapshot(self) -> None:
        """Fork: the child owns a frozen copy of the memory and writes it while the parent goes on serving."""
        started = time.perf_counter()
        generation = self._log.rotate()
        child = os.fork()
        if child == 0:
            self._write_and_exit(generation)
        self._child, self._child_started = child, time.monotonic()
        logger.info("snapshot %d forked in %.1f ms", generation, (time.perf_counter() - started) * 1000)

    def _write_and_exit(self, generation: int) -> None:
        """The child's whole life. It holds none of the parent's sockets or locks and logs nothing."""
        status = 1
        try:
            gc.disable()
            os.closerange(3, os.sysconf("SC_OPEN_MAX"))
            os.nice(10)
            table_log.write_snapshot(self._directory, generation, state())
            status = 0
        finally:
            os._exit(status)

    def _collect_snapshot(self) -> None:
        if self._child is None:
            return
        finished, status = os.waitpid(self._child, os.WNOHANG)
        if not finished:
            if time.monotonic() - self._child_started > _SNAPSHOT_DEADLINE_SECONDS:
                os.kill(self._child, 9)
            return
        self._child = None
        if status != 0:
            logger.error("a snapshot failed with status %d; the log goes on and the next one covers it", status)
            return
        self._snapshot_bytes = table_log.snapshot_size(self._directory, self._log.generation)
        table_log.remove_before(self._directory, self._log.generation)


def definitions() -> list[Any]:
    """The entry that describes all tables and their settings, without items."""
    tables = AccountRegionScopedDict()
    for (account, region, name), table in dynamodb._tables.all_items():
        described = {key: value for key, value in table.items() if key not in ("items", dynamodb._INDEX_MEMBERS)}
        tables.set_scoped(account, region, name, described)
    content = {"tables": tables} | {name: getattr(dynamodb, f"_{name}") for name in _TABLE_SETTINGS}
    return ["definitions", json.dumps(content, default=persistence._json_default)]


def state() -> Iterator[list[Any]]:
    """All entries that rebuild the tables of this process."""
    yield definitions()
    for _, table in dynamodb._tables.all_items():
        for partition, items in table["items"].items():
            for sort, item in items.items():
                yield ["put", table["TableArn"], partition, sort, item]


def apply(entry: list[Any]) -> None:
    """Apply one entry of a log or a snapshot to the tables of this process."""
    kind = entry[0]
    if kind == "definitions":
        _apply_definitions(json.loads(entry[1], object_hook=persistence._json_object_hook))
        return
    table = dynamodb._tables.get_scoped(*_table_scope(entry[1]))
    if table is None:
        logger.warning("an entry for the deleted table %s is skipped", entry[1])
    elif kind == "put":
        _set_item(table, entry[2], entry[3], entry[4])
    else:
        _remove_item(table, entry[2], entry[3])


def _apply_definitions(content: dict[str, Any]) -> None:
    current = dict(dynamodb._tables._data)
    dynamodb._tables._data.clear()
    for scope, table in content["tables"]._data.items():
        before = current.get(scope)
        same = before is not None and before["TableId"] == table["TableId"]
        table["items"] = before["items"] if before is not None and same else defaultdict(dict)
        dynamodb._tables._data[scope] = table
        dynamodb._items_replaced(table)
    for name in _TABLE_SETTINGS:
        store = getattr(dynamodb, f"_{name}")
        store._data.clear()
        store._data.update(content[name]._data)


@lru_cache(maxsize=64)
def _table_scope(arn: str) -> tuple[str, str, str]:
    """Account, region and name from `arn:aws:dynamodb:<region>:<account>:table/<name>`."""
    region, account, resource = arn.split(":", 5)[3:]
    return account, region, resource.removeprefix("table/")
