"""A stage in the local engine's account: deployed, shown, refused, gone back, each by the functions that deploy to AWS."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.deploy import artifacts, stacks
from infra.deploy.deploying import Deployment, _restored, deploy, edge_parameters, go_back, packaged
from infra.deploy.preflight import Found, Wanted
from infra.deploy.stacks import DeployFailed
from infra.local.engine import ACCOUNT
from infra.ops import restore
from infra.stacks.data import data_template
from infra.stacks.intrinsics import NO_STREAM

WANTED = Wanted("trial", "eu-west-3", "erp.maison.example", "maison.example", "", "Z1", None)
PARAMETERS = {"data": (), "app": ("PublicUrl", "MailDomain", "AlarmAddress"),
              "edge": ("DomainName", "HostedZoneId", "PortalBucketDomain", "ApiDomain", "ApiStage")}


class Edge:
    """CloudFront's invalidations, noted."""

    def __init__(self) -> None:
        self.forgotten: list[list[str]] = []

    def create_invalidation(self, DistributionId: str, InvalidationBatch: Any) -> None:
        assert DistributionId == "E1" and InvalidationBatch["CallerReference"]
        self.forgotten.append(InvalidationBatch["Paths"]["Items"])


def small(part: str, outputs: dict[str, Any], **queues: Any) -> dict[str, Any]:
    """A template of the shape of a stack, with queues for all its resources."""
    return {"AWSTemplateFormatVersion": "2010-09-09",
            "Parameters": {name: {"Type": "String"} for name in ("Stage", *PARAMETERS[part])},
            "Resources": {name: {"Type": "AWS::SQS::Queue", "Properties": each} for name, each in queues.items()},
            "Outputs": {name: {"Value": value} for name, value in outputs.items()}}


@pytest.fixture
def build(tmp_path: Path) -> Path:
    (tmp_path / "portal" / "assets").mkdir(parents=True)
    for name in ("core.zip", "documents.zip", "subscriptions.zip"):
        (tmp_path / name).write_bytes(name.encode())
    write(tmp_path, "data", data_template())
    write(tmp_path, "app", small("app", {"EndpointURL": "https://abc.execute-api.eu-west-3.amazonaws.com/v1"},
                                 Sales={"QueueName": "trial-sales"}))
    write(tmp_path, "edge", small("edge", {"DistributionId": "E1"}, Any={"QueueName": "trial-edge"}))
    (tmp_path / "portal" / "index.html").write_text("one")
    (tmp_path / "portal" / "assets" / "main-11111111.js").write_text("1")
    return tmp_path


def write(build: Path, part: str, template: dict[str, Any]) -> None:
    (build / f"template-{part}.json").write_text(json.dumps(template))


@pytest.fixture
def run(engine: Any) -> Deployment:
    edge = Edge()

    @cache
    def client(service: str, region: str = "") -> Any:
        if service == "cloudfront":
            return edge
        return boto3.session.Session().client(service, region_name=region or WANTED.region, endpoint_url=engine.endpoint_url)

    said: list[str] = []
    return Deployment(WANTED, Found(ACCOUNT, "", "Z1"), client, said.append, lambda _: True, pause=0.05)


def say_of(run: Deployment) -> list[str]:
    return run.say.__self__  # type: ignore[attr-defined, no-any-return]


def again(run: Deployment, tag: str, **changed: Any) -> Deployment:
    return replace(run, tag=tag, **changed)


