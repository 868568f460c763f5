"""Every operation as every role, every restricted field, every state: allowed and refused exactly as the table says."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import MISSING, fields, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from chalicelib.channels.model import CONNECTION, DELIVERY, Connection, Delivery
from chalicelib.invoicing.model import INVOICE, Invoice
from chalicelib.kernel.context import Command
from chalicelib.kernel.job import JOB, Job
from chalicelib.ledger.lettering import LETTER, ExtendLetter, Letter
from chalicelib.ledger.model import FISCAL_YEAR, NewFiscalYear, new_year
from chalicelib.payments.model import PAYMENT, Payment
from chalicelib.payments.payouts import PAYOUT, Payout
from chalicelib.runtime import registry, sessions
from chalicelib.runtime.access import FIELDS, PEOPLE_ONLY, PERMISSIONS, ROLES
from chalicelib.runtime.endpoints import Endpoint
from chalicelib.sales.delivery import DELIVERY as SALES_DELIVERY
from chalicelib.sales.delivery import Delivery as SalesDelivery
from chalicelib.sales.delivery import Parcel
from chalicelib.sales.model import ORDER, Order, OrderLine
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants import roles
from chalicelib.tenants.model import API_KEY, INVITATION, USER, Invitation
from chalicelib.tenants.roles import RoleBody
from chalicelib.tenants.support.model import SUPPORT_ACCESS, SupportAccess
from chalicelib.webhooks.model import WEBHOOK_ENDPOINT, WEBHOOK_MESSAGE, WebhookEndpoint, WebhookMessage
from infra import access_page
from tests.isolation.people import Firm, problem_code

ENDPOINTS = list(access_page.endpoints())
TEN = Decimal(10)
_years = count(2041)
NOWHERE = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
Call = Callable[..., Any]


@pytest.fixture(scope="module")
def firm(engine: Any) -> Firm:
    return Firm("acces").found()


def _address(endpoint: Endpoint) -> str:
    return re.sub(r"{\w+}", NOWHERE, endpoint.path)


def _is_allowed(endpoint: Endpoint, held: frozenset[str]) -> bool:
    return endpoint.permission is None or endpoint.permission in held


def _differs(endpoint: Endpoint, held: frozenset[str], status: int, body: Any) -> bool:
    """Whether an answer is not what the table says for somebody who holds these permissions."""
    refused = status == 403 and problem_code(body) == "forbidden"
    return status in (401, 500) or refused == _is_allowed(endpoint, held)


def _wrong(firm: Firm, call: Call, endpoints: list[Endpoint]) -> list[str]:
    """The (operation, role) pairs that are not as the table says; bodies are empty, since who may not is not read."""
    wrong = []
    for endpoint in endpoints:
        if endpoint.public:
            continue
        body = {} if endpoint.method != "GET" else None
        for role, held in ROLES.items():
            for headers, granted in ((firm.headers(role), held), (firm.key(role), held - PEOPLE_ONLY)):
                status, _, found = call(endpoint.method, _address(endpoint), body, headers)
                if _differs(endpoint, granted, status, found):
                    who = f"{role} key" if "authorization" in headers else role
                    wrong.append(f"{who} {endpoint.method} {endpoint.path} {status}")
            if endpoint.name == "sign_out":
                firm.forget(role)
        if call(endpoint.method, _address(endpoint), body)[0] != 401:
            wrong.append(f"nobody {endpoint.method} {endpoint.path}")
    return wrong


def test_every_operation_is_open_to_exactly_the_roles_of_the_table(firm: Firm, call: Call) -> None:
    assert _wrong(firm, call, ENDPOINTS) == []


def test_a_role_of_ones_own_opens_exactly_its_permissions(firm: Firm, call: Call) -> None:
    """Two roles that halve the table: what one may the other may not, operation by operation."""
    wrong, names = [], list(PERMISSIONS)
    for half in (0, 1):
        held = frozenset(names[half::2])
        ctx = replace(firm.ctx(), command=Command(f"half:{half}"))
        role = roles.create(ctx, RoleBody(name_fr=f"Moitié {half}", permissions=tuple(held)))
        person = f"half-{half}"
        transaction = Transaction(ctx.step("user"))
        firm.users[person] = transaction.create(USER, replace(
            firm.users["sales"], id=ctx.new_id("usr"), version=0, email=person, email_key=ctx.blind(person), role=role.id))
        transaction.commit()
        for endpoint in ENDPOINTS:
            if endpoint.public or endpoint.permission is None:
                continue
            body = {} if endpoint.method != "GET" else None
            status, _, found = call(endpoint.method, _address(endpoint), body, firm.headers(person))
            if _differs(endpoint, held, status, found):
                wrong.append(f"{half} {endpoint.method} {endpoint.path} {status} {found}")
    assert wrong == []


def test_the_matrix_has_teeth(firm: Firm, call: Call, monkeypatch: Any) -> None:
    """A role that may too much, a check that is not made, and a wildcard are each found."""
    from chalicelib.kernel.context import Context
    from chalicelib.runtime import access

    some = [e for e in ENDPOINTS if e.permission in ("catalog.write", "costs.read", "users.manage")]
    with monkeypatch.context() as patch:
        patch.setattr(access, "ROLES", {**ROLES, "read_only": ROLES["read_only"] | {"catalog.write"}})
        assert _wrong(firm, call, some)
    with monkeypatch.context() as patch:
        patch.setattr(Context, "require", lambda self, permission: None)
        assert _wrong(firm, call, some)
    with monkeypatch.context() as patch:
        patch.setattr(access, "PEOPLE_ONLY", frozenset())
        assert _wrong(firm, call, some)
    assert _wrong(firm, call, some) == []


def test_every_operation_names_a_permission_of_the_table_or_says_why_not(firm: Firm) -> None:
    assert {e.permission for e in ENDPOINTS if e.permission} <= set(PERMISSIONS)
    own = {"read_session", "sign_out", "list_sessions", "revoke_session", "change_password", "enrol_totp", "confirm_totp",
           "disable_totp", "list_permissions", "ask_proof", "give_proof", "begin_passkey", "add_passkey", "list_passkeys",
           "rename_passkey", "remove_passkey"}
    assert {e.name for e in ENDPOINTS if not e.permission and not e.public and not e.for_operators} == own, (
        "one's own affairs, and nothing else")
    doors = {"sign_in", "ask_passkey", "sign_in_by_passkey", "create_sign_up", "look_up_sign_up", "confirm_sign_up",
             "resend_sign_up", "read_choices", "request_reset", "reset_password", "look_up_invitation", "accept_invitation",
             "receive_webhook", "read_openapi", "read_health", "stop_report", "receive_tracking", "track_order",
             "begin_operator_session"}
    assert {e.name for e in ENDPOINTS if e.public} == doors


def test_the_page_for_the_buyer_is_what_the_tables_say() -> None:
    assert access_page.PAGE.read_text() == access_page.text(), "make access-page"


# -- fields ------------------------------------------------------------------------------------------------------------


def _stocked(firm: Firm, call: Call) -> tuple[str, str]:
    """A received article: its operation's id and its SKU."""
    owner = firm.headers("owner")
    call("POST", "/api/catalog/products", {"name": "Bûche", "variants": [{"sku": "COST-1"}]}, owner)
    warehouse = call("POST", "/api/stock/warehouses", {"code": "W-COST", "name": "Annecy"}, owner)[2]
    line = {"sku": "COST-1", "quantity": "4", "unit_cost": "3.99"}
    status, _, received = call("POST", "/api/stock/receipts", {"warehouse_id": warehouse["id"], "lines": [line]}, owner)
    assert status == 201 and received["lines"][0]["unit_cost"] == "3.99"
    return str(received["id"]), "COST-1"


