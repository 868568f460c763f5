"""The Chalice app: all domains, or the one named by ERP_DOMAIN.

Everything here is wiring. `app` is what Chalice packages, `entry` what Lambda and the local server call for HTTP; each
queue, schedule and stream has a handler of its own, named `<domain>_queue`, `<schedule>`, `relay`.
"""

from __future__ import annotations

import os
from typing import Any

from chalicelib.events import sweep as outbox_sweep
from chalicelib.runtime import registry, system
from chalicelib.runtime.api import make_entry
from chalicelib.runtime.concurrent import ConcurrentChalice
from chalicelib.runtime.sessions import active_tenants
from chalicelib.runtime.worker import Schedule, consume, consume_batch, forward, run_schedule, sweep_given_up

app = ConcurrentChalice("comptoir", configure_logs=False)
app.api.binary_types += ["image/webp", "image/avif", "application/pdf",
                         "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"]
_only = os.environ.get("ERP_DOMAIN", "")
_loaded = (_only,) if _only else registry.DOMAINS


def _register_queue(domain: str, module: Any) -> None:
    def handler(event: Any) -> dict[str, Any]:
        batch = event.to_dict()
        if hasattr(module, "handle_batch"):
            return consume_batch(domain, module.handle_batch, batch, event.context)
        return consume(domain, module.HANDLERS, batch, event.context, getattr(module, "SIDE_BY_SIDE", 1))

    name = f"{domain}_queue"
    globals()[name] = app.on_sqs_message(queue=f"comptoir-{domain}", batch_size=10, name=name)(handler)


def _register_schedule(schedule: Schedule) -> None:
    def handler(event: Any) -> None:
        run_schedule(schedule, active_tenants())

    globals()[schedule.name] = app.schedule(schedule.expression, name=schedule.name)(handler)


@app.on_dynamodb_record(stream_arn=os.environ.get("COMPTOIR_STREAM_ARN", "arn:aws:dynamodb:stream"), batch_size=100,
                        starting_position="TRIM_HORIZON", name="relay")
def relay(event: Any) -> dict[str, Any]:
    """Outbox records → queues."""
    return forward(event.to_dict())


@app.on_sqs_message(queue=f"comptoir-{outbox_sweep.QUEUE}", batch_size=1, name="sweep_queue")
def sweep_queue(event: Any) -> dict[str, Any]:
    """What the relay gave up → the queues, from the outbox."""
    return sweep_given_up(event.to_dict(), active_tenants())


for _domain in _loaded:
    app.register_blueprint(registry.routes(_domain).api.blueprint)
    _module = registry.worker(_domain)
    if _module is not None:
        if hasattr(_module, "HANDLERS") or hasattr(_module, "handle_batch"):
            _register_queue(_domain, _module)
        for _schedule in getattr(_module, "SCHEDULES", ()):
            _register_schedule(_schedule)
if "activity" in _loaded:
    app.register_blueprint(system.api.blueprint)

entry = make_entry(app)
