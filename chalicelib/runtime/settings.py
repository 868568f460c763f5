"""Everything the environment decides, read once into one frozen shape. Nothing else in the program reads `os.environ`
for its behaviour (the table's and the engine's addresses are read by `storage.client`, which stands below this).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from urllib.parse import urlsplit

LOCAL = "local"
_QUEUE = "COMPTOIR_QUEUE_"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class BadSettings(RuntimeError):
    """The environment contradicts itself or lacks something; the process must not start."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What this process was started with. `queues` maps a queue's name (lower-case) to its URL.

    `allow_loopback` lets connections reach shops on this very machine; `mail_mode` is `inbox` (the page `/dev/mail`) or
    `ses`. Both exist for the laptop: `read` refuses them in any other stage. `requests_per_minute` is the plan's: what a
    tenant's people, and its programs, may ask unless the tenant was promised more. `request_log` keeps what programs ask, for
    the page that shows it, and `metering` sums what each tenant uses, for the page that says what it costs: both on where a
    process serves or works, off in one that only tests. `stripe_secret_id` names the secret with the keys of our account at
    Stripe, "" where no subscriptions are sold; `stripe_url` is another address than that of its API, and `stripe_test_clocks`
    puts every customer under a clock of its own: both are for the laptop.
    """

    stage: str
    table: str
    bucket: str
    queues: Mapping[str, str]
    user_pool_id: str
    user_pool_client_id: str
    kms_key_id: str
    platform_secret_id: str
    public_url: str
    allow_loopback: bool
    mail_mode: str
    mail_from: str
    requests_per_minute: int
    request_log: bool
    metering: bool
    stripe_secret_id: str
    stripe_url: str
    stripe_test_clocks: bool

    @property
    def is_local(self) -> bool:
        return self.stage == LOCAL

    @property
    def secure_cookies(self) -> bool:
        """Whether cookies are `Secure`: always, except on plain HTTP on this very machine."""
        address = urlsplit(self.public_url)
        return not (self.is_local and address.scheme == "http" and address.hostname in _LOOPBACK)

    def queue(self, name: str) -> str:
        """The URL of a queue; raises BadSettings when the process was not given it."""
        try:
            return self.queues[name]
        except KeyError:
            raise BadSettings(f"{_QUEUE}{name.upper()} is not set") from None


def _flag(environment: Mapping[str, str], name: str, default: bool = False) -> bool:
    value = environment.get(name, "1" if default else "0")
    if value not in ("0", "1"):
        raise BadSettings(f"{name} is 0 or 1")
    return value == "1"


def _positive(environment: Mapping[str, str], name: str, default: int) -> int:
    value = environment.get(name, str(default))
    if not value.isdecimal() or not 1 <= int(value[:9]) <= 10_000_000:
        raise BadSettings(f"{name} is a number from 1 to 10000000")
    return int(value)


def read(environment: Mapping[str, str]) -> Settings:
    """The settings of an environment. Raises BadSettings for what is missing, contradictory or unsafe."""
    stage = environment.get("COMPTOIR_STAGE", "")
    if not stage:
        raise BadSettings("COMPTOIR_STAGE is not set")
    is_local = stage == LOCAL
    found = Settings(
        stage=stage,
        table=environment.get("COMPTOIR_TABLE", ""),
        bucket=environment.get("COMPTOIR_BUCKET", ""),
        queues=MappingProxyType({name.removeprefix(_QUEUE).lower(): url for name, url in environment.items()
                                 if name.startswith(_QUEUE)}),
        user_pool_id=environment.get("COMPTOIR_USER_POOL_ID", ""),
        user_pool_client_id=environment.get("COMPTOIR_USER_POOL_CLIENT_ID", ""),
        kms_key_id=environment.get("COMPTOIR_KMS_KEY_ID", f"alias/comptoir-{stage}"),
        platform_secret_id=environment.get("COMPTOIR_PLATFORM_SECRET_ID", f"comptoir/{stage}/platform"),
        public_url=environment.get("COMPTOIR_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/"),
        allow_loopback=_flag(environment, "COMPTOIR_ALLOW_LOOPBACK"),
        mail_mode=environment.get("COMPTOIR_MAIL_MODE", "inbox" if is_local else "ses"),
        mail_from=environment.get("COMPTOIR_MAIL_FROM", "Comptoir <no-reply@comptoir.localhost>"),
        request_log=_flag(environment, "COMPTOIR_REQUEST_LOG"),
        metering=_flag(environment, "COMPTOIR_METERING"),
        requests_per_minute=_positive(environment, "COMPTOIR_REQUESTS_PER_MINUTE", 6000),
        stripe_secret_id=environment.get("COMPTOIR_STRIPE_SECRET_ID", ""),
        stripe_url=environment.get("COMPTOIR_STRIPE_URL", "").rstrip("/"),
        stripe_test_clocks=_flag(environment, "COMPTOIR_STRIPE_TEST_CLOCKS"),
    )
    _check(found)
    return found


def _check(found: Settings) -> None:
    if found.mail_mode not in ("inbox", "ses"):
        raise BadSettings("COMPTOIR_MAIL_MODE is inbox or ses")
    if found.is_local:
        return
    if found.allow_loopback:
        raise BadSettings("COMPTOIR_ALLOW_LOOPBACK is for the local stage only: a deployed stack refuses it")
    if found.stripe_url or found.stripe_test_clocks:
        raise BadSettings("COMPTOIR_STRIPE_URL and COMPTOIR_STRIPE_TEST_CLOCKS are for the local stage only")
    if found.mail_mode != "ses":
        raise BadSettings("a deployed stack sends its mail by SES")
    if urlsplit(found.public_url).scheme != "https":
        raise BadSettings("COMPTOIR_PUBLIC_URL of a deployed stack starts with https://")


@cache
def settings() -> Settings:
    """The settings of this process. A test that changes the environment calls `settings.cache_clear()`."""
    return read(os.environ)
