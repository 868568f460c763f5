"""Hostile inputs by kind, each with a name that says what it tries."""

from __future__ import annotations

import base64
import io
import zipfile
import zlib

MEGABYTE = 1_000_000


def bodies() -> dict[str, bytes]:
    """JSON that is none, or means two things at once, or costs much. Each must be refused wherever it is sent."""
    deep = 10_000
    found = {
        "not UTF-8": b'{"name": "\xff\xfe"}',
        "overlong UTF-8": b'{"name": "\xc0\xaf"}',
        "UTF-16": '{"name":"x"}'.encode("utf-16"),
        "UTF-32": '{"name":"x"}'.encode("utf-32"),
        "lone high surrogate": b'{"name":"\\ud800"}',
        "lone low surrogate": b'{"name":"\\udc00x"}',
        "surrogate in a key": b'{"\\ud800":1}',
        "byte order mark": b'\xef\xbb\xbf{"name":"x"}',
        "NaN": b'{"name":NaN}',
        "Infinity": b'{"name":Infinity}',
        "-Infinity": b'{"name":-Infinity}',
        "1e400": b'{"name":1e400}',
        "-1e400": b'{"name":-1e400}',
        "1e-400": b'{"name":1e-400}',
        "1e999999999": b'{"name":1e999999999}',
        "ten thousand digits": b'{"name":' + b"9" * 10_000 + b"}",
        "a long fraction": b'{"name":0.' + b"1" * 10_000 + b"}",
        "hexadecimal": b'{"name":0x10}',
        "leading zero": b'{"name":010}',
        "plus sign": b'{"name":+1}',
        "a bare point": b'{"name":.5}',
        "duplicate keys": b'{"name":"a","name":"b"}',
        "duplicate keys, escaped": b'{"name":"a","n\\u0061me":"b"}',
        "duplicate keys inside": b'{"name":{"a":1,"a":2}}',
        "deep lists": b"[" * deep + b"]" * deep,
        "deep objects": b'{"a":' * deep + b"1" + b"}" * deep,
        "deep in a field": b'{"name":' + b"[" * deep + b"]" * deep + b"}",
        "unclosed depth": b"[" * deep,
        "not JSON": b"<order/>",
        "half an object": b'{"name":',
        "two objects": b'{"name":"x"}{"name":"y"}',
        "trailing comma": b'{"name":"x",}',
        "single quotes": b"{'name':'x'}",
        "a comment": b'{"name":"x"/*y*/}',
        "control character": b'{"name":"a\x01b"}',
        "raw NUL": b'{"name":"a\x00b"}',
        "a number alone": b"42",
        "null alone": b"null",
        "a text alone": b'"x"',
        "a list alone": b"[]",
        "a truth alone": b"true",
        "name is a number": b'{"name":1}',
        "name is a list": b'{"name":["x"]}',
        "name is an object": b'{"name":{"$ne":""}}',
        "name is null": b'{"name":null}',
        "name is a truth": b'{"name":true}',
        "__proto__": b'{"name":"x","__proto__":{"role":"owner"}}',
        "constructor": b'{"name":"x","constructor":{"prototype":{"a":1}}}',
        "__class__": b'{"name":"x","__class__":"User"}',
        "id from outside": b'{"name":"x","id":"cus_1","version":9}',
        "tenant from outside": b'{"name":"x","tenant_id":"other"}',
        "permissions from outside": b'{"name":"x","permissions":["*"]}',
        "a million keys": b"{" + b",".join(b'"k%d":1' % n for n in range(60_000)) + b"}",
        "a wide list": b'{"name":[' + b"1," * 400_000 + b"1]}",
        "ten megabytes": b'{"name":"' + b"x" * 10 * MEGABYTE + b'"}',
        "many brackets in a text": b'{"name":["' + b"[{" * 400_000 + b'"]}',
        "gzip": zlib.compress(b'{"name":"x"}'),
        "form": b"name=x&role=owner",
        "XML with an entity": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
    }
    return found


