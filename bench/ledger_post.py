"""`ledger_post`: three-line entries per second of our own CPU, through the pure core and stored in batches."""

from __future__ import annotations

import time
from datetime import date
from random import Random

from bench.figures import Figure, metered
from bench.ledger_books import YEAR, company, fresh, sale
from chalicelib.ledger import chain, chart, posting, writing

CORE, STORED = 20_000, 3_000


def run() -> list[Figure]:
    """Checked, numbered and chained; then posted to the engine, 30 a transaction, the reading of heads included."""
    ctx = company("ledgerpost")
    accounts = {account.id: account for account in chart.STANDARD}
    journal = next(each for each in chart.JOURNALS if each.id == "OD")
    poster = writing.poster(ctx)
    head = posting.Head(YEAR, "OD", 1, chain.GENESIS, date(2026, 1, 1), date(2025, 12, 31))
    drafts = [sale(n, Random(n)) for n in range(CORE)]
    started = time.process_time()
    for start in range(0, CORE, 30):
        checked = [posting.check_draft(draft, "EUR", accounts) for draft in drafts[start : start + 30]]
        head, _ = posting.numbered(poster, journal, head, checked, accounts)
    core = CORE / (time.process_time() - started)
    with metered() as meter:
        started = time.process_time()
        for start in range(0, STORED, 30):
            writing.post(fresh(ctx, f"post:{start}"), drafts[start : start + 30])
        stored = STORED / (time.process_time() - started)
    return [Figure("ledger_post", "pure core", "entries per CPU-second", round(core), "≥ 10,000", core >= 10_000),
            Figure("ledger_post", "stored", "entries per CPU-second", round(stored), "≥ 500", stored >= 500,
                   {"round_trips": meter.round_trips, "write_units_per_entry": round(meter.write_units / STORED, 2)})]
