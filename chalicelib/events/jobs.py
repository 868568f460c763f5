"""A job's checkpoint, written in the transaction of the work it stands for: what is done is recorded, or is not done.

A domain's work loads `Run`, does a part with a `Transaction` of its own, and calls `run.commit`. Whoever took the job up
later makes every write of an earlier worker fail (`Fenced`), whole: the checkpoint carries the condition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from chalicelib.kernel import codec
from chalicelib.kernel.context import Actor, Command, Context, Origin
from chalicelib.kernel.errors import AlreadyDone, Conflict, Problem, Stale, Unavailable
from chalicelib.kernel.job import JOB, JOB_TRANSITIONS, OPEN, Job
from chalicelib.kernel.states import next_state
from chalicelib.storage import keys, read
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Refused, Transaction

SLICE_SECONDS = 25
RESERVE_SECONDS = 20
TAKEOVERS = 5
LONGEST_DELAY_SECONDS = 900
"""The longest delay of a message (Amazon SQS API Reference, SendMessage, DelaySeconds)."""
CANCEL_ATTEMPTS = 20
RESULT_SECONDS = 30 * 86400
RESULT_ROWS, MAX_PROBLEMS = 400, 8000
"""Problems in one item, and the most that one part keeps; rows beyond them are counted all the same."""


class Fenced(Exception):
    """Another worker carries this job on, or somebody stopped it."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of rows: how many of each outcome, and what was wrong. `chunk_done` says that the next chunk begins."""

    rows: int
    counts: Mapping[str, int]
    problems: Sequence[Problem] = ()
    chunk_done: bool = True


class Run:
    """One worker's hold of a job, until its slice of time is over or the job is."""

    def __init__(self, ctx: Context, job: Job) -> None:
        self.ctx, self.job = ctx, job
        self._began = ctx.clock.monotonic()
        self.is_over = False

    def transaction(self) -> Transaction:
        """A transaction for the next part; its command follows from the job's version, so it is never done twice. What it
        changes is the doing of whoever began the job."""
        job, ctx = self.job, self.ctx
        actor = Actor(job.actor_kind, job.actor_id, job.actor_name) if job.actor_id else ctx.actor
        return Transaction(replace(ctx, command=Command(f"job:{job.id}:{job.version}"), actor=actor,
                                   origin=Origin(f"{job.job_kind} {job.id}")))

    def commit(self, tx: Transaction, settled: Settled, facts: Mapping[str, Any] | None = None,
               chunk_count: int | None = None, total: int | None = None) -> None:
        """The part's writes with the checkpoint, all or nothing. Raises Fenced; Conflict and Refused as the part's own."""
        job = self.job
        counts = {name: job.counts.get(name, 0) + settled.counts.get(name, 0) for name in {*job.counts, *settled.counts}}
        chunk = job.chunk + settled.chunk_done
        new = replace(
            job, state="running", done=job.done + settled.rows, chunk=chunk, counts=dict(sorted(counts.items())),
            settled=0 if settled.chunk_done else job.settled + settled.rows, takeovers=0, updated_at=self.ctx.clock.now(),
            problem_count=job.problem_count + len(settled.problems), facts=job.facts if facts is None else facts,
            chunk_count=job.chunk_count if chunk_count is None else chunk_count, total=job.total if total is None else total,
            resume_at=None, waiting_since=None)
        for item in self._results(settled.problems):
            tx.put(item)
        if chunk >= new.chunk_count:
            new = replace(new, state="done", ended_at=new.updated_at)
        elif self._time_is_up():
            new = replace(new, run=job.run + 1)
        saved = tx.save(JOB, job, new)
        _tell(tx, job, saved)
        try:
            tx.commit()
        except (AlreadyDone, Conflict, Refused):
            if read.get(self.ctx, JOB, job.id).version != job.version:
                raise Fenced() from None
            raise
        self.job, self.is_over = saved, saved.state == "done" or saved.run != job.run

    def go_on(self, facts: Mapping[str, Any], counts: Mapping[str, int] | None = None, rows: int = 0,
              problems: Sequence[Problem] = (), tx: Transaction | None = None) -> None:
        """The checkpoint of work that goes by phases: `facts` over those of before. How many parts and rows there are is known
        only at its end, when the phase is `done`. Raises as `commit`."""
        parts = 1 if facts.get("phase") == "done" else 2
        self.commit(tx or self.transaction(), Settled(rows, counts or {}, problems), facts={**self.job.facts, **facts},
                    chunk_count=self.job.chunk + parts, total=max(self.job.total, self.job.done + rows))

    def wait(self, seconds: int) -> None:
        """Ends the slice: somebody whom the work needs has no time now. A delayed message carries it on, after a quarter of
        an hour at most. Raises Fenced."""
        job, now, delay = self.job, self.ctx.clock.now(), max(1, min(seconds, LONGEST_DELAY_SECONDS))
        tx = Transaction(replace(self.ctx, command=Command(f"job:{job.id}:{job.version}:wait")))
        saved = tx.save(JOB, job, replace(job, run=job.run + 1, takeovers=0, updated_at=now,
                                          resume_at=now + timedelta(seconds=delay), waiting_since=job.waiting_since or now))
        tx.emit("JobContinued", JOB.kind, job.id, saved.version,
                {"job_kind": job.job_kind, "run": saved.run, "delay_seconds": delay})
        try:
            tx.commit()
        except (AlreadyDone, Conflict):
            raise Fenced() from None
        self.job, self.is_over = saved, True

    def _results(self, found: Sequence[Problem]) -> list[Item]:
        """What was wrong in a part, beside the job, in the order of the work: an item of the table has a size."""
        ctx, job = self.ctx, self.job
        rows = [codec.plain(replace(each, detail=each.detail[:200], column=each.column and each.column[:80])) for each in found]
        return [Item(keys.child(ctx, "job_result", job.id, f"{job.chunk:06d}.{job.settled:06d}.{at:06d}"), "job_result",
                     ctx.tenant_id, codec.compact(rows[at : at + RESULT_ROWS]),
                     expires_at=int(job.created_at.timestamp()) + RESULT_SECONDS)
                for at in range(0, min(len(rows), MAX_PROBLEMS), RESULT_ROWS)]

    def _time_is_up(self) -> bool:
        spent = self.ctx.clock.monotonic() - self._began
        return spent > SLICE_SECONDS or self.ctx.remaining_seconds() < RESERVE_SECONDS


