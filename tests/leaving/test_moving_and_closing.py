"""A company takes its data to another place, and the place it left forgets it once the law allows."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.channels.model import CONNECTION
from chalicelib.events import jobs as job_events
from chalicelib.kernel.context import Command, Context
from chalicelib.kernel.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from chalicelib.kernel.job import Job
from chalicelib.leaving import archive, closing, exporting, importing
from chalicelib.leaving.closing import RequestClosure
from chalicelib.leaving.families import BY_NAME
from chalicelib.leaving.model import ImportExport
from chalicelib.ledger import checkpoints
from chalicelib.ledger import service as ledger
from chalicelib.ledger.model import ReverseEntry
from chalicelib.parties.model import CustomerBody
from chalicelib.parties.service import create_customer
from chalicelib.runtime import sessions
from chalicelib.runtime.worker import tenant_work
from chalicelib.storage import blobs, client, read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants.model import TENANT
from tests.isolation.people import Firm
from tests.isolation.world import Company, tapped
from tests.leaving.moving import exported, imported, upload
from tests.working import worked

MARK = "MARKLEAV0R"


@dataclass
class Move:
    """The company that leaves, its export, and the place it arrives in."""

    left: Company
    job: Job
    content: bytes
    arrived: Firm
    import_job: Job


@pytest.fixture(scope="module")
def move(engine: Any) -> Iterator[Move]:
    with tapped():
        left = Company("leaver", MARK).fill()
    job, content = exported(left.step())
    arrived = Firm("arrived", "MARKNEW2X").found()
    yield Move(left, job, content, arrived, imported(arrived.ctx(), content))


def step(firm: Firm) -> Context:
    ctx = firm.ctx()
    return replace(ctx, command=Command(f"step:{ctx.chance.token(8).hex()}"))


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as found:
        return {name: found.read(name) for name in found.namelist()}


def test_the_export_holds_everything_and_no_secret(move: Move) -> None:
    found = members(move.content)
    manifest = json.loads(found["manifest.json"])
    for part in manifest["parts"]:
        content = found[part["name"]]
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (part["sha256"], part["size_bytes"])
    for line in map(json.loads, found["files.jsonl"].splitlines()):
        assert hashlib.sha256(found[line["name"]]).hexdigest() == line["sha256"]
    text = b"\n".join(content for name, content in found.items() if name.startswith("data/") and "audit" not in name).decode()
    assert b'"s1.' not in found["data/audit.jsonl"], "the audit names secret fields, never what they hold"
    for secret in ("s1.", "secret_hash", "sealed_", "token_hash", "lgn_"):
        assert secret not in text, secret
    customers = found["data/customer.csv"].decode("utf-8-sig").splitlines()
    assert len(customers) == 3 and customers[0].startswith("key;sort;id;name;company_name;email")
    assert all(f"data/{name}.csv" in found and f"data/{name}.jsonl" in found for name in ("sales_order", "entry", "user"))
    exported_keys = {(line["key"], line["sort"]) for name, content in found.items() if name.endswith(".jsonl")
                     and name.startswith("data/") for line in map(json.loads, content.splitlines())}
    for (partition, sort), _ in move.left.dump().items():
        name = partition.removeprefix("T#leaver#")
        family = BY_NAME.get(name.partition("#")[0].lower())
        assert family is not None, name
        is_document = sort == "#" and "#" not in name.partition("#")[2]
        if family.fate == "kept" and family.document and is_document:
            assert (name, sort) in exported_keys, f"{name} is stored and not exported"


def test_the_state_that_arrives_is_equal(move: Move) -> None:
    """Equal by the canonical hash, and by what people see: lists, stock, balances, the next number, the chain."""
    job = move.import_job
    assert job.state == "done" and job.problem_count == 0, (job.failure_code, job.failure_detail)
    here, there = step(move.left), step(move.arrived)
    assert exporting.state_hash(there).whole() == exporting.state_hash(here).whole() == json.loads(
        members(move.content)["manifest.json"])["canonical_hash"]
    for list_name in ("CUSTOMER", "PRODUCT", "ORDER", "STOCK_LEVEL", "INVOICE", "PAYMENT"):
        mine, theirs = (read.query(each, "by_list", list_name).items for each in (here, there))
        assert [read.public(row) for row in mine] == [read.public(row) for row in theirs] != []
    for year in checkpoints.years(there):
        assert [checkpoints.verify_whole(there, year, journal) for journal in year.journals] == [None] * len(year.journals)
    assert {name for name, _ in blobs.names(here, "papers")} == {name for name, _ in blobs.names(there, "papers")}


def test_the_books_go_on_in_the_new_place(move: Move) -> None:
    """The next entry follows the last imported one; the chain of both halves verifies, and a change in either is found."""
    ids, ctx = move.left.ids, step(move.arrived)
    year = next(iter(checkpoints.years(ctx)))
    before = ledger.find_entry(ctx, ids["entry"])
    made = ledger.reverse_entry(step(move.arrived), before.id, ReverseEntry(entry_date=before.entry_date))
    assert made.number == 3 and made.previous_hash == ledger.find_entry(ctx, ids["entry"][:-1] + "2").hash
    assert checkpoints.verify_whole(ctx, year, before.journal) is None
    with pytest.raises(Conflict) as taken:
        create_customer(step(move.arrived), CustomerBody(name="Une autre Zoé", email=f"zoe@{MARK.lower()}.example"))
    assert taken.value.code == "customer_email_taken", "guards hold under the new company's own keyed hashes"


def test_an_import_wants_an_empty_company(move: Move) -> None:
    with pytest.raises(Conflict) as refused:
        imported(step(move.arrived), move.content)
    assert refused.value.code == "not_empty"
    with pytest.raises(NotFound):
        importing.start(step(move.arrived), ImportExport(upload_id="upl_00000000000000000000000000"))


def again(content: bytes, change: Callable[[dict[str, bytes]], None], keep_digests: bool = False) -> bytes:
    """The archive with a change; with its digests made right again, unless they are what is wrong."""
    found = members(content)
    change(found)
    manifest = json.loads(found["manifest.json"])
    for part in manifest["parts"]:
        if not keep_digests and part["name"] in found:
            part |= {"sha256": hashlib.sha256(found[part["name"]]).hexdigest(), "size_bytes": len(found[part["name"]])}
    found["manifest.json"] = json.dumps(manifest).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, each in found.items():
            made.writestr(name, each)
    return out.getvalue()


def _set(name: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], None]:
    def change(found: dict[str, bytes]) -> None:
        assert old in found[name], (name, old)
        found[name] = found[name].replace(old, new, 1)

    return change


def _add(name: str, content: bytes) -> Callable[[dict[str, bytes]], None]:
    return lambda found: found.update({name: content})


REFUSED: dict[str, tuple[str, Callable[[dict[str, bytes]], None]]] = {
    "a path that leaves the archive": ("archive_member", _add("files/../../etc/passwd", b"x")),
    "a file no export has": ("archive_member", _add("data/run.sh", b"x")),
    "a bomb": ("archive_bomb", _add("data/customer.csv", b"\0" * 30_000_000)),
    "no manifest": ("archive_member", lambda found: found.update({"Manifest.json": found["manifest.json"]})),
    "a newer version": ("archive_version", _set("manifest.json", b'"format_version": 1', b'"format_version": 9')),
    "another currency": ("currency", _set("manifest.json", b'"currency": "EUR"', b'"currency": "USD"')),
    "a part that is missing": ("archive_part", lambda found: found.pop("data/customer.jsonl") and None),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_archive_is_refused_at_once(move: Move, name: str) -> None:
    code, change = REFUSED[name]

    def plain(found: dict[str, bytes]) -> None:
        found["manifest.json"] = json.dumps(json.loads(found["manifest.json"])).encode()
        change(found)

    firm = Firm("refuser", "MARKREF")
    if read.find(firm.ctx(), TENANT, "refuser") is None:
        firm.found()
    with pytest.raises(DomainError) as refused:
        importing.start(step(firm), ImportExport(upload_id=upload(step(firm), again(move.content, plain))))
    assert refused.value.code == code


def test_a_text_that_is_no_archive(move: Move) -> None:
    for content in (b"not a zip", move.content[: len(move.content) // 2]):
        with pytest.raises(Invalid) as refused:
            importing.start(step(move.arrived), ImportExport(upload_id=upload(step(move.arrived), content)))
        assert refused.value.code == "archive_syntax"


def test_what_is_wrong_is_named_by_file_line_and_column(move: Move) -> None:
    """A dry run tells everything at once and writes nothing; the import itself stops there too."""
    firm = Firm("checker", "MARKCHK").found()

    def change(found: dict[str, bytes]) -> None:
        _set("data/customer.jsonl", b'"created_at":"2', b'"created_at":"then 2')(found)
        _set("data/sales_order.jsonl", b'"key":"SALES_ORDER#', b'"key":"INVOICE#')(found)
        found["data/product.jsonl"] += b"{\n"

    before = Company.dump(firm).keys()
    for dry_run in (True, False):
        job = imported(step(firm), again(move.content, change), dry_run)
        told = {(each.path, each.line, each.column, each.code) for each in job_events.problems(step(firm), job.id)}
        assert ("data/customer.jsonl", 1, "customer.created_at", "validation") in told
        assert ("data/sales_order.jsonl", 1, "sales_order.key", "line_key") in told
        assert {code for path, _, _, code in told if path == "data/product.jsonl"} == {"json_syntax"}
    written = {key for key in Company.dump(firm).keys() - before if not any(
        word in key[0] for word in ("#JOB", "#COMMAND#", "#OUTBOX#", "#AUDIT#"))}
    assert not written, "nothing is written before everything is right"


def test_a_changed_part_is_found_by_its_digest(move: Move) -> None:
    firm = Firm("digester", "MARKDIG").found()
    job = imported(step(firm), again(move.content, _set("data/customer.jsonl", b"Luc ", b"Lea "), keep_digests=True))
    assert (job.state, job.failure_code) == ("failed", "archive_digest")


def test_a_state_that_is_not_equal_is_not_called_so(move: Move) -> None:
    """The broken variant: a line changed with its digest made right. The canonical hash finds it, and names the family."""
    firm = Firm("unequal", "MARKUNE").found()
    content = again(move.content, _set("data/customer.jsonl", b"Luc ", b"Lea "))
    job = importing.start(step(firm), ImportExport(upload_id=upload(step(firm), content)))
    job = worked(step(firm), job, importing.work)
    assert (job.state, job.failure_code) == ("failed", "not_equal") and "customer" in job.failure_detail
    whole = imported(step(firm), content)
    assert whole.failure_code == "not_equal", "the same export may be tried again over what it left"


# -- closing ---------------------------------------------------------------------------------------------------------------


def stored(tenant_id: str) -> dict[str, str]:
    """Whatever the table holds of a tenant, by a scan."""
    found: dict[str, str] = {}
    start: dict[str, Any] = {}
    while True:
        answer = client.client().scan(TableName=client.table_name(), FilterExpression="begins_with(pk, :p)",
                                      ExpressionAttributeValues={":p": {"S": f"T#{tenant_id}#"}}, **start)
        found |= {f"{wire['pk']['S']} {wire['sk']['S']}": str(wire) for wire in answer["Items"]}
        if "LastEvaluatedKey" not in answer:
            return found
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def beat(days: float) -> None:
    """The schedule's beat, so many days from now."""
    ctx = tenant_work("leaver", "leaving_closures")
    closing.end_companies(replace(ctx, now=ctx.now + timedelta(days=days)))


