"""A channel's order in our own words. Pure: what cannot be said becomes a `Quarantine` value, never an exception.

What the customer paid rules; lines carry the channel's own amounts, so our arithmetic can only differ by what `sales`
shows as rounding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from chalicelib.catalog.model import SkuFacts
from chalicelib.channels.model import Connection
from chalicelib.kernel.money import ZERO, round_amount
from chalicelib.kernel.tax import EU_MEMBERS
from chalicelib.sales.commands import ChannelUpdate, RefundOrder
from chalicelib.sales.model import Address, Buyer, Coupon, LineQuantity, NewCharge, NewLine, PlaceOrder
from connectors.contract import Address as ChannelAddress
from connectors.contract import (
    ChannelOrder,
    ChannelRefund,
    FeeLine,
    MappingProblem,
    OrderLine,
    OrderStatus,
    ShippingLine,
    SourceVersion,
    TaxAmount,
)

HUNDRED = Decimal(100)
GONE = frozenset({OrderStatus.CANCELLED, OrderStatus.FAILED, OrderStatus.TRASHED})
NOT_YET = frozenset({OrderStatus.DRAFT})
_STATES = {OrderStatus.PENDING: "pending", OrderStatus.ON_HOLD: "pending", OrderStatus.PROCESSING: "confirmed",
           OrderStatus.COMPLETED: "confirmed", OrderStatus.REFUNDED: "confirmed"}


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Why an order cannot be imported as it is: a stable code with its parameters, for those who have words of their own
    for it, a sentence, where in the order, and unknown SKUs."""

    code: str
    message: str
    path: str = ""
    unknown_skus: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)


def unread(problem: MappingProblem) -> Quarantine:
    """An order that its connector could not read."""
    return Quarantine(problem.code, problem.message, problem.path, parameters=problem.parameters)


@dataclass(frozen=True, slots=True)
class Taxed:
    """A part of an amount that falls under one rate."""

    rate: Decimal
    net: Decimal
    tax: Decimal


def source_version(version: SourceVersion) -> str:
    """The state of the order as text that sorts by time: `<instant>#<hash of the content>`."""
    return f"{version.updated_at:%Y-%m-%dT%H:%M:%S}#{version.content_hash}"


def state_of(order: ChannelOrder) -> str:
    """The state our order starts in: unpaid ones are reserved but wait, a plug-in's own states go by the payment."""
    return _STATES.get(order.status, "confirmed" if order.is_paid else "pending")


def resolve_skus(
    order: ChannelOrder, bound: Mapping[tuple[str, str], str], known: Mapping[str, SkuFacts]
) -> dict[str, str] | Quarantine:
    """Line id → our SKU: by the binding of the shop's item, else by the SKU the shop itself names."""
    found: dict[str, str] = {}
    unknown: list[str] = []
    first_path = ""
    for n, line in enumerate(order.lines):
        sku = bound.get(item_of(line)) or line.sku
        if sku in known:
            found[line.external_id] = sku
            continue
        unknown.append(line.sku or f"{line.name} ({line.product_external_id})")
        first_path = first_path or f"lines[{n}].sku"
    if not order.lines:
        return Quarantine("no_lines", "The order has no article.", "lines")
    if unknown:
        names = ", ".join(unknown[:5])
        return Quarantine("unknown_sku", f"No SKU of ours is bound to {names}.", first_path, tuple(unknown), {"names": names})
    return found


def item_of(line: OrderLine) -> tuple[str, str]:
    """Product and variation of a line, as a binding names them."""
    return line.product_external_id or "", line.variation_external_id or ""


def tax_parts(net: Decimal, taxes: Sequence[TaxAmount], connection: Connection, currency: str) -> list[Taxed] | None:
    """An amount by VAT rate; None when a rate is known neither to the order nor to the connection.

    With several rates on one amount (a fee over a mixed basket) each part's net follows from its tax, and the last takes
    what is left, so the parts add up to the whole.
    """
    known = {rate.external_id: rate.percent for rate in connection.tax_rates}
    rated: list[tuple[Decimal, Decimal]] = []
    for each in taxes:
        percent = each.percent if each.percent is not None else known.get(each.rate_id, connection.vat_rate_default)
        if percent is None:
            if each.amount:
                return None
            continue
        if percent:
            rated.append((percent, each.amount))
    if not rated:
        return [Taxed(ZERO, net, ZERO)]
    parts = [Taxed(percent, round_amount(tax * HUNDRED / percent, currency), tax) for percent, tax in rated[:-1]]
    percent, tax = rated[-1]
    return [*parts, Taxed(percent, net - sum((part.net for part in parts), ZERO), tax)]


