"""The packaged cloud on this machine: the main job's own scenario file against the functions CloudFormation made of the
package, then the stacks themselves. One deployment for all; the tests stand in the order that wastes no waiting."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra import deploy_local
from infra.deploy_local import Deployed
from tests.running import ROOT, Client, eventually

STORY = "tests/scenarios/test_order_to_every_shop.py"
PATIENCE = "8"
"""The engine starts a process for each function's first call: waits are eight times those of the laptop."""
CLOCK_SECONDS = 90
QUIET_SECONDS = 4
"""How long no shop is spoken to before the next word must be the clock's: the story's last pushes are over."""
READY_SECONDS = 200
STORY_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Deployment:
    """What `make deploy-local` printed: the address before `/api`, the stacks' outputs, where the demo's facts are."""

    api_url: str
    outputs: dict[str, str]
    facts: Path

    @property
    def client(self) -> Client:
        return Client(self.api_url, json.loads(self.facts.read_text())["api_key"])


def outside() -> dict[str, str]:
    """This process's environment without what would make it a part of a Comptoir that runs."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("COMPTOIR_", "AWS_", "ONCE"))}


@pytest.fixture(scope="module")
def deployment(build: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """`make deploy-local DEMO=1` with a short past."""
    log = tmp_path_factory.mktemp("deployed") / "deploy.log"
    with log.open("wb") as written:
        process = subprocess.Popen([sys.executable, "-m", "infra.deploy_local"], cwd=ROOT, stdout=written,
                                   stderr=subprocess.STDOUT, env={**outside(), "DEMO": "1", "DEMO_DAYS": "1"})
    try:
        eventually(lambda: process.poll() is not None or "Stop with Ctrl-C." in log.read_text(), READY_SECONDS)
        told = log.read_text()
        assert process.poll() is None, told[-3000:]
        api, facts = re.search(r"The API answers at (\S+)/api\n", told), re.search(r"The demo's facts are in (\S+)", told)
        assert api and facts, told
        yield Deployment(api[1], dict(re.findall(r"^([A-Z]\w+): (\S+)$", told, re.MULTILINE)), Path(facts[1]))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=40)


@pytest.fixture(scope="module")
def deployed(deployment: Deployment, build: Path) -> Iterator[Deployed]:
    """The same, deployed once more into the engine that runs; this process's environment points at it meanwhile."""
    from chalicelib.runtime import secrets
    from chalicelib.runtime.settings import settings

    before = dict(os.environ)
    os.environ["AWS_ENDPOINT_URL"] = deployment.api_url.partition("/restapis/")[0]
    try:
        again = deploy_local.deploy(build=build)
        os.environ.update(again.environment)
        settings.cache_clear()
        secrets.forget()
        yield again
        again.stop()
    finally:
        os.environ.clear()
        os.environ.update(before)
        settings.cache_clear()
        secrets.forget()


def test_the_story_is_the_same_when_it_is_deployed(deployment: Deployment) -> None:
    assert "/_user_request_" in deployment.api_url, "the address is the deployed gateway's"
    told = subprocess.run([sys.executable, "-m", "pytest", "-q", "--no-header", "-rA", "-p", "no:cacheprovider", STORY],
                          cwd=ROOT, capture_output=True, text=True, check=False, timeout=STORY_SECONDS,
                          env={**outside(), "COMPTOIR_API_URL": deployment.api_url, "COMPTOIR_FACTS": str(deployment.facts),
                               "COMPTOIR_PATIENCE": PATIENCE})
    assert told.returncode == 0, told.stdout[-4000:]
    passed = len(re.findall(r"^PASSED ", told.stdout, re.MULTILINE))
    assert passed == len(re.findall(r"^def test_", (ROOT / STORY).read_text(), re.MULTILINE)) > 3


def last_spoken_to(deployment: Deployment) -> list[str]:
    """When each shop of the demo was last asked or told anything."""
    facts = json.loads(deployment.facts.read_text())
    return [deployment.client.get(f"/api/channels/connections/{each['id']}")["last_synced_at"]
            for each in facts["connections"]]


@pytest.fixture(scope="module")
def after_the_story(deployment: Deployment) -> list[str]:
    """When each shop was last spoken to, once nobody speaks to any: what comes later is the clock's."""
    def is_quiet() -> bool:
        before = last_spoken_to(deployment)
        time.sleep(QUIET_SECONDS)
        return before == last_spoken_to(deployment)

    eventually(is_quiet, CLOCK_SECONDS)
    return last_spoken_to(deployment)


