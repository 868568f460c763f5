"""`make run`: engine, resources, demo, loops and server in one process; one address, one demo login.

Started again on the same DATA it goes on where it was; a demo that was not finished is made anew.
"""
from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from chalicelib.storage.client import observers
from infra.local.collecting import collect
from infra.local.demo import Loops, keep, open_demo
from infra.local.draining import drain, listed
from infra.local.engine import DataInUse, Engine
from infra.local.loops import LoopRunner
from infra.local.resources import prepare
from infra.local.server import LocalServer, PortInUse
from infra.local.sources import QueueSource, ScheduleSource, StreamSource
from infra.local.stripe.running import start_stripe
from infra.local.watermark import Watermark
from infra.stacks.functions import EVENT_FILTER, STREAM_RETRIES

Source = QueueSource | ScheduleSource | StreamSource
ROOT = Path(__file__).resolve().parents[2]
READY_FILE = "demo.json"
OFTENER = {"channels_poll": 15.0, "operations_watch": 30.0, "ledger_balance": 60.0}
"""Seconds between polls of the demo shops (one of them sends nothing by itself), and between looks at how the service runs."""
SIDE_BY_SIDE = {"channels": 2, "webhooks": 6, "subscriptions": 2}
"""Loops of the queues whose workers wait for strangers; the cloud has as many as there is work."""
WRITES_EVENTS = frozenset({"TransactWriteItems", "PutItem"})
"""What may put an event into the outbox: the loop is woken by it, so it need not look often by itself."""
OPERATOR: dict[str, str] = {}
"""How the demo's operator signs in."""
PATIENCE_SECONDS = 4.0
"""How long a later start waits for what the one before it left."""


def event_sources(app: ModuleType, environment: Mapping[str, str]) -> list[Source]:
    """What calls the app's handlers, read from what Chalice was told: the same as in the packaged template."""
    sources: list[Source] = []
    for config in app.app.event_sources:
        handler = getattr(app, config.name)
        kind = type(config).__name__
        if kind == "SQSEventConfig":
            name = config.queue.removeprefix("comptoir-")
            sources.append(QueueSource(name, environment[f"COMPTOIR_QUEUE_{name.upper()}"], handler,
                                       batch_size=config.batch_size, concurrency=SIDE_BY_SIDE.get(name, 1)))
        elif kind == "ScheduledEventConfig":
            sources.append(ScheduleSource(config.name, str(config.schedule_expression), handler,
                                          every_seconds=OFTENER.get(config.name)))
        elif kind == "DynamoDBEventConfig":
            sources.append(StreamSource(config.name, environment["COMPTOIR_STREAM_ARN"], handler,
                                        batch_size=config.batch_size, filters=(EVENT_FILTER,), maximum_retries=STREAM_RETRIES,
                                        failure_queue_url=environment["COMPTOIR_QUEUE_SWEEP"]))
        else:
            raise TypeError(f"{config.name}: no loop for {kind}")
    return sources


