"""Which addresses a connector may call.

A base URL is typed by a tenant, so it must not reach our own network.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from connectors.errors import TargetForbidden, Unavailable

Resolver = Callable[[str, int], list[str]]

_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_EMBEDS_IPV4 = (
    ip_network("2002::/16"),
    ip_network("2001::/32"),
    ip_network("64:ff9b::/96"),
    ip_network("64:ff9b:1::/48"),
)
_NEVER_SHOPS = (
    ip_network("192.0.0.0/24"),
    ip_network("168.63.129.16/32"),
    ip_network("::/96"),
)
"""Protocol assignments (one cloud's metadata stands there), another cloud's wire server, IPv4-compatible IPv6: partly
global by the registries, and no shop's."""
_DEFAULT_PORTS = {"https": 443, "http": 80}
_FIRST_FREE_PORT = 1024
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_BRACKETED = re.compile(r"\[[0-9a-fA-F:.]+\](:\d*)?")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL points: `host` is for TLS and the Host header, `address` (once resolved) for the socket."""

    scheme: str
    host: str
    port: int
    path_and_query: str
    address: str = ""

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: two URLs of one origin are one server."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """Value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def split_target(url: str) -> Target:
    """Read `url`, refusing other schemes than http(s), user names, control characters, what is no host name, and ports of
    other services. A name in other letters becomes its ASCII form (IDNA)."""
    if any(ord(character) <= 32 or ord(character) == 127 for character in url) or "\\" in url:
        raise TargetForbidden("the address holds a blank or a control character")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise TargetForbidden("the address cannot be read") from None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise TargetForbidden("the address must start with https:// and name a host")
    if parts.username is not None or parts.password is not None:
        raise TargetForbidden("the address must not hold a user name or password")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    port = _DEFAULT_PORTS[parts.scheme] if port is None else port
    if port < _FIRST_FREE_PORT and port not in _DEFAULT_PORTS.values():
        raise TargetForbidden(f"port {port} is another service's")
    return Target(parts.scheme, _host(parts.netloc, parts.hostname), port, path)


def _host(netloc: str, hostname: str) -> str:
    """The host in ASCII. Raises TargetForbidden for what cannot be one (RFC 1123 §2.1)."""
    if "[" in netloc:
        if not _BRACKETED.fullmatch(netloc):
            raise TargetForbidden("the address names no host")
        return hostname
    try:
        host = hostname.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        host = ""
    if len(host) > 253 or not _HOST.fullmatch(host):
        raise TargetForbidden("the address names no host")
    return host


def is_loopback(address: str) -> bool:
    """True for 127.0.0.0/8 and ::1, the only inner addresses that `allow_loopback` opens."""
    return any(ip_address(address) in network for network in _LOOPBACK)


def is_public(address: str) -> bool:
    """True when `address` is globally routable unicast (IANA special-purpose registries).

    IPv4 wrapped in IPv6 counts as what it wraps when mapped, and as not public in the translated forms.
    """
    parsed: IPv4Address | IPv6Address = ip_address(address)
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    if any(parsed in network for network in (*_EMBEDS_IPV4, *_NEVER_SHOPS)):
        return False
    return parsed.is_global and not parsed.is_multicast


def resolve_with_system(host: str, port: int) -> list[str]:
    """Addresses of `host` by the system's resolver, in its order of preference."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unavailable(f"the name {host} cannot be resolved") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def pin(target: Target, allow_loopback: bool, resolver: Resolver = resolve_with_system) -> tuple[Target, ...]:
    """Resolve `target` once and fix the addresses to connect to, so that DNS cannot redirect us afterwards.

    Every address must be allowed, or all are refused. Plain http is for loopback: orders hold personal data.
    """
    addresses = resolver(target.host, target.port)
    for address in addresses:
        loopback = is_loopback(address)
        if not (is_public(address) or (loopback and allow_loopback)):
            raise TargetForbidden(f"{target.host} is not a public address")
        if target.scheme == "http" and not loopback:
            raise TargetForbidden(f"{target.host} must be called over https")
    if not addresses:
        raise Unavailable(f"the name {target.host} has no address")
    return tuple(replace(target, address=address) for address in addresses)
