"""The books: chart of accounts, journals, fiscal years, entries that are balanced, numbered without gap and chained.

Owns: accounts, journals, fiscal years and their locks, exchange rates, journal entries, the balances kept from them,
checkpoints of the chain, the tax file (FEC). It does not own invoices or payments: who issues one adds
`writing.posting_writes` to its own transaction. Events out: FiscalYearOpened, PeriodLocked, FiscalYearClosed,
AccountCreated, AccountUpdated, JournalCreated, JournalUpdated, ExchangeRateRecorded, EntryPosted. Events in: EntryPosted
(its own, to keep the balances).
"""
