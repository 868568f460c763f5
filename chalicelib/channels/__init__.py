"""Sales channels: connected shops, what they send us, and what we show on them.

Owns: connection, delivery (one webhook as received, and what became of it), binding (our SKU ↔ their product), desired
stock (what each shop should show and does show), sync runs, lag measurements. Does not own: orders (`sales`), stock
(`stock`), prices (`pricing`); the platforms' languages stand in `connectors/`.

Events in: WebhookReceived, DeliveryReplayed, BindingCreated, ConnectionCreated, ConnectionUpdated, ConnectionPaused,
ConnectionResumed, StockChanged, OrderShipped, OrderPartlyShipped, OrderCancelled, OrderRefunded, VariantCreated,
VariantUpdated, PriceListCreated, PriceListUpdated.
Events out: ConnectionCreated, ConnectionUpdated, ConnectionPaused, ConnectionResumed, ConnectionRemoved,
ConnectionFailing, ConnectionRecovered, WebhooksLeft, WebhooksRemoved, WebhookReceived, DeliveryQuarantined,
DeliveryReplayed, BindingCreated, PushRejected, TrackingPushed, RefundPushed.
"""
