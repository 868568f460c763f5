"""What is deployed lies in the artifact bucket under its digest, and the history of a stage names what ran when.

The same content is the same object, so deploying again uploads nothing, and going back needs nothing but the history.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from botocore.exceptions import ClientError

from infra.stacks.intrinsics import Template

_ABSENT = ("404", "NoSuchKey", "NotFound", "NoSuchBucket")


@dataclass(frozen=True, slots=True)
class Release:
    """What ran in a stage from an instant on: keys in the bucket, and the parameters it was given.

    `id` follows from the content alone: the same zips, templates and portal are the same release. `by` tells whether it was
    deployed or gone back to, and by whom."""

    id: str
    at: str
    by: str
    templates: Mapping[str, str]
    portal: Mapping[str, str]
    settings: Mapping[str, str]


def key_of(content: bytes, folder: str, suffix: str) -> str:
    """Where content lies: under its own digest."""
    return f"{folder}/{hashlib.sha256(content).hexdigest()[:32]}{suffix}"


def exists(s3: Any, bucket: str, key: str = "") -> bool:
    """Whether an object is there, or the bucket when no key is given."""
    try:
        s3.head_object(Bucket=bucket, Key=key) if key else s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _ABSENT:
            raise
        return False
    return True


def ensure_bucket(s3: Any, bucket: str, region: str) -> None:
    """Makes the bucket where it is missing, private."""
    if exists(s3, bucket):
        return
    where: dict[str, Any] = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=bucket, **where)
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True))


def put(s3: Any, bucket: str, content: bytes, folder: str, suffix: str) -> str:
    """Uploads content unless it is there; answers its key."""
    key = key_of(content, folder, suffix)
    if not exists(s3, bucket, key):
        s3.put_object(Bucket=bucket, Key=key, Body=content)
    return key


def with_code(template: Template, locations: Mapping[str, str]) -> Template:
    """The template with its functions' code where `locations` says (zip's name → s3://bucket/key)."""
    resources = {
        name: {**each, "Properties": {**each["Properties"], "CodeUri": locations[each["Properties"]["CodeUri"][2:]]}}
        if each["Type"] == "AWS::Serverless::Function" and each["Properties"]["CodeUri"][2:] in locations else each
        for name, each in template["Resources"].items()}
    return {**template, "Resources": resources}


def body_of(template: Template) -> bytes:
    """A template as it is uploaded, without a blank."""
    return json.dumps(template, separators=(",", ":"), ensure_ascii=False).encode()


def release_id(templates: Mapping[str, str], portal: Mapping[str, str]) -> str:
    """The name of a release. The app's template names its zips by digest, so templates and portal are all there is."""
    told = json.dumps([sorted(templates.items()), sorted(portal.items())])
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def note(s3: Any, bucket: str, stage: str, release: Release) -> None:
    """Writes down what runs from now on."""
    s3.put_object(Bucket=bucket, Key=f"history/{stage}/{release.at}.json", Body=json.dumps(asdict(release)).encode(),
                  ContentType="application/json")


def history(s3: Any, bucket: str, stage: str) -> list[Release]:
    """What ran in a stage, the newest first."""
    keys: list[str] = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"history/{stage}/"):
        keys += [each["Key"] for each in page.get("Contents", ())]
    return [Release(**json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())) for key in sorted(keys, reverse=True)]


def to_go_back_to(ran: Sequence[Release], wanted: str = "") -> Release | None:
    """The release before the one that runs, or the one that is named; None when there is none such. Going back twice is
    therefore where one was."""
    if wanted:
        return next((each for each in ran if each.id == wanted), None)
    return next((each for each in ran if each.id != ran[0].id), None) if ran else None
