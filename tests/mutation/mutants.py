"""Mutants: one small change of one module each, made on the syntax tree, so that nothing is written to disk.

What is changed: comparisons, arithmetic, logic, conditions, constants, arguments left out, rows of tables, statements
and answers. What is not: annotations, docstrings, asserts, and the wording of texts that people read (a refusal's detail,
a label in French), since another wording is no other behaviour; codes and field paths are changed.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ERRORS = frozenset({"Invalid", "NotFound", "Conflict", "Stale", "Forbidden", "Unauthenticated", "LimitExceeded", "Unavailable",
                    "OutcomeUnknown", "AlreadyDone", "RuntimeError", "AssertionError", "__init__", "_fail"})
PROGRAMMERS = frozenset({"RuntimeError", "AssertionError"})
IGNORED_CALLS = frozenset({"TypeVar", "cast", "getLogger"})
LANGUAGES = {"fr", "en"}
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,), ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,)}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
    ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.LShift: ast.RShift, ast.RShift: ast.LShift}
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "ROUND_HALF_UP": "ROUND_HALF_EVEN",
         "ROUND_FLOOR": "ROUND_CEILING"}

Change = tuple[ast.AST, str, Any]
"""A node, one of its fields, and what that field shall be."""

Told = tuple[str, int, Change]
"""A change with what it says and its line."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """`where` is the function or class it is in ("" for the module); `says` is old and new source, and with `nth` tells
    equal changes of one place apart. `line` is for people only: survivors are known without it."""

    module: str
    where: str
    says: str
    nth: int
    line: int
    in_function: bool
    change: Change

    @property
    def name(self) -> str:
        return f"{self.module} {self.where or 'module'}: {self.says}" + (f" ({self.nth})" if self.nth > 1 else "")


def mutated(tree: ast.Module, change: Change) -> ast.Module:
    """The tree with the change made, in place: each mutant lives in a process of its own."""
    node, field, new = change
    setattr(node, field, new)
    return ast.fix_missing_locations(tree)


def find(path: Path) -> tuple[ast.Module, list[Mutant]]:
    """A module's tree and its mutants, in the order of the source."""
    tree = ast.parse(path.read_text())
    wording = _wording(tree)
    name = path.relative_to(ROOT).as_posix()
    seen: Counter[tuple[str, str]] = Counter()
    found = []
    for place in _places(tree.body, "", False):
        for says, line, change in place.changes(wording):
            seen[(place.where, says)] += 1
            found.append(Mutant(name, place.where, says, seen[(place.where, says)], line, place.in_function, change))
    return tree, found


@dataclass(frozen=True, slots=True)
class _Place:
    """A statement with the function or class it is in."""

    statement: ast.stmt
    where: str
    in_function: bool

    def changes(self, wording: set[int]) -> Iterator[Told]:
        yield from _statement_changes(self.statement)
        for name in _expression_fields(self.statement):
            for node in _as_list(getattr(self.statement, name)):
                yield from _expression_changes(node, self.statement, name, self.in_function, wording)


def _as_list(value: Any) -> list[ast.AST]:
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, ast.AST)]


def _expression_fields(statement: ast.stmt) -> tuple[str, ...]:
    """Where a statement's own expressions stand: not its annotation, its target, its body."""
    return {ast.Assign: ("value",), ast.AnnAssign: ("value",), ast.AugAssign: ("value",), ast.Expr: ("value",),
            ast.Return: ("value",), ast.If: ("test",), ast.While: ("test",), ast.For: ("iter",), ast.With: ("items",),
            ast.Raise: ("exc",), ast.FunctionDef: ("args",), ast.Delete: ()}.get(type(statement), ())


