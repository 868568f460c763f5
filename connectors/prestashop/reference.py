"""What a shop says of itself, and every order is read by: zone, states, taxes, currencies, countries, carriers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from connectors.contract import OrderStatus
from connectors.currencies import currency_exponent
from connectors.prestashop.clock import zone_named
from connectors.prestashop.rounding import Method, RoundMode, RoundType
from connectors.reading import Raw, Unreadable, decimal, identifier, plain_text, text

SETTINGS = (
    "PS_TIMEZONE", "PS_ROUND_TYPE", "PS_PRICE_ROUND_MODE", "PS_CURRENCY_DEFAULT", "PS_LANG_DEFAULT", "PS_TAX",
    "PS_STOCK_MANAGEMENT", "PS_OS_PAYMENT", "PS_OS_PREPARATION", "PS_OS_SHIPPING", "PS_OS_CANCELED", "PS_OS_REFUND",
    "PS_OS_ERROR",
)  # fmt: skip
_PURPOSES = {"PS_OS_CANCELED": OrderStatus.CANCELLED, "PS_OS_ERROR": OrderStatus.FAILED, "PS_OS_REFUND": OrderStatus.REFUNDED}
_MAILS = {
    "order_canceled": OrderStatus.CANCELLED,
    "payment_error": OrderStatus.FAILED,
    "refund": OrderStatus.REFUNDED,
}
USUAL = Method(RoundType.LINE, RoundMode.HALF_UP)
HIDDEN = frozenset({"1", "true"})


@dataclass(frozen=True, slots=True)
class State:
    """One of the shop's order states. `purpose` is set for those that no flag tells: cancelled, failed, refunded."""

    id: str
    name: str
    is_paid: bool
    is_shipped: bool
    is_logable: bool
    is_deleted: bool
    purpose: OrderStatus | None


@dataclass(frozen=True, slots=True)
class Carrier:
    """A carrier; its tracking link has an @ in place of the number."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Facts:
    """The shop's own facts, by its ids. `now` is when they were read."""

    zone: ZoneInfo
    now: datetime
    settings: Mapping[str, str]
    states: Mapping[str, State]
    rates: Mapping[str, Decimal]
    currencies: Mapping[str, Raw]
    countries: Mapping[str, str]
    carriers: Mapping[str, Carrier]
    language_code: str

    @classmethod
    def read(cls, raw: Raw) -> Facts:
        """From the collections of the web service. Raises Unreadable where the shop's zone is not known."""
        settings = settings_of(_entries(raw, "configurations"), text(raw, "shop_id"))
        zone = zone_named(settings.get("PS_TIMEZONE", ""))
        if zone is None:
            raise Unreadable("time_zone_unknown", "configurations.PS_TIMEZONE", "the shop does not tell its time zone")
        now = raw.get("now")
        language = settings.get("PS_LANG_DEFAULT", "")
        return cls(
            zone=zone,
            now=now if isinstance(now, datetime) else datetime.now(UTC),
            settings=settings,
            states={state.id: state for state in states_of(_entries(raw, "order_states"), settings)},
            rates={identifier(entry, "id"): decimal(entry, "rate") for entry in _entries(raw, "taxes")},
            currencies={identifier(entry, "id"): entry for entry in _entries(raw, "currencies")},
            countries={identifier(entry, "id"): text(entry, "iso_code").upper() for entry in _entries(raw, "countries")},
            carriers={
                identifier(entry, "id"): Carrier(plain_text(entry, "name"), text(entry, "url"))
                for entry in _entries(raw, "carriers")
            },
            language_code=next((text(entry, "iso_code") for entry in _entries(raw, "languages")
                                if text(entry, "id") == language), ""),
        )  # fmt: skip

    @property
    def method(self) -> Method:
        """How the shop rounds now."""
        return method_of(self.settings.get("PS_ROUND_TYPE", ""), self.settings.get("PS_PRICE_ROUND_MODE", ""), USUAL)

    def currency(self, external_id: str) -> tuple[str, int, int]:
        """ISO code, its decimals by ISO 4217, and how many the shop computes with (`precision` of 1.7.7 on, else two unless
        the currency has none)."""
        found = self.currencies.get(external_id)
        if found is None:
            raise Unreadable("currency_unknown", "id_currency", "the shop does not tell the order's currency")
        code = text(found, "iso_code").upper() or text(found, "iso_code_num")
        exponent = currency_exponent(code)
        told = text(found, "precision") or text(found, "decimal_places")
        return code, exponent, max(int(told), exponent) if told.isdecimal() and int(told) <= 6 else exponent

    def rate_near(self, with_tax: Decimal, without_tax: Decimal) -> tuple[Decimal, ...]:
        """The rate that explains two amounts, where nothing names it: of the shop's rates the one that is nearest, if it is
        within a smallest unit of rounding. Empty for no tax, and for none that fits."""
        if not without_tax or with_tax == without_tax:
            return ()
        slack = Decimal("1.01") / without_tax.copy_abs() + Decimal("0.01")
        asked = (with_tax - without_tax) * 100 / without_tax
        near = sorted(set(self.rates.values()), key=lambda rate: abs(rate - asked))
        return (near[0],) if near and abs(near[0] - asked) <= slack else ()


