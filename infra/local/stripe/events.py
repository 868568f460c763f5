"""Events, kept and told: signed as Stripe signs (https://docs.stripe.com/webhooks#verify-manually), sent by a thread."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import queue
import threading
from copy import deepcopy
from typing import Any

import urllib3

from infra.local.stripe.state import Object, State

logger = logging.getLogger(__name__)
TRIES = (0.0, 1.0, 5.0, 15.0)
"""Seconds before each try; Stripe goes on for three days, a laptop's patience is shorter."""


def signature(secret: str, body: bytes, at: int) -> str:
    """The `Stripe-Signature` header: `t=<epoch seconds>,v1=<HMAC-SHA256 of "<t>.<body>">`."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class Events:
    """The account's events. `emit` keeps one and hands it to the webhook, if there is one."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._url, self._secret = "", ""
        self._waiting: queue.SimpleQueue[Object | None] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def tell(self, url: str, secret: str) -> None:
        """From now on every event is sent there."""
        self._url, self._secret = url, secret
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="stripe-webhooks", daemon=True)
            self._thread.start()

    def emit(self, type: str, about: Object, before: dict[str, Any] | None = None) -> None:
        """Something happened to `about`; `before` are the former values of what changed."""
        data: dict[str, Any] = {"object": deepcopy(about)}
        if before:
            data["previous_attributes"] = before
        event = self._state.add("event", self._state.clock_time(), type=type, data=data)
        if self._thread is not None:
            self._waiting.put(event)

    def stop(self) -> None:
        """Ends the thread; what was not told yet is not told."""
        self._stopped.set()
        self._waiting.put(None)
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _run(self) -> None:
        pool = urllib3.PoolManager(retries=False, timeout=10)
        while (event := self._waiting.get()) is not None and not self._stopped.is_set():
            body = json.dumps(event).encode()
            for wait in TRIES:
                if self._stopped.wait(wait) or self._sent(pool, body):
                    break

    def _sent(self, pool: urllib3.PoolManager, body: bytes) -> bool:
        headers = {"Content-Type": "application/json; charset=utf-8",
                   "Stripe-Signature": signature(self._secret, body, self._state.clock_time())}
        try:
            return pool.request("POST", self._url, body=body, headers=headers).status < 300
        except urllib3.exceptions.HTTPError:
            logger.info("a webhook of the Stripe fake did not arrive; it is tried again")
            return False
