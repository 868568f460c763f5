"""A drill, or the real thing: the table as it was, in a new table, brought into the same shape, checked, and switched to.

1. From point-in-time recovery, or through an export to the bucket and an import (`--by export`), into a table of another name.
2. What neither brings along is set again: time to live, stream, recovery, deletion protection, tags; indexes are compared.
3. What must hold of every company is asked of the new table; the report names what to repair, and by which command.
4. With `--switch`, the app stack's functions are changed over (`RestoredTable`). Stop traffic first (docs/operations.md).

Each step finds what is done and goes on; the table that is restored from is only read.

    python -m infra.ops.restore --to comptoir-production-20260105 --at 2026-01-05T08:00 [--by export]
    python -m infra.ops.restore --to comptoir-production-20260105 --stage production --switch
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.ops.command import Progress, Say, instant, parser
from infra.ops.invariants import Finding, checked

EXPORTS = "restore"
_STEPS = 3
_PAUSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What is restored: the table `source` as it was at `at` (None: as it is now), into `target`."""

    source: str
    target: str
    at: datetime | None = None
    by_export: bool = False
    bucket: str = ""


def _described(dynamodb: Any, table: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = dynamodb.describe_table(TableName=table)["Table"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return None
    return found


def bring_back(dynamodb: Any, asked: Asked, wait: Callable[[float], object]) -> None:
    """The new table with the old one's content; nothing when it is there already. Raises RuntimeError when it fails."""
    if _described(dynamodb, asked.target) is None:
        if asked.by_export:
            _through_export(dynamodb, asked, wait)
        else:
            when: dict[str, Any] = {"RestoreDateTime": asked.at} if asked.at else {"UseLatestRestorableTime": True}
            dynamodb.restore_table_to_point_in_time(SourceTableName=asked.source, TargetTableName=asked.target, **when)
    while (standing := _described(dynamodb, asked.target)) is None or standing["TableStatus"] != "ACTIVE":
        wait(_PAUSE_SECONDS)


def _through_export(dynamodb: Any, asked: Asked, wait: Callable[[float], object]) -> None:
    """Exports the table to the bucket and imports it into the new one: as a copy kept for longer than 35 days would be."""
    from chalicelib.storage.table import definition

    source = _described(dynamodb, asked.source)
    if source is None:
        raise RuntimeError(f"there is no table {asked.source}")
    when: dict[str, Any] = {"ExportTime": asked.at} if asked.at else {}
    export = dynamodb.export_table_to_point_in_time(
        TableArn=source["TableArn"], S3Bucket=asked.bucket, S3Prefix=f"{EXPORTS}/{asked.target}",
        ExportFormat="DYNAMODB_JSON", ClientToken=asked.target, **when)["ExportDescription"]
    while export["ExportStatus"] == "IN_PROGRESS":
        wait(_PAUSE_SECONDS)
        export = dynamodb.describe_export(ExportArn=export["ExportArn"])["ExportDescription"]
    if export["ExportStatus"] != "COMPLETED":
        raise RuntimeError(f"the export failed: {export.get('FailureMessage', '')}")
    folder = f"{EXPORTS}/{asked.target}/AWSDynamoDB/{export['ExportArn'].rpartition('/')[2]}/data/"
    made = {name: value for name, value in definition(asked.target).items() if name != "StreamSpecification"}
    task = dynamodb.import_table(
        S3BucketSource={"S3Bucket": asked.bucket, "S3KeyPrefix": folder}, InputFormat="DYNAMODB_JSON",
        InputCompressionType="GZIP", TableCreationParameters=made, ClientToken=asked.target)["ImportTableDescription"]
    while task["ImportStatus"] == "IN_PROGRESS":
        wait(_PAUSE_SECONDS)
        task = dynamodb.describe_import(ImportArn=task["ImportArn"])["ImportTableDescription"]
    if task["ImportStatus"] != "COMPLETED" or task.get("ErrorCount"):
        raise RuntimeError(f"the import failed: {task.get('FailureMessage', '')} ({task.get('ErrorCount', 0)} items)")


def set_again(dynamodb: Any, asked: Asked, say: Say) -> list[str]:
    """What a restored table lacks, set to what the program's tables have; answers what was set. Raises RuntimeError when its
    keys or indexes are not the program's."""
    from chalicelib.storage.table import definition

    standing = _described(dynamodb, asked.target)
    source = _described(dynamodb, asked.source)
    assert standing is not None
    wanted = definition(asked.target)
    if _shape(standing) != _shape(wanted):
        raise RuntimeError(f"{asked.target}: its keys and indexes are not the program's")
    done = []
    for name, is_so, act in _settings(dynamodb, asked.target, standing, wanted):
        if not is_so():
            act()
            done.append(name)
    missing = _tags(dynamodb, source) if source else {}
    if missing and missing != _tags(dynamodb, standing):
        dynamodb.tag_resource(ResourceArn=standing["TableArn"], Tags=[{"Key": k, "Value": v} for k, v in missing.items()])
        done.append("tags")
    say(f"{asked.target}: set again {', '.join(done) or 'nothing'}")
    return done


def _settings(dynamodb: Any, table: str, standing: Mapping[str, Any], wanted: Mapping[str, Any]
              ) -> Iterator[tuple[str, Callable[[], bool], Callable[[], object]]]:
    """Each setting: its name, whether it is as it should be, and what makes it so."""
    yield ("time to live",
           lambda: dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"].get("TimeToLiveStatus")
           in ("ENABLED", "ENABLING"),
           lambda: dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification={
               "Enabled": True, "AttributeName": "expires_at"}))
    yield ("stream", lambda: bool(standing.get("StreamSpecification", {}).get("StreamEnabled")),
           lambda: dynamodb.update_table(TableName=table, StreamSpecification=wanted["StreamSpecification"]))
    yield ("recovery",
           lambda: dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"][
               "PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED",
           lambda: dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification={
               "PointInTimeRecoveryEnabled": True}))
    yield ("deletion protection", lambda: bool(standing.get("DeletionProtectionEnabled")),
           lambda: dynamodb.update_table(TableName=table, DeletionProtectionEnabled=True))


