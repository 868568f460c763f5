"""What the WooCommerce connector asks of a shop about orders, parcels and refunds."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from decimal import Decimal as D
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from connectors.contract import (
    ChannelOrder,
    MappingProblem,
    NotFound,
    OrderStatus,
    RefundLineRequest,
    RefundRequest,
    Rejected,
    TaxAmount,
    TrackingUpdate,
)
from connectors.http import using_transport
from connectors.strict_json import loads
from connectors.woocommerce.client import WooCommerce
from tests.connectors.replay import Shop, answer, recorded

RECORDED = recorded("woocommerce")
SINCE = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def body(number: str) -> Any:
    return loads(RECORDED[number].response_body)


def test_https_is_asked_with_basic(shop: Shop, woo: WooCommerce) -> None:
    shop.plays(RECORDED["025"])
    woo.get_order("318")
    expected = base64.b64encode(b"ck_" + b"a" * 40 + b":cs_" + b"b" * 40).decode()
    assert shop.sent[0].headers["Authorization"] == f"Basic {expected}"
    assert shop.sent[0].headers["Authorization"] == RECORDED["025"].request_headers["Authorization"]


def test_an_order_is_fetched_with_its_refunds_in_full(shop: Shop, woo: WooCommerce) -> None:
    shop.plays(RECORDED["059"], RECORDED["057"])
    shop.answers_with("GET", "customers/14", answer(RECORDED["024"].response_body))
    order = woo.get_order("324")
    assert isinstance(order, ChannelOrder)
    assert {(refund.amount, len(refund.lines or ())) for refund in order.refunds} == {
        (D("59.88"), 1),
        (D("10.00"), 0),
    }
    assert order.customer.vat_number == "FR44732829320"


def test_a_deleted_customer_record_does_not_hide_the_order(shop: Shop, woo: WooCommerce) -> None:
    shop.plays(RECORDED["032"])
    gone = answer({"code": "woocommerce_rest_invalid_id", "message": "Invalid resource ID."}, 404)
    shop.answers_with("GET", "customers/14", gone)
    order = woo.get_order("324")
    assert isinstance(order, ChannelOrder) and order.customer.siret == "73282932000074"


def test_a_binned_order_can_be_read_and_a_deleted_one_is_not_found(shop: Shop, woo: WooCommerce) -> None:
    shop.plays(RECORDED["067"], RECORDED["070"])
    found = woo.get_order("333")
    assert isinstance(found, ChannelOrder) and found.status is OrderStatus.TRASHED
    with pytest.raises(NotFound):
        woo.get_order("333")


def test_changed_orders_are_asked_in_gmt_from_a_second_before(shop: Shop, woo: WooCommerce) -> None:
    shop.plays(RECORDED["107"])
    page = woo.list_orders(SINCE, until=SINCE.replace(hour=5))
    assert page.cursor is None and len(page.items) == 3
    (query,) = shop.queries()
    assert query["modified_after"] == "2026-11-24T03:59:59", "a zone would be turned into shop time"
    assert query["modified_before"] == "2026-11-24T05:00:00"
    assert (query["dates_are_gmt"], query["status"], query["orderby"], query["order"]) == (
        "true", "any", "modified", "asc",
    )  # fmt: skip


def test_a_shop_in_paris_hides_its_last_hour_from_a_date_with_a_zone() -> None:
    zoned, bare = (dict(parse_qsl(urlsplit(RECORDED[number].target).query)) for number in ("148", "149"))
    assert zoned["modified_after"] == bare["modified_after"] + "Z" and zoned["dates_are_gmt"] == "true"
    changed = [datetime.fromisoformat(found["date_modified_gmt"]) for found in body("149")]
    assert body("148") == [] and min(changed) > datetime.fromisoformat(bare["modified_after"]), "the same instant was asked"


def test_the_parcels_we_noted_are_read_again_and_the_last_completed_the_order(shop: Shop, woo: WooCommerce) -> None:
    shop.plays(RECORDED["152"])
    order = woo.get_order("35")
    assert isinstance(order, ChannelOrder) and order.status is OrderStatus.COMPLETED and order.completed_at
    assert [parcel.number for parcel in order.tracking] == ["XF1", "XF2"]


def order_at(number: int, second: int) -> dict[str, Any]:
    moment = f"2026-11-24T04:{second // 60:02d}:{second % 60:02d}"
    return body("025") | {"id": number, "date_modified_gmt": moment, "meta_data": [], "tax_lines": []}


class ChangingShop(Shop):
    """An orders list like WooCommerce's, where orders change between the pages."""

    def __init__(self, orders: dict[int, int]) -> None:
        super().__init__()
        self.orders = orders

    def __call__(self, request: Any, policy: Any, clock: Any) -> Any:
        self.sent.append(request)
        asked = self.queries()[-1]
        after = datetime.fromisoformat(asked["modified_after"]).replace(tzinfo=UTC)
        base = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
        after_second = (after - base).total_seconds()
        found = sorted((second, number) for number, second in self.orders.items() if second > after_second)
        start = (int(asked["page"]) - 1) * 100
        page = found[start : start + 100]
        if len(self.sent) == 1:
            for number in range(1, 11):
                self.orders[number] = 3000
        return answer([order_at(number, second) for second, number in page])


def read_all(woo: WooCommerce) -> list[str]:
    seen: list[str] = []
    cursor = None
    for _page in range(20):
        page = woo.list_orders(SINCE, cursor=cursor)
        seen += [item.external_id for item in page.items if isinstance(item, ChannelOrder)]
        cursor = page.cursor
        if cursor is None:
            return seen
    raise AssertionError("paging does not end")