def _places(body: list[ast.stmt], where: str, inside: bool) -> Iterator[_Place]:
    for statement in body:
        if _is_silent(statement) or (not inside and _is_type_alias(statement)):
            continue
        place = _Place(statement, where, inside)
        if isinstance(statement, ast.ClassDef):
            if not any(isinstance(base, ast.Name) and base.id == "Protocol" for base in statement.bases):
                yield from _places(statement.body, f"{where}.{statement.name}".lstrip("."), inside)
            continue
        if isinstance(statement, ast.FunctionDef):
            within = where if inside else f"{where}.{statement.name}".lstrip(".")
            yield _Place(statement, within, inside)
            yield from _places(statement.body, within, True)
            continue
        yield place
        for name in ("body", "orelse", "finalbody"):
            yield from _places(getattr(statement, name, []), where, inside)
        for handler in getattr(statement, "handlers", []):
            yield from _places(handler.body, where, inside)


def _is_silent(statement: ast.stmt) -> bool:
    """Docstrings, imports, asserts and declarations of names, which hold no decision."""
    if isinstance(statement, (ast.Import, ast.ImportFrom, ast.Assert, ast.Pass)):
        return True
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return True
    return isinstance(statement, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == "__all__" for target in statement.targets)


def _is_type_alias(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Subscript)


def _says(old: ast.AST | str, new: ast.AST | str) -> str:
    texts = [" ".join((each if isinstance(each, str) else ast.unparse(each)).split()) for each in (old, new)]
    return " → ".join(text if len(text) <= 90 else f"{text[:60]} … {text[-25:]}" for text in texts)


def _with(node: ast.AST, field: str, new: Any) -> str:
    """What a node reads like with another field."""
    old = getattr(node, field)
    try:
        before = ast.unparse(node)
        setattr(node, field, new)
        return _says(before, node)
    finally:
        setattr(node, field, old)


# -- statements --------------------------------------------------------------------------------------------------------


def _statement_changes(node: ast.stmt) -> Iterator[Told]:
    line = node.lineno
    nothing = ast.Constant(None)
    if isinstance(node, ast.Raise) and node.exc is not None:
        yield _says(f"raise {_callee(node.exc)}", "pass"), line, (node, "__class__", ast.Pass)
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield _says(node, "nothing"), line, (node, "value", nothing)
    elif isinstance(node, ast.AugAssign) and type(node.op) in ARITHMETIC:
        new = ARITHMETIC[type(node.op)]()
        yield _with(node, "op", new), line, (node, "op", new)
    elif isinstance(node, ast.Continue):
        yield "continue → break", line, (node, "__class__", ast.Break)
    elif isinstance(node, ast.Break):
        yield "break → continue", line, (node, "__class__", ast.Continue)
    elif isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield _says(node, "return None"), line, (node, "value", nothing)
    elif isinstance(node, (ast.If, ast.While)) and not isinstance(node.test, ast.Compare):
        new_test = ast.UnaryOp(ast.Not(), node.test)
        yield _says(f"if {ast.unparse(node.test)}", f"if {ast.unparse(new_test)}"), line, (node, "test", new_test)


def _callee(node: ast.expr) -> str:
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ast.unparse(node)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


# -- expressions -------------------------------------------------------------------------------------------------------


