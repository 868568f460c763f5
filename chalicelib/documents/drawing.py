"""A sheet as PDF/A-3b by Typst, with the electronic invoice inside. The same sheet always gives the same bytes.

Typst sees a handful of files in memory and nothing else: no disk, no network, no system font, and the facts as JSON, so
no customer's text is ever source code. Its own templates, its pinned version and the font here make the bytes repeat.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib.documents.formats import drawable
from chalicelib.documents.sheet import Sheet
from chalicelib.kernel import codec

TEMPLATES = Path(__file__).parent / "templates"
FONTS = Path(__file__).parent / "fonts"
"""Source Sans Pro 2.020 by Adobe, under the SIL Open Font License beside it."""
PDF_STANDARD = "a-3b"
_FACTUR_X = """<rdf:Description rdf:about="" xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#">\
<fx:DocumentType>INVOICE</fx:DocumentType><fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>\
<fx:Version>1.0</fx:Version><fx:ConformanceLevel>EN 16931</fx:ConformanceLevel></rdf:Description></rdf:RDF>"""
_SCHEMA = """<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>\
<pdfaSchema:namespaceURI>urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#</pdfaSchema:namespaceURI>\
<pdfaSchema:prefix>fx</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"""
_PROPERTY = """<rdf:li rdf:parseType="Resource"><pdfaProperty:category>external</pdfaProperty:category>\
<pdfaProperty:description>{description}</pdfaProperty:description><pdfaProperty:name>{name}</pdfaProperty:name>\
<pdfaProperty:valueType>Text</pdfaProperty:valueType></rdf:li>"""
_PROPERTIES = (("DocumentFileName", "The name of the embedded XML document"),
               ("DocumentType", "The type of the hybrid document"), ("Version", "The version of the embedded XML's standard"),
               ("ConformanceLevel", "The conformance level of the embedded XML"))
_METADATA = re.compile(rb"<<[^<>]*/Type ?/Metadata[^<>]*/Length (\d+)[^<>]*>>\s*stream\r?\n|"
                       rb"<<[^<>]*/Length (\d+)[^<>]*/Type ?/Metadata[^<>]*>>\s*stream\r?\n")


class CannotDraw(ValueError):
    """Typst refuses the sheet: in practice, a picture that is none."""


@cache
def _fonts() -> Any:
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])


def pdf(sheet: Sheet, logo: bytes = b"", xml: bytes = b"") -> bytes:
    """The paper. `logo` are the bytes of `sheet.look.logo`, `xml` the electronic invoice when `sheet.is_electronic`."""
    made: bytes = _compiled(sheet, logo, xml, format="pdf", pdf_standards=[PDF_STANDARD])
    return with_factur_x_metadata(made) if sheet.is_electronic else made


def picture(sheet: Sheet, logo: bytes = b"", xml: bytes = b"") -> bytes:
    """The first page as PNG, for a preview on a screen."""
    pages: bytes | list[bytes] = _compiled(sheet, logo, xml, format="png", ppi=110.0)
    return pages[0] if isinstance(pages, list) else pages


def _compiled(sheet: Sheet, logo: bytes, xml: bytes, **options: Any) -> Any:
    import typst

    parts = {"main.typ": (TEMPLATES / f"{sheet.template}.typ").read_bytes(), "sheet.json": _json(sheet)}
    if sheet.look.logo:
        parts[sheet.look.logo] = logo
    if sheet.is_electronic:
        parts["factur-x.xml"] = xml
    try:
        return typst.compile(parts, font_paths=_fonts(), ignore_system_fonts=True, **options)
    except RuntimeError as error:  # TypstError is one, and so is what a broken picture raises
        raise CannotDraw(str(error)) from error


def _json(sheet: Sheet) -> bytes:
    return drawable(codec.encode(sheet)).encode()


def with_factur_x_metadata(document: bytes) -> bytes:
    """The PDF whose XMP packet names the embedded invoice (Factur-X 1.09 §6.3): Typst writes PDF/A's own metadata only.

    The packet lies uncompressed, as PDF/A wants it. What it grows by is added to its length, to the place of every object
    after it, and to the place of the table of objects. Raises ValueError when the file is not as Typst writes it.
    """
    found = _METADATA.search(document)
    if found is None:
        raise ValueError("the PDF has no readable metadata")
    length = int(found[1] or found[2])
    start = found.end()
    packet = document[start : start + length]
    properties = "".join(_PROPERTY.format(name=name, description=text) for name, text in _PROPERTIES)
    changed = packet.replace(b"</rdf:Bag></pdfaExtension:schemas>", _SCHEMA.format(properties=properties).encode()
                             + b"</rdf:Bag></pdfaExtension:schemas>").replace(b"</rdf:RDF>", _FACTUR_X.encode())
    if changed.count(b"fx:ConformanceLevel") != 2 or changed.count(b"<pdfaSchema:prefix>fx<") != 1:
        raise ValueError("the PDF's metadata is not as expected")
    head = document[: found.start()] + found[0].replace(b"/Length %d" % length, b"/Length %d" % len(changed))
    body = head + changed + document[start + length :]
    return _moved(body, found.start(), len(body) - len(document))


def _moved(document: bytes, after: int, by: int) -> bytes:
    """The file with its cross-reference table corrected for what grew by `by` bytes at `after` (ISO 32000-1 §7.5.4)."""
    tail = document.rindex(b"startxref")
    table = int(document[tail:].split()[1]) + by
    entries = re.sub(rb"(\d{10}) (\d{5}) n", lambda m: b"%010d %s n" % (int(m[1]) + (by if int(m[1]) > after else 0), m[2]),
                     document[table:tail])
    return document[:table] + entries + b"startxref\n%d\n%%%%EOF" % table
