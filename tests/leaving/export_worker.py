"""`python -m tests.leaving.export_worker <tenant> <job>`: a worker's process of its own, which says when it laid a checkpoint
of the packing aside and when it writes a member."""

from __future__ import annotations

import sys
from typing import Any

from chalicelib.kernel.job import JOB, OPEN
from chalicelib.leaving import exporting, packing
from chalicelib.runtime.jobs import carry_on
from chalicelib.storage import read
from tests.conftest import make_context


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def main(tenant_id: str, job_id: str) -> None:
    """Carries the job on, message after message, until it is over."""
    write = packing.Packer.write
    packing.MEMBERS_A_CHECKPOINT = 1

    def written(packer: Any, name: str, *given: Any, **named: Any) -> Any:
        found = write(packer, name, *given, **named)
        say("written", name)
        return found

    packing.Packer.write = written  # type: ignore[method-assign]
    while (job := read.get(make_context(tenant_id), JOB, job_id)).state in OPEN:
        carry_on(make_context(tenant_id), job_id, job.run, exporting.work)


if __name__ == "__main__":
    main(*sys.argv[1:])
