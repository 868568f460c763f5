"""Rules of the two parties: names, addresses, registrations, VAT numbers, electronic addresses. Pure.

Sources: EN 16931-1:2017 §6.4; BR-FR-… of AFNOR XP Z12-012; names and full addresses are asked for by CGI ann. II art.
242 nonies A, I, 1°.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum.exceptions import ValidationError
from stdnum.fr import siren, siret

from chalicelib.einvoice import model
from chalicelib.einvoice.finding import Finding, fatal, warning
from chalicelib.einvoice.model import Invoice, Party

_ENDPOINT = re.compile(r"[A-Za-z0-9+\-_.]+")
_SIDES = (("seller", "BR-06", "BT-27", "BR-09", "BT-40"), ("buyer", "BR-07", "BT-44", "BR-11", "BT-55"))
SELF_BILLED = frozenset({"389", "501", "500", "471", "473", "261", "502"})


def _party(invoice: Invoice, side: str) -> Party:
    return invoice.seller if side == "seller" else invoice.buyer


def names_and_addresses(invoice: Invoice, france: bool) -> Iterator[Finding]:
    """BR-06 to BR-11, and the full addresses of CGI ann. II art. 242 nonies A."""
    for side, name_rule, name_term, country_rule, country_term in _SIDES:
        party = _party(invoice, side)
        if not party.name.strip():
            yield fatal(name_rule, f"{side}_name_missing", f"{side}.name", name_term)
        if not party.address.country_code.strip():
            yield fatal(country_rule, f"{side}_country_missing", f"{side}.address.country_code", country_term)
        if not (party.address.line1.strip() and party.address.city.strip()):
            told = fatal if france or side == "seller" else warning
            yield told("242 nonies A", f"{side}_address_incomplete", f"{side}.address", "BG-5" if side == "seller" else "BG-8")


def registrations(invoice: Invoice, france: bool) -> Iterator[Finding]:
    """BR-CO-26, BR-FR-09, -10, -11, -32: SIREN and SIRET."""
    seller = invoice.seller
    if not (seller.legal_id or seller.vat_number or seller.identifiers):
        yield fatal("BR-CO-26", "seller_unidentified", "seller.legal_id", "BT-29, BT-30, BT-31")
    if france and not (seller.legal_id and seller.legal_id.value.strip()):
        yield fatal("BR-FR-10", "seller_siren_missing", "seller.legal_id", "BT-30")
    if _treatment(invoice) == "B2B" and not (invoice.buyer.legal_id and invoice.buyer.legal_id.value.strip()):
        yield fatal("BR-FR-11", "buyer_siren_missing", "buyer.legal_id", "BT-47", buyer=invoice.buyer.name)
    for side, rule, term in (("seller", "BR-FR-10", "BT-30"), ("buyer", "BR-FR-11", "BT-47")):
        party = _party(invoice, side)
        legal = party.legal_id
        if legal and legal.scheme == model.SIREN_SCHEME and not _valid(siren, legal.value):
            yield fatal(rule if legal.value.isdigit() and len(legal.value) == 9 else "BR-FR-32", f"{side}_siren_wrong",
                        f"{side}.legal_id", term, siren=legal.value)
        for i, each in enumerate(party.identifiers):
            if each.scheme != model.SIRET_SCHEME:
                continue
            owner = legal.value if legal and legal.scheme == model.SIREN_SCHEME else ""
            if not _valid(siret, each.value) or not each.value.startswith(owner) or (france and not owner):
                yield fatal("BR-FR-09", f"{side}_siret_wrong", f"{side}.identifiers.{i}",
                            "BT-29" if side == "seller" else "BT-46", siret=each.value, siren=owner)


def vat_numbers(invoice: Invoice, france: bool) -> Iterator[Finding]:
    """BR-CO-09, and the numbers each VAT category wants or forbids (BR-S-02, -Z-02, -E-02, -AE-02, -IC-02, -G-02, -O-02)."""
    numbers = [("seller.vat_number", "BT-31", invoice.seller.vat_number),
               ("buyer.vat_number", "BT-48", invoice.buyer.vat_number)]
    if invoice.representative:
        numbers.append(("representative.vat_number", "BT-63", invoice.representative.vat_number))
    for field, term, number in numbers:
        if number and not re.match(r"[A-Z]{2}", number):
            yield fatal("BR-CO-09", "vat_number_prefix", field, term, number=number)
    categories = {line.vat_category for line in invoice.lines} | {each.vat_category for each in invoice.allowances}
    by_number = bool(invoice.seller.vat_number or (invoice.representative and invoice.representative.vat_number))
    identified = by_number or bool(invoice.seller.tax_registration)
    for category, rule in (("S", "BR-S-02"), ("Z", "BR-Z-02"), ("E", "BR-E-02"), ("AE", "BR-AE-02")):
        if category in categories and not identified:
            yield fatal(rule, "seller_vat_number_missing", "seller.vat_number", "BT-31, BT-32", category=category)
    for category, rule in (("K", "BR-IC-02"), ("G", "BR-G-02")):
        if category in categories and not by_number:
            yield fatal(rule, "seller_vat_number_missing", "seller.vat_number", "BT-31", category=category)
    if "AE" in categories and not (invoice.buyer.vat_number or invoice.buyer.legal_id):
        yield fatal("BR-AE-02", "buyer_vat_number_missing", "buyer.vat_number", "BT-48", category="AE")
    if "K" in categories and not invoice.buyer.vat_number:
        yield fatal("BR-IC-02", "buyer_vat_number_missing", "buyer.vat_number", "BT-48", category="K")
    if "O" in categories and (by_number or invoice.buyer.vat_number):
        yield fatal("BR-O-02", "vat_number_forbidden", "seller.vat_number", "BT-31, BT-48")


def electronic_addresses(invoice: Invoice, france: bool) -> Iterator[Finding]:
    """BR-62, BR-63, BR-FR-12, -13, -21, -22, -23, -25: where the invoice is sent from and to on the network."""
    for side, rule, french_rule, term in (("seller", "BR-62", "BR-FR-13", "BT-34"), ("buyer", "BR-63", "BR-FR-12", "BT-49")):
        address = _party(invoice, side).electronic_address
        field = f"{side}.electronic_address"
        if address is None or not address.value.strip():
            if france:
                yield fatal(french_rule, f"{side}_endpoint_missing", field, term)
            continue
        if not address.scheme:
            yield fatal(rule, "endpoint_scheme", field, term, value=address.value)
        if france and address.scheme != model.EMAIL_SCHEME and not _ENDPOINT.fullmatch(address.value):
            yield fatal("BR-FR-23", "endpoint_form", field, term, value=address.value)
        if france and len(address.value) > 125:
            yield fatal("BR-FR-25", "endpoint_long", field, term, value=address.value)
    if _treatment(invoice) == "B2B":
        side, rule = ("seller", "BR-FR-22") if invoice.type_code in SELF_BILLED else ("buyer", "BR-FR-21")
        party = _party(invoice, side)
        address, legal = party.electronic_address, party.legal_id
        if address and legal and not (address.scheme == model.FRENCH_NETWORK_SCHEME and address.value.startswith(legal.value)):
            yield fatal(rule, "endpoint_siren", f"{side}.electronic_address", "BT-49" if side == "buyer" else "BT-34",
                        value=address.value, siren=legal.value)


def _treatment(invoice: Invoice) -> str:
    return next((note.text for note in invoice.notes if note.subject_code == model.TREATMENT_NOTE), "")


def _valid(number: object, value: str) -> bool:
    try:
        number.validate(value)  # type: ignore[attr-defined]
    except ValidationError:
        return False
    return " " not in value
