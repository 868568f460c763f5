"""The API called in process with the gateway's proxy events."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests import described


def proxy_event(method: str, url: str, body: bytes | None, headers: dict[str, str]) -> dict[str, Any]:
    """What API Gateway (REST, payload 1.0) hands to Lambda for a request."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    multi: dict[str, list[str]] = {}
    for name, value in query:
        multi.setdefault(name, []).append(value)
    return {
        "httpMethod": method, "path": parts.path, "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": dict(query) or None, "multiValueQueryStringParameters": multi or None,
        **_carried(body),
        "stageVariables": None, "pathParameters": None,
        "requestContext": {"httpMethod": method, "path": parts.path, "identity": {"sourceIp": "127.0.0.1"},
                           "requestId": "gateway"},
    }


def _carried(body: bytes | None) -> dict[str, Any]:
    """The body as the gateway carries it: text, or base64 of bytes that are none."""
    try:
        return {"body": None if body is None else body.decode(), "isBase64Encoded": False}
    except UnicodeDecodeError:
        return {"body": base64.b64encode(body or b"").decode(), "isBase64Encoded": True}


def call_api(method: str, url: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, Any, Any]:
    """One request through the app's entry; JSON in and out."""
    import app

    raw = None if body is None else body if isinstance(body, bytes) else json.dumps(body, default=str).encode()
    sent = {"content-type": "application/json", **(headers or {})}
    answer = app.entry(proxy_event(method, url, raw, sent), None)
    text = answer["body"]
    found = {**answer.get("headers", {}), **{k: v[-1] for k, v in answer.get("multiValueHeaders", {}).items()}}
    parsed = json.loads(text) if text and "json" in str(found.get("Content-Type", "")) else text
    if parsed is not text:
        described.check(method, urlsplit(url).path, answer["statusCode"], parsed)
    return answer["statusCode"], found, parsed
