"""Every operation that names something: what it names, and what an honest caller says in its body.

An operation with a path parameter, and without a row here, fails the build; so does a body or query that refers to another
document without one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chalicelib.runtime.access import ROLES
from chalicelib.runtime.endpoints import Endpoint
from infra import access_page
from tests.isolation.people import Firm
from tests.isolation.world import Company

API = "/api/"
NAMED = {
    "channels/connections/{connection_id}": "connection", "channels/deliveries/{document_id}": "delivery",
    "channels/deliveries/{delivery_id}": "delivery", "catalog/products/{document_id}": "product",
    "catalog/variants/{document_id}": "variant", "catalog/gtins/{gtin}": "gtin", "catalog/skus/{sku}": "sku",
    "catalog/media/{key}": "media", "catalog/imports/{document_id}": "job", "catalog/imports/{job_id}": "job",
    "pricing/imports/{document_id}": "price_job", "pricing/imports/{job_id}": "price_job",
    "channels/imports/{document_id}": "shop_job", "channels/imports/{job_id}": "shop_job",
    "parties/customers/{document_id}": "customer", "pricing/price-lists/{document_id}": "price_list",
    "pricing/price-lists/{price_list_id}": "price_list", "stock/warehouses/{document_id}": "warehouse",
    "stock/operations/{document_id}": "operation", "stock/levels/{sku}": "sku", "sales/orders/{document_id}": "order",
    "sales/orders/{order_id}": "order", "tenants/sessions/{session_id}": "session", "tenants/users/{document_id}": "user",
    "tenants/invitations/{document_id}": "invitation", "tenants/api-keys/{document_id}": "api_key",
    "tenants/api-keys/{key_id}": "api_key", "tenants/roles/{role_id}": "role",
    "tenants/passkeys/{passkey_id}": "passkey",
    "tenants/sign-ins/{document_id}": "sign_in", "timeline/{kind}/{document_id}": "order",
    "shipping/deliveries/{document_id}": "goods_delivery", "shipping/deliveries/{delivery_id}": "goods_delivery",
    "shipping/carriers/{document_id}": "carrier",
    "ledger/accounts/{document_id}": "account", "ledger/journals/{document_id}": "journal",
    "ledger/fiscal-years/{document_id}": "fiscal_year", "ledger/entries/{document_id}": "entry",
    "payments/payments/{document_id}": "payment", "payments/payouts/{document_id}": "payout",
    "ledger/parties/{party_id}": "customer",
    "ledger/letters/{document_id}": "letter", "ledger/exchange-rates/{document_id}": "exchange_rate",
    "invoicing/invoices/{document_id}": "invoice",
    "invoicing/runs/{job_id}": "invoice_run", "invoicing/runs/{document_id}": "invoice_run",
    "invoicing/customers/{customer_id}": "customer",
    "invoicing/orders/{order_id}": "order",
    "documents/papers/{document_id}": "paper", "documents/papers/{paper_id}": "paper",
    "reporting/rebuilds/{document_id}": "rebuild", "reporting/rebuilds/{job_id}": "rebuild",
    "reporting/schedules/{document_id}": "schedule",
    "onboarding/sample-loads/{document_id}": "sample_load", "onboarding/sample-wipes/{document_id}": "sample_wipe",
    "webhooks/endpoints/{document_id}": "webhook", "webhooks/endpoints/{endpoint_id}": "webhook",
    "webhooks/messages/{document_id}": "webhook_message", "audit/records/{record_id}": "audit_record",
    "audit/export-jobs/{document_id}": "audit_export", "audit/export-jobs/{job_id}": "audit_export",
    "leaving/exports/{document_id}": "export", "leaving/exports/{job_id}": "export",
    "leaving/imports/{document_id}": "company_import", "leaving/imports/{job_id}": "company_import",
    "leaving/erasure-jobs/{document_id}": "erasure_job", "leaving/erasures/{document_id}": "erasure",
    "leaving/customers/{customer_id}": "customer", "leaving/users/{user_id}": "user",
    "leaving/archives/{erasure_id}": "erasure",
    "leaving/uploads/{upload_id}": "upload", "tenants/support-accesses/{document_id}": "support_access",
}
"""What the first parameter of a path names, by how the path begins."""

SECOND = {"binding_id": "binding", "run_id": "run", "sku": "sku", "format_name": "format",
          "document_kind": "archived_kind", "document_id": "archived"}
"""What a further parameter names."""

BODIES: dict[str, Any] = {
    "POST tenants/support-accesses/{document_id}/grant": {"hours": 1},
    "PUT tenants/users/{document_id}": {"name": "Luc", "role": "sales"},
    "PUT tenants/roles/{role_id}": {"name_fr": "Autre {n}", "permissions": ["orders.read"]},
    "PUT tenants/passkeys/{passkey_id}": {"name": "Autre"}, "PUT catalog/products/{document_id}": {"name": "Autre"},
    "POST catalog/products/{document_id}/add_variants": {"variants": [{"sku": "NEW-{n}", "axis_values": ["x{n}"]}]},
    "POST catalog/products/{document_id}/add_media": {"content_base64": "iVBORw0KGgo="},
    "POST catalog/products/{document_id}/remove_media": {"key": "00000000000000000000000000000000.png"},
    "PUT parties/customers/{document_id}": {"name": "Autre"},
    "PUT pricing/price-lists/{document_id}": {"name": "Autre"},
    "PUT pricing/price-lists/{price_list_id}/prices": {"prices": [{"sku": "{sku}", "entries": [{"price": "1"}]}]},
    "POST pricing/price-lists/{price_list_id}/imports": {"text": "sku,price\n{sku},1.00\n"},
    "PUT stock/warehouses/{document_id}": {"code": "W{n}", "name": "Autre"},
    "POST sales/orders/{document_id}/amend": {"lines": [{"sku": "{sku}", "quantity": "1"}]},
    "POST sales/orders/{document_id}/hold": {"reason": "doute"},
    "POST sales/orders/{document_id}/refund": {"amount": "1.00"},
    "PUT sales/orders/{document_id}": {"note": "fragile"},
    "POST shipping/deliveries/{document_id}/scan": {"code": "{sku}"},
    "POST shipping/deliveries/{document_id}/put_back": {"parcel_number": 1, "sku": "{sku}", "quantity": "1"},
    "POST shipping/deliveries/{document_id}/buy_labels": {"carrier_id": "x"},
    "POST shipping/deliveries/{document_id}/void_label": {"parcel_number": 1},
    "POST shipping/deliveries/{document_id}/set_tracking": {"tracking_number": "A"},
    "PUT shipping/carriers/{document_id}": {"name": "Autre"},
    "PUT channels/connections/{connection_id}": {"name": "Autre"},
    "POST channels/connections/{connection_id}/bindings": {"sku": "{sku}", "product_external_id": "9{n}"},
    "PUT ledger/accounts/{document_id}": {"name": "Autre"}, "PUT ledger/journals/{document_id}": {"name": "Autre"},
    "PUT ledger/exchange-rates/{document_id}": {"rate": "0.5"},
    "POST ledger/fiscal-years/{document_id}/lock": {"through": "2001-01-31"},
    "POST payments/payments/{document_id}/match": {"allocations": [{"invoice_id": "ivc_x"}]},
    "POST payments/payments/{document_id}/reverse": {"reason": "erreur"},
    "POST payments/payouts/{document_id}/reverse": {"reason": "erreur"},
    "POST ledger/letters/{document_id}/extend": {"lines": [{"entry_id": "x", "line": 1}]},
    "PUT invoicing/invoices/{document_id}": {"lines": [{"name": "Pain", "unit_price": "3"}]},
    "POST invoicing/invoices/{document_id}/credit": {"reason": "retour"},
    "PUT webhooks/endpoints/{document_id}": {"name": "Autre", "url": "http://127.0.0.1:49999/", "event_types": ["OrderPlaced"]},
    "POST webhooks/endpoints/{endpoint_id}/recover": {"since": datetime.now(UTC).isoformat()},
    "PUT reporting/schedules/{document_id}": {"name": "Autre", "recipients": ["{own:user}"]},
    "PUT leaving/uploads/{upload_id}/parts": {"number": 1, "content": "eA=="},
}
"""Bodies that pass, where the empty one does not; `{sku}` is one of the caller's own."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A place outside the path where an id may stand: a body, a bulk list or a query. `{id}` stands for it."""

    method: str
    path: str
    kind: str
    body: Any = None


