"""Whether a recorded history of one SKU is linearizable: some order of its operations, each between its call and its
answer, gives the answers that were given.

The search is Wing and Gong's ("Testing and verifying concurrent objects", 1993) with Lowe's memory of what was tried
("Testing for linearizability", 2017), as Porcupine does it: operations that were called are tried in turn, and taken back
when the first answer that is due does not fit. SKUs are independent objects, so each history is checked alone (Herlihy
and Wing, "Linearizability", 1990, theorem 1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

FOREVER = float("inf")
MOST_STEPS = 1_000_000


@dataclass(frozen=True, slots=True)
class Operation:
    """What a client asked of a SKU and what it was told.

    `kind` is place, cancel, ship, receive, read or state; `result` is ok, short (place), closed (cancel, ship: the order
    is not open any more), the quantity read, or the order's state.
    """

    kind: str
    called: float
    answered: float
    result: Any
    order: str = ""
    quantity: int = 0


class Shelf:
    """The sequential model: what is available of one SKU, and each order's state."""

    def __init__(self) -> None:
        self.available = 0
        self.orders: dict[str, str] = {}
        self.quantities: dict[str, int] = {}

    def takes(self, each: Operation) -> bool:
        """Whether the answer of an operation fits the state as it is."""
        if each.kind == "place":
            return (self.available >= each.quantity) == (each.result == "ok")
        if each.kind in ("cancel", "ship"):
            return (self.orders.get(each.order) == "open") == (each.result == "ok")
        if each.kind == "read":
            return bool(self.available == each.result)
        if each.kind == "state":
            return self.orders.get(each.order, "none") == each.result
        return True

    def change(self, each: Operation, sign: int = 1) -> None:
        """What an operation changes; with sign -1 it is taken back."""
        if each.result != "ok":
            return
        if each.kind == "place":
            self.available -= sign * each.quantity
            self.orders[each.order] = "open" if sign == 1 else "none"
            self.quantities[each.order] = each.quantity
        elif each.kind == "receive":
            self.available += sign * each.quantity
        else:
            if each.kind == "cancel":
                self.available += sign * self.quantities[each.order]
            closed = "cancelled" if each.kind == "cancel" else "shipped"
            self.orders[each.order] = closed if sign == 1 else "open"


@dataclass(slots=True, eq=False)
class _Event:
    """A call or an answer in the order of time; `answer` is the call's own answer."""

    each: Operation | None
    bit: int
    answer: _Event | None = None
    before: _Event | None = None
    after: _Event | None = field(default=None, repr=False)

    def lift(self) -> None:
        """Takes a call and its answer out of the list."""
        for event in (self, self.answer):
            assert event is not None and event.before is not None
            event.before.after = event.after
            if event.after is not None:
                event.after.before = event.before

    def put_back(self) -> None:
        for event in (self.answer, self):
            assert event is not None and event.before is not None
            event.before.after = event
            if event.after is not None:
                event.after.before = event


def _events(history: Iterable[Operation]) -> _Event:
    """The list's head; calls come before answers of the same instant."""
    found: list[tuple[float, int, int, _Event]] = []
    for n, each in enumerate(history):
        answer = _Event(None, 1 << n)
        found += [(each.called, 0, n, _Event(each, 1 << n, answer)), (each.answered, 1, n, answer)]
    head = last = _Event(None, 0)
    for _, _, _, event in sorted(found, key=lambda row: row[:3]):
        event.before, last.after = last, event
        last = event
    return head


def _candidates(head: _Event) -> list[_Event]:
    """The calls that may come next, that is before the first answer that is due; the most urgent last. A call that may have
    had its effect much later is thus tried late, as it mostly was."""
    found = []
    event = head.after
    while event is not None and event.each is not None:
        found.append(event)
        event = event.after
    return sorted(found, key=lambda each: -each.each.answered if each.each else 0.0)


def problem(history: Iterable[Operation]) -> str:
    """"" for a history that is linearizable; else which answer fits no order, or that the search gave up."""
    history = list(history)
    head, shelf = _events(history), Shelf()
    done, steps, furthest = 0, 0, 0
    tried: set[int] = {0}
    chosen: list[_Event] = []
    open_choices = [_candidates(head)]
    stuck: Operation | None = None
    while head.after is not None:
        steps += 1
        if steps > MOST_STEPS:
            return f"not decided after {MOST_STEPS} steps, {furthest} of {len(history)} operations"
        if open_choices[-1]:
            event = open_choices[-1].pop()
            assert event.each is not None
            if shelf.takes(event.each) and done | event.bit not in tried:
                done |= event.bit
                tried.add(done)
                shelf.change(event.each)
                chosen.append(event)
                event.lift()
                open_choices.append(_candidates(head))
            continue
        if len(chosen) >= furthest:
            furthest, stuck = len(chosen), _due(head)
        if not chosen:
            return f"no order of {len(history)} operations gives the answer {stuck}"
        open_choices.pop()
        event = chosen.pop()
        assert event.each is not None
        done &= ~event.bit
        shelf.change(event.each, -1)
        event.put_back()
    return ""


def _due(head: _Event) -> Operation | None:
    """The call whose answer is due next."""
    waiting = _candidates(head)
    return waiting[-1].each if waiting else None


def by_sku(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Operation]]:
    """Histories of recorded operations, SKU by SKU."""
    found: dict[str, list[Operation]] = {}
    for row in rows:
        found.setdefault(str(row["sku"]), []).append(Operation(
            row["kind"], row["called"], row["answered"], int(row["result"]) if row["kind"] == "read" else row["result"],
            row["order"], row["quantity"]))
    return found
