"""The outside world: shops, marketplaces and carriers behind one neutral contract.

Nothing here knows the back office: `connectors.contract` is the only language spoken with it,
`connectors.http.send` the only way out. A platform is imported when it is first asked for, so that one
function does not load them all.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.contract import Connector

_PLATFORMS = {
    "woocommerce": ("connectors.woocommerce.client", "WooCommerce"),
    "prestashop": ("connectors.prestashop.client", "PrestaShop"),
}
PLATFORMS = tuple(_PLATFORMS)


def connector(platform: str) -> type[Connector]:
    """The connector class of `platform`; KeyError for a platform that has none."""
    module, name = _PLATFORMS[platform]
    found: type[Connector] = getattr(import_module(module), name)
    return found