def does_not_add_up(order: ChannelOrder) -> Quarantine | None:
    """An order whose total is further from its parts than rounding can take it: each line, charge and tax may be off by one
    smallest unit, no more. A connector that knows its shop's arithmetic is stricter."""
    parts = len(order.lines) + len(order.shipping_lines) + len(order.fee_lines) + len(order.tax_lines)
    if abs(order.rounding) <= parts * Decimal(1).scaleb(-min(order.decimals, order.currency_exponent)):
        return None
    computed = order.net_total + order.total_tax
    amounts = {"net": order.net_total, "tax": order.total_tax, "computed": computed, "told": order.total_paid,
               "difference": order.rounding}
    parameters = {name: str(value) for name, value in amounts.items()}
    return Quarantine("total_differs", f"Net {order.net_total} + VAT {order.total_tax} = {computed}, but the order says "
                      f"{order.total_paid}: {order.rounding} is more than rounding.", "total_paid", parameters=parameters)


def untaxed_category(order: ChannelOrder, facts: SkuFacts | None) -> tuple[str, str]:
    """Category of an amount without VAT, and what a person should look at: export outside the EU (G), intra-community
    supply to a firm with a VAT number (K), the article's own exemption, else exempt (E) and worth a look."""
    country = (order.shipping.country or order.billing.country).upper()
    if country and country not in EU_MEMBERS:
        return "G", ""
    if country != "FR" and order.customer.vat_number:
        return "K", ""
    if facts is not None and facts.vat_category != "S":
        return facts.vat_category, ""
    return "E", "untaxed"


def place_order(
    connection: Connection, order: ChannelOrder, skus: Mapping[str, str], known: Mapping[str, SkuFacts],
    customer_id: str, warehouse_ids: Sequence[str],
) -> PlaceOrder | Quarantine:
    """The command that makes the order ours. `skus` is by line, see `resolve_skus`."""
    if (gap := does_not_add_up(order)) is not None:
        return gap
    attention: list[str] = []
    lines: list[NewLine] = []
    for n, line in enumerate(order.lines):
        if line.quantity <= 0:
            return Quarantine("quantity", f"{line.name}: a line of {line.quantity}.", f"lines[{n}].quantity",
                              parameters={"name": line.name, "quantity": str(line.quantity)})
        made = _line(connection, order, line, skus[line.external_id], known[skus[line.external_id]], attention)
        if isinstance(made, Quarantine):
            return replace(made, path=f"lines[{n}].taxes")
        lines.append(made)
    charges = _charges(connection, order, attention)
    if isinstance(charges, Quarantine):
        return charges
    if connection.currency and order.currency != connection.currency:
        attention.append("other_currency")
    return PlaceOrder(
        lines=tuple(lines), charges=tuple(charges),
        coupons=tuple(Coupon(code=c.code, amount=c.discount) for c in order.coupon_lines),
        state=state_of(order), shortage="refuse" if connection.backorder_policy == "refuse" else "backorder",
        channel_id=connection.id, channel_name=connection.name, external_id=order.external_id,
        external_number=f"{connection.order_number_prefix}{order.number}",
        source_version=source_version(order.source_version), placed_at=order.created_at, customer_id=customer_id,
        buyer=Buyer(name=order.customer.name, company_name=order.customer.company, email=order.customer.email,
                    phone=order.customer.phone, vat_number=order.customer.vat_number),
        billing_address=address(order.billing), shipping_address=address(delivery_address(order)),
        currency=order.currency, prices_include_vat=order.prices_include_tax, paid_total=order.total_paid,
        is_paid=order.is_paid, payment_method=order.payment_title or order.payment_method,
        payment_gateway=order.payment_method, payment_fee=order.payment_fee,
        warehouse_ids=tuple(warehouse_ids), attention=tuple(dict.fromkeys(attention)), note=order.customer_note[:2000])


