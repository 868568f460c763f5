"""Use cases of invoicing; the only functions other code calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from chalicelib.einvoice import model as en
from chalicelib.einvoice.finding import WordedFinding
from chalicelib.invoicing import correcting, issuing, numbering, ordering
from chalicelib.invoicing.issuing import Office, Ready
from chalicelib.invoicing.law import checks, electronic, posting
from chalicelib.invoicing.model import (
    CUSTOMER_RULES,
    INVOICE,
    POLICIES,
    SETTINGS,
    SETTINGS_ID,
    TRANSITIONS,
    TYPES,
    Invoice,
    InvoiceLine,
    InvoicingSettings,
    OrderBilling,
    Party,
    Series,
)
from chalicelib.invoicing.shapes import (
    CreditInvoice,
    InvoiceAccounts,
    InvoiceOrders,
    IssueInvoice,
    NewDeposit,
    NewInvoice,
    NewInvoiceLine,
    OrderToInvoice,
    PostedLine,
    SettingsBody,
)
from chalicelib.invoicing.standing import STANDING, Standing
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.kernel.money import ZERO, check_amount, round_amount, split
from chalicelib.kernel.states import next_state
from chalicelib.kernel.tax import check_vat
from chalicelib.kernel.text import is_line
from chalicelib.ledger import determining
from chalicelib.ledger import service as ledger
from chalicelib.ledger.law import determination
from chalicelib.ledger.model import JOURNAL
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction

MAX_TEXT, MAX_NOTE = 200, 2000
FREE_KINDS = ("goods", "service", "shipping", "fee")
_PREFIX_SIGNS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/_+")
MAX_NUMBER = 20
"""Characters of a number that every French platform takes (AFNOR XP Z12-012, BR-FR-01, narrowed by the tax office to 20)."""


# -- free invoices -------------------------------------------------------------------------------------------------------


def create(ctx: Context, body: NewInvoice) -> Invoice:
    """A free invoice as a draft: no number, nothing posted. Raises Invalid, NotFound."""
    the = issuing.office(ctx)
    invoice = _drafted(ctx, the, body, Invoice(id=ctx.new_id(INVOICE.prefix), created_at=ctx.now))
    return _save_draft(ctx, invoice, None, "InvoiceDrafted", 201)


def update(ctx: Context, invoice: Invoice, body: NewInvoice) -> Invoice:
    """Replaces what a free draft says. Raises Conflict `invoice_issued`, `from_orders`, Invalid, Stale."""
    _is_draft(invoice)
    if invoice.sources:
        raise Conflict("from_orders", "This draft follows its orders; discard it and make another.")
    return _save_draft(ctx, _drafted(ctx, issuing.office(ctx), body, invoice), invoice, "InvoiceUpdated", 200)


def discard(ctx: Context, invoice: Invoice) -> None:
    """Throws a draft away. Raises Conflict `invoice_issued`: what has a number stays, a credit note corrects it."""
    _is_draft(invoice)
    tx = Transaction(ctx)
    tx.remove(INVOICE, invoice)
    tx.emit("InvoiceDiscarded", INVOICE.kind, invoice.id, invoice.version)
    tx.commit()


def _is_draft(invoice: Invoice) -> None:
    if invoice.state != "draft":
        raise Conflict("invoice_issued", f"{invoice.number} is issued: it never changes, a credit note corrects it.",
                       state=invoice.state)


def _save_draft(ctx: Context, invoice: Invoice, old: Invoice | None, event: str, status: int) -> Invoice:
    if len(invoice.lines) > issuing.CHUNK * 2:
        raise Invalid("lines", f"A draft has at most {issuing.CHUNK * 2} lines.", {"lines": "too many"})
    tx = Transaction(ctx)
    saved = tx.save(INVOICE, old, invoice) if old else tx.create(INVOICE, invoice)
    tx.emit(event, INVOICE.kind, saved.id, saved.version, issuing.event_data(saved))
    tx.answers(status, INVOICE.kind, saved.id, saved.version)
    tx.commit()
    return saved


def _drafted(ctx: Context, the: Office, body: NewInvoice, bare: Invoice) -> Invoice:
    """The draft that the request makes, netted and totalled."""
    currency = body.currency or the.tenant.currency
    if not (len(currency) == 3 and currency.isalpha() and currency.isupper()):
        raise Invalid("currency", "Currencies are codes of ISO 4217.", {"currency": "three capitals"})
    customer = issuing.customers(ctx, [body.customer_id]).get(body.customer_id)
    if body.customer_id and customer is None:
        raise NotFound("customer")
    for name, most in (("note", MAX_NOTE), ("buyer_reference", MAX_TEXT), ("allowance_reason", MAX_TEXT)):
        if len(getattr(body, name)) > most:
            raise Invalid("text_too_long", f"A text has at most {most} characters.", {name: f"at most {most}"})
    if body.payment_terms_days is not None and not 0 <= body.payment_terms_days <= 365:
        raise Invalid("payment_terms", "Payment terms are 0 to 365 days.", {"payment_terms_days": "0 to 365"})
    lines = free_lines(body, currency)
    given = body.buyer or Party()
    invoice = replace(
        bare, currency=currency, prices_include_vat=body.prices_include_vat, customer_id=body.customer_id, seller=the.seller,
        buyer=issuing.buyer_of(customer, given), delivery_address=body.delivery_address, supply_date=body.supply_date,
        payment_terms_days=body.payment_terms_days, buyer_reference=body.buyer_reference.strip(), note=body.note,
        locale=customer.locale if customer else the.tenant.locale)
    return issuing.with_totals(invoice, lines)


def free_lines(body: NewInvoice, currency: str) -> list[InvoiceLine]:
    """The lines as typed, and the whole's allowance divided over its VAT rates in proportion to what each comes to, by
    largest remainder, so that nothing is lost (EN 16931 BG-20 by rate; CGI art. 267, II, 1°). Raises Invalid."""
    if not 1 <= len(body.lines) <= issuing.CHUNK * 2:
        raise Invalid("lines", f"An invoice has 1 to {issuing.CHUNK * 2} lines.", {"lines": "count"})
    lines = [_free_line(n, line, currency) for n, line in enumerate(body.lines)]
    whole = check_amount(body.allowance, currency, "allowance")
    if not 0 <= whole <= sum((line.amount for line in lines), ZERO):
        raise Invalid("allowance", "An allowance is 0 or more, and at most what the lines come to.", {"allowance": "range"})
    if not whole:
        return lines
    groups: dict[tuple[str, Decimal], Decimal] = {}
    for line in lines:
        groups[(line.vat_category, line.vat_rate)] = groups.get((line.vat_category, line.vat_rate), ZERO) + line.amount
    shares = split(whole, list(groups.values()), currency)
    return [*lines, *(
        InvoiceLine(id=f"A{n}", line_kind="allowance", name=body.allowance_reason.strip() or "Remise", amount=-share,
                    vat_category=category, vat_rate=rate)
        for n, ((category, rate), share) in enumerate(zip(groups, shares, strict=True), 1) if share)]


def _free_line(n: int, line: NewInvoiceLine, currency: str) -> InvoiceLine:
    if line.line_kind not in FREE_KINDS:
        raise Invalid("line_kind", f"A line is one of {', '.join(FREE_KINDS)}.", {f"lines.{n}.line_kind": "unknown"})
    if not line.name.strip() or len(line.name) > MAX_TEXT or not is_line(line.name):
        raise Invalid("text", "A line has a name of at most 200 characters.", {f"lines.{n}.name": "1 to 200 characters"})
    decimals = -int(line.quantity.as_tuple().exponent)
    if not 0 < line.quantity <= 10**6 or decimals > 6:
        raise Invalid("quantity", "A quantity is above 0, with at most 6 decimals.", {f"lines.{n}.quantity": "quantity"})
    if not 0 <= line.unit_price <= 10**9:
        raise Invalid("unit_price", "This price is out of range.", {f"lines.{n}.unit_price": "range"})
    check_vat(line.vat_category, line.vat_rate, f"lines.{n}.vat_rate")
    allowance = check_amount(line.allowance, currency, f"lines.{n}.allowance")
    amount = round_amount(line.quantity * line.unit_price, currency) - allowance
    if allowance < 0 or amount < 0:
        raise Invalid("allowance", "A line comes to 0 at least.", {f"lines.{n}.allowance": "range"})
    return InvoiceLine(id=str(n + 1), line_kind=line.line_kind, sku=line.sku[:80], name=line.name.strip(),
                       quantity=line.quantity, unit_code=line.unit_code, allowance=allowance, amount=amount,
                       vat_category=line.vat_category, vat_rate=line.vat_rate, product_family=line.product_family)


# -- from orders -----------------------------------------------------------------------------------------------------


def invoice_orders(ctx: Context, body: InvoiceOrders) -> Invoice:
    """One invoice of one or several orders of a customer, issued at once or kept as a draft.

    Raises NotFound, Conflict `delivery_invoiced`, `nothing_to_invoice`, `back_dated` …, Invalid `preflight_failed`.
    """
    _check_note(body.note)
    ids = [each.order_id for each in body.orders[: ordering.MAX_ORDERS]]
    stored = read.items(ctx, [*issuing.office_keys(ctx), *ordering.known_keys(ctx, ids)])
    the, first = issuing.office_in(ctx, stored), [ordering.known_in(ctx, ids, stored)]

    def make() -> list[Ready]:
        """At first from what was read with the settings; after a lost race anew."""
        return [ordering.ready(ctx, the, body, first.pop() if first else None)]

    if not body.issue:
        return _save_draft(ctx, make()[0].invoice, None, "InvoiceDrafted", 201)
    return issuing.issue(ctx, the, make)[0]


def _check_note(note: str) -> None:
    if len(note) > MAX_NOTE:
        raise Invalid("text_too_long", f"A note has at most {MAX_NOTE} characters.", {"note": f"at most {MAX_NOTE}"})


def receive_deposit(ctx: Context, body: NewDeposit) -> Invoice:
    """The invoice of a deposit received on an order. Raises as `ordering.deposit` and `issue`."""
    the = issuing.office(ctx)
    return issuing.issue(ctx, the, lambda: [ordering.deposit(ctx, the, body)])[0]


def issue(ctx: Context, invoice: Invoice, body: IssueInvoice) -> Invoice:
    """Issues a draft: it gets its number and its entry, and never changes again. One made from orders is made anew from
    what they are now. Raises Conflict `wrong_state` and as `issuing.issue_writes`."""
    next_state(TRANSITIONS, invoice.state, "issue")
    the = issuing.office(ctx)

    def make() -> list[Ready]:
        draft = read.get(ctx, INVOICE, invoice.id)
        next_state(TRANSITIONS, draft.state, "issue")
        if draft.sources:
            return [ordering.ready(ctx, the, orders_of(draft, body), draft=draft)]
        customer = issuing.customers(ctx, [draft.customer_id]).get(draft.customer_id)
        return [Ready(replace(draft, seller=the.seller, buyer=issuing.buyer_of(customer, draft.buyer),
                              exchange_rate=body.exchange_rate or draft.exchange_rate), draft, body.issue_date)]

    return issuing.issue(ctx, the, make, status=200)[0]


def orders_of(draft: Invoice, body: IssueInvoice) -> InvoiceOrders:
    """The request that a draft made from orders stands for."""
    return InvoiceOrders(
        orders=tuple(OrderToInvoice(order_id=source.order_id, scope=source.scope,
                                    shipment_ids=source.shipment_ids if source.scope == "delivered" else ())
                     for source in draft.sources),
        issue_date=body.issue_date, exchange_rate=body.exchange_rate, note=draft.note)


def credit(ctx: Context, invoice: Invoice, body: CreditInvoice) -> Invoice:
    """Issues a credit note of an issued invoice and answers it. Raises Conflict `credit_beyond_invoice`, `wrong_state`."""
    next_state(TRANSITIONS, invoice.state, "credit")
    if not body.reason.strip() or len(body.reason) > MAX_TEXT:
        raise Invalid("reason", "A credit note has a reason of at most 200 characters.", {"reason": "required"})
    whole = issuing.lines_of(ctx, invoice)
    the = issuing.office(ctx)
    return issuing.issue(ctx, the, lambda: [correcting.ready(ctx, the, whole, body)], status=200)[0]


def preflight(ctx: Context, invoice: Invoice) -> tuple[WordedFinding, ...]:
    """What keeps a draft from being issued today, or would better be mended, in the reader's language."""
    the = issuing.office(ctx)
    whole = issuing.lines_of(ctx, invoice)
    if whole.state == "draft":
        return issuing.preflight(issuing.rated(ctx, the, replace(whole, seller=the.seller), None), the, locale=ctx.locale)
    assert whole.issue_date is not None
    return checks.findings(whole, the.settings, the.is_exempt, the.tenant.currency, whole.issue_date, ctx.locale)


