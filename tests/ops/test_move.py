"""A company moves to a stack of its own: nothing is lost, nothing happens twice, and it works there and not here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.channels.model import CONNECTION, Connection
from chalicelib.parties.model import CustomerBody
from chalicelib.parties.service import create_customer
from chalicelib.runtime import identity, secrets, sessions
from chalicelib.runtime.api import platform_context
from chalicelib.storage import blobs, read
from chalicelib.storage.table import definition
from chalicelib.tenants import directory, passkeys
from chalicelib.tenants.passkeys import Passkey
from infra.local.engine import REGION
from infra.ops import move as moving
from infra.ops.move import CannotMove, Move
from infra.ops.places import Place
from tests.isolation.world import Company


@pytest.fixture(scope="module")
def target(engine: Any) -> Iterator[Place]:
    """Another stack: its own table, bucket, key, secret and pool."""
    place = Place({**Place.here().environment, "COMPTOIR_TABLE": "comptoir-own", "COMPTOIR_BUCKET": "comptoir-own-files",
                   "COMPTOIR_KMS_KEY_ID": "alias/comptoir-own", "COMPTOIR_PLATFORM_SECRET_ID": "comptoir/own/platform"})
    place.dynamodb.create_table(**definition(place.table))
    place.s3.create_bucket(Bucket=place.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    with place.entered():
        secrets.ensure_platform_secrets()
        pool, app = identity.ensure_pool("comptoir-own")
    yield Place({**place.environment, "COMPTOIR_USER_POOL_ID": pool, "COMPTOIR_USER_POOL_CLIENT_ID": app})
    place.dynamodb.delete_table(TableName=place.table)


@pytest.fixture
def mover(engine: Any, request: Any) -> Company:
    """A company with an owner who signs in, a shop that works, a customer and a file."""
    made = Company(f"mv{abs(hash(request.node.name)) % 10**6}", "MARKMOVE")
    made.found()
    ctx, owner, platform = made.step(), made.users["owner"], platform_context("mover")
    login = directory.Login(id=owner.login_id, email_key=directory.key_of(owner.email))
    directory.point(platform, login, directory.Place(tenant_id=made.tenant_id, user_id=owner.id))
    passkeys._put(platform, Passkey(id=f"psk_{made.tenant_id}", login_id=owner.login_id, email_key="x", name="Clé",
                                    credential_id="c", public_key="k", created_at=ctx.now))
    made.ids = {"connection": made.put(CONNECTION, Connection(
        id=ctx.new_id("con"), name="Boutique", platform="woocommerce", base_url=f"http://127.0.0.1:9/{made.tenant_id}",
        state="active", sealed_credentials=secrets.encrypt(ctx, '{"consumer_key":"ck"}'),
        sealed_webhook_secret=secrets.encrypt(ctx, "s3cret"), created_at=ctx.now)),
        "customer": create_customer(made.step(), CustomerBody(name="Zoé", email=f"zoe@{made.tenant_id}.example")).id}
    blobs.put(ctx, "media/x.png", b"picture", "image/png")
    moving._scheduled(Move(made.tenant_id, Place.here(), Place.here(), print), True)
    return made


def of(company: Company, target: Place, said: list[str]) -> Move:
    return Move(company.tenant_id, Place.here(), target, said.append, lambda _: None)


def entered(company: Company, call: Any) -> int:
    return int(call("GET", "/api/parties/customers", None, company.headers("owner"))[0])


def test_a_company_moves_and_works_there_and_not_here(mover: Company, target: Place, call: Any, said: list[str]) -> None:
    assert entered(mover, call) == 200
    moving.run(of(mover, target, said), dry_run=True)
    assert entered(mover, call) == 200 and json.loads(said[-1])["files"] == 1
    target.dynamodb.put_item(TableName=target.table, Item={"pk": {"S": f"T#{mover.tenant_id}#CUSTOMER#left"}, "sk": {"S": "#"}})
    record = moving.run(of(mover, target, said))
    assert record["phase"] == "switched" and record["to"] == target.table and record["people"] == len(mover.users)
    assert entered(mover, call) == 403, "here nobody gets in any more"
    assert mover.tenant_id not in sessions.active_tenants()
    stored = target.dynamodb.scan(TableName=target.table, FilterExpression="contains(#d, :s)", ExpressionAttributeNames={
        "#d": "data"}, ExpressionAttributeValues={":s": {"S": "s3cret"}})
    assert stored["Items"] == [], "no secret stands there open"
    with target.entered():
        ctx = mover.step()
        shop = read.get(ctx, CONNECTION, mover.ids["connection"])
        assert shop.state == "active" and secrets.decrypt(ctx, shop.sealed_webhook_secret) == "s3cret"
        assert blobs.get(ctx, "media/x.png") == b"picture" and mover.tenant_id in sessions.active_tenants()
        assert entered(mover, call) == 200, "the very session goes on there"
        login = directory.find(platform_context("there"), mover.users["owner"].email)
        assert login is not None and [place.tenant_id for place in login.places] == [mover.tenant_id]
        identity.set_password(login.id, "a password chosen by mail")
        assert isinstance(identity.sign_in(login.id, "a password chosen by mail"), identity.Proof)
        assert [each.id for each in passkeys.of_login(platform_context("there"), login.id)] == [f"psk_{mover.tenant_id}"]
    assert directory.find(platform_context("here"), mover.users["owner"].email) is None
    assert moving.run(of(mover, target, said)) == record, "a second run finds it done"
    with pytest.raises(CannotMove, match="works in"):
        moving.back(of(mover, target, said))


def test_what_does_not_arrive_whole_is_not_switched_and_can_stay(mover: Company, target: Place, call: Any, said: list[str],
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variants: a file that is not copied, an item that arrives changed. It is frozen, then stays, then goes."""
    with monkeypatch.context() as broken:
        broken.setattr(moving, "copy_files", lambda move: 0)
        with pytest.raises(CannotMove, match=r"1 are not the same: T/.*media/x\.png"):
            moving.run(of(mover, target, said))
    assert entered(mover, call) == 403, "frozen meanwhile"
    moving.back(of(mover, target, said))
    assert entered(mover, call) == 200
    assert read.get(mover.step(), CONNECTION, mover.ids["connection"]).state == "active", "its shop works again"
    with monkeypatch.context() as broken:
        copied = moving.copy_logins

        def spoil(move: Move) -> int:
            item = target.dynamodb.get_item(TableName=target.table, Key={
                "pk": {"S": f"T#{mover.tenant_id}#CUSTOMER#{mover.ids['customer']}"}, "sk": {"S": "#"}})["Item"]
            target.dynamodb.put_item(TableName=target.table, Item={**item, "version": {"N": "7"}})
            return copied(move)

        broken.setattr(moving, "copy_logins", spoil)
        with pytest.raises(CannotMove, match=r"1 are not the same: T#.*CUSTOMER"):
            moving.run(of(mover, target, said))
    assert moving.run(of(mover, target, said))["phase"] == "switched", "another run goes on where it ended"


def test_a_stack_with_companies_under_another_secret_takes_nobody(mover: Company, target: Place, said: list[str]) -> None:
    name = target.environment["COMPTOIR_PLATFORM_SECRET_ID"]
    manager = target.client("secretsmanager")
    before = manager.get_secret_value(SecretId=name)["SecretString"]
    manager.put_secret_value(SecretId=name, SecretString='{"key":"another"}')
    with target.entered():
        target.dynamodb.put_item(TableName=target.table, Item={
            **{part: {"S": text} for part, text in zip(("pk", "sk"), sessions.tenants_key(platform_context("x"), "other"),
                                                       strict=True)}, "kind": {"S": "tenant_name"}, "data": {"S": "{}"}})
    with pytest.raises(CannotMove, match="another platform secret"):
        moving.run(of(mover, target, said))
    manager.put_secret_value(SecretId=name, SecretString=before)
    moving.back(of(mover, target, said))


def test_the_other_stack_is_named_whole() -> None:
    with pytest.raises(ValueError, match="COMPTOIR_BUCKET"):
        Place.read('{"COMPTOIR_TABLE": "t"}')
