"""Makes the small services of the local engine durable: their whole state is saved before they answer a write.

Identity, keys, secrets, schedules and bucket settings are some kilobytes that change rarely, so the state is
compared with the last saved one after each request. Objects of buckets are files of their own (`S3_PERSIST`).
"""
from __future__ import annotations

import importlib
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from ministack.core import persistence

DURABLE_SERVICES = ("cognito", "kms", "secretsmanager", "scheduler", "eventbridge", "s3")

Handler = Callable[..., Awaitable[Any]]


class DurableService:
    """One service module of ministack and the file that holds its state."""

    def __init__(self, module: ModuleType, path: Path) -> None:
        self._module = module
        self._path = path
        self._saved = ""
        self._handle: Handler = module.handle_request

    def load(self) -> None:
        """Give the module the state of the last run, if there is one."""
        if self._path.exists():
            self._saved = self._path.read_text("utf-8")
            self._module.load_persisted_state(json.loads(self._saved, object_hook=persistence._json_object_hook))

    def install(self) -> None:
        """Save before every answer from now on."""
        setattr(self._module, "handle_request", self._saving_request)  # noqa: B010

    def save(self) -> None:
        """Write the state to disk if it changed; the file is replaced whole, so it is never half written."""
        text = json.dumps(self._module.get_state(), default=persistence._json_default)
        if text == self._saved and self._path.exists():
            return
        unfinished = self._path.with_suffix(".tmp")
        with unfinished.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._path)
        self._saved = text

    async def _saving_request(self, *arguments: Any, **options: Any) -> Any:
        answer = await self._handle(*arguments, **options)
        self.save()
        return answer


def make_durable(directory: Path) -> None:
    """Load the small services from `directory` and save them there from now on."""
    directory.mkdir(parents=True, exist_ok=True)
    for name in DURABLE_SERVICES:
        service = DurableService(importlib.import_module(f"ministack.services.{name}"), directory / f"{name}.json")
        service.load()
        service.install()
