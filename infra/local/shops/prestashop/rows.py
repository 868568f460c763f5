"""A shop's documents as the rows of PrestaShop's resources: texts, multilingual fields as mappings, associations as lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from infra.local.shops.woocommerce import catalogue, order_lines
from infra.local.shops.woocommerce.core import Core
from infra.local.shops.woocommerce.order_pages import COUNTRIES
from infra.local.shops.woocommerce.shopper import TRACKING_KEY
from infra.local.shops.woocommerce.state import Document

Row = dict[str, Any]
ZERO, HUNDRED, CENT = Decimal(0), Decimal(100), Decimal("0.01")
FRANCE = 8
COUNTRY_IDS = {code: FRANCE if code == "FR" else 20 + n for n, code in enumerate(COUNTRIES)}
# id, status of the shop, name in French and English, mail, paid, shipped, logable, invoice.
STATES = (
    (1, "pending", "En attente du paiement par chèque", "Awaiting check payment", "cheque", 0, 0, 0, 0),
    (2, "processing", "Paiement accepté", "Payment accepted", "payment", 1, 0, 1, 1),
    (3, "processing", "En cours de préparation", "Processing in progress", "preparation", 1, 0, 1, 1),
    (4, "completed", "Expédié", "Shipped", "shipped", 1, 1, 1, 1),
    (5, "completed", "Livré", "Delivered", "", 1, 1, 1, 1),
    (6, "cancelled", "Annulé", "Canceled", "order_canceled", 0, 0, 0, 0),
    (7, "refunded", "Remboursé", "Refunded", "refund", 0, 0, 0, 1),
    (8, "failed", "Erreur de paiement", "Payment error", "payment_error", 0, 0, 0, 0),
    (10, "on-hold", "En attente de virement bancaire", "Awaiting bank wire payment", "bankwire", 0, 0, 0, 0),
)
STATUS_BY_STATE = {state[0]: state[1] for state in STATES}
FIRST_STATE = {status: next(state[0] for state in STATES if state[1] == status) for status in STATUS_BY_STATE.values()}


def six(value: Decimal) -> str:
    """An amount as PrestaShop writes it."""
    return str(value.quantize(Decimal("0.000001"), ROUND_HALF_UP))


def local(core: Core, gmt: str | None) -> str:
    """An instant of the shop in its own time, as PrestaShop writes dates."""
    return (core.local(gmt) or "0000-00-00T00:00:00").replace("T", " ")


def both(text_fr: str, text_en: str = "") -> dict[str, str]:
    """A multilingual text: 1 is French, 2 is English."""
    return {"1": text_fr, "2": text_en or text_fr}


# -- the shop itself -----------------------------------------------------------------------------------------------------


def configurations(core: Core) -> Iterable[Row]:
    """The settings that a program reads."""
    found = {"PS_TIMEZONE": core.config.time_zone, "PS_ROUND_TYPE": "2", "PS_PRICE_ROUND_MODE": "2", "PS_CURRENCY_DEFAULT": "1",
             "PS_LANG_DEFAULT": "1", "PS_TAX": "1", "PS_STOCK_MANAGEMENT": "1", "PS_OS_PAYMENT": "2", "PS_OS_PREPARATION": "3",
             "PS_OS_SHIPPING": "4", "PS_OS_DELIVERED": "5", "PS_OS_CANCELED": "6", "PS_OS_REFUND": "7", "PS_OS_ERROR": "8"}
    return [{"id": str(n), "name": name, "value": value} for n, (name, value) in enumerate(found.items(), start=1)]


def order_states(core: Core) -> Iterable[Row]:
    return [{"id": str(i), "paid": str(paid), "shipped": str(shipped), "logable": str(logable), "invoice": str(invoice),
             "delivery": str(shipped), "deleted": "0", "module_name": "", "name": both(fr, en), "template": both(mail)}
            for i, _, fr, en, mail, paid, shipped, logable, invoice in STATES]


def currencies(core: Core) -> Iterable[Row]:
    return [{"id": "1", "name": core.config.currency, "iso_code": core.config.currency, "precision": "2", "active": "1",
             "conversion_rate": "1.000000", "deleted": "0"}]


def taxes(core: Core) -> Iterable[Row]:
    return [{"id": str(rate.id), "rate": f"{rate.percent:.3f}", "active": "1", "deleted": "0", "name": both(rate.name)}
            for rate in core.rules.rates]


def countries(core: Core) -> Iterable[Row]:
    return [{"id": str(COUNTRY_IDS[code]), "iso_code": code, "name": both(*names)} for code, names in COUNTRIES.items()]


def carriers(core: Core) -> Iterable[Row]:
    return [{"id": str(method.instance_id), "name": method.title, "url": "", "active": "1", "deleted": "0",
             "is_free": "0" if method.cost else "1"} for method in core.config.shipping_methods]


def languages(core: Core) -> Iterable[Row]:
    return [{"id": "1", "name": "Français", "iso_code": "fr", "active": "1"},
            {"id": "2", "name": "English", "iso_code": "en", "active": "1"}]


def shops(core: Core) -> Iterable[Row]:
    return [{"id": "1", "id_shop_group": "1", "name": core.config.name, "active": "1", "deleted": "0"}]


# -- goods ---------------------------------------------------------------------------------------------------------------


def _percent(core: Core, product: Document) -> Decimal:
    tax_class = product["tax_class"]
    if tax_class == "parent":
        parent = core.state.get("product", product["parent_id"])
        tax_class = parent["tax_class"] if parent else ""
    rate = core.rules.rate_for(tax_class, core.rules.base_country)
    return rate.percent if rate else ZERO


def net_price(core: Core, product: Document) -> Decimal:
    """A price without tax, of the shop's price with tax."""
    return Decimal(product["regular_price"] or "0") * HUNDRED / (HUNDRED + _percent(core, product))


