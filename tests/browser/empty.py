"""A Comptoir without a demo: two companies that have just begun, one of which stays empty. Runs until it is told to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.run import Comptoir
from tests.running import ROOT, free_port

EMAIL, ATTACKED, PASSWORD = "anne@flocons.example", "anne@givres.example", "trois petits flocons"


@contextmanager
def begun(data: Path) -> Iterator[str]:
    """Starts it as a process of its own; where it answers."""
    environment = {**os.environ, "DATA": str(data), "PORT": str(free_port())}
    process = subprocess.Popen([sys.executable, "-m", "tests.browser.empty"], cwd=ROOT, env=environment, text=True,
                               stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        said = process.stdout.readline()
        assert said.startswith("ready at "), said
        yield said.removeprefix("ready at ").strip()
    finally:
        process.terminate()
        process.wait(timeout=40)


def main() -> None:
    """Starts on `DATA` and `PORT`, makes the companies, says where they are."""
    ending = threading.Event()
    comptoir = Comptoir(Path(os.environ["DATA"]), int(os.environ["PORT"]), with_demo=False)
    try:
        comptoir.start()
        from chalicelib.runtime.api import platform_context
        from chalicelib.tenants import service
        from chalicelib.tenants.model import NewTenant

        for name, tenant_id, email in (("Les Flocons", "flocons", EMAIL), ("Les Givres", "givres", ATTACKED)):
            service.create_tenant(platform_context(tenant_id), NewTenant(
                name=name, tenant_id=tenant_id, owner_email=email, owner_name="Anne Vallier", owner_password=PASSWORD))
        signal.signal(signal.SIGTERM, lambda *_: ending.set())
        sys.stdout.write(f"ready at {comptoir.url}\n")
        sys.stdout.flush()
        ending.wait()
    finally:
        comptoir.stop()


if __name__ == "__main__":
    main()
