"""An operator who signs in through the API, and companies that people work in."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.runtime.api import platform_context
from chalicelib.storage import single
from chalicelib.tenants import attempts
from infra.ops import operator as command
from tests.isolation.people import Firm

_numbers = itertools.count(1)
PASSWORD = "sept clefs de givre"


@dataclass
class Desk:
    """An operator at their browser: their own cookie, and that of the tenant they are in, if any."""

    call: Callable[..., Any]
    email: str
    secret: str
    id: str
    cookie: str = ""
    csrf: str = ""
    inside: str = ""
    inside_csrf: str = ""

    def sign_in(self, code: str = "") -> tuple[int, Any]:
        """Both steps; answers the second."""
        status, _, asked = self.call("POST", "/api/operators/sessions", {"email": self.email, "password": PASSWORD})
        assert (status, asked["status"]) == (200, "totp_required"), asked
        status, headers, found = self.call("POST", "/api/operators/sessions", {
            "challenge": asked["challenge"], "code": code or command.code_of(self.secret)})
        if status == 201:
            self.cookie, self.csrf = headers["Set-Cookie"].split(";")[0], found["csrf_token"]
        return status, found

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """One request to the operators' own addresses."""
        status, answered, found = self.call(method, f"/api/operators{path}", body, {
            "cookie": self.cookie, "x-csrf-token": self.csrf, "user-agent": "Firefox",
            **{name.replace("_", "-"): value for name, value in headers.items()}})
        if path.endswith("/enter") and status == 201:
            self.inside = answered["Set-Cookie"].split(";")[0]
            self.inside_csrf = self.work("GET", "/api/tenants/session")[1]["csrf_token"]
        return status, found

    def work(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """One request inside the tenant."""
        status, _, found = self.call(method, path, body, {"cookie": self.inside, "x-csrf-token": self.inside_csrf})
        return status, found


@pytest.fixture(scope="module")
def new_desk(engine: Any) -> Callable[[], Desk]:
    """Makes an operator, who has signed in."""
    from tests.gateway import call_api

    def make() -> Desk:
        email = f"nadia-{os.getpid()}-{next(_numbers)}@comptoir.example"
        made = command.add(email, "Nadia Martin", "en", PASSWORD)
        for limit in ("operator_address",):
            single.delete(platform_context("test"), attempts._key(
                platform_context("test"), attempts.Limit(limit, 30, 900), "127.0.0.1"))
        desk = Desk(call_api, email, made["secret"], made["id"])
        assert desk.sign_in()[0] == 201
        return desk

    return make


@pytest.fixture(scope="module")
def desk(new_desk: Callable[[], Desk]) -> Desk:
    return new_desk()


@pytest.fixture(scope="module")
def firm(engine: Any) -> Firm:
    """A company whose every text bears a mark."""
    from chalicelib.runtime import sessions
    from chalicelib.storage.table import Item

    made = Firm(f"glacier-{os.getpid()}", "MARKGLACIER8W").found()
    platform = platform_context("test")
    single.put(platform, Item(sessions.tenants_key(platform, made.tenant_id), "tenant_name", "", "{}"))
    return made
