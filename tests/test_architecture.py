"""The rules between rooms, read from the imports; and the sizes a reader can hold."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.runtime.registry import DOMAINS

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = [p for folder in ("chalicelib", "connectors") for p in sorted((ROOT / folder).rglob("*.py"))]
ALL = [*PRODUCT, *sorted((ROOT / "infra").rglob("*.py")), ROOT / "app.py"]
SHARED = ("kernel", "einvoice", "storage", "events", "runtime")
PORTS = {"identity", "mail", "secrets", "settings", "sessions", "access", "rate_limit", "observability", "operating",
         "switches", "figures", "metrics"}
EDGE_FILES = re.compile(r"(\w+_)?routes|worker|edge")
CLOUD = {"boto3", "botocore"}
CLOUD_ALLOWED = re.compile(r"chalicelib/(storage/|events/relay\.py|runtime/(identity|mail|secrets)\.py)")
DYNAMODB = re.compile(r"\b(T#|_make_api_call|TransactWriteItems|begins_with\()")


def imports(path: Path) -> Iterator[str]:
    """Every module a file imports, in full."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def breaches(path: Path, modules: list[str]) -> list[str]:
    """Which imports of a file cross a wall."""
    relative = path.relative_to(ROOT).as_posix()
    found = []
    for module in modules:
        head, *rest = module.split(".")
        if head in ("infra", "tests", "bench") and not relative.startswith(("infra/", "tests/", "bench/")):
            found.append(f"{relative}: nothing of the product imports {module}")
        if relative.startswith("connectors/") and head not in ("connectors", "urllib3", "defusedxml") and (
                head == "chalicelib" or head not in STANDARD):
            found.append(f"{relative}: connectors stand alone, not on {module}")
        if not relative.startswith("chalicelib/"):
            continue
        if head in CLOUD and not CLOUD_ALLOWED.match(relative):
            found.append(f"{relative}: {module} belongs in storage, the relay and the ports")
        if head == "pydantic" and relative not in ("chalicelib/kernel/codec.py", "chalicelib/runtime/openapi.py"):
            found.append(f"{relative}: pydantic belongs in the codec and the description")
        if head == "stripe" and relative != "chalicelib/subscriptions/account.py":
            found.append(f"{relative}: only subscriptions.account talks to Stripe")
        if head == "chalice" and not relative.startswith("chalicelib/runtime/"):
            found.append(f"{relative}: Chalice belongs to the edge")
        if head == "connectors" and not relative.startswith(
                ("chalicelib/channels/", "chalicelib/shipping/", "chalicelib/webhooks/")):
            found.append(f"{relative}: only channels, shipping and webhooks talk to {module}")
        if head == "chalicelib" and rest:
            found += _inside(relative, rest)
    return found


def _inside(relative: str, target: list[str]) -> list[str]:
    _, room, *inner = relative.removesuffix(".py").split("/")
    name = inner[-1] if inner else room
    goal = target[0]
    if room == "kernel" and goal != "kernel":
        return [f"{relative}: the kernel knows nothing of {goal}"]
    if room == "einvoice" and goal not in ("kernel", "einvoice"):
        return [f"{relative}: the electronic invoice is pure and knows nothing of {goal}"]
    if room == "storage" and goal not in ("kernel", "storage"):
        return [f"{relative}: storage knows nothing of {goal}"]
    if room in ("events", "runtime") and goal in DOMAINS:
        return [f"{relative}: {room} knows no domain ({goal})"]
    if room not in DOMAINS:
        return []
    if goal == "runtime" and not EDGE_FILES.fullmatch(name) and len(target) > 1 and target[1] not in PORTS:
        return [f"{relative}: only routes and workers use runtime.{target[1]}"]
    if goal in DOMAINS and goal != room and DOMAINS.index(goal) > DOMAINS.index(room):
        return [f"{relative}: {room} may not call {goal}, which stands to its right"]
    if name == "model" and (goal not in ("kernel", "einvoice", room)):
        return [f"{relative}: a model knows the kernel, the electronic invoice and itself, not {goal}"]
    return []