def gross_price(core: Core, product: Document, net: Decimal) -> str:
    """The shop's price with tax, of a price without."""
    return str((net * (HUNDRED + _percent(core, product)) / HUNDRED).quantize(CENT, ROUND_HALF_UP))


def _base(core: Core, product: Document) -> Decimal:
    """A product's own price: with combinations that of the cheapest, the others are impacts on it."""
    variations = catalogue.variations_of(core, product["id"])
    return min((net_price(core, each) for each in variations), default=net_price(core, product))


def products(core: Core) -> Iterable[Row]:
    for product in core.state.all("product"):
        if product["parent_id"] or product["status"] != "publish":
            continue
        variations = catalogue.variations_of(core, product["id"])
        yield {
            "id": str(product["id"]), "reference": product["sku"], "ean13": product.get("global_unique_id") or "",
            "price": six(_base(core, product)), "active": "1", "weight": product["weight"] or "0.000000",
            "id_tax_rules_group": "1", "cache_is_pack": "0", "advanced_stock_management": "0", "manufacturer_name": "",
            "quantity": "0", "date_upd": local(core, product["date_modified_gmt"]),
            "name": both(product["name"], product.get("name_en") or ""),
            "link_rewrite": both(product["slug"]),
            "associations": {"combinations": [("combination", {"id": str(each["id"])}) for each in variations]},
        }  # fmt: skip


def combinations(core: Core) -> Iterable[Row]:
    for product in core.state.all("product"):
        parent = core.state.get("product", product["parent_id"]) if product["parent_id"] else None
        if parent is not None:
            yield {
                "id": str(product["id"]), "id_product": str(parent["id"]), "reference": product["sku"],
                "ean13": product.get("global_unique_id") or "", "minimal_quantity": "1", "weight": "0.000000",
                "price": six(net_price(core, product) - _base(core, parent)),
                "associations": {"product_option_values": [("product_option_value", {"id": str(product["id"])})]},
            }  # fmt: skip


def product_option_values(core: Core) -> Iterable[Row]:
    for product in core.state.all("product"):
        if product["parent_id"]:
            option = ", ".join(each["option"] for each in product["attributes"])
            yield {"id": str(product["id"]), "name": both(option)}


def stock_availables(core: Core) -> Iterable[Row]:
    for product in core.state.all("product"):
        if product["type"] not in ("simple", "variable", "variation"):
            continue
        parts = catalogue.variations_of(core, product["id"]) or [product]
        parent = product["parent_id"]
        yield {
            "id": str(product["id"]), "id_product": str(parent or product["id"]),
            "id_product_attribute": str(product["id"] if parent else 0), "id_shop": "1", "id_shop_group": "0",
            "quantity": str(sum(int(each["stock_quantity"] or 0) for each in parts)), "depends_on_stock": "0",
            "out_of_stock": "2",
        }  # fmt: skip


def specific_prices(core: Core) -> Iterable[Row]:
    return [{"id": str(each["id"]), "id_shop_group": "0", "id_specific_price_rule": "0", **each["fields"]}
            for each in core.state.all("special")]


# -- orders --------------------------------------------------------------------------------------------------------------


def _lines(order: Document) -> list[tuple[Document, Decimal, Decimal, list[int]]]:
    """Line, amount with and without tax before discount, rate ids."""
    found = []
    for line in order["line_items"]:
        amounts = order_lines.read_amounts(line)
        net = amounts.subtotal.quantize(CENT, ROUND_HALF_UP)
        gross = (amounts.subtotal + sum(amounts.subtotal_taxes.values(), ZERO)).quantize(CENT, ROUND_HALF_UP)
        found.append((line, gross, net, [rate for rate, tax in amounts.subtotal_taxes.items() if tax]))
    return found