def accounts(ctx: Context, invoice_id: str) -> InvoiceAccounts:
    """By which rules the lines and VAT of an invoice are posted, on its day (a draft: when it was made): those of the table as
    it stood when it was posted. Raises NotFound."""
    whole = issuing.lines_of(ctx, read.get(ctx, INVOICE, invoice_id))
    table = determining.table_of(ctx, whole.determination_version)
    posted = {line.account for line in ledger.find_entry(ctx, whole.entry_id).lines} if whole.entry_id else set()
    found = [(line.id, line.name, line.line_net_amount, posting.asked_of(whole, line, table)) for line in whole.lines]
    found += [("", f"{determination.rate_text(row.vat_rate)} %", row.vat_amount, posting.vat_asked(whole, row, table))
              for row in whole.vat_breakdown if row.vat_amount]
    kept = [(line_id, name, amount, determination.choose(table, asked)) for line_id, name, amount, asked in found if asked]
    choices = determining.named(ctx, [choice for *_, choice in kept])
    return InvoiceAccounts(invoice_id=whole.id, number=whole.number, entry_id=whole.entry_id, table_version=table.version,
                           is_current_table=table.version == determining.table(ctx).version, rows=tuple(
        PostedLine(line_id=line_id, name=name, amount=amount, choice=choice, is_posted=choice.account in posted)
        for (line_id, name, amount, _), choice in zip(kept, choices, strict=True)))


