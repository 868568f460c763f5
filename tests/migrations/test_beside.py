"""Items beside documents, outbox items, queue messages and markers of an older program are read by this one, losing nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.events import outbox
from chalicelib.kernel import codec
from chalicelib.kernel.context import Actor, Context
from chalicelib.kernel.event import Event
from chalicelib.kernel.shapes import entity
from chalicelib.runtime import sessions
from chalicelib.storage import client
from chalicelib.storage.transaction import Transaction
from tests.migrations import beside
from tests.migrations.shapes import FOLDER, path_of

SHAPES = beside.shapes()
WIRE = FOLDER / "wire"


def test_what_is_stored_beside_documents_is_known() -> None:
    assert {"Session", "Errand", "Held", "SyncState", "Move", "LedgerLine", "DesiredStock", "Login"} <= SHAPES.keys()


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_ever_written_is_read(name: str) -> None:
    kept = [json.loads(path.read_text()) for path in beside.frozen(name)]
    assert kept and kept[-1] == beside.today(SHAPES[name]), (
        f"what is stored as {name} changed: python -m tests.migrations.freeze adds today's; one that no released program "
        "wrote may be replaced by deleting it first")
    for written in kept:
        again = json.loads(codec.store(codec.adapter(SHAPES[name]).validate_python(written)))
        assert {key: again[key] for key in written} == written, f"{name}: {set(written) - set(again)} is lost"


def _part_of(facts: Any, stored: Any) -> Any:
    """What of a stored value has the names that these facts have, at every depth."""
    return {key: _part_of(each, stored.get(key)) for key, each in facts.items()} if isinstance(facts, dict) else stored


@pytest.mark.parametrize(("name", "kind"), beside.VIEWS.items())
def test_what_a_request_needs_is_read_from_every_version_of_its_document(name: str, kind: str) -> None:
    for path in sorted(path_of(kind, 1).parent.glob("v*.json")):
        stored = json.loads(path.read_text())["data"]
        facts = json.loads(codec.store(codec.adapter(getattr(sessions, name)).validate_json(json.dumps(stored))))
        assert _part_of(facts, stored) == facts


EVENT = Event("evt_01J0000000000000000000000A.0", "OrderPlaced", "maison", datetime(2026, 11, 24, 7, 30, tzinfo=UTC),
              "sales_order", "ord_01J0000000000000000000000B", 3, Actor("user", "usr_1", "Odile"), "req_1", {"number": "SO-7"})


def test_an_event_of_an_older_outbox_and_of_an_older_queue_is_the_same_event() -> None:
    """A queue may hold a message for days, the outbox an item for a week, while the program is replaced."""
    body = (WIRE / "outbox.json").read_text()
    assert outbox.events_of("maison", "evt_01J0000000000000000000000A", body) == [EVENT]
    message = (WIRE / "message.json").read_text()
    assert outbox.from_message(message) == EVENT
    assert json.loads(outbox.message(EVENT)) == json.loads(message), "what this program sends, the one before it reads"


def test_an_outbox_item_and_a_marker_are_written_as_they_were(new_ctx: Callable[..., Context]) -> None:
    wires: list[Any] = []
    watch = lambda operation, parameters, *_: wires.extend(parameters.get("TransactItems", []))
    transaction = Transaction(new_ctx())
    transaction.emit("OrderPlaced", "sales_order", EVENT.entity_id, 3, {"number": "SO-7"})
    transaction.answers(201, "sales_order", EVENT.entity_id, 3)
    client.observers.append(watch)
    try:
        transaction.commit()
    finally:
        client.observers.remove(watch)
    puts = [json.loads(each["Put"]["Item"]["data"]["S"]) for each in wires if "Put" in each]
    [marker] = [put for put in puts if "attempt" in put]
    [item] = [put for put in puts if "events" in put]
    assert item.keys() == json.loads((WIRE / "outbox.json").read_text()).keys()
    assert item["events"] == json.loads((WIRE / "outbox.json").read_text())["events"]
    assert marker.keys() == json.loads((WIRE / "marker.json").read_text()).keys()


@entity
class Renamed:
    """A session as a careless hand might change it: a field has another name."""

    id: str
    user: str = ""


def test_a_field_that_is_renamed_is_caught() -> None:
    written = json.loads(beside.frozen("Session")[-1].read_text())
    again = json.loads(codec.store(codec.adapter(Renamed).validate_python(written)))
    assert set(written) - set(again)
