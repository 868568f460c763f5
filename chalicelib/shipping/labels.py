"""Labels: bought once, whatever happens to the answer; kept; given back.

A purchase is written down under its reference before the carrier is called. When the answer is lost, the same reference is
asked for again: a carrier never sells one reference twice, so there is never a second label to pay.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from chalicelib.kernel import codec
from chalicelib.kernel.address import Address
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import AlreadyDone, Conflict, Invalid, NotFound, Unavailable
from chalicelib.kernel.states import next_state
from chalicelib.sales.delivering import change_writes
from chalicelib.sales.delivery import DELIVERY, DELIVERY_TRANSITIONS, Delivery, Label, Parcel
from chalicelib.sales.model import ORDER, Order
from chalicelib.shipping import carriers, customs, drawing
from chalicelib.shipping.barcode import sscc
from chalicelib.shipping.model import CARRIER, MANUAL, BuyLabels, Carrier, VoidLabel
from chalicelib.storage import blobs, keys, read, sequence
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants.selling import entitlements
from connectors.carriers.contract import BoughtLabel, CarrierConnector, Customs, CustomsItem, LabelRequest, PostalParty
from connectors.errors import ConnectorError, Rejected, Unauthorised

PDF, ZPL = "application/pdf", "application/zpl"


def buy_labels(ctx: Context, delivery: Delivery, body: BuyLabels) -> Delivery:
    """Buys a label for each parcel that has none. Asked again, it goes on where it stopped and buys nothing twice.

    Raises Conflict `wrong_state`, `carrier_refused` with the carrier's words, `order_on_hold`; Invalid `carrier`,
    `service_code`, `recipient`, `customs_data`; Unavailable when the carrier does not answer: ask again.
    """
    next_state(DELIVERY_TRANSITIONS, delivery.state, "buy_labels")
    carrier = read.find(ctx, CARRIER, body.carrier_id)
    if carrier is None or not carrier.is_active:
        raise Invalid("carrier", "There is no such carrier.", {"carrier_id": "unknown"})
    service = body.service_code or carrier.default_service_code
    if carrier.platform != MANUAL and service not in {each.code for each in carrier.services}:
        raise Invalid("service_code", "Choose one of the carrier's services.", {"service_code": "unknown"})
    order = read.get(ctx, ORDER, delivery.order_id)
    if order.state == "on_hold":
        raise Conflict("order_on_hold", "The order is on hold: no label is bought for it.")
    declared = _declared(ctx, order, delivery, carrier)
    waiting = [parcel.number for parcel in delivery.parcels if not parcel.label or parcel.label.state != "bought"]
    for place, number in enumerate(waiting):
        is_last = place == len(waiting) - 1
        delivery = _buy(ctx, order, delivery, number, carrier, service, is_last, declared.get(number))
    return delivery


def parcel_of(delivery: Delivery, number: int) -> Parcel:
    """A parcel by its number. Raises NotFound."""
    found = next((parcel for parcel in delivery.parcels if parcel.number == number), None)
    if found is None:
        raise NotFound("parcel")
    return found


def with_parcel(delivery: Delivery, parcel: Parcel) -> Delivery:
    """The delivery with one parcel replaced."""
    return replace(delivery, parcels=tuple(parcel if each.number == parcel.number else each for each in delivery.parcels))


def _next_reference(delivery: Delivery, parcel: Parcel) -> str:
    """The name of a purchase: one that was given back or refused never has its name used again."""
    before = int(parcel.label.reference.rsplit("/", 1)[1]) if parcel.label else 0
    return f"{delivery.id}/{parcel.number}/{before + 1}"


def _buy(
    ctx: Context, order: Order, delivery: Delivery, number: int, carrier: Carrier, service: str, is_last: bool,
    declared: Customs | None
) -> Delivery:
    parcel = parcel_of(delivery, number)
    if not parcel.label or parcel.label.state != "buying":
        delivery = _claim(ctx, delivery, parcel, carrier, service)
        parcel = parcel_of(delivery, number)
    assert parcel.label is not None
    step = ctx if is_last else ctx.step(f"label:{parcel.label.reference}")
    try:
        return _bought(step, order, delivery, parcel, carrier, service, declared)
    except AlreadyDone:
        if is_last:
            raise
        return read.get(ctx, DELIVERY, delivery.id)


def _bought(
    ctx: Context, order: Order, delivery: Delivery, parcel: Parcel, carrier: Carrier, service: str, declared: Customs | None
) -> Delivery:
    """The delivery with the label that the claimed purchase brings."""
    assert parcel.label is not None
    if carrier.platform == MANUAL:
        return _own_label(ctx, order, delivery, parcel, carrier)
    shop = carriers.connect(ctx, carrier)
    try:
        bought = shop.find_label(parcel.label.reference) or shop.buy_label(
            _request(order, delivery, parcel, carrier, service, declared))
        files = _fetched(ctx, shop, bought, parcel.label.reference)
    except (Rejected, Unauthorised) as refusal:
        _give_up(ctx, delivery, parcel, refusal.message)
        raise Conflict("carrier_refused", f"{carrier.name} refuses the parcel: {refusal.message}",
                       {"carrier_id": refusal.message[:200]}) from None
    except ConnectorError as trouble:
        raise Unavailable(f"{carrier.name} does not answer ({trouble.message}): ask again, nothing is bought twice.") from None
    label = replace(parcel.label, state="bought", external_id=f"{bought.external_id}/{bought.parcel_external_id}",
                    pdf_file=files.pdf, zpl_file=files.zpl)
    url = bought.tracking_url or tracking_url(carrier, bought.tracking_number)
    labelled = replace(parcel, label=label, tracking_number=bought.tracking_number, tracking_url=url, status="announced",
                       status_at=ctx.now)
    return _save(ctx, delivery, labelled, files.size)


def _claim(ctx: Context, delivery: Delivery, parcel: Parcel, carrier: Carrier, service: str) -> Delivery:
    """Writes down that a label is being bought, before anything is asked; another attempt at the same command that wrote it
    is gone on from. Raises Stale when somebody else did."""
    reference = _next_reference(delivery, parcel)
    tx = Transaction(ctx.step(f"claim:{reference}"))
    claimed = replace(with_parcel(delivery, replace(parcel, label=Label(state="buying", reference=reference,
                                                                        asked_at=ctx.now))),
                      carrier_id=carrier.id, carrier_name=_told_as(carrier, service), service_code=service)
    saved = change_writes(tx, delivery, claimed, "")
    return _committed(tx, saved)


def _committed(tx: Transaction, saved: Delivery) -> Delivery:
    """The delivery once the step stands, whichever attempt at the command took it."""
    try:
        tx.commit()
    except AlreadyDone:
        return read.get(tx.ctx, DELIVERY, saved.id)
    return saved


def _told_as(carrier: Carrier, service: str) -> str:
    """How people hear of the carrier: by the name of whoever brings the parcel."""
    return next((each.carrier_name for each in carrier.services if each.code == service and each.carrier_name), carrier.name)


def _give_up(ctx: Context, delivery: Delivery, parcel: Parcel, problem: str) -> None:
    """The carrier refused: nothing was bought, and the next attempt is another purchase."""
    assert parcel.label is not None
    tx = Transaction(ctx.step(f"refused:{parcel.label.reference}"))
    label = replace(parcel.label, state="refused", problem=problem[:200])
    _committed(tx, change_writes(tx, delivery, with_parcel(delivery, replace(parcel, label=label)), ""))


def _save(ctx: Context, delivery: Delivery, parcel: Parcel, size: int) -> Delivery:
    """Keeps a label with its tracking number, and where to find the parcel by that number; its files have `size` bytes."""
    tx = Transaction(ctx)
    entitlements.count_storage(tx, size)
    saved = change_writes(tx, delivery, with_parcel(delivery, parcel), "ParcelTracked",
                          {"parcel": parcel.number, "tracking_number": parcel.tracking_number,
                           "carrier": delivery.carrier_name})
    if parcel.tracking_number:
        note_number(tx, saved, parcel)
    tx.commit()
    return saved


def note_number(tx: Transaction, delivery: Delivery, parcel: Parcel) -> None:
    """Write part: whose parcel a tracking number is, for whoever knows only that."""
    tx.put(Item(keys.child(tx.ctx, "tracking", parcel.tracking_number, keys.ALONE), "tracking_number", tx.ctx.tenant_id,
                codec.compact({"delivery_id": delivery.id, "parcel": parcel.number})))


def tracking_url(carrier: Carrier, number: str) -> str:
    """Where the carrier shows the parcel, "" when nobody said where."""
    return carrier.tracking_url_template.replace("{number}", number) if number and carrier.tracking_url_template else ""


# -- what the carrier is told ------------------------------------------------------------------------------------------


def _party(address: Address, name: str = "", phone: str = "", email: str = "") -> PostalParty:
    return PostalParty(name=address.name or name, company=address.company_name, line1=address.line1, line2=address.line2,
                       postcode=address.postal_code, city=address.city, country=address.country_code,
                       phone=address.phone or phone, email=email)


def recipient_of(order: Order) -> Address:
    """Where an order goes. Raises Invalid `recipient` when that is no address a parcel can be sent to."""
    address = order.billing_address if order.shipping_address == Address() else order.shipping_address
    wanted = {"line1": address.line1, "postal_code": address.postal_code, "city": address.city,
              "country_code": address.country_code, "name": address.name or address.company_name or order.buyer.name}
    missing = {f"shipping_address.{name}": "missing" for name, value in wanted.items() if not value.strip()}
    if missing:
        raise Invalid("recipient", "The order's address is not complete.", missing)
    return address


def _declared(ctx: Context, order: Order, delivery: Delivery, carrier: Carrier) -> dict[int, Customs]:
    """What customs are told of each parcel, by its number; nothing within the EU, and nothing by our own label.

    Raises Invalid `customs_data` before anything is bought."""
    if carrier.platform == MANUAL:
        return {}
    found = customs.declaration(ctx, order, delivery, carrier.sender, recipient_of(order))
    customs.refuse(found)
    return {parcel.parcel_number: Customs(
        invoice_number=delivery.number, currency=found.currency, is_business=found.is_business, items=tuple(CustomsItem(
            sku=item.sku, description=item.description, quantity=item.quantity, weight_grams=item.weight_grams,
            unit_value=item.unit_value, hs_code=item.hs_code, origin_country=item.country_of_origin)
            for item in parcel.items)) for parcel in found.parcels}


def _request(
    order: Order, delivery: Delivery, parcel: Parcel, carrier: Carrier, service: str, declared: Customs | None
) -> LabelRequest:
    if parcel.weight_grams <= 0:
        raise Invalid("weight", f"Parcel {parcel.number} has no weight.", {f"parcels.{parcel.number}.weight_grams": "above 0"})
    assert parcel.label is not None
    return LabelRequest(
        reference=parcel.label.reference, service_code=service, sender=_party(carrier.sender),
        recipient=_party(recipient_of(order), order.buyer.name, order.buyer.phone, order.buyer.email),
        weight_grams=parcel.weight_grams, order_number=delivery.number, length_mm=parcel.length_mm,
        width_mm=parcel.width_mm, height_mm=parcel.height_mm, contract_id=carrier.contract_id,
        customs=declared)


@dataclass(frozen=True, slots=True)
class _Files:
    """A label's files in the bucket, "" for one there is none of, and their bytes."""

    pdf: str
    zpl: str
    size: int


