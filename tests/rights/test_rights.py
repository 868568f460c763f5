"""The roles of the packaged functions allow what the program does, and nothing like it elsewhere.

`python -m tests.rights` asks the same of every call of the whole suite, when `make test` has run it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ministack.core.iam_evaluator import EvalContext, evaluate, evaluate_resource_policy, parse_policy_document

from infra.local.engine import ACCOUNT, REGION
from infra.stacks.data import data_template
from infra.stacks.intrinsics import Template
from tests.rights import record
from tests.rights.roles import Roles, elsewhere, wrong

ORDERS = "/api/sales/orders"
SALES_TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{record.TABLE}"


@pytest.fixture(scope="module")
def template(build: Path) -> Template:
    found: Template = json.loads((build / "template-app.json").read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def roles(template: Template) -> Roles:
    return Roles(template)


@pytest.fixture
def noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], set[record.Call]]:
    """What this test's calls are noted as, apart from those of the suite."""
    monkeypatch.setattr(record, "_seen", set())
    note = record.note
    monkeypatch.setattr(record, "note", lambda folder, *rest: note(tmp_path, *rest))
    return lambda: record.read(tmp_path)


# Who made a call, and what it was


def test_a_request_is_its_domains_functions_and_so_is_all_that_it_calls(call: Any, noted: Any, roles: Roles) -> None:
    status, _, _ = call("POST", "/api/tenants/sessions", {"email": "nobody@example.com", "password": "an unknown person"})
    assert status == 401
    assert {whose for whose, *_ in noted()} == {"/api/tenants/sessions"}
    assert roles.functions("/api/tenants/sessions") == ["TenantsApi"]
    assert roles.functions(ORDERS) == ["SalesApi"]
    assert roles.functions("/api/health") == roles.functions("/api/search") == ["ActivityApi"]


def test_a_service_called_by_hand_is_its_domains_and_a_tests_own_hand_is_nobodys(ctx: Any, noted: Any) -> None:
    from chalicelib.activity import service
    from chalicelib.storage.client import client, table_name

    service.timeline(ctx, "customer", "cus_1")
    client().get_item(TableName=table_name(), Key={"pk": {"S": "x"}, "sk": {"S": "y"}})
    assert {whose for whose, *_ in noted()} == {"activity:"}


def test_a_batch_is_its_workers_also_in_the_threads_it_starts(ctx: Any, noted: Any) -> None:
    from chalicelib.activity import service
    from chalicelib.events.outbox import message
    from chalicelib.kernel.event import Event
    from chalicelib.runtime.worker import consume

    events = [Event(f"evt_{n}", "CustomerCreated", ctx.tenant_id, ctx.now, "customer", "cus_1", 1, ctx.actor, "req")
              for n in range(2)]
    batch = {"Records": [{"messageId": each.id, "body": message(each)} for each in events]}
    looks = {"CustomerCreated": lambda inner, event: service.timeline(inner, "customer", "cus_1")}
    assert consume("sales", looks, batch, None, side_by_side=2) == {"batchItemFailures": []}
    assert {whose for whose, *_ in noted()} == {"sales_worker"}


def test_what_a_transaction_writes_is_what_it_needs_rights_for() -> None:
    asked = {"TransactItems": [{"Put": {"TableName": "t"}}, {"ConditionCheck": {"TableName": "t"}},
                               {"Update": {"TableName": "t"}}, {"Delete": {"TableName": "t"}}]}
    found = [action for action, _ in record.targets("dynamodb", "TransactWriteItems", asked)]
    assert found == [f"dynamodb:{each}Item" for each in ("Put", "ConditionCheck", "Update", "Delete")]
    (queried,) = record.targets("dynamodb", "Query", {"TableName": "t", "IndexName": "gsi1"})
    assert queried[1].endswith(":table/t/index/gsi1")


def test_a_file_needs_the_key_its_bucket_is_sealed_with(roles: Roles) -> None:
    found = dict(record.targets("s3", "PutObject", {"Bucket": "b", "Key": "T/t1/x"}))
    assert found == {"s3:PutObject": "arn:aws:s3:::b/T/x", "kms:GenerateDataKey": record.KEY_ARN}
    parts = dict(record.targets("s3", "UploadPart", {"Bucket": "b", "Key": "T/t1/x"}))
    assert set(parts) == {"s3:PutObject", "kms:GenerateDataKey", "kms:Decrypt"}
    [(action, names)] = record.targets("s3", "ListObjectsV2", {"Bucket": record.BUCKET, "Prefix": "T/t1/"})
    assert roles.allows("LeavingWorker", action, names)
    for other in (names.replace("T/", "platform/"), names.partition("?")[0], names.replace(record.BUCKET, "b")):
        assert not roles.allows("LeavingWorker", action, other), other
    assert not roles.allows("SalesApi", "s3:GetObject", f"arn:aws:s3:::{record.BUCKET}/T/x"), "sales keep no files"
    assert roles.allows("InvoicingApi", "s3:GetObject", f"arn:aws:s3:::{record.BUCKET}/T/x")


# What the roles say of it


