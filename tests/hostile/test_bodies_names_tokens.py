"""Bodies, names and tokens that nobody honest sends: refused in words, cheaply, and without a trace."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.kernel.context import Context
from chalicelib.runtime import sessions
from chalicelib.storage.transaction import Transaction
from infra.local import gateway
from tests.hostile.inputs import NAMES, UNPRINTABLE, bodies
from tests.hostile.measured import frugal
from tests.hostile.merchant import Merchant, found

Send = Callable[..., tuple[int, dict[str, str], Any]]
ENDPOINTS = ("/api/parties/customers", "/api/catalog/products", "/api/sales/orders", "/api/tenants/sessions")
BODIES = bodies()
HARMLESS = {"byte order mark"}


@pytest.fixture(scope="module")
def merchant(engine: Any) -> Merchant:
    from chalicelib.runtime.api import platform_context

    return found(platform_context("req_platform"), "hostile", requests_per_minute=1_000_000)


@pytest.fixture(scope="module")
def send(merchant: Merchant) -> Send:
    """Bytes as they come, through gateway event and entry: status, headers, parsed body."""
    import app

    def sending(
        method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], Any]:
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path.partition("?")[0],
            "QUERY_STRING": path.partition("?")[2],
            "CONTENT_TYPE": "application/json",
            "HTTP_AUTHORIZATION": f"Bearer {merchant.api_key}",
        }
        environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in (headers or {}).items()}
        answer = gateway.call(app.entry, "api", environ, body)
        text = answer.body.decode()
        return answer.status, dict(answer.headers), json.loads(text) if text.startswith(("{", "[")) else text

    return sending


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("what", BODIES)
def test_no_hostile_body_gets_through(send: Send, what: str, path: str) -> None:
    with frugal():
        status, headers, problem = send("POST", path, BODIES[what])
    assert 400 <= status < 500, (status, problem)
    assert (
        headers["Content-Type"] == "application/problem+json" and problem["code"] and len(json.dumps(problem)) < 20_000
    )


def customer(name: str) -> bytes:
    return json.dumps({"name": name}).encode()


def product(name: str) -> bytes:
    return json.dumps({"name": name, "variants": [{"sku": f"S{abs(hash(name)) % 10**9}"}]}).encode()


def warehouse(name: str) -> bytes:
    return json.dumps({"name": name, "code": f"W{abs(hash(name)) % 10**6}"}).encode()


@pytest.mark.parametrize(
    ("path", "body"),
    [("/api/parties/customers", customer), ("/api/catalog/products", product), ("/api/stock/warehouses", warehouse)],
)
@pytest.mark.parametrize("what", NAMES)
def test_a_name_is_refused_or_comes_back_as_it_was(
    send: Send, what: str, path: str, body: Callable[[str], bytes]
) -> None:
    with frugal():
        status, headers, answer = send("POST", path, body(NAMES[what]))
    assert status == 201 or 400 <= status < 500, (status, answer)
    assert what not in UNPRINTABLE or status != 201, "a name that cannot be shown as one line"
    assert len(NAMES[what]) < 100_000 or status != 201, "a name without end"
    if status == 201:
        assert answer["name"].strip() == NAMES[what].strip()
        stored = send("GET", f"{path}/{answer['id']}")[2]
        assert stored["name"] == answer["name"]
    assert all(text.isprintable() for text in headers.values()), "no line of ours begins in a header"


@pytest.mark.parametrize("what", NAMES)
def test_a_name_in_an_address_finds_nothing_and_breaks_nothing(send: Send, what: str) -> None:
    raw = NAMES[what][:3000].replace("/", "").encode().decode("latin-1") or "x"
    for path in (f"/api/parties/customers/{raw}", f"/api/stock/levels/{raw}", f"/api/catalog/products/{raw}"):
        with frugal():
            status, _, answer = send("GET", path.split("?")[0])
        assert status in (400, 404, 405), (path[:80], status, answer)


def tokens(merchant: Merchant, other: Merchant) -> dict[str, str]:
    """Authorization fields that are not this tenant's key."""
    key = merchant.api_key
    head, stage, tenant, ident, secret = key.split("_")
    return {
        "nothing": "",
        "scheme alone": "Bearer",
        "blank token": "Bearer  ",
        "basic": "Basic dXNlcjpwYXNz",
        "digest": "Digest username=x",
        "no scheme": key,
        "alg none": "Bearer eyJhbGciOiJub25lIn0.eyJyb2xlIjoib3duZXIifQ.",
        "JWT": "Bearer a.b.c",
        "truncated": f"Bearer {key[:-1]}",
        "half": f"Bearer {key[:40]}",
        "longer": f"Bearer {key}0",
        "upper case": f"Bearer {key.upper()}",
        "other secret": f"Bearer {key[:-64]}{'0' * 64}",
        "secret of another": f"Bearer {key[:-64]}{other.api_key[-64:]}",
        "tenant of another": f"Bearer {head}_{stage}_{other.tenant_id}_{ident}_{secret}",
        "other stage": f"Bearer {head}_live_{tenant}_{ident}_{secret}",
        "no stage": f"Bearer {head}__{tenant}_{ident}_{secret}",
        "very long": "Bearer " + "a" * 100_000,
        "very long key": f"Bearer {key}" + "0" * 100_000,
        "unicode": "Bearer cmp_lo\u00e9",
        "full width": "Bearer \uff43mp",
        "NUL": f"Bearer {key}\x00",
        "line break": f"Bearer {key}\r\nX: y",
        "two": f"Bearer {key} {key}",
        "comma": f"Bearer {key},{key}",
        "quoted": f'Bearer "{key}"',
        "percent": f"Bearer {key.replace('_', '%5F')}",
        "key separator": f"Bearer {head}_{stage}_{tenant}#_{ident}_{secret}",
        "null": "Bearer null",
        "undefined": "Bearer undefined",
        "object": 'Bearer {"$ne":""}',
        "path": "Bearer ../../x",
        "SQL": "Bearer ' OR 1=1--",
        "cookie's form": f"Bearer {tenant}.usr_x.y",
    }


