"""A running engine for the tests of the local parts, and clients of it."""
from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from infra.local.engine import Engine

_numbers = itertools.count()


def client_of(engine: Engine, service: str) -> Any:
    """A boto3 client of an engine, independent of the environment of this process."""
    environment = engine.environment()
    return boto3.client(
        service,
        endpoint_url=engine.endpoint_url,
        region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )


def create_table(dynamodb: Any, name: str) -> str:
    """A table like the product's, with a stream; answers the stream's ARN."""
    answer = dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"},
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    return answer["TableDescription"]["LatestStreamArn"]


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    running = Engine.start(tmp_path_factory.mktemp("engine"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def sqs(engine: Engine) -> Any:
    return client_of(engine, "sqs")


@pytest.fixture(scope="session")
def dynamodb(engine: Engine) -> Any:
    return client_of(engine, "dynamodb")


@pytest.fixture
def unique_name() -> Callable[[str], str]:
    """Names no other test of this session uses on the shared engine."""
    return lambda prefix: f"{prefix}-{next(_numbers)}"
