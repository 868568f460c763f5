"""Input that is made up at random and would do harm: texts, JSON values, bodies; and what no answer to it may be."""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from tests import described
from tests.gateway import call_api

TIMES = int(os.environ.get("TIMES", "1"))
"""How many times the examples of a CI run."""
SECONDS = 2.0
"""CPU time one answer may take, whatever was sent."""
INNARDS = ("Traceback", ".py", "chalicelib", "botocore", "line 1", "Exception", "object at 0x")
"""What of our insides no stranger reads."""
MARK = "zqMARKzq"
"""Stands in much of what is typed: nothing typed at the door is told again, nor written to a log."""
ODD = (
    "", " ", "\0", "\u202e", "\ud800", "\udfff\ud800", "١٢٣٤٥٦", "１２３４５６", "000000", "-1", "1e9", "NaN", "null", "true",
    "a@b", "@", "a@b@c.example", f"{MARK}@{'x' * 300}.example", f"\"{MARK}\"@[127.0.0.1]", f"{MARK}@e.fr\r\nBcc: x@y.fr",
    "'; DROP TABLE users;--", '{"$gt": ""}', "{{7*7}}", "${jndi:ldap://127.0.0.1/a}", "../../etc/passwd", "T#other#USER#1",
    "USER#\uffff", "%00", "=1+1", MARK * 40, MARK + "\0" + MARK, "é" * 9_000, "\u0301" * 2_000, "🧊" * 70, "a." * 900, ".." * 9,
)
names = st.text(st.characters(exclude_categories=()), max_size=20)
texts = st.one_of(st.integers(0, len(ODD) - 1).map(ODD.__getitem__), names.map(lambda text: MARK + text))
values = st.one_of(
    texts,
    st.recursive(st.one_of(st.none(), st.booleans(), st.integers(), st.integers(-(10**400), 10**400), st.floats(), texts),
                 lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3)), max_leaves=6),
    st.integers(1, 3_000).map(lambda n: _nested(n)))


def _nested(depth: int) -> Any:
    found: Any = []
    for _ in range(min(depth, 400)):
        found = [found]
    return found


def mostly(usual: st.SearchStrategy[Any], *odd: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Three times in four the usual."""
    return st.integers(0, 3).flatmap(lambda n: usual if n else st.one_of(*odd))


def like(true: str) -> st.SearchStrategy[str]:
    """A true token or code, sometimes one a little different from it."""
    cut = st.integers(0, len(true)).map(lambda n: true[:n])
    mixed = st.builds(lambda n, text: true[:n] + text + true[n + 1:], st.integers(0, max(len(true) - 1, 0)), texts)
    return mostly(st.just(true), cut, mixed, st.sampled_from((true.upper(), true.lower(), f" {true}\n", true * 3)))


def bodies(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    """JSON of these fields, sometimes with one of them odd, lost, repeated or joined by a strange one; or no JSON."""
    whole = st.fixed_dictionaries(fields)
    known = st.sampled_from(sorted(fields))
    odd = st.builds(lambda body, name, value: {**body, name: value}, whole, st.one_of(known, known, names), values)
    less = st.builds(lambda body, name: {k: v for k, v in body.items() if k != name}, whole, known)
    written = mostly(whole, odd, less).map(lambda body: json.dumps(body).encode("utf-8", "surrogatepass"))
    torn = st.builds(lambda raw, n: raw[:n], written, st.integers(0, 60))
    doubled = written.map(lambda raw: raw[:-1] + b"," + raw[1:])
    return mostly(written, torn, doubled, values.map(lambda value: json.dumps(value).encode()), st.binary(max_size=40))


def examples(count: int) -> settings:
    """So many, the same in every run: what was found once is found again."""
    return settings(max_examples=count * TIMES, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
                    suppress_health_check=list(HealthCheck))


@dataclass
class Stranger:
    """Sends what was made up, and holds each answer against what it may be. `secrets` are true ones that nobody is told."""

    log: io.StringIO
    secrets: list[str] = field(default_factory=list)
    statuses: set[int] = field(default_factory=set)

    def send(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> int:
        """Posts; answers the status. Raises AssertionError for an answer that is slow, a server's error, not described, or
        tells of our insides, a secret or what was typed."""
        started = time.process_time()
        status, told, answer = call_api("POST", path, body, dict(headers or {}))
        seconds = time.process_time() - started
        assert seconds < SECONDS, f"{seconds:.1f} s"
        assert status < 500, answer
        described.check("POST", urlsplit(path).path, status, answer)
        written = json.dumps(answer, ensure_ascii=False)
        self.clean("the answer", written if status >= 400 else "")
        self.clean("the log", self.log.getvalue())
        assert all(len(value) < 4_000 for value in told.values())
        self.log.seek(0)
        self.log.truncate()
        self.statuses.add(status)
        return status

    def clean(self, where: str, text: str) -> None:
        """Raises AssertionError when the text holds what it must not."""
        found = [each for each in (*INNARDS, *self.secrets, MARK) if each and each in text]
        assert not found, f"{where} holds {found}: {text[:500]}"


def reached(stranger: Stranger, *statuses: Sequence[int] | int) -> None:
    """That the input came as far as these answers: a test that is refused at the first check proves little."""
    assert set(statuses) <= stranger.statuses, (statuses, stranger.statuses)