def families(tenant_id: str) -> set[str]:
    return {name.removeprefix(f"T#{tenant_id}#").partition("#")[0] for name in stored(tenant_id)}


def test_a_company_closes_with_a_month_to_change_its_mind(move: Move) -> None:
    left, name = move.left, f"Maison {MARK}"
    with pytest.raises(Conflict) as refused:
        closing.request(step(left), RequestClosure(confirm=name))
    assert refused.value.code == "shops_connected"
    tx = Transaction(step(left))
    tx.remove(CONNECTION, read.get(step(left), CONNECTION, left.ids["connection"]))
    tx.commit()
    with pytest.raises(Invalid):
        closing.request(step(left), RequestClosure(confirm="Maison"))
    closing.request(step(left), RequestClosure(confirm=name))
    with pytest.raises(Conflict):
        closing.request(step(left), RequestClosure(confirm=name))
    closing.withdraw(step(left))
    before = stored("leaver").keys()
    beat(400)
    assert stored("leaver").keys() == before, "who changed their mind loses nothing"
    closing.request(step(left), RequestClosure(confirm=name))
    before = stored("leaver").keys()
    beat(29)
    assert stored("leaver").keys() == before, "nor does anybody before the month is over"
    left.say("GET", "/api/leaving/closure", expect=200)