def _kept(ctx: Context, reference: str, pdf: bytes, zpl: bytes) -> _Files:
    name = f"labels/{reference.replace('/', '-')}"
    blobs.put(ctx, f"{name}.pdf", pdf, PDF)
    if zpl:
        blobs.put(ctx, f"{name}.zpl", zpl, ZPL)
    return _Files(f"{name}.pdf", f"{name}.zpl" if zpl else "", len(pdf) + len(zpl))


def _fetched(ctx: Context, shop: CarrierConnector, bought: BoughtLabel, reference: str) -> _Files:
    """The label's files in the bucket; a carrier that has no ZPL leaves the PDF alone."""
    pdf = shop.label_file(bought, PDF)
    try:
        zpl = shop.label_file(bought, ZPL)
    except Rejected:
        zpl = b""
    return _kept(ctx, reference, pdf, zpl)


def _own_label(ctx: Context, order: Order, delivery: Delivery, parcel: Parcel, carrier: Carrier) -> Delivery:
    """Our own parcel label, with an SSCC when the carrier has a company prefix to number it by."""
    assert parcel.label is not None
    code = parcel.sscc
    if carrier.gs1_company_prefix and not code:
        room = 16 - len(carrier.gs1_company_prefix)
        number = sequence.next_number(ctx, f"sscc-{carrier.gs1_company_prefix}")
        code = sscc(carrier.gs1_company_prefix, number % 10**room, number // 10**room % 10)
    content = drawing.LabelContent(
        sender=carrier.sender, recipient=recipient_of(order), number=delivery.number,
        parcel=f"{parcel.number}/{len(delivery.parcels)}", weight=f"{parcel.weight_grams} g" if parcel.weight_grams else "",
        carrier=carrier.name, service=delivery.service_code, sscc=code, tracking_number=parcel.tracking_number)
    files = _kept(ctx, parcel.label.reference, drawing.pdf(content), drawing.zpl(content))
    label = replace(parcel.label, state="bought", pdf_file=files.pdf, zpl_file=files.zpl)
    return _save(ctx, delivery, replace(parcel, label=label, sscc=code), files.size)


# -- giving back -------------------------------------------------------------------------------------------------------


def void_label(ctx: Context, delivery: Delivery, body: VoidLabel) -> Delivery:
    """Gives a parcel's label back; its tracking number is forgotten. Raises Conflict `no_label`, `label_not_voided` when
    the carrier does not take it back any more; Unavailable."""
    next_state(DELIVERY_TRANSITIONS, delivery.state, "void_label")
    parcel = parcel_of(delivery, body.parcel_number)
    if parcel.label is None or parcel.label.state not in ("bought", "buying"):
        raise Conflict("no_label", "This parcel has no label.")
    return _void(ctx, delivery, parcel)


def _void(ctx: Context, delivery: Delivery, parcel: Parcel) -> Delivery:
    assert parcel.label is not None
    carrier = read.get(ctx, CARRIER, delivery.carrier_id)
    if carrier.platform != MANUAL:
        try:
            shop = carriers.connect(ctx, carrier)
            bought = shop.find_label(parcel.label.reference)
            is_void = bought is None or bought.is_cancelled or shop.void_label(bought)
        except ConnectorError as trouble:
            raise Unavailable(f"{carrier.name} does not answer ({trouble.message}): ask again.") from None
        if not is_void:
            raise Conflict("label_not_voided", f"{carrier.name} does not take this label back any more.")
    cleared = replace(parcel, label=replace(parcel.label, state="voided"), tracking_number="", tracking_url="", status="",
                      status_at=None, tracking_events=())
    tx = Transaction(ctx)
    saved = change_writes(tx, delivery, with_parcel(delivery, cleared), "LabelVoided",
                          {"parcel": parcel.number, "tracking_number": parcel.tracking_number})
    if parcel.tracking_number:
        tx.delete(keys.child(ctx, "tracking", parcel.tracking_number, keys.ALONE))
    tx.commit()
    return saved


def void_all(ctx: Context, delivery_id: str) -> None:
    """Gives back the labels of a delivery that was cancelled, one step each; one that the carrier keeps stays as it is."""
    delivery = read.find(ctx, DELIVERY, delivery_id)
    for parcel in delivery.parcels if delivery and delivery.state == "cancelled" else ():
        if parcel.label and parcel.label.state in ("bought", "buying"):
            assert delivery is not None
            try:
                delivery = _void(ctx.step(f"void:{parcel.label.reference}"), delivery, parcel)
            except Conflict as refusal:
                if refusal.code != "label_not_voided":
                    raise


def label_file(ctx: Context, delivery: Delivery, number: int, kind: str) -> tuple[bytes, str]:
    """A parcel's label as `pdf` or `zpl`, and its media type. Raises NotFound, Invalid `format`."""
    if kind not in ("pdf", "zpl"):
        raise Invalid("format", "A label is pdf or zpl.", {"format": "pdf, zpl"})
    label = parcel_of(delivery, number).label
    name = "" if label is None or label.state != "bought" else label.pdf_file if kind == "pdf" else label.zpl_file
    if not name:
        raise NotFound("label")
    return blobs.get(ctx, name), PDF if kind == "pdf" else ZPL
