"""Scanning and packing, purely: what a code means for a delivery, and whether its parcels hold what is to leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal

from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.money import ZERO
from chalicelib.kernel.states import next_state
from chalicelib.sales.delivery import (
    DELIVERY_TRANSITIONS,
    Delivery,
    Parcel,
    filled,
    left_to_pack,
    packed_quantities,
    put_in,
)
from chalicelib.shipping.model import Pack, ParcelSize, PickAll, PutBack

MAX_PARCELS = 20
HEAVIEST_GRAMS, LONGEST_MM = 1_000_000, 10_000
AIM_PREFIXES = ("]C1", "]d2", "]E0", "]E4", "]Q3", "]e0", "]C0")
"""What a scanner may put before a code (ISO/IEC 15424 symbology identifiers)."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a code stands for: a SKU, and how many base units of it (a pack holds several)."""

    code: str
    sku: str
    name: str
    factor: Decimal = Decimal(1)


def readings(code: str) -> tuple[str, ...]:
    """What a scanned code may be in the catalogue: itself, the GTIN within a GS1 element string (AI 01 and 14 digits,
    General Specifications §3.3), and the GTIN without the leading zeros a 14-digit form puts before it."""
    text = code.strip()
    text = next((text[len(prefix):] for prefix in AIM_PREFIXES if text.startswith(prefix)), text)
    plain = text.replace("(", "").replace(")", "")
    found = [text]
    if len(plain) >= 16 and plain[:16].isdecimal() and plain.startswith("01"):
        found.append(plain[2:16])
    for gtin in list(found):
        if gtin.isdecimal() and len(gtin) in (13, 14):
            found += [gtin[zeros:] for zeros in (1, 2, 6) if gtin[:zeros] == "0" * zeros and len(gtin) - zeros >= 8]
    return tuple(dict.fromkeys(found))


def scan(delivery: Delivery, what: Scanned, quantity: Decimal, parcel_number: int) -> Delivery:
    """The delivery after so many of what was scanned went into a parcel.

    Raises Conflict `wrong_article` for what is not of this delivery, `too_many` when more would be packed than leaves,
    each naming the article; Invalid for a quantity or parcel that cannot be.
    """
    state = next_state(DELIVERY_TRANSITIONS, delivery.state, "scan")
    _check_parcel_number(parcel_number)
    if not 0 < quantity <= 10**6:
        raise Invalid("quantity", "A quantity is above zero.", {"quantity": "above 0"})
    if not any(pick.sku == what.sku for pick in delivery.picks):
        raise Conflict("wrong_article", f"{what.sku} {what.name} is not in this delivery: put it back.".replace("  ", " "),
                       {"code": what.code}, sku=what.sku)
    wanted = quantity * what.factor
    left = {key: amount for key, amount in left_to_pack(delivery).items() if key[1] == what.sku}
    remaining = sum(left.values(), ZERO)
    if wanted > remaining:
        detail = f"All of {what.sku} is packed already: put it back." if not remaining else (
            f"Only {remaining.normalize():f} more of {what.sku} in this delivery, not {wanted.normalize():f}.")
        raise Conflict("too_many", detail, {"code": what.code}, sku=what.sku)
    goods = []
    for key, amount in left.items():
        part = min(amount, wanted)
        wanted -= part
        if part > 0:
            goods.append((key, part))
    return put_in(replace(delivery, state=state), parcel_number, goods)


def _check_parcel_number(number: int) -> None:
    if not 1 <= number <= MAX_PARCELS:
        raise Invalid("parcel_number", f"Parcels are numbered 1 to {MAX_PARCELS}.", {"parcel_number": f"1 to {MAX_PARCELS}"})


def pick_all(delivery: Delivery, body: PickAll) -> Delivery:
    """The delivery with all that is left in one parcel. Raises Conflict, Invalid."""
    state = next_state(DELIVERY_TRANSITIONS, delivery.state, "pick_all")
    _check_parcel_number(body.parcel_number)
    return put_in(replace(delivery, state=state), body.parcel_number, left_to_pack(delivery).items())


def put_back(delivery: Delivery, body: PutBack) -> Delivery:
    """The delivery after goods were taken out of a parcel. Raises Conflict `not_in_parcel`, Invalid."""
    state = next_state(DELIVERY_TRANSITIONS, delivery.state, "put_back")
    lines = {(line.line_id, line.sku): line.quantity for parcel in delivery.parcels
             if parcel.number == body.parcel_number for line in parcel.lines if line.sku == body.sku}
    if not 0 < body.quantity <= sum(lines.values(), ZERO):
        raise Conflict("not_in_parcel", f"Parcel {body.parcel_number} does not hold that many of {body.sku}.",
                       {"quantity": "more than is there"})
    wanted, goods = body.quantity, []
    for key, amount in reversed(lines.items()):
        part = min(amount, wanted)
        wanted -= part
        goods.append((key, -part))
    return put_in(replace(delivery, state=state), body.parcel_number, goods)


