"""A bill is units times the dated prices, and nothing else."""

from __future__ import annotations

from decimal import Decimal

import pytest

from chalicelib.kernel.cloud_prices import BOUND_REGION, HOME_REGION, PRICES, bill, total

D = Decimal


def test_a_million_writes_and_reads_as_the_price_page_says() -> None:
    """The figures of the on-demand price page: $0.625 and $0.125 a million in North Virginia."""
    lines = bill({"write_units": D(26_000_000), "read_units": D(4_000_000), "gateway_requests": D(1_000_000)}, BOUND_REGION)
    assert [(line.meter, line.usd) for line in lines] == [
        ("write_units", D("16.25")), ("gateway_requests", D("3.5")), ("read_units", D("0.5"))]
    assert total(lines) == D("20.25") and total(lines, "DynamoDB") == D("16.75")


def test_a_function_of_half_a_gigabyte_for_a_tenth_of_a_second() -> None:
    line, = bill({"function_gb_seconds": D("0.05") * 1_000_000}, BOUND_REGION)
    assert round(line.usd, 4) == D("0.8333")


def test_each_meter_has_a_price_in_both_regions_and_says_where_from() -> None:
    assert all(set(price.usd) == {BOUND_REGION, HOME_REGION} and price.source for price in PRICES.values())
    with pytest.raises(KeyError):
        bill({"unknown": D(1)}, HOME_REGION)
