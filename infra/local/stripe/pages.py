"""The hosted pages: Checkout, Billing Portal, an invoice, a test clock. Plain HTML that works without scripts."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from infra.local.stripe.amounts import is_metered
from infra.local.stripe.objects import text_of
from infra.local.stripe.state import Object, State

_STYLE = """
:root{color-scheme:light dark;--b:#5b52d6}
body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}
header{border-bottom:2px solid var(--b);margin-bottom:1.5rem}small{opacity:.8}table{width:100%;border-collapse:collapse}
td,th{text-align:left;padding:.35rem .5rem .35rem 0;border-bottom:1px solid #8884;vertical-align:top}td.n,th.n{text-align:right}
section{border:1px solid #8886;border-radius:.5rem;padding:1rem;margin:1rem 0}label{display:block;margin:.5rem 0}
input,select,button{font:inherit;padding:.4rem .6rem}input,select{width:100%;box-sizing:border-box}
button{background:#5b52d6;color:#fff;border:0;border-radius:.4rem;cursor:pointer;margin:.25rem .5rem .25rem 0}
.error{color:#b3261e;font-weight:600}@media(prefers-color-scheme:dark){.error{color:#ffb4ab}a{color:#aab4ff}}
"""
_CARDS = """<label>Card number<input name="card" list="cards" autocomplete="off" required value="4242 4242 4242 4242"></label>
<datalist id="cards"><option value="4242 4242 4242 4242">pays</option><option value="4000 0000 0000 0002">is declined</option>
<option value="4000 0000 0000 0341">is kept, then declined</option></datalist>
<p><small>4242… pays, 4000 0000 0000 0002 is declined, 4000 0000 0000 0341 is kept and declined when charged.</small></p>"""


def page(title: str, body: str, error: str = "") -> bytes:
    """A whole page."""
    wrong = f'<p class="error" role="alert">{escape(error)}</p>' if error else ""
    return (f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>{escape(title)}</title><style>{_STYLE}</style><header><small>A local stand-in for Stripe: no card is "
            f"charged</small><h1>{escape(title)}</h1></header><main>{wrong}{body}</main></html>").encode()


def _link(url: str | None, text: str) -> str:
    return f'<p><a href="{escape(url)}">{escape(text)}</a></p>' if url else ""


def _name(state: State, price: Object) -> str:
    return escape(str(price["nickname"] or state.get("product", price["product"])["name"]))


def checkout(state: State, session: Object, error: str = "") -> bytes:
    """What is sold, and a card to pay it with."""
    wanted = state.find(f"wanted:{session['id']}") or {"items": [], "data": {}}
    rows = ""
    for each in wanted["items"]:
        price = state.get("price", each["price"])
        amount = "by use" if is_metered(price) else text_of(int(price["unit_amount"]) * int(each.get("quantity", 1)))
        rows += f'<tr><td>{each.get("quantity", "")} {_name(state, price)}</td><td class="n">{amount}</td></tr>'
    trial = wanted["data"].get("trial_end")
    note = f"<p>Nothing is due until {_day(int(trial))}.</p>" if trial else ""
    return page("Checkout", f"<table>{rows}</table>{note}<p><small>Monthly, without VAT.</small></p>"
                f'<form method="post">{_CARDS}<button>Subscribe</button></form>{_link(session["cancel_url"], "Back")}', error)


def _day(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%d %b %Y}"


def portal(state: State, session: Object, plans: list[Object], error: str = "") -> bytes:
    """The customer's card, subscription and invoices, each with what can be done."""
    customer = state.get("customer", session["customer"])
    chosen = customer["invoice_settings"]["default_payment_method"]
    card = state.get("payment_method", chosen)["card"] if chosen else None
    shown = f"{card['brand'].title()} ···· {card['last4']}" if card else "No card yet"
    body = f'<section><h2>Card</h2><p>{shown}</p><form method="post"><input type="hidden" name="act" value="card">{_CARDS}' \
           f"<button>Save this card</button></form></section>"
    for each in state.all("subscription", customer=customer["id"]):
        if each["status"] not in ("canceled", "incomplete_expired"):
            body += _subscription(state, each, plans)
    rows = "".join(
        f'<tr><td><a href="/i/{each["id"]}">{escape(str(each["number"]))}</a></td><td>{_day(int(each["created"]))}</td>'
        f'<td>{each["status"]}</td><td class="n">{text_of(each["total"])}</td></tr>'
        for each in state.all("invoice", customer=customer["id"]) if each["status"] != "draft")
    return page("Billing", f"{body}<section><h2>Invoices</h2><table>{rows}</table></section>"
                f"{_link(session['return_url'], 'Back to Comptoir')}", error)


def _subscription(state: State, found: Object, plans: list[Object]) -> str:
    rows = "".join(f"<tr><td>{each.get('quantity', '')} {_name(state, each['price'])}</td></tr>"
                   for each in found["items"]["data"])
    end = _day(int(found["items"]["data"][0]["current_period_end"]))
    when = f"ends {end}" if found["cancel_at_period_end"] else f"renews {end}"
    options = "".join(f'<option value="{each["id"]}">{_name(state, each)} {text_of(each["unit_amount"])}</option>'
                      for each in plans)
    hidden = f'<input type="hidden" name="subscription" value="{found["id"]}">'
    is_ending = found["cancel_at_period_end"]
    act, word = ("resume", "Keep the subscription") if is_ending else ("cancel", "Cancel at the period's end")
    return (f"<section><h2>Subscription</h2><p>{found['status']}, {when}</p><table>{rows}</table>"
            f'<form method="post">{hidden}<input type="hidden" name="act" value="plan"><label>Plan<select name="price">'
            f"{options}</select></label><button>Change plan</button></form>"
            f'<form method="post">{hidden}<button name="act" value="{act}">{word}</button></form></section>')


def invoice(state: State, found: Object, error: str = "") -> bytes:
    """An invoice with its lines; an open one with a button that pays it by the customer's card, or another."""
    rows = "".join(f'<tr><td>{escape(each["description"])}</td><td class="n">{text_of(each["amount"])}</td></tr>'
                   for each in found["lines"]["data"])
    tax = sum(int(each["amount"]) for each in found["total_taxes"])
    rows += (f'<tr><td>VAT</td><td class="n">{text_of(tax)}</td></tr>'
             f'<tr><th>Total</th><th class="n">{text_of(found["total"])}</th></tr>')
    pay = (f'<section><h2>Pay {text_of(found["amount_remaining"])}</h2><form method="post">{_CARDS}<button>Pay</button>'
           f"</form></section>") if found["status"] == "open" else ""
    when = f"<p>{_day(int(found['created']))}, {found['status']}</p>"
    return page(f"Invoice {found['number']}", f"{when}<table>{rows}</table>{pay}", error)


def clock(state: State, found: Object, error: str = "") -> bytes:
    """A test clock with buttons that let time pass."""
    at = datetime.fromtimestamp(int(found["frozen_time"]), UTC)
    buttons = "".join(f'<button name="days" value="{days}">{text}</button>' for days, text in (
        (1, "1 day"), (3, "3 days"), (7, "1 week"), (15, "15 days"), (31, "31 days")))
    names = "".join(f"<li>{escape(str(each['name']))}</li>" for each in state.all("customer", test_clock=found["id"]))
    return page("Test clock", f"<p>It is <strong>{at:%d %b %Y, %H:%M} UTC</strong> for:</p><ul>{names}</ul>"
                f'<form method="post"><p>Let time pass by</p>{buttons}</form>', error)
