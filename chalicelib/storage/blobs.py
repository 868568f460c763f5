"""Files in the bucket, under the tenant's prefix. A presigned link lets a browser read one without our proof of who asks."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
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
    return _ask(operation, {"Bucket": _bucket(), "Key": checked_key(ctx, name), **parameters})


def _ask(operation: str, request: dict[str, Any]) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = client("s3")._make_api_call(operation, request)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchUpload", "404"):
            raise NotFound("file") from None
        raise Unavailable() from error
    except BotoCoreError as error:
        raise Unavailable() from error
    for observe in observers:
        observe(operation, {"Key": request.get("Key") or request["Prefix"]}, {})
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


def delete(ctx: Context, name: str) -> None:
    """Deletes an object; one that is not there is deleted already. Raises Unavailable."""
    _call(ctx, "DeleteObject", name)


def names(ctx: Context, folder: str = "", after: str = "", at_most: int = 1000) -> list[tuple[str, int]]:
    """Names and sizes in bytes of the tenant's objects in a folder (all of them: ""), in order, beginning behind `after`.
    Raises Unavailable."""
    start = keys.blob(ctx, "")
    prefix = start if not folder else checked_key(ctx, folder) + "/"
    found = _ask("ListObjectsV2", {"Bucket": _bucket(), "Prefix": prefix, "MaxKeys": at_most,
                                   **({"StartAfter": start + after} if after else {})})
    return [(each["Key"].removeprefix(start), int(each["Size"])) for each in found.get("Contents", ())]


@dataclass(frozen=True, slots=True)
class Half:
    """An upload that is not whole yet: its id, the parts that are there by their ETags, the bytes that wait for the next part,
    and how many were written in all."""

    id: str
    etags: tuple[str, ...]
    waiting: bytes
    written: int


class Upload(io.RawIOBase):
    """An object written as a stream, in parts of 8 MB, whatever its length: memory holds one part. It is there, whole, from
    `finish` on, never before: a stream that is merely closed, as Python does with one nobody holds, makes no object. `abandon`
    leaves nothing of it. With `half` it goes on where another process left it. Raises Unavailable, and
    NotFound when the upload to go on with is whole already, or was given up."""

    PART_BYTES = 8 << 20

    def __init__(self, ctx: Context, name: str, content_type: str, half: Half | None = None) -> None:
        super().__init__()
        self._ctx, self._name = ctx, name
        self._waiting = bytearray(half.waiting if half else b"")
        self._etags: list[str] = list(half.etags if half else ())
        self._written = half.written if half else 0
        self._id: str = half.id if half else _call(ctx, "CreateMultipartUpload", name, ContentType=content_type)["UploadId"]

    def half(self) -> Half:
        """What it takes to go on from here."""
        return Half(self._id, tuple(self._etags), bytes(self._waiting), self._written)

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._written

    def write(self, content: Any) -> int:
        self._waiting += content
        self._written += len(content)
        while len(self._waiting) >= self.PART_BYTES:
            self._send(self.PART_BYTES)
        return len(content)

    def _send(self, size: int) -> None:
        part, self._waiting = bytes(self._waiting[:size]), self._waiting[size:]
        answer = _call(self._ctx, "UploadPart", self._name, UploadId=self._id, PartNumber=len(self._etags) + 1, Body=part)
        self._etags.append(answer["ETag"])

    def finish(self) -> None:
        """Makes the object of what was written."""
        if self._waiting or not self._etags:
            self._send(len(self._waiting))
        parts = [{"ETag": etag, "PartNumber": n} for n, etag in enumerate(self._etags, 1)]
        _call(self._ctx, "CompleteMultipartUpload", self._name, UploadId=self._id, MultipartUpload={"Parts": parts})
        super().close()

    def abandon(self) -> None:
        """Gives the upload up."""
        _call(self._ctx, "AbortMultipartUpload", self._name, UploadId=self._id)
        super().close()


def link(ctx: Context, name: str, seconds: int = LINK_SECONDS, saved_as: str = "") -> str:
    """A presigned address that reads the object until `seconds` from now; `saved_as` names the file a browser saves."""
    asked = {"Bucket": _bucket(), "Key": checked_key(ctx, name)}
    if saved_as:
        asked["ResponseContentDisposition"] = f'attachment; filename="{saved_as}"'
    url: str = client("s3").generate_presigned_url("get_object", Params=asked, ExpiresIn=seconds)
    return url
