"""No company sees, moves or hears anything of another: every operation, consumer and schedule, for everybody."""

from __future__ import annotations

import re
import secrets as chance
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.events import relay
from chalicelib.events.routing import ROUTES, queues_for
from chalicelib.kernel.errors import Invalid, NotFound
from chalicelib.kernel.event import Event
from chalicelib.runtime import cursors, registry, secrets
from chalicelib.runtime.worker import run_schedule
from chalicelib.storage import blobs, keys, read
from chalicelib.storage import client as storage_client
from tests.described import described
from tests.isolation import matrix
from tests.isolation.world import TAP, Company, consumers
from tests.torture import proof

Pair = tuple[Company, Company]


def _nowhere(ids: dict[str, str]) -> dict[str, str]:
    """Ids of the same form as these that nothing has."""
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

    plain = {"gtin": "4006381333931", "account": "799999", "journal": "ZZ99", "fiscal_year": "1999-12-31",
             "entry": "1999-12-31.ZZ99.9"}

    def other(kind: str, value: str) -> str:
        if kind == "session":
            return chance.token_hex(32)
        if kind == "media":
            return chance.token_hex(16) + value[32:]
        if kind in plain:
            return plain[kind]
        if "_" in value:
            return value[:14] + "".join(chance.choice(letters) for _ in value[14:])
        return "NOWHERE" + value[7:] if len(value) > 8 else "NOWHERE-1"

    return {kind: other(kind, value) for kind, value in ids.items()}


def _differences(pair: Pair, who: tuple[tuple[str, dict[str, str]], ...], only: str = "") -> list[str]:
    """Where an answer about something of the other company is not the answer about nothing, byte for byte."""
    mine, theirs = pair
    nowhere = _nowhere(theirs.ids)
    found = []
    for name, headers in who:
        for make in (matrix.path_calls, matrix.reference_calls):
            n = 10**7 + chance.randbelow(10**7)
            for foreign, absent in zip(make(mine, theirs.ids, n), make(mine, nowhere, n + 1), strict=True):
                if only not in foreign.path or foreign.path.endswith("/session"):
                    continue
                values = (*theirs.ids.values(), *nowhere.values(), str(n), str(n + 1))
                first, second = (matrix.told(mine.ask(each.method, each.path, each.body, headers), values)
                                 for each in (foreign, absent))
                if first != second:
                    found.append(f"{name} {foreign.method} {foreign.path}\n   {first[:300]}\n   {second[:300]}")
    return found


# -- the rows are complete -----------------------------------------------------------------------------------------------


def test_every_operation_that_names_something_has_a_row() -> None:
    for endpoint in matrix.tenants_endpoints():
        if "{" in endpoint.path and not endpoint.public:
            assert matrix.kind_of(endpoint.path), endpoint.path