def test_costs_are_in_the_answers_of_who_may_see_them_only(firm: Firm, call: Call) -> None:
    operation, sku = _stocked(firm, call)
    addresses = (f"/api/stock/operations/{operation}", f"/api/stock/levels/{sku}")
    for role, held in ROLES.items():
        sees = "costs.read" in held
        for address in addresses:
            status, _, body = call("GET", address, None, firm.headers(role))
            assert status == (200 if "stock.read" in held else 403) and ("3.99" in str(body)) == sees, (role, address)
            assert ("valuation" in body) == (sees and "levels" in address), (role, address)
    narrow = call("POST", "/api/tenants/api-keys", {"name": "n", "role": "owner", "permissions": ["stock.read"]},
                  firm.headers("owner"))[2]
    headers = {"authorization": f"Bearer {narrow['key']}"}
    assert "3.99" not in str([call("GET", address, None, headers)[2] for address in addresses])


def test_a_cost_in_an_event_is_hidden_in_the_timeline(firm: Firm) -> None:
    from chalicelib.activity.answers import TimelineEntry
    from chalicelib.runtime import fields as access_fields

    entry = {"id": "e", "data": {"cost": "3.99", "quantity": "4"}}
    assert access_fields.hide(firm.ctx("activity.read"), TimelineEntry, entry) == {"id": "e", "data": {"quantity": "4"}}
    assert access_fields.hide(firm.ctx("activity.read", "costs.read"), TimelineEntry, entry) == entry


