"""How many decimals a currency has (ISO 4217)."""

from __future__ import annotations

_DECIMALS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"), 0),
    **dict.fromkeys(("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
"""Every currency that does not have two."""


def currency_exponent(currency: str) -> int:
    """How many decimals ISO 4217 gives `currency`; two for what it does not know."""
    return _DECIMALS.get(currency, 2)
