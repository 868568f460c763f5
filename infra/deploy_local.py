"""`make deploy-local`: the packaged stacks, deployed by CloudFormation into the local engine, answering behind its gateway.

The templates are deployed as they were packaged, by the functions that deploy to an account (`infra.deploy`); only where the
code stands is filled in. `is_refused` tells what the engine refuses and a laptop goes without.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from infra.deploy import artifacts, stacks
from infra.deploy.stacks import DeployFailed
from infra.local.engine import ACCOUNT, REGION, Engine
from infra.package import BUILD
from infra.stacks.functions import CORE, OWN
from infra.stacks.intrinsics import Template

STAGE = "local"
STRIPPED: frozenset[str] = frozenset()
"""The resource types the engine refuses. This engine takes every type the two stacks use; a test deploys them all."""
_BUCKET = "comptoir-deployments"
_CONFIG = Config(retries={"total_max_attempts": 2}, read_timeout=120, s3={"addressing_style": "path"})
_API_SECONDS = 60.0


@dataclass(slots=True)
class Deployed:
    """A deployed Comptoir. `api_url` is what `/api/…` is appended to; `environment` reaches its engine and resources;
    `stop()` ends the engine if it was started for this deployment."""

    api_url: str
    environment: dict[str, str]
    outputs: dict[str, str]
    stop: Callable[[], None] = field(repr=False)


def is_refused(resource: Mapping[str, Any]) -> bool:
    """Whether the engine refuses a resource: by its type, or an alarm that computes with several metrics."""
    kind = resource["Type"]
    return kind in STRIPPED or (kind == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"])


def without_refused(template: Template) -> Template:
    """The template without what the engine refuses."""
    kept = {name: each for name, each in template["Resources"].items() if not is_refused(each)}
    return {**template, "Resources": kept}


def deploy(data: Path | None = None, build: Path = BUILD) -> Deployed:
    """Deploys what `make package` wrote: into the engine at AWS_ENDPOINT_URL, or into one started on `data`, by default
    a folder that `stop()` removes. An engine of its own starts empty: stacks do not outlive the engine, tables would.

    Returns when the deployed API is healthy and describes itself. Raises DeployFailed, engine.DataInUse.
    """
    given = os.environ.get("AWS_ENDPOINT_URL", "")
    if given:
        return _into(given, _environment(given), build, lambda: None)
    folder = data or Path(tempfile.mkdtemp(prefix="comptoir-deployed-"))
    engine = Engine.start(folder)

    def stop() -> None:
        engine.stop()
        if data is None:
            shutil.rmtree(folder, ignore_errors=True)

    try:
        return _into(engine.endpoint_url, engine.environment(), build, stop)
    except BaseException:
        stop()
        raise


def _environment(endpoint: str) -> dict[str, str]:
    return {"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}


def _into(endpoint: str, environment: dict[str, str], build: Path, stop: Callable[[], None]) -> Deployed:
    def client(service: str) -> Any:
        return boto3.session.Session("test", "test", region_name=REGION).client(
            service, endpoint_url=endpoint, config=_CONFIG)

    data_template = json.loads((build / "template-data.json").read_text("utf-8"))
    app_template = json.loads((build / "template-app.json").read_text("utf-8"))
    cloud, s3 = client("cloudformation"), client("s3")
    artifacts.ensure_bucket(s3, _BUCKET, REGION)
    code = {name: f"s3://{_BUCKET}/" + artifacts.put(s3, _BUCKET, (build / name).read_bytes(), "code", ".zip")
            for name in (CORE, *OWN)}
    data_outputs = _stack(cloud, s3, endpoint, "comptoir-data", data_template, {"Stage": STAGE})
    deploy_app = partial(_stack, cloud, s3, endpoint, "comptoir-app", artifacts.with_code(app_template, code))
    outputs = stacks.outputs(cloud, "comptoir-app") or deploy_app(_parameters(endpoint))
    api_url = _api_url(client("apigateway"), endpoint, outputs)
    outputs = deploy_app(_parameters(api_url))
    _verify(api_url)
    found = {**environment, "COMPTOIR_API_URL": api_url, **_resources(client("sqs"), data_outputs, api_url)}
    return Deployed(api_url, found, {**data_outputs, **outputs}, stop)


def _parameters(public_url: str) -> dict[str, str]:
    """The app stack's parameters. The public address stands in webhooks that shops are given, so a second update tells
    the functions the gateway's own address, which nobody knows before the gateway exists."""
    return {"Stage": STAGE, "PublicUrl": public_url, "MailDomain": "comptoir.localhost"}


