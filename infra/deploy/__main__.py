"""`make deploy STAGE=…` and `make rollback STAGE=…`: reads what it is told from the environment.

DOMAIN, MAIL_DOMAIN (DOMAIN), HOSTED_ZONE (found), ALARM_ADDRESS: asked for once, kept with the stage's history. AWS_REGION
(eu-west-3). STRIPE_API_KEY and STRIPE_WEBHOOK_SECRET, or STRIPE=none. DRY_RUN=1 changes nothing. YES=1 agrees to every change
set that is not refused. ALLOW=Name,… gives up resources that hold something. RELEASE=… is where a rollback goes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import boto3

from chalicelib.runtime.secrets import STRIPE_NAMES
from chalicelib.runtime.settings import LOCAL
from infra.deploy import artifacts, preflight
from infra.deploy.deploying import Deployment, answers, deploy, go_back, packaged
from infra.deploy.preflight import NO_SALES, Wanted
from infra.deploy.stacks import DeployFailed, Proposal
from infra.package import BUILD, REGION, package_if_stale


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def wanted_of(environment: Mapping[str, str], before: Mapping[str, str]) -> Wanted:
    """What the environment asks for; what it leaves out is as it was `before`. Raises ValueError without a usable stage."""
    stage = environment.get("STAGE", "")
    if not stage or stage == LOCAL:
        raise ValueError("name the stage: STAGE=production; `local` is the laptop's (make deploy-local)")

    def said(name: str, otherwise: str = "") -> str:
        return environment.get(name) or before.get(name, "") or otherwise

    domain = said("DOMAIN")
    return Wanted(stage, environment.get("AWS_REGION") or REGION, domain, said("MAIL_DOMAIN", domain), said("ALARM_ADDRESS"),
                  said("HOSTED_ZONE"), None if environment.get("STRIPE") == NO_SALES else
                  {name: environment.get(name, "") for name in STRIPE_NAMES})


def _agrees(environment: Mapping[str, str]) -> Callable[[Proposal], bool]:
    if environment.get("YES") == "1":
        return lambda _: True
    return lambda proposal: sys.stdin.isatty() and input(f"{proposal.stack}: go on? [yes/no] ").strip() == "yes"


def _begin(environment: Mapping[str, str], back: bool) -> Deployment:
    """The run, once the account has been asked and nothing is missing; to go back nothing but the account is needed. Raises
    DeployFailed with everything that is missing, ValueError."""
    region = environment.get("AWS_REGION") or REGION

    @cache
    def client(service: str, elsewhere: str = "") -> Any:
        return boto3.session.Session().client(service, region_name=elsewhere or region)

    wanted = wanted_of(environment, {})
    found = preflight.look(client, wanted)
    run = Deployment(wanted, found, client, _say, _agrees(environment), environment.get("DRY_RUN") == "1",
                     tuple(filter(None, environment.get("ALLOW", "").split(","))))
    if found.account and artifacts.exists(client("s3"), run.bucket):
        ran = artifacts.history(client("s3"), run.bucket, wanted.stage)
        wanted = wanted_of(environment, ran[0].settings if ran else {})
        found = preflight.look(client, wanted)
    lacks = preflight.missing(wanted, found)
    if lacks and not (back and found.account):
        raise DeployFailed("\n".join([f"{wanted.stage}: {len(lacks)} missing, nothing was changed",
                                      *(f"  {each}" for each in lacks)]))
    return replace(run, wanted=wanted, found=found)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; answers its exit status: 1 when something is missing, refused or failed, 2 when it is told nonsense."""
    back = list(sys.argv[1:] if arguments is None else arguments) == ["rollback"]
    try:
        run = _begin(os.environ, back)
        if back:
            go_back(run, os.environ.get("RELEASE", ""))
        else:
            package_if_stale()
            deploy(run, packaged(run, BUILD))
        why = "" if run.dry_run else answers(f"https://{run.wanted.domain}")
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except DeployFailed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if why:
        sys.stderr.write(f"https://{run.wanted.domain}/api/health: {why}\n"
                         f"Go back with: make rollback STAGE={run.wanted.stage}\n")
    return 1 if why else 0


if __name__ == "__main__":
    sys.exit(main())
