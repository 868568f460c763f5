"""Where a shop's address may lead. A spy in place of the socket sees every connection that is tried: none goes inside."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest

from connectors import http, targets
from connectors.errors import ConnectorError, TargetForbidden, Unavailable
from connectors.http import SYSTEM_CLOCK, HttpPolicy, HttpRequest, HttpResponse, send, using_transport
from connectors.targets import is_public, pin, split_target
from tests.hostile.measured import frugal

POLICY = HttpPolicy(attempts=1, connect_timeout_seconds=0.2, read_timeout_seconds=0.2, deadline_seconds=2)
INNER = (
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "0",
    "0.0.0.0",
    "[::]",
    "[::1]",
    "10.0.0.1",
    "167772161",
    "0xa000001",
    "012.0.0.1",
    "10.1",
    "172.16.0.1",
    "172.31.255.255",
    "2886729729",
    "192.168.0.1",
    "3232235521",
    "0xc0a80001",
    "192.168.1",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.43518",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[::ffff:127.0.0.1]",
    "[::ffff:10.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::1]",
    "[2002:a9fe:a9fe::]",
    "[2001:0:a9fe:a9fe::1]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
    "[100::1]",
    "[2001:db8::1]",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "168.63.129.16",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "ip6-localhost",
    "\u2460\u2461\u2466.0.0.1",
    "127。0。0。1",
    "１２７.0.0.1",
)
NAMES = {
    "metadata.google.internal": "169.254.169.254",
    "metadata.azure.internal": "169.254.169.254",
    "instance-data.ec2.internal": "169.254.169.254",
    "10.0.0.1.nip.example": "10.0.0.1",
    "rebind.example": "192.168.1.1",
    "sixth.example": "fd00:ec2::254",
    "mapped.example": "::ffff:10.0.0.1",
    "loop.example": "127.0.0.1",
    "link.example": "fe80::1%eth0",
    "nat64.example": "64:ff9b::a00:1",
    "carrier.example": "100.64.1.1",
}
MALFORMED = (
    "http://shop.example/",
    "ftp://shop.example/",
    "file:///etc/passwd",
    "gopher://shop.example:25/_X",
    "dict://shop.example:11211/",
    "javascript:alert(1)",
    "data:text/html,x",
    "ldap://shop.example/",
    "jar:https://shop.example!/x",
    "//shop.example/",
    "shop.example",
    "",
    "https://",
    "https:///x",
    "https://user@shop.example/",
    "https://user:pw@shop.example/",
    "https://shop.example@10.0.0.1/",
    "https://shop.example\\@10.0.0.1/",
    "https://shop.example\\.evil.example/",
    "https://shop.example/\r\nX: y",
    "https://shop.example/%0d%0a\r\n",
    "https://shop.example\t/",
    "https://shop.example \n.evil/",
    "https://shop\x00.example/",
    "https://shop.example:99999/",
    "https://shop.example:-1/",
    "https://shop.example:x/",
    "https://[::1",
    "https://[::1]x/",
    "https://[zz]/",
    "https://" + "a" * 70 + ".example/",
    "https://" + "a." * 200 + "example/",
    "https://.example/",
    "https://-shop.example/",
    "https://shop..example/",
    "https://%31%32%37.0.0.1/",
    "https://127.0.0.1%2f@shop.example/",
    "https://sh op.example/",
    "https://shop.example:22/",
    "https://shop.example:25/",
)


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every address a socket is connected to; nothing is."""
    seen: list[str] = []

    def connect(self: socket.socket, address: Any) -> None:
        seen.append(str(address[0]))
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    yield seen


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """A resolver that gives these answers one after the other, then the last one for ever; the names it was asked."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        if host.replace(".", "").isdigit() or ":" in host:
            return [(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]
        asked.append(host)
        address = answers[min(len(asked), len(answers)) - 1]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def ask(url: str) -> None:
    with frugal():
        send(HttpRequest("GET", url), POLICY, SYSTEM_CLOCK)


@pytest.mark.parametrize("host", INNER)
@pytest.mark.parametrize("port", ["", ":8443"])
def test_no_form_of_an_inner_address_is_called(tried: list[str], host: str, port: str) -> None:
    with pytest.raises(ConnectorError):
        ask(f"https://{host}{port}/wp-json/")
    assert tried == []


@pytest.mark.parametrize("host", NAMES)
def test_no_name_of_an_inner_address_is_called(tried: list[str], monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    resolving(monkeypatch, NAMES[host])
    with pytest.raises(TargetForbidden):
        ask(f"https://{host}/")
    assert tried == []


@pytest.mark.parametrize("url", MALFORMED)
def test_no_odd_address_is_called(tried: list[str], monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    resolving(monkeypatch, "93.184.215.14")
    with pytest.raises(ConnectorError):
        ask(url)
    assert tried == []


def test_a_name_is_resolved_once_and_what_it_gave_is_called(tried: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    asked = resolving(monkeypatch, "93.184.215.14", "169.254.169.254")
    with pytest.raises(Unavailable):
        ask("https://rebind.example/")
    assert tried == ["93.184.215.14"] and asked == ["rebind.example"]


def test_checking_a_name_and_resolving_it_again_is_caught(tried: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: the address is checked, then the name is handed to the library."""
    resolving(monkeypatch, "93.184.215.14", "169.254.169.254")

    def naive(request: HttpRequest, policy: HttpPolicy, clock: http.Clock) -> HttpResponse:
        target = split_target(request.url)
        pin(target, allow_loopback=False)
        socket.create_connection((target.host, target.port), timeout=0.2)
        raise AssertionError("nothing listens")

    with using_transport(naive), pytest.raises(ConnectionRefusedError):
        ask("https://rebind.example/")
    assert not all(is_public(address) for address in tried), "the spy sees the inner address"


REDIRECTS = (
    "http://169.254.169.254/latest/meta-data/",
    "https://10.0.0.1/",
    "//127.0.0.1/",
    "https://[::1]/",
    "file:///etc/passwd",
    "https://shop.example@10.0.0.1/",
    "https://shop.example:8443/",
    "http://shop.example/",
    "https://evil.example/",
    "\\\\10.0.0.1\\x",
    "https:\\\\10.0.0.1",
    "/\r\nX: y",
    "https://2130706433/",
)


def redirecting(location: str, sent: list[str]) -> http.Transport:
    def transport(request: HttpRequest, policy: HttpPolicy, clock: http.Clock) -> HttpResponse:
        sent.append(request.url)
        return HttpResponse(302, {"location": location}, b"") if len(sent) == 1 else HttpResponse(200, {}, b"inner secret")

    return transport


@pytest.mark.parametrize("location", REDIRECTS)
def test_no_redirect_leads_to_another_server(location: str) -> None:
    sent: list[str] = []
    with using_transport(redirecting(location, sent)), pytest.raises(TargetForbidden):
        ask("https://shop.example/")
    assert sent == ["https://shop.example/"]


def test_following_a_redirect_unchecked_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: wherever the shop points, the client goes."""
    monkeypatch.setattr(targets.Target, "origin", property(lambda self: "same"))
    sent: list[str] = []
    with using_transport(redirecting("https://10.0.0.1/", sent)):
        ask("https://shop.example/")
    assert sent == ["https://shop.example/", "https://10.0.0.1/"]


def test_every_resolved_address_must_be_public() -> None:
    for inner in ("10.0.0.1", "::1", "fe80::1%eth0"):
        with pytest.raises(TargetForbidden):
            pin(split_target("https://shop.example/"), False, lambda *_, found=inner: ["93.184.215.14", found])
    assert ip_address("93.184.215.14").is_global
