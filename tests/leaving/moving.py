"""A company that leaves, and an empty one it arrives in."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.job import Job
from chalicelib.leaving import archive, exporting, importing
from chalicelib.leaving.model import MANIFEST, ImportExport, Manifest, StateHash
from chalicelib.storage import blobs
from tests.working import worked


def exported(ctx: Context) -> tuple[Job, bytes]:
    """The company's export, as its owner downloads it."""
    job = worked(ctx, exporting.start(ctx), exporting.work)
    assert job.state == "done", (job.failure_code, job.failure_detail)
    return job, blobs.get(ctx, exporting.archive_name(job.id))


def upload(ctx: Context, content: bytes, size: int = archive.MAX_PIECE_BYTES) -> str:
    """Puts an archive where an upload puts it; answers the upload."""
    upload_id = ctx.new_id("upl")
    for n, at in enumerate(range(0, len(content), size)):
        blobs.put(ctx, archive.piece_name(upload_id, n), content[at : at + size], "application/octet-stream")
    return upload_id


def imported(ctx: Context, content: bytes, dry_run: bool = False) -> Job:
    """The job that imported an archive, at its end."""
    body = ImportExport(upload_id=upload(ctx, content), dry_run=dry_run)
    return worked(ctx, importing.start(ctx, body), importing.work)


def tiny(currency: str) -> bytes:
    """The smallest export: of a company that has nothing."""
    manifest = Manifest(tenant_id="nowhere", company_name="Rien", currency=currency,
                        exported_at=datetime(2026, 1, 1, tzinfo=UTC), families=(), file_count=0, parts=(),
                        canonical_hash=StateHash().whole())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr(MANIFEST, codec.encode(manifest))
    return out.getvalue()
