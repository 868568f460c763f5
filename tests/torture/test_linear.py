"""The checker of histories: what it must accept, and what it must not."""

from __future__ import annotations

import random

import pytest

from tests.torture.linear import Operation as Op
from tests.torture.linear import Shelf, problem

RECEIVED = Op("receive", 0, 1, "ok", quantity=3)


@pytest.mark.parametrize("history", [
    [RECEIVED, Op("place", 2, 3, "ok", "a", 2), Op("read", 4, 5, 1)],
    [RECEIVED, Op("place", 2, 6, "ok", "a", 2), Op("read", 3, 4, 3), Op("read", 5, 7, 1)],
    [RECEIVED, Op("place", 2, 6, "ok", "a", 2), Op("place", 3, 5, "short", "b", 2)],
    [RECEIVED, Op("place", 2, 9, "ok", "a", 3), Op("cancel", 3, 9, "ok", "a"), Op("place", 4, 8, "ok", "b", 3)],
    [RECEIVED, Op("place", 2, 3, "ok", "a", 1), Op("cancel", 4, 9, "ok", "a"), Op("ship", 5, 8, "closed", "a"),
     Op("state", 10, 10, "cancelled", "a"), Op("read", 10, 10, 3)],
])
def test_some_order_gives_these_answers(history: list[Op]) -> None:
    assert problem(history) == ""


@pytest.mark.parametrize("history", [
    [RECEIVED, Op("place", 2, 3, "ok", "a", 2), Op("read", 4, 5, 3)],
    [RECEIVED, Op("place", 2, 6, "ok", "a", 2), Op("read", 3, 4, 1), Op("read", 5, 7, 3)],
    [RECEIVED, Op("place", 2, 6, "ok", "a", 2), Op("place", 3, 5, "ok", "b", 2)],
    [RECEIVED, Op("place", 2, 3, "short", "a", 3)],
    [RECEIVED, Op("place", 2, 3, "ok", "a", 1), Op("cancel", 4, 9, "ok", "a"), Op("ship", 5, 8, "ok", "a")],
    [RECEIVED, Op("place", 2, 3, "ok", "a", 1), Op("state", 4, 4, "none", "a")],
])
def test_no_order_gives_these_answers(history: list[Op]) -> None:
    assert problem(history)


@pytest.mark.parametrize("seed", range(20))
def test_what_a_counter_answered_is_linearizable_however_long_the_answers_took(seed: int) -> None:
    """Instants are drawn around those at which a plain counter did it; then one answer is made wrong."""
    chance, shelf, history = random.Random(seed), Shelf(), [Op("receive", -1, -1, "ok", quantity=20)]
    shelf.change(history[0])
    for n in range(200):
        kind = chance.choice(("place", "place", "cancel", "read"))
        quantity = chance.randint(1, 3)
        order = f"o{n}" if kind == "place" else f"o{chance.randrange(n + 1)}"
        at = (n - chance.random() * 4, n + chance.random() * 4)
        if kind == "read":
            each = Op(kind, *at, shelf.available)
        else:
            good = Op(kind, *at, "ok", order, quantity)
            each = good if shelf.takes(good) else Op(kind, *at, "short" if kind == "place" else "closed", order, quantity)
            shelf.change(each)
        history.append(each)
    assert problem(history) == ""
    assert problem([*history, Op("read", 300, 300, shelf.available + 1)])
