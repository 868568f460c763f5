"""Every operation of the API with generated input: whatever is sent, no answer is a server error.

An honest caller's knowledge is mixed in (`known.py`), so that calls get past validation; `EXAMPLES` is how many calls each
operation gets.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode

from chalicelib.catalog.model import NewProduct, NewVariant
from chalicelib.catalog.service import create_product
from chalicelib.channels import pace
from chalicelib.kernel.context import Context
from chalicelib.ledger.model import NewEntry, NewEntryLine, NewFiscalYear
from chalicelib.ledger.service import open_fiscal_year, post_entry
from chalicelib.operators import looking
from chalicelib.payments.model import NewAllocation, NewPayment
from chalicelib.payments.service import record
from chalicelib.runtime import sessions
from chalicelib.runtime.worker import tenant_work
from chalicelib.stock.model import WarehouseBody
from chalicelib.stock.service import create_warehouse
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants import attempts
from chalicelib.tenants.model import USER, User
from connectors import http
from connectors.errors import Unavailable
from infra.local.stripe.running import forget_stripe, start_stripe
from tests import described
from tests.channels.merchant import Merchant as Shopkeeper
from tests.hostile.honest import bodies
from tests.hostile.known import PIXEL, Known
from tests.hostile.merchant import PASSWORD, Merchant, found
from tests.hostile.operating import BEGIN, OperatorCaller
from tests.hostile.ready import Ready
from tests.hostile.wire import application

EXAMPLES = int(os.environ.get("EXAMPLES", "16"))
REACHED = 0.95
LAST = {
    "PUT /api/tenants/company",
    "PUT /api/tenants/settings",
    "POST /api/subscriptions/subscription/choose-free",
    "PUT /api/tenants/password",
    "PUT /api/invoicing/settings",
    "POST /api/ledger/fiscal-years/{document_id}/lock",
    "POST /api/ledger/fiscal-years/{document_id}/close",
    "PUT /api/operators/switches/{name}",
    "POST /api/operators/tenants/{tenant_id}/change-plan",
}
"""What takes from the others what they need: the facts that invoices name, open books, the known password."""


def only_loopback(request: http.HttpRequest, policy: http.HttpPolicy, clock: http.Clock) -> http.HttpResponse:
    """The demo shop answers, nobody else does."""
    if "127.0.0.1" not in request.url and "localhost" not in request.url:
        raise Unavailable("nobody answers")
    return http.urllib3_transport(request, policy, clock)


class Caller:
    """The owner in a browser: cookie and CSRF token, a new session when one was ended."""

    def __init__(self, merchant: Merchant) -> None:
        self.merchant = merchant
        self.token = ""

    def credentials(self) -> dict[str, dict[str, str]]:
        """What every call of this browser carries."""
        ctx = self.merchant.ctx()
        if not self.token:
            transaction = Transaction(ctx)
            self.token = sessions.start(transaction, self.merchant.owner_id, "127.0.0.1", "test")
            transaction.commit()
        return {"cookies": {sessions.COOKIE: self.token}, "headers": {"X-CSRF-Token": sessions.csrf_token(ctx, self.token)}}


@pytest.fixture
def world(platform: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Caller, Known]]:
    """A merchant with a shop, products, stock, customers and orders, and what he knows of them."""
    monkeypatch.setattr(attempts, "spend", lambda ctx, limit, value: None)
    monkeypatch.setattr(pace, "admit", lambda ctx, connection_id, rate_per_second, urgent: None)
    merchant = found(platform, "fuzz", requests_per_minute=10_000_000)
    shopkeeper = Shopkeeper(lambda *_: tenant_work(merchant.tenant_id, "seed"), tmp_path)
    shop = shopkeeper.open("maison", "MAC", "SORBET")
    connection = shopkeeper.connect("maison")
    for n in range(3):
        shopkeeper.deliver(connection, shopkeeper.buy("maison", MAC=1), delivery_id=f"d{n}")
    unknown = {**shopkeeper.buy("maison", MAC=1), "id": 9001}
    unknown["line_items"] = [{**line, "sku": "NO-SUCH", "product_id": 9002} for line in unknown["line_items"]]
    shopkeeper.deliver(connection, unknown, delivery_id="unknown")
    shopkeeper.pump()
    known = knowledge(merchant, shopkeeper, shop.url, connection.id)
    stripe = start_stripe(None)
    with http.using_transport(only_loopback):
        yield Caller(merchant), known
    stripe.stop()
    forget_stripe()
    shopkeeper.stop()


def knowledge(merchant: Merchant, shopkeeper: Shopkeeper, shop_url: str, connection_id: str) -> Known:
    """Makes what nothing in the API makes alone (a second user, a second warehouse, a GTIN), and says what there is."""
    ctx = merchant.ctx()
    second = create_warehouse(ctx.step("second"), WarehouseBody(code="ANNECY", name="Annecy"))
    create_product(ctx.step("gtin"), NewProduct(name="Bûche", variants=(NewVariant(sku="BUCHE", gtin="4006381333931"),)))
    transaction = Transaction(ctx.step("user"))
    transaction.create(
        USER,
        User(
            id="usr_00000000000000000000000002",
            email="paul@example.com",
            joined_at=ctx.now,
            role="sales",
            email_key=ctx.blind("paul@example.com"),
            login_id="lgn_none",
            name="Paul",
        ),
    )
    transaction.commit()
    open_fiscal_year(ctx.step("books"), NewFiscalYear(starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31)))
    posted = (("411000", "707000", "10"), ("512000", "411000", "4"), ("512000", "411000", "6"))
    for n, (account, other, amount) in enumerate(posted):
        post_entry(ctx.step(f"entry{n}"), NewEntry(journal="OD", entry_date=date(2026, 2, 1), label="F1", lines=tuple(
            NewEntryLine(account=each, party_id="dupont" if each == "411000" else "", **{side: Decimal(amount)})
            for each, side in ((account, "debit"), (other, "credit")))))
    ready = Ready(merchant, "usr_00000000000000000000000002")
    invoice_id = ready.invoices[0]
    owed = {"method": "transfer", "amount": "5", "paid_on": "2026-03-10", "customer_id": ready.customer_id}
    settled = (NewAllocation(invoice_id=invoice_id, amount=Decimal("0.50")),)
    for n, allocations in enumerate((settled, settled, (), ())):
        record(ctx.step(f"payment{n}"), NewPayment(method="transfer", amount=Decimal(5), paid_on=date(2026, 3, 10),
                                                   customer_id=ready.customer_id, allocations=allocations))
    warehouse = shopkeeper.warehouse.id
    fields: dict[str, list[Any]] = {
        "sku": ["MAC", "SORBET"],
        "email": ["u{n}@example.com"],
        "name": ["Nom {n}"],
        "title": ["Titre {n}"],
        "warehouse_id": ["", warehouse],
        "customer_id": ["", ready.customer_id],
        "currency": ["EUR"],
        "country_code": ["FR"],
        "vat_category": ["S"],
        "vat_rate": ["5.5", "20"],
        "quantity": ["1"],
        "unit_price": ["9.90"],
        "unit_cost": ["3.10"],
        "amount": ["1.00"],
        "price": ["4.20"],
        "locale": ["fr", "en"],
        "time_zone": ["Europe/Paris"],
        "role": ["sales"],
        "code": ["C{n}"],
        "unit_code": ["C62"],
        "gtin": [""],
        "limit": ["10"],
        "password": [PASSWORD],
        "content_base64": [PIXEL],
        "permissions": [[]],
        "warehouse_ids": [[]],
        "website": [""],
        "siren": [""],
        "siret": [""],
        "vat_number": [""],
        "iban": [""],
        "expires_at": [None],
        "q": ["zoe"],
        "location": [""],
        "lot": [""],
        "lot_number": [""],
        "cursor": [""],
        "share_capital": ["1000"],
        "channel_id": [""],
        "channel_ids": [[]],
        "view": [""],
        "from": ["2026-01-01"],
        "to": [""],
        "external_id": [""],
        "line_id": [""],
        "valid_from": [None],
        "valid_to": [None],
        "enrolment": [""],
        "at": ["2026-11-24"],
        "fiscal_year": [""],
        "journal": ["OD", "VE"],
        "entry_date": ["2026-03-10"],
        "usage": [""],
        "account": ["411000"],
        "entry_id": ["2026-12-31.OD.1"],
        "line": [1],
        "due_date": [None],
        "subject_id": [row["id"] for row in read.query(ctx, "by_list", "ORDER").items],
        "paper_kind": ["order_confirmation"],
        "part_id": [""],
        "primary_colour": ["#1f4e5f"],
        "secondary_colour": ["#eef3f4"],
        "footer_text": ["Merci"],
        "measure": ["", "cost"],
        "measures": [""],
        "group_by": ["day", "product"],
        "split_by": [""],
        "compare": ["year"],
        "sort": [""],
        "top": ["5"],
        **{name: [""] for name in ("channel", "product", "customer", "warehouse")},
        "frequency": ["daily"],
        "hour": [7],
        "recipients": [[]],
    }
    paths = {
        "sku": ["MAC"],
        "gtin": ["4006381333931"],
        "kind": ["sales_order"],
        "document_id": ["company"],
        "party_id": [ready.customer_id],
        "format_name": ["pdf"],
        "connection_id": [f"{merchant.tenant_id}.{connection_id}"],
    }
    honest = bodies(shop_url, warehouse, second.id, merchant.owner_email, PASSWORD)
    honest["POST /api/payments/payments"] = owed
    taken = [record(ctx.step(f"taken{n}"), NewPayment(method="provider", amount=Decimal(5), paid_on=date(2026, 3, 10),
                                                      customer_id=ready.customer_id)) for n in range(4)]
    honest["POST /api/payments/payouts"] = [{"payments": [{"payment_id": each.id}]} for each in taken]
    honest["PUT /api/payments/settings"] = {"fee_rules": [{"method": "provider", "percent": "1.4", "fixed": "0.25"}]}
    honest["POST /api/payments/payments/{document_id}/match"] = {"allocations": [{"invoice_id": invoice_id, "amount": "0.10"}]}
    fields["invoice_id"] = [invoice_id]
    known = Known(fields, {**paths, **ready.paths}, {**honest, **ready.honest}, {merchant.owner_id})
    known.subjects, known.queries = ready.subjects, ready.queries
    return known


def test_no_input_makes_a_server_error(
        world: tuple[Caller, Known], platform: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    caller, known = world
    monkeypatch.setattr(looking, "NEW_A_TIME", 1)
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", application)
    operations = [each.ok() for each in schema.get_all_operations()]
    operations.sort(
        key=lambda o: (
            label_of(o) in LAST,
            o.method != "get" or "{" in o.path,
            "{" in o.path,
            o.method == "delete",
            o.path.endswith(("cancel", "close", "undo", "reverse")),
            o.path.count("{") < 2,
            o.path,
        )
    )
    statuses: dict[str, Counter[int]] = {}
    broken: list[str] = []
    at_desk = OperatorCaller(found(platform, "autre").tenant_id)
    known.subjects |= at_desk.subjects()
    known.honest |= at_desk.honest()
    known.paths |= {"tenant_id": [at_desk.tenant_id], "name": ["passkeys", "data_exports"]}
    known.paths["access_id"] = at_desk.access_ids["granted"]

    def who(operation: Any) -> Caller | OperatorCaller:
        return at_desk if operation.path.startswith(BEGIN) else caller

    for operation in operations:
        exercise(operation, who(operation), known, statuses, broken, EXAMPLES // 2 if operation.method == "get" else EXAMPLES)
    for operation in operations:
        if operation.method == "get" or not is_reached(statuses[label_of(operation)]):
            exercise(operation, who(operation), known, statuses, broken, EXAMPLES // 2)
    unreached = [label for label, seen in statuses.items() if not is_reached(seen)]
    report(statuses, unreached)
    assert broken == []
    assert len(unreached) <= (1 - REACHED) * len(operations), (unreached, len(operations))


def label_of(operation: Any) -> str:
    return f"{operation.method.upper()} {operation.path}"


def is_reached(seen: Counter[int]) -> bool:
    return any(200 <= status < 300 for status in seen)


def undescribed(operation: Any, answer: Any) -> str:
    """What of the answer the API's description does not say: a status it has not, a field, a type."""
    is_json = "json" in answer.headers.get("content-type", [""])[0]
    try:
        described.check(operation.method, operation.path, answer.status_code, json.loads(answer.content) if is_json else "")
    except (AssertionError, KeyError) as problem:
        return f"{type(problem).__name__} {problem}"
    return ""


