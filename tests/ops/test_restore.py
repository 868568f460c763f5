"""The drill: the table comes back under another name, in shape, and whatever does not hold in it is named with its repair."""

from __future__ import annotations

import gzip
import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.storage.client import client, table_name
from chalicelib.storage.table import text_of
from infra.ops import invariants, restore
from infra.ops.restore import Asked
from tests.isolation.world import Company


@pytest.fixture
def target(request: Any, engine: Any) -> Any:
    name = f"comptoir-{request.node.name[:40].replace('[', '-').strip(']')}"
    yield name
    db = client("dynamodb")
    if restore._described(db, name):
        db.update_table(TableName=name, DeletionProtectionEnabled=False)
        db.delete_table(TableName=name)


def wire(table: str, pk: str, sk: str) -> dict[str, Any]:
    return {"TableName": table, "Key": {"pk": {"S": pk}, "sk": {"S": sk}}}


def one(table: str, tenant: str, begins: str, sort: str = "") -> dict[str, Any]:
    """An item whose partition begins so."""
    start: dict[str, Any] = {}
    while True:
        answer = client("dynamodb").scan(TableName=table, FilterExpression="begins_with(pk, :p) AND begins_with(sk, :s)",
                                         ExpressionAttributeValues={":p": {"S": f"T#{tenant}#{begins}"}, ":s": {"S": sort}},
                                         **start)
        if answer["Items"]:
            return dict(answer["Items"][0])
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def test_a_restored_table_has_every_setting_again_and_every_law_holds(company: Company, target: str, said: list[str]) -> None:
    db = client("dynamodb")
    source = db.describe_table(TableName=table_name())["Table"]
    db.tag_resource(ResourceArn=source["TableArn"], Tags=[{"Key": "owner", "Value": "comptoir"}])
    asked = Asked(table_name(), target)
    assert restore.drill(db, asked, said.append, ["opsco"], dry_run=True) == {} and restore._described(db, target) is None
    report = restore.drill(db, asked, said.append, ["opsco"])
    assert (report["unsound"], report["repairs"], report["companies"]) == (0, [], 1), report
    record = json.loads(said[-1])
    assert record["set_again"] == ["time to live", "stream", "recovery", "deletion protection", "tags"]
    assert record["stream"].startswith("arn:") and (record["total"], record["done"]) == (4, 4)
    table = db.describe_table(TableName=target)["Table"]
    assert table["DeletionProtectionEnabled"] and table["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
    assert db.describe_time_to_live(TableName=target)["TimeToLiveDescription"]["AttributeName"] == "expires_at"
    again = restore.drill(db, asked, said.append, ["opsco"])
    assert json.loads(said[-1])["set_again"] == [] and again["unsound"] == 0, "a second time there is nothing to do"
    assert table_name() != target, "the drill switches nothing"


def test_what_does_not_hold_is_named_with_its_repair(company: Company, target: str, said: list[str]) -> None:
    """The broken variant of each law, in the restored copy: the table that people work on is untouched."""
    db, tenant, sku = client("dynamodb"), "opsco", "OPSCO-1"
    asked = Asked(table_name(), target)
    restore.bring_back(db, asked, lambda _: None)
    move = one(target, tenant, f"MOVES#{sku}")
    db.delete_item(**wire(target, move["pk"]["S"], move["sk"]["S"]))
    hold = one(target, tenant, f"STOCK#{sku}", "RESERVATION#")
    db.delete_item(**wire(target, hold["pk"]["S"], hold["sk"]["S"]))
    event = one(target, tenant, "TIMELINE#customer")
    db.delete_item(**wire(target, event["pk"]["S"], event["sk"]["S"]))
    kept = one(target, tenant, "BALANCES#")
    number = next(name for name, value in kept.items() if "N" in value and name not in ("version", "v"))
    db.put_item(TableName=target, Item={**kept, number: {"N": "999"}})
    settings = one(target, tenant, "INVOICING_SETTINGS#")
    series = json.loads(text_of(settings))["series"][0]["id"]
    db.put_item(TableName=target, Item={
        "pk": {"S": f"T#{tenant}#SERIES_HEAD#{series}#2026"}, "sk": {"S": "#"}, "kind": {"S": "series_head"},
        "tenant_id": {"S": tenant}, "next_number": {"N": "2"}, "last_date": {"S": "2026-01-01"}})
    entry = one(target, tenant, f"ENTRY#{company.ids['fiscal_year']}#{company.ids['journal']}", "000000001")
    db.put_item(TableName=target, Item={**entry, "data": {"S": text_of(entry).replace("12.34", "12.35", 1)}})
    report = restore.drill(db, asked, said.append, [tenant])
    laws = {each["law"] for each in report["findings"][tenant]}
    assert laws >= {"on hand is the sum of the moves", "what is reserved is held", "what happened is told", "the chain holds",
                    "kept balances are the entries'", "numbers have no gap", "an entry balances"}, laws
    assert any("infra.ops.rebuild" in each for each in report["repairs"]) and any(
        "infra.ops.replay" in each for each in report["repairs"]) and invariants.BY_HAND in report["repairs"]
    assert invariants.check(company.step(), company.ctx().now - timedelta(days=1)) == []


def test_a_copy_kept_longer_comes_back_through_an_export(company: Company, target: str, said: list[str]) -> None:
    from chalicelib.runtime.settings import settings

    class Exporting:
        """The table's client, whose exports hold what AWS writes: the engine's are empty ("Output format for a full export",
        DynamoDB Developer Guide)."""

        def __getattr__(self, name: str) -> Any:
            return getattr(db, name)

        def export_table_to_point_in_time(self, **asked: Any) -> Any:
            answer = db.export_table_to_point_in_time(**asked)
            lines = "".join(json.dumps({"Item": each}) + "\n" for each in customers(table_name()))
            name = answer["ExportDescription"]["ExportArn"].rpartition("/")[2]
            client("s3").put_object(Bucket=asked["S3Bucket"], Body=gzip.compress(lines.encode()),
                                    Key=f"{asked['S3Prefix']}/AWSDynamoDB/{name}/data/1.json.gz")
            return answer

    def customers(table: str) -> list[dict[str, Any]]:
        pages = db.get_paginator("scan").paginate(TableName=table, FilterExpression="begins_with(pk, :p)",
                                                  ExpressionAttributeValues={":p": {"S": "T#opsco#CUSTOMER#"}})
        return [item for page in pages for item in page["Items"]]

    db = client("dynamodb")
    asked = Asked(table_name(), target, by_export=True, bucket=settings().bucket)
    restore.bring_back(Exporting(), asked, lambda _: None)
    counted = [len(customers(name)) for name in (table_name(), target)]
    assert counted[0] == counted[1] > 1
    assert "stream" in restore.set_again(db, asked, said.append), "an import brings none"


def test_a_table_is_not_restored_into_itself_and_an_instant_is_asked_for(said: list[str]) -> None:
    with pytest.raises(RuntimeError, match="another"):
        restore.drill(None, Asked("t", "t"), said.append)
    asked: dict[str, Any] = {}

    class Noted:
        def describe_table(self, TableName: str) -> Any:
            if not asked:
                from botocore.exceptions import ClientError
                raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "DescribeTable")
            return {"Table": {"TableStatus": "ACTIVE"}}

        def restore_table_to_point_in_time(self, **given: Any) -> None:
            asked.update(given)

    at = datetime.fromisoformat("2026-01-05T08:00+00:00")
    restore.bring_back(Noted(), Asked("a", "b", at), lambda _: None)
    assert asked == {"SourceTableName": "a", "TargetTableName": "b", "RestoreDateTime": at}
