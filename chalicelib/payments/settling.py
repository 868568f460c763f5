"""What payments settle: invoices as they stand, their settlements, and the letters of the customer's lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from chalicelib.invoicing.issuing import new_standing
from chalicelib.invoicing.law.posting import anonymous
from chalicelib.invoicing.model import CREDIT_NOTE, INVOICE, Invoice
from chalicelib.invoicing.standing import STANDING, SettledBy, Standing, refunded, settled, stood_at, unsettled
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.money import ZERO, check_amount, round_amount
from chalicelib.ledger import lettering, letters, writing
from chalicelib.ledger.lettering import LETTER, LetteredLine, reference_of
from chalicelib.ledger.letters import Whose
from chalicelib.ledger.model import JournalEntry
from chalicelib.payments.model import Allocation, NewAllocation, OpenInvoice, PaidBy, Payment
from chalicelib.payments.posting import Wanted
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Standings:
    """Issued invoices and credit notes as they stand, and the invoices that the credit notes are about."""

    invoices: dict[str, Invoice]
    standings: dict[str, Standing]

    def of(self, invoice_id: str) -> Standing:
        """How one stands."""
        return self.standings.get(invoice_id) or new_standing(self.invoices[invoice_id])

    def view(self, invoice_id: str) -> OpenInvoice:
        """How one stands, as it is told."""
        invoice, stands = self.invoices[invoice_id], self.of(invoice_id)
        return OpenInvoice(
            invoice_id=invoice.id, number=invoice.number, type_code=invoice.type_code, issue_date=invoice.issue_date,
            due_date=invoice.due_date, currency=invoice.currency, payable_amount=invoice.payable_amount,
            paid_total=stands.paid_total, open_amount=stands.open_amount, payment_state=stands.payment_state,
            payments=tuple(PaidBy(payment_id=each.payment_id, number=each.number, amount=each.amount, paid_on=each.paid_on)
                           for each in stands.payments))

    def credited_by(self, invoice_id: str) -> list[str]:
        """The invoices that a credit note is about; none of an invoice."""
        note = self.invoices[invoice_id]
        return [each.invoice_id for each in note.references if each.invoice_id in self.standings] if (
            note.type_code == CREDIT_NOTE) else []


def standings(ctx: Context, ids: Iterable[str]) -> Standings:
    """The issued ones of these invoices, as they stand now."""
    issued = {i: each for i, each in read.get_many(ctx, INVOICE, sorted(set(ids))).items() if each.state == "issued"}
    about = (each.invoice_id for note in issued.values() if note.type_code == CREDIT_NOTE for each in note.references)
    return Standings(issued, read.get_many(ctx, STANDING, dict.fromkeys((*issued, *about))))


def wanted_of(known: Standings, asked: Sequence[NewAllocation], payment: Payment) -> list[Wanted]:
    """What a payment is asked to settle. Raises Invalid: `invoice_unknown`, `wrong_direction` (a receipt settles invoices, a
    refund credit notes), `other_customer`, `other_currency`."""
    found = []
    for each in asked:
        invoice = known.invoices.get(each.invoice_id)
        if invoice is None:
            raise Invalid("invoice_unknown", "There is no such issued invoice.", {"allocations": "no such invoice"})
        if (invoice.type_code == CREDIT_NOTE) != (payment.direction == "out"):
            raise Invalid("wrong_direction", "A receipt settles invoices, a refund credit notes.",
                          {"allocations": "the other way"})
        if payment.party_id and anonymous(invoice)[0] != payment.party_id:
            raise Invalid("other_customer", f"{invoice.number} is another customer's.", {"allocations": "another customer's"})
        if invoice.currency != payment.currency:
            raise Invalid("other_currency", f"{invoice.number} is in {invoice.currency}; its payment is recorded in that "
                          "currency.", {"allocations": "another currency"})
        amount = None if each.amount is None else check_amount(each.amount, invoice.currency, "allocations")
        found.append(Wanted(invoice.id, invoice.number, invoice.due_date, known.of(invoice.id).open_amount, amount))
    return found


def carried(known: Standings, payment: Payment, allocations: Sequence[Allocation], currency: str) -> tuple[Allocation, ...]:
    """Allocations of a payment in another currency with what each stood at in the company's and what that part of the payment
    came to, both shares of what is left: parts come to the whole, to the cent, in whatever order they are made and taken back.
    Those of a payment in the company's `currency` as they are."""
    left, own_left = payment.unallocated, payment.own_left
    if own_left is None:
        return tuple(allocations)
    found = []
    for each in allocations:
        stood = stood_at(known.of(each.invoice_id), each.amount) or ZERO
        own = round_amount(own_left * each.amount / left, currency)
        found.append(replace(each, own_amount=round_amount(stood, currency), own_paid=own))
        left, own_left = left - each.amount, own_left - own
    return tuple(found)


def settle(tx: Transaction, known: Standings, payment: Payment, more: Sequence[Allocation]) -> None:
    """Adds to the transaction what these allocations settle: of the document itself, and of the invoice that a refunded
    credit note is about."""
    after: dict[str, Standing] = {}
    for each in more:
        by = SettledBy(payment_id=payment.id, number=payment.number, amount=each.amount,
                       own_amount=each.own_amount, paid_on=payment.paid_on)
        after[each.invoice_id] = settled(after.get(each.invoice_id) or known.of(each.invoice_id), by)
        _refunded(known, after, each, 1)
    _save(tx, known, after)


