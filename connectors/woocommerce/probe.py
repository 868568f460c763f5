"""The connection test: what a shop is, and what is missing before orders and stock can flow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.contract import ConnectionSettings, Finding, ProbeResult, TaxRate
from connectors.currencies import currency_exponent
from connectors.errors import ConnectorError, Malformed, NotFound, OverBudget, TargetForbidden, Unauthorised
from connectors.reading import Raw, Unreadable, decimal, entries, identifier, mapping, text
from connectors.woocommerce.api import Api, shop_of
from connectors.woocommerce.webhook import SUBSCRIBED_TOPICS

# `modified_after` and `dates_are_gmt` for orders came with 5.8.
OLDEST_VERSION = (5, 8)


def probe(api: Api, settings: ConnectionSettings) -> ProbeResult:
    """Read the shop's settings and test the right to write; `missing` names what stops the connection.

    Raises OverBudget, which is nothing of the shop's.
    """
    try:
        status = api.get("system_status", _fields="environment,settings")
        tax = _options(api.get("settings/tax"))
        general = _options(api.get("settings/general"))
        rates = tuple(_rate(entry, path) for path, entry in _listed(api.get("taxes", per_page=100)))
        hooks = [entry for _path, entry in _listed(api.get("webhooks", per_page=100))]
        environment, shop = mapping(status, "environment"), mapping(status, "settings")
        version, currency = text(environment, "version"), identifier(shop, "currency")
        decimals = int(decimal(shop, "number_of_decimals"))
    except Unreadable as unreadable:
        message = f"the shop's settings cannot be read ({unreadable.path})"
        return _failed(Finding("answer_unreadable", message))
    except OverBudget:
        raise
    except ConnectorError as problem:
        return _failed(_finding(problem))
    return ProbeResult(
        platform_version=version,
        currency=currency,
        decimals=decimals,
        prices_include_tax=tax.get("woocommerce_prices_include_tax") == "yes",
        tax_rates=rates,
        missing=tuple(_version_findings(version) + _write_findings(api)),
        warnings=tuple(
            _tax_warnings(general, tax, rates)
            + _decimal_warnings(currency, decimals)
            + _webhook_warnings(hooks, settings.webhook_url)
        ),
    )


def _failed(finding: Finding) -> ProbeResult:
    return ProbeResult("", "", 0, False, (), (finding,))


def _finding(problem: ConnectorError) -> Finding:
    """What a person must put right for `problem` to go away.

    A site with plain permalinks cannot be connected: WooCommerce looks at a key only under `wp-json/wc/`, so in its
    `?rest_route=` form every caller is a stranger (11.0.1, `is_request_to_rest_api`).
    """
    if isinstance(problem, Unauthorised):
        return Finding("credentials_refused", f"the shop refuses the key: {problem.message}")
    if isinstance(problem, NotFound | Malformed):
        text = "no WooCommerce REST API there: is WooCommerce active, are permalinks other than plain?"
        return Finding("api_not_found", text)
    if isinstance(problem, TargetForbidden) and problem.location:
        found = shop_of(problem.location)
        return Finding("address_moved", f"the shop sends us on to {found}: connect that address", {"address": found})
    return Finding(f"shop_{problem.code}", problem.message)


def _write_findings(api: Api) -> list[Finding]:
    """An empty batch changes nothing, but is refused to a key that may only read."""
    try:
        api.write("POST", "products/batch", {"update": []}, repeatable=True)
    except Unauthorised as refusal:
        return [Finding("write_right_missing", f"the key needs the read/write permission: {refusal.message}")]
    except OverBudget:
        raise
    except ConnectorError as problem:
        return [_finding(problem)]
    return []


def _version_findings(version: str) -> list[Finding]:
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    if numbers >= OLDEST_VERSION:
        return []
    return [Finding("version_too_old", f"WooCommerce {version or '(unknown)'} is older than 5.8",
                    {"version": version or "?", "oldest": "5.8"})]


def _tax_warnings(
    general: Mapping[str, str], tax: Mapping[str, str], rates: tuple[TaxRate, ...]
) -> list[Finding]:
    found = []
    if general.get("woocommerce_calc_taxes") != "yes":
        found.append(Finding("taxes_disabled", "the shop does not calculate taxes"))
    elif not rates:
        found.append(Finding("tax_rates_missing", "the shop calculates taxes but has no rate"))
    if tax.get("woocommerce_tax_round_at_subtotal") == "yes":
        text = "the shop rounds tax at subtotal: orders may carry a rounding line of a cent"
        found.append(Finding("tax_rounded_at_subtotal", text))
    return found


def _decimal_warnings(currency: str, decimals: int) -> list[Finding]:
    usual = currency_exponent(currency)
    if decimals >= usual:
        return []
    message = f"the shop writes {decimals} decimals, {currency} has {usual}"
    parameters = {"decimals": str(decimals), "currency": currency, "usual": str(usual)}
    return [Finding("decimals_too_few", message, parameters)]


def _webhook_warnings(hooks: list[Raw], url: str) -> list[Finding]:
    ours = {text(hook, "topic"): text(hook, "status") for hook in hooks if text(hook, "delivery_url") == url}
    missing = [topic for topic in SUBSCRIBED_TOPICS if topic not in ours]
    stopped = [topic for topic in SUBSCRIBED_TOPICS if ours.get(topic, "active") != "active"]
    found = []
    if missing:
        topics = ", ".join(missing)
        found.append(Finding("webhooks_missing", f"no webhook for {topics}", {"topics": topics}))
    if stopped:
        topics = ", ".join(stopped)
        message = f"the shop has stopped the webhook for {topics}"
        found.append(Finding("webhooks_disabled", message, {"topics": topics}))
    return found


def _listed(answer: Any) -> list[tuple[str, Raw]]:
    return entries({"answer": answer}, "answer")


def _options(answer: Any) -> dict[str, str]:
    """Settings by id; those whose value is a list are none we ask for."""
    return {
        text(entry, "id", path): entry["value"]
        for path, entry in _listed(answer)
        if isinstance(entry.get("value"), str)
    }


def _rate(raw: Raw, path: str) -> TaxRate:
    return TaxRate(
        external_id=identifier(raw, "id", path),
        country=text(raw, "country", path),
        percent=decimal(raw, "rate", path),
        name=text(raw, "name", path),
        tax_class=text(raw, "class", path),
        on_shipping=raw.get("shipping") is True,
    )