def test_a_credit_limit_is_set_by_who_may_and_kept_by_who_may_not(firm: Firm, call: Call) -> None:
    sales, books = firm.headers("sales"), firm.headers("accountant")
    person = {"name": "Zoé Lefèvre", "email": "zoe@limite.example"}
    status, _, refused = call("POST", "/api/parties/customers", {**person, "credit_limit": "500"}, sales)
    assert (status, refused["code"], refused["fields"]) == (403, "forbidden_field", {"credit_limit": "needs credit.manage"})
    made = call("POST", "/api/parties/customers", {**person, "credit_limit": "500"}, books)[2]
    address = f"/api/parties/customers/{made['id']}"
    refused = call("PUT", address, {**person, "credit_limit": "900"}, sales)[2]
    assert refused["fields"] == {"credit_limit": "needs credit.manage"}
    for body in (person, {**person, "credit_limit": "500"}):
        status, _, changed = call("PUT", address, {**body, "note": "fidèle"}, sales)
        assert (status, changed["credit_limit"], changed["note"]) == (200, "500", "fidèle")
    assert call("PUT", address, person, books)[2]["credit_limit"] is None


def test_every_restricted_field_is_one_of_a_shape_the_api_has() -> None:
    from tests.described import described

    schemas = described()["components"]["schemas"]
    for shape, wanted in FIELDS.items():
        for field, permission in wanted.items():
            assert field.partition(".")[0] in schemas[shape]["properties"] and permission in PERMISSIONS, (shape, field)
            assert field not in schemas[shape].get("required", ()), "left out for some, so promised to nobody"


# -- states ------------------------------------------------------------------------------------------------------------


JOBS = {"catalog": "catalog_import", "pricing": "price_import", "channels": "shop_products_import", "invoicing": "invoice_run",
        "reporting": "reporting_rebuild", "exports": "company_export", "imports": "company_import", "audit": "audit_export",
        "erasure-jobs": "person_erasure", "sample-loads": "sample_load", "sample-wipes": "sample_wipe"}


def _job_kind(address: str) -> str:
    domain, collection = address.split("/")[2:4]
    return JOBS[collection if domain in ("leaving", "onboarding") else domain]


def _listening(ctx: Any) -> str:
    """An endpoint that is switched on: a message is sent again to no other."""
    endpoint = WebhookEndpoint(id=ctx.new_id("whe"), name="ERP", url="http://127.0.0.1:49999/", event_types=("OrderPlaced",),
                               sealed_secret="", created_at=ctx.now)
    transaction = Transaction(replace(ctx, command=Command(f"listening:{endpoint.id}")))
    transaction.create(WEBHOOK_ENDPOINT, endpoint)
    transaction.commit()
    return endpoint.id


