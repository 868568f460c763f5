"""Who is told what: the whole of it, on one screen.

A row is an event and the queues that hear of it. `activity` hears everything: it keeps timelines, the changes feed and
search. An event without a row is a defect that a test finds.
"""

from __future__ import annotations

ROUTES: dict[str, tuple[str, ...]] = {
    # tenants
    "SignUpRequested": ("tenants",),
    "TenantSignedUp": ("onboarding",),
    "TenantCreated": (),
    "CompanyUpdated": (),
    "SettingsUpdated": (),
    "UserInvited": ("tenants",),
    "InvitationRevoked": (),
    "UserJoined": (),
    "UserUpdated": (),
    "UserDisabled": (),
    "PasswordResetRequested": ("tenants",),
    "PasswordChanged": ("tenants",),
    "SignedIn": (),
    "SignInRefused": (),
    "SessionEnded": (),
    "PasskeyAdded": (),
    "PasskeyRemoved": (),
    "TotpEnabled": (),
    "TotpDisabled": (),
    "ApiKeyCreated": (),
    "ApiKeyRotated": (),
    "ApiKeyRevoked": ("webhooks",),
    "RoleCreated": (),
    "RoleUpdated": (),
    "RoleRemoved": (),
    # subscriptions
    "StripeEventReceived": ("subscriptions",),
    "SubscriptionStarted": ("subscriptions",),
    "SubscriptionChanged": (),
    "SubscriptionEnding": ("subscriptions",),
    "SubscriptionResumed": (),
    "SubscriptionTrialEnded": ("subscriptions",),
    "SubscriptionPastDue": ("subscriptions",),
    "SubscriptionReadOnly": ("subscriptions",),
    "SubscriptionSuspended": ("subscriptions",),
    "SubscriptionClosed": ("subscriptions",),
    "SubscriptionRecovered": ("subscriptions",),
    "SubscriptionReminded": ("subscriptions",),
    "PlanLimitReached": ("subscriptions",),
    # webhooks; PUBLISHED says which events of others its queue hears
    "WebhookEndpointCreated": (),
    "WebhookEndpointUpdated": (),
    "WebhookEndpointRemoved": (),
    "WebhookEndpointDisabled": ("webhooks",),
    "WebhookEndpointEnabled": (),
    "WebhookSecretRotated": (),
    "WebhookDue": ("webhooks",),
    "WebhookRecoveryAsked": ("webhooks",),
    # parties
    "CustomerCreated": (),
    "CustomerUpdated": (),
    "CustomerRemoved": (),
    # ledger
    "FiscalYearOpened": (),
    "PeriodLocked": (),
    "FiscalYearClosed": (),
    "AccountCreated": (),
    "AccountUpdated": (),
    "AccountDeterminationUpdated": (),
    "JournalCreated": (),
    "JournalUpdated": (),
    "EntryPosted": ("ledger",),
    "ExchangeRateRecorded": (),
    "LetterCreated": (),
    "LetterExtended": (),
    "LetterUndone": (),
    # catalog and pricing
    "ProductCreated": (),
    "ProductUpdated": (),
    "ProductRemoved": (),
    "VariantRemoved": (),
    "VariantCreated": ("stock", "channels"),
    "VariantUpdated": ("stock", "channels"),
    "PriceListCreated": ("channels",),
    "PriceListUpdated": ("channels",),
    "PriceListRemoved": (),
    # long work; a domain that works jobs of its own adds its queue to the first two rows
    "JobStarted": ("audit", "catalog", "pricing", "invoicing", "channels", "reporting", "onboarding", "leaving"),
    "JobContinued": ("audit", "catalog", "pricing", "invoicing", "channels", "reporting", "onboarding", "leaving"),
    "JobFinished": ("leaving",),
    "JobFailed": (),
    # stock
    "WarehouseCreated": (),
    "WarehouseUpdated": (),
    "StockChanged": ("stock", "channels"),
    "StockMoved": ("sales",),
    "TransferCreated": ("sales",),
    "GoodsReceived": ("sales",),
    # sales
    "OrderDrafted": (),
    "OrderPlaced": ("subscriptions", "invoicing", "payments", "documents", "reporting"),
    "OrderUpdated": ("payments",),
    "OrderConfirmed": ("invoicing", "payments"),
    "OrderAmended": ("sales", "documents", "reporting"),
    "OrderHeld": (),
    "OrderReleased": (),
    "OrderAllocated": (),
    "OrderShipped": ("invoicing", "reporting"),
    "OrderPartlyShipped": ("invoicing", "reporting"),
    "OrderCancelled": ("sales", "channels", "reporting"),
    "OrderPartlyCancelled": ("sales", "documents", "reporting"),
    "OrderClosed": (),
    "OrderRemoved": (),
    "OrderRefunded": ("payments", "channels", "reporting"),
    "DeliveryCreated": (),
    "DeliveryPacked": (),
    "DeliveryShipped": ("shipping", "documents", "channels"),
    "DeliveryCancelled": ("shipping",),
    # invoicing
    "InvoiceDrafted": (),
    "InvoiceUpdated": (),
    "InvoiceDiscarded": (),
    "InvoiceIssued": ("payments", "documents", "reporting"),
    "CreditNoteIssued": ("payments", "documents", "reporting"),
    "GoodsReturned": ("sales",),
    "InvoicingSettingsUpdated": (),
    # payments
    "PaymentRecorded": ("reporting",),
    "PaymentMatched": (),
    "PaymentUnmatched": (),
    "PaymentReversed": ("reporting",),
    "PayoutRecorded": ("reporting",),
    "PayoutReversed": ("reporting",),
    # documents
    "PaperMade": (),
    "BrandingUpdated": (),
    # shipping
    "ParcelTracked": ("channels",),
    "LabelVoided": (),
    "DeliveryDelivered": (),
    "DeliveryTroubled": (),
    "TrackingReceived": ("shipping",),
    "CarrierCreated": (),
    "CarrierUpdated": (),
    # reporting
    "ReportScheduleCreated": (),
    "ReportScheduleUpdated": (),
    "ReportScheduleRemoved": (),
    "ReportStopped": (),
    "ReportRequested": ("reporting",),
    # onboarding
    "ChecklistUpdated": (),
    "SampleLoaded": (),
    "SampleWiped": (),
    # leaving
    "PersonErased": (),
    "ArchiveRead": (),
    "ArchiveDestroyed": (),
    "ClosureRequested": ("subscriptions",),
    "ClosureWithdrawn": ("subscriptions",),
    "CompanyClosed": ("subscriptions",),
    "CompanyArchived": (),
    # channels
    "ConnectionCreated": ("channels",),
    "ConnectionUpdated": ("channels",),
    "ConnectionPaused": ("channels",),
    "ConnectionResumed": ("channels",),
    "ConnectionRemoved": ("channels",),
    "ReconcileAsked": ("channels",),
    "ConnectionFailing": (),
    "ConnectionRecovered": (),
    "WebhooksLeft": (),
    "WebhooksRemoved": (),
    "WebhookReceived": ("channels",),
    "DeliveryQuarantined": (),
    "DeliveryReplayed": ("channels",),
    "BindingCreated": ("channels",),
    "PushRejected": (),
    "TrackingPushed": (),
    "RefundPushed": (),
}

