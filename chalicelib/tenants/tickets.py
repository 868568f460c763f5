"""Tickets: random tokens of ours that are good once and for minutes. Only their digest is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid
from chalicelib.runtime import secrets
from chalicelib.storage import keys, read, single
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item, is_expired

RESET = "password_reset"
RESET_SECONDS = 30 * 60
CODE = "code"
CODE_SECONDS = 120
TENANT_CHOICE = "tenant_choice"
SIGN_IN_SECONDS = 5 * 60
TOTP_ENROLMENT = "totp_enrolment"
ENROLMENT_SECONDS = 10 * 60
PASSKEY = "passkey"
PASSKEY_SECONDS = 5 * 60
PROOF = "proof"
PROOF_SECONDS = 5 * 60


def _key(ctx: Context, purpose: str, token: str) -> Key:
    return keys.platform(ctx, "TICKET", f"{purpose}#{secrets.digest(token)}")


def invalid() -> Invalid:
    """The one refusal of a token: unknown, used and expired are not told apart."""
    return Invalid("token_invalid", "This link or code was used already, or is too old; ask for a new one.")


def issue(ctx: Context, purpose: str, facts: Mapping[str, Any], seconds: int) -> str:
    """A new ticket carrying `facts`; answers its token. Needs a platform context."""
    token = secrets.random_token(ctx)
    item = Item(_key(ctx, purpose, token), "ticket", ctx.tenant_id, codec.compact(facts),
                expires_at=int(ctx.now.timestamp()) + seconds)
    single.put(ctx, item)
    return token


def peek(ctx: Context, purpose: str, token: str) -> Mapping[str, Any]:
    """What a ticket carries, without using it. Raises Invalid `token_invalid`."""
    stored = read.item(ctx, _key(ctx, purpose, token))
    if stored is None:
        raise invalid()
    facts: Mapping[str, Any] = codec.load(stored.data)
    return facts


def redeem(ctx: Context, purpose: str, token: str) -> Mapping[str, Any]:
    """Uses a ticket up: of two callers with one token, one gets its facts, the other Invalid `token_invalid`."""
    stored = single.take(ctx, _key(ctx, purpose, token))
    if stored is None or is_expired(ctx, stored):
        raise invalid()
    facts: Mapping[str, Any] = codec.load(stored.data)
    return facts


def first_use(ctx: Context, value: str, seconds: int) -> bool:
    """Whether nobody used `value` (kept as a keyed hash) in the last `seconds`; from now on somebody has."""
    key = keys.platform(ctx, "USED", secrets.blind(value))
    item = Item(key, "used", ctx.tenant_id, "{}", expires_at=int(ctx.now.timestamp()) + seconds)
    if single.put_version(ctx, item):
        return True
    if read.item(ctx, key) is not None:
        return False
    single.put(ctx, item)
    return True