NAMES: dict[str, str] = {
    "right to left override": "abc\u202egnp.exe",
    "right to left isolate": "a\u2067b",
    "zero width space": "a\u200bb",
    "zero width joiner": "a\u200db",
    "byte order mark inside": "a\ufeffb",
    "NUL": "a\x00b",
    "escape": "\x1b[31mred",
    "bell": "a\x07b",
    "delete": "a\x7fb",
    "C1 control": "a\x85b",
    "line break": "a\nb",
    "carriage return and line feed": "a\r\nSet-Cookie: x=1",
    "header injection": "x\r\n\r\n<script>",
    "line separator": "a\u2028b",
    "tab": "a\tb",
    "blank": "   ",
    "empty": "",
    "no-break blanks": "\u00a0\u00a0",
    "a hundred thousand": "x" * 100_000,
    "a hundred thousand emoji": "🎂" * 100_000,
    "zalgo": "e" + "\u0301" * 5000,
    "emoji": "🎂 Bûche 👩‍👩‍👧",
    "SQL": "'; DROP TABLE orders;--",
    "NoSQL": '{"$gt": ""}',
    "key separators": "T#other#ORDER#1",
    "format": "{0.__class__} %s %n",
    "template": "{{7*7}} ${7*7} <%= 7*7 %>",
    "script": "<script>alert(1)</script>",
    "formula": '=HYPERLINK("http://x","y")',
    "path": "../../etc/passwd",
    "private use": "\ue000",
    "noncharacter": "a\uffffb",
    "last plane": "\U0010ffff",
    "log forging": 'x"}\n{"level":"ERROR"}',
    "shell": "$(id) `id` | id",
    "LDAP": "*)(uid=*",
    "Turkish i": "İ" * 50,
    "ligature": "ﷺ" * 50,
    "backslashes": "\\" * 60,
    "quote": '"',
}
"""What is put in names. Whatever is taken must come back as it was given, less blanks around it."""

UNPRINTABLE = {
    "NUL",
    "escape",
    "bell",
    "delete",
    "C1 control",
    "line break",
    "carriage return and line feed",
    "header injection",
    "line separator",
    "log forging",
    "tab",
}
"""Names no list, file or log can show as one line: to be refused."""