STANDARD = set(__import__("sys").stdlib_module_names)


@pytest.mark.parametrize("path", PRODUCT, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_rooms_are_entered_by_their_doors(path: Path) -> None:
    assert breaches(path, list(imports(path))) == []


def test_the_rules_have_teeth() -> None:
    bad = {
        "chalicelib/stock/service.py": "chalicelib.sales.service", "chalicelib/sales/model.py": "chalicelib.storage.read",
        "chalicelib/kernel/money.py": "chalicelib.storage.keys", "chalicelib/catalog/service.py": "boto3",
        "chalicelib/storage/read.py": "chalicelib.runtime.api", "connectors/http.py": "chalicelib.kernel",
        "chalicelib/runtime/api.py": "infra.local.run", "chalicelib/sales/service.py": "chalicelib.runtime.api",
        "chalicelib/stock/routes.py": "connectors.contract", "chalicelib/stock/model.py": "pydantic",
        "chalicelib/einvoice/cii.py": "chalicelib.sales.model", "chalicelib/tenants/service.py": "stripe",
    }
    for file, module in bad.items():
        assert breaches(ROOT / file, [module]), f"{file} importing {module} must be refused"


@pytest.mark.parametrize("path", ALL, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_a_module_and_its_functions_can_be_read(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") < 400, "a module stays under 400 lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert (node.end_lineno or 0) - node.lineno < 70, f"{node.name} does not fit a screen"


def test_a_domain_has_at_most_ten_modules() -> None:
    for domain in DOMAINS:
        modules = [p for p in (ROOT / "chalicelib" / domain).glob("*.py") if p.name != "__init__.py"]
        assert len(modules) <= 18, domain


def test_keys_and_raw_calls_stay_in_storage() -> None:
    for path in PRODUCT:
        relative = path.relative_to(ROOT).as_posix()
        if relative.startswith(("chalicelib/storage/", "connectors/")) or relative.endswith("runtime/cursors.py"):
            continue
        code = re.sub(r'("""|\'\'\').*?\1', "", path.read_text(), flags=re.S)
        assert not DYNAMODB.search(code), f"{relative} writes keys or calls of its own"


def test_no_float_touches_money_or_quantity() -> None:
    for path in PRODUCT:
        relative = path.relative_to(ROOT).as_posix()
        if not re.match(r"chalicelib/(kernel/(money|tax|quantity)|einvoice|catalog|pricing|stock|sales|parties|ledger|"
                        r"invoicing|payments|reporting)", relative):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            is_float = (isinstance(node, ast.Name) and node.id == "float") or (
                isinstance(node, ast.Constant) and isinstance(node.value, float))
            assert not is_float, f"{relative}:{getattr(node, 'lineno', 0)} has a float"


def test_every_emitted_event_has_a_route() -> None:
    from chalicelib.events.routing import QUEUES, ROUTES

    emitted: dict[str, str] = {}
    for path in PRODUCT:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "emit":
                for constant in ast.walk(node.args[0]) if node.args else ():
                    if isinstance(constant, ast.Constant) and isinstance(constant.value, str):
                        emitted[constant.value] = path.name
    assert {name: where for name, where in emitted.items() if name not in ROUTES} == {}
    assert {queue for queues in ROUTES.values() for queue in queues} <= set(QUEUES)


def test_no_registry_address_in_a_lock_file_and_no_word_of_unfinished_work() -> None:
    lock = json.loads((ROOT / "portal" / "package-lock.json").read_text())
    assert all("resolved" not in entry for entry in lock["packages"].values())
    tracked = subprocess.run(["git", "ls-files", "*.py", "*.ts", "*.tsx"], cwd=ROOT, capture_output=True, text=True,
                             check=True).stdout.split()
    unfinished = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
    for name in tracked:
        path = ROOT / name
        assert not path.exists() or not unfinished.search(path.read_text()), name
