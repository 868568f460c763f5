"""Shapes and pure decisions of papers and branding."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from chalicelib.documents.sheet import Look, Sheet
from chalicelib.einvoice.model import Invoice
from chalicelib.kernel.documents import Document
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.shapes import Row, command, entity
from chalicelib.kernel.text import holds_control

BRANDING_ID = "branding"
PAPER_KINDS = ("order_confirmation", "delivery_note", "invoice", "credit_note", "address_label")
FINAL_KINDS = frozenset({"invoice", "credit_note"})
"""What the law forbids to change once it is issued: made once, never again with other content."""
FORMATS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "pdf": ("pdf", "application/pdf"), "cii": ("xml", "application/xml"), "ubl": ("ubl.xml", "application/xml")})
"""Of each format: how its file's name ends, and its type."""
MAX_FOOTER = 300
SAMPLE_PRICE = Decimal("12.50")
MAX_LOGO = 200_000
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_DARK_INK, _LIGHT_INK = "#16202a", "#ffffff"


@entity
class Branding:
    """How the tenant's papers look. `logo` is the file's name in the bucket, "" without one; colours are `#rrggbb`."""

    id: str = BRANDING_ID
    version: int = 0
    logo: str = ""
    primary_colour: str = "#1f4e5f"
    secondary_colour: str = "#eef3f4"
    footer_text: str = ""


@command
class ChangeBranding:
    """What a person can choose besides the logo."""

    primary_colour: str
    secondary_colour: str
    footer_text: str = ""


@command
class NewLogo:
    """A PNG, JPEG, WebP or SVG drawing, in base64, of at most 200 kB."""

    content_base64: str


@entity
class PaperFile:
    """One file of a paper: its format (pdf, cii, ubl), the digest of its bytes, which also names it in the bucket."""

    format: str
    file_name: str
    size_bytes: int
    sha256: str


@entity
class Paper:
    """A document on paper: what it is of (`subject_kind`, `subject_id` and, where the subject has several, `part_id`), at
    which version of it, and its files. `source_sha256` names the sheet it was drawn from."""

    id: str
    version: int = 0
    paper_kind: str
    subject_kind: str
    subject_id: str
    part_id: str = ""
    subject_version: int
    number: str
    locale: str
    source_sha256: str
    files: tuple[PaperFile, ...] = ()
    made_at: datetime


@command
class NewPaper:
    """Ask for a paper that is missing or was made before the branding changed. `part_id` is the delivery's, of its
    note or label."""

    paper_kind: str
    subject_id: str
    part_id: str = ""


@entity
class Source:
    """What a paper's files are drawn from, stored beside them: the sheet, the logo's file in the bucket, and of an invoice
    its semantic model, which the XML is written from."""

    sheet: Sheet
    logo: str = ""
    invoice: Invoice | None = None


@entity
class Draft:
    """A paper about to be made."""

    paper_kind: str
    subject_kind: str
    subject_id: str
    part_id: str = ""
    subject_version: int
    source: Source


@entity
class PaperRow(Row):
    paper_kind: str
    subject_kind: str
    subject_id: str
    part_id: str
    number: str
    formats: tuple[str, ...]
    locale: str
    made_at: datetime


def _row(paper: Paper) -> dict[str, Any]:
    return {"paper_kind": paper.paper_kind, "subject_kind": paper.subject_kind, "subject_id": paper.subject_id,
            "part_id": paper.part_id, "number": paper.number, "formats": [each.format for each in paper.files],
            "locale": paper.locale, "made_at": paper.made_at.isoformat(timespec="seconds")}


BRANDING = Document(kind="branding", prefix="", model=Branding, summary=lambda b: {"primary_colour": b.primary_colour})
PAPER = Document(
    kind="paper", prefix="pap", model=Paper, summary=_row,
    by_list=lambda p: ("PAPER", f"{p.made_at.isoformat()}#{p.id}"),
    by_ref=lambda p: (f"PAPERS_OF#{p.subject_id}", f"{p.paper_kind}#{p.part_id}"))


def check_colour(value: str, field: str) -> str:
    """The colour in lower case; raises Invalid when it is not `#rrggbb`."""
    found = value.strip().lower()
    if not _COLOUR.fullmatch(found):
        raise Invalid("colour", "A colour is # and six hexadecimal digits.", {field: "#rrggbb"})
    return found


def changed_branding(old: Branding, body: ChangeBranding) -> Branding:
    """The branding with other colours and footer. Raises Invalid."""
    footer = body.footer_text.strip()
    if len(footer) > MAX_FOOTER or holds_control(footer) or "\n" in footer:
        raise Invalid("footer_text", f"The footer is one line of at most {MAX_FOOTER} characters.", {"footer_text": "too long"})
    return replace(old, primary_colour=check_colour(body.primary_colour, "primary_colour"),
                   secondary_colour=check_colour(body.secondary_colour, "secondary_colour"), footer_text=footer)


def look_of(branding: Branding) -> Look:
    """The branding as a sheet takes it, with the ink that can be read on the primary colour."""
    return Look(primary_colour=branding.primary_colour, secondary_colour=branding.secondary_colour,
                ink_colour=readable_ink(branding.primary_colour), logo=branding.logo.rpartition("/")[2],
                footer_text=branding.footer_text)


def readable_ink(colour: str) -> str:
    """White or near-black, whichever contrasts more with the colour (WCAG 2.2 relative luminance, in thousandths)."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    luminance = (2126 * red * red + 7152 * green * green + 722 * blue * blue) // (255 * 255 * 10)
    return _DARK_INK if luminance > 350 else _LIGHT_INK
