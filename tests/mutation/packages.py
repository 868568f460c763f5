"""What is mutated, and which tests may judge it: the pure ones first, then those of the domain on the simulated engine.

Not mutated: `routes.py` and `worker.py`, which declare the edge and are judged, row by row, by the matrices over every
route and queue; and the commands of people (`tenants/signing_in.py`, `tenants/service.py`), which talk to the identity pool,
whose one-time codes the simulated engine does not have. What decides whether somebody may come in and do a thing is all here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Package:
    """Files of the product; `pure` are the tests that need no engine, `tests` the further ones."""

    modules: tuple[str, ...]
    pure: tuple[str, ...]
    tests: tuple[str, ...] = ()


def _in(room: str, names: str, prefix: str = "") -> tuple[str, ...]:
    return tuple(f"{room}/{prefix}{name}.py" for name in names.split())


PACKAGES = {
    "kernel": Package(
        _in("chalicelib/kernel", "address codec context csv_file documents errors event explanation ids job money shapes "
            "states tax text"),
        ("tests/kernel",)),
    "stock": Package(
        _in("chalicelib/stock", "model allocation availability valuation balances warehouses levels service"),
        _in("tests/stock", "pure_shapes pure_writes availability valuation", "test_"),
        (*_in("tests/stock", "stock by_hand", "test_"), *_in("tests/sales", "orders amending units never_oversold", "test_"))),
    "sales": Package(
        _in("chalicelib/sales", "model totals fulfilment delivery commands channel_updates placing amending actions "
            "service"),
        _in("tests/sales", "pure_orders pure_deliveries totals", "test_"),
        _in("tests/sales", "told deliveries orders amending units channel_updates together api never_oversold", "test_")),
    "access": Package(
        (*_in("chalicelib/runtime", "access sessions"),
         *_in("chalicelib/tenants", "model checks attempts tickets directory")),
        _in("tests/tenants", "pure_access model", "test_"),
        _in("tests/tenants", "validity people signing_in", "test_")),
}

UNFIT = frozenset({
    "test_a_wrong_password_and_an_unknown_email_are_told_alike", "test_a_reset_is_answered_alike_for_an_unknown_email_and_"
    "sends_nothing", "test_one_time_codes"})
"""Tests that measure the machine's own seconds, or ask the local engine's pool for one-time codes."""
