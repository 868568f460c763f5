"""Who did what, when and from where: found again by people, and known to be whole."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from chalicelib.activity import service as activity
from chalicelib.audit import exporting, filing, sealing
from chalicelib.audit.model import SEALED_AT, SETTLED, ExportAudit
from chalicelib.audit.worker import SCHEDULES
from chalicelib.kernel import audit
from chalicelib.kernel.context import Context
from chalicelib.kernel.job import JOB
from chalicelib.storage import blobs, client, keys, read
from chalicelib.storage.client import TenantBreach
from chalicelib.storage.keys import Key
from chalicelib.tenants import directory
from tests.tenants.conftest import PASSWORD, Browser, Firm
from tests.working import worked

Open = Callable[[], Browser]
HOME = {"legal_name": "Maison Givrée SAS", "iban": "FR7630006000011234567890189"}


def find(browser: Browser, question: str = "") -> list[dict[str, Any]]:
    status, _, body = browser.call("GET", f"/api/audit/records?{question}", None, {"cookie": browser.cookie})
    assert status == 200, body
    return list(body["items"])


@pytest.fixture
def anne(firm: Firm, browser: Open) -> Browser:
    """The owner, signed in, who changed the company twice and invited somebody."""
    anne = browser()
    assert anne.sign_in(firm.owner_email)[0] == 201
    assert anne.send("PUT", "/company", HOME)[0] == 200
    assert anne.send("PUT", "/company", {**HOME, "iban": "FR1420041010050500013M02606", "phone": "+33 4 50 00 00 00"})[0] == 200
    assert anne.send("POST", "/invitations", {"email": "luc@givree.example", "name": "Luc", "role": "sales"})[0] == 201
    return anne


def test_a_changed_bank_account_is_told_with_who_from_where_before_and_after(anne: Browser, firm: Firm) -> None:
    [latest, first] = find(anne, "event=CompanyUpdated")
    assert (latest["actor_id"], latest["actor_name"], latest["source_ip"]) == (firm.owner_id, "Anne Neige", "127.0.0.1")
    assert (latest["operation"], latest["document_kind"]) == ("PUT /api/tenants/company", "company")
    _, _, record = anne.call("GET", f"/api/audit/records/{latest['id']}", None, {"cookie": anne.cookie})
    assert (record["user_agent"], len(record["request_id"]) > 8, record["events"]) == ("Firefox", True, ["CompanyUpdated"])
    [change] = record["changes"]
    assert (change["kind"], change["verb"], change["version"]) == ("company", "changed", 3)
    assert sorted(change["fields"], key=lambda field: field["path"]) == [
        {"path": "iban", "before": "FR7630006000011234567890189", "after": "FR1420041010050500013M02606"},
        {"path": "phone", "before": None, "after": "+33 4 50 00 00 00"}]
    assert first["at"] < latest["at"]


def test_it_is_searched_by_person_text_address_document_and_period(anne: Browser, firm: Firm) -> None:
    assert len(find(anne, f"person={firm.owner_id}&view=people&document_kind=company")) == 2
    assert [each["label"] for each in find(anne, "q=luc")] == ["Luc"]
    assert find(anne, "source_ip=203.0.113.99") == [] and find(anne, "from=2030-01-01") == []
    assert len(find(anne, f"from={datetime.now(UTC):%Y-%m-%d}&event=CompanyUpdated&limit=1")) == 1
    ctx = firm.ctx()
    for item in _outbox(ctx):
        activity.record(ctx, item)
    assert len(find(anne, "document_kind=company&document_id=company&event=CompanyUpdated")) == 2


def _outbox(ctx: Context) -> Iterator[Any]:
    from chalicelib.events.sweep import outbox_between

    yield list(outbox_between(ctx, ctx.now - timedelta(hours=1), ctx.now + timedelta(minutes=1)))


def test_sign_ins_stand_in_the_same_log_and_so_do_those_that_were_refused(firm: Firm, browser: Open) -> None:
    anne = browser()
    assert anne.sign_in(firm.owner_email, "faux mot de passe")[0] == 401
    assert anne.sign_in(firm.owner_email)[0] == 201
    other = browser()
    assert other.sign_in(firm.owner_email)[0] == 201
    assert other.send("DELETE", "/session")[0] == 204
    entered, again, refused = find(anne, "view=sign_ins")
    assert [each["event"] for each in (entered, again, refused)] == ["SignedIn", "SignedIn", "SignInRefused"]
    assert (refused["actor_kind"], refused["actor_id"], refused["source_ip"]) == ("anonymous", "", "127.0.0.1")
    assert [each["event"] for each in find(anne, "view=people&event=SessionEnded")] == ["SessionEnded"]


def test_no_password_token_or_secret_stands_in_any_record(anne: Browser, firm: Firm) -> None:
    anne.send("PUT", "/password", {"current_password": PASSWORD, "password": "un autre bon mot"})
    anne.send("POST", "/api-keys", {"name": "ERP", "role": "sales"})
    rows = find(anne)
    whole = [anne.call("GET", f"/api/audit/records/{each['id']}", None, {"cookie": anne.cookie})[2] for each in rows]
    assert {"PasswordChanged", "ApiKeyCreated", "UserInvited"} <= {each["event"] for each in rows}
    text = str(whole)
    assert PASSWORD not in text and "un autre bon mot" not in text and "luc@givree.example" not in text
    hidden = [f for record in whole for change in record["changes"] for f in change["fields"] if audit.is_secret(
        f["path"].rpartition(".")[2])]
    assert hidden and all({f["before"], f["after"]} <= {None, "•••", ""} for f in hidden)


def test_a_file_holds_what_the_filters_find(anne: Browser) -> None:
    status, headers, text = anne.call("GET", "/api/audit/exports/csv?event=CompanyUpdated", None, {"cookie": anne.cookie})
    assert status == 200 and headers["Content-Disposition"] == 'attachment; filename="audit.csv"'
    assert "FR1420041010050500013M02606" in str(text) and "UserInvited" not in str(text)
    assert anne.call("GET", "/api/audit/exports/xlsx", None, {"cookie": anne.cookie})[0] == 200


def test_a_file_of_any_size_is_made_by_a_job(anne: Browser, firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than one answer holds: read part by part, told how far it is, and fetched by a link; the same lines as at once."""
    ctx, body = firm.ctx(), {"format": "csv", "filters": {"document_kind": "company"}}
    at_once = anne.call("GET", "/api/audit/exports/csv?document_kind=company", None, {"cookie": anne.cookie})[2]
    monkeypatch.setattr(exporting, "MAX_RECORDS", 1)
    assert anne.call("GET", "/api/audit/exports/csv", None, {"cookie": anne.cookie})[0] == 400
    headers = {"cookie": anne.cookie, "x-csrf-token": anne.csrf, "accept-language": "fr"}
    status, _, begun = anne.call("POST", "/api/audit/export-jobs", body, headers)
    assert (status, begun["state"]) == (202, "queued"), begun
    assert anne.call("GET", f"/api/audit/export-jobs/{begun['id']}/download", None, headers)[0] == 409
    monkeypatch.setattr(filing, "PAGES_A_PART", 1)
    job = worked(ctx, read.get(ctx, JOB, begun["id"]), filing.work)
    assert (job.state, job.done, job.total, job.counts["records"]) == ("done", job.total, len(stored(firm)) - 1, 2)
    assert blobs.get(ctx, filing.file_name(job)).decode() == at_once
    status, _, link = anne.call("GET", f"/api/audit/export-jobs/{job.id}/download", None, headers)
    assert status == 200 and link["file_name"].endswith(".csv") and job.id in link["url"]
    sheet = filing.start(directory.apart(ctx, "sheet"), ExportAudit(format="xlsx", filters={"view": "people"}))
    assert blobs.get(ctx, filing.file_name(worked(ctx, sheet, filing.work)))[:2] == b"PK"
    for wrong in ({"format": "pdf"}, {"filters": {"colour": "red"}}, {"filters": {"from": "9", "to": "1"}}):
        assert anne.call("POST", "/api/audit/export-jobs", wrong, headers)[0] == 400, wrong
    monkeypatch.setattr(filing, "SHEET_LINES", 1)
    long = filing.start(directory.apart(ctx, "long"), ExportAudit(format="xlsx"))
    assert worked(ctx, long, filing.work).failure_code == "sheet_lines"


