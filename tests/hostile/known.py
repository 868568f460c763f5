"""What an honest caller would know: the ids that earlier answers named, and values that fields of these names may have.

The pool grows with every answer, so that later calls act upon what earlier ones made.
"""

from __future__ import annotations

import base64
import itertools
import re
from random import Random
from typing import Any

from tests.hostile.honest import NEVER_CHANGED

_PARAMETER = re.compile(r"{(\w+)}")
_KEPT = 12
PIXEL = base64.b64encode(b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="1" height="1"/></svg>').decode()


class Known:
    """Ids by the collection they stand in, and values by the name of their field."""

    def __init__(self, fields: dict[str, list[Any]], paths: dict[str, list[str]], honest: dict[str, Any],
                 never: set[str]) -> None:
        self.fields, self.paths, self.honest = fields, paths, honest
        self.never = never
        self.ids: dict[str, list[str]] = {}
        self._numbers = itertools.count(1)

    def learn(self, path: str, answer: Any) -> None:
        """Keeps the ids in an answer of the collection at `path`."""
        for name in ("enrolment", "challenge"):
            if isinstance(answer, dict) and answer.get(name):
                self.fields[name] = [answer[name]]
        for media in answer.get("media", ()) if isinstance(answer, dict) else ():
            self.paths["key"] = self.fields["key"] = [media["key"]]
        rows = answer.get("items", [answer]) if isinstance(answer, dict) else []
        for row in rows if isinstance(rows, list) else []:
            if isinstance(row, dict) and isinstance(row.get("id"), str) and row["id"] not in self.never:
                found = self.ids.setdefault(path, [])
                if row["id"] not in found:
                    found.append(row["id"])
                    del found[:-_KEPT]

    def path_parameters(self, template: str, chance: Random) -> dict[str, str]:
        """Values for the parameters of a path: what stands in the collection before them, or the field of that name."""
        found = {}
        for match in _PARAMETER.finditer(template):
            collection = template[: match.start()].rstrip("/")
            choices = self.ids.get(collection) or self.paths.get(match[1])
            if choices:
                found[match[1]] = str(chance.choice(choices))
        return found

    def numbered(self, value: Any) -> Any:
        """The value with a new number wherever `{n}` stands."""
        if isinstance(value, dict):
            return {key: self.numbered(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.numbered(inner) for inner in value]
        return value.replace("{n}", str(next(self._numbers))) if isinstance(value, str) else value

    def mixed(self, label: str, body: Any, chance: Random) -> Any:
        """The operation's honest body, two times in three as it is, else with one generated field; without one, `body` made
        better."""
        honest = self.numbered(self.honest.get(label))
        if isinstance(honest, list):
            honest = chance.choice(honest)
        if honest is None:
            return self.better(body, chance)
        if label not in NEVER_CHANGED and isinstance(body, dict) and body and chance.random() < 1 / 3:
            name = chance.choice(sorted(body))
            honest[name] = body[name]
        return {key: self.fields[key][0] if key == "enrolment" else value for key, value in honest.items()}

    def better(self, value: Any, chance: Random, name: str = "") -> Any:
        """The value with what an honest caller knows in place of noise."""
        if isinstance(value, dict):
            return {key: self.better(inner, chance, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.better(inner, chance, name) for inner in value[:3]]
        if name in self.fields:
            return self.numbered(chance.choice(self.fields[name]))
        return value