def test_then_only_what_the_law_wants_is_kept(move: Move) -> None:
    beat(31)
    kept = families("leaver") - {"COMMAND", "OUTBOX", "RATE", "AUDIT"}
    assert kept <= closing.LEGAL | {"UNIQUE"} and {"ENTRY", "INVOICE", "PAPER", "PAYMENT"} <= kept
    assert not {"CUSTOMER", "PRODUCT", "USER", "CONNECTION", "WORD", "SIGN_IN", "TIMELINE", "JOB"} & kept
    assert {name.partition("/")[0] for name, _ in blobs.names(step(move.left), "")} <= closing.LEGAL_FOLDERS
    for year in checkpoints.years(step(move.left)):
        assert [checkpoints.verify(step(move.left), year, journal) for journal in year.journals] == [None] * len(year.journals)
    with pytest.raises((Forbidden, DomainError)):
        sessions.authenticate(move.left.headers("owner"), "GET", lambda **named: replace(move.left.ctx(), **named))
    beat(365)
    assert families("leaver") >= {"ENTRY", "INVOICE"}, "an archive is not erased before its time"


def test_and_at_last_nothing(move: Move) -> None:
    """Proved by a scan of table and bucket for the company and its mark; no message lives as long as the month of grace."""
    end = closing.closure(step(move.left)).erase_after
    assert end is not None
    beat((end - move.left.ctx().now.date()).days + 2)
    beat((end - move.left.ctx().now.date()).days + 3)
    assert stored("leaver") == {} and blobs.names(move.left.ctx(), "") == []
    assert "leaver" not in sessions.active_tenants()
    for page in client.client().get_paginator("scan").paginate(TableName=client.table_name()):
        for wire in page["Items"]:
            if not wire["pk"]["S"].startswith(("T#", "P#MAIL")):
                assert MARK not in str(wire), wire["pk"]["S"]
    sqs = client.client("sqs")
    for url in sqs.list_queues()["QueueUrls"]:
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["MessageRetentionPeriod"])["Attributes"]
        assert timedelta(seconds=int(attributes["MessageRetentionPeriod"])) < closing.GRACE


def test_pieces_are_read_as_one_file(move: Move) -> None:
    """An upload in many small pieces is the same archive."""
    ctx = step(move.arrived)
    whole = archive.Pieces(ctx, upload(ctx, move.content, 50_000))
    assert io.BufferedReader(whole).read() == move.content
    with pytest.raises(Conflict) as gap:
        upload_id = upload(ctx, move.content, 50_000)
        blobs.delete(ctx, archive.piece_name(upload_id, 1))
        archive.uploaded(ctx, upload_id)
    assert gap.value.code == "upload_gap"