def unsettle(tx: Transaction, known: Standings, payment: Payment) -> None:
    """Adds to the transaction that a payment settles nothing any more."""
    after: dict[str, Standing] = {}
    for each in payment.allocations:
        after[each.invoice_id] = unsettled(after.get(each.invoice_id) or known.of(each.invoice_id), payment.id)
        _refunded(known, after, each, -1)
    _save(tx, known, after)


def _refunded(known: Standings, after: dict[str, Standing], each: Allocation, sign: int) -> None:
    for invoice_id in known.credited_by(each.invoice_id)[:1]:
        stands = after.get(invoice_id) or known.standings[invoice_id]
        after[invoice_id] = refunded(stands, sign * each.amount, sign * (each.own_amount or ZERO))


def _save(tx: Transaction, known: Standings, after: dict[str, Standing]) -> None:
    for invoice_id, standing in after.items():
        before = known.standings.get(invoice_id)
        if before:
            tx.save(STANDING, before, standing)
        else:
            tx.create(STANDING, standing, _raced)


def _raced() -> Conflict:
    return Conflict("ledger_raced", "Another payment of this invoice was recorded just now.")


def letter(tx: Transaction, known: Standings, payment: Payment, entry: JournalEntry | None, invoice_ids: Sequence[str],
           exchange: JournalEntry | None = None) -> None:
    """Letters the payment's line with the lines of these invoices and of the exchange difference, and all that partial letters
    hold of them already.

    An invoice of an earlier fiscal year is lettered by the line of the opening entries that carries it. A full letter made by
    hand over one of them is left as it is. `entry` is the payment's own, when it is not stored yet.
    """
    ctx = tx.ctx
    entries = letters.entries_of(ctx, [known.invoices[i].entry_id for i in invoice_ids] + ([] if entry else [payment.entry_id]))
    own = entry or entries[payment.entry_id]
    whose, line = letters.lettered_line(own, payment.entry_line)
    lines = [line]
    if exchange is not None and exchange.lines[0].party_id and exchange.fiscal_year == whose.fiscal_year:
        lines.append(letters.lettered_line(exchange, 1)[1])
    for invoice_id in invoice_ids:
        found = _customer_line(ctx, entries.get(known.invoices[invoice_id].entry_id), whose)
        if found:
            lines.append(found)
    _together(tx, whose, lines, "payment")


def letter_credit(tx: Transaction, note: Invoice, invoices: Iterable[Invoice]) -> bool:
    """Letters a credit note's first line, the customer's, with those of the invoices it credits, as `letter` does: in full when
    they settle each other. Answers whether there was something to letter; an invoice that is paid already is left to the
    refund."""
    entries = letters.entries_of(tx.ctx, [note.entry_id, *(each.entry_id for each in invoices)])
    own = entries.get(note.entry_id)
    if own is None or not own.lines[0].party_id:
        return False
    whose, line = letters.lettered_line(own, 1)
    others = [_customer_line(tx.ctx, entries.get(each.entry_id), whose) for each in invoices]
    return _together(tx, whose, [line, *(each for each in others if each)], "credit_note")


def _together(tx: Transaction, whose: Whose, lines: Sequence[LetteredLine], method: str) -> bool:
    """Puts lines, and all that partial letters hold of them already, into one letter, unless a full one holds any of them or
    nothing would change."""
    ctx = tx.ctx
    held = letters.letters_of(ctx, [reference_of(each.entry_id, each.line) for each in lines])
    if len(lines) < 2 or any(each["state"] == "full" for each in held.values()):
        return False
    if len(held) == len(lines) and len({str(each["id"]) for each in held.values()}) == 1:
        return False
    partial = sorted(read.get_many(ctx, LETTER, {str(each["id"]) for each in held.values()}).values(), key=lambda x: x.id)
    together = {reference_of(each.entry_id, each.line): each for each in (
        *(line for x in partial for line in x.lines), *lines)}
    if len(together) > lettering.MAX_LETTERED:
        return False
    for other in partial[1:]:
        letters.letter_writes(tx, lettering.undone(other), other)
    if partial:
        after = lettering.lettered(partial[0], tuple(together.values()), True, writing.poster(ctx).today)
        letters.letter_writes(tx, after, partial[0])
    else:
        letters.letter_writes(tx, letters.new_letter(ctx, whose, tuple(together.values()), True, method))
    return True


def _customer_line(ctx: Context, entry: JournalEntry | None, whose: Whose) -> LetteredLine | None:
    """The line of an invoice's entry on the same account, of the same party; that of the opening entries which carries it
    where the invoice is of an earlier year."""
    if entry is None or entry.fiscal_year > whose.fiscal_year:
        return None
    number = next((n for n, line in enumerate(entry.lines, 1)
                   if line.account == whose.account and line.party_id == whose.party_id), 0)
    line = letters.lettered_line(entry, number)[1] if number else None
    return line if line is None or entry.fiscal_year == whose.fiscal_year else letters.carried(ctx, whose, line)


def unletter(tx: Transaction, payment: Payment) -> None:
    """Takes back the letter that the payment's line stands in."""
    held = letters.letters_of(tx.ctx, [reference_of(payment.entry_id, payment.entry_line)])
    for found in read.get_many(tx.ctx, LETTER, {str(each["id"]) for each in held.values()}).values():
        letters.letter_writes(tx, lettering.undone(found), found)
