"""How deliveries are packed and travel: scanning and packing, carriers, labels, tracking, the customer's tracking page.

Owns: carriers with their credentials, labels in the bucket, the look-up of tracking numbers. Does not own deliveries, which
stand in `sales` because their goods are promised by an order: it changes them by `sales.delivering`'s write parts. Events
out: DeliveryPacked, ParcelTracked, LabelVoided, DeliveryDelivered, DeliveryTroubled, TrackingReceived, CarrierCreated,
CarrierUpdated. Events in: DeliveryShipped (what is to be tracked), DeliveryCancelled (whose labels are given back),
TrackingReceived.
"""
