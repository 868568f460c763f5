"""What customers ordered: from draft to shipped and closed.

Owns: orders with their lines, charges, totals, shipments and refunds. Does not own stock (its reservations are `stock`'s
write parts in the order's transaction), articles, customers or the shops' own views of an order (channels). Events out:
OrderPlaced, OrderDrafted, OrderUpdated, OrderConfirmed, OrderAmended, OrderHeld, OrderReleased, OrderAllocated,
OrderShipped, OrderPartlyShipped, OrderCancelled, OrderPartlyCancelled, OrderClosed, OrderRefunded. Events in:
GoodsReceived, GoodsReturned, StockMoved, TransferCreated, OrderAmended, OrderCancelled and OrderPartlyCancelled, after each
of which back-orders may be served.
"""
