"""Passkeys: signing in, and proving once more who one is, by a key that never leaves the person's device (WebAuthn Level 3).

A passkey belongs to a login, as a password does, and stands on the platform's side: its public key, its counter, its name. It
asks for user verification (a fingerprint, a PIN), so it counts as two factors and no one-time code is asked after it. It is
discoverable: nobody says who they are before, so nothing here tells whether an e-mail is known. A challenge is a ticket: good
once, and for five minutes. `webauthn` is loaded where it is used, for most requests never need it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import ipaddress
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from chalicelib.kernel import codec
from chalicelib.kernel.context import PLATFORM, Context
from chalicelib.kernel.documents import at_version
from chalicelib.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Stale, Unauthenticated
from chalicelib.kernel.shapes import entity
from chalicelib.runtime import switches
from chalicelib.runtime.settings import settings
from chalicelib.storage import keys, read, single, write
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item
from chalicelib.tenants import attempts, directory, signing_in, tickets
from chalicelib.tenants.checks import check_name
from chalicelib.tenants.model import User
from chalicelib.tenants.signing_in import Asked, Origin, SignedIn

MAX_PASSKEYS = 10
SIGN_IN, REGISTER, PROVE = "sign_in", "register", "prove"
_MAX_TEXT = 8_000


@entity
class Passkey:
    """One of a person's passkeys. `id` is ours; `credential_id` and `public_key` (COSE) are base64url, as the browser and the
    authenticator made them. `sign_count` only grows, or stays 0 where the authenticator counts nothing."""

    id: str
    version: int = 0
    login_id: str
    email_key: str
    name: str
    credential_id: str
    public_key: str
    sign_count: int = 0
    is_synced: bool = False
    created_at: datetime
    last_used_at: datetime | None = None


@entity
class RelyingParty:
    """Who a passkey is for: the host of the portal, and the origin from which browsers use it."""

    id: str
    origin: str


@entity
class Ceremony:
    """A question to the browser: what it gives to `navigator.credentials`, and the token to come back with."""

    token: str
    origin: str
    options: Mapping[str, Any]


def relying_party() -> RelyingParty:
    """From the portal's address. An IP address can name no relying party (WebAuthn Level 3 §5.1.2: the effective domain is a
    valid domain), so this very machine is `localhost`."""
    address = urlsplit(settings().public_url)
    host = address.hostname or ""
    try:
        is_address = ipaddress.ip_address(host) is not None
    except ValueError:
        is_address = False
    name = "localhost" if is_address else host
    port = f":{address.port}" if address.port else ""
    return RelyingParty(id=name, origin=f"{address.scheme}://{name}{port}")


# -- stored keys -----------------------------------------------------------------------------------------------------


def _key(ctx: Context, login_id: str, passkey_id: str) -> Key:
    return keys.platform(ctx, "PASSKEYS", login_id, passkey_id)


def _put(ctx: Context, passkey: Passkey) -> Passkey:
    """Raises Stale when somebody wrote it meanwhile."""
    item = Item(_key(ctx, passkey.login_id, passkey.id), "passkey", PLATFORM, codec.store(passkey), passkey.version + 1)
    if not single.put_version(ctx, item):
        raise Stale("passkey")
    return at_version(passkey, passkey.version + 1)


def of_login(ctx: Context, login_id: str) -> list[Passkey]:
    """A person's passkeys, the oldest first. Needs a platform context."""
    items, _ = read.collection(ctx, f"PASSKEYS#{login_id}", limit=MAX_PASSKEYS * 2)
    return [at_version(codec.adapter(Passkey).validate_json(item.data), item.version) for item in items]


def forget(ctx: Context, login_id: str) -> None:
    """Deletes all passkeys of a login that is no more. Needs a platform context."""
    items, _ = read.collection(ctx, f"PASSKEYS#{login_id}", limit=MAX_PASSKEYS * 2)
    write.many(ctx, (), [item.key for item in items])


def own(ctx: Context) -> list[Passkey]:
    """The caller's passkeys."""
    return of_login(directory.platform(ctx), signing_in.me(ctx).login_id)


def _own(ctx: Context, passkey_id: str) -> Passkey:
    found = next((each for each in own(ctx) if each.id == passkey_id), None)
    if found is None:
        raise NotFound("passkey")
    return found


