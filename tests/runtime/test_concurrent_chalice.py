"""Two tenants, eight threads, one app: each request must read itself and nobody else."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from chalice import Blueprint, Chalice

from chalicelib.runtime.concurrent import ConcurrentChalice
from tests.gateway import proxy_event

REQUESTS = 2000


def strangers_seen(app: Chalice) -> int:
    """How many of 2,000 requests of two tenants read another request's header after a wait in the view."""
    blueprint = Blueprint("tests")

    @blueprint.route("/who")
    def who() -> dict[str, str]:
        blueprint.current_request  # noqa: B018
        time.sleep(0.0005)
        return {"caller": blueprint.current_request.headers["caller"]}

    app.register_blueprint(blueprint)
    wrong: list[int] = []
    lock = threading.Lock()

    def call(n: int) -> None:
        caller = f"tenant-{n % 2}-{n}"
        event: dict[str, Any] = proxy_event("GET", "/who", None, {"caller": caller})
        event["requestContext"]["resourcePath"] = "/who"
        event["pathParameters"] = {}
        answer = app(event, None)
        if caller not in answer["body"]:
            with lock:
                wrong.append(n)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(call, range(REQUESTS)))
    return len(wrong)


def test_a_request_reads_only_itself() -> None:
    assert strangers_seen(ConcurrentChalice("concurrent", configure_logs=False)) == 0


def test_plain_chalice_is_caught() -> None:
    assert strangers_seen(Chalice("plain", configure_logs=False)) > 0
