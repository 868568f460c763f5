"""What a company has set up, read from the facts each time: an item ticks by itself, in whatever way it was done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from chalicelib.kernel.context import Context
from chalicelib.onboarding import sample
from chalicelib.onboarding.model import (
    CHECKLIST,
    CHECKLIST_ID,
    ITEMS,
    Checklist,
    ChecklistItem,
    ChecklistView,
    DismissItems,
    Sample,
    checked,
)
from chalicelib.stock.model import WAREHOUSE
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants import service as tenants
from chalicelib.tenants.model import FRANCHISE, Company

LOOKED_AT = 100
"""Rows of a list that are looked at: a company with more than that has begun."""


def can_invoice(company: Company) -> bool:
    """Whether the company's page says what a French invoice must say of its seller: legal form, address, SIREN or, abroad,
    nothing more, and the VAT number of who charges VAT (C. com. R123-237, R123-238; CGI ann. II art. 242 nonies A, I)."""
    address = company.address
    is_french = address.country_code == "FR"
    needed = (company.legal_form, address.street, address.postal_code, address.city, company.siren or not is_french,
              company.vat_number or company.vat_regime == FRANCHISE or not is_french)
    return all(needed)


def _any(ctx: Context, partition: str, besides: Iterable[str] = (), states: Iterable[str] = ()) -> bool:
    """Whether a list holds a document besides the named ones (and besides those in these states)."""
    page = read.query(ctx, "by_list", partition, limit=LOOKED_AT, newest_first=False)
    return any(row["id"] not in set(besides) and row.get("state") not in set(states) for row in page.items)


def _has_warehouse(ctx: Context) -> bool:
    """One with an address, or one besides the first: the company has said where its goods are."""
    page = read.query(ctx, "by_list", "WAREHOUSE", limit=LOOKED_AT, newest_first=False)
    found = read.get_many(ctx, WAREHOUSE, [str(row["id"]) for row in page.items])
    return len(found) > 1 or any(warehouse.address.strip() for warehouse in found.values())


def _has_colleagues(ctx: Context) -> bool:
    return len(read.query(ctx, "by_list", "USER", limit=2).items) > 1 or _any(ctx, "INVITATION", states=("revoked",))


def _facts(ctx: Context, known: Sample) -> Mapping[str, Callable[[], bool]]:
    """How each item is seen to be done; samples do not count."""
    return {
        "invoicing": lambda: can_invoice(tenants.company(ctx)),
        "warehouse": lambda: _has_warehouse(ctx),
        "products": lambda: _any(ctx, "PRODUCT", known.product_ids),
        "stock": lambda: _any(ctx, "STOCK_OPERATION", known.operation_ids),
        "shop": lambda: _any(ctx, "CONNECTION"),
        "colleagues": lambda: _has_colleagues(ctx),
        "order": lambda: _any(ctx, "ORDER", known.order_ids, ("draft",)),
    }


def view(ctx: Context) -> ChecklistView:
    """The items with what is done, what was dismissed, and what this caller could do."""
    kept = read.find(ctx, CHECKLIST, CHECKLIST_ID) or Checklist()
    facts = _facts(ctx, sample.register(ctx))
    items = tuple(ChecklistItem(id=name, is_done=facts[name](), is_dismissed=name in kept.dismissed,
                                may=ctx.allows(permission)) for name, permission in ITEMS.items())
    return ChecklistView(items=items, done=sum(item.is_done for item in items), version=kept.version,
                         is_over=all(item.is_done or item.is_dismissed for item in items))


def change(ctx: Context, old: Checklist | None, body: DismissItems) -> ChecklistView:
    """Keeps which items are shown no more. Raises Invalid, Stale."""
    dismissed = checked(body)
    transaction = Transaction(ctx)
    new = Checklist(dismissed=dismissed)
    saved = transaction.save(CHECKLIST, old, new) if old else transaction.create(CHECKLIST, new)
    transaction.emit("ChecklistUpdated", CHECKLIST.kind, saved.id, saved.version)
    transaction.answers(200, CHECKLIST.kind, saved.id, saved.version)
    transaction.commit()
    return view(ctx)