def _document(kind: str, state: str, ctx: Any, address: str) -> tuple[Any, Any]:
    """A document of the kind in the state, as if it had come there."""
    name = f"{kind}-{state}-{ctx.chance.token(4).hex()}"
    line = OrderLine(id="1", sku="COST-1", name="Bûche", quantity=Decimal(1), unit_price=TEN, amount=TEN)
    made: dict[str, Callable[[], tuple[Any, Any]]] = {
        "job": lambda: (JOB, Job(id=f"job_{name}", job_kind=_job_kind(address), state=state, created_at=ctx.now)),
        "sales_order": lambda: (ORDER, Order(id=f"ord_{name}", number=name, state=state, placed_at=ctx.now, lines=(line,))),
        "sales_delivery": lambda: (SALES_DELIVERY, SalesDelivery(
            id=f"dlv_{name}", number=name, state=state, order_id="ord_none", order_number=name, warehouse_id="w",
            created_at=ctx.now, parcels=(Parcel(number=1),))),
        "invitation": lambda: (INVITATION, Invitation(
            id=f"inv_{name}", state=state, email=f"{name}@x.example", email_key=name, name="Luc", role="sales", token_hash="x",
            invited_by="Anne", created_at=ctx.now, expires_at=ctx.now)),
        "webhook_endpoint": lambda: (WEBHOOK_ENDPOINT, WebhookEndpoint(
            id=f"whe_{name}", name=name, url="http://127.0.0.1:49999/", event_types=("OrderPlaced",), state=state,
            sealed_secret="", created_at=ctx.now)),
        "webhook_message": lambda: (WEBHOOK_MESSAGE, WebhookMessage(
            id=f"whm_{name}", endpoint_id=_listening(ctx), webhook_id=name, event_type="ping", body="{}", state=state,
            created_at=ctx.now)),
        "delivery": lambda: (DELIVERY, Delivery(id=f"dlv_{name}", connection_id="con_x", state=state, received_at=ctx.now)),
        "connection": lambda: (CONNECTION, Connection(
            id=f"con_{name}", name=name, platform="woocommerce", base_url=f"http://127.0.0.1:9/{name}", state=state,
            sealed_credentials="", sealed_webhook_secret="", created_at=ctx.now)),
        "invoice": lambda: (INVOICE, Invoice(id=f"ivc_{name}", number=name, state=state, created_at=ctx.now)),
        "fiscal_year": lambda: (FISCAL_YEAR, replace(new_year(NewFiscalYear(
            starts_on=date(year := next(_years), 1, 1), ends_on=date(year, 12, 31)), ctx.now), state=state)),
        "payment": lambda: (PAYMENT, Payment(
            id=f"pay_{name}", number=name, state=state, method="transfer", amount=TEN, currency="EUR",
            paid_on=ctx.now.date(), party_id="p", account="512000", entry_id="2026-12-31.BQ.1", entry_line=1,
            created_at=ctx.now)),
        "payout": lambda: (PAYOUT, Payout(
            id=f"pyo_{name}", number=name, state=state, method="provider", currency="EUR", gross=TEN, fee=TEN, net=TEN,
            paid_on=ctx.now.date(), account="512000", transit_account="511500", lines=(), entry_id="2026-12-31.BQ.1",
            created_at=ctx.now)),
        "support_access": lambda: (SUPPORT_ACCESS, SupportAccess(
            id=f"sup_{name}", state=state, reason="Un ticket", operator_id="opr_x", operator_name="Nadia", hours=1,
            asked_at=ctx.now, ends_at=ctx.now + timedelta(hours=1))),
        "letter": lambda: (LETTER, Letter(
            id=f"ltr_{name}", account="411000", party_id="p", fiscal_year="2026-12-31", code="A", state=state,
            lettered_on=ctx.now.date(), debit=TEN, credit=TEN, created_at=ctx.now, lines=())),
    }
    return made[kind]()


def _minimal(shape: type) -> dict[str, Any]:
    """The least a body of this shape may say."""
    values: dict[str, Any] = {"reason": "un motif", "amount": "0.10", "lines": [{"sku": "COST-1", "quantity": "1"}],
              "through": "2040-06-30", "code": "COST-1", "parcel_number": 1, "sku": "COST-1", "quantity": "1",
              "carrier_id": "crr_none", "tracking_number": "A1", "allocations": [{"invoice_id": "ivc_x"}],
              "payments": [{"payment_id": "pay_x"}], "hours": 1}
    if shape is ExtendLetter:
        values["lines"] = [{"entry_id": "2026-12-31.OD.1", "line": 1}]
    return {each.name: values[each.name] for each in fields(shape)
            if each.default is MISSING and each.default_factory is MISSING}


