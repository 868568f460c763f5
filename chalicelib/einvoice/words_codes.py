"""What findings about codes say: the problem and the fix, in French and English."""

from __future__ import annotations

from collections.abc import Mapping

CODE_WORDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "code_currencies": {
        "fr": ("La devise « {given} » n’est pas dans la liste publiée.",
               "Choisissez une devise de la liste ISO 4217."),
        "en": ("The currency “{given}” is not in the published list.",
               "Choose a currency of ISO 4217.")},
    "code_countries": {
        "fr": ("Le pays « {given} » n’est pas dans la liste publiée.",
               "Choisissez le pays dans la liste (ISO 3166-1)."),
        "en": ("The country “{given}” is not in the published list.",
               "Choose the country from the list (ISO 3166-1).")},
    "code_units": {
        "fr": ("L’unité « {given} » n’est pas dans la liste publiée.",
               "Donnez à l’article une unité de la recommandation 20, par exemple C62 ou KGM."),
        "en": ("The unit “{given}” is not in the published list.",
               "Give the article a unit of Recommendation 20, such as C62 or KGM.")},
    "code_note_subjects": {
        "fr": ("Le sujet de mention « {given} » n’est pas dans la liste publiée.",
               "Utilisez un code UNTDID 4451, par exemple AAI."),
        "en": ("The subject code “{given}” is not in the published list.",
               "Use a code of UNTDID 4451, such as AAI.")},
    "code_schemes": {
        "fr": ("Le type d’identifiant « {given} » n’est pas dans la liste publiée.",
               "Utilisez 0002 pour un SIREN, 0009 pour un SIRET, 0160 pour un GTIN."),
        "en": ("The identifier’s scheme “{given}” is not in the published list.",
               "Use 0002 for a SIREN, 0009 for a SIRET, 0160 for a GTIN.")},
    "code_address_schemes": {
        "fr": ("Le type d’adresse électronique « {given} » n’est pas dans la liste publiée.",
               "Utilisez 0225 pour une adresse française, EM pour un e-mail."),
        "en": ("The electronic address’s scheme “{given}” is not in the published list.",
               "Use 0225 for a French address, EM for an e-mail.")},
    "code_payment_means": {
        "fr": ("Le moyen de paiement « {given} » n’est pas dans la liste publiée.",
               "Utilisez 30 (virement), 48 (carte), 59 (prélèvement), 10 (espèces) ou 20 (chèque)."),
        "en": ("The means of payment “{given}” is not in the published list.",
               "Use 30 (transfer), 48 (card), 59 (direct debit), 10 (cash) or 20 (cheque).")},
    "code_exemptions": {
        "fr": ("Le code d’exonération « {given} » n’est pas dans la liste publiée.",
               "Utilisez un code VATEX, ou seulement le texte du motif."),
        "en": ("The exemption code “{given}” is not in the published list.",
               "Use a VATEX code, or the text of the reason alone.")},
    "code_allowance_reasons": {
        "fr": ("Le code de remise « {given} » n’est pas dans la liste publiée.",
               "Utilisez 95 (remise), ou seulement le texte du motif."),
        "en": ("The allowance’s reason code “{given}” is not in the published list.",
               "Use 95 (discount), or the text of the reason alone.")},
    "code_charge_reasons": {
        "fr": ("Le code de frais « {given} » n’est pas dans la liste publiée.",
               "Utilisez FC (port), ou seulement le texte du motif."),
        "en": ("The charge’s reason code “{given}” is not in the published list.",
               "Use FC (freight), or the text of the reason alone.")},
    "tax_point_code": {
        "fr": ("Le code d’exigibilité « {given} » n’existe pas.", "Utilisez 5 (facture), 29 (livraison) ou 72 (paiement)."),
        "en": ("There is no VAT point code “{given}”.", "Use 5 (issue), 29 (delivery) or 72 (payment).")},
    "scheme_missing": {
        "fr": ("L’identifiant {value} est sans type.", "Dites de quel registre il vient, par exemple 0009 pour un SIRET."),
        "en": ("The identifier {value} has no scheme.", "Say which register it is of, such as 0009 for a SIRET.")},
    "scheme_twice": {
        "fr": ("Deux identifiants ont le même type {scheme}.", "N’en gardez qu’un."),
        "en": ("Two identifiers have the same scheme {scheme}.", "Keep only one.")},
}
