"""A throw-away company with an owner, a program's key, and whatever quota a test needs."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass, replace

from chalicelib.kernel.context import Context
from chalicelib.kernel.standing import Standing
from chalicelib.runtime.worker import tenant_work
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants import service
from chalicelib.tenants.model import TENANT, NewApiKey, NewTenant

PASSWORD = "trois petits flocons"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Merchant:
    """The company's id, its owner's login, and a key with the owner's rights."""

    tenant_id: str
    owner_email: str
    owner_id: str
    api_key: str

    def ctx(self) -> Context:
        """A fresh command of this company."""
        return tenant_work(self.tenant_id, "test")


def found(platform: Context, name: str, requests_per_minute: int = 0) -> Merchant:
    """Founds a company of this name. `requests_per_minute` 0 leaves it the plan's, which is the greatest."""
    tenant_id = f"{name}-{os.getpid()}-{next(_numbers)}"
    email = f"owner@{tenant_id}.example"
    _, owner = service.create_tenant(platform, NewTenant(
        name=name, tenant_id=tenant_id, owner_email=email, owner_name="Odile Favre", owner_password=PASSWORD))
    ctx = tenant_work(tenant_id, "founding")
    old = read.get(ctx, TENANT, tenant_id)
    transaction = Transaction(ctx.step("quota"))
    transaction.save(TENANT, old, replace(old, requests_per_minute=requests_per_minute,
                                          standing=Standing(plan="scale", extra_seats=1000)))
    transaction.commit()
    _, key = service.create_api_key(ctx.step("key"), NewApiKey(name="test", role="owner"))
    return Merchant(tenant_id, email, owner.id, key)