def _shape(table: Mapping[str, Any]) -> Any:
    indexes = {each["IndexName"]: (sorted((k["AttributeName"], k["KeyType"]) for k in each["KeySchema"]),
                                   sorted(each["Projection"].get("NonKeyAttributes", ())))
               for each in table.get("GlobalSecondaryIndexes", ())}
    return sorted((k["AttributeName"], k["KeyType"]) for k in table["KeySchema"]), indexes


def _tags(dynamodb: Any, table: Mapping[str, Any]) -> dict[str, str]:
    found = dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"]).get("Tags", ())
    return {each["Key"]: each["Value"] for each in found if not each["Key"].startswith("aws:")}


@contextmanager
def on_table(name: str) -> Iterator[None]:
    """This process works on another table while the block runs."""
    before = os.environ["COMPTOIR_TABLE"]
    os.environ["COMPTOIR_TABLE"] = name
    try:
        yield
    finally:
        os.environ["COMPTOIR_TABLE"] = before


def report_of(asked: Asked, found: Mapping[str, Sequence[Finding]], tenants: Sequence[str]) -> dict[str, Any]:
    """The repair report: what does not hold, of whom, and the commands that repair it, each once."""
    repairs = list(dict.fromkeys(each.repair for findings in found.values() for each in findings))
    return {"source": asked.source, "target": asked.target, "at": asked.at.isoformat() if asked.at else "latest",
            "companies": len(tenants), "unsound": len(found), "repairs": repairs,
            "findings": {tenant: [asdict(each) for each in findings] for tenant, findings in found.items()}}


