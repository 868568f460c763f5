"""The `webhooks` queue and its beat: events become messages, messages take their turns, owners hear of dead endpoints."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.events.routing import PUBLISHED
from chalicelib.kernel.context import Context
from chalicelib.kernel.event import Event
from chalicelib.runtime import mail
from chalicelib.runtime.settings import settings
from chalicelib.runtime.worker import Handler, Schedule
from chalicelib.storage import read
from chalicelib.tenants import service as tenants
from chalicelib.tenants.model import USER
from chalicelib.webhooks import sending
from chalicelib.webhooks.model import WEBHOOK_ENDPOINT

SIDE_BY_SIDE = 10
"""Messages of a batch are worked at the same time: an endpoint that keeps us waiting keeps no other waiting."""
TOLD = frozenset({"gone", "failing"})


def tell_owners(ctx: Context, event: Event) -> None:
    """A mail to the owners when we, not they, switched an endpoint off."""
    endpoint = read.find(ctx, WEBHOOK_ENDPOINT, event.entity_id)
    if endpoint is None or endpoint.state != "disabled" or event.data["code"] not in TOLD:
        return
    tenant = tenants.tenant(ctx)
    for user in read.get_many(ctx, USER, tenant.owner_ids).values():
        if user.is_active:
            mail.send(replace(ctx, locale=user.locale or tenant.locale), user.email, f"webhook_{event.data['code']}", {
                "name": user.name, "endpoint": endpoint.name, "url": endpoint.url,
                "link": f"{settings().public_url}/settings/webhooks?endpoint={endpoint.id}"})


HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(PUBLISHED, sending.plan),
    "WebhookDue": sending.take_turn,
    "WebhookRecoveryAsked": sending.recover,
    "WebhookEndpointDisabled": tell_owners,
    "ApiKeyRevoked": sending.key_revoked,
}
SCHEDULES = (Schedule("webhooks_due", sending.BEAT_MINUTES, sending.look_after),)
