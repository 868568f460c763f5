"""The sheet of an electronic invoice: the same facts as its XML, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from chalicelib.documents import formats
from chalicelib.documents.sheet import Block, Column, Fact, Look, Sheet, SheetLine, TotalLine
from chalicelib.documents.words import unit_word, words
from chalicelib.einvoice import model
from chalicelib.einvoice.model import ONE, AllowanceCharge, Invoice, Line, Party, VatBreakdown
from chalicelib.kernel.address import Address

Said = Mapping[str, str]
_TITLES = {model.DEPOSIT_INVOICE: "deposit", model.CORRECTED_INVOICE: "corrected"}


def invoice_sheet(invoice: Invoice, look: Look, locale: str) -> Sheet:
    """What the invoice's paper says. Its figures are the invoice's own: nothing is computed here."""
    said = words(locale)
    kind = "credit_note" if invoice.is_credit_note else _TITLES.get(invoice.type_code, "invoice")
    place, home = invoice.delivery.address, _home(invoice)
    deliver_to = None
    if place and place != invoice.buyer.address:
        deliver_to = Block(title=said["deliver_to"],
                           lines=(*filter(None, (invoice.delivery.name,)), *address_lines(place, invoice.delivery.name, home)))
    seller = invoice.seller
    return Sheet(
        template="commercial", locale=locale, title=said[kind], number=invoice.number, made_on=invoice.issued_on,
        author=seller.trade_name or seller.name, look=look, sender=Block(title="", lines=_party(seller, said, home)),
        recipient=Block(title=said["bill_to"], lines=_party(invoice.buyer, said, home)), place=deliver_to,
        facts=tuple(_facts(invoice, said, locale)), columns=_columns(said),
        lines=(*(_line(invoice, line, said, locale) for line in invoice.lines),
               *(_change_line(invoice, each, said, locale) for each in invoice.allowances)),
        totals=tuple(_totals(invoice, said, locale)), vat_titles=(said["vat"], said["base"], said["vat_amount"]),
        vat_rows=tuple(_vat_row(row, invoice.currency, locale) for row in invoice.vat_breakdown),
        payment=_payment(invoice, said, locale), notes=tuple(_notes(invoice, said, locale)),
        legal_line=" · ".join(filter(None, (seller.name, seller.legal_information, seller.vat_number))),
        page_words=said["page"], is_electronic=True)


def on_paper_only(sheet: Sheet) -> Sheet:
    """The sheet of an invoice that no electronic one goes with."""
    return replace(sheet, is_electronic=False, notes=sheet.notes[:-1])


def address_lines(address: Address, but: str = "", home: str = "") -> tuple[str, ...]:
    """An address as it stands on an envelope; `but` is a name said already, and the country is said (by its code) unless it
    is the sender's own, `home`."""
    town = " ".join(filter(None, (address.postal_code, address.city)))
    country = "" if address.country_code == home else address.country_code
    named = (address.company_name, address.name, address.line1, address.line2, town, address.region, country)
    return tuple(each for each in named if each and each != but)


def _home(invoice: Invoice) -> str:
    """The seller's country, when the buyer's is the same."""
    country = invoice.seller.address.country_code
    return country if country == invoice.buyer.address.country_code else ""


def labelled(label: str, value: str, locale: str) -> str:
    """A label and its value, with the colon as each language sets it."""
    return f"{label}\u00a0: {value}" if locale == "fr" else f"{label}: {value}"


def _party(party: Party, said: Said, home: str) -> tuple[str, ...]:
    lines = [party.name, *address_lines(party.address, party.name, home)]
    if party.legal_id and party.legal_id.scheme == model.SIREN_SCHEME:
        lines.append(f"{said['siren']} {party.legal_id.value}")
    if party.vat_number:
        lines.append(f"{said['vat_number']} {party.vat_number}")
    return tuple(lines)


def _facts(invoice: Invoice, said: Said, locale: str) -> Iterator[Fact]:
    delivered, due, period = invoice.delivery.delivered_on, invoice.due_on, invoice.period
    days = [formats.day(each, locale) for each in (period.starts_on, period.ends_on) if each]
    named = (
        ("issued_on", formats.day(invoice.issued_on, locale)), ("due_on", formats.day(due, locale) if due else ""),
        ("delivered_on", formats.day(delivered, locale) if delivered else ""), ("period", " – ".join(days)),
        ("order_number", invoice.sales_order_number), ("purchase_order", invoice.purchase_order_number),
        ("buyer_reference", invoice.buyer_reference), ("contract", invoice.contract_number),
        ("delivery_number", invoice.delivery_note_number),
        ("preceding", ", ".join(each.number for each in invoice.preceding)))
    yield from (Fact(label=said[name], value=value) for name, value in named if value)


