"""Shapes of leaving: the manifest of an export, the state as one hash. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.kernel.documents import Document
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.shapes import command, entity

FORMAT = "comptoir-export"
FORMAT_VERSION = 1
EMPTY = "0" * 64
MANIFEST = "manifest.json"
MAX_MEMBERS = 500_000
MAX_TOTAL_BYTES = 200 << 30
MAX_LINE_BYTES = 1_000_000
MAX_RATIO = 200
"""The most a member may unpack to, times its packed size: text of this program packs 5 to 30 times, a bomb 1,000 times."""
_MEMBER = re.compile(r"data/[a-z_]{1,40}\.(?:jsonl|csv)|files/(?:[A-Za-z0-9_-]{1,120}/)[A-Za-z0-9._-]{1,200}|files\.jsonl|"
                     r"manifest\.json|README\.txt")


@entity
class Part:
    """A file of the export: its name in the archive, its size in bytes and its SHA-256."""

    name: str
    size_bytes: int
    sha256: str


@entity
class FamilyCount:
    """How many items of a family an export holds, and their part of the canonical hash ("" of what is for reading only)."""

    name: str
    fate: str
    count: int
    hash: str = ""


@entity
class Manifest:
    """What an export holds. `canonical_hash` is over everything that an import restores, whatever company it is in."""

    format: str = FORMAT
    format_version: int = FORMAT_VERSION
    tenant_id: str
    company_name: str
    currency: str
    exported_at: datetime
    families: tuple[FamilyCount, ...]
    file_count: int
    parts: tuple[Part, ...]
    canonical_hash: str


@command
class ImportExport:
    """The upload to import; with `dry_run` it is only checked."""

    upload_id: str
    dry_run: bool = False


@command
class UploadPart:
    """A piece of the archive, numbered from 0, at most 4 MB, as base64."""

    number: int
    content: str


@entity
class Uploaded:
    """What of an upload is here: how many pieces in a row, and their bytes."""

    upload_id: str
    part_count: int
    size_bytes: int


@entity
class TenantImport:
    """That an import of this export began in the company, and how far it is: `loading` or `done`."""

    id: str = "current"
    version: int = 0
    canonical_hash: str
    from_tenant_id: str
    state: str = "loading"
    job_id: str
    began_at: datetime


TENANT_IMPORT: Document[TenantImport] = Document("tenant_import", "", TenantImport, lambda t: {"state": t.state})


@dataclass(frozen=True, slots=True)
class StateHash:
    """The canonical hash of a state while it is made: of each family how many lines, and a hash over them in order."""

    families: Mapping[str, tuple[int, str]] = field(default_factory=dict)

    def with_lines(self, family: str, texts: Iterable[str]) -> StateHash:
        """After further lines of a family: hash_n = SHA-256(hash_{n-1}, line)."""
        count, found = self.families.get(family, (0, EMPTY))
        for text in texts:
            found, count = hashlib.sha256((found + text).encode()).hexdigest(), count + 1
        return replace(self, families={**self.families, family: (count, found)})

    def whole(self) -> str:
        """One hash over all families that hold something, by name."""
        lines = [f"{name}:{count}:{found}" for name, (count, found) in sorted(self.families.items()) if count]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def checked_member(name: str, size: int, packed: int) -> None:
    """Raises Invalid for a member of an archive that an export of ours never has: another name, a path that leaves the
    archive, one that unpacks to too much."""
    if not _MEMBER.fullmatch(name) or ".." in name:
        raise Invalid("archive_member", f"The archive holds a file that no export has: {name[:80]!r}.",
                      {"upload_id": "foreign file"})
    if size > MAX_TOTAL_BYTES or size > MAX_RATIO * max(packed, 1) + 100_000:
        raise Invalid("archive_bomb", f"{name} unpacks to far more than it is packed in.",
                      {"upload_id": "unpacks to too much"})


def checked_manifest(manifest: Manifest, currency: str) -> None:
    """Raises Invalid when this program cannot import it, Conflict `currency` when the company counts in another currency."""
    if manifest.format != FORMAT or not 1 <= manifest.format_version <= FORMAT_VERSION:
        raise Invalid("archive_version", f"This is no export, or one of a newer version ({manifest.format_version}).",
                      {"upload_id": "version"})
    if manifest.currency != currency:
        raise Conflict("currency", f"The export counts in {manifest.currency}, this company in {currency}.",
                       {"upload_id": "currency"})

