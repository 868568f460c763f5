"""`cold_import`: what one Lambda function of a domain costs to start, in a fresh process.

From the zips that `make package` wrote, unpacked, with nothing else installed; from the sources where there are none.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.figures import Figure
from chalicelib.runtime.registry import DOMAINS
from infra.stacks.functions import code_of

BUILD = Path("build")
_PROBE = """
import sys
if sys.argv[1]:
    sys.path.insert(0, sys.argv[1])
import json, resource, time
started = time.process_time()
import app
print(json.dumps([(time.process_time() - started) * 1000, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def run() -> list[Figure]:
    """CPU milliseconds and peak MB of importing the app with each domain alone; `zip` says which zip it was."""
    figures = []
    with tempfile.TemporaryDirectory(prefix="comptoir-cold-") as folder:
        for domain in DOMAINS:
            name = Path(code_of(domain)).name
            unpacked = _unpacked(name, Path(folder))
            milliseconds, megabytes = sorted(_start(domain, unpacked) for _ in range(3))[1]
            detail = {"zip": name if unpacked else "none: the sources"}
            for what, unit, value, most in (("cpu", "ms", milliseconds, 700), ("memory", "MB", megabytes, 128)):
                figures.append(Figure("cold_import", f"{domain}_{what}", unit, round(value), f"≤ {most}", value <= most,
                                      detail))
    return figures


def _unpacked(name: str, folder: Path) -> str:
    """Where a zip's content lies; "" when it was never made."""
    if not (BUILD / name).exists():
        return ""
    if not (folder / name).exists():
        shutil.unpack_archive(BUILD / name, folder / name, "zip")
    return str(folder / name)


def _start(domain: str, unpacked: str) -> tuple[float, float]:
    alone = ["-I", "-S", "-B"] if unpacked else []
    done = subprocess.run([sys.executable, *alone, "-c", _PROBE, unpacked], env={**os.environ, "ERP_DOMAIN": domain},
                          capture_output=True, check=True)
    milliseconds, megabytes = json.loads(done.stdout)
    return milliseconds, megabytes