def _wording(tree: ast.Module) -> set[int]:
    """The nodes that are wording: sentences, texts per language, the detail of an error and what it says of each field."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            names = {key.value for key in node.keys if isinstance(key, ast.Constant)}
            if names and names <= LANGUAGES:
                found.add(id(node))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if " " in node.value and node.value.endswith("."):
                found.add(id(node))
        elif isinstance(node, ast.Call):
            callee = ast.unparse(node.func).rsplit(".", 1)[-1]
            if callee in IGNORED_CALLS:
                found.add(id(node))
            elif callee in ERRORS:
                found.update(id(argument) for argument in node.args[1:2])
                found.update(id(value) for argument in node.args if isinstance(argument, ast.Dict) for value in argument.values)
                found.update(id(argument.value) for argument in node.args if isinstance(argument, ast.DictComp))
                if callee in PROGRAMMERS:
                    found.update(id(argument) for argument in node.args)
    return found


def _expression_changes(node: ast.AST, parent: ast.AST, field: str, in_function: bool, wording: set[int]) -> Iterator[Told]:
    """The changes of an expression and of what is in it."""
    if id(node) in wording:
        return
    line = getattr(node, "lineno", getattr(parent, "lineno", 0))
    for name, value in _own_changes(node, in_function):
        yield _told(node, name, value), line, (node, name, value)
    for new in _replacements(node):
        yield _within(node, new, parent, field), line, (parent, field, _put(parent, field, node, new))
    for name, child in _children(node):
        yield from _expression_changes(child, node, name, in_function, wording)


def _told(node: ast.AST, field: str, new: Any) -> str:
    if isinstance(node, ast.Call):
        (gone,) = [keyword for keyword in node.keywords if keyword not in new]
        return f"{_says(node.func, gone).replace(' → ', '(…) without ')}"
    return _with(node, field, new)


def _put(parent: ast.AST, field: str, old: ast.AST, new: ast.AST) -> Any:
    value = getattr(parent, field)
    return [new if each is old else each for each in value] if isinstance(value, list) else new


def _within(node: ast.AST, new: ast.AST, parent: ast.AST, field: str) -> str:
    """A change told with what stands around it, where that is short."""
    if isinstance(node, ast.Dict) and isinstance(new, ast.Dict):
        (gone,) = [n for n, value in enumerate(node.values) if value not in new.values]
        return _says("{…}", f"without {ast.unparse(node.keys[gone] or ast.Constant('**'))}: {ast.unparse(node.values[gone])}")
    if isinstance(parent, (ast.expr, ast.keyword)) and len(ast.unparse(parent)) <= 90:
        return _with(parent, field, _put(parent, field, node, new))
    return _says(node, new)


def _own_changes(node: ast.AST, in_function: bool) -> Iterator[tuple[str, Any]]:
    """(field, value) of each change that is in the node itself."""
    if isinstance(node, ast.Compare):
        for n, op in enumerate(node.ops):
            for other in COMPARISONS.get(type(op), ()):
                yield "ops", [*node.ops[:n], other(), *node.ops[n + 1 :]]
    elif isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        yield "op", ARITHMETIC[type(node.op)]()
    elif isinstance(node, ast.BoolOp):
        yield "op", ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif isinstance(node, ast.IfExp):
        yield "test", ast.UnaryOp(ast.Not(), node.test)
    elif isinstance(node, ast.comprehension):
        for n, test in enumerate(node.ifs):
            if not isinstance(test, ast.Compare):
                yield "ifs", [*node.ifs[:n], ast.UnaryOp(ast.Not(), test), *node.ifs[n + 1 :]]
    elif isinstance(node, ast.Call):
        for n in range(len(node.keywords)):
            yield "keywords", node.keywords[:n] + node.keywords[n + 1 :]
    elif isinstance(node, (ast.Set, ast.List, ast.Tuple)) and not in_function:
        for n in range(len(node.elts)):
            yield "elts", node.elts[:n] + node.elts[n + 1 :]


def _replacements(node: ast.AST) -> Iterator[ast.expr]:
    """What may stand in place of a constant, a name, a negation, a table."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield ast.Constant(not node.value)
        elif isinstance(node.value, int):
            yield ast.Constant(node.value + 1)
        elif isinstance(node.value, str):
            yield ast.Constant(f"{node.value}?")
    elif isinstance(node, ast.Name) and node.id in NAMES:
        yield ast.Name(NAMES[node.id], ast.Load())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.USub)):
        yield node.operand
    elif isinstance(node, ast.Dict):
        for n in range(len(node.keys)):
            yield ast.Dict(node.keys[:n] + node.keys[n + 1 :], node.values[:n] + node.values[n + 1 :])


def _children(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """What to look into, with the field it stands in."""
    if isinstance(node, ast.arguments):
        fields: tuple[str, ...] = ("defaults", "kw_defaults")
    elif isinstance(node, ast.Lambda):
        fields = ("body",)
    else:
        fields = node._fields
    for name in fields:
        yield from ((name, child) for child in _as_list(getattr(node, name))
                    if isinstance(child, (ast.expr, ast.comprehension, ast.keyword, ast.withitem)))
