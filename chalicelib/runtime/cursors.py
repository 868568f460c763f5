"""Signed cursors: where the next page starts, bound to the tenant and to the very query they came from."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.errors import Invalid
from chalicelib.runtime import secrets


def _bound(position: str, shape: list[Any]) -> str:
    return f"{position}\n{codec.compact(shape)}"


def write(ctx: Context, start: Mapping[str, str], shape: list[Any]) -> str:
    """A cursor for the place `start` of the query described by `shape`."""
    prefix = f"T#{ctx.tenant_id}#"
    position = codec.compact({name: value.removeprefix(prefix) for name, value in start.items()})
    signature = secrets.sign(ctx, "cursor", _bound(position, shape))
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=") + "." + signature


def read(ctx: Context, cursor: str, shape: list[Any]) -> Mapping[str, str]:
    """The place a cursor names; raises Invalid for one that was changed, is another tenant's or another query's."""
    encoded, _, signature = cursor.partition(".")
    try:
        position = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except (binascii.Error, ValueError):
        raise Invalid("cursor", "This cursor is not one of ours.", {"cursor": "invalid"}) from None
    if not secrets.verify(ctx, "cursor", _bound(position, shape), signature):
        raise Invalid("cursor", "This cursor does not belong to this query.", {"cursor": "invalid"})
    prefix = f"T#{ctx.tenant_id}#"
    return {name: prefix + value if name.endswith("pk") else value for name, value in codec.load(position).items()}
