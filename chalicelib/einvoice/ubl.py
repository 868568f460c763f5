"""An invoice as UBL 2.1, `Invoice` or `CreditNote`: the other syntax of EN 16931. Pure.

Sources: EN 16931-3-2 (mapping to UBL), OASIS UBL 2.1, and for notes `#code#text` the French profile of AFNOR XP Z12-012.
The order of elements is the schema's.
"""

from __future__ import annotations

from decimal import Decimal
from xml.etree.ElementTree import Element

from chalicelib.einvoice.cii import SPECIFICATION
from chalicelib.einvoice.model import ONE, AllowanceCharge, Identifier, Invoice, Line, Party, Period
from chalicelib.einvoice.xml import amount, iso, leaf, node, number, root
from chalicelib.kernel.address import Address

_OASIS = "urn:oasis:names:specification:ubl:schema:xsd"
_TAX_POINT_CODES = {"5": "3", "29": "35", "72": "432"}
"""BT-8 in CII (UNTDID 2475) and in UBL (UNTDID 2005): issue, delivery, payment."""
_NO_ORDER = "NA"
"""UBL wants a purchase order's number where only the seller's is known (EN 16931-3-2, BT-14)."""

Node = Element | None


def write(invoice: Invoice) -> bytes:
    """The XML document; the same invoice always gives the same bytes."""
    kind = "CreditNote" if invoice.is_credit_note else "Invoice"
    namespaces = {"": f"{_OASIS}:{kind}-2", "cac": f"{_OASIS}:CommonAggregateComponents-2",
                  "cbc": f"{_OASIS}:CommonBasicComponents-2"}
    due = None if invoice.is_credit_note else leaf("cbc:DueDate", iso(invoice.due_on))
    tax_point, type_code = leaf("cbc:TaxPointDate", iso(invoice.tax_point_on)), leaf(f"cbc:{kind}TypeCode", invoice.type_code)
    notes = [leaf("cbc:Note", f"#{note.subject_code}#{note.text}" if note.subject_code else note.text)
             for note in invoice.notes]
    middle = [tax_point, type_code, *notes] if invoice.is_credit_note else [due, type_code, *notes, tax_point]
    agent = invoice.representative
    return root(
        kind, namespaces, leaf("cbc:CustomizationID", SPECIFICATION), leaf("cbc:ProfileID", invoice.process),
        leaf("cbc:ID", invoice.number), leaf("cbc:IssueDate", iso(invoice.issued_on)), *middle,
        leaf("cbc:DocumentCurrencyCode", invoice.currency), leaf("cbc:TaxCurrencyCode", invoice.tax_currency),
        leaf("cbc:BuyerReference", invoice.buyer_reference),
        _period(invoice.period, _TAX_POINT_CODES.get(invoice.tax_point_code, "")), *_references(invoice),
        node("cac:AccountingSupplierParty", _party(invoice.seller, _creditor(invoice), is_seller=True)),
        node("cac:AccountingCustomerParty", _party(invoice.buyer, (), is_seller=False)),
        node("cac:TaxRepresentativeParty", node("cac:PartyName", leaf("cbc:Name", agent.name)),
             _address("cac:PostalAddress", agent.address), _tax_scheme(agent.vat_number, "VAT")) if agent else None,
        _delivery(invoice), *_means(invoice), node("cac:PaymentTerms", leaf("cbc:Note", invoice.payment_terms)),
        *(_change(each, invoice.currency, is_whole=True) for each in invoice.allowances), *_taxes(invoice), _totals(invoice),
        *(_line(invoice, line, kind) for line in invoice.lines))


def _period(period: Period, tax_point_code: str = "") -> Node:
    return node("cac:InvoicePeriod", leaf("cbc:StartDate", iso(period.starts_on)), leaf("cbc:EndDate", iso(period.ends_on)),
                leaf("cbc:DescriptionCode", tax_point_code))


def _references(invoice: Invoice) -> list[Node]:
    order = invoice.purchase_order_number or (_NO_ORDER if invoice.sales_order_number else "")
    return [
        node("cac:OrderReference", leaf("cbc:ID", order), leaf("cbc:SalesOrderID", invoice.sales_order_number)),
        *(node("cac:BillingReference", node("cac:InvoiceDocumentReference", leaf("cbc:ID", each.number),
                                            leaf("cbc:IssueDate", iso(each.issued_on)))) for each in invoice.preceding),
        node("cac:DespatchDocumentReference", leaf("cbc:ID", invoice.delivery_note_number)),
        node("cac:ContractDocumentReference", leaf("cbc:ID", invoice.contract_number))]