TOKENS = tuple(tokens(Merchant("t-1", "", "", "cmp_local_t-1_X_y"), Merchant("t-2", "", "", "cmp_local_t-2_X_z")))


@pytest.fixture(scope="module")
def other(engine: Any) -> Merchant:
    from chalicelib.runtime.api import platform_context

    return found(platform_context("req_platform"), "neighbour")


@pytest.mark.parametrize("what", TOKENS)
def test_no_token_but_the_key_opens(send: Send, merchant: Merchant, other: Merchant, what: str) -> None:
    value = tokens(merchant, other)[what]
    with frugal():
        status, headers, problem = send("GET", "/api/tenants/company", headers={"authorization": value})
    assert (status, problem["code"]) == (401, "unauthenticated")
    assert headers["Www-Authenticate" if "Www-Authenticate" in headers else "WWW-Authenticate"] == "Bearer"


def cookies(merchant: Merchant, token: str) -> dict[str, str]:
    tenant, user, secret = token.split(".")
    return {
        "nothing": "",
        "truncated": token[:-1],
        "longer": token + "A",
        "other secret": f"{tenant}.{user}.{'A' * 43}",
        "other user": f"{tenant}.usr_00000000000000000000000000.{secret}",
        "other tenant": f"neighbour.{user}.{secret}",
        "key separator": f"{tenant}#x.{user}.{secret}",
        "very long": "a" * 100_000,
        "unicode": "é" * 43,
        "quoted": f'"{token}"',
        "chosen by the caller": f"{tenant}.{user}.{'session-fixation'.ljust(43, 'x')}",
    }


COOKIES = tuple(cookies(Merchant("", "", "", ""), "a.b.c"))


@pytest.mark.parametrize("what", COOKIES)
def test_no_cookie_but_the_session_opens(send: Send, merchant: Merchant, what: str) -> None:
    ctx = merchant.ctx()
    transaction = Transaction(ctx)
    token = sessions.start(transaction, merchant.owner_id, "", "")
    transaction.commit()
    for value, expected in ((token, 200), (cookies(merchant, token)[what], 401)):
        with frugal():
            status, _, _ = send(
                "GET", "/api/tenants/company", headers={"authorization": "", "cookie": f"{sessions.COOKIE}={value}"}
            )
        assert status == expected


HEADERS = {
    "Idempotency-Key": ["", "a b", "é", "x" * 256, "x" * 100_000, "a\r\nb", "\x00", '{"$ne":1}', "T#other#ORDER#1"],
    "If-Match": ["*", '"x"', "999999999999999", "-1", "W/", '"1", "2"', "é", "x" * 50_000],
    "Request-Id": ["a\r\nSet-Cookie: x=1", "<script>", "x" * 10_000, "../../etc"],
    "Accept-Language": ["é", "fr\r\nX: y", "x" * 50_000, "*", "../../en"],
    "Content-Type": [
        "text/xml",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/x-java-serialized-object",
        "json\x00",
    ],
}
FIELDS = [(name, value) for name, values in HEADERS.items() for value in values]


@pytest.mark.parametrize(("name", "value"), FIELDS)
def test_no_header_field_breaks_an_answer(send: Send, name: str, value: str) -> None:
    import app

    del app
    headers = {name: value} if name != "Content-Type" else {}
    with frugal():
        status, answered, answer = send("POST", "/api/parties/customers", customer("Ada"), headers)
    assert status in (201, 400, 415), (status, answer)
    for text in answered.values():
        assert "\r" not in text and "\n" not in text and "script" not in text


@pytest.mark.parametrize(
    "path",
    [
        "limit=0",
        "limit=101",
        "limit=-1",
        "limit=1e9",
        "limit=٣",
        "limit=" + "9" * 300,
        "cursor=x",
        "cursor=e30.x",
        "cursor=" + "A" * 5000,
        "view=../x",
        "view=T%23other",
        "from=z&to=a",
        "from=" + "f" * 1500,
        "to=%00",
        "q=" + "a" * 5000,
    ],
)
def test_no_query_breaks_a_list(send: Send, path: str, ctx: Context) -> None:
    with frugal():
        status, _, answer = send("GET", f"/api/parties/customers?{path}")
    assert status in (200, 400), (status, answer)
