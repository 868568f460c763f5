"""The zip that Lambda runs: complete, small, the same twice, or an error."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from infra import archive, package
from infra.archive import CannotPackage
from infra.stacks.functions import code_of
from infra.stacks.intrinsics import Template


@pytest.fixture(scope="module")
def core(build: Path) -> Path:
    return build / "core.zip"


@pytest.fixture(scope="module")
def described(build: Path) -> Template:
    """What `make package` says of the app: it wrote it after each zip had started as every function that runs it."""
    found: Template = json.loads((build / "template-app.json").read_text("utf-8"))
    return found


def names(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as opened:
        return opened.namelist()


def test_no_template_is_written_before_each_zip_has_started_as_every_function(
    monkeypatch: pytest.MonkeyPatch, sources: Path, described: Template, tmp_path: Path,
) -> None:
    started: list[str] = []
    monkeypatch.setattr(package, "templates", lambda root: {"template-app.json": described})
    monkeypatch.setattr(archive, "build", lambda *_: None)
    monkeypatch.setattr(archive, "extend", lambda *_: None)
    monkeypatch.setattr(package, "check_zip", lambda code, template: started.append(code.name))
    package.package(tmp_path, sources)
    assert set(started) == {code_of(domain).rpartition("/")[2] for domain, _ in package.handlers(described)}

    def refuse(code: Path, template: Template) -> None:
        raise CannotPackage(code.name)

    monkeypatch.setattr(package, "check_zip", refuse)
    (tmp_path / "template-app.json").unlink()
    with pytest.raises(CannotPackage):
        package.package(tmp_path, sources)
    assert not (tmp_path / "template-app.json").exists()


def test_the_documents_have_a_zip_of_their_own_that_draws(build: Path) -> None:
    """The core's entries byte for byte, and Typst on top, within Lambda's limit."""
    own = build / "documents.zip"
    with zipfile.ZipFile(build / "core.zip") as core, zipfile.ZipFile(own) as documents:
        entries = {each.filename: each.CRC for each in documents.infolist()}
        assert {each.filename: each.CRC for each in core.infolist()}.items() <= entries.items()
        assert "typst/__init__.py" in entries and not any(name.startswith("typst/") for name in core.namelist())
        assert sum(each.file_size for each in documents.infolist()) < archive.MAX_UNPACKED_BYTES


def test_a_zip_without_a_package_is_refused_before_it_is_deployed(core: Path, described: Template, tmp_path: Path) -> None:
    with zipfile.ZipFile(core) as whole, zipfile.ZipFile(tmp_path / "core.zip", "w") as partial:
        for name in whole.namelist():
            if not name.startswith("pydantic_core/"):
                partial.writestr(name, whole.read(name))
    with pytest.raises(CannotPackage, match="pydantic_core"):
        package.check_zip(tmp_path / "core.zip", described)


def test_a_handler_that_the_app_lacks_is_refused(core: Path) -> None:
    template = {"Resources": {"Ghost": {"Type": "AWS::Serverless::Function", "Properties": {
        "Handler": "app.ghost", "Environment": {"Variables": {"ERP_DOMAIN": "activity"}}}}}}
    with pytest.raises(CannotPackage, match="ghost"):
        package.check_zip(core, template)


def test_the_zip_holds_our_code_and_what_the_requirements_name(core: Path) -> None:
    held = names(core)
    assert {"app.py", "chalicelib/runtime/api.py", "connectors/contract.py"} <= set(held)
    wanted = [re.split(r"[=<>]", line)[0].replace("-", "_").lower()
              for line in (package.ROOT / "requirements.txt").read_text().split()]
    distributions = {name.split("-")[0].lower() for name in held if ".dist-info/" in name}
    assert set(wanted) <= distributions
    assert not [name for name in held if name.startswith(("infra/", "tests/", "pip/", "setuptools/"))]


def test_every_module_is_compiled_for_any_date_of_its_source(core: Path) -> None:
    """An unchecked hash (PEP 552: flags 0b01): neither the zip's dates nor a read-only folder make it compile again."""
    with zipfile.ZipFile(core) as opened:
        held = set(opened.namelist())
        ours = [name for name in held if name.startswith(("chalicelib/", "connectors/")) and name.endswith(".py")]
        for name in ours:
            folder, _, module = name.rpartition("/")
            compiled = opened.read(f"{folder}/__pycache__/{module.removesuffix('.py')}.cpython-311.pyc")
            assert int.from_bytes(compiled[4:8], "little") == 1
            assert f"/var/task/{name}".encode() in compiled
    assert len(ours) > 50


