"""`webhook_ingress`: what one delivery of a shop costs us: verify on the raw bytes, one read, one write."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from bench.figures import Figure, metered
from bench.shop import Shop, open_shop
from tests.gateway import call_api

DELIVERIES = 200
SECRET = "bench-secret"


def connect(shop: Shop) -> str:
    """A connection of the tenant as `POST /connections` would leave it, without a shop behind it; answers its address."""
    from chalicelib.channels.model import CONNECTION, Connection
    from chalicelib.runtime import secrets
    from chalicelib.runtime.worker import tenant_work
    from chalicelib.storage.transaction import Transaction

    ctx = tenant_work(shop.tenant_id, "bench")
    connection = Connection(id=ctx.new_id(CONNECTION.prefix), name="Bench", platform="woocommerce",
                            base_url="http://127.0.0.1:9", sealed_credentials=secrets.encrypt(ctx, "{}"),
                            sealed_webhook_secret=secrets.encrypt(ctx, SECRET), created_at=ctx.now)
    transaction = Transaction(ctx)
    transaction.create(CONNECTION, connection)
    transaction.commit()
    return f"/api/channels/{shop.tenant_id}.{connection.id}/webhooks"


def delivery(n: int) -> tuple[bytes, dict[str, str]]:
    """A signed `order.updated` delivery of the size a real one has (about 6 kB)."""
    lines = [{"id": i, "sku": f"SKU-{i:04d}", "name": "Bûche glacée", "quantity": 1, "total": "23.60", "total_tax": "1.30",
              "taxes": [{"id": 32, "total": "1.30"}], "meta_data": [{"key": "k" * 60, "value": "v" * 300}]} for i in range(8)]
    body: dict[str, Any] = {"id": n, "number": str(n), "status": "processing", "currency": "EUR", "total": "74.70",
                            "date_modified_gmt": "2026-11-24T08:00:00", "line_items": lines}
    raw = json.dumps(body).encode()
    signature = base64.b64encode(hmac.new(SECRET.encode(), raw, hashlib.sha256).digest()).decode()
    return raw, {"content-type": "application/json", "x-wc-webhook-topic": "order.updated",
                 "x-wc-webhook-resource": "order", "x-wc-webhook-event": "updated", "x-wc-webhook-signature": signature,
                 "x-wc-webhook-id": "1", "x-wc-webhook-delivery-id": f"d{n}", "x-wc-webhook-source": "http://127.0.0.1:9/"}


def run() -> list[Figure]:
    """Own CPU and calls of one delivery."""
    address = connect(open_shop(1, 1))
    deliveries = [delivery(n) for n in range(1, DELIVERIES + 21)]
    for raw, headers in deliveries[:20]:
        assert call_api("POST", address, raw, headers)[0] == 200
    with metered() as meter:
        started = time.process_time()
        for raw, headers in deliveries[20:]:
            assert call_api("POST", address, raw, headers)[0] == 200
        milliseconds = (time.process_time() - started) * 1000 / DELIVERIES
    trips = sum(meter.round_trips.values()) / DELIVERIES
    return [Figure("webhook_ingress", "cpu", "ms", round(milliseconds, 2), "≤ 8", milliseconds <= 8),
            Figure("webhook_ingress", "round_trips", "calls", round(trips, 2),
                   "one read, one write (a lease of the hour's quota in hundreds on top)", trips <= 2.05, meter.round_trips)]
