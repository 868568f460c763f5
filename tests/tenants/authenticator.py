"""An authenticator in software, as a browser and a key make their answers (WebAuthn Level 3 §6.1, §6.5), honest or not."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def raw_of(encoded: str) -> bytes:
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))


@dataclass
class Authenticator:
    """One credential. `verifies` is whether it asks for a finger; `counts` whether it counts its uses."""

    origin: str = "http://localhost:8000"
    rp_id: str = "localhost"
    verifies: bool = True
    counts: bool = True
    sign_count: int = 0
    user_handle: bytes = b""
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def _client(self, kind: str, challenge: str, **more: Any) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False, **more}).encode()

    def _data(self, flags: int, attested: bytes = b"") -> bytes:
        flags |= UP | (UV if self.verifies else 0)
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + struct.pack(">I", self.sign_count) + attested

    def create(self, options: dict[str, Any], **client: Any) -> dict[str, Any]:
        """What `navigator.credentials.create` answers."""
        self.user_handle = raw_of(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = b"\0" * 16 + struct.pack(">H", len(self.credential_id)) + self.credential_id + cbor2.dumps(cose)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": self._data(AT, attested)})
        said = self._client("webauthn.create", client.pop("challenge", options["challenge"]), **client)
        return self._answer({"attestationObject": text(attestation), "clientDataJSON": text(said), "transports": ["internal"]})

    def get(self, options: dict[str, Any], **client: Any) -> dict[str, Any]:
        """What `navigator.credentials.get` answers."""
        self.sign_count += self.counts
        said, data = self._client("webauthn.get", client.pop("challenge", options["challenge"]), **client), self._data(0)
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer({"authenticatorData": text(data), "clientDataJSON": text(said), "signature": text(signature),
                             "userHandle": text(self.user_handle)})

    def _answer(self, response: dict[str, Any]) -> dict[str, Any]:
        name = text(self.credential_id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {},
                "authenticatorAttachment": "platform"}
