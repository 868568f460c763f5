"""The portal's files in their bucket: with the headers that the laptop's server sends, the page that names the others last."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.deploy import artifacts
from infra.local.static_files import IMMUTABLE, cache_control, content_type

FOLDER = "portal"
_PAGE = "index.html"
_DIGEST = "sha256"


@dataclass(frozen=True, slots=True)
class PortalFile:
    """A file as it stands in the bucket: `name` is its address without the first slash, `key` where the artifact bucket has
    its content."""

    name: str
    key: str

    @property
    def cache_control(self) -> str:
        return cache_control(self.name.rpartition("/")[2])

    @property
    def content_type(self) -> str:
        return content_type(self.name)


def names(build: Path) -> list[str]:
    """The files of a built portal. What the build compressed stays: CloudFront compresses by itself, and Brotli too."""
    return sorted(path.relative_to(build).as_posix() for path in build.rglob("*")
                  if path.is_file() and path.suffix != ".gz" and not path.name.startswith("."))


def ordered(files: Iterable[PortalFile]) -> list[PortalFile]:
    """The order in which they are put: first what no page names yet (names with a digest), then the rest, the page last. So
    whoever loads the page at any moment finds every file that it names."""
    return sorted(files, key=lambda each: (each.name == _PAGE, each.cache_control != IMMUTABLE, each.name))


def keep(s3: Any, bucket: str, build: Path) -> dict[str, str]:
    """Uploads a built portal as artifacts; answers the keys by file name."""
    return {name: artifacts.put(s3, bucket, (build / name).read_bytes(), FOLDER, "") for name in names(build)}


def serve(s3: Any, artifact_bucket: str, bucket: str, kept: Mapping[str, str]) -> list[str]:
    """Puts a release's files where CloudFront reads them, those that are there already left out; answers the addresses whose
    copies at the edge are stale.

    Files of former releases stay, for pages that are open in somebody's browser."""
    stale = []
    for file in ordered(PortalFile(name, key) for name, key in kept.items()):
        if _stands(s3, bucket, file):
            continue
        s3.copy_object(Bucket=bucket, Key=file.name, CopySource={"Bucket": artifact_bucket, "Key": file.key},
                       MetadataDirective="REPLACE", Metadata={_DIGEST: _digest(file)}, CacheControl=file.cache_control,
                       ContentType=file.content_type)
        if file.cache_control != IMMUTABLE:
            stale.append(f"/{file.name}")
    return stale


def _digest(file: PortalFile) -> str:
    """What tells that a file stands as it should: of its content, and of the headers it is served with."""
    return hashlib.sha256(f"{file.key}\0{file.cache_control}\0{file.content_type}".encode()).hexdigest()


def _stands(s3: Any, bucket: str, file: PortalFile) -> bool:
    try:
        return bool(s3.head_object(Bucket=bucket, Key=file.name)["Metadata"].get(_DIGEST) == _digest(file))
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchKey", "NotFound"):
            raise
        return False


def invalidate(cloudfront: Any, distribution: str, stale: Iterable[str], reference: str) -> None:
    """Has the edge forget its copies. The page answers for every address of the portal (the distribution's function), so its
    copy is one. `reference` makes a repeat the same request."""
    paths = sorted(stale)
    if paths:
        cloudfront.create_invalidation(DistributionId=distribution, InvalidationBatch={
            "Paths": {"Quantity": len(paths), "Items": paths}, "CallerReference": reference})
