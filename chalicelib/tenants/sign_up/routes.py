"""`/api/tenants/sign-ups`: a company begins by itself. Nobody is signed in here."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel.context import Context
from chalicelib.kernel.shapes import command
from chalicelib.runtime.endpoints import Answer, Request
from chalicelib.tenants import signing_in
from chalicelib.tenants.answers import (
    AskedView,
    JoinedView,
    SignedInView,
    SignUpAccepted,
    SignUpChoices,
    SignUpCountry,
    SignUpFacts,
)
from chalicelib.tenants.edge import SMALL, api, origin, session_answer
from chalicelib.tenants.sign_up import model, service
from chalicelib.tenants.sign_up.model import NewSignUp


@command
class SignUpHandle:
    """What the answer to a sign-up named it."""

    sign_up: str


@command
class SignUpToken:
    token: str


@command
class SignUpConfirmation:
    """The password is a new one, or the existing one of somebody who belongs to another company already."""

    token: str
    password: str


@api.get("/sign-ups/choices", public=True, answer=SignUpChoices)
def read_choices(ctx: Context, request: Request[Any]) -> SignUpChoices:
    """What a new company can choose: currencies, and by country the chart of accounts and the VAT regimes. A country that is
    not named keeps no books here, and has the regime `normal`."""
    return SignUpChoices(currencies=model.CURRENCIES, countries=tuple(
        SignUpCountry(country_code=country, chart=model.chart_of(country), vat_regimes=model.regimes_of(
            country, ctx.now.date())) for country in model.FRENCH))


@api.post("/sign-ups", public=True, body=NewSignUp, answer=SignUpAccepted, status=202, max_body=SMALL)
def create_sign_up(ctx: Context, request: Request[NewSignUp]) -> Answer:
    """Ask for a company of one's own; a mail with a link comes to the e-mail. The answer is the same for a known e-mail."""
    return Answer({"status": "accepted", "sign_up": service.sign_up(ctx, request.body, request.source_ip)}, 202)


@api.post("/sign-ups/resend", public=True, body=SignUpHandle, answer=SignUpAccepted, status=202, max_body=SMALL)
def resend_sign_up(ctx: Context, request: Request[SignUpHandle]) -> Answer:
    """Ask for the mail again, with a new link; the former one is dead. Answered alike when there is nothing to send."""
    service.resend(ctx, request.body.sign_up, request.source_ip)
    return Answer({"status": "accepted", "sign_up": request.body.sign_up}, 202)


@api.post("/sign-ups/look-up", public=True, body=SignUpToken, answer=SignUpFacts, max_body=SMALL)
def look_up_sign_up(ctx: Context, request: Request[SignUpToken]) -> Answer:
    """What the link of the mail is about; the token travels in the body, where no log keeps it."""
    return Answer(service.look_up(ctx, request.body.token, request.source_ip))


@api.post("/sign-ups/confirm", public=True, body=SignUpConfirmation, answer=SignedInView | AskedView | JoinedView, status=201,
          others={200: AskedView}, max_body=SMALL)
def confirm_sign_up(ctx: Context, request: Request[SignUpConfirmation]) -> Answer:
    """Begin: the company comes to be, and its owner comes in at once unless a one-time code must be asked first."""
    body = request.body
    member, may_enter = service.confirm(ctx, body.token, body.password, request.source_ip)
    if not may_enter:
        return Answer({"status": "joined", "email": member.user.email, "tenant_id": member.tenant.id}, 201)
    return session_answer(signing_in.begin(ctx, member, origin(request)))
