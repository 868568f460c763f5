"""The context object that Lambda passes beside the event, as far as handlers and powertools read it."""
from __future__ import annotations

import time
import uuid
from dataclasses import dataclass

from infra.local.engine import ACCOUNT, REGION


@dataclass(frozen=True, slots=True)
class LambdaContext:
    """One invocation. `deadline` is a monotonic instant in seconds; nothing stops a handler that passes it."""

    function_name: str
    aws_request_id: str
    deadline: float
    memory_limit_in_mb: int = 1024
    function_version: str = "$LATEST"
    invoked_function_arn: str = ""
    log_group_name: str = ""
    log_stream_name: str = "local"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function's timeout, never below zero."""
        return max(0, round((self.deadline - time.monotonic()) * 1000))


def new_context(function_name: str, timeout_seconds: float) -> LambdaContext:
    """The context of a new invocation of `function_name`."""
    return LambdaContext(
        function_name=function_name,
        aws_request_id=str(uuid.uuid4()),
        deadline=time.monotonic() + timeout_seconds,
        invoked_function_arn=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function_name}",
        log_group_name=f"/aws/lambda/{function_name}",
    )
