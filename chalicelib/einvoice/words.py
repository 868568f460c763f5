"""What each finding says to people: the problem and the fix, in French and English, with the finding's values in braces."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from chalicelib.einvoice.words_codes import CODE_WORDS

Pair = tuple[str, str]

WORDS: Mapping[str, Mapping[str, Pair]] = MappingProxyType({
    **CODE_WORDS,
    "number_form": {
        "fr": ("Le numéro {number} n’a pas la forme admise (35 caractères, lettres, chiffres, + - _ /, sans espace).",
               "Choisissez pour la série un préfixe plus court, sans espace ni autre signe."),
        "en": ("The number {number} is not in the permitted form (35 characters, letters, digits, + - _ /, no blank).",
               "Give the series a shorter prefix, without blanks or other signs.")},
    "preceding_number_missing": {
        "fr": ("Une facture d’origine est citée sans son numéro.", "Indiquez le numéro de la facture d’origine."),
        "en": ("A preceding invoice is named without its number.", "Give the number of the preceding invoice.")},
    "currency_missing": {
        "fr": ("La devise « {currency} » n’est pas un code ISO 4217.", "Choisissez une devise, par exemple EUR."),
        "en": ("The currency “{currency}” is no ISO 4217 code.", "Choose a currency, such as EUR.")},
    "type_code": {
        "fr": ("Le type de document {type_code} n’est pas admis en France.",
               "Utilisez 380 (facture), 381 (avoir), 384 (rectificative) ou 386 (acompte)."),
        "en": ("The document type {type_code} is not accepted in France.",
               "Use 380 (invoice), 381 (credit note), 384 (corrected invoice) or 386 (deposit).")},
    "process": {
        "fr": ("Le cadre de facturation « {process} » n’existe pas.",
               "Utilisez B1 (biens), S1 (services) ou M1 (les deux), ou B2, S2, M2 si tout est déjà payé."),
        "en": ("There is no billing mode “{process}”.",
               "Use B1 (goods), S1 (services) or M1 (both), or B2, S2, M2 when all is paid already.")},
    "deposit_process": {
        "fr": ("Le cadre {process} désigne la facture définitive après acompte, or ce document est un acompte.",
               "Utilisez B1, S1 ou M1 pour l’acompte."),
        "en": ("Mode {process} is the final invoice after a deposit, but this document is a deposit.",
               "Use B1, S1 or M1 for the deposit.")},
    "year": {
        "fr": ("La date {date} n’est pas comprise entre 2000 et 2099.", "Corrigez l’année."),
        "en": ("The date {date} is not between 2000 and 2099.", "Correct the year.")},
    "tax_point_twice": {
        "fr": ("L’exigibilité de la TVA est donnée à la fois par une date et par un code.", "Gardez l’une ou l’autre."),
        "en": ("The VAT point is given both as a date and as a code.", "Keep one of the two.")},
    "due_before_issue": {
        "fr": ("L’échéance {due} précède la date de la facture {issued}.",
               "Choisissez une échéance à la date de la facture ou après."),
        "en": ("The due date {due} comes before the invoice’s date {issued}.",
               "Choose a due date on the invoice’s date or later.")},
    "due_date_missing": {
        "fr": ("Il reste {amount} à payer, mais la facture ne dit pas quand.",
               "Indiquez une échéance ou des conditions de paiement chez le client."),
        "en": ("{amount} is still to be paid, but the invoice does not say when.",
               "Give a due date, or payment terms, to the customer.")},
    "period_backwards": {
        "fr": ("La période finit ({end}) avant de commencer ({start}).", "Intervertissez ou corrigez les deux dates."),
        "en": ("The period ends ({end}) before it begins ({start}).", "Swap or correct the two dates.")},
    "note_pmt_missing": {
        "fr": ("Il manque la mention de l’indemnité forfaitaire de 40 € pour frais de recouvrement (note PMT).",
               "Complétez les mentions légales dans les réglages de facturation."),
        "en": ("The mention of the fixed 40 € recovery indemnity is missing (note PMT).",
               "Complete the legal mentions in the invoicing settings.")},
    "note_pmd_missing": {
        "fr": ("Il manque la mention du taux des pénalités de retard (note PMD).",
               "Complétez les mentions légales dans les réglages de facturation."),
        "en": ("The mention of the late-payment rate is missing (note PMD).",
               "Complete the legal mentions in the invoicing settings.")},
    "note_aab_missing": {
        "fr": ("Il manque la mention de l’escompte, ou de son absence (note AAB).",
               "Complétez les mentions légales dans les réglages de facturation."),
        "en": ("The mention of the early-payment discount, or of its absence, is missing (note AAB).",
               "Complete the legal mentions in the invoicing settings.")},
    "note_twice": {
        "fr": ("La mention {subject_code} figure plusieurs fois.", "N’en gardez qu’une."),
        "en": ("The mention {subject_code} stands several times.", "Keep only one.")},
    "note_empty": {
        "fr": ("Une mention ({subject_code}) est vide.", "Écrivez son texte, ou retirez-la."),
        "en": ("A mention ({subject_code}) is empty.", "Write its text, or take it out.")},
    "treatment": {
        "fr": ("Le traitement « {value} » n’existe pas.", "Utilisez l’un de : {allowed}."),
        "en": ("There is no treatment “{value}”.", "Use one of: {allowed}.")},
    "corrected_reference": {
        "fr": ("Une facture rectificative cite une seule facture d’origine avec sa date ; ici {count}.",
               "Choisissez la facture qui est rectifiée."),
        "en": ("A corrected invoice names exactly one preceding invoice with its date; here {count}.",
               "Choose the invoice that is corrected.")},
    "global_allowance_reference": {
        "fr": ("Un avoir de remise globale demande un numéro de contrat et une période.",
               "Indiquez le contrat, et le premier et le dernier jour de la remise."),
        "en": ("A global allowance note needs a contract number and a period.",
               "Give the contract, and the first and last day of the allowance.")},
    "credit_reference": {
        "fr": ("L’avoir ne dit pas quelle facture il corrige.",
               "Choisissez la facture d’origine : son numéro et sa date y figureront."),
        "en": ("The credit note does not say which invoice it credits.",
               "Choose the invoice: its number and date will stand on it.")},
    "delivery_country_missing": {
        "fr": ("L’adresse de livraison n’a pas de pays.", "Ajoutez le pays à l’adresse de livraison."),
        "en": ("The delivery address has no country.", "Add the country to the delivery address.")},
    "intra_eu_date_missing": {
        "fr": ("Une livraison intracommunautaire se facture avec sa date de livraison.",
               "Expédiez d’abord, ou indiquez la date de livraison."),
        "en": ("An intra-Community supply is invoiced with its delivery date.", "Ship first, or give the delivery date.")},
    "intra_eu_country_missing": {
        "fr": ("Une livraison intracommunautaire se facture avec son pays d’arrivée.", "Complétez l’adresse de livraison."),
        "en": ("An intra-Community supply is invoiced with the country it goes to.", "Complete the delivery address.")},
    "means_missing": {
        "fr": ("Un moyen de paiement est sans code.", "Choisissez virement, carte, prélèvement, espèces ou chèque."),
        "en": ("A means of payment has no code.", "Choose transfer, card, direct debit, cash or cheque.")},
    "iban_missing": {
        "fr": ("Le paiement se fait par virement, mais aucun IBAN n’est donné.",
               "Ajoutez l’IBAN de l’entreprise dans les réglages."),
        "en": ("Payment is by transfer, but no IBAN is given.", "Add the company’s IBAN in the settings.")},
    "iban_wrong": {
        "fr": ("L’IBAN {iban} est faux : sa clé ne correspond pas.", "Recopiez l’IBAN du relevé de la banque."),
        "en": ("The IBAN {iban} is wrong: its check digits do not fit.", "Copy the IBAN from the bank’s statement again.")},
    "card_number": {
        "fr": ("Un numéro de carte entier figure sur la facture.",
               "Gardez au plus les six premiers et quatre derniers chiffres."),
        "en": ("A whole card number stands on the invoice.", "Keep at most the first six and last four digits.")},
    "paid_mode_paid": {
        "fr": ("Le cadre {process} dit que tout est payé, mais {paid} est payé sur {total}.",
               "Utilisez B1, S1 ou M1, ou enregistrez le paiement entier."),
        "en": ("Mode {process} says that all is paid, but {paid} of {total} is.",
               "Use B1, S1 or M1, or record the whole payment.")},
    "paid_mode_due": {
        "fr": ("Le cadre {process} dit que tout est payé, mais il reste {due} à payer.",
               "Utilisez B1, S1 ou M1 : c’est aussi le cas quand un arrondi reste visible."),
        "en": ("Mode {process} says that all is paid, but {due} is still due.",
               "Use B1, S1 or M1: so also when a rounding amount stays visible.")},
    "paid_mode_date": {
        "fr": ("Le cadre {process} demande la date du paiement.", "Indiquez-la comme échéance."),
        "en": ("Mode {process} asks for the day of payment.", "Give it as the due date.")},
    "seller_name_missing": {
        "fr": ("Votre entreprise n’a pas de nom.", "Ajoutez la raison sociale dans les réglages de l’entreprise."),
        "en": ("Your company has no name.", "Add the legal name in the company settings.")},
    "buyer_name_missing": {
        "fr": ("Le client n’a pas de nom.", "Ajoutez le nom ou la raison sociale du client."),
        "en": ("The customer has no name.", "Add the customer’s name or company name.")},
    "seller_country_missing": {
        "fr": ("L’adresse de votre entreprise n’a pas de pays.", "Ajoutez-le dans les réglages de l’entreprise."),
        "en": ("Your company’s address has no country.", "Add it in the company settings.")},
    "buyer_country_missing": {
        "fr": ("L’adresse du client n’a pas de pays.", "Ajoutez le pays à l’adresse de facturation du client."),
        "en": ("The customer’s address has no country.", "Add the country to the customer’s billing address.")},
    "seller_address_incomplete": {
        "fr": ("L’adresse de votre entreprise est incomplète : il faut la rue et la ville.",
               "Complétez-la dans les réglages de l’entreprise."),
        "en": ("Your company’s address is incomplete: it needs street and town.", "Complete it in the company settings.")},
    "buyer_address_incomplete": {
        "fr": ("L’adresse du client est incomplète : il faut la rue et la ville.",
               "Complétez l’adresse de facturation du client."),
        "en": ("The customer’s address is incomplete: it needs street and town.",
               "Complete the customer’s billing address.")},
    "seller_unidentified": {
        "fr": ("Rien n’identifie votre entreprise : ni SIREN, ni numéro de TVA.",
               "Ajoutez-les dans les réglages de l’entreprise."),
        "en": ("Nothing identifies your company: neither SIREN nor VAT number.", "Add them in the company settings.")},
    "seller_siren_missing": {
        "fr": ("Le SIREN de votre entreprise manque.", "Ajoutez-le dans les réglages de l’entreprise."),
        "en": ("Your company’s SIREN is missing.", "Add it in the company settings.")},
    "buyer_siren_missing": {
        "fr": ("Le SIREN du client {buyer} manque : une facture entre entreprises françaises le demande.",
               "Ajoutez le SIREN à la fiche du client, ou déclarez-le particulier."),
        "en": ("The SIREN of the customer {buyer} is missing: an invoice between French businesses needs it.",
               "Add the SIREN to the customer, or mark them as a private person.")},
    "seller_siren_wrong": {
        "fr": ("Le SIREN {siren} de votre entreprise est faux : neuf chiffres, le dernier est une clé.",
               "Recopiez-le de votre avis de situation Insee."),
        "en": ("Your company’s SIREN {siren} is wrong: nine digits, the last one a check digit.",
               "Copy it again from the register’s extract.")},
    "buyer_siren_wrong": {
        "fr": ("Le SIREN {siren} du client est faux : neuf chiffres, le dernier est une clé.",
               "Demandez au client son SIREN, ou cherchez-le dans l’annuaire des entreprises."),
        "en": ("The customer’s SIREN {siren} is wrong: nine digits, the last one a check digit.",
               "Ask the customer for their SIREN, or look it up in the business directory.")},
    "seller_siret_wrong": {
        "fr": ("Le SIRET {siret} n’est pas un établissement du SIREN {siren}.",
               "Corrigez l’un ou l’autre dans les réglages."),
        "en": ("SIRET {siret} is no establishment of SIREN {siren}.", "Correct one of the two in the company settings.")},
    "buyer_siret_wrong": {
        "fr": ("Le SIRET {siret} du client n’est pas un établissement du SIREN {siren}.",
               "Corrigez l’un ou l’autre sur sa fiche."),
        "en": ("The customer’s SIRET {siret} is no establishment of SIREN {siren}.",
               "Correct one of the two on their page.")},
    "vat_number_prefix": {
        "fr": ("Le numéro de TVA {number} ne commence pas par un code pays.", "Écrivez-le avec son pays, par exemple FR…"),
        "en": ("The VAT number {number} does not begin with a country code.", "Write it with its country, such as FR…")},
    "seller_vat_number_missing": {
        "fr": ("Votre numéro de TVA manque : la catégorie {category} le demande.",
               "Ajoutez-le dans les réglages de l’entreprise."),
        "en": ("Your VAT number is missing: category {category} needs it.", "Add it in the company settings.")},
    "buyer_vat_number_missing": {
        "fr": ("Le numéro de TVA du client manque : la catégorie {category} le demande.",
               "Ajoutez-le à la fiche du client, ou facturez avec TVA."),
        "en": ("The customer’s VAT number is missing: category {category} needs it.",
               "Add it to the customer, or invoice with VAT.")},
    "vat_number_forbidden": {
        "fr": ("Une opération hors du champ de la TVA (O) ne porte aucun numéro de TVA.",
               "Utilisez la catégorie E avec son motif si vous êtes assujetti."),
        "en": ("A supply outside the scope of VAT (O) carries no VAT number.",
               "Use category E with its reason if you are a taxable person.")},
    "seller_endpoint_missing": {
        "fr": ("Votre adresse de facturation électronique manque.",
               "Ajoutez le SIREN dans les réglages de l’entreprise : il est votre adresse."),
        "en": ("Your electronic invoicing address is missing.",
               "Add the SIREN in the company settings: it is your address.")},
    "buyer_endpoint_missing": {
        "fr": ("L’adresse de facturation électronique du client manque.",
               "Ajoutez le SIREN du client (son adresse dans l’annuaire), ou déclarez-le particulier."),
        "en": ("The customer’s electronic invoicing address is missing.",
               "Add the customer’s SIREN (their address in the directory), or mark them as a private person.")},
    "endpoint_scheme": {
        "fr": ("L’adresse électronique {value} est sans type.", "Indiquez 0225 pour une adresse française."),
        "en": ("The electronic address {value} has no scheme.", "Give 0225 for a French address.")},
    "endpoint_form": {
        "fr": ("L’adresse électronique {value} porte des signes interdits.",
               "N’utilisez que lettres, chiffres, - _ et point."),
        "en": ("The electronic address {value} has forbidden signs.", "Use letters, digits, - _ and dots only.")},
    "endpoint_long": {
        "fr": ("L’adresse électronique {value} dépasse 125 caractères.", "Raccourcissez-la."),
        "en": ("The electronic address {value} is longer than 125 characters.", "Shorten it.")},
    "endpoint_siren": {
        "fr": ("L’adresse électronique {value} ne commence pas par le SIREN {siren}.",
               "Entre entreprises françaises, l’adresse est SIREN, SIREN_SIRET ou SIREN_SIRET_service (type 0225)."),
        "en": ("The electronic address {value} does not begin with SIREN {siren}.",
               "Between French businesses it is SIREN, SIREN_SIRET or SIREN_SIRET_route (scheme 0225).")},
    "lines_missing": {
        "fr": ("La facture n’a aucune ligne.", "Ajoutez ce qui est facturé."),
        "en": ("The invoice has no line.", "Add what is invoiced.")},
    "line_id": {
        "fr": ("La ligne {line} n’a pas de numéro, ou le partage avec une autre.", "Donnez à chaque ligne le sien."),
        "en": ("Line {line} has no number, or shares it with another.", "Give each line its own.")},
    "line_name_missing": {
        "fr": ("La ligne {line} n’a pas de libellé.", "Écrivez ce qui est vendu."),
        "en": ("Line {line} has no name.", "Write what is sold.")},
    "line_unit_missing": {
        "fr": ("La ligne {line} n’a pas d’unité.", "Choisissez une unité, par exemple la pièce (C62)."),
        "en": ("Line {line} has no unit.", "Choose a unit, such as the piece (C62).")},
    "line_price_negative": {
        "fr": ("Le prix de la ligne {line} est négatif ({price}).",
               "Mettez une quantité négative à un prix positif, ou faites-en une remise."),
        "en": ("The price of line {line} is negative ({price}).",
               "Give a negative quantity at a positive price, or make it an allowance.")},
    "line_base_quantity": {
        "fr": ("Le prix de la ligne {line} est pour zéro unité.", "Indiquez pour combien d’unités il vaut."),
        "en": ("The price of line {line} is for no unit.", "Say how many units it is for.")},
    "line_amount": {
        "fr": ("Le montant de la ligne {line} ({stated}) n’est pas quantité × prix ({computed}).",
               "C’est admis quand la ligne porte le centime d’un total payé ; sinon corrigez le prix."),
        "en": ("The amount of line {line} ({stated}) is not quantity × price ({computed}).",
               "This is fine where the line carries the cent of a paid total; else correct the price.")},
    "quantity_decimals": {
        "fr": ("La quantité {quantity} de la ligne {line} a plus de quatre décimales.", "Changez d’unité ou arrondissez."),
        "en": ("The quantity {quantity} of line {line} has more than four decimals.", "Change the unit, or round.")},
    "price_decimals": {
        "fr": ("Le prix {price} de la ligne {line} a plus de six décimales.", "Donnez le prix pour 100 ou 1000 unités."),
        "en": ("The price {price} of line {line} has more than six decimals.", "Give the price for 100 or 1000 units.")},
    "allowance_reason": {
        "fr": ("Une remise de {amount} est sans motif.", "Écrivez son motif, par exemple « Remise commerciale »."),
        "en": ("An allowance of {amount} has no reason.", "Write its reason, such as “Trade discount”.")},
    "charge_reason": {
        "fr": ("Des frais de {amount} sont sans motif.", "Écrivez leur motif, par exemple « Port »."),
        "en": ("A charge of {amount} has no reason.", "Write its reason, such as “Freight”.")},
    "reduction_negative": {
        "fr": ("Une remise ou des frais sont négatifs ({amount}).",
               "Faites d’une remise négative des frais, et inversement."),
        "en": ("An allowance or charge is negative ({amount}).",
               "Make a negative allowance a charge, and the other way round.")},
    "reduction_category": {
        "fr": ("Une remise ou des frais de {amount} sont sans catégorie de TVA.",
               "Donnez-leur la TVA des lignes concernées."),
        "en": ("An allowance or charge of {amount} has no VAT category.", "Give it the VAT of the lines it concerns.")},
    "vat_category": {
        "fr": ("La catégorie de TVA « {category} » n’existe pas.", "Utilisez S, Z, E, AE, K, G ou O."),
        "en": ("There is no VAT category “{category}”.", "Use S, Z, E, AE, K, G or O.")},
    "rate_forbidden": {
        "fr": ("Hors du champ de la TVA (O), il n’y a pas de taux ; ici {rate} %.", "Retirez le taux."),
        "en": ("Outside the scope of VAT (O) there is no rate; here {rate} %.", "Take the rate out.")},
    "rate_missing": {
        "fr": ("La catégorie S demande un taux au-dessus de zéro.", "Choisissez le taux, ou une catégorie exonérée."),
        "en": ("Category S needs a rate above zero.", "Choose the rate, or an exempt category.")},
    "rate_not_zero": {
        "fr": ("La catégorie {category} a un taux de 0 % ; ici {rate}.", "Mettez 0 %, ou la catégorie S."),
        "en": ("Category {category} has a rate of 0 %; here {rate}.", "Set 0 %, or category S.")},
    "rate_not_french": {
        "fr": ("Le taux de {rate} % n’existe pas en France.", "Choisissez 20, 10, 5,5 ou 2,1 %, ou un taux d’outre-mer."),
        "en": ("There is no French VAT rate of {rate} %.", "Choose 20, 10, 5.5 or 2.1 %, or an overseas rate.")},
    "currency_decimals": {
        "fr": ("{currency} a {decimals} décimales ; la norme EN 16931 n’en connaît que deux.",
               "Facturez dans une devise à deux décimales au plus."),
        "en": ("{currency} has {decimals} decimals; EN 16931 knows only two.",
               "Invoice in a currency of at most two decimals.")},
    "amount_decimals": {
        "fr": ("Le montant {amount} a plus de décimales que {currency} n’en a ({decimals}).", "Arrondissez-le."),
        "en": ("The amount {amount} has more decimals than {currency} has ({decimals}).", "Round it.")},
    "vat_in_euro_missing": {
        "fr": ("La facture est en {currency} : le montant de la TVA doit aussi figurer en euros.",
               "Indiquez la TVA en euros, au taux du jour."),
        "en": ("The invoice is in {currency}: its VAT must stand on it in euros too.",
               "Give the VAT in euros, at the day’s rate.")},
    "vat_in_tax_currency_missing": {
        "fr": ("Le montant de la TVA en {currency} manque.", "Indiquez-le."),
        "en": ("The VAT amount in {currency} is missing.", "Give it.")},
    "breakdown_missing": {
        "fr": ("La ventilation de la TVA manque.", "Ajoutez une ligne par catégorie et taux."),
        "en": ("The VAT breakdown is missing.", "Add a row for each category and rate.")},
    "breakdown_row": {
        "fr": ("La TVA {category} {rate} figure {count} fois dans la ventilation, non une.", "Faites-en une seule ligne."),
        "en": ("VAT {category} {rate} stands {count} times in the breakdown, not once.", "Make it one row.")},
    "outside_scope_mixed": {
        "fr": ("Hors champ (O) et autre TVA ne vont pas sur une même facture.", "Faites deux factures."),
        "en": ("Outside the scope (O) and other VAT do not go on one invoice.", "Make two invoices.")},
    "taxable_amount": {
        "fr": ("La base {category} {rate} est {stated}, mais ses lignes, frais et remises font {computed}.",
               "Recalculez la ventilation à partir des lignes."),
        "en": ("The base of {category} {rate} is {stated}, but its lines, charges and allowances come to {computed}.",
               "Compute the breakdown from the lines again.")},
    "vat_amount": {
        "fr": ("La TVA sur {base} à {rate} % est {computed}, non {stated}.",
               "Calculez la TVA sur la base du taux ; portez le centime en arrondi (BT-114)."),
        "en": ("VAT on {base} at {rate} % is {computed}, not {stated}.",
               "Compute VAT on the rate’s base; carry the cent as a rounding amount (BT-114).")},
    "exemption_reason_missing": {
        "fr": ("La catégorie {category} demande le motif d’exonération.",
               "Ajoutez l’article de loi ou son code VATEX à l’exonération."),
        "en": ("Category {category} needs the reason of the exemption.",
               "Add the article of law, or its VATEX code, to the exemption.")},
    "exemption_reason_forbidden": {
        "fr": ("La catégorie {category} n’est pas exonérée, mais porte un motif.", "Retirez le motif."),
        "en": ("Category {category} is not exempt, yet has a reason.", "Take the reason out.")},
    "total_line_net_amount": {
        "fr": ("Le total des lignes est {stated}, leur somme est {computed}.", "Recalculez le total des lignes."),
        "en": ("The total of the lines is {stated}, their sum is {computed}.", "Add up the lines again.")},
    "total_allowance_amount": {
        "fr": ("Le total des remises est {stated}, leur somme est {computed}.", "Recalculez le total des remises."),
        "en": ("The total of the allowances is {stated}, their sum is {computed}.", "Add up the allowances again.")},
    "total_charge_amount": {
        "fr": ("Le total des frais est {stated}, leur somme est {computed}.", "Recalculez le total des frais."),
        "en": ("The total of the charges is {stated}, their sum is {computed}.", "Add up the charges again.")},
    "total_total_without_vat": {
        "fr": ("Le total HT est {stated}, mais lignes − remises + frais font {computed}.", "Recalculez le total HT."),
        "en": ("The total without VAT is {stated}, but lines − allowances + charges come to {computed}.",
               "Compute the total without VAT again.")},
    "total_vat_amount": {
        "fr": ("La TVA est {stated}, la somme de la ventilation est {computed}.", "Recalculez la TVA totale."),
        "en": ("The VAT is {stated}, the breakdown adds up to {computed}.", "Compute the total VAT again.")},
    "total_total_with_vat": {
        "fr": ("Le total TTC est {stated}, mais HT + TVA font {computed} (écart {difference}).",
               "Gardez HT + TVA, et portez l’écart avec le total payé en arrondi (BT-114)."),
        "en": ("The total with VAT is {stated}, but net + VAT come to {computed} (difference {difference}).",
               "Keep net + VAT, and carry the difference from the paid total as a rounding amount (BT-114).")},
    "total_due_amount": {
        "fr": ("Le net à payer est {stated}, mais TTC − payé + arrondi font {computed} (écart {difference}).",
               "Recalculez le net à payer, ou portez l’écart en arrondi (BT-114)."),
        "en": ("The amount due is {stated}, but total − paid + rounding come to {computed} (difference {difference}).",
               "Compute the amount due again, or carry the difference as a rounding amount (BT-114).")},
})


def words_for(code: str, locale: str) -> Pair:
    """The problem and the fix of a message code. Raises KeyError for a code that no check has."""
    words = WORDS[code]
    return words.get(locale) or words["fr"]