def _sums(order: Document) -> dict[str, Decimal]:
    lines = _lines(order)
    products, products_net = sum((each[1] for each in lines), ZERO), sum((each[2] for each in lines), ZERO)
    ship_net = Decimal(order["shipping_total"])
    ship, total = ship_net + Decimal(order["shipping_tax"]), Decimal(order["total"])
    net = total - Decimal(order["total_tax"])
    return {"products_wt": products, "products": products_net, "shipping_tax_incl": ship, "shipping_tax_excl": ship_net,
            "paid_tax_incl": total, "paid_tax_excl": net, "discounts_tax_incl": products + ship - total,
            "discounts_tax_excl": products_net + ship_net - net}


def state_of(order: Document) -> int:
    """The order's state of PrestaShop: the one that was set, if it still says what the order is."""
    chosen = int(order.get("state_id", 0))
    return chosen if STATUS_BY_STATE.get(chosen) == order["status"] else FIRST_STATE.get(order["status"], 1)


def reference_of(order: Document) -> str:
    """Nine capitals, as PrestaShop gives orders."""
    number, letters = int(order["id"]) * 7919 + 104_729, ""
    for _ in range(9):
        number, digit = divmod(number * 31 + 17, 26)
        letters += chr(65 + digit)
    return letters


def orders(core: Core) -> Iterable[Row]:
    for order in core.state.all("order"):
        if order["status"] in ("auto-draft", "checkout-draft", "trash"):
            continue
        sums, own = _sums(order), str(order["id"])
        paid = sums["paid_tax_incl"] if order["date_paid_gmt"] else ZERO
        yield {
            "id": own, "id_address_delivery": own, "id_address_invoice": own, "id_cart": own, "id_currency": "1",
            "id_lang": "1", "id_customer": own, "id_carrier": _carrier(order), "current_state": str(state_of(order)),
            "module": "ps_wirepayment" if order["payment_method"] == "bacs" else "ps_checkout",
            "payment": order["payment_method_title"], "valid": "1" if order["date_paid_gmt"] else "0",
            "invoice_date": local(core, order["date_paid_gmt"]), "date_add": local(core, order["date_created_gmt"]),
            "date_upd": local(core, order["date_modified_gmt"]), "reference": reference_of(order), "id_shop": "1",
            "id_shop_group": "1",
            "conversion_rate": "1.000000", "gift_message": order["customer_note"],
            "carrier_tax_rate": _shipping_rate(core, order), "total_paid": six(sums["paid_tax_incl"]),
            "total_paid_real": six(paid),
            "total_shipping": six(sums["shipping_tax_incl"]), "total_discounts": six(sums["discounts_tax_incl"]),
            "total_wrapping": "0.000000", "total_wrapping_tax_incl": "0.000000", "total_wrapping_tax_excl": "0.000000",
            **{f"total_{name}": six(value) for name, value in sums.items()}, "round_mode": "2", "round_type": "2",
            "associations": {"order_rows": [("order_row", row) for row in _details_of(order)]},
        }  # fmt: skip


def _carrier(order: Document) -> str:
    """The id of the order's carrier; 0 where nothing is carried."""
    return str(order["shipping_lines"][0].get("instance_id") or "0") if order["shipping_lines"] else "0"


def _shipping_rate(core: Core, order: Document) -> str:
    taxed = [rate for rate, _, shipping in order["by_rate"] if Decimal(shipping)]
    return next((f"{rate.percent:.3f}" for rate in core.rules.rates if taxed and rate.id == taxed[0]), "0.000")


def _details_of(order: Document) -> Iterable[Row]:
    for line, gross, net, rates in _lines(order):
        yield {
            "id": str(line["id"]), "id_order": str(order["id"]), "product_id": str(line["product_id"]),
            "product_attribute_id": str(line["variation_id"] or 0), "product_quantity": str(line["quantity"]),
            "product_name": line["name"], "product_reference": line["sku"] or "", "product_ean13": "",
            "product_price": six(net / line["quantity"]), "unit_price_tax_incl": six(gross / line["quantity"]),
            "unit_price_tax_excl": six(net / line["quantity"]), "total_price_tax_incl": six(gross),
            "total_price_tax_excl": six(net), "ecotax": "0.000000", "ecotax_tax_rate": "0.000", "id_tax_rules_group": "1",
            "associations": {"taxes": [("tax", {"id": str(rate)}) for rate in rates]},
        }  # fmt: skip


def order_details(core: Core) -> Iterable[Row]:
    return [row for order in core.state.all("order") for row in _details_of(order)]


