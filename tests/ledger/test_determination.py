"""The table that says where sales are posted: worked examples of the PCG, the most exact rule, bad tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.ledger import chart, determining, service
from chalicelib.ledger.law.determination import (
    PURPOSES,
    STANDARD,
    TREATMENTS,
    AccountRule,
    Asked,
    Determination,
    DeterminationBody,
    ProductFamily,
    account_of,
    checked,
    choose,
    purpose_of,
    treatment_of,
)
from chalicelib.ledger.model import ACCOUNT, AccountBody, NewAccount
from chalicelib.storage import read
from tests.ledger.books import Books

D = Decimal
TODAY = date(2026, 11, 24)
CHART = {account.id: account for account in chart.STANDARD}
ICES = AccountRule(purpose="finished", product_family="ices", account="701000")


def posted(purpose: str, treatment: str = "domestic", rate: str = "20", family: str = "", table: Determination = STANDARD,
           on: date = TODAY) -> str:
    return account_of(table, Asked(purpose=purpose, tax_treatment=treatment, vat_rate=rate, product_family=family, on=on))


@pytest.mark.parametrize(("asked", "account"), [
    (("goods", "domestic", "20"), "707110"), (("goods", "domestic", "5.5"), "707130"), (("goods", "intra_eu", "0"), "707200"),
    (("goods", "export", "0"), "707300"), (("goods", "oss", "21"), "707400"), (("goods", "exempt", "0"), "707500"),
    (("goods", "domestic", "8.5"), "707000"), (("finished", "domestic", "10"), "701120"),
    (("finished", "export", "0"), "701300"),
    (("services", "domestic", "20"), "706110"), (("services", "reverse_charge", "0"), "706500"),
    (("shipping", "domestic", "20"), "708511"), (("shipping", "oss", "20"), "708540"),
    (("rebates", "domestic", "20"), "709000"),
    (("vat", "domestic", "20"), "445711"), (("vat", "domestic", "2.1"), "445714"), (("vat", "domestic", "8.5"), "445710"),
    (("vat", "oss", "20"), "445780")])
def test_sales_stand_where_the_french_chart_has_them(asked: tuple[str, str, str], account: str) -> None:
    """701 what one made, 706 services, 707 what one bought and sells as it is, 7085 shipping, 709 rebates, 4457 VAT collected,
    divided by the firm as it likes (PCG, art. 932-1; comptapprend.fr, “La comptabilisation des ventes”)."""
    assert posted(*asked) == account
    assert account in CHART and CHART[account].id.startswith(PURPOSES[asked[0]])


def test_the_standard_table_may_stand_and_leaves_nothing_without_an_account() -> None:
    assert checked(STANDARD, CHART) == STANDARD
    for purpose in PURPOSES:
        assert {posted(purpose, treatment, rate) for treatment in TREATMENTS for rate in ("0", "20", "19")} <= CHART.keys()


@pytest.mark.parametrize(("asked", "treatment"), [
    (("S", D(20), ("FR", "FR"), False, False), "domestic"), (("S", D("5.5"), ("FR", ""), True, False), "domestic"),
    (("K", D(0), ("FR", "BE"), True, False), "intra_eu"), (("AE", D(0), ("FR", "DE"), True, False), "intra_eu"),
    (("AE", D(0), ("FR", "FR"), True, False), "reverse_charge"), (("G", D(0), ("FR", "CH"), False, True), "export"),
    (("S", D(21), ("FR", "BE"), False, False), "oss"), (("S", D(20), ("FR", "AT"), False, False), "domestic"),
    (("S", D(20), ("FR", "AT"), False, True), "oss"), (("S", D(20), ("FR", "AT"), True, True), "domestic"),
    (("S", D(20), ("FR", "CH"), False, True), "domestic"), (("E", D(0), ("FR", "FR"), False, False), "exempt"),
    (("S", D(21), ("BE", "FR"), False, False), "domestic"), (("S", D(21), ("BE", "FR"), False, True), "oss")])
def test_how_something_was_taxed(asked: tuple[Any, ...], treatment: str) -> None:
    """Below 10,000 EUR a distance sale may be taxed at home (CGI art. 259 D); in the one-stop shop it is taxed where it
    arrives. Austria's 20 % is then Austrian, and a rate that France does not have is never French."""
    assert treatment_of(*asked) == treatment


def test_the_most_exact_rule_wins_and_says_why() -> None:
    later = replace(ICES, account="701140", from_day=date(2027, 1, 1))
    abroad = replace(ICES, tax_treatment="export", account="701300")
    table = replace(STANDARD, rules=(*STANDARD.rules, ICES, later, abroad), families=(
        *STANDARD.families, ProductFamily(code="ices", name="Glaces", purpose="finished")))
    assert purpose_of(table, "ices") == "finished" and purpose_of(table, "gone") == purpose_of(table, "") == "goods"
    assert posted("finished", family="ices", table=table) == "701000", "the family before treatment and rate"
    assert posted("finished", family="ices", table=table, on=date(2027, 1, 1)) == "701140"
    assert posted("finished", "export", "0", "ices", table) == "701300"
    assert posted("finished", table=table) == "701110"
    found = choose(table, Asked(purpose="finished", tax_treatment="domestic", vat_rate="5.5", product_family="ices",
                                on=date(2027, 3, 1)))
    assert [(each.rule.account, each.decided_by) for each in found.considered] == [
        ("701140", "from_day"), ("701000", "product_family"), ("701130", "tax_treatment"), ("701000", "")]
    assert found.rule == later and found.account == "701140"
    with pytest.raises(Invalid):
        choose(Determination(), found.asked)


