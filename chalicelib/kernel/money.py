"""Amounts: Decimal at the currency's exponent. Unit prices and unit costs keep full precision until a line is formed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from chalicelib.kernel.errors import Invalid

ZERO = Decimal(0)

# ISO 4217 exponents that differ from 2.
_EXPONENTS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV",
                     "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


def exponent(currency: str) -> int:
    """Decimals of the currency's minor unit (ISO 4217): 2 for EUR, 0 for JPY, 3 for TND."""
    return _EXPONENTS.get(currency, 2)


def quantum(currency: str) -> Decimal:
    """The smallest amount of the currency: 0.01 for EUR."""
    return Decimal(1).scaleb(-exponent(currency))


def round_amount(value: Decimal, currency: str) -> Decimal:
    """Commercial rounding (half away from zero) to the minor unit, as EN 16931 and French practice have it."""
    return value.quantize(quantum(currency), rounding=ROUND_HALF_UP)


def check_amount(value: Decimal, currency: str, path: str) -> Decimal:
    """The amount at its exponent; raises Invalid when it has more decimals than the currency."""
    rounded = round_amount(value, currency)
    if rounded != value:
        raise Invalid("amount_precision", f"{currency} has {exponent(currency)} decimals.", {path: "too many decimals"})
    return rounded


def split(total: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Shares of `total` in proportion to `weights`, in minor units, that add up to `total` exactly.

    Largest remainder (Hamilton): each share is floored, the units left over go to the largest remainders, ties to the
    first. With all weights zero the whole goes to the first share. Raises Invalid on a negative weight or no share.
    """
    if not weights or any(weight < 0 for weight in weights):
        raise Invalid("split_weights", "A split needs at least one share and no negative weight.")
    unit = quantum(currency)
    units = int((round_amount(total, currency) / unit).to_integral_value())
    whole = sum(weights, ZERO)
    if whole == 0:
        return [units * unit, *([ZERO * unit] * (len(weights) - 1))]
    sign, units = (-1, -units) if units < 0 else (1, units)
    exact = [units * weight / whole for weight in weights]
    shares = [int(value) for value in exact]
    by_remainder = sorted(range(len(weights)), key=lambda i: (shares[i] - exact[i], i))
    for i in by_remainder[: units - sum(shares)]:
        shares[i] += 1
    return [sign * share * unit for share in shares]
