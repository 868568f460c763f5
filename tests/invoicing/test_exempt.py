"""A baker under the exemption for small businesses sells without VAT, and every invoice says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import DomainError
from chalicelib.sales import service as sales
from chalicelib.sales.model import Buyer, NewLine, PlaceOrder
from chalicelib.tenants import service as tenants
from chalicelib.tenants.model import ChangeCompany, PostalAddress
from tests.invoicing.company import HOME, D, Firm


def exempt(new_ctx: Callable[..., Context]) -> Firm:
    firm = Firm(new_ctx)
    tenants.change_company(new_ctx(), tenants.company(new_ctx()), ChangeCompany(
        legal_name="Glaces Léa", legal_form="EI", siren="732829320", rcs_city="Annecy", vat_regime="franchise",
        address=PostalAddress(street="1 rue du Lac", postal_code="74000", city="Annecy")))
    firm.stocked("BUCHE", vat_rate="5.5")
    return firm


def test_an_order_of_an_exempt_company_bears_no_vat_and_its_invoice_says_why(new_ctx: Callable[..., Context]) -> None:
    firm = exempt(new_ctx)
    order = firm.order(("BUCHE", "2", "30.00"), shipping="9.90")
    assert {(row.vat_category, row.vat_rate) for row in order.vat_breakdown} == {("E", 0)}
    assert (order.vat_amount, order.total_without_vat, order.total_with_vat) == (0, order.total_with_vat, order.total_with_vat)
    assert str(order.total_with_vat) == "69.90", "the customer pays what the price list says"
    invoice = firm.invoice(firm.ship(order))
    assert invoice.vat_amount == 0 and str(invoice.payable_amount) == "69.90"
    assert any("art. 293 B" in mention.text and "TVA non applicable" in mention.text for mention in invoice.mentions)
    assert "445" not in {line.account[:3] for line in firm.entry(invoice.entry_id).lines}, "no VAT is posted"


def test_vat_that_a_shop_charged_all_the_same_is_kept_and_not_invoiced(new_ctx: Callable[..., Context]) -> None:
    """VAT that was charged is owed (CGI art. 283, 3): the order tells the truth, and the pre-flight stops the invoice."""
    firm = exempt(new_ctx)
    order = firm.order(("BUCHE", "1", "30.00"))
    assert order.vat_amount == 0
    taxed = sales.place_order(new_ctx(), PlaceOrder(buyer=Buyer(name="Zoé"), billing_address=HOME, lines=(
        NewLine(sku="BUCHE", quantity=D(1), unit_price=D("30.00"), vat_category="S", vat_rate=D("5.5")),)))
    assert taxed.vat_amount > 0
    with pytest.raises(DomainError) as refused:
        firm.invoice(firm.ship(taxed))
    assert refused.value.code == "preflight_failed" and "293 B" in refused.value.detail