def standings(ctx: Context, ids: Sequence[str]) -> dict[str, Standing]:
    """What of issued invoices was credited, by id."""
    return read.get_many(ctx, STANDING, ids)


def order_billing(ctx: Context, order_id: str) -> OrderBilling:
    """What of an order is invoiced. Raises NotFound."""
    known = ordering.look_up(ctx, [order_id])
    if order_id not in known.orders:
        raise NotFound("order")
    return known.billing(known.orders[order_id])


def einvoice(ctx: Context, invoice_id: str) -> en.Invoice:
    """An invoice in the words of EN 16931, for who draws or sends it. Raises NotFound."""
    the = issuing.office(ctx)
    whole = issuing.lines_of(ctx, read.get(ctx, INVOICE, invoice_id))
    if whole.state == "draft":
        whole = issuing.dated(replace(whole, seller=the.seller), the.today, the)
    return electronic.as_einvoice(whole, the.settings, electronic.is_domestic_business(whole), the.tenant.currency)


# -- settings ----------------------------------------------------------------------------------------------------------


def settings(ctx: Context) -> InvoicingSettings:
    """How the company invoices; the usual way when it never said."""
    return issuing.office(ctx).settings


def change_settings(ctx: Context, body: SettingsBody) -> InvoicingSettings:
    """Replaces the settings. A series that numbered something keeps its prefix and stays. Raises Invalid, Conflict."""
    stored = read.find(ctx, SETTINGS, SETTINGS_ID)
    old = stored or issuing.defaults()
    new = _checked(replace(old, **{name: getattr(body, name) for name in SettingsBody.__slots__}))  # type: ignore[attr-defined]
    _check_series(ctx, old, new)
    tx = Transaction(ctx)
    saved = tx.save(SETTINGS, old, new) if stored else tx.create(SETTINGS, new)
    tx.emit("InvoicingSettingsUpdated", SETTINGS.kind, saved.id, saved.version)
    tx.answers(200, SETTINGS.kind, saved.id, saved.version)
    tx.commit()
    return saved


