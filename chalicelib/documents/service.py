"""Use cases of papers: making them, giving their files, drawing them again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from chalicelib.documents import branding, drawing, model, sales_papers
from chalicelib.documents.invoices import invoice_sheet, on_paper_only
from chalicelib.documents.model import FORMATS, PAPER, Draft, NewPaper, Paper, PaperFile, Source
from chalicelib.documents.sales_papers import Maker
from chalicelib.einvoice import cii, ubl
from chalicelib.einvoice.model import Invoice
from chalicelib.einvoice.rules_amounts import MOST_DECIMALS
from chalicelib.invoicing import service as invoicing
from chalicelib.invoicing.model import INVOICE
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Conflict, Invalid, NotFound, Stale
from chalicelib.kernel.ids import derived_id
from chalicelib.kernel.money import exponent
from chalicelib.parties.model import CUSTOMER
from chalicelib.sales.delivery import DELIVERY
from chalicelib.sales.model import ORDER, Order, is_tombstone
from chalicelib.storage import blobs, read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants import service as tenants
from chalicelib.tenants.selling import entitlements

ATTEMPTS = 4
_UNCONFIRMED = ("draft", "cancelled")


def paper_id(paper_kind: str, subject_id: str, part_id: str = "") -> str:
    """The one id a paper can have: asked for twice, it is found, not made twice."""
    return derived_id("pap", paper_kind, subject_id, part_id)


# -- what papers are made of ----------------------------------------------------------------------------------------


def _maker(ctx: Context, order: Order) -> tuple[Maker, str]:
    """Who writes, in the customer's language where one is known; and the logo's file."""
    customer = read.find(ctx, CUSTOMER, order.customer_id) if order.customer_id else None
    tenant, chosen = tenants.tenant(ctx), branding.current(ctx)
    locale = customer.locale if customer is not None else tenant.locale
    company, look = tenants.company(ctx), model.look_of(chosen)
    return Maker(company=company, look=look, locale=locale, time_zone=tenant.time_zone), chosen.logo


def order_drafts(ctx: Context, order_id: str) -> list[Draft]:
    """The order's confirmation; nothing of a draft, a sample, a cancelled order, or one cancelled before we knew it."""
    order = read.find(ctx, ORDER, order_id)
    if order is None or order.is_sample or is_tombstone(order) or order.state in _UNCONFIRMED:
        return []
    maker, logo = _maker(ctx, order)
    sheet = sales_papers.confirmation_sheet(order, maker)
    return [Draft(paper_kind="order_confirmation", subject_kind="sales_order", subject_id=order.id,
                  subject_version=order.version, source=Source(sheet=sheet, logo=logo))]


def delivery_drafts(ctx: Context, delivery_id: str, only_needed: bool = False) -> list[Draft]:
    """A delivery's note and address label, kept with its order; nothing of one that was cancelled or never was. With
    `only_needed` no label where a carrier's, or the shop's own, is on the parcel."""
    delivery = read.find(ctx, DELIVERY, delivery_id)
    if delivery is None or delivery.state == "cancelled":
        return []
    order = read.get(ctx, ORDER, delivery.order_id)
    maker, logo = _maker(ctx, order)
    sheets = (("delivery_note", sales_papers.delivery_note_sheet(order, delivery, maker)),
              ("address_label", sales_papers.address_label_sheet(order, delivery, maker)))
    labelled = delivery.by_channel or any(parcel.label or parcel.tracking_number for parcel in delivery.parcels)
    return [Draft(paper_kind=kind, subject_kind="sales_order", subject_id=order.id, part_id=delivery.id,
                  subject_version=delivery.version, source=Source(sheet=sheet, logo=logo))
            for kind, sheet in sheets if not (only_needed and labelled and kind == "address_label")]


