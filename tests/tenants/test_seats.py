"""The last seat of a plan goes to one person, however many take it at the same instant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.kernel.standing import Standing
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants import directory, service
from chalicelib.tenants.model import TENANT, USER, ChangeUser, InviteUser, User
from chalicelib.tenants.selling import seats
from tests.tenants.conftest import Firm
from tests.tenants.test_roles import _together


@pytest.fixture
def two_away(firm: Firm) -> tuple[User, User]:
    """A company on Free, two seats, with its owner and two people who were shut out."""
    ctx = directory.apart(firm.ctx(), "away")
    tenant, owner = service.tenant(ctx), read.get(ctx, USER, firm.owner_id)
    tx = Transaction(ctx)
    tx.save(TENANT, tenant, replace(tenant, standing=Standing(plan="free")))
    away = [tx.create(USER, replace(owner, id=ctx.new_id("usr"), version=0, email=f"{n}@x.example", role="sales",
                                    email_key=ctx.blind(f"{n}@x.example"), is_active=False)) for n in range(2)]
    tx.commit()
    return away[0], away[1]


def _back(firm: Firm, user: User) -> Callable[[], Any]:
    ctx = directory.apart(firm.ctx(), "back")
    return lambda: service.change_user(ctx, user, ChangeUser(name=user.name, role="sales")).is_active


def _invite(firm: Firm, n: int) -> Callable[[], Any]:
    ctx = replace(directory.apart(firm.ctx(), "invite"), permissions=frozenset("*"))
    return lambda: service.invite(ctx, InviteUser(email=f"new{n}@x.example", name="N", role="sales")).state


def test_of_two_who_take_the_last_seat_at_once_one_gets_it(firm: Firm, two_away: tuple[User, User]) -> None:
    found = _together(*(_back(firm, user) for user in two_away))
    assert sorted(map(str, found)) == ["True", "plan_limit_seats"]
    active = [read.get(firm.ctx(), USER, user.id).is_active for user in two_away]
    assert sorted(active) == [False, True] and len(seats.held(firm.ctx()).user_ids) == 2


def test_of_two_who_invite_to_the_last_seat_one_does_and_it_is_free_again_when_withdrawn(
        firm: Firm, two_away: tuple[User, User]) -> None:
    assert sorted(_together(_invite(firm, 1), _invite(firm, 2))) == ["pending", "plan_limit_seats"]
    [invited] = seats.held(firm.ctx()).invitations
    invitation = read.get(firm.ctx(), service.INVITATION, invited)
    assert _together(_invite(firm, 3)) == ["plan_limit_seats"]
    late = replace(firm.ctx(), now=invitation.expires_at + timedelta(seconds=1))
    assert seats.held(firm.ctx()).invited(late.now) == 0, "one that ended keeps no seat"
    again = service.resend_invitation(directory.apart(firm.ctx(), "resend"), invitation)
    assert seats.held(firm.ctx()).invitations == {invited: again.expires_at.isoformat()}
    service.revoke_invitation(directory.apart(firm.ctx(), "revoke"), again)
    assert _together(_invite(firm, 3)) == ["pending"]


def test_who_is_shut_out_gives_the_seat_back(firm: Firm, two_away: tuple[User, User]) -> None:
    first, second = two_away
    assert _together(_back(firm, first)) == [True] and _together(_back(firm, second)) == ["plan_limit_seats"]
    in_again = read.get(firm.ctx(), USER, first.id)
    service.change_user(directory.apart(firm.ctx(), "out"), in_again, ChangeUser(name="x", role="sales", is_active=False))
    assert _together(_back(firm, second)) == [True]


def test_that_one_is_refused_is_the_documents_version(
        firm: Firm, two_away: tuple[User, User], monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: seats counted from the lists, and nothing saved. Both may come then."""
    monkeypatch.setattr(seats, "_save", lambda *given: None)
    assert _together(*(_back(firm, user) for user in two_away)) == [True, True]
