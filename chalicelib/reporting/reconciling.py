"""Whether the revenue of the reports is that of the books: document by document, invoices against the accounts of class 70.

Both follow from the same invoices by different ways: reports by the events, books by the entry of the issuing transaction.
What one has and the other has not, or not at the same amount, is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from chalicelib.invoicing.model import INVOICE, Invoice
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid, LimitExceeded
from chalicelib.kernel.money import ZERO, quantum, round_amount
from chalicelib.ledger import rolling as books
from chalicelib.ledger.model import FISCAL_YEAR
from chalicelib.ledger.rolling import LedgerLine
from chalicelib.reporting import drilling, periods, rolling
from chalicelib.reporting.answers import DifferingDocument, Reconciliation
from chalicelib.reporting.model import Fact
from chalicelib.reporting.periods import Period
from chalicelib.storage import read
from chalicelib.tenants import service as tenants

REVENUE = "70"
"""The accounts of the PCG that begin so: sales, services, charges, less reductions granted (709)."""
MAX_DAYS, MAX_LINES, MAX_SHOWN = 92, 60_000, 500
Name = tuple[str, str]
"""Kind and id of a document."""


@dataclass(slots=True)
class Side:
    """What one side says of a document, in the company's currency; `is_foreign` when it was converted."""

    amount: Decimal
    number: str
    day: date
    is_foreign: bool = False


def reconcile(ctx: Context, query: Mapping[str, str]) -> Reconciliation:
    """Revenue of reports and books over a period (this month when none is named), and every document at which they differ.

    Raises Invalid for more than 92 days, LimitExceeded for more lines than one answer can look at.
    """
    tenant = tenants.tenant(ctx)
    today = ctx.now.astimezone(ZoneInfo(tenant.time_zone)).date()
    first = query.get("from") or today.replace(day=1).isoformat()
    period = periods.asked(first, query.get("to", ""), today)
    if period.length > MAX_DAYS:
        raise Invalid("period", f"At most {MAX_DAYS} days are compared at once.", {"from": "period"})
    reported, (booked, behind) = _reported(ctx, period, tenant.currency), _booked(ctx, period)
    rows = [row for name in sorted(reported.keys() | booked.keys())
            for row in [_compared(name, reported.get(name), booked.get(name), tenant.currency)] if row]
    totals = [sum((each.amount for each in side.values()), ZERO) for side in (reported, booked)]
    return Reconciliation(
        first=period.first, last=period.last, currency=tenant.currency, reported=totals[0], booked=totals[1],
        difference=totals[0] - totals[1], is_equal=not rows, entries_behind=behind, differing=len(rows),
        documents=tuple(sorted(rows, key=lambda row: (-abs(row.difference), row.day, row.id))[:MAX_SHOWN]))


def _compared(name: Name, reported: Side | None, booked: Side | None, currency: str) -> DifferingDocument | None:
    """The document when the two sides differ, with the reason."""
    left, right = (side.amount if side else ZERO for side in (reported, booked))
    if left == right:
        return None
    known = reported or booked
    assert known is not None
    reason = "amounts_differ"
    if reported is None:
        reason = "not_in_reports"
    elif booked is None:
        reason = "not_in_books"
    elif reported.is_foreign and abs(left - right) <= 2 * quantum(currency):
        reason = "exchange"
    return DifferingDocument(kind=name[0], id=name[1], number=known.number, day=known.day, reported=left, booked=right,
                             difference=left - right, reason=reason)


def _reported(ctx: Context, period: Period, currency: str) -> dict[Name, Side]:
    """Revenue of the reports by invoice; amounts of other currencies at the invoice's own rate."""
    found: dict[Name, Side] = {}
    generation = rolling.state(ctx).generation
    foreign: dict[str, Decimal] = {}
    for month in period.months():
        between = (period.first.isoformat(), period.last.isoformat() + "\uffff")
        for item in read.every_item(ctx, f"REPORT_FACT#{generation}#{month:%Y-%m}", between=between):
            day, kind, document_id = item.key.sk.split("#")
            if kind != INVOICE.kind:
                continue
            stored = codec.load(item.data)
            facts = [codec.parse(Fact, fact) for fact in stored["facts"]]
            numbers = drilling.summed(facts, {})
            amount = numbers.get("invoiced_revenue", ZERO) - numbers.get("credited_revenue", ZERO)
            side = Side(amount, str(stored["number"]), date.fromisoformat(day), facts[0].currency != currency)
            found[(kind, document_id)] = side
            if side.is_foreign:
                foreign[document_id] = amount
    rates: dict[str, Invoice] = read.get_many(ctx, INVOICE, foreign)
    for document_id, amount in foreign.items():
        rate = rates[document_id].exchange_rate or Decimal(1)
        found[(INVOICE.kind, document_id)].amount = round_amount(amount * rate, currency)
    return {name: side for name, side in found.items() if side.amount}


def _booked(ctx: Context, period: Period) -> tuple[dict[Name, Side], int]:
    """Class 70 by document, credit less debit, and how many entries are posted and not counted yet."""
    found: dict[Name, Side] = {}
    months = [f"{month:%Y-%m}" for month in period.months()]
    years = {str(data["fiscal_year"]) for data in read.guards(ctx, "fiscal_month", months).values()}
    behind = 0
    for year in read.get_many(ctx, FISCAL_YEAR, sorted(years)).values():
        behind += books.behind(ctx, year)
        for line in _lines(ctx, year.id, period):
            name = (line.document_kind or "journal_entry", line.document_id or line.entry_id)
            side = found.setdefault(name, Side(ZERO, line.document_reference or line.entry_id,
                                               date.fromisoformat(line.entry_date)))
            side.amount += line.credit - line.debit
    return {name: side for name, side in found.items() if side.amount}, behind


def _lines(ctx: Context, year: str, period: Period) -> Iterator[LedgerLine]:
    """The lines of all accounts of class 70. Raises LimitExceeded."""
    count = 0
    for account in read.query(ctx, "by_list", "ACCOUNT", begins=REVENUE, newest_first=False, limit=1000).items:
        between = (period.first.isoformat(), period.last.isoformat() + "\uffff")
        for item in read.every_item(ctx, f"ACCOUNT#{year}#{account['id']}", between=between):
            count += 1
            if count > MAX_LINES:
                raise LimitExceeded("too_many_lines", f"More than {MAX_LINES} lines: choose a shorter period.")
            yield codec.adapter(LedgerLine).validate_json(item.data)