def _checked(new: InvoicingSettings) -> InvoicingSettings:
    for field, allowed in (("policy", POLICIES), ("customer_rule", CUSTOMER_RULES)):
        if getattr(new, field) not in allowed:
            raise Invalid(field, f"{field} is one of {', '.join(allowed)}.", {field: "unknown"})
    for n, rule in enumerate(new.channels):
        if rule.policy not in POLICIES or rule.customer_rule not in CUSTOMER_RULES or not rule.channel_id:
            raise Invalid("channels", "A channel has a policy and a rule for customers.", {f"channels.{n}": "unknown"})
    if len({rule.channel_id for rule in new.channels}) < len(new.channels) or len(new.channels) > 100:
        raise Invalid("channels", "Each channel once, at most 100.", {"channels": "twice"})
    if not 0 <= new.payment_terms_days <= 365:
        raise Invalid("payment_terms", "Payment terms are 0 to 365 days.", {"payment_terms_days": "0 to 365"})
    if new.late_interest_rate is not None and not 0 <= new.late_interest_rate <= 100:
        raise Invalid("late_interest_rate", "A rate is 0 to 100 percent a year.", {"late_interest_rate": "0 to 100"})
    if len(new.early_payment_discount) > MAX_TEXT or not is_line(new.early_payment_discount):
        raise Invalid("text", "The discount is one line of at most 200 characters.", {"early_payment_discount": "one line"})
    if not new.series or len(new.series) > 40 or len({s.id for s in new.series}) < len(new.series):
        raise Invalid("series", "There are 1 to 40 series, each with a name of its own.", {"series": "count"})
    for n, series in enumerate(new.series):
        _check_one(n, series)
    return new


