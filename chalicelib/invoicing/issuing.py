"""Issuing: number, date, document, entry and cost of sales in one transaction, or none of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from chalicelib.einvoice.finding import WordedFinding
from chalicelib.invoicing import amounts, numbering
from chalicelib.invoicing.law import checks, mentions, posting
from chalicelib.invoicing.model import (
    CREDIT_NOTE,
    DEPOSIT,
    INVOICE,
    INVOICE_TYPE,
    SETTINGS,
    SETTINGS_ID,
    Invoice,
    InvoiceLine,
    InvoicingSettings,
    Party,
    Series,
)
from chalicelib.invoicing.standing import STANDING, Standing
from chalicelib.kernel import codec
from chalicelib.kernel.address import Address
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid, Stale
from chalicelib.kernel.money import ZERO, round_amount
from chalicelib.ledger import determining, exchange, writing
from chalicelib.ledger import service as ledger
from chalicelib.ledger.posting import Draft
from chalicelib.parties.model import CUSTOMER, Customer
from chalicelib.storage import keys, racing, read
from chalicelib.storage.table import Item, from_wire
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants.model import COMPANY, COMPANY_ID, FRANCHISE, TENANT, Company, Tenant

T = TypeVar("T")
CHUNK = 150
"""Lines in the document itself, and in each item beside it when there are more: an item of the table has a size."""
MAX_INVOICE_LINES = 2000
RACED = frozenset({"ledger_raced", "stale_version"})
DEFAULT_SERIES = (Series(id="FA", type_codes=(INVOICE_TYPE, DEPOSIT), prefix="FA-{year}-"),
                  Series(id="AV", type_codes=(CREDIT_NOTE,), prefix="AV-{year}-"))
"""Deposits are in the chronology of the invoices."""


@dataclass(frozen=True, slots=True)
class Office:
    """What all documents of one command have in common."""

    settings: InvoicingSettings
    company: Company
    tenant: Tenant
    today: date

    @property
    def is_exempt(self) -> bool:
        """Whether the company charges no VAT (exemption for small businesses)."""
        return self.company.vat_regime == FRANCHISE

    @property
    def seller(self) -> Party:
        """The company as it stands on a document."""
        c = self.company
        return Party(name=c.legal_name, company_name=c.legal_name, siren=c.siren, siret=c.siret, vat_number=c.vat_number,
                     email=c.email, phone=c.phone, legal_form=c.legal_form, share_capital=c.share_capital,
                     rcs_city=c.rcs_city, iban=c.iban, address=Address(
                         company_name=c.trade_name, line1=c.address.street, line2=c.address.additional_street,
                         postal_code=c.address.postal_code, city=c.address.city, country_code=c.address.country_code))


@dataclass(frozen=True, slots=True)
class Ready:
    """A document that only wants its number. `beside` adds what else changes with it (the order's billing, a deposit's or
    an invoice's standing, stock that comes back), given the numbered document; `costs` is the cost of sales by family, which
    a credit note with goods that came back turns round; `own_left` what the last credit note of an invoice in another currency
    has to give back on each account."""

    invoice: Invoice
    draft: Invoice | None = None
    issue_date: date | None = None
    costs: Mapping[str, Decimal] = field(default_factory=dict)
    beside: Callable[[Transaction, Invoice], None] = lambda tx, invoice: None
    own_left: Mapping[str, Decimal] | None = None


def defaults() -> InvoicingSettings:
    """The settings of a company that has not changed them."""
    return InvoicingSettings(series=DEFAULT_SERIES)


def office_keys(ctx: Context) -> list[keys.Key]:
    return [keys.document(ctx, SETTINGS.kind, SETTINGS_ID), keys.document(ctx, COMPANY.kind, COMPANY_ID),
            keys.document(ctx, TENANT.kind, ctx.tenant_id)]


def office_in(ctx: Context, stored: Mapping[keys.Key, Item]) -> Office:
    """The office from a read that asked for `office_keys`."""
    settings_key, company_key, tenant_key = office_keys(ctx)
    settings = read.document_of(SETTINGS, stored[settings_key]) if settings_key in stored else defaults()
    company = read.document_of(COMPANY, stored[company_key]) if company_key in stored else Company(legal_name="")
    tenant = read.document_of(TENANT, stored[tenant_key]) if tenant_key in stored else Tenant(
        id=ctx.tenant_id, name="", created_at=ctx.now)
    today = ctx.clock.now().astimezone(ZoneInfo(tenant.time_zone)).date()
    return Office(settings, company, tenant, today)


def office(ctx: Context) -> Office:
    """Settings, company and tenant, in one read."""
    return office_in(ctx, read.items(ctx, office_keys(ctx)))


def buyer_of(customer: Customer | None, given: Party) -> Party:
    """The buyer as the document names them: what was given, completed by what the customer's record says."""
    if customer is None:
        return given
    return replace(
        given, name=given.name or customer.name, company_name=given.company_name or customer.company_name,
        siren=given.siren or customer.siren, siret=given.siret or customer.siret,
        vat_number=given.vat_number or customer.vat_number, email=given.email or customer.email,
        address=given.address if given.address != Address() else customer.billing_address)


def customers(ctx: Context, ids: Iterable[str]) -> dict[str, Customer]:
    return read.get_many(ctx, CUSTOMER, sorted({i for i in ids if i}))


def with_totals(invoice: Invoice, lines: Sequence[InvoiceLine], payable: Decimal | None = None,
                due: Mapping[amounts.Group, amounts.Due] | None = None) -> Invoice:
    """The invoice with these lines, netted and totalled; `payable` is what the customer pays, their sum when not said; `due`
    is base and VAT by rate where they are a part of a greater whole (a credit note).

    Raises Invalid for too many lines, Conflict `order_changed` when what differs cannot be rounding.
    """
    if len(lines) > MAX_INVOICE_LINES:
        raise Invalid("lines", f"An invoice has at most {MAX_INVOICE_LINES} lines.", {"lines": "too many"})
    found = amounts.totalled(lines, invoice.currency, invoice.prices_include_vat, due)
    asked = found.with_vat if payable is None else payable
    deducted = -sum((line.amount for line in lines if line.line_kind == "deposit"), ZERO)
    return replace(
        invoice, lines=found.lines, line_count=len(found.lines), vat_breakdown=found.vat_breakdown,
        total_without_vat=found.without_vat, vat_amount=found.vat, total_with_vat=found.with_vat, payable_amount=asked,
        rounding_amount=asked - found.with_vat, deposits_deducted=deducted)


def check_rounding(invoice: Invoice, known: Decimal, parts: int) -> None:
    """Raises Conflict `order_changed` when the rounding is more than rounding makes, beside the difference that the order
    itself is `known` to carry."""
    most = amounts.tolerated(len(invoice.vat_breakdown), parts, invoice.currency)
    if abs(invoice.rounding_amount - known) > most:
        raise Conflict("order_changed", f"{invoice.rounding_amount} {invoice.currency} cannot be rounding: the order was "
                       "changed after it was invoiced. Credit the earlier invoice and make a new one.")


def dated(invoice: Invoice, day: date, the: Office) -> Invoice:
    """The document on its day: due date and the sentences the law wants then."""
    terms = the.settings.payment_terms_days if invoice.payment_terms_days is None else invoice.payment_terms_days
    bearing = replace(invoice, issue_date=day, due_date=day + timedelta(days=terms), supply_date=invoice.supply_date or day)
    return replace(bearing, mentions=mentions.mentions_of(bearing, the.settings, the.is_exempt, day))


def preflight(invoice: Invoice, the: Office, day: date | None = None, locale: str = "") -> tuple[WordedFinding, ...]:
    """What keeps the document from being issued on a day (today when not said), and what would better be mended."""
    when = day or the.today
    return checks.findings(dated(invoice, when, the), the.settings, the.is_exempt, the.tenant.currency, when,
                           locale or invoice.locale)


def rated(ctx: Context, the: Office, invoice: Invoice, day: date | None) -> Invoice:
    """The document with its exchange rate, in another currency than the company's: the typed one, else that of the table on
    its day; as it was where there is none (the pre-flight says so). One in the company's currency has none.

    Raises Invalid `exchange_rate`."""
    if invoice.currency == the.tenant.currency:
        return replace(invoice, exchange_rate=None)
    found = invoice
    if invoice.exchange_rate is None:
        known = exchange.rate_on(ctx, invoice.currency, day or the.today)
        if known is None:
            return invoice
        found = replace(invoice, exchange_rate=known.rate, exchange_rate_on=known.on, exchange_rate_source=known.source)
    rate = exchange.check_rate(found.exchange_rate or ZERO, "exchange_rate")
    own = found.own_payable_amount
    return replace(found, exchange_rate_on=found.exchange_rate_on or day or the.today,
                   own_payable_amount=round_amount(found.payable_amount * rate, the.tenant.currency) if own is None else own)


def series_of(the: Office, invoice: Invoice) -> Series:
    """The series that numbers the document. Raises Conflict `no_series`."""
    found = the.settings.series_for(invoice.type_code, invoice.channel_id)
    if found is None:
        raise Conflict("no_series", "No active series numbers such documents; add one to the settings of invoicing.")
    return found


# -- the transaction --------------------------------------------------------------------------------------------------


def issue_writes(ctx: Context, tx: Transaction, the: Office, ready: Sequence[Ready]) -> list[Invoice]:
    """Adds to the transaction all that issuing these documents writes, in their order: numbers, documents, entries, costs.

    Raises Invalid `preflight_failed`, `future_date`, Conflict `back_dated`, `no_series`, `no_fiscal_year`, `period_locked`;
    the commit is refused with `ledger_raced` when somebody took a number meanwhile (`retried`).
    """
    ready = [replace(each, invoice=rated(ctx, the, each.invoice, each.issue_date)) for each in ready]
    chosen = [series_of(the, each.invoice) for each in ready]
    names = sorted({(series.id, series.period(each.issue_date or the.today))
                    for series, each in zip(chosen, ready, strict=True)})
    wanted = sorted({key for each in ready for key in (*posting.wanted(each.invoice), *posting.cost_accounts(each.costs))})
    stored = read.raw_many(ctx, [*(numbering.head_key(ctx, *name) for name in names), *writing.account_keys(ctx, wanted),
                                 determining.table_key(ctx)])
    numbered = _number(ctx, tx, the, ready, numbering.heads_in(ctx, names, stored))
    items = {key: from_wire(wire) for key, wire in stored.items()}
    accounts, table = writing.accounts_in(ctx, wanted, items), determining.table_in(ctx, items)
    drafts = []
    for each, invoice in zip(ready, numbered, strict=True):
        journal = next(s.journal for s in the.settings.series if s.id == invoice.series_id)
        drafts.append(posting.sale(invoice, accounts, table, journal, the.tenant.currency,
                                   _deposits_at(ctx, invoice, accounts.get(posting.DEPOSITS, ""), the.tenant.currency),
                                   each.own_left))
        cost = _cost(invoice, each, accounts)
        if cost is not None:
            drafts.append(cost)
    postings = writing.prepare(ctx, drafts)
    ids = dict(postings.sources)
    issued = []
    for each, invoice in zip(ready, numbered, strict=True):
        whole = replace(
            invoice, entry_id=ids[posting.source_of(invoice)], determination_version=table.version,
            cost_entry_id=ids.get(posting.cost_source(invoice), ""),
            cost=sum(each.costs.values(), ZERO) if each.costs else None)
        issued.append(_write(tx, whole, each))
    writing.posting_writes(tx, postings)
    return issued


def _deposits_at(ctx: Context, invoice: Invoice, deposits: str, currency: str) -> Decimal | None:
    """What of the deposits that an invoice in another currency deducts leaves 4191: the part of what each one's entry put
    there, counted from what was deducted before, so that nothing of it stays. Below zero; None where there are none."""
    deducted: dict[str, Decimal] = {}
    for line in invoice.lines:
        if line.line_kind == "deposit" and line.line_net_amount < 0:
            deducted[line.reference] = deducted.get(line.reference, ZERO) - line.amount
    if invoice.exchange_rate is None or not deducted:
        return None
    known, standings = read.get_many(ctx, INVOICE, deducted), read.get_many(ctx, STANDING, deducted)
    total = ZERO
    for deposit in known.values():
        stood = sum((line.credit - line.debit for line in ledger.find_entry(ctx, deposit.entry_id).lines
                     if line.account == deposits), ZERO)
        before = standings[deposit.id].deducted_total
        shares = [round_amount(stood * part / deposit.payable_amount, currency)
                  for part in (before, before + deducted[deposit.id])]
        total -= shares[1] - shares[0]
    return total


def _number(ctx: Context, tx: Transaction, the: Office, ready: Sequence[Ready],
            known: dict[tuple[str, str], numbering.SeriesHead]) -> list[Invoice]:
    """The documents with series, number and date; moves the heads of the series."""
    before = dict(known)
    made = []
    for each in ready:
        series = series_of(the, each.invoice)
        name = (series.id, series.period(each.issue_date or the.today))
        day = numbering.dated(each.issue_date, the.today, known[name].last_date)
        checks.refuse(preflight(each.invoice, the, day))
        number, known[name] = numbering.advanced(known[name], series, day)
        made.append(replace(dated(each.invoice, day, the), number=number, series_id=series.id, state="issued",
                            issued_at=ctx.clock.now(), issued_by=ctx.actor.name[:80]))
    for name, head in known.items():
        numbering.move(tx, before[name], head)
    return made


def _cost(invoice: Invoice, ready: Ready, accounts: Mapping[posting.AccountKey, str]) -> Draft | None:
    assert invoice.issue_date is not None
    return posting.cost_of_sales(
        invoice.issue_date, ready.costs, accounts, f"Coût des ventes {invoice.number}", posting.cost_source(invoice),
        (posting.DOCUMENT_KIND, invoice.id, invoice.number), gives_back=invoice.type_code == CREDIT_NOTE)


def _write(tx: Transaction, invoice: Invoice, ready: Ready) -> Invoice:
    stored = invoice
    if len(invoice.lines) > CHUNK:
        chunks = [invoice.lines[at : at + CHUNK] for at in range(0, len(invoice.lines), CHUNK)]
        stored = replace(invoice, lines=(), line_chunks=len(chunks))
        for n, chunk in enumerate(chunks):
            tx.put(Item(chunk_key(tx.ctx, invoice.id, n), "invoice_lines", tx.ctx.tenant_id,
                        codec.compact([codec.plain(line) for line in chunk])))
    saved = tx.save(INVOICE, ready.draft, stored) if ready.draft else tx.create(
        INVOICE, stored, lambda: Stale(INVOICE.kind))
    tx.create(STANDING, new_standing(invoice), lambda: Stale(STANDING.kind))
    whole = replace(saved, lines=invoice.lines)
    ready.beside(tx, whole)
    event = "CreditNoteIssued" if invoice.type_code == CREDIT_NOTE else "InvoiceIssued"
    tx.emit(event, INVOICE.kind, invoice.id, saved.version, event_data(whole))
    return whole


def new_standing(invoice: Invoice) -> Standing:
    """How a document stands when it is issued: nothing of it is credited, deducted or paid."""
    return Standing(
        id=invoice.id, number=invoice.number, customer_id=invoice.customer_id, type_code=invoice.type_code,
        customer_name=(invoice.buyer.company_name or invoice.buyer.name)[:60], channel_id=invoice.channel_id,
        currency=invoice.currency, issue_date=invoice.issue_date, due_date=invoice.due_date,
        total_without_vat=invoice.total_without_vat, payable_amount=invoice.payable_amount,
        own_balance=invoice.own_payable_amount)


def chunk_key(ctx: Context, invoice_id: str, n: int) -> keys.Key:
    return keys.child(ctx, "invoice", invoice_id, f"LINES#{n:03d}")


def lines_of(ctx: Context, invoice: Invoice) -> Invoice:
    """The invoice with all its lines: those of a long one stand beside it."""
    if not invoice.line_chunks:
        return invoice
    wanted = [chunk_key(ctx, invoice.id, n) for n in range(invoice.line_chunks)]
    found = read.items(ctx, wanted)
    return replace(invoice, lines=tuple(codec.parse(InvoiceLine, row) for key in wanted
                                        for row in codec.load(found[key].data)))


def event_data(invoice: Invoice) -> dict[str, Any]:
    """What every event of an invoice tells."""
    data = {"number": invoice.number, "type_code": invoice.type_code, "customer_id": invoice.customer_id,
            "channel_id": invoice.channel_id, "currency": invoice.currency,
            "issue_date": invoice.issue_date.isoformat() if invoice.issue_date else "",
            "due_date": invoice.due_date.isoformat() if invoice.due_date else "",
            "total_without_vat": str(invoice.total_without_vat), "vat_amount": str(invoice.vat_amount),
            "payable_amount": str(invoice.payable_amount), "order_ids": [s.order_id for s in invoice.sources[:20]],
            "cost": str(invoice.cost) if invoice.cost is not None else "",
            "reference_id": invoice.references[0].invoice_id if invoice.references else "", "reason": invoice.reason[:80]}
    return {name: value for name, value in data.items() if value}


def retried(ctx: Context, attempt: Callable[[], T]) -> T:
    """What `attempt` answers, tried again while somebody else took a number or changed what was read, until the deadline.
    Anything else it is refused with is raised."""
    return racing.retried(ctx, attempt, RACED)


def issue(ctx: Context, the: Office, make: Callable[[], Sequence[Ready]], status: int = 201) -> list[Invoice]:
    """Issues what `make` says, in one transaction; `make` is asked again after a lost race, for what it read is old."""
    def attempt() -> list[Invoice]:
        tx = Transaction(ctx)
        issued = issue_writes(ctx, tx, the, make())
        tx.answers(status, INVOICE.kind, issued[0].id, issued[0].version)
        tx.commit()
        return issued

    return retried(ctx, attempt)