QUEUES = ("activity", "audit", "tenants", "subscriptions", "webhooks", "ledger", "catalog", "pricing", "stock", "sales",
          "shipping", "invoicing", "payments", "documents", "channels", "reporting", "onboarding", "leaving")
"""Every queue, one per subscribing domain; each has a dead-letter queue beside it."""

SILENT = frozenset({"WebhookReceived", "TrackingReceived", "JobContinued", "ReportRequested", "WebhookDue",
                    "WebhookRecoveryAsked", "SignedIn", "SignInRefused", "SessionEnded", "SignUpRequested",
                    "StripeEventReceived", "CompanyClosed"})
"""Events of machinery, and of who came and went, that no timeline shows."""

PUBLISHED = frozenset({
    "OrderPlaced", "OrderConfirmed", "OrderAmended", "OrderHeld", "OrderReleased", "OrderAllocated",
    "OrderPartlyShipped", "OrderShipped", "OrderPartlyCancelled", "OrderCancelled", "OrderClosed", "OrderRefunded",
    "DeliveryDelivered", "DeliveryTroubled", "DeliveryCreated", "DeliveryPacked", "DeliveryShipped",
    "DeliveryCancelled", "InvoiceIssued", "CreditNoteIssued", "PaymentRecorded", "PaymentReversed", "StockChanged",
    "GoodsReceived", "StockMoved", "CustomerCreated", "CustomerUpdated", "ProductCreated", "ProductUpdated",
    "VariantCreated", "VariantUpdated", "PriceListCreated", "PriceListUpdated", "ConnectionFailing",
    "ConnectionRecovered",
})
"""Events that a tenant's own programs may be told of; the `webhooks` queue hears them besides those in its rows."""


def queues_for(event_type: str) -> tuple[str, ...]:
    """The queues an event goes to. Raises KeyError for an event nobody declared."""
    told = (*ROUTES[event_type], "webhooks") if event_type in PUBLISHED else ROUTES[event_type]
    return told if event_type in SILENT else ("activity", *told)
