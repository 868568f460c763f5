"""Reading the archive of erased persons: for whoever must (a tax audit, a claim), and never without a note of it."""

from __future__ import annotations

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid
from chalicelib.leaving import sealing
from chalicelib.leaving.forgetting import ERASURE, ArchivedDocument, ArchivedList, ArchivedRow
from chalicelib.storage import read
from chalicelib.storage.transaction import Transaction

MAX_REASON = 200


def held(ctx: Context, erasure_id: str) -> ArchivedList:
    """What the archive holds of a person. Raises NotFound."""
    erasure = read.get(ctx, ERASURE, erasure_id)
    return ArchivedList(items=tuple(ArchivedRow(document_kind=kind, document_id=document_id, until=until)
                                    for until, kind, document_id in sealing.held(ctx, erasure.id)))


def read_original(ctx: Context, erasure_id: str, kind: str, document_id: str, reason: str) -> ArchivedDocument:
    """An original, once it is noted who reads it and why. Raises NotFound, also when its term is over; Invalid without a
    reason."""
    erasure = read.get(ctx, ERASURE, erasure_id)
    until, text = sealing.original(ctx, erasure.id, kind, document_id)
    why = " ".join(reason.split())
    if not 3 <= len(why) <= MAX_REASON:
        raise Invalid("reason", f"Say why, in 3 to {MAX_REASON} characters.", {"reason": "required"})
    tx = Transaction(ctx)
    tx.emit("ArchiveRead", ERASURE.kind, erasure.id, erasure.version, {
        "document_kind": kind, "document_id": document_id, "reason": why})
    tx.commit()
    return ArchivedDocument(document_kind=kind, document_id=document_id, until=until, content=codec.load(text))
