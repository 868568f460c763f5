"""`make bench`: every workload, a JSON line each, and all of them in build/bench.json.

`WORKLOADS=order_place,hot_sku` runs some of them.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from bench.figures import Figure

WORKLOADS = ("cold_import", "simulator", "order_place", "list_page", "webhook_ingress", "hot_sku", "stock_push",
             "portal_table", "ledger_post", "trial_balance", "order_to_invoice", "bulk_issue", "invoice_document",
             "report_query", "export_import", "cost")


def _quiet() -> None:
    """The lines of the log are written, since they cost what they cost, but nobody reads them here."""
    for handler in logging.getLogger("comptoir").handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(open(os.devnull, "w"))  # noqa: SIM115  (as long as the process)


def main() -> int:
    """Runs the workloads on an engine of their own; exits 1 when a bar is missed."""
    from chalicelib.runtime import observability  # noqa: F401  (its handler is made when it is imported)
    from infra.local.engine import Engine
    from infra.local.resources import prepare

    _quiet()
    chosen = os.environ.get("WORKLOADS", ",".join(WORKLOADS)).split(",")
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="comptoir-bench-") as directory:
        engine = Engine.start(directory)
        prepare(engine.environment(), "http://127.0.0.1:8000")
        try:
            for name in chosen:
                for figure in importlib.import_module(f"bench.{name}").run():
                    figures.append(figure)
                    sys.stdout.write(figure.line() + "\n")
                    sys.stdout.flush()
        finally:
            engine.stop()
    build = Path("build")
    build.mkdir(exist_ok=True)
    (build / "bench.json").write_text(json.dumps([asdict(figure) for figure in figures], indent=1, default=str))
    return 1 if any(figure.passed is False for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
