"""The storefront's pages around an order: checkout, confirmation and tracking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

from infra.local.shops.woocommerce.config import ShippingMethod
from infra.local.shops.woocommerce.pages import CartRow, Look, Sums, page, sums_table

COUNTRIES = {
    "FR": ("France", "France"), "BE": ("Belgique", "Belgium"), "DE": ("Allemagne", "Germany"),
    "ES": ("Espagne", "Spain"), "IT": ("Italie", "Italy"), "LU": ("Luxembourg", "Luxembourg"),
    "NL": ("Pays-Bas", "Netherlands"), "CH": ("Suisse", "Switzerland"),
}  # fmt: skip
FIELDS = (
    ("first_name", "given-name", True), ("last_name", "family-name", True), ("company", "organization", False),
    ("email", "email", True), ("phone", "tel", False), ("address_1", "address-line1", True),
    ("postcode", "postal-code", True), ("city", "address-level2", True),
)  # fmt: skip
WIDE = frozenset({"address_1", "company"})
#: How far along the three steps a status is; what is not here stands beside them.
PROGRESS = {"pending": 1, "on-hold": 1, "processing": 2, "completed": 3}
BADGES = {"cancelled": "cancelled", "refunded": "refunded", "failed": "failed", "on-hold": "waiting_payment",
          "pending": "waiting_payment", "trash": "cancelled"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel on its way."""

    carrier: str
    number: str
    link: str


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order as its customer sees it; `version` changes whenever the page should."""

    number: int
    status: str
    first_name: str
    rows: tuple[tuple[str, int, str], ...]
    sums: Sums
    parcels: tuple[Parcel, ...]
    messages: tuple[str, ...]
    state_path: str
    version: str


def checkout(
    look: Look,
    rows: Sequence[CartRow],
    sums: Sums,
    values: Mapping[str, str],
    methods: Sequence[ShippingMethod],
    problem: str,
) -> bytes:
    """Return the checkout with the customer's values filled in; `problem` is already escaped or empty."""
    alert = f'<p class="alert" role="alert">{problem}</p>' if problem else ""
    lines = "".join(
        f'<tr><td>{row.quantity} × {escape(row.name)} <span class="muted">{escape(row.choice.label)}</span></td>'
        f"<td>{look.money(row.amount)}</td></tr>"
        for row in rows
    )
    coupon = escape(values.get("coupon", ""))
    content = (
        f'{alert}<form method="post" action="/checkout"><div class="two"><section>'
        f'<div class="panel"><h2>{look.say("address")}</h2><div class="fields">{_address(look, values)}</div></div>'
        f'<div class="panel"><h2>{look.say("method")}</h2><div class="options">{_methods(look, values, methods)}</div></div>'
        f'<div class="panel"><h2>{look.say("payment")}</h2><div class="options">{_payments(look, values)}</div></div>'
        f'</section><aside class="panel"><h2>{look.say("summary")}</h2><table class="sums">{lines}</table><br>'
        f'<div class="coupon"><input name="coupon" value="{coupon}" placeholder="{look.say("coupon")}" '
        f'aria-label="{look.say("coupon")}"><button class="button small plain" name="action" value="reprice" formnovalidate>'
        f"{look.say('apply')}</button></div>{sums_table(look, sums)}<br>"
        f'<button class="button" name="action" value="order">{look.say("order")}</button></aside></div></form>'
    )
    return page(look, look.say("checkout"), content)


def _address(look: Look, values: Mapping[str, str]) -> str:
    inputs = "".join(
        f'<label{" class=wide" if name in WIDE else ""}>{look.say(name)}<input name="{name}" autocomplete="{hint}" '
        f'value="{escape(values.get(name, ""))}"{" required" if required else ""}></label>'
        for name, hint, required in FIELDS
    )
    column = 0 if look.language == "fr" else 1
    options = "".join(
        f'<option value="{code}"{" selected" if code == values.get("country") else ""}>{escape(names[column])}</option>'
        for code, names in COUNTRIES.items()
    )
    return (
        f'{inputs}<label>{look.say("country")}<select name="country" data-submit>{options}</select></label>'
        f'<label class="wide">{look.say("note")}<textarea name="note" '
        f'rows="2">{escape(values.get("note", ""))}</textarea></label>'
    )


