"""A deployment in order: data, app, edge, portal; and the way back to what ran before.

Nothing stands still meanwhile. CloudFormation changes a function's code in place: calls under way end with the old code, the
next ones begin with the new, so both run side by side for some minutes, which documents (`storage/newer.py`), events and API
must bear anyway. The portal's page comes last, when everything that it asks is there.
"""

from __future__ import annotations

import getpass
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.deploy import artifacts, portal, stacks
from infra.deploy.artifacts import Release
from infra.deploy.changes import told
from infra.deploy.preflight import Found, Wanted
from infra.deploy.stacks import DeployFailed, Proposal
from infra.stacks.functions import CORE, OWN
from infra.stacks.intrinsics import RESTORED_PARAMETERS

EDGE_REGION = "us-east-1"
PATIENCE_SECONDS = 3600.0
"""A certificate is validated, and a distribution is everywhere, within the hour."""
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Deployment:
    """One run. `client(service, region="")` makes clients; `agrees` is asked with each change set that was shown; `allowed`
    names resources that hold something and are given up all the same."""

    wanted: Wanted
    found: Found
    client: Callable[..., Any]
    say: Say
    agrees: Callable[[Proposal], bool]
    dry_run: bool = False
    allowed: Collection[str] = ()
    pause: float = 2.0
    tag: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y%m%d%H%M%S}")

    @property
    def bucket(self) -> str:
        return f"comptoir-deployments-{self.found.account}-{self.wanted.region}"

    def stack(self, part: str) -> str:
        return f"comptoir-{self.wanted.stage}-{part}"

    def template_url(self, key: str) -> str:
        return f"{self.client('s3').meta.endpoint_url}/{self.bucket}/{key}"


def _now() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"


def packaged(run: Deployment, build: Path) -> Release:
    """Uploads what `make package` and the portal's build wrote, each under its digest; answers the release they are."""
    s3 = run.client("s3")
    artifacts.ensure_bucket(s3, run.bucket, run.wanted.region)
    zips = {name: f"s3://{run.bucket}/" + artifacts.put(s3, run.bucket, (build / name).read_bytes(), "code", ".zip")
            for name in (CORE, *OWN)}
    made = {name: json.loads((build / f"template-{name}.json").read_text("utf-8")) for name in ("data", "app", "edge")}
    made["app"] = artifacts.with_code(made["app"], zips)
    templates = {name: artifacts.put(s3, run.bucket, artifacts.body_of(each), "templates", ".json")
                 for name, each in made.items()}
    kept = portal.keep(s3, run.bucket, build / "portal")
    settings = {"DOMAIN": run.wanted.domain, "MAIL_DOMAIN": run.wanted.mail_domain, "HOSTED_ZONE": run.found.zone,
                "ALARM_ADDRESS": run.wanted.alarm_address}
    return Release(artifacts.release_id(templates, kept), _now(), f"deploy by {getpass.getuser()}", templates, kept, settings)


def change(run: Deployment, part: str, key: str, parameters: Mapping[str, str], region: str = "") -> dict[str, str]:
    """Shows what would become of a stack, refuses what would lose something, and does it once it is agreed to; answers the
    outputs. A dry run withdraws it. Raises DeployFailed."""
    cloud, name = run.client("cloudformation", region), run.stack(part)
    proposal = stacks.propose(cloud, name, run.template_url(key), parameters, run.tag, pause=run.pause)
    if proposal is None:
        run.say(f"{name}: nothing changes")
        return stacks.outputs(cloud, name)
    run.say("\n".join([f"{name}: {'to be made' if proposal.is_new else 'to be changed'}", *told(proposal.changes)]))
    reasons = stacks.why_not(cloud, proposal, run.allowed)
    if reasons or run.dry_run or not run.agrees(proposal):
        stacks.withdraw(cloud, proposal)
        if reasons:
            raise DeployFailed("\n".join([f"{name}: refused, nothing was changed", *reasons]))
        if not run.dry_run:
            raise DeployFailed(f"{name}: not agreed to, and left as it was")
        return stacks.outputs(cloud, name)
    return stacks.execute(cloud, proposal, seconds=PATIENCE_SECONDS, pause=run.pause)


