"""Reads from the source, without running it, which keys the program makes and asks for.

A place is (index, partition, sort): "table" for the table itself. What is known only at run time ends the text: the
f-string `DUE#{name}` is `DUE#`. A name is looked up among the module's constants, a call among its functions.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chalicelib.events.routing import ROUTES

ROOT = Path(__file__).resolve().parents[1]
SOURCES = [p for p in sorted((ROOT / "chalicelib").rglob("*.py")) if p.parent.name != "storage"]
INDEXES = ("by_list", "by_ref", "by_party", "by_due")


@dataclass(frozen=True, order=True)
class Place:
    """Where an item is put or sought. `is_whole` says that partition is the whole name, not its beginning."""

    index: str
    partition: str
    is_whole: bool
    sort: str = ""

    def fits(self, other: Place) -> bool:
        """Whether a documented place (`other`) is the one the code names."""
        same = other.partition == self.partition if self.is_whole and other.is_whole else (
            other.partition.startswith(self.partition) if not self.is_whole else self.partition.startswith(other.partition))
        return self.index == other.index and same and (not self.sort or other.sort.startswith(self.sort))


class Module:
    """One source file, with the names that a key may be built from."""

    def __init__(self, path: Path) -> None:
        self.name = path.stem
        self.tree = ast.parse(path.read_text())
        self.constants = {
            target.id: node.value for node in self.tree.body if isinstance(node, ast.Assign)
            for target in node.targets if isinstance(target, ast.Name)}
        self.functions = {node.name: node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef)}

    def calls(self, *names: str) -> Iterator[ast.Call]:
        """Calls of these functions, whether plain or `module.function`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and self._dotted(node.func) in names:
                yield node

    def _dotted(self, node: ast.expr) -> str:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            return f"{node.value.id}.{node.attr}"
        return node.id if isinstance(node, ast.Name) else ""

    def text(self, node: ast.expr | None) -> tuple[str, bool]:
        """The text an expression is, as far as the source tells, and whether that is all of it."""
        if isinstance(node, ast.Constant):
            return str(node.value), True
        if isinstance(node, ast.JoinedStr):
            return self._joined(node)
        if isinstance(node, ast.Name) and node.id in self.constants:
            return self.text(self.constants[node.id])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in self.functions:
            returned = [n.value for n in ast.walk(self.functions[node.func.id]) if isinstance(n, ast.Return)]
            return self.text(returned[0]) if returned else ("", False)
        if isinstance(node, ast.Attribute) and node.attr == "partition" and isinstance(node.value, ast.Name):
            return (node.value.id, True) if node.value.id.isupper() else ("", False)
        return "", False

    def _joined(self, node: ast.JoinedStr) -> tuple[str, bool]:
        found = ""
        for part in node.values:
            inner = part.value if isinstance(part, ast.FormattedValue) else part
            text, is_whole = self.text(inner)
            found += text
            if not is_whole:
                return found, False
        return found, True


def modules() -> Iterator[Module]:
    for path in SOURCES:
        yield Module(path)


def _argument(call: ast.Call, position: int) -> ast.expr | None:
    return call.args[position] if len(call.args) > position else None


def asked() -> set[Place]:
    """Every index partition and every collection that a list or a query names."""
    found = set()
    for module in modules():
        for call in module.calls("Listing"):
            found.add(Place(str(module.text(_argument(call, 0))[0]), *module.text(_argument(call, 1))))
        for call in module.calls("read.query", "read.count"):
            found.add(Place(module.text(_argument(call, 1))[0], *module.text(_argument(call, 2))))
        for call in module.calls("read.collection", "read.wires"):
            found.add(Place("table", *module.text(_argument(call, 1))))
    return {place for place in found if place.partition and place.index}


def made() -> set[Place]:
    """Every index key that a document or an item is given, and every item under a document's partition."""
    found = set()
    for module in modules():
        for call in module.calls("keys.child"):
            kind, _ = module.text(_argument(call, 1))
            sort, _ = module.text(_argument(call, 3))
            found.add(Place("table", f"{kind.upper()}#", False, sort))
        for node in ast.walk(module.tree):
            if isinstance(node, ast.keyword) and node.arg in INDEXES:
                found |= set(_pairs(module, str(node.arg), node.value))
        for call in module.calls("keys.index"):
            found |= set(_pairs(module, "", call))
    return found


def _pairs(module: Module, index: str, node: ast.expr) -> Iterator[Place]:
    """The (partition, sort) pairs inside a declaration, also of a function it names."""
    roots: list[ast.AST] = [node]
    if isinstance(node, ast.Name) and node.id in module.functions:
        roots = list(module.functions[node.id].body)
    for root in roots:
        for each in ast.walk(root):
            if isinstance(each, ast.Tuple) and len(each.elts) == 2:
                partition, is_whole = module.text(each.elts[0])
                if partition[:1].isupper():
                    yield Place(index or "by_due", partition, is_whole)


def first_words(*functions: str, position: int) -> set[str]:
    """The constants that calls of these functions have at a position."""
    return {text for module in modules() for call in module.calls(*functions)
            for text, is_whole in [module.text(_argument(call, position))] if is_whole and text}


def emitted() -> set[str]:
    """Every event name that some code writes as a constant, where events are neither routed nor handled."""
    return {node.value for module in modules() if module.name not in ("routing", "worker") for node in ast.walk(module.tree)
            if isinstance(node, ast.Constant) and node.value in ROUTES}
