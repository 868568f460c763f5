"""`trial_balance`: a year of 100,000 lines, read from the kept balances."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal
from random import Random

from bench.figures import Figure, metered, percentile
from bench.ledger_books import YEAR, company, fresh
from chalicelib.ledger import balances, chart, heads, posting, reading, rolling, writing
from chalicelib.storage import keys
from chalicelib.storage.transaction import Transaction

LINES, READS = 100_000, 50


def run() -> list[Figure]:
    """CPU of the trial balance, from the table to the rows; and of the same through the API's answer with names."""
    ctx = company("trialbalance")
    accounts = {account.id: account for account in chart.STANDARD}
    plain = [number for number, account in accounts.items() if not account.has_auxiliary]
    chance, added = Random(1), balances.Additions()
    poster, journal = writing.poster(ctx), chart.JOURNALS[4]
    head = posting.Head(YEAR, "OD", 1, "0" * 64, date(2026, 1, 1), date(2025, 12, 31))
    for n in range(LINES // 2):
        amount = Decimal(chance.randrange(1, 100_000_00)) / 100
        one, other = chance.sample(plain, 2)
        draft = posting.Draft("OD", date(2026, 1 + n % 12, 15), "x", (
            posting.DraftLine(account=one, debit=amount), posting.DraftLine(account=other, credit=amount)))
        head, made = posting.numbered(poster, journal, head, [draft], accounts)
        balances.add(added, made[0][0])
    for period, numbers in added.periods.items():
        names = list(numbers.items())
        for start in range(0, len(names), 150):
            transaction = Transaction(fresh(ctx, f"{period}:{start}"))
            transaction.add(keys.child(ctx, "balances", YEAR, period), "ledger_balances", dict(names[start : start + 150]),
                            {}, heads.raced)
            transaction.commit()
    pure, whole = [], []
    for _ in range(READS):
        started = time.process_time()
        rows = balances.trial_balance(rolling.kept_periods(ctx, YEAR, whole=True), balances.YEAR, balances.YEAR)
        pure.append((time.process_time() - started) * 1000)
        with metered() as meter:
            started = time.process_time()
            reading.trial_balance(ctx, {"fiscal_year": YEAR})
            whole.append((time.process_time() - started) * 1000)
    assert sum(row.debit for row in rows) == sum(row.credit for row in rows)
    kept = percentile(pure, 0.5)
    return [Figure("trial_balance", f"{LINES:,} lines from kept balances", "ms CPU", round(kept, 2), "≤ 5", kept <= 5),
            Figure("trial_balance", "with names, as answered", "ms CPU", round(percentile(whole, 0.5), 2), "", None,
                   {"round_trips": meter.round_trips, "accounts": len(rows)})]
