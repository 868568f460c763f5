"""PrestaShop's XML web service over a demo shop: who may call, what is asked, what is changed, and its own errors."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from defusedxml.ElementTree import ParseError, fromstring

from infra.local.shops.prestashop.rows import (
    COLLECTIONS,
    READ_ONLY,
    RESOURCES,
    STATUS_BY_STATE,
    WRITABLE,
    Row,
    gross_price,
    net_price,
    parcels_of,
)
from infra.local.shops.woocommerce import catalogue, orders
from infra.local.shops.woocommerce.core import Core
from infra.local.shops.woocommerce.rest import Answer
from infra.local.shops.woocommerce.shopper import TRACKING_KEY

XML = (("Content-Type", "text/xml;charset=utf-8"), ("PSWS-Version", "8.2.0"))
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<prestashop xmlns:xlink="http://www.w3.org/1999/xlink">\n'
DATES = frozenset({"date_upd", "date_add"})


class Refused(Exception):
    """An error of the web service: HTTP status, PrestaShop's code, its sentence."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Service:
    """The `/api` of one shop, open to one key."""

    def __init__(self, core: Core, key: str) -> None:
        self._core = core
        self.key = key
        self._writers: dict[tuple[str, str], Callable[[Row], str]] = {
            ("PUT", "stock_availables"): self._put_stock, ("PUT", "products"): self._put_price,
            ("PUT", "combinations"): self._put_price, ("PUT", "order_carriers"): self._put_carrier,
            ("POST", "order_carriers"): self._post_carrier, ("POST", "order_histories"): self._post_history,
            ("POST", "order_slip"): self._post_slip, ("POST", "specific_prices"): self._write_special,
            ("PUT", "specific_prices"): self._write_special,
        }  # fmt: skip

    def answer(self, method: str, path: str, query: Mapping[str, str], body: bytes, authorisation: str) -> Answer:
        """Answer one request; `path` is under `/api/`."""
        given = query.get("ws_key", "") or _user_of(authorisation)
        if not given:
            return Answer(401, (("Content-Type", "text/plain"), ("WWW-Authenticate", "Basic")), b"401 Unauthorized")
        try:
            if given != self.key:
                raise Refused(401, 20, "Authentification key is not active")
            with self._core.state.change():
                return self._dispatch(method, path.strip("/"), query, body)
        except Refused as refused:
            error = f"<code><![CDATA[{refused.code}]]></code><message><![CDATA[{refused.message}]]></message>"
            return Answer(refused.status, XML, _document(f"<errors><error>{error}</error></errors>"))

    def _dispatch(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> Answer:
        if not path:
            return Answer(200, XML, _document(self._index()))
        resource, _, own_id = path.partition("/")
        if resource not in RESOURCES:
            raise Refused(400, 27, f'Resource of type "{resource}" does not exists.')
        if method == "GET":
            return self._read(resource, own_id, query)
        if method.lower() not in WRITABLE.get(resource, "").split():
            raise Refused(405, 101, f"Method {method} is not allowed for the resource {resource}")
        if method == "DELETE":
            self._core.state.delete("special", int(self._row(resource, own_id)["id"]))
            return Answer(200, (("PSWS-Version", "8.2.0"),), b"")
        fields = _fields(body, RESOURCES[resource][0])
        if method == "PUT" and not (fields.get("id") and (not own_id or own_id == fields["id"])):
            raise Refused(400, 90, "id is required when modifying a resource")
        for name in READ_ONLY.get(resource, frozenset()) & fields.keys():
            raise Refused(400, 93, f'parameter "{name}" not writable. Please remove this attribute of this XML')
        written = self._writers[method, resource](fields)
        status = 201 if method == "POST" else 200
        return Answer(status, XML, self._one(resource, self._row(resource, written)))

    def _index(self) -> str:
        def entry(name: str) -> str:
            open_to = ["get", *WRITABLE.get(name, "").split()]
            rights = "".join(f' {verb}="{str(verb in open_to).lower()}"' for verb in ("get", "put", "post", "delete"))
            return f'<{name} xlink:href="{self._core.base_url}/api/{name}"{rights}/>'
        return f'<api shopName="{escape(self._core.config.name)}">{"".join(map(entry, RESOURCES))}</api>'

    # -- reading ---------------------------------------------------------------------------------------------------

    def _row(self, resource: str, own_id: str) -> Row:
        found = next((row for row in RESOURCES[resource][1](self._core) if row["id"] == own_id), None)
        if found is None:
            raise Refused(404, 0, "")
        return found

    def _read(self, resource: str, own_id: str, query: Mapping[str, str]) -> Answer:
        singular, rows = RESOURCES[resource]
        if query.get("schema") in ("synopsis", "blank"):
            return Answer(200, XML, _document(self._schema(resource)))
        if own_id:
            try:
                return Answer(200, XML, self._one(resource, self._row(resource, own_id)))
            except Refused:
                return Answer(404, (("PSWS-Version", "8.2.0"),), b"")
        found = [row for row in rows(self._core) if _fits(row, query)]
        for field, order in re.findall(r"(\w+)_(ASC|DESC)", query.get("sort", ""))[::-1]:
            found.sort(key=lambda row, f=field: (int(row[f]), "") if f == "id" else (0, str(row.get(f, ""))),  # type: ignore[misc]
                       reverse=order == "DESC")
        start, _, count = query.get("limit", "0,100000").rpartition(",")
        found = found[int(start or 0):][: int(count)]
        display = query.get("display", "")
        if display == "full":
            shown = "".join(_element(singular, row) for row in found)
        elif display:
            names = display.strip("[]").split(",")
            shown = "".join(_element(singular, {n: row[n] for n in names if n in row}) for row in found)
        else:
            shown = "".join(f'<{singular} id="{row["id"]}"/>' for row in found)
        around = COLLECTIONS.get(resource, resource)
        return Answer(200, XML, _document(f"<{around}>{shown}</{around}>"))

    def _one(self, resource: str, row: Row) -> bytes:
        return _document(_element(RESOURCES[resource][0], row))

    def _schema(self, resource: str) -> str:
        singular, rows = RESOURCES[resource]
        sample = next(iter(rows(self._core)), {"id": ""})
        closed = READ_ONLY.get(resource, frozenset())
        marks = {name: ' read_only="true"' if name in closed else "" for name in sample if name not in ("id", "associations")}
        fields = "".join(f"<{name}{mark}/>" for name, mark in marks.items())
        return f"<{singular}>{fields}</{singular}>"

    # -- writing ---------------------------------------------------------------------------------------------------

    def _product(self, own_id: str) -> dict[str, Any]:
        found = self._core.state.get("product", int(own_id)) if own_id.isdecimal() else None
        if found is None:
            raise Refused(404, 0, "")
        return found

    def _put_stock(self, fields: Row) -> str:
        for name in ("id_product", "id_product_attribute", "depends_on_stock", "out_of_stock"):
            if name not in fields:
                raise Refused(400, 41, f'parameter "{name}" required')
        product = self._product(fields["id"])
        try:
            product["stock_quantity"] = int(fields["quantity"])
        except (KeyError, ValueError):
            raise Refused(400, 49, 'Validation error: "Property StockAvailable->quantity is not valid"') from None
        product["stock_status"] = catalogue.stock_status(product["stock_quantity"], product["backorders"])
        catalogue.save_product(self._core, product)
        return str(fields["id"])

    def _put_price(self, fields: Row) -> str:
        product = self._product(fields["id"])
        price = _decimal(fields.get("price", ""))
        if product["parent_id"]:
            parent = self._row("products", str(product["parent_id"]))
            price += Decimal(parent["price"])
        elif not fields.get("link_rewrite"):
            raise Refused(400, 85, 'Validation error: "Property Product->link_rewrite is empty"')
        if abs(price - net_price(self._core, product)) > Decimal("0.000001"):
            product["regular_price"] = gross_price(self._core, product, price)
            product["price"] = product["regular_price"]
        catalogue.save_product(self._core, product)
        return str(fields["id"])

    def _write_special(self, fields: Row) -> str:
        """A specific price: of those, this shop sells by the ones that are a price for everybody."""
        for name in ("id_shop", "id_cart", "id_product", "id_currency", "id_country", "id_group", "id_customer", "price",
                     "from_quantity", "reduction", "reduction_tax", "reduction_type"):
            if name not in fields:
                raise Refused(400, 41, f'parameter "{name}" required')
        sold = self._product(fields["id_product_attribute"] if fields.get("id_product_attribute", "0") != "0"
                             else fields["id_product"])
        kept = {name: value for name, value in fields.items() if name != "id"}
        special = {"id": int(fields.get("id") or self._core.new_id("meta")), "product_id": sold["id"], "fields": kept,
                   "from_quantity": int(fields["from_quantity"]),
                   "gross": gross_price(self._core, sold, _decimal(fields["price"]))}
        self._core.state.put("special", special)
        return str(special["id"])

    def _order(self, own_id: str) -> dict[str, Any]:
        found = self._core.state.get("order", int(own_id)) if own_id.isdecimal() else None
        if found is None:
            raise Refused(404, 0, "")
        return found

    def _put_carrier(self, fields: Row) -> str:
        return self._note_parcel(fields, int(fields["id"]) % 100)

    def _post_carrier(self, fields: Row) -> str:
        return self._note_parcel(fields, len(parcels_of(self._order(fields.get("id_order", "")))))

    def _note_parcel(self, fields: Row, place: int) -> str:
        """Note a tracking number where the storefront shows it; neither moves the order's date."""
        order = self._order(fields.get("id_order", ""))
        titles = {str(method.instance_id): method.title for method in self._core.config.shipping_methods}
        carrier = titles.get(fields.get("id_carrier", ""), "")
        parcels = parcels_of(order)
        entry = {"custom_tracking_provider": carrier, "tracking_number": fields.get("tracking_number", "")}
        parcels[place : place + 1] = [entry]
        order["meta_data"] = self._core.meta(order["meta_data"], [{"key": TRACKING_KEY, "value": parcels}])
        self._core.state.put("order", order)
        return str(order["id"] * 100 + place)

    def _post_history(self, fields: Row) -> str:
        order, state_id = self._order(fields.get("id_order", "")), int(fields.get("id_order_state") or 0)
        if state_id not in STATUS_BY_STATE:
            raise Refused(500, 2, "Internal server error")
        order["state_id"] = state_id
        orders.set_status(self._core, order, STATUS_BY_STATE[state_id])
        row = {"id": self._core.new_id("meta"), "order_id": order["id"], "state_id": state_id, "date_gmt": self._core.now()}
        self._core.state.put("history", row)
        return str(row["id"])

    def _post_slip(self, fields: Row) -> str:
        """A credit slip: the order's date and lines do not know it."""
        order = self._order(fields.get("id_order", ""))
        amounts = ("total_products_tax_excl", "total_products_tax_incl", "total_shipping_tax_excl", "total_shipping_tax_incl")
        for name in (*amounts, "id_customer", "conversion_rate"):
            if name not in fields:
                raise Refused(400, 41, f'parameter "{name}" required')
        kept = {name: value for name, value in fields.items() if name != "associations"}
        details = fields.get("associations", {}).get("order_slip_details", [])
        slip = {"id": self._core.new_id("meta"), "order_id": order["id"], "date_gmt": self._core.now(), "fields": kept,
                "details": details}
        self._core.state.put("slip", slip)
        return str(slip["id"])


def _user_of(authorisation: str) -> str:
    """The user of Basic authentication: PrestaShop's key."""
    try:
        return base64.b64decode(authorisation.removeprefix("Basic "), validate=True).decode().partition(":")[0]
    except ValueError:
        return ""


def _fits(row: Row, query: Mapping[str, str]) -> bool:
    """Whether a row passes the filters: [a|b] one of, [a,b] from to, >[a] above."""
    for name, wanted in query.items():
        if not (match := re.fullmatch(r"filter\[(\w+)\]", name)):
            continue
        field = match[1]
        if field in DATES and query.get("date") != "1":
            raise Refused(400, 32, "Dates need date=1")
        value = str(row.get(field, ""))
        if field not in row:
            raise Refused(400, 31, f"This filter does not exist for this linked table: {field}")
        if wanted.startswith(">"):
            fits = value > wanted.strip(">[]")
        elif "," in wanted:
            low, high = wanted.strip("[]").split(",", 1)
            fits = low <= value <= high
        else:
            fits = value in wanted.strip("[]").split("|")
        if not fits:
            return False
    return True


def _document(inner: str) -> bytes:
    return f"{HEAD}{inner}\n</prestashop>\n".encode()


def _text(value: object) -> str:
    return f"<![CDATA[{str(value).replace(']]>', ']]]]><![CDATA[>')}]]>" if value != "" else ""


def _element(name: str, row: Row) -> str:
    parts = []
    for field, value in row.items():
        if field == "associations":
            kinds = "".join(
                f"<{kind}>{''.join(_element(*entry) for entry in entries)}</{kind}>" for kind, entries in value.items())
            parts.append(f"<associations>{kinds}</associations>")
        elif isinstance(value, dict):
            texts = "".join(f'<language id="{language}">{_text(text)}</language>' for language, text in value.items())
            parts.append(f"<{field}>{texts}</{field}>")
        else:
            parts.append(f"<{field}>{_text(value)}</{field}>")
    return f"<{name}>{''.join(parts)}</{name}>\n"


def _fields(body: bytes, singular: str) -> Row:
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, ValueError):
        raise Refused(500, 127, "XML error : String could not be parsed as XML") from None
    found = root.find(singular)
    if found is None:
        raise Refused(400, 84, "No resource in the document")
    fields: Row = {}
    for child in found:
        if child.tag == "associations":
            fields["associations"] = {kind.tag: [{f.tag: f.text or "" for f in entry} for entry in kind] for kind in child}
        elif len(child):
            fields[child.tag] = {each.get("id", ""): each.text or "" for each in child}
        else:
            fields[child.tag] = child.text or ""
    return fields


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Refused(400, 49, 'Validation error: "Property Product->price is not valid"') from None
