"""The books over the API, as the accountant, and as who may only look; the command that verifies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.events.outbox import events_of
from chalicelib.ledger import checkpoints, rolling
from chalicelib.ledger.model import FISCAL_YEAR
from chalicelib.runtime.worker import event_context
from chalicelib.storage import keys, read, single
from infra.ops import verify_ledger
from tests.isolation.people import Firm

Call = Callable[..., Any]
YEAR = "2026-12-31"
ENTRY = {"journal": "OD", "entry_date": "2026-03-10", "label": "Facture F-1", "document_reference": "F-1", "lines": [
    {"account": "411000", "debit": "120", "party_id": "dupont", "party_name": "Dupont"},
    {"account": "707000", "credit": "100"}, {"account": "445711", "credit": "20.00"}]}


@pytest.fixture(scope="module")
def firm(engine: Any) -> Firm:
    return Firm("compta").found()


def _counted(firm: Firm) -> None:
    """Hands the ledger's worker what was posted, twice."""
    ctx = firm.ctx()
    events = [event for shard in range(keys.OUTBOX_SHARDS)
              for item in read.collection(ctx, f"OUTBOX#{shard}#{ctx.clock.now():%Y%m%d%H}")[0]
              for event in events_of(ctx.tenant_id, item.key.sk, item.data) if event.type == "EntryPosted"]
    for event in [*events, *events]:
        rolling.on_posted(event_context(event, "ledger", 30), event)


def test_the_accountants_year(firm: Firm, call: Call) -> None:
    books, looks, sales = firm.headers("accountant"), firm.headers("read_only"), firm.headers("sales")
    status, _, year = call("POST", "/api/ledger/fiscal-years", {"starts_on": "2026-01-01", "ends_on": YEAR}, books)
    assert (status, year["id"], year["allowed_actions"]) == (201, YEAR, ["lock", "close"])
    assert call("POST", "/api/ledger/entries", ENTRY, looks)[0] == 403
    assert call("GET", "/api/ledger/trial-balance", None, sales)[0] == 403
    keyed = {**books, "idempotency-key": "e1"}
    status, _, entry = call("POST", "/api/ledger/entries", ENTRY, keyed)
    assert (status, entry["id"], entry["total"]) == (201, f"{YEAR}.OD.1", "120.00")
    status, headers, again = call("POST", "/api/ledger/entries", ENTRY, keyed)
    assert (status, again["number"], headers["Idempotent-Replay"]) == (201, 1, "true")
    stranger = {**ENTRY, "lines": [{**ENTRY["lines"][0], "party_id": "cus_00000000000000000000000009"}, *ENTRY["lines"][1:]]}
    assert call("POST", "/api/ledger/entries", stranger, books)[2]["code"] == "party_unknown"
    wrong = {**ENTRY, "lines": [*ENTRY["lines"][:2], {"account": "445711", "credit": "20.01"}]}
    status, _, refused = call("POST", "/api/ledger/entries", wrong, books)
    assert (status, refused["code"], refused["facts"]) == (400, "entry_unbalanced", {"difference": "-0.01"})
    assert call("GET", f"/api/ledger/entries/{YEAR}.OD.1", None, looks)[2] == entry
    assert call("GET", f"/api/ledger/entries/{YEAR}.OD.2", None, looks)[0] == 404
    assert [e["number"] for e in call("GET", "/api/ledger/entries?journal=OD", None, looks)[2]["items"]] == [1]
    status, _, back = call("POST", f"/api/ledger/entries/{YEAR}.OD.1/reverse", {"entry_date": "2026-03-11"}, books)
    assert (status, back["reverses"]) == (201, f"{YEAR}.OD.1")
    assert call("POST", f"/api/ledger/entries/{YEAR}.OD.1/reverse", {}, books)[2]["code"] == "reversed_already"
    call("POST", "/api/ledger/entries", {**ENTRY, "label": "Facture F-2"}, books)
    before = call("GET", "/api/ledger/trial-balance", None, looks)[2]
    assert (before["rows"], before["entries_behind"]) == ([], 3)
    _counted(firm)
    balance = call("GET", "/api/ledger/trial-balance?from=2026-03&to=2026-03", None, looks)[2]
    assert (balance["debit"], balance["credit"], balance["result"], balance["entries_behind"]) == (
        "360.00", "360.00", "100.00", 0)
    page = call("GET", "/api/ledger/accounts/411000/lines?from=2026-03-01", None, looks)[2]
    assert [(row["entry_id"], row["debit"], row["credit"]) for row in page["lines"]] == [
        (f"{YEAR}.OD.1", "120.00", "0"), (f"{YEAR}.OD.3", "120.00", "0"), (f"{YEAR}.OD.2", "0", "120.00")]
    assert call("GET", "/api/ledger/parties/dupont/lines", None, looks)[2]["lines"] == page["lines"][:1] + page["lines"][1:]
    parties = call("GET", "/api/ledger/accounts/411000/parties", None, looks)[2]
    assert [(row["party_id"], row["balance"]) for row in parties["rows"]] == [("dupont", "120.00")]
    for bad in ("from=2026-13", "from=x", "fiscal_year=2031-12-31"):
        assert call("GET", f"/api/ledger/trial-balance?{bad}", None, looks)[0] in (400, 404)
    status, _, locked = call("POST", f"/api/ledger/fiscal-years/{YEAR}/lock", {"through": "2026-03-31"}, books)
    assert (status, locked["locked_through"]) == (200, "2026-03-31")
    assert call("POST", "/api/ledger/entries", ENTRY, books)[2]["code"] == "period_locked"


