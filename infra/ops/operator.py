"""Makes an operator of the platform, or shuts one out. There is no other way to become one.

The password and the secret of the one-time codes are printed once and stored nowhere of ours: hand them over by a safe way. An
operator who lost either is shut out and made anew.

    python -m infra.ops.operator --add --email ops@example.org --name "Nadia Martin" --locale fr
    python -m infra.ops.operator --disable --email ops@example.org
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import struct
import sys
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from infra.ops.command import Progress, Say, parser

_STEP_SECONDS = 30


def code_of(secret: str, at: float | None = None) -> str:
    """The one-time code of a secret at an instant (epoch seconds), now if not given (RFC 6238: HMAC-SHA-1, six digits, steps of
    thirty seconds; truncated as RFC 4226 §5.3 has it)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8), casefold=True)
    step = int(time.time() if at is None else at) // _STEP_SECONDS
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start:start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def add(email: str, name: str, locale: str, password: str = "") -> dict[str, Any]:
    """Makes an operator; answers what they need to sign in. Raises Invalid, Conflict `operator_email_taken`."""
    from chalicelib.operators import signing_in
    from chalicelib.runtime.api import platform_context

    chosen = password or secrets.token_urlsafe(18)
    made, secret = signing_in.add(platform_context("operator"), email, name, locale, chosen, code_of)
    label = quote(f"Comptoir operators:{made.email}")
    return {"id": made.id, "email": made.email, "password": chosen, "secret": secret,
            "otpauth_uri": f"otpauth://totp/{label}?secret={secret}&issuer=Comptoir"}


def disable(email: str) -> str:
    """Shuts an operator out at once; answers their id. Raises NotFound."""
    from chalicelib.operators import signing_in
    from chalicelib.runtime.api import platform_context

    return signing_in.disable(platform_context("operator"), email).id


def run(chosen: Any, say: Say) -> int:
    """What the arguments ask for; answers the exit status."""
    from chalicelib.kernel.errors import DomainError

    progress = Progress(say, 1)
    name = "operator add" if chosen.add else "operator disable"
    try:
        if not chosen.dry_run:
            found = add(chosen.email, chosen.name, chosen.locale) if chosen.add else {"id": disable(chosen.email)}
            progress.step()
            say(json.dumps(found, ensure_ascii=False))
    except DomainError as error:
        say(f"refused: {error.detail} {error.fields or ''}")
        return 1
    progress.finish(name, chosen.dry_run, email=chosen.email)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; answers its exit status."""
    asked = parser("operator", __doc__, tenant_required=False)
    what = asked.add_mutually_exclusive_group(required=True)
    what.add_argument("--add", action="store_true", help="make an operator")
    what.add_argument("--disable", action="store_true", help="shut an operator out")
    asked.add_argument("--email", required=True)
    asked.add_argument("--name", default="", help="what tenants see of who asks to come in; needed with --add")
    asked.add_argument("--locale", default="en", choices=("en", "fr"))
    chosen = asked.parse_args(arguments)
    if chosen.add and not chosen.name:
        asked.error("an operator has a name: tenants see it when one asks to come in")
    return run(chosen, print)


if __name__ == "__main__":
    sys.exit(main())