def dev_entry(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """`/dev/mail`, the laptop's inbox, and `/dev/code`, the one-time code that the demo's operator would be shown now."""
    from chalicelib.kernel import codec
    from chalicelib.runtime import mail
    from chalicelib.runtime.api import platform_context, problem
    from chalicelib.runtime.endpoints import Request

    if event["path"].rstrip("/") == "/dev/code" and "secret" in OPERATOR:
        from infra.ops.operator import code_of

        return {"statusCode": 200, "headers": {"Content-Type": "text/plain", "Cache-Control": "no-store"}, "body":
                code_of(OPERATOR["secret"]) + "\n", "isBase64Encoded": False}
    if event["path"].rstrip("/") != "/dev/mail":
        return problem(404, "no_such_route", "There is nothing at this address.")
    headers = {name.lower(): value for name, value in event["headers"].items()}
    request = Request("GET", event["path"], event.get("queryStringParameters") or {}, headers, "127.0.0.1", b"", None)
    answer = mail.dev_mail(replace(platform_context("dev"), locale="fr"), request)
    body = answer.body if isinstance(answer.body, str) else codec.compact(answer.body)
    return {"statusCode": answer.status, "headers": {"Content-Type": answer.content_type}, "body": body,
            "isBase64Encoded": False}


class Comptoir:
    """The running whole. `start` returns when the address answers and the demo is there; `stop` drains and ends."""

    def __init__(self, data: Path, port: int, with_demo: bool = True) -> None:
        self.data, self.port, self.with_demo = data, port, with_demo
        self.url = ""
        self._stops: list[Callable[[], object]] = []

    def start(self) -> dict[str, Any]:
        """Starts everything; answers what stands in demo.json. Raises DataInUse, PortInUse."""
        self._discard_unfinished_demo()
        engine = Engine.start(self.data)
        self._stops.append(engine.stop)
        os.environ["COMPTOIR_REQUEST_LOG"] = os.environ["COMPTOIR_METERING"] = "1"
        environment = prepare(engine.environment(), f"http://127.0.0.1:{self.port}")
        stripe = start_stripe(self.data, f"http://127.0.0.1:{self.port}")
        self._stops.append(stripe.stop)
        collector = collect(engine.environment(), self.data / "log")
        self._stops.append(collector.stop)
        import app

        server = LocalServer(self.port, app.entry, dev_entry, ROOT / "build" / "portal")
        server.start()
        self._stops.append(server.stop)
        self.url = server.url
        watermark = Watermark(self.data / "drained")
        again = Republishing(watermark.read())
        runner = LoopRunner(event_sources(app, environment), engine.environment(), again.run)
        self._wake_on_writes(runner)
        self._stops += [runner.stop, watermark.stop]
        watermark.start()
        if self.with_demo and not (self.data / READY_FILE).exists():
            return self._demo(Loops(lambda: runner.start(skip_past=True), runner.have_read))
        runner.start()
        facts = self._demo() if self.with_demo else {"url": self.url}
        _drain_again(again, runner)
        return facts

    def _wake_on_writes(self, runner: LoopRunner) -> None:
        def observe(operation: str, *_: object) -> None:
            if operation in WRITES_EVENTS:
                runner.wake()

        observers.append(observe)
        self._stops.append(lambda: observers.remove(observe))

    def _discard_unfinished_demo(self) -> None:
        if self.with_demo and self.data.exists() and not (self.data / READY_FILE).exists():
            for child in self.data.iterdir():
                shutil.rmtree(child) if child.is_dir() else child.unlink()

    def _demo(self, loops: Loops | None = None) -> dict[str, Any]:
        facts, stops = open_demo(self.url, self.data, say, loops)
        self._stops += stops
        keep(facts, self.data)
        OPERATOR.update(facts.get("operator", {}))
        return facts

    def stop(self) -> None:
        """Ends in the reverse order of the start."""
        for stop in reversed(self._stops):
            stop()
        self._stops.clear()


class Republishing:
    """Queues and stream positions died with the engine: everything since they were last empty is published again."""

    def __init__(self, since: datetime | None) -> None:
        self._since = since
        self.done = threading.Event()

    def run(self) -> None:
        """Raises Unavailable when a queue did not take some of it; twice does no harm."""
        from chalicelib.events.sweep import sweep
        from chalicelib.runtime.sessions import active_tenants
        from chalicelib.runtime.worker import tenant_work

        if self._since is not None:
            for tenant_id in active_tenants():
                ctx = tenant_work(tenant_id, "sweep", seconds=300)
                sweep(ctx, self._since, ctx.now)
        self.done.set()


def _drain_again(again: Republishing, runner: LoopRunner) -> None:
    """What an earlier run left is finished before anybody looks; long work goes on while they do."""
    again.done.wait(PATIENCE_SECONDS)
    left = drain(runner.have_read, say, PATIENCE_SECONDS)
    if left:
        say(f"Events of the last run are still being followed: {listed(left)}")


def say(text: str) -> None:
    """One line for the person who typed `make run`."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    """Runs until Ctrl-C or SIGTERM."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    started = time.monotonic()
    comptoir = Comptoir(Path(os.environ.get("DATA", ".local")).resolve(), int(os.environ.get("PORT", "8000")))
    ending = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        facts = comptoir.start()
    except BaseException as error:
        comptoir.stop()
        if not isinstance(error, (DataInUse, PortInUse)):
            raise
        sys.stderr.write(f"{error}\n")
        return 1
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    for user in facts.get("users", ())[:1]:
        say(f"Sign in as {user['email']} with the password {user['password']}")
    if OPERATOR:
        say(f"Operators: {comptoir.url}/operators as {OPERATOR['email']}, the same password, code at {comptoir.url}/dev/code")
    for connection in facts.get("connections", ()):
        say(f"Demo shop: {connection['shop_url']}")
    say(f"Started in {time.monotonic() - started:.1f} s. Mail: {comptoir.url}/dev/mail. Stop with Ctrl-C.")
    say(f"Comptoir is ready at {comptoir.url}")
    while not ending.wait(1.0):
        pass
    comptoir.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
