"""Who asks, what is refused and in which words, ids, documents, jobs: the kernel's small shapes."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.kernel import codec, errors, job, states
from chalicelib.kernel.address import Address
from chalicelib.kernel.context import PLATFORM, Actor, Command, Context, SystemChance, SystemClock
from chalicelib.kernel.documents import Document, Guard, at_version
from chalicelib.kernel.errors import Conflict, Forbidden
from chalicelib.kernel.event import Event
from chalicelib.kernel.explanation import ExplainedRow, Explanation
from chalicelib.kernel.ids import derived_id, sortable_id
from chalicelib.kernel.job import JOB, Job, progress
from chalicelib.kernel.shapes import command, entity

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class StoppedClock:
    """Noon; seconds since the start are what the test says."""

    def __init__(self, monotonic: float = 0.0) -> None:
        self.seconds = monotonic

    def now(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class LoadedDice:
    """Always the same bytes; keeps how many were asked for."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def token(self, size: int) -> bytes:
        self.sizes.append(size)
        return bytes(range(size))

    def uniform(self) -> float:
        return 0.5


def context(**more: Any) -> Context:
    facts: dict[str, Any] = {"tenant_id": "t1", "actor": Actor("user", "usr_1", "Anne"), "now": NOON, "request_id": "req_1",
                             "command": Command("cmd", "hash"), "clock": StoppedClock(), "chance": LoadedDice()}
    return Context(**{**facts, **more})


# -- context -----------------------------------------------------------------------------------------------------------


def test_a_caller_may_do_what_it_holds_and_a_star_is_everything() -> None:
    clerk = context(permissions=frozenset({"orders.read"}))
    assert clerk.allows("orders.read") and not clerk.allows("orders.write")
    assert context(permissions=frozenset({"*"})).allows("orders.write")
    assert not context().allows("orders.read")
    clerk.require("orders.read")
    with pytest.raises(Forbidden) as refused:
        clerk.require("orders.write")
    assert refused.value.code == "forbidden" and "orders.write" in refused.value.detail


def test_what_a_context_is_when_nothing_is_said() -> None:
    plain = Context("t1", Actor("system", "x"), NOON, "req", Command("c"))
    assert (plain.locale, plain.deadline, plain.blind_key, plain.requests_per_minute) == ("fr", float("inf"), b"", 0)
    assert (plain.actor.name, plain.command.body_hash, plain.permissions) == ("", "", frozenset())
    assert PLATFORM == "", "no tenant's id is empty, see tenants.model.check_tenant_id"
    assert isinstance(plain.clock, SystemClock) and isinstance(plain.chance, SystemChance)


def test_a_personal_value_stands_in_a_key_as_a_keyed_hash_of_its_tenant() -> None:
    hidden = context(blind_key=b"k1").blind("anne@givree.example")
    assert hidden == hmac.new(b"k1", b"anne@givree.example", hashlib.sha256).hexdigest()[:40]
    assert hidden != context(blind_key=b"k2").blind("anne@givree.example")
    with pytest.raises(RuntimeError):
        context().blind("anne@givree.example")


def test_a_step_is_a_command_of_its_own_within_the_same_request() -> None:
    whole = context()
    part = whole.step("ship")
    assert part.command == Command("cmd/ship", "hash")
    assert part.step("1").command.id == "cmd/ship/1"
    assert dataclasses.replace(part, command=whole.command) == whole


def test_seconds_left_are_counted_on_the_callers_clock() -> None:
    clock = StoppedClock(100.0)
    ctx = context(deadline=130.0, clock=clock)
    assert ctx.remaining_seconds() == 30.0
    clock.sleep(12.0)
    assert ctx.remaining_seconds() == 18.0


def test_a_new_id_is_of_this_instant_and_of_ten_bytes_of_chance() -> None:
    dice = LoadedDice()
    assert context(chance=dice).new_id("ord") == sortable_id("ord", NOON, bytes(range(10)))
    assert dice.sizes == [10]


def test_the_machines_own_clock_and_chance() -> None:
    clock, chance = SystemClock(), SystemChance()
    assert clock.now().tzinfo is UTC and abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    began = clock.monotonic()
    clock.sleep(0.02)
    assert 0.02 <= clock.monotonic() - began < 5
    assert len(chance.token(10)) == 10 and chance.token(16) != chance.token(16)
    drawn = [chance.uniform() for _ in range(64)]
    assert all(0 <= x < 1 for x in drawn)
    assert min(drawn) < 0.5 < max(drawn), "one in 2^63 that all fall on one side"
    assert any(x * 2**40 % 1 for x in drawn), "fine enough for jitter"


# -- ids ---------------------------------------------------------------------------------------------------------------


