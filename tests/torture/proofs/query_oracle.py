"""Lists answer what a naive filter of the whole state answers: nothing missing, nothing twice, in order.

A company writes through the API whatever the route table offers (the rows of the idempotency proof, and documents with
values to filter by), its queues work, indexes lag. Between writes its lists are asked: any view, filters, look-ups,
periods, words, page sizes, and pages that the table cuts short. At rest the answer must be, row for row, what is left when
every stored document is looked at. While others write, whatever stood in the list all along must be seen exactly once, and
nothing that never did.

The lists come from the route table: a resource joins by being mounted; another list without a row here or a reason fails.
`size` is queries, each read to its last page.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

from chalicelib.activity import model as words
from chalicelib.activity import service as activity
from chalicelib.channels import routes as channels
from chalicelib.channels.model import BINDING, CONNECTION, SYNC_RUN
from chalicelib.invoicing import routes as invoicing
from chalicelib.kernel import codec
from chalicelib.kernel.documents import Document
from chalicelib.runtime import registry, resources
from chalicelib.runtime.resources import Listing, Resource
from chalicelib.runtime.worker import tenant_work
from chalicelib.stock import routes as stock
from chalicelib.storage import read, transaction
from chalicelib.storage.keys import INDEXES
from chalicelib.storage.table import from_wire
from chalicelib.tenants import signing_in
from tests.torture.faults import CALM, Faults
from tests.torture.merchant import papers_not_drawn
from tests.torture.pipeline import Pipeline
from tests.torture.proof import Proof, Result, Variant
from tests.torture.proofs.idempotency import NOT_BY_KEY, ROWS, Company
from tests.torture.world import Died, World

Wire = Mapping[str, Any]
FIRST_WRITES, WRITES, AT_REST, WHILE_WRITING, WRITERS = 160, 12, 32, 8, 3
NAMES = ("Zoé Lefèvre", "'t Hart", "(essai)", "Élan SARL", "zoe martin", "Ada", "#1 Glaces")
CITIES = ("Annecy", "Lyon", "Évian", "Zürich", "")
RECENT = 200
"""Among how many of the last changes words are looked for half of the time: names that were others."""

SHORT_PAGES, LOOKED_AT = 0.5, 30
"""How often the table cuts a page short, and how many rows a filter looks at in one page: few, so that lists need many."""
SELDOM = ("connections", "imports")
"""Parts of paths of writes that cost much and list little."""

OTHER_LISTS: Mapping[str, str] = {
    "/api/changes": "a feed, read from a position on; one page",
    "/api/search": "checked as the words `q` of the lists that take them",
    "/api/timeline/{kind}/{document_id}": "one document's last 200 entries; no filter, no page",
    "/api/audit/records": "records stand by the hour and are no documents; the proof of the audit counts them",
    "/api/tenants/passkeys": "one's own, whole", "/api/tenants/sessions": "one's own, whole",
    "/api/tenants/roles": "the declared table",
    "/api/channels/platforms": "the declared table", "/api/reporting/measures": "the declared table",
    "/api/webhooks/event-types": "the declared table",
    "/api/requests": "noted by the processes that serve, which a simulation is not",
    "/api/reporting/documents": "the rows a measure is made of, checked where numbers are opened",
    "/api/subscriptions/plans": "the declared table", "/api/subscriptions/invoices": "Stripe's own, as it lists them",
    "/api/channels/farewells": "whole", "/api/leaving/archives/{erasure_id}": "whole",
    "/api/channels/lag": "measurements, summed up",
    **dict.fromkeys((f"/api/operators/{name}" for name in ("tenants", "switches", "acts", "audit/records")),
                    "the platform's own, which no company asks: tests/operators"),
    "/api/channels/connections/{connection_id}/lag": "measurements, summed up",
    "/api/pricing/price-lists/{price_list_id}/prices": "the rows of one list by SKU: a page is one read of its partition",
}
"""Lists that are no resource's, and why they need no row."""

