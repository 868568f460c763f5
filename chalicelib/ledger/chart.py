"""The French chart of accounts (PCG, règlement ANC 2014-03 as amended by 2022-06) as far as a trading and manufacturing
firm needs it, and the journals everybody begins with. Six digits; names are the chart's own, with an English label. Since
2025 assets sold are in 657 and 757 (675 and 775 before) and 671, 771, 791 are gone (règlement ANC 2022-06);
exchange differences on trade balances are in 656 and 756 since 2017 (règlement ANC 2015-05), only financial ones in 666, 766.

A line of the table: number | nom | name | usage:VAT rate:family. `*` before the number wants an auxiliary (customer or
supplier) on every line.
"""

from __future__ import annotations

from chalicelib.ledger.model import Account, Journal

_PCG = """
101300|Capital souscrit, appelé, versé|Called-up share capital, paid
104100|Primes d’émission|Share premium
106100|Réserve légale|Legal reserve
106300|Réserves statutaires ou contractuelles|Statutory reserves
106800|Autres réserves|Other reserves
108000|Compte de l’exploitant|Owner’s current account
110000|Report à nouveau (solde créditeur)|Retained earnings
119000|Report à nouveau (solde débiteur)|Accumulated losses
120000|Résultat de l’exercice (bénéfice)|Profit of the year
129000|Résultat de l’exercice (perte)|Loss of the year
131000|Subventions d’investissement|Investment grants
145000|Amortissements dérogatoires|Accelerated depreciation
151000|Provisions pour risques|Provisions for risks
158000|Autres provisions pour charges|Other provisions
164000|Emprunts auprès des établissements de crédit|Bank loans
165000|Dépôts et cautionnements reçus|Deposits and guarantees received
168800|Intérêts courus|Accrued interest
201000|Frais d’établissement|Formation expenses
205000|Concessions, brevets, licences, logiciels|Licences, patents, software
206000|Droit au bail|Leasehold rights
207000|Fonds commercial|Goodwill
211000|Terrains|Land
213100|Bâtiments|Buildings
215400|Matériel industriel|Industrial equipment
215500|Outillage industriel|Tools
218100|Installations générales, agencements|Fixtures and fittings
218200|Matériel de transport|Vehicles
218300|Matériel de bureau et informatique|Office and computer equipment
218400|Mobilier|Furniture
231000|Immobilisations corporelles en cours|Tangible assets under construction
275000|Dépôts et cautionnements versés|Deposits and guarantees paid
280500|Amortissements des concessions, licences, logiciels|Amortisation of licences and software
281310|Amortissements des bâtiments|Depreciation of buildings
281540|Amortissements du matériel industriel|Depreciation of industrial equipment
281810|Amortissements des agencements|Depreciation of fixtures
281820|Amortissements du matériel de transport|Depreciation of vehicles
281830|Amortissements du matériel de bureau et informatique|Depreciation of office and computer equipment
281840|Amortissements du mobilier|Depreciation of furniture
311000|Matières premières|Raw materials|stock::materials
321000|Matières consommables|Consumable materials
322000|Fournitures consommables|Consumable supplies
326000|Emballages|Packaging|stock::packaging
331000|Produits en cours|Work in progress
351000|Produits intermédiaires|Intermediate products
355000|Produits finis|Finished goods|stock::finished
371000|Stocks de marchandises|Goods for resale|stock::
391000|Dépréciations des matières premières|Write-down of raw materials
395500|Dépréciations des produits finis|Write-down of finished goods
397000|Dépréciations des stocks de marchandises|Write-down of goods
*401000|Fournisseurs|Suppliers|suppliers::
*403000|Fournisseurs, effets à payer|Suppliers, bills payable
*404000|Fournisseurs d’immobilisations|Suppliers of fixed assets
408100|Fournisseurs, factures non parvenues|Goods received, invoices not received
*409100|Fournisseurs, avances et acomptes versés|Advances paid to suppliers
409800|Rabais, remises, ristournes à obtenir|Rebates receivable
*411000|Clients|Customers|customers::
*413000|Clients, effets à recevoir|Customers, bills receivable
*416000|Clients douteux ou litigieux|Doubtful customers
418100|Clients, factures à établir|Invoices to be issued
*419100|Clients, avances et acomptes reçus|Deposits received from customers|deposits_received::
*419600|Clients, dettes pour emballages consignés|Customers, returnable packaging
419800|Rabais, remises, ristournes à accorder|Rebates payable
421000|Personnel, rémunérations dues|Wages payable
425000|Personnel, avances et acomptes|Advances to staff
428200|Dettes provisionnées pour congés à payer|Accrued holiday pay
431000|Sécurité sociale|Social security
437000|Autres organismes sociaux|Other social bodies
442100|Prélèvements à la source (impôt sur le revenu)|Income tax withheld from wages
444000|État, impôts sur les bénéfices|Corporation tax
445200|TVA due intracommunautaire|VAT due on intra-EU acquisitions
445510|TVA à décaisser|VAT payable
445620|TVA déductible sur immobilisations|Deductible VAT on fixed assets
445660|TVA déductible sur autres biens et services|Deductible VAT on goods and services|vat_deductible::
445662|TVA déductible intracommunautaire|Deductible VAT on intra-EU acquisitions
445670|Crédit de TVA à reporter|VAT credit carried forward
445710|TVA collectée|Output VAT
445711|TVA collectée 20 %|Output VAT 20 %
445712|TVA collectée 10 %|Output VAT 10 %
445713|TVA collectée 5,5 %|Output VAT 5.5 %
445714|TVA collectée 2,1 %|Output VAT 2.1 %
445780|TVA due au guichet unique (OSS)|VAT due under the one-stop shop (OSS)
445860|TVA sur factures non parvenues|VAT on invoices not received
445870|TVA sur factures à établir|VAT on invoices to be issued
447000|Autres impôts, taxes et versements assimilés|Other taxes
448600|État, charges à payer|Accrued taxes
455100|Associés, comptes courants|Shareholders’ current accounts
457000|Associés, dividendes à payer|Dividends payable
467100|Places de marché|Marketplaces|marketplace::
467800|Divers comptes débiteurs et produits à recevoir|Other receivables and accrued income
468600|Divers comptes créditeurs et charges à payer|Other payables and accrued expenses
471000|Compte d’attente|Suspense account
476000|Différences de conversion, actif|Translation differences, assets
477000|Différences de conversion, passif|Translation differences, liabilities
486000|Charges constatées d’avance|Prepaid expenses
487000|Produits constatés d’avance|Deferred income
491000|Dépréciations des comptes de clients|Allowance for doubtful debts
511200|Chèques à encaisser|Cheques to be cashed|cheques::
511500|Encaissements par carte (prestataires de paiement)|Card takings in transit (payment providers)|payment_provider::
512000|Banque|Bank|bank::
519000|Concours bancaires courants|Bank overdrafts
530000|Caisse|Cash|cash::
580000|Virements internes|Internal transfers
601000|Achats de matières premières|Purchases of raw materials|purchases::materials
602100|Achats de matières consommables|Purchases of consumable materials
602200|Achats de fournitures consommables|Purchases of consumable supplies
602600|Achats d’emballages|Purchases of packaging|purchases::packaging
603100|Variation des stocks de matières premières|Change in stock of raw materials|cost_of_sales::materials
603260|Variation des stocks d’emballages|Change in stock of packaging|cost_of_sales::packaging
603700|Variation des stocks de marchandises|Change in stock of goods|cost_of_sales::
604000|Achats d’études et prestations de services|Purchases of services
605000|Achats de matériel, équipements et travaux|Purchases of equipment and work
606100|Fournitures non stockables (eau, énergie)|Water and energy
606300|Fournitures d’entretien et petit équipement|Maintenance supplies and small equipment
606400|Fournitures administratives|Office supplies
607000|Achats de marchandises|Purchases of goods|purchases::
608000|Frais accessoires d’achat|Ancillary purchase costs
609000|Rabais, remises, ristournes obtenus sur achats|Rebates obtained on purchases
611000|Sous-traitance générale|Subcontracting
612200|Crédit-bail mobilier|Equipment leasing
613200|Locations immobilières|Rent of premises
613500|Locations mobilières|Rent of equipment
614000|Charges locatives|Service charges
615200|Entretien et réparations sur biens immobiliers|Repairs of premises
615500|Entretien et réparations sur biens mobiliers|Repairs of equipment
615600|Maintenance|Maintenance contracts
616000|Primes d’assurance|Insurance
617000|Études et recherches|Studies and research
618000|Divers (documentation, colloques)|Documentation and conferences
621000|Personnel extérieur à l’entreprise|Temporary staff
622100|Commissions sur achats|Commissions on purchases
622200|Commissions et courtages sur ventes|Commissions on sales (marketplaces)|fees::
622600|Honoraires|Professional fees
622700|Frais d’actes et de contentieux|Legal costs
623000|Publicité, publications, relations publiques|Advertising
624100|Transports sur achats|Freight in
624200|Transports sur ventes|Freight out
625100|Voyages et déplacements|Travel
625700|Réceptions|Entertaining
626000|Frais postaux et de télécommunications|Post and telecommunications
627000|Services bancaires et assimilés|Bank charges|bank_fees::
627800|Autres frais et commissions sur prestations de services|Payment provider commissions|payment_fees::
628000|Divers services extérieurs|Other external services
631000|Impôts et taxes sur rémunérations (administration)|Payroll taxes
633000|Impôts et taxes sur rémunérations (autres organismes)|Payroll taxes, other bodies
635110|Contribution économique territoriale|Local business tax
637000|Autres impôts et taxes|Other taxes and duties
641000|Rémunérations du personnel|Wages and salaries
644000|Rémunération du travail de l’exploitant|Owner’s remuneration
645000|Cotisations de sécurité sociale et de prévoyance|Social security contributions
647000|Autres cotisations sociales|Other social costs
651000|Redevances pour concessions, licences, logiciels|Royalties and licence fees
654000|Pertes sur créances irrécouvrables|Bad debts
656000|Pertes de change sur créances et dettes commerciales|Exchange losses on trade balances|exchange_loss::
657000|Valeurs comptables des immobilisations incorporelles et corporelles cédées|Book value of assets sold
658000|Pénalités et autres charges (arrondis)|Penalties and other charges (rounding)|rounding_loss::
661000|Charges d’intérêts|Interest payable
665000|Escomptes accordés|Cash discounts allowed
666000|Pertes de change financières|Exchange losses, financial
672000|Charges sur exercices antérieurs|Charges of earlier years
678000|Autres charges exceptionnelles|Other exceptional charges
681100|Dotations aux amortissements des immobilisations|Depreciation charge
681500|Dotations aux provisions d’exploitation|Charge to provisions
681700|Dotations aux dépréciations des actifs circulants|Write-down of current assets
695000|Impôts sur les bénéfices|Corporation tax charge
701000|Ventes de produits finis|Sales of finished goods
701110|Ventes de produits finis, France 20 %|Sales of finished goods, France 20 %
701120|Ventes de produits finis, France 10 %|Sales of finished goods, France 10 %
701130|Ventes de produits finis, France 5,5 %|Sales of finished goods, France 5.5 %
701140|Ventes de produits finis, France 2,1 %|Sales of finished goods, France 2.1 %
701200|Ventes de produits finis, livraisons intracommunautaires|Sales of finished goods, intra-EU supplies
701300|Ventes de produits finis, exportations|Sales of finished goods, exports
701400|Ventes de produits finis, guichet unique (OSS)|Sales of finished goods, one-stop shop (OSS)
701500|Ventes de produits finis, exonérées ou autoliquidées|Sales of finished goods, exempt or reverse charge
706000|Prestations de services|Services
706110|Prestations de services, France 20 %|Services, France 20 %
706120|Prestations de services, France 10 %|Services, France 10 %
706130|Prestations de services, France 5,5 %|Services, France 5.5 %
706140|Prestations de services, France 2,1 %|Services, France 2.1 %
706200|Prestations de services, opérations intracommunautaires|Services, intra-EU
706300|Prestations de services, exportations|Services, exports
706400|Prestations de services, guichet unique (OSS)|Services, one-stop shop (OSS)
706500|Prestations de services, exonérées ou autoliquidées|Services, exempt or reverse charge
707000|Ventes de marchandises|Sales of goods
707110|Ventes de marchandises, France 20 %|Sales of goods, France 20 %
707120|Ventes de marchandises, France 10 %|Sales of goods, France 10 %
707130|Ventes de marchandises, France 5,5 %|Sales of goods, France 5.5 %
707140|Ventes de marchandises, France 2,1 %|Sales of goods, France 2.1 %
707200|Ventes de marchandises, livraisons intracommunautaires|Sales of goods, intra-EU supplies
707300|Ventes de marchandises, exportations|Sales of goods, exports
707400|Ventes de marchandises, guichet unique (OSS)|Sales of goods, one-stop shop (OSS)
707500|Ventes de marchandises, exonérées ou autoliquidées|Sales of goods, exempt or reverse charge
708500|Ports et frais accessoires facturés|Shipping and handling charged
708511|Ports facturés, France 20 %|Shipping charged, France 20 %
708512|Ports facturés, France 10 %|Shipping charged, France 10 %
708513|Ports facturés, France 5,5 %|Shipping charged, France 5.5 %
708514|Ports facturés, France 2,1 %|Shipping charged, France 2.1 %
708520|Ports facturés, opérations intracommunautaires|Shipping charged, intra-EU
708530|Ports facturés, exportations|Shipping charged, exports
708540|Ports facturés, guichet unique (OSS)|Shipping charged, one-stop shop (OSS)
708550|Ports facturés, exonérées ou autoliquidées|Shipping charged, exempt or reverse charge
708800|Autres produits d’activités annexes|Other ancillary income
709000|Rabais, remises, ristournes accordés|Rebates granted
713300|Variation des en-cours de production de biens|Change in work in progress
713500|Variation des stocks de produits|Change in stock of finished goods|cost_of_sales::finished
721000|Production immobilisée incorporelle|Own work capitalised, intangible
722000|Production immobilisée corporelle|Own work capitalised, tangible
741000|Subventions d’exploitation|Operating grants
751000|Redevances pour concessions, licences, logiciels|Royalties received
756000|Gains de change sur créances et dettes commerciales|Exchange gains on trade balances|exchange_gain::
757000|Produits des cessions d’immobilisations incorporelles et corporelles|Proceeds of assets sold
758000|Indemnités et autres produits (arrondis)|Indemnities and other income (rounding)|rounding_gain::
758300|Rentrées sur créances amorties|Bad debts recovered
761000|Produits de participations|Income from shares
765000|Escomptes obtenus|Cash discounts received
766000|Gains de change financiers|Exchange gains, financial
768000|Autres produits financiers|Other financial income
772000|Produits sur exercices antérieurs|Income of earlier years
778000|Autres produits exceptionnels|Other exceptional income
781100|Reprises sur amortissements|Reversal of depreciation
781500|Reprises sur provisions d’exploitation|Reversal of provisions
781700|Reprises sur dépréciations des actifs circulants|Reversal of write-downs
890000|Bilan d’ouverture|Opening balance sheet
891000|Bilan de clôture|Closing balance sheet
"""

