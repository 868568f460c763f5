"""Feature switches: the one table of what operators can switch off, and the one place where it is decided.

A switch stands at its default until an operator sets it: on for all, off for all, or on for chosen tenants. Its setting is a
document of the operators' partition, read when the feature is about to be used and not before: nothing is cached, so a switch
holds on the next request, and no other request pays for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from chalicelib.kernel.context import OPERATORS, Context
from chalicelib.kernel.documents import Document
from chalicelib.kernel.errors import Forbidden
from chalicelib.kernel.shapes import entity
from chalicelib.storage import read

Mode = Literal["on", "off", "chosen"]
MODES = ("on", "off", "chosen")


@dataclass(frozen=True, slots=True)
class Switch:
    """A feature that can be switched. `by_tenant`: it is used inside a tenant, so it can be on for chosen ones."""

    name: str
    words: Mapping[str, str]
    default: Mode
    by_tenant: bool


SWITCHES: Mapping[str, Switch] = MappingProxyType({each.name: each for each in (
    Switch("sign_ups", {"en": "New companies may sign up", "fr": "De nouvelles entreprises peuvent s’inscrire"}, "on", False),
    Switch("passkeys", {"en": "People may add passkeys", "fr": "Les utilisateurs peuvent ajouter des clés d’accès"}, "on",
           True),
    Switch("data_exports", {"en": "Companies may export all their data",
                            "fr": "Les entreprises peuvent exporter toutes leurs données"}, "on", True),
)})


@entity
class Setting:
    """How a switch is set. `tenant_ids` are those it is on for when `mode` is chosen."""

    id: str
    version: int = 0
    mode: Mode = "on"
    tenant_ids: tuple[str, ...] = ()


SETTING: Document[Setting] = Document("switch", "", Setting, lambda s: {"name": s.id, "mode": s.mode})


def decide(switch: Switch, setting: Setting | None, tenant_id: str) -> bool:
    """Whether the feature is on for a tenant."""
    mode = setting.mode if setting else switch.default
    return mode == "on" or (mode == "chosen" and setting is not None and tenant_id in setting.tenant_ids)


def setting_of(ctx: Context, name: str) -> Setting | None:
    """How a switch is set, None while it stands at its default."""
    return read.find(replace(ctx, tenant_id=OPERATORS), SETTING, name)


def is_on(ctx: Context, name: str) -> bool:
    """Whether a feature is on for the context's tenant (for everybody, where there is none)."""
    return decide(SWITCHES[name], setting_of(ctx, name), ctx.tenant_id)


def require(ctx: Context, name: str) -> None:
    """Raises Forbidden `switched_off` when the feature is off for the context's tenant."""
    if not is_on(ctx, name):
        raise Forbidden("switched_off", "This is switched off for now; try again later.", None, feature=name)
