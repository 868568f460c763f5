"""Use cases of operators: what they do to a tenant, each noted with its reason before it is done; switches; coming in.

What is done inside a tenant is the tenant's own domains' doing (`subscriptions`, `tenants.support`), in a transaction of the
tenant's partition with the operator as its actor, so it stands in the tenant's audit too. An act is three writes: noted
(`asked`), done, noted again (`done`, with the request's marker). Sent again, it goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone, Conflict, DomainError, Invalid, NotFound, Stale
from chalicelib.kernel.ids import derived_id
from chalicelib.operators import looking
from chalicelib.operators.model import ACT, Act, LongerTrial, OtherPlan, SetSwitch, TenantFile, checked_reason
from chalicelib.runtime import operating, switches
from chalicelib.runtime.switches import MODES, SETTING, SWITCHES, Setting, Switch
from chalicelib.storage import keys, read
from chalicelib.storage.transaction import Transaction
from chalicelib.subscriptions import deciding
from chalicelib.subscriptions import service as subscriptions
from chalicelib.subscriptions.model import FREE, ChoosePlan
from chalicelib.tenants.model import TENANT, Tenant
from chalicelib.tenants.support import service as support
from chalicelib.tenants.support.model import SUPPORT_ACCESS, AskSupport, SupportAccess, checked_hours

MOST_CHOSEN = 200
Answered = dict[str, Any]


def tenant(ctx: Context, tenant_id: str) -> Tenant:
    """The tenant's own document. Raises NotFound."""
    return read.get(looking.inside(ctx, tenant_id), TENANT, tenant_id)


def _noted(ctx: Context, tenant_id: str, name: str, reason: str, facts: str) -> Act:
    """The act as it is asked for; noted already by an earlier attempt, the same one."""
    made = Act(id=derived_id(ACT.prefix, ctx.command.id), name=name, tenant_id=tenant_id, reason=reason, facts=facts,
               tenant_name=tenant(ctx, tenant_id).name, operator_id=ctx.actor.id, operator_name=ctx.actor.name, at=ctx.now)
    transaction = Transaction(ctx.step("noted"))
    transaction.create(ACT, made)
    transaction.emit(name, ACT.kind, made.id, 1, {"tenant_id": tenant_id})
    try:
        transaction.commit()
    except AlreadyDone as done:
        if done.marker.get("body_hash", "") != ctx.command.body_hash:
            raise Conflict("idempotency_key_reused", "This Idempotency-Key was used for another request.") from None
    return read.get(ctx, ACT, made.id)


def _open(ctx: Context, act: Act) -> Act:
    """The act, unless it is done: then the request is answered as it was."""
    if act.state == "done":
        stored = read.item(ctx, keys.marker(ctx, ctx.command.id))
        raise AlreadyDone(codec.load(stored.data) if stored else {})
    return act


def _ended(ctx: Context, act: Act, state: Any, code: str, answer: Answered | None) -> None:
    """What became of the act; with the answer it is the request's marker."""
    transaction = Transaction(ctx if answer is not None else ctx.step("refused"))
    if (act.state, act.code) != (state, code):
        saved = transaction.save(ACT, act, replace(act, state=state, code=code))
        if state == "done":
            transaction.emit("ActDone", ACT.kind, act.id, saved.version)
        else:
            transaction.emit("ActRefused", ACT.kind, act.id, saved.version, {"code": code})
    if answer is not None:
        transaction.keeps(201, answer)
    try:
        transaction.commit()
    except AlreadyDone:
        if answer is not None:
            raise


def _act(ctx: Context, tenant_id: str, name: str, reason: str, facts: str, do: Callable[[Context], Any]) -> Answered:
    """Notes, does and notes again. `do` gets the tenant's context, with a command of its own."""
    act = _open(ctx, _noted(ctx, tenant_id, name, reason, facts))
    there = looking.inside(ctx, tenant_id).step("done")
    try:
        if read.item(there, keys.marker(there, there.command.id)) is None:
            do(there)
    except AlreadyDone:
        pass
    except DomainError as error:
        _ended(ctx, act, "refused", error.code, None)
        raise
    answer = {"id": act.id, "act": name, "tenant_id": tenant_id, "state": "done"}
    _ended(ctx, act, "done", "", answer)
    looking.look(ctx, tenant_id)
    return answer


# -- the subscription ----------------------------------------------------------------------------------------------------


def extend_trial(ctx: Context, tenant_id: str, body: LongerTrial) -> Answered:
    """A longer trial. Raises NotFound, Invalid, Conflict `not_on_trial`."""
    return _act(ctx, tenant_id, "TrialExtended", checked_reason(body.reason), body.last_day.isoformat(),
                lambda there: deciding.extend_trial(there, body.last_day))


def change_plan(ctx: Context, tenant_id: str, body: OtherPlan) -> Answered:
    """Another plan, by the rules that hold for the company itself: what is paid goes through Stripe. Raises NotFound, Invalid,
    Conflict, Unavailable."""
    reason, chosen = checked_reason(body.reason), ChoosePlan(plan=body.plan, extra_seats=body.extra_seats)
    if body.plan != FREE:
        subscriptions.check_choice(chosen)
    do = subscriptions.choose_free if body.plan == FREE else lambda there: subscriptions.change_plan(there, chosen)
    return _act(ctx, tenant_id, "PlanChanged", reason, f"{body.plan} +{body.extra_seats}", do)


