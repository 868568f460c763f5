"""The HTTP server of the laptop: API, development pages and portal on one loopback port, behind cheroot.

    server = LocalServer(port=8000, entry=entry, dev=dev, portal_dir=Path("build/portal"))
    server.start()
    …
    server.stop()
"""
from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from cheroot import server as cheroot_server
from cheroot import wsgi
from cheroot.errors import MaxSizeExceeded

from infra.local import gateway
from infra.local.gateway import Entry, Environ
from infra.local.problem import HttpAnswer, problem
from infra.local.static_files import SECURITY_HEADERS, StaticSite

HOST = "127.0.0.1"
MAX_BODY_BYTES = 10 * 1024 * 1024
MAX_HEADER_BYTES = 16 * 1024
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_KNOWN_BUT_REFUSED = frozenset({"TRACE", "CONNECT"})
_CLIENT_TIMEOUT_SECONDS = 10
_BODY_DEADLINE_SECONDS = 30.0
_DRAIN_BYTES = 64 * 1024 * 1024
_DRAIN_SECONDS = 3.0
_CHUNK_BYTES = 64 * 1024
_CLOSE = ("Connection", "close")

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class PortInUse(RuntimeError):
    """Another program listens on the chosen port."""


class BodyRefused(Exception):
    """The body is too large, too slow or malformed; `answer` says which."""

    def __init__(self, answer: HttpAnswer) -> None:
        super().__init__(answer.status_line())
        self.answer = answer


