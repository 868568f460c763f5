"""The endpoints of invoicing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from chalicelib.invoicing import figures, runs, service
from chalicelib.invoicing.issuing import lines_of, new_standing
from chalicelib.invoicing.model import BILLING, CREDIT_NOTE, INVOICE, SETTINGS, TRANSITIONS, BillingRow, Invoice, InvoiceRow
from chalicelib.invoicing.shapes import (
    CreditInvoice,
    CustomerExposure,
    InvoiceAccounts,
    InvoiceOrders,
    InvoiceRun,
    InvoiceView,
    IssueInvoice,
    NewDeposit,
    NewInvoice,
    OrderBillingView,
    OrderMargin,
    Preflight,
    SettingsBody,
    SettingsView,
)
from chalicelib.invoicing.standing import STANDING, Standing
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Stale
from chalicelib.ledger.writing import poster
from chalicelib.runtime import jobs
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import LOADERS, Answer, Parameter, Request
from chalicelib.runtime.jobs import JobView
from chalicelib.runtime.resources import Action, Listing, Resource, list_page, mount
from chalicelib.storage import read

api = Api("invoicing")


def present(ctx: Context, invoice: Invoice) -> dict[str, Any]:
    """The invoice with all its lines and how it stands."""
    whole = lines_of(ctx, invoice)
    shown: dict[str, Any] = codec.plain(whole)
    standing = service.standings(ctx, [invoice.id]).get(invoice.id) if invoice.state == "issued" else None
    return shown | _stands(standing, _today(ctx)) | {
        "standing": codec.plain(standing) if standing else None,
        "customer_name": invoice.buyer.company_name or invoice.buyer.name}


def _today(ctx: Context) -> date:
    return poster(ctx).today


def _stands(standing: Standing | None, today: date) -> dict[str, Any]:
    """What of a document is paid, and whether the rest is overdue today."""
    if standing is None:
        return {"paid_total": "0", "open_amount": "0", "payment_state": "", "is_overdue": False}
    return {"paid_total": codec.plain(standing.paid_total), "open_amount": codec.plain(standing.open_amount),
            "payment_state": standing.payment_state, "is_overdue": standing.is_overdue(today)}


def allows(ctx: Context, invoice: Invoice, action: str) -> bool:
    """A credit note is not credited, nor an invoice of which nothing is left."""
    if action != "credit":
        return True
    standing = service.standings(ctx, [invoice.id]).get(invoice.id)
    return standing is not None and standing.type_code != CREDIT_NOTE and standing.credit_state != "credited"


def complete(ctx: Context, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with what was credited and paid of them; the rows of what is open or paid say it themselves."""
    known = service.standings(ctx, [str(row["id"]) for row in rows if row["state"] == "issued" and "open_amount" not in row])
    today = _today(ctx)
    return [_row(row, known.get(str(row["id"])), today) for row in rows]


def _row(row: dict[str, Any], standing: Standing | None, today: date) -> dict[str, Any]:
    if "open_amount" in row:
        is_overdue = (row["type_code"] != CREDIT_NOTE and Decimal(row["open_amount"]) > 0 and bool(row["due_date"])
                      and date.fromisoformat(row["due_date"]) < today)
        return {**row, "kind": INVOICE.kind, "is_overdue": is_overdue}
    return {**row, "credited_total": str(standing.credited_total) if standing else "0",
            "credit_state": standing.credit_state if standing else "none", **_stands(standing, today)}


def _yesterday(ctx: Context) -> str:
    return (_today(ctx) - timedelta(days=1)).isoformat()


INVOICES: Resource[Invoice] = Resource(
    document=INVOICE, shape=InvoiceView, row=InvoiceRow, path="/invoices", read="invoices.read", write="invoices.write",
    listings={"": Listing("by_list", "INVOICE"), "drafts": Listing("by_list", "INVOICE_DRAFT"),
              "open": Listing("by_due", "DUE#pay", newest_first=False, document=STANDING),
              "overdue": Listing("by_due", "DUE#pay", newest_first=False, ends=_yesterday, document=STANDING)},
    filters=("type_code", "channel_id", "currency"),
    lookups={"customer_id": Listing("by_party", "PARTY#{}", begins="INVOICE#"),
             "payment_state": Listing("by_list", "INVOICE_IS#{}", document=STANDING),
             "number": Listing("by_ref", "REF#invoice#{}", is_period=False)},
    create=service.create, create_body=NewInvoice, update=service.update, update_body=NewInvoice, remove=service.discard,
    actions={"issue": Action(service.issue, IssueInvoice, permission="invoices.issue"),
             "credit": Action(service.credit, CreditInvoice, permission="invoices.issue")},
    transitions=TRANSITIONS, allows=allows, present=present, complete=complete)
mount(api, INVOICES)
BILLINGS = Resource(
    document=BILLING, row=BillingRow, path="/billings", read="invoices.read", write="invoices.write",
    listings={"": Listing("by_due", "DUE#invoice", newest_first=False)}, filters=("channel_id",))


@api.get("/billings", permission="invoices.read", answer=BillingRow, is_list=True,
         parameters=(Parameter("limit"), Parameter("cursor"), Parameter("channel_id")))
