"""Somebody who worked here asks to be forgotten: they cannot come in from that moment, their name is nowhere but in the books,
and the audit, from which it was taken, still proves that nobody else touched it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.audit import sealing as seals
from chalicelib.kernel import audit, codec
from chalicelib.kernel.context import Actor, Context
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.leaving import erasing_users
from chalicelib.leaving.forgetting import EraseBody, Person
from chalicelib.storage import read, single
from chalicelib.tenants import directory, service
from chalicelib.tenants.model import API_KEY, USER, ChangeUser, NewApiKey, NewTenant, User
from chalicelib.tenants.directory import Place
from tests.leaving.test_forgetting_a_customer import everything
from tests.working import worked

NAME, MAIL = "Solène Kervadec-Abgrall", "solene.kervadec@exemple.fr"


def traces(tenant_id: str) -> list[str]:
    """Where the name or the e-mail stands, packed or not; markers of commands, which last eight days, aside."""
    return [where for where, content in everything(tenant_id)
            if any(word.casefold() in content.casefold() for word in (NAME, MAIL)) and "#COMMAND#" not in where]


@pytest.fixture
def firm(platform: Context, new_ctx: Callable[..., Context]) -> Any:
    return platform


def test_nobody_is_taken_for_a_colleague_of_the_same_name() -> None:
    person = Person("usr_1", (MAIL, NAME), "Personne effacée ABC")
    ours = {("user", "usr_1"), ("api_key", "key_9")}
    assert erasing_users.scrubbed({"actor": ["user", "usr_1", NAME]}, person, ours)["actor"][2] == person.pseudonym
    assert erasing_users.scrubbed({"actor": ["user", "usr_2", NAME]}, person, ours)["actor"][2] == NAME
    assert erasing_users.scrubbed({"id": "key_9", "data": {"customer_name": "Luc", "by": NAME}}, person, ours)["data"] == {
        "customer_name": "Luc", "by": person.pseudonym}
    assert MAIL not in codec.compact(erasing_users.scrubbed({"actor": ["user", "usr_2", "Luc"], "to": MAIL}, person, ours))
