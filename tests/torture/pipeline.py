"""Stream → relay → queues → workers, and schedules: what Lambda and EventBridge do, as actors of a world.

Nothing polls: an actor starts when there is something to do and ends when there is nothing left, so `world.run()` ends
when the world is quiet. Each handler is the one that `app.py` registers, called with the event Lambda would hand it.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from chalicelib.runtime import registry
from infra.local.fair_queues import fairly
from tests.torture.cloud import RECEIVES_BEFORE_DLQ, VISIBILITY_SECONDS, Message
from tests.torture.world import START, Died, World

SHARDS = 4
STREAM_BATCH, QUEUE_BATCH = 100, 10
QUEUE_CONCURRENCY = 4
FUNCTION_SECONDS, SCHEDULE_SECONDS = 60.0, 120.0
STREAM_RETRIES = 10


@dataclass(slots=True)
class _Shard:
    """Records that were not handled yet, each with the instant it arrives."""

    waiting: list[tuple[float, Mapping[str, Any]]] = field(default_factory=list)
    is_running: bool = False


class LambdaContext:
    """What a handler reads of its context."""

    function_name = "simulated"
    memory_limit_in_mb = 1024
    aws_request_id = "simulated"
    invoked_function_arn = "arn:aws:lambda:eu-west-3:000000000000:function:simulated"

    def __init__(self, world: World, seconds: float = FUNCTION_SECONDS) -> None:
        self._world, self._until = world, world.time + seconds

    def get_remaining_time_in_millis(self) -> int:
        return max(0, round((self._until - self._world.time) * 1000))


class Pipeline:
    """The event side of one world. `only` names the queues whose messages are worked on; all when not given.

    `handled` holds the bodies of messages that a handler took without failing, by queue; `lost` the stream records that
    were given up.
    """

    def __init__(self, world: World, only: tuple[str, ...] | None = None) -> None:
        self.world, self.only = world, only
        self.shards = [_Shard() for _ in range(SHARDS)]
        self.lost: list[Mapping[str, Any]] = []
        self.handled: dict[str, list[str]] = {name: [] for name in world.cloud.queues}
        self._workers = dict.fromkeys(world.cloud.queues, 0)
        self._sequence = 0
        world.cloud.on_event = self._arrived
        world.cloud.on_message = self._start_workers

    # -- stream ----------------------------------------------------------------------------------------------------------

    def _arrived(self, image: Mapping[str, Any]) -> None:
        world = self.world
        shard = self.shards[zlib.crc32(image["pk"]["S"].encode()) % SHARDS]
        self._sequence += 1
        record = {"eventName": "INSERT", "eventID": str(self._sequence), "eventSource": "aws:dynamodb", "dynamodb": {
            "SequenceNumber": f"{self._sequence:021d}", "NewImage": image,
            "Keys": {"pk": image["pk"], "sk": image["sk"]}, "ApproximateCreationDateTime": world.true_now().timestamp()}}
        late = 0.05 + world.chance.random() * world.faults.late_stream_seconds
        due = max(world.time + late, shard.waiting[-1][0] if shard.waiting else 0.0)
        shard.waiting.append((due, record))
        if not shard.is_running:
            shard.is_running = True
            number = self.shards.index(shard)
            world.spawn(f"relay {number}", lambda: self._run_shard(shard), delay=due - world.time, process=world.processes[0])

    def _run_shard(self, shard: _Shard) -> None:
        """Batches in order; a failed one is tried again from its first failed record, and given up at last."""
        import app

        world, attempts = self.world, 0
        while shard.waiting:
            if shard.waiting[0][0] > world.time:
                world.sleep(shard.waiting[0][0] - world.time)
            batch = [record for due, record in shard.waiting[:STREAM_BATCH] if due <= world.time]
            if world.faults.stream_loss and world.chance.random() < world.faults.stream_loss:
                done = self._give_up(batch)
            else:
                done = self._relay(app.relay, batch)
            del shard.waiting[:done]
            attempts = 0 if done else attempts + 1
            if attempts > STREAM_RETRIES:
                del shard.waiting[: self._give_up(batch[:1])]
                attempts = 0
            if done < len(batch):
                world.sleep(min(0.1 * 2.0**attempts, 10.0))
        shard.is_running = False

    def _relay(self, handler: Any, batch: list[Mapping[str, Any]]) -> int:
        """One invocation of the relay; answers how many records from the front are done."""
        try:
            answer = self.world.invoke("relay", lambda: handler({"Records": batch}, LambdaContext(self.world)),
                                       seconds=FUNCTION_SECONDS)
        except Exception:
            return 0
        failed = {each["itemIdentifier"] for each in (answer or {}).get("batchItemFailures", ())}
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
        return min((numbers.index(number) for number in failed), default=len(batch))

    def _give_up(self, batch: list[Mapping[str, Any]]) -> int:
        """The event source drops a batch; the failure destination is told positions and arrivals, no data."""
        self.lost += batch
        self.world.note("stream gave up", len(batch))
        return len(batch)

    # -- queues ----------------------------------------------------------------------------------------------------------

    def _start_workers(self, queue: str) -> None:
        if self.only is not None and queue not in self.only:
            return
        waiting = self.world.cloud.queues[queue]
        wanted = min(QUEUE_CONCURRENCY, -(-len(waiting) // QUEUE_BATCH))
        while self._workers[queue] < wanted:
            self._workers[queue] += 1
            self.world.spawn(f"{queue} worker", lambda: self._work(queue), process=self.world.processes[0], delay=0.01)

    def _work(self, queue: str) -> None:
        """Receives and handles batches until the queue is empty."""
        world, waiting = self.world, self.world.cloud.queues[queue]
        while waiting:
            batch = self._receive(queue)
            if batch:
                self._handle(queue, batch)
            elif waiting:
                world.sleep(max(min(message.visible_at for message in waiting) - world.time, 0.05))
        self._workers[queue] -= 1

    def _receive(self, queue: str) -> list[Message]:
        """Up to ten visible messages, hidden for the visibility timeout; those received too often go to the dead."""
        world, waiting = self.world, self.world.cloud.queues[queue]
        visible = [message for message in waiting if message.visible_at <= world.time]
        if world.faults.reorder and world.chance.random() < world.faults.reorder:
            world.chance.shuffle(visible)
        else:
            flying = [message for message in waiting if message.visible_at > world.time and message.receives]
            visible = fairly(visible, flying, lambda message: message.group, QUEUE_BATCH)
        batch = []
        for message in visible[:QUEUE_BATCH]:
            message.receives += 1
            if message.receives > RECEIVES_BEFORE_DLQ:
                waiting.remove(message)
                world.cloud.dead[queue].append(message)
                world.note("dead letter", queue, message.id)
                continue
            message.visible_at = world.time + VISIBILITY_SECONDS
            batch.append(message)
        return batch

    def _handle(self, queue: str, batch: list[Message]) -> None:
        """One invocation of the queue's handler; what it did not report as failed is deleted, unless it comes twice."""
        import app

        world, waiting = self.world, self.world.cloud.queues[queue]
        handler = getattr(app, f"{queue}_queue")
        event = {"Records": [_record(queue, message) for message in batch]}
        try:
            answer = world.invoke(queue, lambda: handler(event, LambdaContext(world)), seconds=FUNCTION_SECONDS)
        except (Died, Exception):
            return
        failed = {each["itemIdentifier"] for each in (answer or {}).get("batchItemFailures", ())}
        self.handled[queue] += [message.body for message in batch if message.id not in failed]
        for message in batch:
            if message.id in failed or message not in waiting:
                continue
            if world.faults.duplicate and world.chance.random() < world.faults.duplicate:
                message.visible_at = world.time + 5 * world.chance.random()
                message.receives -= 1
                continue
            waiting.remove(message)

    # -- schedules and the sweep -----------------------------------------------------------------------------------------

    def start_schedules(self, seconds: float, *names: str) -> None:
        """Every schedule (or those named) beats for `seconds` of virtual time from now."""
        import app

        world = self.world
        until = world.time + seconds
        for domain in registry.DOMAINS:
            for schedule in getattr(registry.worker(domain), "SCHEDULES", ()):
                if names and schedule.name not in names:
                    continue
                world.spawn(schedule.name, lambda h=getattr(app, schedule.name), s=schedule: self._beat(  # type: ignore[misc]
                    h, s.name, s.minutes * 60.0, until), delay=world.chance.random() * 60, process=world.processes[0])

    def _beat(self, handler: Any, name: str, every: float, until: float) -> None:
        world = self.world
        event = {"version": "0", "id": name, "detail-type": "Scheduled Event", "source": "aws.events", "account": "0",
                 "time": "2026-11-24T08:00:00Z", "region": "eu-west-3", "resources": [], "detail": {}}
        while world.time < until:
            started = world.time
            try:
                world.invoke(name, lambda: handler(event, LambdaContext(world, SCHEDULE_SECONDS)), seconds=SCHEDULE_SECONDS)
            except Exception as error:
                world.note("schedule failed", name, type(error).__name__)
            world.sleep(max(every - (world.time - started), 0.1))

    def sweep(self, *tenant_ids: str, hours: float = 1.0) -> None:
        """What operations run after the stream gave something up: the outbox of the last hours is published again."""
        from chalicelib.events.sweep import sweep
        from chalicelib.runtime.worker import tenant_work

        since = START + timedelta(seconds=self.world.time) - timedelta(hours=hours)
        for tenant_id in tenant_ids:
            sweep(tenant_work(tenant_id, "sweep", seconds=300), since, self.world.true_now() + timedelta(hours=1))

    def redrive(self) -> int:
        """What operations do once the cause is gone: dead letters go back to their queues. Answers how many."""
        count = 0
        for queue, messages in self.world.cloud.dead.items():
            count += len(messages)
            for message in messages:
                message.receives, message.visible_at = 0, self.world.time
            self.world.cloud.queues[queue] += messages
            messages.clear()
            self._start_workers(queue)
        return count

    def dead_letters(self) -> dict[str, int]:
        """How many messages were given up, by queue, where any were."""
        return {name: len(messages) for name, messages in self.world.cloud.dead.items() if messages}


def _record(queue: str, message: Message) -> dict[str, Any]:
    return {"messageId": message.id, "receiptHandle": message.id, "body": message.body, "messageAttributes": {},
            "attributes": {"ApproximateReceiveCount": str(message.receives)}, "md5OfBody": "", "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:eu-west-3:000000000000:comptoir-{queue}", "awsRegion": "eu-west-3"}