def test_an_unknown_record_and_another_companys_answer_alike(anne: Browser, firm: Firm) -> None:
    for record_id in ("aud_01M87N7JHYVTM1920324MR97PX", "aud_x", "usr_01M87N7JHYVTM1920324MR97PX", "aud_" + "Z" * 26):
        assert anne.call("GET", f"/api/audit/records/{record_id}", None, {"cookie": anne.cookie})[0] == 404


# -- seals -----------------------------------------------------------------------------------------------------------


def later(firm: Firm, hours: int = 3) -> Context:
    ctx = firm.ctx()
    return replace(ctx, now=ctx.now + timedelta(hours=hours))


def days(firm: Firm) -> tuple[str, str]:
    now = firm.ctx().now
    return f"{now - timedelta(hours=2):%Y-%m-%d}", f"{now:%Y-%m-%d}"


def stored(firm: Firm) -> list[Any]:
    ctx = firm.ctx()
    return [item for hour in (ctx.now - timedelta(hours=1), ctx.now) for shard in range(keys.OUTBOX_SHARDS)
            for item in read.collection(ctx, keys.audit_partition(ctx, shard, hour).removeprefix(keys.prefix(ctx)))[0]]


def raw(firm: Firm, operation: str, **parameters: Any) -> None:
    """What somebody could do who got hold of the table itself."""
    client.call(firm.ctx(), operation, {"TableName": client.table_name(), **parameters})


