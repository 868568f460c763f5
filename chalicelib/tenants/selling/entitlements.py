"""What a tenant's plan lets it have: decided here and nowhere else.

`decide` is pure. Whoever adds a user, a channel, an order by hand or a file calls the `require_` of it, which counts what
there is and raises with the way on. What a shop sends is never refused: an order that was paid must not be lost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Forbidden, Unavailable
from chalicelib.kernel.standing import Standing
from chalicelib.storage import keys, read
from chalicelib.storage.keys import Key
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants.model import TENANT, Tenant
from chalicelib.tenants.selling.plans import plan_of, smallest_with

UPGRADE = "/settings/subscription"
PROGRAMS_AND_PEOPLE = ("user", "api_key")
WORDS = {"seats": "users", "channels": "sales channels", "orders": "orders a month", "storage_bytes": "bytes of storage"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something is not in the plan: how much it has, how much there would be, and the smallest plan that has it."""

    what: str
    plan: str
    limit: int
    wanted: int
    next_plan: str

    def error(self) -> Forbidden:
        """The same as an error: `plan_limit_seats`, `plan_limit_channels`, `plan_limit_orders`, `plan_limit_storage`."""
        code = f"plan_limit_{self.what.removesuffix('_bytes')}"
        more = f" The plan {self.next_plan.capitalize()} has enough." if self.next_plan else ""
        return Forbidden(code, f"The plan {self.plan.capitalize()} has {self.limit} {WORDS[self.what]}.{more}", None,
                         plan=self.plan, limit=self.limit, wanted=self.wanted, next_plan=self.next_plan, upgrade=UPGRADE)


def limit_of(standing: Standing, what: str) -> int:
    """How much of it the tenant may have: seats, orders, channels or storage_bytes."""
    own: int = getattr(plan_of(standing.plan), what)
    return own + (standing.extra_seats if what == "seats" else 0)


def decide(standing: Standing, what: str, used: int, more: int = 1) -> Refusal | None:
    """Whether `more` of it still fits beside what is `used`; None when it does. Nothing that exists is taken away by it, so
    a plan that became smaller only refuses what is new. Orders beyond a plan that sells more of them are not refused."""
    limit = limit_of(standing, what)
    if used + more <= limit or (what == "orders" and plan_of(standing.plan).extra_order is not None):
        return None
    return Refusal(what, standing.plan, limit, used + more, smallest_with(what, used + more))


def require(standing: Standing, what: str, used: int, more: int = 1) -> None:
    """Raises Forbidden when `more` of it does not fit beside what is `used`."""
    refusal = decide(standing, what, used, more)
    if refusal is not None:
        raise refusal.error()


def standing_of(ctx: Context) -> Standing:
    """The tenant's standing as stored, for work whose context was not made from a request."""
    found = read.find(ctx, TENANT, ctx.tenant_id)
    return found.standing if found is not None else Standing()


def require_channel(ctx: Context, connected: int) -> None:
    """Raises Forbidden `plan_limit_channels` when so many channels are all the plan has."""
    require(ctx.standing, "channels", connected)


def month_of(at: datetime) -> str:
    """The month that an instant counts for, UTC."""
    return f"{at:%Y-%m}"


def require_order(ctx: Context) -> None:
    """Raises Forbidden `plan_limit_orders` for an order typed by hand, or sent by a program, in a month whose orders are
    used up. The month's orders are counted behind the order, and the verdict stands in the tenant's document, which
    authentication reads anyway: it costs no read, and a few orders more may pass before it is known."""
    if ctx.actor.kind in PROGRAMS_AND_PEOPLE and ctx.standing.orders_full_in == month_of(ctx.now):
        require(ctx.standing, "orders", limit_of(ctx.standing, "orders"))


def storage_key(ctx: Context) -> Key:
    """Where the bytes of a tenant's files are counted."""
    return keys.child(ctx, "usage", "storage", keys.ALONE)


def orders_key(ctx: Context, month: str) -> Key:
    """Where a month's orders are counted, by day."""
    return keys.child(ctx, "usage", "orders", month)


def storage_used(ctx: Context) -> int:
    """The bytes of the tenant's files: what people uploaded (pictures, logos, files to import), and the papers and labels
    that are made for it. Exports, the archive of erased persons and what jobs lay aside are not counted: they end by
    themselves, or the law wants them."""
    key = storage_key(ctx)
    found = read.raw_many(ctx, (key,)).get(key)
    return int(found["value"]["N"]) if found else 0


def count_storage(transaction: Transaction, more: int) -> None:
    """Write part: files of `more` bytes are kept (fewer, when below 0), counted in the transaction that keeps them, so a repeat
    counts nothing. Nothing is refused: an invoice must be made whatever room there is."""
    ctx = transaction.ctx
    transaction.add(storage_key(ctx), "usage", {"value": Decimal(more)}, {}, Unavailable)


def require_storage(transaction: Transaction, more: int) -> None:
    """The same for what somebody uploads, if there is room for it. Raises Forbidden `plan_limit_storage`."""
    ctx = transaction.ctx
    require(ctx.standing, "storage_bytes", storage_used(ctx), more)
    count_storage(transaction, more)


def standing_writes(transaction: Transaction, tenant: Tenant, standing: Standing, closed: bool = False) -> None:
    """Adds to a transaction that the tenant stands so from the next request on; nothing when it does already."""
    status = "closed" if closed else tenant.status
    if tenant.standing != standing or tenant.status != status:
        transaction.save(TENANT, tenant, replace(tenant, standing=standing, status=status))
