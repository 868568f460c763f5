"""One unpacked copy of the code for all processes of deployed functions."""
from __future__ import annotations

import inspect
import re
import tempfile
import zipfile
from pathlib import Path

import pytest
from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from infra.local.shared_code import PROCESSES_PER_QUEUE, SharedZip, few_processes


def unpack(folder: Path, content: str) -> Path:
    """As ministack does it: a zip and an empty folder beside it."""
    target = folder / "code"
    target.mkdir(parents=True)
    with zipfile.ZipFile(folder / "code.zip", "w") as written:
        written.writestr(zipfile.ZipInfo("app.py"), content)
    with SharedZip(folder / "code.zip") as opened:
        opened.extractall(target)
    return target


def test_the_same_code_is_unpacked_once_and_other_code_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    one, same, other = unpack(tmp_path / "1", "a = 1"), unpack(tmp_path / "2", "a = 1"), unpack(tmp_path / "3", "a = 2")
    assert one.resolve() == same.resolve() != other.resolve()
    assert [(each / "app.py").read_text() for each in (one, same, other)] == ["a = 1", "a = 1", "a = 2"]
    assert len(list(tmp_path.glob("code-*"))) == 2


def test_ministack_unpacks_as_it_did_when_this_was_written() -> None:
    spawn = inspect.getsource(lambda_runtime.Worker._spawn)
    assert "os.makedirs(code_dir)" in spawn
    assert re.search(r"with zipfile\.ZipFile\(.*\) as zf:\s+zf\.extractall\(code_dir\)", spawn)


def test_a_queue_has_one_process_unless_its_source_says_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lambda_svc, "_ESM_SQS_DEFAULT_CONCURRENCY", 5)
    few_processes()
    assert lambda_svc._sqs_esm_concurrency({}, {}, {}) == PROCESSES_PER_QUEUE == 1
    assert lambda_svc._sqs_esm_concurrency({"ScalingConfig": {"MaximumConcurrency": 3}}, {}, {}) == 3