# -- what a browser answers ------------------------------------------------------------------------------------------


def _bytes(text: Any) -> bytes:
    """Base64url without padding. Raises Invalid `passkey_malformed`."""
    if not isinstance(text, str) or len(text) > _MAX_TEXT:
        raise _malformed()
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise _malformed() from None


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _malformed() -> Invalid:
    return Invalid("passkey_malformed", "This is no answer of an authenticator.", {"credential": "malformed"})


def _response(credential: Mapping[str, Any]) -> Mapping[str, Any]:
    response = credential.get("response")
    if not isinstance(response, Mapping):
        raise _malformed()
    return response


def _refused(code: str, detail: str) -> Unauthenticated:
    return Unauthenticated(code, detail)


def _check_client(credential: Mapping[str, Any], challenge: str) -> None:
    """What the browser says it signed for is what was asked, here. The library checks it again; these refusals say which.

    Raises Unauthenticated `passkey_challenge`, `passkey_origin`; Invalid."""
    try:
        said = codec.load_strict(_bytes(_response(credential).get("clientDataJSON")))
    except (Invalid, ValueError):
        raise _malformed() from None
    if not isinstance(said, dict):
        raise _malformed()
    if said.get("challenge") != challenge:
        raise _refused("passkey_challenge", "This answer is for another question; try again.")
    if said.get("origin") != relying_party().origin or said.get("crossOrigin") is True:
        raise _refused("passkey_origin", "This answer was made on another site.")


def _check_party(authenticator_data: bytes) -> None:
    """The key is one for this site: the data begins with the hash of its id. Raises Unauthenticated `passkey_site`."""
    if authenticator_data[:32] != hashlib.sha256(relying_party().id.encode()).digest():
        raise _refused("passkey_site", "This passkey belongs to another site.")


# -- adding one ------------------------------------------------------------------------------------------------------


def begin_registration(ctx: Context, password: str, code: str, proof: str) -> Ceremony:
    """Asks the browser for a new passkey, of who proves once more who they are. Raises Forbidden, LimitExceeded, and Conflict
    `too_many_passkeys`."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    switches.require(ctx, "passkeys")
    user, platform, party = signing_in.me(ctx), directory.platform(ctx), relying_party()
    prove(ctx, user, password, code, proof)
    present = of_login(platform, user.login_id)
    if len(present) >= MAX_PASSKEYS:
        raise Conflict("too_many_passkeys", f"A person has at most {MAX_PASSKEYS} passkeys; remove one first.")
    challenge = ctx.chance.token(32)
    options = generate_registration_options(
        rp_id=party.id, rp_name="Comptoir", user_id=user.login_id.encode(), user_name=user.email,
        user_display_name=user.name, challenge=challenge,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=_bytes(each.credential_id)) for each in present],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED))
    facts = {"purpose": REGISTER, "challenge": _text(challenge), "user_id": user.id}
    return Ceremony(token=tickets.issue(platform, tickets.PASSKEY, facts, tickets.PASSKEY_SECONDS), origin=party.origin,
                    options=codec.load(options_to_json(options)))


def register(ctx: Context, token: str, credential: Mapping[str, Any], name: str) -> Passkey:
    """Keeps the passkey that the browser made. Raises Invalid `token_invalid` (used, or too old), `passkey_malformed`,
    Forbidden for what was made elsewhere, for another question or without verifying the person, Conflict for one that is
    known."""
    from webauthn import verify_registration_response
    from webauthn.helpers.exceptions import WebAuthnException

    user, platform, party = signing_in.me(ctx), directory.platform(ctx), relying_party()
    name = check_name(name, longest=60)
    facts = tickets.redeem(platform, tickets.PASSKEY, token)
    if facts["purpose"] != REGISTER or facts["user_id"] != user.id:
        raise tickets.invalid()
    try:
        _check_client(credential, str(facts["challenge"]))
        made = verify_registration_response(
            credential=dict(credential), expected_challenge=_bytes(facts["challenge"]), expected_rp_id=party.id,
            expected_origin=party.origin, require_user_verification=True)
    except Unauthenticated as error:
        raise Forbidden(error.code, error.detail) from None
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError):
        raise Forbidden("passkey_refused", "This passkey cannot be used: it is not for this site, or did not verify you."
                        ) from None
    present = of_login(platform, user.login_id)
    if any(each.credential_id == _text(made.credential_id) for each in present):
        raise Conflict("passkey_known", "This passkey is yours already.")
    if len(present) >= MAX_PASSKEYS:
        raise Conflict("too_many_passkeys", f"A person has at most {MAX_PASSKEYS} passkeys; remove one first.")
    kept = _put(platform, Passkey(
        id=ctx.new_id("psk"), login_id=user.login_id, email_key=directory.key_of(user.email), name=name,
        credential_id=_text(made.credential_id), public_key=_text(made.credential_public_key), sign_count=made.sign_count,
        is_synced=made.credential_backed_up, created_at=ctx.now))
    _count(ctx, user, "PasskeyAdded")
    return kept


def rename(ctx: Context, passkey_id: str, name: str) -> Passkey:
    """Another name for one of the caller's passkeys. Raises NotFound, Invalid, Stale."""
    found = _own(ctx, passkey_id)
    return _put(directory.platform(ctx), replace(found, name=check_name(name, longest=60)))


