"""What the API says of outgoing webhooks: endpoints without their secrets, messages with their attempts."""

from __future__ import annotations

from datetime import datetime

from chalicelib.kernel.shapes import Row, entity
from chalicelib.webhooks.model import Attempt


@entity
class EventTypeView:
    """An event that can be subscribed to; `is_allowed` when the caller may see what it is about."""

    type: str
    area: str
    permission: str
    is_allowed: bool


@entity
class WebhookEndpointView:
    """An endpoint without its secret. While `previous_until` is to come, messages are signed under the previous secret too."""

    id: str
    version: int
    name: str
    url: str
    event_types: tuple[str, ...]
    state: str
    disabled_code: str
    disabled_at: datetime | None
    previous_until: datetime | None
    created_at: datetime
    created_by: str
    failing_since: datetime | None
    paused_until: datetime | None
    last_success_at: datetime | None
    allowed_actions: tuple[str, ...]


@entity
class NewSecretView(WebhookEndpointView):
    """The same with the secret that messages are signed with from now on, told this once."""

    secret: str


@entity
class WebhookEndpointRow(Row):
    name: str
    url: str
    state: str
    event_count: int
    disabled_code: str
    created_at: datetime
    failing_since: datetime | None
    last_success_at: datetime | None


@entity
class WebhookMessageView:
    """A message as it is sent, and every attempt at it: the last twenty, oldest first."""

    id: str
    version: int
    endpoint_id: str
    webhook_id: str
    event_type: str
    subject_kind: str
    subject_id: str
    subject_number: str
    body: str
    state: str
    code: str
    attempts: tuple[Attempt, ...]
    attempt_count: int
    next_attempt_at: datetime | None
    created_at: datetime
    settled_at: datetime | None
    allowed_actions: tuple[str, ...]


@entity
class WebhookMessageRow(Row):
    endpoint_id: str
    event_type: str
    subject_kind: str
    subject_id: str
    subject_number: str
    state: str
    code: str
    status: int | None
    attempt_count: int
    created_at: datetime
    next_attempt_at: datetime | None


@entity
class RecoveryView:
    """What failed since then is being sent again."""

    endpoint_id: str
    since: datetime
