"""Rounding leaves nothing over: shares, invoices in parts, deposits and credits add up to the unit, in every currency.

Pure: no table, no faults. Of the random cases some divide an amount by weights; the others make an order with reductions,
charges, several rates and a paid total that the shop rounded its own way, ship it in parts, cancel some, take a deposit,
invoice the parts in any order, and credit the invoices by line, by amount and of the rest until nothing is left. Each
document's VAT is that of its base (BR-CO-17), its entry balances, and at the end the residue is 0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from unittest.mock import patch

from chalicelib.invoicing import amounts, billing, crediting, issuing
from chalicelib.invoicing.law import posting
from chalicelib.invoicing.model import CREDIT_NOTE, DEPOSIT, Invoice, OrderBilling
from chalicelib.invoicing.shapes import CreditInvoice, CreditLine, OrderToInvoice
from chalicelib.invoicing.standing import Standing
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.money import quantum, split
from chalicelib.kernel.tax import vat_on
from chalicelib.ledger import chart
from chalicelib.ledger.law.determination import STANDARD
from chalicelib.ledger.model import usage_key
from chalicelib.ledger.posting import check_draft
from chalicelib.sales import totals
from chalicelib.sales.model import Charge, Order, OrderLine, Shipment, ShippedLine
from tests.torture.faults import CALM, Faults
from tests.torture.proof import Proof, Result, Variant

D = Decimal
CURRENCIES = ("EUR", "EUR", "JPY", "TND")
RATES = (D("20"), D("10"), D("5.5"), D("2.1"), D("0"))
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ACCOUNTS = {account.id: account for account in chart.STANDARD}
BY_USAGE = {usage_key(a.usage, a.vat_rate, a.product_family): a.id for a in chart.STANDARD if a.usage}


def _account(purpose: tuple[str, str, str]) -> str:
    return BY_USAGE[usage_key(*purpose)]


@dataclass(slots=True)
class _Case:
    """One random order and what became of it."""

    chance: Random
    result: Result
    name: str
    notes: list[Invoice] = field(default_factory=list)

    def amount(self, most: int, currency: str) -> Decimal:
        return D(self.chance.randint(1, most)) * quantum(currency)

    def order(self) -> Order:
        chance, currency = self.chance, self.chance.choice(CURRENCIES)
        lines = []
        for n in range(chance.randint(1, 5)):
            quantity = D(chance.randint(1, 9)) if chance.random() < 0.8 else D(chance.randint(1, 9999)) / 1000
            price = self.amount(50_00, currency) if chance.random() < 0.8 else D(chance.randint(1, 10**8)) / 10**5
            whole = amounts.round_amount(quantity * price, currency)
            allowance = min(self.amount(300, currency), whole) if chance.random() < 0.3 else D(0)
            rate = chance.choice(RATES)
            lines.append(OrderLine(id=str(n + 1), sku=f"S{n}", name="x", quantity=quantity, unit_price=price,
                                   allowance=allowance, amount=whole - allowance, vat_category="S" if rate else "E",
                                   vat_rate=rate))
        charges = tuple(Charge(kind=kind, name=kind, amount=self.amount(900, currency), vat_rate=D("20"))
                        for kind in ("shipping", "fee") if chance.random() < 0.4)
        bare = Order(id="ord", number="SO-1", state="confirmed", placed_at=NOON, currency=currency, lines=tuple(lines),
                     charges=charges, prices_include_vat=chance.random() < 0.7, customer_id="cus_1")
        whole = totals.with_totals(bare, None).total_with_vat
        shop = max(whole + chance.randint(-3, 3) * quantum(currency) * (chance.random() < 0.4), D(0))
        return totals.with_totals(bare, shop)

    def shipped(self, order: Order) -> Order:
        """The order after some of each line left in up to four parcels, and some was cancelled."""
        left = {line.id: line.quantity for line in order.lines}
        cancelled = {line.id: D(0) for line in order.lines}
        shipments = []
        for n in range(self.chance.randint(1, 4)):
            taken = {}
            for line in order.lines:
                whole = left[line.id]
                part = whole if self.chance.random() < 0.3 else D(int(whole * self.chance.randint(0, 4) / 4))
                if part:
                    taken[line.id] = part
                    left[line.id] -= part
            if taken:
                shipments.append(Shipment(id=f"P{n}", delivery_id="", shipped_at=NOON + timedelta(hours=n), lines=tuple(
                    ShippedLine(line_id=i, quantity=q) for i, q in taken.items())))
        for name, quantity in left.items():
            if quantity and self.chance.random() < 0.5:
                cancelled[name] = quantity
        done = {name: sum((each.quantity for s in shipments for each in s.lines if each.line_id == name), D(0))
                for name in left}
        return replace(order, shipments=tuple(shipments), lines=tuple(
            replace(line, shipped_quantity=done[line.id], cancelled_quantity=cancelled[line.id]) for line in order.lines))

    # -- documents ------------------------------------------------------------------------------------------------------

    def document(self, order: Order, n: int, **more: Any) -> Invoice:
        return Invoice(id=f"ivc_{n}", state="issued", number=f"FA-{n}", issue_date=date(2026, 11, 24), created_at=NOON,
                       currency=order.currency, customer_id="cus_1", prices_include_vat=order.prices_include_vat, **more)

    def holds(self, invoice: Invoice) -> None:
        """What is true of every document: its sums, each rate's VAT, its entry, and a rounding that is one."""
        check, unit = self.result.check, quantum(invoice.currency)
        net = sum((line.line_net_amount for line in invoice.lines), D(0))
        check("lines add up to the net", net == invoice.total_without_vat, (self.name, invoice))
        check("the VAT of a rate is that of its base", all(
            abs(vat_on(row.taxable_amount, row.vat_rate, invoice.currency) - row.vat_amount) <= (
                unit if invoice.type_code == CREDIT_NOTE else 0) for row in invoice.vat_breakdown),
            (self.name, invoice.vat_breakdown))
        check("total and rounding are what is paid", invoice.total_with_vat + invoice.rounding_amount == invoice.payable_amount,
              (self.name, invoice))
        prices = all(abs(line.quantity * line.unit_price - line.allowance - line.line_net_amount) < unit / 2 or
                     line.line_kind == "deposit" for line in invoice.lines)
        check("quantity times price is the line", prices, (self.name, invoice.lines))
        accounts = {purpose: _account(purpose) for purpose in posting.wanted(invoice)}
        draft = posting.sale(invoice, accounts, STANDARD, "VE", invoice.currency)
        try:
            check_draft(draft, invoice.currency, ACCOUNTS)
        except Invalid as error:
            check("the entry balances", False, (self.name, error.code, str(error), draft))
        else:
            check("the entry balances", True)

    def deposit(self, order: Order, before: OrderBilling) -> tuple[Invoice, Standing] | None:
        if self.chance.random() > 0.3 or order.paid_total <= 0:
            return None
        amount = amounts.round_amount(order.paid_total * self.chance.randint(1, 100) / 100, order.currency)
        if amount <= 0:
            return None
        bare = replace(self.document(order, 99), type_code=DEPOSIT, prices_include_vat=True)
        made = issuing.with_totals(bare, billing.deposit_lines(order, amount), amount)
        self.holds(made)
        return made, issuing.new_standing(made)

    def life(self) -> None:
        """From the paid total to the last credit."""
        order = self.shipped(self.order())
        before = billing.fresh(order)
        deposit = self.deposit(order, before)
        invoices, parcels = [], [s.id for s in order.shipments]
        self.chance.shuffle(parcels)
        for n, name in enumerate(parcels):
            part = billing.order_part(order, before, OrderToInvoice(order_id="ord", shipment_ids=(name,)))
            used = billing.deductions(part.lines, part.amount, [deposit] if deposit else [], order.currency,
                                      order.prices_include_vat)
            for each in used:
                deposit = (each.deposit, each.after)
            payable = part.amount - sum((each.amount for each in used), D(0))
            lines = [*part.lines, *(line for each in used for line in each.lines)]
            made = issuing.with_totals(self.document(order, n), lines, payable)
            try:
                issuing.check_rounding(made, part.rounding, len(used))
            except Conflict as error:
                self.result.check("what is left is rounding", False, (self.name, str(error)))
            else:
                self.result.check("what is left is rounding", made.payable_amount >= 0, (self.name, made.payable_amount))
            self.holds(made)
            invoices.append(made)
            before = part.after
        paid = sum((each.payable_amount + each.deposits_deducted for each in invoices), D(0))
        whole = not any(line.open_quantity or line.cancelled_quantity for line in order.lines)
        self.result.check("invoices add up to what was paid", paid == before.billed_total and (
            not whole or paid == order.paid_total), (self.name, paid, order.paid_total))
        for invoice in [*invoices, *([deposit[0]] if deposit else [])]:
            self.credits(invoice, deposit[1] if deposit and invoice is deposit[0] else issuing.new_standing(invoice))

    def credits(self, invoice: Invoice, standing: Standing) -> None:
        """Credits an invoice in random steps until nothing is left."""
        start, given, self.notes = standing.left, D(0), list[Invoice]()
        is_whole = not standing.deducted_total
        for _ in range(self.chance.randint(0, 4)):
            found = self.credit(invoice, standing, self.asked(invoice, standing))
            if found is not None:
                standing, given = found.after, given + found.amount
        rest = self.credit(invoice, standing, CreditInvoice(reason="x"))
        if rest is not None:
            standing, given = rest.after, given + rest.amount
        self.result.check("credits add up to the invoice", given == start and standing.left == 0,
                          (self.name, invoice.type_code, start, given))
        self.result.check("credits add up to base, VAT and rounding", not is_whole or _sums(self.notes) == _sums([invoice]),
                          (self.name, invoice, self.notes))
        for body in (CreditInvoice(reason="x"), CreditInvoice(reason="x", amount=quantum(invoice.currency))):
            again = self.credit(invoice, standing, body)
            self.result.check("nothing is credited beyond the invoice", again is None or again.amount == 0, (self.name, again))

    def asked(self, invoice: Invoice, standing: Standing) -> CreditInvoice:
        if self.chance.random() < 0.4:
            most = max(int(standing.left / quantum(invoice.currency)), 1)
            return CreditInvoice(reason="geste", amount=D(self.chance.randint(1, most)) * quantum(invoice.currency))
        lines = [line for line in invoice.lines if line.line_kind != "deposit"]
        line = self.chance.choice(lines)
        part = abs(line.quantity) / self.chance.choice((1, 4))
        return CreditInvoice(reason="retour", lines=(CreditLine(line_id=line.id, quantity=part),))

    def credit(self, invoice: Invoice, standing: Standing, body: CreditInvoice) -> crediting.Credit | None:
        try:
            found = crediting.credit(invoice, standing, body)
        except (Conflict, Invalid):
            return None
        note = replace(invoice, type_code=CREDIT_NOTE, deposits_deducted=D(0))
        made = issuing.with_totals(note, found.lines, found.amount, found.due)
        self.holds(made)
        self.notes.append(made)
        return found


