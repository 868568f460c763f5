"""Many at once, by themselves, and the figures that follow: runs, rules of channels, limits, margins, settings."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from chalicelib.events import jobs
from chalicelib.events.jobs import Run
from chalicelib.invoicing import figures, issuing, runs, service
from chalicelib.invoicing.model import ChannelRule, Series
from chalicelib.invoicing.shapes import CreditLine, InvoiceRun, SettingsBody
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.job import JOB, Job
from chalicelib.parties import service as parties
from chalicelib.parties.model import CustomerBody
from chalicelib.sales.model import ORDER, Buyer
from chalicelib.storage import read
from tests.invoicing.company import HOME, Firm

D = Decimal
SERIES = issuing.DEFAULT_SERIES


def work(firm: Firm, job: Job) -> Job:
    """What the worker does until the run is over."""
    hold = jobs.take_up(firm.ctx(), job.id, job.run)
    assert isinstance(hold, Run)
    runs.work(hold)
    return read.get(firm.ctx(), JOB, job.id)


def told(firm: Firm, *types: str) -> None:
    """The worker hears what was told so far."""
    from chalicelib.invoicing.worker import HANDLERS

    for event in firm.shop.events(*types):
        HANDLERS[event.type](firm.ctx(), event)


def test_a_run_issues_what_waits_and_tells_what_it_cannot(firm: Firm) -> None:
    firm.stocked("A")
    service.change_settings(firm.ctx(), SettingsBody(policy="by_hand", series=SERIES))
    orders = [firm.ship(firm.order(("A", "1", "9.99"))) for _ in range(14)]
    nameless = firm.ship(firm.order(("A", "1", "9.99"), buyer=Buyer(), billing_address=replace(HOME, name="")))
    told(firm, "OrderShipped")
    assert len(runs.waiting(firm.ctx())) == 15
    job = work(firm, runs.start(firm.ctx(), InvoiceRun()))
    assert (job.state, dict(job.counts)) == ("done", {"issued": 14, "nothing": 0, "refused": 1})
    problem = jobs.problems(firm.ctx(), job.id)[0]
    assert (problem.code, problem.path) == ("preflight_failed", nameless.number)
    numbers = sorted(service.order_billing(firm.ctx(), order.id).documents[0].number[-2:] for order in orders)
    assert numbers == [f"{n:02d}" for n in range(1, 15)]
    assert runs.waiting(firm.ctx()) == [nameless.id]
    again = work(firm, runs.start(firm.ctx(), InvoiceRun(order_ids=tuple(order.id for order in orders))))
    assert dict(again.counts) == {"issued": 0, "nothing": 14, "refused": 0}
    assert firm.count()["411000"] == 14 * D("9.99")


def test_a_channel_is_invoiced_by_its_own_rule(firm: Firm) -> None:
    firm.stocked("A")
    service.change_settings(firm.ctx(), SettingsBody(
        policy="on_payment", customer_rule="businesses", series=SERIES,
        channels=(ChannelRule(channel_id="con_1", policy="by_hand"), ChannelRule(channel_id="con_2"))))
    paid = firm.order(("A", "1", "10"), is_paid=True, buyer=Buyer(name="Luc", company_name="Traiteur SARL"))
    shopper = firm.order(("A", "1", "10"), is_paid=True)
    by_hand = firm.ship(firm.order(("A", "1", "10"), channel_id="con_1", external_id="1"))
    shipped = firm.ship(firm.order(("A", "1", "10"), channel_id="con_2", external_id="2"))
    told(firm, "OrderPlaced", "OrderShipped")
    found = {order.number: len(service.order_billing(firm.ctx(), order.id).documents)
             for order in (paid, shopper, by_hand, shipped)}
    assert found == {paid.number: 1, shopper.number: 0, by_hand.number: 0, shipped.number: 1}


def test_what_cannot_be_invoiced_by_itself_waits_with_its_reason(firm: Firm) -> None:
    firm.stocked("A")
    order = firm.ship(firm.order(("A", "1", "10"), buyer=Buyer(), billing_address=replace(HOME, name="")))
    told(firm, "OrderShipped")
    billed = service.order_billing(firm.ctx(), order.id)
    assert billed.problem.startswith("preflight_failed: BR-07") and len(billed.pending) == 1


def test_a_marketplace_that_sells_in_its_own_name_is_the_buyer(firm: Firm) -> None:
    firm.stocked("A")
    market = parties.create_customer(firm.ctx(), CustomerBody(name="Marché SA", company_name="Marché SA", billing_address=HOME))
    service.change_settings(firm.ctx(), SettingsBody(series=SERIES, channels=(
        ChannelRule(channel_id="con_1", deemed_supplier_customer_id=market.id),)))
    invoice = firm.invoice(firm.ship(firm.order(("A", "1", "10"), channel_id="con_1", external_id="1")))
    assert (invoice.customer_id, invoice.buyer.company_name) == (market.id, "Marché SA")


def test_an_order_beyond_the_limit_is_held(firm: Firm) -> None:
    """Limit 5,000; 3,200 unpaid and an order of 1,500 leave 300: an order of 400 waits."""
    firm.stocked("A")
    customer = parties.create_customer(firm.ctx(), CustomerBody(
        name="Traiteur", company_name="Traiteur SARL", billing_address=HOME, credit_limit=D(5000)))
    firm.invoice(firm.ship(firm.order(("A", "32", "100"), customer_id=customer.id)))
    firm.order(("A", "15", "100"), customer_id=customer.id)
    firm.count()
    told(firm, "OrderPlaced")
    found = figures.exposure(firm.ctx(), customer.id)
    assert (found.invoiced_unpaid, found.orders_to_invoice, found.available) == (D(3200), D(1500), D(300))
    late = firm.order(("A", "4", "100"), customer_id=customer.id)
    told(firm, "OrderPlaced")
    held = read.get(firm.ctx(), ORDER, late.id)
    assert held.state == "on_hold" and "5000" in held.hold_reasons[0]


def test_the_margin_of_a_line_step_by_step(firm: Firm) -> None:
    """Three at 12.00 with VAT, one allowed 1.20 off, cost 4.00: two left, one is returned; of the last the cost is expected."""
    firm.stocked("A", vat_rate="20", unit_cost="4.00")
    order = firm.ship(firm.order(("A", "3", "12.00"), allowance=D("1.20")), _1="2")
    invoice = firm.invoice(order)
    firm.credit(invoice, lines=(CreditLine(line_id="1", quantity=D(1)),))
    line = figures.margin(firm.ctx(), order.id).lines[0]
    assert (line.revenue, line.credited, line.cost, line.margin) == (D("19.33"), D("9.67"), D("12.00"), D("7.33"))
    assert [(step.code, step.amount) for step in line.steps] == [
        ("price", D("36.00")), ("allowance", D("-1.20")), ("vat", D("-5.80")), ("credited", D("-9.67")),
        ("shipped_cost", D("-8.00")), ("expected_cost", D("-4.00"))]
    assert sum(step.amount for step in line.steps) == line.margin


def test_a_series_that_numbered_something_keeps_its_prefix(firm: Firm) -> None:
    firm.stocked("A")
    firm.invoice(firm.ship(firm.order(("A", "1", "10"))))
    for changed in ((replace(SERIES[0], prefix="F{year}-"), SERIES[1]), (SERIES[1],)):
        with pytest.raises(Conflict) as refused:
            service.change_settings(firm.ctx(), SettingsBody(series=changed))
        assert refused.value.code == "series_in_use"
    web = Series(id="WEB", type_codes=("380",), prefix="W-{year}-", channel_ids=("con_1",))
    service.change_settings(firm.ctx(), SettingsBody(series=(*SERIES, web)))
    order = firm.ship(firm.order(("A", "1", "10"), channel_id="con_1", external_id="1"))
    assert firm.invoice(order).number.startswith("W-")
    for wrong in ((replace(web, prefix="a b"),), (replace(web, prefix="x" * 19),), (), (replace(web, type_codes=("999",)),),
                  (replace(web, journal="OD"),), (*SERIES, replace(web, prefix="FA-{year}-"))):
        with pytest.raises((Invalid, Conflict)):
            service.change_settings(firm.ctx(), SettingsBody(series=wrong))