def test_what_is_done_is_allowed_and_the_same_elsewhere_is_not(roles: Roles) -> None:
    files = f"arn:aws:s3:::{record.BUCKET}/T/x"
    calls = {(ORDERS, "dynamodb:Query", SALES_TABLE), (ORDERS, "dynamodb:Query", f"{SALES_TABLE}/index/gsi1"),
             ("/api/catalog/files", "s3:PutObject", files), ("/api/catalog/files", "kms:GenerateDataKey", record.KEY_ARN),
             ("relay", "sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:comptoir-local-sales"),
             ("/api/tenants/sessions", "cognito-idp:AdminInitiateAuth", record.POOL_ARN)}
    assert wrong(calls, roles) == []
    assert all(len(set(elsewhere(action, arn)) - {arn}) >= 2 for _, action, arn in calls)


def test_another_functions_right_is_not_ones_own(roles: Roles) -> None:
    refused = {(ORDERS, "s3:PutObject", f"arn:aws:s3:::{record.BUCKET}/T/x"), ("relay", "dynamodb:GetItem", SALES_TABLE),
               (ORDERS, "cognito-idp:AdminInitiateAuth", record.POOL_ARN), (ORDERS, "dynamodb:Scan", SALES_TABLE)}
    assert len(wrong(refused, roles)) == len(refused)


@pytest.mark.parametrize(("resource", "said"), [
    ("*", "table/comptoir-other"), ("arn:aws:dynamodb:*:*:table/comptoir-*", "999999999999")])
def test_a_role_that_allows_more_than_is_needed_is_found_out(template: Template, resource: str, said: str) -> None:
    wide = copy.deepcopy(template)
    wide["Resources"]["SalesApiRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"].append(
        {"Sid": "Wide", "Effect": "Allow", "Action": ["dynamodb:Get*"], "Resource": [resource]})
    found = wrong({(ORDERS, "dynamodb:GetItem", SALES_TABLE)}, Roles(wide))
    assert any(said in line for line in found)


def test_a_role_that_lost_a_right_is_found_out(template: Template) -> None:
    poor = copy.deepcopy(template)
    statements = poor["Resources"]["SalesApiRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    statements[:] = [each for each in statements if each["Sid"] != "Table"]
    assert wrong({(ORDERS, "dynamodb:GetItem", SALES_TABLE)}, Roles(poor)) == [
        f"{ORDERS} (SalesApi) may not dynamodb:GetItem on {SALES_TABLE}"]


def test_buckets_refuse_everyone_who_does_not_speak_tls() -> None:
    policy = data_template()["Resources"]["FilesPolicy"]["Properties"]["PolicyDocument"]
    text = json.dumps(policy).replace('{"Fn::GetAtt": ["Files", "Arn"]}', f'"arn:aws:s3:::{record.BUCKET}"') \
        .replace('{"Fn::Sub": "${Files.Arn}/*"}', f'"arn:aws:s3:::{record.BUCKET}/*"')
    for is_secure, decision in ((True, "ImplicitDeny"), (False, "Deny")):
        asked = EvalContext("arn:aws:sts::000000000000:assumed-role/r/s", "AssumedRole", ACCOUNT, "s3:GetObject",
                            f"arn:aws:s3:::{record.BUCKET}/T/x", REGION, "127.0.0.1", is_secure)
        assert evaluate_resource_policy(text, asked).decision == decision


@pytest.mark.parametrize(("statements", "decision"), [
    ([], "ImplicitDeny"),
    ([("Allow", "s3:GetObject", "arn:aws:s3:::b/*", {})], "Allow"),
    ([("Allow", "s3:*", "*", {}), ("Deny", "s3:Get*", "arn:aws:s3:::b/secret/*", {})], "Deny"),
    ([("Allow", "s3:getobject", "arn:aws:s3:::b/secret/?", {})], "Allow"),
    ([("Allow", "s3:GetObject", "arn:aws:s3:::B/*", {})], "ImplicitDeny"),
    ([("Allow", "s3:GetObject", "*", {"Bool": {"aws:SecureTransport": "false"}})], "ImplicitDeny"),
    ([("Allow", "s3:GetObject", "*", {"StringEquals": {"aws:SourceAccount": ACCOUNT}})], "ImplicitDeny"),
    ([("Allow", "s3:GetObject", "*", {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}})], "Allow"),
])
def test_the_evaluator_decides_as_iam_does(statements: list[Any], decision: str) -> None:
    """Cases of "Policy evaluation logic" and "IAM JSON policy elements" (IAM User Guide): nothing is denied, an explicit Deny
    wins over an Allow, actions have no case and resources have, `*` and `?` match, a condition that does not hold or whose
    key is absent makes the statement count for nothing."""
    document = {"Statement": [{"Effect": effect, "Action": action, "Resource": resource, "Condition": condition}
                              for effect, action, resource, condition in statements]}
    asked = EvalContext("arn:aws:sts::000000000000:assumed-role/r/s", "AssumedRole", ACCOUNT, "s3:GetObject",
                        "arn:aws:s3:::b/secret/1", REGION, "127.0.0.1", True)
    assert evaluate(asked, [parse_policy_document(document)]).decision == decision
