"""What a customer receives on paper: order confirmations, delivery notes, invoices, credit notes and address labels.

Owns: papers (which document was made of what, its files and their digests) and the tenant's branding. Owns no business
fact: a paper says what an order, a shipment or an invoice says. Events in: those that make or change such a document.
Events out: PaperMade, BrandingUpdated.
"""
