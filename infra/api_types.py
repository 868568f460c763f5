"""The portal's types from the API's description: `python -m infra.api_types [file]` writes `portal/src/api_types.ts`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from chalicelib.runtime import registry, system
from chalicelib.runtime.openapi import description

ROOT = Path(__file__).resolve().parents[1]
TYPES = ROOT / "portal" / "src" / "api_types.ts"


def write(target: Path) -> None:
    """Writes the types of every operation to `target`. Raises CalledProcessError when Node cannot."""
    text = json.dumps(description([*(registry.routes(domain).api for domain in registry.DOMAINS), system.api]))
    subprocess.run(["node", "api_types.mjs", str(target)], input=text, text=True, check=True, cwd=ROOT / "portal")


if __name__ == "__main__":
    write(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else TYPES)
