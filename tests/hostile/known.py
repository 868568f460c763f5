"""What an honest caller would know: the ids that earlier answers named, and values that fields of these names may have.

The pool grows with every answer, so that later calls act upon what earlier ones made.
"""

from __future__ import annotations

import base64
import itertools
import re
import time
from random import Random
from typing import Any

import pyotp

from tests.hostile.honest import NEVER_CHANGED

_PARAMETER = re.compile(r"{(\w+)}")
_LEARNED = re.compile(r"{(enrolment|former_code|code)}")
_STEP_SECONDS = 30
_KEPT = 12
PIXEL = base64.b64encode(b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="1" height="1"/></svg>').decode()


class Known:
    """Ids by the collection they stand in, and values by the name of their field."""

    def __init__(self, fields: dict[str, list[Any]], paths: dict[str, list[str]], honest: dict[str, Any],
                 never: set[str]) -> None:
        self.fields, self.paths, self.honest = fields, paths, honest
        self.never = never
        self.subjects: dict[str, list[str]] = {}
        self.queries: dict[str, dict[str, str]] = {}
        self.ids: dict[str, list[str]] = {}
        self.secret = ""
        self._numbers = itertools.count(1)

    def learn(self, path: str, answer: Any) -> None:
        """Keeps the ids in an answer of the collection at `path`."""
        for name in ("enrolment", "challenge"):
            if isinstance(answer, dict) and answer.get(name):
                self.fields[name] = [answer[name]]
        if isinstance(answer, dict) and "otpauth_uri" in answer:
            self.secret = str(answer["secret"])
        for media in answer.get("media", ()) if isinstance(answer, dict) else ():
            self.paths["key"] = self.fields["key"] = [media["key"]]
        rows = answer.get("items", [answer]) if isinstance(answer, dict) else []
        for row in rows if isinstance(rows, list) else []:
            if isinstance(row, dict) and isinstance(row.get("id"), str) and row["id"] not in self.never:
                found = self.ids.setdefault(path, [])
                if row["id"] not in found:
                    found.append(row["id"])
                    del found[:-_KEPT]

    def path_parameters(self, label: str, chance: Random) -> dict[str, str]:
        """Values for the parameters of a path: every other time what this very operation can act on; else what stands in the
        collection before them, or the field of that name."""
        found, template = {}, label.partition(" ")[2]
        for match in _PARAMETER.finditer(template):
            collection = template[: match.start()].rstrip("/")
            choices = self.ids.get(collection) or self.paths.get(match[1])
            if label in self.subjects and chance.random() < 1 / 2:
                choices = self.subjects[label]
            if choices:
                found[match[1]] = str(chance.choice(choices))
        return found

    def query(self, label: str, generated: dict[str, Any], chance: Random) -> dict[str, Any]:
        """What is asked after the question mark: generated, made better, and what the operation needs two times in three."""
        found = {name: self.better(value, chance, name) for name, value in generated.items()}
        return {**found, **self.queries.get(label, {})} if chance.random() < 2 / 3 else found

    def _learned(self, match: re.Match[str]) -> str:
        """The last enrolment, or the code that is right now, or the one before it: a code is good once."""
        if match[1] == "enrolment":
            return str(self.fields["enrolment"][0])
        at = int(time.time()) - (_STEP_SECONDS if match[1] == "former_code" else 0)
        return pyotp.TOTP(self.secret).at(at) if self.secret else "123456"

    def numbered(self, value: Any) -> Any:
        """The value with a new number wherever `{n}` stands, and what was learned where its name does."""
        if isinstance(value, dict):
            return {key: self.numbered(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.numbered(inner) for inner in value]
        if not isinstance(value, str):
            return value
        return _LEARNED.sub(self._learned, value.replace("{n}", str(next(self._numbers))))

    def mixed(self, label: str, body: Any, chance: Random) -> Any:
        """The operation's honest body, two times in three as it is, else with one generated field; without one, `body` made
        better."""
        honest = self.honest.get(label)
        honest = self.numbered(chance.choice(honest) if isinstance(honest, list) else honest)
        if honest is None:
            return self.better(body, chance)
        if label not in NEVER_CHANGED and isinstance(body, dict) and body and chance.random() < 1 / 3:
            name = chance.choice(sorted(body))
            honest[name] = body[name]
        return honest

    def better(self, value: Any, chance: Random, name: str = "") -> Any:
        """The value with what an honest caller knows in place of noise."""
        if isinstance(value, dict):
            return {key: self.better(inner, chance, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.better(inner, chance, name) for inner in value[:3]]
        if name in self.fields:
            return self.numbered(chance.choice(self.fields[name]))
        return value
