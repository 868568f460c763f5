"""The operators' page on a laptop shows what really happens: requests, shops, events, queues, books."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from chalicelib.runtime import metrics, registry
from infra.local.engine import ADDRESS, REGION
from tests.running import Client, Running, eventually
from tests.shopper import ShopApi

LISTS = ("activity:/api/search?q=buche", "audit:/api/audit/records", "tenants:/api/tenants/users",
         "parties:/api/parties/customers", "ledger:/api/ledger/journals",
         "catalog:/api/catalog/products", "pricing:/api/pricing/price-lists",
         "stock:/api/stock/levels", "sales:/api/sales/orders", "shipping:/api/shipping/carriers",
         "invoicing:/api/invoicing/invoices", "payments:/api/payments/payments", "documents:/api/documents/papers",
         "channels:/api/channels/connections", "reporting:/api/reporting/measures", "onboarding:/api/onboarding/checklist",
         "operations:/api/operations/figures", "webhooks:/api/webhooks/event-types",
         "subscriptions:/api/subscriptions/subscription", "leaving:/api/leaving/exports")


@pytest.fixture(scope="module")
def cloudwatch(running: Running) -> Any:
    address = running.data / "engine" / ADDRESS
    if not address.exists():
        pytest.skip("its engine is somewhere else")
    return boto3.client("cloudwatch", endpoint_url=address.read_text(), region_name=REGION, aws_access_key_id="test",
                        aws_secret_access_key="test")


def named(page: dict[str, Any]) -> set[tuple[str, str, tuple[tuple[str, str], ...]]]:
    """Every metric of the page with its dimensions."""
    return {(line[0], line[1], tuple(sorted(zip(line[2:-1:2], line[3:-1:2], strict=True))))
            for widget in page["widgets"] for line in widget["properties"]["metrics"] if "expression" not in line[0]}


def test_the_dashboard_of_a_run_is_filled_and_a_companys_page_says_the_same(
    running: Running, client: Client, cloudwatch: Any
) -> None:
    for each in LISTS:
        client.call("GET", each.partition(":")[2])
    shop = ShopApi(running, "retail")
    sku = next(p["sku"] for p in shop.call("GET", "products") if (p.get("stock_quantity") or 0) > 5)
    shop.buy(sku, 1)
    page = json.loads(cloudwatch.get_dashboard(DashboardName="comptoir-local")["DashboardBody"])
    wanted = named(page)

    def there() -> set[Any]:
        found = {(each["Namespace"], each["MetricName"], tuple(sorted((d["Name"], d["Value"]) for d in each["Dimensions"])))
                 for answer in cloudwatch.get_paginator("list_metrics").paginate() for each in answer["Metrics"]}
        return {(namespace, name) for namespace, name, _ in wanted} - {
            (namespace, name) for namespace, name, dimensions in found if (namespace, name, dimensions) in wanted}

    eventually(lambda: there() == set(), 90)
    stage, now = {"Name": "Stage", "Value": "local"}, datetime.now(UTC)

    def total(metric: str, statistic: str, **dimension: str) -> float:
        dimensions = [stage, *({"Name": name, "Value": value} for name, value in dimension.items())]
        asked = {"Id": "m", "MetricStat": {"Period": 60, "Stat": statistic, "Metric": {
            "Namespace": metrics.NAMESPACE, "MetricName": metric, "Dimensions": dimensions}}}
        [answer] = cloudwatch.get_metric_data(StartTime=now - timedelta(hours=3), EndTime=now + timedelta(minutes=5),
                                              MetricDataQueries=[asked])["MetricDataResults"]
        return float(sum(answer["Values"]))

    own = client.get("/api/operations/figures?hours=3")
    shops = [each for each in own["shops"] if each["platform"] == "woocommerce"]
    assert sum(each["webhooks"]["count"] for each in shops) > 0
    eventually(lambda: total("WebhookLag", "SampleCount", Platform="woocommerce") >= sum(
        each["webhooks"]["count"] for each in shops), 15)
    assert {domain for domain in registry.DOMAINS if total("Latency", "SampleCount", Domain=domain)} >= {
        each.partition(":")[0] for each in LISTS}
    assert total("UnbalancedLedgers", "Sum") == 0 and total("OrdersPlaced", "Sum") >= 1
    assert total("Latency", "p99", Domain="sales") > 0
