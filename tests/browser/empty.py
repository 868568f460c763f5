"""A Comptoir with one company that has just begun: no demo, nothing in it. Runs until it is told to end."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

from infra.local.run import Comptoir

EMAIL, PASSWORD, NAME = "anne@flocons.example", "trois petits flocons", "Anne Vallier"


def main() -> None:
    """Starts on `DATA` and `PORT`, makes the company, says where it is."""
    ending = threading.Event()
    comptoir = Comptoir(Path(os.environ["DATA"]), int(os.environ["PORT"]), with_demo=False)
    try:
        comptoir.start()
        from chalicelib.runtime.api import platform_context
        from chalicelib.tenants import service
        from chalicelib.tenants.model import NewTenant

        service.create_tenant(platform_context("empty"), NewTenant(
            name="Les Flocons", tenant_id="flocons", owner_email=EMAIL, owner_name=NAME, owner_password=PASSWORD))
        signal.signal(signal.SIGTERM, lambda *_: ending.set())
        sys.stdout.write(f"ready at {comptoir.url}\n")
        sys.stdout.flush()
        ending.wait()
    finally:
        comptoir.stop()


if __name__ == "__main__":
    main()