def _sums(documents: list[Invoice]) -> dict[Any, Decimal]:
    """Base and VAT by rate, totals and rounding of documents together, without what is nothing."""
    found: dict[Any, Decimal] = {}
    for each in documents:
        for row in each.vat_breakdown:
            for name, amount in (("base", row.taxable_amount), ("vat", row.vat_amount)):
                key = (name, row.vat_category, row.vat_rate)
                found[key] = found.get(key, D(0)) + amount
        for name in ("total_without_vat", "vat_amount", "total_with_vat", "rounding_amount", "payable_amount"):
            found[name] = found.get(name, D(0)) + getattr(each, name)
    return {key: amount for key, amount in found.items() if amount}


def _shares(chance: Random, result: Result, name: str) -> None:
    currency = chance.choice(CURRENCIES)
    total = D(chance.randint(-10**6, 10**6)) * quantum(currency)
    weights = [D(chance.choice((0, 1, 3, 7, chance.randint(1, 10**6)))) / chance.choice((1, 3, 7, 100))
               for _ in range(chance.randint(1, 12))]
    found, whole = split(total, weights, currency), sum(weights, D(0))
    result.check("shares leave no residue", sum(found, D(0)) == total, (name, total, weights, found))
    result.check("a share is the nearest unit or its neighbour", not whole or all(
        abs(share - total * weight / whole) < quantum(currency) for share, weight in zip(found, weights, strict=True)),
        (name, total, weights, found))


