"""Where sales are posted: by how they are taxed and by the family of the article, from the product to the entry."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from chalicelib.catalog import service as catalog
from chalicelib.catalog.model import PRODUCT, VARIANT, NewProduct, NewVariant, ProductChange
from chalicelib.invoicing import service
from chalicelib.invoicing.model import INVOICE, Party
from chalicelib.invoicing.shapes import CreditLine, NewInvoice, NewInvoiceLine
from chalicelib.kernel.address import Address
from chalicelib.kernel.errors import Invalid
from chalicelib.ledger import determining
from chalicelib.ledger import service as ledger
from chalicelib.ledger.law.determination import STANDARD, AccountRule, DeterminationBody, ProductFamily
from chalicelib.ledger.model import NewAccount
from chalicelib.storage import read
from tests.invoicing.company import Firm

D = Decimal


def _families(firm: Firm) -> None:
    ledger.create_account(firm.ctx(), NewAccount(number="701900", name="Ventes de glaces"))
    determining.change(firm.ctx(), DeterminationBody(
        families=(*STANDARD.families, ProductFamily(code="ices", name="Glaces", purpose="finished"),
                  ProductFamily(code="drinks", name="Boissons")),
        rules=(*STANDARD.rules, AccountRule(purpose="finished", product_family="ices", account="701900"))))


def test_an_articles_family_reaches_the_entry_and_what_is_posted_stays(firm: Firm) -> None:
    """Ice made here, a drink bought, a book at 5.5 %: three revenue accounts; VAT by rate; the credit note turns them round."""
    _families(firm)
    firm.stocked("GLACE", "LIMO", vat_rate="20")
    firm.stocked("LIVRE", vat_rate="5.5")
    for sku, family in (("GLACE", "ices"), ("LIMO", "drinks")):
        variant = read.get(firm.ctx(), VARIANT, catalog.find_skus(firm.ctx(), [sku])[sku].variant_id)
        product = read.get(firm.ctx(), PRODUCT, variant.product_id)
        catalog.update_product(firm.ctx(), product, ProductChange(name=product.name, product_family=family))
    assert catalog.find_skus(firm.ctx(), ["GLACE"])["GLACE"].product_family == "ices"
    order = firm.ship(firm.order(("GLACE", "1", "12.00"), ("LIMO", "2", "6.00"), ("LIVRE", "1", "10.55")))
    invoice = firm.invoice(order)
    entry = {"411000": D("34.55"), "701900": D("-10.00"), "707110": D("-10.00"), "707130": D("-10.00"),
             "445711": D("-4.00"), "445713": D("-0.55")}
    assert firm.entry_of(invoice) == entry
    told = {row.name: row for row in service.accounts(firm.ctx(), invoice.id).rows}
    ice = next(row for name, row in told.items() if row.choice.account == "701900")
    assert ice.is_posted and ice.choice.rule.product_family == "ices" and ice.choice.account_name == "Ventes de glaces"
    assert ice.choice.considered[0].decided_by == "product_family"
    determining.change(firm.ctx(), DeterminationBody(families=determining.table(firm.ctx()).families, rules=STANDARD.rules))
    assert firm.entry_of(invoice) == entry, "what was posted is never changed"
    told_now = service.accounts(firm.ctx(), invoice.id)
    assert {row.name: row for row in told_now.rows} == told, "the explanation is that of the posting"
    assert (told_now.table_version, told_now.is_current_table) == (1, False)
    before = read.get(firm.ctx(), INVOICE, invoice.id)
    assert determining.table_of(firm.ctx(), before.determination_version).rules != STANDARD.rules
    note = firm.credit(invoice, lines=(CreditLine(line_id="1", quantity=D(1)),))
    assert firm.entry_of(note) == {"411000": D("-12.00"), "701110": D("10.00"), "445711": D("2.00")}


@pytest.mark.parametrize(("category", "rate", "country", "firm_number", "account", "vat"), [
    ("K", "0", "BE", "BE0411905847", "707200", ""), ("G", "0", "CH", "", "707300", ""),
    ("S", "21", "BE", "", "707400", "445780"),
    ("E", "0", "FR", "", "707500", ""), ("S", "20", "FR", "", "707110", "445711"), ("S", "10", "FR", "", "707120", "445712"),
    ("S", "2.1", "FR", "", "707140", "445714")])
def test_sales_abroad_and_at_each_rate_have_accounts_of_their_own(
        firm: Firm, category: str, rate: str, country: str, firm_number: str, account: str, vat: str) -> None:
    address = Address(name="Acheteur", line1="1 rue", postal_code="1000", city="Ville", country_code=country)
    buyer = Party(name="Acheteur", company_name="Acheteur SA" if firm_number else "", vat_number=firm_number, address=address)
    draft = service.create(firm.ctx(), NewInvoice(buyer=buyer, delivery_address=address, lines=(
        NewInvoiceLine(name="Moule", unit_price=D(100), vat_category=category, vat_rate=D(rate)),)))
    told = service.accounts(firm.ctx(), draft.id)
    assert [row.choice.account for row in told.rows] == [each for each in (account, vat) if each]
    assert not any(row.is_posted for row in told.rows)


def test_a_product_of_an_unknown_family_is_refused(firm: Firm) -> None:
    body = NewProduct(name="Sorbet", product_family="ices", variants=(NewVariant(sku="S"),))
    with pytest.raises(Invalid) as refused:
        catalog.create_product(firm.ctx(), body)
    assert refused.value.fields == {"product_family": "unknown"}
    _families(firm)
    made = catalog.create_product(firm.ctx(), body)
    assert catalog.variants_of(firm.ctx(), made)[0].product_family == "ices"
    with pytest.raises(Invalid):
        catalog.update_product(firm.ctx(), made, replace(ProductChange(name="Sorbet"), product_family="cakes"))
