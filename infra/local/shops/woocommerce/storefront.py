"""The storefront's paths and forms. The cart lives in a cookie, so the shop keeps nothing about visitors."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from html import escape
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from infra.local.shops.woocommerce import catalogue, order_lines, order_pages, orders, pages, pictures
from infra.local.shops.woocommerce.config import Coupon, ShippingMethod
from infra.local.shops.woocommerce.core import Core
from infra.local.shops.woocommerce.errors import RestError
from infra.local.shops.woocommerce.orders import CartLine, NotAvailable, Quote
from infra.local.shops.woocommerce.pages import Card, CartRow, Choice, Look
from infra.local.shops.woocommerce.render_products import variation_name
from infra.local.shops.woocommerce.rest import Answer
from infra.local.shops.woocommerce.shopper import DEMO_CUSTOMER, gross, order_view, sums_of
from infra.local.shops.woocommerce.state import Document
from infra.local.shops.woocommerce.texts import LANGUAGES, text
from infra.local.shops.woocommerce.totals import ZERO, price_line, round_cent
from infra.local.shops.woocommerce.webhooks import to_json

Form = dict[str, str]
HTML = ("Content-Type", "text/html; charset=utf-8")
POLICY = (
    ("Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; form-action 'self'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
)
MOST_PIECES = 99
STATIC = Path(__file__).parent / "static"
ADDRESS = ("first_name", "last_name", "company", "address_1", "city", "postcode", "country")


class Visit:
    """One request of a visitor: language, cart and form, read from cookies and body."""

    def __init__(self, core: Core, path: str, query: Form, body: bytes, cookies: str) -> None:
        jar: SimpleCookie = SimpleCookie()
        try:
            jar.load(cookies)
        except CookieError:
            jar = SimpleCookie()
        values = {name: morsel.value for name, morsel in jar.items()}
        language = values.get("lang", "fr")
        self.core = core
        self.path = path
        self.query = query
        self.form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        self.language = language if language in LANGUAGES else "fr"
        self.cart = self._read_cart(values.get("cart", ""))

    def _read_cart(self, stored: str) -> dict[int, int]:
        """Read "101:2.103:1"; what no longer exists is left out."""
        cart: dict[int, int] = {}
        for product_id, quantity in re.findall(r"(\d{1,9}):(\d{1,2})", stored):
            product = self.core.state.get("product", int(product_id))
            if product and product["status"] == "publish" and int(quantity):
                cart[int(product_id)] = int(quantity)
        return cart

    @property
    def look(self) -> Look:
        """What the pages need."""
        return Look(self.core.config, self.language, sum(self.cart.values()), self.path)

    @property
    def lines(self) -> list[CartLine]:
        """The cart as the core takes it."""
        return [CartLine(product_id, quantity) for product_id, quantity in self.cart.items()]

    def cart_cookie(self) -> tuple[str, str]:
        """Return the header that keeps the cart."""
        stored = ".".join(f"{product_id}:{quantity}" for product_id, quantity in self.cart.items())
        return ("Set-Cookie", f"cart={stored}; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800")


def html(body: bytes, *headers: tuple[str, str], status: int = 200) -> Answer:
    """Return a page."""
    return Answer(status, (HTML, *POLICY, ("Cache-Control", "no-store"), *headers), body)


def redirect(path: str, *headers: tuple[str, str]) -> Answer:
    """Send the browser to a path of this shop after a form."""
    return Answer(303, (("Location", path), *headers), b"")


class Storefront:
    """Answers everything that is not REST."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._fixed = {
            "/style.css": ("text/css; charset=utf-8", (STATIC / "style.css").read_bytes()),
            "/shop.js": ("text/javascript; charset=utf-8", (STATIC / "shop.js").read_bytes()),
        }
        self._pages: dict[tuple[str, str], Callable[[Visit], Answer]] = {
            ("GET", "/"): self._home,
            ("GET", "/cart"): self._cart,
            ("POST", "/cart/add"): self._add,
            ("POST", "/cart/update"): self._update,
            ("GET", "/checkout"): self._checkout,
            ("POST", "/checkout"): self._order,
            ("GET", "/track"): lambda visit: html(order_pages.track(visit.look, "")),
            ("POST", "/track"): self._track,
            ("GET", "/lang"): self._language,
            ("GET", "/stock.json"): self._stock,
        }

    def answer(self, method: str, path: str, query: Form, body: bytes, cookies: str) -> Answer:
        """Answer one request; an unknown path is a friendly 404."""
        method = "GET" if method == "HEAD" else method
        if path in self._fixed:
            kind, content = self._fixed[path]
            return Answer(200, (("Content-Type", kind), ("Cache-Control", "max-age=60")), content)
        visit = Visit(self._core, path, query, body, cookies)
        handler = self._pages.get((method, path))
        if handler:
            return handler(visit)
        if method == "GET":
            for pattern, reader in (
                (r"/product/([\w-]+)/?", self._product),
                (r"/media/([\w-]+)\.svg", self._picture),
            ):
                if matched := re.fullmatch(pattern, path):
                    return reader(visit, matched[1])
            if matched := re.fullmatch(r"/order/(\d+)/(wc_order_\w+)(/state\.json)?", path):
                return self._order_page(visit, int(matched[1]), matched[2], bool(matched[3]))
            if path == "/icon.svg":
                return Answer(200, (("Content-Type", "image/svg+xml"),), self._icon(visit))
        return html(pages.message(visit.look, visit.look.say("page_missing")), status=404)

    def _icon(self, visit: Visit) -> bytes:
        return pages.logo(visit.look).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).encode()

    def _sellable(self) -> list[Document]:
        kinds = ("simple", "variable")
        return [each for each in self._core.state.all("product") if each["status"] == "publish" and each["type"] in kinds]

    def _choice(self, product: Document) -> Choice:
        core = self._core

        def shown(quantity: int) -> Decimal:
            goods = replace(order_lines.goods_of(core, product, quantity), quantity=1)
            amounts = price_line(goods, ZERO, core.rules, core.rules.base_country)
            return round_cent(amounts.total + sum(amounts.total_taxes.values(), ZERO))

        label = variation_name(product) if product["parent_id"] else ""
        steps = (int(each["from_quantity"]) for each in order_lines.breaks_of(core, product))
        return Choice(product["id"], product["sku"], label, shown(1), catalogue.available(core, product),
                      tuple((quantity, shown(quantity)) for quantity in steps))

    def _card(self, product: Document, language: str) -> Card:
        english = language == "en"
        sold = catalogue.variations_of(self._core, product["id"]) if product["type"] == "variable" else [product]
        name = product["name_en"] if english and product["name_en"] else product["name"]
        description = product["text_en"] if english and product["text_en"] else product["short_description"]
        return Card(product["slug"], name, description, tuple(self._choice(each) for each in sold))

    def _home(self, visit: Visit) -> Answer:
        products = self._sellable()
        cards = [card for product in products if (card := self._card(product, visit.language)).choices]
        shape = visit.core.config.hero
        drawn = [each["slug"] for each in products if each["picture"] and each["picture"]["shape"] == shape]
        hero = drawn[0] if drawn else cards[0].slug if cards else ""
        return html(pages.home(visit.look, cards, hero))

    def _by_slug(self, slug: str) -> Document | None:
        return next((each for each in self._sellable() if each["slug"] == slug), None)

    def _product(self, visit: Visit, slug: str) -> Answer:
        product = self._by_slug(slug)
        card = self._card(product, visit.language) if product else None
        if card is None or not card.choices:
            return html(pages.message(visit.look, visit.look.say("page_missing")), status=404)
        open_choices = [each for each in card.choices if each.left is None or each.left > 0] or list(card.choices)
        return html(pages.product(visit.look, card, open_choices[0].product_id))

    def _picture(self, visit: Visit, slug: str) -> Answer:
        product = self._by_slug(slug)
        plain = {"shape": "entremets", "layers": ["#f1d9b5", "#8c5a3c", "#f6ecd9"], "background": "#f3ede4",
                 "garnish": visit.core.config.accent}  # fmt: skip
        picture = (product or {}).get("picture") or plain
        drawing = pictures.draw(picture, product["name"] if product else slug).encode()
        return Answer(200, (("Content-Type", "image/svg+xml"), ("Cache-Control", "max-age=3600")), drawing)

    def _stock(self, visit: Visit) -> Answer:
        sold = [each for each in visit.core.state.all("product") if each["type"] in ("simple", "variation") and each["sku"]]
        left = {each["sku"]: catalogue.available(visit.core, each) for each in sold}
        return Answer(200, (("Content-Type", "application/json"), ("Cache-Control", "no-store")), to_json(left))

    def _language(self, visit: Visit) -> Answer:
        chosen = "en" if visit.query.get("to") == "en" else "fr"
        back = visit.query.get("back", "/")
        local = back if re.fullmatch(r"/[\w/-]*", back) and not back.startswith("//") else "/"
        return redirect(local, ("Set-Cookie", f"lang={chosen}; Path=/; SameSite=Lax; Max-Age=31536000"))

    def _add(self, visit: Visit) -> Answer:
        product = visit.core.state.get("product", _number(visit.form.get("id"), 0))
        if product is None or product["type"] not in ("simple", "variation"):
            return html(pages.message(visit.look, visit.look.say("page_missing")), status=404)
        added = max(1, _number(visit.form.get("quantity"), 1))
        visit.cart[product["id"]] = min(MOST_PIECES, visit.cart.get(product["id"], 0) + added)
        return redirect("/cart", visit.cart_cookie())

    def _update(self, visit: Visit) -> Answer:
        product_id = _number(visit.form.get("id"), 0)
        quantity = 0 if "remove" in visit.form else _number(visit.form.get("quantity"), 0)
        if product_id in visit.cart:
            visit.cart[product_id] = min(MOST_PIECES, max(0, quantity))
        visit.cart = {key: pieces for key, pieces in visit.cart.items() if pieces}
        return redirect("/cart", visit.cart_cookie())

    def _quote(self, visit: Visit, country: str, method: ShippingMethod, coupon: Coupon | None) -> Quote:
        return orders.quote(visit.core, visit.lines, country, method, coupon)

    def _rows(self, visit: Visit, quote: Quote) -> list[CartRow]:
        rows = []
        for product, quantity, _, amounts in quote.lines:
            shown = visit.core.state.get("product", product["parent_id"]) if product["parent_id"] else product
            card = self._card(shown or product, visit.language)
            amount = gross(amounts)
            rows.append(CartRow(self._choice(product), card.slug, card.name, quantity, amount))
        return rows

    def _methods(self, country: str) -> list[ShippingMethod]:
        methods = self._core.config.shipping_methods
        return [each for each in methods if country in each.countries] or [each for each in methods if not each.countries]

    def _cart(self, visit: Visit, problem: str = "") -> Answer:
        if not visit.cart:
            return html(pages.cart(visit.look, [], None, problem), visit.cart_cookie())
        country = visit.core.rules.base_country
        quote = self._quote(visit, country, self._methods(country)[0], None)
        return html(pages.cart(visit.look, self._rows(visit, quote), sums_of(quote), problem))

    def _checkout(self, visit: Visit, values: Mapping[str, str] = DEMO_CUSTOMER, problem: str = "") -> Answer:
        if not visit.cart:
            return redirect("/cart")
        country = values.get("country", "FR")
        country = country if country in order_pages.COUNTRIES else "FR"
        methods = self._methods(country)
        coupon = orders.find_coupon(visit.core, values.get("coupon", ""))
        if values.get("coupon") and coupon is None:
            problem = problem or visit.look.say("coupon_bad")
        quote = self._quote(visit, country, _chosen(methods, values), coupon)
        rows, sums = self._rows(visit, quote), sums_of(quote)
        body = order_pages.checkout(visit.look, rows, sums, values, methods, problem)
        return html(body, status=400 if problem else 200)

    def _order(self, visit: Visit) -> Answer:
        """Place the order, or show the checkout again with what is wrong."""
        values = {name: value.strip() for name, value in visit.form.items()}
        coupon = orders.find_coupon(visit.core, values.get("coupon", ""))
        if values.get("action") == "reprice" or not visit.cart or (values.get("coupon") and coupon is None):
            return self._checkout(visit, values)
        required = [name for name, _, needed in order_pages.FIELDS if needed]
        if any(not values.get(name) for name in required) or values.get("country") not in order_pages.COUNTRIES:
            return self._checkout(visit, values, visit.look.say("missing"))
        address = {**dict.fromkeys(orders.ADDRESS, ""), **{name: values.get(name, "") for name in ADDRESS}}
        address["phone"] = values.get("phone", "")
        method = _chosen(self._methods(values["country"]), values)
        transfer = values.get("payment") == "bacs"
        payment = ("bacs", "Virement bancaire") if transfer else ("card", "Carte bancaire")
        try:
            order = orders.place(
                visit.core, visit.lines, {**address, "email": values["email"]}, address, method, coupon, payment,
                values.get("note", ""),
            )  # fmt: skip
        except NotAvailable as error:
            return self._refused(visit, error)
        except RestError:
            return self._cart(visit)
        visit.cart = {}
        return redirect(f"/order/{order['id']}/{order['order_key']}?thanks=1", visit.cart_cookie())

    def _refused(self, visit: Visit, error: NotAvailable) -> Answer:
        """Show the cart with the word on what is short; somebody else may have bought it a moment ago."""
        found = next(each for each in visit.core.state.all("product") if each["sku"] == error.sku)
        name = found["name"] + (f" – {variation_name(found)}" if found["parent_id"] else "")
        problem = escape(text(visit.language, "too_many", n=error.left, name=name))
        shown = self._cart(visit, problem)
        return Answer(409, shown.headers, shown.body)

    def _track(self, visit: Visit) -> Answer:
        order = visit.core.state.get("order", _number(visit.form.get("number"), 0))
        email = visit.form.get("email", "").strip().casefold()
        if order is None or not email or order["billing"]["email"].casefold() != email:
            return html(order_pages.track(visit.look, visit.look.say("not_found")), status=404)
        return redirect(f"/order/{order['id']}/{order['order_key']}")

    def _order_page(self, visit: Visit, order_id: int, key: str, as_state: bool) -> Answer:
        order = visit.core.state.get("order", order_id)
        if order is None or order["order_key"] != key:
            return html(pages.message(visit.look, visit.look.say("not_found")), status=404)
        view = order_view(visit.core, order, visit.look)
        if as_state:
            state: dict[str, Any] = {"status": view.status, "version": view.version}
            return Answer(200, (("Content-Type", "application/json"), ("Cache-Control", "no-store")), to_json(state))
        return html(order_pages.order(visit.look, view, thanks="thanks" in visit.query))


def _chosen(methods: list[ShippingMethod], values: Mapping[str, str]) -> ShippingMethod:
    wanted = values.get("method", "")
    return next((each for each in methods if str(each.instance_id) == wanted), methods[0])


def _number(value: str | None, default: int) -> int:
    return int(value) if value is not None and re.fullmatch(r"\d{1,9}", value) else default
