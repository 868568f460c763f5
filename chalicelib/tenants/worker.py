"""Mails that follow from what happened. The token in an event is sealed; it is opened here and nowhere else."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.kernel.context import Context
from chalicelib.kernel.event import Event
from chalicelib.runtime import mail, secrets
from chalicelib.runtime.settings import settings
from chalicelib.storage import read
from chalicelib.tenants import service
from chalicelib.tenants.model import INVITATION, USER, User
from chalicelib.tenants.sign_up.model import SIGN_UP


def send_invitation(ctx: Context, event: Event) -> None:
    """The link to accept; nothing when the invitation is not open any more, or was sent again with a newer link."""
    invitation = read.find(ctx, INVITATION, event.entity_id)
    if invitation is None or invitation.state != "pending":
        return
    token = secrets.decrypt(ctx, str(event.data["sealed_token"]))
    if secrets.digest(token) != invitation.token_hash:
        return
    mail.send(replace(ctx, locale=invitation.locale), invitation.email, "invitation", {
        "name": invitation.name, "inviter": invitation.invited_by, "company": service.tenant(ctx).name,
        "link": f"{settings().public_url}/accept-invitation?token={token}"})


def send_sign_up(ctx: Context, event: Event) -> None:
    """The link to begin; nothing when the company has begun, or the mail was asked for again with a newer link."""
    found = read.find(ctx, SIGN_UP, event.entity_id)
    if found is None or found.state != "pending":
        return
    token = secrets.decrypt(ctx, str(event.data["sealed_token"]))
    if secrets.digest(token) == found.token_hash:
        mail.send(replace(ctx, locale=found.locale), found.email, "sign_up", {
            "name": found.name, "company": found.company_name, "link": f"{settings().public_url}/verify-email?token={token}"})


def _send_to(ctx: Context, user: User, template: str, link: str) -> None:
    locale = user.locale or service.tenant(ctx).locale
    mail.send(replace(ctx, locale=locale), user.email, template, {"name": user.name, "link": link})


def send_password_reset(ctx: Context, event: Event) -> None:
    """The link to choose a new password."""
    user = read.find(ctx, USER, event.entity_id)
    if user is not None:
        token = secrets.decrypt(ctx, str(event.data["sealed_token"]))
        _send_to(ctx, user, "password_reset", f"{settings().public_url}/reset-password?token={token}")


def send_password_changed(ctx: Context, event: Event) -> None:
    """Tells the person, so that a change they did not make is noticed."""
    user = read.find(ctx, USER, event.entity_id)
    if user is not None:
        _send_to(ctx, user, "password_changed", f"{settings().public_url}/forgot-password")


HANDLERS = {
    "SignUpRequested": send_sign_up,
    "UserInvited": send_invitation,
    "PasswordResetRequested": send_password_reset,
    "PasswordChanged": send_password_changed,
}
