"""What a limit to warehouses and stores means for each operation: the one table. One without a row is closed to the limited.

`OPEN`: nothing of it stands in a warehouse or store. `DOCUMENT`: it reads and writes documents, which storage keeps to the
scope by `kernel.scope.RULES`: what is outside is not there, and writing it is 403 `beyond_scope`. `OWN`: its use case looks at
more than documents and keeps to the scope itself. `closed` names the limits under which an operation is refused, because it
looks at the whole company by its nature.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Forbidden
from chalicelib.kernel.scope import CHANNEL, DIMENSIONS, WAREHOUSE

OPEN, DOCUMENT, OWN = "open", "document", "own"


@dataclass(frozen=True, slots=True)
class Row:
    """How an operation keeps to a scope; `closed` are the limits under which it is refused, `why` says what it looks at."""

    how: str
    closed: tuple[str, ...] = ()
    why: str = ""


def _closed(why: str, *dimensions: str) -> Row:
    return Row(DOCUMENT, dimensions or DIMENSIONS, why)


TABLE: Mapping[str, Row] = MappingProxyType({
    "changes": Row(OWN), "search": Row(OWN), "timeline": Row(OWN),
    "openapi.json": Row(OPEN), "permissions": Row(OPEN), "health": Row(OPEN),
    "requests": _closed("the log of every key's requests"),
    "tenants": Row(OPEN), "PUT tenants/company": _closed("the whole company"),
    "PUT tenants/settings": _closed("the whole company"),
    "tenants/users": Row(OWN), "tenants/invitations": Row(OWN), "tenants/api-keys": Row(OWN),
    "audit": _closed("what everybody did"), "onboarding": Row(OPEN), "PUT onboarding": _closed("the whole company"),
    "onboarding/sample-loads": _closed("samples in every list"), "onboarding/sample-wipes": _closed("samples in every list"),
    "GET subscriptions": Row(OPEN), "subscriptions": _closed("the subscription of the whole company"),
    "webhooks": _closed("what happens in the whole company"), "webhooks/event-types": Row(OPEN),
    "leaving": _closed("the data of the whole company, and its end"),
    "tenants/support-accesses": _closed("what an operator sees of the whole company"),
    "operators": Row(OPEN),
    "parties": Row(OPEN), "ledger": _closed("the books of the whole company"),
    "catalog": Row(OPEN), "pricing": Row(OPEN),
    "stock": Row(DOCUMENT), "stock/levels": Row(OWN),
    "sales": Row(DOCUMENT), "POST sales/orders": Row(OWN), "sales/previews": Row(OWN),
    "shipping": Row(DOCUMENT), "shipping/carriers": Row(OPEN),
    "invoicing": Row(DOCUMENT), "invoicing/runs": _closed("invoices of every store", CHANNEL),
    "invoicing/customers": _closed("what a customer owes in every store", CHANNEL),
    "PUT invoicing/settings": _closed("the rules of the whole company"), "GET invoicing/settings": Row(OPEN),
    "payments": _closed("payments of every store", CHANNEL), "GET payments/settings": Row(OPEN),
    "documents/papers": Row(OWN), "GET documents/branding": Row(OPEN),
    "documents/branding": _closed("the papers of the whole company"),
    "channels": Row(DOCUMENT), "channels/platforms": Row(OPEN), "channels/farewells": _closed("every store", CHANNEL),
    "channels/imports": _closed("the imports of every store", CHANNEL),
    "POST channels/connections": _closed("a store nobody is limited to yet", CHANNEL), "channels/lag": Row(OWN),
    "operations": _closed("every shop and every job"),
    "reporting": Row(OWN), "reporting/measures": Row(OPEN), "reporting/roll-ups": Row(OPEN),
    "reporting/reconciliation": _closed("the books of the whole company"),
    "reporting/rebuilds": _closed("the numbers of the whole company"),
    "reporting/schedules": _closed("the reports of everybody"),
})
"""By how an address begins after `/api/`, with a method before it where it matters; the longest row that fits holds."""


@cache
def row_of(method: str, path: str) -> Row | None:
    """The row of an operation; None for one that nobody declared."""
    segments = path.removeprefix("/api/").split("/")
    for length in range(len(segments), 0, -1):
        begin = "/".join(segments[:length])
        found = TABLE.get(f"{method} {begin}") or TABLE.get(begin)
        if found is not None:
            return found
    return None


def check(ctx: Context, method: str, path: str) -> None:
    """Whether a limited caller may use an operation at all. Raises Forbidden `beyond_scope`, naming the scope."""
    if not ctx.scope.is_limited:
        return
    row = row_of(method, path)
    if row is None:
        raise _refused(ctx, "this operation")
    if any(ctx.scope.limits(dimension) for dimension in row.closed):
        raise _refused(ctx, row.why)


def _refused(ctx: Context, what: str) -> Forbidden:
    return ctx.scope.beyond(what)


def limits_told(row: Row) -> str:
    """What a row says to a reader."""
    if row.closed:
        names = {WAREHOUSE: "warehouses", CHANNEL: "stores"}
        return f"closed to who is limited to {' or '.join(names[each] for each in row.closed)}: {row.why}"
    return {OPEN: "the whole company's", DOCUMENT: "documents within the scope", OWN: "kept to the scope"}[row.how]
