"""Files in the bucket, under the tenant's prefix. A presigned link lets a browser read one without our proof of who asks."""

from __future__ import annotations

import os
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import NotFound, Unavailable
from chalicelib.storage import keys
from chalicelib.storage.client import TenantBreach, client, observers

LINK_SECONDS = 600


def _bucket() -> str:
    return os.environ["COMPTOIR_BUCKET"]


def _call(ctx: Context, operation: str, name: str, **parameters: Any) -> dict[str, Any]:
    """One S3 call for one object of the tenant. Raises NotFound, Unavailable."""
    key = checked_key(ctx, name)
    request = {"Bucket": _bucket(), "Key": key, **parameters}
    try:
        answer: dict[str, Any] = client("s3")._make_api_call(operation, request)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            raise NotFound("file") from None
        raise Unavailable() from error
    except BotoCoreError as error:
        raise Unavailable() from error
    for observe in observers:
        observe(operation, {"Key": key}, {})
    return answer


def checked_key(ctx: Context, name: str) -> str:
    """The object key of `name`; raises TenantBreach for a name that would leave the tenant's folder."""
    if not name or name.startswith("/") or "\\" in name or any(part in ("", ".", "..") for part in name.split("/")):
        raise TenantBreach("a file name leaves its folder")
    return keys.blob(ctx, name)


def put(ctx: Context, name: str, content: bytes, content_type: str) -> None:
    """Stores an object, replacing what was there. Raises Unavailable."""
    _call(ctx, "PutObject", name, Body=content, ContentType=content_type)


def get(ctx: Context, name: str) -> bytes:
    """An object's bytes. Raises NotFound, Unavailable."""
    content: bytes = _call(ctx, "GetObject", name)["Body"].read()
    return content


def link(ctx: Context, name: str, seconds: int = LINK_SECONDS) -> str:
    """A presigned address that reads the object until `seconds` from now."""
    url: str = client("s3").generate_presigned_url(
        "get_object", Params={"Bucket": _bucket(), "Key": checked_key(ctx, name)}, ExpiresIn=seconds)
    return url