def invoice_draft(ctx: Context, invoice: Invoice, invoice_id: str, version: int, locale: str) -> Draft:
    """An issued invoice's or credit note's paper, with both its XML documents; without them in a currency of three decimals,
    which EN 16931 does not know."""
    chosen = branding.current(ctx)
    sheet = invoice_sheet(invoice, model.look_of(chosen), locale)
    is_electronic = exponent(invoice.currency) <= MOST_DECIMALS
    source = Source(sheet=sheet if is_electronic else on_paper_only(sheet), logo=chosen.logo,
                    invoice=invoice if is_electronic else None)
    return Draft(paper_kind="credit_note" if invoice.is_credit_note else "invoice", subject_kind=INVOICE.kind,
                 subject_id=invoice_id, subject_version=version, source=source)


def invoice_drafts(ctx: Context, invoice_id: str) -> list[Draft]:
    """The paper of an invoice or credit note that is issued; nothing of a draft."""
    invoice = read.find(ctx, INVOICE, invoice_id)
    if invoice is None or invoice.state == "draft":
        return []
    return [invoice_draft(ctx, invoicing.einvoice(ctx, invoice_id), invoice.id, invoice.version, invoice.locale)]


# -- making ---------------------------------------------------------------------------------------------------------


def drawn(ctx: Context, source: Source) -> dict[str, bytes]:
    """The files of a source by format. The same source always gives the same bytes."""
    logo = blobs.get(ctx, source.logo) if source.logo else b""
    if source.invoice is None:
        return {"pdf": drawing.pdf(source.sheet, logo)}
    xml = cii.write(source.invoice)
    return {"pdf": drawing.pdf(source.sheet, logo, xml), "cii": xml, "ubl": ubl.write(source.invoice)}


def make(ctx: Context, drafts: Callable[[], Sequence[Draft]]) -> list[Paper]:
    """Makes the papers that `drafts` answers, as the world stands, where they differ from what is there; answers those made.

    Files first, under the digests of their bytes; then the papers and their events in one transaction. When somebody else
    made one of them meanwhile, everything is read again. An issued invoice's paper is made once and never replaced.
    Raises Conflict when others keep being faster."""
    for _ in range(ATTEMPTS):
        wanted = list(drafts())
        ids = [paper_id(each.paper_kind, each.subject_id, each.part_id) for each in wanted]
        before = read.get_many(ctx, PAPER, ids)
        fresh = [(draft, i, before.get(i)) for draft, i in zip(wanted, ids, strict=True) if _is_new(draft, before.get(i))]
        if not fresh:
            return []
        try:
            return _written(ctx, fresh)
        except (Stale, Conflict):
            continue
    raise Conflict("papers_busy", "Somebody else is making these papers; ask again.")


def _is_new(draft: Draft, before: Paper | None) -> bool:
    if before is None:
        return True
    return (draft.paper_kind not in model.FINAL_KINDS and draft.subject_version >= before.subject_version
            and _digest(_stored(draft.source)) != before.source_sha256)


def _written(ctx: Context, fresh: Sequence[tuple[Draft, str, Paper | None]]) -> list[Paper]:
    transaction = Transaction(ctx)
    made, size = [], 0
    for draft, document_id, before in fresh:
        stored, files = _stored(draft.source), drawn(ctx, draft.source)
        blobs.put(ctx, f"papers/{_digest(stored)}.json", stored, "application/json")
        kept = tuple(_kept(ctx, draft, format_name, content) for format_name, content in files.items())
        size += sum(each.size_bytes for each in kept)
        paper = Paper(
            id=document_id, paper_kind=draft.paper_kind, subject_kind=draft.subject_kind, subject_id=draft.subject_id,
            part_id=draft.part_id, subject_version=draft.subject_version, number=draft.source.sheet.number,
            locale=draft.source.sheet.locale, source_sha256=_digest(stored), files=kept, made_at=ctx.now)
        made.append(transaction.create(PAPER, paper) if before is None else transaction.save(
            PAPER, before, replace(paper, version=before.version)))
        transaction.emit("PaperMade", draft.subject_kind, draft.subject_id, 0, {
            "paper_kind": paper.paper_kind, "number": paper.number, "paper_id": paper.id, "sha256": kept[0].sha256})
    entitlements.count_storage(transaction, size)
    transaction.answers(201, PAPER.kind, made[-1].id, made[-1].version)
    transaction.commit()
    return made