def run(seed: int, size: int, faults: Faults) -> Result:
    result, chance = Result(), Random(f"rounding:{seed}")
    trace = hashlib.blake2b(digest_size=16)
    for n in range(size):
        if n % 25:
            _shares(chance, result, f"{seed}.{n}")
        else:
            _Case(chance, result, f"{seed}.{n}").life()
        trace.update(repr(chance.getstate()[1][:3]).encode() if n % 500 == 0 else b"")
    result.trace, result.facts = trace.hexdigest(), {"splits": size}
    return result


# -- planted bugs ----------------------------------------------------------------------------------------------------------


@contextmanager
def _part_by_part() -> Iterator[None]:
    """Each part is rounded on its own instead of cumulatively."""
    def part(whole: Decimal, through: Decimal, of: Decimal, currency: str) -> Decimal:
        return amounts.round_amount(amounts.round_amount(whole / of, currency) * through, currency)

    with patch.object(amounts, "part", part):
        yield


@contextmanager
def _vat_of_the_shop() -> Iterator[None]:
    """VAT is taken out of the price instead of put on the base."""
    def net(gross: Decimal, rate: Decimal, currency: str) -> tuple[Decimal, Decimal]:
        vat = amounts.vat_within(gross, rate, currency)
        return gross - vat, vat

    with patch.object(amounts, "vat_on", lambda net, rate, currency: amounts.vat_within(
            net + net * rate / 100, rate, currency) + (quantum(currency) if rate == 20 and net % 3 == 1 else 0)), \
            patch.object(amounts, "net_and_vat", net):
        yield


