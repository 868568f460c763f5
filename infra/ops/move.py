"""Moves a company to a stack of its own: frozen here, copied item by item and file by file, proved equal, and switched.

The other stack is named by a JSON file of its functions' environment. It must be empty, or hold companies of the same platform
secret: a new one is given this stack's, for e-mails, signatures and the books' proofs stand under it. Sealed texts are opened
here and sealed there. Nothing is copied of the outbox: its events are consumed before, and would be published again.

While it is frozen nobody gets in, schedules pass it by, and its shops are paused: what they send is found again by polling.
Each step finds what is done. Passwords and one-time codes do not leave a user pool: people choose a new password by mail when
they first sign in there. API keys name their stage, so another stage needs new ones. `--back` thaws a company that was not
switched.

    python -m infra.ops.move --tenant maison --to other.json [--back]
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.kernel.context import Command, Context
from chalicelib.storage.table import Wire, text_of
from infra.ops import scanning
from infra.ops.command import Progress, Say, parser
from infra.ops.places import Place, opened, sealed_again

ACTIVE, MOVING, MOVED = "active", "moving", "moved"
LEFT_OUT = ("OUTBOX#",)
_BATCH = 25
_ROUNDS = 20
_QUIET_SECONDS = 5.0


class CannotMove(RuntimeError):
    """The company stays where it is; the message says why."""


@dataclass
class Move:
    """One company on its way. `state` is kept in this stack's bucket, so that a run goes on where another ended."""

    tenant_id: str
    source: Place
    target: Place
    say: Say
    wait: Callable[[float], object] = time.sleep
    state: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"moves/{self.tenant_id}.json"

    def load(self) -> None:
        try:
            self.state = json.loads(self.source.s3.get_object(Bucket=self.source.bucket, Key=self.name)["Body"].read())
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("NoSuchKey", "404"):
                raise

    def note(self, **facts: Any) -> None:
        self.state |= facts
        self.source.s3.put_object(Bucket=self.source.bucket, Key=self.name, Body=json.dumps(self.state).encode())

    def ctx(self, name: str) -> Context:
        """A command of the stack that is entered."""
        from chalicelib.runtime.worker import tenant_work

        made = tenant_work(self.tenant_id, "move", 3600.0)
        return replace(made, command=Command(f"move:{name}:{made.chance.token(6).hex()}"))


# -- freezing ------------------------------------------------------------------------------------------------------------


def _set_status(ctx: Context, status: str) -> None:
    from chalicelib.storage.transaction import Transaction
    from chalicelib.tenants import service as tenants
    from chalicelib.tenants.model import TENANT

    tenant = tenants.tenant(ctx)
    if tenant.status != status:
        tx = Transaction(ctx)
        tx.save(TENANT, tenant, replace(tenant, status=status))
        tx.commit()


def _shops(ctx: Context) -> Iterator[Any]:
    from chalicelib.channels.model import CONNECTION
    from chalicelib.storage import read

    return read.every_document(ctx, CONNECTION, "by_list", "CONNECTION", newest_first=False)


def _scheduled(move: Move, is_on: bool) -> None:
    """Whether schedules work for the company in the stack that is entered."""
    from chalicelib.kernel import codec
    from chalicelib.runtime import sessions
    from chalicelib.runtime.api import platform_context
    from chalicelib.storage import single
    from chalicelib.storage.table import Item
    from chalicelib.tenants import service as tenants

    platform = platform_context("move")
    key = sessions.tenants_key(platform, move.tenant_id)
    if is_on:
        name = tenants.tenant(move.ctx("name")).name
        single.put(platform, Item(key, "tenant_name", move.tenant_id, codec.compact({"name": name})))
    else:
        single.delete(platform, key)


def freeze(move: Move) -> None:
    """Nobody gets in, schedules pass it by, its shops are paused (and noted, to be resumed)."""
    from chalicelib.channels import connecting
    from chalicelib.tenants import service as tenants

    with move.source.entered():
        status = tenants.tenant(move.ctx("look")).status
        if status not in (ACTIVE, MOVING):
            raise CannotMove(f"{move.tenant_id} is {status}")
        if "paused" not in move.state:
            move.note(phase="freezing", paused=[shop.id for shop in _shops(move.ctx("shops")) if shop.state != "paused"])
        for shop in _shops(move.ctx("shops")):
            if shop.state != "paused":
                connecting.pause(move.ctx("pause"), shop)
        _scheduled(move, False)
        _set_status(move.ctx("freeze"), MOVING)
    move.note(phase="frozen")


