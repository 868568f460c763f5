"""The page of who may do what, written from the tables that decide it: `python -m infra.access_page`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from chalicelib.channels.model import CONNECTION_TRANSITIONS
from chalicelib.kernel.scope import DIMENSIONS, RULES
from chalicelib.kernel.states import Transitions
from chalicelib.runtime import registry, scopes, system
from chalicelib.runtime.access import FIELDS, PEOPLE_ONLY, PERMISSIONS, ROLE_LABELS, ROLES
from chalicelib.runtime.endpoints import Endpoint

PAGE = Path(__file__).resolve().parents[1] / "docs" / "design" / "access.md"
INTRODUCTION = """# Who may do what

Written from the tables that decide it (`make access-page`); a test compares this page with them, and another calls every
operation as every role and finds it allowed or refused as it says here. A change of a permission is a change of this page.

- A person has one role in a tenant, a program's key a role and perhaps fewer permissions. Both are read on every request, so a
  changed role, a closed door, an ended session or a revoked key hold on the very next one.
- Nobody is known: 401. Known but without the permission: 403 `forbidden`. Without the permission of a field in the body: 403
  `forbidden_field`, naming it. Not in this state: 409 `wrong_state`. Another tenant's id answers as one that does not exist.
- A field that somebody may not see is not in their answers.
- A company's own roles are sets of the same permissions: what a permission opens, it opens for them too.
- A person or key may be limited to named warehouses and stores. A document outside answers as one that does not exist, lists
  leave it out, and what would write there is 403 `beyond_scope`, naming the limits. What was taken by hand is a store of its
  own (`manual`).
"""


def endpoints() -> Iterator[Endpoint]:
    """Every operation of the API, in the order of the domains."""
    for domain in registry.DOMAINS:
        yield from registry.routes(domain).api.endpoints
    yield from system.api.endpoints


def states() -> dict[str, Transitions]:
    """The state table of every kind of document that has one."""
    found: dict[str, Transitions] = {"connection": CONNECTION_TRANSITIONS}
    for domain in registry.DOMAINS:
        for resource in registry.routes(domain).api.resources:
            if resource.transitions is not None:
                found[resource.document.kind] = resource.transitions
    return dict(sorted(found.items()))


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def _roles_of(permission: str) -> list[str]:
    return ["✓" if permission in held else "" for held in ROLES.values()]


def _permissions() -> str:
    names = [labels["en"] for labels in ROLE_LABELS.values()]
    rows = [[f"`{name}`", labels["en"], *_roles_of(name), "" if name in PEOPLE_ONLY else "✓"]
            for name, labels in PERMISSIONS.items()]
    return _table(["Permission", "What it is", *names, "Keys"], rows)


def _fields(fields: Mapping[str, Mapping[str, str]]) -> str:
    rows = [[f"`{shape}`", f"`{field}`", f"`{permission}`"] for shape, wanted in fields.items()
            for field, permission in wanted.items()]
    return _table(["Shape", "Field", "Wants"], rows)


def _states(table: Transitions) -> str:
    actions = list(dict.fromkeys(action for _, action in table))
    places = list(dict.fromkeys([*(state for state, _ in table), *table.values()]))
    rows = [[state, *(table.get((state, action), "") for action in actions)] for state in places]
    return _table(["From", *actions], rows)


def _places() -> str:
    rows = [[f"`{kind}`", *(", ".join(f"`{column}`" for column in rule.columns(each)) for each in DIMENSIONS)]
            for kind, rule in RULES.items()]
    return _table(["Document", "Stands in the warehouse", "Stands in the store"], rows)


def _operations() -> str:
    def wanted(endpoint: Endpoint) -> str:
        return "anybody" if endpoint.public else f"`{endpoint.permission}`" if endpoint.permission else "signed in"

    def within(endpoint: Endpoint) -> str:
        row = None if endpoint.public else scopes.row_of(endpoint.method, endpoint.path)
        return scopes.limits_told(row) if row else ""

    return _table(["Operation", "Who", "For who is limited"],
                  [[f"`{e.method} {e.path}`", wanted(e), within(e)] for e in endpoints()])


def text() -> str:
    """The page."""
    parts = [INTRODUCTION, "## Roles and permissions\n", _permissions(), "## Fields\n", _fields(FIELDS), "## States\n",
             "Each action leads from the state of its row to the state in its column; an empty field is a refusal.\n"]
    for kind, table in states().items():
        parts += [f"### {kind.replace('_', ' ').capitalize()}\n", _states(table)]
    parts += ["## Places\n", "Documents of other kinds are the whole company's.\n", _places()]
    return "\n".join([*parts, "## Operations\n", _operations()])


if __name__ == "__main__":
    PAGE.write_text(text())
