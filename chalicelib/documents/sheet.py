"""A paper before it is drawn: every word and figure already in the reader's language. What a template lays out.

A sheet is stored beside the paper it became: drawn again it gives the same bytes.
"""

from __future__ import annotations

from datetime import date

from chalicelib.kernel.shapes import entity


@entity
class Fact:
    """A labelled value in the head of a paper."""

    label: str
    value: str


@entity
class Block:
    """A titled group of lines: an address, how to pay."""

    title: str
    lines: tuple[str, ...]


@entity
class Column:
    """A column of the table: `share` of the width, "start" or "end"."""

    title: str
    share: int
    align: str = "end"


@entity
class SheetLine:
    """A row of the table; `details` stand small below the first cell."""

    cells: tuple[str, ...]
    details: tuple[str, ...] = ()


@entity
class TotalLine:
    """A line of the totals; the strong one is what counts."""

    label: str
    value: str
    is_strong: bool = False


@entity
class Look:
    """The tenant's branding as it was: colours `#rrggbb`, ink on the primary colour, and the logo's file."""

    primary_colour: str
    secondary_colour: str
    ink_colour: str
    logo: str = ""
    footer_text: str = ""


@entity
class Sheet:
    """`template` names the file that lays it out; `made_on` is the PDF's own date."""

    template: str
    locale: str
    title: str
    number: str
    made_on: date
    author: str
    look: Look
    sender: Block
    recipient: Block
    place: Block | None = None
    facts: tuple[Fact, ...] = ()
    columns: tuple[Column, ...] = ()
    lines: tuple[SheetLine, ...] = ()
    totals: tuple[TotalLine, ...] = ()
    vat_titles: tuple[str, ...] = ()
    vat_rows: tuple[tuple[str, ...], ...] = ()
    payment: Block | None = None
    notes: tuple[str, ...] = ()
    legal_line: str = ""
    page_words: str = "{page} / {pages}"
    is_electronic: bool = False