def thaw(move: Move, place: Place) -> None:
    """The company works in this place, with the shops that worked before."""
    from chalicelib.channels import connecting

    with place.entered():
        for shop in _shops(move.ctx("shops")):
            if shop.id in move.state.get("paused", ()) and shop.state == "paused":
                connecting.resume(move.ctx("resume"), shop)
        _set_status(move.ctx("thaw"), ACTIVE)
        _scheduled(move, True)


# -- copying -------------------------------------------------------------------------------------------------------------


def same_secret(move: Move) -> None:
    """The other stack has this one's platform secret; one without companies is given it. Raises CannotMove."""
    from chalicelib.runtime.sessions import active_tenants

    def held(place: Place) -> str:
        name = place.environment["COMPTOIR_PLATFORM_SECRET_ID"]
        return str(place.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])

    if held(move.source) == held(move.target):
        return
    with move.target.entered():
        if [each for each in active_tenants() if each != move.tenant_id]:
            raise CannotMove("the other stack has companies under another platform secret")
    move.target.client("secretsmanager").put_secret_value(
        SecretId=move.target.environment["COMPTOIR_PLATFORM_SECRET_ID"], SecretString=held(move.source))


def _held(move: Move, place: Place) -> dict[tuple[str, str], Wire]:
    """The company's items in a place, open, by key."""
    prefix = f"T#{move.tenant_id}#"
    left_out = tuple(prefix + each for each in LEFT_OUT)
    with place.entered():
        ctx = move.ctx("read")
        return {(wire["pk"]["S"], wire["sk"]["S"]): opened(ctx, wire)
                for wire in scanning.wires(place.dynamodb, place.table, prefix) if not wire["pk"]["S"].startswith(left_out)}


def copy_items(move: Move) -> tuple[int, int]:
    """What differs is written there, what is not here is taken away there; answers how many differed, of how many."""
    here, there = _held(move, move.source), _held(move, move.target)
    puts = [wire for key, wire in here.items() if there.get(key) != wire]
    gone = [key for key in there if key not in here]
    progress = Progress(move.say, len(puts) + len(gone))
    with move.target.entered():
        ctx = move.ctx("write")
        requests = [{"PutRequest": {"Item": sealed_again(ctx, wire)}} for wire in puts]
    requests += [{"DeleteRequest": {"Key": {"pk": {"S": pk}, "sk": {"S": sk}}}} for pk, sk in gone]
    for at in range(0, len(requests), _BATCH):
        pending = requests[at : at + _BATCH]
        while pending:
            answer = move.target.dynamodb.batch_write_item(RequestItems={move.target.table: pending})
            pending = answer.get("UnprocessedItems", {}).get(move.target.table, [])
        progress.step(len(requests[at : at + _BATCH]))
    return len(requests), len(here)


def _files(move: Move, place: Place) -> Iterator[str]:
    for page in place.s3.get_paginator("list_objects_v2").paginate(Bucket=place.bucket, Prefix=f"T/{move.tenant_id}/"):
        yield from (each["Key"] for each in page.get("Contents", ()))


def _content(place: Place, key: str) -> tuple[bytes, str]:
    found = place.s3.get_object(Bucket=place.bucket, Key=key)
    return found["Body"].read(), found.get("ContentType", "")


def copy_files(move: Move) -> int:
    """Files that are not there, or not the same; answers how many were put."""
    there, put = set(_files(move, move.target)), 0
    for key in _files(move, move.source):
        content, kind = _content(move.source, key)
        if key not in there or _content(move.target, key) != (content, kind):
            move.target.s3.put_object(Bucket=move.target.bucket, Key=key, Body=content, ContentType=kind)
            put += 1
    return put


def copy_logins(move: Move) -> int:
    """Everybody's login points to the company there, with a password that nobody knows until they choose one by mail, and
    their passkeys; and whose customer of Stripe's the company is. Answers how many people there are."""
    from chalicelib.runtime import identity
    from chalicelib.runtime.api import platform_context
    from chalicelib.storage import read
    from chalicelib.tenants import directory
    from chalicelib.tenants.directory import Place as Way
    from chalicelib.tenants.model import USER

    with move.source.entered():
        users = list(read.every_document(move.ctx("users"), USER, "by_list", "USER", newest_first=False))
        platform = platform_context("move")
        logins = {user.id: directory.find(platform, user.email) for user in users}
    kept = [wire for wire in scanning.wires(move.source.dynamodb, move.source.table, "P#", ("PASSKEYS#", "STRIPE#"))
            if _is_ours(wire, move.tenant_id, {user.login_id for user in users})]
    for wire in kept:
        move.target.dynamodb.put_item(TableName=move.target.table, Item=wire)
    with move.target.entered():
        platform = platform_context("move")
        for user in users:
            if (login := logins[user.id]) is None:
                continue
            known = directory.find(platform, user.email)
            if known is None:
                identity.create(login.id, platform.chance.token(24).hex())
            directory.point(platform, known or replace(login, places=(), version=0), Way(tenant_id=move.tenant_id,
                                                                                        user_id=user.id))
    return len(users)


