"""Who may do what: the one table. Routes name a permission, roles are sets of permissions, nothing else grants anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from chalicelib.kernel.errors import Invalid

PERMISSIONS: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "tenants.read": {"en": "See the company and its settings", "fr": "Voir l’entreprise et ses réglages"},
    "tenants.manage": {"en": "Change the company and its settings", "fr": "Modifier l’entreprise et ses réglages"},
    "users.read": {"en": "See the users", "fr": "Voir les utilisateurs"},
    "users.manage": {"en": "Invite users and change their roles", "fr": "Inviter des utilisateurs et changer leurs rôles"},
    "api_keys.manage": {"en": "Create and revoke API keys", "fr": "Créer et révoquer des clés d’API"},
    "webhooks.manage": {"en": "Manage webhooks and see their log", "fr": "Gérer les webhooks et voir leur journal"},
    "subscription.read": {"en": "See the subscription and its invoices", "fr": "Voir l’abonnement et ses factures"},
    "subscription.manage": {"en": "Change the subscription", "fr": "Modifier l’abonnement"},
    "audit.read": {"en": "See who did what and signed in, when and from where",
                   "fr": "Voir qui a fait quoi et s’est connecté, quand et d’où"},
    "support.manage": {"en": "Let our support in, and end its access",
                       "fr": "Laisser entrer notre assistance, et y mettre fin"},
    "parties.read": {"en": "See customers and suppliers", "fr": "Voir les clients et fournisseurs"},
    "parties.write": {"en": "Change customers and suppliers", "fr": "Modifier les clients et fournisseurs"},
    "credit.manage": {"en": "Set customers' credit limits", "fr": "Fixer l’encours autorisé des clients"},
    "ledger.read": {"en": "See the books", "fr": "Voir la comptabilité"},
    "ledger.post": {"en": "Post and reverse entries", "fr": "Passer et contrepasser des écritures"},
    "ledger.manage": {"en": "Keep the chart, the journals and the fiscal years; export the tax file",
                      "fr": "Tenir le plan comptable, les journaux et les exercices ; exporter le FEC"},
    "catalog.read": {"en": "See products", "fr": "Voir les produits"},
    "catalog.write": {"en": "Change products", "fr": "Modifier les produits"},
    "pricing.read": {"en": "See price lists", "fr": "Voir les listes de prix"},
    "pricing.write": {"en": "Change price lists", "fr": "Modifier les listes de prix"},
    "costs.read": {"en": "See costs and margins", "fr": "Voir les coûts et les marges"},
    "stock.read": {"en": "See stock", "fr": "Voir le stock"},
    "stock.adjust": {"en": "Receive, count and adjust stock", "fr": "Réceptionner, compter et ajuster le stock"},
    "stock.transfer": {"en": "Move stock between locations", "fr": "Transférer du stock entre emplacements"},
    "orders.read": {"en": "See orders", "fr": "Voir les commandes"},
    "orders.write": {"en": "Take and change orders", "fr": "Saisir et modifier les commandes"},
    "orders.ship": {"en": "Pick and ship orders", "fr": "Préparer et expédier les commandes"},
    "invoices.read": {"en": "See invoices", "fr": "Voir les factures"},
    "invoices.write": {"en": "Draft invoices", "fr": "Préparer des factures"},
    "invoices.issue": {"en": "Issue invoices and credit notes", "fr": "Émettre des factures et des avoirs"},
    "invoices.manage": {"en": "Change series, terms and rules of invoicing",
                        "fr": "Modifier les séries, conditions et règles de facturation"},
    "payments.read": {"en": "See payments", "fr": "Voir les paiements"},
    "payments.write": {"en": "Record payments and match them with invoices",
                       "fr": "Enregistrer les paiements et les rapprocher des factures"},
    "documents.read": {"en": "See and save documents (PDF, XML)", "fr": "Voir et enregistrer les documents (PDF, XML)"},
    "documents.write": {"en": "Make documents again", "fr": "Refaire des documents"},
    "carriers.manage": {"en": "Set up carriers", "fr": "Paramétrer les transporteurs"},
    "channels.read": {"en": "See sales channels and their state", "fr": "Voir les canaux de vente et leur état"},
    "channels.manage": {"en": "Connect channels and change their rules", "fr": "Connecter les canaux et régler leurs règles"},
    "reports.read": {"en": "See reports", "fr": "Voir les rapports"},
    "reports.write": {"en": "Schedule reports and recompute them", "fr": "Programmer les rapports et les recalculer"},
    "data.export": {"en": "Export all data, import an export", "fr": "Exporter toutes les données, importer un export"},
    "data.erase": {"en": "Erase a person, close the company", "fr": "Effacer une personne, fermer l’entreprise"},
    "archive.read": {"en": "Read the archive of erased persons", "fr": "Consulter l’archive des personnes effacées"},
    "operations.read": {"en": "See how the service runs: lag, what waits, what failed",
                        "fr": "Voir le fonctionnement du service : délais, attentes, échecs"},
    "activity.read": {"en": "See what was done, by whom", "fr": "Voir ce qui a été fait, et par qui"},
})
"""One thing a caller may do, `<area>.<verb>`, with its label in the portal's two languages."""

