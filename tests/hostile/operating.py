"""An operator who is sent generated input as a company is, and another company to do things to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from chalicelib.kernel.context import OPERATORS, Actor, Context
from chalicelib.operators.model import OPERATOR, Operator
from chalicelib.runtime import operating, sessions
from chalicelib.runtime.worker import tenant_work
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants.support.model import SUPPORT_ACCESS, SupportAccess

BEGIN = "/api/operators/"
REASON = "Ticket 4711: les factures ne sortent pas."


class OperatorCaller:
    """An operator in a browser; `access_ids` are their requests to come into the company `tenant_id`, by state."""

    def __init__(self, tenant_id: str) -> None:
        self.tenant_id, self.token = tenant_id, ""
        ctx = tenant_work(OPERATORS, "hostile")
        transaction = Transaction(ctx)
        self.operator = transaction.create(OPERATOR, Operator(
            id=ctx.new_id("opr"), email="nadia@comptoir.example", email_key=ctx.chance.token(8).hex(), login_id="lgn_none",
            name="Nadia Martin", created_at=ctx.now))
        transaction.commit()
        self.access_ids = {state: [asked(tenant_work(tenant_id, "asked"), state, self.operator.id) for _ in range(8)]
                           for state in ("requested", "granted")}

    def credentials(self) -> dict[str, dict[str, str]]:
        """What every call of this browser carries."""
        ctx = replace(tenant_work(OPERATORS, "session"), actor=Actor("operator", self.operator.id))
        if not self.token:
            transaction = Transaction(ctx)
            self.token = operating.start(transaction, self.operator.id, "127.0.0.1", "test")
            transaction.commit()
        return {"cookies": {operating.COOKIE: self.token}, "headers": {"X-CSRF-Token": sessions.csrf_token(ctx, self.token)}}

    def subjects(self) -> dict[str, list[str]]:
        """Which of their requests what can be done with."""
        begin = "POST /api/operators/tenants/{tenant_id}/support-accesses/{access_id}"
        return {f"{begin}/enter": self.access_ids["granted"][:4],
                f"{begin}/give-back": [*self.access_ids["granted"][4:], *self.access_ids["requested"]]}

    def honest(self) -> dict[str, Any]:
        """What can be said to them."""
        begin, because = "POST /api/operators/tenants/{tenant_id}", {"reason": REASON}
        now = tenant_work(self.tenant_id, "day").now
        return {f"{begin}/hold": because, f"{begin}/release": because,
                f"{begin}/change-plan": {**because, "plan": "free"},
                f"{begin}/extend-trial": [{**because, "last_day": f"{now + timedelta(days=n):%Y-%m-%d}"} for n in (20, 40, 60)],
                f"{begin}/support-accesses": {**because, "hours": 2},
                "PUT /api/operators/switches/{name}": {"mode": "on"}}


def asked(ctx: Context, state: str, operator_id: str = "opr_x") -> str:
    """A request to come in, in this state; answers its id."""
    transaction = Transaction(ctx)
    made = transaction.create(SUPPORT_ACCESS, SupportAccess(
        id=ctx.new_id("sup"), state=state, reason=REASON, operator_id=operator_id, operator_name="Nadia Martin", hours=4,
        asked_at=ctx.now, ends_at=ctx.now + timedelta(days=2)))
    transaction.commit()
    return made.id
