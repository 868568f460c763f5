"""Secrets at rest and keyed digests.

Sealing is envelope encryption: KMS makes a data key, AES-256-GCM seals with it under the tenant as associated data, and
the wrapped data key travels with the sealed text. A data key serves one process for an hour or 2^20 seals, far below
the 2^32 random nonces NIST SP 800-38D §8.3 allows. Keyed digests (blind keys, signatures) derive from one platform
secret in Secrets Manager, which is read again every quarter of an hour, so that a rotated one is taken up (`keyring`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid, Unavailable
from chalicelib.runtime import keyring
from chalicelib.runtime.keyring import READ_AGAIN_SECONDS, Keyring, Signer
from chalicelib.runtime.settings import settings
from chalicelib.storage.client import client

_VERSION = "s1"
STRIPE_NAMES = ("STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET")
_DATA_KEY_SECONDS = 3600.0
_DATA_KEY_SEALS = 1 << 20
_UNWRAPPED_KEPT = 256
_lock = threading.Lock()


@dataclass(slots=True)
class _DataKey:
    plain: bytes
    wrapped: bytes
    until: float
    seals_left: int


_current: dict[str, _DataKey] = {}
_unwrapped: OrderedDict[bytes, bytes] = OrderedDict()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _kms(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = getattr(client("kms"), operation)(**parameters)
    except BotoCoreError as error:
        raise Unavailable() from error
    except ClientError as error:
        if int(error.response["ResponseMetadata"]["HTTPStatusCode"]) >= 500 or "Throttl" in error.response["Error"]["Code"]:
            raise Unavailable() from error
        raise
    return answer


def _encryption_context() -> dict[str, str]:
    return {"application": "comptoir", "stage": settings().stage}


def _data_key(ctx: Context) -> _DataKey:
    """The process's data key, a new one when it is an hour old or has sealed its share."""
    now = ctx.clock.monotonic()
    key_id = settings().kms_key_id
    with _lock:
        key = _current.get(key_id)
        if key is None or key.until <= now or key.seals_left <= 0:
            answer = _kms("generate_data_key", {"KeyId": key_id, "KeySpec": "AES_256",
                                              "EncryptionContext": _encryption_context()})
            key = _DataKey(answer["Plaintext"], answer["CiphertextBlob"], now + _DATA_KEY_SECONDS, _DATA_KEY_SEALS)
            _current[key_id] = key
            _remember(key.wrapped, key.plain)
        key.seals_left -= 1
        return key


def _remember(wrapped: bytes, plain: bytes) -> None:
    _unwrapped[wrapped] = plain
    while len(_unwrapped) > _UNWRAPPED_KEPT:
        _unwrapped.popitem(last=False)


def _unwrap(wrapped: bytes) -> bytes:
    with _lock:
        plain = _unwrapped.get(wrapped)
    if plain is None:
        plain = _kms("decrypt", {"CiphertextBlob": wrapped, "EncryptionContext": _encryption_context()})["Plaintext"]
        with _lock:
            _remember(wrapped, plain)
    return plain


def encrypt(ctx: Context, text: str) -> str:
    """`text` sealed for this tenant: `s1.<wrapped data key>.<nonce and ciphertext>`. Raises Unavailable."""
    key = _data_key(ctx)
    nonce = ctx.chance.token(12)
    sealed = nonce + AESGCM(key.plain).encrypt(nonce, text.encode(), ctx.tenant_id.encode())
    return f"{_VERSION}.{_encode(key.wrapped)}.{_encode(sealed)}"


def decrypt(ctx: Context, sealed: str) -> str:
    """What `encrypt` sealed for the same tenant. Raises Invalid `sealed` for anything else, and Unavailable."""
    version, _, rest = sealed.partition(".")
    wrapped_text, _, body_text = rest.partition(".")
    try:
        if version != _VERSION:
            raise ValueError(version)
        wrapped, body = _decode(wrapped_text), _decode(body_text)
        return AESGCM(_unwrap(wrapped)).decrypt(body[:12], body[12:], ctx.tenant_id.encode()).decode()
    except (binascii.Error, ValueError, InvalidTag, ClientError):
        raise Invalid("sealed", "This sealed value is not this tenant's, or was changed.") from None


T = TypeVar("T")