def test_sealed_hours_are_whole_and_sealing_twice_seals_once(anne: Browser, firm: Firm) -> None:
    assert sealing.seal(later(firm)) >= 1 and sealing.seal(later(firm)) == 0
    found = sealing.check(later(firm), *days(firm))
    assert (found.findings, found.records) == ((), len(stored(firm)))


@pytest.mark.parametrize("deed", ["alter", "delete", "add", "unseal", "reseal"])
def test_whoever_touches_what_was_sealed_is_found(anne: Browser, firm: Firm, deed: str) -> None:
    sealing.seal(later(firm))
    victim = stored(firm)[0]
    at = {"pk": {"S": victim.key.pk}, "sk": {"S": victim.key.sk}}
    ctx = firm.ctx()
    if deed == "alter":
        raw(firm, "UpdateItem", Key=at, UpdateExpression="SET packed = :p",
            ExpressionAttributeValues={":p": {"B": victim.packed + b" "}})
    elif deed == "delete":
        raw(firm, "DeleteItem", Key=at)
    elif deed == "add":
        from chalicelib.storage import single

        single.put(ctx, replace(victim, key=Key(victim.key.pk, victim.key.sk[:-4] + "0000")))
    else:
        seals, _ = read.collection(ctx, "AUDIT_SEALS#hours")
        key = {"pk": {"S": seals[-1].key.pk}, "sk": {"S": seals[-1].key.sk}}
        if deed == "unseal":
            raw(firm, "DeleteItem", Key=key)
        else:
            text = seals[-1].data.replace('"signature":"', '"signature":"x')
            raw(firm, "UpdateItem", Key=key, UpdateExpression="SET #d = :d", ExpressionAttributeNames={"#d": "data"},
                ExpressionAttributeValues={":d": {"S": text}})
    found = sealing.check(later(firm), *days(firm))
    assert {each.code for each in found.findings} & {"altered", "broken", "unsealed"}, found


def test_an_hour_is_sealed_when_nothing_of_it_can_be_on_its_way_and_soon_then(anne: Browser, firm: Firm) -> None:
    """67 minutes at most: seven minutes past the hour, which is later than the longest function runs."""
    configured = json.loads((Path(__file__).resolve().parents[2] / ".chalice" / "config.json").read_text())
    timeouts = re.findall(r"'lambda_timeout': (\d+)", str(configured))
    assert max(map(int, timeouts)) < SETTLED.total_seconds() < SEALED_AT * 60
    [beat] = [each for each in SCHEDULES if each.name == "audit_seal"]
    assert beat.expression == f"cron({SEALED_AT} * * * ? *)"
    hour = firm.ctx().now.replace(minute=0, second=0, microsecond=0)
    at = lambda minutes: replace(firm.ctx(), now=hour + timedelta(minutes=60 + minutes))
    assert sealing.seal(at(5)) == 0 and sealing.seal(at(SEALED_AT)) >= 1
    assert sealing.seal(at(SEALED_AT)) == 0, "a beat that comes again finds nothing to do"


def test_a_check_wants_days_and_a_month_at_most(anne: Browser) -> None:
    for question in ("", "?from=2026-11-24", "?from=x&to=y", "?from=2026-01-01&to=2026-03-01",
                     "?from=2026-02-01&to=2026-01-01"):
        status, _, body = anne.call("GET", f"/api/audit/check{question}", None, {"cookie": anne.cookie})
        assert status == 400 and body["code"] in ("date", "period"), question


def test_a_record_stands_once_or_not_at_all(anne: Browser, firm: Firm) -> None:
    """What is refused leaves no trace of having been done."""
    before = len(find(anne))
    assert anne.send("PUT", "/company", {**HOME, "iban": "FR00"})[0] == 400
    assert anne.send("PUT", "/company", HOME, {"if-match": '"1"'})[0] == 412
    with patch.object(client, "check_tenant", side_effect=TenantBreach("x")):
        assert anne.send("PUT", "/company", HOME)[0] == 500
    assert len(find(anne)) == before
