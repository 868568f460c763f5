"""Those who run the platform: they see how tenants do, not what they do, and come in by consent alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.kernel.context import OPERATORS, Actor, Command, Context, Support
from chalicelib.kernel.errors import Unauthenticated
from chalicelib.operators import looking
from chalicelib.runtime import switches
from chalicelib.runtime.api import platform_context
from chalicelib.runtime.worker import consume, tenant_work
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants.support.model import SUPPORT_ACCESS
from infra import access_page
from infra.ops import operator as command
from infra.stacks.queues import RECEIVES_BEFORE_DEAD
from tests.isolation.people import Firm
from tests.operators.conftest import Desk

REASON = "The invoices of May do not print: ticket 4711."
Call = Callable[..., Any]


def _granted(desk: Desk, firm: Firm, call: Call, hours: int = 2, write: bool = False) -> str:
    """An access that the owner granted, asked for anew; answers its id."""
    assert desk.ask("POST", f"/tenants/{firm.tenant_id}/support-accesses", {
        "reason": REASON, "hours": hours, "wants_write": write})[0] == 201
    owner = firm.headers("owner")
    asked = call("GET", "/api/tenants/support-accesses?state=requested", None, owner)[2]["items"][0]
    status, _, granted = call("POST", f"/api/tenants/support-accesses/{asked['id']}/grant", {
        "hours": hours, "may_write": write}, owner)
    assert (status, granted["state"]) == (200, "granted"), granted
    return str(asked["id"])


def _records(firm: Firm, call: Call) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = call("GET", "/api/audit/records?actor_kind=operator", None, firm.headers("owner"))[2]["items"]
    return found


# -- who an operator is --------------------------------------------------------------------------------------------------


def test_an_operator_signs_in_with_both_factors_and_stands_apart_from_every_tenant(new_desk: Any, call: Call) -> None:
    desk: Desk = new_desk()
    status, me = desk.ask("GET", "/session")
    assert (status, me["name"], me["email"]) == (200, "Nadia Martin", desk.email)
    assert call("POST", "/api/tenants/sessions", {"email": desk.email, "password": "sept clefs de givre"})[0] == 401
    refused = call("POST", "/api/operators/sessions", {"email": desk.email, "password": "pas le bon mot"})
    unknown = call("POST", "/api/operators/sessions", {"email": "nobody@comptoir.example", "password": "pas le bon mot"})
    assert refused[0] == unknown[0] == 401 and refused[2]["code"] == unknown[2]["code"] == "wrong_credentials"
    used = command.code_of(desk.secret)
    assert desk.sign_in(used)[1].get("code") == "wrong_code", "a code is good once"
    csrf, desk.csrf = desk.csrf, ""
    assert desk.ask("DELETE", "/session")[1]["code"] == "csrf"
    desk.csrf = csrf
    assert desk.ask("DELETE", "/session")[0] == 204 and desk.ask("GET", "/session")[0] == 401


def test_an_operator_who_is_shut_out_is_out_at_once_here_and_inside(new_desk: Any, firm: Firm, call: Call) -> None:
    desk: Desk = new_desk()
    access = _granted(desk, firm, call)
    assert desk.ask("POST", f"/tenants/{firm.tenant_id}/support-accesses/{access}/enter", {})[0] == 201
    assert desk.work("GET", "/api/parties/customers")[0] == 200
    command.disable(desk.email)
    assert desk.ask("GET", "/tenants")[0] == 401 and desk.work("GET", "/api/parties/customers")[0] == 401
    assert command.main(["--disable", "--email", desk.email]) == 1


def test_nobody_of_a_tenant_reaches_an_address_of_operators(firm: Firm, call: Call) -> None:
    asked = 0
    for endpoint in access_page.endpoints():
        if not endpoint.for_operators or endpoint.public:
            continue
        path = re.sub(r"{tenant_id}", firm.tenant_id, endpoint.path)
        path = re.sub(r"{\w+}", "sup_01ARZ3NDEKTSV4RRFFQ69G5FAV", path)
        body = None if endpoint.method == "GET" else {}
        for headers in (firm.headers("owner"), firm.key("owner")):
            assert call(endpoint.method, path, body, headers)[0] == 404, path
        assert call(endpoint.method, path, body)[0] == 401, path
        asked += 1
    assert asked >= 17


# -- what they see without consent ---------------------------------------------------------------------------------------


def test_an_operator_sees_how_a_tenant_does_and_nothing_of_its_business(desk: Desk, firm: Firm, call: Call) -> None:
    owner = firm.headers("owner")
    for n, name in enumerate(("Zoé MARKGLACIER8W", "Luc MARKGLACIER8W")):
        assert call("POST", "/api/parties/customers", {"name": name, "email": f"p{n}@x.example"}, owner)[0] == 201
    desk.ask("POST", f"/tenants/{firm.tenant_id}/hold", {"reason": "too short"})
    status, page = desk.ask("GET", f"/tenants?q={firm.tenant_id}")
    row = page["items"][0]
    assert (status, row["id"], row["plan"], row["users"]) == (200, firm.tenant_id, "trial", 6), row
    status, found = desk.ask("GET", f"/tenants/{firm.tenant_id}")
    assert status == 200 and found["file"]["last_activity_at"] and found["file"]["health"]["unbalanced_years"] == 0
    assert {each["what"] for each in found["file"]["usage"]} == {"seats", "channels", "orders", "storage_bytes"}
    told = json.dumps([page, found, desk.ask("GET", "/acts"), desk.ask("GET", "/health"), desk.ask("GET", "/switches"),
                       desk.ask("GET", "/audit/records")], ensure_ascii=False)
    names = set(re.findall(r'"name": "([^"]*MARKGLACIER8W[^"]*)"', told))
    assert "Zoé" not in told and names <= {"Maison MARKGLACIER8W"}, "the company's own name, and no more"
    for path in ("/api/parties/customers", "/api/tenants/session", "/api/audit/records"):
        for cookie in (desk.cookie, desk.cookie.replace("comptoir_operator=", f"comptoir_session={firm.tenant_id}.")):
            assert call("GET", path, None, {"cookie": cookie})[0] == 401
    assert desk.ask("GET", "/tenants/nobody-at-all")[0] == desk.ask("GET", "/tenants/UPPER%23T")[0] == 404


def test_failures_of_a_tenants_work_are_told_by_kind_and_without_content(desk: Desk, firm: Firm) -> None:
    assert looking.RECEIVES_BEFORE_DEAD == RECEIVES_BEFORE_DEAD
    body = json.dumps({"id": "evt_1.0", "type": "OrderPlaced", "tenant_id": firm.tenant_id, "at": "2026-11-25T08:00:00+00:00",
                       "kind": "sales_order", "entity_id": "ord_secret", "version": 1, "actor": ["user", "u", "Zoé"],
                       "request_id": "req_fault01", "data": {}})

    def fails(ctx: Context, event: Any) -> None:
        raise KeyError("Zoé's address")

    for receives in ("1", "5"):
        batch = {"Records": [{"messageId": "m", "body": body, "attributes": {"ApproximateReceiveCount": receives}}]}
        assert consume("sales", {"OrderPlaced": fails}, batch, None)["batchItemFailures"]
    found = desk.ask("GET", f"/tenants/{firm.tenant_id}")[1]
    fault = found["faults"][0]
    assert (fault["where"], fault["what"], fault["error"], fault["is_dead"]) == ("sales", "OrderPlaced", "KeyError", True)
    assert found["file"]["health"]["dead_letters"] == 1 and "Zoé" not in json.dumps(found["faults"])


# -- what they do --------------------------------------------------------------------------------------------------------


def test_a_trial_is_made_longer_and_a_repeat_changes_nothing(desk: Desk, firm: Firm) -> None:
    file = desk.ask("GET", f"/tenants/{firm.tenant_id}")[1]["file"]
    day = f"{tenant_work(firm.tenant_id, 't').now + timedelta(days=40):%Y-%m-%d}"
    path, body = f"/tenants/{firm.tenant_id}/extend-trial", {"last_day": day, "reason": REASON}
    first = desk.ask("POST", path, body, idempotency_key="longer-1")
    assert first[0] == 201 and first == desk.ask("POST", path, body, idempotency_key="longer-1")
    assert desk.ask("POST", path, {**body, "last_day": "2031-01-01"}, idempotency_key="longer-1")[0] in (409, 422)
    after = desk.ask("GET", f"/tenants/{firm.tenant_id}")[1]["file"]
    assert after["trial_ends_at"][:10] == day > file["trial_ends_at"][:10]
    for wrong, code in (({**body, "last_day": "2031-01-01"}, "trial_end"), ({**body, "last_day": "2020-01-01"}, "trial_end"),
                        ({**body, "reason": "no"}, "reason")):
        assert desk.ask("POST", path, wrong)[1]["code"] == code
    acts = desk.ask("GET", f"/acts?tenant={firm.tenant_id}&act=TrialExtended")[1]["items"]
    assert [each["state"] for each in acts].count("done") == 1, acts
    refused = desk.ask("POST", f"/tenants/{firm.tenant_id}/change-plan", {"plan": "growth", "reason": REASON})
    assert refused[1]["code"] in ("not_subscribed", "billing_off"), "the rules are the company's own"
    assert desk.ask("POST", f"/tenants/{firm.tenant_id}/change-plan", {"plan": "gold", "reason": REASON})[1][
        "code"] == "unknown_plan"


def test_a_held_company_is_shut_at_its_next_request_and_opened_again(desk: Desk, call: Call, engine: Any) -> None:
    firm = Firm(f"held-{desk.id[-6:].lower()}", "MARKHELD").found()
    owner = firm.headers("owner")
    assert desk.ask("POST", f"/tenants/{firm.tenant_id}/hold", {"reason": "Payments with stolen cards."})[0] == 201
    status, _, refused = call("GET", "/api/parties/customers", None, owner)
    assert (status, refused["code"]) == (403, "tenant_held")
    assert call("GET", "/api/tenants/session", None, owner)[0] == 200, "what stays open does"
    assert desk.ask("GET", f"/tenants/{firm.tenant_id}")[1]["file"]["is_held"]
    assert desk.ask("POST", f"/tenants/{firm.tenant_id}/release", {"reason": "The cards were their own."})[0] == 201
    assert call("GET", "/api/parties/customers", None, owner)[0] == 200
    kinds = [(each["actor_kind"], each["event"]) for each in _records(firm, call)]
    assert ("operator", "SubscriptionHeld") in kinds and ("operator", "SubscriptionReleased") in kinds


def test_a_switch_turns_off_what_exists_for_all_or_for_all_but_chosen_tenants(desk: Desk, firm: Firm, call: Call) -> None:
    owner = firm.headers("owner")

    def exports() -> tuple[int, Any]:
        status, _, body = call("POST", "/api/leaving/exports", {}, owner)
        return status, body.get("code")

    assert desk.ask("PUT", "/switches/data_exports", {"mode": "off"})[0] == 200
    assert exports() == (403, "switched_off")
    chosen = {"mode": "chosen", "tenant_ids": [firm.tenant_id]}
    assert desk.ask("PUT", "/switches/data_exports", chosen)[1]["tenant_ids"] == [firm.tenant_id]
    assert exports()[0] in (202, 409)
    assert not switches.is_on(tenant_work("somebody-else", "t"), "data_exports")
    stale = desk.ask("PUT", "/switches/data_exports", {"mode": "on"}, if_match='"1"')
    assert stale[1]["code"] == "stale_version"
    assert desk.ask("PUT", "/switches/data_exports", {"mode": "on"})[0] == 200
    for body, field in (({"mode": "perhaps"}, "mode"), ({"mode": "chosen"}, "tenant_ids"),
                        ({"mode": "chosen", "tenant_ids": ["nobody-here"]}, "tenant_ids")):
        status, refused = desk.ask("PUT", "/switches/data_exports", body)
        assert (status, list(refused["fields"])) == (400, [field]), refused
    assert desk.ask("PUT", "/switches/sign_ups", chosen)[1]["code"] == "mode", "a sign-up has no tenant yet"
    assert desk.ask("PUT", "/switches/teleport", {"mode": "on"})[0] == 404
    assert desk.ask("PUT", "/switches/sign_ups", {"mode": "off"})[0] == 200
    wanted = {"email": "x@new.example", "name": "Zoé", "company_name": "Neuf", "siren": "732829320",
              "fiscal_year_starts_on": f"{platform_context('t').now:%Y}-01-01"}
    assert call("POST", "/api/tenants/sign-ups", wanted)[2]["code"] == "switched_off"
    assert desk.ask("PUT", "/switches/sign_ups", {"mode": "on"})[0] == 200
    events = [each["event"] for each in desk.ask("GET", "/audit/records?document_kind=switch")[1]["items"]]
    assert events.count("SwitchChanged") >= 4


# -- coming in -----------------------------------------------------------------------------------------------------------


def test_an_operator_comes_in_by_consent_reads_and_is_written_down_in_both_logs(desk: Desk, firm: Firm, call: Call) -> None:
    asked = desk.ask("POST", f"/tenants/{firm.tenant_id}/support-accesses", {"reason": REASON, "hours": 4})
    assert asked[0] == 201
    owner = firm.headers("owner")
    assert call("GET", "/api/tenants/session", None, owner)[2]["support_requests"] >= 1
    row = call("GET", "/api/tenants/support-accesses?state=requested", None, owner)[2]["items"][0]
    assert (row["reason"], row["operator_name"]) == (REASON, "Nadia Martin")
    enter = f"/tenants/{firm.tenant_id}/support-accesses/{row['id']}/enter"
    assert desk.ask("POST", enter, {})[1]["code"] == "support_not_granted", "asked is not granted"
    path = f"/api/tenants/support-accesses/{row['id']}"
    for role in ("sales", "accountant"):
        assert call("POST", f"{path}/grant", {"hours": 1}, firm.headers(role))[0] == 403
    assert call("POST", f"{path}/grant", {"hours": 1}, firm.key("owner"))[0] == 403, "no program consents"
    assert call("POST", f"{path}/grant", {"hours": 200}, owner)[2]["code"] == "support_hours"
    assert call("POST", f"{path}/grant", {"hours": 1, "may_write": True}, owner)[2]["code"] == "support_not_asked"
    assert call("POST", f"{path}/grant", {"hours": 1}, owner)[2]["state"] == "granted"
    assert call("POST", f"{path}/grant", {"hours": 72}, owner)[2]["code"] == "wrong_state", "one of two consents"
    status, inside = desk.ask("POST", enter, {})
    assert (status, inside["may_write"]) == (201, False)
    session = desk.work("GET", "/api/tenants/session")[1]
    assert (session["role"], session["support"]["consented_by"], session["actor"]["kind"]) == (
        "support", firm.users["owner"].name, "operator")
    assert not {"users.manage", "data.export", "archive.read", "parties.write"} & set(session["permissions"])
    assert desk.work("GET", "/api/parties/customers?q=x")[0] == 200
    status, refused = desk.work("POST", "/api/parties/customers", {"name": "Intruse"})
    assert (status, refused["code"]) == (403, "forbidden")
    assert desk.work("POST", "/api/tenants/totp", {"password": "x"})[1]["code"] == "support_read_only"
    assert desk.work("GET", "/api/leaving/closure")[0] == 403, "not even to look at what only its people do"
    mine = _records(firm, call)
    looked = next(each for each in mine if each["event"] == "SupportRead" and each["label"] == "/api/parties/customers")
    assert (looked["actor_name"], looked["consented_by"], looked["consent_id"]) == (
        "Nadia Martin", firm.users["owner"].name, row["id"])
    theirs = desk.ask("GET", "/audit/records?event=SupportRead")[1]["items"]
    assert f"{firm.tenant_id} /api/parties/customers" in [each["label"] for each in theirs]
    acts = desk.ask("GET", f"/acts?tenant={firm.tenant_id}")[1]["items"]
    assert {"SupportAsked", "SupportEntered"} <= {each["act"] for each in acts}


def test_a_consent_to_write_is_written_with_both_names_and_never_reaches_people_or_keys(
        desk: Desk, firm: Firm, call: Call) -> None:
    access = _granted(desk, firm, call, write=True)
    assert desk.ask("POST", f"/tenants/{firm.tenant_id}/support-accesses/{access}/enter", {})[0] == 201
    status, made = desk.work("POST", "/api/parties/customers", {"name": "Réparée"})
    assert status == 201, made
    record = next(each for each in _records(firm, call) if each["event"] == "CustomerCreated")
    assert (record["actor_id"], record["consented_by"]) == (desk.id, firm.users["owner"].name)
    whole = call("GET", f"/api/audit/records/{record['id']}", None, firm.headers("owner"))[2]
    assert whole["consent_id"] == access and whole["changes"][0]["verb"] == "created"
    for path, body in (("/api/tenants/api-keys", {"name": "k", "role": "owner"}),
                       ("/api/tenants/invitations", {"email": "me@x.example", "name": "Me", "role": "owner"}),
                       (f"/api/tenants/support-accesses/{access}/grant", {"hours": 72})):
        assert desk.work("POST", path, body)[0] == 403, path
    assert desk.work("POST", "/api/catalog/imports", {"text": "sku;product_name\nA;B", "mapping": {}})[1][
        "code"] == "support_no_jobs"
    assert desk.work("DELETE", "/api/tenants/session")[0] == 204
    assert desk.work("GET", "/api/parties/customers")[0] == 401, "they left"


def test_a_consent_taken_back_ends_the_session_and_the_write_under_way(desk: Desk, firm: Firm, call: Call) -> None:
    access = _granted(desk, firm, call, write=True)
    assert desk.ask("POST", f"/tenants/{firm.tenant_id}/support-accesses/{access}/enter", {})[0] == 201
    ctx = firm.ctx()
    stands = read.get(ctx, SUPPORT_ACCESS, access)
    under_way = replace(ctx, actor=Actor("operator", desk.id, "Nadia Martin"), command=Command("under-way"), support=Support(
        access, stands.version, stands.consented_by_id, stands.consented_by, stands.ends_at, True))
    status, _, over = call("POST", f"/api/tenants/support-accesses/{access}/withdraw", {}, firm.headers("owner"))
    assert (status, over["state"]) == (200, "withdrawn")
    assert desk.work("GET", "/api/parties/customers")[1]["code"] == "support_ended"
    from chalicelib.parties.model import CUSTOMER, Customer

    transaction = Transaction(under_way)
    transaction.create(CUSTOMER, Customer(id="cus_underway", name="Trop tard", created_at=ctx.now))
    with pytest.raises(Unauthenticated):
        transaction.commit()
    assert read.find(ctx, CUSTOMER, "cus_underway") is None
    again = call("POST", f"/api/tenants/support-accesses/{access}/withdraw", {}, firm.headers("owner"))
    assert again[2]["code"] == "wrong_state"


def test_an_access_ends_with_its_time_and_is_its_operators_alone(
        desk: Desk, new_desk: Any, firm: Firm, call: Call, monkeypatch: Any) -> None:
    access = _granted(desk, firm, call, hours=1)
    enter = f"/tenants/{firm.tenant_id}/support-accesses/{access}/enter"
    assert new_desk().ask("POST", enter, {})[0] == 404, "another operator's"
    assert desk.ask("POST", enter, {})[0] == 201 and desk.work("GET", "/api/stock/levels")[0] == 200
    from chalicelib.runtime import api

    class Later:
        def now(self) -> Any:
            return type(honest)().now() + timedelta(minutes=61)

        def monotonic(self) -> float:
            return honest.monotonic()

        def sleep(self, seconds: float) -> None:
            honest.sleep(seconds)

    honest = api.clock
    with monkeypatch.context() as patch:
        patch.setattr(api, "clock", Later())
        assert desk.work("GET", "/api/stock/levels")[0] == 401
    back = f"/tenants/{firm.tenant_id}/support-accesses/{access}/give-back"
    first = desk.ask("POST", back, {}, idempotency_key="back-1")
    assert first[0] == 201 and desk.ask("POST", back, {}, idempotency_key="back-1") == first
    assert desk.ask("POST", back, {})[1]["code"] == "wrong_state"
    assert desk.work("GET", "/api/stock/levels")[0] == 401


def test_the_platforms_log_is_sealed_like_a_tenants(desk: Desk) -> None:
    from chalicelib.audit import sealing
    from chalicelib.audit.worker import SCHEDULES

    assert any(each.for_operators and each.name == "audit_seal" for each in SCHEDULES)
    ctx = tenant_work(OPERATORS, "audit_seal")
    later = replace(ctx, now=ctx.now + timedelta(hours=2))
    assert sealing.seal(later) >= 1
    day = f"{ctx.now:%Y-%m-%d}"
    assert sealing.check(later, day, day).findings == ()