def hold(ctx: Context, tenant_id: str, reason: str) -> Answered:
    """Suspends a tenant from its next request on. Raises NotFound, Invalid, Conflict."""
    text = checked_reason(reason)
    return _act(ctx, tenant_id, "TenantHeld", text, "", lambda there: deciding.hold(there, text))


def release(ctx: Context, tenant_id: str, reason: str) -> Answered:
    """Opens a held tenant again. Raises NotFound, Invalid."""
    return _act(ctx, tenant_id, "TenantReleased", checked_reason(reason), "", deciding.release)


# -- coming in -----------------------------------------------------------------------------------------------------------


def ask_support(ctx: Context, tenant_id: str, body: AskSupport) -> Answered:
    """Asks the tenant to be let in. Raises NotFound, Invalid."""
    reason = checked_reason(body.reason)
    checked_hours(body.hours)
    facts = f"{body.hours} h, {'write' if body.wants_write else 'read'}"
    return _act(ctx, tenant_id, "SupportAsked", reason, facts, lambda there: support.ask(there, body))


def own_access(ctx: Context, tenant_id: str, access_id: str) -> SupportAccess:
    """An access that this operator asked for. Raises NotFound, for another operator's too."""
    found = read.get(looking.inside(ctx, tenant_id), SUPPORT_ACCESS, access_id)
    if found.operator_id != ctx.actor.id:
        raise NotFound(SUPPORT_ACCESS.kind)
    return found


def give_back(ctx: Context, tenant_id: str, access_id: str) -> Answered:
    """Takes a request back, or ends an access before its time. Raises NotFound, Conflict `wrong_state`."""
    found = own_access(ctx, tenant_id, access_id)
    return _act(ctx, tenant_id, "SupportGivenBack", found.reason, "", lambda there: support.give_back(there, found))


def enter(ctx: Context, tenant_id: str, access_id: str) -> str:
    """Begins a session inside the tenant; answers its cookie's value. Raises NotFound, Conflict `support_not_granted`."""
    found = own_access(ctx, tenant_id, access_id)
    if found.state != "granted" or found.ends_at <= ctx.now:
        raise Conflict("support_not_granted", "The company has not consented to this access, or its time is over.")
    act = _open(ctx, _noted(ctx, tenant_id, "SupportEntered", found.reason, access_id))
    there = looking.inside(ctx, tenant_id).step("done")
    transaction = Transaction(there)
    token = operating.start_inside(transaction, found.id, ctx.actor.id, found.ends_at)
    transaction.emit("SupportEntered", SUPPORT_ACCESS.kind, found.id, found.version)
    try:
        transaction.commit()
    except AlreadyDone:
        raise Conflict("already_done", "This session has begun already; ask for another one.") from None
    _ended(ctx, act, "done", "", {"id": act.id, "act": act.name, "tenant_id": tenant_id, "state": "done"})
    return token


def accesses(ctx: Context, tenant_id: str) -> list[dict[str, Any]]:
    """The newest requests of operators to this tenant, as the tenant's own list has them."""
    page = read.query(looking.inside(ctx, tenant_id), "by_list", "SUPPORT_ACCESS", limit=20)
    return [read.public(row) for row in page.items]


# -- switches ------------------------------------------------------------------------------------------------------------


def switch_of(name: str) -> Switch:
    """A switch of the table. Raises NotFound."""
    if name not in SWITCHES:
        raise NotFound("switch")
    return SWITCHES[name]


def set_switch(ctx: Context, name: str, body: SetSwitch, if_match: int | None) -> Setting:
    """Sets a switch, from the next request on. Raises NotFound, Stale; Invalid for a mode that there is not, and for chosen
    tenants that do not exist, that are none, or that a switch cannot have."""
    switch = switch_of(name)
    if body.mode not in MODES or (body.mode == "chosen" and not switch.by_tenant):
        offered = MODES if switch.by_tenant else MODES[:2]
        raise Invalid("mode", "A switch has no such setting.", {"mode": f"one of {', '.join(offered)}"})
    chosen = tuple(dict.fromkeys(body.tenant_ids))
    if (body.mode == "chosen") != bool(chosen) or len(chosen) > MOST_CHOSEN:
        raise Invalid("tenant_ids", f"Name 1 to {MOST_CHOSEN} tenants when it is on for chosen ones, and none otherwise.",
                      {"tenant_ids": f"1 to {MOST_CHOSEN} with chosen, else none"})
    for tenant_id in chosen:
        try:
            tenant(ctx, tenant_id)
        except NotFound:
            raise Invalid("unknown_tenant", f"There is no tenant {tenant_id[:60]}.", {"tenant_ids": "unknown"}) from None
    old = switches.setting_of(ctx, name)
    if if_match is not None and if_match != (old.version if old else 0):
        raise Stale(SETTING.kind)
    new = Setting(id=name, mode=body.mode, tenant_ids=chosen)  # type: ignore[arg-type]
    transaction = Transaction(ctx)
    saved = transaction.save(SETTING, old, new) if old else transaction.create(SETTING, new, lambda: Stale(SETTING.kind))
    transaction.emit("SwitchChanged", SETTING.kind, name, saved.version, {"mode": body.mode})
    transaction.answers(200, SETTING.kind, name, saved.version)
    transaction.commit()
    return saved


def file_of(ctx: Context, tenant_id: str) -> TenantFile:
    """The tenant, looked up now. Raises NotFound."""
    return looking.look(ctx, tenant_id)
