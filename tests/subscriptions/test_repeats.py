"""What is done at Stripe is done once for each Idempotency-Key, and answered alike."""

from __future__ import annotations

from tests.subscriptions.company import Merchant


def test_a_repeat_is_no_second_session_change_or_number(merchant: Merchant) -> None:
    assert merchant.ask("POST", "/subscriptions/subscription/choose-free", {})[0] == 200
    for path, kind in (("checkout-sessions", "checkout.session"), ("portal-sessions", "billing_portal.session")):
        body = {"plan": "starter"} if path.startswith("checkout") else {}
        first = merchant.ask("POST", f"/subscriptions/{path}", body, Idempotency_Key=f"k-{path}")
        again = merchant.ask("POST", f"/subscriptions/{path}", body, Idempotency_Key=f"k-{path}")
        assert first == again and first[0] == 201
        customer = merchant.stored().customer_id
        assert len([each for each in merchant.account.state.all(kind) if each["customer"] == customer]) == 1
    merchant.buys("starter")
    before = len(merchant.ask("GET", "/subscriptions/invoices")[1]["items"])
    for path, body in (("change", {"plan": "growth"}), ("leave", {"to_free": True}), ("resume", {})):
        answers = [merchant.ask("POST", f"/subscriptions/subscription/{path}", body, Idempotency_Key=f"k-{path}")
                   for _ in range(2)]
        assert [status for status, _ in answers] == [200, 200]
        assert answers[0][1]["version"] == answers[1][1]["version"]
    assert len(merchant.ask("GET", "/subscriptions/invoices")[1]["items"]) == before + 1
    number = {"vat_number": "FR44732829320"}
    for _ in range(2):
        assert merchant.ask("PUT", "/subscriptions/tax-number", number, Idempotency_Key="k-tax")[0] == 200
    assert merchant.ask("GET", "/subscriptions/tax-number")[1] == number
