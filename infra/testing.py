"""`make test`: the layers, each with its seconds; two processes at a time, one for each core.

A layer that fails does not keep the later ones from running; the exit status tells. At the end the calls that all of them
made are held against the roles of the functions that would have made them (`tests/rights`).
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
    "proofs": ("tests/torture", "tests/mutation"),
    "channels": ("tests/channels",),
    "integration": (),
    "browser": ("tests/browser",),
    "companies": ("tests/ops", "tests/deploy", "tests/leaving", "tests/subscriptions", "tests/operators"),
    "scenarios": ("tests/scenarios",),
    "hostile": ("tests/hostile", "tests/overload", "tests/migrations"),
    "isolation": ("tests/isolation",),
    "pure": ("tests/test_architecture.py", "tests/test_docs.py", "tests/kernel", "tests/einvoice", "tests/connectors",
             "tests/shops"),
    "portal": (),
}
"""What is started first takes longest, so that the two processes end at nearly the same time; integration is the rest. What
reads the whole table (to move, to restore, to erase a company) has one of its own, for it is read item by item."""

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


def paths(name: str) -> tuple[str, ...]:
    """The files and folders of a layer; a folder of tests that no layer names is of `integration`, so none is left out."""
    if name != "integration":
        return LAYERS[name]
    named = {path for others in LAYERS.values() for path in others}
    found = {str(test.relative_to(ROOT)) for test in (ROOT / "tests").glob("test_*.py")}
    found |= {str(test.parent.relative_to(ROOT)) for test in (ROOT / "tests").rglob("test_*.py")} - {"tests"}
    return tuple(sorted(path for path in found - named if not any(path.startswith(f"{other}/") for other in named)))


def layer(name: str) -> Result:
    """The portal's own tests are Node's; all others are pytest's."""
    if name == "portal":
        return run(name, ["npm", "test", "--silent"], ROOT / "portal")
    return run(name, [sys.executable, "-m", "pytest", "-q", "--no-header", "-ra", *paths(name)])


def main() -> int:
    """Every layer, then one line each."""
    _chromium()
    shutil.rmtree(ROOT / "build" / "calls", ignore_errors=True)
    with ThreadPoolExecutor(2) as side_by_side:
        results = list(side_by_side.map(layer, LAYERS))
    results.append(run("rights", [sys.executable, "-m", "tests.rights"]))
    for name, seconds, passed in results:
        sys.stdout.write(f"{name:12} {seconds:7.1f} s  {'passed' if passed else 'FAILED'}\n")
    failed = sum(not passed for *_, passed in results)
    sys.stdout.write(f"layers: {len(results) - failed} passed, {failed} failed\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
