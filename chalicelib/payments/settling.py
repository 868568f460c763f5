"""What payments settle: invoices as they stand, their settlements, and the letters of the customer's lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from chalicelib.invoicing.law.posting import anonymous
from chalicelib.invoicing.model import CREDIT_NOTE, INVOICE, STANDING, Invoice, Standing
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.money import ZERO
from chalicelib.ledger import lettering, letters, writing
from chalicelib.ledger.lettering import LETTER, LetteredLine, reference_of
from chalicelib.ledger.letters import Whose
from chalicelib.ledger.model import JournalEntry
from chalicelib.payments.model import SETTLEMENT, Allocation, NewAllocation, OpenInvoice, Payment, SettledBy, Settlement
from chalicelib.payments.posting import Wanted
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Standings:
    """Invoices with what was credited and what was paid of them."""

    invoices: dict[str, Invoice]
    standings: dict[str, Standing]
    settlements: dict[str, Settlement]

    def view(self, invoice_id: str) -> OpenInvoice:
        """How one stands: open is what is payable, less what was credited or deducted, less what was paid."""
        invoice, standing = self.invoices[invoice_id], self.standings.get(invoice_id)
        settled = self.settlements.get(invoice_id, Settlement(id=invoice_id))
        due = standing.left if standing else invoice.payable_amount
        left = due - settled.paid_total
        state = ("paid" if left == 0 else "overpaid" if left < 0 else "partly_paid" if settled.paid_total else "unpaid")
        return OpenInvoice(
            invoice_id=invoice.id, number=invoice.number, type_code=invoice.type_code, issue_date=invoice.issue_date,
            due_date=invoice.due_date, currency=invoice.currency, payable_amount=invoice.payable_amount,
            paid_total=settled.paid_total, open_amount=max(left, ZERO), payment_state=state, payments=settled.payments)


def standings(ctx: Context, ids: Iterable[str]) -> Standings:
    """The issued ones of these invoices, as they stand now."""
    wanted = sorted(set(ids))
    issued = {i: each for i, each in read.get_many(ctx, INVOICE, wanted).items() if each.state == "issued"}
    return Standings(issued, read.get_many(ctx, STANDING, issued), read.get_many(ctx, SETTLEMENT, issued))


def wanted_of(known: Standings, asked: Sequence[NewAllocation], direction: str, party_id: str, currency: str) -> list[Wanted]:
    """What a payment is asked to settle. Raises Invalid: `invoice_unknown`, `wrong_direction` (a receipt settles invoices, a
    refund credit notes), `other_customer`, `other_currency`."""
    found = []
    for each in asked:
        invoice = known.invoices.get(each.invoice_id)
        if invoice is None:
            raise Invalid("invoice_unknown", "There is no such issued invoice.", {"allocations": "no such invoice"})
        if (invoice.type_code == CREDIT_NOTE) != (direction == "out"):
            raise Invalid("wrong_direction", "A receipt settles invoices, a refund credit notes.",
                          {"allocations": "the other way"})
        if party_id and anonymous(invoice)[0] != party_id:
            raise Invalid("other_customer", f"{invoice.number} is another customer's.", {"allocations": "another customer's"})
        if invoice.currency != currency:
            raise Invalid("other_currency", f"{invoice.number} is in {invoice.currency}; its payment is typed as an entry.",
                          {"allocations": "another currency"})
        found.append(Wanted(invoice.id, invoice.number, invoice.due_date, known.view(invoice.id).open_amount, each.amount))
    return found


def settle(tx: Transaction, known: Standings, payment: Payment, more: Sequence[Allocation]) -> None:
    """Adds to the transaction what these allocations settle."""
    for each in more:
        before = known.settlements.get(each.invoice_id)
        old = before or Settlement(id=each.invoice_id)
        own = sum((p.amount for p in old.payments if p.payment_id == payment.id), ZERO)
        after = replace(old, paid_total=old.paid_total + each.amount, payments=(
            *(p for p in old.payments if p.payment_id != payment.id),
            SettledBy(payment_id=payment.id, number=payment.number, amount=own + each.amount, paid_on=payment.paid_on)))
        if before:
            tx.save(SETTLEMENT, before, after)
        else:
            tx.create(SETTLEMENT, after, _raced)


def unsettle(tx: Transaction, known: Standings, payment: Payment) -> None:
    """Adds to the transaction that a payment settles nothing any more."""
    for each in payment.allocations:
        before = known.settlements[each.invoice_id]
        tx.save(SETTLEMENT, before, replace(before, paid_total=before.paid_total - each.amount, payments=tuple(
            p for p in before.payments if p.payment_id != payment.id)))


def _raced() -> Conflict:
    return Conflict("ledger_raced", "Another payment of this invoice was recorded just now.")


def letter(tx: Transaction, known: Standings, payment: Payment, entry: JournalEntry | None, invoice_ids: Sequence[str]) -> None:
    """Letters the payment's line with the lines of these invoices, and all that partial letters hold of them already.

    Lines of another fiscal year are not lettered: the opening entries restate them. A full letter made by hand over one of
    them is left as it is. `entry` is the payment's own, when it is not stored yet.
    """
    ctx = tx.ctx
    entries = letters.entries_of(ctx, [known.invoices[i].entry_id for i in invoice_ids] + ([] if entry else [payment.entry_id]))
    own = entry or entries[payment.entry_id]
    whose, line = letters.lettered_line(own, payment.entry_line)
    lines = [line]
    for invoice_id in invoice_ids:
        found = _customer_line(entries.get(known.invoices[invoice_id].entry_id), whose)
        if found:
            lines.append(found)
    held = letters.letters_of(ctx, [reference_of(each.entry_id, each.line) for each in lines])
    if len(lines) < 2 or any(each["state"] == "full" for each in held.values()):
        return
    partial = sorted(read.get_many(ctx, LETTER, {str(each["id"]) for each in held.values()}).values(), key=lambda x: x.id)
    together = {reference_of(each.entry_id, each.line): each for each in (
        *(line for x in partial for line in x.lines), *lines)}
    if len(together) > lettering.MAX_LETTERED:
        return
    for other in partial[1:]:
        letters.letter_writes(tx, lettering.undone(other), other)
    if partial:
        after = lettering.lettered(partial[0], tuple(together.values()), True, writing.poster(ctx).today)
        letters.letter_writes(tx, after, partial[0])
    else:
        letters.letter_writes(tx, letters.new_letter(ctx, whose, tuple(together.values()), True, "payment"))


def _customer_line(entry: JournalEntry | None, whose: Whose) -> LetteredLine | None:
    """The line of an invoice's entry on the same account, of the same party and year."""
    if entry is None or entry.fiscal_year != whose.fiscal_year:
        return None
    number = next((n for n, line in enumerate(entry.lines, 1)
                   if line.account == whose.account and line.party_id == whose.party_id), 0)
    return letters.lettered_line(entry, number)[1] if number else None


def unletter(tx: Transaction, payment: Payment) -> None:
    """Takes back the letter that the payment's line stands in."""
    held = letters.letters_of(tx.ctx, [reference_of(payment.entry_id, payment.entry_line)])
    for found in read.get_many(tx.ctx, LETTER, {str(each["id"]) for each in held.values()}).values():
        letters.letter_writes(tx, lettering.undone(found), found)