class _Kept(Generic[T]):
    """Secrets by name, each as `parse` reads it, for READ_AGAIN_SECONDS; one that cannot be read again stays as it was."""

    def __init__(self, parse: Callable[[str], T]) -> None:
        self._parse, self._held = parse, dict[str, tuple[float, T]]()

    def __call__(self, secret_id: str) -> T:
        now, held = time.monotonic(), self._held.get(secret_id)
        if held is not None and now < held[0]:
            return held[1]
        try:
            found = self._parse(client("secretsmanager").get_secret_value(SecretId=secret_id)["SecretString"])
        except BotoCoreError as error:
            if held is None:
                raise Unavailable() from error
            found = held[1]
        self._held[secret_id] = (now + READ_AGAIN_SECONDS, found)
        return found

    def forget(self) -> None:
        self._held.clear()


def _stripe_names(text: str) -> MappingProxyType[str, str]:
    found = codec.load(text)
    return MappingProxyType({name: str(found[name]) for name in STRIPE_NAMES})


_keyring: _Kept[Keyring] = _Kept(keyring.read)
_stripe_secret: _Kept[MappingProxyType[str, str]] = _Kept(_stripe_names)


def stripe() -> MappingProxyType[str, str]:
    """The keys of our account at Stripe, `STRIPE_API_KEY` and `STRIPE_WEBHOOK_SECRET`. While a webhook secret is rolled Stripe
    signs with both, so a process that has not read the new one yet still verifies."""
    return _stripe_secret(settings().stripe_secret_id)


def forget_stripe() -> None:
    """Has the keys read anew: Stripe did not take them, so somebody rolled them."""
    _stripe_secret.forget()


@lru_cache(maxsize=4096)
def _derived(key: bytes, purpose: str, tenant_id: str) -> bytes:
    """A key of its own for each purpose and tenant: HMAC as the expand step of HKDF (RFC 5869 §2.3)."""
    return hmac.new(key, f"{purpose}\x1f{tenant_id}\x01".encode(), hashlib.sha256).digest()


def blind_key(tenant_id: str) -> bytes:
    """The 32-byte key under which the tenant's personal values stand in keys; "" names the platform's own."""
    return _derived(_keyring(settings().platform_secret_id).blind, "blind", tenant_id)


def blind(value: str) -> str:
    """A personal value as it may stand in a platform key (who signs in with this e-mail, attempts from this address)."""
    return hmac.new(blind_key(""), value.encode(), hashlib.sha256).hexdigest()[:40]


def sign(ctx: Context, purpose: str, data: str) -> str:
    """A signature over `data`, good for this purpose and this tenant only."""
    return _signed_by(_keyring(settings().platform_secret_id).signer(ctx.now), ctx, purpose, data)


def _signed_by(signer: Signer, ctx: Context, purpose: str, data: str) -> str:
    key = _derived(signer.key, f"sign:{purpose}", ctx.tenant_id)
    return _encode(hmac.new(key, data.encode(), hashlib.sha256).digest())


def same(one: str, other: str) -> bool:
    """Whether two texts are equal, compared in constant time."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def verify(ctx: Context, purpose: str, data: str, signature: str, length: int | None = None) -> bool:
    """Whether `signature` is `sign`'s for the same purpose, tenant and data, by the key that signs or another that is accepted;
    of its first `length` characters where it was cut. Compared in constant time."""
    ring = _keyring(settings().platform_secret_id)
    return any([same(_signed_by(each, ctx, purpose, data)[:length], signature) for each in ring.accepted(purpose, ctx.now)])


def digest(token: str) -> str:
    """How a random token of ours is stored: SHA-256 suffices for 256 bits of randomness, no password hash is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def random_token(ctx: Context) -> str:
    """32 random bytes as 43 URL-safe characters, without `.`."""
    return _encode(ctx.chance.token(32))


def ensure_platform_secrets() -> None:
    """Makes the key and the platform secret where they do not exist yet; safe to call at every start.

    The local engine and a test call this; in the cloud the data stack owns both and this is never called.
    """
    chosen = settings()
    _ensure_key(chosen.kms_key_id)
    secret = codec.compact({"key": _encode(os.urandom(48))})
    try:
        client("secretsmanager").create_secret(Name=chosen.platform_secret_id, SecretString=secret)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceExistsException":
            raise


def _ensure_key(key_id: str) -> None:
    kms = client("kms")
    try:
        kms.describe_key(KeyId=key_id)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NotFoundException":
            raise
        if not key_id.startswith("alias/"):
            raise
        made = kms.create_key(Description="Comptoir: wraps the data keys that seal tenants' secrets")
        kms.create_alias(AliasName=key_id, TargetKeyId=made["KeyMetadata"]["KeyId"])


def forget() -> None:
    """Drops everything cached in this process (a test that changes engines)."""
    with _lock:
        _current.clear()
        _unwrapped.clear()
    _keyring.forget()
    _stripe_secret.forget()
    _derived.cache_clear()