LINE = {"sku": "{sku}", "quantity": "1", "unit_price": "9.90"}
SERVICE = {"name": "Conseil", "unit_price": "9.90"}
SERIES = [{"id": "FA", "type_codes": ["380", "386"], "prefix": "FA-{year}-"},
          {"id": "AV", "type_codes": ["381"], "prefix": "AV-{year}-"}]
REFERENCES = (
    Reference("POST", "sales/orders", "customer", {"lines": [LINE], "customer_id": "{id}"}),
    Reference("POST", "sales/orders", "warehouse", {"lines": [LINE], "warehouse_ids": ["{id}"]}),
    Reference("POST", "sales/orders", "connection", {"lines": [LINE], "channel_id": "{id}"}),
    Reference("POST", "sales/orders", "sku", {"lines": [{**LINE, "sku": "{id}"}]}),
    Reference("POST", "sales/orders", "gtin", {"lines": [{**LINE, "sku": "", "gtin": "{id}"}]}),
    Reference("POST", "sales/previews", "sku", {"lines": [{**LINE, "sku": "{id}"}]}),
    Reference("POST", "sales/previews", "customer", {"lines": [LINE], "customer_id": "{id}"}),
    Reference("POST", "sales/previews", "connection", {"lines": [LINE], "channel_id": "{id}"}),
    Reference("POST", "sales/previews", "warehouse", {"lines": [LINE], "warehouse_ids": ["{id}"]}),
    Reference("PUT", "sales/orders/{own:order}", "sku", {"lines": [{**LINE, "sku": "{id}"}]}),
    Reference("PUT", "sales/orders/{own:order}", "gtin", {"lines": [{**LINE, "sku": "", "gtin": "{id}"}]}),
    Reference("POST", "sales/shipments", "order", {"orders": [{"order_id": "{id}"}]}),
    Reference("PUT", "sales/orders/{own:order}", "customer", {"customer_id": "{id}"}),
    Reference("POST", "sales/orders/{own:order}/ship", "warehouse", {"warehouse_id": "{id}"}),
    Reference("POST", "sales/orders/{own:order}/prepare", "warehouse", {"warehouse_id": "{id}"}),
    Reference("POST", "shipping/deliveries/{own:open_delivery}/scan", "gtin", {"code": "{id}"}),
    Reference("POST", "shipping/deliveries/{own:open_delivery}/put_back", "sku", {
        "parcel_number": 1, "sku": "{id}", "quantity": "1"}),
    Reference("POST", "shipping/deliveries/{own:packed_delivery}/buy_labels", "carrier", {"carrier_id": "{id}"}),
    Reference("POST", "sales/orders/{own:order}/amend", "sku", {"lines": [{"sku": "{id}", "quantity": "1"}]}),
    Reference("POST", "stock/receipts", "warehouse", {"warehouse_id": "{id}", "lines": [
        {"sku": "{sku}", "quantity": "1", "unit_cost": "1"}]}),
    Reference("POST", "stock/receipts", "sku", {"warehouse_id": "{own:warehouse}", "lines": [
        {"sku": "{id}", "quantity": "1", "unit_cost": "1"}]}),
    Reference("POST", "stock/adjustments", "warehouse", {"warehouse_id": "{id}", "reason": "count", "lines": [
        {"sku": "{sku}", "quantity": "1"}]}),
    Reference("POST", "stock/adjustments", "sku", {"warehouse_id": "{own:warehouse}", "reason": "count", "lines": [
        {"sku": "{id}", "quantity": "1"}]}),
    Reference("POST", "stock/transfers", "warehouse", {"warehouse_id": "{id}", "to_warehouse_id": "{own:warehouse}",
                                                       "lines": [{"sku": "{sku}", "quantity": "1"}]}),
    Reference("POST", "stock/transfers", "second_warehouse", {"warehouse_id": "{own:warehouse}", "to_warehouse_id": "{id}",
                                                              "lines": [{"sku": "{sku}", "quantity": "1"}]}),
    Reference("POST", "stock/transfers", "sku", {"warehouse_id": "{own:warehouse}", "lines": [
        {"sku": "{id}", "quantity": "1"}], "to_warehouse_id": "{own:second_warehouse}"}),
    Reference("PUT", "pricing/price-lists/{own:price_list}/prices", "sku", {"prices": [
        {"sku": "{id}", "entries": [{"price": "1"}]}]}),
    Reference("POST", "pricing/price-lists/{own:price_list}/imports", "sku", {"text": "sku,price\n{id},1.00\n"}),
    Reference("POST", "pricing/price-lists", "connection", {"name": "Canal", "channel_ids": ["{id}"]}),
    Reference("PUT", "pricing/price-lists/{own:spare_list}", "connection", {"name": "Canal", "channel_ids": ["{id}"]}),
    Reference("POST", "catalog/products", "sku", {"name": "Lot", "variants": [
        {"sku": "KIT-{n}", "kit_components": [{"sku": "{id}", "quantity": "1"}]}]}),
    Reference("PUT", "catalog/variants/{own:variant}", "sku", {"kit_components": [{"sku": "{id}", "quantity": "1"}]}),
    Reference("POST", "catalog/products/{own:product}/remove_media", "media", {"key": "{id}"}),
    Reference("POST", "catalog/products/{own:product}/add_variants", "sku", {"variants": [
        {"sku": "KIT-{n}", "axis_values": ["k{n}"], "kit_components": [{"sku": "{id}", "quantity": "1"}]}]}),
    Reference("POST", "channels/connections", "warehouse", {
        "name": "B{n}", "base_url": "http://127.0.0.1:9/{n}", "credentials": {}, "warehouse_ids": ["{id}"]}),
    Reference("POST", "channels/connections", "price_list", {
        "name": "B{n}", "base_url": "http://127.0.0.1:9/{n}", "credentials": {}, "price_list_id": "{id}"}),
    Reference("PUT", "channels/connections/{own:connection}", "warehouse", {"name": "B", "warehouse_ids": ["{id}"]}),
    Reference("PUT", "channels/connections/{own:connection}", "price_list", {"name": "B", "price_list_id": "{id}"}),
    Reference("POST", "channels/connections/{own:connection}/bindings", "sku", {
        "sku": "{id}", "product_external_id": "8{n}"}),
    Reference("POST", "tenants/invitations", "warehouse", {
        "email": "n{n}@mine.example", "name": "N", "role": "sales", "warehouse_ids": ["{id}"]}),
    Reference("POST", "tenants/invitations", "connection", {
        "email": "n{n}@lieu.example", "name": "N", "role": "sales", "channel_ids": ["{id}"]}),
    Reference("PUT", "tenants/users/{own:user}", "warehouse", {"name": "L", "role": "sales", "warehouse_ids": ["{id}"]}),
    Reference("PUT", "tenants/users/{own:user}", "connection", {"name": "L", "role": "sales", "channel_ids": ["{id}"]}),
    Reference("POST", "tenants/api-keys", "warehouse", {"name": "K{n}", "role": "sales", "warehouse_ids": ["{id}"]}),
    Reference("POST", "tenants/api-keys", "connection", {"name": "K{n}", "role": "sales", "channel_ids": ["{id}"]}),
    Reference("POST", "catalog/products", "gtin", {"name": "Code", "variants": [{"sku": "GTIN-{n}", "gtin": "{id}"}]}),
    Reference("POST", "catalog/products/{own:product}/add_variants", "gtin", {"variants": [
        {"sku": "GT-{n}", "axis_values": ["g{n}"], "gtin": "{id}"}]}),
    Reference("PUT", "catalog/variants/{own:variant}", "gtin", {"gtin": "{id}"}),
    Reference("POST", "sales/previews", "gtin", {"lines": [{**LINE, "sku": "", "gtin": "{id}"}]}),
    Reference("POST", "sales/orders/{own:order}/amend", "gtin", {"lines": [{"gtin": "{id}", "quantity": "1"}]}),
    Reference("POST", "stock/receipts", "gtin", {"warehouse_id": "{own:warehouse}", "lines": [
        {"gtin": "{id}", "quantity": "1", "unit_cost": "1"}]}),
    Reference("POST", "stock/adjustments", "gtin", {"warehouse_id": "{own:warehouse}", "reason": "count", "lines": [
        {"gtin": "{id}", "quantity": "1"}]}),
    Reference("POST", "stock/transfers", "gtin", {"warehouse_id": "{own:warehouse}", "lines": [
        {"gtin": "{id}", "quantity": "1"}], "to_warehouse_id": "{own:second_warehouse}"}),
    Reference("POST", "ledger/entries", "customer", {
        "journal": "OD", "entry_date": "{own:day}", "label": "Avance", "lines": [
            {"account": "411000", "debit": "1", "party_id": "{id}"}, {"account": "512000", "credit": "1"}]}),
    Reference("POST", "ledger/entries", "account", {
        "journal": "OD", "entry_date": "{own:day}", "label": "Avance", "lines": [
            {"account": "{id}", "debit": "1"}, {"account": "512000", "credit": "1"}]}),
    Reference("POST", "ledger/entries", "journal", {
        "journal": "{id}", "entry_date": "{own:day}", "label": "Avance", "lines": [
            {"account": "607000", "debit": "1"}, {"account": "512000", "credit": "1"}]}),
    Reference("POST", "payments/payments", "customer", {
        "method": "transfer", "amount": "0.01", "paid_on": "1999-01-01", "customer_id": "{id}"}),
    Reference("POST", "payments/payments", "order", {
        "method": "transfer", "amount": "0.01", "paid_on": "1999-01-01", "customer_id": "{own:customer}", "order_id": "{id}"}),
    Reference("POST", "payments/payments", "issued", {
        "method": "transfer", "amount": "0.01", "paid_on": "1999-01-01", "allocations": [{"invoice_id": "{id}"}]}),
    Reference("POST", "payments/payouts", "payment", {"paid_on": "1999-01-01", "payments": [{"payment_id": "{id}"}]}),
    Reference("POST", "payments/payments/{own:payment}/match", "issued", {"allocations": [{"invoice_id": "{id}"}]}),
    Reference("GET", "invoicing/runs?subject_id={id}", "order"),
    Reference("GET", "webhooks/messages?endpoint_id={id}", "webhook"), Reference("GET", "requests?key_id={id}", "api_key"),
    Reference("GET", "reporting/rebuilds?subject_id={id}", "order"),
    Reference("GET", "payments/payments?customer_id={id}", "customer"),
    Reference("GET", "payments/payments?order_id={id}", "order"),
    Reference("GET", "payments/open-invoices?customer_id={id}", "customer"),
    Reference("GET", "payments/open-invoices?invoice_id={id}", "issued"),
    Reference("POST", "ledger/letters", "entry", {"lines": [{"entry_id": "{id}", "line": 1}], "is_partial": True}),
    Reference("POST", "ledger/letters/{own:letter}/extend", "entry", {"lines": [{"entry_id": "{id}", "line": 1}]}),
    Reference("POST", "ledger/letter-matches", "customer", {"account": "411000", "party_id": "{id}"}),
    Reference("GET", "ledger/letters?party_id={id}", "customer"),
    Reference("GET", "ledger/accounts/{own:account}/open-lines?party_id={id}", "customer"),
    Reference("GET", "ledger/accounts/411000/aged?fiscal_year={id}", "fiscal_year"),
    Reference("POST", "invoicing/from-orders", "order", {"orders": [{"order_id": "{id}", "scope": "ordered"}]}),
    Reference("POST", "invoicing/from-orders", "shipment", {"orders": [
        {"order_id": "{own:order}", "shipment_ids": ["{id}"]}]}),
    Reference("POST", "invoicing/deposits", "order", {"order_id": "{id}", "percent": "30"}),
    Reference("POST", "invoicing/runs", "order", {"order_ids": ["{id}"]}),
    Reference("POST", "invoicing/runs", "connection", {"channel_id": "{id}"}),
    Reference("POST", "invoicing/invoices", "customer", {"lines": [SERVICE], "customer_id": "{id}"}),
    Reference("POST", "invoicing/invoices", "sku", {"lines": [{**SERVICE, "sku": "{id}"}]}),
    Reference("PUT", "invoicing/invoices/{own:invoice}", "customer", {"lines": [SERVICE], "customer_id": "{id}"}),
    Reference("PUT", "invoicing/invoices/{own:invoice}", "sku", {"lines": [{**SERVICE, "sku": "{id}"}]}),
    Reference("POST", "invoicing/invoices/{own:issued}/credit", "warehouse", {
        "reason": "retour", "lines": [{"line_id": "1", "quantity": "1"}], "restock_warehouse_id": "{id}"}),
    Reference("PUT", "invoicing/settings", "connection", {"channels": [{"channel_id": "{id}"}], "series": SERIES}),
    Reference("PUT", "invoicing/settings", "customer", {"series": SERIES, "channels": [
        {"channel_id": "x{n}", "deemed_supplier_customer_id": "{id}"}]}),
    Reference("PUT", "invoicing/settings", "connection", {"series": [
        {"id": "FA", "type_codes": ["380", "386"], "prefix": "FA-{year}-", "channel_ids": ["{id}"]}]}),
    Reference("GET", "invoicing/invoices?customer_id={id}", "customer"),
    Reference("GET", "invoicing/invoices?number={id}", "invoice_number"),
    Reference("GET", "invoicing/invoices?channel_id={id}", "connection"),
    Reference("GET", "invoicing/billings?channel_id={id}", "connection"),
    Reference("GET", "ledger/entries?journal={id}", "journal"),
    Reference("GET", "ledger/entries?journal=OD&fiscal_year={id}", "fiscal_year"),
    Reference("GET", "ledger/trial-balance?fiscal_year={id}", "fiscal_year"),
    Reference("GET", "ledger/accounts/411000/lines?fiscal_year={id}", "fiscal_year"),
    Reference("GET", "ledger/accounts/411000/parties?fiscal_year={id}", "fiscal_year"),
    Reference("GET", "ledger/parties/{own:customer}/lines?fiscal_year={id}", "fiscal_year"),
    Reference("POST", "documents/papers", "order", {"paper_kind": "order_confirmation", "subject_id": "{id}"}),
    Reference("POST", "documents/papers", "order", {
        "paper_kind": "delivery_note", "subject_id": "{own:order}", "part_id": "{id}"}),
    Reference("GET", "documents/papers?subject_id={id}", "order"),
    Reference("GET", "documents/papers?part_id={id}", "order"),
    Reference("GET", "sales/orders?customer_id={id}", "customer"),
    Reference("GET", "sales/orders?number={id}", "order_number"),
    Reference("GET", "sales/orders?channel_id={id}", "connection"),
    Reference("GET", "shipping/deliveries?warehouse_id={id}", "warehouse"),
    Reference("GET", "catalog/variants?product_id={id}", "product"),
    Reference("GET", "catalog/products?q={id}", "sku"),
    Reference("GET", "catalog/variants?q={id}", "sku"),
    Reference("GET", "stock/operations?warehouse_id={id}", "warehouse"),
    Reference("GET", "stock/levels/{own:sku}/explain?warehouse_ids={id}", "warehouse"),
    Reference("GET", "pricing/explain?sku={id}", "sku"),
    Reference("GET", "pricing/explain?sku={sku}&channel_id={id}", "connection"),
    Reference("GET", "pricing/explain?sku={sku}&price_list_id={id}", "price_list"),
    Reference("GET", "channels/deliveries?connection_id={id}", "connection"),
    Reference("POST", "reporting/schedules", "user", {"name": "R{n}", "recipients": ["{id}"]}),
    Reference("PUT", "reporting/schedules/{own:schedule}", "user", {"name": "R{n}", "recipients": ["{id}"]}),
    Reference("POST", "leaving/imports", "upload", {"upload_id": "{id}"}),
    Reference("POST", "leaving/erasures", "customer", {"customer_id": "{id}", "confirm": "x"}),
    Reference("POST", "leaving/erasures", "user", {"user_id": "{id}", "confirm": "x"}),
    Reference("GET", "onboarding/sample-loads?subject_id={id}", "order"),
    Reference("GET", "onboarding/sample-wipes?subject_id={id}", "order"),
    Reference("GET", "leaving/exports?subject_id={id}", "order"), Reference("GET", "leaving/imports?subject_id={id}", "order"),
    Reference("GET", "leaving/erasure-jobs?subject_id={id}", "customer"),
    Reference("GET", "leaving/erasures?subject_id={id}", "customer"),
    Reference("GET", "reporting/report?product={id}", "sku"),
    Reference("GET", "reporting/report?channel={id}", "connection"),
    Reference("GET", "reporting/report?customer={id}", "customer"),
    Reference("GET", "reporting/report?measures=cost&warehouse={id}", "warehouse"),
    Reference("GET", "reporting/documents?measure=cost&product={id}", "sku"),
    Reference("GET", "reporting/explanation?measure=cost&product={id}", "sku"),
    Reference("GET", "catalog/imports?subject_id={id}", "product"),
    Reference("GET", "pricing/imports?subject_id={id}", "price_list"),
    Reference("GET", "channels/imports?subject_id={id}", "connection"),
    Reference("GET", "invoicing/runs?subject_id={id}", "order"),
    Reference("GET", "reporting/rebuilds?subject_id={id}", "order"),
    Reference("GET", "tenants/sign-ins?user_id={id}", "user"),
    Reference("GET", "audit/records?person={id}", "user"), Reference("GET", "audit/records?actor_id={id}", "api_key"),
    Reference("GET", "audit/records?document_id={id}", "order"),
    Reference("GET", "audit/export-jobs?subject_id={id}", "order"),
    Reference("GET", "audit/exports/csv?document_id={id}", "order"),
    Reference("GET", "audit/exports/csv?actor_id={id}", "user"),
    Reference("GET", "audit/exports/xlsx?document_id={id}", "order"),
    Reference("GET", "audit/exports/xlsx?actor_id={id}", "user"),
    Reference("GET", "search?q={id}", "sku"),
    Reference("GET", "timeline/customer/{id}", "customer"),
    Reference("GET", "timeline/user/{id}", "user"),
    Reference("DELETE", "channels/connections/{own:connection}/bindings/{id}", "binding"),
    Reference("GET", "channels/connections/{own:connection}/bindings?cursor=&limit=1", "connection"),
)

