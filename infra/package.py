"""`make package`: the templates of the three stacks and the zip, in `build/`.

Chalice describes the app (on a copy without requirements, so that it builds nothing), `infra.split` makes it a function
per domain, pip makes the zip. A handler the template names and the zip lacks is an error here, not in Lambda.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chalicelib.events.routing import QUEUES
from chalicelib.runtime import registry
from infra import archive
from infra.archive import CannotPackage
from infra.split import Plan, split
from infra.stacks.data import data_template
from infra.stacks.edge import edge_template
from infra.stacks.functions import CORE, OWN, code_of
from infra.stacks.intrinsics import Template

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
CHALICE_STAGE = "deployed"
REGION = "eu-west-3"
MADE_FROM = ("app.py", "requirements.txt", "requirements-documents.txt", "requirements-subscriptions.txt", ".chalice",
             "chalicelib", "connectors", "infra/package.py", "infra/archive.py", "infra/split.py", "infra/stacks")
"""Everything the package depends on, below the root."""
_STAMP = "made-from.sha256"
_CHALICE = "import sys; from chalice.cli import main; sys.exit(main())"
NEEDS: Mapping[str, tuple[str, ...]] = {"documents": ("typst",), "subscriptions": ("stripe",)}
"""What a domain imports only when it works, so that starting it does not tell."""
_CHECK = """
import json, os, sys
sys.path.append(sys.argv[1])
import boto3, chalice, pydantic
for domain, (names, needs) in json.loads(sys.argv[2]).items():
    sys.stdout.flush()
    if os.fork() == 0:
        os.environ["ERP_DOMAIN"] = domain
        import app
        for name in needs:
            __import__(name)
        missing = [name for name in names if not callable(getattr(app, name, None))]
        files = {getattr(module, "__file__", "") or "" for module in list(sys.modules.values())}
        outside = sorted(file for file in files if "site-packages" in file)
        print(json.dumps({"domain": domain, "missing": missing, "outside": outside}), flush=True)
        os._exit(0)
    if os.wait()[1]:
        sys.exit(f"as {domain}")
"""
"""Run with nothing but a zip's contents: a fork for each domain, which takes what all import from the zip as it stands."""


