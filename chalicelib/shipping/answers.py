"""What the API says of deliveries and carriers where it is no stored document."""

from __future__ import annotations

from decimal import Decimal

from chalicelib.kernel.address import Address
from chalicelib.kernel.shapes import Row, entity
from chalicelib.sales.delivery import Delivery


@entity
class LeftToPack:
    line_id: str
    sku: str
    quantity: Decimal


@entity
class SalesDeliveryView(Delivery):
    """A delivery with what is left to pack, where it comes from and goes to, whether customs are told (`…/customs`), the
    customer's link, and the actions its state allows."""

    left: tuple[LeftToPack, ...]
    warehouse_name: str
    shipping_address: Address
    is_declared: bool
    order_state: str
    order_note: str
    current_status: str
    tracking_page_url: str
    allowed_actions: tuple[str, ...]


@entity
class SalesDeliveryRow(Row):
    """`created_at` and `shipped_at` are instants, the second "" before it left."""

    number: str
    state: str
    order_id: str
    order_number: str
    warehouse_id: str
    customer_name: str
    channel_id: str
    channel_name: str
    created_at: str
    shipped_at: str
    carrier_name: str
    parcel_count: int
    tracking_number: str
    tracking_status: str


@entity
class CarrierRow(Row):
    name: str
    platform: str
    is_active: bool
    service_count: int


@entity
class Heard:
    """What became of a carrier's webhook."""

    status: str
