"""Invoices of every kind the trade knows, stated as an issuer would: lines first, totals added up from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from typing import Any

from chalicelib.einvoice import model
from chalicelib.einvoice.model import (
    AllowanceCharge,
    Attribute,
    Contact,
    Delivery,
    Identifier,
    Invoice,
    Line,
    Note,
    Party,
    PaymentMeans,
    Period,
    PrecedingInvoice,
    Totals,
    VatBreakdown,
)
from chalicelib.kernel.address import Address
from chalicelib.kernel.money import ZERO, round_amount

ISSUED = date(2026, 11, 24)
REASONS = {
    "E": ("TVA non applicable, franchise en base", "VATEX-FR-FRANCHISE"), "AE": ("Autoliquidation", "VATEX-EU-AE"),
    "K": ("Livraison intracommunautaire exonérée", "VATEX-EU-IC"), "G": ("Exportation exonérée", "VATEX-EU-G"),
    "O": ("Hors du champ de la TVA", "VATEX-EU-O")}
MENTIONS = (
    Note(subject_code="PMT", text="Indemnité forfaitaire pour frais de recouvrement : 40 €."),
    Note(subject_code="PMD", text="Pénalités de retard : trois fois le taux d’intérêt légal."),
    Note(subject_code="AAB", text="Pas d’escompte pour paiement anticipé."),
)
SELLER = Party(
    name="Atelier du Pastel SAS", trade_name="Pastel", legal_id=Identifier(value="732829320", scheme="0002"),
    identifiers=(Identifier(value="73282932000074", scheme="0009"),), vat_number="FR44732829320",
    legal_information="SAS au capital de 50 000 € · RCS Toulouse 732 829 320",
    electronic_address=Identifier(value="732829320", scheme="0225"),
    address=Address(line1="12 rue des Couteliers", line2="Bâtiment B", postal_code="31000", city="Toulouse", country_code="FR"),
    contact=Contact(name="Comptabilité", phone="+33561000000", email="compta@pastel.example"))
BUYER = Party(
    name="Librairie Ombres & Lumières", legal_id=Identifier(value="404833048", scheme="0002"), vat_number="FR83404833048",
    electronic_address=Identifier(value="404833048", scheme="0225"),
    address=Address(line1="3 place de la Mairie", postal_code="44000", city="Nantes", country_code="FR"))
GERMAN = Party(
    name="Blaue Stunde GmbH", vat_number="DE136695976", electronic_address=Identifier(value="DE136695976", scheme="9930"),
    address=Address(line1="Lindenallee 5", postal_code="10115", city="Berlin", country_code="DE"))
JAPANESE = Party(
    name="Aoi Shoten KK", electronic_address=Identifier(value="aoi@shoten.example", scheme="EM"),
    address=Address(line1="1-2-3 Ginza", postal_code="104-0061", city="Tokyo", country_code="JP"))
CONSUMER = Party(name="Camille Roux", address=Address(line1="8 rue Pasteur", postal_code="69007", city="Lyon",
                                                      country_code="FR"))
TRANSFER = PaymentMeans(code="58", text="Virement", reference="FA-2026-00042", iban="FR7630006000011234567890189",
                        bic="AGRIFRPP", account_name="Atelier du Pastel")


def line(price: str, quantity: str = "1", rate: str | None = "20", category: str = "S", **more: Any) -> Line:
    """A line whose amount is what it comes to."""
    base = more.get("base_quantity", D(1))
    change = sum((each.amount if each.is_charge else -each.amount for each in more.get("allowances", ())), ZERO)
    net = round_amount(D(quantity) * D(price) / base + change, more.pop("currency", "EUR"))
    values: dict[str, Any] = {"id": "1", "name": "Carnet à l’encre bleue", "seller_item_id": "CARNET-A5", **more}
    return Line(quantity=D(quantity), net_price=D(price), net_amount=net, vat_category=category,
                vat_rate=None if rate is None else D(rate), **values)


def invoice(*lines: Line, allowances: tuple[AllowanceCharge, ...] = (), **more: Any) -> Invoice:
    """An invoice of these lines, its breakdown and totals added up from them."""
    numbered = tuple(replace(each, id=str(i + 1)) for i, each in enumerate(lines))
    currency = more.get("currency", "EUR")
    sums: dict[tuple[str, D | None], D] = {}
    for each in numbered:
        sums[each.vat_category, each.vat_rate] = sums.get((each.vat_category, each.vat_rate), ZERO) + each.net_amount
    for change in allowances:
        key = (change.vat_category, change.vat_rate)
        sums[key] = sums.get(key, ZERO) + (change.amount if change.is_charge else -change.amount)
    rows = tuple(VatBreakdown(
        vat_category=category, vat_rate=rate, taxable_amount=base,
        vat_amount=round_amount(base * (rate or ZERO) / 100, currency),
        exemption_reason=REASONS.get(category, ("", ""))[0], exemption_code=REASONS.get(category, ("", ""))[1])
        for (category, rate), base in sums.items())
    net = sum((row.taxable_amount for row in rows), ZERO)
    vat = sum((row.vat_amount for row in rows), ZERO)
    paid, rounding = more.pop("paid", ZERO), more.pop("rounding", ZERO)
    totals = Totals(
        line_net_amount=sum((each.net_amount for each in numbered), ZERO),
        allowance_amount=sum((each.amount for each in allowances if not each.is_charge), ZERO),
        charge_amount=sum((each.amount for each in allowances if each.is_charge), ZERO),
        total_without_vat=net, vat_amount=vat, vat_amount_in_tax_currency=more.pop("vat_in_euro", None),
        total_with_vat=net + vat, paid_amount=paid, rounding_amount=rounding, due_amount=net + vat - paid + rounding)
    values: dict[str, Any] = {
        "number": "FA-2026-00042", "issued_on": ISSUED, "due_on": date(2026, 12, 24), "seller": SELLER, "buyer": BUYER,
        "notes": MENTIONS, "payment_means": (TRANSFER,), "payment_terms": "30 jours net", "sales_order_number": "CO-2026-00017",
        "delivery": Delivery(name="Réserve", delivered_on=date(2026, 11, 23), address=BUYER.address), **more}
    return Invoice(lines=numbered, allowances=allowances, vat_breakdown=rows, totals=totals, **values)


def plain() -> Invoice:
    return invoice(line("12.50", "4"))


def mixed_rates() -> Invoice:
    return invoice(line("19.99", "3"), line("7.30", "2", "5.5", name="Livre illustré"), line("11.10", "1", "10", name="Tisane"),
                   line("3.33", "7", "2.1", name="Revue"))


def allowances_at_both_levels() -> Invoice:
    off = AllowanceCharge(amount=D("5.00"), base_amount=D("50.00"), percentage=D("10"), reason="Remise fidélité",
                          reason_code="95")
    packing = AllowanceCharge(is_charge=True, amount=D("1.20"), reason="Emballage cadeau", reason_code="ABL")
    rebate = AllowanceCharge(amount=D("4.62"), reason="Remise de 10 %", reason_code="100", vat_category="S", vat_rate=D(20))
    freight = AllowanceCharge(is_charge=True, amount=D("6.90"), reason="Port", reason_code="FC", vat_category="S",
                              vat_rate=D(20))
    return invoice(line("12.50", "4", allowances=(off, packing)), line("7.30", "2", "5.5", name="Livre"),
                   allowances=(rebate, freight))


def detailed_lines() -> Invoice:
    rich = line("8.333333", "12", gross_price=D("9.258148"), price_discount=D("0.924815"), base_quantity=D(1),
                description="Papier vergé, 96 pages", standard_id=Identifier(value="3760123450017", scheme="0160"),
                buyer_item_id="LIB-88", origin_country="FR", note="Deuxième tirage", order_line_id="1",
                attributes=(Attribute(name="Couleur", value="Bleu"), Attribute(name="Format", value="A5")),
                period=Period(starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 30)))
    per_hundred = line("15.00", "250", base_quantity=D(100), name="Enveloppe", unit_code="H87")
    return invoice(rich, per_hundred, buyer_reference="SERV-ACHATS", contract_number="CT-9", purchase_order_number="PO-7781",
                   delivery_note_number="BL-2026-00031", period=Period(starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 30)),
                   tax_point_code="29")


def credit_note() -> Invoice:
    return invoice(line("12.50", "1"), line("7.30", "1", "5.5"), type_code=model.CREDIT_NOTE, number="AV-2026-00003",
                   preceding=(PrecedingInvoice(number="FA-2026-00040", issued_on=date(2026, 11, 2)),))


def corrected() -> Invoice:
    return invoice(line("12.50", "4"), type_code=model.CORRECTED_INVOICE,
                   preceding=(PrecedingInvoice(number="FA-2026-00040", issued_on=date(2026, 11, 2)),))


def deposit() -> Invoice:
    return invoice(line("100.00", name="Acompte de 30 % sur la commande CO-2026-00017"), type_code=model.DEPOSIT_INVOICE,
                   number="AC-2026-00001", delivery=Delivery())


def after_deposit() -> Invoice:
    return invoice(line("333.33"), process="B4", paid=D("120.00"),
                   preceding=(PrecedingInvoice(number="AC-2026-00001", issued_on=date(2026, 11, 2)),))


def returned_line() -> Invoice:
    return invoice(line("12.50", "4"), line("12.50", "-1", name="Reprise d’un carnet"))


def exempt() -> Invoice:
    return invoice(line("80.00", "2", "0", "E", name="Atelier de reliure"), process="S1")


def reverse_charge() -> Invoice:
    return invoice(line("450.00", "1", "0", "AE", name="Pose de rayonnages"), process="S1")


def intra_eu() -> Invoice:
    return invoice(line("12.50", "40", "0", "K"), buyer=GERMAN,
                   delivery=Delivery(delivered_on=date(2026, 11, 20), address=GERMAN.address))


def export_in_yen() -> Invoice:
    return invoice(line("1250", "40", "0", "G", currency="JPY"), buyer=JAPANESE, currency="JPY", tax_currency="EUR",
                   vat_in_euro=D("0.00"), delivery=Delivery(delivered_on=date(2026, 11, 20), address=JAPANESE.address))


def yen_with_vat() -> Invoice:
    return invoice(line("1337", "3", currency="JPY"), currency="JPY", tax_currency="EUR", vat_in_euro=D("4.81"))


def outside_scope() -> Invoice:
    seller = replace(SELLER, vat_number="")
    return invoice(line("25.00", "1", None, "O", name="Cotisation"), seller=seller, buyer=replace(BUYER, vat_number=""),
                   process="S1")


def zero_rated() -> Invoice:
    return invoice(line("25.00", "2", "0", "Z", name="Article au taux zéro"))


def rounded() -> Invoice:
    return invoice(line("8.325", "3"), rounding=D("-0.01"))


def paid_already() -> Invoice:
    return invoice(line("12.50", "4"), process="B2", paid=D("60.00"), due_on=date(2026, 11, 20), payment_terms="",
                   payment_means=(PaymentMeans(code="48", text="Carte bancaire", card_number="4970100013"),))


def consumer() -> Invoice:
    return invoice(line("12.50", "4"), buyer=CONSUMER, notes=(), payment_means=(PaymentMeans(code="48"),))


CASES: dict[str, Callable[[], Invoice]] = {each.__name__: each for each in (
    plain, mixed_rates, allowances_at_both_levels, detailed_lines, credit_note, corrected, deposit, after_deposit,
    returned_line, exempt, reverse_charge, intra_eu, export_in_yen, yen_with_vat, outside_scope, zero_rated, rounded,
    paid_already)}
"""What goes over the French network, by name: each must pass every rule."""
