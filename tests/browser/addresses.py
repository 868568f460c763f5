"""Every address of the portal, read from its own declarations, so that a new page is tested the day it is declared."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

from tests.browser.portal import SOURCE

PAGE = re.compile(r'pattern: "(/[^"]*)"')
ENTITY = re.compile(r'  path: "(?P<path>/api/[^"]+)",\n  route: "(?P<route>/[^"]+)"(?P<rest>.*?)\n}\);', re.DOTALL)
CREATION = re.compile(r"^  create: \{", re.MULTILINE)
#: Pages made by hand about one document: where the API lists such.
OF_ONE = {"/ledger/parties/:id": "/api/parties/customers", "/deliveries/:id/pack": "/api/shipping/deliveries"}
GATE = re.compile(r'^  "(/[^"]+)": \(\) =>', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Address:
    """A pattern of the router; `collection` is where the API lists the documents an `:id` stands for."""

    pattern: str
    collection: str = ""

    def filled(self, first_id: Callable[[str], str]) -> str:
        """The address of a page that exists."""
        return self.pattern.replace(":id", quote(first_id(self.collection), safe="")) if self.collection else self.pattern


@cache
def declared() -> tuple[Address, ...]:
    """Pages made by hand, then list, creation and document of every entity."""
    found = [Address(pattern, OF_ONE.get(pattern, ""))
             for pattern in PAGE.findall((SOURCE / "routes.tsx").read_text(encoding="utf-8"))]
    for source in sorted((SOURCE / "screens").rglob("*.ts*")):
        for entity in ENTITY.finditer(source.read_text(encoding="utf-8")):
            found.append(Address(entity["route"]))
            if CREATION.search(entity["rest"]):
                found.append(Address(entity["route"] + "/new"))
            found.append(Address(entity["route"] + "/:id", entity["path"]))
    return tuple(found)


def navigation() -> list[str]:
    """Where the left column leads."""
    return re.findall(r'href: "(/[^"]*)"', (SOURCE / "navigation.ts").read_text(encoding="utf-8"))


def gates() -> list[str]:
    """Pages that stand before the portal."""
    return GATE.findall((SOURCE / "screens" / "access" / "gate.tsx").read_text(encoding="utf-8"))


def first_id_of(client: Any) -> Callable[[str], str]:
    """The newest document of each collection of the API, asked once."""

    @cache
    def first(collection: str) -> str:
        items = client.get(f"{collection}?limit=1")["items"]
        assert items, f"the demo has nothing at {collection}"
        return str(items[0]["id"])

    return first
