"""`python -m tests.rights`: every call the suite noted, held against the roles as packaged. The last thing `make test` does."""

from __future__ import annotations

import json
import sys

from infra.package import BUILD
from tests.rights import record, roles


def main() -> int:
    """Says what a role refuses or allows too widely; fails too when the suite noted no call of a role that it should have."""
    calls = record.read()
    template = json.loads((BUILD / "template-app.json").read_text("utf-8"))
    rights = roles.Roles(template)
    found = roles.wrong(calls, rights)
    functions = {each for whose, *_ in calls for each in rights.functions(whose) if not whose.endswith(":")}
    sys.stdout.write("".join(f"{line}\n" for line in found))
    sys.stdout.write(f"{len(calls)} different calls of {len(functions)} functions: {len(found)} wrong\n")
    return 1 if found or len(functions) < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
