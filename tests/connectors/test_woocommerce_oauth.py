"""OAuth 1.0a signing against the example of RFC 5849, and against a second reading of the rules."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.http import HttpRequest, using_transport
from connectors.woocommerce.client import WooCommerce
from connectors.woocommerce.oauth import authorised, base_string, base_uri, query_text, sign
from tests.connectors.replay import Shop, VirtualTime, answer, recorded, woocommerce_settings

SECRET = "cs_" + "b" * 40


def test_the_base_string_of_rfc_5849_section_3_4_1_1() -> None:
    body_and_header = [
        ("oauth_consumer_key", "9djdj82h48djs9d2"),
        ("oauth_token", "kkk9d7dh3k39sjv7"),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", "137131201"),
        ("oauth_nonce", "7d8f3e4a"),
        ("oauth_signature", "bYT5CMsGcbgUdFHObYMEfcx6bsw="),
        ("c2", ""),
        ("a3", "2 q"),
    ]
    found = base_string(
        "post", "http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b", body_and_header
    )
    assert found == (
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%25"
        "40%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3D"
        "HMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
    )


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://EXAMPLE.COM:80/r%20v/X?id=123", "http://example.com/r%20v/X"),
        ("https://www.example.net:8080/?q=1", "https://www.example.net:8080/"),
        ("https://www.example.net:443", "https://www.example.net/"),
        ("http://[::1]:8099/wp-json", "http://[::1]:8099/wp-json"),
    ],
)
def test_the_base_uri_of_rfc_5849_section_3_4_1_2(url: str, expected: str) -> None:
    assert base_uri(url) == expected


def shop_accepts(method: str, url: str, secret: str) -> bool:
    """What a shop does with a signed request: take the signature out, build the text anew, compare."""
    address, _question, query = url.partition("?")
    pairs = [tuple(unquote(half) for half in pair.partition("=")[::2]) for pair in query.split("&")]
    given_signature = next(value for name, value in pairs if name == "oauth_signature")
    normal = [
        (quote(name, safe="~"), quote(value, safe="~")) for name, value in pairs if name != "oauth_signature"
    ]
    joined = "%26".join(f"{quote(name, safe='')}%3D{quote(value, safe='')}" for name, value in sorted(normal))
    text = f"{method}&{quote(address, safe='')}&{joined}"
    expected = hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha256).digest()
    return hmac.compare_digest(base64.b64encode(expected).decode(), given_signature)


parameters = st.lists(st.tuples(st.text(min_size=1, max_size=12), st.text(max_size=12)), max_size=6)


@given(parameters, st.sampled_from(["GET", "POST", "PUT", "DELETE"]))
def test_a_shop_accepts_what_we_sign_whatever_the_parameters(
    pairs: list[tuple[str, str]], method: str
) -> None:
    query = query_text(pairs)
    url = "http://127.0.0.1:8099/wp-json/wc/v3/orders" + (f"?{query}" if query else "")
    signed = sign(HttpRequest(method, url), "ck_a", SECRET, VirtualTime().clock).url
    assert shop_accepts(method, signed, SECRET)
    assert not shop_accepts(method, signed, SECRET + "x")
    assert not shop_accepts("PATCH", signed, SECRET)
    assert not shop_accepts(method, signed.replace("/orders", "/orders/1", 1), SECRET)


@given(parameters)
def test_the_order_of_parameters_does_not_matter(pairs: list[tuple[str, str]]) -> None:
    url = "http://127.0.0.1/wp-json"
    assert base_string("GET", url, pairs) == base_string("GET", url, list(reversed(pairs)))
    assert base_string("GET", f"{url}?{query_text(pairs)}", []) == base_string("GET", url, pairs)


def test_plain_http_is_signed_and_never_carries_the_secret() -> None:
    shop = Shop().plays(recorded("woocommerce")["025"])
    time = VirtualTime()
    settings = woocommerce_settings(base_url="http://127.0.0.1:8099/", allow_loopback=True)
    with using_transport(shop):
        WooCommerce(settings, time.clock).get_order("318")
    (sent,) = shop.sent
    assert "Authorization" not in sent.headers and SECRET not in sent.url
    assert dict(parse_qsl(urlsplit(sent.url).query))["oauth_timestamp"] == str(int(time.moment.timestamp()))
    assert shop_accepts("GET", sent.url, SECRET)


def test_each_attempt_has_a_nonce_of_its_own() -> None:
    draws = iter(number / 100 for number in range(100))
    time = VirtualTime()
    clock = type(time.clock)(time.clock.now, time.sleep, lambda: next(draws))
    shop = Shop().answers_with("GET", "orders/1", answer(b"", 503), recorded("woocommerce")["025"].response)
    settings = woocommerce_settings(base_url="http://127.0.0.1:8099", allow_loopback=True)
    with using_transport(shop):
        WooCommerce(settings, clock).get_order("1")
    nonces = [dict(parse_qsl(urlsplit(request.url).query))["oauth_nonce"] for request in shop.sent]
    assert len(nonces) == len(set(nonces)) == 2
    assert all(shop_accepts("GET", request.url, SECRET) for request in shop.sent)


def test_https_uses_basic_and_leaves_the_address_alone() -> None:
    request = HttpRequest("GET", "https://shop.example/wp-json")
    found = authorised(request, "ck", "cs", VirtualTime().clock)
    assert (found.url, found.headers) == (request.url, {"Authorization": "Basic Y2s6Y3M="})
