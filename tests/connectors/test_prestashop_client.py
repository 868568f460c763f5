"""What the PrestaShop connector asks and writes: changed orders, stock, prices, parcels, refunds, the test, its errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal as D
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from connectors.contract import (
    ChannelOrder,
    ChannelProduct,
    NotFound,
    OrderStatus,
    OverBudget,
    PriceBreak,
    PriceUpdate,
    PushOutcome,
    RefundLineRequest,
    RefundRequest,
    Rejected,
    StockLevel,
    TaxAmount,
    TrackingUpdate,
    Unauthorised,
    Unavailable,
)
from connectors.http import HttpRequest, HttpResponse, redacted, using_transport
from connectors.prestashop.client import PrestaShop
from connectors.prestashop.listing import PAGE, Cursor, page_of
from connectors.prestashop.products import SOMEBODYS
from connectors.prestashop.webhook import meaning, sign, verify
from connectors.prestashop.xml import parse, resource, single
from tests.connectors.replay import (
    Shop,
    VirtualTime,
    prestashop_list,
    prestashop_settings,
    prestashop_shop,
    recorded,
)

RECORDED = recorded("prestashop")
SINCE = datetime(2026, 11, 24, 4, 16, 49, tzinfo=UTC)


@pytest.fixture
def shop() -> Iterator[Shop]:
    found = prestashop_shop()
    with using_transport(found):
        yield found


@pytest.fixture
def presta() -> PrestaShop:
    return PrestaShop(prestashop_settings(), VirtualTime().clock)


def sent(shop: Shop, method: str) -> list[tuple[str, dict[str, Any]]]:
    """Path and resource of every request with a body."""
    found = []
    for request in shop.sent:
        if request.method == method and request.body:
            [element] = parse(request.body)
            found.append((urlsplit(request.url).path, resource(element)))
    return found


def asked(request: HttpRequest) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(request.url).query))


# -- listing -------------------------------------------------------------------------------------------------------------


def test_orders_are_asked_in_the_shops_time_and_each_kind_once(shop: Shop, presta: PrestaShop) -> None:
    changed = "".join(f"<order><id>{n}</id><date_upd>2026-11-24 05:16:5{n % 10}</date_upd></order>" for n in (21, 17))
    shop.answers["GET", "/api/orders"] = [prestashop_list("orders", changed), RECORDED["161"].response]
    details = parse(RECORDED["112"].response_body), parse(RECORDED["116"].response_body)
    rows = "".join(f"<order_detail>{_inside(e)}</order_detail>" for root in details for e in root[0])
    shop.answers["GET", "/api/order_details"] = [prestashop_list("order_details", rows)]
    page = presta.list_orders(SINCE)
    first = next(asked(request) for request in shop.sent if urlsplit(request.url).path == "/api/orders")
    assert first["filter[date_upd]"].startswith("[2026-11-24 05:16:49,") and first["date"] == "1"
    assert first["sort"] == "[date_upd_ASC,id_ASC]" and first["display"] == "[id,date_upd]"
    assert page.cursor is None and page.reached == datetime(2026, 11, 24, 4, 16, 57, tzinfo=UTC)
    assert [each.external_id for each in page.items if isinstance(each, ChannelOrder)] == ["21", "17"]
    assert len([r for r in shop.sent if urlsplit(r.url).path == "/api/order_details"]) == 1


def test_an_order_of_which_only_a_slip_is_new_is_told(shop: Shop, presta: PrestaShop) -> None:
    shop.answers["GET", "/api/orders"] = [RECORDED["160"].response, RECORDED["161"].response]
    slip = "<order_slip><id>1</id><id_order>17</id_order><date_upd>2026-11-24 05:20:00</date_upd></order_slip>"
    whole = slip.replace("<date_upd>", "<total_products_tax_incl>18.00</total_products_tax_incl><date_upd>")
    shop.answers["GET", "/api/order_slip"] = [prestashop_list("order_slips", each) for each in (slip, whole)]
    shop.plays(RECORDED["112"])
    [order] = presta.list_orders(SINCE).items
    assert isinstance(order, ChannelOrder) and order.external_id == "17"
    assert [refund.amount for refund in order.refunds] == [D("18.00")]
    assert order.updated_at == datetime(2026, 11, 24, 4, 20, tzinfo=UTC)


def _inside(element: Any) -> str:
    from xml.etree.ElementTree import tostring

    return "".join(tostring(child, "unicode") for child in element)


def _schema(number: str) -> dict[str, str]:
    return {field.tag: field.get("required", "") for shape in parse(RECORDED[number].response_body) for field in shape}


def _row(n: int, date: str) -> dict[str, str]:
    return {"id": str(n), "date_upd": date, "id_order": str(n)}


def test_pages_follow_changes_by_date_and_never_skip_a_second_that_holds_many() -> None:
    same = [_row(n, "2026-11-24 05:00:00") for n in range(1, 61)]
    begun, told = Cursor("2026-11-24 04:00:00"), []
    while begun is not None:
        cut = [row for row in same if row["date_upd"] >= begun.since][: begun.limit]
        page = page_of(cut, [], begun)
        told += page.order_ids
        begun = page.cursor
        assert begun is None or Cursor.read(begun.write()) == begun
    assert sorted(map(int, told)) == list(range(1, 61))


def test_a_cut_list_hides_nothing_of_the_other() -> None:
    orders = [_row(n, f"2026-11-24 05:{n:02d}:00") for n in range(1, PAGE + 1)]
    slips = [_row(99, "2026-11-24 05:00:30"), _row(98, "2026-11-24 09:00:00")]
    page = page_of(orders, slips, Cursor("2026-11-24 05:00:00"))
    assert page.order_ids[0] == "99" and "98" not in page.order_ids and page.cursor is not None
    last = page_of([], [slips[1]], page.cursor)
    assert last.order_ids == ("98",) and last.cursor is None


# -- stock and prices ----------------------------------------------------------------------------------------------------


def test_a_stock_row_is_found_and_written_back_whole(shop: Shop, presta: PrestaShop) -> None:
    shop.plays(RECORDED["053"], RECORDED["055"])
    shop.answers["GET", "/api/stock_availables"].append(
        replace(RECORDED["004"].response, headers=RECORDED["004"].response.headers))
    [applied, missing, odd] = presta.push_stock(
        [StockLevel("9", D("40.7")), StockLevel("77", D(1)), StockLevel("9 or 1", D(1))])
    assert (applied.outcome, applied.shown) == (PushOutcome.APPLIED, 40)
    assert (missing.outcome, odd.outcome) == (PushOutcome.MISSING, PushOutcome.MISSING)
    [(path, row)] = sent(shop, "PUT")
    assert path == "/api/stock_availables/34"
    assert row == {"id": "34", "id_product": "9", "id_product_attribute": "0", "id_shop": "1", "id_shop_group": "0",
                   "quantity": "40", "depends_on_stock": "0", "out_of_stock": "2"}  # fmt: skip


def test_a_combination_has_its_own_row_and_one_that_is_right_is_left_alone(shop: Shop, presta: PrestaShop) -> None:
    shop.plays(RECORDED["066"])
    [medium] = presta.read_stock([StockLevel("27", D(999), "12")])
    assert medium.outcome is PushOutcome.REJECTED and medium.shown is not None
    assert presta.push_stock([StockLevel("27", medium.shown, "12")])[0].ok and not sent(shop, "PUT")


def test_several_shops_have_rows_of_their_own(shop: Shop) -> None:
    def row(n: int, shop_id: int, group: int, quantity: int) -> str:
        return (f"<stock_available><id>{n}</id><id_product>9</id_product><id_product_attribute>0</id_product_attribute>"
                f"<id_shop>{shop_id}</id_shop><id_shop_group>{group}</id_shop_group><quantity>{quantity}</quantity>"
                "<depends_on_stock>0</depends_on_stock></stock_available>")
    shop.answers["GET", "/api/stock_availables"] = [prestashop_list("stock_availables", row(1, 1, 0, 5), row(2, 2, 0, 7))]
    second = PrestaShop(prestashop_settings(credentials={"key": "A" * 32, "shop_id": "2"}), VirtualTime().clock)
    assert second.read_stock([StockLevel("9", D(7))])[0].ok
    assert all(asked(request)["id_shop"] == "2" for request in shop.sent)
    shop.answers["GET", "/api/stock_availables"] = [prestashop_list("stock_availables", row(3, 0, 4, 9))]
    shop.answers["GET", "/api/shops/2"] = [prestashop_list("shops", "<shop><id>2</id><id_shop_group>4</id_shop_group></shop>")]
    assert second.read_stock([StockLevel("9", D(9))])[0].ok


def test_a_price_goes_back_with_every_field_but_those_the_schema_forbids(shop: Shop, presta: PrestaShop) -> None:
    shop.answers["GET", "/api/products/10"] = [RECORDED["068"].response]
    shop.answers["GET", "/api/products"] = [RECORDED["002"].response]
    shop.plays(RECORDED["070"])
    shop.answers["GET", "/api/specific_prices"] = [prestashop_list("specific_prices")]
    assert presta.push_prices([PriceUpdate("10", D("17.535545"))])[0].ok
    [(_, written)] = sent(shop, "PUT")
    before = single(parse(RECORDED["068"].response_body), "product") or {}
    assert written["price"] == "17.535545"
    assert all(written[name] == before[name] for name in ("name", "link_rewrite", "id_tax_rules_group"))
    assert before.keys() - written.keys() == {"manufacturer_name", "quantity", "position_in_category", "associations"}


def test_a_combinations_price_is_an_impact_on_its_products(shop: Shop, presta: PrestaShop) -> None:
    combination = next(e for e in parse(RECORDED["067"].response_body)[0] if e.findtext("id") == "28")
    shop.answers["GET", "/api/products/12"] = [RECORDED["065"].response]
    shop.answers["GET", "/api/combinations"] = [RECORDED["003"].response]
    one = prestashop_list("combinations", f"<combination>{_inside(combination)}</combination>")
    shop.answers["GET", "/api/combinations/28"] = [one]
    shop.answers["GET", "/api/specific_prices"] = [prestashop_list("specific_prices")]
    shop.answers["PUT", "/api/combinations/28"] = [HttpResponse(200, one.headers, one.body.replace(b"2.000000", b"3.500000"))]
    [result] = presta.push_prices([PriceUpdate("28", D("30.583333"), "12")])
    assert result.ok and sent(shop, "PUT")[0][1]["price"] == "3.500000"


def _special(n: int, quantity: int, price: str, **changes: str) -> str:
    fields = {"id": str(n), "id_shop": "0", "id_product": "10", "id_product_attribute": "0", "price": price, "reduction": "0",
              "from_quantity": str(quantity), "from": "0000-00-00 00:00:00", "to": "0000-00-00 00:00:00",
              "id_specific_price_rule": "0", **dict.fromkeys(SOMEBODYS, "0"), **changes}
    return f"<specific_price>{''.join(f'<{name}>{value}</{name}>' for name, value in fields.items())}</specific_price>"


def _priced(shop: Shop, *specials: str) -> None:
    shop.answers["GET", "/api/products/10"] = [RECORDED["068"].response]
    shop.answers["GET", "/api/products"] = [RECORDED["002"].response]
    shop.plays(RECORDED["070"])
    shop.answers["GET", "/api/specific_prices"] = [prestashop_list("specific_prices", *specials)]
    for verb, path in (("POST", ""), ("PUT", "/2"), ("DELETE", "/3"), ("DELETE", "/4")):
        shop.answers[verb, f"/api/specific_prices{path}"] = [
            RECORDED["079"].response if verb != "DELETE" else HttpResponse(200, {}, b"")]


BREAKS = PriceUpdate("10", D("17.535545"), breaks=(PriceBreak(6, D("15")), PriceBreak(12, D("14.2")), PriceBreak(24, D("13"))))
THE_MERCHANTS = (
    _special(20, 6, "9", id_group="3"), _special(21, 6, "9", **{"from": "2026-11-01 00:00:00"}),
    _special(22, 6, "-1", reduction="0.2"), _special(23, 1, "9"), _special(24, 6, "9", id_specific_price_rule="2"),
    _special(25, 6, "9", id_product_attribute="5"), _special(26, 6, "9", id_shop="2"))


def test_quantity_breaks_become_those_wanted_and_the_merchants_own_stay(shop: Shop, presta: PrestaShop) -> None:
    """One is right, one has another price, one is new, one is wanted no more, one stands twice."""
    ours = _special(1, 6, "15.000000"), _special(2, 12, "14.5"), _special(3, 48, "12"), _special(4, 6, "15")
    _priced(shop, *ours, *THE_MERCHANTS)
    assert presta.push_prices([BREAKS])[0].ok
    told = [(r.method, urlsplit(r.url).path) for r in shop.sent if "specific" in r.url and r.method != "GET"]
    assert told == [("DELETE", "/api/specific_prices/3"), ("DELETE", "/api/specific_prices/4"),
                    ("PUT", "/api/specific_prices/2"), ("POST", "/api/specific_prices")]
    changed = next(body for path, body in sent(shop, "PUT") if path.endswith("/2"))
    [(_, made)] = sent(shop, "POST")
    assert (changed["price"], changed["from_quantity"]) == ("14.200000", "12")
    assert (made["price"], made["from_quantity"], made["reduction"], made["id_product"]) == ("13.000000", "24", "0", "10")
    required = {name for name, mark in _schema("016").items() if mark}
    assert required <= made.keys()


def test_without_breaks_ours_go_and_a_key_without_the_right_still_sets_the_price(shop: Shop, presta: PrestaShop) -> None:
    _priced(shop, _special(3, 48, "12"), *THE_MERCHANTS)
    shop.answers["DELETE", "/api/specific_prices/3"] = [NotFound("gone", is_object=True)]
    assert presta.push_prices([PriceUpdate("10", D("17.535545"))])[0].ok, "what is away is away"
    assert [urlsplit(r.url).path for r in shop.sent if r.method == "DELETE"] == ["/api/specific_prices/3"]
    shop.answers["GET", "/api/specific_prices"] = [Unauthorised("no", platform_code="26")]
    assert presta.push_prices([PriceUpdate("10", D("17.535545"))])[0].ok
    [result] = presta.push_prices([BREAKS])
    assert (result.outcome, result.code) == (PushOutcome.REJECTED, "price_breaks_not_allowed")
    assert sent(shop, "PUT")[-1][1]["price"] == "17.535545" and not sent(shop, "POST")


def test_a_shop_of_several_has_breaks_of_its_own(shop: Shop) -> None:
    _priced(shop, _special(1, 6, "15", id_shop="2"), _special(4, 6, "15", id_shop="0"))
    second = PrestaShop(prestashop_settings(credentials={"key": "A" * 32, "shop_id": "2"}), VirtualTime().clock)
    assert second.push_prices([replace(BREAKS, breaks=BREAKS.breaks[:1])])[0].ok
    assert not [r for r in shop.sent if r.method in ("POST", "DELETE")]


def test_the_catalogue_with_combinations_stock_and_the_price_in_force(shop: Shop, presta: PrestaShop) -> None:
    shop.answers["GET", "/api/products"] = [RECORDED["166"].response]
    shop.answers["GET", "/api/combinations"] = [RECORDED["067"].response]
    shop.answers["GET", "/api/stock_availables"] = [RECORDED["066"].response]
    shop.answers["GET", "/api/product_option_values"] = [Unauthorised("no", platform_code="26")]
    special = ("<specific_price><id>1</id><id_product>12</id_product><id_product_attribute>0</id_product_attribute>"
               "<price>-1</price><from_quantity>1</from_quantity><reduction>0.2</reduction><reduction_type>percentage</reduction_type></specific_price>")
    shop.answers["GET", "/api/specific_prices"] = [prestashop_list("specific_prices", special)]
    items = presta.list_products().items
    parent, *sizes = [item for item in items if isinstance(item, ChannelProduct)]
    assert parent.has_variants and {each.sku for each in sizes} == {"MAR-S", "MAR-M", "MAR-L"}
    large = next(each for each in sizes if each.sku == "MAR-L")
    assert (large.regular_price, large.sale_price, large.parent_external_id) == (D("29.083333"), D("23.266666"), "12")


# -- orders out ----------------------------------------------------------------------------------------------------------


def _order(shop: Shop, state: str = "2") -> None:
    shop.plays(RECORDED["096"])
    body = RECORDED["095"].response_body.replace(b"<current_state", b"<x", 1).replace(b"</current_state>", b"</x>", 1)
    told = body.replace(b"<module>", f"<current_state>{state}</current_state><module>".encode(), 1)
    shop.answers["GET", "/api/orders/7"] = [HttpResponse(200, RECORDED["095"].response.headers, told)]


def update(number: str, completes: bool) -> TrackingUpdate:
    return TrackingUpdate("7", "Colissimo", number, SINCE, completes_order=completes)


def test_the_last_parcel_ships_the_order_once(shop: Shop, presta: PrestaShop) -> None:
    _order(shop)
    shop.answers["GET", "/api/order_carriers"] = [RECORDED["126"].response, RECORDED["007"].response, RECORDED["126"].response]
    shop.plays(RECORDED["128"], RECORDED["125"])
    assert isinstance(presta.push_tracking(update("6A00000000001", True)), ChannelOrder)
    [(path, row)] = sent(shop, "PUT")
    assert (path, row["tracking_number"]) == ("/api/order_carriers/7", "6A00000000001")
    assert row["shipping_cost_tax_incl"] == "5.880000"
    [(path, history)] = sent(shop, "POST")
    assert (path, history) == ("/api/order_histories", {"id_order": "7", "id_order_state": "3"})
    posted = next(request for request in shop.sent if request.method == "POST")
    assert asked(posted)["sendemail"] == "1" and not posted.may_repeat


def test_a_parcel_told_twice_and_an_order_shipped_already_change_nothing(shop: Shop, presta: PrestaShop) -> None:
    _order(shop, state="4")
    told = RECORDED["126"].response.body.replace(b"<tracking_number", b"<x", 1).replace(b"</tracking_number>", b"</x>", 1)
    told = told.replace(b"<date_add>", b"<tracking_number>6A1</tracking_number><date_add>", 1)
    shop.answers["GET", "/api/order_carriers"] = [HttpResponse(200, {}, told)]
    presta.push_tracking(update("6A1", True))
    assert not sent(shop, "PUT") and not sent(shop, "POST")


def test_a_second_parcel_has_a_row_of_its_own_or_stands_beside_the_first(shop: Shop, presta: PrestaShop) -> None:
    _order(shop)
    told = RECORDED["126"].response.body.replace(b"<tracking_number", b"<x", 1).replace(b"</tracking_number>", b"</x>", 1)
    told = told.replace(b"<date_add>", b"<tracking_number>6A1</tracking_number><date_add>", 1)
    rows = HttpResponse(200, {}, told)
    shop.answers["GET", "/api/order_carriers"] = [rows, RECORDED["007"].response, rows]
    shop.answers["POST", "/api/order_carriers"] = [RECORDED["058"].response]
    shop.plays(RECORDED["128"])
    presta.push_tracking(update("6A2", False))
    [(_, posted)] = sent(shop, "POST")
    assert posted["tracking_number"] == "6A2" and posted["shipping_cost_tax_incl"] == "0"
    assert sent(shop, "PUT")[0][1]["tracking_number"] == "6A1, 6A2"


def test_cancelled_here_is_cancelled_there_by_the_shops_own_state(shop: Shop, presta: PrestaShop) -> None:
    _order(shop)
    shop.plays(RECORDED["133"])
    presta.set_order_status("7", OrderStatus.CANCELLED)
    assert sent(shop, "POST")[0][1]["id_order_state"] == "5"
    with pytest.raises(Rejected):
        presta.set_order_status("7", OrderStatus.ON_HOLD)


def test_a_refund_is_a_slip_with_net_and_tax_of_each_line(shop: Shop, presta: PrestaShop) -> None:
    _order(shop)
    shop.plays(RECORDED["140"])
    lines = (RefundLineRequest("18", 1, D("17.07"), (TaxAmount("", D("5.5"), D("0.93")),)),)
    made = presta.create_refund(RefundRequest("7", D("20.00"), lines=lines))
    assert (made.external_id, made.amount) == ("1", D("18.00"))
    [(path, slip)] = sent(shop, "POST")
    assert path == "/api/order_slip" and slip["associations"]["order_slip_details"] == [
        {"id_order_detail": "18", "product_quantity": "1", "amount_tax_excl": "17.070000", "amount_tax_incl": "18.000000"}]
    assert (slip["total_products_tax_incl"], slip["total_shipping_tax_incl"], slip["total_shipping_tax_excl"]) == (
        "18.000000", "2.000000", "1.670000")


def test_a_refund_of_an_amount_alone_has_the_orders_share_of_tax(shop: Shop, presta: PrestaShop) -> None:
    _order(shop)
    shop.plays(RECORDED["140"])
    presta.create_refund(RefundRequest("7", D("18.52")))
    [(_, slip)] = sent(shop, "POST")
    assert (slip["total_products_tax_incl"], slip["total_products_tax_excl"]) == ("18.520000", "16.250000")
    assert "associations" not in slip


# -- the connection ------------------------------------------------------------------------------------------------------


def test_the_test_of_the_recorded_shop_finds_nothing_missing(shop: Shop, presta: PrestaShop) -> None:
    shop.plays(RECORDED["001"], RECORDED["039"])
    assert [found.code for found in presta.probe().warnings] == ["clock_differs"]
    probed = PrestaShop(prestashop_settings(), VirtualTime(SINCE).clock).probe()
    assert (probed.missing, probed.warnings, probed.currency, probed.platform_version) == ((), (), "EUR", "1.6.1.999")
    assert {rate.percent for rate in probed.tax_rates} >= {D(20), D(10), D("5.5")} and not probed.prices_include_tax


@pytest.mark.parametrize(("trouble", "code"), [
    (RECORDED["177"].response, "credentials_refused"), (RECORDED["179"].response, "credentials_refused"),
    (HttpResponse(503, {}, b"<?xml version='1.0'?><prestashop><errors><error><code>22</code><message>The PrestaShop "
                  b"webservice is disabled.</message></error></errors></prestashop>"), "service_disabled"),
    (HttpResponse(404, {}, b"<html>not here</html>"), "api_not_found"), (HttpResponse(200, {}, b"<html><p>"), "api_not_found"),
    (Unavailable("no answer"), "shop_unavailable"), (RECORDED["182"].response, "rights_missing")])  # fmt: skip
def test_what_is_wrong_is_named(shop: Shop, presta: PrestaShop, trouble: Any, code: str) -> None:
    shop.answers["GET", "/api/"] = [trouble]
    [finding] = presta.probe().missing
    assert finding.code == code
    if code == "rights_missing":
        assert "order_histories (GET, POST)" in finding.parameters["resources"]
        assert "products (PUT)" in finding.parameters["resources"]


def test_several_shops_want_a_choice(shop: Shop, presta: PrestaShop) -> None:
    shop.plays(RECORDED["001"])
    shops = "".join(f"<shop><id>{n}</id><name>Boutique {n}</name><active>1</active></shop>" for n in (1, 2))
    shop.answers["GET", "/api/shops"] = [prestashop_list("shops", shops)]
    [finding] = presta.probe().missing
    assert finding.code == "shop_not_chosen" and finding.parameters["shops"] == "1 = Boutique 1, 2 = Boutique 2"
    third = PrestaShop(prestashop_settings(credentials={"key": "A" * 32, "shop_id": "3"}), VirtualTime().clock)
    assert third.probe().missing[0].code == "shop_unknown"


def test_a_server_that_strips_the_key_gets_it_in_the_address(shop: Shop, presta: PrestaShop) -> None:
    shop.plays(RECORDED["176"])
    shop.answers["GET", "/api/orders"].append(RECORDED["160"].response)
    assert presta.list_orders(SINCE).items == ()
    calls = [request for request in shop.sent if urlsplit(request.url).path == "/api/orders"]
    assert [request.headers.get("Authorization", "")[:6] for request in calls] == ["Basic ", ""]
    assert asked(calls[1])["ws_key"] == "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    assert "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345" not in redacted(calls[1].url)


@pytest.mark.parametrize(("answer", "error"), [
    ("180", Unauthorised), ("181", Unauthorised), ("184", NotFound), ("077", Rejected), ("149", Unavailable),
    ("056", Rejected)])  # fmt: skip
def test_errors_by_status_and_prestashops_code(shop: Shop, presta: PrestaShop, answer: str, error: type[Exception]) -> None:
    shop.answers["GET", "/api/orders/7"] = [RECORDED[answer].response]
    with pytest.raises(error) as raised:
        presta.get_order("7")
    if error is NotFound:
        assert raised.value.is_object  # type: ignore[attr-defined]


def test_an_id_that_is_no_number_reaches_no_address(shop: Shop, presta: PrestaShop) -> None:
    with pytest.raises(NotFound):
        presta.get_order("7?display=full")
    assert not shop.sent


def test_a_spent_budget_is_nothing_of_the_shops(shop: Shop) -> None:
    def spent() -> None:
        raise OverBudget("spent")

    with pytest.raises(OverBudget):
        PrestaShop(prestashop_settings(admit=spent), VirtualTime().clock).probe()


# -- the ping ------------------------------------------------------------------------------------------------------------


def test_a_ping_says_which_order_and_nothing_else() -> None:
    body = b'{"id_order": 7, "at": "2026-11-24 05:16:48"}'
    assert verify(body, {"X-Comptoir-Signature": sign(body, "s")}, ["t", "s"])
    assert not verify(body, {"X-Comptoir-Signature": sign(body, "")}, [""])
    told = meaning({}, body)
    assert (told.external_id, told.has_body) == ("7", False)
    assert meaning({}, b'{"id_order": true}').external_id == meaning({}, b"[]").external_id == ""