def _identifier(tag: str, identifier: Identifier | None) -> Node:
    return leaf(tag, identifier.value, schemeID=identifier.scheme) if identifier else None


def _address(tag: str, address: Address) -> Node:
    return node(
        tag, leaf("cbc:StreetName", address.line1), leaf("cbc:AdditionalStreetName", address.line2),
        leaf("cbc:CityName", address.city), leaf("cbc:PostalZone", address.postal_code),
        leaf("cbc:CountrySubentity", address.region),
        node("cac:Country", leaf("cbc:IdentificationCode", address.country_code)))


def _tax_scheme(number_of_it: str, scheme: str) -> Node:
    if not number_of_it:
        return None
    return node("cac:PartyTaxScheme", leaf("cbc:CompanyID", number_of_it), node("cac:TaxScheme", leaf("cbc:ID", scheme)))


def _creditor(invoice: Invoice) -> tuple[Identifier, ...]:
    """The creditor's SEPA identifier (BT-90), which UBL keeps among the seller's identifiers."""
    return tuple(Identifier(value=each.creditor_id, scheme="SEPA") for each in invoice.payment_means if each.creditor_id)[:1]


def _party(party: Party, further: tuple[Identifier, ...], is_seller: bool) -> Node:
    address, legal, contact = party.electronic_address, party.legal_id, party.contact
    return node(
        "cac:Party", _identifier("cbc:EndpointID", address),
        *(node("cac:PartyIdentification", leaf("cbc:ID", each.value, schemeID=each.scheme))
          for each in (*party.identifiers, *further)),
        node("cac:PartyName", leaf("cbc:Name", party.trade_name)), _address("cac:PostalAddress", party.address),
        _tax_scheme(party.vat_number, "VAT"), _tax_scheme(party.tax_registration, "LOC") if is_seller else None,
        node("cac:PartyLegalEntity", leaf("cbc:RegistrationName", party.name),
             _identifier("cbc:CompanyID", legal),
             leaf("cbc:CompanyLegalForm", party.legal_information)),
        node("cac:Contact", leaf("cbc:Name", contact.name), leaf("cbc:Telephone", contact.phone),
             leaf("cbc:ElectronicMail", contact.email)))


def _delivery(invoice: Invoice) -> Node:
    delivery = invoice.delivery
    location = delivery.location
    return node(
        "cac:Delivery", leaf("cbc:ActualDeliveryDate", iso(delivery.delivered_on)),
        node("cac:DeliveryLocation", _identifier("cbc:ID", location),
             _address("cac:Address", delivery.address) if delivery.address else None),
        node("cac:DeliveryParty", node("cac:PartyName", leaf("cbc:Name", delivery.name))))


def _means(invoice: Invoice) -> list[Node]:
    due = iso(invoice.due_on) if invoice.is_credit_note else None
    return [node(
        "cac:PaymentMeans", leaf("cbc:PaymentMeansCode", each.code, name=each.text if i == 0 else ""),
        leaf("cbc:PaymentDueDate", due),
        leaf("cbc:PaymentID", each.reference),
        node("cac:CardAccount", leaf("cbc:PrimaryAccountNumberID", each.card_number),
             leaf("cbc:NetworkID", _NO_ORDER), leaf("cbc:HolderName", each.card_holder)) if each.card_number else None,
        node("cac:PayeeFinancialAccount", leaf("cbc:ID", each.iban), leaf("cbc:Name", each.account_name),
             node("cac:FinancialInstitutionBranch", leaf("cbc:ID", each.bic))) if each.iban else None,
        node("cac:PaymentMandate", leaf("cbc:ID", each.mandate),
             node("cac:PayerFinancialAccount", leaf("cbc:ID", each.debited_iban))))
        for i, each in enumerate(invoice.payment_means)]


def _vat(tag: str, category: str, rate: Decimal | None, *reasons: Node) -> Node:
    return node(tag, leaf("cbc:ID", category), leaf("cbc:Percent", number(rate)), *reasons,
                node("cac:TaxScheme", leaf("cbc:ID", "VAT")))


def _money(tag: str, value: Decimal, currency: str) -> Node:
    return leaf(tag, amount(value, currency), currencyID=currency)