MEANS: Mapping[tuple[str, str], Callable[[Any], bool]] = {
    ("sales_order", "on_hold"): lambda o: o.state == "on_hold",
    ("sales_order", "pending"): lambda o: o.state == "pending",
    ("sales_order", "to_ship"): lambda o: o.state in ("confirmed", "partly_shipped") and any(x.reserved for x in o.lines),
    ("sales_order", "backorder"): lambda o: o.state in ("confirmed", "partly_shipped") and not any(
        x.reserved for x in o.lines) and any(x.backordered_quantity for x in o.lines),
    ("delivery", "quarantine"): lambda d: d.state == "quarantined",
    ("stock_level", "replenish"): lambda s: s.is_to_replenish,
}
"""What a view says it shows, in words of the document; for others it is where the document says it stands."""


@dataclass(frozen=True, slots=True)
class Source:
    """A list: its address, and the declarations it is made of."""

    path: str
    resource: Resource[Any]

    @property
    def takes_period(self) -> bool:
        return "from" in _parameters().get(self.path, ())


@cache
def _parameters() -> dict[str, frozenset[str]]:
    """What each list of the route table takes."""
    return {e.path: frozenset(each.name for each in e.parameters)
            for domain in registry.DOMAINS for e in registry.routes(domain).api.endpoints if e.is_list and e.method == "GET"}


def sources(connection_ids: list[str]) -> list[Source]:
    """Every list of documents: the resources that domains mount or declare, and the lists of connections for those there
    are."""
    declared = {id(each): (domain, each) for domain in registry.DOMAINS for each in (
        *registry.routes(domain).api.resources, *vars(registry.routes(domain)).values()) if isinstance(each, Resource)}
    found = [Source(f"/api/{domain}{each.path}", each) for domain, each in declared.values()]
    for connection_id in connection_ids:
        for document, name in ((BINDING, "bindings"), (SYNC_RUN, "runs")):
            made = channels._of_connection(document, name, connection_id)
            found.append(Source(f"/api/channels{made.path}", made))
    return found


def lists_without_a_row() -> list[str]:
    """Lists of the route table that neither a source nor a reason covers."""
    covered = {*(each.path for each in sources(["{connection_id}"])), *OTHER_LISTS}
    return [f"{e.path}" for domain in registry.DOMAINS for e in registry.routes(domain).api.endpoints
            if e.is_list and e.method == "GET" and e.path not in covered]


# -- the whole state -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A stored document as a naive reader sees it."""

    id: str
    value: Any
    summary: Mapping[str, Any]
    columns: Mapping[str, str]


class State:
    """All documents of a company, straight from the table; and every change of them, with its instant."""

    def __init__(self, world: World, tenant: str, documents: Mapping[str, Document[Any]]) -> None:
        self.world, self.prefix, self.documents = world, f"T#{tenant}#", documents
        self._read: dict[str, tuple[Wire, Row]] = {}
        self._stored: defaultdict[str, dict[str, Wire]] = defaultdict(dict)
        self.changes: list[tuple[float, str, Wire | None, Wire | None]] = []
        told = world.cloud.table._on_change

        def changed(old: Any, new: Any) -> None:
            wire = new or old
            if wire is not None and wire["sk"]["S"] == "#" and wire["kind"]["S"] in documents:
                self.changes.append((world.time, wire["kind"]["S"], old, new))
                self._keep(wire["kind"]["S"], wire["pk"]["S"], new)
            told(old, new)

        world.cloud.table._on_change = changed
        for pk, rows in world.cloud.table.items.items():
            if "#" in rows and rows["#"]["kind"]["S"] in documents:
                self._keep(rows["#"]["kind"]["S"], pk, rows["#"])

    def _keep(self, kind: str, pk: str, wire: Wire | None) -> None:
        if not pk.startswith(f"{self.prefix}{kind.upper()}#"):
            return
        if wire is None:
            self._stored[kind].pop(pk, None)
        else:
            self._stored[kind][pk] = wire

    def row(self, wire: Wire) -> Row:
        """The document a wire item holds; each item is read once."""
        held = self._read.get(wire["pk"]["S"])
        if held is not None and held[0] is wire:
            return held[1]
        document, item = self.documents[wire["kind"]["S"]], from_wire(dict(wire))
        value = read.document_of(document, item)
        summary = json.loads(json.dumps(codec.plain(dict(document.summary(value))), default=str))
        row = Row(item.key.pk.split("#", 3)[3], value, summary, {n: _as_asked(v) for n, v in summary.items()})
        self._read[wire["pk"]["S"]] = (wire, row)
        return row

    def all(self, kind: str) -> list[Row]:
        """Every document of a kind."""
        return [self.row(wire) for wire in self._stored[kind].values()]

    def changed(self, kind: str) -> list[Row]:
        """The documents of a kind that were changed last, after they had been made."""
        found = {old["pk"]["S"]: new for _, changed, old, new in self.changes[-RECENT:] if changed == kind and old and new}
        return [self.row(wire) for wire in found.values()]


