"""From an invoice to the entries it makes, balanced to the cent: pure.

Sale (accounts of the PCG): customer 411 debit; 70x credit by what was sold, how it is taxed and its family, and 4457x credit
by rate, as the company's table has them (`ledger.determination`); a deposit's 4191
credit when it is received and debit when it is deducted; what is rebated after the invoice in 709; the rounding between
the customer's total and EN 16931's in 658 or 758. A credit note turns every side. Cost of sales, with a perpetual
inventory: the stock's change 603 or 713 debit, the stock 31, 35 or 37 credit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from chalicelib.invoicing.model import CREDIT_NOTE, Invoice, InvoiceLine
from chalicelib.kernel.money import ZERO, round_amount
from chalicelib.kernel.tax import VatLine
from chalicelib.ledger.law import determination
from chalicelib.ledger.law.determination import Asked, Determination
from chalicelib.ledger.posting import Draft, DraftLine

AccountKey = tuple[str, str, str]
"""Usage, VAT rate, product family: how the chart is asked (`ledger.writing.accounts_for`)."""
PURPOSES = {"service": "services", "shipping": "shipping", "fee": "services", "allowance": "goods", "rebate": "rebates"}
"""What a kind of line is to the table of accounts; goods are what their family says, deposits stand on 4191."""
DEPOSITS: AccountKey = ("deposits_received", "", "")
STOCK_JOURNAL = "ST"
DOCUMENT_KIND = "invoice"


def anonymous(invoice: Invoice) -> tuple[str, str]:
    """The auxiliary account of an invoice: the customer, or all who bought without a record on one channel."""
    if invoice.customer_id:
        return invoice.customer_id, (invoice.buyer.company_name or invoice.buyer.name)[:200]
    channel = invoice.channel_id or "direct"
    return f"various_{channel}", f"Clients divers {invoice.channel_name}".strip()[:200]


def _asked(invoice: Invoice, table: Determination, purpose: str, category: str, rate: Decimal, family: str = "") -> Asked:
    day = invoice.issue_date or invoice.created_at.date()
    address = invoice.delivery_address if invoice.delivery_address.country_code else invoice.buyer.address
    treatment = determination.treatment_of(
        category, rate, (invoice.seller.address.country_code, address.country_code), invoice.buyer.is_business,
        determination.is_oss(table, day))
    return Asked(purpose=purpose, tax_treatment=treatment, vat_rate=determination.rate_text(rate), product_family=family,
                 on=day)


def asked_of(invoice: Invoice, line: InvoiceLine, table: Determination) -> Asked | None:
    """How the table is asked for the account of a line; None for a deposit, which is no sale."""
    if line.line_kind in ("deposit", "deposit_received"):
        return None
    family = line.product_family if line.line_kind == "goods" else ""
    purpose = PURPOSES.get(line.line_kind) or determination.purpose_of(table, family)
    return _asked(invoice, table, purpose, line.vat_category, line.vat_rate, family)


def vat_asked(invoice: Invoice, row: VatLine, table: Determination) -> Asked:
    """How the table is asked for the account of the VAT of a rate."""
    return _asked(invoice, table, "vat", row.vat_category, row.vat_rate)


def wanted(invoice: Invoice) -> set[AccountKey]:
    """Every account by usage that the invoice's entry may need, those of rounding included."""
    found: set[AccountKey] = {("customers", "", ""), ("rounding_loss", "", ""), ("rounding_gain", "", "")}
    if any(line.line_kind in ("deposit", "deposit_received") for line in invoice.lines):
        found.add(DEPOSITS)
    return found


def cost_accounts(families: Iterable[str]) -> set[AccountKey]:
    return {(usage, "", family) for family in families for usage in ("cost_of_sales", "stock")}


def _sums(invoice: Invoice, accounts: Mapping[AccountKey, str], table: Determination) -> dict[str, Decimal]:
    """What is credited to each account, in the invoice's currency; below zero it is debited. They add up to what the
    customer pays, rounding included."""
    sums: dict[str, Decimal] = {}
    chosen: dict[tuple[str, str, Decimal, str], str] = {}
    for line in invoice.lines:
        like = (line.line_kind, line.vat_category, line.vat_rate, line.product_family)
        number = chosen.get(like)
        if number is None:
            asked = asked_of(invoice, line, table)
            number = chosen[like] = determination.account_of(table, asked) if asked else accounts[DEPOSITS]
        sums[number] = sums.get(number, ZERO) + line.line_net_amount
    for row in invoice.vat_breakdown:
        if row.vat_amount:
            number = determination.account_of(table, vat_asked(invoice, row, table))
            sums[number] = sums.get(number, ZERO) + row.vat_amount
    if invoice.rounding_amount:
        usage = "rounding_gain" if invoice.rounding_amount > 0 else "rounding_loss"
        sums[accounts[(usage, "", "")]] = invoice.rounding_amount
    return sums


