"""Code 128 and GS1-128 symbols as bar widths, and SSCC numbers. Pure.

Symbol characters and check sum: ISO/IEC 15417 (Code 128). FNC1 in first position makes it GS1-128, and AI 00 is the serial
shipping container code: GS1 General Specifications §3.2, §5.4, check digit §7.9.
"""

from __future__ import annotations

from chalicelib.kernel.errors import Invalid

_TABLE = """
212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 123122
123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 232121 111323
131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131
213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122
141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 124112
124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141
411131 211412 211214 211232 2331112
"""
_WIDTHS = tuple(_TABLE.split())
"""Bar and space widths of the 107 symbol characters in modules, bars first."""

_CODE_C, _CODE_B, _FNC1, _START_B, _START_C, _STOP = 99, 100, 102, 104, 105, 106


def code128(text: str, gs1: bool = False) -> tuple[int, ...]:
    """The symbol's bar and space widths in modules, a bar first, without quiet zones (10 modules each side). Raises
    Invalid as `characters`."""
    values = characters(text, gs1)
    check = (values[0] + sum(n * value for n, value in enumerate(values[1:], 1))) % 103
    return tuple(int(width) for value in (*values, check, _STOP) for width in _WIDTHS[value])


def zpl_data(text: str, gs1: bool = False) -> str:
    """The same symbol characters as ZPL's ^BC wants them in its field data (Zebra's ZPL II guide, Code 128 invocation
    characters). Raises Invalid as `characters`."""
    found, in_c = [], False
    for value in characters(text, gs1):
        if value in (_START_C, _CODE_C) and not (in_c and value == _CODE_C):
            found.append(">;" if value == _START_C else ">5")
            in_c = True
        elif value == _START_B or (value == _CODE_B and in_c):
            found.append(">:" if value == _START_B else ">6")
            in_c = False
        elif value == _FNC1:
            found.append(">8")
        else:
            found.append(f"{value:02d}" if in_c else {">": ">0"}.get(chr(value + 32), chr(value + 32)))
    return "".join(found)


def characters(text: str, gs1: bool = False) -> list[int]:
    """The values of the symbol characters, without check and stop.

    Pairs of digits take one character (set C), everything else set B. Raises Invalid for what is not printable ASCII.
    """
    if not text or any(not 32 <= ord(character) <= 126 for character in text):
        raise Invalid("barcode", "A barcode holds printable ASCII.", {"tracking_number": "printable ASCII"})
    values: list[int] = []
    at, in_c = 0, False
    while at < len(text):
        digits = 0
        while at + digits < len(text) and text[at + digits].isdecimal():
            digits += 1
        wants_c = digits >= 4 or (digits >= 2 and digits == len(text)) or (in_c and digits >= 2)
        if not values:
            in_c = wants_c
            values += [_START_C if in_c else _START_B, *([_FNC1] if gs1 else [])]
        elif wants_c != in_c:
            in_c = wants_c
            values.append(_CODE_C if in_c else _CODE_B)
        if in_c:
            values.append(int(text[at:at + 2]))
            at += 2
        else:
            values.append(ord(text[at]) - 32)
            at += 1
    return values


def check_digit(digits: str) -> int:
    """The GS1 check digit: weights 3 and 1 from the right, to the next multiple of ten."""
    total = sum(int(digit) * (3 if n % 2 == 0 else 1) for n, digit in enumerate(reversed(digits)))
    return -total % 10


def sscc(company_prefix: str, serial: int, extension: int = 0) -> str:
    """An 18-digit SSCC: extension digit, company prefix, serial number filled with zeros, check digit. Raises Invalid when
    the serial does not fit behind the prefix."""
    room = 16 - len(company_prefix)
    if not company_prefix.isdecimal() or not 4 <= len(company_prefix) <= 12 or serial >= 10**room:
        raise Invalid("gs1_company_prefix", "A GS1 company prefix has 4 to 12 digits.",
                      {"gs1_company_prefix": "4 to 12 digits"})
    body = f"{extension}{company_prefix}{serial:0{room}d}"
    return f"{body}{check_digit(body)}"
