"""What a deployment decides before it does anything: what is missing, what must not be lost, how the portal is kept."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.deploy import __main__ as command
from infra.deploy import artifacts, changes, portal, preflight
from infra.deploy.artifacts import Release
from infra.deploy.changes import Change
from infra.deploy.preflight import Found, Wanted
from infra.stacks.data import data_template

WANTED = Wanted("production", "eu-west-3", "erp.maison.example", "erp.maison.example", "ops@maison.example", "",
                {"STRIPE_API_KEY": "", "STRIPE_WEBHOOK_SECRET": ""})
READY = Found("123456789012", "", "Z1", True, "SUCCESS", True, 1000, frozenset({"STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET"}))


# What is missing


def test_an_account_that_has_everything_lacks_nothing() -> None:
    assert preflight.missing(WANTED, READY) == []
    own = replace(WANTED, stripe={"STRIPE_API_KEY": "sk", "STRIPE_WEBHOOK_SECRET": "whsec"})
    assert preflight.missing(own, replace(READY, stripe_in_secret=frozenset())) == []
    assert preflight.missing(replace(WANTED, stripe=None), replace(READY, stripe_in_secret=frozenset())) == []


def test_an_empty_account_is_told_everything_at_once() -> None:
    said = preflight.missing(WANTED, Found("123456789012", functions_at_once=10))
    assert [line.partition(":")[0] for line in said] == ["hosted zone", "mail", "mail", "quota", "Stripe", "Stripe"]
    assert "erp.maison.example" in said[0] and "sandbox" in said[2]


@pytest.mark.parametrize(("lack", "word"), [
    ({"zone": ""}, "hosted zone"), ({"allows_certificate": False}, "certificate"), ({"mail": "PENDING"}, "mail"),
    ({"mail_to_anyone": False}, "mail"), ({"functions_at_once": 10}, "quota"), ({"stripe_in_secret": frozenset()}, "Stripe"),
    ({"account": "", "why_no_account": "Unable to locate credentials"}, "credentials")])
def test_each_lack_is_named(lack: dict[str, Any], word: str) -> None:
    said = preflight.missing(WANTED, replace(READY, **lack))
    assert said and all(line.startswith(word) for line in said)


def test_without_a_domain_there_is_one_thing_to_say_about_it() -> None:
    said = preflight.missing(replace(WANTED, domain=""), replace(READY, zone=""))
    assert [line.partition(":")[0] for line in said] == ["domain"]


class Account:
    """An account as its services answer."""

    def __init__(self, zones: list[Any], records: list[Any]) -> None:
        self._zones, self._records = zones, records

    def list_hosted_zones_by_name(self, DNSName: str, MaxItems: str) -> Any:
        return {"HostedZones": [each for each in self._zones if each["Name"] >= DNSName][:int(MaxItems)]}

    def get_paginator(self, name: str) -> Account:
        return self

    def paginate(self, HostedZoneId: str) -> Any:
        return [{"ResourceRecordSets": self._records}]


def test_the_nearest_public_zone_holds_the_domain() -> None:
    def zone(name: str, identity: str, private: bool = False) -> dict[str, Any]:
        return {"Name": name, "Id": f"/hostedzone/{identity}", "Config": {"PrivateZone": private}}

    account = Account([zone("erp.maison.example.", "ZP", True), zone("maison.example.", "Z1"),
                       zone("other.example.", "Z2")], [])
    assert preflight._zone(account, "erp.maison.example") == "Z1"
    assert preflight._zone(account, "elsewhere.example") == ""


@pytest.mark.parametrize(("said", "allowed"), [
    ([], True), (['0 issue "amazon.com"'], True), (['0 issue "letsencrypt.org"'], False), (['0 issue ";"'], False),
    (['0 issuewild ";"'], True), (['0 issue "letsencrypt.org"', '0 issue "awstrust.com; policy=ev"'], True)])
def test_a_caa_record_decides_who_may_issue(said: list[str], allowed: bool) -> None:
    values = [{"Value": each} for each in said]
    records = [{"Type": "CAA", "Name": "maison.example.", "ResourceRecords": values}] if said else []
    assert preflight._allows_amazon(Account([], records), "Z1", "erp.maison.example") is allowed


def test_a_second_deployment_needs_the_stage_alone_and_the_laptops_is_refused() -> None:
    before = {"DOMAIN": "erp.maison.example", "MAIL_DOMAIN": "maison.example", "HOSTED_ZONE": "Z1", "ALARM_ADDRESS": "ops@x"}
    found = command.wanted_of({"STAGE": "production"}, before)
    assert (found.domain, found.mail_domain, found.zone, found.alarm_address) == (
        "erp.maison.example", "maison.example", "Z1", "ops@x")
    assert command.wanted_of({"STAGE": "trial", "DOMAIN": "a.example"}, {}).mail_domain == "a.example"
    for stage in ("", "local"):
        with pytest.raises(ValueError, match="STAGE"):
            command.wanted_of({"STAGE": stage}, before)


# What must not be lost


def change(action: str, name: str, kind: str, replacement: str = "", *because: str) -> dict[str, Any]:
    return {"ResourceChange": {"Action": action, "LogicalResourceId": name, "ResourceType": kind, "Replacement": replacement,
                               "Details": [{"Target": {"Attribute": "Properties", "Name": each}} for each in because]}}


QUEUE, TABLE, FUNCTION = "AWS::SQS::Queue", "AWS::DynamoDB::Table", "AWS::Lambda::Function"


def test_what_holds_something_is_neither_removed_nor_replaced() -> None:
    found = changes.read([
        change("Modify", "Table", TABLE, "False", "Tags"), change("Modify", "SalesQueue", QUEUE, "True", "FifoQueue"),
        change("Remove", "Files", "AWS::S3::Bucket"), change("Modify", "Key", "AWS::KMS::Key", "Conditional", "KeyPolicy"),
        change("Add", "NewQueue", QUEUE), change("Remove", "Old", FUNCTION),
        change("Modify", "SalesApi", FUNCTION, "False", "Code")])
    said = changes.refused(found, ())
    assert said == ["Key (AWS::KMS::Key) would be replaced because of KeyPolicy",
                    "SalesQueue (AWS::SQS::Queue) would be replaced because of FifoQueue",
                    "Files (AWS::S3::Bucket) would be removed"]
    assert changes.refused(found, (), {"SalesQueue", "Files", "Key"}) == [], "given up by name"
    assert changes.refused(found, {"Old"}, {"SalesQueue", "Files", "Key"}) == ["Old (AWS::Lambda::Function) would be removed"]


def test_everything_in_the_data_stack_is_retained_so_nothing_of_it_may_go() -> None:
    retained = changes.retained_in(data_template())
    gone = [Change("Remove", name, each["Type"], "") for name, each in data_template()["Resources"].items()]
    assert len(changes.refused(gone, retained)) == len(gone) == len(retained)


def test_a_change_set_is_shown_with_what_ends_by_name() -> None:
    found = changes.read([change("Add", f"F{n}", FUNCTION) for n in range(3)] + [change("Remove", "Old", FUNCTION)])
    assert changes.told(found) == ["  Remove Old (AWS::Lambda::Function), replacement: none", "  Add 3 × AWS::Lambda::Function"]


# The portal's files


def test_the_page_comes_last_and_only_what_has_a_digest_is_kept_for_ever(tmp_path: Path) -> None:
    for name in ("index.html", "index.html.gz", "favicon.svg", "manifest.webmanifest", "assets/main-3XVWVWCC.js",
                 "assets/main-3XVWVWCC.js.gz", "assets/plain.css", ".hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    found = portal.ordered(portal.PortalFile(name, f"portal/{name}") for name in portal.names(tmp_path))
    assert [(each.name, each.cache_control) for each in found] == [
        ("assets/main-3XVWVWCC.js", "public, max-age=31536000, immutable"), ("assets/plain.css", "no-cache"),
        ("favicon.svg", "no-cache"), ("manifest.webmanifest", "no-cache"), ("index.html", "no-cache")]
    assert [each.content_type for each in found] == [
        "text/javascript; charset=utf-8", "text/css; charset=utf-8", "image/svg+xml",
        "application/manifest+json; charset=utf-8", "text/html; charset=utf-8"]


@pytest.mark.parametrize("name", ["index-3XVWVWCC.html.bak", "main.js", "chunk.1234567.js"])
def test_a_name_that_only_looks_like_a_digest_is_asked_for_again(name: str) -> None:
    assert portal.PortalFile(f"assets/{name}", "").cache_control == "no-cache"


# Going back


def release(name: str, at: str) -> Release:
    return Release(name, at, "deploy by ada", {}, {}, {})


def test_one_goes_back_to_what_ran_before_and_back_again() -> None:
    ran = [release("c", "3"), release("b", "2"), release("a", "1")]
    assert artifacts.to_go_back_to(ran) == ran[1]
    again = [release("b", "4"), *ran]
    assert artifacts.to_go_back_to(again) == ran[0], "a second rollback undoes the first"
    assert artifacts.to_go_back_to([release("c", "4"), *ran]) == ran[1], "the same release deployed twice is one"
    assert artifacts.to_go_back_to(ran, "a") == ran[2]
    assert artifacts.to_go_back_to(ran, "x") is artifacts.to_go_back_to(ran[:1]) is artifacts.to_go_back_to([]) is None


def test_the_same_content_is_the_same_release_and_other_content_another() -> None:
    one = artifacts.release_id({"app": "templates/1.json"}, {"index.html": "portal/1"})
    assert one == artifacts.release_id({"app": "templates/1.json"}, {"index.html": "portal/1"})
    assert one != artifacts.release_id({"app": "templates/1.json"}, {"index.html": "portal/2"})
    assert artifacts.key_of(b"x", "code", ".zip") == artifacts.key_of(b"x", "code", ".zip") != artifacts.key_of(
        b"y", "code", ".zip")


def test_functions_code_is_filled_in_and_nothing_else() -> None:
    template = {"Resources": {"SalesApi": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "./core.zip"}},
                              "Queue": {"Type": QUEUE, "Properties": {"CodeUri": "./core.zip"}}}}
    found = artifacts.with_code(template, {"core.zip": "s3://b/code/1.zip"})["Resources"]
    assert found["SalesApi"]["Properties"]["CodeUri"] == "s3://b/code/1.zip"
    assert json.dumps(found["Queue"]) == json.dumps(template["Resources"]["Queue"])
