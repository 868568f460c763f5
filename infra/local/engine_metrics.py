"""What AWS publishes to CloudWatch by itself and ministack does not: figures of queues and of the gateway, and the metrics in
the lines of deployed functions."""
from __future__ import annotations

import asyncio
import time
from typing import Any

from ministack.core import responses
from ministack.services import apigateway_v1, cloudwatch, lambda_svc, sqs

from infra.local.emf import measured
from infra.local.engine import ACCOUNT, REGION

_PERIOD_SECONDS = 15.0


def publish_what_aws_publishes() -> None:
    """Listens to deployed functions and to the gateway, from now on."""
    emit_logs, execute = lambda_svc._emit_lambda_logs, apigateway_v1.handle_execute

    def heard(func: dict[str, Any], request_id: str, log_text: str, error: bool, duration_ms: int, **options: Any) -> None:
        for line in (log_text or "").splitlines():
            for each in measured(line):
                cloudwatch._store_datum(each.namespace, each.name, dict(each.dimensions), each.at, each.unit, None,
                                        list(each.values), None, None)
        emit_logs(func, request_id, log_text, error, duration_ms, **options)

    async def counted(api_id: str, *request: Any) -> Any:
        began = time.monotonic()
        answer = await execute(api_id, *request)
        _gateway(api_id, int(answer[0]), (time.monotonic() - began) * 1000)
        return answer

    setattr(lambda_svc, "_emit_lambda_logs", heard)  # noqa: B010
    setattr(apigateway_v1, "handle_execute", counted)  # noqa: B010


def _scope() -> None:
    responses._request_account_id.set(ACCOUNT)
    responses._request_region.set(REGION)


def _gateway(api_id: str, status: int, milliseconds: float) -> None:
    api = apigateway_v1._rest_apis.get_scoped(ACCOUNT, REGION, api_id) or {}
    dimensions = {"ApiName": str(api.get("name", api_id))}
    for name, value, unit in (("Count", 1, "Count"), ("4XXError", int(400 <= status < 500), "Count"),
                              ("5XXError", int(status >= 500), "Count"), ("Latency", milliseconds, "Milliseconds")):
        cloudwatch.record_metric("AWS/ApiGateway", name, value, unit, dimensions)


def queue_figures(now: float) -> None:
    """Depth and oldest message of every queue, as SQS publishes them each minute (Amazon SQS Developer Guide, "Available
    CloudWatch metrics for Amazon SQS")."""
    for queue in list(sqs._queues.values()):
        messages = list(queue["messages"])
        waiting = [each for each in messages if each["visible_at"] <= now]
        oldest = max((now - each["sent_at"] for each in messages), default=0.0)
        dimensions = {"QueueName": queue["attributes"]["QueueArn"].rpartition(":")[2]}
        cloudwatch.record_metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", len(waiting), "Count", dimensions)
        cloudwatch.record_metric("AWS/SQS", "ApproximateAgeOfOldestMessage", oldest, "Seconds", dimensions)


async def watch_queues() -> None:
    """Publishes the queues' figures for as long as the engine runs."""
    _scope()
    while True:
        await asyncio.sleep(_PERIOD_SECONDS)
        queue_figures(time.time())
