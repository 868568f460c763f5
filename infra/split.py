"""From the one function Chalice generates to one per domain, queue, schedule and stream: a pure function of templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.events import sweep
from connectors import PLATFORMS
from infra.dashboard import dashboard
from infra.stacks import alarms, functions, gateway, queues
from infra.stacks.functions import Function, allow
from infra.stacks.intrinsics import RESTORED, RESTORED_PARAMETERS, STAGE_PARAMETER, Template, attribute, camel, ref

ROOT_DOMAIN = "activity"
"""The domain whose function answers the addresses that name no domain, and whose code the relay loads."""
WATCHES_QUEUES = "operators"
"""The domain that shows how the queues stand."""
API_TIMEOUT_SECONDS = 29
"""The gateway gives up after 29 seconds."""
SCHEDULES_DEAD = "SchedulesDeadLetters"
SWEEP_QUEUE = "SweepQueue"
_QUEUE_READ = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
_STREAM_READ = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")


class CannotSplit(ValueError):
    """The generated template, the registry and `.chalice/` do not fit together."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the template alone does not say.

    `domains` and `queues` are the registry's and the routing's; `schedules` maps a schedule's name to its domain;
    `settings` is a stage of `.chalice/config.json` over its defaults; `policies` holds the statements of every
    `policy-<name>.json` by name: a domain's own, and what one of its functions needs beyond them.
    """

    domains: tuple[str, ...]
    queues: tuple[str, ...]
    schedules: Mapping[str, str]
    settings: Mapping[str, Any]
    policies: Mapping[str, tuple[Mapping[str, Any], ...]]


def split(generated: Mapping[str, Any], plan: Plan) -> Template:
    """The app stack. Raises CannotSplit when a function has no domain or a domain has no policy."""
    sources = generated["Resources"]
    paths = sources["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    domains = gateway.domains_in(paths, plan.domains, ROOT_DOMAIN)
    made: Template = {**alarms.topic(), **gateway.resources(sources["RestAPI"], domains, ROOT_DOMAIN)}
    for domain in domains:
        made |= functions.resources(_api(plan, domain), sources["APIHandler"], {})
        made[f"{camel(domain)}Answers5xx"] = alarms.domain_fails(domain)
    made |= _unread_queues(sources, plan)
    for logical, source in sources.items():
        if source["Type"] == "AWS::Serverless::Function" and logical != "APIHandler":
            made |= _consumer(logical, source, plan)
    made[SCHEDULES_DEAD] = queues.dead_letters("schedules")
    made["SchedulesDeadLettersPolicy"] = queues.rules_may_send(SCHEDULES_DEAD)
    for logical in [name for name, resource in made.items() if resource["Type"] == "AWS::SQS::Queue"]:
        is_dead = logical.endswith("DeadLetters")
        made[f"{logical}{'Waiting' if is_dead else 'Late'}"] = (
            alarms.dead_letters_wait(logical) if is_dead else alarms.queue_is_late(logical))
    for domain, of_domain in _functions_by_domain(made).items():
        made |= alarms.of_functions(domain, of_domain)
    for platform in PLATFORMS:
        made |= alarms.of_platform(platform)
    made |= alarms.of_the_whole()
    made["Dashboard"] = dashboard(made)
    return _template(generated, made)


def _functions_by_domain(made: Template) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for logical, each in made.items():
        if each["Type"] == "AWS::Serverless::Function":
            found.setdefault(each["Properties"]["Environment"]["Variables"]["ERP_DOMAIN"], []).append(logical)
    return found


def _template(generated: Mapping[str, Any], made: Template) -> Template:
    endpoint = {"Fn::Sub": generated["Outputs"]["EndpointURL"]["Value"]["Fn::Sub"].rstrip("/")}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::Serverless-2016-10-31",
        "Description": "Comptoir: functions, gateway, queues, schedules and alarms of one stage",
        "Parameters": {
            "Stage": STAGE_PARAMETER,
            "PublicUrl": {"Type": "String", "Description": "The address people use, https:// outside the local stage"},
            "MailDomain": {"Type": "String", "Description": "The domain verified in SES that mail is sent from"},
            "AlarmAddress": {"Type": "String", "Default": "", "Description": "Who is mailed when an alarm rings"},
            **RESTORED_PARAMETERS,
            "RunbookUrl": alarms.RUNBOOK_PARAMETER,
        },
        "Conditions": {"IsLocal": {"Fn::Equals": [ref("Stage"), "local"]},
                       "HasAlarmAddress": {"Fn::Not": [{"Fn::Equals": [ref("AlarmAddress"), ""]}]},
                       RESTORED: {"Fn::Not": [{"Fn::Equals": [ref("RestoredTable"), ""]}]}},
        "Resources": made,
        "Outputs": {"RestAPIId": {"Value": ref(gateway.API)}, "EndpointURL": {"Value": endpoint},
                    "AlarmTopic": {"Value": ref("AlarmTopic")}},
    }


def _function(plan: Plan, name: str, domain: str, handler: str, *extra: Mapping[str, Any],
              environment: Mapping[str, Any] | None = None) -> Function:
    """A function with the memory and timeout of `.chalice/config.json` and its domain's statements."""
    if domain not in plan.policies:
        raise CannotSplit(f".chalice/policy-{domain}.json is missing")
    own = plan.settings.get("lambda_functions", {}).get(name, {})
    settings = {**plan.settings, **own}
    timeout = int(settings["lambda_timeout"])
    if name.endswith("_api"):
        timeout = min(timeout, API_TIMEOUT_SECONDS)
    statements = (*plan.policies[domain], *plan.policies.get(name, ()), *extra)
    return Function(name, domain, handler, int(settings["lambda_memory_size"]), timeout, statements, environment or {})


