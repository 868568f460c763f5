"""`/api/tenants/passkeys`: signing in by a passkey, one's own passkeys, and proving once more who one is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.kernel.context import Context
from chalicelib.kernel.shapes import command
from chalicelib.runtime.endpoints import Answer, Request
from chalicelib.tenants import passkeys
from chalicelib.tenants.answers import AskedView, PasskeyView, ProofView, SignedInView
from chalicelib.tenants.edge import SMALL, api, origin, session_answer
from chalicelib.tenants.passkeys import Ceremony, Passkey


@command
class PasskeyAnswer:
    """What `navigator.credentials.get` answered, as JSON (WebAuthn Level 3, AuthenticationResponseJSON)."""

    token: str
    credential: Mapping[str, Any]
    tenant_id: str = ""


@command
class PasskeyProof:
    token: str
    credential: Mapping[str, Any]


@command
class NewPasskey:
    """What `navigator.credentials.create` answered, as JSON (RegistrationResponseJSON), and a name for it."""

    token: str
    credential: Mapping[str, Any]
    name: str


@command
class PasskeyName:
    name: str


@command
class StepUp:
    """That it is you: the `proof` of a passkey, or the password, with a code when one-time codes are on."""

    password: str = ""
    code: str = ""
    proof: str = ""


@command
class NoFacts:
    """Nothing is said."""


def _shown(passkey: Passkey) -> dict[str, Any]:
    """A passkey without its keys."""
    return {"id": passkey.id, "name": passkey.name, "is_synced": passkey.is_synced, "version": passkey.version,
            "created_at": passkey.created_at.isoformat(),
            "last_used_at": passkey.last_used_at.isoformat() if passkey.last_used_at else None}


@api.post("/passkeys/questions", public=True, body=NoFacts, answer=Ceremony, max_body=SMALL)
def ask_passkey(ctx: Context, request: Request[NoFacts]) -> Ceremony:
    """What to give to `navigator.credentials.get` to sign in by a passkey; it names nobody."""
    return passkeys.ask_to_sign_in(ctx, request.source_ip)


@api.post("/passkeys/sessions", public=True, body=PasskeyAnswer, answer=SignedInView, status=201, others={200: AskedView},
          max_body=SMALL)
def sign_in_by_passkey(ctx: Context, request: Request[PasskeyAnswer]) -> Answer:
    """Sign in by a passkey: 201 begins a session; 200 asks which tenant to enter."""
    body = request.body
    return session_answer(passkeys.sign_in(ctx, body.token, body.credential, body.tenant_id, origin(request)))


@api.get("/passkeys", answer=PasskeyView, is_list=True)
def list_passkeys(ctx: Context, request: Request[Any]) -> Answer:
    """The caller's own passkeys, the oldest first."""
    return Answer({"items": [_shown(each) for each in passkeys.own(ctx)], "cursor": None})


@api.post("/passkeys/registrations", body=StepUp, answer=Ceremony, max_body=SMALL)
def begin_passkey(ctx: Context, request: Request[StepUp]) -> Ceremony:
    """What to give to `navigator.credentials.create` for a new passkey."""
    body = request.body
    return passkeys.begin_registration(ctx, body.password, body.code, body.proof)


@api.post("/passkeys", body=NewPasskey, answer=PasskeyView, status=201, max_body=SMALL)
def add_passkey(ctx: Context, request: Request[NewPasskey]) -> Answer:
    """Keep the passkey that the browser made."""
    body = request.body
    return Answer(_shown(passkeys.register(ctx, body.token, body.credential, body.name)), 201)


@api.put("/passkeys/{passkey_id}", body=PasskeyName, answer=PasskeyView, max_body=SMALL)
def rename_passkey(ctx: Context, request: Request[PasskeyName], passkey_id: str) -> Answer:
    """Give one of the caller's passkeys another name."""
    return Answer(_shown(passkeys.rename(ctx, passkey_id, request.body.name)))


@api.post("/passkeys/{passkey_id}/remove", body=StepUp, status=204, max_body=SMALL)
def remove_passkey(ctx: Context, request: Request[StepUp], passkey_id: str) -> Answer:
    """Take one of the caller's passkeys away; its next use is refused."""
    body = request.body
    passkeys.remove(ctx, passkey_id, body.password, body.code, body.proof)
    return Answer(None, 204)


@api.post("/passkeys/proofs/questions", body=NoFacts, answer=Ceremony, max_body=SMALL)
def ask_proof(ctx: Context, request: Request[NoFacts]) -> Ceremony:
    """What to give to `navigator.credentials.get` to prove once more who one is."""
    return passkeys.ask_for_proof(ctx)


@api.post("/passkeys/proofs", body=PasskeyProof, answer=ProofView, status=201, max_body=SMALL)
def give_proof(ctx: Context, request: Request[PasskeyProof]) -> Answer:
    """A proof that stands for password and code once, within five minutes."""
    return Answer({"proof": passkeys.give_proof(ctx, request.body.token, request.body.credential)}, 201)
