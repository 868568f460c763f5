"""The whole life of random orders is conserved to the cent, from the paid total to the ledger.

Orders with random reductions, rates, charges and totals rounded the shop's way are placed, shipped in parts, cancelled in
part, invoiced by parcel, as ordered or by themselves, before and after a deposit, credited by line, amount or whole, with
and without goods that come back, and invoiced again, by several people at once on the same orders while calls fail, are
lost and are killed. A fifth of the orders are in dollars, at a rate that changes; shops' payments are recorded and set against
invoices meanwhile. At the end every order's documents, standings and entries are read straight from the table and held
against what its customer paid. `size` is commands.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from chalicelib.catalog import service as catalog
from chalicelib.catalog.model import NewProduct, NewVariant
from chalicelib.invoicing import amounts, automatic, billing, correcting, ordering, service
from chalicelib.invoicing.model import BILLING, CREDIT_NOTE, DEPOSIT, INVOICE, Invoice, OrderBilling
from chalicelib.invoicing.shapes import CreditInvoice, CreditLine, InvoiceOrders, NewDeposit, OrderToInvoice
from chalicelib.invoicing.standing import STANDING, Standing
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone, DomainError
from chalicelib.kernel.event import Event
from chalicelib.ledger import exchange, rolling
from chalicelib.ledger import service as ledger
from chalicelib.ledger.model import JournalEntry, NewFiscalYear
from chalicelib.payments import settling, shop
from chalicelib.payments.model import PAYMENT
from chalicelib.sales import service as sales
from chalicelib.sales.commands import CancelOrder, ShipOrder
from chalicelib.sales.model import ORDER, Buyer, LineQuantity, NewCharge, NewLine, Order, PlaceOrder
from chalicelib.stock import service as stock
from chalicelib.stock.model import NewReceipt, ReceiptLine
from chalicelib.stock.valuation import VALUATION
from chalicelib.storage import read
from chalicelib.storage.transaction import Refused, Transaction
from chalicelib.tenants.model import Company, PostalAddress
from tests.torture.faults import Faults
from tests.torture.merchant import GaveUp, Merchant
from tests.torture.proof import Proof, Result, Variant
from tests.torture.world import World

D = Decimal
DAY = date(2026, 11, 24)
PEOPLE, SKUS, RECEIVED = 8, 6, D(100_000)
RATES = ("20", "10", "5.5", "2.1")
COSTS = ("0.333333", "1.005", "3.10", "9.99", "17.123456", "4")


@dataclass(slots=True)
class _Seen:
    orders: list[str] = field(default_factory=list)
    invoices: list[str] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)


class _Person:
    """One of the staff: does something to some order, whoever else is at it."""

    def __init__(self, merchant: Merchant, seen: _Seen, warehouse_id: str, name: str) -> None:
        self.merchant, self.seen, self.warehouse_id, self.name = merchant, seen, warehouse_id, name
        self.chance = merchant.world.chance

    def work(self, commands: int) -> None:
        acts: tuple[tuple[Callable[[], Callable[[Context], Any]], int], ...] = (
            (self.place, 4), (self.ship, 6), (self.cancel, 1), (self.invoice, 6), (self.note, 3), (self.deposit, 1),
            (self.credit, 4), (self.pay, 5), (self.rate, 1))
        makers, weights = zip(*acts, strict=True)
        for n in range(commands):
            self.merchant.world.sleep(self.chance.random() * 0.1)
            make = self.place if not self.seen.orders else self.chance.choices(makers, weights)[0]
            self.attempt(f"{self.name}-{n}", make)

    def attempt(self, name: str, make: Callable[[], Callable[[Context], Any]]) -> None:
        work, kind = make(), make.__name__
        try:
            answer = self.merchant.insist(name, work)
        except (DomainError, Refused):
            self.seen.outcomes[f"{kind} refused"] += 1
        except GaveUp:
            self.seen.outcomes["unknown"] += 1
        else:
            done = str(answer.marker.get("id", "")) if isinstance(answer, AlreadyDone) else str(getattr(answer, "id", ""))
            self.seen.outcomes[kind] += 1
            if done.startswith("ord_") and done not in self.seen.orders:
                self.seen.orders.append(done)
            if done.startswith("ivc_"):
                self.seen.invoices.append(done)

    def _order(self) -> str:
        return self.chance.choice(self.seen.orders[-12:])

    # -- what they do -------------------------------------------------------------------------------------------------

    def place(self) -> Callable[[Context], Any]:
        chance = self.chance
        lines = tuple(NewLine(sku=f"SKU-{n}", quantity=D(chance.randint(1, 6)),
                              unit_price=D(chance.randint(1, 99_99)) / 100 if chance.random() < 0.8 else D("3.333333"),
                              allowance=D(chance.choice((0, 0, 1))) / 100)
                      for n in chance.sample(range(SKUS), chance.randint(1, 3)))
        charges = (NewCharge(name="port", amount=D(chance.randint(1, 1500)) / 100),) if chance.random() < 0.5 else ()
        body = PlaceOrder(
            lines=lines, charges=charges, buyer=Buyer(name="Zoé"), is_paid=chance.random() < 0.5,
            prices_include_vat=chance.random() < 0.7, currency="USD" if chance.random() < 0.2 else "EUR",
            allowance=D(chance.randint(1, 5)) / 100 if chance.random() < 0.3 else D(0))
        off = D(chance.randint(-2, 2)) / 100 if chance.random() < 0.4 else None

        def work(ctx: Context) -> Any:
            whole = sales.preview(ctx, body).total_with_vat
            return sales.place_order(ctx, body if off is None else replace(body, paid_total=max(whole + off, D(0))))

        return work

    def ship(self) -> Callable[[Context], Any]:
        name, plan = self._order(), self.chance.random()

        def work(ctx: Context) -> Any:
            order = read.get(ctx, ORDER, name)
            lines = () if plan < 0.4 else tuple(LineQuantity(line_id=line.id, quantity=D(1)) for line in order.lines
                                                if line.open_quantity)[: 1 + int(plan * 3)]
            return sales.ship(ctx, order, ShipOrder(lines=lines))

        return work

    def cancel(self) -> Callable[[Context], Any]:
        name = self._order()

        def work(ctx: Context) -> Any:
            order = read.get(ctx, ORDER, name)
            lines = [LineQuantity(line_id=line.id, quantity=D(1)) for line in order.lines if line.open_quantity]
            return sales.cancel(ctx, order, CancelOrder(lines=tuple(lines[:1])))

        return work

    def invoice(self) -> Callable[[Context], Any]:
        name, plan = self._order(), self.chance.random()

        def work(ctx: Context) -> Any:
            order = read.get(ctx, ORDER, name)
            parcels = tuple(s.id for s in order.shipments)[-1:] if plan < 0.4 else ()
            return service.invoice_orders(ctx, InvoiceOrders(orders=(OrderToInvoice(
                order_id=name, shipment_ids=parcels, scope="ordered" if plan > 0.85 else "delivered"),)))

        return work

    def note(self) -> Callable[[Context], Any]:
        """What the worker does when a parcel left: notes it, posts the cost of what was invoiced before."""
        name = self._order()
        return lambda ctx: automatic._note(ctx, service.issuing.office(ctx), name)

    def deposit(self) -> Callable[[Context], Any]:
        name, percent = self._order(), D(self.chance.randint(1, 100))
        return lambda ctx: service.receive_deposit(ctx, NewDeposit(order_id=name, percent=percent))

    def pay(self) -> Callable[[Context], Any]:
        """What the worker does when an order is paid, or an invoice or credit note of it is issued."""
        name, issued = self._order(), self.chance.choice(self.seen.invoices[-20:]) if self.seen.invoices else ""
        is_issued = bool(issued) and self.chance.random() < 0.5

        def work(ctx: Context) -> Any:
            event = Event("", "", ctx.tenant_id, ctx.now, "", issued if is_issued else name, 1, ctx.actor, "", {})
            return shop.on_issued(ctx, event) if is_issued else shop.on_order(ctx, event)

        return work

    def rate(self) -> Callable[[Context], Any]:
        value = D(self.chance.randint(80_000, 120_000)) / 100_000
        return lambda ctx: exchange.update(ctx, read.get(ctx, exchange.EXCHANGE_RATE, f"USD.{DAY}"),
                                           exchange.ExchangeRateBody(rate=value))

    def credit(self) -> Callable[[Context], Any]:
        if not self.seen.invoices:
            return self.place()
        name, plan, part = self.chance.choice(self.seen.invoices[-20:]), self.chance.random(), self.chance.random()

        def work(ctx: Context) -> Any:
            invoice = read.get(ctx, INVOICE, name)
            body = CreditInvoice(reason="retour", reopen=plan < 0.2)
            if plan > 0.75:
                body = replace(body, amount=amounts.round_amount(invoice.payable_amount * D(part), "EUR"))
            elif plan > 0.35:
                goods = [line for line in invoice.lines if line.line_kind == "goods"]
                body = replace(body, restock_warehouse_id=self.warehouse_id if plan > 0.55 else "",
                               lines=tuple(CreditLine(line_id=line.id, quantity=D(1)) for line in goods[:1]))
            return service.credit(ctx, invoice, body)

        return work


def _prepared(world: World) -> tuple[Merchant, str]:
    merchant = Merchant(world)
    merchant.become_tenant(Company(legal_name="Maison", legal_form="SAS", siren="732829320", vat_number="FR44732829320",
                               rcs_city="Annecy", address=PostalAddress(street="1 rue du Lac", city="Annecy")))
    ledger.open_fiscal_year(merchant.context(), NewFiscalYear(starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31)))
    exchange.create(merchant.context(), exchange.NewExchangeRate(currency="USD", rate_on=DAY, rate=D("0.913457")))
    house = merchant.shop.warehouse("PAR")
    for n in range(SKUS):
        catalog.create_product(merchant.context(), NewProduct(name=f"SKU-{n}", variants=(
            NewVariant(sku=f"SKU-{n}", vat_rate=D(RATES[n % len(RATES)])),)))
        stock.receive(merchant.context(), NewReceipt(warehouse_id=house.id, lines=(
            ReceiptLine(sku=f"SKU-{n}", quantity=RECEIVED, unit_cost=D(COSTS[n])),)))
    return merchant, house.id


def run(seed: int, size: int, faults: Faults) -> Result:
    with World(seed, faults) as world:
        (merchant, warehouse_id), seen, result = _prepared(world), _Seen(), Result()
        for n in range(PEOPLE):
            person = _Person(merchant, seen, warehouse_id, f"p{n}")
            world.spawn(person.name, lambda p=person: p.work(-(-size // PEOPLE)))  # type: ignore[misc]
        world.run()
        _Audit(merchant, result).go()
        result.facts = dict(sorted(seen.outcomes.items()))
        return result.close(world)


class _Audit:
    """The books against the orders, from the table."""

    def __init__(self, merchant: Merchant, result: Result) -> None:
        self.merchant, self.result = merchant, result
        self.orders = {order.id: order for order in merchant.documents(ORDER)}
        self.invoices = {invoice.id: invoice for invoice in merchant.documents(INVOICE)}
        self.standings = {standing.id: standing for standing in merchant.documents(STANDING)}
        self.billings = {each.id: each for each in merchant.documents(BILLING)}
        self.entries: defaultdict[str, list[JournalEntry]] = defaultdict(list)
        for item in merchant.items("ENTRY#"):
            entry = rolling.entry_of(item.data, item.schema_version)
            self.entries[entry.document_id].append(entry)

    def go(self) -> None:
        for invoice in self.invoices.values():
            self._document(invoice)
        for standing in self.standings.values():
            self._standing(standing)
        for billed in self.billings.values():
            self._order(self.orders[billed.id], billed)
        self._customers()
        self._cost()

    def _document(self, invoice: Invoice) -> None:
        check = self.result.check
        sign = -1 if invoice.type_code == CREDIT_NOTE else 1
        balance: defaultdict[str, Decimal] = defaultdict(Decimal)
        for entry in self.entries[invoice.id]:
            check("entries balance", sum(line.debit - line.credit for line in entry.lines) == 0, entry.id)
            for line in entry.lines if entry.journal == "VE" else ():
                moved = line.debit - line.credit
                balance[line.account[:3]] += moved if line.currency_amount is None else line.currency_amount
        check("the customer's account holds what is paid", balance["411"] == sign * invoice.payable_amount,
              (invoice.number, dict(balance)))
        net = sum((line.line_net_amount for line in invoice.lines if not line.line_kind.startswith("deposit")), D(0))
        income = sum((amount for number, amount in balance.items() if number[0] == "7" and number != "758"), D(0))
        check("class 7 holds the net", income == -sign * net, (invoice.number, dict(balance)))
        check("VAT is in the books", balance["445"] == -sign * invoice.vat_amount, (invoice.number, dict(balance)))
        check("the rounding is in the books", balance["658"] + balance["758"] == -sign * invoice.rounding_amount,
              (invoice.number, dict(balance)))

    def _customers(self) -> None:
        """Of all customers together: the books hold what is open of invoices, less what payments have not settled yet."""
        books = sum((line.debit - line.credit for found in self.entries.values() for entry in found for line in entry.lines
                     if line.account == "411000"), D(0))
        open_ = sum((each.balance if each.own_balance is None else each.own_balance for each in self.standings.values()
                     if each.type_code != CREDIT_NOTE), D(0))
        waiting = sum(((1 if each.direction == "in" else -1) * (each.unallocated if each.own_left is None else each.own_left)
                       for each in self.merchant.documents(PAYMENT)), D(0))
        self.result.check("the customers' account is what is open", books == open_ - waiting, (books, open_, waiting))
        for each in self.standings.values():
            self.result.check("what is settled in dollars is settled in euros", each.own_balance is None or each.balance != 0
                              or each.own_balance == 0, (each.number, each.own_balance))

    def _standing(self, standing: Standing) -> None:
        notes = [self.invoices[i] for i in standing.credit_note_ids]
        self.result.check("what is credited is in credit notes", sum(
            (note.payable_amount for note in notes), D(0)) == standing.credited_total, standing.number)
        self.result.check("nothing is credited beyond the invoice", standing.left >= 0, standing.number)
        if standing.type_code == DEPOSIT:
            used = D(0)
            for invoice in self.invoices.values():
                for line in invoice.lines:
                    if line.line_kind == "deposit" and self._deposit(line, invoice) == standing.id:
                        used += line.amount if invoice.type_code == CREDIT_NOTE else -line.amount
            self.result.check("what is deducted of a deposit is on invoices", used == standing.deducted_total,
                              (standing.number, used, standing.deducted_total))

    def _deposit(self, line: Any, invoice: Invoice) -> str:
        """The deposit that a line deducts, or, on a credit note, gives back."""
        if invoice.type_code != CREDIT_NOTE:
            return str(line.reference)
        original = self.invoices[invoice.references[0].invoice_id]
        return next(each.reference for each in original.lines if each.id == line.id)

    def _order(self, order: Order, billed: OrderBilling) -> None:
        check = self.result.check
        documents = [self.invoices[each.invoice_id] for each in billed.documents]
        invoiced = sum((d.amount for d in billed.documents if d.type_code not in (DEPOSIT, CREDIT_NOTE)), D(0))
        again = sum((-d.amount for d in billed.documents if d.type_code == CREDIT_NOTE), D(0))
        carried = sum((i.payable_amount + i.deposits_deducted for i in documents
                       if i.type_code not in (DEPOSIT, CREDIT_NOTE)), D(0))
        back = sum((i.deposits_deducted for i in documents if i.type_code == CREDIT_NOTE), D(0))
        check("invoices carry what is billed", carried == invoiced and billed.billed_total == invoiced - again - back,
              (order.number, carried, invoiced, again, back, billed.billed_total))
        units = {line.id: billed.quantity(line.id) for line in order.lines}
        check("no unit is invoiced twice", all(0 <= units[line.id] <= line.quantity for line in order.lines), order.number)
        if billed.has_order_level:
            check("what is billed is what the customer pays for it", billed.billed_total == billing.through(order, units)[0],
                  (order.number, billed.billed_total))
            if all(units[line.id] == line.quantity for line in order.lines):
                check("an order invoiced whole comes to its paid total", billed.billed_total == order.paid_total,
                      (order.number, billed.billed_total, order.paid_total))
        names = [s.id for s in order.shipments]
        check("parcels are covered once", len(set(billed.covered)) == len(billed.covered) and set(billed.covered) <= set(names),
              order.number)

    def _cost(self) -> None:
        """Stock: what came is what is there and what left less what came back; the books hold the cost of what is costed."""
        left = {(order.id, s.id): sum((line.cost or D(0) for line in s.lines), D(0))
                for order in self.orders.values() for s in order.shipments}
        costed = sum((left[(each.id, name)] for each in self.billings.values() for name in each.costed), D(0))
        notes = sum((i.cost or D(0) for i in self.invoices.values() if i.type_code == CREDIT_NOTE), D(0))
        books = sum((line.debit - line.credit for found in self.entries.values() for entry in found for line in entry.lines
                     if line.account == "603700"), D(0))
        self.result.check("the cost of sales is in the books", books == costed - notes, (books, costed, notes))
        there = sum((each.value for each in self.merchant.documents(VALUATION)), D(0))
        came = sum((amounts.round_amount(RECEIVED * D(cost), "EUR") for cost in COSTS), D(0))
        self.result.check("stock value is conserved", came == there + sum(left.values(), D(0)) - notes,
                          (came, there, sum(left.values(), D(0)), notes))


# -- planted bugs ----------------------------------------------------------------------------------------------------------


@contextmanager
def _blind_billing() -> Iterator[None]:
    """What of an order is invoiced is saved whoever saved it meanwhile."""
    put = Transaction._put

    def careless(tx: Transaction, item: Any, condition: str, values: Any, refusal: Any) -> None:
        if item.kind == BILLING.kind:
            tx.put(item)
        else:
            put(tx, item, condition, values, refusal)

    with patch.object(Transaction, "_put", careless), patch.object(ordering, "derived_id", _any_id):
        yield


def _any_id(prefix: str, *parts: str) -> str:
    from chalicelib.runtime import api

    return f"{prefix}_{api.chance.token(12).hex()}"


@contextmanager
def _no_rounding() -> Iterator[None]:
    """The cent between the shop's arithmetic and ours is forgotten."""
    through = billing.through

    def forgotten(order: Order, billed: Any) -> tuple[Decimal, Decimal]:
        total, rounding = through(order, billed)
        return total - rounding, D(0)

    with patch.object(billing, "through", forgotten):
        yield


