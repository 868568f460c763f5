"""Exchange rates: what one unit of another currency is worth in the company's, by day and source.

The rate of a day is the last one known on or before it: VAT is counted at the last rate published by the central bank when it
falls due (CGI art. 266, 1 bis; directive 2006/112/CE, art. 91), and a central bank publishes on working days only. A document
keeps the rate it used, its day and its source, so a rate that is corrected later changes nothing that was posted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from chalicelib.kernel.context import Context
from chalicelib.kernel.documents import Document
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.money import ZERO
from chalicelib.kernel.shapes import Row, command, entity
from chalicelib.kernel.text import is_line
from chalicelib.ledger import writing
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction

MAX_AGE_DAYS = 31
"""How long a rate stands in for the days after it; who keeps a rate for each month is served, a forgotten table is not."""
MAX_DECIMALS = 10
MAX_RATE = Decimal(10) ** 6
_CURRENCY = re.compile("[A-Z]{3}")


@entity
class ExchangeRate:
    """`rate` is what one unit of `currency` is worth in the company's; its id is currency and day."""

    id: str
    version: int = 0
    currency: str
    rate_on: date
    rate: Decimal
    source: str = ""
    created_at: datetime
    created_by: str = ""


@entity
class ExchangeRateRow(Row):
    currency: str
    rate_on: date
    rate: Decimal
    source: str


@command
class NewExchangeRate:
    """What one unit of another currency is worth on a day, and who says so (the central bank, customs)."""

    currency: str
    rate_on: date
    rate: Decimal
    source: str = ""


@command
class ExchangeRateBody:
    """A corrected rate; documents keep the one they used."""

    rate: Decimal
    source: str = ""


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate as a document keeps it: the number, its day, and who said so ("" for what a person typed)."""

    rate: Decimal
    on: date
    source: str = ""


EXCHANGE_RATE: Document[ExchangeRate] = Document(
    kind="exchange_rate", prefix="", model=ExchangeRate,
    summary=lambda r: {"currency": r.currency, "rate_on": r.rate_on.isoformat(), "rate": format(r.rate, "f"),
                       "source": r.source},
    by_list=lambda r: ("EXCHANGE_RATE", f"{r.rate_on.isoformat()}#{r.currency}"),
    by_ref=lambda r: (f"REF#exchange_rate#{r.currency}", r.rate_on.isoformat()))


def rate_on(ctx: Context, currency: str, day: date) -> Rate | None:
    """The last rate of the currency known on or before a day, at most 31 days old; None when there is none."""
    first = day - timedelta(days=MAX_AGE_DAYS)
    page = read.query(ctx, "by_ref", f"REF#exchange_rate#{currency}", between=(first.isoformat(), day.isoformat()), limit=1)
    return next((Rate(Decimal(str(row["rate"])), date.fromisoformat(str(row["rate_on"])), str(row["source"]))
                 for row in page.items), None)


def create(ctx: Context, body: NewExchangeRate) -> ExchangeRate:
    """A rate of a day. Raises Invalid, Conflict `already_exists` for a day that has one (correct that)."""
    poster = writing.poster(ctx)
    if not _CURRENCY.fullmatch(body.currency) or body.currency == poster.currency:
        raise Invalid("currency", f"A rate is of another currency than {poster.currency}, in three capitals.",
                      {"currency": "three capitals, not the company's own"})
    if not date(1999, 1, 1) <= body.rate_on <= poster.today:
        raise Invalid("period", "A rate is known of today and of days before.", {"rate_on": "not after today"})
    made = checked(ExchangeRate(
        id=f"{body.currency}.{body.rate_on.isoformat()}", currency=body.currency, rate_on=body.rate_on, rate=body.rate,
        source=body.source.strip(), created_at=ctx.now, created_by=ctx.actor.name[:80]))
    tx = Transaction(ctx)
    made = tx.create(EXCHANGE_RATE, made)
    return _committed(tx, made, 201)


def update(ctx: Context, known: ExchangeRate, body: ExchangeRateBody) -> ExchangeRate:
    """Corrects a rate. Raises Invalid, Stale."""
    tx = Transaction(ctx)
    saved = tx.save(EXCHANGE_RATE, known, checked(replace(known, rate=body.rate, source=body.source.strip())))
    return _committed(tx, saved, 200)


def _committed(tx: Transaction, saved: ExchangeRate, status: int) -> ExchangeRate:
    tx.emit("ExchangeRateRecorded", EXCHANGE_RATE.kind, saved.id, saved.version, {
        "currency": saved.currency, "rate_on": saved.rate_on.isoformat(), "rate": format(saved.rate, "f")})
    tx.answers(status, EXCHANGE_RATE.kind, saved.id, saved.version)
    tx.commit()
    return saved


def checked(rate: ExchangeRate) -> ExchangeRate:
    """The rate, if it may be. Raises Invalid `exchange_rate`, `text`."""
    check_rate(rate.rate, "rate")
    if len(rate.source) > 60 or not is_line(rate.source):
        raise Invalid("text", "A source is one line of at most 60 characters.", {"source": "at most 60 characters"})
    return rate


def check_rate(rate: Decimal, path: str) -> Decimal:
    """A rate as a document may keep it. Raises Invalid `exchange_rate`."""
    if not ZERO < rate <= MAX_RATE or -rate.as_tuple().exponent > MAX_DECIMALS:  # type: ignore[operator]
        raise Invalid("exchange_rate", f"A rate is above zero, with at most {MAX_DECIMALS} decimals.",
                      {path: f"above zero, at most {MAX_DECIMALS} decimals"})
    return rate
