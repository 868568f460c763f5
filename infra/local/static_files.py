"""Serves the built portal as the distribution in front of the cloud does: caching, compression, policy, fallback."""
from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from pathlib import Path, PurePosixPath

from infra.local.problem import HttpAnswer, problem

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)
IMMUTABLE, ASKED_AGAIN = "public, max-age=31536000, immutable", "no-cache"
_HASHED = re.compile(r".+[-.][0-9A-Za-z]{8,}\.[a-z0-9]+(\.map)?")
_COMPRESSIBLE = re.compile(r"text/.*|application/(json|manifest\+json|javascript|xml)|image/svg\+xml")
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".map": "application/json", ".woff2": "font/woff2",
          ".webmanifest": "application/manifest+json", ".svg": "image/svg+xml"}


def cache_control(name: str) -> str:
    """How long a file may be kept without asking: for ever where its name holds a digest of it, else not at all. `name` is
    without its folders."""
    return IMMUTABLE if name != "index.html" and _HASHED.fullmatch(name) else ASKED_AGAIN


def content_type(name: str) -> str:
    """A file's type by the end of its name, texts in UTF-8."""
    kind = _kind(name)
    is_text = kind.startswith("text/") or kind in ("application/json", "application/manifest+json")
    return f"{kind}; charset=utf-8" if is_text else kind


def _kind(name: str) -> str:
    return _TYPES.get(PurePosixPath(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file with what its answers need. `compressed` is None where compression gains nothing."""

    content: bytes
    compressed: bytes | None
    content_type: str
    etag: str
    modified: str


class StaticSite:
    """The files of one directory: what stands under `assets`, and names with a dot at the root. All else are pages of the
    portal, index.html; their last part may be a SKU or the name of an entry, dots and all."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def answer(self, method: str, path: str, accept_encoding: str = "", if_none_match: str = "") -> HttpAnswer:
        """The answer to a request for `path` (decoded, starting with a slash)."""
        if method not in ("GET", "HEAD"):
            return problem(405, "method_not_allowed", "Pages are read with GET.", ("Allow", "GET, HEAD"))
        found = self._find(path)
        if found is None:
            return problem(404, "not_found", "There is no such page.")
        file = _load(found, found.stat().st_mtime_ns)
        headers = [
            *SECURITY_HEADERS,
            ("Cache-Control", cache_control(found.name)),
            ("ETag", file.etag),
            ("Last-Modified", file.modified),
            ("Vary", "Accept-Encoding"),
        ]
        if file.etag in (tag.strip() for tag in if_none_match.split(",")):
            return HttpAnswer(304, tuple(headers))
        body = file.content
        if file.compressed is not None and _accepts_gzip(accept_encoding):
            body = file.compressed
            headers.append(("Content-Encoding", "gzip"))
        headers += [("Content-Type", file.content_type), ("Content-Length", str(len(body)))]
        return HttpAnswer(200, tuple(headers), b"" if method == "HEAD" else body)

    def _find(self, path: str) -> Path | None:
        """The file for a path, never outside the directory and never a hidden one."""
        parts = PurePosixPath(path).parts[1:]
        if "\\" in path or not path.isprintable() or any(part.startswith(".") for part in parts):
            return None
        candidate = self._root.joinpath(*parts).resolve()
        if not candidate.is_relative_to(self._root):
            return None
        if candidate.is_file():
            return candidate
        index = self._root / "index.html"
        is_file = bool(parts) and (parts[0] == "assets" or (len(parts) == 1 and "." in parts[0]))
        return index if not is_file and index.is_file() else None


@lru_cache(maxsize=512)
def _load(path: Path, modified_ns: int) -> StaticFile:
    """Read a file once per version; a `.gz` beside it, made by the build, is used if it is not older."""
    content = path.read_bytes()
    compressed: bytes | None = None
    if _COMPRESSIBLE.fullmatch(_kind(path.name)) and len(content) > 500:
        built = path.with_name(path.name + ".gz")
        fresh = built.is_file() and built.stat().st_mtime_ns >= modified_ns
        compressed = built.read_bytes() if fresh else gzip.compress(content, 6, mtime=0)
    return StaticFile(
        content=content,
        compressed=compressed,
        content_type=content_type(path.name),
        etag=f'"{hashlib.sha256(content).hexdigest()[:20]}"',
        modified=formatdate(modified_ns / 1e9, usegmt=True),
    )


def _accepts_gzip(accept_encoding: str) -> bool:
    for part in accept_encoding.lower().split(","):
        coding, _, parameter = part.partition(";")
        if coding.strip() in ("gzip", "*"):
            return parameter.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
