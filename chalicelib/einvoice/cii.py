"""An invoice as UN/CEFACT Cross Industry Invoice, D22B, profile EN 16931: what Factur-X embeds in the PDF. Pure.

Sources: EN 16931-3-3 (mapping to CII), Factur-X 1.09 (FNFE-MPE). The order of elements is the schema's.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element

from chalicelib.einvoice.model import ONE, AllowanceCharge, Identifier, Invoice, Line, Party, Period
from chalicelib.einvoice.xml import amount, compact_date, leaf, node, number, root
from chalicelib.kernel.address import Address

SPECIFICATION = "urn:cen.eu:en16931:2017"
FILE_NAME = "factur-x.xml"
"""The one name a Factur-X PDF may give its XML (Factur-X 1.09 §6.2)."""
_UNECE = "urn:un:unece:uncefact:data:standard"
_NAMESPACES = {"rsm": f"{_UNECE}:CrossIndustryInvoice:100", "qdt": f"{_UNECE}:QualifiedDataType:100",
               "ram": f"{_UNECE}:ReusableAggregateBusinessInformationEntity:100", "udt": f"{_UNECE}:UnqualifiedDataType:100"}

Node = Element | None


def write(invoice: Invoice) -> bytes:
    """The XML document; the same invoice always gives the same bytes."""
    context = node(
        "rsm:ExchangedDocumentContext",
        node("ram:BusinessProcessSpecifiedDocumentContextParameter", leaf("ram:ID", invoice.process)),
        node("ram:GuidelineSpecifiedDocumentContextParameter", leaf("ram:ID", SPECIFICATION)))
    head = node(
        "rsm:ExchangedDocument", leaf("ram:ID", invoice.number), leaf("ram:TypeCode", invoice.type_code),
        _moment("ram:IssueDateTime", invoice.issued_on),
        *(node("ram:IncludedNote", leaf("ram:Content", note.text), leaf("ram:SubjectCode", note.subject_code))
          for note in invoice.notes))
    trade = node(
        "rsm:SupplyChainTradeTransaction", *(_line(invoice, line) for line in invoice.lines), _agreement(invoice),
        _delivery(invoice), _settlement(invoice))
    return root("rsm:CrossIndustryInvoice", _NAMESPACES, context, head, trade)


def _moment(tag: str, day: date | None) -> Node:
    return node(tag, leaf("udt:DateTimeString", compact_date(day), format="102"))


def _document(tag: str, number_of_it: str) -> Node:
    return node(tag, leaf("ram:IssuerAssignedID", number_of_it))


def _address(address: Address) -> Node:
    return node(
        "ram:PostalTradeAddress", leaf("ram:PostcodeCode", address.postal_code), leaf("ram:LineOne", address.line1),
        leaf("ram:LineTwo", address.line2), leaf("ram:CityName", address.city), leaf("ram:CountryID", address.country_code),
        leaf("ram:CountrySubDivisionName", address.region))


def _identifier(tag: str, identifier: Identifier | None) -> Node:
    return leaf(tag, identifier.value, schemeID=identifier.scheme) if identifier else None


def _identifiers(identifiers: tuple[Identifier, ...]) -> list[Node]:
    """Those without a scheme first, as the schema has them."""
    plain = [leaf("ram:ID", each.value) for each in identifiers if not each.scheme]
    return plain + [leaf("ram:GlobalID", each.value, schemeID=each.scheme) for each in identifiers if each.scheme]


def _party(tag: str, party: Party, is_seller: bool) -> Node:
    legal, contact, address = party.legal_id, party.contact, party.electronic_address
    return node(
        tag, *_identifiers(party.identifiers), leaf("ram:Name", party.name), leaf("ram:Description", party.legal_information),
        node("ram:SpecifiedLegalOrganization", _identifier("ram:ID", legal),
             leaf("ram:TradingBusinessName", party.trade_name)),
        node("ram:DefinedTradeContact", leaf("ram:PersonName", contact.name),
             node("ram:TelephoneUniversalCommunication", leaf("ram:CompleteNumber", contact.phone)),
             node("ram:EmailURIUniversalCommunication", leaf("ram:URIID", contact.email))),
        _address(party.address),
        node("ram:URIUniversalCommunication", _identifier("ram:URIID", address)),
        node("ram:SpecifiedTaxRegistration", leaf("ram:ID", party.vat_number, schemeID="VA")),
        node("ram:SpecifiedTaxRegistration", leaf("ram:ID", party.tax_registration, schemeID="FC")) if is_seller else None)


def _agreement(invoice: Invoice) -> Node:
    agent = invoice.representative
    return node(
        "ram:ApplicableHeaderTradeAgreement", leaf("ram:BuyerReference", invoice.buyer_reference),
        _party("ram:SellerTradeParty", invoice.seller, is_seller=True),
        _party("ram:BuyerTradeParty", invoice.buyer, is_seller=False),
        node("ram:SellerTaxRepresentativeTradeParty", leaf("ram:Name", agent.name), _address(agent.address),
             node("ram:SpecifiedTaxRegistration", leaf("ram:ID", agent.vat_number, schemeID="VA"))) if agent else None,
        _document("ram:SellerOrderReferencedDocument", invoice.sales_order_number),
        _document("ram:BuyerOrderReferencedDocument", invoice.purchase_order_number),
        _document("ram:ContractReferencedDocument", invoice.contract_number))


def _delivery(invoice: Invoice) -> Node:
    delivery = invoice.delivery
    place = node(
        "ram:ShipToTradeParty", *_identifiers((delivery.location,) if delivery.location else ()),
        leaf("ram:Name", delivery.name), _address(delivery.address) if delivery.address else None)
    found = node(
        "ram:ApplicableHeaderTradeDelivery", place,
        node("ram:ActualDeliverySupplyChainEvent", _moment("ram:OccurrenceDateTime", delivery.delivered_on)),
        _document("ram:DespatchAdviceReferencedDocument", invoice.delivery_note_number))
    return Element("ram:ApplicableHeaderTradeDelivery") if found is None else found


def _settlement(invoice: Invoice) -> Node:
    means = invoice.payment_means
    mandate = next((each.mandate for each in means if each.mandate), "")
    return node(
        "ram:ApplicableHeaderTradeSettlement",
        leaf("ram:CreditorReferenceID", next((each.creditor_id for each in means if each.creditor_id), "")),
        leaf("ram:PaymentReference", next((each.reference for each in means if each.reference), "")),
        leaf("ram:TaxCurrencyCode", invoice.tax_currency), leaf("ram:InvoiceCurrencyCode", invoice.currency),
        *_means(invoice), *_taxes(invoice), _period(invoice.period),
        *(_change(each, invoice.currency, is_whole=True) for each in invoice.allowances),
        node("ram:SpecifiedTradePaymentTerms", leaf("ram:Description", invoice.payment_terms),
             _moment("ram:DueDateDateTime", invoice.due_on), leaf("ram:DirectDebitMandateID", mandate)),
        _totals(invoice),
        *(node("ram:InvoiceReferencedDocument", leaf("ram:IssuerAssignedID", each.number),
               node("ram:FormattedIssueDateTime", leaf("qdt:DateTimeString", compact_date(each.issued_on), format="102")))
          for each in invoice.preceding))


def _means(invoice: Invoice) -> list[Node]:
    return [node(
        "ram:SpecifiedTradeSettlementPaymentMeans", leaf("ram:TypeCode", each.code), leaf("ram:Information", each.text),
        node("ram:ApplicableTradeSettlementFinancialCard", leaf("ram:ID", each.card_number),
             leaf("ram:CardholderName", each.card_holder)) if each.card_number else None,
        node("ram:PayerPartyDebtorFinancialAccount", leaf("ram:IBANID", each.debited_iban)),
        node("ram:PayeePartyCreditorFinancialAccount", leaf("ram:IBANID", each.iban),
             leaf("ram:AccountName", each.account_name)),
        node("ram:PayeeSpecifiedCreditorFinancialInstitution", leaf("ram:BICID", each.bic)))
        for each in invoice.payment_means]


def _taxes(invoice: Invoice) -> list[Node]:
    return [node(
        "ram:ApplicableTradeTax", leaf("ram:CalculatedAmount", amount(row.vat_amount, invoice.currency)),
        leaf("ram:TypeCode", "VAT"), leaf("ram:ExemptionReason", row.exemption_reason),
        leaf("ram:BasisAmount", amount(row.taxable_amount, invoice.currency)), leaf("ram:CategoryCode", row.vat_category),
        leaf("ram:ExemptionReasonCode", row.exemption_code),
        node("ram:TaxPointDate", leaf("udt:DateString", compact_date(invoice.tax_point_on), format="102")),
        leaf("ram:DueDateTypeCode", invoice.tax_point_code), leaf("ram:RateApplicablePercent", number(row.vat_rate)))
        for row in invoice.vat_breakdown]


def _period(period: Period) -> Node:
    return node("ram:BillingSpecifiedPeriod", _moment("ram:StartDateTime", period.starts_on),
                _moment("ram:EndDateTime", period.ends_on))


def _vat(tag: str, category: str, rate: Decimal | None) -> Node:
    return node(tag, leaf("ram:TypeCode", "VAT"), leaf("ram:CategoryCode", category),
                leaf("ram:RateApplicablePercent", number(rate)))


def _change(each: AllowanceCharge, currency: str, is_whole: bool) -> Node:
    base = None if each.base_amount is None else amount(each.base_amount, currency)
    return node(
        "ram:SpecifiedTradeAllowanceCharge",
        node("ram:ChargeIndicator", leaf("udt:Indicator", "true" if each.is_charge else "false")),
        leaf("ram:CalculationPercent", number(each.percentage)), leaf("ram:BasisAmount", base),
        leaf("ram:ActualAmount", amount(each.amount, currency)), leaf("ram:ReasonCode", each.reason_code),
        leaf("ram:Reason", each.reason), _vat("ram:CategoryTradeTax", each.vat_category, each.vat_rate) if is_whole else None)


def _totals(invoice: Invoice) -> Node:
    totals, currency = invoice.totals, invoice.currency
    in_tax_currency = None
    if invoice.tax_currency and totals.vat_amount_in_tax_currency is not None:
        in_tax_currency = leaf("ram:TaxTotalAmount", amount(totals.vat_amount_in_tax_currency, invoice.tax_currency),
                               currencyID=invoice.tax_currency)
    return node(
        "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
        leaf("ram:LineTotalAmount", amount(totals.line_net_amount, currency)),
        leaf("ram:ChargeTotalAmount", amount(totals.charge_amount, currency)),
        leaf("ram:AllowanceTotalAmount", amount(totals.allowance_amount, currency)),
        leaf("ram:TaxBasisTotalAmount", amount(totals.total_without_vat, currency)),
        leaf("ram:TaxTotalAmount", amount(totals.vat_amount, currency), currencyID=currency), in_tax_currency,
        leaf("ram:RoundingAmount", amount(totals.rounding_amount, currency)) if totals.rounding_amount else None,
        leaf("ram:GrandTotalAmount", amount(totals.total_with_vat, currency)),
        leaf("ram:TotalPrepaidAmount", amount(totals.paid_amount, currency)),
        leaf("ram:DuePayableAmount", amount(totals.due_amount, currency)))


def _line(invoice: Invoice, line: Line) -> Node:
    item = line.standard_id
    per = None if line.base_quantity == ONE else leaf("ram:BasisQuantity", number(line.base_quantity), unitCode=line.unit_code)
    gross = None
    if line.gross_price is not None:
        discount = line.price_discount and node(
            "ram:AppliedTradeAllowanceCharge", node("ram:ChargeIndicator", leaf("udt:Indicator", "false")),
            leaf("ram:ActualAmount", number(line.price_discount)))
        gross = node("ram:GrossPriceProductTradePrice", leaf("ram:ChargeAmount", number(line.gross_price)),
                     discount if isinstance(discount, Element) else None)
    return node(
        "ram:IncludedSupplyChainTradeLineItem",
        node("ram:AssociatedDocumentLineDocument", leaf("ram:LineID", line.id),
             node("ram:IncludedNote", leaf("ram:Content", line.note))),
        node("ram:SpecifiedTradeProduct", _identifier("ram:GlobalID", item),
             leaf("ram:SellerAssignedID", line.seller_item_id), leaf("ram:BuyerAssignedID", line.buyer_item_id),
             leaf("ram:Name", line.name), leaf("ram:Description", line.description),
             *(node("ram:ApplicableProductCharacteristic", leaf("ram:Description", each.name), leaf("ram:Value", each.value))
               for each in line.attributes),
             node("ram:OriginTradeCountry", leaf("ram:ID", line.origin_country))),
        node("ram:SpecifiedLineTradeAgreement",
             node("ram:BuyerOrderReferencedDocument", leaf("ram:LineID", line.order_line_id)), gross,
             node("ram:NetPriceProductTradePrice", leaf("ram:ChargeAmount", number(line.net_price)), per)),
        node("ram:SpecifiedLineTradeDelivery", leaf("ram:BilledQuantity", number(line.quantity), unitCode=line.unit_code)),
        node("ram:SpecifiedLineTradeSettlement", _vat("ram:ApplicableTradeTax", line.vat_category, line.vat_rate),
             _period(line.period), *(_change(each, invoice.currency, is_whole=False) for each in line.allowances),
             node("ram:SpecifiedTradeSettlementLineMonetarySummation",
                  leaf("ram:LineTotalAmount", amount(line.net_amount, invoice.currency)))))
