"""The local server over real sockets: what reaches the entry, what the portal gets, what is refused."""
from __future__ import annotations

import base64
import gzip
import hashlib
import http.client
import json
import os
import resource
import select
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local.server import MAX_BODY_BYTES, LocalServer, PortInUse
from infra.local.static_files import CONTENT_SECURITY_POLICY

INDEX = "<!doctype html><script src=/assets/app-AB12CD34.js></script>"
SCRIPT = "console.log('portal');\n" * 100


class Recorder:
    """An entry that keeps the events and answers what the test put in `answer`."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.answer: Any = {"statusCode": 200, "headers": {"Content-Type": "text/plain"}, "body": "ok"}

    def __call__(self, event: dict[str, Any], context: Any) -> Any:
        self.events.append(event)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def entry() -> Recorder:
    return Recorder()


@pytest.fixture
def server(tmp_path: Path, entry: Recorder) -> Iterator[LocalServer]:
    portal = tmp_path / "portal"
    (portal / "assets").mkdir(parents=True)
    (portal / "index.html").write_text(INDEX)
    (portal / "favicon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (portal / "assets" / "app-AB12CD34.js").write_text(SCRIPT)
    (portal / ".secret.txt").write_text("hidden")
    (tmp_path / "outside.txt").write_text("outside")
    os.symlink(tmp_path / "outside.txt", portal / "link.txt")
    dev_answer = {"statusCode": 200, "headers": {"Content-Type": "text/html"}, "body": "<h1>mail</h1>"}
    running = LocalServer(0, entry, lambda event, context: dev_answer, portal, threads=4,
                          body_deadline_seconds=1.0, client_timeout_seconds=1)
    running.start()
    yield running
    running.stop()


def port_of(server: LocalServer) -> int:
    return int(server.url.rpartition(":")[2])


def ask(
    server: LocalServer, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None,
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port_of(server), timeout=10)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, content


def raw(server: LocalServer, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port_of(server)), timeout=10) as connection:
        connection.sendall(data.replace(b"HOST", f"127.0.0.1:{port_of(server)}".encode()))
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received


def assert_problem(answer: tuple[int, dict[str, str], bytes], status: int, code: str) -> None:
    assert (answer[0], answer[1]["content-type"], json.loads(answer[2])["code"]) == (
        status, "application/problem+json", code)


def test_a_request_becomes_a_proxy_event(server: LocalServer, entry: Recorder) -> None:
    ask(server, "POST", "/api/sales/orders/caf%C3%A9?state=draft&state=open&empty=&q=a%20b%2Bc", b'{"a": 1}',
        {"Content-Type": "application/json", "X-Signature": "s=", "Cookie": "a=1; b=2", "User-Agent": "test"})
    (event,) = entry.events
    assert (event["httpMethod"], event["path"], event["version"]) == ("POST", "/api/sales/orders/café", "1.0")
    assert event["queryStringParameters"] == {"state": "open", "empty": "", "q": "a b+c"}
    assert event["multiValueQueryStringParameters"]["state"] == ["draft", "open"]
    assert event["headers"]["X-Signature"] == "s=" and event["headers"]["Cookie"] == "a=1; b=2"
    assert event["multiValueHeaders"]["Content-Type"] == ["application/json"]
    assert (event["body"], event["isBase64Encoded"]) == ('{"a": 1}', False)
    context = event["requestContext"]
    assert context["identity"] == {"sourceIp": "127.0.0.1", "userAgent": "test"} and len(context["requestId"]) == 36


def test_a_request_without_query_or_body_has_none_there(server: LocalServer, entry: Recorder) -> None:
    ask(server, "GET", "/api/health")
    assert [entry.events[0][key] for key in (
        "body", "isBase64Encoded", "queryStringParameters", "multiValueQueryStringParameters")] == [
        None, False, None, None]


@pytest.mark.parametrize(("content_type", "encoding", "body", "in_base64"), [
    ("application/json", None, '{"name": "Givrée",\r\n "n": 1.0}'.encode(), False),
    ("application/json; charset=utf-8", None, b"  {}\n", False),
    ("application/x-www-form-urlencoded", None, b"webhook_id=5", False),
    ("application/json", None, b'{"name": "\xe9\xff"}', True),
    ("application/json", "gzip", gzip.compress(b"{}", mtime=0), True),
    ("application/octet-stream", None, bytes(range(256)), True),
    ("application/pdf", None, b"%PDF", True),
    ("", None, b"no type at all", True),
])
def test_the_bytes_of_a_webhook_survive(
    server: LocalServer, entry: Recorder, content_type: str, encoding: str | None, body: bytes, in_base64: bool,
) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    ask(server, "POST", "/api/channels/c1/webhooks", body, headers | ({"Content-Encoding": encoding} if encoding else {}))
    event = entry.events[0]
    assert event["isBase64Encoded"] is in_base64
    arrived = base64.b64decode(event["body"]) if in_base64 else event["body"].encode("utf-8")
    assert hashlib.sha256(arrived).digest() == hashlib.sha256(body).digest()


def test_a_chunked_body_arrives_whole(server: LocalServer, entry: Recorder) -> None:
    raw(server, b"POST /api/x HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n"
                b"Connection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    assert entry.events[0]["body"] == "abcde"


def test_the_answer_of_the_entry_is_passed_on(server: LocalServer, entry: Recorder) -> None:
    entry.answer = {
        "statusCode": 201, "headers": {"ETag": '"1"', "Set-Cookie": "loses=1"}, "isBase64Encoded": True,
        "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}, "body": base64.b64encode(b"\x00\xff").decode()}
    connection = http.client.HTTPConnection("127.0.0.1", port_of(server))
    connection.request("GET", "/api/x")
    answer = connection.getresponse()
    assert answer.status == 201 and answer.read() == b"\x00\xff"
    assert answer.headers.get_all("Set-Cookie") == ["a=1", "b=2"] and answer.headers["ETag"] == '"1"'
    assert answer.headers["Content-Type"] == "application/json"
    connection.close()


def test_answers_without_a_body_and_head_have_none(server: LocalServer, entry: Recorder) -> None:
    status, headers, body = ask(server, "HEAD", "/api/x")
    assert (status, headers["content-length"], body) == (200, "2", b"")
    entry.answer = {"statusCode": 204, "body": ""}
    status, headers, body = ask(server, "DELETE", "/api/x")
    assert (status, body) == (204, b"") and "content-length" not in headers


@pytest.mark.parametrize("answer", [
    RuntimeError("secret detail"), None, {"body": "x"}, {"statusCode": 200, "body": {"a": 1}},
    {"statusCode": 200, "body": "é", "isBase64Encoded": True},
    {"statusCode": 200, "headers": {"X-Note": "a\r\nSet-Cookie: b"}, "body": ""},
])
def test_a_failing_entry_answers_502_without_details(server: LocalServer, entry: Recorder, answer: Any) -> None:
    entry.answer = answer
    got = ask(server, "GET", "/api/x")
    assert_problem(got, 502, "bad_gateway")
    assert b"secret" not in got[2] and len(got[1]["request-id"]) == 36


def test_a_body_of_ten_megabytes_passes_and_one_byte_more_is_refused(server: LocalServer, entry: Recorder) -> None:
    assert ask(server, "POST", "/api/x", b"x" * MAX_BODY_BYTES)[0] == 200
    assert_problem(ask(server, "POST", "/api/x", b"x" * (MAX_BODY_BYTES + 1)), 413, "request_entity_too_large")
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    answer = raw(server, b"POST /api/x HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 10)
    assert answer.startswith(b"HTTP/1.1 413 ") and b"request_too_large" in answer
    assert len(entry.events) == 1


@pytest.mark.parametrize(("request_bytes", "status", "code"), [
    (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: HOST\r\n\r\n", 414, "uri_too_long"),
    (b"GET / HTTP/1.1\r\nHost: HOST\r\nX-Long: " + b"a" * 20_000 + b"\r\n\r\n", 431, "header_fields_too_large"),
    (b"POST /api/x HTTP/1.1\r\nHost: HOST\r\nContent-Length: -5\r\n\r\n", 400, "bad_request"),
    (b"POST /api/x HTTP/1.1\r\nHost: HOST\r\nContent-Length: five\r\n\r\n", 400, "bad_request"),
    (b"nonsense\r\n\r\n", 400, "bad_request"),
    (b"TRACE /api/x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n", 405, "method_not_allowed"),
    (b"CONNECT a:1 HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n", 405, "method_not_allowed"),
    (b"PROPFIND /api/x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n", 501, "method_not_implemented"),
    (b"POST /api/x HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "malformed_body"),
])
def test_hostile_requests_get_a_problem(
    server: LocalServer, entry: Recorder, request_bytes: bytes, status: int, code: str,
) -> None:
    head, _, body = raw(server, request_bytes).partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode()) and b"application/problem+json" in head
    assert code in json.loads(body)["code"] and entry.events == []


def test_a_client_that_stalls_or_drips_is_cut_off(server: LocalServer, entry: Recorder) -> None:
    head = f"POST /api/x HTTP/1.1\r\nHost: 127.0.0.1:{port_of(server)}\r\nContent-Length: 1000\r\n\r\n".encode()
    for drips in (0, 8):
        started = time.monotonic()
        with socket.create_connection(("127.0.0.1", port_of(server)), timeout=10) as connection:
            connection.sendall(head)
            for _ in range(drips):
                if not select.select([connection], [], [], 0.2)[0]:
                    connection.sendall(b"x")
            answer = connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 408 ") and b"problem+json" in answer
        assert time.monotonic() - started < 4
    assert entry.events == []


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1", "127.0.0.1.evil.example", ""])
def test_other_hosts_are_refused_against_dns_rebinding(server: LocalServer, entry: Recorder, host: str) -> None:
    for path in ("/api/x", "/", "/dev/mail"):
        assert_problem(ask(server, "GET", path, headers={"Host": host}), 421, "misdirected_request")
    assert entry.events == []
    assert ask(server, "GET", "/api/x", headers={"Host": f"localhost:{port_of(server)}"})[0] == 200


def test_pages_carry_the_policy_and_are_always_fresh(server: LocalServer) -> None:
    for path in ("/", "/index.html", "/orders", "/orders/o_123/lines"):
        status, headers, body = ask(server, "GET", path)
        assert (status, body.decode(), headers["content-type"]) == (200, INDEX, "text/html; charset=utf-8")
        assert headers["cache-control"] == "no-cache" and headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    again = ask(server, "GET", "/", headers={"If-None-Match": headers["etag"]})
    assert (again[0], again[2]) == (304, b"")


def test_hashed_files_are_kept_for_ever_and_compressed(server: LocalServer, tmp_path: Path) -> None:
    status, headers, body = ask(server, "GET", "/assets/app-AB12CD34.js", headers={"Accept-Encoding": "br, gzip"})
    assert (status, headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
    assert headers["content-type"] == "text/javascript; charset=utf-8" and headers["content-encoding"] == "gzip"
    assert gzip.decompress(body).decode() == SCRIPT and len(body) < len(SCRIPT) / 10
    plain = ask(server, "GET", "/assets/app-AB12CD34.js", headers={"Accept-Encoding": "gzip;q=0"})
    assert plain[2].decode() == SCRIPT and "content-encoding" not in plain[1]
    built = tmp_path / "portal" / "assets" / "app-AB12CD34.js.gz"
    built.write_bytes(gzip.compress(b"from the build"))
    os.utime(tmp_path / "portal" / "assets" / "app-AB12CD34.js", (1, 1))
    _, _, body = ask(server, "GET", "/assets/app-AB12CD34.js", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(body) == b"from the build"


def test_a_file_replaced_by_a_new_build_is_served_at_once(server: LocalServer, tmp_path: Path) -> None:
    before = ask(server, "GET", "/")[1]["etag"]
    (tmp_path / "portal" / "index.html").write_text("<!doctype html>new")
    _, headers, body = ask(server, "GET", "/")
    assert body == b"<!doctype html>new" and headers["etag"] != before


@pytest.mark.parametrize("path", [
    "/../outside.txt", "/..%2foutside.txt", "/%2e%2e/outside.txt", "/assets/../../outside.txt", "/link.txt",
    "/.secret.txt", "/assets/missing.js", "/..%5coutside.txt", "/a%00.txt", "/passwd.txt",
])
def test_nothing_outside_the_directory_is_served(server: LocalServer, path: str) -> None:
    answer = ask(server, "GET", path)
    assert_problem(answer, 404, "not_found")


def test_pages_are_only_read(server: LocalServer) -> None:
    answer = ask(server, "POST", "/orders", b"x")
    assert_problem(answer, 405, "method_not_allowed")
    assert answer[1]["allow"] == "GET, HEAD"
    assert ask(server, "HEAD", "/")[2] == b""


def test_development_pages_are_served_with_the_policy(server: LocalServer, entry: Recorder) -> None:
    status, headers, body = ask(server, "GET", "/dev/mail")
    assert (status, body) == (200, b"<h1>mail</h1>") and entry.events == []
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY


def test_a_taken_port_is_named(server: LocalServer, tmp_path: Path, entry: Recorder) -> None:
    second = LocalServer(port_of(server), entry, entry, tmp_path)
    with pytest.raises(PortInUse, match=f"port {port_of(server)} cannot be used.*PORT="):
        second.start()


def test_one_request_costs_little_of_our_own_time(server: LocalServer, record_property: Any) -> None:
    """Client and server share this process, so the bound holds both; the client alone takes about a third."""
    connection = http.client.HTTPConnection("127.0.0.1", port_of(server))
    body, requests = b'{"quantity": "3"}', 500
    before = resource.getrusage(resource.RUSAGE_SELF)
    for _ in range(requests):
        connection.request("POST", "/api/echo", body, {"Content-Type": "application/json"})
        connection.getresponse().read()
    after = resource.getrusage(resource.RUSAGE_SELF)
    connection.close()
    spent = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / requests * 1000
    record_property("own_cpu_ms_per_request", round(spent, 3))
    assert spent < 5, f"{spent:.2f} ms"
