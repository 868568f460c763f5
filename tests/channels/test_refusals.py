"""What an order's news is refused with: kept for a person, or tried again because only somebody else was quicker."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.channels.import_orders import Quarantine
from chalicelib.channels.importing import _guarded
from chalicelib.kernel.errors import Conflict, Stale
from chalicelib.storage.transaction import Refused

SHORT = Conflict("stock_short", "There is not enough of TEA-1.")


def refusing(error: Exception) -> Callable[[], Quarantine]:
    def take() -> Quarantine:
        raise error

    return take


def test_what_only_a_person_can_cure_is_kept_with_its_first_reason() -> None:
    for error in (SHORT, Refused([SHORT, Conflict("reservation_mismatch", "Less is reserved.")])):
        found = _guarded(refusing(error))
        assert isinstance(found, Quarantine) and (found.code, found.message) == ("stock_short", SHORT.detail)


def test_an_order_that_somebody_else_just_saved_is_read_again_whatever_else_was_refused_with_it() -> None:
    """Its reservations are no longer those that were read either, so both conditions fail at once."""
    with pytest.raises(Stale):
        _guarded(refusing(Refused([Conflict("reservation_mismatch", "Less is reserved."), Stale("sales_order")])))
