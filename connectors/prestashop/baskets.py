"""An order's amounts gathered for `amounts`: lines with their rates, shipping, wrapping, discounts, eco-participation. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from connectors.prestashop.amounts import HUNDRED, Basket, Discounts, Part
from connectors.prestashop.reference import Facts, method_of
from connectors.prestashop.rounding import ZERO
from connectors.reading import Raw, Unreadable, decimal, mapping, optional_decimal, plain_text, text


@dataclass(frozen=True, slots=True)
class Ecotax:
    """Eco-participation within a line's price that is taxed at another rate than the article."""

    line_id: str
    name: str
    net: Decimal
    tax: Decimal
    percent: Decimal


def basket_of(raw: Raw, order: Raw, facts: Facts, decimals: int) -> tuple[Basket, list[Ecotax]]:
    """The order's amounts, and the eco-participation taken out of its lines. Raises Unreadable."""
    details = raw.get("order_details") or mapping(order, "associations").get("order_rows") or []
    if not isinstance(details, list):
        raise Unreadable("list_expected", "order_details", "a list of lines was expected")
    ecotaxes = [each for detail in details if (each := ecotax_of(detail, facts, decimals))]
    lines = tuple(_line(detail, f"order_details[{n}].", facts) for n, detail in enumerate(details))
    taken = sum((each.net + each.tax for each in ecotaxes), ZERO)
    taken_net = sum((each.net for each in ecotaxes), ZERO)
    told = _told(order, "total_paid_tax_incl", "total_paid")
    products = optional_decimal(order, "total_products_wt")
    basket = Basket(
        lines=tuple(_without(line, detail, ecotaxes) for line, detail in zip(lines, details, strict=True)),
        shipping=_fee(order, "total_shipping", facts, optional_decimal(order, "carrier_tax_rate")),
        wrapping=_fee(order, "total_wrapping", facts, None),
        discounts=_discounts(raw, order),
        told_products=None if products is None else products - taken,
        told=_short(told - taken, decimals),
        told_without_tax=_told(order, "total_paid_tax_excl", "total_paid_tax_excl") - taken_net,
        decimals=decimals,
        declared=method_of(text(order, "round_type"), text(order, "round_mode"), facts.method),
    )
    return basket, ecotaxes


def _told(order: Raw, key: str, otherwise: str) -> Decimal:
    found = optional_decimal(order, key)
    return decimal(order, otherwise) if found is None else found


def _short(value: Decimal, decimals: int) -> Decimal:
    """The same value with the decimals that the shop rounds to, if that loses nothing."""
    short = value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return short if short == value else value


def _optional(order: Raw, key: str, otherwise: str) -> Decimal:
    found = optional_decimal(order, key)
    return (optional_decimal(order, otherwise) or ZERO) if found is None else found


def _line(detail: Raw, path: str, facts: Facts) -> Part:
    """A line. `order_rows` inside the order have unit prices only."""
    quantity = decimal(detail, "product_quantity", path)
    unit, unit_net = (decimal(detail, f"unit_price_tax_{kind}", path) for kind in ("incl", "excl"))
    with_tax, without_tax = (optional_decimal(detail, f"total_price_tax_{kind}", path) for kind in ("incl", "excl"))
    with_tax = unit * quantity if with_tax is None else with_tax
    without_tax = unit_net * quantity if without_tax is None else without_tax
    return Part(with_tax, without_tax, rates_of(detail, with_tax, without_tax, facts), unit, quantity)


def rates_of(detail: Raw, with_tax: Decimal, without_tax: Decimal, facts: Facts) -> tuple[Decimal, ...]:
    """The rates of a line: by its taxes, else the one that explains its two amounts. A tax that the shop charged nothing
    of (an export) is none."""
    if with_tax == without_tax:
        return ()
    found = mapping(detail, "associations").get("taxes")
    named = [text(entry, "id") for entry in found] if isinstance(found, list) else []
    rates = tuple(facts.rates[i] for i in named if i in facts.rates)
    if rates and len(rates) == len(named):
        return rates
    return facts.rate_near(with_tax, without_tax)


def _fee(order: Raw, key: str, facts: Facts, told_rate: Decimal | None) -> Part:
    with_tax = _optional(order, f"{key}_tax_incl", key)
    net = optional_decimal(order, f"{key}_tax_excl")
    net = with_tax if net is None else net
    if with_tax == net:
        return Part(with_tax, net, ())
    rates = (told_rate,) if told_rate else facts.rate_near(with_tax, net)
    return Part(with_tax, net, rates)


def _discounts(raw: Raw, order: Raw) -> Discounts:
    """The order's discounts. Of a rule with free shipping the shipping's price goes to the shipping; where the rules may not
    be read, a discount of exactly that price does."""
    with_tax = _optional(order, "total_discounts_tax_incl", "total_discounts")
    net = optional_decimal(order, "total_discounts_tax_excl")
    shipping = optional_decimal(order, "total_shipping_tax_incl") or ZERO
    rules = raw.get("order_cart_rules")
    if isinstance(rules, list) and rules:
        free = sum((decimal(rule, "value") for rule in rules if text(rule, "free_shipping") == "1"), ZERO)
        off_shipping = min(free, shipping)
    else:
        off_shipping = shipping if with_tax == shipping else ZERO
    return Discounts(with_tax, with_tax if net is None else net, off_shipping)


def ecotax_of(detail: Raw, facts: Facts, decimals: int) -> Ecotax | None:
    """The eco-participation of a line whose rate is another than the article's; of the same rate it stays in the price."""
    each = optional_decimal(detail, "ecotax") or ZERO
    percent = optional_decimal(detail, "ecotax_tax_rate") or ZERO
    quantity = decimal(detail, "product_quantity")
    with_tax, without_tax = (optional_decimal(detail, f"total_price_tax_{kind}") for kind in ("incl", "excl"))
    if not each or not quantity or with_tax is None or without_tax is None:
        return None
    if rates_of(detail, with_tax, without_tax, facts) == ((percent,) if percent else ()):
        return None
    unit = Decimal(1).scaleb(-decimals)
    net = (each * quantity).quantize(unit, ROUND_HALF_UP)
    gross = (each * quantity * (HUNDRED + percent) / HUNDRED).quantize(unit, ROUND_HALF_UP)
    return Ecotax(text(detail, "id"), plain_text(detail, "product_name"), net, gross - net, percent)


def _without(line: Part, detail: Raw, ecotaxes: list[Ecotax]) -> Part:
    """The line without an eco-participation that stands by itself."""
    taken = next((each for each in ecotaxes if each.line_id == text(detail, "id")), None)
    if taken is None:
        return line
    gross = taken.net + taken.tax
    return Part(line.with_tax - gross, line.without_tax - taken.net, line.percents, line.unit_price - gross / line.quantity,
                line.quantity)