def order_cart_rules(core: Core) -> Iterable[Row]:
    for order in core.state.all("order"):
        sums = _sums(order)
        if order["coupon_lines"] and sums["discounts_tax_incl"]:
            yield {"id": str(order["id"]), "id_order": str(order["id"]), "name": order["coupon_lines"][0]["code"],
                   "value": six(sums["discounts_tax_incl"]), "value_tax_excl": six(sums["discounts_tax_excl"]),
                   "free_shipping": "0"}


def order_payments(core: Core) -> Iterable[Row]:
    return [{"id": str(order["id"]), "order_reference": reference_of(order), "amount": order["total"], "transaction_id": "",
             "payment_method": order["payment_method_title"], "date_add": local(core, order["date_paid_gmt"])}
            for order in core.state.all("order") if order["date_paid_gmt"]]


def order_histories(core: Core) -> Iterable[Row]:
    return [{"id": str(row["id"]), "id_order": str(row["order_id"]), "id_order_state": str(row["state_id"]), "id_employee": "0",
             "date_add": local(core, row["date_gmt"])} for row in core.state.all("history")]


def parcels_of(order: Document) -> list[Document]:
    """What the shop's pages show of parcels, kept with the order."""
    return next((list(entry["value"]) for entry in order["meta_data"] if entry["key"] == TRACKING_KEY), [])


def order_carriers(core: Core) -> Iterable[Row]:
    for order in core.state.all("order"):
        sums = _sums(order)
        for n, parcel in enumerate(parcels_of(order) or [{}]):
            costs = {name: six(ZERO if n else sums[name]) for name in ("shipping_tax_incl", "shipping_tax_excl")}
            yield {"id": str(order["id"] * 100 + n), "id_order": str(order["id"]), "id_order_invoice": "0",
                   "weight": "0.000000", "id_carrier": _carrier(order), "shipping_cost_tax_incl": costs["shipping_tax_incl"],
                   "shipping_cost_tax_excl": costs["shipping_tax_excl"],
                   "tracking_number": parcel.get("tracking_number", ""), "date_add": local(core, order["date_created_gmt"])}


def order_slip(core: Core) -> Iterable[Row]:
    for slip in core.state.all("slip"):
        at = local(core, slip["date_gmt"])
        details = [("order_slip_detail", {**each, "id": str(n)}) for n, each in enumerate(slip["details"], start=1)]
        yield {**slip["fields"], "id": str(slip["id"]), "id_order": str(slip["order_id"]), "date_add": at, "date_upd": at,
               "associations": {"order_slip_details": details}}


def customers(core: Core) -> Iterable[Row]:
    return [{"id": str(o["id"]), "email": o["billing"]["email"], "firstname": o["billing"]["first_name"],
             "lastname": o["billing"]["last_name"], "company": o["billing"]["company"], "siret": "", "is_guest": "1"}
            for o in core.state.all("order")]


def addresses(core: Core) -> Iterable[Row]:
    for order in core.state.all("order"):
        found = order["shipping"] if order["shipping"]["city"] else order["billing"]
        yield {"id": str(order["id"]), "id_customer": str(order["id"]), "firstname": found["first_name"],
               "lastname": found["last_name"], "company": found["company"], "address1": found["address_1"],
               "address2": found["address_2"], "postcode": found["postcode"], "city": found["city"],
               "id_country": str(COUNTRY_IDS.get(found["country"], FRANCE)), "phone": order["billing"].get("phone", ""),
               "phone_mobile": "", "vat_number": "", "deleted": "0"}


RESOURCES: dict[str, tuple[str, Callable[[Core], Iterable[Row]]]] = {
    "addresses": ("address", addresses), "carriers": ("carrier", carriers), "combinations": ("combination", combinations),
    "configurations": ("configuration", configurations), "countries": ("country", countries),
    "currencies": ("currency", currencies), "customers": ("customer", customers), "languages": ("language", languages),
    "order_carriers": ("order_carrier", order_carriers), "order_cart_rules": ("order_cart_rule", order_cart_rules),
    "order_details": ("order_detail", order_details), "order_histories": ("order_history", order_histories),
    "order_payments": ("order_payment", order_payments), "order_slip": ("order_slip", order_slip),
    "order_states": ("order_state", order_states), "orders": ("order", orders),
    "product_option_values": ("product_option_value", product_option_values), "products": ("product", products),
    "shops": ("shop", shops), "specific_prices": ("specific_price", specific_prices),
    "stock_availables": ("stock_available", stock_availables), "taxes": ("tax", taxes),
}  # fmt: skip
COLLECTIONS = {"order_slip": "order_slips"}
"""Where the element around a list has another name than the resource."""
READ_ONLY = {"products": frozenset({"manufacturer_name", "quantity"})}
WRITABLE = {"stock_availables": "put", "products": "put", "combinations": "put", "order_carriers": "put post",
            "order_histories": "post", "order_slip": "post", "specific_prices": "put post delete"}
