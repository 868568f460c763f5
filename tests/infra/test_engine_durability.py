"""`kill -9` loses nothing acknowledged: on a real engine, a real kill of the whole process group, mid-writes."""
from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.local.engine import DataInUse, Engine, _engine_environment
from tests.infra.conftest import client_of, create_table

ROOT = Path(__file__).resolve().parents[2]
SMALL_LOG = 150_000


def run_and_kill(data_dir: Path, least: Mapping[str, int]) -> dict[str, list[str]]:
    """Start the driver in its own process group, let it write until so many of each kind are acknowledged and a snapshot was
    taken, kill the group; answer what was acknowledged."""
    driver = subprocess.Popen(
        [sys.executable, "-m", "tests.infra.crash_driver", str(data_dir), str(SMALL_LOG)],
        cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True, text=True,
    )
    assert driver.stdout is not None
    acknowledged: dict[str, list[str]] = defaultdict(list)
    is_killed = False
    for line in driver.stdout:
        if line.endswith("\n"):
            kind, value = line.rstrip("\n").split(" ", 1)
            acknowledged[kind].append(value)
        if not is_killed and all(len(acknowledged[kind]) > count for kind, count in least.items()) and snapshots(data_dir):
            os.killpg(driver.pid, signal.SIGKILL)
            is_killed = True
    driver.wait()
    assert is_killed, "the driver ended by itself"
    return acknowledged


def snapshots(data_dir: Path) -> list[Path]:
    return list((data_dir / "engine" / "tables").glob("snapshot-*.jsonl"))


def all_keys(dynamodb) -> dict[str, dict]:
    pages = dynamodb.get_paginator("scan").paginate(TableName="orders", ConsistentRead=True)
    return {item["pk"]["S"]: item for page in pages for item in page["Items"]}


def test_a_kill_in_the_middle_of_writes_loses_nothing_acknowledged(tmp_path: Path) -> None:
    acknowledged = run_and_kill(tmp_path, {"put": 200, "pair": 100, "object": 1, "pool": 0})

    engine = Engine.start(tmp_path)
    try:
        items = all_keys(client_of(engine, "dynamodb"))
        users = client_of(engine, "cognito-idp").get_paginator("list_users").paginate(
            UserPoolId=acknowledged["pool"][0])
        names = {user["Username"] for page in users for user in page["Users"]}
        s3 = client_of(engine, "s3")
        bodies = {number: s3.get_object(Bucket="documents", Key=f"invoices/{number}.pdf")["Body"].read()
                  for number in acknowledged["object"]}
    finally:
        engine.stop()

    assert [key for key in acknowledged["put"] if key not in items] == []
    assert items[acknowledged["put"][-1]]["raw"]["B"] == b"\x00\xff"
    for key in acknowledged["pair"]:
        assert f"order-{key}" in items and f"reservation-{key}" in items
    orders = [key for key in items if key.startswith("order-")]
    assert {f"reservation-{key.removeprefix('order-')}" for key in orders} <= items.keys(), "no half transaction"
    counted = sum(int(item["placed"]["N"]) for key, item in items.items() if key.startswith("counter-"))
    assert counted == len(orders), "every transaction is counted once, whatever snapshot it fell into"
    assert set(acknowledged["user"]) <= names
    assert bodies == {number: number.encode() for number in acknowledged["object"]}


def test_a_torn_last_line_of_the_log_is_ignored(tmp_path: Path) -> None:
    engine = Engine.start(tmp_path)
    dynamodb = client_of(engine, "dynamodb")
    create_table(dynamodb, "orders")
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "kept"}, "sk": {"S": "-"}})
    engine.stop()
    log = max((tmp_path / "engine" / "tables").glob("log-*.jsonl"))
    with log.open("ab") as file:
        file.write(b'["put","arn:aws:dynamodb:eu-west-3:000000000000:table/orders","torn","-",{"pk"')

    for _ in range(2):
        engine = Engine.start(tmp_path)
        dynamodb = client_of(engine, "dynamodb")
        dynamodb.put_item(TableName="orders", Item={"pk": {"S": "after"}, "sk": {"S": "-"}})
        keys = all_keys(dynamodb).keys()
        engine.stop()
        assert keys == {"kept", "after"}


