"""What is where, promised to whom, and what it cost.

Owns: warehouses, balances (on_hand, reserved, available, incoming), reservations, moves, valuation, receipts, adjustments
and transfers. Does not own articles (catalog) or what an order wants (sales): an order adds `balances.reservation_writes`
to its own transaction. Events out: StockChanged (every change of a balance, all SKUs of the transaction), GoodsReceived,
StockMoved, TransferCreated, WarehouseCreated, WarehouseUpdated. Events in: StockChanged (the list rows), VariantCreated
and VariantUpdated (which kits contain which components).
"""
