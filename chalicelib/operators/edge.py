"""The one `api` of `/api/operators`, and how its answers are put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.events import relay
from chalicelib.events.routing import QUEUES
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.operators import looking, service
from chalicelib.operators.answers import (
    ActRow,
    CodeAsked,
    OperatorSession,
    PlatformHealth,
    QueueHealth,
    SwitchView,
    TenantRow,
    TenantView,
)
from chalicelib.operators.model import ACT, TENANT_FILE, Operator
from chalicelib.runtime import switches
from chalicelib.runtime.api import Api
from chalicelib.runtime.resources import Listing, Resource
from chalicelib.runtime.switches import SWITCHES, Setting, Switch
from chalicelib.storage import read
from chalicelib.subscriptions import account
from chalicelib.subscriptions.deciding import LONGEST_TRIAL
from chalicelib.tenants.support.model import SupportRow

api = Api("operators", for_operators=True)
SMALL = 20_000
_ROWS_COUNTED = 1000
TENANTS = Resource(
    document=TENANT_FILE, path="/tenants", read="", write="",
    listings={"": Listing("by_list", "TENANT_FILE", newest_first=False)},
    filters=("plan", "state", "environment"), texts=("name", "id"), row=TenantRow)
ACTS = Resource(
    document=ACT, path="/acts", read="", write="", listings={"": Listing("by_list", "OPERATOR_ACT")},
    lookups={"tenant": Listing("by_ref", "ACTS_ON#{}")}, filters=("act", "state"), texts=("name", "reason", "operator_name"),
    row=ActRow)


def code_asked(challenge: str) -> CodeAsked:
    return CodeAsked(status="totp_required", challenge=challenge)


def session_view(operator: Operator, csrf: str) -> OperatorSession:
    """What a page of the operators' area needs to know of itself."""
    return OperatorSession(status="signed_in", csrf_token=csrf, id=operator.id, name=operator.name, email=operator.email,
                           locale=operator.locale)


def tenant_view(ctx: Context, tenant_id: str) -> TenantView:
    """One tenant, looked up now. Raises NotFound."""
    found = service.file_of(ctx, tenant_id)
    names = SupportRow.__dataclass_fields__
    return TenantView(
        file=found, faults=tuple(looking.faults(looking.inside(ctx, tenant_id))[:20]),
        accesses=tuple(codec.adapter(SupportRow).validate_python({name: row[name] for name in names})
                       for row in service.accesses(ctx, tenant_id)),
        longest_trial=found.created_at + LONGEST_TRIAL, is_billing_on=account.is_on())


def switch_view(switch: Switch, setting: Setting | None) -> SwitchView:
    """A switch as it stands."""
    return SwitchView(id=switch.name, version=setting.version if setting else 0, words=switch.words, by_tenant=switch.by_tenant,
                      mode=setting.mode if setting else switch.default, tenant_ids=setting.tenant_ids if setting else (),
                      is_default=setting is None)


def all_switches(ctx: Context) -> list[SwitchView]:
    """Every switch of the table."""
    return [switch_view(each, switches.setting_of(ctx, each.name)) for each in SWITCHES.values()]


def health(ctx: Context) -> PlatformHealth:
    """The queues asked now, and the tenants' trouble as the list knows it."""
    rows: Iterable[Mapping[str, Any]] = read.query(ctx, "by_list", "TENANT_FILE", limit=_ROWS_COUNTED).items
    counted = [int(row["problems"]) for row in rows]
    return PlatformHealth(
        queues=tuple(QueueHealth(id=name, waiting=relay.backlog(name), dead_letters=relay.dead_letters(name))
                     for name in QUEUES),
        tenants=len(counted), tenants_in_trouble=sum(map(bool, counted)))
