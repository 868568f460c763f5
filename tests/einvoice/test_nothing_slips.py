"""Whatever happens to an invoice: what the published rules would refuse at the customer's, the pre-flight refuses here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from decimal import Decimal as D
from random import Random
from typing import Any

from chalicelib.einvoice import cii, ubl
from chalicelib.einvoice.model import Invoice
from chalicelib.einvoice.preflight import blocks, preflight
from tests.einvoice import cases, rules

EXAMPLES = 60
Path = tuple[Any, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where a plain value or a list stands in the invoice."""
    if is_dataclass(value):
        for field in fields(value):
            yield from leaves(getattr(value, field.name), (*path, field.name))
        return
    yield path
    if isinstance(value, tuple):
        for i, each in enumerate(value):
            yield from leaves(each, (*path, i))


def changed(value: Any, path: Path, chance: Random) -> Any:
    """The value with what stands at the path spoilt."""
    if path:
        first, *rest = path
        if isinstance(value, tuple):
            return tuple(changed(each, tuple(rest), chance) if i == first else each for i, each in enumerate(value))
        return replace(value, **{first: changed(getattr(value, first), tuple(rest), chance)})
    if isinstance(value, D):
        return chance.choice((value + D("0.01"), value - D("0.01"), -value, value * 2, D(0), value + D("0.00001")))
    if isinstance(value, date):
        return value + timedelta(days=chance.choice((-400, -1, 1, 400)))
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return chance.choice(("", "X", value[:-1], value + value, " "))
    if isinstance(value, tuple) and value:
        return chance.choice((value[1:], (*value, value[0]), ()))
    return value


def spoilt(chance: Random) -> tuple[str, Path, Invoice]:
    """Some case with one thing wrong, or not wrong enough to matter."""
    name = chance.choice(sorted(cases.CASES))
    whole = cases.CASES[name]()
    path = chance.choice(sorted(leaves(whole), key=str))
    return name, path, changed(whole, path, chance)


def slipped(seed: int, examples: int) -> list[tuple[str, Path, list[str]]]:
    """What the published rules refuse and the pre-flight lets pass."""
    chance, found = Random(seed), []
    for _ in range(examples):
        name, path, invoice = spoilt(chance)
        if blocks(preflight(invoice)) or not invoice.number.strip():  # the number is given after the pre-flight
            continue
        for syntax, write in (("cii", cii.write), ("ubl", ubl.write)):
            xml = write(invoice)
            broken = [*rules.schema_errors(syntax, xml), *rules.broken_rules(rules.EUROPEAN[syntax], xml),
                      *rules.broken_rules(rules.FRENCH[syntax], xml)]
            if broken:
                found.append((f"{name} {syntax}", path, broken[:2]))
    return found


def test_nothing_that_a_platform_refuses_slips_past_the_preflight() -> None:
    assert slipped(20261124, EXAMPLES) == []