@contextmanager
def _rounded_shares() -> Iterator[None]:
    """Each share of a group is rounded, and what is left over is lost."""
    def shares(total: Decimal, parts: Any, currency: str) -> list[Decimal]:
        whole = sum(parts, D(0)) or D(1)
        return [amounts.round_amount(total * each / whole, currency) for each in parts]

    with patch.object(amounts, "shares", shares):
        yield


@contextmanager
def _no_cap() -> Iterator[None]:
    """A line may be credited although an amount was credited of it before."""
    with patch.object(crediting, "_within", lambda amount, low, high: amount), patch.object(
            Standing, "left", property(lambda s: s.payable_amount)):
        yield


@contextmanager
def _credits_alone() -> Iterator[None]:
    """Each credit note's base and VAT are worked out of its own lines."""
    def due(invoice: Invoice, before: Any, after: Any) -> Any:
        def amount(done: Any, name: str) -> Decimal:
            return done[name].amount if name in done else D(0)

        return amounts.due(((line, amount(after, line.id) - amount(before, line.id)) for line in invoice.lines),
                           invoice.currency, invoice.prices_include_vat)

    with patch.object(crediting, "due_of", due):
        yield


PROOF = Proof("rounding", run, ci=(20_000, 1), long=(1_000_000, 1), unit="splits", faults=CALM, variant_size=1_500, variants={
    "parts rounded one by one": Variant(_part_by_part), "VAT taken out of the price": Variant(_vat_of_the_shop),
    "shares rounded": Variant(_rounded_shares), "credits without a limit": Variant(_no_cap),
    "credit notes each on its own": Variant(_credits_alone)})
