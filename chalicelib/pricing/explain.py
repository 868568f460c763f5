"""A price as a person can check it: what went in, which prices were looked at, and why one of them applies. Pure."""

from __future__ import annotations

from decimal import Decimal

from chalicelib.kernel.explanation import ExplainedRow, Explanation
from chalicelib.kernel.money import round_amount
from chalicelib.kernel.shapes import entity
from chalicelib.pricing.applicable import WON, Considered, Price, Question


@entity
class PriceExplanation(Explanation):
    """A price with every entry that was considered; no list when none applies."""

    price_list_id: str | None
    prices_include_vat: bool | None
    considered: tuple[Considered, ...]


_WORDS = {
    "fr": {
        "formula": "liste de la voie de vente, puis priorité, puis date, puis palier atteint",
        "sku": "SKU", "quantity": "Quantité", "at": "Date", "currency": "Devise", "channel": "Canal", "total": "Montant",
        "from": "dès", "none": "aucun prix", WON: "retenu", "list_inactive": "liste inactive",
        "other_currency": "autre devise", "other_channel": "autre canal", "list_not_yet_valid": "liste pas encore valable",
        "list_expired": "liste expirée", "entry_not_yet_valid": "prix pas encore valable", "entry_expired": "prix expiré",
        "below_min_quantity": "palier non atteint", "less_specific_list": "liste moins spécifique",
        "lower_priority": "priorité inférieure", "older_list": "liste plus ancienne", "smaller_break": "palier inférieur",
        "older_entry": "prix plus ancien", "other_list": "autre liste, à égalité",
    },
    "en": {
        "formula": "list of the sales channel, then priority, then date, then quantity break reached",
        "sku": "SKU", "quantity": "Quantity", "at": "Date", "currency": "Currency", "channel": "Channel", "total": "Amount",
        "from": "from", "none": "no price", WON: "applies", "list_inactive": "list inactive",
        "other_currency": "other currency", "other_channel": "other channel", "list_not_yet_valid": "list not yet valid",
        "list_expired": "list expired", "entry_not_yet_valid": "price not yet valid", "entry_expired": "price expired",
        "below_min_quantity": "quantity break not reached", "less_specific_list": "less specific list",
        "lower_priority": "lower priority", "older_list": "older list", "smaller_break": "smaller break",
        "older_entry": "older price", "other_list": "another list, level",
    },
}


def explained(
    question: Question, price: Price | None, considered: tuple[Considered, ...], unit_code: str, locale: str
) -> PriceExplanation:
    """The answer of `/api/pricing/explain`: the price of one base unit, and the trace with its codes."""
    words = _WORDS.get(locale, _WORDS["fr"])
    inputs = [
        ExplainedRow(label=words["sku"], value=question.sku),
        ExplainedRow(label=words["quantity"], value=_figure(question.quantity), unit=unit_code),
        ExplainedRow(label=words["at"], value=question.at.isoformat()),
        ExplainedRow(label=words["currency"], value=question.currency),
        *([ExplainedRow(label=words["channel"], value=question.channel_id)] if question.channel_id else []),
    ]
    steps = [ExplainedRow(label=f"{each.price_list_name} · {words['from']} {_figure(each.min_quantity)}: {words[each.verdict]}",
                          value=str(each.price), link=f"/price-lists/{each.price_list_id}") for each in considered]
    if price is not None:
        steps.append(ExplainedRow(label=words["total"],
                                  value=str(round_amount(price.unit_price * question.quantity, price.currency))))
    return PriceExplanation(
        value=str(price.unit_price) if price else words["none"], unit=question.currency if price else "",
        formula=words["formula"], inputs=tuple(inputs), steps=tuple(steps),
        price_list_id=price.price_list_id if price else None,
        prices_include_vat=price.prices_include_vat if price else None, considered=considered)


def _figure(value: Decimal) -> str:
    return format(value.normalize(), "f")