JOURNALS: tuple[Journal, ...] = (
    Journal(id="VE", name="Ventes", name_en="Sales", journal_kind="sales", is_chronological=True),
    Journal(id="AC", name="Achats", name_en="Purchases", journal_kind="purchases"),
    Journal(id="BQ", name="Banque", name_en="Bank", journal_kind="bank"),
    Journal(id="CA", name="Caisse", name_en="Cash", journal_kind="cash"),
    Journal(id="OD", name="Opérations diverses", name_en="General operations", journal_kind="general"),
    Journal(id="ST", name="Stocks", name_en="Stock", journal_kind="stock"),
    Journal(id="AN", name="À-nouveaux", name_en="Opening balances", journal_kind="opening"),
)
PROFIT, LOSS, OPENING_BALANCE = "120000", "129000", "890000"
OPENING_JOURNAL = "AN"


def _account(line: str) -> Account:
    number, name, name_en, *usage = line.split("|")
    used, rate, family = usage[0].split(":") if usage else ("", "", "")
    return Account(id=number.lstrip("*"), name=name, name_en=name_en, has_auxiliary=number.startswith("*"), usage=used,
                   vat_rate=rate, product_family=family)


STANDARD: tuple[Account, ...] = tuple(_account(line) for line in _PCG.strip().splitlines())
"""The accounts a company begins with, in the order of their numbers."""
