"""Carriers behind one neutral contract. A platform is imported when it is first asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.carriers.contract import CarrierConnector

_PLATFORMS = {"sendcloud": ("connectors.carriers.sendcloud.client", "Sendcloud")}
CARRIER_PLATFORMS = tuple(_PLATFORMS)


def carrier_connector(platform: str) -> type[CarrierConnector]:
    """The connector class of a carrier's platform; KeyError for one that has none."""
    module, name = _PLATFORMS[platform]
    found: type[CarrierConnector] = getattr(import_module(module), name)
    return found
