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
from chalicelib.tenants.support.model import SUPPORT_ACCESS


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


def ask_owners(ctx: Context, event: Event) -> None:
    """An operator asks to come in: every owner is told, with the way to the answer; nothing when it is answered already."""
    found = read.find(ctx, SUPPORT_ACCESS, event.entity_id)
    if found is None or found.state != "requested":
        return
    tenant = service.tenant(ctx)
    for user in read.get_many(ctx, USER, tenant.owner_ids).values():
        if user.is_active:
            mail.send(replace(ctx, locale=user.locale or tenant.locale), user.email, "support_requested", {
                "name": user.name, "company": tenant.name, "operator": found.operator_name, "reason": found.reason,
                "hours": str(found.hours), "link": f"{settings().public_url}/settings/support"})


HANDLERS = {
    "SupportRequested": ask_owners,
    "SignUpRequested": send_sign_up,
    "UserInvited": send_invitation,
    "PasswordResetRequested": send_password_reset,
    "PasswordChanged": send_password_changed,
}
