"""The zip that Lambda runs: wheels for its platform and our code, the same bytes from the same sources."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

PLATFORM, PYTHON = "manylinux2014_x86_64", "3.11"
MAX_UNPACKED_BYTES = 250 * 1024 * 1024
"""Lambda's limit for the unpacked code of a function."""
HOME = "/var/task"
"""Where Lambda unpacks the code: what tracebacks of compiled modules name."""
FIXED_DATE = (1980, 1, 1, 0, 0, 0)
ALONE = ("chalice",)
"""Packages taken without what they require: only Chalice's runtime is used, its command line's dependencies are not."""
_CLIENT = re.compile(r"\bclient\(\s*\"([a-z0-9-]+)\"")
_NOT_SHIPPED = shutil.ignore_patterns("__pycache__", "*.pyc")
_BOTO_SHARED = {"endpoints.json", "partitions.json", "sdk-default-configuration.json", "_retry.json"}


class CannotPackage(RuntimeError):
    """Something the zip must hold is missing, or it grew beyond what Lambda takes."""


def services_used(code: Iterable[Path]) -> set[str]:
    """The services whose clients the code makes; `dynamodb` is the storage's own default."""
    return {"dynamodb", *(name for path in code for name in _CLIENT.findall(path.read_text("utf-8")))}


def build(root: Path, requirements: Path, staging: Path, archive: Path) -> None:
    """Builds `archive` from the pinned `requirements` and the code under `root`, in the empty folder `staging`.

    Raises CannotPackage when a package has no wheel for Lambda's platform or the result is too large.
    """
    install(requirements.read_text("utf-8").splitlines(), staging)
    for folder in ("chalicelib", "connectors"):
        shutil.copytree(root / folder, staging / folder, ignore=_NOT_SHIPPED)
    shutil.copy(root / "app.py", staging / "app.py")
    trim(staging, services_used((staging / "chalicelib").rglob("*.py")))
    compile_modules(staging)
    size = sum(path.stat().st_size for path in _files(staging))
    if size > MAX_UNPACKED_BYTES:
        raise CannotPackage(f"{archive.name} unpacks to {size:,} bytes; Lambda takes {MAX_UNPACKED_BYTES:,}")
    write_zip(staging, archive)


def extend(core: Path, requirements: Path, staging: Path, archive: Path) -> None:
    """Builds `archive`: what `core` holds, and on top the pinned `requirements`, in the empty folder `staging`.

    The core's entries are taken as they are, so both zips hold the same bytes of them. Raises CannotPackage as `build`."""
    install(requirements.read_text("utf-8").splitlines(), staging)
    for record in (*staging.glob("*.dist-info/RECORD"), *staging.glob("*.dist-info/direct_url.json")):
        record.unlink()
    shutil.rmtree(staging / "bin", ignore_errors=True)
    compile_modules(staging)
    with zipfile.ZipFile(core) as held:
        before = held.infolist()
    size = sum(each.file_size for each in before) + sum(path.stat().st_size for path in _files(staging))
    if size > MAX_UNPACKED_BYTES:
        raise CannotPackage(f"{archive.name} unpacks to {size:,} bytes; Lambda takes {MAX_UNPACKED_BYTES:,}")
    temporary = archive.with_suffix(".tmp")
    shutil.copy(core, temporary)
    with zipfile.ZipFile(temporary, "a", zipfile.ZIP_DEFLATED, compresslevel=6) as written:
        _write(staging, written, {each.filename for each in before})
    temporary.replace(archive)


def install(lines: Iterable[str], target: Path) -> None:
    """Installs requirements as wheels for Lambda. Raises CannotPackage with pip's own words."""
    lines = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    alone = [line for line in lines if re.split(r"[=<>~!\[ ]", line, maxsplit=1)[0] in ALONE]
    whole = [line for line in lines if line not in alone]
    for chosen, options in ((whole, ()), (alone, ("--no-deps",))):
        if not chosen:
            continue
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile",
             "--only-binary=:all:", "--platform", PLATFORM, "--python-version", PYTHON, "--implementation", "cp",
             "--target", str(target), *options, *chosen], capture_output=True, text=True, check=False)
        if done.returncode:
            raise CannotPackage(f"no wheels for {PLATFORM}, Python {PYTHON}:\n{done.stderr.strip()}")


def trim(staging: Path, services: set[str]) -> None:
    """Drops boto's descriptions of services we never call, and what only people and pip read."""
    for package in ("botocore", "boto3"):
        for entry in (staging / package / "data").iterdir():
            if entry.is_dir() and entry.name not in services:
                shutil.rmtree(entry)
            elif entry.is_file() and entry.name not in _BOTO_SHARED:
                entry.unlink()
    missing = services - {entry.name for entry in (staging / "botocore" / "data").iterdir()}
    if missing:
        raise CannotPackage(f"botocore does not know {sorted(missing)}")
    for unused in ("bin", "chalice/templates", "chalice/cli"):
        shutil.rmtree(staging / unused, ignore_errors=True)
    for record in (*staging.glob("*.dist-info/RECORD"), *staging.glob("*.dist-info/direct_url.json")):
        record.unlink()


def compile_modules(staging: Path) -> None:
    """Compiles every module: Lambda's folder is read-only, so each cold start would compile all it imports (measured:
    740 ms of CPU against 260 ms). Unchecked hashes and one seed make the same bytes each time. Raises CannotPackage."""
    done = subprocess.run(
        [sys.executable, "-S", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "-s", str(staging),
         "-p", HOME, str(staging)],
        env={"PYTHONHASHSEED": "0", "PATH": ""}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotPackage(f"a module does not compile:\n{done.stdout}{done.stderr}")


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def write_zip(folder: Path, archive: Path) -> None:
    """The folder's files in the order of their names, all of one date and readable by all."""
    temporary = archive.with_suffix(".tmp")
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as written:
        _write(folder, written, set())
    temporary.replace(archive)


def _write(folder: Path, written: zipfile.ZipFile, held: set[str]) -> None:
    """The folder's files into an open zip, but for what it holds already."""
    for path in _files(folder):
        entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), FIXED_DATE)
        if entry.filename in held:
            continue
        entry.external_attr = 0o100644 << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        written.writestr(entry, path.read_bytes())