def test_the_shops_fall_silent_after_the_story(after_the_story: list[str]) -> None:
    """From here on the clock runs, while the stacks are looked at; nothing below has a word for these shops."""
    assert all(after_the_story)


def client(deployed: Deployed, service: str) -> Any:
    found = deployed.environment
    return boto3.client(service, endpoint_url=found["AWS_ENDPOINT_URL"], region_name=found["AWS_REGION"],
                        aws_access_key_id="test", aws_secret_access_key="test")


def request(url: str, method: str = "GET", body: bytes | None = None,
            headers: Mapping[str, str] | None = None) -> tuple[int, dict[str, str], Any]:
    """One request; the answer's headers by lower-case name and its JSON."""
    asked = urllib.request.Request(url, data=body, method=method,
                                   headers={"Content-Type": "application/json", **(headers or {})})
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            status, found, text = answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        status, found, text = error.code, error.headers, error.read()
    return status, {name.lower(): value for name, value in found.items()}, json.loads(text) if text else None


def test_every_part_is_up_behind_the_gateway(deployed: Deployed) -> None:
    status, _, body = request(f"{deployed.api_url}/api/health")
    assert (status, body["status"], set(body["parts"].values())) == (200, "ok", {"up"})


def test_the_description_names_no_address_that_the_gateway_does_not_serve(deployed: Deployed) -> None:
    """A signed-out reader is told to sign in, or served, or told by our own code that a document is not there; never that
    there is no such address."""
    _, _, described = request(f"{deployed.api_url}/api/openapi.json")
    readable = [path for path, operations in described["paths"].items() if "get" in operations]
    assert len(readable) > 5
    by_domain = {path.split("/")[2]: path for path in readable}
    for path in by_domain.values():
        status, headers, body = request(deployed.api_url + path.replace("{", "").replace("}", ""))
        assert status in (200, 400, 401) or (status, body["code"]) == (404, "not_found"), (path, status, body)
        assert headers["request-id"]


def test_an_unknown_address_is_answered_in_the_words_of_the_api(deployed: Deployed) -> None:
    status, headers, body = request(f"{deployed.api_url}/api/nothing/here")
    assert (status, headers["content-type"], body["code"]) == (404, "application/problem+json", "no_such_route")
    status, _, body = request(f"{deployed.api_url}/api/health", "POST", b"{}")
    assert (status, body["code"]) == (405, "method_not_allowed")


def test_what_is_committed_travels_by_stream_relay_and_queue_to_the_timeline(deployed: Deployed) -> None:
    """Nothing here runs in this process but the commit: relay and worker are the deployed functions."""
    from chalicelib.activity import service
    from chalicelib.storage.transaction import Transaction
    from tests.conftest import make_context

    ctx = make_context("tdeployed")
    transaction = Transaction(ctx)
    transaction.emit("CustomerCreated", "customer", "cus_1", 1, {"name": "Maison Givrée"})
    transaction.commit()
    deadline = time.monotonic() + 60
    while not (entries := service.timeline(ctx, "customer", "cus_1")) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert [entry["type"] for entry in entries] == ["CustomerCreated"]


