"""DynamoDB's expressions, the part of the grammar that the product uses; anything else is refused loudly.

Each expression is compiled once, to a function over (item, values); the text and the names are the cache's key. Paths are
single names, values are S, N, B, BOOL, NULL. Source of the rules: the DynamoDB developer guide, "Expressions reference".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from ministack.services._dynamodb_keywords import AWS_KEYWORDS

from tests.torture.values import EXACT, Refused, Unsupported, Wire, number

Test = Callable[[Wire, Wire], bool]
Change = Callable[[dict[str, Any], Wire, Wire], None]

_TOKEN = re.compile(r"\s*(?:(?P<op><=|>=|<>|=|<|>|\(|\)|,|\+|-)|(?P<name>#?[A-Za-z_0-9]+)|(?P<value>:[A-Za-z_0-9]+))")
_ORDERED = {"S", "N", "B"}


@dataclass(frozen=True, slots=True)
class Compiled:
    """A compiled expression and the names and values it refers to. `targets` are the attributes an update names."""

    run: Any
    names: frozenset[str]
    values: frozenset[str]
    targets: tuple[str, ...] = ()


class _Reader:
    """Tokens of one expression, with the alias names of its request."""

    def __init__(self, text: str, names: Mapping[str, str]) -> None:
        self.tokens: list[str] = []
        at, text = 0, text.strip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise Unsupported(f"expression {text!r} at {text[at:at + 12]!r}")
            self.tokens.append(match[0].strip())
            at = match.end()
        self.at, self.alias = 0, names
        self.names: set[str] = set()
        self.values: set[str] = set()

    def peek(self, ahead: int = 0) -> str:
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else ""

    def take(self, *wanted: str) -> str:
        found = self.peek()
        if not found or (wanted and found.upper() not in wanted):
            raise Refused(f"syntax error at {found!r}")
        self.at += 1
        return found

    def name(self) -> str:
        found = self.take()
        if found.startswith("#"):
            self.names.add(found)
            if found not in self.alias:
                raise Refused(f"an expression attribute name is not defined: {found}")
            return self.alias[found]
        if not re.match(r"[A-Za-z_]", found):
            raise Refused(f"syntax error at {found!r}")
        if found.upper() in AWS_KEYWORDS:
            raise Refused(f"attribute name is a reserved keyword: {found}")
        return found

    def value(self) -> str:
        found = self.take()
        if not found.startswith(":"):
            raise Unsupported(f"an operand that is no value: {found!r}")
        self.values.add(found)
        return found


def _kind(value: Wire | None) -> str:
    return next(iter(value)) if value else ""


def comparable(value: Wire) -> Any:
    """The content of an attribute value, as it compares."""
    kind = _kind(value)
    return Decimal(value["N"]) if kind == "N" else value[kind]


def _compare(operator: str) -> Callable[[Wire | None, Wire], bool]:
    def equal(left: Wire | None, right: Wire) -> bool:
        return left is not None and _kind(left) == _kind(right) and comparable(left) == comparable(right)

    def ordered(left: Wire | None, right: Wire) -> bool:
        if _kind(right) not in _ORDERED:
            raise Refused(f"{operator} does not compare {_kind(right)}")
        if left is None or _kind(left) != _kind(right):
            return False
        a, b = comparable(left), comparable(right)
        return bool({"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[operator])

    if operator == "=":
        return equal
    if operator == "<>":
        return lambda left, right: not equal(left, right)
    return ordered


def _disjunction(reader: _Reader) -> Test:
    parts = [_conjunction(reader)]
    while reader.peek().upper() == "OR":
        reader.take()
        parts.append(_conjunction(reader))
    return parts[0] if len(parts) == 1 else lambda item, values: any(part(item, values) for part in parts)


def _conjunction(reader: _Reader) -> Test:
    parts = [_negation(reader)]
    while reader.peek().upper() == "AND":
        reader.take()
        parts.append(_negation(reader))
    return parts[0] if len(parts) == 1 else lambda item, values: all(part(item, values) for part in parts)


def _negation(reader: _Reader) -> Test:
    if reader.peek().upper() == "NOT":
        reader.take()
        inner = _negation(reader)
        return lambda item, values: not inner(item, values)
    if reader.peek() == "(":
        reader.take()
        inner = _disjunction(reader)
        reader.take(")")
        return inner
    if reader.peek(1) == "(":
        return _function(reader)
    return _comparison(reader)


def _function(reader: _Reader) -> Test:
    called = reader.take()
    reader.take("(")
    name = reader.name()
    if called in ("attribute_exists", "attribute_not_exists"):
        reader.take(")")
        wanted = called == "attribute_exists"
        return lambda item, values: (name in item) is wanted
    if called not in ("begins_with", "contains"):
        raise Unsupported(f"the function {called}")
    reader.take(",")
    operand = reader.value()
    reader.take(")")

    def begins(item: Wire, values: Wire) -> bool:
        right = values[operand]
        if _kind(right) != "S":
            raise Refused("begins_with takes a string")
        left = item.get(name)
        return left is not None and "S" in left and left["S"].startswith(right["S"])

    def contains(item: Wire, values: Wire) -> bool:
        left, right = item.get(name), values[operand]
        return left is not None and "S" in left and _kind(right) == "S" and right["S"] in left["S"]

    return begins if called == "begins_with" else contains


def _comparison(reader: _Reader) -> Test:
    name, operator = reader.name(), reader.take().upper()
    if operator == "BETWEEN":
        low = reader.value()
        reader.take("AND")
        high = reader.value()
        at_least, at_most = _compare(">="), _compare("<=")
        return lambda item, values: at_least(item.get(name), values[low]) and at_most(item.get(name), values[high])
    if operator == "IN":
        reader.take("(")
        members = [reader.value()]
        while reader.peek() == ",":
            reader.take()
            members.append(reader.value())
        reader.take(")")
        equal = _compare("=")
        return lambda item, values: any(equal(item.get(name), values[member]) for member in members)
    if operator not in ("=", "<>", "<", "<=", ">", ">="):
        raise Refused(f"syntax error at {operator!r}")
    operand, compare = reader.value(), _compare(operator)
    return lambda item, values: compare(item.get(name), values[operand])


def _checked(reader: _Reader, run: Any, targets: tuple[str, ...] = ()) -> Compiled:
    if reader.at != len(reader.tokens):
        raise Refused(f"syntax error at {reader.peek()!r}")
    return Compiled(run, frozenset(reader.names), frozenset(reader.values), targets)


@lru_cache(maxsize=4096)
def _condition(text: str, names: tuple[tuple[str, str], ...]) -> Compiled:
    reader = _Reader(text, dict(names))
    if not reader.tokens:
        raise Refused("the expression can not be empty")
    return _checked(reader, _disjunction(reader))


def condition(text: str, names: Mapping[str, str]) -> Compiled:
    """A condition or filter: `run(item, values) -> bool`. Raises Refused, Unsupported."""
    return _condition(text, tuple(names.items()))


@lru_cache(maxsize=4096)
def _key_condition(text: str, names: tuple[tuple[str, str], ...], partition: str, sort: str) -> Compiled:
    reader = _Reader(text, dict(names))
    hashed, parts = "", list[tuple[str, list[str]]]()
    while True:
        start = reader.at
        function = reader.take().lower() if reader.peek(1) == "(" else ""
        if function:
            reader.take("(")
        name = reader.name()
        if function not in ("", "begins_with") or name not in (partition, sort):
            raise Refused(f"query condition missed key schema element: {name}")
        operator = "begins_with" if function else reader.take().upper()
        reader.take(",") if function else None
        operands = [reader.value()]
        if operator == "BETWEEN":
            reader.take("AND")
            operands.append(reader.value())
        if function:
            reader.take(")")
        if name == partition and operator == "=" and not hashed:
            hashed = operands[0]
        elif name == sort and operator in ("=", "<", "<=", ">", ">=", "BETWEEN", "begins_with") and not parts:
            parts.append((operator, operands))
        else:
            raise Refused(f"a key condition that no key allows at {reader.tokens[start]!r}")
        if reader.at == len(reader.tokens):
            break
        reader.take("AND")
    if not hashed:
        raise Refused(f"query condition missed key schema element: {partition}")
    return _checked(reader, (hashed, parts[0] if parts else None))


def key_condition(text: str, names: Mapping[str, str], partition: str, sort: str) -> Compiled:
    """A key condition: `run` is (value of the partition key, (operator, values of the sort key) or None)."""
    return _key_condition(text, tuple(names.items()), partition, sort)


@lru_cache(maxsize=1024)
def _projection(text: str, names: tuple[tuple[str, str], ...]) -> Compiled:
    reader = _Reader(text, dict(names))
    chosen = [reader.name()]
    while reader.peek() == ",":
        reader.take()
        chosen.append(reader.name())
    if len(set(chosen)) != len(chosen):
        raise Refused("two document paths overlap")
    return _checked(reader, tuple(chosen))


def projection(text: str, names: Mapping[str, str]) -> Compiled:
    """A projection: `run` is the names of the attributes that are kept."""
    return _projection(text, tuple(names.items()))


# -- updates -----------------------------------------------------------------------------------------------------------


def added(left: Wire | None, right: Wire, sign: int = 1) -> Wire:
    """left + right × sign as a number value. Raises Refused for anything but numbers."""
    if _kind(right) != "N" or (left is not None and _kind(left) != "N"):
        raise Refused("an operand in the update expression has an incorrect data type")
    total = EXACT.add(Decimal(left["N"]) if left else Decimal(0), sign * Decimal(right["N"]))
    return {"N": number(str(total))}


def _operand(reader: _Reader) -> Callable[[Wire, Wire], Wire]:
    """A value, an attribute, or `if_not_exists(attribute, value)`."""
    if reader.peek().startswith(":"):
        value = reader.value()
        return lambda before, values: values[value]  # type: ignore[no-any-return]
    if reader.peek(1) == "(":
        if reader.take() != "if_not_exists":
            raise Unsupported("a function of SET other than if_not_exists")
        reader.take("(")
        name = reader.name()
        reader.take(",")
        otherwise = _operand(reader)
        reader.take(")")
        return lambda before, values: before[name] if name in before else otherwise(before, values)
    name = reader.name()

    def attribute(before: Wire, values: Wire) -> Wire:
        if name not in before:
            raise Refused("the provided expression refers to an attribute that does not exist in the item")
        return before[name]  # type: ignore[no-any-return]

    return attribute


def _set(reader: _Reader) -> tuple[str, Change]:
    name = reader.name()
    reader.take("=")
    first = _operand(reader)
    if reader.peek() not in ("+", "-"):
        return name, lambda item, before, values: item.__setitem__(name, first(before, values))
    sign = 1 if reader.take() == "+" else -1
    second = _operand(reader)

    def change(item: dict[str, Any], before: Wire, values: Wire) -> None:
        item[name] = added(first(before, values), second(before, values), sign)

    return name, change


def _add(reader: _Reader) -> tuple[str, Change]:
    name, value = reader.name(), reader.value()

    def change(item: dict[str, Any], before: Wire, values: Wire) -> None:
        if _kind(values[value]) in ("SS", "NS", "BS"):
            raise Unsupported("ADD to a set")
        item[name] = added(before.get(name), values[value])

    return name, change


def _remove(reader: _Reader) -> tuple[str, Change]:
    name = reader.name()
    return name, lambda item, before, values: item.pop(name, None)


_CLAUSES = {"SET": _set, "ADD": _add, "REMOVE": _remove}


@lru_cache(maxsize=4096)
def _update(text: str, names: tuple[tuple[str, str], ...]) -> Compiled:
    reader = _Reader(text, dict(names))
    changes: list[Change] = []
    targets: list[str] = []
    used: set[str] = set()
    while reader.at < len(reader.tokens) or not used:
        clause = reader.take().upper()
        if clause == "DELETE":
            raise Unsupported("DELETE from a set")
        if clause not in _CLAUSES or clause in used:
            raise Refused(f"syntax error at {clause!r}")
        used.add(clause)
        while True:
            name, change = _CLAUSES[clause](reader)
            targets.append(name)
            changes.append(change)
            if reader.peek() != ",":
                break
            reader.take()
    if len(set(targets)) != len(targets):
        raise Refused("two document paths overlap with each other")

    def run(before: Wire, values: Wire) -> dict[str, Any]:
        item = dict(before)
        for change in changes:
            change(item, before, values)
        return item

    return _checked(reader, run, tuple(targets))


def update(text: str, names: Mapping[str, str]) -> Compiled:
    """An update: `run(item before, values) -> item after`, the item before unchanged. Raises Refused, Unsupported."""
    return _update(text, tuple(names.items()))
