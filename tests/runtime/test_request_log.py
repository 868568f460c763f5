"""What programs asked is seen by who manages keys, seconds later, and costs no request anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid
from chalicelib.runtime import request_log
from chalicelib.runtime.settings import settings
from chalicelib.storage import client
from tests.hostile.merchant import Merchant, found

Call = Callable[..., Any]


@pytest.fixture
def notes(engine: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[request_log.Notes]:
    """A process that keeps the log; it is written when the test says so."""
    kept = request_log.Notes()
    monkeypatch.setenv("COMPTOIR_REQUEST_LOG", "1")
    monkeypatch.setattr(request_log, "NOTES", kept)
    monkeypatch.setattr(kept, "write_by_itself", lambda: None)
    settings.cache_clear()
    yield kept
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def merchant(platform: Context) -> Merchant:
    return found(platform, "log")


def asked(merchant: Merchant, **query: str) -> list[dict[str, Any]]:
    return list(request_log.page(merchant.ctx(), query)["items"])


def as_program(merchant: Merchant) -> dict[str, str]:
    return {"authorization": f"Bearer {merchant.api_key}"}


def test_what_a_program_asked_is_seen_and_cost_it_nothing(notes: request_log.Notes, merchant: Merchant, call: Call) -> None:
    call("GET", "/api/sales/orders", None, as_program(merchant))
    seen: list[str] = []
    client.observers.append(lambda operation, parameters, answer: seen.append(operation))
    try:
        call("GET", "/api/sales/orders/ord_none", None, {**as_program(merchant), "request-id": "req_of_mine"})
    finally:
        client.observers.pop()
    assert seen == ["BatchGetItem", "GetItem"], "the key, the order, and nothing for the log"
    assert asked(merchant) == []
    notes.write()
    (newest, oldest) = asked(merchant)
    assert (newest["path"], newest["status"], newest["request_id"]) == ("/api/sales/orders/{document_id}", 404, "req_of_mine")
    assert (oldest["path"], oldest["method"], oldest["status"]) == ("/api/sales/orders", "GET", 200)
    assert newest["key_id"] == oldest["key_id"] and newest["key_name"] and "ord_none" not in str(newest)
    for query, count in (({"status": "4xx"}, 1), ({"status": "200"}, 1), ({"request_id": "req_of_mine"}, 1),
                         ({"method": "POST"}, 0), ({"key_id": newest["key_id"]}, 2), ({"key_id": "key_none"}, 0)):
        assert len(asked(merchant, **query)) == count, query


def test_it_is_the_tenants_own_and_for_people_who_manage_keys(
        notes: request_log.Notes, merchant: Merchant, platform: Context, call: Call) -> None:
    other = found(platform, "other")
    call("GET", "/api/sales/orders", None, as_program(merchant))
    notes.write()
    assert len(asked(merchant)) == 1 and asked(other) == []
    assert call("GET", "/api/requests", None, as_program(merchant))[0] == 403
    assert call("GET", "/api/sales/orders", None, {"authorization": "Bearer cmp_local_x_y_z"})[0] == 401
    with pytest.raises(Invalid):
        asked(merchant, limit="1000")


def test_pages_go_back_seven_days_and_a_flood_is_counted(notes: request_log.Notes, merchant: Merchant) -> None:
    ctx = merchant.ctx()

    def at(hours: int) -> Context:
        clock = _Still(ctx.now - timedelta(hours=hours))
        return replace(ctx, clock=clock)

    for hours in (160, 30, 5, 1):
        for number in range(3 if hours != 5 else request_log.MOST + 7):
            notes.add(at(hours), request_log.LoggedRequest(
                at=ctx.now - timedelta(hours=hours), method="GET", path="/api/x", status=200, milliseconds=4,
                request_id=f"req_{hours}_{number}", key_id="key_1"))
        notes.write()
    found_rows: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = request_log.page(merchant.ctx(), {"limit": "2", "cursor": cursor})
        found_rows += [row["request_id"] for row in page["items"]]
        cursor = page["cursor"]
    assert len(found_rows) == len(set(found_rows)) == 9 + request_log.MOST
    assert found_rows[0].startswith("req_1_") and found_rows[-1].startswith("req_160_")


class _Still:
    """A clock that stands."""

    def __init__(self, at: Any) -> None:
        self._at = at

    def now(self) -> Any:
        return self._at

    def monotonic(self) -> float:
        return float(self._at.timestamp())

    def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)
