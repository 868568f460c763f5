"""Two stacks side by side: where a company is, and where it goes."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3

from chalicelib.kernel.context import Context
from chalicelib.storage import packing, table
from chalicelib.storage.table import Wire

_SEALED, _OPENED = "s1.", f"opened-{secrets.token_hex(16)}:"
"""How a sealed text begins, and an open one in this process's memory: by chance, so that nobody's text begins so."""
NAMES = ("COMPTOIR_STAGE", "COMPTOIR_TABLE", "COMPTOIR_BUCKET", "COMPTOIR_KMS_KEY_ID", "COMPTOIR_PLATFORM_SECRET_ID",
         "COMPTOIR_USER_POOL_ID", "COMPTOIR_USER_POOL_CLIENT_ID", "COMPTOIR_PUBLIC_URL", "AWS_REGION")
"""What tells one stack from another, as its functions are told."""


@dataclass(frozen=True)
class Place:
    """A stack, by the environment its functions run in."""

    environment: Mapping[str, str]

    @classmethod
    def here(cls) -> Place:
        """The one that this process's environment names."""
        from chalicelib.runtime.settings import settings

        said = settings()
        defaults = {"COMPTOIR_KMS_KEY_ID": said.kms_key_id, "COMPTOIR_PLATFORM_SECRET_ID": said.platform_secret_id}
        return cls({**defaults, **{name: os.environ[name] for name in NAMES if name in os.environ}})

    @classmethod
    def read(cls, text: str) -> Place:
        """The one of a JSON object of NAMES. Raises ValueError for what lacks a table, bucket, pool or secret."""
        held = json.loads(text)
        lacks = [name for name in NAMES[:7] if not held.get(name)]
        if lacks:
            raise ValueError(f"the other stack's environment lacks {', '.join(lacks)}")
        return cls({name: str(held[name]) for name in NAMES if name in held})

    def client(self, service: str) -> Any:
        """A client in the stack's region."""
        return boto3.session.Session().client(service, region_name=self.environment.get("AWS_REGION"),
                                              endpoint_url=os.environ.get("AWS_ENDPOINT_URL") or None)

    @cached_property
    def dynamodb(self) -> Any:
        return self.client("dynamodb")

    @cached_property
    def s3(self) -> Any:
        return self.client("s3")

    @property
    def table(self) -> str:
        """The name of its table."""
        return self.environment["COMPTOIR_TABLE"]

    @property
    def bucket(self) -> str:
        return self.environment["COMPTOIR_BUCKET"]

    @contextmanager
    def entered(self) -> Iterator[None]:
        """The program's own functions work on this stack while the block runs."""
        from chalicelib.runtime import secrets as sealing
        from chalicelib.runtime.settings import settings

        before = dict(os.environ)
        os.environ.update(self.environment)
        settings.cache_clear()
        sealing.forget()
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)
            settings.cache_clear()
            sealing.forget()


def mapped(wire: Wire, begins: str, change: Callable[[str], str]) -> Wire:
    """An item whose texts that begin so, wherever they stand in its data, are what `change` makes of them."""
    text = table.text_of(wire) if "data" in wire else ""
    return {**wire, "data": {"S": _changed(text, begins, change)}} if begins in text else wire


def _changed(text: str, begins: str, change: Callable[[str], str]) -> str:
    from chalicelib.kernel import codec

    def each(value: Any) -> Any:
        if isinstance(value, str):
            return change(value) if value.startswith(begins) else value
        if isinstance(value, dict):
            return {name: each(one) for name, one in value.items()}
        return [each(one) for one in value] if isinstance(value, list) else value

    return codec.compact(each(codec.load(text)))


def opened(ctx: Context, wire: Wire) -> Wire:
    """An item with its sealed texts open, in the stack that is entered. Never stored. Raises RuntimeError for one that was."""
    from chalicelib.runtime import secrets as sealing

    if "data" in wire and _OPENED in table.text_of(wire):
        raise RuntimeError(f"an open secret stands in {wire['pk']['S']}")
    return mapped(wire, _SEALED, lambda text: _OPENED + sealing.decrypt(ctx, text) if text.count(".") == 2 else text)


def sealed_again(ctx: Context, wire: Wire) -> Wire:
    """An opened item with its texts sealed by the stack that is entered."""
    from chalicelib.runtime import secrets as sealing

    made = mapped(wire, _OPENED, lambda text: sealing.encrypt(ctx, text.removeprefix(_OPENED)))
    return made if made is wire else {**made, "data": packing.kept(table.text_of(made))}