def test_compiled_code_is_for_lambda_and_python_311(core: Path) -> None:
    compiled = [name for name in names(core) if name.endswith(".so")]
    assert compiled
    assert all("cpython-311" in name for name in names(core) if name.endswith(".pyc"))
    for name in compiled:
        assert re.search(r"cpython-311-x86_64-linux-gnu|abi3", name), name


def test_boto_knows_only_the_services_the_code_calls(sources: Path, core: Path) -> None:
    services = {name.split("/")[2] for name in names(core) if re.match(r"botocore/data/[^/]+/", name)}
    assert services == archive.services_used((sources / "chalicelib").rglob("*.py"))
    assert {"dynamodb", "s3", "kms", "secretsmanager", "cognito-idp", "sqs", "sesv2"} <= services


def test_the_zip_fits_lambda(core: Path) -> None:
    with zipfile.ZipFile(core) as opened:
        assert sum(each.file_size for each in opened.infolist()) < archive.MAX_UNPACKED_BYTES / 2
    assert core.stat().st_size < 50 * 1024 * 1024, "above 50 MB Lambda takes a zip from S3 only"


def test_the_same_sources_give_the_same_bytes(sources: Path, core: Path, tmp_path: Path) -> None:
    archive.build(sources, sources / "requirements.txt", tmp_path / "staging", tmp_path / "again.zip")
    with zipfile.ZipFile(core) as one, zipfile.ZipFile(tmp_path / "again.zip") as other:
        assert one.namelist() == other.namelist()
        assert [name for name in one.namelist() if one.getinfo(name).CRC != other.getinfo(name).CRC] == []
    assert (tmp_path / "again.zip").read_bytes() == core.read_bytes()


def test_entries_are_sorted_dated_and_readable_by_all(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.txt", "a/b.txt"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_text(name)
        (tmp_path / "in" / name).chmod(0o600)
    archive.write_zip(tmp_path / "in", tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as opened:
        entries = opened.infolist()
    assert [each.filename for each in entries] == ["a/b.txt", "a/z.txt", "b.txt"]
    assert {(each.date_time, each.external_attr >> 16) for each in entries} == {(archive.FIXED_DATE, 0o100644)}


def test_a_package_without_a_wheel_for_lambda_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CannotPackage, match="no wheels for manylinux2014_x86_64"):
        archive.install(["pywin32==306"], tmp_path)


def test_a_zip_beyond_the_limit_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 1000)
    monkeypatch.setattr(archive, "install", lambda lines, target: _with_boto(target))
    with pytest.raises(CannotPackage, match="unpacks to"):
        archive.build(package.ROOT, package.ROOT / "requirements.txt", tmp_path / "staging", tmp_path / "core.zip")
    assert not (tmp_path / "core.zip").exists()


def test_a_service_boto_does_not_know_is_an_error(tmp_path: Path) -> None:
    _with_boto(tmp_path)
    with pytest.raises(CannotPackage, match="teleport"):
        archive.trim(tmp_path, {"dynamodb", "teleport"})


def _with_boto(target: Path) -> None:
    """A folder like an installed boto's, with the services the code calls."""
    for package_name in ("boto3", "botocore"):
        for service in (*archive.services_used((package.ROOT / "chalicelib").rglob("*.py")), "ec2"):
            (target / package_name / "data" / service).mkdir(parents=True)
    shutil.copy(package.ROOT / "requirements.txt", target / "filler.txt")
    (target / "filler.txt").write_bytes(b"x" * 1001)


def test_a_package_is_made_anew_when_anything_it_is_made_from_changed(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    monkeypatch.setattr(package, "templates", lambda root: {"template-app.json": {"Resources": {}}})
    monkeypatch.setattr(archive, "build", lambda root, *rest: made.append(package.digest(root)))
    monkeypatch.setattr(archive, "extend", lambda *given: None)
    monkeypatch.setattr(package, "check_zip", lambda core, template: None)
    changed = shutil.copytree(sources, tmp_path / "changed")
    assert package.package_if_stale(tmp_path / "build", changed)
    assert not package.package_if_stale(tmp_path / "build", changed)
    with (changed / "requirements.txt").open("a") as requirements:
        requirements.write("# one more line\n")
    assert package.package_if_stale(tmp_path / "build", changed)
    (changed / "connectors" / "one_more.py").touch()
    assert package.package_if_stale(tmp_path / "build", changed)
    assert len(set(made)) == 3


def test_requirements_are_pinned() -> None:
    all_of_them = (package.ROOT / f"requirements{name}.txt" for name in ("", "-documents", "-subscriptions"))
    for line in "".join(each.read_text() for each in all_of_them).split():
        assert re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][\w.]*", line), line