def exercise(
    operation: Any, caller: Caller | OperatorCaller, known: Known, statuses: dict[str, Counter[int]], broken: list[str],
    examples: int,
) -> None:
    """That many calls of one operation: three in four what the schema allows, the others what it forbids."""
    template, label = operation.path, label_of(operation)
    seen = statuses.setdefault(label, Counter())

    def call(case: Any, seed: int) -> None:
        chance = Random(seed)
        if seed % 4:
            case.path_parameters = {**(case.path_parameters or {}), **known.path_parameters(label, chance)}
            case.query = known.query(label, case.query or {}, chance)
            case.headers = {k: v for k, v in (case.headers or {}).items() if k != "Idempotency-Key"}
            case.body = known.mixed(label, case.body, chance)
        case.cookies = {}
        case.headers = {k: v for k, v in (case.headers or {}).items() if k.lower() not in ("cookie", "authorization")}
        answer = case.call(**caller.credentials())
        seen[answer.status_code] += 1
        wrong = "a server error" if answer.status_code >= 500 else undescribed(operation, answer)
        if wrong:
            broken.append(
                f"{operation.method} {template}: {answer.status_code} {case.path_parameters} {case.query} "
                f"{str(case.body)[:400]} → {wrong} {answer.text[:300]}"
            )
        if answer.status_code == 401 and not template.endswith("/webhooks"):
            caller.token = ""
        if answer.status_code < 300 and answer.headers.get("content-type", [""])[0].startswith("application/json"):
            if template.startswith(f"{BEGIN}tenants"):
                return
            body = json.loads(answer.text)
            known.learn(template.split("/{")[0] if operation.method == "post" and "{" not in template else template, body)

    for mode, count in ((GenerationMode.POSITIVE, examples * 3 // 4), (GenerationMode.NEGATIVE, examples // 4)):
        try:
            strategy = operation.as_strategy(generation_mode=mode)
        except Exception:
            continue
        run = settings(
            max_examples=count,
            deadline=None,
            phases=[Phase.generate],
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        try:
            run(given(strategy, st.integers(0, 2**32))(call))()
        except Exception as problem:
            if "Unsatisfiable" not in type(problem).__name__ and mode is GenerationMode.POSITIVE:
                raise


def report(statuses: dict[str, Counter[int]], unreached: list[str]) -> None:
    """What was seen, for whoever reads the run."""
    path = Path("build") / "operations.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        json.dumps(
            {
                "examples": EXAMPLES,
                "unreached": unreached,
                "statuses": {label: dict(sorted(seen.items())) for label, seen in statuses.items()},
            },
            indent=1,
        )
    )
