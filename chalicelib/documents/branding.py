"""Use cases of branding: what the tenant's papers look like, and how that looks before it is kept."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date

from chalicelib.catalog import media
from chalicelib.documents import drawing, formats, model
from chalicelib.documents.model import BRANDING, BRANDING_ID, Branding, ChangeBranding, NewLogo
from chalicelib.documents.sales_papers import legal_line, sender
from chalicelib.documents.sheet import Block, Column, Fact, Look, Sheet, SheetLine, TotalLine
from chalicelib.documents.words import words
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid
from chalicelib.storage import blobs, read
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants import service as tenants
from chalicelib.tenants.model import Company
from chalicelib.tenants.selling import entitlements


def current(ctx: Context) -> Branding:
    """The tenant's branding; the plain one until somebody chooses."""
    return read.find(ctx, BRANDING, BRANDING_ID) or Branding()


def _saved(transaction: Transaction, old: Branding, new: Branding) -> Branding:
    kept = transaction.create(BRANDING, new) if old.version == 0 else transaction.save(BRANDING, old, new)
    transaction.emit("BrandingUpdated", "branding", BRANDING_ID, kept.version)
    transaction.answers(200, BRANDING.kind, BRANDING_ID, kept.version)
    transaction.commit()
    return kept


def change(ctx: Context, old: Branding, body: ChangeBranding) -> Branding:
    """Other colours and footer. Papers made before keep their look. Raises Invalid, Stale."""
    return _saved(Transaction(ctx), old, model.changed_branding(old, body))


def change_logo(ctx: Context, old: Branding, body: NewLogo) -> Branding:
    """Another logo: recognised by its bytes, an SVG only when it is nothing but a drawing, and drawn once before it is kept.
    Raises Invalid."""
    content = media.decode(body.content_base64, model.MAX_LOGO)
    content_type = media.content_type(content)
    name = f"logo/{hashlib.sha256(content).hexdigest()[:32]}.{media.EXTENSIONS[content_type]}"
    new = replace(old, logo=name)
    try:
        drawing.picture(sample(tenants.company(ctx), model.look_of(new), ctx.locale, ctx.now.date()), content)
    except drawing.CannotDraw:
        raise Invalid("logo_unreadable", "This picture cannot be drawn.", {"content_base64": "unreadable"}) from None
    transaction = Transaction(ctx)
    entitlements.require_storage(transaction, len(content))
    blobs.put(ctx, name, content, content_type)
    return _saved(transaction, old, new)


def remove_logo(ctx: Context, old: Branding) -> Branding:
    """No logo any more; papers made with it keep it."""
    if old.logo:
        return _saved(Transaction(ctx), old, replace(old, logo=""))
    unchanged = Transaction(ctx)
    unchanged.answers(200, BRANDING.kind, BRANDING_ID, old.version)
    unchanged.commit()
    return old


def preview(ctx: Context, body: ChangeBranding) -> bytes:
    """A sample paper as PNG, with these colours and the logo there is. Raises Invalid."""
    chosen = model.changed_branding(current(ctx), body)
    logo = blobs.get(ctx, chosen.logo) if chosen.logo else b""
    return drawing.picture(sample(tenants.company(ctx), model.look_of(chosen), ctx.locale, ctx.now.date()), logo)


def sample(company: Company, look: Look, locale: str, day: date) -> Sheet:
    """A made-up order confirmation in the tenant's name. Pure."""
    said = words(locale)
    price, two, total = (formats.amount(model.SAMPLE_PRICE * count, "EUR", locale) for count in (1, 2, 6))
    names = ("Carnet A5, encre bleue", "Stylo plume", "Papier vergé") if locale == "fr" else (
        "A5 notebook, blue ink", "Fountain pen", "Laid paper")
    return Sheet(
        template="commercial", locale=locale, title=said["order_confirmation"], number="2026-00042", made_on=day,
        author=company.trade_name or company.legal_name, look=look, sender=Block(title="", lines=sender(company, said)),
        recipient=Block(title=said["bill_to"], lines=("Camille Roux", "8 rue Pasteur", "69007 Lyon")),
        facts=(Fact(label=said["placed_at"], value=formats.day(day, locale)),),
        columns=(Column(title=said["item"], share=8, align="start"), Column(title=said["quantity"], share=2),
                 Column(title=said["unit_price"], share=3), Column(title=said["net_amount"], share=3)),
        lines=tuple(SheetLine(cells=(name, "2", price, two)) for name in names),
        totals=(TotalLine(label=said["total_without_vat"], value=total, is_strong=True),),
        legal_line=legal_line(company), page_words=said["page"])
