"""A shop behind a certificate: the connector speaks Basic to it over TLS, and says nothing where the certificate is not good.

The authority, its certificates and the handshakes are real; only the authority's root is trusted for the test's time.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import trustme
from cheroot import wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter

from connectors import http
from connectors.contract import ConnectionSettings
from connectors.errors import TargetForbidden, Unavailable
from connectors.woocommerce.client import WooCommerce
from infra.local.shops.woocommerce import ApiKey, Picture, Shop, ShopConfig, ShopProduct, start_shop

KEY = ApiKey("ck_" + "a" * 40, "cs_" + "b" * 40)
MACARONS = ShopProduct("MAC", "Macarons", "Macarons", Decimal(18), 24, Picture("buche", ("#777", "#fff")))
CONFIG = ShopConfig("Givrée", "retail", (MACARONS,), (KEY,))


class Front:
    """What stands before the shop and ends TLS: it notes who asked, with which authorisation."""

    def __init__(self, shop: Shop, certificate: trustme.LeafCert, directory: Path) -> None:
        self.asked: list[tuple[str, str]] = []
        self._app = shop._app
        files = directory / "chain.pem", directory / "key.pem"
        certificate.private_key_pem.write_to_path(files[1])
        files[0].write_bytes(b"".join(each.bytes() for each in certificate.cert_chain_pems))
        self._server = wsgi.Server(("127.0.0.1", 0), self._answer, numthreads=2, shutdown_timeout=1)
        self._server.ssl_adapter = BuiltinSSLAdapter(str(files[0]), str(files[1]))
        self._server.prepare()
        threading.Thread(target=self._server.serve, daemon=True).start()
        self.port = self._server.bind_addr[1]

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Any:
        self.asked.append((environ["QUERY_STRING"], environ.get("HTTP_AUTHORIZATION", "")))
        return self._app(environ, start_response)

    def connect(self, host: str = "localhost", allow_loopback: bool = True) -> WooCommerce:
        return WooCommerce(ConnectionSettings(
            base_url=f"https://{host}:{self.port}", allow_loopback=allow_loopback, attempts=1,
            credentials={"consumer_key": KEY.consumer_key, "consumer_secret": KEY.consumer_secret}))

    def stop(self) -> None:
        self._server.stop()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    found = start_shop(CONFIG, tmp_path, 0)
    yield found
    found.stop()


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[trustme.CA]:
    """An authority that this process trusts, beside no other."""
    found = trustme.CA()
    root = tmp_path / "root.pem"
    found.cert_pem.write_to_path(root)
    monkeypatch.setenv("SSL_CERT_FILE", str(root))
    http._pools.cache_clear()
    yield found
    http._pools.cache_clear()


def front(request: pytest.FixtureRequest, shop: Shop, certificate: trustme.LeafCert, directory: Path) -> Front:
    found = Front(shop, certificate, directory)
    request.addfinalizer(found.stop)
    return found


def test_a_shop_with_a_good_certificate_is_read_and_written_with_basic(
    request: pytest.FixtureRequest, shop: Shop, authority: trustme.CA, tmp_path: Path
) -> None:
    behind = front(request, shop, authority.issue_cert("localhost"), tmp_path)
    woo = behind.connect()
    assert woo.probe().ok
    assert [item.sku for item in woo.list_products().items] == ["MAC"]  # type: ignore[union-attr]
    assert behind.asked and all(given.startswith("Basic ") and "oauth_" not in query for query, given in behind.asked)


@pytest.mark.parametrize("fault", ["another name", "an authority nobody knows", "expired", "not valid yet"])
def test_nothing_is_said_to_a_shop_whose_certificate_is_not_good(
    request: pytest.FixtureRequest, shop: Shop, authority: trustme.CA, tmp_path: Path, fault: str
) -> None:
    now = datetime.now(UTC)
    certificate = {
        "another name": lambda: authority.issue_cert("shop.example"),
        "an authority nobody knows": lambda: trustme.CA().issue_cert("localhost"),
        "expired": lambda: authority.issue_cert("localhost", not_before=now - timedelta(9), not_after=now - timedelta(1)),
        "not valid yet": lambda: authority.issue_cert("localhost", not_before=now + timedelta(1), not_after=now + timedelta(9)),
    }[fault]()
    behind = front(request, shop, certificate, tmp_path)
    with pytest.raises(Unavailable, match="no valid certificate"):
        behind.connect().list_products()
    assert behind.asked == []


def test_an_old_protocol_is_refused(request: pytest.FixtureRequest, shop: Shop, authority: trustme.CA, tmp_path: Path) -> None:
    """TLS 1.0 and 1.1 are no more (RFC 8996)."""
    behind = front(request, shop, authority.issue_cert("localhost"), tmp_path)
    behind._server.ssl_adapter.context.minimum_version = ssl.TLSVersion.TLSv1
    behind._server.ssl_adapter.context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(Unavailable, match="no valid certificate"):
        behind.connect().list_products()
    assert behind.asked == []


def test_a_good_certificate_opens_no_inner_address(
    request: pytest.FixtureRequest, shop: Shop, authority: trustme.CA, tmp_path: Path
) -> None:
    behind = front(request, shop, authority.issue_cert("localhost"), tmp_path)
    with pytest.raises(TargetForbidden):
        behind.connect(allow_loopback=False).list_products()
    assert behind.asked == []