ID_FIELDS = re.compile(r"(^|_)(id|ids|sku|gtin|key)$")
NOT_REFERENCES = {"request_id", "external_id", "product_external_id", "variation_external_id", "tenant_id", "line_id", "id",
                  "contract_id"}
MALFORMED = ("x", "..%2F..", "T%23theirs%23ORDER%231", "ord_%00", "%F0%9F%8D%A8", "a" * 300)


@dataclass(frozen=True, slots=True)
class Call:
    """One question, and the same about something that never was."""

    method: str
    path: str
    body: Any


def kind_of(path: str) -> str:
    """What a path's first parameter names. Raises KeyError for a path without a row."""
    short = path.removeprefix(API)
    begins = [begin for begin in NAMED if short == begin or short.startswith(begin + "/")]
    if not begins:
        raise KeyError(path)
    return NAMED[begins[0]]


def put_in(text: str, own: Company, value: str, n: int) -> str:
    """A template with the id, the caller's own things and a number in it."""
    text = re.sub(r"{own:(\w+)}", lambda found: own.ids[found[1]], text)
    return text.replace("{id}", value).replace("{sku}", own.ids["sku"]).replace("{n}", str(n))


def tenants_endpoints() -> Iterator[Endpoint]:
    """Every operation but those of operators, which are not there for a company at all (`tests/operators`)."""
    return (each for each in access_page.endpoints() if not each.for_operators)