def test_an_owner_signs_in_makes_a_customer_and_finds_it_by_search(deployed: Deployed) -> None:
    """Four deployed functions and two queues: sign-in by Cognito, a cookie and its CSRF token, the customer's API, the
    relay, the worker that feeds search."""
    from chalicelib.runtime.api import platform_context
    from chalicelib.tenants import service
    from chalicelib.tenants.model import NewTenant

    owner = NewTenant(name="Maison Givrée", tenant_id="maison-deployed", owner_email="claire@givree.example",
                      owner_name="Claire", owner_password="une glace au cassis pour Lyon")
    service.create_tenant(platform_context("req_deployed"), owner)
    status, headers, session = request(
        f"{deployed.api_url}/api/tenants/sessions", "POST",
        json.dumps({"email": owner.owner_email, "password": owner.owner_password}).encode())
    assert (status, session["status"]) == (201, "signed_in")
    signed_in = {"Cookie": headers["set-cookie"].split(";")[0]}
    new = json.dumps({"name": "Hôtel Bellecour", "email": "achats@bellecour.example"}).encode()
    status, _, refused = request(f"{deployed.api_url}/api/parties/customers", "POST", new, signed_in)
    assert (status, refused["code"]) == (403, "csrf")
    sure = {**signed_in, "X-CSRF-Token": session["csrf_token"], "Idempotency-Key": "deployed-1"}
    status, headers, customer = request(f"{deployed.api_url}/api/parties/customers", "POST", new, sure)
    assert (status, headers["etag"]) == (201, '"1"')
    status, headers, again = request(f"{deployed.api_url}/api/parties/customers", "POST", new, sure)
    assert (status, again["id"], headers["idempotent-replay"]) == (201, customer["id"], "true")
    deadline = time.monotonic() + 60
    while not (hits := _hits(deployed, signed_in)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert [hit["id"] for hit in hits] == [customer["id"]]


def _hits(deployed: Deployed, signed_in: Mapping[str, str]) -> list[Any]:
    status, _, found = request(f"{deployed.api_url}/api/search?q=bellecour", headers=signed_in)
    assert status == 200, found
    return list(found["items"])


def test_nothing_is_stripped_but_what_the_engine_refuses(deployed: Deployed, build: Path) -> None:
    """CloudFormation lists what it made; every logical id of both templates is there, save alarms of several metrics."""
    stacks = client(deployed, "cloudformation")
    for stack, file in (("comptoir-data", "template-data.json"), ("comptoir-app", "template-app.json")):
        template = json.loads((build / file).read_text())
        made = {each["LogicalResourceId"] for page in stacks.get_paginator("list_stack_resources").paginate(StackName=stack)
                for each in page["StackResourceSummaries"]}
        wanted = {name for name, each in template["Resources"].items()
                  if not deploy_local.is_refused(each) and each.get("Condition") != "HasAlarmAddress"}
        assert wanted <= made
        kept = deploy_local.without_refused(template)["Resources"]
        left_out = [template["Resources"][name] for name in template["Resources"].keys() - kept.keys()]
        assert all(each["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in each["Properties"] for each in left_out)


def test_deployed_functions_and_sources_have_what_the_template_says(deployed: Deployed, build: Path) -> None:
    template = json.loads((build / "template-app.json").read_text())
    functions = {each["Properties"]["FunctionName"]["Fn::Sub"].replace("${Stage}", "local"): each["Properties"]
                 for each in template["Resources"].values() if each["Type"] == "AWS::Serverless::Function"}
    lambdas = client(deployed, "lambda")
    for name, properties in functions.items():
        found = lambdas.get_function_configuration(FunctionName=name)
        assert (found["Handler"], found["MemorySize"], found["Timeout"]) == (
            properties["Handler"], properties["MemorySize"], properties["Timeout"])
        told = found["Environment"]["Variables"]
        assert told["COMPTOIR_TABLE"] == deployed.outputs["TableName"]
        assert told["COMPTOIR_PUBLIC_URL"] == deployed.api_url, "shops are given webhook addresses that lead here"
    for source in lambdas.list_event_source_mappings()["EventSourceMappings"]:
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"], source["EventSourceArn"]


def test_deploying_the_same_again_changes_nothing(deployment: Deployment, deployed: Deployed) -> None:
    assert (deployed.api_url, deployed.outputs) == (deployment.api_url, deployment.outputs)
    deployed.stop()
    assert request(f"{deployed.api_url}/api/health")[0] == 200, "an engine that was given is not stopped"


def test_a_refused_stack_says_which_resource_and_why(deployed: Deployed) -> None:
    bad = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {
        "Wrong": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::ImportValue": "comptoir-no-such-export"}}}}}
    with pytest.raises(deploy_local.DeployFailed, match="comptoir-no-such-export"):
        deploy_local._stack(client(deployed, "cloudformation"), client(deployed, "s3"),
                            deployed.environment["AWS_ENDPOINT_URL"], "comptoir-bad", bad, {})


def test_the_clock_is_heard(deployment: Deployment, after_the_story: list[str]) -> None:
    """Nobody asks for it here: the rule of every minute calls the deployed function, which polls the shops."""
    eventually(lambda: all(now > then for now, then in zip(last_spoken_to(deployment), after_the_story, strict=True)),
               CLOCK_SECONDS)
