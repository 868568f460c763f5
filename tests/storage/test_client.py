"""The lean client sends what boto3's own would: it leans on parts of botocore that are nobody's promise."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse

from chalicelib.storage import client as storage

KEY = {"pk": {"S": "T#t1#ORDER#1"}, "sk": {"S": "#"}}
CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("get_item", {"TableName": "comptoir", "Key": KEY, "ConsistentRead": True}),
    ("transact_write_items", {"TransactItems": [{"Delete": {"TableName": "comptoir", "Key": KEY}}], "ClientRequestToken": "a"}),
    ("get_item", {"TableName": "comptoir", "Key": KEY}),
)
CHANGING = {"x-amz-date", "authorization", "amz-sdk-invocation-id", "amz-sdk-request"}
"""What differs between any two requests. The signature is made of all the rest, which is compared."""


def sent_by(made: Any) -> list[tuple[str, str, dict[str, str], bytes]]:
    """Each request as it would go on the wire, and none does."""
    found = []

    def keep(request: Any, **_: Any) -> AWSResponse:
        headers = {name.lower(): value.decode() if isinstance(value, bytes) else str(value)
                   for name, value in request.headers.items()}
        signed = headers["authorization"].split("SignedHeaders=")[1].split(",")[0]
        found.append((request.method, request.url, {"signed": signed, **{
            name: value for name, value in headers.items() if name not in CHANGING}}, request.body))
        raw = type("Raw", (), {"stream": staticmethod(lambda *a, **k: iter([b"{}"]))})()
        return AWSResponse(request.url, 200, {"content-type": "application/x-amz-json-1.0"}, raw)

    made.meta.events.register("before-send.dynamodb", keep)
    for operation, parameters in CALLS:
        getattr(made, operation)(**parameters)
    return found


@pytest.mark.parametrize("endpoint", ["", "http://127.0.0.1:4566"])
def test_a_lean_client_sends_the_very_requests_of_a_plain_one(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")

    def made() -> Any:
        return boto3.session.Session().client("dynamodb", endpoint_url=endpoint or None, region_name="eu-west-3",
                                              config=storage._config())

    plain, lean = sent_by(made()), sent_by(storage._lean(made()))
    assert len(plain) == len(CALLS)
    for expected, found in zip(plain, lean, strict=True):
        assert {**found[2], "user-agent": ""} == {**expected[2], "user-agent": ""}
        assert found[2]["user-agent"].startswith("Boto3/"), "the agent is boto3's, put together once"
        assert (found[0], found[1], found[3]) == (expected[0], expected[1], expected[3])
