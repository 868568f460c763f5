"""What things cost: price lists per channel and currency, with dates and quantity breaks, and why a price is what it is.

Owns: price lists, the prices of each SKU, the book of all lists' headers (so that a line's price is two keys in one
read). Does not own SKUs (catalog) or discounts on an order (sales). Events out: PriceListCreated, PriceListUpdated.
Events in: none.
"""