def test_the_answer_does_not_hang_on_the_order_of_the_rules() -> None:
    """Random tables, shuffled: the same account; and the explained one is the one that is posted."""
    chance = Random(4)
    for _ in range(150):
        rules = {(t, r, f): AccountRule(purpose="goods", tax_treatment=t, vat_rate=r, product_family=f,
                                        account=str(707000 + n))
                 for n, (t, r, f) in enumerate((chance.choice(("", *TREATMENTS)), chance.choice(("", "20", "10")),
                                                chance.choice(("", "a", "b"))) for _ in range(12))}
        ordered = [AccountRule(purpose="goods", account="707999"), *(r for k, r in rules.items() if any(k))]
        asked = Asked(purpose="goods", tax_treatment=chance.choice(TREATMENTS), vat_rate=chance.choice(("20", "10")),
                      product_family=chance.choice(("", "a", "b")), on=TODAY)
        first = account_of(Determination(rules=tuple(ordered)), asked)
        chance.shuffle(ordered)
        assert choose(Determination(rules=tuple(ordered)), asked).account == first


BASE = tuple(rule for rule in STANDARD.rules if not rule.tax_treatment)


@pytest.mark.parametrize(("path", "families", "rules"), [
    ("rules.0.account", (), (AccountRule(purpose="goods", account="707999"), *BASE[1:])),
    ("rules.0.account", (), (AccountRule(purpose="goods", account="411000"), *BASE[1:])),
    ("rules.0.account", (), (AccountRule(purpose="vat", account="707000"), *BASE[1:])),
    ("rules.0.account", (), (AccountRule(purpose="rebates", account="707000"), *BASE[1:])),
    ("rules.0.purpose", (), (AccountRule(purpose="x", account="707000"), *BASE[1:])),
    ("rules.0.tax_treatment", (), (AccountRule(purpose="goods", tax_treatment="x", account="707000"), *BASE[1:])),
    ("rules.0.product_family", (), (replace(ICES), *BASE)),
    ("rules.0.product_family", (ProductFamily(code="a", name="A"),),
     (AccountRule(purpose="vat", product_family="a", account="445710"), *BASE)),
    ("rules.0.vat_rate", (), (AccountRule(purpose="goods", vat_rate="x", account="707000"), *BASE)),
    ("rules.0.to_day", (), (AccountRule(purpose="goods", account="707000", from_day=TODAY, to_day=date(2026, 1, 1)), *BASE)),
    ("rules.6", (), (*BASE, BASE[0])), ("rules", (), BASE[1:]), ("rules", (), ()),
    ("families", (ProductFamily(code="a", name="A"), ProductFamily(code="a", name="B")), BASE),
    ("families.0.code", (ProductFamily(code="A B", name="A"),), BASE),
    ("families.0.name", (ProductFamily(code="a", name=" "),), BASE),
    ("families.0.purpose", (ProductFamily(code="a", name="A", purpose="vat"),), BASE)])
def test_a_bad_table_is_refused_with_the_row_and_the_reason(path: str, families: Any, rules: Any) -> None:
    with pytest.raises(Invalid) as refused:
        checked(Determination(families=families, rules=rules), CHART)
    assert set(refused.value.fields) == {path}


def test_a_company_changes_its_table(new_ctx: Callable[..., Context]) -> None:
    books = Books(new_ctx)
    books.open()
    service.create_account(books.ctx(), NewAccount(number="701900", name="Ventes de glaces"))
    body = DeterminationBody(families=(*STANDARD.families, ProductFamily(code="ices", name="Glaces", purpose="finished")),
                             rules=(*STANDARD.rules, replace(ICES, account="701900")))
    saved = determining.change(books.ctx(), body)
    assert saved.version == 1 and determining.table(books.ctx()) == saved
    assert determining.change(books.ctx(), replace(body, oss_from=TODAY)).version == 2
    found = determining.explained(books.ctx(), {"purpose": "finished", "product_family": "ices", "on": "2026-11-24"})
    assert (found.account, found.account_name, found.rule.product_family) == ("701900", "Ventes de glaces", "ices")
    account = read.get(books.ctx(), ACCOUNT, "701900")
    with pytest.raises(Conflict) as refused:
        service.update_account(books.ctx(), account, AccountBody(name="Glaces", is_active=False))
    assert refused.value.code == "account_in_use"
    determining.check_families(books.ctx(), ["ices", ""])
    for wrong in ({"purpose": "x"}, {"tax_treatment": "x"}, {"on": "x"}):
        with pytest.raises(Invalid):
            determining.explained(books.ctx(), wrong)
    with pytest.raises(Invalid):
        determining.check_families(books.ctx(), ["cakes"])
