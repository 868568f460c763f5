"""The shop's memory: documents in one sqlite file, changed under one lock, on the disk before anyone is answered."""

from __future__ import annotations

import copy
import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Document = dict[str, Any]


class State:
    """All documents by kind and id, held in memory and written through.

    A change is made inside `change()`: it commits as a whole, or, when anything is raised, is forgotten as a whole.
    """

    def __init__(self, path: Path) -> None:
        """Open or create the file (readable by its owner only) and load it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        os.chmod(path, 0o600)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS documents (kind TEXT, id INTEGER, body TEXT, PRIMARY KEY (kind, id))"
        )
        self._documents: dict[str, dict[int, Document]] = {}
        for kind, id_, body in self._database.execute("SELECT kind, id, body FROM documents ORDER BY id"):
            self._documents.setdefault(kind, {})[id_] = json.loads(body)
        self._before: dict[tuple[str, int], Document | None] = {}
        self._depth = 0

    @contextmanager
    def change(self) -> Iterator[None]:
        """Hold the lock and commit at the end; nested uses belong to the outermost one."""
        with self._lock:
            self._depth += 1
            try:
                yield
            except BaseException:
                if self._depth == 1:
                    self._forget()
                raise
            else:
                if self._depth == 1:
                    self._commit()
            finally:
                self._depth -= 1

    @contextmanager
    def read(self) -> Iterator[None]:
        """Hold the lock, so that several reads see one moment."""
        with self._lock:
            yield

    def get(self, kind: str, id_: int) -> Document | None:
        """Return a copy of one document, or None."""
        with self._lock:
            found = self._documents.get(kind, {}).get(id_)
            return copy.deepcopy(found) if found is not None else None

    def all(self, kind: str) -> list[Document]:
        """Return the documents of a kind by ascending id. They are not copies: readers must not change them."""
        with self._lock:
            documents = self._documents.get(kind, {})
            return [documents[id_] for id_ in sorted(documents)]

    def put(self, kind: str, document: Document) -> None:
        """Store a document under its `id`; only inside `change()`."""
        self._remember(kind, document["id"])
        self._documents.setdefault(kind, {})[document["id"]] = copy.deepcopy(document)

    def delete(self, kind: str, id_: int) -> None:
        """Remove a document; only inside `change()`."""
        self._remember(kind, id_)
        self._documents.get(kind, {}).pop(id_, None)

    def next_id(self, sequence: str, first: int) -> int:
        """Draw the next number of a named sequence, which starts at `first`; only inside `change()`."""
        key = {"post": 1, "item": 2, "meta": 3, "webhook": 4, "delivery": 5, "customer": 6}[sequence]
        counter = self.get("sequence", key) or {"id": key, "value": first - 1}
        counter["value"] += 1
        self.put("sequence", counter)
        return int(counter["value"])

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    def _remember(self, kind: str, id_: int) -> None:
        assert self._depth, "a document is changed only inside change()"
        self._before.setdefault((kind, id_), self._documents.get(kind, {}).get(id_))

    def _commit(self) -> None:
        if not self._before:
            return
        try:
            self._database.execute("BEGIN IMMEDIATE")
            for kind, id_ in self._before:
                document = self._documents.get(kind, {}).get(id_)
                if document is None:
                    self._database.execute("DELETE FROM documents WHERE kind = ? AND id = ?", (kind, id_))
                else:
                    body = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
                    self._database.execute("INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", (kind, id_, body))
            self._database.execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            self._forget()
            raise
        self._before = {}

    def _forget(self) -> None:
        for (kind, id_), document in self._before.items():
            if document is None:
                self._documents.get(kind, {}).pop(id_, None)
            else:
                self._documents.setdefault(kind, {})[id_] = document
        self._before = {}