def leaving(delivery: Delivery, kits: Mapping[str, Mapping[str, Decimal]], allow_short: bool) -> dict[str, Decimal]:
    """How much of each line is packed. `kits` are the components of one unit of each line, by line.

    Raises Conflict `nothing_packed`, `not_all_picked` (unless a short delivery is allowed), and `kit_incomplete` when a
    part of a kit lies in a parcel without the rest.
    """
    packed = packed_quantities(delivery)
    if not packed:
        raise Conflict("nothing_packed", "Nothing is in a parcel yet.")
    left = left_to_pack(delivery)
    if left and not allow_short:
        raise Conflict("not_all_picked", "Not everything is packed; pack what is missing, or ship without it.",
                       {f"lines.{line_id}.{sku}": f"{quantity.normalize():f} missing"
                        for (line_id, sku), quantity in left.items()})
    found: dict[str, Decimal] = {}
    for line in delivery.lines:
        parts = kits[line.line_id]
        held = {sku: packed.get((line.line_id, sku), ZERO) for sku in parts}
        units = min(held[sku] / each for sku, each in parts.items())
        whole = units if len(parts) == 1 else units.to_integral_value(ROUND_FLOOR)
        if any(held[sku] != whole * each for sku, each in parts.items()):
            raise Conflict("kit_incomplete", f"{line.sku} is packed without all of its parts: take the others out again.",
                           {f"lines.{line.line_id}": "incomplete"})
        if whole > 0:
            found[line.line_id] = whole
    return found


def pack(delivery: Delivery, body: Pack, weights: Mapping[str, int]) -> Delivery:
    """The delivery with its parcels closed: empty ones gone, numbered from 1, weighed. `weights` are grams of one base unit
    by SKU. Raises Conflict, Invalid for a size that no parcel has."""
    state = next_state(DELIVERY_TRANSITIONS, delivery.state, "pack")
    sizes = {size.number: _checked(size, n) for n, size in enumerate(body.parcels)}
    unknown = set(sizes) - {parcel.number for parcel in delivery.parcels}
    if unknown or len(sizes) < len(body.parcels):
        raise Invalid("parcels", "Each parcel once, by its number.", {"parcels": "number"})
    parcels = [_sized(parcel, sizes.get(parcel.number), weights) for parcel in delivery.parcels if parcel.lines]
    return replace(delivery, state=state,
                   parcels=tuple(replace(parcel, number=n) for n, parcel in enumerate(parcels, 1)))


def _checked(size: ParcelSize, n: int) -> ParcelSize:
    lengths = (size.length_mm, size.width_mm, size.height_mm)
    if not 0 <= size.weight_grams <= HEAVIEST_GRAMS or not all(0 <= each <= LONGEST_MM for each in lengths):
        raise Invalid("parcels", "A parcel weighs at most 1,000 kg and measures at most 10 m.",
                      {f"parcels.{n}": "out of range"})
    return size


def _sized(parcel: Parcel, size: ParcelSize | None, weights: Mapping[str, int]) -> Parcel:
    counted = sum((line.quantity * weights.get(line.sku, 0) for line in parcel.lines), ZERO)
    grams = size.weight_grams if size and size.weight_grams else int(counted.to_integral_value())
    if size is None:
        return replace(parcel, weight_grams=parcel.weight_grams or grams)
    return replace(parcel, weight_grams=grams, length_mm=size.length_mm, width_mm=size.width_mm, height_mm=size.height_mm)


def unpack(delivery: Delivery) -> Delivery:
    """The delivery being packed again. Raises Conflict `labelled` while a parcel has a label that was not given back."""
    state = next_state(DELIVERY_TRANSITIONS, delivery.state, "unpack")
    if any(parcel.label and parcel.label.state in ("buying", "bought") for parcel in delivery.parcels):
        raise Conflict("labelled", "A parcel has its label already: void it first.")
    return replace(delivery, state=state)


def all_in_one(delivery: Delivery) -> Delivery:
    """A delivery that nobody scanned, in one parcel and ready to be closed."""
    return replace(filled(delivery), state="picking")
