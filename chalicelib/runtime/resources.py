"""Generic list, get, create, update, remove, act: written once, driven by each domain's declarations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar, cast

from chalicelib.kernel import codec
from chalicelib.kernel.context import Context
from chalicelib.kernel.documents import Document
from chalicelib.kernel.errors import Invalid, NotFound, Stale
from chalicelib.kernel.shapes import command
from chalicelib.kernel.states import Transitions, actions_from
from chalicelib.runtime import cursors, fields
from chalicelib.runtime.api import Api
from chalicelib.runtime.endpoints import LOADERS, Answer, Loader, Parameter, Request
from chalicelib.storage import read
from chalicelib.storage.client import back_off
from chalicelib.storage.transaction import Refused

T = TypeVar("T")
ROWS_LOOKED_AT = 1000
ATTEMPTS = 8
LOWEST = "\x01"
"""Before every sort key: names may begin with a bracket or an apostrophe."""


@command
class Nothing:
    """The body of an action that needs none."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One order of reading a collection: an index and the partition in it (without the tenant's prefix).

    In a partition that several kinds share, `begins` is how the sort keys of this one begin. `is_period` says that
    what follows is what `from` and `to` are compared with. `ends(ctx)` is the last of its sort keys, for a view that ends
    with a day of its own (what is overdue today). `document` is whose place in the index it is when that is not the
    collection's own: a document beside it with the same id, whose rows are then the rows.
    """

    index: str
    partition: str
    newest_first: bool = True
    begins: str = ""
    is_period: bool = True
    ends: Callable[[Context], str] | None = None
    document: Document[Any] | None = None


@dataclass(frozen=True, slots=True)
class Action(Generic[T]):
    """`run(ctx, document, body)` answers the document after; `permission` defaults to the resource's write one.

    `again`: who names no version means the document as it stands, so when somebody saves it between our reading and our
    writing (a shop's echo of an order just shipped), the action is decided again. Only for what raises Stale before any
    of it is written.
    """

    run: Callable[[Context, T, Any], T]
    body: type = Nothing
    permission: str | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Resource(Generic[T]):
    """A collection of documents as the API offers it.

    `create(ctx, body)` and `update(ctx, document, body)` are the domain's use cases; `present(ctx, document)` may
    answer what this caller may see (a dict) instead of the whole document. `filters` name summary columns; `lookups` are
    query parameters that are a partition of an index of their own (`{}` in its name stands for the value). `search(ctx,
    words, limit)` answers the ids of documents that words find, best first: with it the list takes `q`. Without it, `q` is
    text that one of the columns `texts` holds. `row` is the shape of a list's item, `shape` that of the document as shown,
    when it is not the document's own; `complete(ctx, rows)` adds to a page's rows what their summaries do not hold.
    `allows(ctx, document, name)` tells whether a document
    itself permits an action that its state does (a shop's order is not amended here). `commands` are actions that answer
    something of their own: their routes are the domain's, and they are offered by the same rule. What `stays_open` is
    read whatever the tenant's subscription. `holds(document)` tells
    whether it belongs to this collection, where several share a kind: the others' are not found here, and each has a `noun` of
    its own in the names of its operations.
    """

    document: Document[T]
    path: str
    read: str
    write: str
    listings: Mapping[str, Listing]
    filters: tuple[str, ...] = ()
    lookups: Mapping[str, Listing] = field(default_factory=dict)
    search: Callable[[Context, str, int], list[str]] | None = None
    texts: tuple[str, ...] = ()
    create: Callable[[Context, Any], T] | None = None
    create_body: type = Nothing
    update: Callable[[Context, T, Any], T] | None = None
    update_body: type = Nothing
    remove: Callable[[Context, T], None] | None = None
    actions: Mapping[str, Action[T]] = field(default_factory=dict)
    commands: tuple[str, ...] = ()
    transitions: Transitions | None = None
    stays_open: bool = False
    present: Callable[[Context, T], Any] | None = None
    shape: type | None = None
    row: type | None = None
    complete: Callable[[Context, list[dict[str, Any]]], list[dict[str, Any]]] | None = None
    holds: Callable[[T], bool] = lambda value: True
    noun: str = ""
    state_of: Callable[[T], str] = lambda value: str(cast(Any, value).state)
    allows: Callable[[Context, T, str], bool] = lambda ctx, value, name: True

    @property
    def answer(self) -> type:
        """The shape of the document as it is shown."""
        return self.shape or self.document.model

    def load(self, ctx: Context, document_id: str) -> T:
        """A document of this collection. Raises NotFound."""
        found = read.get(ctx, self.document, document_id)
        if not self.holds(found):
            raise NotFound(self.document.kind)
        return found

    def shown(self, ctx: Context, value: T) -> Answer:
        """The document as this caller sees it, with the actions that its state, the document and this caller's permissions
        allow."""
        body = self.present(ctx, value) if self.present else codec.plain(value)
        if not isinstance(body, dict):
            body = codec.plain(body)
        body["version"] = cast(Any, value).version
        if self.transitions is not None:
            body["allowed_actions"] = [name for name in actions_from(self.transitions, self.state_of(value))
                                       if self._offers(ctx, value, name)]
        return Answer(body, 200, version=cast(Any, value).version)

    def _offers(self, ctx: Context, value: T, name: str) -> bool:
        action = self.actions.get(name)
        if action is None and name not in self.commands:
            return False
        permission = action.permission if action else None
        return ctx.allows(permission or self.write) and self.allows(ctx, value, name)


def mount(api: Api, resource: Resource[T]) -> None:
    """Adds the resource's endpoints to the domain's API."""
    LOADERS[resource.document.kind] = _loader(resource, LOADERS.get(resource.document.kind))
    api.resources.append(resource)
    _mount_list(api, resource)
    _mount_get(api, resource)
    if resource.create:
        _mount_create(api, resource)
    if resource.update:
        _mount_update(api, resource)
    if resource.remove:
        _mount_remove(api, resource)
    for name, action in resource.actions.items():
        _mount_action(api, resource, name, action)


def _loader(resource: Resource[T], others: Loader | None) -> Loader:
    """Shows a document again as its collection shows it; `others` knows the collections of the same kind mounted before."""

    def load(ctx: Context, document_id: str) -> Any:
        found = read.get(ctx, resource.document, document_id)
        if others is not None and not resource.holds(found):
            return others(ctx, document_id)
        return resource.shown(ctx, found).body

    return load


def _named(view: Callable[..., Any], verb: str, resource: Resource[Any], doc: str) -> Callable[..., Any]:
    view.__name__ = f"{verb}_{resource.noun or resource.document.kind}"
    view.__doc__ = doc
    return view


def _mount_list(api: Api, resource: Resource[T]) -> None:
    def view(ctx: Context, request: Request[Any]) -> Answer:
        page = list_page(ctx, resource, request.query)
        return Answer({**page.body, "items": resource.complete(ctx, page.body["items"])}) if resource.complete else page

    parameters = (Parameter("limit", "1 to 100, 50 if not given"), Parameter("cursor"), Parameter("from", "first date"),
                  Parameter("to", "last date"), Parameter("view", "one of " + ", ".join(resource.listings)),
                  *([Parameter("q", "words to find; one page, best first")] if resource.search else []),
                  *(Parameter(name) for name in (*resource.filters, *resource.lookups)))
    title = f"List {resource.document.kind.replace('_', ' ')}s, newest first."
    api.get(resource.path, permission=resource.read, stays_open=resource.stays_open, is_list=True,
            answer=resource.row or resource.answer, parameters=parameters)(_named(view, "list", resource, title))


def list_page(ctx: Context, resource: Resource[T], query: Mapping[str, str]) -> Answer:
    """One page: one query on summaries, unless filters or the caller's scope make it look further (at most 1,000 rows), or
    words are sought."""
    if resource.search and query.get("q"):
        return _found(ctx, resource, query)
    listing = _listing(resource, query)
    limit = _limit(query)
    wanted = {name: set(query[name].split(",")) for name in resource.filters if query.get(name)}
    text = query.get("q", "").strip().casefold() if resource.texts else ""
    is_filtered = bool(wanted or text) or ctx.scope.limits_kind((listing.document or resource.document).kind)
    shape = [resource.path, text, query.get("view", ""), [query.get(name, "") for name in resource.lookups],
             query.get("from", ""), query.get("to", ""),
             sorted((name, sorted(values)) for name, values in wanted.items())]
    start = cursors.read(ctx, query["cursor"], shape) if query.get("cursor") else None
    between = _between(ctx, query, listing)
    rows: list[Mapping[str, Any]] = []
    looked = 0
    while True:
        page = read.query(ctx, listing.index, listing.partition, limit=250 if is_filtered else limit - len(rows),
                          newest_first=listing.newest_first, between=between, begins=listing.begins, start=start)
        looked += page.looked - len(page.items)
        for row in page.items:
            looked += 1
            if all(_filterable(row.get(name, "")) in values for name, values in wanted.items()) and (
                    not text or any(text in str(row.get(name, "")).casefold() for name in resource.texts)):
                rows.append(row)
                if len(rows) == limit and is_filtered:
                    return _page(ctx, rows, _start_after(listing, ctx, row, page), shape, looked)
        start = page.start
        if start is None or len(rows) >= limit or looked >= ROWS_LOOKED_AT:
            return _page(ctx, rows, start, shape, looked)


def row_count(ctx: Context, resource: Resource[T], query: Mapping[str, str]) -> int:
    """How many rows a question looks at: those of its list and period, before filters. Raises Invalid as the list does."""
    listing = _listing(resource, query)
    return read.count_all(ctx, listing.index, listing.partition, between=_between(ctx, query, listing))


def _between(ctx: Context, query: Mapping[str, str], listing: Listing) -> tuple[str, str] | None:
    """The range of sort keys that `from` and `to` name. Raises Invalid when it ends before it begins (the table compares
    UTF-8 bytes), is longer than a sort key, or is asked of an order that has none."""
    if not query.get("from") and not query.get("to") and listing.ends is None:
        return None
    if not listing.is_period:
        raise Invalid("period_of_lookup", "What is looked up so has no period.", {"from": "not here", "to": "not here"})
    low, high = query.get("from") or LOWEST, query.get("to", "") + "\uffff"
    if low.encode() > high.encode() or max(len(low), len(high)) > 200:
        raise Invalid("period", "The period ends before it begins.", {"to": "before from"})
    if listing.ends:
        high = min(high, listing.ends(ctx) + "\uffff", key=str.encode)
    if low.encode() > high.encode():
        low = high = LOWEST
    return listing.begins + low, listing.begins + high


def _found(ctx: Context, resource: Resource[T], query: Mapping[str, str]) -> Answer:
    """The documents that the words find, as rows, best first; filters hold too. There is no further page: say more words."""
    assert resource.search is not None
    ids = resource.search(ctx, query["q"], 100)
    documents = read.get_many(ctx, resource.document, ids)
    wanted = {name: set(query[name].split(",")) for name in resource.filters if query.get(name)}
    rows = [{"id": i, "kind": resource.document.kind, "version": cast(Any, documents[i]).version,
             **resource.document.summary(documents[i])} for i in ids if i in documents]
    rows = [row for row in rows if all(_filterable(row.get(name, "")) in values for name, values in wanted.items())]
    return Answer({"items": rows[: _limit(query)], "cursor": None, "looked_at": len(ids)})


def _filterable(value: Any) -> str:
    """A column's value as a query names it: `true` and `false` as in JSON."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _listing(resource: Resource[T], query: Mapping[str, str]) -> Listing:
    """Which index answers: a lookup's own, else the view's. Raises Invalid."""
    for name, listing in resource.lookups.items():
        if query.get(name):
            return replace(listing, partition=listing.partition.replace("{}", query[name]))
    found = resource.listings.get(query.get("view", ""))
    if found is None:
        raise Invalid("unknown_view", f"There is no view {query.get('view')}.", {"view": "unknown"})
    return found


def _start_after(listing: Listing, ctx: Context, row: Mapping[str, Any], page: read.Page) -> Mapping[str, str] | None:
    """Where to go on when a page is full in the middle of what was read."""
    if row is page.items[-1]:
        return page.start
    return read.position(row)


def _page(ctx: Context, rows: list[Mapping[str, Any]], start: Mapping[str, str] | None, shape: list[Any],
          looked: int) -> Answer:
    items = [read.public(row) for row in rows]
    return Answer({"items": items, "cursor": cursors.write(ctx, start, shape) if start else None, "looked_at": looked})


def _limit(query: Mapping[str, str]) -> int:
    text = query.get("limit", "50")
    if not text.isdigit() or not 1 <= int(text[:6]) <= 100:
        raise Invalid("limit", "limit is a number from 1 to 100.", {"limit": "1 to 100"})
    return int(text)


def _mount_get(api: Api, resource: Resource[T]) -> None:
    def view(ctx: Context, request: Request[Any], document_id: str) -> Answer:
        return resource.shown(ctx, resource.load(ctx, document_id))

    api.get(resource.path + "/{document_id}", permission=resource.read, stays_open=resource.stays_open, answer=resource.answer)(
        _named(view, "get", resource, f"Read one {resource.document.kind.replace('_', ' ')}."))


def _mount_create(api: Api, resource: Resource[T]) -> None:
    create = resource.create
    assert create is not None

    def view(ctx: Context, request: Request[Any]) -> Answer:
        shown = resource.shown(ctx, create(ctx, request.body))
        return Answer(shown.body, 201, version=shown.version)

    api.post(resource.path, permission=resource.write, body=resource.create_body, answer=resource.answer,
             status=201)(_named(view, "create", resource, f"Create a {resource.document.kind.replace('_', ' ')}."))


def _current(ctx: Context, resource: Resource[T], document_id: str, request: Request[Any]) -> T:
    """The document as it stands; raises Stale when the caller's If-Match names another version."""
    document = resource.load(ctx, document_id)
    if request.if_match is not None and request.if_match != cast(Any, document).version:
        raise Stale(resource.document.kind)
    return document


def _mount_update(api: Api, resource: Resource[T]) -> None:
    update = resource.update
    assert update is not None

    def view(ctx: Context, request: Request[Any], document_id: str) -> Answer:
        document = _current(ctx, resource, document_id, request)
        return resource.shown(ctx, update(ctx, document, fields.keep(ctx, document, request.body)))

    api.put(resource.path + "/{document_id}", permission=resource.write, body=resource.update_body,
            answer=resource.answer)(
        _named(view, "update", resource, f"Replace what can be changed of a {resource.document.kind.replace('_', ' ')}."))


def _mount_remove(api: Api, resource: Resource[T]) -> None:
    remove = resource.remove
    assert remove is not None

    def view(ctx: Context, request: Request[Any], document_id: str) -> Answer:
        remove(ctx, _current(ctx, resource, document_id, request))
        return Answer(None, 204)

    api.delete(resource.path + "/{document_id}", permission=resource.write, status=204)(
        _named(view, "remove", resource, f"Remove a {resource.document.kind.replace('_', ' ')}."))


def _is_stale(error: Stale | Refused) -> bool:
    """Whether a document was saved meanwhile: what else was refused may follow from that."""
    return any(isinstance(each, Stale) for each in (error.errors if isinstance(error, Refused) else [error]))


def _mount_action(api: Api, resource: Resource[T], name: str, action: Action[T]) -> None:
    def act(ctx: Context, request: Request[Any], document_id: str) -> T:
        return action.run(ctx, _current(ctx, resource, document_id, request), request.body)

    def view(ctx: Context, request: Request[Any], document_id: str) -> Answer:
        attempts = ATTEMPTS if action.again and request.if_match is None else 1
        for attempt in range(attempts - 1):
            try:
                return resource.shown(ctx, act(ctx, request, document_id))
            except (Stale, Refused) as error:
                if not _is_stale(error) or not back_off(ctx, attempt):
                    raise
        return resource.shown(ctx, act(ctx, request, document_id))

    title = f"{name.replace('_', ' ').capitalize()} a {resource.document.kind.replace('_', ' ')}."
    api.post(f"{resource.path}/{{document_id}}/{name}", permission=action.permission or resource.write,
             body=action.body, answer=resource.answer)(_named(view, name, resource, title))
