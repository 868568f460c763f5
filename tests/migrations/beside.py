"""What is stored beside documents, without a version of its own: small items of each domain, and the shapes events travel in.

Nothing lifts these, so a new program must read every shape that an older one wrote: a field may only be added with a default.
Each shape that a released program wrote is frozen under `fixtures/beside/<name>/<n>.json`, the latest being today's.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from pathlib import Path
from typing import Any

import chalicelib
from chalicelib.kernel import codec
from tests.migrations.shapes import FOLDER, documents, example

BESIDE = FOLDER / "beside"
VIEWS = {"Membership": "user", "TenantFacts": "tenant", "KeyFacts": "api_key"}
"""Shapes that read a part of a document, and whose it is."""
_READ = re.compile(r"codec\.adapter\((?:\w+\.)?(\w+)\)\.validate_json")


def shapes() -> dict[str, Any]:
    """Every shape that some module reads from an item that is no document, by name."""
    models = {document.model for document in documents().values()}
    found: dict[str, Any] = {}
    for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
        source = Path(str(importlib.import_module(module.name).__file__)).read_text()
        for name in _READ.findall(source):
            shape = _named(module.name, name)
            if shape not in models and name not in VIEWS:
                found[name] = shape
    return dict(sorted(found.items()))


def _named(module: str, name: str) -> Any:
    here = vars(importlib.import_module(module))
    if name in here:
        return here[name]
    return next(vars(value)[name] for value in here.values() if isinstance(value, type(json)) and name in vars(value))


def today(shape: Any) -> Any:
    """An example of the shape as it is written today, every field filled."""
    return json.loads(codec.store(example(shape)))


def frozen(name: str) -> list[Path]:
    """The fixtures of a shape, oldest first."""
    return sorted((BESIDE / name).glob("*.json"), key=lambda path: int(path.stem))


def freeze() -> None:
    """Writes the fixture of each shape whose latest is not today's."""
    for name, shape in shapes().items():
        kept = frozen(name)
        if not kept or json.loads(kept[-1].read_text()) != today(shape):
            path = BESIDE / name / f"{len(kept) + 1}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(today(shape), indent=1, ensure_ascii=False, sort_keys=True) + "\n")
