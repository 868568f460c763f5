"""Deciding again what somebody else's write overtook."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, DomainError, Stale
from chalicelib.storage.client import back_off
from chalicelib.storage.transaction import Refused

T = TypeVar("T")


def retried(ctx: Context, attempt: Callable[[], T], raced: Collection[str] = (), stale: Collection[str] = ()) -> T:
    """What `attempt` answers, tried again while all it is refused with are codes of `raced` or that documents of the kinds
    `stale` were saved meanwhile, until the caller's deadline.

    `attempt` reads what it decides on. Raises the first refusal that is no lost race, at the deadline the first one.
    """

    def is_lost(error: DomainError) -> bool:
        return error.code in raced or (isinstance(error, Stale) and error.kind in stale)

    number = 0
    while True:
        try:
            return attempt()
        except (Conflict, Refused) as refused:
            errors: Sequence[DomainError] = refused.errors if isinstance(refused, Refused) else [refused]
            other = next((error for error in errors if not is_lost(error)), None)
            if other is not None:
                raise other from None
            if not back_off(ctx, number):
                raise errors[0] from None
            number += 1
