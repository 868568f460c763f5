"""From a shipped order to the ledger: invoiced by itself, on paper and in the books, its margin explained, credited."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.running import Client, eventually

D = Decimal


def test_what_leaves_is_invoiced_posted_and_understood(client: Client) -> None:
    order = client.post("/api/sales/orders", {
        "lines": [{"sku": "BUCHE-CHOC-6", "quantity": "2", "unit_price": "32.90"}], "paid_total": "65.81", "is_paid": True,
        "buyer": {"name": "Ada Blanc", "email": "ada.blanc@example.org"}, "shortage": "backorder",
        "billing_address": {"name": "Ada Blanc", "line1": "4 rue Vaugelas", "postal_code": "74000", "city": "Annecy",
                            "country_code": "FR"}})
    assert D(order["rounding_amount"]) == D("0.01")
    client.post(f"/api/sales/orders/{order['id']}/ship", {"carrier": "Chronofresh"}, 200)
    billed = eventually(lambda: _billed(client, order["id"]))
    invoice = client.get(f"/api/invoicing/invoices/{billed['documents'][0]['invoice_id']}")
    assert D(invoice["payable_amount"]) == D("65.81"), "what the customer paid is kept"
    entry = client.get(f"/api/ledger/entries/{invoice['entry_id']}")
    sides = {line["account"]: D(line["debit"]) - D(line["credit"]) for line in entry["lines"]}
    assert sides["411000"] == D("65.81") and sum(sides.values()) == 0 and entry["document_reference"] == invoice["number"]
    assert client.get(f"/api/invoicing/invoices/{invoice['id']}/preflight")["can_be_issued"]
    margin = client.get(f"/api/invoicing/orders/{order['id']}/margin")
    steps: list[dict[str, Any]] = margin["lines"][0]["steps"]
    assert sum(D(step["amount"]) for step in steps) == D(margin["lines"][0]["margin"]) > 0
    status, refused = client.call("POST", "/api/invoicing/from-orders", {"orders": [{"order_id": order["id"]}]})
    assert (status, refused["code"]) == (409, "nothing_to_invoice")
    note = client.post(f"/api/invoicing/invoices/{invoice['id']}/credit", {"reason": "Arrivée décongelée"}, 200)
    assert (note["type_code"], D(note["payable_amount"])) == ("381", D("65.81"))
    again = {"reason": "Encore", "amount": "1"}
    status, refused = client.call("POST", f"/api/invoicing/invoices/{invoice['id']}/credit", again)
    assert (status, refused["code"]) == (409, "credit_beyond_invoice")


def _billed(client: Client, order_id: str) -> Any:
    found = client.get(f"/api/invoicing/orders/{order_id}/billing")
    return found if found["documents"] else None
