"""New secrets while the old ones are still accepted: nobody is signed out, nothing that was sent in between is refused.

`platform`: the key that pages' tokens, lists' positions, links, seals and checkpoints are signed with. The new one signs half
an hour later, when every process has read it; positions and pages' tokens signed with the former are accepted for the overlap,
at least as long as a session lives, proofs and links for ever. Sessions and API keys are random and kept hashed: no signature
of theirs ends. Blind keys stay: e-mails stand in the table under them.

`stripe`: STRIPE_API_KEY and STRIPE_WEBHOOK_SECRET of the environment, whichever is set, into the stage's secret. The key is
tried first. Roll them at Stripe with an overlap of a day: processes read the secret every quarter of an hour, and at once when
Stripe refuses the old key; while a webhook secret is rolled Stripe signs with both.

`connections`: a webhook secret of its own anew for each of a tenant's shops; the former is accepted for two more days. A second
run on the same day goes on where the first ended.

    python -m infra.ops.rotate platform [--overlap-days 31]
    STRIPE_API_KEY=… python -m infra.ops.rotate stripe
    python -m infra.ops.rotate connections --tenant maison
"""

from __future__ import annotations

import json
import os
import secrets as chance
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from chalicelib.kernel.context import Command, Context
from infra.ops.command import Progress, Say, parser

LEAST_OVERLAP = timedelta(days=30)
"""A session's longest life: a page that is open all that time keeps its token."""


def platform(ctx: Context, manager: Any, secret_id: str, say: Say, overlap: timedelta = LEAST_OVERLAP,
             dry_run: bool = False) -> bool:
    """Adds a signing key; answers whether it did: not while one waits for its turn. Raises ValueError for a short overlap."""
    from chalicelib.runtime import keyring

    if overlap < LEAST_OVERLAP:
        raise ValueError(f"the overlap is at least {LEAST_OVERLAP.days} days, as long as a session lives")
    text = manager.get_secret_value(SecretId=secret_id)["SecretString"]
    waiting = keyring.begins_soon(text, ctx.now)
    progress = Progress(say, 0 if waiting else 1)
    if waiting is None and not dry_run:
        manager.put_secret_value(SecretId=secret_id, SecretString=keyring.rotated(
            text, chance.token_urlsafe(48), ctx.now, overlap))
        progress.step()
    begins = waiting or ctx.now + keyring.DELAY
    progress.finish("rotate platform", dry_run, signs_from=begins.isoformat(timespec="seconds"),
                    former_accepted_until=(begins + overlap).isoformat(timespec="seconds"))
    return waiting is None and not dry_run


def stripe(manager: Any, secret_id: str, given: Mapping[str, str], try_key: Callable[[str], object], say: Say,
           dry_run: bool = False) -> list[str]:
    """Puts keys into the secret, once Stripe has taken the new API key (`try_key` raises when it does not); answers which were
    put: none that are there. Raises ValueError when none is given."""
    if not given:
        raise ValueError("set STRIPE_API_KEY or STRIPE_WEBHOOK_SECRET")
    held = json.loads(manager.get_secret_value(SecretId=secret_id)["SecretString"])
    new = {name: value for name, value in given.items() if held.get(name) != value}
    progress = Progress(say, len(new))
    if "STRIPE_API_KEY" in new:
        try_key(new["STRIPE_API_KEY"])
    if new and not dry_run:
        manager.put_secret_value(SecretId=secret_id, SecretString=json.dumps({**held, **new}))
        progress.step(len(new))
    progress.finish("rotate stripe", dry_run, put=sorted(new))
    return [] if dry_run else sorted(new)


def connections(ctx: Context, say: Say, dry_run: bool = False) -> int:
    """A new webhook secret for each of the tenant's shops; answers how many did not take theirs yet. What a shop does not take
    is named at the connection, offered again, and the former stays good."""
    from chalicelib.channels import connecting
    from chalicelib.channels.model import CONNECTION
    from chalicelib.storage import read

    shops = list(read.every_document(ctx, CONNECTION, "by_list", "CONNECTION", newest_first=False))
    progress, waiting = Progress(say, len(shops)), 0
    for shop in shops if not dry_run else ():
        own = replace(ctx, command=Command(f"rotate:{shop.id}:{ctx.now:%Y-%m-%d}"))
        rotated, _ = connecting.rotate_secret(own, shop)
        waiting += not rotated.is_webhook_secret_known
        progress.step()
    progress.finish("rotate connections", dry_run, tenant=ctx.tenant_id, waiting=waiting)
    return waiting


def _taken(key: str) -> None:
    """Asks Stripe with a key. Raises what the library raises when it is refused."""
    import stripe as library

    library.StripeClient(key).v1.products.list({"limit": 1})


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; answers its exit status: 1 when a shop has not taken its new secret yet."""
    asked = parser("rotate", __doc__, tenant_required=False)
    asked.add_argument("what", choices=("platform", "stripe", "connections"))
    asked.add_argument("--overlap-days", type=int, default=LEAST_OVERLAP.days + 1)
    chosen = asked.parse_args(arguments)
    if chosen.what == "connections" and not chosen.tenant:
        asked.error("connections are a --tenant's")
    from chalicelib.runtime.api import platform_context
    from chalicelib.runtime.secrets import STRIPE_NAMES
    from chalicelib.runtime.settings import settings
    from chalicelib.runtime.worker import tenant_work
    from chalicelib.storage.client import client

    if chosen.what == "connections":
        return 1 if connections(tenant_work(chosen.tenant, "rotate", 3600.0), print, chosen.dry_run) else 0
    try:
        if chosen.what == "platform":
            platform(platform_context("rotate"), client("secretsmanager"), settings().platform_secret_id, print,
                     timedelta(days=chosen.overlap_days), chosen.dry_run)
        else:
            given = {name: os.environ[name] for name in STRIPE_NAMES if os.environ.get(name)}
            stripe(client("secretsmanager"), settings().stripe_secret_id, given, _taken, print, chosen.dry_run)
    except ValueError as error:
        asked.error(str(error))
    return 0


if __name__ == "__main__":
    sys.exit(main())
