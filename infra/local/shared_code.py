"""Deployed functions of the local engine share one unpacked copy of their code, and a queue's function is one process.

ministack unpacks the code for every process it starts: 2,000 files, some thirty processes in the story. Lambda's code
folder is read-only, so the processes can look at the same one. And it starts up to five processes for a queue that fills
faster than the first can start, which costs a machine of two cores a second each and gains nothing.
"""
from __future__ import annotations

import hashlib
import os
import tempfile
import threading
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

PROCESSES_PER_QUEUE = 1
_unpacking = threading.Lock()


class SharedZip(zipfile.ZipFile):
    """A zip that is unpacked once for each content; where it should be unpacked to, a link leads there."""

    def extractall(self, path: Any = None, members: Any = None, pwd: bytes | None = None) -> None:
        """Makes the empty folder `path` a link to the unpacked content, in the scratch folder of this process."""
        shared = Path(tempfile.gettempdir()) / f"code-{hashlib.sha256(Path(str(self.filename)).read_bytes()).hexdigest()}"
        with _unpacking:
            if not shared.exists():
                unfinished = shared.with_suffix(".unfinished")
                super().extractall(unfinished, members, pwd)
                unfinished.rename(shared)
        Path(path).rmdir()
        os.symlink(shared, path)


def share_code() -> None:
    """Gives ministack's Lambda the zips above, and nobody else."""
    setattr(lambda_runtime, "zipfile", SimpleNamespace(**{**vars(zipfile), "ZipFile": SharedZip}))  # noqa: B010


def few_processes() -> None:
    """Hands a queue's function one batch at a time unless its source says how many (`ScalingConfig`)."""
    setattr(lambda_svc, "_ESM_SQS_DEFAULT_CONCURRENCY", PROCESSES_PER_QUEUE)  # noqa: B010
