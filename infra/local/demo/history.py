"""A year of orders, the same one on every machine: more at Christmas and in July, most of them small, all of them shipped."""
from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from infra.local.demo.people import FIRMS, FIRST_NAMES, LAST_NAMES, STREETS, TOWNS
from infra.local.demo.range import CAKES, GIFTS, RETAIL

DAYS = int(os.environ.get("DEMO_DAYS", "365"))
"""How much past the demo has; tests need less of it."""
ORDERS_A_MONTH = (30, 22, 21, 25, 26, 30, 41, 36, 24, 25, 38, 80)
"""January to December: ice cream sells in summer and, as logs, at Christmas."""
GROWTH = (0.7, 1.8)
"""The house grows: how many of those orders came a year ago and come now."""
SHIPPING = Decimal("9.90")


@dataclass(frozen=True, slots=True)
class PastLine:
    sku: str
    quantity: int
    gross_price: Decimal


@dataclass(frozen=True, slots=True)
class PastOrder:
    """An order of the past; `shop` is "" for the telephone. `firm` counts in FIRMS when a firm bought."""

    number: int
    placed_at: datetime
    shop: str
    name: str
    town: int
    street: str
    firm: int | None
    lines: tuple[PastLine, ...]

    @property
    def email(self) -> str:
        """An address by the name, at a domain that never resolves (RFC 2606)."""
        plain = self.name.lower().translate(str.maketrans("éèêëïîôöçàùÉ ", "eeeeiioocaue."))
        return f"{plain}@example.org"


def _lines(chance: random.Random, shop: str, firm: bool) -> tuple[PastLine, ...]:
    offered = [cake for cake in CAKES if not shop or shop in cake.shops]
    chosen = chance.sample(offered, k=min(len(offered), chance.choices((1, 2, 3, 4), (40, 34, 18, 8))[0]))
    lines = []
    for cake in chosen:
        sku, portions = chance.choice(cake.skus())
        quantity = chance.randint(2, 6) if firm else chance.choices((1, 2, 3), (70, 24, 6))[0]
        lines.append(PastLine(sku, quantity, cake.sizes[portions][0]))
    return tuple(lines)


def orders(now: datetime, seed: int = 2026) -> Iterator[PastOrder]:
    """The orders of the `DAYS` before `now`, oldest first."""
    chance = random.Random(seed)  # noqa: S311
    number = 0
    day = (now - timedelta(days=DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
    while day < now:
        nearness = max(0.0, 1 - (now - day).days / 365)
        mean = ORDERS_A_MONTH[day.month - 1] / 30 * (GROWTH[0] + (GROWTH[1] - GROWTH[0]) * nearness)
        count = int(mean) + (chance.random() < mean % 1)
        instants = sorted(day + timedelta(seconds=chance.randint(8 * 3600, 22 * 3600)) for _ in range(count))
        for at in instants:
            number += 1
            firm = chance.randrange(len(FIRMS)) if chance.random() < 0.06 else None
            shop = "" if firm is not None or chance.random() < 0.07 else RETAIL if chance.random() < 0.66 else GIFTS
            order = PastOrder(
                number, at.astimezone(UTC), shop, f"{chance.choice(FIRST_NAMES)} {chance.choice(LAST_NAMES)}",
                FIRMS[firm].town if firm is not None else chance.randrange(len(TOWNS)),
                f"{chance.randint(1, 120)} {chance.choice(STREETS)}", firm, _lines(chance, shop, firm is not None))
            if at < now:
                yield order
        day += timedelta(days=1)
