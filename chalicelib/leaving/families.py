"""Everything that is stored, family by family, and what becomes of it when a company leaves: the one table.

A family is what shares the first word of its keys. Its fate is one of FATES; a test fails for a family without a row, so
nothing new is forgotten by the export or kept by an erasure. How its items are found without a scan stands with it. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.catalog.model import PRODUCT, VARIANT
from chalicelib.documents.model import BRANDING, PAPER
from chalicelib.invoicing.model import BILLING, INVOICE
from chalicelib.invoicing.model import SETTINGS as INVOICING_SETTINGS
from chalicelib.invoicing.standing import STANDING
from chalicelib.kernel.documents import Document
from chalicelib.ledger.exchange import EXCHANGE_RATE
from chalicelib.ledger.law.determination import DETERMINATION
from chalicelib.ledger.lettering import LETTER
from chalicelib.ledger.model import ACCOUNT, FISCAL_YEAR, JOURNAL, JOURNAL_ENTRY
from chalicelib.parties.model import CUSTOMER
from chalicelib.payments.model import PAYMENT
from chalicelib.payments.payouts import PAYMENT_SETTINGS, PAYOUT
from chalicelib.pricing.model import BOOK, PRICE_LIST, SKU_PRICES
from chalicelib.reporting.model import REPORT_SCHEDULE
from chalicelib.sales.delivery import DELIVERY
from chalicelib.sales.model import ORDER
from chalicelib.shipping.model import CARRIER
from chalicelib.stock.model import DIRECTORY, OPERATION, STOCK_LEVEL, WAREHOUSE
from chalicelib.stock.valuation import VALUATION
from chalicelib.tenants.model import COMPANY, USER

FATES = {
    "kept": "exported, imported, and part of the canonical hash",
    "shown": "exported for reading, never imported: it holds to this company's own access or shops",
    "rebuilt": "made again from what is kept",
    "secret": "never leaves: it opens something",
    "operational": "of the running of the service: ends by itself, or with the company",
}
YEARS = range(2000, 2100)
"""Years in which numbers may have been counted."""

Keys = Callable[[Mapping[str, Any]], list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class One:
    """Documents of known ids."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """Documents that stand in these partitions of `by_list`."""

    partitions: tuple[str, ...]
    is_business: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """Items that stand in a partition of `by_list` and are no documents: their rows tell their keys."""

    partition: str


@dataclass(frozen=True, slots=True)
class Beside:
    """Single items whose key follows from a row of a list: `{sku}` is a column of it."""

    partition: str
    key: str


@dataclass(frozen=True, slots=True)
class Under:
    """All items of a partition that follows from a row of a list."""

    partition: str
    key: str
    begins: str = ""


@dataclass(frozen=True, slots=True)
class Of:
    """Single items whose keys follow from documents: `keys` answers (partition, sort) pairs of one document's content."""

    kind: str
    walk: One | Listed
    keys: Keys


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries of every journal of every fiscal year; or what stands beside each of them."""

    what: str


@dataclass(frozen=True, slots=True)
class Hours:
    """Items of the changes feed, hour by hour since the company exists."""


Walk = One | Listed | Rows | Beside | Under | Of | Entries | Hours


@dataclass(frozen=True, slots=True)
class Family:
    """`hidden` fields are left out of the export (secrets); `bound` ones are the company's own and made anew by an import,
    so they are no part of the canonical hash."""

    name: str
    fate: str
    walks: tuple[Walk, ...] = ()
    document: Document[Any] | None = None
    hidden: tuple[str, ...] = ()
    bound: tuple[str, ...] = ()
    why: str = ""


def _document(document: Document[Any], *walks: Walk, fate: str = "kept", hidden: tuple[str, ...] = (),
              bound: tuple[str, ...] = ()) -> Family:
    return Family(document.kind, fate, walks, document, hidden, bound)


def _counters(_: Mapping[str, Any]) -> list[tuple[str, str]]:
    names = ("order", "payment", "payout", "receipt", "adjustment", "transfer")
    return [(f"COUNTER#{name}-{year}", "#") for name in names for year in YEARS]


def _letter_counter(letter: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(f"COUNTER#letter#{letter['account']}#{letter['party_id']}", "#")]


def _parcel_counter(carrier: Mapping[str, Any]) -> list[tuple[str, str]]:
    prefix = carrier.get("gs1_company_prefix")
    return [(f"COUNTER#sscc-{prefix}", "#")] if prefix else []


def _series_heads(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(f"SERIES_HEAD#{series['id']}#{period}", "#") for series in settings.get("series", ())
            for period in ("all", *map(str, YEARS))]


def _tracking(delivery: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(f"TRACKING#{parcel['tracking_number']}", "#") for parcel in delivery.get("parcels", ())
            if parcel.get("tracking_number")]


def _kits(variant: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(f"KITS_OF#{component['sku']}", variant["sku"]) for component in variant.get("kit_components", ())]


def sources_of(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The guards that may say what an entry follows from: the names its makers give their sources."""
    document_id = entry.get("document_id", "")
    names = [f"reversal:{entry['reverses']}"] if entry.get("reverses") else []
    if document_id:
        names += [f"{maker}:{document_id}" for maker in ("invoice", "cost_of_sales", "payment", "payout", "reversal")]
    return [(f"UNIQUE#entry_source#{name}", "#") for name in names]