def _api(plan: Plan, domain: str) -> Function:
    told = queues.addresses(plan.queues) if domain in (ROOT_DOMAIN, WATCHES_QUEUES) else {}
    return _function(plan, f"{domain}_api", domain, "app.entry", environment=told)


def _consumer(logical: str, source: Mapping[str, Any], plan: Plan) -> Template:
    """A queue's, a schedule's or the stream's function with its source and what the source needs."""
    event_name, event = next(iter(source["Properties"]["Events"].items()))
    if event["Type"] == "SQS":
        return _queue_consumer(source, event_name, event, plan)
    if event["Type"] == "DynamoDB":
        return _relay(source, event_name, event, plan)
    return _schedule(logical, source, event_name, event, plan)


def _domain_of(event: Mapping[str, Any]) -> str:
    return str(event["Properties"]["Queue"]["Fn::Sub"]).rsplit(":comptoir-", 1)[-1]


def _queue_consumer(source: Mapping[str, Any], event_name: str, event: Mapping[str, Any], plan: Plan) -> Template:
    domain = _domain_of(event)
    if domain == sweep.QUEUE:
        return _sweep(source, event_name, event, plan)
    queue = f"{camel(domain)}Queue"
    reading = allow("OwnQueue", _QUEUE_READ, attribute(queue, "Arn"))
    function = _function(plan, f"{domain}_worker", domain, f"app.{domain}_queue", reading)
    return {**queues.queue(domain, queue, function.timeout_seconds),
            **functions.resources(function, source, {event_name: functions.queue_event(event, queue)})}


def _unread_queues(sources: Mapping[str, Any], plan: Plan) -> Template:
    """Every routed queue exists, also one whose domain has no consumer yet: the relay sends to all of them."""
    read = {_domain_of(event) for source in sources.values() for event in
            source.get("Properties", {}).get("Events", {}).values() if event["Type"] == "SQS"} - {sweep.QUEUE}
    if read - set(plan.queues):
        raise CannotSplit(f"no event is ever routed to the queues {sorted(read - set(plan.queues))}")
    made: Template = {}
    for name in plan.queues:
        if name not in read:
            made |= queues.queue(name, f"{camel(name)}Queue", int(plan.settings["lambda_timeout"]))
    return made


def _relay(source: Mapping[str, Any], event_name: str, event: Mapping[str, Any], plan: Plan) -> Template:
    """It reads the stream and writes to queues; of the table it may add to the platform's figures, and nothing else."""
    policies = {**plan.policies, ROOT_DOMAIN: ()}
    own = Plan(plan.domains, plan.queues, plan.schedules, plan.settings, policies)
    stream = {"Sid": "Stream", "Effect": "Allow", "Action": list(_STREAM_READ), "Resource": ["${StreamArn}"]}
    all_streams = {"Sid": "Streams", "Effect": "Allow", "Action": ["dynamodb:ListStreams"],
                   "Resource": ["${TableArn}/stream/*"]}
    figures = {"Sid": "Figures", "Effect": "Allow", "Action": ["dynamodb:UpdateItem"], "Resource": ["${TableArn}"],
               "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["T#@operators#FIGURES#*"]}}}
    function = _function(own, "relay", ROOT_DOMAIN, "app.relay", stream, all_streams, figures,
                         _may_send(plan, SWEEP_QUEUE),
                         environment=queues.addresses(plan.queues))
    return {**functions.resources(function, source, {event_name: functions.stream_event(event, SWEEP_QUEUE)}),
            "RelayLate": alarms.stream_is_late(function.logical)}


def _may_send(plan: Plan, *more: str) -> Mapping[str, Any]:
    """Writing to every domain's queue, and to what else is named."""
    named = [*(f"{camel(name)}Queue" for name in plan.queues), *more]
    return allow("Queues", ["sqs:SendMessage"], *(attribute(each, "Arn") for each in named))


def _sweep(source: Mapping[str, Any], event_name: str, event: Mapping[str, Any], plan: Plan) -> Template:
    """It reads where the stream gave up, and publishes what the outbox holds of that time."""
    reading = allow("OwnQueue", _QUEUE_READ, attribute(SWEEP_QUEUE, "Arn"))
    function = _function(plan, "sweep", ROOT_DOMAIN, "app.sweep_queue", reading, _may_send(plan),
                         environment=queues.addresses(plan.queues))
    return {**queues.queue(sweep.QUEUE, SWEEP_QUEUE, function.timeout_seconds),
            **functions.resources(function, source, {event_name: functions.queue_event(event, SWEEP_QUEUE)})}


def _schedule(logical: str, source: Mapping[str, Any], event_name: str, event: Mapping[str, Any],
              plan: Plan) -> Template:
    name = next((name for name in plan.schedules if camel(name) == logical), None)
    if name is None:
        raise CannotSplit(f"{logical} is neither a queue's nor a stream's function, and no domain has such a schedule")
    failed = allow("Failures", ["sqs:SendMessage"], attribute(SCHEDULES_DEAD, "Arn"))
    function = _function(plan, name, plan.schedules[name], f"app.{name}", failed)
    made = functions.resources(function, source, {event_name: functions.schedule_event(event, SCHEDULES_DEAD)})
    made[function.logical]["Properties"]["EventInvokeConfig"] = functions.failures_to(SCHEDULES_DEAD)
    return made
