"""`cold_import`: what one Lambda function of a domain costs to start, in a fresh process."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from bench.figures import Figure
from chalicelib.runtime.registry import DOMAINS

_PROBE = """
import json, resource, time
started = time.process_time()
import app
print(json.dumps([(time.process_time() - started) * 1000, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def run() -> list[Figure]:
    """CPU milliseconds and peak MB of importing the app with each domain alone."""
    figures = []
    for domain in DOMAINS:
        runs = []
        for _ in range(3):
            environment = {**os.environ, "ERP_DOMAIN": domain}
            done = subprocess.run([sys.executable, "-c", _PROBE], env=environment, capture_output=True, check=True)
            runs.append(json.loads(done.stdout))
        milliseconds, megabytes = sorted(runs)[1]
        figures.append(Figure("cold_import", f"{domain}_cpu", "ms", round(milliseconds), "≤ 700", milliseconds <= 700))
        figures.append(Figure("cold_import", f"{domain}_memory", "MB", round(megabytes), "≤ 128", megabytes <= 128))
    return figures