def _is_ours(wire: Wire, tenant_id: str, logins: set[str]) -> bool:
    name, _, rest = wire["pk"]["S"].removeprefix("P#").partition("#")
    return rest in logins if name == "PASSKEYS" else f'"{tenant_id}"' in text_of(wire)


# -- proof and switch ------------------------------------------------------------------------------------------------------


def differences(move: Move) -> list[str]:
    """Every item and file of the company that is not the same in both places, by a scan of both; none when it has arrived."""
    here, there = (_held(move, place) for place in (move.source, move.target))
    found = [" ".join(key) for key in sorted(here.keys() | there.keys()) if here.get(key) != there.get(key)]
    files = [{key: hashlib.sha256(_content(place, key)[0]).hexdigest() for key in _files(move, place)}
             for place in (move.source, move.target)]
    return [*found, *(key for key in sorted(files[0].keys() | files[1].keys()) if files[0].get(key) != files[1].get(key))]


def _leave(move: Move, users: Iterable[Any]) -> None:
    """No login of the former place leads into the company any more."""
    from chalicelib.runtime.api import platform_context
    from chalicelib.tenants import directory

    for user in users:
        directory.leave(platform_context("move"), user.email, move.tenant_id)


def switch(move: Move) -> None:
    """The company works there; here it is closed to everybody, and noted where it went."""
    from chalicelib.storage import read
    from chalicelib.tenants.model import USER

    thaw(move, move.target)
    with move.source.entered():
        _set_status(move.ctx("gone"), MOVED)
        _leave(move, list(read.every_document(move.ctx("users"), USER, "by_list", "USER", newest_first=False)))
    move.note(phase="switched", to=move.target.environment["COMPTOIR_TABLE"])


def run(move: Move, dry_run: bool = False) -> dict[str, Any]:
    """The whole move, from wherever it stands; answers the record. Raises CannotMove, and leaves the company frozen then, for
    another run or `--back`."""
    move.load()
    if move.state.get("phase") == "switched":
        Progress(move.say, 0).finish("move", dry_run, tenant=move.tenant_id, **move.state)
        return move.state
    if dry_run:
        items, files = len(_held(move, move.source)), len(list(_files(move, move.source)))
        Progress(move.say, items + files).finish("move", True, tenant=move.tenant_id, items=items, files=files)
        return move.state
    freeze(move)
    same_secret(move)
    for _ in range(_ROUNDS):
        changed, count = copy_items(move)
        if not changed:
            break
        move.wait(_QUIET_SECONDS)
    else:
        raise CannotMove(f"{move.tenant_id} still changes: are its queues drained?")
    put, people = copy_files(move), copy_logins(move)
    move.note(phase="copied", items=count, people=people)
    different = differences(move)
    if different:
        raise CannotMove(f"{len(different)} are not the same: {', '.join(different[:5])}")
    switch(move)
    progress = Progress(move.say, count, count)
    progress.finish("move", False, tenant=move.tenant_id, files_put=put, **move.state)
    return move.state


def back(move: Move) -> None:
    """Thaws the company here. Raises CannotMove when it was switched already: it works elsewhere since."""
    move.load()
    if move.state.get("phase") == "switched":
        raise CannotMove(f"{move.tenant_id} works in {move.state['to']} since; move it back from there")
    thaw(move, move.source)
    move.source.s3.delete_object(Bucket=move.source.bucket, Key=move.name)
    move.say(f"{move.tenant_id} works here again")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; answers its exit status."""
    asked = parser("move", __doc__)
    asked.add_argument("--to", type=Path, required=True, help="JSON of the other stack's environment")
    asked.add_argument("--back", action="store_true", help="thaw it here: it stays")
    chosen = asked.parse_args(arguments)
    try:
        move = Move(chosen.tenant, Place.here(), Place.read(chosen.to.read_text("utf-8")), print)
        if chosen.back:
            back(move)
        else:
            run(move, chosen.dry_run)
    except (CannotMove, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
