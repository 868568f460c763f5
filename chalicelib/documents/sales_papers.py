"""The sheets of an order: its confirmation, a delivery's note and address label. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from chalicelib.documents import formats
from chalicelib.documents.invoices import address_lines, quantity
from chalicelib.documents.sheet import Block, Column, Fact, Look, Sheet, SheetLine, TotalLine
from chalicelib.documents.words import words
from chalicelib.kernel.address import Address
from chalicelib.kernel.money import ZERO
from chalicelib.kernel.shapes import entity
from chalicelib.sales.delivery import Delivery
from chalicelib.sales.model import Charge, Order, OrderLine
from chalicelib.tenants.model import Company

Said = Mapping[str, str]


@entity
class Maker:
    """Who makes the paper: the company, its look, the language and time zone it is written in."""

    company: Company
    look: Look
    locale: str
    time_zone: str

    @property
    def name(self) -> str:
        return self.company.trade_name or self.company.legal_name

    def day_of(self, instant: datetime) -> date:
        """The day an instant falls on where the company is."""
        return instant.astimezone(ZoneInfo(self.time_zone)).date()


def sender(company: Company, said: Said) -> tuple[str, ...]:
    """The company with address and identifiers."""
    address = company.address
    lines = [company.legal_name, address.street, address.additional_street,
             " ".join(filter(None, (address.postal_code, address.city)))]
    lines += [f"{said['siren']} {company.siren}" if company.siren else "", company.phone, company.email]
    return tuple(filter(None, lines))


def legal_line(company: Company) -> str:
    """Form, capital, register and VAT number (C. com. R. 123-237)."""
    return " · ".join(filter(None, (
        company.legal_name, _form(company), company.rcs_city, company.siren, company.vat_number, company.website)))


def _form(company: Company) -> str:
    """Legal form and capital; a name that ends in its form says it already."""
    form = "" if company.legal_name.upper().split()[-1:] == [company.legal_form.upper()] else company.legal_form
    if company.share_capital is None:
        return form
    return f"{form} au capital de {formats.amount(company.share_capital, 'EUR', 'fr')}".strip()


def _addressee(order: Order, address: Address, maker: Maker) -> tuple[str, ...]:
    lines = address_lines(address, home=maker.company.address.country_code)
    named = tuple(each for each in (order.buyer.company_name, order.buyer.name) if each and each not in lines)
    return (*named, *lines) or (order.number,)


def _sheet(maker: Maker, order: Order, title: str, number: str, made_on: date) -> dict[str, object]:
    said = words(maker.locale)
    return {"locale": maker.locale, "title": said[title], "number": number, "made_on": made_on, "author": maker.name,
            "look": maker.look, "sender": Block(title="", lines=sender(maker.company, said)),
            "legal_line": legal_line(maker.company), "page_words": said["page"]}


def confirmation_sheet(order: Order, maker: Maker) -> Sheet:
    """The order as the customer placed it and as it stands now, cancelled quantities left out."""
    said, locale = words(maker.locale), maker.locale
    delivery = _place(order)
    billing = order.billing_address if order.billing_address != Address() else delivery
    with_vat = order.prices_include_vat
    columns = (
        Column(title=said["item"], share=10, align="start"), Column(title=said["quantity"], share=3),
        Column(title=said["unit_price_with_vat" if with_vat else "unit_price"], share=4), Column(title=said["vat"], share=2),
        Column(title=said["amount_with_vat" if with_vat else "net_amount"], share=4))
    return Sheet(
        **_sheet(maker, order, "order_confirmation", order.number, maker.day_of(order.placed_at)),  # type: ignore[arg-type]
        template="commercial", recipient=Block(title=said["bill_to"], lines=_addressee(order, billing, maker)),
        place=Block(title=said["deliver_to"], lines=_addressee(order, delivery, maker)) if delivery != billing else None,
        facts=tuple(_order_facts(order, maker, said)), columns=columns,
        lines=(*(_order_line(order, line, said, locale) for line in order.lines if line.quantity > line.cancelled_quantity),
               *(_charge_line(order, charge, locale) for charge in order.charges)),
        totals=tuple(_order_totals(order, said, locale)), vat_titles=(said["vat"], said["base"], said["vat_amount"]),
        vat_rows=tuple((formats.percent(row.vat_rate, locale), formats.amount(row.taxable_amount, order.currency, locale),
                        formats.amount(row.vat_amount, order.currency, locale)) for row in order.vat_breakdown))


def _order_facts(order: Order, maker: Maker, said: Said) -> Iterator[Fact]:
    named = (("placed_at", formats.day(maker.day_of(order.placed_at), maker.locale)),
             ("purchase_order", order.external_number), ("channel", order.channel_name), ("payment", order.payment_method))
    yield from (Fact(label=said[name], value=value) for name, value in named if value)


def _order_line(order: Order, line: OrderLine, said: Said, locale: str) -> SheetLine:
    whole, unit, price = line.quantity, line.base_unit_code, line.unit_price
    if line.unit_code and line.unit_quantity is not None and not line.cancelled_quantity:
        whole, unit = line.unit_quantity, line.unit_code
        price = line.pack_price if line.pack_price is not None else line.unit_price * line.unit_factor
    details = [f"{said['sku']} {line.sku}"]
    if line.allowance:
        details.append(f"{said['allowance']} {formats.amount(-line.allowance, order.currency, locale)}")
    return SheetLine(details=tuple(details), cells=(
        line.name, quantity(whole - line.cancelled_quantity, unit, locale), formats.price(price, order.currency, locale),
        formats.percent(line.vat_rate, locale), formats.amount(line.amount, order.currency, locale)))


def _charge_line(order: Order, charge: Charge, locale: str) -> SheetLine:
    return SheetLine(cells=(charge.name or words(locale)["charge"], "", "", formats.percent(charge.vat_rate, locale),
                            formats.amount(charge.amount, order.currency, locale)))


def _order_totals(order: Order, said: Said, locale: str) -> Iterator[TotalLine]:
    def line(name: str, value: Decimal, is_strong: bool = False) -> TotalLine:
        return TotalLine(label=said[name], value=formats.amount(value, order.currency, locale), is_strong=is_strong)

    yield line("total_without_vat", order.total_without_vat)
    yield line("vat", order.vat_amount)
    yield line("total_with_vat", order.total_with_vat, is_strong=not order.rounding_amount and order.is_paid is False)
    if order.rounding_amount:
        yield line("rounding", order.rounding_amount)
    if order.is_paid:
        yield line("paid_on_order", order.paid_total, is_strong=True)
    elif order.rounding_amount:
        yield line("to_pay", order.paid_total, is_strong=True)


def delivery_note_sheet(order: Order, delivery: Delivery, maker: Maker) -> Sheet:
    """What leaves with the delivery, and of each line what is still to follow. No price: whoever receives need not have
    bought."""
    said, locale = words(maker.locale), maker.locale
    lines, rest = {line.id: line for line in order.lines}, _rest_after(order, delivery)
    columns = (Column(title=said["item"], share=12, align="start"), Column(title=said["ordered"], share=3),
               Column(title=said["shipped"], share=3), Column(title=said["rest"], share=3))
    day = maker.day_of(delivery.shipped_at or delivery.created_at)
    named = (("shipped_at", formats.day(day, locale) if delivery.shipped_at else ""), ("order_number", order.number),
             ("purchase_order", order.external_number), *_travel(delivery))
    return Sheet(
        **_sheet(maker, order, "delivery_note", delivery.number, day),  # type: ignore[arg-type]
        template="commercial", recipient=Block(title=said["deliver_to"], lines=_addressee(order, _place(order), maker)),
        facts=tuple(Fact(label=said[name], value=value) for name, value in named if value), columns=columns,
        lines=tuple(_shipped_line(lines[each.line_id], each.quantity, rest[each.line_id], said, locale)
                    for each in delivery.lines if each.line_id in lines))


def _place(order: Order) -> Address:
    return order.shipping_address if order.shipping_address != Address() else order.billing_address


def _travel(delivery: Delivery) -> tuple[tuple[str, str], ...]:
    tracked = ", ".join(parcel.tracking_number for parcel in delivery.parcels if parcel.tracking_number)
    return ("carrier", delivery.carrier_name), ("tracking", tracked)


def _rest_after(order: Order, delivery: Delivery) -> dict[str, Decimal]:
    """What of each line was to follow when this delivery left (or would, if it left now): later ones change nothing on its
    note."""
    rest = {line.id: line.quantity - line.cancelled_quantity for line in order.lines}
    for shipment in order.shipments:
        for line in shipment.lines:
            rest[line.line_id] = rest.get(line.line_id, ZERO) - line.quantity
        if shipment.delivery_id == delivery.id:
            return rest
    for each in delivery.lines:
        rest[each.line_id] = rest.get(each.line_id, ZERO) - each.quantity
    return rest


def _shipped_line(line: OrderLine, shipped: Decimal, rest: Decimal, said: Said, locale: str) -> SheetLine:
    unit = line.base_unit_code
    return SheetLine(details=(f"{said['sku']} {line.sku}",), cells=(
        line.name, quantity(line.quantity - line.cancelled_quantity, unit, locale), quantity(shipped, unit, locale),
        quantity(rest, unit, locale) if rest > 0 else "–"))


def address_label_sheet(order: Order, delivery: Delivery, maker: Maker) -> Sheet:
    """A delivery's address, for parcels without their carrier's own label."""
    said = words(maker.locale)
    named = (("order_number", order.number), *_travel(delivery))
    day = maker.day_of(delivery.shipped_at or delivery.created_at)
    head = _sheet(maker, order, "address_label", delivery.number, day)
    head["sender"] = Block(title=said["from"], lines=sender(maker.company, said)[:5])
    return Sheet(
        **head, template="address_label",  # type: ignore[arg-type]
        recipient=Block(title=said["deliver_to"], lines=_addressee(order, _place(order), maker)),
        facts=tuple(Fact(label=said[name], value=value) for name, value in named if value))
