"""Reads an uploaded archive: found by its pieces in the bucket, one of them in memory at a time, checked before it is used."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, DomainError, Invalid, NotFound, Problem
from chalicelib.leaving.families import Family
from chalicelib.leaving.model import (
    MANIFEST,
    MAX_LINE_BYTES,
    MAX_MEMBERS,
    MAX_TOTAL_BYTES,
    Manifest,
    Uploaded,
    checked_manifest,
    checked_member,
)
from chalicelib.storage import blobs

MAX_PIECES = 50_000
MAX_PIECE_BYTES = 4 << 20
_READ = 1 << 20


def piece_name(upload_id: str, n: int) -> str:
    return f"imports/{upload_id}/{n:06d}"


def uploaded(ctx: Context, upload_id: str) -> Uploaded:
    """What of an upload is here. Raises NotFound, Conflict `upload_gap` when a piece is missing in between."""
    sizes: list[int] = []
    after = ""
    while found := blobs.names(ctx, f"imports/{upload_id}", after):
        for name, size in found:
            if name != piece_name(upload_id, len(sizes)):
                raise Conflict("upload_gap", f"Piece {len(sizes)} of the upload is missing.",
                               {"upload_id": "a piece is missing"})
            sizes.append(size)
        after = found[-1][0]
    if not sizes:
        raise NotFound("upload")
    return Uploaded(upload_id=upload_id, part_count=len(sizes), size_bytes=sum(sizes))


class Pieces(io.RawIOBase):
    """The pieces of an upload as one file that can be read anywhere; the last two read stay in memory."""

    def __init__(self, ctx: Context, upload_id: str) -> None:
        super().__init__()
        self._ctx, self._upload_id, self._at = ctx, upload_id, 0
        self._starts: list[int] = []
        self._size = 0
        after = ""
        while found := blobs.names(ctx, f"imports/{upload_id}", after):
            for _, size in found:
                self._starts.append(self._size)
                self._size += size
            after = found[-1][0]
        self._kept: dict[int, bytes] = {}

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self._size:
            return 0
        n = next(i for i in range(len(self._starts) - 1, -1, -1) if self._starts[i] <= self._at)
        piece = self._piece(n)
        taken = piece[self._at - self._starts[n] :][: len(buffer)]
        buffer[: len(taken)] = taken
        self._at += len(taken)
        return len(taken)

    def _piece(self, n: int) -> bytes:
        if n not in self._kept:
            while len(self._kept) > 1:
                del self._kept[next(iter(self._kept))]
            self._kept[n] = blobs.get(self._ctx, piece_name(self._upload_id, n))
        return self._kept[n]


class Archive:
    """An export that was uploaded. Raises Invalid `archive_syntax` for what is no archive, and for what no export holds."""

    def __init__(self, ctx: Context, upload_id: str) -> None:
        self._ctx = ctx
        try:
            self._zip = zipfile.ZipFile(io.BufferedReader(Pieces(ctx, upload_id), _READ))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
            raise Invalid("archive_syntax", "This is no ZIP archive, or it is not whole.",
                          {"upload_id": "no archive"}) from None
        members = self._zip.infolist()
        if len(members) > MAX_MEMBERS or len({each.filename for each in members}) < len(members):
            raise Invalid("archive_members", "The archive has too many files, or one twice.", {"upload_id": "files"})
        for each in members:
            checked_member(each.filename, each.file_size, each.compress_size)
        if sum(each.file_size for each in members) > MAX_TOTAL_BYTES:
            raise Invalid("archive_bomb", "The archive unpacks to too much.", {"upload_id": "unpacks to too much"})
        self.manifest = self._manifest()

    def _manifest(self) -> Manifest:
        if MANIFEST not in self._zip.namelist():
            raise Invalid("archive_manifest", "The archive has no manifest.", {"upload_id": "no manifest"})
        text = b"".join(self.pieces(MANIFEST, MAX_LINE_BYTES * 20))
        return codec.decode(Manifest, text)

    def check(self, currency: str) -> None:
        """Raises Invalid or Conflict unless the manifest is one this program imports, into this company."""
        checked_manifest(self.manifest, currency)
        held = set(self._zip.namelist())
        for part in self.manifest.parts:
            if part.name not in held:
                raise Invalid("archive_part", f"{part.name} is missing.", {"upload_id": "a file is missing"})

    def pieces(self, name: str, at_most: int = MAX_TOTAL_BYTES) -> Iterator[bytes]:
        """A member's bytes, piece by piece; never more than it declared. Raises Invalid when it cannot be unpacked."""
        read = 0
        try:
            with self._zip.open(name) as member:
                while piece := member.read(_READ):
                    read += len(piece)
                    if read > at_most:
                        raise Invalid("archive_bomb", f"{name} unpacks to too much.", {"upload_id": "unpacks to too much"})
                    yield piece
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, KeyError, OSError, zlib.error):
            raise Invalid("archive_syntax", f"{name} cannot be unpacked.", {"upload_id": "damaged"}) from None

    def digest(self, name: str) -> tuple[int, str]:
        """A member's size and SHA-256, as they are."""
        found, size = hashlib.sha256(), 0
        for piece in self.pieces(name):
            found.update(piece)
            size += len(piece)
        return size, found.hexdigest()

    def lines(self, name: str) -> Iterator[tuple[int, bytes]]:
        """The lines of a member with their numbers, from 1. Raises Invalid for one that is too long."""
        waiting, number = b"", 0
        for piece in self.pieces(name):
            *whole, waiting = (waiting + piece).split(b"\n")
            for text in whole:
                number += 1
                yield number, text
            if len(waiting) > MAX_LINE_BYTES:
                raise Invalid("line_size", f"{name}, line {number + 1} is too long.", {"upload_id": "line too long"})
        if waiting:
            yield number + 1, waiting

    def files(self) -> list[dict[str, Any]]:
        """What the archive says of its files: name, size, SHA-256."""
        if "files.jsonl" not in self._zip.namelist():
            return []
        return [codec.load_strict(text) for _, text in self.lines("files.jsonl")]

    def holds(self, family: Family) -> bool:
        return f"data/{family.name}.jsonl" in self._zip.namelist()


def checked_line(family: Family, text: bytes) -> dict[str, Any]:
    """A line of a family as values. Raises Invalid for one that is none, or that belongs elsewhere."""
    line = codec.load_strict(text)
    if not isinstance(line, dict):
        raise Invalid("line_shape", "A line is one JSON object.")
    key = line.get("key")
    if not isinstance(key, str) or not key.startswith(f"{family.name.upper()}#"):
        raise Invalid("line_key", f"A line of {family.name} has a key of that family.", {"key": f"{family.name.upper()}#…"})
    return line


def problems_of(ctx: Context, archive: Archive, family: Family, restore: Any) -> Iterator[Problem]:
    """Everything wrong with the lines of a family: file, line and field."""
    name = f"data/{family.name}.jsonl"
    for number, text in archive.lines(name):
        try:
            restore(ctx, family, checked_line(family, text))
        except DomainError as error:
            for field, detail in (error.fields or {"": error.detail}).items():
                column = f"{family.name}.{field}".rstrip(".")
                yield Problem(error.code, f"{name}: {detail or error.detail}", name, number, column)

