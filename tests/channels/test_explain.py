"""Why a shop shows so many of a SKU, in the words of whoever asks."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from chalicelib.channels import connecting, pushing
from chalicelib.channels.model import ChangeConnection
from tests.channels.merchant import Merchant
from tests.working import import_products


def test_what_a_shop_shows_is_explained_from_the_shelf_to_what_it_was_told(merchant: Merchant) -> None:
    merchant.open("retail", "MAC")
    connection = merchant.connect("retail", warehouse_ids=(merchant.warehouse.id,))
    import_products(merchant.ctx(), connection)
    merchant.pump()
    merchant.deliver(connection, merchant.buy("retail", MAC=3))
    merchant.pump()
    rules = ChangeConnection(name="Retail", safety_buffer=Decimal(2), warehouse_ids=(merchant.warehouse.id,))
    connection = connecting.update(merchant.ctx(), merchant.connection(connection), rules)
    before = pushing.explain(replace(merchant.ctx(), locale="en"), connection, "MAC")
    told = {row.label: row for row in before.steps}
    assert (before.value, told["The shop should show"].value) == ("19", "19")
    assert told["Sent to the shop, version 2"].value == "21", "the buffer has not been told yet"
    assert told["Sent to the shop, version 2"].at
    assert before.inputs[0].value == "Lyon" and {"-2", "24", "-3"} <= {row.value for row in before.inputs}
    merchant.pump()
    after = pushing.explain(replace(merchant.ctx(), locale="fr"), connection, "MAC")
    assert {row.label: row.value for row in after.steps}["Envoyé à la boutique, version 3"] == "19"
    assert merchant.shown("retail", "MAC") == 19