def zip_of(name: str, content: bytes, times: int = 1) -> bytes:
    """An archive that says little and holds much, or that names a place outside."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(times):
            archive.writestr(name if times == 1 else f"{n}{name}", content)
    return out.getvalue()


def files() -> dict[str, bytes]:
    """Files that are no table and no picture, though they say so; or that cost much to read."""
    wide = ";".join(f"c{n}" for n in range(1_000_000))
    return {
        "zip bomb": zip_of("x.csv", b"0" * 40 * MEGABYTE),
        "zip slip": zip_of("../../etc/cron.d/x", b"x"),
        "nested archives": zip_of("x.zip", zip_of("y", b"0" * MEGABYTE), 20),
        "workbook": zip_of("xl/workbook.xml", b"<x/>"),
        "gzip": zlib.compress(b"sku;product_name\nA;B"),
        "NUL in a cell": b"sku;product_name\nA\x00;B",
        "only NULs": b"\x00" * 100_000,
        "UTF-16 table": "sku;product_name\nA;B".encode("utf-16"),
        "UTF-32 table": "sku;product_name\nA;B".encode("utf-32"),
        "a line of ten megabytes": b"sku;product_name\n" + b"A" * 10 * MEGABYTE,
        "a million columns": wide.encode(),
        "a million columns below": b"sku\n" + b";" * 3_000_000,
        "a million lines": b"sku\n" + b"A\n" * 1_000_000,
        "an open quote": b'sku;product_name\n"A;B\n' * 1000,
        "a quote of four megabytes": b'sku\n"' + b"A\n" * 1_900_000,
        "quotes inside": b'sku;product_name\nA"B"C;"D"E',
        "same title twice": b"sku;SKU\nA;B",
        "no titles": b";;;\nA;B;C;D",
        "nothing": b"",
        "blank lines": b"\r\n" * 100_000,
        "binary": bytes(range(256)) * 100,
        "ELF": b"\x7fELF" + b"\x01" * 1000,
        "PE": b"MZ\x90\x00" + b"\x00" * 60,
        "HTML": b"<!DOCTYPE html><script>alert(1)</script>",
        "XXE": b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>',
        "billion laughs": b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
        + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
        + b"]><svg>&a9;</svg>",
        "PDF": b"%PDF-1.7\n1 0 obj",
        "GIF": b"GIF89a;alert(1)//",
        "BMP": b"BM" + b"\x00" * 50,
        "a PNG's name only": b"PNG\r\n",
        "OLE": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500,
    }


def drawings() -> dict[str, bytes]:
    """SVG that would do something. None may be taken as a picture."""

    def svg(inside: str, attributes: str = "") -> bytes:
        return f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{inside}</svg>'.encode()

    return {
        "script": svg("<script>alert(1)</script>"),
        "script, odd case": svg("<ScRiPt>alert(1)</sCrIpT>"),
        "script, prefixed": svg('<x:script xmlns:x="http://www.w3.org/2000/svg">alert(1)</x:script>'),
        "script with blanks": svg("< script >alert(1)</script>"),
        "onload": svg("<rect/>", 'onload="alert(1)"'),
        "onload without quotes": svg("<rect/>", "onload=alert(1)"),
        "onclick after a slash": svg("<rect/onclick=alert(1)>"),
        "onbegin": svg('<animate onbegin="alert(1)"/>'),
        "javascript link": svg('<a href="javascript:alert(1)"><rect/></a>'),
        "javascript link, xlink": svg('<a xlink:href="javascript:alert(1)"><rect/></a>'),
        "javascript by entity": svg('<a href="java&#115;cript:alert(1)"><rect/></a>'),
        "data link": svg('<a href="data:text/html,&lt;script&gt;1&lt;/script&gt;"><rect/></a>'),
        "outside picture": svg('<image href="https://evil.example/x.png"/>'),
        "outside use": svg('<use href="//evil.example/x#a"/>'),
        "foreign object": svg("<foreignObject><iframe src='x'/></foreignObject>"),
        "frame": svg('<iframe src="x"/>'),
        "embed": svg('<embed src="x"/>'),
        "object": svg('<object data="x"/>'),
        "set": svg('<set attributeName="href" to="javascript:1"/>'),
        "animate a link": svg('<animate attributeName="href" values="javascript:1"/>'),
        "handler": svg("<handler>alert(1)</handler>"),
        "import of style": svg("<style>@import 'https://evil.example/x.css';</style>"),
        "style from outside": svg("<style>rect{fill:url(https://evil.example/x)}</style>"),
        "style from outside, quoted": svg("<style>rect{fill:url( 'https://evil.example/x')}</style>"),
        "style sheet": b'<?xml-stylesheet href="https://evil.example/x.css"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        "doctype": b'<?xml version="1.0"?><!DOCTYPE svg SYSTEM "https://evil.example/x.dtd"><svg/>',
        "entity": b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x "y">]><svg>&x;</svg>',
        "UTF-16 script": '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'.encode("utf-16"),
        "UTF-7 script": b'<?xml version="1.0" encoding="UTF-7"?><svg>+ADw-script+AD4-alert(1)+ADw-/script+AD4-</svg>',
        "script in a comment's shadow": svg("<!-- --><script>alert(1)</script><!-- -->"),
        "HTML that begins like a drawing": b"<svg></svg><html><script>alert(1)</script></html>",
    }


def base64_texts() -> dict[str, str]:
    """What is no base64, or too much of it."""
    return {
        "not base64": "!!!!",
        "bad padding": "QQ=",
        "blanks": "QUJD\nREVG",
        "URL alphabet": "-_-_",
        "not ASCII": "é" * 8,
        "a NUL": "QUJD\x00",
        "nothing": "",
        "ten megabytes": base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 7 * MEGABYTE).decode(),
    }