def _tell(tx: Transaction, old: Job, new: Job) -> None:
    data = {"job_kind": new.job_kind, "run": new.run}
    if new.state == "done":
        tx.emit("JobFinished", JOB.kind, new.id, new.version, {**data, "title": new.title})
    elif new.run != old.run:
        tx.emit("JobContinued", JOB.kind, new.id, new.version, data)


def start(ctx: Context, job: Job) -> Job:
    """A new job; its first message is in the same transaction."""
    return start_in(Transaction(ctx), job)


def start_in(tx: Transaction, job: Job) -> Job:
    """The same in a transaction that holds what the job is about; commits it."""
    ctx = tx.ctx
    job = replace(job, actor_kind=ctx.actor.kind, actor_id=ctx.actor.id, actor_name=ctx.actor.name)
    created = tx.create(JOB, job)
    tx.emit("JobStarted", JOB.kind, job.id, 1, {"job_kind": job.job_kind, "run": job.run, "title": job.title})
    tx.answers(202, JOB.kind, job.id, 1)
    tx.commit()
    return created


def take_up(ctx: Context, job_id: str, run: int) -> Run | None:
    """Holds a job for the message that carries it on; None when that message is stale or the job is over.

    Whoever held it before is fenced off. A job that nobody gets on with is given up.
    """
    job = read.find(ctx, JOB, job_id)
    if job is None or job.state not in OPEN or job.run != run:
        return None
    if job.takeovers >= TAKEOVERS:
        give_up(ctx, job, "no_progress", "The work stopped at the same place several times.")
        return None
    hold = Run(ctx, job)
    tx = Transaction(replace(ctx, command=Command(f"job:{job.id}:{job.version}:hold")))
    held = tx.save(JOB, job, replace(job, state="running", takeovers=job.takeovers + 1,
                                     started_at=job.started_at or ctx.clock.now(), updated_at=ctx.clock.now()))
    try:
        tx.commit()
    except (AlreadyDone, Conflict):
        return None
    hold.job = held
    return hold


def give_up(ctx: Context, job: Job, code: str, detail: str) -> Job:
    """Ends a job where it stands; what is done stays done. Raises Stale when it moved on meanwhile."""
    return _end(replace(ctx, command=Command(f"job:{job.id}:{job.version}:end")), job, "failed", code, detail)


def cancel(ctx: Context, job: Job) -> Job:
    """Stops a job before its next part, at a person's command; what is done stays done. Raises Conflict when it is over."""
    for _ in range(CANCEL_ATTEMPTS):
        state = next_state(JOB_TRANSITIONS, job.state, "cancel")
        try:
            return _end(ctx, job, state, "cancelled", "Somebody stopped it.")
        except Stale:
            job = read.get(ctx, JOB, job.id)
    raise Unavailable()


def _end(ctx: Context, job: Job, state: str, code: str, detail: str) -> Job:
    tx = Transaction(ctx)
    saved = tx.save(JOB, job, replace(job, state=state, failure_code=code, failure_detail=detail[:300], resume_at=None,
                                      ended_at=ctx.clock.now(), updated_at=ctx.clock.now()))
    tx.emit("JobFailed", JOB.kind, job.id, saved.version, {"job_kind": job.job_kind, "code": code, "title": job.title})
    tx.answers(200, JOB.kind, job.id, saved.version)
    tx.commit()
    return saved


def send_again(ctx: Context, job: Job) -> None:
    """A new message for a job whose last one was lost; a worker that is at it after all is fenced off by it."""
    tx = Transaction(replace(ctx, command=Command(f"job:{job.id}:{job.version}:again")))
    saved = tx.save(JOB, job, replace(job, run=job.run + 1, updated_at=ctx.clock.now(), resume_at=None))
    tx.emit("JobContinued", JOB.kind, job.id, saved.version, {"job_kind": job.job_kind, "run": saved.run})
    tx.commit()


def problems(ctx: Context, job_id: str) -> list[Problem]:
    """Everything that was wrong, by line. Kept thirty days."""
    found: list[Problem] = []
    start_at = None
    while True:
        items, start_at = read.collection(ctx, f"JOB_RESULT#{job_id}", start=start_at)
        found += [codec.parse(Problem, row) for item in items for row in codec.load(item.data)]
        if start_at is None:
            return sorted(found, key=lambda problem: problem.line or 0)