def test_the_tax_file_and_the_chain_over_the_same_books(firm: Firm, call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    books = firm.headers("accountant")
    status, _, missing = call("GET", f"/api/ledger/fiscal-years/{YEAR}/fec", None, books)
    assert (status, missing["code"]) == (409, "siren_missing")
    company = call("GET", "/api/tenants/company", None, firm.headers("owner"))[2]
    call("PUT", "/api/tenants/company", {"legal_name": company["legal_name"], "siren": "732829320"}, firm.headers("owner"))
    status, headers, text = call("GET", f"/api/ledger/fiscal-years/{YEAR}/fec", None, books)
    assert status == 200 and "732829320FEC20261231.txt" in headers["Content-Disposition"]
    assert len(text.strip().split("\r\n")) == 1 + 9 and text.isascii()
    assert call("GET", f"/api/ledger/fiscal-years/{YEAR}/fec", None, firm.headers("read_only"))[0] == 403

    tenant = firm.ctx().tenant_id
    assert verify_ledger.main(["--tenant", tenant]) == 0
    assert "3 entries, no fault" in capsys.readouterr().out
    checkpoints.take(firm.ctx())
    item = list(rolling.entries(firm.ctx(), YEAR, "OD"))[1]
    single.put(firm.ctx(), replace(item, data=item.data.replace("120.00", "130.00")))
    assert verify_ledger.main(["--tenant", tenant]) == 1
    assert f"{tenant} {YEAR} OD: entry 2: its content is not what was posted" in capsys.readouterr().out
    single.put(firm.ctx(), item)
    kept = keys.child(firm.ctx(), "balances", YEAR, "2026-03")
    single.count_up(firm.ctx(), kept, "ledger_balances", 2**33)
    assert verify_ledger.main(["--tenant", tenant]) == 1
    assert "the kept balance 2026-03 is not that of the entries" in capsys.readouterr().out
    assert read.get(firm.ctx(), FISCAL_YEAR, YEAR).journals == ("OD",)


def test_the_accountant_changes_where_sales_go(firm: Firm, call: Call) -> None:
    books, looks = firm.headers("accountant"), firm.headers("read_only")
    path = "/api/ledger/account-determination"
    call("POST", "/api/ledger/fiscal-years", {"starts_on": "2028-01-01", "ends_on": "2028-12-31"}, books)
    status, headers, table = call("GET", path, None, looks)
    assert (status, table["version"]) == (200, 0)
    families = [*table["families"], {"code": "ices", "name": "Glaces", "purpose": "finished"}]
    rule = {"purpose": "finished", "product_family": "ices", "account": "701110"}
    assert call("PUT", path, {"families": families, "rules": [*table["rules"], rule]}, looks)[0] == 403
    wrong = {"families": families, "rules": [{**rule, "account": "411000"}, *table["rules"]]}
    status, _, refused = call("PUT", path, wrong, books)
    assert (status, refused["code"]) == (400, "account_unknown") and "rules.0.account" in refused["fields"]
    body = {"families": families, "rules": [*table["rules"], rule]}
    status, _, saved = call("PUT", path, body, {**books, "idempotency-key": "table"})
    assert (status, saved["version"]) == (200, 1)
    assert call("PUT", path, body, {**books, "idempotency-key": "table"})[2]["version"] == 1
    assert call("PUT", path, body, {**books, "if-match": headers["ETag"]})[0] == 412
    choice = call("GET", path + "/choice?purpose=finished&product_family=ices&vat_rate=5.5", None, looks)[2]
    assert (choice["account"], choice["rule"]["product_family"]) == ("701110", "ices")
    offered = call("GET", "/api/catalog/product-families", None, looks)[2]["items"]
    assert "ices" in [each["id"] for each in offered]