def test_an_id_is_written_as_a_ulid() -> None:
    """The ULID specification's own instant, 1469918176385 ms, is `01ARYZ6S41` in Crockford's alphabet."""
    at = datetime(2016, 7, 30, 22, 36, 16, 385000, tzinfo=UTC)
    assert sortable_id("ord", at, b"\x00" * 10) == "ord_01ARYZ6S41" + "0" * 16
    assert sortable_id("ord", at, b"\xff" * 10) == "ord_01ARYZ6S41" + "Z" * 16
    assert sortable_id("ord", at, bytes(9) + b"\x21") == "ord_01ARYZ6S41" + "0" * 14 + "11"
    assert sortable_id("ord", at, bytes(10) + b"\xff") == "ord_01ARYZ6S41" + "0" * 16, "ten bytes count, no more"
    letters = {sortable_id("x", at, bytes([n] * 10))[12:] for n in range(256)}
    assert set("".join(letters)) == set("0123456789ABCDEFGHJKMNPQRSTVWXYZ"), "no I, L, O, U"


def test_a_derived_id_never_changes() -> None:
    """Frozen: stored documents are found by it."""
    assert derived_id("ord", "con_1", "1001") == "ord_06V25K31N8PVD77DVMFFEQ0D"
    number = int.from_bytes(hashlib.sha256(b"con_1\x1f1001").digest()[:15], "big")
    digits = []
    for _ in range(24):
        number, digit = divmod(number, 32)
        digits.append("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[digit])
    assert derived_id("ord", "con_1", "1001") == "ord_" + "".join(reversed(digits))
    assert derived_id("ord", "a", "b\x1fc") == derived_id("ord", "a\x1fb", "c"), "parts hold no unit separator"


# -- errors ------------------------------------------------------------------------------------------------------------


def test_an_error_says_its_code_and_keeps_its_facts() -> None:
    error = errors.Invalid("quantity", "A quantity is above zero.", {"lines.0.quantity": "above 0"}, state="draft")
    assert (error.code, error.detail, str(error)) == ("quantity", "A quantity is above zero.", "A quantity is above zero.")
    assert (error.fields, error.facts) == ({"lines.0.quantity": "above 0"}, {"state": "draft"})
    assert errors.Conflict("x", "y").fields == {} and errors.Conflict("x", "y").facts == {}
    given = {"a": "b"}
    assert errors.Invalid("x", "y", given).fields is not given


def test_what_is_not_there_is_told_alike_whoever_owns_it() -> None:
    missing = errors.NotFound("sales_order")
    assert (missing.code, missing.detail) == ("not_found", "There is no such sales order.")
    assert errors.NotFound("file", "file_gone").code == "file_gone"
    stale = errors.Stale("price_list")
    assert stale.code == "stale_version" and "price list" in stale.detail and isinstance(stale, Conflict)


def test_the_errors_of_the_door_and_of_the_machinery() -> None:
    assert errors.Unauthenticated().code == "unauthenticated" and errors.Unauthenticated().detail
    assert errors.Unauthenticated("wrong_code", "No.").detail == "No."
    assert errors.LimitExceeded("rate", "Later.", 30).retry_after_seconds == 30
    assert errors.LimitExceeded("rate", "Later.").retry_after_seconds is None
    assert errors.LimitExceeded("rate", "Later.").code == "rate"
    assert errors.Unavailable().code == "unavailable" and errors.Unavailable("Down.").detail == "Down."
    assert errors.OutcomeUnknown().code == "outcome_unknown" and isinstance(errors.OutcomeUnknown(), errors.Unavailable)
    marker = {"status": 201}
    done = errors.AlreadyDone(marker)
    assert done.marker == marker and done.marker is not marker
    assert str(done) == "command already done" and not isinstance(done, errors.DomainError)
    problem = errors.Problem("sku", "Unknown.")
    assert (problem.path, problem.line, problem.column) == ("", None, None)
    assert errors.DomainError.status_hint == "invalid"


# -- states ------------------------------------------------------------------------------------------------------------


def test_an_action_that_the_table_does_not_have_is_refused_with_the_state() -> None:
    table = {("draft", "confirm_now"): "confirmed", ("draft", "cancel"): "cancelled", ("confirmed", "cancel"): "cancelled"}
    assert states.actions_from(table, "draft") == ("confirm_now", "cancel")
    with pytest.raises(Conflict) as refused:
        states.next_state(table, "confirmed", "confirm_now")
    assert (refused.value.code, refused.value.facts) == ("wrong_state", {"state": "confirmed"})
    assert refused.value.detail == "Cannot confirm now what is confirmed."


# -- shapes and documents ----------------------------------------------------------------------------------------------


@entity
class Crate:
    id: str
    version: int = 0


def test_shapes_are_frozen_slotted_and_named() -> None:
    """`entity` tolerates what a newer version wrote; `command` refuses what was misspelt."""
    @entity
    class Stored:
        name: str

    @command
    class Asked:
        name: str

    for shape in (Stored, Asked):
        made = shape(name="a")
        with pytest.raises(dataclasses.FrozenInstanceError):
            made.name = "b"
        assert "__slots__" in vars(shape) and not hasattr(made, "__dict__")
        with pytest.raises(TypeError):
            shape("a")
    assert codec.parse(Stored, {"name": "a", "colour": "red"}) == Stored(name="a")
    with pytest.raises(errors.Invalid) as refused:
        codec.parse(Asked, {"name": "a", "colour": "red"})
    assert list(refused.value.fields) == ["colour"]


def test_a_document_stands_in_no_index_and_holds_no_guard_unless_it_says_so() -> None:
    document = Document(kind="crate", prefix="crt", model=Crate, summary=lambda c: {})
    crate = Crate(id="c1")
    assert [f(crate) for f in (document.by_list, document.by_ref, document.by_party, document.by_due)] == [None] * 4
    assert document.guards(crate) == () and document.schema_version == 1 and document.upcasters == {}
    assert document.partition == "CRATE"
    assert at_version(crate, 3) == Crate(id="c1", version=3)
    assert Guard("sku", "A").data == {}


def test_small_shapes_are_empty_unless_filled() -> None:
    assert set(dataclasses.astuple(Address())) == {""} and len(dataclasses.fields(Address)) == 9
    row = ExplainedRow(label="On hand", value="3")
    assert (row.unit, row.link, row.at) == ("", "", "")
    explanation = Explanation(value="3", unit="C62", formula="f")
    assert (explanation.inputs, explanation.steps) == ((), ())
    event = Event("e", "OrderPlaced", "t", NOON, "sales_order", "o", 1, Actor("user", "u"), "r")
    assert event.data == {}


# -- jobs --------------------------------------------------------------------------------------------------------------


def work(**more: Any) -> Job:
    return Job(**{"id": "job_1", "job_kind": "import", "created_at": NOON, **more})


def test_a_job_begins_queued_with_nothing_done() -> None:
    fresh = dataclasses.asdict(work())
    texts = {"title", "actor_name", "failure_code", "failure_detail"}
    zeros = {"total", "done", "chunk", "chunk_count", "settled", "problem_count", "takeovers", "version"}
    assert {name: fresh[name] for name in texts} == dict.fromkeys(texts, "")
    assert {name: fresh[name] for name in zeros} == dict.fromkeys(zeros, 0)
    assert (fresh["state"], fresh["dry_run"], fresh["locale"], fresh["run"]) == ("queued", False, "fr", 1)
    assert (fresh["counts"], fresh["facts"]) == ({}, {})
    assert fresh["started_at"] is fresh["updated_at"] is fresh["ended_at"] is None


def test_an_open_job_is_due_since_it_was_last_heard_of() -> None:
    assert job.OPEN == ("queued", "running") and job.STATES == ("queued", "running", "done", "failed", "cancelled")
    later = NOON + timedelta(minutes=5)
    assert JOB.by_due(work()) == ("DUE#job", f"{NOON.isoformat()}#job_1")
    assert JOB.by_due(work(state="running", updated_at=later)) == ("DUE#job", f"{later.isoformat()}#job_1")
    assert [JOB.by_due(work(state=state)) for state in ("done", "failed", "cancelled")] == [None] * 3
    assert JOB.by_list(work()) == ("JOB#import", f"{NOON.isoformat()}#job_1")
    assert (JOB.kind, JOB.prefix, JOB.model) == ("job", "job", Job)


def test_a_jobs_row_shows_what_a_person_asks_of_it() -> None:
    row = JOB.summary(work(title="x" * 70, actor_name="y" * 50, total=9, done=4, problem_count=2, state="running",
                           created_at=NOON + timedelta(microseconds=5)))
    assert row == {"job_kind": "import", "state": "running", "title": "x" * 60, "subject_id": "", "dry_run": False,
                   "total": 9, "done": 4, "problem_count": 2, "actor_name": "y" * 40, "created_at": "2026-11-24T12:00:00+00:00"}


def test_progress_is_told_from_the_last_checkpoint() -> None:
    """300 of 1,000 rows in 20 seconds: 15 a second, and 700 more take 46 seconds."""
    running = work(state="running", total=1000, done=300, started_at=NOON, updated_at=NOON + timedelta(seconds=20))
    seen = progress(running)
    assert (seen.total, seen.done, seen.rate_per_second, seen.remaining_seconds) == (1000, 300, 15, 46)
    done = progress(dataclasses.replace(running, state="done", done=1000))
    assert (done.rate_per_second, done.remaining_seconds) == (50, 0)


@pytest.mark.parametrize("more", [
    {"started_at": NOON}, {"started_at": NOON, "updated_at": NOON}, {"updated_at": NOON + timedelta(seconds=9)},
    {"done": 0, "started_at": NOON, "updated_at": NOON + timedelta(seconds=9)},
])
def test_a_rate_is_unknown_before_something_was_done(more: dict[str, Any]) -> None:
    seen = progress(work(**{"state": "running", "total": 10, "done": 5, **more}))
    assert (seen.rate_per_second, seen.remaining_seconds) == (None, None)


def test_decimals_of_a_shape_stay_decimals() -> None:
    assert dataclasses.asdict(work(facts={"rate": Decimal("1.10")}))["facts"] == {"rate": Decimal("1.10")}