def list_billings(ctx: Context, request: Request[Any]) -> Answer:
    """List the orders with parcels that are in no invoice, the longest waiting first."""
    return list_page(ctx, BILLINGS, request.query)


def _shown(ctx: Context, invoice: Invoice) -> Answer:
    """A document that was just made: how it stands is known without reading."""
    body: dict[str, Any] = codec.plain(invoice)
    standing = new_standing(invoice) if invoice.state == "issued" else None
    body |= _stands(standing, invoice.issue_date or ctx.now.date())
    body["standing"] = codec.plain(replace(standing, version=1)) if standing else None
    body["customer_name"] = invoice.buyer.company_name or invoice.buyer.name
    offered = "issue" if invoice.state == "draft" else "credit" if invoice.type_code != CREDIT_NOTE else ""
    body["allowed_actions"] = [offered] if offered and ctx.allows("invoices.issue") else []
    return Answer(body, 201, version=invoice.version)


@api.post("/from-orders", permission="invoices.issue", body=InvoiceOrders, answer=InvoiceView, status=201)
def invoice_orders(ctx: Context, request: Request[InvoiceOrders]) -> Answer:
    """Invoice one or several orders of a customer: deliveries, or what was ordered."""
    return _shown(ctx, service.invoice_orders(ctx, request.body))


@api.post("/deposits", permission="invoices.issue", body=NewDeposit, answer=InvoiceView, status=201)
def invoice_deposit(ctx: Context, request: Request[NewDeposit]) -> Answer:
    """Invoice a deposit that was received on an order."""
    return _shown(ctx, service.receive_deposit(ctx, request.body))


@api.get("/invoices/{document_id}/preflight", permission="invoices.read", answer=Preflight)
def preflight_invoice(ctx: Context, request: Request[Any], document_id: str) -> Answer:
    """What keeps an invoice from being issued, rule by rule, with what to do."""
    found = service.preflight(ctx, read.get(ctx, INVOICE, document_id))
    return Answer(Preflight(findings=found, can_be_issued=all(each.severity != "fatal" for each in found)))


@api.get("/invoices/{document_id}/accounts", permission="invoices.read", answer=InvoiceAccounts)
def invoice_accounts(ctx: Context, request: Request[Any], document_id: str) -> Answer:
    """By which rules the lines of an invoice are posted."""
    return Answer(service.accounts(ctx, document_id))


# -- runs -----------------------------------------------------------------------------------------------------------

RUNS = jobs.collection(runs.KIND, "/runs", "invoices.read", "invoices.issue")
jobs.offer(api, RUNS)


@api.post("/runs", permission="invoices.issue", body=InvoiceRun, answer=JobView, status=202)
def start_run(ctx: Context, request: Request[InvoiceRun]) -> Answer:
    """Issue many invoices: of the orders named, or of all that wait."""
    return jobs.accepted(ctx, RUNS, runs.start(ctx, request.body))


# -- settings and figures -----------------------------------------------------------------------------------------------


def _settings(ctx: Context) -> Mapping[str, Any]:
    found: Mapping[str, Any] = codec.plain(service.settings(ctx))
    return found


LOADERS[SETTINGS.kind] = lambda ctx, _: _settings(ctx)


@api.get("/settings", permission="invoices.read", answer=SettingsView)
def get_settings(ctx: Context, request: Request[Any]) -> Answer:
    """How the company invoices."""
    return Answer(_settings(ctx), version=service.settings(ctx).version)


@api.put("/settings", permission="invoices.manage", body=SettingsBody, answer=SettingsView)
def update_settings(ctx: Context, request: Request[SettingsBody]) -> Answer:
    """Change how the company invoices: policies, terms, series."""
    if request.if_match is not None and request.if_match != service.settings(ctx).version:
        raise Stale(SETTINGS.kind)
    saved = service.change_settings(ctx, request.body)
    return Answer(codec.plain(saved), version=saved.version)


@api.get("/customers/{customer_id}/exposure", permission="invoices.read", answer=CustomerExposure)
def customer_exposure(ctx: Context, request: Request[Any], customer_id: str) -> Answer:
    """What a customer owes and will owe, against their limit."""
    return Answer(figures.exposure(ctx, customer_id))


@api.get("/orders/{order_id}/margin", permission="costs.read", answer=OrderMargin)
def order_margin(ctx: Context, request: Request[Any], order_id: str) -> Answer:
    """What each line of an order earns, step by step."""
    return Answer(figures.margin(ctx, order_id))


@api.get("/orders/{order_id}/billing", permission="invoices.read", answer=OrderBillingView)
def order_billing(ctx: Context, request: Request[Any], order_id: str) -> Answer:
    """What of an order is invoiced, by which documents, how they stand, and what waits."""
    billing = service.order_billing(ctx, order_id)
    known, today = service.standings(ctx, [each.invoice_id for each in billing.documents]), _today(ctx)
    documents = []
    for each in billing.documents:
        stands = known.get(each.invoice_id)
        shown = _stands(stands, today) | {"due_date": codec.plain(stands.due_date) if stands else None}
        documents.append(codec.plain(each) | {name: shown[name] for name in (
            "due_date", "open_amount", "payment_state", "is_overdue")})
    return Answer({**codec.plain(billing), "documents": documents})