def test_table_settings_deletions_and_recreations_survive_a_restart(tmp_path: Path) -> None:
    engine = Engine.start(tmp_path)
    dynamodb = client_of(engine, "dynamodb")
    stream = create_table(dynamodb, "orders")
    create_table(dynamodb, "dropped")
    dynamodb.update_time_to_live(
        TableName="orders", TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"})
    for key in ("removed", "kept"):
        dynamodb.put_item(TableName="orders", Item={"pk": {"S": key}, "sk": {"S": "-"}})
    dynamodb.delete_item(TableName="orders", Key={"pk": {"S": "removed"}, "sk": {"S": "-"}})
    dynamodb.delete_table(TableName="dropped")
    create_table(dynamodb, "again")
    dynamodb.put_item(TableName="again", Item={"pk": {"S": "old"}, "sk": {"S": "-"}})
    dynamodb.delete_table(TableName="again")
    create_table(dynamodb, "again")
    engine.process.kill()
    engine.stop()

    engine = Engine.start(tmp_path)
    dynamodb = client_of(engine, "dynamodb")
    tables = dynamodb.list_tables()["TableNames"]
    description = dynamodb.describe_table(TableName="orders")["Table"]
    ttl = dynamodb.describe_time_to_live(TableName="orders")["TimeToLiveDescription"]
    recreated = dynamodb.scan(TableName="again")["Count"]
    keys = all_keys(dynamodb).keys()
    engine.stop()
    assert sorted(tables) == ["again", "orders"]
    assert (description["LatestStreamArn"], description["ItemCount"]) == (stream, 1)
    assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
    assert keys == {"kept"} and recreated == 0


def test_keys_secrets_and_schedules_survive_a_kill(tmp_path: Path) -> None:
    engine = Engine.start(tmp_path)
    kms = client_of(engine, "kms")
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    sealed = kms.encrypt(KeyId=key_id, Plaintext=b"woocommerce secret")["CiphertextBlob"]
    client_of(engine, "secretsmanager").create_secret(Name="cursor-key", SecretString="s3cret")
    client_of(engine, "scheduler").create_schedule(
        Name="sweep", ScheduleExpression="rate(5 minutes)", FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": "arn:aws:sqs:eu-west-3:000000000000:sweep", "RoleArn": "arn:aws:iam::000000000000:role/r"})
    engine.process.kill()
    engine.stop()

    engine = Engine.start(tmp_path)
    opened = client_of(engine, "kms").decrypt(CiphertextBlob=sealed)["Plaintext"]
    secret = client_of(engine, "secretsmanager").get_secret_value(SecretId="cursor-key")["SecretString"]
    schedule = client_of(engine, "scheduler").get_schedule(Name="sweep")["ScheduleExpression"]
    engine.stop()
    assert (opened, secret, schedule) == (b"woocommerce secret", "s3cret", "rate(5 minutes)")


def test_the_log_stays_bounded_and_snapshots_do_not_stop_the_service(tmp_path: Path) -> None:
    engine = Engine.start(tmp_path, log_bytes=SMALL_LOG)
    dynamodb = client_of(engine, "dynamodb")
    create_table(dynamodb, "orders")
    longest = 0.0
    for number in range(1_500):
        started = time.perf_counter()
        dynamodb.put_item(TableName="orders", Item={
            "pk": {"S": str(number % 50)}, "sk": {"S": "-"}, "filler": {"S": "y" * 1000}})
        longest = max(longest, time.perf_counter() - started)
    deadline = time.monotonic() + 10
    while folder_bytes(tmp_path) > 3 * SMALL_LOG and time.monotonic() < deadline:
        time.sleep(0.1)
    size = folder_bytes(tmp_path)
    engine.stop()
    assert size < 3 * SMALL_LOG, "1.6 MB were written over 50 items"
    assert longest < 1.0, f"the longest write took {longest:.3f} s"


def folder_bytes(data_dir: Path) -> int:
    return sum(path.stat().st_size for path in (data_dir / "engine" / "tables").iterdir() if path.exists())


def test_a_second_start_on_the_same_data_says_so(tmp_path: Path) -> None:
    engine = Engine.start(tmp_path)
    try:
        with pytest.raises(DataInUse, match=rf"in use by another running Comptoir \(process {os.getpid()}\)"):
            Engine.start(tmp_path)
    finally:
        engine.stop()
    Engine.start(tmp_path).stop()


def test_the_engine_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    code = ("import sys, time; from infra.local.engine import Engine; e = Engine.start(sys.argv[1]); "
            "print(e.process.pid, flush=True); time.sleep(60)")
    parent = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    engine_process = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 5
    while is_running(engine_process) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_running(engine_process)


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_files_are_private_and_only_loopback_listens(tmp_path: Path) -> None:
    engine = Engine.start(tmp_path)
    client_of(engine, "secretsmanager").create_secret(Name="api-key", SecretString="x")
    create_table(client_of(engine, "dynamodb"), "orders")
    readable = [path for path in tmp_path.rglob("*") if path.is_file() and stat.S_IMODE(path.stat().st_mode) != 0o600]
    inodes = {os.readlink(f"/proc/{engine.process.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{engine.process.pid}/fd")}
    listening = [fields for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
                 if (fields := line.split())[3] == "0A" and f"socket:[{fields[9]}]" in inodes]
    engine.stop()
    assert readable == []
    assert {fields[1].split(":")[0] for fields in listening} == {"0100007F"}


def test_boto3_variables_hide_the_developers_account(tmp_path: Path) -> None:
    engine = Engine.start(tmp_path)
    code = "import boto3, json; print(json.dumps(boto3.client('dynamodb').list_tables()['TableNames']))"
    environment = {"PATH": os.environ["PATH"]} | engine.environment()
    create_table(client_of(engine, "dynamodb"), "orders")
    answer = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
    engine.stop()
    assert json.loads(answer.stdout) == ["orders"]


def test_what_the_engine_unpacks_is_below_the_data_and_goes_with_it(tmp_path: Path) -> None:
    scratch = tmp_path / "engine" / "scratch"
    engine = Engine.start(tmp_path)
    try:
        assert _engine_environment(tmp_path / "engine", 1, None)["TMPDIR"] == str(scratch)
        (scratch / "left.over").touch()
        engine.process.kill()
    finally:
        engine.process.wait()
        os.close(engine._lock)
    again = Engine.start(tmp_path)
    assert list(scratch.iterdir()) == [], "what a killed engine left is removed at the next start"
    again.stop()
    assert not scratch.exists()
