"""Whose seats are taken: one document that every command taking or freeing a seat saves in its own transaction.

So two who take the last seat at once meet at its version: one of them is Stale, decides again and is refused. It is made from
the lists when the first such command comes, by whoever is first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from datetime import datetime
from typing import Any

from chalicelib.kernel.context import Context
from chalicelib.kernel.documents import Document
from chalicelib.kernel.errors import Stale
from chalicelib.kernel.shapes import entity
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants.selling import entitlements

ID = "seats"


@entity
class Seats:
    """The active users, and the open invitations with the instant each one ends, ISO 8601."""

    id: str = ID
    version: int = 0
    user_ids: tuple[str, ...] = ()
    invitations: Mapping[str, str] = field(default_factory=dict)

    def invited(self, now: datetime) -> int:
        """How many invitations are open."""
        return sum(until > now.isoformat() for until in self.invitations.values())


SEATS: Document[Seats] = Document("seats", "", Seats, lambda s: {}, is_derived=True)


def held(ctx: Context) -> Seats:
    """Whose seats are taken; version 0 while no command said so, then as the lists tell."""
    found = read.find(ctx, SEATS, ID)
    if found is not None:
        return found
    users = tuple(str(row["id"]) for row in _rows(ctx, "USER", "active"))
    return Seats(user_ids=users, invitations={str(row["id"]): str(row["expires_at"])
                                              for row in _rows(ctx, "INVITATION", "pending")})


def _rows(ctx: Context, partition: str, state: str) -> Iterator[Mapping[str, Any]]:
    return (row for row in read.every_row(ctx, "by_list", partition, limit=250) if row["state"] == state)


def require(ctx: Context) -> None:
    """Raises Forbidden `plan_limit_seats` when the users take all seats: asked before what cannot be taken back."""
    entitlements.require(entitlements.standing_of(ctx), "seats", len(held(ctx).user_ids))


def take(transaction: Transaction, user_id: str, instead_of: str = "") -> None:
    """Write part: a user takes a seat, the one of an invitation when there was one.

    Raises Forbidden `plan_limit_seats`. Refused: Stale `seats`, when somebody else took or freed one meanwhile."""
    old = held(transaction.ctx)
    if user_id not in old.user_ids:
        entitlements.require(entitlements.standing_of(transaction.ctx), "seats", len(old.user_ids))
    _save(transaction, old, (*(each for each in old.user_ids if each != user_id), user_id), _without(old, instead_of))


def free(transaction: Transaction, user_id: str) -> None:
    """Write part: a user gives their seat back. Refused: Stale `seats`."""
    old = held(transaction.ctx)
    _save(transaction, old, tuple(each for each in old.user_ids if each != user_id), old.invitations)


def keep(transaction: Transaction, invitation_id: str, until: datetime) -> None:
    """Write part: an invitation keeps a seat until it ends; one that is kept already is kept longer.

    Raises Forbidden `plan_limit_seats` when users and open invitations take all. Refused: Stale `seats`."""
    ctx = transaction.ctx
    old = held(ctx)
    others = replace(old, invitations=_without(old, invitation_id))
    if len(others.invitations) == len(old.invitations):
        entitlements.require(entitlements.standing_of(ctx), "seats", len(old.user_ids) + old.invited(ctx.now))
    _save(transaction, old, old.user_ids, {**others.invitations, invitation_id: until.isoformat()})


def give_up(transaction: Transaction, invitation_id: str) -> None:
    """Write part: an invitation keeps no seat any more. Refused: Stale `seats`."""
    old = held(transaction.ctx)
    _save(transaction, old, old.user_ids, _without(old, invitation_id))


def _without(seats: Seats, invitation_id: str) -> dict[str, str]:
    return {each: until for each, until in seats.invitations.items() if each != invitation_id}


def _save(transaction: Transaction, old: Seats, user_ids: tuple[str, ...], invitations: Mapping[str, str]) -> None:
    """Saves it without the invitations that ended."""
    now = transaction.ctx.now.isoformat()
    kept = {each: until for each, until in sorted(invitations.items()) if until > now}
    new = replace(old, user_ids=user_ids, invitations=kept)
    if old.version:
        transaction.save(SEATS, old, new)
    else:
        transaction.create(SEATS, new, lambda: Stale(SEATS.kind))
