"""State machines are tables: `{(state, action): next state}`. This module is all the machinery there is."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.kernel.errors import Conflict

Transitions = Mapping[tuple[str, str], str]


def next_state(transitions: Transitions, state: str, action: str) -> str:
    """The state after `action`; raises Conflict `wrong_state` when the table has no such row."""
    try:
        return transitions[(state, action)]
    except KeyError:
        raise Conflict("wrong_state", f"Cannot {action.replace('_', ' ')} what is {state}.", state=state) from None


def actions_from(transitions: Transitions, state: str) -> tuple[str, ...]:
    """The actions possible in `state`, in the table's order: what the portal draws as buttons."""
    return tuple(action for (source, action) in transitions if source == state)