def generated_template(root: Path = ROOT) -> Template:
    """What `chalice package` says of the app, on a staging copy without requirements. Raises CannotPackage."""
    with tempfile.TemporaryDirectory(prefix="comptoir-package-") as name:
        staging = Path(name)
        for folder in ("chalicelib", "connectors"):
            shutil.copytree(root / folder, staging / folder, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(root / "app.py", staging / "app.py")
        (staging / ".chalice").mkdir()
        shutil.copy(root / ".chalice" / "config.json", staging / ".chalice" / "config.json")
        (staging / "requirements.txt").touch()
        environment = {**_neutral(), "AWS_DEFAULT_REGION": REGION, "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run([sys.executable, "-c", _CHALICE, "package", "--stage", CHALICE_STAGE, "out"],
                              cwd=staging, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CannotPackage(f"chalice package failed:\n{done.stdout}{done.stderr}")
        template: Template = json.loads((staging / "out" / "sam.json").read_text("utf-8"))
        return template


def _neutral() -> dict[str, str]:
    """This process's environment without what would make it a part of Comptoir or of someone's account."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("COMPTOIR_", "ERP_", "AWS_"))}


def plan(root: Path = ROOT) -> Plan:
    """What the registry, the routing and `.chalice/` say. Raises CannotPackage for two schedules of one name."""
    chalice = root / ".chalice"
    config: Mapping[str, Any] = json.loads((chalice / "config.json").read_text("utf-8"))
    schedules: dict[str, str] = {}
    for domain in registry.DOMAINS:
        for schedule in getattr(registry.worker(domain), "SCHEDULES", ()):
            if schedule.name in schedules:
                raise CannotPackage(f"{domain} and {schedules[schedule.name]} both have a schedule {schedule.name}")
            schedules[schedule.name] = domain
    policies = {path.stem.removeprefix("policy-"): tuple(json.loads(path.read_text("utf-8"))["Statement"])
                for path in sorted(chalice.glob("policy-*.json"))}
    return Plan(registry.DOMAINS, QUEUES, schedules, {**config, **config["stages"][CHALICE_STAGE]}, policies)


def handlers(template: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(domain loaded, name in `app`) of every function of an app template."""
    return sorted({(each["Properties"]["Environment"]["Variables"]["ERP_DOMAIN"],
                    each["Properties"]["Handler"].removeprefix("app."))
                   for each in template["Resources"].values() if each["Type"] == "AWS::Serverless::Function"})


def check_zip(code: Path, template: Mapping[str, Any]) -> None:
    """Imports `app` as the functions that run this zip do, with nothing but its contents and Python's own library.

    Raises CannotPackage for a handler or a module the zip lacks.
    """
    by_domain: dict[str, list[str]] = {}
    for domain, name in handlers(template):
        if code_of(domain).endswith(f"/{code.name}"):
            by_domain.setdefault(domain, []).append(name)
    wanted = {domain: (names, NEEDS.get(domain, ())) for domain, names in by_domain.items()}
    environment = {**_neutral(), "AWS_DEFAULT_REGION": REGION}
    environment.pop("PYTHONPATH", None)
    with tempfile.TemporaryDirectory(prefix="comptoir-zip-") as folder:
        shutil.unpack_archive(code, folder, "zip")
        done = subprocess.run([sys.executable, "-I", "-S", "-B", "-c", _CHECK, folder, json.dumps(wanted)], cwd=folder,
                              env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotPackage(f"the zip does not start:\n{done.stderr}")
    for found in map(json.loads, done.stdout.splitlines()):
        if found["missing"] or found["outside"]:
            raise CannotPackage(f"{found['domain']}: handlers {found['missing']} are missing; from outside: {found['outside']}")


def templates(root: Path = ROOT) -> dict[str, Template]:
    """The three stacks by file name."""
    return {"template-data.json": data_template(), "template-app.json": split(generated_template(root), plan(root)),
            "template-edge.json": edge_template()}


def package(build: Path = BUILD, root: Path = ROOT) -> dict[str, Template]:
    """Writes templates and zip into `build`; answers the templates. Raises CannotPackage, CannotSplit."""
    build.mkdir(parents=True, exist_ok=True)
    (build / _STAMP).unlink(missing_ok=True)
    made_from = digest(root)
    made = templates(root)
    core = build / CORE
    with tempfile.TemporaryDirectory(prefix="comptoir-core-") as staging:
        archive.build(root, root / "requirements.txt", Path(staging), core)
    for name in OWN:
        with tempfile.TemporaryDirectory(prefix="comptoir-own-") as staging:
            archive.extend(core, root / f"requirements-{name.removesuffix('.zip')}.txt", Path(staging), build / name)
    for name in (CORE, *OWN):
        check_zip(build / name, made["template-app.json"])
    for name, template in made.items():
        (build / name).write_text(json.dumps(template, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (build / _STAMP).write_text(made_from, encoding="ascii")
    return made


def digest(root: Path = ROOT) -> str:
    """One digest of the names and contents of everything the package is made from."""
    found = hashlib.sha256(sys.version.encode())
    for start in (root / each for each in MADE_FROM):
        for path in [start] if start.is_file() else sorted(start.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                content = path.read_bytes()
                found.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
                found.update(content)
    return found.hexdigest()


def package_if_stale(build: Path = BUILD, root: Path = ROOT) -> bool:
    """Packages unless `build` was made from just these sources; answers whether it did. One process at a time: a second
    one waits, and finds it done. Raises as `package` does."""
    stamp = build / _STAMP
    build.mkdir(parents=True, exist_ok=True)
    with (build / ".packaging").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text("ascii") == digest(root):
            return False
        package(build, root)
        return True


def main() -> int:
    """Packages and says what was made."""
    started = time.monotonic()
    try:
        made = package()
    except (CannotPackage, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for name, template in made.items():
        sys.stdout.write(f"build/{name}: {len(template['Resources'])} resources\n")
    sizes = ", ".join(f"build/{name}: {(BUILD / name).stat().st_size / 1e6:.1f} MB" for name in (CORE, *OWN))
    sys.stdout.write(f"{sizes}. Packaged in {time.monotonic() - started:.1f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
