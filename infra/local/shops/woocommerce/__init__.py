"""A small shop that answers and behaves like WooCommerce 11, with a storefront to buy from.

Owns its own catalogue, stock, orders and webhooks, as a real shop does; it shares nothing with the ERP but the protocol.
"""

from infra.local.shops.woocommerce.config import (
    ApiKey,
    Coupon,
    Picture,
    ShopConfig,
    ShopProduct,
    ShopVariation,
    TaxRate,
)
from infra.local.shops.woocommerce.server import Shop, start_shop

__all__ = [
    "ApiKey",
    "Coupon",
    "Picture",
    "Shop",
    "ShopConfig",
    "ShopProduct",
    "ShopVariation",
    "TaxRate",
    "start_shop",
]