def drill(dynamodb: Any, asked: Asked, say: Say, tenants: Sequence[str] = (), dry_run: bool = False,
          wait: Callable[[float], object] = time.sleep) -> dict[str, Any]:
    """Restores, sets again, checks every company (or those named); answers the report. Raises RuntimeError."""
    from chalicelib.runtime.sessions import active_tenants

    if asked.target == asked.source:
        raise RuntimeError("a table is restored into another one")
    if dry_run:
        is_there = _described(dynamodb, asked.target) is not None
        Progress(say, _STEPS + len(tenants or active_tenants())).finish(
            "restore", True, source=asked.source, target=asked.target, is_there=is_there)
        return {}
    bring_back(dynamodb, asked, wait)
    say(f"{asked.target}: stands")
    done = set_again(dynamodb, asked, say)
    with on_table(asked.target):
        whom = list(tenants) or active_tenants()
        progress = Progress(say, _STEPS + len(whom), 2)
        since = (asked.at or datetime.now().astimezone()) - timedelta(days=1)
        report = report_of(asked, checked(whom, since, say, progress), whom)
    progress.step()
    stream = (_described(dynamodb, asked.target) or {}).get("LatestStreamArn", "")
    progress.finish("restore", False, source=asked.source, target=asked.target, stream=stream, set_again=done,
                    companies=report["companies"], unsound=report["unsound"], repairs=report["repairs"])
    return {**report, "stream": stream}


def switch(cloud: Any, stage: str, table: str, stream: str, say: Say, pause: float = 2.0) -> bool:
    """Has the app stack's functions work on the table; "" is the data stack's own again. Answers whether anything changed: a
    second time nothing does. Raises DeployFailed."""
    from infra.deploy import stacks
    from infra.stacks.intrinsics import NO_STREAM

    name = f"comptoir-{stage}-app"
    standing = stacks.find(cloud, name)
    if standing is None:
        raise stacks.DeployFailed(f"there is no stack {name}")
    proposal = stacks.propose(cloud, name, "", {"RestoredTable": table, "RestoredStream": stream or NO_STREAM},
                              f"table-{time.time_ns()}", kept=[each["ParameterKey"] for each in standing["Parameters"]],
                              pause=pause)
    if proposal is None:
        say(f"{name}: works on {table or 'its own table'} already")
        return False
    reasons = stacks.why_not(cloud, proposal)
    if reasons:
        stacks.withdraw(cloud, proposal)
        raise stacks.DeployFailed("\n".join([f"{name}: refused, nothing was changed", *reasons]))
    stacks.execute(cloud, proposal, seconds=3600.0, pause=pause)
    say(f"{name}: works on {table or 'its own table'}")
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; answers its exit status: 1 when something must be repaired first."""
    asked = parser("restore", __doc__, tenant_required=False)
    asked.add_argument("--to", required=True, help="the name of the new table")
    asked.add_argument("--at", type=instant, help="the instant to go back to (ISO 8601, UTC without a zone); else the last")
    asked.add_argument("--by", choices=("recovery", "export"), default="recovery")
    asked.add_argument("--report", type=Path, help="write the repair report here")
    asked.add_argument("--stage", default="", help="whose functions are switched")
    asked.add_argument("--switch", action="store_true", help="change over, if everything holds")
    chosen = asked.parse_args(arguments)
    if chosen.switch and not chosen.stage:
        asked.error("--switch needs a --stage")
    from chalicelib.runtime.settings import settings
    from chalicelib.storage.client import client

    what = Asked(settings().table, chosen.to, chosen.at, chosen.by == "export", settings().bucket)
    report = drill(client("dynamodb"), what, print, [chosen.tenant] if chosen.tenant else [], chosen.dry_run)
    if chosen.report and report:
        chosen.report.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if chosen.switch and report and not report["unsound"]:
        import boto3

        switch(boto3.session.Session().client("cloudformation"), chosen.stage, chosen.to, report["stream"], print)
    return 1 if report.get("unsound") else 0


if __name__ == "__main__":
    sys.exit(main())
