"""Starts and stops the local engine: ministack as a child process on a free loopback port, durable in `DATA`.

Durable: tables, identity, keys, secrets, schedules, buckets and their objects. Not durable: queues and streams;
at start the application publishes its outbox again.
"""
from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

REGION = "eu-west-3"
ACCOUNT = "000000000000"
_ROOT = Path(__file__).resolve().parents[2]
_LOCK_WAIT_SECONDS = 3.0
_READY_SECONDS = 120.0
_STOP_SECONDS = 10.0
_SCRATCH = "scratch"
"""Where the engine unpacks deployed functions: below DATA, and gone with the engine."""


ADDRESS = "address"
"""The file in which a running engine's address stands, for whoever looks at it beside the program."""


class DataInUse(RuntimeError):
    """Another running Comptoir holds this data directory."""


class EngineFailed(RuntimeError):
    """The engine ended or stayed silent while starting; the message holds the end of its log."""


@dataclass(slots=True)
class Engine:
    """A running engine. `stop()` ends it; it also ends by itself when this process does."""

    endpoint_url: str
    data_dir: Path
    process: subprocess.Popen[bytes] = field(repr=False)
    _lock: int = field(repr=False)

    @classmethod
    def start(cls, data_dir: Path | str, log_bytes: int | None = None) -> Engine:
        """Start the engine on `data_dir` and return when it answers.

        `log_bytes` is the size of log that makes a snapshot due (default 8 MB). Raises `DataInUse` if another
        process runs on the same directory and `EngineFailed` if the engine does not come up.
        """
        data_dir = Path(data_dir).resolve()
        directory = data_dir / "engine"
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = _lock(directory / "lock", data_dir)
        shutil.rmtree(directory / _SCRATCH, ignore_errors=True)
        (directory / _SCRATCH).mkdir(mode=0o700, exist_ok=True)
        listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        port = listener.getsockname()[1]
        try:
            process = _spawn(directory, listener, lock, port, log_bytes)
        except BaseException:
            os.close(lock)
            raise
        finally:
            listener.close()
        engine = cls(f"http://127.0.0.1:{port}", data_dir, process, lock)
        _private(directory / ADDRESS, engine.endpoint_url)
        try:
            engine._wait_until_ready()
        except BaseException:
            engine.stop()
            raise
        return engine

    def environment(self) -> dict[str, str]:
        """Environment variables that point boto3 at this engine and hide any real account of the developer."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def stop(self) -> None:
        """End the engine, letting requests under way finish, and release the data directory. May be called twice."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()
        shutil.rmtree(self.data_dir / "engine" / _SCRATCH, ignore_errors=True)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _wait_until_ready(self) -> None:
        """The socket listens already, so one request waits in its queue until recovery is done."""
        try:
            health = f"{self.endpoint_url}/_ministack/health"
            with urllib.request.urlopen(health, timeout=_READY_SECONDS):  # noqa: S310 (our own loopback address)
                return
        except OSError as error:
            log = (self.data_dir / "engine" / "engine.log").read_text("utf-8", "replace")
            raise EngineFailed(f"the local engine did not start ({error}):\n{log[-2000:]}") from error


def _private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


def _lock(path: Path, data_dir: Path) -> int:
    """Take the lock of the data directory. The engine inherits it, so it is held as long as either lives."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + _LOCK_WAIT_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < deadline:
                time.sleep(0.05)
                continue
            owner = os.pread(descriptor, 20, 0).decode() or "unknown"
            os.close(descriptor)
            raise DataInUse(
                f"{data_dir} is in use by another running Comptoir (process {owner}). "
                "Stop it, or choose another directory with DATA=<directory> and another PORT."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        return descriptor


def _spawn(
    directory: Path, listener: socket.socket, lock: int, port: int, log_bytes: int | None
) -> subprocess.Popen[bytes]:
    log = os.open(directory / "engine.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "infra.local.engine_main", str(directory), str(listener.fileno())],
            cwd=_ROOT,
            env=_engine_environment(directory, port, log_bytes),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            pass_fds=(listener.fileno(), lock),
        )
    finally:
        os.close(log)


def _engine_environment(directory: Path, port: int, log_bytes: int | None) -> dict[str, str]:
    """Loopback only, no listener but ours, no Docker, files inside `directory`; real credentials are not passed on."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MINISTACK_"))}
    chosen = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "USE_SSL": "0",
        "AUTH": "false",
        "DOCKER_HOST": f"unix://{directory}/no-docker.sock",
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "PERSIST_STATE": "0",
        "STATE_DIR": str(directory / "services"),
        "TMPDIR": str(directory / _SCRATCH),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(directory / "objects"),
        "LOG_LEVEL": "WARNING",
        "PYTHONUNBUFFERED": "1",
    }
    if log_bytes is not None:
        chosen["COMPTOIR_LOG_BYTES"] = str(log_bytes)
    return inherited | chosen
