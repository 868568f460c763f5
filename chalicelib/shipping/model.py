"""Shapes of shipping: carriers, and what can be asked of a delivery that is packed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from decimal import Decimal

from chalicelib.kernel.address import Address
from chalicelib.kernel.documents import Document
from chalicelib.kernel.shapes import command, entity

MANUAL = "manual"
ONE = Decimal(1)


@entity
class CarrierService:
    """A service of a carrier, under the code that labels are bought by."""

    code: str
    name: str
    carrier_name: str = ""


@entity
class Carrier:
    """A carrier the tenant ships with. `platform` is `manual` (our own parcel labels, tracking numbers typed) or one that
    labels are bought from. `tracking_url_template` holds `{number}`; `gs1_company_prefix` numbers our own parcels (SSCC).
    `sender` is what stands on labels as the sender."""

    id: str
    name: str
    platform: str = MANUAL
    is_active: bool = True
    base_url: str = ""
    sealed_credentials: str = ""
    contract_id: str = ""
    services: tuple[CarrierService, ...] = ()
    default_service_code: str = ""
    tracking_url_template: str = ""
    gs1_company_prefix: str = ""
    sender: Address = Address()
    created_at: datetime | None = None
    version: int = 0


@entity
class CarrierView:
    """A carrier as it is shown: never with its credentials."""

    id: str
    name: str
    platform: str
    is_active: bool
    base_url: str
    contract_id: str
    services: tuple[CarrierService, ...]
    default_service_code: str
    tracking_url_template: str
    gs1_company_prefix: str
    sender: Address
    has_credentials: bool
    webhook_url: str
    created_at: datetime | None
    version: int


@command
class CarrierBody:
    """`credentials` are asked for by the platform (Sendcloud: `public_key`, `secret_key`); what is not given stays."""

    name: str
    platform: str = MANUAL
    is_active: bool = True
    base_url: str = ""
    credentials: Mapping[str, str] = field(default_factory=dict)
    contract_id: str = ""
    default_service_code: str = ""
    tracking_url_template: str = ""
    gs1_company_prefix: str = ""
    sender: Address = Address()


@command
class Scan:
    """What the scanner read: a GTIN of the article or of one of its packs, or a SKU. `quantity` of that go into the
    parcel."""

    code: str
    quantity: Decimal = ONE
    parcel_number: int = 1


@command
class PutBack:
    """Takes goods out of a parcel again."""

    parcel_number: int
    sku: str
    quantity: Decimal


@command
class PickAll:
    """Everything that is left goes into a parcel, without being scanned."""

    parcel_number: int = 1


@command
class ParcelSize:
    """Weight and outer size of a packed parcel; a weight of 0 is what its articles weigh."""

    number: int
    weight_grams: int = 0
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0


@command
class Pack:
    """Closes the parcels. With `allow_short` what was not found stays reserved for the order, for a later delivery."""

    parcels: tuple[ParcelSize, ...] = ()
    allow_short: bool = False


@command
class BuyLabels:
    """One label for each parcel that has none. Without a service the carrier's usual one."""

    carrier_id: str
    service_code: str = ""


@command
class VoidLabel:
    parcel_number: int


@command
class SetTracking:
    """A parcel's tracking number, typed by hand."""

    parcel_number: int = 1
    tracking_number: str
    tracking_url: str = ""
    carrier_name: str = ""


@command
class ShipDelivery:
    """Carrier and tracking number of a delivery that has no label of its own."""

    carrier: str = ""
    tracking_number: str = ""
    tracking_url: str = ""


@command
class CancelDelivery:
    reason: str = ""


CARRIER = Document(
    kind="carrier", prefix="crr", model=Carrier,
    summary=lambda c: {"name": c.name[:60], "platform": c.platform, "is_active": c.is_active,
                       "service_count": len(c.services)},
    by_list=lambda c: ("CARRIER", f"{c.name.lower()[:60]}#{c.id}"))
