"""Comptoir as a newcomer starts it (a process of its own), or one that runs already.

`COMPTOIR_API_URL` is the address of one that runs already, `COMPTOIR_FACTS` its demo.json with the shops' folder beside
it, and `COMPTOIR_PATIENCE` how many times longer than on a laptop it may take for what comes "eventually".
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 180
AS_A_NEWCOMER = ("import runpy; from tests.rights import record; record.start(); "
                 "runpy.run_module('infra.local.run', run_name='__main__', alter_sys=True)")
"""`python -m infra.local.run` that notes which AWS calls it makes."""
PATIENCE = float(os.environ.get("COMPTOIR_PATIENCE", "1"))
"""The factor of every wait. The local engine calls deployed functions one process each; Lambda is not measured here."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@dataclass(slots=True)
class Running:
    """A running Comptoir: its facts as demo.json tells them, and the folder where they and the shops are."""

    data: Path
    facts: dict[str, Any]

    @property
    def url(self) -> str:
        return str(self.facts["url"])


@dataclass(slots=True)
class Started(Running):
    """A Comptoir this test process started, in a process group of its own."""

    port: int
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """`kill -9` of everything at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Ctrl-C."""
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(timeout=40)


def already_running() -> Running | None:
    """The Comptoir that the environment names, if it names one; it is neither started nor stopped here."""
    url = os.environ.get("COMPTOIR_API_URL")
    if not url:
        return None
    path = Path(os.environ["COMPTOIR_FACTS"])
    return Running(path.parent, {**json.loads(path.read_text()), "url": url})


def start(data: Path, port: int, days: int = 8) -> Started:
    """`python -m infra.local.run`, until it says that it is ready; its calls are noted for `tests/rights`."""
    environment = {**os.environ, "DATA": str(data), "PORT": str(port), "DEMO_DAYS": str(days)}
    data.parent.mkdir(parents=True, exist_ok=True)
    log = (data.parent / f"{data.name}.log").open("ab")
    process = subprocess.Popen([sys.executable, "-c", AS_A_NEWCOMER], cwd=ROOT, env=environment, stdout=log,
                               stderr=subprocess.STDOUT, start_new_session=True)
    ready = f"Comptoir is ready at http://127.0.0.1:{port}"
    deadline = time.monotonic() + START_SECONDS
    seen = (data.parent / f"{data.name}.log")
    before = seen.read_text().count(ready)
    while seen.read_text().count(ready) == before or not (data / "demo.json").exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(seen.read_text()[-3000:])
        time.sleep(0.1)
    return Started(data, json.loads((data / "demo.json").read_text()), port, process)


class Client:
    """A program with an API key."""

    def __init__(self, url: str, api_key: str) -> None:
        self.url, self.api_key = url, api_key
        self._pool = urllib3.PoolManager(maxsize=16, timeout=30.0, retries=False)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and parsed body."""
        sent = {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json",
                **{name.replace("_", "-"): value for name, value in headers.items()}}
        raw = None if body is None else json.dumps(body)
        answer = self._pool.request(method, self.url + path, body=raw, headers=sent)
        text = answer.data.decode()
        return answer.status, json.loads(text) if text.startswith(("{", "[")) else text

    def get(self, path: str) -> Any:
        status, body = self.call("GET", path)
        assert status == 200, (path, status, body)
        return body

    def post(self, path: str, body: Any, status: int = 201, **headers: str) -> Any:
        found, answer = self.call("POST", path, body, **headers)
        assert found == status, (path, found, answer)
        return answer


def eventually(check: Callable[[], Any], seconds: float = 10.0) -> Any:
    """The first truthy answer of `check` within `seconds`, times PATIENCE."""
    deadline = time.monotonic() + seconds * PATIENCE
    while True:
        found = check()
        if found:
            return found
        assert time.monotonic() < deadline, f"not within {seconds * PATIENCE} s"
        time.sleep(0.05)