def _fields(schema: dict[str, Any], seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """Every field name within a body's schema."""
    name = schema.get("$ref", "").rpartition("/")[2]
    if name:
        if name not in seen:
            yield from _fields(described()["components"]["schemas"][name], seen | {name})
        return
    for field, each in schema.get("properties", {}).items():
        yield field
        yield from _fields(each, seen)
    for each in (*schema.get("anyOf", ()), schema.get("items", {})):
        if each:
            yield from _fields(each, seen)


def test_every_body_and_query_that_refers_to_something_has_a_row() -> None:
    covered = {}
    for each in matrix.REFERENCES:
        pattern = re.sub(r"{own:\w+}", "{}", each.path.partition("?")[0])
        fields = set(re.findall(r"'(\w+)': (?:\[)?'{id}'", str(each.body))) | set(re.findall(r"(\w+)={id}", each.path))
        covered.setdefault((each.method, pattern), set()).update(fields)
    missing = []
    for endpoint in matrix.tenants_endpoints():
        operation = described()["paths"][endpoint.path][endpoint.method.lower()]
        names = {p["name"] for p in operation["parameters"] if p["in"] == "query"}
        for content in operation.get("requestBody", {}).get("content", {}).values():
            names |= set(_fields(content["schema"]))
        wanted = {name for name in names if matrix.ID_FIELDS.search(name)} - matrix.NOT_REFERENCES
        place = (endpoint.method, re.sub(r"{\w+}", "{}", endpoint.path.removeprefix(matrix.API)))
        honest = str(matrix.BODIES.get(f"{endpoint.method} {endpoint.path.removeprefix(matrix.API)}", ""))
        left = {name for name in wanted - covered.get(place, set()) if f"'{name}'" not in honest}
        if left and not endpoint.public:
            missing.append(f"{endpoint.method} {endpoint.path}: {sorted(left)}")
    assert missing == MADE_THERE, missing


MADE_THERE: list[str] = []
"""Operations whose identifiers name what they make, not what there is already."""


# -- the matrix ----------------------------------------------------------------------------------------------------------


def test_own_things_are_found(companies: Pair) -> None:
    """The matrix would prove nothing if its questions were wrong: asked about one's own, they are answered."""
    mine, _ = companies
    for call in matrix.path_calls(mine, mine.ids, 1):
        if call.method == "GET":
            headers = mine.headers("owner")
            path = call.path + ("?reason=audit" if "/archives/" in call.path else "")
            status = mine.ask("GET", path, None, headers)[0]
            assert status in (200, 302) or call.path.endswith("/body"), (call.path, status)


def test_what_is_anothers_answers_as_what_is_not(companies: Pair) -> None:
    mine, theirs = companies
    before = theirs.dump()
    assert _differences(companies, tuple(matrix.callers(mine))) == []
    assert theirs.dump() == before, "nothing of theirs was touched"
    assert TAP.leaks(companies) == []


def test_malformed_names_answer_as_what_is_not(companies: Pair) -> None:
    mine, theirs = companies
    before = theirs.dump()
    for bad in matrix.MALFORMED:
        for call in matrix.path_calls(mine, dict.fromkeys(theirs.ids, bad), 2):
            status = mine.ask(call.method, call.path, call.body, mine.headers("owner"))[0]
            answers_empty = call.path.startswith(("/api/timeline/", "/api/ledger/parties/"))
            assert 400 <= status < 500 or answers_empty, (call.method, call.path, status)
    assert theirs.dump() == before and TAP.leaks(companies) == []


def test_a_cursor_is_good_for_its_tenant_and_query_only(companies: Pair) -> None:
    mine, theirs = companies
    for endpoint in matrix.tenants_endpoints():
        if not endpoint.is_list or endpoint.method != "GET" or "{" in endpoint.path:
            continue
        cursor = theirs.say("GET", f"{endpoint.path}?limit=1").get("cursor")
        if not cursor or "." not in cursor or endpoint.path == "/api/changes":
            continue
        changed = cursor[:-2] + ("A" if cursor[-2] != "A" else "B") + cursor[-1]
        answers = [matrix.told(mine.ask("GET", f"{endpoint.path}?limit=1&cursor={each}", None, mine.headers("owner")),
                               (cursor, changed)) for each in (cursor, changed)]
        assert answers[0] == answers[1] and answers[0].startswith("[400"), endpoint.path
    cursor = mine.say("GET", "/api/sales/orders?limit=1")["cursor"]
    other = mine.ask("GET", f"/api/sales/orders?limit=1&state=confirmed&cursor={cursor}", None, mine.headers("owner"))
    assert other[0] == 400, "another query"


def test_an_idempotency_key_is_its_tenants_own(companies: Pair) -> None:
    mine, theirs = companies
    key = {"idempotency-key": "the-same-key"}
    made = [firm.ask("POST", "/api/parties/customers", {"name": f"Clé {firm.mark}"}, {**firm.headers("owner"), **key})
            for firm in (theirs, mine)]
    assert [each[0] for each in made] == [201, 201] and made[0][2]["id"] != made[1][2]["id"]


def test_a_file_is_read_under_its_tenants_folder_only(companies: Pair) -> None:
    mine, theirs = companies
    blobs.put(theirs.ctx(), "media/secret.txt", theirs.mark.encode(), "text/plain")
    with pytest.raises(NotFound):
        blobs.get(mine.ctx(), "media/secret.txt")
    for name in ("../theirs/media/secret.txt", "media/../../theirs/media/secret.txt", "/T/theirs/media/secret.txt",
                 "a\\..\\b", ""):
        with pytest.raises(storage_client.TenantBreach):
            blobs.get(mine.ctx(), name)
        with pytest.raises(storage_client.TenantBreach):
            blobs.link(mine.ctx(), name)
    assert "T/mine/" in blobs.link(mine.ctx(), "media/x.png")


# -- queues, stream and schedules ----------------------------------------------------------------------------------------


def _stranger(mine: Company, theirs: Company, event_type: str) -> Event:
    """An event of ours that names nothing but things of theirs."""
    data = {**{f"{kind}_id": value for kind, value in theirs.ids.items()}, "sku": theirs.ids["sku"],
            "skus": [theirs.ids["sku"]], "job_kind": "catalog_import", "run": 1, "inbox": "whk_x", "channel_id":
            theirs.ids["connection"], "total_without_vat": "1", "sealed_token": secrets.encrypt(theirs.ctx(), theirs.mark)}
    kinds = (("Order", "order"), ("Variant", "variant"), ("Product", "product"), ("User", "user"), ("Connection", "connection"),
             ("Price", "price_list"), ("Job", "job"), ("Delivery", "delivery"), ("Webhook", "delivery"), ("Binding", "binding"),
             ("Password", "user"), ("Stock", "sku"), ("Customer", "customer"), ("Warehouse", "warehouse"))
    kind = "invitation" if event_type == "UserInvited" else next((k for begin, k in kinds if event_type.startswith(begin)),
                                                                 "order")
    ctx = mine.ctx()
    return Event(f"evt_{chance.token_hex(8)}", event_type, mine.tenant_id, ctx.now, kind, theirs.ids[kind], 1, ctx.actor,
                 "req_isolation", data)


def test_no_consumer_of_any_queue_reaches_what_an_event_names_of_theirs(companies: Pair) -> None:
    mine, theirs = companies
    before = theirs.dump()
    known = consumers()
    for event_type in ROUTES:
        for queue in queues_for(event_type):
            known[queue](_stranger(mine, theirs, event_type))
    assert set(known) == set(relay_queues()), "a queue without a consumer here, or the other way round"
    assert theirs.dump() == before
    mine.work()
    assert theirs.dump() == before and TAP.leaks(companies) == []


def relay_queues() -> tuple[str, ...]:
    from chalicelib.events.routing import QUEUES

    return QUEUES


def test_no_schedule_of_one_tenant_moves_another(companies: Pair) -> None:
    mine, theirs = companies
    before = theirs.dump()
    beats = [schedule for domain in registry.DOMAINS for schedule in getattr(registry.worker(domain), "SCHEDULES", ())]
    assert len(beats) >= 6
    for schedule in beats:
        run_schedule(schedule, [mine.tenant_id])
    assert theirs.dump() == before and TAP.leaks(companies) == []


def test_a_stream_record_is_published_for_the_tenant_of_its_key(companies: Pair, monkeypatch: Any) -> None:
    mine, theirs = companies
    sent: list[str] = []
    monkeypatch.setattr(relay, "send", lambda queue, bodies: sent.extend(each.body for each in bodies.values()) or set())
    now = theirs.ctx().now
    item = [each for hour in (now, now - timedelta(hours=1)) for shard in range(keys.OUTBOX_SHARDS) for each in read.collection(
        theirs.ctx(), keys.outbox_partition(theirs.ctx(), shard, hour).removeprefix("T#theirs#"))[0]]
    image = {"pk": {"S": item[0].key.pk}, "sk": {"S": item[0].key.sk}, "kind": {"S": "Event"}, "data": {"S": item[0].data},
             "tenant_id": {"S": mine.tenant_id}}
    record = {"eventName": "INSERT", "dynamodb": {"SequenceNumber": "1", "NewImage": image}}
    with pytest.raises(storage_client.TenantBreach):
        relay.handle({"Records": [record]})
    assert sent == []
    image["tenant_id"] = {"S": theirs.tenant_id}
    relay.handle({"Records": [record]})
    assert sent and all('"tenant_id":"theirs"' in body for body in sent)


# -- the mails, the files, the logs --------------------------------------------------------------------------------------


def test_the_tap_heard_every_kind_of_way_out(companies: Pair) -> None:
    from chalicelib.runtime import mail
    from chalicelib.runtime.api import platform_context

    mine, theirs = companies
    mine.say("GET", "/api/parties/customers/nobody", expect=404)
    for firm in (mine, theirs):
        for each in mail.inbox(platform_context("tap")):
            if firm.mark.lower() in each.to:
                TAP.hear(firm.tenant_id, f"mail to {each.to}", (each.subject, each.text))
    kinds = {where.split()[0] for _, where, _ in TAP.heard}
    assert {"answer", "queue", "file", "log", "mail"} <= kinds
    assert TAP.leaks(companies) == []
    assert not [text for _, where, text in TAP.heard if where == "log" and (mine.mark in text or theirs.mark in text)]


# -- each layer alone ----------------------------------------------------------------------------------------------------

Patch = Callable[[Any], None]


def _no_guard(patch: Any) -> None:
    patch.setattr(storage_client, "check_tenant", lambda *_: None)


def _missing_prefix(patch: Any) -> None:
    """Keys are made under the other tenant's prefix whenever an id of theirs is asked for."""
    patch.setattr(keys, "document", lambda ctx, kind, i: keys.Key(f"T#theirs#{kind.upper()}#{i}" if _is_asked(kind) else
                                                                  f"{keys.prefix(ctx)}{kind.upper()}#{i}"))


def _is_asked(kind: str) -> bool:
    return kind in ("customer", "product", "sales_order")


def _unsigned_cursors(patch: Any) -> None:
    honest = secrets.verify
    patch.setattr(secrets, "verify", lambda ctx, purpose, data, signature: purpose == "cursor" or honest(
        ctx, purpose, data, signature))


def _telling(patch: Any) -> None:
    """Somebody else's document is refused in other words than no document."""
    honest = read.get

    def get(ctx: Any, document: Any, document_id: str) -> Any:
        try:
            return honest(ctx, document, document_id)
        except NotFound:
            there = storage_client.client().get_item(TableName=storage_client.table_name(), Key={
                "pk": {"S": f"T#theirs#{document.partition}#{document_id}"}, "sk": {"S": keys.ALONE}})
            if "Item" in there:
                raise Invalid("not_yours", "This belongs to another company.") from None
            raise

    patch.setattr(read, "get", get)


@contextmanager
def _planted(*patches: Patch) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for plant in patches:
            plant(patch)
        yield


def _caught(companies: Pair) -> str:
    """What finds it: the canary, a difference in the answers, or a change."""
    mine, theirs = companies
    before, heard = theirs.dump(), list(TAP.heard)
    who = (("owner", mine.headers("owner")),)
    differences = [each for only in ("customers/", "products/", "orders/") for each in _differences(companies, who, only)]
    canary, changed = TAP.leaks(companies), theirs.dump() != before
    TAP.heard[:] = heard
    return "canary" if canary else "change" if changed else "difference" if differences else ""


def test_layer_1_who_asks_is_proved_before_anything_is_read(companies: Pair) -> None:
    mine, theirs = companies
    with _planted(_no_guard):
        cookie, csrf = mine.headers("owner")["cookie"], mine.headers("owner")["x-csrf-token"]
        key = mine.key("owner")["authorization"]
        for forged in ({"cookie": cookie.replace("mine.", "theirs."), "x-csrf-token": csrf},
                       {"authorization": key.replace("_mine_", "_theirs_")},
                       {"cookie": cookie.replace(mine.users["owner"].id, theirs.users["owner"].id), "x-csrf-token": csrf}):
            assert mine.ask("GET", "/api/parties/customers", None, forged)[0] == 401
        for trick in ({"x-tenant-id": "theirs"}, {"x-tenant": "theirs"}):
            status, _, page = mine.ask("GET", "/api/parties/customers", None, {**mine.headers("owner"), **trick})
            assert status == 200 and theirs.mark not in str(page)
        delivery = mine.ask("POST", f"/api/channels/theirs.{theirs.ids['connection']}/webhooks", {"id": 1}, {
            "x-wc-webhook-topic": "order.created", "x-wc-webhook-signature": "bm8=", "x-wc-webhook-id": "1",
            "x-wc-webhook-delivery-id": "1", "x-wc-webhook-source": "http://127.0.0.1:9/"})
        assert delivery[0] == 401


def test_layer_2_a_key_is_made_for_a_tenant_or_not_at_all(companies: Pair) -> None:
    mine, _ = companies
    with _planted(_no_guard):
        platform = replace(mine.ctx(), tenant_id="")
        makers: tuple[Callable[[Any], Any], ...] = (
            lambda c: keys.document(c, "user", "1"), lambda c: keys.child(c, "user", "1", "x"),
            lambda c: keys.guard(c, "sku", "A"), lambda c: keys.marker(c, "c"), lambda c: keys.counter(c, "n"),
            lambda c: keys.outbox(c, "e", c.now), lambda c: keys.index(c, ("A", "B")), lambda c: keys.blob(c, "x"))
        for make in makers:
            assert "mine" in str(make(mine.ctx()))
            for ctx in (platform, replace(mine.ctx(), tenant_id="mine#ORDER/x")):
                with pytest.raises(RuntimeError):
                    make(ctx)
        with pytest.raises(RuntimeError):
            keys.platform(mine.ctx(), "LOGIN", "x")
    from tests.test_architecture import DYNAMODB

    for bad in ('f"T#{tenant}#ORDER"', "client()._make_api_call(x)", '"begins_with(#sk, :x)"'):
        assert DYNAMODB.search(bad), "a key or a call of somebody's own is found in the source"


def _reach() -> list[tuple[str, dict[str, Any]]]:
    """A call of every kind that names another tenant somewhere."""
    key, good = {"pk": {"S": "T#theirs#A#1"}, "sk": {"S": "#"}}, {"pk": {"S": "T#mine#A#1"}, "sk": {"S": "#"}}
    query = {"ExpressionAttributeValues": {":pk": {"S": "T#theirs#ORDER"}}}
    start = {"ExpressionAttributeValues": {":pk": {"S": "T#mine#ORDER"}}, "ExclusiveStartKey": {
        **good, "by_list_pk": {"S": "T#theirs#ORDER"}, "by_list_sk": {"S": "1"}}}
    indexed = {**good, "by_ref_pk": {"S": "T#theirs#REF"}}
    return [
        ("GetItem", {"Key": key}), ("PutItem", {"Item": key}), ("PutItem", {"Item": indexed}), ("UpdateItem", {"Key": key}),
        ("DeleteItem", {"Key": key}), ("Query", query), ("Query", start), ("BatchGetItem", {"RequestItems": {"t": {
            "Keys": [good, key]}}}), ("BatchWriteItem", {"RequestItems": {"t": [{"PutRequest": {"Item": indexed}}]}}),
        ("BatchWriteItem", {"RequestItems": {"t": [{"DeleteRequest": {"Key": key}}]}}),
        *(("TransactWriteItems", {"TransactItems": [{"Put": {"Item": good}}, {verb: body}]}) for verb, body in (
            ("Put", {"Item": indexed}), ("Update", {"Key": key}), ("Delete", {"Key": key}), ("ConditionCheck", {"Key": key}))),
        ("Scan", {}), ("ExecuteStatement", {}), ("ExecuteTransaction", {}), ("BatchExecuteStatement", {}),
        ("TransactGetItems", {"TransactItems": [{"Get": {"Key": key}}]}), ("GetItem", {"Key": {"pk": {"S": "P#LOGIN#x"}}}),
        ("GetItem", {"Key": {"pk": {"S": "T#mine2#A"}}}), ("GetItem", {"Key": {"pk": {"S": "T#min"}}}),
    ]


def test_layer_3_the_guard_alone_stops_every_call(companies: Pair) -> None:
    mine, _ = companies
    for operation, parameters in _reach():
        with pytest.raises(storage_client.TenantBreach):
            storage_client.check_tenant(mine.ctx(), operation, parameters)
    with _planted(_missing_prefix):
        assert _caught(companies) == "", "keys were wrong, and the guard let none of them through"
        status = mine.ask("GET", f"/api/parties/customers/{companies[1].ids['customer']}", None, mine.headers("owner"))[0]
        assert status == 500, "a defect of ours is told as one, not as an answer"


def test_layer_4_a_function_holds_no_more_than_its_own(build: Any) -> None:
    from tests.isolation.policies import breaches, statements

    found = list(statements(build / "template-app.json"))
    assert len(found) > 20
    assert breaches(found) == []
    wide = [("Bad", {"Effect": "Allow", "Action": ["dynamodb:Scan"], "Resource": ["arn:table"]}),
            ("Bad", {"Effect": "Allow", "Action": ["dynamodb:*"], "Resource": ["arn:table"]}),
            ("Bad", {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:bucket/*"]}),
            ("Bad", {"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": ["*"]})]
    assert all(breaches([each]) for each in wide), "each of these would be found"


def test_layer_5_the_canaries_alone_find_a_leak(companies: Pair) -> None:
    with _planted(_no_guard, _missing_prefix):
        assert _caught(companies) == "canary"


def test_every_broken_variant_is_caught(companies: Pair) -> None:
    mine, theirs = companies
    found = {}
    with _planted(_no_guard, _missing_prefix):
        found["no prefix, no guard"] = _caught(companies)
    with _planted(_telling):
        found["foreign told from absent"] = _caught(companies)
    with _planted(_unsigned_cursors):
        cursor = cursors.write(theirs.ctx(), {"by_list_pk": "T#theirs#ORDER", "by_list_sk": "9"}, ["x"])
        try:
            cursors.read(mine.ctx(), cursor, ["x"])
            found["cursor unsigned"] = "cursor accepted"
        except Invalid:
            found["cursor unsigned"] = ""
    assert all(found.values()), found
    assert _caught(companies) == "", "and the product itself is clean"
    proof.write_rows([proof.Row("isolation", 0, len(TAP.heard), {}, "held", round(time.process_time(), 2),
                                checks={"answers, messages, mails, files and logs without another's mark": len(TAP.heard)},
                                variants=found)])