def deploy(run: Deployment, release: Release, with_data: bool = True) -> None:
    """Brings a stage to a release, and notes it once its functions run: who goes back from a deployment that failed after that
    goes back to the one before. Going back leaves the data stack as it is (`with_data`): what it gained holds data, and former
    code does not ask for it. Raises DeployFailed."""
    stage, told_so = run.wanted.stage, release.settings
    data = change(run, "data", release.templates["data"], {"Stage": stage}) if with_data else stacks.outputs(
        run.client("cloudformation"), run.stack("data"))
    if not data:
        run.say("The other stacks take names from the data stack: what becomes of them is shown once it is there")
        return
    _put_stripe_keys(run)
    app = change(run, "app", release.templates["app"], {
        "Stage": stage, "PublicUrl": f"https://{told_so['DOMAIN']}", "MailDomain": told_so["MAIL_DOMAIN"],
        "AlarmAddress": told_so["ALARM_ADDRESS"], **_restored(run)})
    if not app:
        return
    if not run.dry_run:
        artifacts.note(run.client("s3"), run.bucket, stage, replace(release, at=_now()))
    edge = change(run, "edge", release.templates["edge"], edge_parameters(run, told_so, data, app), EDGE_REGION)
    if run.dry_run or not edge:
        run.say("Dry run: nothing was changed")
        return
    s3 = run.client("s3")
    stale = portal.serve(s3, run.bucket, data["PortalName"], release.portal)
    portal.invalidate(run.client("cloudfront"), edge["DistributionId"], stale, f"{release.id}-{run.tag}")
    run.say(f"{stage} runs release {release.id}; {len(stale)} stale copies at the edge forgotten")


def _restored(run: Deployment) -> dict[str, str]:
    """A stage that works on a restored table goes on working on it."""
    standing = stacks.find(run.client("cloudformation"), run.stack("app")) or {}
    given = {each["ParameterKey"]: each["ParameterValue"] for each in standing.get("Parameters", ())}
    return {name: given[name] for name in RESTORED_PARAMETERS} if given.get("RestoredTable") else {}


def edge_parameters(run: Deployment, told_so: Mapping[str, str], data: Mapping[str, str],
                    app: Mapping[str, str]) -> dict[str, str]:
    """What the edge stack must be told, because exports do not cross regions."""
    host, _, api_stage = app["EndpointURL"].removeprefix("https://").partition("/")
    return {"Stage": run.wanted.stage, "DomainName": told_so["DOMAIN"], "HostedZoneId": told_so["HOSTED_ZONE"],
            "PortalBucketDomain": f"{data['PortalName']}.s3.{run.wanted.region}.amazonaws.com", "ApiDomain": host,
            "ApiStage": api_stage.strip("/")}


def _put_stripe_keys(run: Deployment) -> None:
    """The keys that were given by the environment into the stage's secret; those that it holds stay unless given anew."""
    given = {name: value for name, value in (run.wanted.stripe or {}).items() if value}
    if run.dry_run or not given:
        return
    secrets, name = run.client("secretsmanager"), f"comptoir/{run.wanted.stage}/stripe"
    held = json.loads(secrets.get_secret_value(SecretId=name)["SecretString"])
    if {**held, **given} != held:
        secrets.put_secret_value(SecretId=name, SecretString=json.dumps({**held, **given}))
        run.say(f"Stripe: {', '.join(sorted(given))} put into {name}")


def go_back(run: Deployment, wanted: str = "") -> Release:
    """Brings a stage back to the release before the one that runs, or to the one named. Raises DeployFailed when there is
    none."""
    ran = artifacts.history(run.client("s3"), run.bucket, run.wanted.stage)
    found = artifacts.to_go_back_to(ran, wanted)
    if found is None:
        raise DeployFailed(f"{run.wanted.stage}: no release {wanted or 'before the one that runs'} in its history: "
                           + (", ".join(dict.fromkeys(each.id for each in ran)) or "nothing was deployed"))
    if found.id == ran[0].id:
        raise DeployFailed(f"{run.wanted.stage} runs release {found.id} already")
    run.say(f"{run.wanted.stage}: from {ran[0].id} back to {found.id} of {found.at}")
    deploy(run, replace(found, by=f"rollback by {getpass.getuser()}"), with_data=False)
    return found


def answers(url: str, wait: Callable[[float], object] = time.sleep, seconds: float = 120.0) -> str:
    """Why the deployed address does not say that it is well, "" when it does; asked for a while, for names take time."""
    why = ""
    for _ in range(max(1, int(seconds / 5))):
        try:
            with urllib.request.urlopen(f"{url}/api/health", timeout=10) as answer:  # noqa: S310  (the stage's own address)
                return "" if answer.status == 200 else f"status {answer.status}"
        except urllib.error.HTTPError as error:
            why = f"status {error.code}: {error.read()[:300]!r}"
        except OSError as error:
            why = str(error)
        wait(5)
    return why
