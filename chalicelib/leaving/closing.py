"""A company goes for good: a month in which it can still take its data along or change its mind, then an archive of what the
law wants kept, then nothing.

| state | from | what stands |
|---|---|---|
| `requested` | the owner asked | everything; it can be exported, and the request withdrawn, for 30 days |
| `archiving`, `archived` | the 30 days are over | nobody signs in; only what is kept for ten years is left |
| erased | ten years after the close of the last fiscal year | nothing, not even this |

Time does it, hour by hour (schedule `leaving_closures`); nobody can hurry it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

from chalicelib.channels.model import CONNECTION
from chalicelib.kernel.context import Context
from chalicelib.kernel.documents import Document
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.shapes import command, entity
from chalicelib.kernel.states import Transitions, next_state
from chalicelib.leaving.forgetting import kept_until
from chalicelib.ledger import checkpoints
from chalicelib.runtime import sessions
from chalicelib.storage import blobs, keys, read, single, sweeping, write
from chalicelib.storage.keys import Key
from chalicelib.storage.transaction import Transaction
from chalicelib.subscriptions.model import ID as SUBSCRIPTION_ID
from chalicelib.subscriptions.model import SUBSCRIPTION
from chalicelib.tenants import directory, passkeys
from chalicelib.tenants import service as tenants
from chalicelib.tenants.model import TENANT, USER

GRACE = timedelta(days=30)
CLOSURE_TRANSITIONS: Transitions = {
    ("open", "request"): "requested",
    ("withdrawn", "request"): "requested",
    ("requested", "withdraw"): "withdrawn",
    ("requested", "archive"): "archiving",
    ("archiving", "keep"): "archived",
}
LEGAL = frozenset({
    "TENANT", "CLOSURE", "COMPANY", "ACCOUNT", "JOURNAL", "FISCAL_YEAR", "ACCOUNT_DETERMINATION", "LEDGER_HEAD", "ENTRY",
    "LETTER", "LEDGER_MARK", "BALANCES", "PARTY_BALANCES", "PARTY_LINES", "OPEN_LINES", "INVOICE", "INVOICE_STANDING",
    "ORDER_BILLING", "INVOICING_SETTINGS", "SERIES_HEAD", "PAYMENT", "PAYOUT", "PAYMENT_SETTINGS", "PAPER", "SALES_ORDER",
    "SALES_DELIVERY", "STOCK_OPERATION", "MOVES", "VALUATION", "ERASURE", "ARCHIVE", "SUBJECT_KEY"})
"""What is kept of a closed company: the books, the pieces they rest on, and the numbers they stand in (Code de commerce
L123-22; the stock's moves are the account of its value, L123-12)."""
LEGAL_GUARDS = ("UNIQUE#entry_source#", "UNIQUE#fiscal_month#", "UNIQUE#account_usage#", "UNIQUE#lettered_line#")
LEGAL_FOLDERS = frozenset({"papers", "logo", "ledger", "archive"})


@entity
class Closure:
    """That the company is closing. `archive_from` ends the month of grace, `erase_after` is the last day of its archive;
    `segment` is how far a sweep came."""

    id: str = "closure"
    version: int = 0
    state: str = "open"
    requested_at: datetime | None = None
    requested_by: str = ""
    archive_from: datetime | None = None
    erase_after: date | None = None
    archived_at: datetime | None = None
    segment: int = 0


@entity
class ClosureView:
    """How a closure stands, and what stands in the way of one."""

    state: str
    requested_at: datetime | None
    requested_by: str
    archive_from: datetime | None
    erase_after: date | None
    obstacles: tuple[str, ...]
    version: int


@command
class RequestClosure:
    """`confirm` is the company's name, typed."""

    confirm: str


CLOSURE: Document[Closure] = Document("closure", "", Closure, lambda c: {"state": c.state})


def closure(ctx: Context) -> Closure:
    """How the company's closure stands; `open` when nobody asked for one."""
    return read.find(ctx, CLOSURE, "closure") or Closure()


def view(ctx: Context) -> ClosureView:
    """The closure as it is shown."""
    found = closure(ctx)
    return ClosureView(state=found.state, requested_at=found.requested_at, requested_by=found.requested_by,
                       archive_from=found.archive_from, erase_after=found.erase_after or _end(ctx),
                       obstacles=tuple(_obstacles(ctx)), version=found.version)


def _obstacles(ctx: Context) -> list[str]:
    """Shops that are still connected: they would go on sending orders to nobody."""
    page = read.query(ctx, "by_list", "CONNECTION", limit=100)
    return [f"{CONNECTION.kind}:{row['name']}" for row in page.items if row.get("state") != "removed"]


def _end(ctx: Context) -> date:
    """The last day on which the law wants the company's books kept."""
    years = [(year.starts_on, year.ends_on) for year in checkpoints.years(ctx)]
    return kept_until(max(ctx.now.date(), *(last for _, last in years)) if years else ctx.now.date(), years)


def request(ctx: Context, body: RequestClosure) -> Closure:
    """Asks for the closure. Raises Invalid `confirm`, Conflict `wrong_state` and `shops_connected`."""
    tenant, before = tenants.tenant(ctx), closure(ctx)
    state = next_state(CLOSURE_TRANSITIONS, before.state, "request")
    if body.confirm.strip() != tenant.name:
        raise Invalid("confirm", "Type the company's name to confirm.", {"confirm": "the company's name"})
    obstacles = _obstacles(ctx)
    if obstacles:
        raise Conflict("shops_connected", "Disconnect the shops first: they would send orders to nobody.",
                       {"confirm": ", ".join(obstacles[:10])})
    return _save(ctx, before, replace(
        before, state=state, requested_at=ctx.now, requested_by=ctx.actor.name, archive_from=ctx.now + GRACE,
        erase_after=_end(ctx), segment=0), "ClosureRequested")


def withdraw(ctx: Context) -> Closure:
    """Takes the request back, while the month lasts. Raises Conflict `wrong_state`."""
    before = closure(ctx)
    return _save(ctx, before, replace(before, state=next_state(CLOSURE_TRANSITIONS, before.state, "withdraw")),
                 "ClosureWithdrawn")


def _save(ctx: Context, before: Closure, after: Closure, event: str) -> Closure:
    tx = Transaction(ctx)
    saved = tx.save(CLOSURE, before, after) if before.version else tx.create(CLOSURE, after)
    tx.emit(event, CLOSURE.kind, saved.id, saved.version, {
        "archive_from": saved.archive_from.isoformat() if saved.archive_from else ""})
    tx.answers(200, CLOSURE.kind, saved.id, saved.version)
    tx.commit()
    return saved


# -- what time does --------------------------------------------------------------------------------------------------------


def end_companies(ctx: Context) -> None:
    """One beat for one company: archives or erases as much as the beat has time for."""
    if read.find(ctx, TENANT, ctx.tenant_id) is None:
        _forget_name(ctx)
        return
    found = closure(ctx)
    if found.state == "requested" and found.archive_from is not None and ctx.now >= found.archive_from:
        found = _close(ctx, found)
    if found.state == "archiving":
        _archive(ctx, found)
    elif found.state == "archived" and found.erase_after is not None and ctx.now.date() > found.erase_after:
        _erase(ctx, found)


def _close(ctx: Context, before: Closure) -> Closure:
    """Nobody signs in from here on; logins lose their way in. Whose customer the company was goes with the event, for its
    subscription is deleted next."""
    tenant, bought = tenants.tenant(ctx), read.find(ctx, SUBSCRIPTION, SUBSCRIPTION_ID)
    tx = Transaction(ctx.step("close"))
    tx.save(TENANT, tenant, replace(tenant, status="closed"))
    saved = tx.save(CLOSURE, before, replace(before, state=next_state(CLOSURE_TRANSITIONS, before.state, "archive")))
    tx.emit("CompanyClosed", CLOSURE.kind, saved.id, saved.version, {"customer_id": bought.customer_id if bought else ""})
    tx.commit()
    return saved


def _archive(ctx: Context, found: Closure) -> None:
    """Deletes what the law does not want kept."""
    if not found.segment:
        _leave_directory(ctx)
    found = _sweep(ctx, found, is_legal)
    if found.segment < sweeping.SEGMENTS:
        return
    _delete_files(ctx, lambda folder: folder in LEGAL_FOLDERS)
    tx = Transaction(ctx.step("archived"))
    saved = tx.save(CLOSURE, found, replace(found, state=next_state(CLOSURE_TRANSITIONS, found.state, "keep"), segment=0,
                                            archived_at=ctx.now))
    tx.emit("CompanyArchived", CLOSURE.kind, saved.id, saved.version, {"erase_after": str(saved.erase_after)})
    tx.commit()


def _leave_directory(ctx: Context) -> None:
    """No login leads into the company any more."""
    for user in read.every_document(ctx, USER, "by_list", "USER", limit=200):
        if directory.leave(directory.platform(ctx), user.email, ctx.tenant_id):
            passkeys.forget(directory.platform(ctx), user.login_id)


def is_legal(key: Key, prefix: str) -> bool:
    """Whether an item is of what a closed company keeps."""
    name = key.pk.removeprefix(prefix)
    return name.partition("#")[0] in LEGAL or name.startswith(LEGAL_GUARDS)


def _sweep(ctx: Context, found: Closure, stays: Callable[[Key, str], bool]) -> Closure:
    """Deletes, segment after segment, what does not stay; until the beat's time is over."""
    prefix = keys.prefix(ctx)
    while found.segment < sweeping.SEGMENTS and ctx.remaining_seconds() > 5:
        write.many(ctx, (), [key for key in sweeping.keys_of(ctx, found.segment) if not stays(key, prefix)])
        found = replace(found, segment=found.segment + 1)
    stored = closure(ctx)
    tx = Transaction(ctx.step(f"sweep:{found.state}:{found.segment}"))
    saved = tx.save(CLOSURE, stored, replace(found, version=stored.version))
    tx.commit()
    return saved


def _delete_files(ctx: Context, stays: Callable[[str], bool]) -> None:
    after = ""
    while found := blobs.names(ctx, "", after):
        for name, _ in found:
            if not stays(name.partition("/")[0]):
                blobs.delete(ctx, name)
        after = found[-1][0]


def _erase(ctx: Context, found: Closure) -> None:
    """Deletes everything: the files, every item, the company's own last, and then its name."""
    own = {CLOSURE.kind.upper(), TENANT.kind.upper()}
    _delete_files(ctx, lambda _: False)
    found = _sweep(ctx, found, lambda key, prefix: key.pk.removeprefix(prefix).partition("#")[0] in own)
    if found.segment < sweeping.SEGMENTS:
        return
    for segment in range(sweeping.SEGMENTS):
        write.many(ctx, (), list(sweeping.keys_of(ctx, segment)))
    _forget_name(ctx)


def _forget_name(ctx: Context) -> None:
    """The platform does not know the company any more."""
    platform = directory.platform(ctx)
    single.delete(platform, sessions.tenants_key(platform, ctx.tenant_id))
