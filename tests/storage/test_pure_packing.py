"""Long texts are kept small where that saves a unit, and come back to the letter."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from chalicelib.storage import packing
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item, from_wire, text_of, to_wire

ORDER = json.dumps({"id": "ord_1", "lines": [{"id": str(n), "sku": f"SKU-{n}", "name": "Bûche glacée", "quantity": "1",
                                              "unit_price": "24.90", "vat_rate": "5.5"} for n in range(12)]},
                   ensure_ascii=False)


def test_a_document_costs_fewer_units_and_is_the_same_when_read() -> None:
    item = Item(Key("T#acme#SALES_ORDER#ord_1", "#"), "sales_order", "acme", ORDER, summary="{}")
    wire = to_wire(item)
    assert len(wire["data"]["B"]) * 3 < len(ORDER)
    assert from_wire(wire) == item and text_of(wire) == ORDER


def test_lambda_hands_bytes_on_as_base64() -> None:
    packed = packing.kept(ORDER)["B"]
    assert packing.text_of({"B": base64.b64encode(packed).decode()}) == ORDER


@pytest.mark.parametrize("text", ["{}", "x" * 599])
def test_short_texts_stay_readable(text: str) -> None:
    assert packing.kept(text) == {"S": text}


def test_what_saves_no_unit_stays_readable() -> None:
    assert packing.kept("ab" * 400) == {"S": "ab" * 400}
    assert "B" in packing.kept("ab" * 400, 300)


def test_the_preset_text_never_changes() -> None:
    assert hashlib.sha256(packing._PRESETS[1]).hexdigest() == "e98038635a1d8664845d6edfebec7106b5911492b56fec6956f3d84071fb2fb1"
    with pytest.raises(KeyError):
        packing.text_of({"B": b"\xff" + packing.kept(ORDER)["B"][1:]})
