"""The one function through which every call to DynamoDB and S3 passes: guarded, timed, retried where a retry is safe.

A simulator replaces the client's `_make_api_call`, one level below; the tenant guard stands here, above it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import OutcomeUnknown, Unavailable


def _config() -> Config:
    """One attempt, short patience: 2 s, or what the laptop's engine needs for an index of 100,000 rows."""
    return Config(
        connect_timeout=1, read_timeout=float(os.environ.get("COMPTOIR_STORAGE_READ_SECONDS", "2")),
        retries={"total_max_attempts": 1}, parameter_validation=False, max_pool_connections=64, tcp_keepalive=True,
        signature_version="v4")


_S3_CONFIG = Config(connect_timeout=1, read_timeout=10, retries={"total_max_attempts": 3}, signature_version="s3v4",
                    s3={"addressing_style": "path"})
_THROTTLES = {"ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded", "Throttling",
              "TransactionInProgressException", "TransactionConflictException"}
_READS = {"GetItem", "BatchGetItem", "Query"}
_FORBIDDEN = {"Scan", "ExecuteStatement", "ExecuteTransaction", "BatchExecuteStatement"}
_client_lock = threading.Lock()

Observer = Callable[[str, dict[str, Any], dict[str, Any]], None]
observers: list[Observer] = []
"""Told of every call (operation, parameters, answer): the bench counts round trips and capacity here."""

Meter = Callable[[Context, str, int], None]
meters: list[Meter] = []
"""Told of every call's tenant, operation and consumed units, in halves (an eventually consistent read costs half a unit).
The table says what a call consumed when it is asked, so nobody is asked while nobody listens."""


@cache
def _client(service: str, endpoint: str, region: str) -> Any:
    with _client_lock:
        made = boto3.session.Session().client(
            service, endpoint_url=endpoint or None, region_name=region, config=_S3_CONFIG if service == "s3" else _config()
        )
    return _lean(made) if service == "dynamodb" else made


class _UserAgent:
    """A user agent that is put together once."""

    def __init__(self, text: str) -> None:
        self._text = text

    def to_string(self) -> str:
        return self._text


def _lean(made: Any) -> Any:
    """Takes out of each call what is the same for every call: botocore puts the user agent together and walks the endpoint
    rules anew each time (without them 151 orders of `order_place` in a CPU-second, with them 115). A DynamoDB endpoint
    follows from region and account alone, so one answer for each operation serves them all."""
    agent = made._user_agent_creator
    made._user_agent_creator = _UserAgent(agent.to_string())
    made.meta.events.unregister(f"request-created.{made.meta.service_model.service_id.hyphenize()}",
                                agent.rebuild_and_replace_user_agent_handler)
    resolver, known = made._ruleset_resolver, dict[str, Any]()
    resolve = resolver.construct_endpoint

    def construct_endpoint(operation_model: Any, call_args: Any, request_context: Any) -> Any:
        found = known.get(operation_model.name)
        if found is None:
            found = known[operation_model.name] = resolve(operation_model, call_args, request_context)
        return found

    resolver.construct_endpoint = construct_endpoint
    return made


def client(service: str = "dynamodb") -> Any:
    """The process's client of the service, at the endpoint of the environment."""
    return _client(service, os.environ.get("AWS_ENDPOINT_URL", ""), os.environ.get("AWS_REGION", "eu-west-3"))


def table_name() -> str:
    return os.environ["COMPTOIR_TABLE"]


def _keys_of(operation: str, parameters: dict[str, Any]) -> list[str]:
    """Every partition key, table's or index's, that a call names."""
    found: list[str] = []
    if operation == "TransactWriteItems":
        for action in parameters["TransactItems"]:
            for verb, body in action.items():
                found += _item_keys(body["Item"]) if verb == "Put" else [body["Key"]["pk"]["S"]]
    elif operation == "BatchGetItem":
        for request in parameters["RequestItems"].values():
            found += [key["pk"]["S"] for key in request["Keys"]]
    elif operation == "BatchWriteItem":
        for requests in parameters["RequestItems"].values():
            for request in requests:
                put = request.get("PutRequest")
                found += _item_keys(put["Item"]) if put else [request["DeleteRequest"]["Key"]["pk"]["S"]]
    elif operation == "PutItem":
        found += _item_keys(parameters["Item"])
    elif operation in ("GetItem", "UpdateItem", "DeleteItem"):
        found.append(parameters["Key"]["pk"]["S"])
    elif operation == "Query":
        found.append(parameters["ExpressionAttributeValues"][":pk"]["S"])
        found += [v["S"] for k, v in parameters.get("ExclusiveStartKey", {}).items() if k.endswith("pk")]
    return found


def _item_keys(item: dict[str, Any]) -> list[str]:
    return [value["S"] for name, value in item.items() if name == "pk" or name.endswith("_pk")]


