"""The platform secret as it is kept, and how it is rotated: pure.

`key` is what blind keys derive from, and stays: people's e-mails and attempts stand in the table under it. `signing` are the
keys that signatures derive from, the oldest first; without them signatures derive from `key`. A new one signs from an instant
on by which every process has read it, and what former ones signed is accepted: of what people carry (PASSING) for an overlap,
of what is kept as a proof for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.kernel import codec

READ_AGAIN_SECONDS = 900.0
"""How long a process goes by what it read."""
DELAY = timedelta(seconds=2 * READ_AGAIN_SECONDS)
"""How long after it is written a new key begins to sign."""
PASSING = frozenset({"csrf", "cursor"})
"""What is signed for the moment: lists' positions and pages' tokens. Checkpoints, seals, erasures, and links in mails last."""
FOR_EVER = ""


@dataclass(frozen=True, slots=True)
class Signer:
    """A signing key: from when it signs, and until when what it signed for the moment is accepted (None: no end)."""

    key: bytes
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Keyring:
    """The platform secret, read. `signers` hold at least one, the oldest first."""

    blind: bytes
    signers: tuple[Signer, ...]

    def signer(self, now: datetime) -> Signer:
        """The key that signs now: the newest that has begun."""
        return [each for each in self.signers if each.since is None or each.since <= now][-1]

    def accepted(self, purpose: str, now: datetime) -> list[Signer]:
        """The keys whose signatures are accepted for a purpose, the newest first: also one that other processes sign with a
        moment before this one's clock says so."""
        return [each for each in reversed(self.signers) if purpose not in PASSING or each.until is None or now < each.until]


def read(text: str) -> Keyring:
    """The keyring of a stored secret. Raises KeyError, ValueError for what is none."""
    held = codec.load(text)
    blind = str(held["key"]).encode()
    kept = held.get("signing") or [{"key": held["key"], "since": FOR_EVER, "until": FOR_EVER}]
    return Keyring(blind, tuple(Signer(str(each["key"]).encode(), _instant(each["since"]), _instant(each["until"]))
                                for each in kept))


def _instant(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def rotated(text: str, key: str, now: datetime, overlap: timedelta) -> str:
    """The secret with one more signing key, which begins after DELAY; what the former one signs for the moment is accepted for
    `overlap` from then on."""
    held: Mapping[str, Any] = codec.load(text)
    kept = list(held.get("signing") or [{"key": held["key"], "since": FOR_EVER, "until": FOR_EVER}])
    begins = now + DELAY
    kept[-1] = {**kept[-1], "until": (begins + overlap).isoformat()}
    return codec.compact({**held, "signing": [*kept, {"key": key, "since": begins.isoformat(), "until": FOR_EVER}]})


def begins_soon(text: str, now: datetime) -> datetime | None:
    """When a key that is there and does not sign yet begins, None when the last one signs: a repeat of a rotation adds none."""
    last = read(text).signers[-1]
    return last.since if last.since is not None and last.since > now else None
