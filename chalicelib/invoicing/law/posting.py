"""From an invoice to the entries it makes, balanced to the cent: pure.

Sale (accounts of the PCG): customer 411 debit; 70x credit by kind, rate and family; 4457x credit by rate; a deposit's 4191
credit when it is received and debit when it is deducted; what is rebated after the invoice in 709; the rounding between
the customer's total and EN 16931's in 658 or 758. A credit note turns every side. Cost of sales, with a perpetual
inventory: the stock's change 603 or 713 debit, the stock 31, 35 or 37 credit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from chalicelib.invoicing.model import CREDIT_NOTE, Invoice, InvoiceLine
from chalicelib.kernel.money import ZERO, round_amount
from chalicelib.ledger.posting import Draft, DraftLine

AccountKey = tuple[str, str, str]
"""Usage, VAT rate, product family: how the chart is asked (`ledger.writing.accounts_for`)."""
USAGES = {"goods": "sales", "service": "sales_services", "shipping": "sales_shipping", "fee": "sales_services",
          "allowance": "sales", "rebate": "sales_discounts", "deposit_received": "deposits_received",
          "deposit": "deposits_received"}
STOCK_JOURNAL = "ST"
DOCUMENT_KIND = "invoice"


def anonymous(invoice: Invoice) -> tuple[str, str]:
    """The auxiliary account of an invoice: the customer, or all who bought without a record on one channel."""
    if invoice.customer_id:
        return invoice.customer_id, (invoice.buyer.company_name or invoice.buyer.name)[:200]
    channel = invoice.channel_id or "direct"
    return f"various_{channel}", f"Clients divers {invoice.channel_name}".strip()[:200]


def rate_text(rate: Decimal) -> str:
    """`5.5`: a rate as the chart names it."""
    return format(rate.normalize(), "f")


def account_of(line: InvoiceLine) -> AccountKey:
    return USAGES[line.line_kind], rate_text(line.vat_rate), line.product_family


def wanted(invoice: Invoice) -> set[AccountKey]:
    """Every account the invoice's entry may need, those of rounding included."""
    return {("customers", "", ""), ("rounding_loss", "", ""), ("rounding_gain", "", ""),
            *(account_of(line) for line in invoice.lines),
            *(("vat_collected", rate_text(row.vat_rate), "") for row in invoice.vat_breakdown if row.vat_amount)}


def cost_accounts(families: Iterable[str]) -> set[AccountKey]:
    return {(usage, "", family) for family in families for usage in ("cost_of_sales", "stock")}


def _sums(invoice: Invoice, accounts: Mapping[AccountKey, str]) -> dict[str, Decimal]:
    """What is credited to each account, in the invoice's currency; below zero it is debited. They add up to what the
    customer pays, rounding included."""
    sums: dict[str, Decimal] = {}
    for line in invoice.lines:
        number = accounts[account_of(line)]
        sums[number] = sums.get(number, ZERO) + line.line_net_amount
    for row in invoice.vat_breakdown:
        if row.vat_amount:
            number = accounts[("vat_collected", rate_text(row.vat_rate), "")]
            sums[number] = sums.get(number, ZERO) + row.vat_amount
    if invoice.rounding_amount:
        usage = "rounding_gain" if invoice.rounding_amount > 0 else "rounding_loss"
        sums[accounts[(usage, "", "")]] = invoice.rounding_amount
    return sums


def _converted(sums: Mapping[str, Decimal], total: Decimal, rate: Decimal, currency: str) -> tuple[Decimal, dict[str, Decimal]]:
    """The amounts in the company's currency; what rounding leaves goes to the largest, so that the entry balances."""
    whole = round_amount(total * rate, currency)
    found = {number: round_amount(amount * rate, currency) for number, amount in sums.items()}
    if found:
        largest = max(found, key=lambda number: abs(sums[number]))
        found[largest] += whole - sum(found.values(), ZERO)
    return whole, found


def sale(invoice: Invoice, accounts: Mapping[AccountKey, str], journal: str, currency: str) -> Draft:
    """The entry of an issued invoice or credit note, in the company's `currency`, the document's own beside it."""
    assert invoice.issue_date is not None
    sums = _sums(invoice, accounts)
    total = invoice.payable_amount
    is_foreign = invoice.currency != currency
    rate = invoice.exchange_rate or Decimal(1)
    own_total, own = _converted(sums, total, rate, currency) if is_foreign else (total, sums)
    sign = -1 if invoice.type_code == CREDIT_NOTE else 1
    party_id, party_name = anonymous(invoice)
    customers = accounts[("customers", "", "")]
    lines = [replace(_line(customers, sign * own_total, sign * total, invoice, is_foreign), due_date=invoice.due_date)]
    lines += [_line(number, -sign * amount, -sign * sums[number], invoice, is_foreign)
              for number, amount in own.items() if amount or len(own) == 1]
    auxiliaries = {customers, accounts.get(("deposits_received", "", ""), "419100"), *(
        accounts[key] for key in accounts if key[0] == "deposits_received")}
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