def _entries(raw: Raw, key: str) -> list[Raw]:
    found = raw.get(key)
    return found if isinstance(found, list) else []


def settings_of(entries: Iterable[Raw], shop_id: str) -> dict[str, str]:
    """The shop's settings by name. With several shops a setting may stand once for all and once for each: this shop's rules,
    then that of all shops."""
    ranked: dict[str, tuple[int, str]] = {}
    for entry in entries:
        name, shop = text(entry, "name"), text(entry, "id_shop")
        if shop not in ("", "0", shop_id):
            continue
        rank = 1 if shop and shop == shop_id else 0
        if name not in ranked or rank >= ranked[name][0]:
            ranked[name] = (rank, text(entry, "value"))
    return {name: value for name, (_, value) in ranked.items()}


def states_of(entries: Iterable[Raw], settings: Mapping[str, str]) -> list[State]:
    """The shop's order states."""
    named = {settings[name]: purpose for name, purpose in _PURPOSES.items() if settings.get(name)}
    found = []
    for entry in entries:
        external_id = identifier(entry, "id")
        flags = {name: text(entry, name) == "1" for name in ("paid", "shipped", "logable", "deleted")}
        mails = set(localised_all(entry, "template"))
        by_mail = next((_MAILS[mail] for mail in sorted(mails) if mail in _MAILS), None)
        purpose = named.get(external_id) or (None if flags["paid"] or flags["shipped"] else by_mail)
        found.append(State(external_id, localised(entry, "name", settings.get("PS_LANG_DEFAULT", "")), flags["paid"],
                           flags["shipped"], flags["logable"], flags["deleted"], purpose))
    return found


def method_of(kind: str, mode: str, otherwise: Method) -> Method:
    """A rounding as the shop writes it: two numbers, see `rounding`. Before 1.6.1 orders have none: 0 or nothing."""
    kinds, modes = {str(each.value): each for each in RoundType}, {str(each.value): each for each in RoundMode}
    if kind not in kinds:
        return otherwise
    return Method(kinds[kind], modes.get(mode, otherwise.mode))


def localised_all(raw: Raw, key: str) -> list[str]:
    """A field's texts in all languages."""
    found = raw.get(key)
    return list(found.values()) if isinstance(found, Mapping) else [text(raw, key)]


def localised(raw: Raw, key: str, language_id: str) -> str:
    """A field's text in the shop's own language, else in the first that has one. Plain where the shop has one language."""
    found = raw.get(key)
    if not isinstance(found, Mapping):
        return plain_text(raw, key)
    texts = {language: plain_text(found, language) for language in found}
    return texts.get(language_id) or next((each for each in texts.values() if each), "")
