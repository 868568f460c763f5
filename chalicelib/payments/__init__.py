"""What customers paid and were paid back, which invoices that settles, and what providers brought to the bank of it.

Owns: payments (receipts and refunds), what of each invoice they settle, payouts with their fees, agreed fees. It does not own
the books (its entries and letters are `ledger`'s write parts in the same transaction), invoices or orders. A payment begins
with the books: of a day that no fiscal year covers none is recorded. Events out: PaymentRecorded, PaymentMatched,
PaymentUnmatched, PaymentReversed, PayoutRecorded, PayoutReversed. Events in: OrderPlaced, OrderConfirmed, OrderUpdated,
OrderRefunded (what a shop took and gave back), InvoiceIssued, CreditNoteIssued (what is there is set against them).
"""