_EVERYTHING = frozenset(PERMISSIONS)
_COMMON_READS = frozenset({"tenants.read", "parties.read", "catalog.read", "stock.read", "orders.read", "documents.read",
                           "channels.read", "activity.read"})
ROLES: Mapping[str, frozenset[str]] = MappingProxyType({
    "owner": _EVERYTHING,
    "sales": _COMMON_READS | {"users.read", "parties.write", "catalog.write", "pricing.read", "pricing.write",
                              "orders.write", "orders.ship", "invoices.read", "invoices.write", "invoices.issue",
                              "payments.read", "documents.write", "channels.manage", "reports.read", "reports.write"},
    "warehouse": _COMMON_READS | {"stock.adjust", "stock.transfer", "orders.ship", "carriers.manage", "documents.write"},
    "accountant": _COMMON_READS | {"users.read", "audit.read", "subscription.read", "parties.write", "credit.manage",
                                   "pricing.read", "costs.read", "ledger.read", "ledger.post", "ledger.manage",
                                   "invoices.read", "invoices.write", "invoices.issue", "invoices.manage",
                                   "payments.read", "payments.write", "reports.read", "reports.write"},
    "read_only": _COMMON_READS | {"users.read", "pricing.read", "ledger.read", "invoices.read", "payments.read",
                                  "reports.read"},
    "archivist": frozenset({"tenants.read", "archive.read"}),
})
FIELDS: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "CustomerBody": {"credit_limit": "credit.manage"},
    "ShippedLine": {"cost": "costs.read"},
    "ShippedFrom": {"cost": "costs.read"},
    "InvoiceView": {"cost": "costs.read"},
    "OperationLineView": {"unit_cost": "costs.read"},
    "Move": {"value": "costs.read", "unit_cost": "costs.read"},
    "LevelDetail": {"valuation": "costs.read"},
    "TimelineEntry": {"data.cost": "costs.read"},
})
"""Fields of shapes that want a permission beyond their route's. In an answer such a field is left out for who lacks it; in a
body it is refused (403, naming the field) unless it says what is so already. `data.cost` is the key `cost` in `data`."""

ROLE_LABELS: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "owner": {"en": "Owner", "fr": "Propriétaire"},
    "sales": {"en": "Sales", "fr": "Commercial"},
    "warehouse": {"en": "Warehouse", "fr": "Entrepôt"},
    "accountant": {"en": "Accountant", "fr": "Comptable"},
    "read_only": {"en": "Read only", "fr": "Lecture seule"},
    "archivist": {"en": "Archive", "fr": "Archives"},
})

PEOPLE_ONLY = frozenset({"users.manage", "api_keys.manage", "data.erase", "archive.read", "support.manage"})
"""What no API key may do, whatever its role: a leaked key must not be able to make itself a second life."""


NOT_FOR_SUPPORT = PEOPLE_ONLY | {"webhooks.manage", "subscription.manage", "data.export"}
"""What no consent lets an operator do: make themselves or others a way in, take the data along, buy or erase."""


def for_support(held: Iterable[str], may_write: bool) -> frozenset[str]:
    """What an operator may do inside by the consent of somebody who holds `held`: see what they see, and change it too when
    that is granted."""
    granted = (_EVERYTHING if "*" in frozenset(held) else _EVERYTHING.intersection(held)) - NOT_FOR_SUPPORT
    return frozenset(each for each in granted if may_write or each.endswith(".read"))


def permissions_of(role: str, own: Iterable[str] = ()) -> frozenset[str]:
    """What a role may do: a built-in one by the table, one of the tenant's own what `own` says and this version knows; a role
    nobody knows may do nothing."""
    return ROLES[role] if role in ROLES else _EVERYTHING.intersection(own)


def unknown_role(role: str) -> Invalid:
    """The refusal of a role that is none."""
    return Invalid("unknown_role", f"There is no role {role}.", {"role": f"one of {', '.join(ROLES)}, or one of your own"})


def api_key_permissions(held: Iterable[str], only: Iterable[str] = ()) -> frozenset[str]:
    """What an API key may do whose role holds `held`: that, narrowed to `only` if given, never PEOPLE_ONLY."""
    granted = frozenset(held) - PEOPLE_ONLY
    narrowed = frozenset(only)
    return granted & narrowed if narrowed else granted
