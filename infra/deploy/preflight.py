"""What an account must have before anything is changed, named in one list instead of one failure after the other."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.runtime.secrets import STRIPE_NAMES

FEWEST_FUNCTIONS_AT_ONCE = 100
"""A new account may run ten functions at once (Lambda quotas): fewer than the queues' consumers alone."""
NO_SALES = "none"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a deployment is told. `zone` is the Route 53 zone, found by the domain when ""; `stripe` the keys to put into the
    stage's secret, `{}` to leave it, None where no subscriptions are sold."""

    stage: str
    region: str
    domain: str
    mail_domain: str
    alarm_address: str
    zone: str
    stripe: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Found:
    """What an account answered; "" and empty where it has none. `mail` is the identity's state at SES; `stripe_in_secret`
    which of the keys the stage's secret holds."""

    account: str = ""
    why_no_account: str = ""
    zone: str = ""
    allows_certificate: bool = True
    mail: str = ""
    mail_to_anyone: bool = False
    functions_at_once: int = 0
    stripe_in_secret: frozenset[str] = frozenset()


def missing(wanted: Wanted, found: Found) -> list[str]:
    """Everything that must be put right, each with how; nothing when the deployment may begin. Pure."""
    if not found.account:
        return [f"credentials: {found.why_no_account or 'none'}. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY, of the account to deploy to"]
    lines = []
    if not wanted.domain:
        lines.append("domain: DOMAIN=<the address people will use>")
    elif not found.zone:
        lines.append(f"hosted zone: no public zone of Route 53 in this account holds {wanted.domain}: make one and point the "
                     "domain's name servers at it, or name it with HOSTED_ZONE=")
    elif not found.allows_certificate:
        lines.append(f"certificate: a CAA record of {wanted.domain} lets no authority of Amazon's issue one: "
                     'add `0 issue "amazon.com"`')
    if wanted.domain and found.mail != "SUCCESS":
        lines.append(f"mail: {wanted.mail_domain} is no verified identity of SES in {wanted.region} "
                     f"({found.mail.lower() or 'unknown there'}): aws sesv2 create-email-identity --email-identity "
                     f"{wanted.mail_domain}, and its DKIM records into the zone")
    if not found.mail_to_anyone:
        lines.append(f"mail: SES is in its sandbox in {wanted.region}: ask for production access "
                     "(aws sesv2 put-account-details)")
    if found.functions_at_once < FEWEST_FUNCTIONS_AT_ONCE:
        lines.append(f"quota: {found.functions_at_once} functions at once in {wanted.region}; ask for at least 1000 "
                     "(Service Quotas, Lambda, Concurrent executions)")
    if wanted.stripe is not None:
        lines += [f"Stripe: {name} is neither in the secret comptoir/{wanted.stage}/stripe nor in the environment; "
                  f"STRIPE={NO_SALES} sells no subscriptions"
                  for name in STRIPE_NAMES if name not in found.stripe_in_secret and not wanted.stripe.get(name)]
    return lines


def look(client: Callable[..., Any], wanted: Wanted) -> Found:
    """Asks the account; changes nothing. `client(service, region="")` makes a client."""
    try:
        account = str(client("sts").get_caller_identity()["Account"])
    except (BotoCoreError, ClientError) as error:
        return Found(why_no_account=str(error))
    zone = wanted.zone or (_zone(client("route53"), wanted.domain) if wanted.domain else "")
    mail, is_anyone = _mail(client("sesv2"), wanted.mail_domain)
    at_once = client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    return Found(account, "", zone, not zone or _allows_amazon(client("route53"), zone, wanted.domain), mail, is_anyone,
                 int(at_once), _kept(client("secretsmanager"), wanted.stage))


def _zone(route53: Any, domain: str) -> str:
    """The public zone that holds the domain, the nearest one."""
    parts = domain.split(".")
    for n in range(len(parts) - 1):
        name = ".".join(parts[n:]) + "."
        for each in route53.list_hosted_zones_by_name(DNSName=name, MaxItems="10")["HostedZones"]:
            if each["Name"] == name and not each["Config"].get("PrivateZone"):
                return str(each["Id"]).removeprefix("/hostedzone/")
    return ""


_AMAZON = ("amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com")
"""What a CAA record may say for ACM to issue ("Configure a CAA record", AWS Certificate Manager User Guide)."""


def _allows_amazon(route53: Any, zone: str, domain: str) -> bool:
    """Whether the zone's CAA records, of the domain or the nearest name above it, let Amazon issue (RFC 8659 §3)."""
    names = [".".join(domain.split(".")[n:]) + "." for n in range(domain.count("."))]
    records: dict[str, list[str]] = {}
    for page in route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone):
        for each in page["ResourceRecordSets"]:
            if each["Type"] == "CAA":
                records[each["Name"]] = [value["Value"] for value in each["ResourceRecords"]]
    said = next((records[name] for name in names if name in records), [])
    issuers = [value.split('"')[1].partition(";")[0].strip() for value in said if " issue " in value]
    return not issuers or any(each in _AMAZON for each in issuers)


def _mail(ses: Any, domain: str) -> tuple[str, bool]:
    """How the identity stands at SES, and whether mail may go to anyone."""
    is_anyone = bool(ses.get_account().get("ProductionAccessEnabled"))
    try:
        return str(ses.get_email_identity(EmailIdentity=domain or "-").get("VerificationStatus", "")), is_anyone
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NotFoundException", "BadRequestException"):
            raise
        return "", is_anyone


def _kept(secrets: Any, stage: str) -> frozenset[str]:
    """Which of Stripe's keys the stage's secret holds already."""
    try:
        held = json.loads(secrets.get_secret_value(SecretId=f"comptoir/{stage}/stripe")["SecretString"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return frozenset()
    return frozenset(name for name in STRIPE_NAMES if held.get(name))
