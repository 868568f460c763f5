"""What the fake remembers: objects by id in one SQLite file, written through, so that `kill -9` loses nothing answered."""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from infra.local.stripe.form import missing
from infra.local.stripe.shapes import make

Object = dict[str, Any]
PREFIXES = {
    "product": "prod", "price": "price", "customer": "cus", "tax_id": "txi", "payment_method": "pm",
    "checkout.session": "cs_test", "billing_portal.session": "bps", "subscription": "sub", "subscription_item": "si",
    "invoice": "in", "line_item": "il", "billing.meter": "mtr_test", "test_helpers.test_clock": "clock", "event": "evt",
    "billing.meter_event": "mev", "request": "req",
}


class State:
    """Objects in the order they were made. `wall` is the machine's clock in epoch seconds; `now(customer)` that customer's:
    the frozen time of the test clock it was made under, if any."""

    def __init__(self, path: Path | None = None, wall: Callable[[], float] = time.time) -> None:
        self.lock = threading.RLock()
        self.wall = wall
        self._objects: dict[str, Object] = {}
        self._database = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.execute("CREATE TABLE IF NOT EXISTS object (id TEXT PRIMARY KEY, at INTEGER, body TEXT)")
        for object_id, body in self._database.execute("SELECT id, body FROM object ORDER BY at, rowid"):
            self._objects[object_id] = json.loads(body)

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    def new_id(self, kind: str) -> str:
        """`sub_…`, as Stripe's ids look."""
        return f"{PREFIXES[kind]}_{secrets.token_hex(12)}"

    def clock_time(self) -> int:
        return int(self.wall())

    def now(self, customer_id: str | None) -> int:
        """The customer's present, in epoch seconds."""
        customer = self._objects.get(customer_id or "")
        clock = self._objects.get(str(customer["test_clock"])) if customer else None
        return int(clock["frozen_time"]) if clock else self.clock_time()

    def add(self, kind: str, now: int, **values: Any) -> Object:
        """A new whole object of this kind, kept."""
        return self.keep(make(kind, self.new_id(kind), now, **values))

    def keep(self, found: Object, object_id: str = "") -> Object:
        """Writes an object; every change of one ends here."""
        name = object_id or str(found["id"])
        self._objects[name] = found
        self._database.execute("INSERT INTO object VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                               (name, len(self._objects), json.dumps(found)))
        return found

    def get(self, kind: str, object_id: Any) -> Object:
        """An object by id; raises what Stripe answers when there is none."""
        found = self._objects.get(str(object_id))
        if found is None or found.get("object") != kind:
            raise missing(kind, str(object_id))
        return found

    def find(self, object_id: str) -> Object | None:
        """Whatever is kept under this name."""
        return self._objects.get(object_id)

    def all(self, kind: str, **equal: Any) -> Iterator[Object]:
        """Objects of this kind with these values, in the order they were made."""
        for found in list(self._objects.values()):
            if found.get("object") == kind and all(found.get(name) == value for name, value in equal.items()):
                yield found

    def drop(self, object_id: str) -> None:
        """Forgets an object."""
        self._objects.pop(object_id, None)
        self._database.execute("DELETE FROM object WHERE id = ?", (object_id,))
