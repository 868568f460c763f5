"""Where a person stands: every document in which a customer is named, found by the lists, once each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from chalicelib.documents.model import PAPER
from chalicelib.invoicing.model import BILLING, INVOICE
from chalicelib.invoicing.standing import STANDING
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.ledger import checkpoints
from chalicelib.ledger.lettering import LETTER
from chalicelib.ledger.model import JOURNAL_ENTRY
from chalicelib.parties.model import CUSTOMER, Customer
from chalicelib.payments.model import PAYMENT
from chalicelib.sales.delivery import DELIVERY, delivery_id_of
from chalicelib.sales.model import ORDER
from chalicelib.storage import read


@dataclass(frozen=True, slots=True)
class Found:
    """A document in which the person stands: the day it is of, and whether the law wants it kept."""

    kind: str
    id: str
    day: date
    is_kept: bool


def of_party(ctx: Context, partition: str) -> Iterator[Mapping[str, Any]]:
    """Rows of everything with a customer."""
    return read.every_row(ctx, "by_party", partition, limit=200)


def find(ctx: Context, customer: Customer) -> list[Found]:
    """Every document in which the customer stands, once each; their own record last."""
    found: dict[tuple[str, str], Found] = {}

    def add(kind: str, document_id: str, day: date, is_kept: bool) -> None:
        found[(kind, document_id)] = Found(kind, document_id, day, is_kept)

    for row in of_party(ctx, f"PARTY#{customer.id}"):
        kind, document_id = str(row["kind"]), str(row["id"])
        if kind == ORDER.kind:
            _add_order(ctx, document_id, add)
        elif kind in (INVOICE.kind, PAYMENT.kind):
            day = date.fromisoformat(str(row.get("issue_date") or row.get("paid_on")))
            add(kind, document_id, day, True)
            if kind == INVOICE.kind:
                add(STANDING.kind, document_id, day, False)
            _add_papers(ctx, document_id, day, True, add)
    for row in _drafts_of(ctx, customer.id):
        add(INVOICE.kind, str(row["id"]), ctx.now.date(), False)
    for row in of_party(ctx, f"LETTERS_OF#{customer.id}"):
        add(LETTER.kind, str(row["id"]), date.fromisoformat(str(row["lettered_on"])), False)
    for year in checkpoints.years(ctx):
        for item in read.every_item(ctx, f"PARTY_LINES#{year.id}#{customer.id}"):
            line = codec.load(item.data)
            add(JOURNAL_ENTRY.kind, line["entry_id"], date.fromisoformat(line["entry_date"]), True)
    add(CUSTOMER.kind, customer.id, ctx.now.date(), False)
    return list(found.values())


def _drafts_of(ctx: Context, customer_id: str) -> Iterator[Mapping[str, Any]]:
    return (row for row in read.every_row(ctx, "by_list", "INVOICE_DRAFT", limit=500) if row.get("customer_id") == customer_id)


def _add_order(ctx: Context, order_id: str, add: Callable[[str, str, date, bool], None]) -> None:
    """An order is a supporting document once something of it was invoiced, paid or shipped; its deliveries and papers go with
    it."""
    order = read.get(ctx, ORDER, order_id)
    billing = read.find(ctx, BILLING, order_id)
    is_kept = bool(billing and billing.documents) or order.is_paid or bool(order.shipments)
    day = order.placed_at.date()
    add(ORDER.kind, order_id, day, is_kept)
    if billing is not None:
        add(BILLING.kind, order_id, day, False)
    for delivery_id in (delivery_id_of(order_id, n + 1) for n in range(order.delivery_count)):
        if read.find(ctx, DELIVERY, delivery_id) is not None:
            add(DELIVERY.kind, delivery_id, day, is_kept)
    _add_papers(ctx, order_id, day, is_kept, add)


def _add_papers(ctx: Context, subject_id: str, day: date, is_kept: bool, add: Callable[[str, str, date, bool], None]) -> None:
    for row in read.query(ctx, "by_ref", f"PAPERS_OF#{subject_id}", limit=200).items:
        add(PAPER.kind, str(row["id"]), day, is_kept)
