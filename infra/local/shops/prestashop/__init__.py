"""A small shop that answers and behaves like PrestaShop's XML web service, with the demo storefront to buy from.

The goods, the stock and the tills are those of the other demo shop (`infra/local/shops/woocommerce`): a buyer sees the same
pages. What is here is PrestaShop's own face: its resources, its states, its dates in shop time, its way to be asked. It
sends nothing by itself, but for the light ping that a module would send where one is set.
"""

from infra.local.shops.prestashop.server import PrestaShop, start_prestashop

__all__ = ["PrestaShop", "start_prestashop"]
