"""What the data stack makes in the cloud, made on the local engine: table, queues, bucket, pool, key, secret.

Every step finds what exists and makes only what is missing, so it runs at every start.
"""
from __future__ import annotations

import json
import os
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.events import sweep
from chalicelib.events.routing import QUEUES, RECEIVES_BEFORE_DEAD
from chalicelib.runtime import identity, secrets
from chalicelib.runtime.settings import settings
from chalicelib.storage.client import client
from chalicelib.storage.table import definition

PREFIX = "comptoir-local"
"""How the queues of the stage `local` begin, as a deployed stack names them: the dashboard is the same."""
TABLE = "comptoir"
BUCKET = "comptoir-files"
VISIBILITY_SECONDS = 60


def prepare(engine_environment: dict[str, str], public_url: str) -> dict[str, str]:
    """Makes every resource and sets this process's environment to them; answers what was set."""
    os.environ.update(engine_environment)
    os.environ.update({
        "COMPTOIR_STAGE": "local", "COMPTOIR_TABLE": TABLE, "COMPTOIR_BUCKET": BUCKET, "COMPTOIR_PUBLIC_URL": public_url,
        "COMPTOIR_ALLOW_LOOPBACK": "1", "COMPTOIR_STORAGE_READ_SECONDS": "15",
    })
    settings.cache_clear()
    secrets.ensure_platform_secrets()
    made = {"COMPTOIR_STREAM_ARN": _ensure_table(), **_ensure_queues()}
    _ensure_bucket()
    made["COMPTOIR_USER_POOL_ID"], made["COMPTOIR_USER_POOL_CLIENT_ID"] = identity.ensure_pool("comptoir")
    os.environ.update(made)
    settings.cache_clear()
    return made


def _ensure_table() -> str:
    dynamodb = client("dynamodb")
    try:
        table = dynamodb.describe_table(TableName=TABLE)["Table"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        table = dynamodb.create_table(**definition(TABLE))["TableDescription"]
        dynamodb.update_time_to_live(TableName=TABLE,
                                     TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"})
    return str(table["LatestStreamArn"])


def _ensure_queue(sqs: Any, name: str, attributes: dict[str, str]) -> str:
    return str(sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])


def _ensure_queues() -> dict[str, str]:
    """A queue per subscribing domain and one for what the stream gave up, each with its dead-letter queue."""
    sqs = client("sqs")
    made = {}
    for name in (*QUEUES, sweep.QUEUE):
        dead = _ensure_queue(sqs, f"{PREFIX}-{name}-dead", {"MessageRetentionPeriod": "1209600"})
        arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": RECEIVES_BEFORE_DEAD})
        made[f"COMPTOIR_QUEUE_{name.upper()}"] = _ensure_queue(
            sqs, f"{PREFIX}-{name}", {"VisibilityTimeout": str(VISIBILITY_SECONDS), "RedrivePolicy": redrive})
    return made


def _ensure_bucket() -> None:
    s3 = client("s3")
    try:
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": os.environ["AWS_REGION"]})
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
            raise
