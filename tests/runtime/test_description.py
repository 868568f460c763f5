"""The API says what it takes and answers, all of it; the portal's types are made from that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chalicelib.runtime import openapi, registry, system
from chalicelib.runtime.api import Api
from infra import api_types
from tests import described

APIS = [*(registry.routes(domain).api for domain in registry.DOMAINS), system.api]
ENDPOINTS = [endpoint for api in APIS for endpoint in api.endpoints]


def test_every_operation_says_what_it_takes_and_answers() -> None:
    assert openapi.undescribed(ENDPOINTS) == []
    for path, methods in described.described()["paths"].items():
        for method, operation in methods.items():
            assert {"4XX", "5XX"} <= set(operation["responses"]), (method, path)
            for parameter in operation["parameters"]:
                assert parameter["schema"], (method, path, parameter["name"])
            for status, response in operation["responses"].items():
                empty = status in ("204", "304")
                assert empty == ("content" not in response), (method, path, status)
                assert all(content["schema"] for content in response.get("content", {}).values()), (method, path, status)


def test_a_list_says_what_its_items_are() -> None:
    for endpoint in ENDPOINTS:
        if endpoint.is_list:
            answers = described.described()["paths"][endpoint.path]["get" if endpoint.method == "GET" else "post"]
            items = answers["responses"][str(endpoint.status)]["content"]["application/json"]["schema"]["properties"]["items"]
            assert items["items"], endpoint.path


def test_a_route_without_a_shape_does_not_pass() -> None:
    careless = Api("careless")
    careless.get("/things")(lambda ctx, request: None)
    careless.post("/things", answer=system.Health)(lambda ctx, request: None)
    assert openapi.undescribed(careless.endpoints) == ["GET /api/careless/things", "POST /api/careless/things"]


def test_an_answer_that_is_not_as_described_does_not_pass() -> None:
    good: dict[str, Any] = {"status": "ok", "parts": {"storage": "up"}}
    described.check("GET", "/api/health", 200, good)
    for bad in ({**good, "status": "fine"}, {"status": "ok"}, {**good, "secret": "no"}, {"status": "ok", "parts": {"a": 1}}):
        with pytest.raises(AssertionError):
            described.check("GET", "/api/health", 200, bad)


def test_the_document_is_openapi() -> None:
    from openapi_spec_validator import validate

    validate(described.described())


def test_the_portals_types_are_those_of_the_api(tmp_path: Path) -> None:
    api_types.write(tmp_path / "types.ts")
    assert (tmp_path / "types.ts").read_text() == api_types.TYPES.read_text(), "make api-types"
