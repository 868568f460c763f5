"""HTTP to API Gateway and back: REST proxy events (payload format 1.0) for the entry that Lambda calls.

A body is text in the event only if its content type is text and its bytes are UTF-8; everything else travels in
base64, so that the receiver gets the bytes of the request exactly as sent, whatever they are.
"""
from __future__ import annotations

import base64
import binascii
import logging
import re
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from infra.local.engine import ACCOUNT
from infra.local.lambda_context import LambdaContext, new_context
from infra.local.problem import HttpAnswer, problem

logger = logging.getLogger(__name__)

Entry = Callable[[dict[str, Any], LambdaContext], Any]
Environ = Mapping[str, Any]
Watcher = Callable[[str, int, float], None]
watchers: list[Watcher] = []
"""Told of every answer: the path asked, its status, how many milliseconds it took."""

API_TIMEOUT_SECONDS = 29.0
_TEXT_TYPE = re.compile(r"text/.*|application/(.*\+)?(json|xml)|application/(x-www-form-urlencoded|javascript|graphql)")
_BODILESS = frozenset({204, 304})


class MalformedAnswer(ValueError):
    """The entry's answer is not one API Gateway would pass on (it answers 502)."""


def call(entry: Entry, name: str, environ: Environ, body: bytes) -> HttpAnswer:
    """Hand one request to an entry. A raise or a malformed answer becomes 502, as behind API Gateway."""
    context, began = new_context(name, API_TIMEOUT_SECONDS), time.monotonic()
    event = proxy_event(environ, body, context.aws_request_id, datetime.now(UTC))
    try:
        answer = http_answer(entry(event, context), environ["REQUEST_METHOD"])
    except Exception:
        logger.exception("%s %s failed (request %s)", event["httpMethod"], event["path"], context.aws_request_id)
        answer = problem(
            502, "bad_gateway", "The request could not be answered.", ("Request-Id", context.aws_request_id))
    for watch in watchers:
        watch(event["path"], answer.status, (time.monotonic() - began) * 1000)
    return answer


def proxy_event(environ: Environ, body: bytes, request_id: str, now: datetime) -> dict[str, Any]:
    """The event of one request. `environ` is the WSGI environment, `body` the bytes as received."""
    method, path = environ["REQUEST_METHOD"], _decoded(environ["PATH_INFO"])
    headers = _request_headers(environ)
    query = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    many: dict[str, list[str]] = {}
    for name, value in query:
        many.setdefault(name, []).append(value)
    text, is_base64 = _event_body(body, headers)
    return {
        "version": "1.0",
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": many or None,
        "pathParameters": {"proxy": path.lstrip("/")},
        "stageVariables": None,
        "requestContext": _request_context(environ, method, path, headers, request_id, now),
        "body": text,
        "isBase64Encoded": is_base64,
    }


def http_answer(answer: Any, method: str = "GET") -> HttpAnswer:
    """The HTTP answer of a proxy response. Raises MalformedAnswer where API Gateway would answer 502."""
    if not isinstance(answer, Mapping) or not isinstance(answer.get("statusCode"), int | str):
        raise MalformedAnswer(f"not a proxy response: {type(answer).__name__}")
    status = int(answer["statusCode"])
    headers = _answer_headers(answer)
    body = b"" if status in _BODILESS else _answer_body(answer)
    if status not in _BODILESS:
        if not any(name.lower() == "content-type" for name, _ in headers):
            headers.append(("Content-Type", "application/json"))
        headers = [(name, value) for name, value in headers if name.lower() != "content-length"]
        headers.append(("Content-Length", str(len(body))))
    return HttpAnswer(status, tuple(headers), b"" if method == "HEAD" else body)


def _event_body(body: bytes, headers: Mapping[str, str]) -> tuple[str | None, bool]:
    if not body:
        return None, False
    content_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if _TEXT_TYPE.fullmatch(content_type) and headers.get("Content-Encoding", "identity") == "identity":
        try:
            return body.decode("utf-8"), False
        except UnicodeDecodeError:
            logger.debug("a text body is not UTF-8 and travels in base64")
    return base64.b64encode(body).decode("ascii"), True


def _request_headers(environ: Environ) -> dict[str, str]:
    """Header names as browsers of HTTP/1.1 write them. Repeated list headers arrive joined by the server."""
    headers = {_header_name(key[5:]): value for key, value in environ.items() if key.startswith("HTTP_")}
    for key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(key):
            headers[_header_name(key)] = environ[key]
    return headers


def _header_name(key: str) -> str:
    return key.replace("_", "-").title()


def _request_context(
    environ: Environ, method: str, path: str, headers: Mapping[str, str], request_id: str, now: datetime,
) -> dict[str, Any]:
    return {
        "accountId": ACCOUNT,
        "apiId": "local",
        "domainName": headers.get("Host", ""),
        "extendedRequestId": str(uuid.UUID(request_id)),
        "httpMethod": method,
        "identity": {"sourceIp": environ.get("REMOTE_ADDR", ""), "userAgent": headers.get("User-Agent", "")},
        "path": path,
        "protocol": environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
        "requestId": request_id,
        "requestTime": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": int(now.timestamp() * 1000),
        "resourcePath": "/{proxy+}",
        "stage": "local",
    }


def _answer_headers(answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    """`multiValueHeaders` win over `headers` of the same name, as in API Gateway."""
    many = answer.get("multiValueHeaders") or {}
    named = {name.lower() for name in many}
    single = [(name, value) for name, value in (answer.get("headers") or {}).items() if name.lower() not in named]
    headers = single + [(name, value) for name, values in many.items() for value in values]
    for name, value in headers:
        if not _is_header_text(name) or not _is_header_text(str(value)):
            raise MalformedAnswer(f"the header {name!r} cannot be sent")
    return [(name, str(value)) for name, value in headers]


def _is_header_text(text: str) -> bool:
    return text.isprintable() and all(ord(character) < 256 for character in text)


def _answer_body(answer: Mapping[str, Any]) -> bytes:
    body = answer.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise MalformedAnswer(f"the body is a {type(body).__name__}, not a string")
    if not answer.get("isBase64Encoded"):
        return body.encode("utf-8")
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise MalformedAnswer("the body is not base64") from error


def _decoded(wsgi_text: str) -> str:
    """WSGI carries bytes as Latin-1 text; paths are UTF-8. What is not UTF-8 keeps a replacement character."""
    return wsgi_text.encode("latin-1").decode("utf-8", "replace")
