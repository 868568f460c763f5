"""Who may do what: the one table. Routes name a permission, roles are sets of permissions, nothing else grants anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from chalicelib.kernel.errors import Invalid


@dataclass(frozen=True, slots=True)
class Permission:
    """One thing a caller may do, `<area>.<verb>`, with its label in the portal's two languages."""

    name: str
    en: str
    fr: str


@dataclass(frozen=True, slots=True)
class Role:
    """A named set of permissions, as users are given it."""

    name: str
    en: str
    fr: str
    permissions: frozenset[str]


_PERMISSIONS = (
    Permission("tenants.read", "See the company and its settings", "Voir l’entreprise et ses réglages"),
    Permission("tenants.manage", "Change the company and its settings", "Modifier l’entreprise et ses réglages"),
    Permission("users.read", "See the users", "Voir les utilisateurs"),
    Permission("users.manage", "Invite users and change their roles", "Inviter des utilisateurs et changer leurs rôles"),
    Permission("api_keys.manage", "Create and revoke API keys", "Créer et révoquer des clés d’API"),
    Permission("audit.read", "See who signed in, when and from where", "Voir qui s’est connecté, quand et d’où"),
    Permission("parties.read", "See customers and suppliers", "Voir les clients et fournisseurs"),
    Permission("parties.write", "Change customers and suppliers", "Modifier les clients et fournisseurs"),
    Permission("catalog.read", "See products", "Voir les produits"),
    Permission("catalog.write", "Change products", "Modifier les produits"),
    Permission("pricing.read", "See price lists", "Voir les listes de prix"),
    Permission("pricing.write", "Change price lists", "Modifier les listes de prix"),
    Permission("costs.read", "See costs and margins", "Voir les coûts et les marges"),
    Permission("stock.read", "See stock", "Voir le stock"),
    Permission("stock.adjust", "Receive, count and adjust stock", "Réceptionner, compter et ajuster le stock"),
    Permission("stock.transfer", "Move stock between locations", "Transférer du stock entre emplacements"),
    Permission("orders.read", "See orders", "Voir les commandes"),
    Permission("orders.write", "Take and change orders", "Saisir et modifier les commandes"),
    Permission("orders.ship", "Pick and ship orders", "Préparer et expédier les commandes"),
    Permission("channels.read", "See sales channels and their state", "Voir les canaux de vente et leur état"),
    Permission("channels.manage", "Connect channels and change their rules", "Connecter les canaux et régler leurs règles"),
    Permission("reports.read", "See reports", "Voir les rapports"),
    Permission("activity.read", "See what was done, by whom", "Voir ce qui a été fait, et par qui"),
)
PERMISSIONS: Mapping[str, Permission] = MappingProxyType({p.name: p for p in _PERMISSIONS})

_EVERYTHING = frozenset(PERMISSIONS)
_COMMON_READS = frozenset({"tenants.read", "parties.read", "catalog.read", "stock.read", "orders.read", "channels.read",
                           "activity.read"})
_ROLES = (
    Role("owner", "Owner", "Propriétaire", _EVERYTHING),
    Role("sales", "Sales", "Commercial", _COMMON_READS | {
        "users.read", "parties.write", "catalog.write", "pricing.read", "pricing.write", "orders.write", "orders.ship",
        "channels.manage", "reports.read"}),
    Role("warehouse", "Warehouse", "Entrepôt", _COMMON_READS | {"stock.adjust", "stock.transfer", "orders.ship"}),
    Role("accountant", "Accountant", "Comptable", _COMMON_READS | {
        "users.read", "audit.read", "parties.write", "pricing.read", "costs.read", "reports.read"}),
    Role("read_only", "Read only", "Lecture seule", _COMMON_READS | {"users.read", "pricing.read", "reports.read"}),
)
ROLES: Mapping[str, Role] = MappingProxyType({role.name: role for role in _ROLES})

PEOPLE_ONLY = frozenset({"users.manage", "api_keys.manage"})
"""What no API key may do, whatever its role: a leaked key must not be able to make itself a second life."""


def permissions_of(role: str) -> frozenset[str]:
    """What a role may do; a role this version does not know may do nothing."""
    found = ROLES.get(role)
    return found.permissions if found else frozenset()


def check_role(role: str) -> str:
    """The role itself; raises Invalid when the table has no such row."""
    if role not in ROLES:
        raise Invalid("unknown_role", f"There is no role {role}.", {"role": f"one of {', '.join(ROLES)}"})
    return role


def api_key_permissions(role: str, only: Iterable[str] = ()) -> frozenset[str]:
    """What an API key of this role may do: the role's permissions, narrowed to `only` if given, never PEOPLE_ONLY."""
    granted = permissions_of(role) - PEOPLE_ONLY
    narrowed = frozenset(only)
    return granted & narrowed if narrowed else granted