def _change(each: AllowanceCharge, currency: str, is_whole: bool) -> Node:
    return node(
        "cac:AllowanceCharge", leaf("cbc:ChargeIndicator", "true" if each.is_charge else "false"),
        leaf("cbc:AllowanceChargeReasonCode", each.reason_code), leaf("cbc:AllowanceChargeReason", each.reason),
        leaf("cbc:MultiplierFactorNumeric", number(each.percentage)), _money("cbc:Amount", each.amount, currency),
        None if each.base_amount is None else _money("cbc:BaseAmount", each.base_amount, currency),
        _vat("cac:TaxCategory", each.vat_category, each.vat_rate) if is_whole else None)


def _taxes(invoice: Invoice) -> list[Node]:
    currency, totals = invoice.currency, invoice.totals
    rows = [node(
        "cac:TaxSubtotal", _money("cbc:TaxableAmount", row.taxable_amount, currency),
        _money("cbc:TaxAmount", row.vat_amount, currency),
        _vat("cac:TaxCategory", row.vat_category, row.vat_rate, leaf("cbc:TaxExemptionReasonCode", row.exemption_code),
             leaf("cbc:TaxExemptionReason", row.exemption_reason))) for row in invoice.vat_breakdown]
    found = [node("cac:TaxTotal", _money("cbc:TaxAmount", totals.vat_amount, currency), *rows)]
    if invoice.tax_currency and totals.vat_amount_in_tax_currency is not None:
        found.append(node("cac:TaxTotal", _money("cbc:TaxAmount", totals.vat_amount_in_tax_currency, invoice.tax_currency)))
    return found


def _totals(invoice: Invoice) -> Node:
    totals, currency = invoice.totals, invoice.currency
    return node(
        "cac:LegalMonetaryTotal", _money("cbc:LineExtensionAmount", totals.line_net_amount, currency),
        _money("cbc:TaxExclusiveAmount", totals.total_without_vat, currency),
        _money("cbc:TaxInclusiveAmount", totals.total_with_vat, currency),
        _money("cbc:AllowanceTotalAmount", totals.allowance_amount, currency),
        _money("cbc:ChargeTotalAmount", totals.charge_amount, currency),
        _money("cbc:PrepaidAmount", totals.paid_amount, currency),
        _money("cbc:PayableRoundingAmount", totals.rounding_amount, currency) if totals.rounding_amount else None,
        _money("cbc:PayableAmount", totals.due_amount, currency))


def _line(invoice: Invoice, line: Line, kind: str) -> Node:
    currency, item = invoice.currency, line.standard_id
    discount = None
    if line.gross_price is not None and line.price_discount:
        discount = node(
            "cac:AllowanceCharge", leaf("cbc:ChargeIndicator", "false"),
            leaf("cbc:Amount", number(line.price_discount), currencyID=currency),
            leaf("cbc:BaseAmount", number(line.gross_price), currencyID=currency))
    per = None if line.base_quantity == ONE else leaf("cbc:BaseQuantity", number(line.base_quantity), unitCode=line.unit_code)
    return node(
        f"cac:{kind}Line", leaf("cbc:ID", line.id), leaf("cbc:Note", line.note),
        leaf("cbc:CreditedQuantity" if kind == "CreditNote" else "cbc:InvoicedQuantity", number(line.quantity),
             unitCode=line.unit_code),
        _money("cbc:LineExtensionAmount", line.net_amount, currency), _period(line.period),
        node("cac:OrderLineReference", leaf("cbc:LineID", line.order_line_id)),
        *(_change(each, currency, is_whole=False) for each in line.allowances),
        node("cac:Item", leaf("cbc:Description", line.description), leaf("cbc:Name", line.name),
             node("cac:BuyersItemIdentification", leaf("cbc:ID", line.buyer_item_id)),
             node("cac:SellersItemIdentification", leaf("cbc:ID", line.seller_item_id)),
             node("cac:StandardItemIdentification", _identifier("cbc:ID", item)),
             node("cac:OriginCountry", leaf("cbc:IdentificationCode", line.origin_country)),
             _vat("cac:ClassifiedTaxCategory", line.vat_category, line.vat_rate),
             *(node("cac:AdditionalItemProperty", leaf("cbc:Name", each.name), leaf("cbc:Value", each.value))
               for each in line.attributes)),
        node("cac:Price", leaf("cbc:PriceAmount", number(line.net_price), currencyID=currency), per, discount))