def _stack(cloud: Any, s3: Any, endpoint: str, name: str, template: Template,
           parameters: Mapping[str, str]) -> dict[str, str]:
    """Creates or updates a stack and waits; answers its outputs. Raises DeployFailed with every failed resource."""
    key = artifacts.put(s3, _BUCKET, artifacts.body_of(without_refused(template)), "templates", ".json")
    proposal = stacks.propose(cloud, name, f"{endpoint}/{_BUCKET}/{key}", parameters, f"{time.time_ns()}")
    if proposal is None:
        return stacks.outputs(cloud, name)
    reasons = stacks.why_not(cloud, proposal)
    if reasons:
        stacks.withdraw(cloud, proposal)
        raise DeployFailed("\n".join([f"{name}: refused", *reasons]))
    return stacks.execute(cloud, proposal)


def _api_url(gateway: Any, endpoint: str, outputs: Mapping[str, str]) -> str:
    """The address of the deployed stage on the engine: what EndpointURL is in the cloud."""
    api_id = outputs["RestAPIId"]
    stage = outputs["EndpointURL"].rsplit("/", 1)[-1]
    names = [each["stageName"] for each in gateway.get_stages(restApiId=api_id)["item"]]
    if stage not in names:
        raise DeployFailed(f"the gateway has the stages {names}, not {stage}")
    return f"{endpoint}/restapis/{api_id}/{stage}/_user_request_"


def _resources(sqs: Any, outputs: Mapping[str, str], api_url: str) -> dict[str, str]:
    """The settings of a process that looks at the deployed resources beside the functions: a test, an operator."""
    queues = {}
    for url in sqs.list_queues(QueueNamePrefix=f"comptoir-{STAGE}-").get("QueueUrls", ()):
        name = url.rsplit(f"comptoir-{STAGE}-", 1)[-1]
        if not name.endswith("-dead"):
            queues[f"COMPTOIR_QUEUE_{name.upper()}"] = url
    return {
        "COMPTOIR_STAGE": STAGE, "COMPTOIR_TABLE": outputs["TableName"], "COMPTOIR_BUCKET": outputs["FilesName"],
        "COMPTOIR_KMS_KEY_ID": outputs["KeyArn"], "COMPTOIR_PLATFORM_SECRET_ID": outputs["PlatformSecretArn"],
        "COMPTOIR_USER_POOL_ID": outputs["UserPoolId"], "COMPTOIR_USER_POOL_CLIENT_ID": outputs["UserPoolClientId"],
        "COMPTOIR_STREAM_ARN": outputs["StreamArn"], "COMPTOIR_PUBLIC_URL": api_url, "COMPTOIR_ALLOW_LOOPBACK": "1",
        **queues,
    }


def _get(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=_API_SECONDS) as answer:  # noqa: S310  (our own engine's address)
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def _verify(api_url: str) -> None:
    """The deployed API says that every part is up, and describes itself."""
    status, body = _get(f"{api_url}/api/health")
    if status != 200:
        raise DeployFailed(f"GET /api/health answers {status}: {body[:500]!r}")
    status, body = _get(f"{api_url}/api/openapi.json")
    if status != 200 or not json.loads(body).get("openapi", "").startswith("3.1"):
        raise DeployFailed(f"GET /api/openapi.json answers {status}: {body[:500]!r}")


def with_demo(deployed: Deployed, folder: Path) -> tuple[Path, list[Callable[[], object]]]:
    """The demo of `make run` in a deployment: its shops on this machine, connected and filled through the deployed
    functions. Answers where demo.json is in `folder`, and what ends the shops.

    From here on this process's environment is the deployment's.
    """
    os.environ.update(deployed.environment)
    from infra.local.demo import keep, open_demo

    facts, stops = open_demo(deployed.api_url, folder, _say)
    return keep(facts, folder), stops


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _deploy_and_tell(ending: ExitStack) -> None:
    """What `make deploy-local` does before it waits; `ending` undoes it."""
    started = time.monotonic()
    deployed = deploy()
    ending.callback(deployed.stop)
    for name, value in sorted(deployed.outputs.items()):
        _say(f"{name}: {value}")
    _say(f"Deployed in {time.monotonic() - started:.1f} s (account {ACCOUNT}, {REGION})")
    if os.environ.get("DEMO"):
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="comptoir-demo-")))
        facts, stops = with_demo(deployed, folder)
        for stop in stops:
            ending.callback(stop)
        _say(f"The demo's facts are in {facts}")
    _say(f"The API answers at {deployed.api_url}/api")


def main() -> int:
    """Deploys, with the demo if DEMO is set, prints where it answers, and stays until Ctrl-C unless ONCE is set or the
    engine was there before."""
    stays = bool(os.environ.get("DEMO") or not os.environ.get("AWS_ENDPOINT_URL")) and not os.environ.get("ONCE")
    told_to_end = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told_to_end.set())
    with ExitStack() as ending:
        try:
            _deploy_and_tell(ending)
        except DeployFailed as error:
            sys.stderr.write(f"{error}\n")
            return 1
        if stays:
            _say("Stop with Ctrl-C.")
            while not told_to_end.wait(1.0):
                pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
