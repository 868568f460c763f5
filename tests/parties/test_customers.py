"""Customers: one record each, whatever races, on every channel."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import pytest

from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid, NotFound, Stale
from chalicelib.parties import service
from chalicelib.parties.model import CUSTOMER, Address, Customer, CustomerBody, check_siren, checked, normal_email
from chalicelib.storage import read

NewContext = Callable[..., Context]
PERSON = CustomerBody(name="Jeanne Martin", email="Jeanne.Martin@Example.fr ")


def customers(ctx: Context) -> list[str]:
    return [str(row["id"]) for row in read.query(ctx, "by_list", "CUSTOMER").items]


def test_a_siren_has_its_check_digit() -> None:
    assert check_siren("732 829 320") == "732829320"
    for wrong in ("732829321", "12345678", "73282932O"):
        with pytest.raises(Invalid):
            check_siren(wrong)


def test_a_siret_holds_its_siren_and_a_french_vat_number_is_checked() -> None:
    firm = checked(Customer(id="", name="Firme", siret="73282932000074", vat_number="FR 44 732829320"))
    assert (firm.siren, firm.vat_number) == ("732829320", "FR44732829320")
    for wrong in ({"siret": "73282932000075"}, {"vat_number": "FR45732829320"}, {"name": " "}, {"email": "nobody"},
                  {"siret": "73282932000074", "siren": "552100554"},
                  {"billing_address": Address(country_code="fr")}):
        with pytest.raises(Invalid):
            checked(replace(Customer(id="", name="Firme"), **wrong))


def test_an_email_is_compared_without_case_and_blanks() -> None:
    assert normal_email(" A@B.fr ") == "a@b.fr"
    assert normal_email("") == ""
    for wrong in ("a", "a@b", "a b@c.fr", "@c.fr", "a@b.fr\n"):
        if wrong.strip() != "a@b.fr":
            with pytest.raises(Invalid):
                normal_email(wrong)


def test_the_same_email_or_siren_is_the_same_customer(new_ctx: NewContext) -> None:
    first = service.create_customer(new_ctx(), replace(PERSON, siren="732829320", credit_limit=Decimal("1500.00")))
    assert read.get(new_ctx(), CUSTOMER, first.id).credit_limit == Decimal("1500.00")
    for again in (PERSON, CustomerBody(name="X", siren="732829320")):
        with pytest.raises(Conflict):
            service.create_customer(new_ctx(), again)
    service.create_customer(new_ctx(tenant="elsewhere"), PERSON)


def test_an_email_stands_in_no_key(new_ctx: NewContext) -> None:
    ctx = new_ctx()
    found = service.create_customer(ctx, PERSON)
    assert found.email == "jeanne.martin@example.fr"
    assert found.email_key == ctx.blind("jeanne.martin@example.fr")
    assert "jeanne" not in found.email_key


def test_a_changed_email_frees_the_old_one_and_a_stale_version_is_refused(new_ctx: NewContext) -> None:
    first = service.create_customer(new_ctx(), PERSON)
    service.update_customer(new_ctx(), first, replace(PERSON, email="new@example.fr"))
    with pytest.raises(Stale):
        service.update_customer(new_ctx(), first, replace(PERSON, note="late"))
    second = service.create_customer(new_ctx(), PERSON)
    assert second.id != first.id


def test_orders_of_two_shops_by_one_buyer_find_one_customer(new_ctx: NewContext) -> None:
    one = service.customer_for(new_ctx(), email="jeanne@example.fr", name="Jeanne Martin")
    two = service.customer_for(new_ctx(), email=" JEANNE@example.fr", name="J. Martin", phone="0601020304")
    assert one == two
    assert service.customer(new_ctx(), one).name == "Jeanne Martin"


def test_eight_orders_at_once_make_one_customer(new_ctx: NewContext) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda n: service.customer_for(new_ctx(), email="race@example.fr", name=f"N{n}"), range(8)))
    assert len(ids) == 1


def test_a_firm_is_known_by_its_siren_before_its_email(new_ctx: NewContext) -> None:
    firm = service.customer_for(new_ctx(), email="achats@firme.fr", name="Firme", siren="732829320")
    assert service.customer_for(new_ctx(), email="autre@firme.fr", name="Firme", siret="73282932000074") == firm


def test_wrong_identifiers_do_not_stop_a_paid_order(new_ctx: NewContext) -> None:
    found = service.customer_for(new_ctx(), email="b2b@example.fr", name="B2B", siren="732829321", vat_number="FR00")
    customer = service.customer(new_ctx(), found)
    assert (customer.siren, customer.vat_number) == ("", "")


def test_nobody_to_know_is_no_customer(new_ctx: NewContext) -> None:
    assert service.customer_for(new_ctx(), email="", name="Guest") == ""
    assert customers(new_ctx()) == []


def test_an_address_without_a_country_code_does_not_stop_a_paid_order(new_ctx: NewContext) -> None:
    bad = Address(line1="1 rue X", city="Paris", country_code="France")
    found = service.customer_for(new_ctx(), email="c@example.fr", name="C", billing=bad)
    assert service.customer(new_ctx(), found).billing_address.city == "Paris"


def test_an_email_given_up_can_come_back_with_somebody_else(new_ctx: NewContext) -> None:
    first = service.customer(new_ctx(), service.customer_for(new_ctx(), email="team@example.fr", name="Anne"))
    service.update_customer(new_ctx(), first, CustomerBody(name="Anne", email="anne@example.fr"))
    second = service.customer_for(new_ctx(), email="team@example.fr", name="Paul")
    assert second != first.id
    assert service.customer_for(new_ctx(), email="team@example.fr", name="Paul") == second


def test_a_foreign_tenants_customer_is_not_there(new_ctx: NewContext) -> None:
    mine = service.create_customer(new_ctx(), PERSON)
    with pytest.raises(NotFound):
        service.customer(new_ctx(tenant="elsewhere2"), mine.id)


def test_a_record_has_its_limits_but_a_paid_order_is_cut_to_them(new_ctx: NewContext) -> None:
    long = "x" * 5000
    for wrong in ({"name": long}, {"note": long + "x"}, {"tags": ("t",) * 51}, {"credit_limit": Decimal(-1)},
                  {"billing_address": Address(line1=long)}, {"shipping_addresses": (Address(),) * 20}):
        with pytest.raises(Invalid):
            service.create_customer(new_ctx(), replace(PERSON, **wrong))
    found = service.customer_for(new_ctx(), email="l@example.fr", name=long, phone=long, billing=Address(line1=long))
    assert len(service.customer(new_ctx(), found).billing_address.line1) == 200
    nameless = service.customer_for(new_ctx(), email="", name=" ", siren="732829320")
    assert service.customer(new_ctx(), nameless).name == "732829320"
