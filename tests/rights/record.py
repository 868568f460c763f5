"""Which AWS calls the suite makes, and which deployed function would have made each: noted where botocore sends them.

A call belongs to the function whose entry stands on the stack: an address of the API, a queue's batch, a schedule's beat,
the relay, the sweep. A story that calls a service by hand has no such entry; its calls belong to the domain of the outermost
service. What tests do with their own hands belongs to nobody and is not noted. Each process appends a line for what it has
not noted yet, so a process that is killed loses nothing.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import botocore.signers
from botocore.client import BaseClient

from chalicelib.runtime import registry
from infra.local.engine import ACCOUNT, REGION

ROOT = Path(__file__).resolve().parents[2]
CALLS = ROOT / "build" / "calls"
STAGE = "local"
TABLE, BUCKET, POOL = f"comptoir-{STAGE}", f"comptoir-{STAGE}-files-{ACCOUNT}", "eu-west-3_pool"
KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/comptoir"
SECRET_ARN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:comptoir/{STAGE}/platform"
STRIPE_ARN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:comptoir/{STAGE}/stripe"
POOL_ARN = f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{POOL}"
Call = tuple[str, str, str]
"""Who called (`GET /api/…` as `/api/…`, `sales_worker`, a schedule's name, `relay`, `sales:` for the domain's services),
the IAM action, the ARN of what it was done to."""

_CHALICELIB = f"{ROOT}/chalicelib/"
_COMMANDS = _CHALICELIB.removesuffix("chalicelib/") + "infra/ops/"
_ENTRIES: Mapping[tuple[str, str], Callable[[Mapping[str, Any]], str]] = {
    ("runtime/api.py", "make_entry.<locals>.entry"): lambda seen: str(seen.get("pattern", "")),
    ("runtime/worker.py", "consume.<locals>.works"): lambda seen: f"{seen['consumer']}_worker",
    ("runtime/worker.py", "consume_batch"): lambda seen: f"{seen['consumer']}_worker",
    ("runtime/worker.py", "run_schedule"): lambda seen: str(seen["schedule"].name),
    ("runtime/worker.py", "sweep_given_up"): lambda seen: "sweep",
    ("events/relay.py", "handle"): lambda seen: "relay",
}
"""How an entry's frame is known, and whose it is, read from its variables."""
_known: dict[CodeType, Callable[[Mapping[str, Any]], str] | str] = {}
_seen: set[Call] = set()
_lock = threading.Lock()


def _place(code: CodeType) -> Callable[[Mapping[str, Any]], str] | str:
    """The entry this code is, the domain it belongs to, or "" for neither."""
    found = _known.get(code)
    if found is None:
        path = code.co_filename
        inside = path.removeprefix(_CHALICELIB) if path.startswith(_CHALICELIB) else ""
        domain = inside.partition("/")[0]
        found = _known[code] = _ENTRIES.get((inside, code.co_qualname)) or (domain if domain in registry.DOMAINS else "")
    return found


def maker(frame: FrameType | None) -> str:
    """Who makes a call, seen from the innermost frame outwards; "" for a test's own hand, and for an operator's command, which
    runs with the rights of whoever types it."""
    domain = ""
    while frame is not None:
        if frame.f_code.co_filename.startswith(_COMMANDS):
            return ""
        place = _place(frame.f_code)
        if callable(place):
            if whose := place(frame.f_locals):
                return whose
        elif place:
            domain = place
        frame = frame.f_back
    return f"{domain}:" if domain else ""


def _table_arn(name: str, index: str = "") -> str:
    own = TABLE if name == os.environ.get("COMPTOIR_TABLE") else name
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{own}" + (f"/index/{index}" if index else "")


_VERBS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem",
          "Get": "GetItem"}
"""A transaction needs the rights of what is in it ("Actions, resources, and condition keys for Amazon DynamoDB")."""