class LocalServer:
    """Owns the listening socket and the worker threads. `port` 0 takes a free one; `url` says which."""

    def __init__(
        self, port: int, entry: Entry, dev: Entry, portal_dir: Path, threads: int = 12,
        body_deadline_seconds: float = _BODY_DEADLINE_SECONDS,
        client_timeout_seconds: int = _CLIENT_TIMEOUT_SECONDS,
    ) -> None:
        self.url = ""
        self._entry = entry
        self._dev = dev
        self._site = StaticSite(portal_dir)
        self._body_deadline_seconds = body_deadline_seconds
        self._allowed_hosts: frozenset[str] = frozenset()
        self._server = wsgi.Server(
            (HOST, port), self._application, numthreads=threads, server_name="comptoir",
            timeout=client_timeout_seconds, shutdown_timeout=5, request_queue_size=128)
        self._server.max_request_header_size = MAX_HEADER_BYTES
        self._server.max_request_body_size = MAX_BODY_BYTES
        self._server.ConnectionClass = _Connection
        self._server.gateway = _Gateway
        self._thread = threading.Thread(target=self._server.serve, name="http-server", daemon=True)

    def start(self) -> None:
        """Listen and return. Raises PortInUse."""
        try:
            self._server.prepare()
        except OSError as error:
            raise PortInUse(
                f"port {self._server.bind_addr[1]} cannot be used ({error}); choose another one with PORT=<number>"
            ) from error
        port = self._server.bind_addr[1]
        self.url = f"http://{HOST}:{port}"
        self._allowed_hosts = frozenset({f"{HOST}:{port}", f"localhost:{port}"})
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and let requests under way finish (at most 5 s)."""
        self._server.stop()
        self._thread.join()

    def _application(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        answer = self._answer(environ)
        start_response(answer.status_line(), _complete(answer))
        return [answer.body]

    def _answer(self, environ: Environ) -> HttpAnswer:
        if environ.get("HTTP_HOST", "").lower() not in self._allowed_hosts:
            return problem(421, "misdirected_request", f"This server answers as {self.url} only.")
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if method not in METHODS:
            known = method in _KNOWN_BUT_REFUSED
            code = "method_not_allowed" if known else "method_not_implemented"
            allow = ("Allow", ", ".join(sorted(METHODS)))
            return problem(405 if known else 501, code, f"{method} is not offered.", allow)
        try:
            if path == "/api" or path.startswith("/api/"):
                return gateway.call(self._entry, "api", environ, self._body(environ))
            if path == "/dev" or path.startswith("/dev/"):
                return _with_policy(gateway.call(self._dev, "dev", environ, self._body(environ)))
        except BodyRefused as refused:
            return refused.answer
        decoded = path.encode("latin-1").decode("utf-8", "replace")
        return self._site.answer(
            method, decoded, environ.get("HTTP_ACCEPT_ENCODING", ""), environ.get("HTTP_IF_NONE_MATCH", ""))

    def _body(self, environ: Environ) -> bytes:
        """The bytes of the body exactly as sent. Raises BodyRefused."""
        source = environ["wsgi.input"]
        deadline = time.monotonic() + self._body_deadline_seconds
        chunks: list[bytes] = []
        length = environ.get("CONTENT_LENGTH", "0")
        expected = None if environ.get("wsgi.input_terminated") else int(length or 0)
        received = 0
        while expected is None or received < expected:
            try:
                chunk = _read_some(source)
            except TimeoutError as error:
                raise BodyRefused(_too_slow()) from error
            except (OSError, MaxSizeExceeded) as error:
                raise BodyRefused(_too_large()) from error
            except ValueError as error:
                raise BodyRefused(problem(400, "malformed_body", "The body is not framed as HTTP asks.", _CLOSE)) from error
            if not chunk:
                break
            chunks.append(chunk)
            received += len(chunk)
            if time.monotonic() > deadline:
                raise BodyRefused(_too_slow())
        if expected is not None and received < expected:
            raise BodyRefused(problem(400, "incomplete_body", "The body is shorter than announced.", _CLOSE))
        return b"".join(chunks)


class _Gateway(wsgi.Gateway_10):
    """cheroot's gateway, told by our own `Connection: close` that the rest of the request cannot be understood."""

    def start_response(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        if _CLOSE in headers:
            self.req.close_connection = True
        return super().start_response(status, headers, exc_info)


class _Request(cheroot_server.HTTPRequest):
    """cheroot's request, whose own error answers are problem details and reach a client that is still sending."""

    def read_request_headers(self) -> bool:
        if not super().read_request_headers():  # type: ignore[no-untyped-call]
            return False
        if int(self.inheaders.get(b"Content-Length", 0)) < 0:
            self.simple_response("400 Bad Request", "Malformed Content-Length header.")
            return False
        return True

    def simple_response(self, status: str | int, msg: str = "") -> None:
        number = int(str(status)[:3])
        if number == 413 and msg.startswith("The headers"):
            number = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        self.close_connection = True
        phrase = HTTPStatus(number).phrase
        answer = problem(number, phrase.lower().replace(" ", "_").replace("-", "_"), msg or phrase)
        head = [f"HTTP/1.1 {answer.status_line()}", *(f"{name}: {value}" for name, value in _complete(answer))]
        head.append("Connection: close")
        with contextlib.suppress(OSError):
            self.conn.wfile.write("\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + answer.body)
            self._drain()

    def _drain(self) -> None:
        """Read on for a moment: closing on a client that still sends resets the connection before it reads."""
        deadline = time.monotonic() + _DRAIN_SECONDS
        left = _DRAIN_BYTES
        self.conn.socket.shutdown(1)
        self.conn.socket.settimeout(0.5)
        while left > 0 and time.monotonic() < deadline:
            received = len(self.conn.socket.recv(_CHUNK_BYTES))
            if not received:
                return
            left -= received


class _Connection(cheroot_server.HTTPConnection):
    RequestHandlerClass = _Request


def _read_some(source: Any) -> bytes:
    """What has arrived, without waiting for a full chunk: a client that drips bytes cannot pass the deadline."""
    if not isinstance(source, cheroot_server.KnownLengthRFile):
        return bytes(source.read(_CHUNK_BYTES))
    chunk: bytes = source.rfile.read1(min(_CHUNK_BYTES, source.remaining))
    source.remaining -= len(chunk)
    return chunk


def _complete(answer: HttpAnswer) -> list[tuple[str, str]]:
    headers = list(answer.headers)
    if answer.status not in (204, 304) and not any(name.lower() == "content-length" for name, _ in headers):
        headers.append(("Content-Length", str(len(answer.body))))
    return headers


def _with_policy(answer: HttpAnswer) -> HttpAnswer:
    """Development pages get the portal's headers unless they set their own."""
    own = {name.lower() for name, _ in answer.headers}
    added = tuple(header for header in SECURITY_HEADERS if header[0].lower() not in own)
    return HttpAnswer(answer.status, answer.headers + added, answer.body)


def _too_large() -> HttpAnswer:
    return problem(413, "request_too_large", f"A request body holds at most {MAX_BODY_BYTES} bytes.", _CLOSE)


def _too_slow() -> HttpAnswer:
    return problem(408, "request_timeout", "The body did not arrive in time.", _CLOSE)
