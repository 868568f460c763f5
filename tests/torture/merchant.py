"""A merchant in a simulated world: contexts, commands with a client's patience, and the books as the table has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

from chalicelib.kernel.context import Actor, Command, Context
from chalicelib.kernel.errors import AlreadyDone, OutcomeUnknown, Unavailable
from chalicelib.runtime.worker import tenant_work
from chalicelib.storage.table import Item, from_wire
from tests.sales.shop import Shop
from tests.torture.world import Died, World

T = TypeVar("T")
PATIENCE = 12
TENANT = "acme"


class GaveUp(Exception):
    """A client's patience ended; its command may have had its effect or not."""


class Merchant:
    """One tenant. `shop` is the test shop of tests/sales with contexts of this world."""

    def __init__(self, world: World, tenant_id: str = TENANT) -> None:
        self.world, self.tenant_id = world, tenant_id
        self.shop = Shop(self.context)

    def context(self, command_id: str = "", seconds: float = 25.0) -> Context:
        """A context of the owner on the clock of whoever asks; a command of its own unless one is named."""
        ctx = tenant_work(self.tenant_id, "torture", seconds=seconds)
        ctx = replace(ctx, actor=Actor("user", "usr_torture", "Torture"))
        return replace(ctx, command=Command(command_id)) if command_id else ctx

    def insist(self, command_id: str, work: Callable[[Context], T], name: str = "api") -> T | AlreadyDone:
        """What a good client does: sends the command, and the same command again when no answer or a 503 came.

        Answers what `work` answers, or AlreadyDone with the marker when an earlier attempt had done it. Raises what
        refuses the command, and GaveUp.
        """
        world = self.world
        for attempt in range(PATIENCE):
            try:
                return world.invoke(name, lambda: work(self.context(command_id)))
            except AlreadyDone as done:
                return done
            except (Died, Unavailable, OutcomeUnknown):
                world.sleep(0.5 * 1.5**attempt * world.chance.random())
        raise GaveUp(command_id)

    # -- the books -------------------------------------------------------------------------------------------------------

    def items(self, prefix: str) -> Iterator[Item]:
        """Every stored item whose partition begins so (named without the tenant), straight from the table."""
        start = f"T#{self.tenant_id}#{prefix}"
        for pk, rows in self.world.cloud.table.items.items():
            if pk.startswith(start):
                for wire in rows.values():
                    yield from_wire(dict(wire))

    def wires(self, prefix: str) -> Iterator[dict[str, Any]]:
        """The same as wire items (balances)."""
        start = f"T#{self.tenant_id}#{prefix}"
        for pk, rows in self.world.cloud.table.items.items():
            if pk.startswith(start):
                yield from (dict(wire) for wire in rows.values())

    def numbers(self, wire: dict[str, Any], *names: str) -> list[Decimal]:
        """Numbers of a balance; 0 for those it has not."""
        return [Decimal(wire[name]["N"]) if name in wire else Decimal(0) for name in names]