def remove(ctx: Context, passkey_id: str, password: str, code: str, proof: str) -> None:
    """Takes a passkey away, of who proves once more who they are: its next use is refused. Raises NotFound, Forbidden."""
    found, user, platform = _own(ctx, passkey_id), signing_in.me(ctx), directory.platform(ctx)
    prove(ctx, user, password, code, proof)
    single.delete(platform, _key(platform, found.login_id, found.id))
    _count(ctx, user, "PasskeyRemoved")


def _count(ctx: Context, user: User, event: str) -> None:
    """How many passkeys the person has now, told in each of their tenants."""
    platform = directory.platform(ctx)
    login, count = directory.find(platform, user.email), len(of_login(platform, user.login_id))
    if login is not None:
        signing_in.change_everywhere(platform, login, event, lambda each: replace(each, passkey_count=count))


# -- using one -------------------------------------------------------------------------------------------------------


def _ask(platform: Context, facts: Mapping[str, Any], allowed: list[Passkey]) -> Ceremony:
    """A question that one of these passkeys answers, any of this site when none is named."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor, UserVerificationRequirement

    party, challenge = relying_party(), platform.chance.token(32)
    options = generate_authentication_options(
        rp_id=party.id, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED,
        allow_credentials=[PublicKeyCredentialDescriptor(id=_bytes(each.credential_id)) for each in allowed])
    token = tickets.issue(platform, tickets.PASSKEY, {**facts, "challenge": _text(challenge)}, tickets.PASSKEY_SECONDS)
    return Ceremony(token=token, origin=party.origin, options=codec.load(options_to_json(options)))


def ask_to_sign_in(ctx: Context, source_ip: str) -> Ceremony:
    """A question for whoever has a passkey of this site; it names nobody. Needs a platform context. Raises LimitExceeded."""
    attempts.spend(ctx, attempts.PASSKEY_BY_ADDRESS, source_ip)
    return _ask(ctx, {"purpose": SIGN_IN}, [])


def sign_in(ctx: Context, token: str, credential: Mapping[str, Any], tenant_id: str, origin: Origin) -> SignedIn | Asked:
    """A session by a passkey alone. Needs a platform context.

    Raises Invalid `token_invalid` for a question that was answered or is too old, `passkey_malformed`; Unauthenticated
    `passkey_challenge`, `passkey_origin`, `passkey_site`, `passkey_counter`, and `passkey_refused` for all else; LimitExceeded.
    """
    attempts.spend(ctx, attempts.PASSKEY_BY_ADDRESS, origin.source_ip)
    facts = tickets.redeem(ctx, tickets.PASSKEY, token)
    if facts["purpose"] != SIGN_IN:
        raise tickets.invalid()
    _check_client(credential, str(facts["challenge"]))
    handle = _bytes(_response(credential).get("userHandle")).decode("utf-8", "replace")
    passkey = _known(ctx, handle, credential)
    login = directory.find_by_key(ctx, passkey.email_key)
    members = directory.members(ctx, login) if login else []
    try:
        if not members:
            raise _unknown()
        _use(ctx, passkey, credential, str(facts["challenge"]))
    except Unauthenticated:
        signing_in.record_all(ctx, members, "wrong_passkey", origin)
        raise
    return signing_in.enter(ctx, members[0].user.email, members, tenant_id, origin, "signed_in_by_passkey")


def _unknown() -> Unauthenticated:
    return _refused("passkey_refused", "This passkey is not known here, or its answer is not right.")


def _known(ctx: Context, login_id: str, credential: Mapping[str, Any]) -> Passkey:
    """The stored passkey that an answer names. Raises Unauthenticated `passkey_refused`."""
    if not login_id.startswith("lgn_") or len(login_id) > 40 or not login_id[4:].isalnum():
        raise _unknown()
    found = next((each for each in of_login(ctx, login_id) if each.credential_id == credential.get("id")), None)
    if found is None:
        raise _unknown()
    return found


def _use(ctx: Context, passkey: Passkey, credential: Mapping[str, Any], challenge: str) -> None:
    """Checks an answer's signature and counter, and keeps the counter. A counter that does not grow means that the key was
    copied, or an answer played again (WebAuthn Level 3 §6.1.1). Raises Unauthenticated, Invalid, LimitExceeded."""
    from webauthn import verify_authentication_response
    from webauthn.helpers.exceptions import WebAuthnException

    attempts.spend(ctx, attempts.PASSKEY_BY_LOGIN, passkey.login_id)
    party = relying_party()
    _check_party(_bytes(_response(credential).get("authenticatorData")))
    try:
        used = verify_authentication_response(
            credential=dict(credential), expected_challenge=_bytes(challenge), expected_rp_id=party.id,
            expected_origin=party.origin, credential_public_key=_bytes(passkey.public_key), credential_current_sign_count=0,
            require_user_verification=True)
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError):
        raise _unknown() from None
    if (used.new_sign_count or passkey.sign_count) and used.new_sign_count <= passkey.sign_count:
        raise _refused("passkey_counter", "This passkey was used elsewhere since, so it may have been copied; remove it.")
    try:
        _put(ctx, replace(passkey, sign_count=used.new_sign_count, last_used_at=ctx.now, is_synced=used.credential_backed_up))
    except Stale:
        raise _unknown() from None
    attempts.clear(ctx, attempts.PASSKEY_BY_LOGIN, passkey.login_id)


# -- proving once more who one is ------------------------------------------------------------------------------------


def ask_for_proof(ctx: Context) -> Ceremony:
    """A question to the caller's own passkeys. Raises Conflict `no_passkey`."""
    user, platform = signing_in.me(ctx), directory.platform(ctx)
    present = of_login(platform, user.login_id)
    if not present:
        raise Conflict("no_passkey", "You have no passkey.")
    return _ask(platform, {"purpose": PROVE, "user_id": user.id}, present)


def give_proof(ctx: Context, token: str, credential: Mapping[str, Any]) -> str:
    """A proof that stands for password and code once, within five minutes. Raises Forbidden, Invalid, LimitExceeded."""
    user, platform = signing_in.me(ctx), directory.platform(ctx)
    facts = tickets.redeem(platform, tickets.PASSKEY, token)
    if facts["purpose"] != PROVE or facts["user_id"] != user.id:
        raise tickets.invalid()
    try:
        _check_client(credential, str(facts["challenge"]))
        _use(platform, _known(platform, user.login_id, credential), credential, str(facts["challenge"]))
    except Unauthenticated as error:
        raise Forbidden(error.code, error.detail) from None
    return tickets.issue(platform, tickets.PROOF, {"user_id": user.id}, tickets.PROOF_SECONDS)


def prove(ctx: Context, user: User, password: str, code: str, proof: str) -> None:
    """That it is the person themself: by a proof of a passkey, else by password and code. Raises Forbidden, LimitExceeded,
    Invalid `token_invalid`."""
    if not proof:
        signing_in.prove_fully(ctx, user, password, code)
    elif tickets.redeem(directory.platform(ctx), tickets.PROOF, proof)["user_id"] != user.id:
        raise tickets.invalid()
