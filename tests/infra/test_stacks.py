"""What must hold of every deployment, asserted on the built templates."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.events.routing import QUEUES
from chalicelib.runtime import identity, registry, settings
from chalicelib.storage.table import definition
from infra import package
from infra.local.static_files import CONTENT_SECURITY_POLICY
from infra.split import ROOT_DOMAIN, CannotSplit, Plan, split
from infra.stacks.intrinsics import EXPORTS, Template, camel, imported, substitute


@pytest.fixture(scope="module")
def stacks(build: Path) -> dict[str, Template]:
    return {path.name: json.loads(path.read_text("utf-8")) for path in build.glob("template-*.json")}


@pytest.fixture(scope="module")
def app(stacks: dict[str, Template]) -> Template:
    return stacks["template-app.json"]


@pytest.fixture(scope="module")
def data(stacks: dict[str, Template]) -> Template:
    return stacks["template-data.json"]


def of_type(template: Template, kind: str) -> dict[str, Any]:
    """The properties of every resource of a type, by logical id."""
    return {name: each.get("Properties", {}) for name, each in template["Resources"].items() if each["Type"] == kind}


def functions(app: Template) -> dict[str, Any]:
    return of_type(app, "AWS::Serverless::Function")


def sources(app: Template) -> Iterator[tuple[str, str, Any]]:
    """(function, kind, properties) of every event source."""
    for name, properties in functions(app).items():
        for event in properties.get("Events", {}).values():
            yield name, event["Type"], event["Properties"]


def variables(properties: Any) -> dict[str, Any]:
    return properties["Environment"]["Variables"]


def statements(app: Template, function: str) -> list[Any]:
    role = functions(app)[function]["Role"]["Fn::GetAtt"][0]
    policies = app["Resources"][role]["Properties"]["Policies"]
    return [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]


def actions(app: Template, function: str) -> set[str]:
    return {action for each in statements(app, function) for action in each["Action"]}


# A function for each


def test_there_is_a_function_per_domain_queue_schedule_and_stream(app: Template) -> None:
    workers = {d: registry.worker(d) for d in registry.DOMAINS}
    expected = {f"{camel(domain)}Api" for domain in registry.DOMAINS if registry.routes(domain).api.endpoints}
    expected |= {f"{camel(d)}Worker" for d, w in workers.items() if hasattr(w, "HANDLERS") or hasattr(w, "handle_batch")}
    expected |= {camel(schedule.name) for w in workers.values() for schedule in getattr(w, "SCHEDULES", ())}
    assert set(functions(app)) == expected | {"Relay", "Sweep"}


def test_each_function_loads_one_domain_and_answers_by_a_handler_of_its_own(app: Template) -> None:
    for name, properties in functions(app).items():
        assert variables(properties)["ERP_DOMAIN"] in registry.DOMAINS
        assert properties["Runtime"] == "python3.11"
        assert properties["MemorySize"] >= 256, "Chalice's 128 MB is too little"
        if name.endswith("Api"):
            assert properties["Handler"] == "app.entry"
            assert properties["Timeout"] <= 29, "the gateway waits no longer"


def test_the_gateway_leads_every_route_to_the_function_that_has_it(app: Template) -> None:
    paths = app["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    assert len(paths) <= 60, "the gateway knows domains, not routes"
    for domain in registry.DOMAINS:
        for endpoint in registry.routes(domain).api.endpoints:
            first = endpoint.path.split("/")[2]
            greedy = f"/api/{first}/{{proxy+}}" if f"/api/{first}/{{proxy+}}" in paths else "/api/{proxy+}"
            place = endpoint.path if endpoint.path in paths else greedy
            uri = paths[place][endpoint.method.lower()]["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
            assert f"${{{camel(domain)}Api.Arn}}" in uri, endpoint.path
            assert f"{camel(domain)}ApiInvocation" in app["Resources"]


def test_memory_and_timeout_come_from_the_configuration(app: Template) -> None:
    plan = package.plan()
    for name, own in plan.settings["lambda_functions"].items():
        logical = camel(name)
        if logical in functions(app) and "lambda_memory_size" in own:
            assert functions(app)[logical]["MemorySize"] == own["lambda_memory_size"]
    api = functions(app)["ActivityApi"]
    assert api["MemorySize"] == plan.settings["lambda_memory_size"]


def test_settings_accept_what_a_deployed_function_is_given_and_nothing_looser(app: Template) -> None:
    """The environment with its intrinsics resolved as CloudFormation would for a real stage."""
    given = {name: value if isinstance(value, str) else "x" for name, value in variables(functions(app)["Relay"]).items()}
    assert variables(functions(app)["Relay"])["COMPTOIR_ALLOW_LOOPBACK"] == {"Fn::If": ["IsLocal", "1", "0"]}
    assert app["Conditions"]["IsLocal"] == {"Fn::Equals": [{"Ref": "Stage"}, "local"]}
    real = {**given, "COMPTOIR_STAGE": "production", "COMPTOIR_PUBLIC_URL": "https://shop.example",
            "COMPTOIR_ALLOW_LOOPBACK": "0", "COMPTOIR_MAIL_MODE": "ses"}
    assert set(settings.read(real).queues) == {name.lower() for name in QUEUES}
    with pytest.raises(settings.BadSettings):
        settings.read({**real, "COMPTOIR_ALLOW_LOOPBACK": "1"})
    for properties in functions(app).values():
        assert set(variables(properties)) >= {"COMPTOIR_STAGE", "COMPTOIR_TABLE", "COMPTOIR_BUCKET",
                                              "COMPTOIR_KMS_KEY_ID", "COMPTOIR_PLATFORM_SECRET_ID"}


# Least privilege


def test_every_function_has_a_role_of_its_own(app: Template) -> None:
    roles = [properties["Role"]["Fn::GetAtt"][0] for properties in functions(app).values()]
    assert len(set(roles)) == len(roles) == len(of_type(app, "AWS::IAM::Role"))


def test_no_statement_names_everything(app: Template) -> None:
    for function in functions(app):
        for each in statements(app, function):
            assert each["Resource"] and "*" not in each["Resource"], (function, each)
            assert all("*" not in action for action in each["Action"]), (function, each)
            if each["Sid"] != "Logs":
                assert all(action.split(":")[0] != "logs" for action in each["Action"])


def test_the_table_is_granted_with_its_indexes_and_never_scanned(app: Template) -> None:
    for function in functions(app):
        for each in statements(app, function):
            assert not {"dynamodb:PartiQLSelect", "dynamodb:DeleteTable"} & set(each["Action"])
            assert "dynamodb:Scan" not in each["Action"] or function == "LeavingClosures", "a company that is erased, whole"
            if "dynamodb:Query" in each["Action"]:
                assert each["Resource"] == [imported("TableArn"), substitute("${TableArn}/index/*")]
    assert "dynamodb:Query" in actions(app, "ActivityApi")
    of_table = [each for each in statements(app, "Relay") if each["Effect"] == "Allow"
                and any(a.startswith("dynamodb:") and "Item" in a for a in each["Action"])]
    only = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["T#@operators#FIGURES#*"]}}
    assert [(each["Action"], each["Condition"]) for each in of_table] == [(["dynamodb:UpdateItem"], only)], "figures alone"


def test_no_function_changes_or_deletes_what_the_audit_holds_and_two_seal(app: Template) -> None:
    for function in functions(app):
        denied = {each["Sid"]: each for each in statements(app, function) if each["Effect"] == "Deny"}
        ours = denied["AuditIsAppendOnly"]
        assert {"dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"} == set(ours["Action"])
        assert ours["Resource"] == [imported("TableArn")]
        assert ours["Condition"] == {"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": ["T#*#AUDIT#*", "T#*#AUDIT_SEALS#*"]}}
        assert ("OthersSealNothing" in denied) == (function not in {"AuditSeal", "LeavingWorker"}), function


def test_a_worker_reads_its_own_queue_and_only_relay_and_sweep_write_to_queues(app: Template) -> None:
    for function in functions(app):
        read = [each for each in statements(app, function) if "sqs:ReceiveMessage" in each["Action"]]
        if function.endswith("Worker") or function == "Sweep":
            assert [each["Resource"] for each in read] == [
                [{"Fn::GetAtt": [f"{function.removesuffix('Worker')}Queue", "Arn"]}]]
        else:
            assert read == []
        sent = [arn for each in statements(app, function) if "sqs:SendMessage" in each["Action"] for arn in each["Resource"]]
        if function in ("Relay", "Sweep"):
            given_up = {"SweepQueue"} if function == "Relay" else set()
            assert {arn["Fn::GetAtt"][0] for arn in sent} == {f"{camel(q)}Queue" for q in QUEUES} | given_up
        else:
            assert all(arn["Fn::GetAtt"][0] == "SchedulesDeadLetters" for arn in sent)


def test_identity_mail_and_files_are_only_for_the_domains_whose_code_uses_them(app: Template) -> None:
    """Read from the code: a domain that seals, mails, signs in or keeps files has the right, no other has."""
    root = package.ROOT / "chalicelib"
    for domain in registry.DOMAINS:
        code = "".join(path.read_text() for path in (root / domain).rglob("*.py"))
        granted = {a for f, p in functions(app).items() if variables(p)["ERP_DOMAIN"] == domain for a in actions(app, f)}
        if "secrets.encrypt(" in code or "secrets.decrypt(" in code:
            assert "kms:GenerateDataKey" in granted, domain
        if "mail.send(" in code:
            assert "ses:SendEmail" in granted, domain
        uses_files = "blobs" in code or 'client("s3")' in code
        assert ("s3:PutObject" in granted) == uses_files, domain
        if uses_files:
            assert {"kms:GenerateDataKey", "kms:Decrypt"} <= granted, f"{domain}: the files' bucket is sealed with our own key"
        if "identity.sign_in(" in code:
            assert "cognito-idp:AdminInitiateAuth" in granted, domain
        assert ("ses:SendEmail" in granted) <= (domain in ("tenants", "subscriptions", "webhooks", "reporting", "leaving"))
        assert ("cognito-idp:AdminInitiateAuth" in granted) <= (domain in ("tenants", "operators"))
    for function in functions(app):
        for each in statements(app, function):
            if each["Action"] == ["s3:ListBucket"]:
                assert each["Resource"] == [substitute("${FilesArn}")] and function.startswith("Leaving")
                assert each["Condition"] == {"StringLike": {"s3:prefix": ["T/*"]}}
            elif any(action.startswith("s3:") for action in each["Action"]):
                assert each["Resource"] == [substitute("${FilesArn}/T/*")]


# Nothing is lost


def test_every_queue_and_stream_source_reports_its_failures_one_by_one(app: Template) -> None:
    kinds = [kind for _, kind, _ in sources(app)]
    assert kinds.count("DynamoDB") == 1 and kinds.count("SQS") >= 1
    for name, kind, properties in sources(app):
        if kind in ("SQS", "DynamoDB"):
            assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name


def test_the_relay_reads_the_tables_stream_for_events_only_and_is_never_blocked(app: Template) -> None:
    (properties,) = [p for _, kind, p in sources(app) if kind == "DynamoDB"]
    assert properties["Stream"] == imported("StreamArn")
    pattern = json.loads(properties["FilterCriteria"]["Filters"][0]["Pattern"])
    assert pattern["dynamodb"]["NewImage"]["kind"] == {"S": ["Event"]} and pattern["eventName"] == ["INSERT"]
    assert properties["BisectBatchOnFunctionError"] is True
    assert 0 < properties["MaximumRetryAttempts"] <= 100
    destination = properties["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0]
    assert destination in of_type(app, "AWS::SQS::Queue")
    (sweep,) = [p for name, kind, p in sources(app) if name == "Sweep"]
    assert sweep["Queue"] == {"Fn::GetAtt": [destination, "Arn"]}, "what is given up is swept at once"


def test_the_packaged_filter_is_the_one_that_runs_on_the_laptop(app: Template) -> None:
    from types import SimpleNamespace

    from infra.local.run import event_sources
    from infra.local.sources import StreamSource

    config = type("DynamoDBEventConfig", (), {"name": "relay", "batch_size": 100})()
    module = SimpleNamespace(app=SimpleNamespace(event_sources=[config]), relay=lambda event, context: None)
    (local,) = event_sources(module, {"COMPTOIR_STREAM_ARN": "arn", "COMPTOIR_QUEUE_SWEEP": "url"})  # type: ignore[arg-type]
    (packaged,) = [p for _, kind, p in sources(app) if kind == "DynamoDB"]
    assert isinstance(local, StreamSource)
    assert [json.loads(each["Pattern"]) for each in packaged["FilterCriteria"]["Filters"]] == list(local.filters)
    assert packaged["MaximumRetryAttempts"] == local.maximum_retries


def test_every_queue_has_dead_letters_and_hides_messages_long_enough(app: Template) -> None:
    queues = of_type(app, "AWS::SQS::Queue")
    assert {f"{camel(name)}Queue" for name in QUEUES} <= set(queues)
    for name, properties in queues.items():
        assert properties["SqsManagedSseEnabled"] is True
        if name.endswith("DeadLetters"):
            assert properties["MessageRetentionPeriod"] == 14 * 86_400
            continue
        assert properties["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0] in queues
        reader = name.removesuffix("Queue")
        worker = functions(app).get(f"{reader}Worker") or functions(app).get(reader)
        if worker:
            assert properties["VisibilityTimeout"] >= 6 * worker["Timeout"], name


def without_dead_letters(app: Template) -> list[str]:
    """Every queue, stream, schedule and asynchronous call of the template whose failures would go nowhere."""
    queues = of_type(app, "AWS::SQS::Queue")

    def leads_on(given: Any, *path: str) -> bool:
        for name in path:
            given = given.get(name, {}) if isinstance(given, dict) else {}
        return isinstance(given, list) and given[0] in queues

    found = [name for name, each in queues.items() if not name.endswith("DeadLetters")
             and not leads_on(each, "RedrivePolicy", "deadLetterTargetArn", "Fn::GetAtt")]
    failure = ("DestinationConfig", "OnFailure", "Destination", "Fn::GetAtt")
    for name, kind, properties in sources(app):
        if kind == "DynamoDB" and not leads_on(properties, *failure):
            found.append(f"{name}'s stream")
        if kind == "Schedule" and not leads_on(properties, "DeadLetterConfig", "Arn", "Fn::GetAtt"):
            found.append(f"{name}'s schedule")
        if kind == "Schedule" and not leads_on(functions(app)[name], "EventInvokeConfig", *failure):
            found.append(f"{name}'s calls")
    return found


def test_every_schedule_keeps_what_it_could_not_do(app: Template) -> None:
    assert without_dead_letters(app) == []
    (policy,) = of_type(app, "AWS::SQS::QueuePolicy").values()
    assert policy["PolicyDocument"]["Statement"][0]["Principal"] == {"Service": "events.amazonaws.com"}


def test_a_template_that_lacks_any_dead_letters_is_found_out(app: Template) -> None:
    broken = copy.deepcopy(app)
    del broken["Resources"]["SalesQueue"]["Properties"]["RedrivePolicy"]
    del broken["Resources"]["StockDeadLetters"]
    schedule = next(name for name, kind, _ in sources(app) if kind == "Schedule")
    for name, kind, properties in sources(broken):
        if kind == "DynamoDB":
            del properties["DestinationConfig"]
        if name == schedule:
            del properties["DeadLetterConfig"]
    del broken["Resources"][schedule]["Properties"]["EventInvokeConfig"]
    assert set(without_dead_letters(broken)) == {"SalesQueue", "StockQueue", "Relay's stream", f"{schedule}'s schedule",
                                                 f"{schedule}'s calls"}


def test_logs_are_kept_a_while_and_not_for_ever(app: Template) -> None:
    groups = of_type(app, "AWS::Logs::LogGroup")
    for name, properties in functions(app).items():
        assert groups[f"{name}Logs"]["RetentionInDays"] == 30
        assert groups[f"{name}Logs"]["LogGroupName"]["Fn::Sub"] == "/aws/lambda/" + properties["FunctionName"]["Fn::Sub"]


# Someone hears of it


def test_an_alarm_rings_for_dead_letters_failures_throttles_and_lateness(app: Template) -> None:
    alarms = of_type(app, "AWS::CloudWatch::Alarm")
    single = [part["MetricStat"]["Metric"] for each in alarms.values() for part in each.get("Metrics", ())
              if "MetricStat" in part] + [each for each in alarms.values() if "MetricName" in each]
    watched = {(each["MetricName"], json.dumps(each["Dimensions"][-1]["Value"])) for each in single}
    for name in of_type(app, "AWS::SQS::Queue"):
        metric = "ApproximateNumberOfMessagesVisible" if name.endswith("DeadLetters") else "ApproximateAgeOfOldestMessage"
        assert (metric, json.dumps({"Fn::GetAtt": [name, "QueueName"]})) in watched
    for name in functions(app):
        assert {("Throttles", json.dumps({"Ref": name})), ("Errors", json.dumps({"Ref": name}))} <= watched
    assert ("IteratorAge", json.dumps({"Ref": "Relay"})) in watched
    assert any(metric == "5XXError" for metric, _ in watched)
    assert all(each["AlarmActions"] == [{"Ref": "AlarmTopic"}] for each in alarms.values())


def test_the_dashboard_shows_every_function_and_every_dead_letter_queue(app: Template) -> None:
    (page,) = of_type(app, "AWS::CloudWatch::Dashboard").values()
    body = json.loads(page["DashboardBody"]["Fn::Sub"])
    shown = {line[3] for widget in body["widgets"] for line in widget["properties"]["metrics"] if "expression" not in line[0]}
    assert {each["FunctionName"]["Fn::Sub"] for each in functions(app).values()} <= shown
    assert {each["QueueName"]["Fn::Sub"] for each in of_type(app, "AWS::SQS::Queue").values()} <= shown


# The data outlives every deployment


def test_the_data_stack_is_retained(data: Template) -> None:
    for name, each in data["Resources"].items():
        assert (each["DeletionPolicy"], each["UpdateReplacePolicy"]) == ("Retain", "Retain"), name
    assert set(data["Outputs"]) == set(EXPORTS)


def test_the_table_is_the_programs_own_and_recoverable(data: Template) -> None:
    (table,) = of_type(data, "AWS::DynamoDB::Table").values()
    local = definition("")
    for name in ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode"):
        assert table[name] == local[name]
    assert table["StreamSpecification"]["StreamViewType"] == local["StreamSpecification"]["StreamViewType"]
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"]["SSEEnabled"] and table["DeletionProtectionEnabled"]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_buckets_are_private_encrypted_versioned_and_refuse_plain_http(data: Template) -> None:
    policies = {each["Bucket"]["Ref"]: each for each in of_type(data, "AWS::S3::BucketPolicy").values()}
    for name, bucket in of_type(data, "AWS::S3::Bucket").items():
        assert all(bucket["PublicAccessBlockConfiguration"].values())
        assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        assert policies[name]["PolicyDocument"]["Statement"][0]["Effect"] == "Deny"
    (key,) = of_type(data, "AWS::KMS::Key").values()
    assert key["EnableKeyRotation"] is True


def test_people_sign_in_by_the_same_rules_as_on_the_laptop(data: Template) -> None:
    (pool,) = of_type(data, "AWS::Cognito::UserPool").values()
    assert pool["Policies"] == identity.pool_definition("")["Policies"]
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    (client,) = of_type(data, "AWS::Cognito::UserPoolClient").values()
    assert client["ExplicitAuthFlows"] == identity.client_definition("")["ExplicitAuthFlows"]


def test_the_edge_speaks_tls_and_stands_behind_a_firewall(stacks: dict[str, Template]) -> None:
    edge = stacks["template-edge.json"]
    (distribution,) = of_type(edge, "AWS::CloudFront::Distribution").values()
    config = distribution["DistributionConfig"]
    assert config["WebACLId"] == {"Fn::GetAtt": ["Firewall", "Arn"]}
    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert config["CacheBehaviors"][0]["PathPattern"] == "/api/*"
    (headers,) = of_type(edge, "AWS::CloudFront::ResponseHeadersPolicy").values()
    sent = headers["ResponseHeadersPolicyConfig"]
    assert sent["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"] == CONTENT_SECURITY_POLICY
    assert config["DefaultCacheBehavior"]["ResponseHeadersPolicyId"] == {"Ref": "PortalHeaders"}
    assert "PATCH" in config["CacheBehaviors"][0]["AllowedMethods"]


# The split itself


def test_a_domain_without_a_policy_and_an_unknown_schedule_are_errors() -> None:
    generated = {"Resources": {
        "RestAPI": {"Type": "AWS::Serverless::Api", "Properties": {"DefinitionBody": {"info": {}, "paths": {
            "/api/sales/orders": {"get": {"x-amazon-apigateway-integration": {"uri": {"Fn::Sub": "${APIHandler.Arn}"}}}}}}}},
        "APIHandler": {"Type": "AWS::Serverless::Function", "Properties": {}},
        "Nightly": {"Type": "AWS::Serverless::Function", "Properties": {"Events": {"Beat": {
            "Type": "Schedule", "Properties": {}}}}}},
        "Outputs": {"EndpointURL": {"Value": {"Fn::Sub": "https://x/"}}}}
    settings_of = {"lambda_memory_size": 512, "lambda_timeout": 60}
    with pytest.raises(CannotSplit, match="policy-activity"):
        split(generated, Plan(("activity", "sales"), (), {}, settings_of, {"sales": ()}))
    with pytest.raises(CannotSplit, match="Nightly"):
        split(generated, Plan(("activity", "sales"), (), {}, settings_of, {"sales": (), ROOT_DOMAIN: ()}))
    made = split(generated, Plan(("activity", "sales"), (), {"nightly": "sales"}, settings_of,
                                 {"sales": (), ROOT_DOMAIN: ()}))
    assert made["Resources"]["Nightly"]["Properties"]["Handler"] == "app.nightly"
    assert made["Resources"]["SalesApi"]["Properties"]["Timeout"] == 29


def test_cfn_lint_has_nothing_to_say(stacks: dict[str, Template], tmp_path: Path) -> None:
    for name, template in stacks.items():
        (tmp_path / name).write_text(json.dumps(template))
        region = "us-east-1" if "edge" in name else package.REGION
        done = subprocess.run([Path(sys.executable).with_name("cfn-lint"), "--region", region, "--", str(tmp_path / name)],
                              capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
