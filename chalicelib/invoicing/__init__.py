"""What customers are invoiced: invoices, deposits, balances, credit notes; their numbers and what is still to invoice.

Owns: invoices (drafts and issued ones), their series and numbers, what of each order is invoiced, what of each invoice is
credited, the settings of invoicing, runs that issue many. It does not own the books (its entries are `ledger`'s write parts
in the issuing transaction), payments, the pictures of a document (PDF, XML), orders or stock. Events out: InvoiceDrafted,
InvoiceUpdated, InvoiceDiscarded, InvoiceIssued, CreditNoteIssued, InvoicingSettingsUpdated,
JobStarted. Events in: OrderPlaced, OrderAmended, OrderShipped, OrderPartlyShipped, OrderConfirmed, JobStarted, JobContinued.
"""
