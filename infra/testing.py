"""`make test`: the layers one after the other, each with its seconds; one process at a time.

A layer that fails does not keep the later ones from running; the exit status tells.
"""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LAYERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("pure", ("tests/test_architecture.py", "tests/test_docs.py", "tests/kernel", "tests/connectors", "tests/shops")),
    ("integration", ("tests/storage", "tests/events", "tests/runtime", "tests/activity", "tests/tenants", "tests/parties",
                     "tests/catalog", "tests/pricing", "tests/stock", "tests/sales", "tests/channels",
                     "tests/reporting", "tests/infra")),
    ("isolation", ("tests/isolation",)),
    ("proofs", ("tests/torture", "tests/mutation")),
    ("hostile", ("tests/hostile", "tests/overload", "tests/migrations")),
    ("scenarios", ("tests/scenarios",)),
    ("browser", ("tests/browser",)),
)


def _chromium() -> None:
    """The browser tests drive Debian's Chromium: install it when we may, say how when we may not."""
    if shutil.which("chromium"):
        return
    command = "apt-get update && apt-get install -y chromium"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["sh", "-c", f"{command} >/dev/null"], check=True)
        return
    sys.exit(f"The browser tests need Chromium. Type:  sudo sh -c '{command}'")


def run(name: str, command: list[str], directory: Path = ROOT) -> tuple[str, float, bool]:
    """One layer; answers its name, seconds and whether it passed."""
    sys.stdout.write(f"── {name}\n")
    sys.stdout.flush()
    started = time.monotonic()
    passed = subprocess.run(command, cwd=directory, check=False).returncode == 0
    return name, time.monotonic() - started, passed


def main() -> int:
    """Every layer, then one line each."""
    _chromium()
    results = [run("portal", ["npm", "test", "--silent"], ROOT / "portal")]
    for name, paths in LAYERS:
        present = [path for path in paths if (ROOT / path).exists()]
        results.append(run(name, [sys.executable, "-m", "pytest", "-q", "--no-header", "-ra", *present]))
    for name, seconds, passed in results:
        sys.stdout.write(f"{name:12} {seconds:7.1f} s  {'passed' if passed else 'FAILED'}\n")
    failed = sum(not passed for *_, passed in results)
    sys.stdout.write(f"layers: {len(results) - failed} passed, {failed} failed\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
