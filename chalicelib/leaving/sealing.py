"""The archive of erased persons: originals under a key of the person's own, one key for each end of a term.

A key is wrapped by the platform's (envelope encryption); what it sealed is unreadable for ever once the item that holds it
is deleted, in the table and in every export and backup alike. Nobody reads the archive but whoever may `archive.read`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import date

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import NotFound
from chalicelib.runtime import secrets
from chalicelib.storage import blobs, keys, read, write
from chalicelib.storage.keys import Key
from chalicelib.storage.table import Item
from chalicelib.storage.transaction import Transaction


def _key_at(ctx: Context, erasure_id: str, until: date) -> Key:
    return keys.child(ctx, "subject_key", erasure_id, until.isoformat())


def _item_at(ctx: Context, erasure_id: str, until: date, kind: str, document_id: str) -> Key:
    return keys.child(ctx, "archive", erasure_id, f"{until.isoformat()}#{kind}#{document_id}")


def _file_at(erasure_id: str, until: date, name: str) -> str:
    return f"archive/{erasure_id}/{until.isoformat()}/{name.replace('/', '-')}"


def new_key(tx: Transaction, erasure_id: str, until: date) -> None:
    """Write part: a fresh key for what is kept until a day."""
    ctx = tx.ctx
    sealed = secrets.encrypt(ctx, base64.b64encode(ctx.chance.token(32)).decode())
    tx.put(Item(_key_at(ctx, erasure_id, until), "subject_key", ctx.tenant_id, codec.compact({"sealed": sealed})))


def key_of(ctx: Context, erasure_id: str, until: date) -> bytes:
    """The key of a term. Raises NotFound once it is destroyed."""
    stored = read.item(ctx, _key_at(ctx, erasure_id, until))
    if stored is None:
        raise NotFound("archive")
    return base64.b64decode(secrets.decrypt(ctx, str(codec.load(stored.data)["sealed"])))


def _sealed(ctx: Context, key: bytes, content: bytes, name: str) -> bytes:
    nonce = ctx.chance.token(12)
    return nonce + AESGCM(key).encrypt(nonce, content, f"{ctx.tenant_id}\n{name}".encode())


def _opened(ctx: Context, key: bytes, content: bytes, name: str) -> bytes:
    return AESGCM(key).decrypt(content[:12], content[12:], f"{ctx.tenant_id}\n{name}".encode())


def keep(tx: Transaction, erasure_id: str, until: date, key: bytes, kind: str, document_id: str, original: str) -> None:
    """Write part: the original text of a document, sealed."""
    ctx = tx.ctx
    sealed = _sealed(ctx, key, original.encode(), f"{kind}#{document_id}")
    tx.put(Item(_item_at(ctx, erasure_id, until, kind, document_id), "archive", ctx.tenant_id,
                codec.compact({"kind": kind, "id": document_id, "sealed": base64.b64encode(sealed).decode()})))


def keep_file(ctx: Context, erasure_id: str, until: date, key: bytes, name: str) -> None:
    """Moves a file into the archive; one that is not there was moved before."""
    try:
        content = blobs.get(ctx, name)
    except NotFound:
        return
    blobs.put(ctx, _file_at(erasure_id, until, name), _sealed(ctx, key, content, name), "application/octet-stream")
    blobs.delete(ctx, name)


def held(ctx: Context, erasure_id: str) -> list[tuple[date, str, str]]:
    """What the archive holds of a person: until when, kind and id."""
    return [(date.fromisoformat(until), kind, document_id) for item in _items(ctx, erasure_id)
            for until, kind, document_id in [item.key.sk.split("#", 2)]]


def _items(ctx: Context, erasure_id: str, until: str = "") -> Iterator[Item]:
    return read.every_item(ctx, f"ARCHIVE#{erasure_id}", begins=until)


def original(ctx: Context, erasure_id: str, kind: str, document_id: str) -> tuple[date, str]:
    """An original, and until when it is kept. Raises NotFound for what is not in the archive, or not any more."""
    for until, each_kind, each_id in held(ctx, erasure_id):
        if (each_kind, each_id) == (kind, document_id):
            stored = read.item(ctx, _item_at(ctx, erasure_id, until, kind, document_id))
            if stored is not None:
                content = base64.b64decode(codec.load(stored.data)["sealed"])
                return until, _opened(ctx, key_of(ctx, erasure_id, until), content, f"{kind}#{document_id}").decode()
    raise NotFound("archived document")


def original_file(ctx: Context, erasure_id: str, until: date, name: str) -> bytes:
    """A file as it was. Raises NotFound."""
    return _opened(ctx, key_of(ctx, erasure_id, until), blobs.get(ctx, _file_at(erasure_id, until, name)), name)


def destroy(ctx: Context, erasure_id: str, until: date) -> None:
    """Destroys the key of a term, then what it sealed: from the first on, nobody can read it. Done again, it changes
    nothing."""
    write.many(ctx, (), [_key_at(ctx, erasure_id, until)])
    write.many(ctx, (), [item.key for item in _items(ctx, erasure_id, until.isoformat())])
    after = ""
    while found := blobs.names(ctx, f"archive/{erasure_id}/{until.isoformat()}", after):
        for name, _ in found:
            blobs.delete(ctx, name)
        after = found[-1][0]



def sealed_text(ctx: Context, text: str) -> str:
    """A text of a job that is under way, sealed under the platform's key."""
    return secrets.encrypt(ctx, text)


def opened_text(ctx: Context, sealed: str) -> str:
    """What `sealed_text` sealed."""
    return secrets.decrypt(ctx, sealed)
