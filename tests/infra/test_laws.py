"""Laws of the three stacks and the zips, each beside a template that breaks it and must be found out."""

from __future__ import annotations

import copy
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.archive import MAX_UNPACKED_BYTES
from infra.stacks.functions import CORE, OWN_ZIPS
from infra.stacks.intrinsics import RESTORED, RESTORED_PARAMETERS
from tests.rights.roles import RESTORED_TABLE, VALUES, Roles, resolved

Stacks = Mapping[str, Any]
MAX_RESOURCES = 500
"""Resources of a stack ("AWS CloudFormation quotas")."""
MAX_TEMPLATE_BYTES = 1_000_000
"""Of a template in S3 (the same)."""
MAKES = {"Schedule": 2, "SQS": 1, "DynamoDB": 1}
"""What SAM makes of an event: a rule and a permission, or a mapping."""


@pytest.fixture(scope="module")
def stacks(build: Path) -> dict[str, Any]:
    return {name: json.loads((build / f"template-{name}.json").read_text("utf-8")) for name in ("data", "app", "edge")}


def of(stacks: Stacks, part: str, kind: str) -> dict[str, Any]:
    return {name: each for name, each in stacks[part]["Resources"].items() if each["Type"] == kind}


def firewall_limits(stacks: Stacks) -> list[str]:
    """One address may ask only so often; the rule comes first, blocks, and stands before everything the edge answers."""
    found = []
    for name, acl in of(stacks, "edge", "AWS::WAFv2::WebACL").items():
        rules = sorted(acl["Properties"]["Rules"], key=lambda rule: int(rule["Priority"]))
        first = rules[0] if rules else {}
        limit = first.get("Statement", {}).get("RateBasedStatement", {})
        if not (0 < limit.get("Limit", 0) <= 3000 and limit.get("AggregateKeyType") == "IP"
                and first.get("Action") == {"Block": {}}):
            found.append(f"{name} limits nobody")
        if acl["Properties"]["Scope"] != "CLOUDFRONT":
            found.append(f"{name} is of no distribution")
    walls = {json.dumps({"Fn::GetAtt": [name, "Arn"]}) for name in of(stacks, "edge", "AWS::WAFv2::WebACL")}
    for name, each in of(stacks, "edge", "AWS::CloudFront::Distribution").items():
        if json.dumps(each["Properties"]["DistributionConfig"].get("WebACLId")) not in walls:
            found.append(f"{name} stands before no firewall")
    return found


