"""From a sale to the report: the number moves, leads to its documents, agrees with the books, goes out as a file."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.running import Client, eventually

D = Decimal
MEASURES = "ordered_revenue,shipped_revenue,cost,margin"


def _today() -> str:
    return datetime.now(ZoneInfo("Europe/Paris")).date().isoformat()


def _report(client: Client, **more: str) -> Any:
    asked = {"from": _today(), "to": _today(), "group_by": "product", "measures": MEASURES, "compare": "none", "top": "1000",
             **more}
    return client.get("/api/reporting/report?" + "&".join(f"{name}={value}" for name, value in asked.items()))


def _of(report: Any, sku: str) -> dict[str, Decimal]:
    """What the report says of an article; nothing said is nought."""
    row = next((row for row in report["rows"] if row["key"] == sku), None)
    return {name: D((row or {"values": {}})["values"].get(name) or 0) for name in MEASURES.split(",")}


def test_a_sale_of_today_is_understood_from_the_number_to_the_document(client: Client) -> None:
    """Three frozen logs: what was ordered, what left, what it cost, where the number comes from, and what the books say."""
    sku = "BUCHE-CHOC-6"
    before = _of(_report(client), sku)
    order = client.post("/api/sales/orders", {
        "lines": [{"sku": sku, "quantity": "3", "unit_price": "30.00"}], "shortage": "backorder",
        "buyer": {"name": "Rose Lund", "email": "rose.lund@example.org"},
        "billing_address": {"name": "Rose Lund", "line1": "1 quai des Marquisats", "postal_code": "74000", "city": "Annecy",
                            "country_code": "FR"}})
    net = D(order["total_without_vat"])
    client.post(f"/api/sales/orders/{order['id']}/ship", {"carrier": "Chronofresh"}, 200)

    def counted() -> Any:
        found = _of(_report(client), sku)
        return found if found["shipped_revenue"] - before["shipped_revenue"] == net else None

    after = eventually(counted)
    assert after["ordered_revenue"] - before["ordered_revenue"] == net
    cost = after["cost"] - before["cost"]
    assert cost > 0 and after["margin"] - before["margin"] == net - cost
    shown = client.get(f"/api/invoicing/orders/{order['id']}/margin")["lines"][0]
    assert D(shown["margin"]) == net - cost, "the report and the order tell the same margin"

    number = f"measure=shipped_revenue&from={_today()}&to={_today()}&product={sku}"
    documents = client.get(f"/api/reporting/documents?{number}&limit=100")["items"]
    mine = [row for row in documents if row["id"] == order["id"]]
    assert len(mine) == 1 and D(mine[0]["amount"]) == net
    explained = client.get(f"/api/reporting/explanation?{number}")
    assert D(explained["value"]) == after["shipped_revenue"]

    reconciled = eventually(lambda: _settled(client))
    assert reconciled["difference"] == "0.00" and order["number"] not in {row["number"] for row in reconciled["documents"]}
    status, text = client.call("GET", f"/api/reporting/exports/csv?from={_today()}&to={_today()}&group_by=product"
                                      f"&measures={MEASURES}&compare=none&top=1000")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";" if ";" in text.split("\n")[0] else ","))
    assert status == 200 and any(any("BUCHE-CHOC-6" in cell or "Bûche" in cell for cell in row) for row in rows[1:])


def _settled(client: Client) -> Any:
    found = client.get(f"/api/reporting/reconciliation?from={_today()}&to={_today()}")
    return found if found["entries_behind"] == 0 else None
