"""Which files may be a product's pictures: recognised by their first bytes, SVG only when it is nothing but a drawing."""

from __future__ import annotations

import base64
import binascii
import re

from chalicelib.kernel.errors import Invalid

MAX_BYTES = 500_000
MAX_MEDIA = 12
SVG = "image/svg+xml"
EXTENSIONS = {SVG: "svg", "image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
TYPES = {extension: content_type for content_type, extension in EXTENSIONS.items()}
_ACTIVE = re.compile(
    rb"<\s*([\w.-]+:)?(script|foreignObject|iframe|object|embed|handler|set|animate)|<!ENTITY|<!DOCTYPE|<\?xml-stylesheet|[\s/\"']on\w+\s*=|"
    rb"(href|src)\s*=\s*[\"']?\s*(?!#|[\"']|data:image/(png|jpeg|webp))|@import|url\(\s*[\"']?(?!#|[\"'])|javascript:", re.I)

_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([^\"']*)")


def decode(content_base64: str, max_bytes: int = MAX_BYTES) -> bytes:
    """The bytes sent. Raises Invalid, also above the size a picture (or another file) may have."""
    if len(content_base64) > max_bytes * 4 // 3 + 4:
        raise Invalid("file_too_large", f"A file may have at most {max_bytes // 1000} kB here.")
    try:
        return base64.b64decode(content_base64, validate=True)
    except (binascii.Error, ValueError):
        raise Invalid("base64", "The content is not base64.", {"content_base64": "base64"}) from None


def _is_plain_utf8(content: bytes) -> bool:
    """Whether the bytes are UTF-8 and say nothing else: in UTF-7 a script looks like harmless letters."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    declared = _ENCODING.search(content[:200])
    return declared is None or declared[1].lower() in (b"utf-8", b"us-ascii")


def content_type(content: bytes) -> str:
    """What the file is, from the file itself. Raises Invalid for anything but SVG drawings, PNG, JPEG and WebP."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    head = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith((b"<svg", b"<?xml")) and b"<svg" in head:
        if _ACTIVE.search(content) or not _is_plain_utf8(content):
            raise Invalid("active_content", "This SVG holds more than a drawing.", {"content_base64": "active content"})
        return SVG
    raise Invalid("file_type", "Pictures are SVG, PNG, JPEG or WebP.", {"content_base64": "type"})