def _check_one(n: int, series: Series) -> None:
    path = f"series.{n}"
    if not (2 <= len(series.id) <= 12 and series.id.isalnum() and series.id.isascii()):
        raise Invalid("series", "A series is named by 2 to 12 letters and digits.", {f"{path}.id": "letters and digits"})
    if not series.type_codes or not set(series.type_codes) <= TYPES.keys():
        raise Invalid("series", "A series numbers invoices, deposits or credit notes.", {f"{path}.type_codes": "unknown"})
    bare = series.prefix.replace("{year}", "2026")
    if not set(bare) <= _PREFIX_SIGNS or not 4 <= series.digits <= 9 or len(bare) + series.digits > MAX_NUMBER:
        raise Invalid("series", f"A number has at most {MAX_NUMBER} letters, digits and - / _ +; 4 to 9 of them count.",
                      {f"{path}.prefix": f"at most {MAX_NUMBER} characters"})


def _check_series(ctx: Context, old: InvoicingSettings, new: InvoicingSettings) -> None:
    """Raises Conflict `series_in_use`, Invalid for two series with one prefix or an unknown journal."""
    prefixes = [series.prefix for series in new.series]
    if len(set(prefixes)) < len(prefixes):
        raise Invalid("series", "Two series cannot make the same numbers.", {"series": "same prefix"})
    journals = read.get_many(ctx, JOURNAL, {series.journal[:20] for series in new.series if series.journal})
    after = {series.id: series for series in new.series}
    year = ctx.now.year
    for series in old.series:
        kept = after.get(series.id)
        if kept is not None and (kept.prefix, kept.digits) == (series.prefix, series.digits):
            continue
        periods = [(series.id, period) for period in ("all", *(str(y) for y in range(year - 9, year + 2)))]
        if any(not head.is_new for head in numbering.read_heads(ctx, periods).values()):
            raise Conflict("series_in_use", f"Series {series.id} has numbered documents: it keeps its prefix and stays.",
                           {"series": series.id})
    for n, series in enumerate(new.series):
        known = journals.get(series.journal)
        if journals and (known is None or not known.is_chronological):
            raise Invalid("journal", "A series posts to a chronological journal.", {f"series.{n}.journal": "not chronological"})
