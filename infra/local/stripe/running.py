"""The fake beside a Comptoir: on a port and with keys that stay the same from start to start, its prices set up, its webhooks
told to the API. The keys reach the product as in the cloud: by a secret that the settings name."""

from __future__ import annotations

import json
import os
import secrets
import socket
from pathlib import Path

from botocore.exceptions import ClientError

from chalicelib.runtime.secrets import STRIPE_NAMES
from chalicelib.runtime.secrets import forget_stripe as read_anew
from chalicelib.runtime.settings import settings
from chalicelib.storage.client import client
from chalicelib.subscriptions import account
from infra.local.stripe.server import StripeServer
from infra.ops import stripe_prices

KEPT_UNDER = "comptoir/local/stripe"
WEBHOOKS = "/api/subscriptions/webhooks"


def start_stripe(data: Path | None, public_url: str = "") -> StripeServer:
    """Starts the fake, kept in `data` (in memory without), and sets this process's environment to it. With `public_url` its
    events are sent to the API there."""
    facts = _facts(data / "stripe.json") if data else _new_facts()
    server = StripeServer(data / "stripe.sqlite" if data else None, facts["STRIPE_API_KEY"], int(facts["port"]))
    _keep_secret({name: facts[name] for name in STRIPE_NAMES})
    os.environ.update({"COMPTOIR_STRIPE_SECRET_ID": KEPT_UNDER, "COMPTOIR_STRIPE_URL": server.url,
                       "COMPTOIR_STRIPE_TEST_CLOCKS": "1"})
    settings.cache_clear()
    read_anew()
    account.forget()
    stripe_prices.set_up(account.client())
    if public_url:
        server.account.events.tell(public_url + WEBHOOKS, facts["STRIPE_WEBHOOK_SECRET"])
    return server


def forget_stripe() -> None:
    """Takes the fake out of this process's environment (a test that is over)."""
    for name in ("COMPTOIR_STRIPE_SECRET_ID", "COMPTOIR_STRIPE_URL", "COMPTOIR_STRIPE_TEST_CLOCKS"):
        os.environ.pop(name, None)
    settings.cache_clear()
    read_anew()
    account.forget()


def _new_facts() -> dict[str, str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return {"port": str(port), "STRIPE_API_KEY": f"sk_test_{secrets.token_hex(16)}",
            "STRIPE_WEBHOOK_SECRET": f"whsec_{secrets.token_hex(16)}"}


def _facts(path: Path) -> dict[str, str]:
    if not path.exists():
        path.write_text(json.dumps(_new_facts()), encoding="utf-8")
        path.chmod(0o600)
    facts: dict[str, str] = json.loads(path.read_text("utf-8"))
    return facts


def _keep_secret(values: dict[str, str]) -> None:
    """The secret as an operator would make it."""
    text = json.dumps(values)
    manager = client("secretsmanager")
    try:
        manager.create_secret(Name=KEPT_UNDER, SecretString=text)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceExistsException":
            raise
        manager.put_secret_value(SecretId=KEPT_UNDER, SecretString=text)
