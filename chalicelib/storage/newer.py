"""What a newer version of the program stored and this one does not know: kept, not dropped, when this one saves.

While two versions run on one table, or after going back to the older one, documents hold fields that the code at hand has
no place for. Reading notes them under the document's version; saving that version puts them back, at every depth, and
leaves the newer schema version standing. Documents of our own version, that is nearly all, cost nothing.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any, cast

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.documents import Document
from chalicelib.storage.table import Item

_KEPT = 5000
_noted: OrderedDict[tuple[str, str, str, int], tuple[int, Any]] = OrderedDict()
_lock = threading.Lock()


def note(document: Document[Any], stored: Item, value: Any) -> None:
    """Notes what of a stored document `value`, read from it, does not show."""
    if stored.schema_version <= document.schema_version:
        return
    unknown = codec.unknown(codec.load(stored.data), codec.plain(value))
    with _lock:
        _noted[(stored.tenant_id, document.kind, str(value.id), stored.version)] = (stored.schema_version, unknown)
        while len(_noted) > _KEPT:
            _noted.popitem(last=False)


def keep(ctx: Context, document: Document[Any], old: Any, data: str) -> tuple[str, int]:
    """The text and the schema version to store instead of `old`: with what was noted when `old` was read."""
    with _lock:
        noted = _noted.get((ctx.tenant_id, document.kind, str(old.id), int(cast(Any, old).version)))
    if noted is None:
        return data, document.schema_version
    return codec.compact(codec.with_unknown(codec.load(data), noted[1])), noted[0]