@contextmanager
def _deposit_kept() -> Iterator[None]:
    """A credit of the balance does not give the deposit back."""
    with patch.object(correcting, "_deposits", lambda ctx, invoice, given: []):
        yield


@contextmanager
def _cost_again() -> Iterator[None]:
    """An invoice posts the cost of all the order's parcels, whatever was posted before."""
    costs = ordering._costs

    def again(parts: Any) -> dict[str, Decimal]:
        return costs([replace(part, costed=part.order.shipments) for part in parts])

    with patch.object(ordering, "_costs", again):
        yield


@contextmanager
def _own_rate() -> Iterator[None]:
    """A part of an invoice in dollars is taken to stand at the payment's rate."""
    carried = settling.carried

    def careless(known: Any, payment: Any, allocations: Any, currency: str) -> Any:
        return tuple(replace(each, own_amount=each.own_paid) for each in carried(known, payment, allocations, currency))

    with patch.object(settling, "carried", careless):
        yield


PROOF = Proof("order_life", run, ci=(1_200, 1), long=(20_000, 5), unit="commands", variant_size=500, variants={
    "billing saved blindly": Variant(_blind_billing, size=1_200), "rounding forgotten": Variant(_no_rounding),
    "deposit not given back": Variant(_deposit_kept, size=1_500), "cost posted again": Variant(_cost_again),
    "a part stands at the payment's rate": Variant(_own_rate)})
