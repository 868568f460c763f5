"""Somebody who worked here asks to be forgotten: they cannot come in from that moment, their name is nowhere any more, and the
audit, from which it was taken, still proves that nobody else touched it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.activity import service as activity
from chalicelib.audit import forgetting
from chalicelib.audit import sealing as seals
from chalicelib.events.outbox import events_of
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.job import JOB
from chalicelib.leaving import erasing_users
from chalicelib.leaving.forgetting import Person
from chalicelib.leaving.worker import erase
from chalicelib.storage import keys, read, single
from tests.leaving.test_forgetting_a_customer import everything
from tests.tenants.conftest import Browser, Firm
from tests.working import worked

NAME = "Luc Glace"
Join = Callable[..., tuple[Browser, dict[str, Any]]]


def traces(tenant_id: str, *words: str) -> list[str]:
    """Where the person stands, packed or not; markers of commands, which last eight days, aside."""
    return [where for where, content in everything(tenant_id)
            if any(word.casefold() in content.casefold() for word in words) and "#COMMAND#" not in where]


def told(firm: Firm) -> None:
    """What the activity's queue does with every event so far."""
    ctx = firm.ctx()
    for hour in (ctx.now - timedelta(hours=1), ctx.now):
        for shard in range(keys.OUTBOX_SHARDS):
            for item in read.every_item(ctx, keys.outbox_partition(ctx, shard, hour).removeprefix(keys.prefix(ctx))):
                activity.record(ctx, events_of(ctx.tenant_id, item.key.sk, item.data))


def later(firm: Firm) -> Context:
    ctx = firm.ctx()
    return replace(ctx, now=ctx.now + timedelta(hours=3))


def check(firm: Firm) -> Any:
    now = firm.ctx().now
    return seals.check(later(firm), f"{now - timedelta(days=1):%Y-%m-%d}", f"{now:%Y-%m-%d}")


def leave(owner: Browser, **body: str) -> tuple[int, Any]:
    status, _, answer = owner.call("POST", "/api/leaving/erasures", body, {
        "cookie": owner.cookie, "x-csrf-token": owner.csrf, "user-agent": "Firefox"})
    return status, answer


def test_somebody_who_worked_here_is_forgotten(firm: Firm, owner: Browser, join: Join, browser: Callable[[], Browser]) -> None:
    luc, session = join("owner")
    user_id, mail = session["user"]["id"], session["user"]["email"]
    assert luc.send("PUT", "/company", {"legal_name": "Maison Givrée SAS"})[0] == 200
    assert luc.send("POST", "/api-keys", {"name": f"Clef de {NAME}", "role": "sales"})[0] == 201
    _, key = owner.send("POST", "/api-keys", {"name": "Clef d’Anne", "role": "sales"})
    told(firm)
    families = {where.split("#")[2].split(" ")[0] for where in traces(firm.tenant_id, NAME, mail)}
    assert families >= {"USER", "API_KEY", "INVITATION", "SIGN_IN", "TIMELINE", "OUTBOX", "AUDIT", "WORD"}

    assert leave(owner, user_id=user_id, confirm="luc")[1]["code"] == "confirm"
    assert leave(owner, user_id=user_id, customer_id="cus_1", confirm=NAME)[0] == 400
    assert leave(owner, user_id="usr_nobody", confirm=NAME)[0] == 404
    status, job = leave(owner, user_id=user_id, confirm=NAME)
    assert status == 202, job
    assert luc.send("GET", "/users")[0] == 401, "shut out at once, before the work has begun"
    done = worked(firm.ctx(), read.get(firm.ctx(), JOB, job["id"]), erase)
    assert (done.state, done.done) == ("done", done.total), (done.failure_code, done.failure_detail)

    assert traces(firm.tenant_id, NAME, mail) == []
    assert browser().sign_in(mail)[0] == 401
    _, shown = owner.send("GET", f"/users/{user_id}")
    assert shown["name"].startswith("Personne effacée") and (shown["email"], shown["is_active"]) == ("", False)
    keys_left = {row["name"]: row["is_revoked"] for row in owner.send("GET", "/api-keys")[1]["items"]}
    assert keys_left == {f"Clef de {shown['name']}": True, "Clef d’Anne": False} and key["id"]
    _, _, audit = owner.call("GET", f"/api/audit/records?actor_id={user_id}", None, {"cookie": owner.cookie})
    assert {row["actor_name"] for row in audit["items"]} == {shown["name"]}
    assert leave(owner, user_id=user_id, confirm=shown["name"])[1]["code"] == "erased_already"
    change = {"name": NAME, "role": "owner", "is_active": True}
    assert owner.send("PUT", f"/users/{user_id}", change, {"if-match": f'"{shown["version"]}"'})[1]["code"] == "erased_already"
    assert leave(owner, user_id=firm.owner_id, confirm="Anne Neige")[1]["code"] == "last_owner"
    assert owner.send("POST", "/invitations", {"email": mail, "name": "Luc", "role": "sales"})[0] == 201, "the e-mail is free"


def test_an_hour_from_which_somebody_was_taken_is_proved_as_before(firm: Firm, owner: Browser, join: Join) -> None:
    """The broken variants: who writes such an hour again has no key to sign it; what was altered before stays found."""
    _, session = join("sales")
    assert seals.seal(later(firm)) >= 1 and check(firm).findings == ()
    [hour, *_] = [codec.load(item.data)["hour"] for item in read.every_item(firm.ctx(), "AUDIT_SEALS#hours")]
    person = Person(session["user"]["id"], (session["user"]["email"], NAME), "Personne effacée ABC")
    at = datetime.strptime(hour, "%Y%m%d%H").replace(tzinfo=UTC)
    taken = [forgetting.forget(firm.ctx(), at, lambda told: erasing_users.scrubbed(told, person, set())) for _ in range(2)]
    assert taken[0] > 0 and taken[1] == 0 and check(firm).findings == (), "every seal still verifies"
    [*_, item] = [item for item in read.every_item(firm.ctx(), "AUDIT_SEALS#hours") if codec.load(item.data)["left"]]
    seal = codec.load(item.data)
    for damage in ({"left": "0" * 64}, {"left": ""}, {"left_signature": ""}):
        single.put(firm.ctx(), replace(item, data=codec.compact({**seal, **damage})))
        assert "altered" in {each.code for each in check(firm).findings}, damage
    single.put(firm.ctx(), item)
    assert check(firm).findings == ()


def test_nobody_is_taken_for_a_colleague_of_the_same_name() -> None:
    mail = "luc@givree.example"
    person = Person("usr_1", (mail, NAME), "Personne effacée ABC")
    ours = {("user", "usr_1"), ("api_key", "key_9")}
    assert erasing_users.scrubbed({"actor": ["user", "usr_1", NAME]}, person, ours)["actor"][2] == person.pseudonym
    assert erasing_users.scrubbed({"actor": ["user", "usr_2", NAME]}, person, ours)["actor"][2] == NAME
    assert erasing_users.scrubbed({"id": "key_9", "data": {"customer_name": "Luc", "by": NAME}}, person, ours)["data"] == {
        "customer_name": "Luc", "by": person.pseudonym}
    assert mail not in codec.compact(erasing_users.scrubbed({"actor": ["user", "usr_2", "Luc"], "to": mail}, person, ours))