def test_paging_skips_no_order_though_orders_change_meanwhile(woo: WooCommerce) -> None:
    with using_transport(ChangingShop({number: number for number in range(1, 251)})):
        assert set(read_all(woo)) == {str(number) for number in range(1, 251)}


def test_paging_passes_a_second_with_more_orders_than_a_page(woo: WooCommerce) -> None:
    with using_transport(ChangingShop(dict.fromkeys(range(1, 351), 1000) | {999: 2000})):
        assert set(read_all(woo)) == {str(number) for number in [*range(1, 351), 999]}


def test_one_unreadable_order_does_not_hide_the_others(shop: Shop, woo: WooCommerce) -> None:
    orders = body("107")
    orders[1]["total"] = "12,95"
    shop.answers_with("GET", "orders", answer(orders))
    items = woo.list_orders(SINCE).items
    assert [isinstance(item, MappingProblem) for item in items] == [False, True, False]
    assert items[1].external_id == str(orders[1]["id"])


def test_states_that_can_be_set(shop: Shop, woo: WooCommerce) -> None:
    shop.plays(RECORDED["042"], RECORDED["043"])
    assert woo.set_order_status("318", OrderStatus.PROCESSING).status is OrderStatus.PROCESSING  # type: ignore[union-attr]
    assert woo.set_order_status("318", OrderStatus.COMPLETED).status is OrderStatus.COMPLETED  # type: ignore[union-attr]
    assert shop.bodies("PUT") == [{"status": "processing"}, {"status": "completed"}]
    with pytest.raises(Rejected):
        woo.set_order_status("318", OrderStatus.TRASHED)


PARCEL = TrackingUpdate(
    "318", "Colissimo", "6A00000000000", SINCE, "https://suivi.example/6A00000000000", True
)


def with_tracking(status: str) -> dict[str, Any]:
    item = {
        "custom_tracking_provider": "Colissimo",
        "tracking_number": "6A00000000000",
        "date_shipped": "1795492800",
    }
    meta = [{"id": 1, "key": "_wc_shipment_tracking_items", "value": [item]}]
    return body("042") | {"status": status, "meta_data": meta}


def test_a_parcel_completes_the_order_and_the_customer_is_told(shop: Shop, woo: WooCommerce) -> None:
    shop.answers_with("GET", "orders/318", answer(body("042")))
    shop.answers_with("PUT", "orders/318", answer(with_tracking("completed")))
    shop.answers_with("GET", "orders/318/notes", answer([]))
    shop.plays(RECORDED["061"])
    order = woo.push_tracking(PARCEL)
    assert isinstance(order, ChannelOrder) and order.status is OrderStatus.COMPLETED
    assert [(parcel.carrier, parcel.number) for parcel in order.tracking] == [("Colissimo", "6A00000000000")]
    (change,) = shop.bodies("PUT")
    assert change["status"] == "completed"
    assert change["meta_data"][0]["value"][0]["tracking_number"] == "6A00000000000"
    (note,) = shop.bodies("POST")
    assert note["customer_note"] is True and "6A00000000000" in note["note"]


def test_a_second_parcel_is_added_and_a_part_shipment_leaves_the_order_open(
    shop: Shop, woo: WooCommerce
) -> None:
    shop.answers_with("GET", "orders/318", answer(with_tracking("processing")))
    shop.answers_with("PUT", "orders/318", answer(with_tracking("processing")))
    shop.answers_with("GET", "orders/318/notes", answer([]))
    shop.plays(RECORDED["061"])
    woo.push_tracking(TrackingUpdate("318", "DPD", "DPD-2", SINCE))
    (change,) = shop.bodies("PUT")
    assert "status" not in change
    assert [item["tracking_number"] for item in change["meta_data"][0]["value"]] == ["6A00000000000", "DPD-2"]


def test_repeating_a_tracking_number_writes_nothing(shop: Shop, woo: WooCommerce) -> None:
    shop.answers_with("GET", "orders/318", answer(with_tracking("completed")))
    shop.plays(RECORDED["062"])
    order = woo.push_tracking(PARCEL)
    assert isinstance(order, ChannelOrder)
    assert [request.method for request in shop.sent] == ["GET", "GET"]


def test_a_refund_of_one_line_sends_what_the_shop_accepted(shop: Shop, woo: WooCommerce) -> None:
    shop.plays(RECORDED["053"])
    line = RefundLineRequest("805", 1, D("49.90"), (TaxAmount("30", D(20), D("9.98")),))
    refund = woo.create_refund(RefundRequest("324", D("59.88"), "Lampe cassée", (line,), restock=True))
    assert (refund.external_id, refund.amount) == ("345", D("59.88"))
    (sent,) = shop.bodies("POST")
    accepted = loads(RECORDED["053"].request_body)
    assert sent.keys() == accepted.keys()
    assert {key: sent[key] for key in ("amount", "reason", "api_refund", "api_restock")} == {
        key: accepted[key] for key in ("amount", "reason", "api_refund", "api_restock")
    }
    assert D(sent["line_items"][0]["refund_total"]) == accepted["line_items"][0]["refund_total"]
    assert D(sent["line_items"][0]["refund_tax"][0]["refund_total"]) == D("9.98")


def test_a_refund_by_amount_is_never_paid_by_the_gateway_unasked(shop: Shop, woo: WooCommerce) -> None:
    shop.plays(RECORDED["054"])
    refund = woo.create_refund(RefundRequest("324", D("10.00"), "Geste commercial"))
    assert refund.lines == ()
    (sent,) = shop.bodies("POST")
    assert (sent["api_refund"], sent["api_restock"]) == (False, False)
    assert "line_items" not in sent
