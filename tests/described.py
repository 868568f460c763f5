"""Whether an answer is what the API's description says it is: every test that calls the API asks."""

from __future__ import annotations

from functools import cache
from typing import Any

import jsonschema_rs

from chalicelib.runtime import registry, system
from chalicelib.runtime.api import Router
from chalicelib.runtime.openapi import description


@cache
def described() -> dict[str, Any]:
    """The description of every domain, whichever this process loaded."""
    return description([*(registry.routes(domain).api for domain in registry.DOMAINS), system.api])


@cache
def _router() -> Router:
    return Router(described()["paths"])


@cache
def _validator(path: str, method: str, status: str) -> Any:
    """The compiled schema of an operation's answer; None for an answer without JSON. Raises KeyError for a status that
    the operation does not have."""
    responses = described()["paths"][path][method]["responses"]
    found = responses.get(status) or responses[f"{status[0]}XX"]
    content = found.get("content", {})
    media = content.get("application/json") or content.get("application/problem+json")
    if media is None:
        return None
    schemas: dict[str, Any] = {}
    _collect(media["schema"], schemas)
    return jsonschema_rs.validator_for({**media["schema"], "components": {"schemas": schemas}})


def _collect(part: Any, into: dict[str, Any]) -> None:
    """Puts every named schema that a part of the description refers to `into` one mapping: a compiler reads them all."""
    for value in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _collect(value, into)
    name = part["$ref"].rpartition("/")[2] if isinstance(part, dict) and isinstance(part.get("$ref"), str) else ""
    if name and name not in into:
        into[name] = described()["components"]["schemas"][name]
        _collect(into[name], into)


def check(method: str, path: str, status: int, body: Any) -> None:
    """Raises AssertionError when the answer has a status, a field or a type that its operation does not declare."""
    found = _router().find(path)
    if found is None or method.lower() not in described()["paths"][found[0]] or status == 405:
        return
    validator = _validator(found[0], method.lower(), str(status))
    if validator is None:
        return
    wrong = [f"{'/'.join(map(str, error.instance_path))}: {error.message}" for error in validator.iter_errors(body)]
    assert not wrong, f"{method} {found[0]} {status}: {wrong[:3]}"
    schema = _schema(found[0], method.lower(), str(status))
    if schema is not None and isinstance(body, dict):
        assert set(body) <= set(schema), f"{method} {found[0]}: {sorted(set(body) - set(schema))} is not described"


def _schema(path: str, method: str, status: str) -> dict[str, Any] | None:
    """The properties of an operation's answer when it is one object of known fields."""
    responses = described()["paths"][path][method]["responses"]
    content = (responses.get(status) or responses[f"{status[0]}XX"])["content"]
    schema: dict[str, Any] = next(iter(content.values()))["schema"]
    if "$ref" in schema:
        schema = described()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema.get("properties")