def _as_asked(value: Any) -> str:
    """A value as one would type it into a query."""
    if value is True or value is False:
        return "true" if value else "false"
    return str(value)


# -- queries -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of a list."""

    source: Source
    view: str = ""
    lookup: tuple[str, str] | None = None
    filters: Mapping[str, frozenset[str]] | None = None
    begin: str = ""
    end: str = ""
    words: str = ""
    limit: int = 50
    last: str = ""

    @property
    def listing(self) -> Listing:
        """What is read: a look-up's own order, else the view's."""
        resource = self.source.resource
        return resource.lookups[self.lookup[0]] if self.lookup else resource.listings[self.view]

    @property
    def document(self) -> Document[Any]:
        """Whose rows they are."""
        own: Document[Any] = self.source.resource.document
        return self.listing.document or own if not self.words else own

    @property
    def url(self) -> str:
        asked = {"limit": str(self.limit), "view": self.view, "from": self.begin, "to": self.end, "q": self.words,
                 **({self.lookup[0]: self.lookup[1]} if self.lookup else {}),
                 **{name: ",".join(sorted(values)) for name, values in (self.filters or {}).items()}}
        return f"{self.source.path}?{urlencode({name: value for name, value in asked.items() if value})}"

    def place(self, row: Row) -> str | None:
        """Where a document stands in the order of this list, None when it is not in it: the naive filter."""
        document, listing = self.document, self.listing
        index = getattr(document, listing.index)(row.value)
        means = None if self.lookup else MEANS.get((document.kind, self.view))
        wanted = listing.partition.replace("{}", self.lookup[1] if self.lookup else "")
        if not (means(row.value) if means else index is not None and index[0] == wanted):
            return None
        if any(row.columns.get(name, "") not in values for name, values in (self.filters or {}).items()):
            return None
        main = index if self.lookup or listing.document else document.by_list(row.value)
        dated = main[1].removeprefix(listing.begins) if main else ""
        if dated.encode() < self.begin.encode() or (self.end and dated[:len(self.end)] > self.end):
            return None
        if self.last and dated[:len(self.last)] > self.last:
            return None
        return str(index[1]) if index else ""


