"""OpenAPI 3.1 from the declared endpoints: shapes become schemas through pydantic, nothing is described twice."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter

from chalicelib.kernel import codec
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import Endpoint

VERSION = "1.0.0"
_PROBLEM = {
    "type": "object",
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
        "code": {"type": "string"}, "detail": {"type": "string"}, "request_id": {"type": "string"},
        "fields": {"type": "object", "additionalProperties": {"type": "string"}},
        "facts": {"type": "object"},
    },
    "required": ["type", "title", "status", "code", "detail", "request_id"],
}


def _schemas(endpoints: Iterable[Endpoint]) -> tuple[dict[tuple[Any, str], dict[str, Any]], dict[str, Any]]:
    """A reference for each shape in each direction, and the definitions they refer to."""
    inputs: list[tuple[Any, Any, TypeAdapter[Any]]] = []
    seen: set[tuple[Any, str]] = set()
    for endpoint in endpoints:
        for shape, mode in ((endpoint.body, "validation"), (endpoint.answer, "serialization")):
            if shape is not None and (shape, mode) not in seen:
                seen.add((shape, mode))
                inputs.append((shape, mode, codec.adapter(shape)))
    mapping, definitions = TypeAdapter.json_schemas(inputs, ref_template="#/components/schemas/{model}")
    return dict(mapping), definitions.get("$defs", {})


def description(apis: Iterable[Api]) -> dict[str, Any]:
    """The whole API as an OpenAPI 3.1 document."""
    by_domain = {api.domain: api.endpoints for api in apis}
    references, definitions = _schemas(e for endpoints in by_domain.values() for e in endpoints)
    paths: dict[str, dict[str, Any]] = {}
    for domain, endpoints in by_domain.items():
        for endpoint in endpoints:
            paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(domain, endpoint, references)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Comptoir", "version": VERSION, "description": "One record of each thing, true on every channel."},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": {**definitions, "Problem": _PROBLEM},
            "securitySchemes": {
                "api_key": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "comptoir_session"},
            },
        },
        "security": [{"api_key": []}, {"session": []}],
    }


def _operation(domain: str, endpoint: Endpoint, references: dict[tuple[Any, str], dict[str, Any]]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"{domain}_{endpoint.name}",
        "tags": [domain],
        "summary": endpoint.summary,
        "parameters": _parameters(endpoint),
        "responses": _responses(endpoint, references),
    }
    if endpoint.public:
        operation["security"] = []
    if endpoint.permission:
        operation["x-permission"] = endpoint.permission
    if endpoint.body is not None:
        operation["requestBody"] = {"required": True, "content": {
            "application/json": {"schema": references[(endpoint.body, "validation")]}}}
    return operation


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", endpoint.path)
    ]
    found += [{"name": p.name, "in": "query", "schema": {"type": "string"}, **({"description": p.description} if
              p.description else {})} for p in endpoint.parameters]
    if endpoint.method not in ("GET", "HEAD"):
        found.append({"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "maxLength": 255}})
    return found


def _responses(endpoint: Endpoint, references: dict[tuple[Any, str], dict[str, Any]]) -> dict[str, Any]:
    success: dict[str, Any] = {"description": "Done"}
    if endpoint.answer is not None:
        schema: dict[str, Any] = references[(endpoint.answer, "serialization")]
        if endpoint.is_list:
            schema = {"type": "object", "required": ["items", "cursor"], "properties": {
                "items": {"type": "array", "items": {"type": "object"}}, "cursor": {"type": ["string", "null"]},
                "looked_at": {"type": "integer"}}}
        success["content"] = {"application/json": {"schema": schema}}
    problem = {"description": "Problem", "content": {"application/problem+json": {
        "schema": {"$ref": "#/components/schemas/Problem"}}}}
    return {str(endpoint.status): success, "4XX": problem, "5XX": problem}