def _stored(source: Source) -> bytes:
    return codec.encode(source).encode()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _blob(file: PaperFile) -> str:
    return f"papers/{file.sha256}.{FORMATS[file.format][0]}"


def _kept(ctx: Context, draft: Draft, format_name: str, content: bytes) -> PaperFile:
    """The file in the bucket, under the digest of its bytes."""
    ending, content_type = FORMATS[format_name]
    name = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in draft.source.sheet.number)
    file = PaperFile(format=format_name, file_name=f"{draft.paper_kind}-{name}.{ending}", size_bytes=len(content),
                     sha256=_digest(content))
    blobs.put(ctx, _blob(file), content, content_type)
    return file


def create_paper(ctx: Context, body: NewPaper) -> Paper:
    """A paper somebody asks for: the one that is there when nothing changed. Raises Invalid, NotFound."""
    if body.paper_kind == "order_confirmation":
        drafts = lambda: order_drafts(ctx, body.subject_id)
    elif body.paper_kind in ("delivery_note", "address_label"):
        drafts = lambda: [each for each in delivery_drafts(ctx, body.part_id)
                          if (each.paper_kind, each.subject_id) == (body.paper_kind, body.subject_id)]
    elif body.paper_kind in model.FINAL_KINDS:
        check_may_see(ctx, body.paper_kind)
        drafts = lambda: [each for each in invoice_drafts(ctx, body.subject_id) if each.paper_kind == body.paper_kind]
    else:
        raise Invalid("paper_kind", "There is no such kind of paper.", {"paper_kind": f"one of {', '.join(model.PAPER_KINDS)}"})
    made = make(ctx, drafts)
    if made:
        return made[0]
    found = read.get(ctx, PAPER, paper_id(body.paper_kind, body.subject_id, body.part_id))
    unchanged = Transaction(ctx)
    unchanged.answers(201, PAPER.kind, found.id, found.version)
    unchanged.commit()
    return found


def within_scope(ctx: Context, papers: Iterable[tuple[str, str, str, str]]) -> set[str]:
    """Of these papers (id, kind of subject, subject, part) the ids of those whose order or invoice, and whose delivery, the
    caller may look at."""
    known = list(papers)
    asked = {(kind, subject) for _, kind, subject, _ in known} | {(DELIVERY.kind, part) for *_, part in known if part}
    seen = read.seen(ctx, asked)
    return {i for i, kind, subject, part in known if (kind, subject) in seen and (
        not part or (DELIVERY.kind, part) in seen)}


def check_within(ctx: Context, paper: Paper) -> None:
    """Raises NotFound for a paper of what stands outside the caller's scope."""
    if not within_scope(ctx, [(paper.id, paper.subject_kind, paper.subject_id, paper.part_id)]):
        raise NotFound(PAPER.kind)


def check_may_see(ctx: Context, paper_kind: str) -> None:
    """Whoever may not see invoices sees no invoice on paper either. Raises Forbidden."""
    if paper_kind in model.FINAL_KINDS:
        ctx.require("invoices.read")


# -- giving ---------------------------------------------------------------------------------------------------------


def file_of(ctx: Context, paper: Paper, format_name: str) -> tuple[PaperFile, bytes]:
    """A file of the paper and its bytes: the stored ones, or drawn again from the stored source when they are lost, and
    then checked against the digest they were made with. Raises NotFound; Conflict when they differ."""
    file = next((each for each in paper.files if each.format == format_name), None)
    if file is None:
        raise NotFound("file")
    try:
        return file, blobs.get(ctx, _blob(file))
    except NotFound:
        content = redrawn(ctx, paper)[format_name]
    if _digest(content) != file.sha256:
        raise Conflict("paper_differs", "This paper's file is lost, and drawn again it differs from the original.")
    blobs.put(ctx, _blob(file), content, FORMATS[format_name][1])
    return file, content


def redrawn(ctx: Context, paper: Paper) -> dict[str, bytes]:
    """The paper's files drawn again from its stored source. Raises NotFound when that is lost too."""
    stored = blobs.get(ctx, f"papers/{paper.source_sha256}.json")
    return drawn(ctx, codec.adapter(Source).validate_json(stored))
