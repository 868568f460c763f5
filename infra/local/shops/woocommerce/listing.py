"""Lists of the REST side: filters, order, pages and the fields asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from infra.local.shops.woocommerce.core import Core
from infra.local.shops.woocommerce.errors import RestError, invalid_params
from infra.local.shops.woocommerce.state import Document

Query = dict[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of documents, and how many there are in all."""

    documents: tuple[Document, ...]
    total: int
    pages: int
    number: int


def integer(query: Query, name: str, default: int, lowest: int, highest: int | None = None) -> int:
    """Read a whole-number parameter. Raises RestError 400 outside its bounds."""
    text = query.get(name, str(default))
    if not text.lstrip("-").isdigit():
        message = f"{name} is not of type integer."
        raise invalid_params({name: ("rest_invalid_type", message, {"param": name})})
    value = int(text)
    if highest is not None and not lowest <= value <= highest:
        message = f"{name} must be between {lowest} (inclusive) and {highest} (inclusive)"
        raise invalid_params({name: ("rest_out_of_bounds", message, None)})
    if value < lowest:
        message = f"{name} must be greater than or equal to {lowest}"
        raise invalid_params({name: ("rest_out_of_bounds", message, None)})
    return value


def ids(text: str) -> set[int]:
    """Read a list of ids separated by commas."""
    return {int(part) for part in text.split(",") if part.strip().isdigit()}


def moment(core: Core, query: Query, name: str) -> str:
    """Return a date parameter in UTC: shop time unless `dates_are_gmt`. Raises RestError.

    One with a zone is turned into shop time first, and then read as GMT all the same: a trap of the real server.
    """
    text = query[name].replace(" ", "T")
    try:
        parsed = datetime.fromisoformat(text)
        if parsed.tzinfo is not None:
            parsed = parsed.astimezone(core.zone).replace(tzinfo=None)
        if query.get("dates_are_gmt") == "true":
            parsed = parsed.replace(tzinfo=UTC)
        return core.gmt(parsed.isoformat())
    except ValueError:
        raise invalid_params({name: ("rest_invalid_date", "Invalid date.", None)}) from None


def by_dates(core: Core, query: Query, documents: Sequence[Document]) -> list[Document]:
    """Keep what lies strictly within `after`, `before`, `modified_after`, `modified_before`."""
    kept = list(documents)
    for name, field in (("", "date_created_gmt"), ("modified_", "date_modified_gmt")):
        if f"{name}after" in query:
            after = moment(core, query, f"{name}after")
            kept = [each for each in kept if (each[field] or "") > after]
        if f"{name}before" in query:
            before = moment(core, query, f"{name}before")
            kept = [each for each in kept if (each[field] or "") < before]
    return kept


def by_ids(query: Query, documents: Sequence[Document]) -> list[Document]:
    """Keep `include` and drop `exclude`."""
    kept = list(documents)
    if "include" in query:
        wanted = ids(query["include"])
        kept = [each for each in kept if each["id"] in wanted]
    if "exclude" in query:
        unwanted = ids(query["exclude"])
        kept = [each for each in kept if each["id"] not in unwanted]
    return kept


def cut(documents: Sequence[Document], query: Query, sort_keys: dict[str, Callable[[Document], Any]]) -> Page:
    """Order and cut into pages. Past the last page there is nothing, and the totals read 0, as recorded."""
    size = integer(query, "per_page", 10, 1, 100)
    number = integer(query, "page", 1, 1)
    skip = integer(query, "offset", (number - 1) * size, 0)
    name, direction = query.get("orderby", "date"), query.get("order", "desc")
    if name not in sort_keys:
        message = f"orderby is not one of {', '.join(sort_keys)}."
        raise invalid_params({"orderby": ("rest_not_in_enum", message, None)})
    key = sort_keys[name]
    ordered = sorted(documents, key=lambda each: (key(each), each["id"]), reverse=direction == "desc")
    part = tuple(ordered[skip : skip + size])
    if not part and number > 1:
        return Page((), 0, 0, number)
    return Page(part, len(ordered), -(-len(ordered) // size), number)


def page_headers(url: str, query: Query, page: Page) -> list[tuple[str, str]]:
    """Return X-WP-Total, X-WP-TotalPages and the Link to the pages before and after."""
    headers = [("X-WP-Total", str(page.total)), ("X-WP-TotalPages", str(page.pages))]
    neighbours = []
    if page.number > 1:
        neighbours.append((min(page.number - 1, page.pages), "prev"))
    if page.number < page.pages:
        neighbours.append((page.number + 1, "next"))
    shown = []
    for number, relation in neighbours:
        pairs = {**query, "page": str(number)}
        text = "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs.items() if not _is_secret(name))
        shown.append(f'<{url}?{text}>; rel="{relation}"')
    if shown:
        headers.append(("Link", ", ".join(shown)))
    return headers


def _is_secret(name: str) -> bool:
    return name.startswith(("oauth_", "consumer_"))


def pick_fields(body: Any, query: Query) -> Any:
    """Keep the fields named in `_fields`, in the order of the body."""
    if "_fields" not in query or (isinstance(body, dict) and "code" in body and "message" in body):
        return body
    wanted = {part.strip().split(".")[0] for part in query["_fields"].split(",")}
    if isinstance(body, list):
        return [{key: value for key, value in each.items() if key in wanted} for each in body]
    return {key: value for key, value in body.items() if key in wanted}


def too_many() -> RestError:
    """Return the error for a batch of more than a hundred."""
    message = "Unable to accept more than 100 items for this request."
    return RestError(413, "woocommerce_rest_request_entity_too_large", message)
