"""Fair queues, as Amazon SQS has them: of what waits in a standard queue, tenants of whom little is being worked on come first.

ministack keeps a message's group and hands out by age alone, so here a backlog of one tenant would hold up all others, and
in the cloud it would not. SQS marks as noisy who takes more than a tenth of the messages in flight or of the time of
consumers, and prefers the others (SQS Developer Guide, "How Amazon SQS fair queues work"). A laptop has one consumer of ten
messages at a time, so here each place of a batch goes to the tenant with the fewest messages in flight, this batch's
included, and among these to the one that waits longest. A message without a group is a tenant of its own.
"""
from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

M = TypeVar("M")


def fairly(waiting: Sequence[M], in_flight: Iterable[M], group_of: Callable[[M], str | None], count: int) -> list[M]:
    """Up to `count` of the messages that wait, oldest first, in the order in which a fair queue hands them out."""
    lines: dict[Any, deque[tuple[int, M]]] = {}
    for at, message in enumerate(waiting):
        lines.setdefault(group_of(message) or at, deque()).append((at, message))
    if len(lines) < 2:
        return list(waiting[:count])
    busy = Counter(group for message in in_flight if (group := group_of(message)))
    heap = [(busy[group], line[0][0], group) for group, line in lines.items()]
    heapq.heapify(heap)
    taken: list[M] = []
    while heap and len(taken) < count:
        held, _, group = heapq.heappop(heap)
        taken.append(lines[group].popleft()[1])
        if lines[group]:
            heapq.heappush(heap, (held + 1, lines[group][0][0], group))
    return taken


def make_fair() -> None:
    """Has ministack hand out the messages of standard queues fairly."""
    from ministack.services import sqs

    by_age = sqs._collect_msgs

    def collect(queue: dict[str, Any], count: int, hidden_seconds: int) -> Any:
        if not queue["is_fifo"]:
            now = sqs.time.time()
            waiting = [each for each in queue["messages"] if each.get("visible_at", 0) <= now]
            if len({each.get("group_id") for each in waiting}) > 1:
                flying = [each for each in queue["messages"] if each.get("visible_at", 0) > now and each.get("receive_count")]
                first = fairly(waiting, flying, lambda each: each.get("group_id"), count)
                return by_age({**queue, "messages": first}, count, hidden_seconds)
        return by_age(queue, count, hidden_seconds)

    setattr(sqs, "_collect_msgs", collect)  # noqa: B010
