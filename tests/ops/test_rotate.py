"""Secrets are rotated while people work: the old ones count for an overlap, proofs for ever, and nobody is signed out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.channels import shops
from chalicelib.channels.model import CONNECTION
from chalicelib.runtime import keyring, secrets
from chalicelib.runtime.settings import settings
from chalicelib.storage import read
from chalicelib.storage.client import client
from infra.ops import rotate
from tests.isolation.world import Company

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
MONTH = timedelta(days=30)


def ring(text: str, at: datetime) -> tuple[bytes, list[bytes], list[bytes]]:
    """At an instant: what signs, what is accepted of a page's token, and of a seal."""
    found = keyring.read(text)
    return found.signer(at).key, [each.key for each in found.accepted("csrf", at)], [
        each.key for each in found.accepted("audit", at)]


def test_a_new_key_signs_only_when_everybody_knows_it_and_the_former_counts_for_the_overlap() -> None:
    first = '{"key":"one"}'
    second = keyring.rotated(first, "two", NOW, MONTH)
    begins = NOW + keyring.DELAY
    assert timedelta(seconds=keyring.READ_AGAIN_SECONDS) < keyring.DELAY, "all have read it before any signs with it"
    assert ring(first, NOW) == (b"one", [b"one"], [b"one"])
    assert ring(second, NOW) == (b"one", [b"two", b"one"], [b"two", b"one"])
    assert ring(second, begins) == (b"two", [b"two", b"one"], [b"two", b"one"])
    assert ring(second, begins + MONTH) == (b"two", [b"two"], [b"two", b"one"]), "a seal is a proof for ever"
    third = keyring.rotated(second, "three", begins + MONTH, MONTH)
    assert ring(third, begins + 3 * MONTH) == (b"three", [b"three"], [b"three", b"two", b"one"])
    assert keyring.read(third).blind == b"one", "blind keys stay"
    assert keyring.begins_soon(second, NOW) == begins and keyring.begins_soon(second, begins) is None


@pytest.fixture
def kept(engine: Any) -> Iterator[Any]:
    """The platform's secret, as it was again afterwards."""
    manager, name = client("secretsmanager"), settings().platform_secret_id
    text = manager.get_secret_value(SecretId=name)["SecretString"]

    def put(new: str) -> None:
        manager.put_secret_value(SecretId=name, SecretString=new)
        secrets.forget()

    put.text = text  # type: ignore[attr-defined]
    yield put
    put(text)


def test_nobody_is_signed_out_and_pages_that_are_open_go_on(company: Company, call: Any, kept: Any, said: list[str]) -> None:
    """Before, within the overlap and after it, as a browser meets it; the books' checkpoints are ours all the while."""
    headers, ctx = dict(company.headers("owner")), company.step()
    seal, link = secrets.sign(ctx, "audit", "hour"), secrets.sign(ctx, "tracking", "ord_1")
    note = {"name": "Une autre"}
    now = datetime.now(UTC)

    def asked(method: str, **more: str) -> tuple[int, Any]:
        status, _, answer = call(method, "/api/tenants/session" if method == "GET" else "/api/pricing/price-lists",
                                 None if method == "GET" else {**note, "name": f"Liste {now} {len(said)}"}, {**headers, **more})
        said.append(method)
        return status, answer

    kept(keyring.rotated(kept.text, "another", now - timedelta(hours=2), MONTH))
    assert secrets.sign(ctx, "audit", "hour") != seal, "the new key signs"
    assert [asked("GET")[0], asked("POST")[0]] == [200, 201], "within the overlap the page's former token is good"
    kept(keyring.rotated(kept.text, "another", now - 2 * MONTH, MONTH))
    status, answer = asked("GET")
    assert status == 200 and asked("POST")[0] == 403, "afterwards a page that never asked again is refused, not signed out"
    assert asked("POST", **{"x-csrf-token": answer["csrf_token"]})[0] == 201
    assert secrets.verify(ctx, "audit", "hour", seal) and secrets.verify(ctx, "tracking", "ord_1", link[:20], 20)
    assert not secrets.verify(ctx, "audit", "hour", link) and not secrets.verify(ctx, "tracking", "ord_1", link[:19], 20)
    kept(json.dumps({**json.loads(kept.text), "signing": [{"key": "another", "since": "", "until": ""}]}))
    assert not secrets.verify(ctx, "audit", "hour", seal), "a key that is thrown away takes its proofs along"


def test_the_command_adds_one_key_and_a_repeat_none(platform: Any, kept: Any, said: list[str]) -> None:
    manager, name = client("secretsmanager"), settings().platform_secret_id
    assert rotate.platform(platform, manager, name, said.append, dry_run=True) is False
    assert manager.get_secret_value(SecretId=name)["SecretString"] == kept.text
    assert rotate.platform(platform, manager, name, said.append) is True
    assert rotate.platform(platform, manager, name, said.append) is False, "one waits for its turn"
    assert len(json.loads(manager.get_secret_value(SecretId=name)["SecretString"])["signing"]) == 2
    assert "another" not in said[-1] and json.loads(said[-1])["done"] == 0
    with pytest.raises(ValueError, match="session lives"):
        rotate.platform(platform, manager, name, said.append, timedelta(days=1))


def test_stripes_keys_are_tried_before_they_are_kept(engine: Any, said: list[str]) -> None:
    manager, name = client("secretsmanager"), "comptoir/rotated/stripe"
    manager.create_secret(Name=name, SecretString=json.dumps({"STRIPE_API_KEY": "old", "STRIPE_WEBHOOK_SECRET": "whsec"}))

    def refuse(key: str) -> None:
        raise PermissionError(key)

    def held() -> Any:
        return json.loads(manager.get_secret_value(SecretId=name)["SecretString"])

    with pytest.raises(PermissionError):
        rotate.stripe(manager, name, {"STRIPE_API_KEY": "wrong"}, refuse, said.append)
    assert held()["STRIPE_API_KEY"] == "old"
    tried: list[str] = []
    given = {"STRIPE_API_KEY": "new"}
    assert rotate.stripe(manager, name, given, tried.append, said.append, dry_run=True) == []
    assert held()["STRIPE_API_KEY"] == "old"
    assert rotate.stripe(manager, name, given, tried.append, said.append) == ["STRIPE_API_KEY"]
    assert rotate.stripe(manager, name, given, tried.append, said.append) == [] and tried == ["new", "new"]
    assert held() == {"STRIPE_API_KEY": "new", "STRIPE_WEBHOOK_SECRET": "whsec"}
    with pytest.raises(ValueError, match="STRIPE_API_KEY"):
        rotate.stripe(manager, name, {}, refuse, said.append)


def test_a_shops_secret_is_new_and_the_former_still_counts(company: Company, said: list[str]) -> None:
    """The shop does not answer here: it is offered its secret again, and goes on signing with the one it knows."""
    ctx = company.step()
    before = read.get(ctx, CONNECTION, company.ids["connection"])
    old = secrets.decrypt(ctx, before.sealed_webhook_secret)
    assert rotate.connections(ctx, said.append, dry_run=True) == 0
    assert read.get(ctx, CONNECTION, before.id) == before
    assert rotate.connections(ctx, said.append) == 1
    after = read.get(ctx, CONNECTION, before.id)
    current, former = shops.webhook_secrets(ctx, after)
    assert old == former != current
    assert rotate.connections(replace(company.step(), now=ctx.now), said.append) == 1
    assert read.get(ctx, CONNECTION, before.id).sealed_webhook_secret == after.sealed_webhook_secret, "a repeat makes no third"
    assert json.loads(said[-1])["waiting"] == 1