def _dynamodb(operation: str, asked: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if operation.startswith("Transact"):
        for each in asked["TransactItems"]:
            for verb, body in each.items():
                yield _VERBS[verb], _table_arn(body["TableName"])
    elif operation.startswith("Batch"):
        for table in asked["RequestItems"]:
            yield operation, _table_arn(table)
    elif "TableName" in asked:
        yield operation, _table_arn(asked["TableName"], asked.get("IndexName", ""))


_S3 = {"HeadObject": "GetObject", "ListObjectsV2": "ListBucket",
       **dict.fromkeys(("CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"), "PutObject")}
"""Where the action is not called as the operation ("Required permissions for Amazon S3 API operations", S3 guide)."""



def _s3(operation: str, asked: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    bucket = BUCKET if asked.get("Bucket") == os.environ.get("COMPTOIR_BUCKET") else asked.get("Bucket", "")
    folder = str(asked["Key"]).partition("/")[0] if "Key" in asked else ""
    listed = f"?prefix={str(asked['Prefix']).partition('/')[0]}/x" if "Prefix" in asked else ""
    yield _S3.get(operation, operation), f"arn:aws:s3:::{bucket}" + (f"/{folder}/x" if "Key" in asked else listed)


def _queue(operation: str, asked: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    name = str(asked.get("QueueUrl", "")).rpartition("/")[2].removeprefix("comptoir-").removeprefix(f"{STAGE}-")
    yield operation.removesuffix("Batch"), f"arn:aws:sqs:{REGION}:{ACCOUNT}:comptoir-{STAGE}-{name}"


def _own(setting: str, default: str, given: Any, arn: str, kind: str) -> str:
    """Our own key's, secret's or pool's ARN where the call names the one that the settings do, else a stranger's."""
    return arn if given in (None, os.environ.get(setting, default)) else f"arn:aws:{kind}:{REGION}:{ACCOUNT}:{given}"


_BY_TOKEN = ("AssociateSoftwareToken", "VerifySoftwareToken")
"""Cognito evaluates no IAM policy in these: whoever holds the session or the token may ("AssociateSoftwareToken", Cognito
API reference)."""


def targets(service: str, operation: str, asked: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(IAM action, ARN) of everything that a call does. The bucket is sealed with our own key, so that S3 uses the key with
    the caller's rights ("Using SSE-KMS", S3 guide)."""
    if service == "dynamodb":
        for action, arn in _dynamodb(operation, asked):
            yield f"dynamodb:{action}", arn
    elif service == "s3":
        for action, arn in _s3(operation, asked):
            yield f"s3:{action}", arn
            if action in ("GetObject", "PutObject"):
                yield "kms:Decrypt" if action == "GetObject" else "kms:GenerateDataKey", KEY_ARN
            if operation in ("UploadPart", "CompleteMultipartUpload"):
                yield "kms:Decrypt", KEY_ARN
    elif service == "sqs":
        for action, arn in _queue(operation, asked):
            yield f"sqs:{action}", arn
    elif service == "kms":
        yield f"kms:{operation}", _own("COMPTOIR_KMS_KEY_ID", f"alias/comptoir-{STAGE}", asked.get("KeyId"), KEY_ARN, "kms")
    elif service == "secretsmanager":
        ours = {os.environ.get("COMPTOIR_PLATFORM_SECRET_ID", f"comptoir/{STAGE}/platform"): SECRET_ARN,
                os.environ.get("COMPTOIR_STRIPE_SECRET_ID", ""): STRIPE_ARN}
        yield f"secretsmanager:{operation}", ours.get(str(asked.get("SecretId")), f"secret {asked.get('SecretId')}")
    elif service == "cognito-idp" and operation not in _BY_TOKEN:
        yield f"cognito-idp:{operation}", _own("COMPTOIR_USER_POOL_ID", "", asked.get("UserPoolId"), POOL_ARN, "cognito-idp")
    elif service == "sesv2":
        yield f"ses:{operation}", f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/comptoir.localhost"
    elif service != "cognito-idp":
        yield f"{service}:{operation}", "unknown"


def note(folder: Path, service: str, operation: str, asked: Mapping[str, Any], frame: FrameType | None) -> None:
    """Notes a call if it is somebody's and new."""
    whose = maker(frame)
    if not whose:
        return
    new = [call for call in ((whose, *target) for target in targets(service, operation, asked)) if call not in _seen]
    if new:
        with _lock, (folder / f"{os.getpid()}.jsonl").open("a", encoding="utf-8") as written:
            written.writelines(json.dumps(call) + "\n" for call in new)
            _seen.update(new)


def start(folder: Path = CALLS) -> None:
    """From here on every call of this process is noted in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    send, presign = BaseClient._make_api_call, botocore.signers.generate_presigned_url

    def noted(self: Any, operation_name: str, api_params: Any) -> Any:
        note(folder, self.meta.service_model.service_name, operation_name, api_params, sys._getframe(1))
        return send(self, operation_name, api_params)

    def noted_link(self: Any, ClientMethod: str, Params: Any = None, **how: Any) -> Any:
        operation = self.meta.method_to_api_mapping[ClientMethod]
        note(folder, self.meta.service_model.service_name, operation, Params or {}, sys._getframe(1))
        return presign(self, ClientMethod, Params, **how)

    BaseClient._make_api_call = noted
    botocore.signers.generate_presigned_url = noted_link


def read(folder: Path = CALLS) -> set[Call]:
    """Every call that any process noted; half a line is of a process that was killed while it wrote."""
    lines = [line for path in folder.glob("*.jsonl") for line in path.read_text("utf-8").splitlines() if line.endswith("]")]
    return {(whose, action, arn) for whose, action, arn in map(json.loads, lines)}
