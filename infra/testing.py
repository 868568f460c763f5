"""`make test`: the layers in two lanes, each with its seconds; two processes at a time, one for each core.

A layer that fails does not keep the later ones from running; the exit status tells.
"""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LAYERS: dict[str, tuple[str, ...]] = {
    "pure": ("tests/test_architecture.py", "tests/test_docs.py", "tests/kernel", "tests/connectors", "tests/shops"),
    "integration": ("tests/storage", "tests/events", "tests/runtime", "tests/activity", "tests/tenants", "tests/parties",
                    "tests/catalog", "tests/pricing", "tests/stock", "tests/sales", "tests/channels", "tests/reporting",
                    "tests/infra"),
    "isolation": ("tests/isolation",),
    "proofs": ("tests/torture", "tests/mutation"),
    "hostile": ("tests/hostile", "tests/overload", "tests/migrations"),
    "scenarios": ("tests/scenarios",),
    "browser": ("tests/browser",),
}
LANES = (("integration", "scenarios", "browser"), ("portal", "pure", "proofs", "isolation", "hostile"))
"""What runs side by side: what drives the local engine and the browser, and what mostly computes."""

Result = tuple[str, float, bool]
_speaking = threading.Lock()


def _chromium() -> None:
    """The browser tests drive Debian's Chromium: install it when we may, say how when we may not."""
    if shutil.which("chromium"):
        return
    command = "apt-get update && apt-get install -y chromium"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["sh", "-c", f"{command} >/dev/null"], check=True)
        return
    sys.exit(f"The browser tests need Chromium. Type:  sudo sh -c '{command}'")


def run(name: str, command: list[str], directory: Path = ROOT) -> Result:
    """One layer; what it says is kept until it is over, so that two layers do not talk at once."""
    started = time.monotonic()
    with tempfile.TemporaryFile() as said:
        passed = subprocess.run(command, cwd=directory, check=False, stdout=said, stderr=subprocess.STDOUT).returncode == 0
        seconds = time.monotonic() - started
        said.seek(0)
        with _speaking:
            sys.stdout.write(f"── {name}\n{said.read().decode(errors='replace')}")
            sys.stdout.flush()
    return name, seconds, passed


def lane(names: tuple[str, ...]) -> list[Result]:
    """Some layers, one after the other."""
    done = []
    for name in names:
        if name == "portal":
            done.append(run(name, ["npm", "test", "--silent"], ROOT / "portal"))
        else:
            done.append(run(name, [sys.executable, "-m", "pytest", "-q", "--no-header", "-ra", *LAYERS[name]]))
    return done


def main() -> int:
    """Every layer, then one line each."""
    _chromium()
    with ThreadPoolExecutor(len(LANES)) as lanes:
        results = [result for done in lanes.map(lane, LANES) for result in done]
    for name, seconds, passed in results:
        sys.stdout.write(f"{name:12} {seconds:7.1f} s  {'passed' if passed else 'FAILED'}\n")
    failed = sum(not passed for *_, passed in results)
    sys.stdout.write(f"layers: {len(results) - failed} passed, {failed} failed\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
