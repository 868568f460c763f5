"""OpenAPI 3.1 from the declared endpoints: shapes become schemas through pydantic, nothing is described twice."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter

from chalicelib.kernel import codec
from chalicelib.runtime.access import FIELDS
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
    """A reference for each shape in each direction, and the definitions they refer to. A shape that goes both ways and
    differs is `Name` on the way out and `NameInput` on the way in."""
    inputs: list[tuple[Any, Any, TypeAdapter[Any]]] = []
    seen: set[tuple[Any, str]] = set()
    for endpoint in endpoints:
        outgoing = [endpoint.answer, *endpoint.others.values()]
        for shape, mode in ((endpoint.body, "validation"), *((each, "serialization") for each in outgoing)):
            if shape is not None and (shape, mode) not in seen:
                seen.add((shape, mode))
                inputs.append((shape, mode, codec.adapter(shape)))
    mapping, definitions = TypeAdapter.json_schemas(inputs, ref_template="#/components/schemas/{model}")
    return _renamed({"mapping": dict(mapping)})["mapping"], _renamed(definitions.get("$defs", {}))


def _renamed(value: Any) -> Any:
    """The same with `Name-Output` called `Name` and `Name-Input` called `NameInput`, in names and references."""
    if isinstance(value, dict):
        return {_name(key) if isinstance(key, str) else key: _renamed(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_renamed(each) for each in value]
    return _name(value) if isinstance(value, str) and value.startswith("#/") else value


def _name(text: str) -> str:
    return text.removesuffix("-Output").replace("-Input", "Input") if text.endswith(("-Output", "-Input")) else text


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
            "schemas": {**_with_permissions(definitions), "ProblemDetails": _PROBLEM},
            "securitySchemes": {
                "api_key": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "comptoir_session"},
            },
        },
        "security": [{"api_key": []}, {"session": []}],
    }


def _with_permissions(definitions: dict[str, Any]) -> dict[str, Any]:
    """The definitions with the permission a field wants, and such a field not promised to everybody."""
    for name, wanted in FIELDS.items():
        schema = definitions.get(name, {})
        for field, permission in wanted.items():
            if field in schema.get("properties", {}):
                schema["properties"][field]["x-permission"] = permission
                schema["required"] = [each for each in schema.get("required", ()) if each != field]
    return definitions


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
    elif endpoint.raw_body:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": {
            "type": "object", "description": "As the sender signs it; checked before it is read."}}}}
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
    problem = {"description": "Problem", "content": {"application/problem+json": {
        "schema": {"$ref": "#/components/schemas/ProblemDetails"}}}}
    found: dict[str, Any] = {"4XX": problem, "5XX": problem}
    for status, shape in {**endpoint.others, endpoint.status: endpoint.answer}.items():
        found[str(status)] = {"description": "Unchanged"} if status == 304 else _response(endpoint, shape, references)
    return found


def _response(endpoint: Endpoint, shape: Any, references: dict[tuple[Any, str], dict[str, Any]]) -> dict[str, Any]:
    if endpoint.produces != "application/json" and shape is None:
        return {"description": "Done", "content": {endpoint.produces: {"schema": {"type": "string"}}}}
    if shape is None:
        return {"description": "Done"}
    schema: dict[str, Any] = references[(shape, "serialization")]
    if endpoint.is_list:
        schema = {"type": "object", "required": ["items", "cursor"], "properties": {
            "items": {"type": "array", "items": schema}, "cursor": {"type": ["string", "null"]},
            "looked_at": {"type": "integer"}}}
    return {"description": "Done", "content": {"application/json": {"schema": schema}}}


def undescribed(endpoints: Iterable[Endpoint]) -> list[str]:
    """The operations that do not say what they take or answer; the build wants none."""
    return [f"{e.method} {e.path}" for e in endpoints
            if (e.answer is None and e.status not in (204, 304) and e.produces == "application/json")
            or (e.body is None and not e.raw_body and e.method in ("POST", "PUT", "PATCH"))]
