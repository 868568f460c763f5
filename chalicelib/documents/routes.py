"""`/api/documents`: papers with their files, and the tenant's branding."""

from __future__ import annotations

from typing import Any

from chalicelib.documents import branding, service
from chalicelib.documents.model import (
    BRANDING,
    FINAL_KINDS,
    FORMATS,
    PAPER,
    Branding,
    ChangeBranding,
    NewLogo,
    NewPaper,
    Paper,
    PaperRow,
)
from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Stale
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import LOADERS, Answer, Parameter, Request
from chalicelib.runtime.resources import Listing, Resource, mount
from chalicelib.storage import read

api = Api("documents")


def _shown(ctx: Context, paper: Paper) -> Any:
    service.check_within(ctx, paper)
    service.check_may_see(ctx, paper.paper_kind)
    return codec.plain(paper)


def _visible(ctx: Context, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows without invoices, for whoever may not see these, and without what is outside the caller's scope."""
    if ctx.scope.is_limited:
        seen = service.within_scope(ctx, [(str(row["id"]), str(row["subject_kind"]), str(row["subject_id"]),
                                           str(row["part_id"])) for row in rows])
        rows = [row for row in rows if row["id"] in seen]
    return rows if ctx.allows("invoices.read") else [row for row in rows if row["paper_kind"] not in FINAL_KINDS]


mount(api, Resource(
    document=PAPER, path="/papers", read="documents.read", write="documents.write",
    listings={"": Listing("by_list", "PAPER")}, filters=("paper_kind", "part_id"),
    lookups={"subject_id": Listing("by_ref", "PAPERS_OF#{}", newest_first=False)},
    create=service.create_paper, create_body=NewPaper, row=PaperRow,
    present=_shown, shape=Paper, complete=_visible))


@api.get("/papers/{paper_id}/files/{format_name}", permission="documents.read", produces="application/octet-stream",
         parameters=(Parameter("download", "1 to save it instead of showing it"),), others={304: None})
def read_paper_file(ctx: Context, request: Request[Any], paper_id: str, format_name: str) -> Answer:
    """A file of a paper: pdf, cii (the XML inside the PDF) or ubl. Its tag is the digest of its bytes."""
    paper = read.get(ctx, PAPER, paper_id)
    service.check_within(ctx, paper)
    service.check_may_see(ctx, paper.paper_kind)
    file, content = service.file_of(ctx, paper, format_name)
    tag = f'"{file.sha256}"'
    how = "attachment" if request.query.get("download") == "1" else "inline"
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff",
               "Content-Disposition": f'{how}; filename="{file.file_name}"'}
    if request.headers.get("if-none-match", "").removeprefix("W/") == tag:
        return Answer("", 304, headers, content_type="text/plain")
    content_type = FORMATS[format_name][1]
    return Answer(content if format_name == "pdf" else content.decode(), 200, headers, content_type=content_type)


@api.get("/branding", permission="tenants.read", answer=Branding)
def read_branding(ctx: Context, request: Request[Any]) -> Branding:
    """How the company's papers look."""
    return branding.current(ctx)


def _current(ctx: Context, request: Request[Any]) -> Branding:
    found = branding.current(ctx)
    if request.if_match is not None and request.if_match != found.version:
        raise Stale(BRANDING.kind)
    return found


@api.put("/branding", permission="tenants.manage", body=ChangeBranding, answer=Branding)
def change_branding(ctx: Context, request: Request[ChangeBranding]) -> Branding:
    """Replace colours and footer. Papers made before keep their look."""
    return branding.change(ctx, _current(ctx, request), request.body)


@api.put("/branding/logo", permission="tenants.manage", body=NewLogo, answer=Branding)
def change_logo(ctx: Context, request: Request[NewLogo]) -> Branding:
    """Replace the logo: PNG, JPEG, WebP, or an SVG that is nothing but a drawing."""
    return branding.change_logo(ctx, _current(ctx, request), request.body)


@api.delete("/branding/logo", permission="tenants.manage", answer=Branding)
def remove_logo(ctx: Context, request: Request[Any]) -> Branding:
    """Take the logo away."""
    return branding.remove_logo(ctx, _current(ctx, request))


@api.get("/branding/preview", permission="tenants.read", produces="image/png", parameters=(
    Parameter("primary_colour", "#rrggbb"), Parameter("secondary_colour", "#rrggbb"), Parameter("footer_text")))
def preview_branding(ctx: Context, request: Request[Any]) -> Answer:
    """A sample paper as a picture, with these colours and footer, or the present ones."""
    chosen = branding.current(ctx)
    wanted = ChangeBranding(primary_colour=request.query.get("primary_colour", chosen.primary_colour),
                            secondary_colour=request.query.get("secondary_colour", chosen.secondary_colour),
                            footer_text=request.query.get("footer_text", chosen.footer_text))
    return Answer(branding.preview(ctx, wanted), 200, {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
                  content_type="image/png")


LOADERS[BRANDING.kind] = lambda ctx, _: branding.current(ctx)