def converted(sums: Mapping[str, Decimal], whole: Decimal, rate: Decimal, currency: str,
              known: Mapping[str, Decimal] = MappingProxyType({})) -> dict[str, Decimal]:
    """The amounts in the company's currency, at the rate but where they are `known`; what is left of the `whole` goes to the
    largest of the others, so that they add up.

    Known is what a deposit stands at on 4191: an advance is no money item, it stays at the rate of its day, and so does that
    part of the sale (IFRIC 22, 8 and 9: the date of the transaction is that of the advance). Known are all of them for the
    credit note that gives back the last of an invoice (see `left_of`); where they do not fit, the rate tells."""
    others = [number for number in sums if number not in known]
    if not others and sums.keys() == known.keys() and sum(known.values(), ZERO) == whole and all(
            sums[number] * amount > 0 for number, amount in known.items()):
        return dict(known)
    if not others or known.keys() - sums.keys():
        known, others = {}, list(sums)
    found = {number: known[number] if number in known else round_amount(amount * rate, currency)
             for number, amount in sums.items()}
    if found:
        largest = max(others, key=lambda number: abs(sums[number]))
        found[largest] += whole - sum(found.values(), ZERO)
    return found


def left_of(entries: Iterable[Iterable[Any]], customers: str) -> dict[str, Decimal]:
    """What an invoice and its credit notes so far left on each account, the customers' aside: what the last note must give back
    so that no cent of conversion stays on sales, VAT or deposits. Each entry is its lines (account, debit, credit)."""
    sums: dict[str, Decimal] = {}
    for lines in entries:
        for line in lines:
            if line.account != customers:
                sums[line.account] = sums.get(line.account, ZERO) + line.credit - line.debit
    return {number: amount for number, amount in sums.items() if amount}


def sale(invoice: Invoice, accounts: Mapping[AccountKey, str], table: Determination, journal: str, currency: str,
         deposits: Decimal | None = None, last: Mapping[str, Decimal] | None = None) -> Draft:
    """The entry of an issued invoice or credit note, in the company's `currency`, the document's own beside it. `accounts`
    are those of `wanted`, `table` chooses those of sales and VAT. In another currency `deposits` is what the deducted deposits
    stand at, and `last` what the last credit note of an invoice gives back. Raises Invalid `account_rule`."""
    assert invoice.issue_date is not None
    sums = _sums(invoice, accounts, table)
    total = invoice.payable_amount
    is_foreign = invoice.currency != currency
    rate = invoice.exchange_rate or Decimal(1)
    own_total = total if invoice.own_payable_amount is None else invoice.own_payable_amount
    sums = {number: amount for number, amount in sums.items() if amount} if last else sums
    known = last if last and last.keys() == sums.keys() else {accounts[DEPOSITS]: deposits} if deposits is not None else {}
    own = converted(sums, own_total, rate, currency, known) if is_foreign else sums
    sign = -1 if invoice.type_code == CREDIT_NOTE else 1
    party_id, party_name = anonymous(invoice)
    customers = accounts[("customers", "", "")]
    lines = [replace(_line(customers, sign * own_total, sign * total, invoice, is_foreign), due_date=invoice.due_date)]
    lines += [_line(number, -sign * amount, -sign * sums[number], invoice, is_foreign)
              for number, amount in own.items() if amount or len(own) == 1 or (is_foreign and sums[number])]
    auxiliaries = {customers, accounts.get(DEPOSITS)}
    return Draft(
        journal=journal, entry_date=invoice.issue_date, label=_label(invoice), source=source_of(invoice),
        document_kind=DOCUMENT_KIND, document_id=invoice.id, document_reference=invoice.number,
        document_date=invoice.issue_date,
        lines=tuple(replace(line, party_id=party_id, party_name=party_name) if line.account in auxiliaries else line
                    for line in lines))


def source_of(invoice: Invoice) -> str:
    return f"invoice:{invoice.id}"


def cost_source(invoice: Invoice) -> str:
    return f"cost_of_sales:{invoice.id}"


def _label(invoice: Invoice) -> str:
    name = (invoice.buyer.company_name or invoice.buyer.name or invoice.channel_name).strip()
    return " ".join(f"{invoice.number} {name}".split())[:200]


def _line(account: str, amount: Decimal, foreign: Decimal, invoice: Invoice, is_foreign: bool) -> DraftLine:
    """A debit where the amount is above zero."""
    return DraftLine(account=account, debit=max(amount, ZERO), credit=max(-amount, ZERO),
                     currency=invoice.currency if is_foreign else "",
                     currency_amount=foreign if is_foreign else None)


def cost_of_sales(day: date, costs: Mapping[str, Decimal], accounts: Mapping[AccountKey, str], label: str, source: str,
                  document: tuple[str, str, str], gives_back: bool = False) -> Draft | None:
    """The entry of what sold goods were worth, by family; None when they were worth nothing. `document` is kind, id and
    reference of what it follows from; goods that came back turn the sides."""
    lines = []
    for family, cost in sorted(costs.items()):
        amount = -cost if gives_back else cost
        if amount:
            for usage, signed in (("cost_of_sales", amount), ("stock", -amount)):
                lines.append(DraftLine(account=accounts[(usage, "", family)], debit=max(signed, ZERO),
                                       credit=max(-signed, ZERO)))
    if not lines:
        return None
    kind, document_id, reference = document
    return Draft(journal=STOCK_JOURNAL, entry_date=day, label=label[:200], source=source, lines=tuple(lines),
                 document_kind=kind, document_id=document_id, document_reference=reference[:60], document_date=day)


