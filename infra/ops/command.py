"""What every operator's command shares: whom it is about, a dry run, how far it is, and who did what in the end."""

from __future__ import annotations

import argparse
import getpass
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Say = Callable[[str], None]
_SAY_SECONDS = 1.0


def parser(name: str, description: str | None, tenant_required: bool = True) -> argparse.ArgumentParser:
    """A parser with `--tenant` and `--dry-run`; without the tenant that it is about a command ends with status 2."""
    made = argparse.ArgumentParser(prog=f"python -m infra.ops.{name}", description=description,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--tenant", required=tenant_required, help="the tenant that it is about")
    made.add_argument("--dry-run", action="store_true", help="only say what would be done")
    return made


def instant(text: str) -> datetime:
    """A point in time; one without a zone is UTC. Raises ValueError, which argparse turns into a message."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@dataclass(slots=True)
class Progress:
    """How far a command is, said at most once a second; `finish` says the last, then one line of JSON for the record."""

    say: Say
    total: int
    done: int = 0
    _told: float = field(default_factory=time.monotonic)

    def step(self, count: int = 1) -> None:
        """So many more are done."""
        self.done += count
        now = time.monotonic()
        if now - self._told >= _SAY_SECONDS:
            self._told = now
            self._tell()

    def _tell(self) -> None:
        self.say(f"done {self.done} of {self.total}, {max(0, self.total - self.done)} remain")

    def finish(self, command: str, dry_run: bool, **facts: Any) -> None:
        """Who ran what, about whom, and what came of it."""
        self._tell()
        self.say(json.dumps({"at": datetime.now(UTC).isoformat(timespec="seconds"), "operator": getpass.getuser(),
                             "command": command, "dry_run": dry_run, "total": self.total, "done": self.done, **facts},
                            ensure_ascii=False))
