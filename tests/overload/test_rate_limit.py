"""A tenant's quota is exact: over threads, over processes, and whatever else the others do."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import LimitExceeded, OutcomeUnknown
from chalicelib.runtime import rate_limit
from chalicelib.runtime.rate_limit import FIRST_BLOCK, PEOPLE, PROGRAMS, WEBHOOKS, Policy
from chalicelib.storage import client, keys, single

CALLERS = 32
DAY = Policy("day", 86_400, burst=1.0)
"""A window that does not end while a test counts."""
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def nothing_held() -> None:
    rate_limit.forget()


@pytest.fixture
def writes(engine: Any) -> Iterator[list[str]]:
    """The operations that reach the table."""
    seen: list[str] = []

    def observe(operation: str, parameters: dict[str, Any], answer: dict[str, Any]) -> None:
        seen.append(operation)

    client.observers.append(observe)
    yield seen
    client.observers.remove(observe)


def with_quota(ctx: Context, quota: int, policy: Policy = DAY) -> Context:
    """The context of a tenant that may make `quota` requests in the policy's window."""
    a_minute = -(-quota * 60 // policy.seconds)
    assert a_minute * policy.seconds // 60 == quota, "a quota that whole requests a minute can express"
    return replace(ctx, requests_per_minute=a_minute)


def granted(ask: Callable[[], bool], calls: int) -> int:
    """How many of `calls` calls by 32 callers at once were let through."""
    with ThreadPoolExecutor(CALLERS) as callers:
        return sum(callers.map(lambda _: ask(), range(calls)))


def test_32_callers_at_once_get_exactly_the_quota(ctx: Context) -> None:
    quota = 1440
    caller = with_quota(ctx, quota)
    assert granted(lambda: rate_limit.spend(caller, DAY).is_within, quota + 400) == quota


def test_a_limiter_that_reads_checks_and_writes_lets_too_many_through(ctx: Context) -> None:
    """The broken variant: what two callers read at once, both may spend."""
    quota = 60
    key = keys.child(ctx, "rate", "broken", "1")

    def read_check_write() -> bool:
        answer = client.call(ctx, "GetItem", {"TableName": client.table_name(), "ConsistentRead": True, "Key": {
            "pk": {"S": key.pk}, "sk": {"S": key.sk}}})
        spent = int(answer.get("Item", {}).get("value", {"N": "0"})["N"])
        if spent >= quota:
            return False
        client.call(ctx, "PutItem", {"TableName": client.table_name(), "Item": {
            "pk": {"S": key.pk}, "sk": {"S": key.sk}, "value": {"N": str(spent + 1)}}})
        return True

    assert granted(read_check_write, quota + 200) > quota


PROCESS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from chalicelib.runtime import rate_limit
from chalicelib.runtime.rate_limit import Policy
from tests.conftest import make_context
ctx = replace(make_context(sys.argv[1]), requests_per_minute=1)

def until_refused(_):
    count = 0
    while rate_limit.spend(ctx, Policy("day", 86_400, burst=1.0)).is_within:
        count += 1
    return count

with ThreadPoolExecutor(8) as callers:
    print(sum(callers.map(until_refused, range(8))))
"""


def test_four_processes_together_get_exactly_the_quota(engine: Any, ctx: Context) -> None:
    processes = [subprocess.Popen([sys.executable, "-c", PROCESS, ctx.tenant_id], cwd=ROOT, stdout=subprocess.PIPE)
                 for _ in range(4)]
    counts = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert sum(counts) == 1440, counts


def test_permits_are_leased_in_blocks_that_grow_with_use(ctx: Context, writes: list[str]) -> None:
    caller = with_quota(ctx, 144_000)
    for _ in range(FIRST_BLOCK):
        rate_limit.spend(caller, DAY)
    assert writes == ["UpdateItem"], "ten requests, one write"
    for _ in range(2000):
        rate_limit.spend(caller, DAY)
    assert len(writes) <= 10, "two thousand requests, ten writes"


def test_an_idle_process_keeps_few_permits_from_the_others(ctx: Context) -> None:
    caller = with_quota(ctx, 1440)
    rate_limit.spend(caller, DAY)
    rate_limit.forget()
    assert granted(lambda: rate_limit.spend(caller, DAY).is_within, 1600) >= 1440 - FIRST_BLOCK


def test_a_lost_answer_costs_permits_and_never_gives_them_twice(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    quota, real, calls = 1440, client.client()._make_api_call, iter(range(10_000))

    def loses_each_third(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = real(operation, parameters)
        if operation == "UpdateItem" and next(calls) % 3 == 0:
            raise ConnectionClosedError(endpoint_url="table")
        return answer

    monkeypatch.setattr(client.client(), "_make_api_call", loses_each_third)
    caller = with_quota(ctx, quota)

    def ask() -> bool:
        try:
            return rate_limit.spend(caller, DAY).is_within
        except OutcomeUnknown:
            return False

    assert 0 < granted(ask, quota + 600) <= quota


def test_tenants_policies_and_windows_are_counted_apart(new_ctx: Callable[..., Context]) -> None:
    mine, theirs = (with_quota(new_ctx(tenant=name), 1440) for name in ("rate-a", "rate-b"))
    while rate_limit.spend(mine, DAY).is_within:
        pass
    assert rate_limit.spend(theirs, DAY).is_within
    assert rate_limit.spend(mine, PROGRAMS).is_within
    hour = Policy("day", 3600)
    rate_limit.forget()
    assert rate_limit.spend(replace(mine, requests_per_minute=60), hour).is_within


def test_the_counter_carries_its_tenant_and_ends(ctx: Context) -> None:
    rate_limit.spend(with_quota(ctx, 1440), DAY)
    window = int(ctx.clock.now().timestamp()) // DAY.seconds
    taken = single.take(ctx, keys.child(ctx, "rate", "day", str(window)))
    assert taken is not None and taken.tenant_id == ctx.tenant_id and taken.kind == "rate"
    assert taken.expires_at == (window + 1) * DAY.seconds + 60


def test_a_shop_has_ten_times_as_much_over_an_hour(ctx: Context) -> None:
    assert rate_limit.quota_of(ctx, WEBHOOKS) == 600 * rate_limit.quota_of(ctx, PEOPLE)
    caller = replace(ctx, requests_per_minute=1)
    whole = replace(WEBHOOKS, burst=1.0)
    assert granted(lambda: rate_limit.spend(caller, whole).is_within, 700) == 600
    with pytest.raises(LimitExceeded) as refused:
        rate_limit.spend(caller, whole).require()
    assert refused.value.code == "rate_limited" and 1 <= (refused.value.retry_after_seconds or 0) <= 3600


def test_a_tenth_is_open_at_once_and_the_rest_evenly(ctx: Context) -> None:
    minute = Policy("paced", 60)
    assert [minute.opened(6000, 60 * 7 + second) for second in (0, 1, 30, 53, 54, 59)] == [600, 700, 3600, 5900, 6000, 6000]
    assert minute.opened(3, 60) == 1, "a small quota opens too"
    hour = Policy("paced", 86_400, burst=0.0)
    caller = with_quota(ctx, 1440, hour)
    now = int(ctx.clock.now().timestamp())
    opened = hour.opened(1440, now)
    got = granted(lambda: rate_limit.spend(caller, hour).is_within, 1500)
    assert opened <= got <= hour.opened(1440, now + 60) + 32
    standing = rate_limit.spend(caller, hour)
    assert got == 1440 or (not standing.is_within and 1 <= standing.retry_seconds <= 120 < standing.seconds_left)


@pytest.fixture
def program(platform: Context, call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A tenant of twelve requests a minute, all of them at once if it likes, called with its API key."""
    from tests.hostile.merchant import found

    monkeypatch.setattr(rate_limit, "PROGRAMS", replace(PROGRAMS, burst=1.0))
    merchant = found(platform, "quota", requests_per_minute=12)
    return lambda method, path, body=None: call(method, path, body, {"authorization": f"Bearer {merchant.api_key}"})


def test_every_answer_tells_the_quota_and_the_one_beyond_it_is_429(program: Callable[..., Any]) -> None:
    statuses = []
    for _ in range(40):
        status, headers, body = program("GET", "/api/tenants/company")
        assert headers["RateLimit-Policy"] == '"programs";q=12;w=60'
        name, remaining, seconds = re.fullmatch(r'"(\w+)";r=(\d+);t=(\d+)', headers["RateLimit"]).groups()  # type: ignore[union-attr]
        assert name == "programs" and 0 <= int(remaining) < 12 and 1 <= int(seconds) <= 60
        statuses.append(status)
        if status == 429:
            break
    assert 12 <= statuses.count(200) <= 24 and statuses[-1] == 429, "a minute may end while we ask"
    assert headers["Content-Type"] == "application/problem+json" and body["code"] == "rate_limited"
    assert headers["Retry-After"] == seconds and remaining == "0"


def test_refusals_tell_the_quota_too(program: Callable[..., Any]) -> None:
    for method, path, body, expected in (("GET", "/api/parties/customers/cus_nobody", None, 404),
                                         ("POST", "/api/parties/customers", {"name": 7}, 400),
                                         ("POST", "/api/tenants/users/invite", {}, 404)):
        status, headers, _ = program(method, path, body)
        assert status == expected or status in (403, 404, 405), (path, status)
        if status != 405 and path != "/api/tenants/users/invite":
            assert "RateLimit" in headers, path