def _methods(look: Look, values: Mapping[str, str], methods: Sequence[ShippingMethod]) -> str:
    chosen = values.get("method", "")
    if chosen not in {str(method.instance_id) for method in methods}:
        chosen = str(methods[0].instance_id)
    return "".join(
        f'<label><input type="radio" name="method" value="{method.instance_id}"'
        f"{' checked' if str(method.instance_id) == chosen else ''}><b>{escape(method.title)}</b></label>"
        for method in methods
    )


def _payments(look: Look, values: Mapping[str, str]) -> str:
    chosen = "bacs" if values.get("payment") == "bacs" else "card"
    return "".join(
        f'<label><input type="radio" name="payment" value="{name}"{" checked" if name == chosen else ""}>'
        f"<b>{look.say(f'pay_{name}')}</b></label>"
        for name in ("card", "bacs")
    )


def order(look: Look, view: OrderView, thanks: bool) -> bytes:
    """Return the page of an order, just placed or followed later; the script reloads it when it changes."""
    title = look.say("order_title", number=view.number)
    headline = look.say("thanks", name=view.first_name) if thanks else title
    under = f"<p>{look.say('confirmed', number=view.number)}</p>" if thanks else ""
    badge = f' <span class="badge">{look.say(BADGES[view.status])}</span>' if view.status in BADGES else ""
    lines = "".join(
        f"<tr><td>{quantity} × {escape(name)}</td><td>{escape(amount)}</td></tr>" for name, quantity, amount in view.rows
    )
    content = (
        f'<div class="two" data-order="{escape(view.state_path)}" data-version="{view.version}"><section>'
        f'<h1>{headline}</h1>{under}<p class="muted">{look.say("live")}{badge}</p>{_steps(look, view.status)}'
        f'<div class="panel"><h2>{look.say("parcels")}</h2>{_parcels(look, view.parcels)}</div>{_messages(look, view)}'
        f'<a class="button plain" href="/">{look.say("continue")}</a></section>'
        f'<aside class="panel"><h2>{look.say("articles")}</h2><table class="sums">{lines}</table><br>'
        f"{sums_table(look, view.sums)}</aside></div>"
    )
    return page(look, title, content)


def _steps(look: Look, status: str) -> str:
    reached = PROGRESS.get(status, 0)
    names = ("step_placed", "step_paid", "step_shipped")
    steps = "".join(
        f"<li{' class=done' if position < reached else ''}>{look.say(name)}</li>" for position, name in enumerate(names)
    )
    return f'<ol class="steps">{steps}</ol>'


def _parcels(look: Look, parcels: Sequence[Parcel]) -> str:
    if not parcels:
        return f'<p class="muted">{look.say("no_parcel")}</p>'
    return "".join(
        f'<div class="parcel"><b>{look.say("parcel", n=position)}</b><span class="muted">{escape(parcel.carrier)}</span>'
        f"{_tracking_number(parcel)}</div>"
        for position, parcel in enumerate(parcels, start=1)
    )


def _tracking_number(parcel: Parcel) -> str:
    """Only a web address becomes a link: the number comes from outside."""
    number = f"<code>{escape(parcel.number)}</code>"
    if urlsplit(parcel.link).scheme in ("http", "https"):
        return f'<a href="{escape(parcel.link)}" rel="noreferrer">{number}</a>'
    return number


def _messages(look: Look, view: OrderView) -> str:
    if not view.messages:
        return ""
    notes = "".join(f"<p>{escape(note).replace(chr(10), '<br>')}</p>" for note in view.messages)
    return f'<div class="panel"><h2>{look.say("messages")}</h2>{notes}</div>'


def track(look: Look, problem: str) -> bytes:
    """Return the form that finds an order by its number and e-mail."""
    alert = f'<p class="alert" role="alert">{problem}</p>' if problem else ""
    content = (
        f'<div class="narrow" style="padding:50px 0 90px"><h1>{look.say("track")}</h1>{alert}<form class="panel" method="post" '
        f'action="/track"><div class="fields"><label class="wide">{look.say("number")}<input name="number" inputmode="numeric" '
        f'required></label><label class="wide">{look.say("email")}<input name="email" type="email" required></label></div><br>'
        f'<button class="button">{look.say("find")}</button></form></div>'
    )
    return page(look, look.say("track"), content)
