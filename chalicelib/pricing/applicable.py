"""Which price applies, and why every other one does not. Pure.

Of the entries that fit the question, the list decides first: the one the channel is bound to, then one that names the
channel, then one for all; then priority; then the later first day. Within the list the largest quantity break reached
wins, and of two for the same break the one with the later first day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from chalicelib.kernel.shapes import entity
from chalicelib.kernel.tax import gross_of_net, net_of_gross
from chalicelib.pricing.model import PriceEntry, PriceList

WON = "won"
_RANKS = ("less_specific_list", "lower_priority", "older_list", "smaller_break", "older_entry", "other_list")


@entity
class Question:
    """What is asked: a quantity of a SKU, on a business date, for a channel (which may be bound to a list)."""

    sku: str
    quantity: Decimal
    at: date
    currency: str
    channel_id: str = ""
    price_list_id: str = ""


@entity
class Considered:
    """One entry and what became of it: `won`, or the reason it did not."""

    price_list_id: str
    price_list_name: str
    price: Decimal
    min_quantity: Decimal
    valid_from: date | None = None
    valid_to: date | None = None
    verdict: str


@entity
class Price:
    """The unit price that applies, with its trace: the winner first."""

    sku: str
    unit_price: Decimal
    currency: str
    prices_include_vat: bool
    price_list_id: str
    considered: tuple[Considered, ...]

    def anchored(self) -> tuple[Decimal, bool]:
        """The amount, and whether VAT is in it."""
        return self.unit_price, self.prices_include_vat


def price_of(
    price_lists: Mapping[str, PriceList], entries: tuple[PriceEntry, ...], question: Question
) -> tuple[Price | None, tuple[Considered, ...]]:
    """The price that applies, or None when no entry fits, and all entries considered with their verdicts."""
    fitting: list[tuple[tuple[object, ...], PriceEntry]] = []
    losers: list[Considered] = []
    for entry in entries:
        price_list = price_lists.get(entry.price_list_id)
        if price_list is None:
            continue
        reason = _unfit(price_list, entry, question)
        if reason:
            losers.append(_considered(price_list, entry, reason))
        else:
            fitting.append((_rank(price_list, entry, question), entry))
    if not fitting:
        return None, tuple(losers)
    fitting.sort(key=lambda each: each[0], reverse=True)
    best_rank, best = fitting[0]
    beaten = [_considered(price_lists[e.price_list_id], e, _beaten_by(best_rank, rank)) for rank, e in fitting[1:]]
    winner = price_lists[best.price_list_id]
    considered = (_considered(winner, best, WON), *beaten, *losers)
    return Price(sku=question.sku, unit_price=best.price, currency=winner.currency, price_list_id=winner.id,
                 prices_include_vat=winner.prices_include_vat, considered=considered), considered


def price_ladder(
    price_lists: Mapping[str, PriceList], entries: tuple[PriceEntry, ...], question: Question
) -> tuple[tuple[Decimal, Price], ...]:
    """The price that applies at the question's quantity and at each larger quantity where it becomes another, with that
    quantity; empty when nothing applies at the question's own."""
    ladder: list[tuple[Decimal, Price]] = []
    for quantity in sorted({question.quantity, *(e.min_quantity for e in entries if e.min_quantity > question.quantity)}):
        price, _ = price_of(price_lists, entries, replace(question, quantity=quantity))
        if price is None:
            return ()
        if not ladder or price.anchored() != ladder[-1][1].anchored():
            ladder.append((quantity, price))
    return tuple(ladder)


def _unfit(price_list: PriceList, entry: PriceEntry, question: Question) -> str:
    """Why an entry cannot answer the question; "" when it can."""
    is_bound = price_list.id == question.price_list_id
    if not price_list.is_active:
        return "list_inactive"
    if price_list.currency != question.currency:
        return "other_currency"
    if price_list.channel_ids and question.channel_id not in price_list.channel_ids and not is_bound:
        return "other_channel"
    for prefix, period in (("list", price_list), ("entry", entry)):
        if period.valid_from and question.at < period.valid_from:
            return f"{prefix}_not_yet_valid"
        if period.valid_to and question.at > period.valid_to:
            return f"{prefix}_expired"
    return "below_min_quantity" if question.quantity < entry.min_quantity else ""


def _rank(price_list: PriceList, entry: PriceEntry, question: Question) -> tuple[object, ...]:
    specificity = 2 if price_list.id == question.price_list_id else 1 if price_list.channel_ids else 0
    return (specificity, price_list.priority, price_list.valid_from or date.min, entry.min_quantity,
            entry.valid_from or date.min, price_list.id)


def _beaten_by(best: tuple[object, ...], rank: tuple[object, ...]) -> str:
    """The first respect in which an entry falls behind the winner."""
    return next(reason for reason, ours, theirs in zip(_RANKS, rank, best, strict=True) if ours != theirs)


def _considered(price_list: PriceList, entry: PriceEntry, verdict: str) -> Considered:
    return Considered(price_list_id=price_list.id, price_list_name=price_list.name, price=entry.price,
                      min_quantity=entry.min_quantity, valid_from=entry.valid_from or price_list.valid_from,
                      valid_to=entry.valid_to or price_list.valid_to, verdict=verdict)


def unit_price(price: Price, prices_include_vat: bool, vat_rate: Decimal) -> Decimal:
    """The price as a document needs it that is anchored on gross or net amounts."""
    if price.prices_include_vat == prices_include_vat:
        return price.unit_price
    return gross_of_net(price.unit_price, vat_rate) if prices_include_vat else net_of_gross(price.unit_price, vat_rate)
