"""`python -m tests.migrations.freeze`: writes the fixtures of versions that have none yet.

With `--unreleased` it also writes those of present versions again: only for a version that no released program has
written. A released fixture is never changed; a changed shape gets a new version, an upcaster and a fixture of its own.
"""

from __future__ import annotations

import json
import sys

from tests.migrations import beside
from tests.migrations.shapes import documents, fixture, path_of


def main(again: bool) -> None:
    for document in documents().values():
        path = path_of(document.kind, document.schema_version)
        if again or not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(fixture(document), indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    beside.freeze()


if __name__ == "__main__":
    main("--unreleased" in sys.argv)
