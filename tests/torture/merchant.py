"""A merchant in a simulated world: contexts, commands with a client's patience, and the books as the table has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar
from unittest.mock import patch

from chalicelib.channels import connecting
from chalicelib.channels.model import Connection, NewConnection
from chalicelib.documents import drawing
from chalicelib.documents.sheet import Sheet
from chalicelib.kernel import codec
from chalicelib.kernel.context import Actor, Command, Context
from chalicelib.kernel.documents import Document, just_read
from chalicelib.kernel.errors import AlreadyDone, OutcomeUnknown, Unavailable
from chalicelib.runtime import sessions
from chalicelib.runtime.api import platform_context
from chalicelib.runtime.worker import tenant_work
from chalicelib.storage import single
from chalicelib.storage.table import Item, from_wire
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants import directory
from chalicelib.tenants import service as tenants
from chalicelib.tenants.model import COMPANY, TENANT, Company, NewApiKey, NewTenant, Tenant
from tests.gateway import call_api
from tests.sales.shop import Shop
from tests.torture.shops import SimulatedShop
from tests.torture.world import Died, World
from tests.working import import_products

T = TypeVar("T")
PATIENCE = 12
ACME = "acme"


class GaveUp(Exception):
    """A client's patience ended; its command may have had its effect or not."""


@contextmanager
def papers_not_drawn() -> Iterator[None]:
    """Papers are not set: a typesetter's seconds prove nothing of books and lists; the bytes are its input's."""
    def pdf(sheet: Sheet, logo: bytes = b"", xml: bytes = b"") -> bytes:
        return codec.encode(sheet).encode() + logo + xml

    with patch.object(drawing, "pdf", pdf):
        yield


class Merchant:
    """One tenant. `shop` is the test shop of tests/sales with contexts of this world."""

    def __init__(self, world: World, tenant_id: str = ACME) -> None:
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

    # -- what a proof may need besides --------------------------------------------------------------------------------

    def become_tenant(self, company: Company | None = None) -> None:
        """The tenant's own record, among the active ones, so that schedules and the sweep find it."""
        ctx = self.context()
        transaction = Transaction(ctx)
        transaction.create(TENANT, Tenant(id=self.tenant_id, name="Torture", created_at=ctx.now))
        transaction.create(COMPANY, company or Company(legal_name="Torture SARL"))
        transaction.commit()
        platform = platform_context("torture")
        single.put(platform, Item(sessions.tenants_key(platform, self.tenant_id), "tenant_name", "", "{}"))

    def open_account(self) -> Callable[..., tuple[int, Any, Any]]:
        """Makes the tenant with an owner and an API key; answers `call(method, path, body, headers)` with that key.

        A request is answered by the whole edge, as `tests.gateway.call_api`; put it into `world.invoke` for faults.
        """
        platform = platform_context("torture")
        tenant, owner = tenants.create_tenant(platform, NewTenant(
            name="Torture", tenant_id=self.tenant_id, owner_email=f"{self.tenant_id}@example.org", owner_name="Torture",
            owner_password="a long torture password"))
        inside = directory.within(platform, tenant.id, owner)
        _, key = tenants.create_api_key(directory.apart(inside, "key"), NewApiKey(name="torture", role="owner"))

        def call(method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, Any, Any]:
            return call_api(method, path, body, {"authorization": f"Bearer {key}", **(headers or {})})

        return call

    def connect(self, shop: SimulatedShop, **rules: Any) -> Connection:
        """Connects a simulated shop and binds every SKU that both know."""
        connection, _ = connecting.create(self.context(), NewConnection(
            name=shop.slug, base_url=shop.url, credentials={"consumer_key": shop.key, "consumer_secret": shop.secret},
            **rules))
        import_products(self.context(), connection)
        return connection

    # -- the books -------------------------------------------------------------------------------------------------------

    def items(self, prefix: str) -> Iterator[Item]:
        """Every stored item whose partition begins so (named without the tenant), straight from the table."""
        start = f"T#{self.tenant_id}#{prefix}"
        for pk, rows in self.world.cloud.table.items.items():
            if pk.startswith(start):
                for wire in rows.values():
                    yield from_wire(dict(wire))

    def documents(self, document: Document[T]) -> Iterator[T]:
        """Every stored document of a kind."""
        for item in self.items(f"{document.kind.upper()}#"):
            if item.kind == document.kind:
                yield just_read(codec.restore(document, item.data, item.schema_version), item.version)

    def wires(self, prefix: str) -> Iterator[dict[str, Any]]:
        """The same as wire items (balances)."""
        start = f"T#{self.tenant_id}#{prefix}"
        for pk, rows in self.world.cloud.table.items.items():
            if pk.startswith(start):
                yield from (dict(wire) for wire in rows.values())

    def numbers(self, wire: dict[str, Any], *names: str) -> list[Decimal]:
        """Numbers of a balance; 0 for those it has not."""
        return [Decimal(wire[name]["N"]) if name in wire else Decimal(0) for name in names]