def _openings(year: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(f"UNIQUE#entry_source#opening:{year['id']}:{n}", "#") for n in range(60)]


_ORDERS, _DELIVERIES = Listed(("ORDER",), is_business=True), Listed(("SALES_DELIVERY",))
_INVOICES = ("INVOICE", "INVOICE_DRAFT")

FAMILIES: tuple[Family, ...] = (
    # what is kept, in the order in which an import needs it
    _document(COMPANY, One(("company",))),
    _document(BRANDING, One(("branding",))),
    _document(ACCOUNT, Listed(("ACCOUNT",))),
    _document(JOURNAL, Listed(("JOURNAL",))),
    _document(FISCAL_YEAR, Listed(("FISCAL_YEAR",))),
    _document(DETERMINATION, One(("determination",))),
    Family("ledger_head", "kept", (Entries("heads"),), bound=("origins",)),
    Family("entry", "kept", (Entries("entries"),), JOURNAL_ENTRY, bound=("erased",)),
    _document(LETTER, Listed(("LETTER",))),
    _document(EXCHANGE_RATE, Listed(("EXCHANGE_RATE",))),
    _document(CUSTOMER, Listed(("CUSTOMER",), is_business=True), bound=("email_key",)),
    _document(PRODUCT, Listed(("PRODUCT",), is_business=True)),
    _document(VARIANT, Listed(("VARIANT",), is_business=True)),
    _document(BOOK, One(("book",))),
    _document(PRICE_LIST, Listed(("PRICE_LIST",), is_business=True)),
    Family("list_price", "kept", (Under("PRICE_LIST", "LIST_PRICE#{id}"),)),
    _document(SKU_PRICES, Beside("VARIANT", "SKU_PRICE#{sku}")),
    _document(DIRECTORY, One(("all",))),
    _document(WAREHOUSE, Listed(("WAREHOUSE",))),
    _document(OPERATION, Listed(("STOCK_OPERATION",), is_business=True)),
    _document(STOCK_LEVEL, Listed(("STOCK_LEVEL",))),
    _document(VALUATION, Beside("VARIANT", "VALUATION#{sku}")),
    Family("stock", "kept", (Under("VARIANT", "STOCK#{sku}"),)),
    Family("moves", "kept", (Under("VARIANT", "MOVES#{sku}"),)),
    Family("kits_of", "kept", (Of("variant", Listed(("VARIANT",)), _kits),)),
    Family("kit_components", "kept", (Beside("VARIANT", "KIT_COMPONENTS#{sku}"),)),
    _document(CARRIER, Listed(("CARRIER",)), hidden=("sealed_credentials",)),
    _document(ORDER, _ORDERS),
    _document(DELIVERY, _DELIVERIES),
    Family("tracking", "kept", (Of("sales_delivery", _DELIVERIES, _tracking),)),
    _document(INVOICING_SETTINGS, One(("settings",))),
    _document(INVOICE, Listed(_INVOICES, is_business=True), Under("INVOICE", "INVOICE#{id}", "LINES#"),
              Under("INVOICE_DRAFT", "INVOICE#{id}", "LINES#")),
    _document(STANDING, Beside("INVOICE", "INVOICE_STANDING#{id}")),
    _document(BILLING, Beside("ORDER", "ORDER_BILLING#{id}")),
    Family("series_head", "kept", (Of("invoicing_settings", One(("settings",)), _series_heads),)),
    _document(PAYMENT_SETTINGS, One(("settings",))),
    _document(PAYMENT, Listed(("PAYMENT",), is_business=True)),
    _document(PAYOUT, Listed(("PAYOUT",), is_business=True)),
    _document(PAPER, Listed(("PAPER",))),
    _document(REPORT_SCHEDULE, Listed(("REPORT_SCHEDULE",))),
    Family("counter", "kept", (Of("company", One(("company",)), _counters),
                               Of("letter", Listed(("LETTER",)), _letter_counter),
                               Of("carrier", Listed(("CARRIER",)), _parcel_counter))),
    Family("timeline", "kept", (Hours(),)),
    # guards: those of a document follow from it; what an entry follows from stands nowhere else
    Family("unique", "kept", (Entries("sources"), Of("fiscal_year", Listed(("FISCAL_YEAR",)), _openings)),
           why="guards of documents are made again with them"),
    # for reading only
    _document(USER, Listed(("USER",)), fate="shown", hidden=("email_key", "login_id")),
    Family("sign_in", "shown", (Listed(("SIGN_IN",)),)),
    Family("api_key", "shown", (Listed(("API_KEY",)),), hidden=("secret_hash", "previous_secret_hash")),
    Family("connection", "shown", (Listed(("CONNECTION",)),), hidden=(
        "sealed_credentials", "sealed_webhook_secret", "sealed_former_webhook_secret"), why="a shop is connected anew"),
    Family("webhook_endpoint", "shown", (Listed(("WEBHOOK_ENDPOINT",)),), hidden=("sealed_secret", "previous_sealed_secret")),
    Family("audit", "shown", (Rows("AUDIT"),), why="who did what: proof of this company's, sealed here"),
    Family("support_access", "shown", (Listed(("SUPPORT_ACCESS",)),), why="who of the platform was let in, when and why"),
    Family("role", "shown", (Listed(("ROLE",)),), why="roles are made anew with the users"),
    Family("erasure", "shown", (Listed(("ERASURE",)),), why="that a person was erased, and until when the archive stands"),
    # made again
    *(Family(name, "rebuilt", why=why) for name, why in (
        ("party_lines", "lines of customers and suppliers"),
        ("open_lines", "lines that are open"), ("balances", "the trial balance"), ("party_balances", "by customer"),
        ("ledger_mark", "how far the ledger is counted"), ("word", "search"), ("words", "search"),
        ("contribution", "reports"), ("rollup_state", "reports"), ("rollup_day", "reports"), ("rollup_month", "reports"),
        ("report_fact", "reports"))),
    # never leaves
    Family("subject_key", "secret", why="opens what is archived of an erased person"),
    Family("archive", "secret", why="sealed originals of erased persons; read by the archive role here"),
    # of the running of the service
    *(Family(name, "operational", why=why) for name, why in (
        ("tenant", "the company's own place here"), ("invitation", "open for 30 minutes"),
        ("seats", "whose seats are taken: follows from users and invitations"),
        ("webhook_message", "30 days"), ("job", "long work"), ("job_result", "30 days"), ("delivery", "what shops sent"),
        ("binding", "made again when the shop is connected"), ("sync_run", "polls of shops"), ("command", "8 days"),
        ("outbox", "30 days"), ("request_log", "7 days"), ("failed_event", "14 days"),
        ("figures", "the platform's"), ("rate", "minutes"),
        ("listening", "follows from endpoints"),
        ("connected", "follows from connections"), ("farewell", "shops to leave"), ("dirty", "pushes"),
        ("desired", "pushes"), ("errand", "pushes"), ("told", "pushes"), ("lag", "measurements"),
        ("audit_seals", "of the audit's records here"), ("checklist", "what a new company has still to do"),
        ("sign_up", "until a company is set up"),
        ("subscription", "what the company pays us for its place here"), ("usage", "what it used of it"),
        ("meter", "what it used of the cloud, day by day"),
        ("sample", "sample data"),
        ("closure", "that the company is closing"),
        ("operator", "the platform's own, in its own partition"), ("operator_act", "the platform's own"),
        ("switch", "the platform's own"), ("tenant_file", "the platform's list of companies, made again by looking"),
        ("tenant_import", "how far an import came"))),
)
BY_NAME: Mapping[str, Family] = {family.name: family for family in FAMILIES}
KEPT: tuple[Family, ...] = tuple(family for family in FAMILIES if family.fate == "kept")
EXPORTED: tuple[Family, ...] = tuple(family for family in FAMILIES if family.fate in ("kept", "shown"))

FOLDERS: Mapping[str, str] = {
    "media": "kept", "papers": "kept", "logo": "kept", "labels": "kept", "ledger": "rebuilt", "deliveries": "operational",
    "jobs": "operational", "exports": "operational", "imports": "operational", "archive": "secret",
}
"""The fate of files, by their first folder."""


def content(family: Family, line: Mapping[str, Any], for_hash: bool = False) -> dict[str, Any]:
    """A line as it is exported, or as it is hashed: without secrets, and for the hash without what is the company's own."""
    left_out = {*family.hidden, *(family.bound if for_hash else ())}
    found = dict(line)
    for part in ("data", "texts"):
        if left_out and isinstance(found.get(part), dict):
            found[part] = {name: value for name, value in found[part].items() if name not in left_out}
            if not found[part]:
                del found[part]
    if for_hash and family.bound and "raw" in found:
        del found["raw"]
    return found
