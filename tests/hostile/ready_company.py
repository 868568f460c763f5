"""What stands ready of a company's own affairs: roles, samples, what it takes with it and whom it forgets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chalicelib.audit import filing
from chalicelib.kernel.context import Context
from chalicelib.kernel.ids import sortable_id
from chalicelib.kernel.job import JOB, Job
from chalicelib.leaving import erasing, exporting, importing, sealing
from chalicelib.leaving.forgetting import ERASURE, Erasure, Term
from chalicelib.onboarding import sample, wiping
from chalicelib.onboarding.model import Sample
from chalicelib.parties.model import CustomerBody
from chalicelib.parties.service import create_customer
from chalicelib.storage import blobs
from chalicelib.storage.transaction import Transaction
from chalicelib.tenants import roles
from chalicelib.tenants.roles import RoleBody
from tests.hostile.merchant import Merchant

NAMES = ("Ada", "Zoé", "Luc")


class ReadyCompany:
    """`subjects`, `honest` and `queries` as `Ready` has them."""

    def __init__(self, merchant: Merchant) -> None:
        self.merchant = merchant
        made = [self._role(n) for n in range(4)]
        erasures = [self._erasure() for _ in range(2)]
        upload = self._upload()
        self.subjects: dict[str, list[str]] = {
            **{f"{method} /api/tenants/roles/{{role_id}}": made for method in ("GET", "PUT", "DELETE")},
            **self._jobs("/api/leaving/exports", exporting.KIND), **self._jobs("/api/leaving/imports", importing.KIND),
            **self._jobs("/api/leaving/erasure-jobs", erasing.KIND), **self._jobs("/api/onboarding/sample-wipes", wiping.WIPE),
            **self._jobs("/api/onboarding/sample-loads", sample.LOAD), **self._jobs("/api/audit/export-jobs", filing.KIND),
            "GET /api/leaving/erasures/{document_id}": erasures, "GET /api/leaving/archives/{erasure_id}": erasures,
            "PUT /api/leaving/uploads/{upload_id}/parts": [upload]}
        self.honest: dict[str, Any] = {
            "PUT /api/tenants/roles/{role_id}": {"name_fr": "Comptoir {n}", "permissions": ["orders.read"]},
            "POST /api/leaving/erasures": [{"customer_id": self._customer(name), "confirm": name} for name in NAMES],
            "POST /api/leaving/imports": {"upload_id": upload, "dry_run": True}}
        self._samples()

    def _ctx(self) -> Context:
        ctx = self.merchant.ctx()
        return ctx.step(ctx.chance.token(6).hex())

    def _put(self, document: Any, value: Any) -> str:
        transaction = Transaction(self._ctx())
        transaction.create(document, value)
        transaction.commit()
        return str(value.id)

    def _role(self, n: int) -> str:
        ctx = replace(self._ctx(), permissions=frozenset("*"))
        return roles.create(ctx, RoleBody(name_fr=f"Vendeuse {n}", permissions=("orders.read",))).id

    def _customer(self, name: str) -> str:
        return create_customer(self._ctx(), CustomerBody(name=name)).id

    def _job(self, kind: str, state: str) -> str:
        ctx = self._ctx()
        return self._put(JOB, Job(id=ctx.new_id("job"), job_kind=kind, state=state, created_at=ctx.now))

    def _jobs(self, path: str, kind: str) -> dict[str, list[str]]:
        """Jobs of a kind to be looked at, and to be stopped."""
        over = [self._job(kind, "done")]
        waiting = [self._job(kind, "queued") for _ in range(3)]
        return {f"GET {path}/{{document_id}}": over, f"GET {path}/{{job_id}}/problems": over,
                f"POST {path}/{{document_id}}/cancel": waiting}

    def _erasure(self) -> str:
        ctx = self._ctx()
        today = ctx.now.date()
        made = Erasure(id=sortable_id("ers", ctx.now, ctx.chance.token(10)), state="kept", asked_by="Odile Favre",
                       subject_id=self._customer("Max"), pseudonym="Personne effacée", asked_at=ctx.now,
                       terms=(Term(until=today, count=1),))
        self._put(ERASURE, made)
        transaction = Transaction(self._ctx())
        sealing.new_key(transaction, made, today)
        transaction.commit()
        return made.id

    def _upload(self) -> str:
        ctx = self._ctx()
        upload = sortable_id("upl", ctx.now, ctx.chance.token(10))
        blobs.put(ctx, f"imports/{upload}/000000", b"no archive", "application/octet-stream")
        return upload

    def _samples(self) -> None:
        """The company says that it has sample data, of which nothing is left."""
        ctx = self._ctx()
        known = sample.register(ctx)
        transaction = Transaction(ctx)
        sample.write_register(transaction, known, Sample(state="loaded", version=known.version))
        transaction.commit()
