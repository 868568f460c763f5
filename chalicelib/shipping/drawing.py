"""Our own parcel label of 10 × 15 cm, as PDF and as ZPL, from one layout. Pure: values in, bytes out.

A label is two barcodes and a dozen lines; both formats are written directly, so that no PDF library of many megabytes loads
with the API. PDF: ISO 32000-1, text in Helvetica with WinAnsiEncoding. ZPL II: Zebra's programming guide (^BC, ^FD, ^CI28).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from chalicelib.kernel.address import Address
from chalicelib.kernel.text import as_line
from chalicelib.shipping.barcode import code128, zpl_data

WIDTH_MM, HEIGHT_MM = 100, 150
POINTS_PER_MM = 72 / 25.4
DOTS_PER_MM = 8
"""Label printers of 203 dpi print eight dots a millimetre."""

MARGIN_MM = 5
QUIET_MODULES = 10


@dataclass(frozen=True, slots=True)
class LabelContent:
    """What stands on a label. `sscc` and `tracking_number` become barcodes where there is one."""

    sender: Address
    recipient: Address
    number: str
    parcel: str
    weight: str
    carrier: str
    service: str
    sscc: str = ""
    tracking_number: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    x_mm: int
    y_mm: int
    size_mm: int
    text: str


@dataclass(frozen=True, slots=True)
class Bars:
    """A Code 128 symbol; `under` is written below it for people."""

    y_mm: int
    height_mm: int
    data: str
    gs1: bool
    under: str


def address_lines(address: Address) -> list[str]:
    """An address as it is written on a parcel, the country last and in capitals (UPU S42)."""
    lines = [address.company_name, address.name, address.line1, address.line2,
             f"{address.postal_code} {address.city}".strip(), address.region, address.country_code]
    return [as_line(line, 42) for line in lines if line.strip()]


def layout(content: LabelContent) -> tuple[list[Text], list[Bars]]:
    """Where everything stands, in millimetres from the top left corner."""
    texts = [Text(MARGIN_MM, 7, 5, as_line(f"{content.carrier} {content.service}".strip(), 32)),
             *(Text(MARGIN_MM, 15 + n * 4, 3, line) for n, line in enumerate(address_lines(content.sender)[:5])),
             *(Text(MARGIN_MM, 43 + n * 6, 5, line) for n, line in enumerate(address_lines(content.recipient)[:7])),
             Text(MARGIN_MM, 88, 4, f"{content.number}   {content.parcel}   {content.weight}".strip())]
    bars = []
    if content.tracking_number:
        bars.append(Bars(92, 20, content.tracking_number, False, content.tracking_number))
    if content.sscc:
        bars.append(Bars(120, 21, f"00{content.sscc}", True, f"(00) {content.sscc}"))
    return texts, bars


# -- PDF ---------------------------------------------------------------------------------------------------------------


def _pdf_text(text: str) -> bytes:
    raw = text.encode("cp1252", "replace")
    return raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _at(mm: int | str) -> str:
    return f"{float(mm) * POINTS_PER_MM:.2f}"


def _bar_rectangles(bars: Bars) -> list[bytes]:
    widths = code128(bars.data, bars.gs1)
    room = WIDTH_MM - 2 * MARGIN_MM
    module = room * POINTS_PER_MM / (sum(widths) + 2 * QUIET_MODULES)
    module = min(module, 0.5 * POINTS_PER_MM)
    x = (WIDTH_MM * POINTS_PER_MM - module * sum(widths)) / 2
    top = (HEIGHT_MM - bars.y_mm - bars.height_mm) * POINTS_PER_MM
    found = []
    for n, width in enumerate(widths):
        if n % 2 == 0:
            found.append(f"{x:.3f} {top:.2f} {width * module:.3f} {bars.height_mm * POINTS_PER_MM:.2f} re f\n".encode())
        x += width * module
    return found


def pdf(content: LabelContent) -> bytes:
    """The label as a PDF page of 10 × 15 cm."""
    texts, symbols = layout(content)
    texts = [*texts, *(Text(MARGIN_MM, each.y_mm + each.height_mm + 5, 4, each.under) for each in symbols)]
    drawn = [b"0 g\n"]
    for each in texts:
        drawn.append(f"BT /F1 {_at(each.size_mm)} Tf {_at(each.x_mm)} {_at(HEIGHT_MM - each.y_mm)} Td (".encode()
                     + _pdf_text(each.text) + b") Tj ET\n")
    for symbol in symbols:
        drawn += _bar_rectangles(symbol)
    drawn.append(f"0.8 w {_at(MARGIN_MM)} {_at(HEIGHT_MM - 36)} {_at(WIDTH_MM - 2 * MARGIN_MM)} 0.8 re f\n".encode())
    stream = zlib.compress(b"".join(drawn), 9)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_at(WIDTH_MM)} {_at(HEIGHT_MM)}] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>".encode(),
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"]
    out, places = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for n, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (n, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


# -- ZPL ---------------------------------------------------------------------------------------------------------------


def _zpl_text(text: str) -> str:
    """Field data under ^FH: what would begin a command is written as its hexadecimal code."""
    return text.replace("_", "_5F").replace("^", "_5E").replace("~", "_7E")


def _module_dots(bars: Bars) -> int:
    """The widest module, in whole dots, at which the symbol and its quiet zones fit."""
    modules = sum(code128(bars.data, bars.gs1)) + 2 * QUIET_MODULES
    return max(1, min(4, WIDTH_MM * DOTS_PER_MM // modules))


def _zpl_symbol(bars: Bars) -> str:
    """^BC with the symbol characters chosen here (mode N), so that both formats print the same bars."""
    module = _module_dots(bars)
    x = (WIDTH_MM * DOTS_PER_MM - module * (sum(code128(bars.data, bars.gs1)))) // 2
    return (f"^FO{x},{bars.y_mm * DOTS_PER_MM}^BY{module},3,{bars.height_mm * DOTS_PER_MM}^BCN,,N,N,N,N^FH_"
            f"^FD{_zpl_text(zpl_data(bars.data, bars.gs1))}^FS")


def zpl(content: LabelContent) -> bytes:
    """The label as ZPL II for a printer of 203 dpi, in UTF-8 (^CI28)."""
    texts, symbols = layout(content)
    texts = [*texts, *(Text(MARGIN_MM, each.y_mm + each.height_mm + 5, 4, each.under) for each in symbols)]
    lines = ["^XA", "^CI28", f"^PW{WIDTH_MM * DOTS_PER_MM}", f"^LL{HEIGHT_MM * DOTS_PER_MM}",
             f"^FO{MARGIN_MM * DOTS_PER_MM},{36 * DOTS_PER_MM}^GB{(WIDTH_MM - 2 * MARGIN_MM) * DOTS_PER_MM},2,2^FS"]
    for each in texts:
        size = each.size_mm * DOTS_PER_MM
        lines.append(f"^FO{each.x_mm * DOTS_PER_MM},{(each.y_mm - each.size_mm) * DOTS_PER_MM}^A0N,{size},{size}"
                     f"^FH_^FD{_zpl_text(each.text)}^FS")
    lines += [*map(_zpl_symbol, symbols), "^XZ", ""]
    return "\n".join(lines).encode()