def _actions() -> list[tuple[str, str, str, dict[str, Any]]]:
    """(kind, action, address, body) of every action that depends on a state."""
    found = [("connection", name, f"/api/channels/connections/{{}}/{name}", {}) for name in ("pause", "resume")]
    for domain in registry.DOMAINS:
        api = registry.routes(domain).api
        for resource in api.resources:
            if resource.transitions is not None:
                found += [(resource.document.kind, name, f"{api.root}{resource.path}/{{}}/{name}", _minimal(action.body))
                          for name, action in resource.actions.items()]
    return found


@pytest.mark.parametrize(("kind", "action", "address", "body"), _actions(), ids=lambda v: v if isinstance(v, str) else "")
def test_an_action_is_refused_in_every_state_but_those_of_its_table(
        firm: Firm, call: Call, kind: str, action: str, address: str, body: dict[str, Any]) -> None:
    table = access_page.states()[kind]
    for state in {state for state, _ in table} | set(table.values()):
        if kind == "connection" and (state, action) in table:
            continue  # these talk to a shop: tests/channels
        ctx = replace(firm.ctx(), command=Command(f"state:{firm.ctx().chance.token(6).hex()}"))
        document, value = _document(kind, state, ctx, address)
        transaction = Transaction(ctx)
        transaction.create(document, value)
        transaction.commit()
        status, _, answer = call("POST", address.format(value.id), body, firm.headers("owner"))
        refused = (status, problem_code(answer)) == (409, "wrong_state")
        assert refused == ((state, action) not in table), (state, action, status, answer)
        if refused:
            assert read.get(firm.ctx(), document, value.id).version == 1, "refused, so nothing changed"


# -- revocation --------------------------------------------------------------------------------------------------------


def test_whatever_is_taken_away_is_gone_on_the_very_next_request(call: Call, engine: Any) -> None:
    firm = Firm("retrait").found()
    write = ("POST", "/api/parties/customers", {"name": "Zoé"})

    def change(document: Any, value: Any, **changes: Any) -> None:
        ctx = replace(firm.ctx(), command=Command(f"take:{firm.ctx().chance.token(6).hex()}"))
        transaction = Transaction(ctx)
        transaction.save(document, read.get(ctx, document, value), replace(read.get(ctx, document, value), **changes))
        transaction.commit()

    sales = firm.users["sales"].id
    assert call(*write, firm.headers("sales"))[0] == 201
    change(USER, sales, role="read_only")
    assert call(*write, firm.headers("sales"))[0] == 403, "another role"
    change(USER, sales, role="sales")
    assert call(*write, firm.headers("sales"))[0] == 201
    change(USER, sales, is_active=False)
    assert call(*write, firm.headers("sales"))[0] == 401, "no member any more"
    change(USER, sales, is_active=True)
    assert call(*write, firm.headers("sales"))[0] == 201
    change(USER, sales, sessions_valid_from=firm.ctx().now)
    assert call(*write, firm.headers("sales"))[0] == 401, "all sessions ended"
    firm.forget("sales")
    own = sessions.of_user(firm.ctx(), sales)
    assert call(*write, firm.headers("sales"))[0] == 201
    newest = next(each for each in sessions.of_user(firm.ctx(), sales) if each.id not in {one.id for one in own})
    sessions.revoke(firm.ctx(), sales, newest.id)
    assert call(*write, firm.headers("sales"))[0] == 401, "one session ended"
    assert call(*write, firm.key("sales"))[0] == 201
    key = read.query(firm.ctx(), "by_list", "API_KEY").items[0]["id"]
    change(API_KEY, key, revoked_at=firm.ctx().now)
    assert call(*write, firm.key("sales"))[0] == 401, "a key revoked"
