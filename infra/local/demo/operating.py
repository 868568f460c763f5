"""Those who run the platform, in the demo: one operator, two more companies for their list, and an access that is over."""
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from chalicelib.kernel.context import OPERATORS, Actor, Command, Context
from chalicelib.operators import looking, service
from chalicelib.operators.model import LongerTrial
from chalicelib.runtime.worker import tenant_work
from chalicelib.storage import read
from chalicelib.tenants import directory
from chalicelib.tenants import service as tenants
from chalicelib.tenants.model import NewTenant
from chalicelib.tenants.support import service as support
from chalicelib.tenants.support.model import SUPPORT_ACCESS, AskSupport, GrantSupport
from infra.local.demo.people import PASSWORD
from infra.ops import operator as command

OPERATOR = ("samira@comptoir.example", "Samira Keller")
OTHERS = (("glacier-du-port", "Glacier du Port", "Yann Le Goff", "yann@glacier-du-port.example"),
          ("les-flocons", "Les Flocons", "Anne Vallier", "anne@les-flocons.example"))


def seed_operators(ctx: Context) -> dict[str, Any]:
    """Makes them; answers how the operator signs in. `ctx` is the owner's of the demo company."""
    made = command.add(*OPERATOR, "fr", PASSWORD)
    for tenant_id, name, owner, email in OTHERS:
        tenants.create_tenant(directory.apart(directory.platform(ctx), tenant_id), NewTenant(
            name=name, tenant_id=tenant_id, owner_email=email, owner_name=owner, owner_password=PASSWORD, environment="demo"))

    def desk(what: str) -> Context:
        here = tenant_work(OPERATORS, "demo", 600.0)
        return replace(here, actor=Actor("operator", made["id"], OPERATOR[1]), command=Command(f"demo:{what}"))

    first = OTHERS[0][0]
    last_day = looking.look(desk("look"), first).trial_ends_at.date() + timedelta(days=14)
    service.extend_trial(desk("trial"), first, LongerTrial(
        last_day=last_day, reason="Ils attendent leur comptable pour reprendre leurs soldes."))
    why = "Une facture de novembre ne s’ouvre pas : ticket 4711."
    service.ask_support(desk("ask"), ctx.tenant_id, AskSupport(reason=why, hours=4))
    asked = read.query(ctx, "by_list", "SUPPORT_ACCESS", limit=1).items[0]
    access = read.get(ctx, SUPPORT_ACCESS, str(asked["id"]))
    granted = support.grant(directory.apart(ctx, "grant"), access, GrantSupport(hours=2))
    support.withdraw(directory.apart(ctx, "withdraw"), granted)
    service.ask_support(desk("ask-other"), OTHERS[1][0], AskSupport(
        reason="Les étiquettes ne s’impriment plus : ticket 4720.", hours=2, wants_write=True))
    service.hold(desk("hold"), OTHERS[1][0], "Adresse de l’entreprise introuvable.")
    service.release(desk("release"), OTHERS[1][0], "L’adresse est corrigée.")
    looking.catch_up(desk("list"))
    return {"email": made["email"], "password": PASSWORD, "secret": made["secret"]}
