"""The archive of an export, written as a stream that another process can go on with.

A ZIP is its members one after the other and a list of them at its end, so at the border of two members its whole state is: the
upload with the bytes that wait for its next part, and the list. A checkpoint lays both aside (`exports/<job>/pack.…`), with
the job's own checkpoint after it; whoever takes the job up begins again at the member that was being written. What an older
worker still writes meanwhile is the same bytes.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO, cast

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.shapes import entity
from chalicelib.leaving.model import Part
from chalicelib.storage import blobs
from chalicelib.storage.blobs import Half, Upload

BYTES_A_CHECKPOINT = 32 << 20
SECONDS_A_CHECKPOINT = 5.0
MEMBERS_A_CHECKPOINT = 500


@entity
class Member:
    """An entry of the ZIP's list (APPNOTE.TXT 4.3.12): where the member begins, and what the list says of it."""

    name: str
    offset: int
    crc: int
    packed: int
    size: int
    method: int
    flags: int
    attributes: int
    made_by: int
    needed: int

    def info(self) -> zipfile.ZipInfo:
        """The same as the library's entry."""
        found = _fresh(self.name, self.method)
        found.header_offset, found.CRC, found.compress_size, found.file_size = self.offset, self.crc, self.packed, self.size
        found.flag_bits, found.external_attr = self.flags, self.attributes
        found.create_version, found.extract_version = self.made_by, self.needed
        return found


def _fresh(name: str, method: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = method
    return info


def member_of(info: zipfile.ZipInfo) -> Member:
    """The library's entry as it is laid aside."""
    return Member(name=info.filename, offset=info.header_offset, crc=info.CRC, packed=info.compress_size, size=info.file_size,
                  method=info.compress_type, flags=info.flag_bits, attributes=info.external_attr,
                  made_by=info.create_version, needed=info.extract_version)


@entity
class Laid:
    """What came since the checkpoint before: entries of the list, parts of the upload, and what the manifest and the list of
    files say of members."""

    upload_id: str
    written: int
    etags: tuple[str, ...]
    members: tuple[Member, ...]
    parts: tuple[Part, ...]
    files: tuple[Part, ...]


@dataclass(slots=True)
class _Laid:
    """How much of each was laid aside already."""

    etags: int = 0
    members: int = 0
    parts: int = 0
    files: int = 0
    written: int = 0
    at: float = field(default=0.0)


class Packer:
    """Writes members and remembers what they are. Made from `checkpoints`, how many the job says there are."""

    def __init__(self, ctx: Context, folder: str, name: str, checkpoints: int) -> None:
        self._ctx, self._folder, self._number = ctx, folder, checkpoints
        self.parts: list[Part] = []
        self.files: list[Part] = []
        laid = [codec.adapter(Laid).validate_json(blobs.get(ctx, self._name(n, "json"))) for n in range(1, checkpoints + 1)]
        half = None
        if laid:
            half = Half(laid[-1].upload_id, tuple(etag for each in laid for etag in each.etags),
                        blobs.get(ctx, self._name(checkpoints, "rest")), laid[-1].written)
        self._upload = Upload(ctx, name, "application/zip", half)
        self._archive = zipfile.ZipFile(cast(IO[bytes], self._upload), "w", compresslevel=6)
        for each in laid:
            self.parts += each.parts
            self.files += each.files
            self._list([member.info() for member in each.members])
        self._known = self._counted()

    def _list(self, infos: list[zipfile.ZipInfo]) -> None:
        self._archive.filelist += infos
        self._archive.NameToInfo |= {info.filename: info for info in infos}
        self._archive.start_dir = self._upload.tell()

    def _name(self, number: int, ending: str) -> str:
        return f"{self._folder}/pack.{number:06d}.{ending}"

    def _counted(self) -> _Laid:
        return _Laid(len(self._upload.half().etags), len(self._archive.filelist), len(self.parts), len(self.files),
                     self._upload.tell(), self._ctx.clock.monotonic())

    def write(self, name: str, pieces: Iterable[bytes], packed: bool = True) -> Part:
        """A member; answers its size and SHA-256."""
        info = _fresh(name, zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED)
        digest, size = hashlib.sha256(), 0
        with self._archive.open(info, "w", force_zip64=True) as member:
            for piece in pieces:
                member.write(piece)
                digest.update(piece)
                size += len(piece)
        return Part(name=name, size_bytes=size, sha256=digest.hexdigest())

    def is_due(self) -> bool:
        """Whether it is time for a checkpoint: by bytes, by members or by the clock."""
        known = self._known
        return (self._upload.tell() - known.written >= BYTES_A_CHECKPOINT
                or len(self._archive.filelist) - known.members >= MEMBERS_A_CHECKPOINT
                or self._ctx.clock.monotonic() - known.at >= SECONDS_A_CHECKPOINT)

    def checkpoint(self) -> int:
        """Lays aside what came since the last one; answers how many there are. The job must say so afterwards."""
        half, known = self._upload.half(), self._known
        self._number += 1
        laid = Laid(upload_id=half.id, written=half.written, etags=half.etags[known.etags :],
                    members=tuple(member_of(each) for each in self._archive.filelist[known.members :]),
                    parts=tuple(self.parts[known.parts :]), files=tuple(self.files[known.files :]))
        blobs.put(self._ctx, self._name(self._number, "rest"), half.waiting, "application/octet-stream")
        blobs.put(self._ctx, self._name(self._number, "json"), codec.encode(laid).encode(), "application/json")
        self._known = self._counted()
        return self._number

    def close(self) -> int:
        """The list of members, and the upload is whole; answers its bytes."""
        self._archive.close()
        self._upload.finish()
        return self._upload.tell()

    def drop(self) -> None:
        """Leaves it as the last checkpoint says: nothing more is written, not even when Python cleans up."""
        self._archive.fp = None


Source = tuple[str, Callable[[], Iterator[bytes]]]
"""A member's name and what makes its bytes."""