class TenantBreach(RuntimeError):
    """A call named a key outside its tenant. Always a defect of ours; nothing was sent."""


def check_tenant(ctx: Context, operation: str, parameters: dict[str, Any]) -> None:
    """Layer 3 of isolation: refuses any key outside the tenant's prefix, and every operation without keys."""
    if operation in _FORBIDDEN:
        raise TenantBreach(f"{operation} is never used")
    start = f"T#{ctx.tenant_id}#" if ctx.tenant_id else "P#"
    keys = _keys_of(operation, parameters)
    if not keys:
        raise TenantBreach(f"{operation} names no key")
    for key in keys:
        if not key.startswith(start):
            raise TenantBreach(f"{operation} leaves the tenant {ctx.tenant_id or 'platform'}")


def is_throttle(error: Exception) -> bool:
    return isinstance(error, ClientError) and error.response["Error"]["Code"] in _THROTTLES


def is_lost(error: Exception) -> bool:
    """Whether the call may have had its effect although no answer came."""
    if isinstance(error, ClientError):
        return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)) >= 500
    return isinstance(error, BotoCoreError)


def back_off(ctx: Context, attempt: int, base_seconds: float = 0.02, cap_seconds: float = 1.0) -> bool:
    """Waits with full jitter before another attempt; answers False, without waiting, when the deadline would pass.

    Full jitter: a random wait below min(cap, base × 2^attempt) (Brooker, "Exponential Backoff And Jitter", 2015).
    """
    seconds = ctx.chance.uniform() * min(cap_seconds, base_seconds * 2**attempt)
    if attempt >= 12 or ctx.remaining_seconds() < seconds + 0.05:
        return False
    ctx.clock.sleep(seconds)
    return True


RETRY_SHARE, RETRY_RESERVE = 0.5, 50.0
"""Retries of failed calls: half a retry is earned by each call, and fifty may be saved."""
_budget: dict[str, float] = {}
_budget_lock = threading.Lock()


def _earn() -> None:
    with _budget_lock:
        _budget["left"] = min(RETRY_RESERVE, _budget.get("left", RETRY_RESERVE) + RETRY_SHARE)


def _may_retry() -> bool:
    with _budget_lock:
        left = _budget.get("left", RETRY_RESERVE)
        _budget["left"] = left - 1 if left >= 1 else left
        return left >= 1


def try_again(ctx: Context, attempt: int) -> bool:
    """Waits before repeating a call that the table throttled or did not answer; False when it must not be repeated.

    A process may repeat one call in two (and fifty at once): when the table is in trouble for long, all processes together
    put at most half as much again upon it, and callers hear Unavailable sooner (Brooker, "Fixing retries with token buckets
    and circuit breakers", 2022). Conflicts are not failures of the table: they use `back_off` alone.
    """
    return _may_retry() and back_off(ctx, attempt)


def call(ctx: Context, operation: str, parameters: dict[str, Any], is_repeat: bool = False) -> dict[str, Any]:
    """One DynamoDB call for one tenant; `is_repeat` when the caller sends the same again.

    Reads are retried within the deadline and end in Unavailable. Writes are never repeated here: a throttled write had
    no effect and ends in Unavailable, a lost answer ends in OutcomeUnknown, and a refusal is the ClientError itself
    (conditions, cancellation reasons), for the caller who wrote the condition to read.
    """
    check_tenant(ctx, operation, parameters)
    if meters:
        parameters = {**parameters, "ReturnConsumedCapacity": "TOTAL"}
    if not is_repeat:
        _earn()
    attempt = 0
    while True:
        try:
            answer: dict[str, Any] = client()._make_api_call(operation, parameters)
        except (ClientError, BotoCoreError) as error:
            retriable = is_throttle(error) or is_lost(error)
            if not retriable:
                raise
            if operation in _READS and try_again(ctx, attempt):
                attempt += 1
                continue
            if operation not in _READS and not is_throttle(error):
                raise OutcomeUnknown() from error
            raise Unavailable() from error
        for observe in observers:
            observe(operation, parameters, answer)
        for meter in meters:
            meter(ctx, operation, consumed_halves(parameters, answer))
        return answer


def is_read(operation: str) -> bool:
    """Whether a call costs read units rather than write units."""
    return operation in _READS


def consumed_halves(parameters: dict[str, Any], answer: dict[str, Any]) -> int:
    """Twice the capacity units that the table says a call consumed, index entries included. The local engine says nothing of
    BatchGetItem: there a unit is counted for each key, as for items of up to 4 kB."""
    consumed = answer.get("ConsumedCapacity") or ()
    if not consumed and "Responses" in answer:
        return sum((2 if request.get("ConsistentRead") else 1) * len(request["Keys"])
                   for request in parameters["RequestItems"].values())
    return sum(int(2 * each["CapacityUnits"]) for each in ([consumed] if isinstance(consumed, dict) else consumed))