def path_calls(own: Company, value_of: dict[str, str], n: int) -> Iterator[Call]:
    """Every operation with a parameter in its path, asked about these things."""
    for endpoint in tenants_endpoints():
        if "{" not in endpoint.path or endpoint.public:
            continue
        value = value_of[kind_of(endpoint.path)]
        path = endpoint.path.replace("{kind}", "sales_order")
        path = re.sub(r"{\w+}", value, path, count=1)
        path = re.sub(r"{(\w+)}", lambda found: value_of[SECOND[found[1]]], path)
        template = BODIES.get(f"{endpoint.method} {endpoint.path.removeprefix(API)}", {})
        body = None if endpoint.method in ("GET", "DELETE") else json.loads(put_in(json.dumps(template), own, value, n))
        yield Call(endpoint.method, path, body)


def reference_calls(own: Company, value_of: dict[str, str], n: int) -> Iterator[Call]:
    """Every place outside a path where an id may stand, with these ids in it."""
    for each in REFERENCES:
        value = value_of[each.kind]
        body = None if each.body is None else json.loads(put_in(json.dumps(each.body), own, value, n))
        yield Call(each.method, API + put_in(each.path, own, value, n), body)


GENERATED = re.compile(r"[a-z]{3}_[0-9A-Z]{26}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)?")
NUMBERED = re.compile(r'("(?:number|code|name|sku|email|title)": ?)"[^"]*\d+[^"]*"')
SECRET = re.compile(r'"(key|last4)": "[^"]*"')
VERSION = re.compile(r'"version": \d+|"ETag": "[^,]*"|"(available|on_hand|reserved)": "[-\d.]+"')
OWN_SKU = re.compile(r"\b(?:GTIN|GT|KIT|NEW)-\d+")
MOVING = ("Request-Id", "Correlation-Id", "Date", "RateLimit", "RateLimit-Policy")


def told(answer: tuple[int, Any, Any], values: tuple[str, ...]) -> str:
    """An answer as bytes, without what differs between any two requests: ids made for it, instants, numbers given out, and
    the very ids that were asked for."""
    status, headers, body = answer
    shown = {name: value for name, value in headers.items() if name not in MOVING}
    text = json.dumps([status, shown, body], sort_keys=True, ensure_ascii=False)
    text = re.sub(r'"request_id": "[^"]*"', "", text)
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, "<asked>")
    text = OWN_SKU.sub("<given>", VERSION.sub("<version>", SECRET.sub("<secret>", text)))
    return NUMBERED.sub(r"\1<given>", INSTANT.sub("<instant>", GENERATED.sub("<made>", text)))


def callers(firm: Firm) -> Iterator[tuple[str, dict[str, str]]]:
    """Everybody of a company: a person and a key of each role."""
    for role in ROLES:
        yield role, firm.headers(role)
        yield f"{role} key", firm.key(role)