def _columns(said: Said) -> tuple[Column, ...]:
    return (Column(title=said["item"], share=10, align="start"), Column(title=said["quantity"], share=3),
            Column(title=said["unit_price"], share=4), Column(title=said["vat"], share=2),
            Column(title=said["net_amount"], share=4))


def quantity(value: Decimal, unit_code: str, locale: str) -> str:
    """A quantity with its unit's word, if it needs one."""
    return f"{formats.number(value, locale)} {unit_word(unit_code, locale)}".strip()


def _rate(rate: Decimal | None, category: str, locale: str) -> str:
    return category if rate is None or (rate == 0 and category != "Z") else formats.percent(rate, locale)


def _line(invoice: Invoice, line: Line, said: Said, locale: str) -> SheetLine:
    currency = invoice.currency
    shown = formats.price(line.net_price, currency, locale)
    if line.base_quantity != ONE:
        shown += " " + said["per"].format(quantity=formats.number(line.base_quantity, locale))
    details = [f"{said['sku']} {line.seller_item_id}"] if line.seller_item_id else []
    details += [each for each in (line.description, line.note) if each]
    details += [labelled(each.name, each.value, locale) for each in line.attributes]
    details += [_reduction(each, currency, said, locale) for each in line.allowances]
    return SheetLine(details=tuple(details), cells=(
        line.name, quantity(line.quantity, line.unit_code, locale), shown, _rate(line.vat_rate, line.vat_category, locale),
        formats.amount(line.net_amount, currency, locale)))


def _reduction(each: AllowanceCharge, currency: str, said: Said, locale: str) -> str:
    name = each.reason or said["charge" if each.is_charge else "allowance"]
    return f"{name} {formats.amount(each.amount if each.is_charge else -each.amount, currency, locale)}"


def _change_line(invoice: Invoice, each: AllowanceCharge, said: Said, locale: str) -> SheetLine:
    """An allowance or charge of the whole document, as a line of its own."""
    value = each.amount if each.is_charge else -each.amount
    return SheetLine(cells=(each.reason or said["charge" if each.is_charge else "allowance"], "", "",
                            _rate(each.vat_rate, each.vat_category, locale), formats.amount(value, invoice.currency, locale)))


def _totals(invoice: Invoice, said: Said, locale: str) -> Iterator[TotalLine]:
    totals = invoice.totals

    def line(name: str, value: Decimal, is_strong: bool = False) -> TotalLine:
        return TotalLine(label=said[name], value=formats.amount(value, invoice.currency, locale), is_strong=is_strong)

    if totals.allowance_amount or totals.charge_amount:
        yield line("lines_total", totals.line_net_amount)
    if totals.allowance_amount:
        yield line("allowances_total", -totals.allowance_amount)
    if totals.charge_amount:
        yield line("charges_total", totals.charge_amount)
    yield line("total_without_vat", totals.total_without_vat)
    yield line("vat", totals.vat_amount)
    if totals.vat_amount_in_tax_currency is not None and invoice.tax_currency:
        yield TotalLine(label=said["vat_in_euro"],
                        value=formats.amount(totals.vat_amount_in_tax_currency, invoice.tax_currency, locale))
    yield line("total_with_vat", totals.total_with_vat)
    if totals.rounding_amount:
        yield line("rounding", totals.rounding_amount)
    if totals.paid_amount:
        yield line("paid", -totals.paid_amount)
    yield line("to_refund" if invoice.is_credit_note else "due", totals.due_amount, is_strong=True)


def _vat_row(row: VatBreakdown, currency: str, locale: str) -> tuple[str, ...]:
    return (_rate(row.vat_rate, row.vat_category, locale), formats.amount(row.taxable_amount, currency, locale),
            formats.amount(row.vat_amount, currency, locale))


def _payment(invoice: Invoice, said: Said, locale: str) -> Block | None:
    lines = [invoice.payment_terms] if invoice.payment_terms else []
    for means in invoice.payment_means:
        lines += [each for each in (
            means.text, f"IBAN {means.iban}" if means.iban else "", f"BIC {means.bic}" if means.bic else "",
            labelled(said["reference_to_quote"], means.reference, locale) if means.reference else "") if each]
    return Block(title=said["payment"], lines=tuple(lines)) if lines else None


def _notes(invoice: Invoice, said: Said, locale: str) -> Iterator[str]:
    """The mentions, the reasons of exemptions, and that the data is inside. How the network treats it (BAR) is no mention."""
    yield from (note.text for note in invoice.notes if note.subject_code != model.TREATMENT_NOTE)
    for row in invoice.vat_breakdown:
        if row.exemption_reason and row.exemption_reason not in {note.text for note in invoice.notes}:
            yield labelled(f"{said['vat']} {row.vat_category}", row.exemption_reason, locale)
    yield said["electronic"]
