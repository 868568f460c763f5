"""JSON from strangers is read exactly or refused."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from connectors.strict_json import StrictJsonError, loads, loads_after_php_notices


def test_decimals_are_exact() -> None:
    assert loads(b'\xef\xbb\xbf{"price":41.583333,"count":3}') == {"price": D("41.583333"), "count": 3}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1,"a":2}',
        b"\xff",
        b"[" * 100_000,
        b"1" * 5000,
        b"[1] x",
    ],
)
def test_what_is_refused(raw: bytes) -> None:
    with pytest.raises(StrictJsonError):
        loads(raw)


@pytest.mark.parametrize(
    "notice",
    [
        b'<br />\n<b>Warning</b>:  Undefined "x" in <b>/srv/a.php</b> on line <b>12</b><br />\n',
        b"PHP Deprecated:  Optional parameter in /srv/b\xc3\xa9.php on line 3\n",
        b"\nNotice: Undefined index in /srv/c.php on line 9\n",
    ],
)
def test_php_notices_before_the_answer_are_skipped(notice: bytes) -> None:
    assert loads_after_php_notices(notice * 2 + b'{"a":1.10}') == {"a": D("1.10")}
    with pytest.raises(StrictJsonError):
        loads(notice + b"{}")
    with pytest.raises(StrictJsonError):
        loads_after_php_notices(notice + b'{"a":NaN}')
