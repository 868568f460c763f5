"""The endpoints of payments."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid, Stale
from chalicelib.payments import paying_out, service
from chalicelib.payments.model import (
    PAYMENT,
    TRANSITIONS,
    MatchPayment,
    NewPayment,
    OpenInvoices,
    Payment,
    PaymentRow,
    PaymentView,
    ReversePayment,
)
from chalicelib.payments.payouts import (
    PAYMENT_SETTINGS,
    PAYOUT,
    PAYOUT_TRANSITIONS,
    NewPayout,
    PaymentSettings,
    PaymentSettingsBody,
    PayoutRow,
    PayoutView,
)
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import LOADERS, Answer, Parameter, Request
from chalicelib.runtime.resources import Action, Listing, Resource, mount

api = Api("payments")


def present(ctx: Context, payment: Payment) -> dict[str, Any]:
    """The payment with what is left of it and where its money is."""
    shown: dict[str, Any] = codec.plain(payment)
    return {**shown, "unallocated": codec.plain(payment.unallocated), "payout_state": payment.payout_state,
            "in_transit": codec.plain(payment.in_transit)}


def allows(ctx: Context, payment: Payment, action: str) -> bool:
    """What is used up is not matched, what settles nothing not unmatched, what was paid out not reversed."""
    if action == "match":
        return bool(payment.unallocated)
    if action == "unmatch":
        return bool(payment.allocations)
    return not payment.payout_id


mount(api, Resource(
    document=PAYMENT, shape=PaymentView, row=PaymentRow, path="/payments", read="payments.read", write="payments.write",
    listings={"": Listing("by_list", "PAYMENT"), "unallocated": Listing("by_due", "DUE#allocate", newest_first=False)},
    filters=("state", "direction", "method", "gateway", "payout_state"),
    lookups={"customer_id": Listing("by_party", "PARTY#{}", begins="PAYMENT#"),
             "order_id": Listing("by_ref", "REF#payment#{}", is_period=False)},
    create=service.record, create_body=NewPayment, transitions=TRANSITIONS, allows=allows, present=present, actions={
        "match": Action(service.match, MatchPayment),
        "unmatch": Action(service.unmatch),
        "reverse": Action(service.reverse, ReversePayment)}))


mount(api, Resource(
    document=PAYOUT, shape=PayoutView, row=PayoutRow, path="/payouts", read="payments.read", write="payments.write",
    listings={"": Listing("by_list", "PAYOUT")}, filters=("state", "method", "gateway"), create=paying_out.record,
    create_body=NewPayout, transitions=PAYOUT_TRANSITIONS, actions={"reverse": Action(paying_out.reverse, ReversePayment)}))
LOADERS[PAYMENT_SETTINGS.kind] = lambda ctx, _: codec.plain(paying_out.settings(ctx))


@api.get("/settings", permission="payments.read", answer=PaymentSettings)
def get_settings(ctx: Context, request: Request[Any]) -> Answer:
    """The fees agreed with payment providers."""
    found = paying_out.settings(ctx)
    return Answer(codec.plain(found), version=found.version)


@api.put("/settings", permission="payments.write", body=PaymentSettingsBody, answer=PaymentSettings)
def update_settings(ctx: Context, request: Request[PaymentSettingsBody]) -> Answer:
    """Change the fees agreed with payment providers."""
    if request.if_match is not None and request.if_match != paying_out.settings(ctx).version:
        raise Stale(PAYMENT_SETTINGS.kind)
    saved = paying_out.change_settings(ctx, request.body)
    return Answer(codec.plain(saved), version=saved.version)


@api.get("/open-invoices", permission="payments.read", answer=OpenInvoices, parameters=(
    Parameter("customer_id", "what is open of this customer"), Parameter("invoice_id", "how this one stands")))
def read_open_invoices(ctx: Context, request: Request[Any]) -> Answer:
    """What payments have still to settle: of a customer, or of one invoice."""
    customer_id, invoice_id = request.query.get("customer_id", ""), request.query.get("invoice_id", "")
    if not customer_id and not invoice_id:
        raise Invalid("customer_required", "Name a customer or an invoice.", {"customer_id": "required"})
    found = service.open_invoices(ctx, customer_id, [invoice_id] if invoice_id else [])
    return Answer(OpenInvoices(items=tuple(found)))
