"""Pure arithmetic of roll-ups: facts become cells, cells of a document are cut into parts, a part replaces the former one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from zlib import crc32

from chalicelib.kernel.money import ZERO
from chalicelib.reporting.measures import COUNTED, DIMENSIONS, MEASURES, SHARDS
from chalicelib.reporting.model import Cell, Contribution, Fact

CELLS, DAYS = 20, 8
"""The most cells and days in a part: the former 20 and the new ones, by day and by month, and the days' rows fit one
transaction."""

Place = tuple[str, str, str, date]
"""Where a cell is: dimension, member, currency, day."""


def cells_of(facts: Iterable[Fact]) -> list[Cell]:
    """The cells that the facts of one document add up to, in a fixed order. Counts count the document once in a cell."""
    found: dict[Place, dict[str, Decimal]] = {}
    for fact in facts:
        for dimension in DIMENSIONS:
            if dimension not in fact.members:
                continue
            numbers = found.setdefault((dimension, fact.members[dimension], fact.currency, fact.day), {})
            for name, number in fact.numbers.items():
                if dimension in MEASURES[name].dimensions:
                    before = numbers.get(name, ZERO)
                    numbers[name] = max(before, number) if name in COUNTED else before + number
    return [Cell(dimension=place[0], member=place[1], currency=place[2], day=place[3], numbers=_written(numbers))
            for place, numbers in sorted(found.items()) if any(numbers.values())]


def _written(numbers: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {name: number for name, number in sorted(numbers.items()) if number}


def parts_of(cells: Sequence[Cell], days: Sequence[date]) -> list[tuple[tuple[Cell, ...], tuple[date, ...]]]:
    """The cells and days cut so that each part is one transaction; always at least one part."""
    count = max(1, -(-len(cells) // CELLS), -(-len(days) // DAYS))
    return [(tuple(cells[n * CELLS : (n + 1) * CELLS]), tuple(days[n * DAYS : (n + 1) * DAYS])) for n in range(count)]


def changes(before: Contribution | None, after: Sequence[Cell]) -> dict[Place, dict[str, Decimal]]:
    """What must be added to each cell so that the former contribution is gone and the new one there."""
    found: dict[Place, dict[str, Decimal]] = {}
    for sign, cells in ((-1, before.cells if before else ()), (1, after)):
        for cell in cells:
            numbers = found.setdefault((cell.dimension, cell.member, cell.currency, cell.day), {})
            for name, number in cell.numbers.items():
                numbers[name] = numbers.get(name, ZERO) + sign * number
    return {place: numbers for place, all_ in found.items() if (numbers := _written(all_))}


def by_month(changed: Mapping[Place, Mapping[str, Decimal]]) -> dict[Place, dict[str, Decimal]]:
    """The same changes added up by month; the day of a month's cell is its first."""
    found: dict[Place, dict[str, Decimal]] = {}
    for (dimension, member, currency, day), numbers in changed.items():
        kept = found.setdefault((dimension, member, currency, day.replace(day=1)), {})
        for name, number in numbers.items():
            kept[name] = kept.get(name, ZERO) + number
    return {place: numbers for place, all_ in found.items() if (numbers := _written(all_))}


def shard(dimension: str, document_id: str) -> int:
    """Which of a cell's items a document writes to: always the same one."""
    return crc32(document_id.encode()) % SHARDS[dimension]
