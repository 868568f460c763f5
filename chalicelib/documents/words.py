"""What papers say besides the facts, in French and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "fr": {
        "invoice": "Facture", "credit_note": "Avoir", "deposit": "Facture d’acompte", "corrected": "Facture rectificative",
        "order_confirmation": "Confirmation de commande", "delivery_note": "Bon de livraison", "address_label": "Étiquette",
        "issued_on": "Date", "due_on": "Échéance", "delivered_on": "Livraison", "order_number": "Commande",
        "purchase_order": "Votre référence", "buyer_reference": "Service", "contract": "Contrat",
        "delivery_number": "Bon de livraison",
        "preceding": "Facture d’origine", "period": "Période", "placed_at": "Commandé le", "shipped_at": "Expédié le",
        "channel": "Canal", "carrier": "Transporteur", "tracking": "Suivi", "vat_number": "N° TVA", "siren": "SIREN",
        "item": "Désignation", "sku": "Réf.", "quantity": "Qté", "ordered": "Commandé", "shipped": "Livré", "rest": "Reste",
        "unit_price": "PU HT", "unit_price_with_vat": "PU TTC", "vat": "TVA", "net_amount": "Montant HT",
        "amount_with_vat": "Montant TTC", "allowance": "Remise", "charge": "Frais",
        "lines_total": "Total des lignes", "allowances_total": "Remises", "charges_total": "Frais",
        "total_without_vat": "Total HT", "total_with_vat": "Total TTC", "rounding": "Arrondi", "paid": "Déjà payé",
        "due": "Net à payer", "to_refund": "Net à rembourser", "vat_in_euro": "TVA en euros", "base": "Base HT",
        "rate": "Taux", "vat_amount": "Montant TVA",
        "bill_to": "Facturé à", "deliver_to": "Livré à", "payment": "Paiement", "reference_to_quote": "Référence à rappeler",
        "page": "Page {page} / {pages}", "notes": "Mentions", "from": "Expéditeur", "weight": "Poids", "parcel": "Colis",
        "per": "pour {quantity}", "paid_on_order": "Payé à la commande", "to_pay": "À payer",
        "electronic": "Facture électronique Factur-X : les mêmes données sont jointes à ce fichier.",
    },
    "en": {
        "invoice": "Invoice", "credit_note": "Credit note", "deposit": "Deposit invoice", "corrected": "Corrected invoice",
        "order_confirmation": "Order confirmation", "delivery_note": "Delivery note", "address_label": "Label",
        "issued_on": "Date", "due_on": "Due", "delivered_on": "Delivered", "order_number": "Order",
        "purchase_order": "Your reference", "buyer_reference": "Department", "contract": "Contract",
        "delivery_number": "Delivery note",
        "preceding": "Preceding invoice", "period": "Period", "placed_at": "Ordered", "shipped_at": "Shipped",
        "channel": "Channel", "carrier": "Carrier", "tracking": "Tracking", "vat_number": "VAT no.", "siren": "SIREN",
        "item": "Description", "sku": "Ref.", "quantity": "Qty", "ordered": "Ordered", "shipped": "Shipped",
        "rest": "To follow",
        "unit_price": "Price excl. VAT", "unit_price_with_vat": "Price incl. VAT", "vat": "VAT", "net_amount": "Net amount",
        "amount_with_vat": "Amount incl. VAT", "allowance": "Allowance", "charge": "Charge",
        "lines_total": "Total of lines", "allowances_total": "Allowances", "charges_total": "Charges",
        "total_without_vat": "Total excl. VAT", "total_with_vat": "Total incl. VAT", "rounding": "Rounding",
        "paid": "Already paid",
        "due": "Amount due", "to_refund": "To be refunded", "vat_in_euro": "VAT in euros", "base": "Taxable",
        "rate": "Rate", "vat_amount": "VAT amount",
        "bill_to": "Billed to", "deliver_to": "Delivered to", "payment": "Payment",
        "reference_to_quote": "Reference to quote",
        "page": "Page {page} of {pages}", "notes": "Terms", "from": "From", "weight": "Weight", "parcel": "Parcel",
        "per": "for {quantity}", "paid_on_order": "Paid with the order", "to_pay": "To be paid",
        "electronic": "Factur-X electronic invoice: the same data is attached to this file.",
    },
})


def words(locale: str) -> Mapping[str, str]:
    """The words of a locale; French where there is no other."""
    return WORDS.get(locale, WORDS["fr"])


_UNITS = {"BX": ("boîte", "box"), "CT": ("carton", "carton"), "PX": ("palette", "pallet"), "GRM": ("g", "g"),
          "KGM": ("kg", "kg"), "LTR": ("l", "l"), "MTR": ("m", "m"), "HUR": ("h", "h"), "DAY": ("j", "d"),
          "PR": ("paire", "pair"), "SET": ("jeu", "set")}
"""Units of UN/ECE Recommendation 20 and 21 as people write them. Single pieces need no word."""
_PIECES = frozenset({"C62", "H87", "EA"})


def unit_word(unit_code: str, locale: str) -> str:
    """How a unit is written behind a quantity; "" for pieces, the code itself where we have no word."""
    if unit_code in _PIECES:
        return ""
    found = _UNITS.get(unit_code)
    return unit_code if found is None else found[0 if locale == "fr" else 1]
