"""What every carrier offers, whatever it calls it: a label bought once, given back, and where the parcel is.

Weights are whole grams, lengths whole millimetres, instants aware UTC datetimes. A purchase is named by our own
`reference`: the same reference never buys twice, so a purchase whose answer was lost is settled by asking for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Protocol

from connectors.http import SYSTEM_CLOCK, Clock, always


class ParcelStatus(StrEnum):
    """Where a parcel is. What no table knows is EXCEPTION: somebody looks at it, nothing is dropped."""

    ANNOUNCED = "announced"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    PICKUP_READY = "pickup_ready"
    DELIVERED = "delivered"
    EXCEPTION = "exception"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class CarrierSettings:
    """How to reach a carrier. `credentials` are never printed; `admit` is asked before every exchange."""

    base_url: str
    credentials: Mapping[str, str] = field(repr=False)
    allow_loopback: bool = False
    connect_timeout_seconds: float = 3.0
    read_timeout_seconds: float = 15.0
    attempts: int = 2
    admit: Callable[[], None] = always


@dataclass(frozen=True, slots=True)
class PostalParty:
    """Who sends or receives. `country` is ISO 3166-1 alpha-2."""

    name: str
    company: str
    line1: str
    line2: str
    postcode: str
    city: str
    country: str
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class CustomsItem:
    """Pieces of an article: `weight_grams` and `unit_value` are of one piece, `hs_code` its code in the Harmonised System,
    `origin_country` where it was made."""

    sku: str
    description: str
    quantity: int
    weight_grams: int
    unit_value: Decimal
    hs_code: str
    origin_country: str


@dataclass(frozen=True, slots=True)
class Customs:
    """What is declared of a parcel that leaves the customs territory. `invoice_number` is what its papers refer to."""

    invoice_number: str
    currency: str
    is_business: bool
    items: tuple[CustomsItem, ...]


@dataclass(frozen=True, slots=True)
class LabelRequest:
    """One parcel to be announced. `reference` names the purchase for ever; `order_number` is printed for people; `customs`
    is what it declares, None within the customs territory."""

    reference: str
    service_code: str
    sender: PostalParty
    recipient: PostalParty
    weight_grams: int
    order_number: str
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0
    contract_id: str = ""
    customs: Customs | None = None


@dataclass(frozen=True, slots=True)
class BoughtLabel:
    """A parcel that the carrier knows. `is_cancelled`: it was given back, its number is worth nothing."""

    external_id: str
    parcel_external_id: str
    tracking_number: str
    tracking_url: str = ""
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class CarrierEvent:
    """Something the carrier saw. `code` and `text` are its own words."""

    at: datetime
    status: ParcelStatus
    code: str
    text: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class TrackingNews:
    """What a carrier's webhook says of a parcel."""

    tracking_number: str
    event: CarrierEvent


@dataclass(frozen=True, slots=True)
class CarrierService:
    """A service that labels can be bought for."""

    code: str
    name: str
    carrier_name: str


class CarrierConnector(Protocol):
    """One account with one carrier. Synchronous; cheap to create."""

    default_base_url: ClassVar[str]
    credential_names: ClassVar[tuple[str, ...]]

    def __init__(self, settings: CarrierSettings, clock: Clock = SYSTEM_CLOCK) -> None: ...

    def services(self, from_country: str, to_country: str) -> list[CarrierService]:
        """What the account may send. Raises Unauthorised for credentials that are not taken."""

    def find_label(self, reference: str) -> BoughtLabel | None:
        """The purchase of this reference, None when there was none."""

    def buy_label(self, request: LabelRequest) -> BoughtLabel:
        """Announce the parcel. A reference that was used already gives the purchase that was made under it.

        Raises Rejected with what is wrong with it, Unavailable (`outcome_unknown` when it may have been made).
        """

    def label_file(self, bought: BoughtLabel, media_type: str) -> bytes:
        """The label as `application/pdf` or `application/zpl`; may be asked for again."""

    def void_label(self, bought: BoughtLabel) -> bool:
        """Give the label back. False when the carrier does not take it back any more; repeating it changes nothing."""

    def track(self, tracking_number: str) -> list[CarrierEvent]:
        """What happened to the parcel, oldest first; empty when the carrier knows nothing of it yet."""

    @staticmethod
    def verify(raw_body: bytes, headers: Mapping[str, str], secret: str) -> bool:
        """True when the webhook's signature is that of `raw_body`."""

    @staticmethod
    def read_webhook(raw_body: bytes) -> TrackingNews | None:
        """What a webhook says of a parcel; None when it is about something else or cannot be read."""