def test_a_stage_is_deployed_changed_and_brought_back_and_loses_nothing(run: Deployment, build: Path) -> None:
    """The whole life of a stage: a dry run of the first, the first, the same again, a second with another portal, what would
    lose the table's files or a queue's messages, and back."""
    s3, cloud, edge = run.client("s3"), run.client("cloudformation"), run.client("cloudfront")
    deploy(again(run, "dry", dry_run=True), packaged(run, build))
    assert "comptoir-trial-data: to be made" in say_of(run)[0] and cloud.list_stacks(
        StackStatusFilter=["REVIEW_IN_PROGRESS", "CREATE_COMPLETE"])["StackSummaries"] == [], "a dry run leaves not even a name"

    first = packaged(run, build)
    deploy(again(run, "1"), first)
    bucket = f"comptoir-trial-portal-{ACCOUNT}"
    page, script = (s3.head_object(Bucket=bucket, Key=name) for name in ("index.html", "assets/main-11111111.js"))
    assert (page["CacheControl"], script["CacheControl"]) == ("no-cache", "public, max-age=31536000, immutable")
    assert page["ContentType"].startswith("text/html") and edge.forgotten == [["/index.html"]]

    before = len(say_of(run))
    deploy(again(run, "2"), packaged(run, build))
    assert [line for line in say_of(run)[before:] if "nothing changes" in line].__len__() == 3
    assert len(edge.forgotten) == 1, "what stands is not put again"

    (build / "portal" / "index.html").write_text("two")
    (build / "portal" / "assets" / "main-22222222.js").write_text("2")
    second = packaged(run, build)
    deploy(again(run, "3"), second)
    assert s3.get_object(Bucket=bucket, Key="index.html")["Body"].read() == b"two"
    assert s3.head_object(Bucket=bucket, Key="assets/main-11111111.js"), "for pages that are open"

    whole = data_template()
    del whole["Resources"]["FilesPolicy"]
    write(build, "data", whole)
    with pytest.raises(DeployFailed, match=r"FilesPolicy \(AWS::S3::BucketPolicy\) would be removed"):
        deploy(again(run, "4"), packaged(run, build))
    write(build, "data", data_template())
    write(build, "app", small("app", {"EndpointURL": "https://abc.execute-api.eu-west-3.amazonaws.com/v1"}, Other={}))
    with pytest.raises(DeployFailed, match=r"Sales \(AWS::SQS::Queue\) would be removed"):
        deploy(again(run, "5"), packaged(run, build))
    with pytest.raises(DeployFailed, match="not agreed to"):
        deploy(again(run, "6", agrees=lambda _: False, allowed={"Sales"}), packaged(run, build))
    assert artifacts.history(s3, run.bucket, "trial")[0].id == second.id, "what was refused never ran"

    assert go_back(again(run, "7")).id == first.id
    assert s3.get_object(Bucket=bucket, Key="index.html")["Body"].read() == b"one"
    assert go_back(again(run, "8")).id == second.id, "a second rollback undoes the first"
    with pytest.raises(DeployFailed, match="already"):
        go_back(again(run, "9"), second.id)
    with pytest.raises(DeployFailed, match="no release nothing"):
        go_back(again(run, "10"), "nothing")
    ran = artifacts.history(s3, run.bucket, "trial")
    assert [each.by.split()[0] for each in ran] == ["rollback", "rollback", "deploy", "deploy", "deploy"]


def test_the_edge_is_told_where_api_and_portal_stand(run: Deployment) -> None:
    found = edge_parameters(run, {"DOMAIN": "erp.maison.example", "HOSTED_ZONE": "Z1"}, {"PortalName": "b"},
                            {"EndpointURL": "https://abc.execute-api.eu-west-3.amazonaws.com/v1"})
    assert (found["ApiDomain"], found["ApiStage"]) == ("abc.execute-api.eu-west-3.amazonaws.com", "v1")
    assert found["PortalBucketDomain"] == "b.s3.eu-west-3.amazonaws.com"


def test_a_template_that_cloudformation_does_not_take_leaves_nothing(run: Deployment, build: Path) -> None:
    write(build, "data", {"Resources": {"X": {"Type": "AWS::No::Such", "Properties": {"A": {"Ref": "Nothing"}}}},
                          "Parameters": {"Stage": {"Type": "String"}}})
    broken = replace(run, wanted=replace(WANTED, stage="broken"), tag="b1")
    with pytest.raises(DeployFailed, match="comptoir-broken-data"):
        deploy(broken, packaged(broken, build))
    assert artifacts.history(run.client("s3"), run.bucket, "broken") == []


def test_a_stage_works_on_a_restored_table_by_its_parameters_and_goes_back(run: Deployment, build: Path) -> None:
    """The switch of a restore: the template that stands, two parameters other; a second time nothing; and its own again."""
    tags = [{"Key": "table", "Value": {"Ref": "RestoredTable"}}]
    told = small("app", {}, Sales={"QueueName": "switched-sales", "Tags": tags})
    told["Parameters"] = {"Stage": {"Type": "String"}, "RestoredTable": {"Type": "String", "Default": "-"},
                          "RestoredStream": {"Type": "String", "Default": NO_STREAM}}
    write(build, "app", told)
    artifacts.ensure_bucket(run.client("s3"), run.bucket, WANTED.region)
    key = artifacts.put(run.client("s3"), run.bucket, (build / "template-app.json").read_bytes(), "templates", ".json")
    cloud, name = run.client("cloudformation"), "comptoir-switched-app"
    made = stacks.propose(cloud, name, run.template_url(key), {"Stage": "switched"}, "s1", pause=0.05)
    assert made is not None
    stacks.execute(cloud, made, pause=0.05)

    def told_now() -> dict[str, str]:
        return {each["ParameterKey"]: each["ParameterValue"] for each in (stacks.find(cloud, name) or {})["Parameters"]}

    assert restore.switch(cloud, "switched", "comptoir-back", "arn:aws:dynamodb:::x", run.say, pause=0.05) is True
    assert told_now() == {"Stage": "switched", "RestoredTable": "comptoir-back", "RestoredStream": "arn:aws:dynamodb:::x"}
    assert restore.switch(cloud, "switched", "comptoir-back", "arn:aws:dynamodb:::x", run.say, pause=0.05) is False
    kept = replace(run, wanted=replace(WANTED, stage="switched"))
    assert _restored(kept) == {"RestoredTable": "comptoir-back", "RestoredStream": "arn:aws:dynamodb:::x"}, "a deploy keeps it"
    assert _restored(run) == {}
    with pytest.raises(DeployFailed, match="no stack"):
        restore.switch(cloud, "nowhere", "t", "", run.say)
