"""`python -m tests.catalog.import_worker <tenant> <job>`: a worker's process of its own, on the engine its environment names.

It says what it begins and what it has committed, so that whoever kills it knows where it was.
"""

from __future__ import annotations

import sys
from typing import Any

from chalicelib.catalog import importing
from chalicelib.events.jobs import Run
from chalicelib.kernel.job import JOB, OPEN
from chalicelib.runtime.jobs import carry_on
from chalicelib.storage import read
from tests.conftest import make_context


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def main(tenant_id: str, job_id: str) -> None:
    """Carries the job on, message after message, until it is over."""
    begin, commit = Run.transaction, Run.commit

    def begun(run: Run) -> Any:
        say("begun", run.job.version)
        return begin(run)

    def committed(run: Run, *given: Any, **named: Any) -> None:
        commit(run, *given, **named)
        say("committed", run.job.version, run.job.done)

    Run.transaction, Run.commit = begun, committed  # type: ignore[method-assign]
    while (job := read.get(make_context(tenant_id), JOB, job_id)).state in OPEN:
        carry_on(make_context(tenant_id), job_id, job.run, importing.work)


if __name__ == "__main__":
    main(*sys.argv[1:])
