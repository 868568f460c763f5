"""The storefront's pages: values in, HTML out. Everything that varies is escaped here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

from infra.local.shops.woocommerce.config import ShopConfig
from infra.local.shops.woocommerce.texts import text


@dataclass(frozen=True, slots=True)
class Look:
    """What every page needs: the shop, the language, the pieces in the cart and the path to come back to."""

    config: ShopConfig
    language: str
    cart_pieces: int
    path: str

    def say(self, key: str, **values: object) -> str:
        """Return an escaped text of the storefront."""
        return escape(text(self.language, key, **values))

    def money(self, amount: Decimal) -> str:
        """Return an amount the way the language writes it."""
        symbol = {"EUR": "€", "GBP": "£", "USD": "$"}.get(self.config.currency, self.config.currency)
        plain = f"{amount:,.2f}"
        if self.language == "fr":
            return plain.replace(",", "\u202f").replace(".", ",") + f"\u00a0{symbol}"
        return f"{symbol}{plain}"


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to put into the cart: a product or one of its variations. `left` is None where it is not counted.

    `breaks` are the prices of larger quantities, each with its quantity.
    """

    product_id: int
    sku: str
    label: str
    price: Decimal
    left: int | None
    breaks: tuple[tuple[int, Decimal], ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """A product as shown: its choices are itself, or its variations. Texts are in the visitor's language."""

    slug: str
    name: str
    description: str
    choices: tuple[Choice, ...]

    @property
    def has_options(self) -> bool:
        """Say whether the visitor must choose."""
        return bool(self.choices) and self.choices[0].label != ""


@dataclass(frozen=True, slots=True)
class CartRow:
    """One line of the cart, its amount including tax."""

    choice: Choice
    slug: str
    name: str
    quantity: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Sums:
    """The amounts under a cart, including tax; `vat` is the tax within `total`."""

    subtotal: Decimal
    discount: Decimal
    shipping: Decimal
    vat: Decimal
    total: Decimal


def stock_label(look: Look, sku: str, left: int | None) -> str:
    """Return the label of a quantity; the script keeps it up to date by its SKU."""
    key, style = "left_many", ""
    if left is None:
        key = "left_any"
    elif left <= 0:
        key, style = "sold_out", " none"
    elif left == 1:
        key, style = "left_one", " few"
    elif left <= 9:
        key, style = "left_few", " few"
    shown = "null" if left is None else str(left)
    return (
        f'<span class="stock{style}" data-stock="{escape(sku)}" data-left="{shown}" aria-live="polite">'
        f"{look.say(key, n=left)}</span>"
    )


def logo(look: Look) -> str:
    """Return the shop's mark: a snowflake in its accent colour, in a ribbon's bow for the gift shop."""
    accent = escape(look.config.accent, quote=True)
    arms = "".join(
        f'<path d="M20 7v26M15 11l5 4l5-4M15 29l5-4l5 4" transform="rotate({turn} 20 20)"/>' for turn in (0, 60, 120)
    )
    if look.config.hero == "gift":
        arms = '<path d="M10 18h20v13H10zM8 13h24v5H8zM20 13v18M20 13c-9 0-9-8-4-7c3 1 4 7 4 7s1-6 4-7c5-1 5 7-4 7"/>'
    return (
        f'<svg viewBox="0 0 40 40" aria-hidden="true"><circle cx="20" cy="20" r="20" fill="{accent}"/>'
        f'<g fill="none" stroke="#fff" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round">{arms}</g></svg>'
    )


def page(look: Look, title: str, content: str) -> bytes:
    """Return a whole page around its content."""
    name = escape(look.config.name)
    other = "en" if look.language == "fr" else "fr"
    stock = {"any": "left_any", "none": "sold_out", "one": "left_one", "few": "left_few", "many": "left_many"}
    words = " ".join(f'data-{kind}="{look.say(key, n="{n}")}"' for kind, key in stock.items())
    count = f"<b>{look.cart_pieces}</b>" if look.cart_pieces else ""
    return (
        f'<!doctype html><html lang="{look.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<title>{escape(title)} · {name}</title><link rel="icon" href="/icon.svg"><link rel="stylesheet" href="/style.css">'
        f"<style>:root{{--accent:{escape(look.config.accent)}}}</style></head><body {words}>"
        f'<div class="demo">{look.say("demo")}</div>'
        f'<header><div class="wrap"><a class="logo" href="/">{logo(look)}{name}</a><nav>'
        f'<a class="track" href="/track">{look.say("track")}</a>'
        f'<a href="/lang?to={other}&amp;back={escape(look.path)}" lang="{other}">{other.upper()}</a>'
        f'<a class="pill" href="/cart">{look.say("cart")}{count}</a></nav></div></header>'
        f'<main class="wrap">{content}</main>'
        f'<footer><div class="wrap"><span>© {name}</span><span>{look.say("handmade")}</span>'
        f'<a href="/track">{look.say("track")}</a></div></footer><script src="/shop.js" defer></script></body></html>'
    ).encode()


def _price(look: Look, card: Card) -> str:
    prices = {choice.price for choice in card.choices}
    before = f"<small>{look.say('from')}</small> " if len(prices) > 1 else ""
    return f'<span class="price">{before}{look.money(min(prices, default=Decimal(0)))}</span>'


def _breaks(look: Look, choice: Choice) -> str:
    told = " · ".join(look.say("price_break", n=quantity, price=look.money(price)) for quantity, price in choice.breaks)
    return f'<br><small class="breaks">{told}</small>' if told else ""


def _add_form(look: Look, card: Card) -> str:
    if card.has_options:
        return f'<a class="button small plain" href="/product/{card.slug}/">{look.say("choose")}</a>'
    choice = card.choices[0]
    disabled = " disabled" if choice.left is not None and choice.left <= 0 else ""
    return (
        f'<form method="post" action="/cart/add"><input type="hidden" name="id" value="{choice.product_id}">'
        f'<button class="button small" data-needs="{escape(choice.sku)}" aria-label="{look.say("add")} : {escape(card.name)}"'
        f"{disabled}>+ {look.say('cart')}</button></form>"
    )


def _card(look: Look, card: Card) -> str:
    labels = "" if card.has_options else stock_label(look, card.choices[0].sku, card.choices[0].left)
    return (
        f'<article class="card"><a class="shot" href="/product/{card.slug}/"><img src="/media/{card.slug}.svg" width="400" '
        f'height="320" alt="" loading="lazy">{labels}</a><div class="body"><a href="/product/{card.slug}/">'
        f"<h3>{escape(card.name)}</h3></a><p>{escape(card.description)}</p>"
        f'<div class="row">{_price(look, card)}{_add_form(look, card)}</div></div></article>'
    )


def home(look: Look, cards: Sequence[Card], hero_slug: str) -> bytes:
    """Return the home page: a headline, the promises, a card for each product."""
    tagline = look.config.tagline_fr if look.language == "fr" else look.config.tagline_en
    content = (
        f'<section class="hero"><div><p class="kicker">{look.say("handmade")}</p><h1>{escape(look.config.name)}</h1>'
        f'<p>{escape(tagline)}</p><a class="button" href="#collection">{look.say("shop_all")}</a></div>'
        f'<img src="/media/{escape(hero_slug)}.svg" width="400" height="320" alt=""></section>'
        f'<div class="promises"><span>{look.say("frozen")}</span><span>{look.say("delivery_promise")}</span></div>'
        f'<h2 id="collection">{look.say("collection")}</h2>'
        f'<section class="cards">{"".join(_card(look, card) for card in cards)}</section>'
    )
    return page(look, look.say("collection"), content)


def product(look: Look, card: Card, chosen: int) -> bytes:
    """Return a product's page; `chosen` is the id of the option preselected."""
    options = "".join(
        f'<label><input type="radio" name="id" value="{choice.product_id}"{" checked" if choice.product_id == chosen else ""}>'
        f"<b>{escape(choice.label)}</b>{stock_label(look, choice.sku, choice.left)}"
        f'<span class="price" style="font-size:1.05rem;margin:0">{look.money(choice.price)}{_breaks(look, choice)}</span>'
        "</label>"
        for choice in card.choices
    )
    first = card.choices[0]
    if card.has_options:
        field, needs = f'<fieldset class="options">{options}</fieldset>', ""
    else:
        field = f'<input type="hidden" name="id" value="{first.product_id}"><p>{stock_label(look, first.sku, first.left)}</p>'
        needs = f' data-needs="{escape(first.sku)}"' + (" disabled" if first.left is not None and first.left <= 0 else "")
    content = (
        f'<div class="product"><img src="/media/{card.slug}.svg" width="400" height="320" alt="{escape(card.name)}"><div>'
        f'<p class="kicker">{look.say("handmade")}</p><h1>{escape(card.name)}</h1><p>{escape(card.description)}</p>'
        f"<p>{_price(look, card)}{'' if card.has_options else _breaks(look, first)}</p>"
        f'<form method="post" action="/cart/add">{field}<div class="buy"><input type="number" name="quantity" value="1" '
        f'min="1" '
        f'max="99" aria-label="{look.say("quantity")}"><button class="button"{needs}>{look.say("add")}</button></div></form>'
        f'<ul class="facts"><li>❄ {look.say("frozen")}</li><li>❄ {look.say("delivery_promise")}</li>'
        f"<li>{look.say('reference')} {escape(first.sku)}</li></ul></div></div>"
    )
    return page(look, card.name, content)


def sums_table(look: Look, sums: Sums) -> str:
    """Return the amounts under a cart or an order."""
    rows = [("subtotal", sums.subtotal)]
    if sums.discount:
        rows.append(("discount", -sums.discount))
    rows.append(("shipping", sums.shipping))
    lines = "".join(f"<tr><td>{look.say(key)}</td><td>{look.money(amount)}</td></tr>" for key, amount in rows)
    return (
        f'<table class="sums">{lines}<tr class="grand"><td>{look.say("total")}</td><td>{look.money(sums.total)}</td></tr>'
        f'<tr class="muted"><td>{look.say("vat")}</td><td>{look.money(sums.vat)}</td></tr></table>'
    )


def cart(look: Look, rows: Sequence[CartRow], sums: Sums | None, problem: str) -> bytes:
    """Return the cart; `problem` is an already escaped message or empty."""
    alert = f'<p class="alert" role="alert">{problem}</p>' if problem else ""
    if not rows or sums is None:
        content = (
            f'{alert}<div class="center"><h1>{look.say("empty")}</h1><p class="muted">{look.say("empty_hint")}</p><br>'
            f'<a class="button" href="/">{look.say("continue")}</a></div>'
        )
        return page(look, look.say("cart"), content)
    content = (
        f'{alert}<div class="two"><section><h1>{look.say("your_cart")}</h1>{"".join(_cart_row(look, row) for row in rows)}'
        f'<p><a href="/">← {look.say("continue")}</a></p></section>'
        f'<aside class="panel"><h2>{look.say("summary")}</h2>{sums_table(look, sums)}<br>'
        f'<a class="button" href="/checkout">{look.say("checkout")}</a></aside></div>'
    )
    return page(look, look.say("cart"), content)


def _cart_row(look: Look, row: CartRow) -> str:
    option = f' <span class="muted">{escape(row.choice.label)}</span>' if row.choice.label else ""
    return (
        f'<div class="line"><img src="/media/{row.slug}.svg" width="400" height="320" alt=""><div>'
        f"<h3>{escape(row.name)}{option}</h3>"
        f"{stock_label(look, row.choice.sku, row.choice.left)}"
        f'<form method="post" action="/cart/update"><input type="hidden" name="id" value="{row.choice.product_id}">'
        f'<input type="number" name="quantity" value="{row.quantity}" min="0" max="99" aria-label="{look.say("quantity")}">'
        f'<button class="link">{look.say("update")}</button>'
        f'<button class="link" name="remove" value="1">{look.say("remove")}</button></form></div>'
        f'<span class="price">{look.money(row.amount)}</span></div>'
    )


def message(look: Look, title: str, link: str = "/") -> bytes:
    """Return a page with one sentence and a way out."""
    content = (
        f'<div class="center"><h1>{title}</h1><br><a class="button" href="{escape(link)}">{look.say("continue")}</a></div>'
    )
    return page(look, look.config.name, content)
