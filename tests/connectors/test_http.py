"""The one HTTP function: retries, redirects, limits, forbidden targets, and logs without secrets."""

from __future__ import annotations

import gzip
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from connectors.errors import Malformed, TargetForbidden, Unavailable
from connectors.http import (
    SYSTEM_CLOCK,
    HttpPolicy,
    HttpRequest,
    HttpResponse,
    redacted,
    retry_after_seconds,
    send,
    using_transport,
)
from connectors.targets import is_public, pin, split_target
from tests.connectors.replay import START, Shop, VirtualTime, answer

URL = "https://shop.example/wp-json/wc/v3/orders"
GET = HttpRequest("GET", URL)
POLICY = HttpPolicy(attempts=4, backoff_seconds=0.5, deadline_seconds=60)


def sent_with(
    shop: Shop, request: HttpRequest = GET, policy: HttpPolicy = POLICY
) -> tuple[HttpResponse, list[float]]:
    time = VirtualTime()
    with using_transport(shop):
        return send(request, policy, time.clock), time.slept


def test_reads_are_repeated_with_full_jitter() -> None:
    shop = Shop().answers_with("GET", "orders", Unavailable("down"), answer(b"", 503), answer(b"ok"))
    response, slept = sent_with(shop)
    assert response.body == b"ok" and slept == [0.25, 0.5]


def test_writes_are_sent_once_unless_marked_repeatable() -> None:
    post = HttpRequest("POST", URL, body=b"{}")
    shop = Shop().answers_with("POST", "orders", answer(b"", 503), answer(b"ok"))
    assert sent_with(shop, post)[0].status == 503 and len(shop.sent) == 1
    shop = Shop().answers_with("POST", "orders", answer(b"", 503), answer(b"ok"))
    repeatable = HttpRequest("POST", URL, body=b"{}", repeatable=True)
    assert sent_with(shop, repeatable)[0].status == 200 and len(shop.sent) == 2


def test_retry_after_is_obeyed_within_the_deadline_only() -> None:
    shop = Shop().answers_with("GET", "orders", answer(b"", 429, **{"retry-after": "7"}), answer(b"ok"))
    response, slept = sent_with(shop)
    assert response.status == 200 and slept == [7.0]
    shop = Shop().answers_with("GET", "orders", answer(b"", 429, **{"retry-after": "61"}))
    response, slept = sent_with(shop)
    assert response.status == 429 and slept == []


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3.0),
        ("Tue, 24 Nov 2026 12:00:30 GMT", 30.0),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
    ],
)
def test_retry_after_reads_seconds_and_dates(value: str, seconds: float | None) -> None:
    assert retry_after_seconds({"retry-after": value}, START) == seconds


def test_redirects_stay_on_the_same_server_and_only_for_reads() -> None:
    moved = answer(b"", 301, location="/wp-json/wc/v3/orders/")
    shop = Shop().answers_with("GET", "orders", moved).answers_with("GET", "orders/", answer(b"ok"))
    assert sent_with(shop)[0].body == b"ok"
    for location in ("https://www.shop.example/", "http://shop.example/", "http://169.254.169.254/", ""):
        shop = Shop().answers_with("GET", "orders", answer(b"", 302, location=location))
        with pytest.raises(TargetForbidden):
            sent_with(shop)
    with pytest.raises(TargetForbidden):
        sent_with(Shop().answers_with("GET", "orders", answer(b"", 302, location=URL)))
    with pytest.raises(TargetForbidden):
        sent_with(Shop().answers_with("POST", "orders", moved), HttpRequest("POST", URL))


