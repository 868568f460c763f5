"""One command, all or nothing: committed, refused, or settled by its marker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from chalicelib.events.outbox import events_of
from chalicelib.kernel.context import Context
from chalicelib.kernel.documents import Document, Guard
from chalicelib.kernel.errors import AlreadyDone, Conflict, OutcomeUnknown, Stale
from chalicelib.kernel.shapes import entity
from chalicelib.storage import client, keys, read, sequence
from chalicelib.storage.client import TenantBreach
from chalicelib.storage.transaction import Refused, Transaction


@entity
class Cake:
    id: str
    name: str
    sku: str
    version: int = 0


CAKE = Document(
    kind="cake", prefix="cak", model=Cake, summary=lambda cake: {"name": cake.name},
    by_list=lambda cake: ("CAKE", cake.name), guards=lambda cake: (Guard("cake_sku", cake.sku, {"name": cake.name}),))
NewContext = Callable[..., Context]


def create(ctx: Context, name: str, sku: str) -> Cake:
    transaction = Transaction(ctx)
    cake = transaction.create(CAKE, Cake(id=ctx.new_id("cak"), name=name, sku=sku))
    transaction.emit("CakeCreated", "cake", cake.id, 1, {"sku": sku})
    transaction.answers(201, "cake", cake.id, 1)
    transaction.commit()
    return cake


def test_a_document_its_guard_marker_and_event_appear_together(new_ctx: NewContext) -> None:
    ctx = new_ctx()
    cake = create(ctx, "Vacherin", "VACH-6")
    assert read.get(ctx, CAKE, cake.id) == replace(cake, version=1)
    assert read.guards(ctx, "cake_sku", ["VACH-6"])["VACH-6"]["id"] == cake.id
    outbox = [event for shard in range(keys.OUTBOX_SHARDS)
              for item in read.collection(ctx, f"OUTBOX#{shard}#{ctx.clock.now():%Y%m%d%H}")[0]
              for event in events_of(ctx.tenant_id, item.key.sk, item.data)]
    assert [(e.type, e.entity_id, e.data) for e in outbox] == [("CakeCreated", cake.id, {"sku": "VACH-6"})]


def test_the_same_command_twice_has_one_effect(new_ctx: NewContext) -> None:
    ctx = new_ctx()
    create(ctx, "Vacherin", "VACH-6")
    with pytest.raises(AlreadyDone) as done:
        create(ctx, "Vacherin", "VACH-8")
    assert done.value.marker["status"] == 201
    assert read.guards(ctx, "cake_sku", ["VACH-8"]) == {}


def test_a_taken_value_is_refused_and_nothing_is_written(new_ctx: NewContext) -> None:
    create(new_ctx(), "Vacherin", "VACH-6")
    second = new_ctx()
    with pytest.raises(Conflict) as refused:
        create(second, "Autre", "VACH-6")
    assert refused.value.code == "cake_sku_taken"
    assert read.query(second, "by_list", "CAKE", begins="Autre").items == []


def test_a_stale_save_is_refused_and_a_moved_guard_frees_its_value(new_ctx: NewContext) -> None:
    cake = read.get(ctx := new_ctx(), CAKE, create(ctx, "Vacherin", "VACH-6").id)
    first = Transaction(new_ctx())
    first.save(CAKE, cake, replace(cake, sku="VACH-8"))
    first.commit()
    late = Transaction(new_ctx())
    late.save(CAKE, cake, replace(cake, name="Vacherin glacé"))
    with pytest.raises(Stale):
        late.commit()
    assert set(read.guards(new_ctx(), "cake_sku", ["VACH-6", "VACH-8"])) == {"VACH-8"}


def test_every_short_number_is_named(new_ctx: NewContext) -> None:
    ctx = new_ctx()
    transaction = Transaction(ctx)
    for sku in ("A", "B"):
        key = keys.child(ctx, "stock", sku, "BALANCE#w")
        transaction.add(key, "balance", {"available": Decimal(-1)}, {"available": Decimal(1)},
                        lambda sku=sku: Conflict("stock_short", "short", {sku: "short"}))  # type: ignore[misc]
    with pytest.raises(Refused) as refused:
        transaction.commit()
    assert [list(error.fields) for error in refused.value.errors] == [["A"], ["B"]]


class LosesTheAnswer:
    """A client whose next transaction commits, or not, and never answers."""

    def __init__(self, real: Any, commits: bool) -> None:
        self.real, self.commits, self.lost = real, commits, 0

    def _make_api_call(self, operation: str, parameters: dict[str, Any]) -> Any:
        if operation == "TransactWriteItems" and not self.lost:
            self.lost += 1
            if self.commits:
                self.real._make_api_call(operation, parameters)
            raise EndpointConnectionError(endpoint_url="lost")
        return self.real._make_api_call(operation, parameters)


@pytest.mark.parametrize("commits", [True, False])
def test_a_lost_answer_is_settled_by_the_marker(new_ctx: NewContext, monkeypatch: Any, commits: bool) -> None:
    ctx, lossy = new_ctx(), LosesTheAnswer(client.client(), commits)
    monkeypatch.setattr(client, "client", lambda service="dynamodb": lossy)
    cake = create(ctx, "Vacherin", "VACH-6")
    assert lossy.lost == 1
    assert read.get(ctx, CAKE, cake.id).name == "Vacherin"


def test_a_lost_answer_is_the_other_attempts_when_that_one_committed(new_ctx: NewContext, monkeypatch: Any) -> None:
    """Two attempts at one command race; ours is lost and was refused: its cake never existed, so it is no answer."""
    ctx = new_ctx()
    theirs = create(ctx, "Vacherin", "VACH-6")
    lossy = LosesTheAnswer(client.client(), commits=False)
    monkeypatch.setattr(client, "client", lambda service="dynamodb": lossy)
    with pytest.raises(AlreadyDone) as done:
        create(ctx, "Vacherin", "VACH-8")
    assert lossy.lost == 1
    assert done.value.marker["id"] == theirs.id


def test_an_answer_lost_at_the_deadline_stays_unknown(new_ctx: NewContext, monkeypatch: Any) -> None:
    """No marker yet, no time left: the write may still land, so nobody is told that nothing happened."""
    ctx = replace(new_ctx(), deadline=0.0)
    monkeypatch.setattr(client, "client", lambda service="dynamodb", lossy=LosesTheAnswer(client.client(), False): lossy)
    with pytest.raises(OutcomeUnknown):
        create(ctx, "Vacherin", "VACH-6")


def test_an_engine_that_stays_away_leaves_the_outcome_unknown(new_ctx: NewContext, monkeypatch: Any) -> None:
    class Away:
        def _make_api_call(self, operation: str, parameters: dict[str, Any]) -> Any:
            raise EndpointConnectionError(endpoint_url="away")

    ctx = replace(new_ctx(), deadline=0.0)
    monkeypatch.setattr(client, "client", lambda service="dynamodb": Away())
    with pytest.raises(OutcomeUnknown):
        create(ctx, "Vacherin", "VACH-6")


def test_no_call_leaves_its_tenant(new_ctx: NewContext) -> None:
    ctx, stranger = new_ctx(), new_ctx(tenant="stranger")
    key = keys.document(stranger, "cake", "x")
    with pytest.raises(TenantBreach):
        read.item(ctx, key)
    with pytest.raises(TenantBreach):
        client.call(ctx, "Scan", {"TableName": client.table_name()})
    with pytest.raises(TenantBreach):
        client.call(ctx, "Query", {"ExpressionAttributeValues": {":pk": {"S": "T#stranger#CAKE"}}})


def test_leased_numbers_never_repeat(new_ctx: NewContext) -> None:
    ctx = new_ctx()
    mine = [sequence.next_number(ctx, "order") for _ in range(sequence.BLOCK + 5)]
    sequence.forget()
    other_process = sequence.next_number(ctx, "order")
    assert mine == list(range(1, sequence.BLOCK + 6))
    assert other_process > max(mine)
