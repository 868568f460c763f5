"""Attempt limits: counters on the platform's side, by e-mail and by address, that forget by themselves.

The attempt is counted before it is judged, so that parallel guesses cannot slip through between reading and writing.
"""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import LimitExceeded
from chalicelib.runtime import secrets
from chalicelib.storage import keys, single
from chalicelib.storage.keys import Key


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` attempts in the `seconds` from the first."""

    name: str
    count: int
    seconds: int


SIGN_IN_BY_EMAIL = Limit("sign_in_email", 5, 900)
SIGN_IN_BY_ADDRESS = Limit("sign_in_address", 100, 900)
CODE_BY_LOGIN = Limit("code_login", 5, 900)
RESET_BY_EMAIL = Limit("reset_email", 3, 3600)
RESET_BY_ADDRESS = Limit("reset_address", 30, 3600)
PASSKEY_BY_ADDRESS = Limit("passkey_address", 100, 900)
PASSKEY_BY_LOGIN = Limit("passkey_login", 10, 900)
TOKEN_BY_ADDRESS = Limit("token_address", 60, 900)


def _key(ctx: Context, limit: Limit, value: str) -> Key:
    return keys.platform(ctx, "ATTEMPTS", f"{limit.name}#{secrets.blind(value)}")


def spend(ctx: Context, limit: Limit, value: str) -> None:
    """Counts one attempt. Raises LimitExceeded `too_many_attempts` beyond the limit, whoever asks and whether or not
    `value` means anything to us. Needs a platform context."""
    count, ends = single.count_since_first(ctx, _key(ctx, limit, value), "attempts", limit.seconds)
    if count > limit.count:
        raise LimitExceeded("too_many_attempts", "Too many attempts; try again later.",
                            ends - int(ctx.now.timestamp()))


def clear(ctx: Context, limit: Limit, value: str) -> None:
    """Forgets the attempts so far: the right password was given."""
    single.delete(ctx, _key(ctx, limit, value))
