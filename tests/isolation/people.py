"""A company with a person and a key of every role, put straight into the table: no password is asked here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.kernel.context import Command, Context
from chalicelib.kernel.ids import sortable_id
from chalicelib.kernel.standing import Standing
from chalicelib.runtime import secrets, sessions
from chalicelib.runtime.access import ROLES
from chalicelib.runtime.settings import settings
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants.model import API_KEY, COMPANY, TENANT, USER, ApiKey, Company, Tenant, User
from tests.conftest import make_context


def _step(ctx: Context, name: str) -> Context:
    return replace(ctx, command=Command(f"{name}:{ctx.chance.token(6).hex()}"))


@dataclass
class Firm:
    """A tenant; `mark` stands in every text of it that is written here."""

    tenant_id: str
    mark: str = ""
    users: dict[str, User] = field(default_factory=dict)
    _headers: dict[str, dict[str, str]] = field(default_factory=dict)
    _keys: dict[str, str] = field(default_factory=dict)

    def ctx(self, *permissions: str) -> Context:
        return make_context(self.tenant_id, *permissions, actor=self.users["owner"].id if self.users else "usr_test")

    def found(self) -> Firm:
        """Writes the tenant, its company and a user of each role."""
        ctx = self.ctx()
        made = {role: User(id=sortable_id("usr", ctx.now, ctx.chance.token(10)), email=f"{role}@{self.tenant_id}.example",
                           email_key=ctx.blind(f"{role}@{self.tenant_id}.example"), login_id=f"lgn_{self.tenant_id}{role}",
                           name=f"{role} {self.mark}", role=role, joined_at=ctx.now) for role in ROLES}
        transaction = Transaction(ctx)
        transaction.create(TENANT, Tenant(id=self.tenant_id, name=f"Maison {self.mark}", owner_ids=(made["owner"].id,),
                                          requests_per_minute=1_000_000, created_at=ctx.now,
                                          standing=Standing(plan="scale", extra_seats=1000)))
        transaction.create(COMPANY, Company(legal_name=f"Maison {self.mark} SAS", trade_name=f"Enseigne {self.mark}"))
        self.users = {role: transaction.create(USER, user) for role, user in made.items()}
        transaction.commit()
        return self

    def headers(self, role: str) -> dict[str, str]:
        """What a browser of this role sends; its session is begun when first asked for, and after `forget`."""
        if role not in self._headers:
            ctx = _step(self.ctx(), "session")
            transaction = Transaction(ctx)
            token = sessions.start(transaction, self.users[role].id, "203.0.113.9", f"Firefox {self.mark}")
            transaction.commit()
            self._headers[role] = {"cookie": f"{sessions.COOKIE}={token}", "x-csrf-token": sessions.csrf_token(ctx, token)}
        return self._headers[role]

    def forget(self, role: str) -> None:
        """The session of this role is over."""
        self._headers.pop(role, None)

    def key(self, role: str) -> dict[str, str]:
        """What a program with a key of this role sends."""
        if role not in self._keys:
            ctx = _step(self.ctx(), "key")
            key_id, secret = sortable_id("key", ctx.now, ctx.chance.token(10)), ctx.chance.token(32).hex()
            transaction = Transaction(ctx)
            transaction.create(API_KEY, ApiKey(
                id=key_id, name=f"Clé {role} {self.mark}", role=role, secret_hash=secrets.digest(secret), last4=secret[-4:],
                created_at=ctx.now, created_by=f"Anne {self.mark}"))
            transaction.commit()
            self._keys[role] = f"cmp_{settings().stage}_{self.tenant_id}_{key_id.removeprefix('key_')}_{secret}"
        return {"authorization": f"Bearer {self._keys[role]}"}


def problem_code(body: Any) -> str:
    return str(body.get("code", "")) if isinstance(body, dict) else ""