def test_logs_and_messages_hold_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    query = "?page=2&consumer_secret=cs_1&oauth_signature=sig1&oauth_consumer_key=ck_1&access_token=tok1"
    request = HttpRequest("GET", URL + query, {"Authorization": "Basic c2VjcmV0"})
    with caplog.at_level(logging.DEBUG):
        sent_with(Shop().answers_with("GET", "orders", Unavailable("down"), answer(b"ok")), request)
    assert "page=2" in caplog.text
    for secret in ("cs_1", "sig1", "ck_1", "tok1", "c2VjcmV0"):
        assert secret not in caplog.text and secret not in repr(request)
    assert redacted("https://user:pw@shop.example:8443/x") == "https://shop.example:8443/x"


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "127.0.0.1",
     "168.63.129.16", "::1", "::", "fe80::1", "fd00:ec2::254", "::ffff:10.0.0.1", "::ffff:127.0.0.1",
     "64:ff9b::a00:1",
     "2002:a00:1::", "ff02::1"],
)  # fmt: skip
def test_inner_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(TargetForbidden):
        pin(split_target(URL), allow_loopback=False, resolver=lambda _host, _port: ["93.184.215.14", address])


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:8.8.8.8"]
)
def test_public_addresses_are_pinned(address: str) -> None:
    (found,) = pin(split_target(URL), allow_loopback=False, resolver=lambda _host, _port: [address])
    assert (found.address, found.host, found.authority) == (address, "shop.example", "shop.example")


def test_the_loopback_setting_opens_loopback_and_nothing_else() -> None:
    target = split_target("http://localhost:8099/")
    found = pin(target, allow_loopback=True, resolver=lambda _host, _port: ["::1", "127.0.0.1"])
    assert [one.address for one in found] == ["::1", "127.0.0.1"]
    for address in ("10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "0.0.0.0"):
        with pytest.raises(TargetForbidden):
            pin(target, allow_loopback=True, resolver=lambda _host, _port, found=address: [found])
    with pytest.raises(TargetForbidden, match="over https"):
        pin(target, allow_loopback=True, resolver=lambda _host, _port: ["93.184.215.14"])


@pytest.mark.parametrize(
    "url",
    ["ftp://shop.example/", "file:///etc/passwd", "https://", "https://u:p@shop.example/",
     "https://shop.example/\r\nX: y",
     "https://shop.example\\@10.0.0.1/", "https://shop.example:99999/", "//shop.example", "https://[::1"],
)  # fmt: skip
def test_addresses_that_are_no_shop(url: str) -> None:
    with pytest.raises(TargetForbidden):
        split_target(url)


class Handler(BaseHTTPRequestHandler):
    """A small server with one behaviour per path."""

    def do_GET(self) -> None:
        if self.path.startswith("/drop"):
            self.close_connection = True
            return
        body = {"/bomb": gzip.compress(b"0" * 5_000_000), "/big": b"0" * 200_000}.get(
            self.path, self.path.encode()
        )
        self.send_response(200)
        if self.path == "/bomb":
            self.send_header("Content-Encoding", "gzip")
        self.send_header("X-Host", self.headers["Host"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.path.startswith("/drip"):
            return
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    found = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=found.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{found.server_port}"
    found.shutdown()
    found.server_close()


WIRE = HttpPolicy(allow_loopback=True, attempts=1, read_timeout_seconds=2, max_body_bytes=100_000)


def test_the_wire_exchange_with_a_pinned_address(server: str) -> None:
    response = send(HttpRequest("GET", f"{server}/hello?x=1"), WIRE, SYSTEM_CLOCK)
    assert (response.status, response.body) == (200, b"/hello?x=1")
    assert response.headers["x-host"] == server.removeprefix("http://")


def test_the_wire_refuses_loopback_unless_it_is_allowed(server: str) -> None:
    with pytest.raises(TargetForbidden):
        send(HttpRequest("GET", server), HttpPolicy(attempts=1), SYSTEM_CLOCK)


@pytest.mark.parametrize("path", ["/big", "/bomb"])
def test_answers_too_large_are_cut_off_also_when_packed(server: str, path: str) -> None:
    with pytest.raises(Malformed, match="larger than"):
        send(HttpRequest("GET", server + path), WIRE, SYSTEM_CLOCK)


@pytest.mark.parametrize("path", ["/drop", "/drip"])
def test_a_broken_exchange_is_unavailable(server: str, path: str) -> None:
    with pytest.raises(Unavailable) as caught:
        send(HttpRequest("GET", f"{server}{path}?oauth_signature=s3cret"), WIRE, SYSTEM_CLOCK)
    assert "s3cret" not in str(caught.value)


def test_nobody_listening_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="does not accept"):
        send(HttpRequest("GET", "http://127.0.0.1:65535/"), WIRE, SYSTEM_CLOCK)