def _line(connection: Connection, order: ChannelOrder, line: OrderLine, sku: str, facts: SkuFacts,
          attention: list[str]) -> NewLine | Quarantine:
    parts = tax_parts(line.net_total, line.taxes, connection, order.currency)
    if parts is None or (line.tax_total and not line.taxes):
        return Quarantine("unknown_tax", f"{line.name}: the order does not tell the VAT rate of {line.tax_total}.",
                          parameters={"name": line.name})
    if len({part.rate for part in parts}) > 1:
        return Quarantine("several_taxes", f"{line.name}: more than one VAT rate on one article.",
                          parameters={"name": line.name})
    rate = parts[0].rate
    category = "S"
    if not rate:
        category, look = untaxed_category(order, facts)
        attention += [look] if look else []
    amount, allowance = line.net_total, line.discount
    if order.prices_include_tax:
        amount, allowance = amount + line.tax_total, round_amount(allowance * (HUNDRED + rate) / HUNDRED, order.currency)
    amount, allowance = round_amount(amount, order.currency), round_amount(allowance, order.currency)
    return NewLine(sku=sku, quantity=line.quantity, unit_price=(amount + allowance) / line.quantity, allowance=allowance,
                   amount=amount, name=line.name[:200], vat_category=category, vat_rate=rate, external_id=line.external_id)


def _charges(connection: Connection, order: ChannelOrder, attention: list[str]) -> list[NewCharge] | Quarantine:
    """Shipping and fees, one charge for each VAT rate in them; free shipping is no charge."""
    found: list[NewCharge] = []
    parts: list[tuple[str, str, ShippingLine | FeeLine]] = []
    parts += [("shipping", f"shipping_lines[{n}]", each) for n, each in enumerate(order.shipping_lines)]
    parts += [("fee", f"fee_lines[{n}]", each) for n, each in enumerate(order.fee_lines)]
    for kind, path, part in parts:
        split = tax_parts(part.net_total, part.taxes, connection, order.currency)
        if split is None or (part.tax_total and not part.taxes):
            return Quarantine("unknown_tax", f"{part.name}: the order does not tell its VAT rate.", f"{path}.taxes",
                              parameters={"name": part.name})
        for each in split:
            amount = round_amount(each.net + each.tax if order.prices_include_tax else each.net, order.currency)
            if not amount:
                continue
            category = "S" if each.rate else untaxed_category(order, None)[0]
            if category == "E":
                attention.append("untaxed")
            found.append(NewCharge(kind=kind, name=part.name[:200], amount=amount, vat_category=category,
                                   vat_rate=each.rate))
    return found


def delivery_address(order: ChannelOrder) -> ChannelAddress:
    """Where the goods go: shops leave it empty when it is the billing address."""
    return order.billing if order.shipping.is_empty else order.shipping


def address(given: ChannelAddress) -> Address:
    """A channel's address as an order keeps it."""
    return Address(name=given.name[:120], company_name=given.company[:120], line1=given.line1[:200],
                   line2=given.line2[:200], postal_code=given.postcode[:20], city=given.city[:100],
                   region=given.state[:100], country_code=given.country[:2].upper(), phone=given.phone[:40])


_UPDATES = {OrderStatus.PENDING: "pending", OrderStatus.ON_HOLD: "pending", OrderStatus.PROCESSING: "confirmed",
            OrderStatus.COMPLETED: "completed", OrderStatus.CANCELLED: "cancelled",
            OrderStatus.FAILED: "cancelled", OrderStatus.TRASHED: "cancelled"}


def channel_update(connection: Connection, order: ChannelOrder, line_ids: Mapping[str, str]) -> ChannelUpdate:
    """What the channel says of an order we hold; `line_ids` are ours by the channel's line id.

    One that was refunded whole had been completed before, or nothing of it is wanted any more.
    """
    status = _UPDATES.get(order.status, "confirmed" if order.is_paid else "pending")
    if order.status is OrderStatus.REFUNDED:
        status = "completed" if order.completed_at else "cancelled"
    return ChannelUpdate(
        channel_id=connection.id, external_id=order.external_id, source_version=source_version(order.source_version),
        status=status, is_paid=order.is_paid, paid_total=order.total_paid,
        payment_fee=order.payment_fee, refunds=tuple(_refund(each, line_ids) for each in order.refunds))


def _refund(refund: ChannelRefund, line_ids: Mapping[str, str]) -> RefundOrder:
    """Money back with the articles it names; its amount rules, the lines may add up to less."""
    lines = tuple(LineQuantity(line_id=line_ids[line.order_line_external_id], quantity=line.quantity)
                  for line in refund.lines or () if line.order_line_external_id in line_ids and line.quantity > 0)
    return RefundOrder(amount=refund.amount, reason=refund.reason[:200], external_id=refund.external_id, lines=lines)
