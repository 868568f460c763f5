"""The connection test: what a shop is, and what is missing before orders and stock can flow. It changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from xml.etree.ElementTree import Element

from connectors.contract import Finding, ProbeResult, TaxRate
from connectors.errors import ConnectorError, Malformed, NotFound, OverBudget, TargetForbidden, Unauthorised
from connectors.prestashop.api import ROOT, SERVICE_DISABLED, Api, any_of
from connectors.prestashop.clock import zone_named
from connectors.prestashop.reference import SETTINGS, localised, settings_of
from connectors.prestashop.xml import Resource
from connectors.reading import Unreadable, decimal, identifier, text

NEEDED = {
    "orders": "get", "order_details": "get", "order_histories": "get post", "order_carriers": "get put",
    "order_payments": "get", "order_slip": "get post", "order_states": "get", "customers": "get", "addresses": "get",
    "countries": "get", "carriers": "get", "currencies": "get", "taxes": "get", "configurations": "get",
    "products": "get put", "combinations": "get put", "stock_availables": "get put",
}  # fmt: skip
"""What the key must be allowed, by resource."""
USEFUL = {"order_cart_rules": "get", "specific_prices": "get put post delete", "languages": "get", "shops": "get"}
"""What something is lost without: names of vouchers, prices in force and quantity breaks, texts in the shop's language."""
CLOCK_SLACK = timedelta(minutes=5)


def permissions_missing(root: Element, wanted: dict[str, str]) -> list[str]:
    """The rights of `wanted` that the index does not give, as "resource (VERB, VERB)"."""
    given = {entry.tag: entry for api in root for entry in api}
    found = []
    for resource, verbs in wanted.items():
        entry = given.get(resource)
        lacking = [verb.upper() for verb in verbs.split() if entry is None or entry.get(verb) != "true"]
        if lacking:
            found.append(f"{resource} ({', '.join(lacking)})")
    return found


def probe(api: Api) -> ProbeResult:
    """Read the index and the shop's settings; `missing` names what stops the connection.

    Raises OverBudget, which is nothing of the shop's.
    """
    try:
        root = api.root()
        missing = permissions_missing(root, NEEDED)
        if missing:
            return _failed(_rights("rights_missing", missing))
        settings = settings_of(
            api.list("configurations", filter_name=any_of(SETTINGS)), api.shop_id)
        currencies = {text(entry, "id"): entry for entry in api.list("currencies")}
        rates = tuple(_rate(entry, settings) for entry in api.list("taxes") if text(entry, "deleted") != "1")
        lost = permissions_missing(root, USEFUL)
        shops = api.list("shops") if not any(name.startswith("shops ") for name in lost) else []
        currency = currencies.get(settings.get("PS_CURRENCY_DEFAULT", ""))
        if currency is None:
            raise Unreadable("currency_unknown", "configurations.PS_CURRENCY_DEFAULT", "")
        code, told = identifier(currency, "iso_code"), text(currency, "precision") or text(currency, "decimal_places")
    except Unreadable as unreadable:
        return _failed(Finding("answer_unreadable", f"the shop's settings cannot be read ({unreadable.path})"))
    except OverBudget:
        raise
    except ConnectorError as problem:
        return _failed(_finding(problem))
    return ProbeResult(
        platform_version=api.version or "1.5",
        currency=code,
        decimals=int(told) if told.isdecimal() else 2,
        prices_include_tax=False,
        tax_rates=rates,
        missing=tuple(_stops(settings, shops, api.shop_id)),
        warnings=tuple(_warnings(api, settings, rates, lost)),
    )


def _failed(finding: Finding) -> ProbeResult:
    return ProbeResult("", "", 0, False, (), (finding,))


def _rights(code: str, lacking: list[str]) -> Finding:
    named = ", ".join(lacking)
    return Finding(code, f"the key lacks the right to {named}", {"resources": named[:300]})


def _finding(problem: ConnectorError) -> Finding:
    """What a person must put right for `problem` to go away."""
    if problem.platform_code == SERVICE_DISABLED:
        return Finding("service_disabled", f"the web service is switched off: {problem.message}")
    if isinstance(problem, Unauthorised):
        return Finding("credentials_refused", f"the shop refuses the key: {problem.message}")
    if isinstance(problem, NotFound | Malformed):
        return Finding("api_not_found", "no PrestaShop web service there: is the address right, are friendly URLs set up?")
    if isinstance(problem, TargetForbidden) and problem.location:
        moved = problem.location.partition(f"/{ROOT}/")[0].partition("?")[0].rstrip("/")
        return Finding("address_moved", f"the shop sends us on to {moved}: connect that address", {"address": moved})
    return Finding(f"shop_{problem.code}", problem.message)


def _stops(settings: dict[str, str], shops: list[Resource], shop_id: str) -> Iterator[Finding]:
    if zone_named(settings.get("PS_TIMEZONE", "")) is None:
        yield Finding("time_zone_unknown", "the shop does not tell its time zone (PS_TIMEZONE)")
    alive = [shop for shop in shops if text(shop, "active") != "0" and text(shop, "deleted") != "1"]
    names = ", ".join(f"{text(shop, 'id')} = {text(shop, 'name')}" for shop in alive)
    if not shop_id and len(alive) > 1:
        yield Finding("shop_not_chosen", f"there are several shops, say which: {names}", {"shops": names[:300]})
    if shop_id and alive and shop_id not in {text(shop, "id") for shop in alive}:
        yield Finding("shop_unknown", f"there is no shop {shop_id}: {names}", {"shop": shop_id, "shops": names[:300]})


def _warnings(api: Api, settings: dict[str, str], rates: tuple[TaxRate, ...], lost: list[str]) -> Iterator[Finding]:
    if lost:
        yield _rights("rights_useful", lost)
    if settings.get("PS_TAX") == "0":
        yield Finding("taxes_disabled", "the shop does not calculate taxes")
    elif not rates:
        yield Finding("tax_rates_missing", "the shop calculates taxes but has no rate")
    if settings.get("PS_STOCK_MANAGEMENT") == "0":
        yield Finding("stock_not_managed", "the shop does not count its stock")
    if api.key_in_address:
        yield Finding("key_in_address", "the server strips the key from the header, so it goes into the address")
    if clock_off(api.answered_at, api.clock.now()):
        yield Finding("clock_differs", "the shop's clock differs from ours by more than five minutes")


def clock_off(date_header: str, now: datetime) -> bool:
    """Whether the server's clock (the Date header of its answer) is more than five minutes from ours."""
    try:
        told = parsedate_to_datetime(date_header)
    except (TypeError, ValueError):
        return False
    return told.tzinfo is not None and abs(told - now) > CLOCK_SLACK


def _rate(raw: Resource, settings: dict[str, str]) -> TaxRate:
    name = localised(raw, "name", settings.get("PS_LANG_DEFAULT", ""))
    return TaxRate(identifier(raw, "id"), "", decimal(raw, "rate"), name, "", True)