class Asker:
    """Draws queries from what there is, asks them, and holds the answers against the state."""

    def __init__(self, company: Company, state: State, result: Result) -> None:
        self.company, self.state, self.result = company, state, result
        self.world, self.chance = company.world, company.world.chance
        self.pages = self.rows = 0
        self.cuts_pages = False
        self._cut_pages()

    def _cut_pages(self) -> None:
        """Half of the index queries of a list end early, as DynamoDB's do at 1 MB."""
        table = self.world.cloud.table
        whole = table.call

        def call(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
            if self.cuts_pages and operation == "Query" and "IndexName" in parameters and self.chance.random() < SHORT_PAGES:
                parameters = {**parameters, "Limit": self.chance.randint(1, parameters["Limit"])}
            return whole(operation, parameters)

        table.call = call  # type: ignore[method-assign]

    def draw(self) -> Query:
        """A query, mostly of values that occur."""
        chance = self.chance
        connections = [row.id for row in self.state.all(CONNECTION.kind)]
        source = chance.choice(sources(chance.sample(connections, min(2, len(connections)))))
        resource, rows = source.resource, self.state.all(source.resource.document.kind)
        query = Query(source, chance.choice(list(resource.listings)), limit=chance.choice((1, 2, 3, 5, 7, 10, 20, 50, 100)))
        if resource.search and rows and chance.random() < 0.3:
            changed = self.state.changed(resource.document.kind)
            return replace(query, view="", words=self._words(changed if changed and chance.random() < 0.5 else rows), limit=100)
        if resource.lookups and rows and chance.random() < 0.4:
            query = replace(query, lookup=self._lookup(resource, rows))
        wanted = {name: self._values(name, rows) for name in resource.filters if chance.random() < 0.3}
        query = replace(query, filters=wanted)
        if query.listing.ends is not None:
            query = replace(query, last=query.listing.ends(tenant_work(self.company.name, "today")))
        places = [main[1] for row in rows if (main := resource.document.by_list(row.value))]
        if places and source.takes_period and chance.random() < 0.4:
            low, high = sorted((self._cut(chance.choice(places)), self._cut(chance.choice(places))))
            query = replace(query, begin=low if chance.random() < 0.7 else "", end=high if chance.random() < 0.7 else "")
        return query

    def _words(self, rows: list[Row]) -> str:
        row = self.chance.choice(rows)
        found = sorted(words.words_of(row.summary)) or ["rien"]
        begun = [self.chance.choice(found)[:self.chance.choice((2, 3, 5, 40))] for _ in range(self.chance.choice((1, 1, 2)))]
        return " ".join(word if word[-1].isalnum() else word + "0" for word in begun)

    def _lookup(self, resource: Resource[Any], rows: list[Row]) -> tuple[str, str] | None:
        name, listing = self.chance.choice(list(resource.lookups.items()))
        before = listing.partition.partition("{}")[0]
        document = listing.document or resource.document
        rows = rows if document is resource.document else self.state.all(document.kind)
        places = [getattr(document, listing.index)(row.value) for row in rows]
        found = [place[0].removeprefix(before) for place in places if place]
        return (name, self.chance.choice(found)) if found else None

    def _values(self, name: str, rows: list[Row]) -> frozenset[str]:
        found = sorted({row.columns.get(name, "") for row in rows} - {""})
        found = [each for each in found if "," not in each]
        return frozenset(self.chance.sample(found, min(len(found), self.chance.choice((1, 1, 2))))) or frozenset({"nothing"})

    def _cut(self, place: str) -> str:
        """A period's end: the whole place, its day, or some of its letters."""
        return place[:self.chance.choice((10, 10, 10, 4, 16, 19, 60))]

    # -- asking ----------------------------------------------------------------------------------------------------------

    def walk(self, query: Query, between_pages: Callable[[], None] = lambda: None) -> list[Mapping[str, Any]] | None:
        """All pages of a query; None when it was refused."""
        rows: list[Mapping[str, Any]] = []
        cursor, url = "", query.url
        for _ in range(3_000):
            self.cuts_pages = not query.words
            try:
                status, answer = self.get(url + (f"&{urlencode({'cursor': cursor})}" if cursor else ""))
            finally:
                self.cuts_pages = False
            if status != 200:
                self.result.check("answered", self._may_refuse(query, status, answer), f"{url}: {status} {answer}")
                return None
            self.pages += 1
            self.result.check("a page is not longer than asked", len(answer["items"]) <= query.limit, url)
            rows += answer["items"]
            cursor = answer["cursor"]
            if not cursor:
                return rows
            between_pages()
        raise AssertionError(f"{url} has no last page")

    def get(self, url: str) -> tuple[int, Any]:
        """One page, as often as it takes to be answered."""
        while True:
            if self.world.current is None:
                status, _, answer = self.company.ask("GET", url)
                return status, answer
            try:
                status, _, answer = self.world.invoke("api", lambda: self.company.ask("GET", url))
            except Died:
                continue
            if status not in (429, 503):
                return status, answer
            self.world.sleep(1.0)

    def _may_refuse(self, query: Query, status: int, answer: Any) -> bool:
        """Only a period beside a look-up that has no order of its own may be refused."""
        return status == 400 and query.lookup is not None and answer.get("code") == "period_of_lookup"

    def at_rest(self, query: Query) -> None:
        """The answer must be the naive one, row for row."""
        found = self.walk(query)
        if found is None:
            return
        self.rows += len(found)
        if query.words:
            self._check_words(query, found)
            return
        rows = self.state.all(query.document.kind)
        placed = sorted(((place.encode(), row.id, row) for row in rows if (place := query.place(row)) is not None),
                        key=lambda each: each[:2], reverse=query.listing.newest_first)
        ids, wanted = [str(row["id"]) for row in found], [row.id for _, _, row in placed]
        self.result.check("nothing missing", not set(wanted) - set(ids), f"{query.url}: {sorted(set(wanted) - set(ids))[:3]}")
        self.result.check("nothing repeated", len(ids) == len(set(ids)), query.url)
        self.result.check("nothing beside", not set(ids) - set(wanted), f"{query.url}: {sorted(set(ids) - set(wanted))[:3]}")
        self.result.check("in order", ids == wanted or set(ids) != set(wanted) or len(ids) != len(wanted), query.url)
        for shown, (_, _, row) in zip(found, placed, strict=False):
            if shown["id"] == row.id:
                self.result.check("rows say what documents say", _says(shown, row), f"{query.url}: {shown} {row.summary}")

    def _check_words(self, query: Query, found: list[Mapping[str, Any]]) -> None:
        """Every document in which each word of the question begins a word, as long as they fit on the one page."""
        asked = [each[:40] for each in query.words.split()]
        kind = query.source.resource.document.kind
        hits = {row.id: row for row in self.state.all(kind) if _answers(asked, row.summary)}
        wanted = {i for i, row in hits.items() if all(row.columns.get(n, "") in v for n, v in (query.filters or {}).items())}
        ids = [str(row["id"]) for row in found]
        if kind == "product":
            owners = {row.value.product_id for row in self.state.all("variant") if _answers(asked, row.summary)}
            wanted |= owners
        self.result.check("nothing repeated", len(ids) == len(set(ids)), query.url)
        self.result.check("words find no other", set(ids) <= wanted, f"{query.url}: {sorted(set(ids) - wanted)[:3]}")
        self.result.check("words find all", len(ids) == min(len(wanted), query.limit),
                          f"{query.url}: {len(ids)} of {len(wanted)}, not {sorted(wanted - set(ids))[:3]}")

    def while_writing(self, query: Query) -> None:
        """What stood there all along is seen once; what never did is not seen."""
        world, lag = self.world, self.world.faults.lag_seconds
        if query.words:
            query = replace(query, words="", limit=5)
        kind = query.document.kind
        begun = world.time
        before = {row.id: query.place(row) for row in self.state.all(kind)}
        ever = {i for i, place in before.items() if place is not None}
        found = self.walk(query, lambda: world.sleep(world.chance.random() * 2))
        if found is None:
            return
        places = {i: {place} for i, place in before.items()}
        for at, changed, old, new in self.state.changes:
            if at >= begun - lag and changed == kind:
                which = self.state.row(new or old).id
                for wire in (old, new):
                    place = query.place(self.state.row(wire)) if wire else None
                    places.setdefault(which, set()).add(place)
                    if place is not None:
                        ever.add(which)
        ids = [str(row["id"]) for row in found]
        seen = {i: ids.count(i) for i in ids}
        for i, stood in places.items():
            if len(stood) == 1 and None not in stood:
                self.result.check("what stood all along is seen once", seen.get(i, 0) == 1,
                                  f"{query.url}: {i} {seen.get(i, 0)} times")
        self.result.check("what never stood is not seen", set(ids) <= ever, f"{query.url}: {sorted(set(ids) - ever)[:3]}")


def _says(shown: Mapping[str, Any], row: Row) -> bool:
    return all(name in shown and _as_asked(shown[name]) == row.columns[name] for name in row.summary) and (
        shown.get("version") == row.value.version)


def _answers(asked: list[str], summary: Mapping[str, Any]) -> bool:
    found = words.words_of(summary)
    return all(any(word.startswith(part) for word in found) for part in asked)


# -- writes --------------------------------------------------------------------------------------------------------------


class Writer:
    """Changes of every kind: the rows of the idempotency proof, and documents with values to filter by."""

    def __init__(self, company: Company, state: State) -> None:
        self.company, self.state = company, state
        self.world, self.chance = company.world, company.world.chance
        self.rows = [name for name in ROWS if name not in NOT_BY_KEY]
        self.answers: Counter[int] = Counter()

    def write(self) -> None:
        """One change; a refusal is as good."""
        if self.chance.random() < 0.6:
            method, path, body = self.chance.choice((self._customer, self._customer, self._product, self._order, self._order,
                                                     self._order, self._act, self._act, self._list, self._stock))()
        else:
            name = self.chance.choice(self.rows)
            if any(each in name for each in SELDOM) and self.chance.random() < 0.85:
                return
            try:
                case = ROWS[name](self.company)
            except RuntimeError:
                return  # what it would act on cannot be made any more, for want of stock
            method, path, body = name.partition(" ")[0], case.path, case.body
        try:
            if self.world.current is None:
                status, _, _ = self.company.ask(method, path, body)
            else:
                status, _, _ = self.world.invoke("api", lambda: self.company.ask(method, path, body))
            self.answers[status] += 1
        except Died:
            return

    def _some(self, kind: str) -> Row | None:
        found = self.state.all(kind)
        return self.chance.choice(found[-12:]) if found else None

    def _customer(self) -> tuple[str, str, Any]:
        n = next(self.company.numbers)
        body = {"name": f"{self.chance.choice(NAMES)} {n % 7}", "billing_address": {
            "city": self.chance.choice(CITIES), "country_code": self.chance.choice(("FR", "CH"))}}
        old = self._some("customer")
        if old is not None and self.chance.random() < 0.4:
            return "PUT", f"/api/parties/customers/{old.id}", {**body, "is_active": self.chance.random() < 0.6}
        return "POST", "/api/parties/customers", body

    def _product(self) -> tuple[str, str, Any]:
        n = next(self.company.numbers)
        body: dict[str, Any] = {"name": self.chance.choice(("Bûche", "Sorbet", "glace", "Éclair")) + f" {n % 5}",
                                "brand": self.chance.choice(("Givrée", "Maison", "")),
                                "category": self.chance.choice(("Glaces", "Gâteaux, tartes", ""))}
        old = self._some("product")
        if old is not None and self.chance.random() < 0.3:
            return "PUT", f"/api/catalog/products/{old.id}", {**body, "is_active": self.chance.random() < 0.6}
        return "POST", "/api/catalog/products", {**body, "variants": [{"sku": f"Q-{n}", "vat_rate": "20"}]}

    def _order(self) -> tuple[str, str, Any]:
        customer = self._some("customer")
        return "POST", "/api/sales/orders", {
            "lines": [{"sku": self.chance.choice(("MAC", "MAC", "SORBET")), "quantity": self.chance.choice(("1", "2", "200")),
                       "unit_price": "9.90"}], "shortage": "backorder", "is_paid": self.chance.random() < 0.5,
            "state": self.chance.choice(("draft", "confirmed", "confirmed")),
            **({"customer_id": customer.id} if customer and self.chance.random() < 0.6 else {})}

    def _act(self) -> tuple[str, str, Any]:
        order = self._some("sales_order")
        verb = self.chance.choice(("confirm", "hold", "release", "ship", "cancel"))
        body = {"reason": "essai"} if verb == "hold" else {}
        return "POST", f"/api/sales/orders/{order.id if order else 'none'}/{verb}", body

    def _list(self) -> tuple[str, str, Any]:
        body = {"name": f"Tarif {next(self.company.numbers)}", "currency": self.chance.choice(("EUR", "CHF")),
                "prices_include_vat": self.chance.random() < 0.5}
        return "POST", "/api/pricing/price-lists", body

    def _stock(self) -> tuple[str, str, Any]:
        lines = [{"sku": self.chance.choice(("MAC", "SORBET")), "quantity": self.chance.choice(("3", "-3", "400", "-400"))}]
        return "POST", "/api/stock/adjustments", {"reason": "count", "lines": lines, "warehouse_id": self.chance.choice(
            (self.company.warehouse, self.company.second))}


def run(seed: int, size: int, faults: Faults) -> Result:
    """Rounds of writes and queries until `size` queries were asked."""
    result = Result()
    for path in lists_without_a_row():
        result.check("every list has a row", False, path)
    with World(seed, faults) as world, patch.object(signing_in, "EVEN_SECONDS", 0.0), patch.object(
            resources, "ROWS_LOOKED_AT", LOOKED_AT), papers_not_drawn():
        pipeline, company = Pipeline(world), Company(world, "maison")
        documents = {each.resource.document.kind: each.resource.document for each in sources(["none"])}
        documents |= {listing.document.kind: listing.document for each in sources(["none"]) for listing in (
            *each.resource.listings.values(), *each.resource.lookups.values()) if listing.document}
        state = State(world, company.name, documents)
        writer, asker = Writer(company, state), Asker(company, state, result)
        for _ in range(min(FIRST_WRITES, size)):
            writer.write()
        asked = 0
        while asked < size:
            _settle(world, pipeline)
            for _ in range(min(AT_REST, size - asked)):
                asker.at_rest(asker.draw())
            _write_and_read(world, writer, asker)
            asked += AT_REST + WHILE_WRITING
            result.check("every query was answered", asker.pages > 0)
        documents_count = sum(len(state.all(kind)) for kind in documents)
        result.facts = {"pages": asker.pages, "rows": asker.rows, "documents": documents_count,
                        "changes": len(state.changes), "writes": dict(sorted(writer.answers.items()))}
        return result.close(world)


def _settle(world: World, pipeline: Pipeline) -> None:
    """Queues run empty and indexes show everything."""
    world.run()
    while pipeline.redrive():
        world.run()
    world.time += world.faults.lag_seconds + 1


def _write_and_read(world: World, writer: Writer, asker: Asker) -> None:
    """Three write while one reads lists page by page."""
    for n in range(WRITERS):
        def write() -> None:
            for _ in range(WRITES // WRITERS):
                world.sleep(world.chance.random() * 3)
                writer.write()

        world.spawn(f"writer {n}", write)

    def ask() -> None:
        for _ in range(WHILE_WRITING):
            query = asker.draw()
            asker.while_writing(replace(query, limit=min(query.limit, 7)))

    world.spawn("reader", ask)
    world.run()


# -- planted bugs --------------------------------------------------------------------------------------------------------


@contextmanager
def _goes_on_after_the_read() -> Iterator[None]:
    """A full page goes on after what was read, not after its last row."""
    with patch.object(resources, "_start_after", lambda listing, ctx, row, page: page.start):
        yield


@contextmanager
def _pages_by_offset() -> Iterator[None]:
    """A cursor says how many rows were shown."""
    def by_offset(ctx: Any, resource: Any, query: Mapping[str, str]) -> Any:
        skip = int(query.get("cursor") or 0)
        limit = int(query.get("limit", "50"))
        found: list[Any] = []
        asked = {name: value for name, value in query.items() if name != "cursor"} | {"limit": "100"}
        cursor = ""
        while len(found) < skip + limit + 1:
            page = whole(ctx, resource, {**asked, **({"cursor": cursor} if cursor else {})}).body
            found += page["items"]
            cursor = page["cursor"] or ""
            if not cursor:
                break
        rest = found[skip:]
        return resources.Answer({"items": rest[:limit], "looked_at": len(found),
                                 "cursor": str(skip + limit) if len(rest) > limit else None})

    whole = resources.list_page
    with patch.object(resources, "list_page", by_offset), patch.object(channels, "list_page", by_offset), patch.object(
            stock, "list_page", by_offset), patch.object(invoicing, "list_page", by_offset):
        yield


@contextmanager
def _one_read_a_page() -> Iterator[None]:
    """A page is what one read left after filtering, and the list ends when that is less than a page."""
    page = resources._page

    def short(ctx: Any, rows: Any, start: Any, shape: Any, looked: int) -> Any:
        return page(ctx, rows, start if len(rows) > 1 else None, shape, looked)

    with patch.object(resources, "_page", short):
        yield


@contextmanager
def _true_as_python_says() -> Iterator[None]:
    with patch.object(resources, "_filterable", str):
        yield


@contextmanager
def _last_day_left_out() -> Iterator[None]:
    """A period ends where its last day begins."""
    between = resources._between

    def careless(*given: Any) -> Any:
        found = between(*given)
        return found and (found[0], found[1].rstrip("\uffff") or found[1])

    with patch.object(resources, "_between", careless):
        yield


@contextmanager
def _stays_in_the_view() -> Iterator[None]:
    """A document that leaves a view keeps its place in the index."""
    index_keys = transaction.index_keys

    def kept(ctx: Any, document: Any, value: Any) -> Any:
        found = index_keys(ctx, document, value)
        for name in INDEXES:
            place = last.get((document.kind, value.id, name))
            if name not in found and place:
                found[name] = place
            if name in found:
                last[(document.kind, value.id, name)] = found[name]
        return found

    last: dict[tuple[str, str, str], Any] = {}
    with patch.object(transaction, "index_keys", kept):
        yield


@contextmanager
def _old_words_stay() -> Iterator[None]:
    """A renamed document is found by its old name only."""
    changes = activity._word_changes

    def careless(*given: Any) -> Any:
        puts, deletes = changes(*given)
        return ([], []) if deletes else (puts, [])

    with patch.object(activity, "_word_changes", careless):
        yield


@contextmanager
def _descending_cursor() -> Iterator[None]:
    """From the second page on the list is read the other way round."""
    query = read.query

    def turned(*given: Any, **named: Any) -> Any:
        if named.get("start"):
            named["newest_first"] = not named["newest_first"]
        return query(*given, **named)

    with patch.object(resources.read, "query", turned):
        yield


PROOF = Proof(
    "query_oracle", run, ci=(2_000, 1), long=(10_000, 3), unit="queries",
    faults=CALM.but(lag_seconds=3.0, late_stream_seconds=1.0, reorder=0.3, duplicate=0.05), variant_size=200,
    variants={
        "goes on after what was read": Variant(_goes_on_after_the_read), "pages by offset": Variant(_pages_by_offset, size=800),
        "one read a page": Variant(_one_read_a_page), "True instead of true": Variant(_true_as_python_says),
        "last day left out": Variant(_last_day_left_out), "stays in the view": Variant(_stays_in_the_view),
        "old words stay": Variant(_old_words_stay, size=400), "turns round at the second page": Variant(_descending_cursor),
    })