def only_the_edge_reads_the_portal(stacks: Stacks) -> list[str]:
    """Every bucket behind CloudFront is asked with a signature of the distribution's, and opens to nobody else."""
    controls = of(stacks, "edge", "AWS::CloudFront::OriginAccessControl")
    found = [name for name, each in controls.items()
             if each["Properties"]["OriginAccessControlConfig"]["SigningBehavior"] != "always"]
    for each in of(stacks, "edge", "AWS::CloudFront::Distribution").values():
        for origin in each["Properties"]["DistributionConfig"]["Origins"]:
            if "S3OriginConfig" in origin and origin.get("OriginAccessControlId", {}).get("Ref") not in controls:
                found.append(f"{origin['Id']} is asked without a signature")
    for name, each in of(stacks, "data", "AWS::S3::BucketPolicy").items():
        for statement in each["Properties"]["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Allow" and (
                    statement["Principal"] != {"Service": "cloudfront.amazonaws.com"} or "aws:SourceAccount" not in
                    statement.get("Condition", {}).get("StringEquals", {})):
                found.append(f"{name} lets others in")
    return found


def old_versions_go(stacks: Stacks) -> list[str]:
    """A bucket that keeps versions lets former ones go within a month, and parts of uploads that nobody ended."""
    found = []
    for name, each in of(stacks, "data", "AWS::S3::Bucket").items():
        rules = [rule for rule in each["Properties"].get("LifecycleConfiguration", {}).get("Rules", ())
                 if rule["Status"] == "Enabled" and "Prefix" not in rule]
        days = [rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays", 1000) for rule in rules]
        if not days or min(days) > 30 or not any("AbortIncompleteMultipartUpload" in rule for rule in rules):
            found.append(name)
    return found


def logs_end(stacks: Stacks) -> list[str]:
    """Every function writes into a group of the stack's, which keeps lines for a month at most."""
    groups = {each["Properties"]["LogGroupName"]["Fn::Sub"]: each["Properties"].get("RetentionInDays", 9999)
              for each in of(stacks, "app", "AWS::Logs::LogGroup").values()}
    return [name for name, each in of(stacks, "app", "AWS::Serverless::Function").items()
            if groups.get("/aws/lambda/" + each["Properties"]["FunctionName"]["Fn::Sub"], 9999) > 30]


def the_stack_fits(stacks: Stacks) -> list[str]:
    """What SAM makes of the app's template is within CloudFormation's quotas, and so are the others."""
    found = []
    for part, template in stacks.items():
        count = len(template["Resources"])
        for each in of(stacks, part, "AWS::Serverless::Function").values():
            count += sum(MAKES[event["Type"]] for event in each["Properties"].get("Events", {}).values())
            count += "EventInvokeConfig" in each["Properties"]
        count += 2 * len(of(stacks, part, "AWS::Serverless::Api"))
        size = len(json.dumps(template, separators=(",", ":")).encode())
        if count > MAX_RESOURCES or size > MAX_TEMPLATE_BYTES:
            found.append(f"{part}: {count} resources, {size} bytes")
    return found


def the_gateway_stays_small(stacks: Stacks) -> list[str]:
    """A resource for each part of each path, of the 300 a gateway may have."""
    parts = set()
    for path in stacks["app"]["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]:
        steps = path.strip("/").split("/")
        parts |= {"/".join(steps[:n]) for n in range(1, len(steps) + 1)}
    return [str(len(parts))] if len(parts) >= 60 else []


def data_is_kept(stacks: Stacks) -> list[str]:
    """Table: recovery, stream, expiry, encryption, protection; keys rotate; nothing of it is deleted by a mistake."""
    (table,) = of(stacks, "data", "AWS::DynamoDB::Table").values()
    said = table["Properties"]
    checks = {
        "recovery": said.get("PointInTimeRecoverySpecification") == {"PointInTimeRecoveryEnabled": True},
        "stream": said.get("StreamSpecification", {}).get("StreamViewType") == "NEW_IMAGE",
        "expiry": said.get("TimeToLiveSpecification") == {"AttributeName": "expires_at", "Enabled": True},
        "encryption": said.get("SSESpecification", {}).get("SSEType") == "KMS",
        "protection": said.get("DeletionProtectionEnabled") is True,
        "rotation": all(each["Properties"].get("EnableKeyRotation") for each in of(stacks, "data", "AWS::KMS::Key").values()),
        "pool": all(each["Properties"].get("DeletionProtection") == "ACTIVE"
                    for each in of(stacks, "data", "AWS::Cognito::UserPool").values())}
    kept = [name for name, each in stacks["data"]["Resources"].items()
            if (each.get("DeletionPolicy"), each.get("UpdateReplacePolicy")) != ("Retain", "Retain")]
    return [*kept, *(name for name, holds in checks.items() if not holds)]


def functions_are_told_of_a_restored_table(stacks: Stacks) -> list[str]:
    """With a restored table every function works on it, reads its stream, and may not touch the former one."""
    app = stacks["app"]
    if set(RESTORED_PARAMETERS) - set(app["Parameters"]) or RESTORED not in app["Conditions"]:
        return ["the app stack does not know of one"]
    held = frozenset({RESTORED})
    found = []
    for name, each in of(stacks, "app", "AWS::Serverless::Function").items():
        if resolved(each["Properties"]["Environment"]["Variables"]["COMPTOIR_TABLE"], {}, held) != RESTORED_TABLE:
            found.append(f"{name} works on the former table")
        found += [f"{name} reads the former stream" for event in each["Properties"].get("Events", {}).values()
                  if event["Type"] == "DynamoDB"
                  and resolved(event["Properties"]["Stream"], {}, held) != VALUES["RestoredStream"]]
    roles = Roles(app, held)
    if roles.allows("SalesApi", "dynamodb:PutItem", VALUES["TableArn"]) or not roles.allows(
            "SalesApi", "dynamodb:PutItem", resolved({"Fn::Sub": "${TableArn}"}, {}).replace(
                VALUES["TableArn"].rpartition("/")[2], RESTORED_TABLE)):
        found.append("roles are those of the former table")
    return found


def _del(part: str, name: str, *path: Any) -> Callable[[Any], None]:
    def act(stacks: Any) -> None:
        place = stacks[part]["Resources"][name]
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]
    return act


def _set(value: Any, part: str, name: str, *path: Any) -> Callable[[Any], None]:
    def act(stacks: Any) -> None:
        place = stacks[part]["Resources"][name]
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
    return act


def _many(stacks: Any) -> None:
    stacks["app"]["Resources"] |= {f"Topic{n}": {"Type": "AWS::SNS::Topic"} for n in range(300)}


def _paths(stacks: Any) -> None:
    stacks["app"]["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"] |= {f"/api/x/{n}": {} for n in range(60)}


CONFIG = ("Properties", "DistributionConfig")
LETS_IN: tuple[Any, ...] = ("Properties", "PolicyDocument", "Statement", 1)
TABLE = ("data", "Table", "Properties")
VARIABLES = ("app", "SalesApi", "Properties", "Environment", "Variables")
BROKEN: list[tuple[Callable[[Stacks], list[str]], Callable[[Any], None]]] = [
    (firewall_limits, _set({"Count": {}}, "edge", "Firewall", "Properties", "Rules", 0, "Action")),
    (firewall_limits, _set(9, "edge", "Firewall", "Properties", "Rules", 0, "Priority")),
    (firewall_limits, _del("edge", "Distribution", *CONFIG, "WebACLId")),
    (only_the_edge_reads_the_portal, _set("never", "edge", "PortalAccess", "Properties", "OriginAccessControlConfig",
                                          "SigningBehavior")),
    (only_the_edge_reads_the_portal, _set({}, "edge", "Distribution", *CONFIG, "Origins", 0, "OriginAccessControlId")),
    (only_the_edge_reads_the_portal, _set("*", "data", "PortalPolicy", *LETS_IN, "Principal")),
    (only_the_edge_reads_the_portal, _del("data", "PortalPolicy", *LETS_IN, "Condition")),
    (old_versions_go, _del("data", "Files", "Properties", "LifecycleConfiguration")),
    (old_versions_go, _set("Disabled", "data", "Portal", "Properties", "LifecycleConfiguration", "Rules", 0, "Status")),
    (logs_end, _del("app", "SalesApiLogs", "Properties", "RetentionInDays")),
    (logs_end, lambda stacks: stacks["app"]["Resources"].pop("RelayLogs")),
    (the_stack_fits, _many), (the_gateway_stays_small, _paths),
    *((data_is_kept, _del(*TABLE, name)) for name in (
        "PointInTimeRecoverySpecification", "StreamSpecification", "TimeToLiveSpecification", "SSESpecification",
        "DeletionProtectionEnabled")),
    (data_is_kept, _del("data", "Files", "DeletionPolicy")),
    (data_is_kept, _del("data", "Key", "Properties", "EnableKeyRotation")),
    (data_is_kept, _del("data", "UserPool", "Properties", "DeletionProtection")),
    (functions_are_told_of_a_restored_table, _set("comptoir-production", *VARIABLES, "COMPTOIR_TABLE")),
    (functions_are_told_of_a_restored_table, lambda stacks: stacks["app"]["Parameters"].pop("RestoredStream"))]


@pytest.mark.parametrize("law", sorted({law for law, _ in BROKEN}, key=lambda law: law.__name__), ids=lambda law: law.__name__)
def test_the_built_stacks_keep_the_law(stacks: Stacks, law: Callable[[Stacks], list[str]]) -> None:
    assert law(stacks) == []


@pytest.mark.parametrize(("law", "spoil"), BROKEN, ids=[f"{law.__name__}-{n}" for n, (law, _) in enumerate(BROKEN)])
def test_a_template_that_breaks_it_is_found_out(stacks: Stacks, law: Any, spoil: Any) -> None:
    spoiled = copy.deepcopy(dict(stacks))
    spoil(spoiled)
    assert law(spoiled) != []


def unpacked(archive: Path) -> int:
    """Bytes of what a zip unpacks to."""
    with zipfile.ZipFile(archive) as held:
        return sum(each.file_size for each in held.infolist())


def test_every_zip_unpacks_within_lambdas_limit_and_holds_the_core_whole(build: Path, tmp_path: Path) -> None:
    names = {CORE, *OWN_ZIPS.values()}
    template = json.loads((build / "template-app.json").read_text("utf-8"))
    uris = {each["Properties"]["CodeUri"][2:] for each in template["Resources"].values()
            if each["Type"] == "AWS::Serverless::Function"}
    assert uris == names, "each zip is somebody's, and nobody's is missing"
    with zipfile.ZipFile(build / CORE) as core:
        whole = {each.filename: each.CRC for each in core.infolist()}
    for name in names:
        assert 0 < unpacked(build / name) <= MAX_UNPACKED_BYTES, name
        with zipfile.ZipFile(build / name) as held:
            assert whole.items() <= {each.filename: each.CRC for each in held.infolist()}.items(), name
    with zipfile.ZipFile(tmp_path / "large.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as large:
        large.writestr("x", b"\0" * 1_000_000)
    assert unpacked(tmp_path / "large.zip") == 1_000_000 > (tmp_path / "large.zip").stat().st_size
