"""What a demo shop is made of: names, tax rates, keys and the products it opens with."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

#: WooCommerce writes the standard tax class as an empty text.
STANDARD = ""
REDUCED = "taux-reduit"
SUPER_REDUCED = "taux-super-reduit"


@dataclass(frozen=True, slots=True)
class TaxRate:
    """One row of WooCommerce's tax table; `percent` is 5.5 for 5.5 %."""

    id: int
    country: str
    percent: Decimal
    name: str
    tax_class: str = STANDARD


@dataclass(frozen=True, slots=True)
class TaxRules:
    """How a shop types its prices and rounds its tax; `base_country` is where the typed price's tax belongs."""

    prices_include_tax: bool
    round_at_subtotal: bool
    rates: tuple[TaxRate, ...]
    base_country: str = "FR"

    def rate_for(self, tax_class: str, country: str) -> TaxRate | None:
        """Return the one rate of a class in a country, or None where the shop collects no tax."""
        for rate in self.rates:
            if rate.country == country and rate.tax_class == tax_class:
                return rate
        return None


FRENCH_AND_GERMAN_RATES = (
    TaxRate(30, "FR", Decimal(20), "TVA 20 %"),
    TaxRate(31, "FR", Decimal(10), "TVA 10 %", REDUCED),
    TaxRate(32, "FR", Decimal("5.5"), "TVA 5,5 %", SUPER_REDUCED),
    TaxRate(33, "DE", Decimal(19), "MwSt. 19 %"),
    TaxRate(34, "DE", Decimal(7), "MwSt. 7 %", REDUCED),
)


@dataclass(frozen=True, slots=True)
class ShippingMethod:
    """A way to ship; `cost` is always typed excluding tax, as in WooCommerce. `countries` empty: everywhere else."""

    instance_id: int
    method_id: str
    title: str
    cost: Decimal
    countries: tuple[str, ...] = ()


SHIPPING_METHODS = (
    ShippingMethod(21, "flat_rate", "Colissimo", Decimal("5.90"), ("FR",)),
    ShippingMethod(22, "local_pickup", "Retrait en magasin", Decimal("0.00"), ("FR",)),
    ShippingMethod(23, "flat_rate", "Colissimo International", Decimal("12.40"), ("DE", "BE", "IT", "ES", "LU", "NL")),
    ShippingMethod(24, "flat_rate", "Monde", Decimal("25.00")),
)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A REST key; `permissions` is `read` or `read_write`."""

    consumer_key: str
    consumer_secret: str
    permissions: str = "read_write"


@dataclass(frozen=True, slots=True)
class Coupon:
    """A discount code; `discount_type` is `percent` or `fixed_cart` and `amount` its figure."""

    code: str
    discount_type: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Picture:
    """Parameters of a drawn product picture: a known shape, its layers from top to bottom and a background."""

    shape: str
    layers: tuple[str, ...]
    background: str = "#f3ede4"
    garnish: str = "#c2334d"


@dataclass(frozen=True, slots=True)
class ShopVariation:
    """One sellable form of a product, e.g. options {"Parts": "6"}."""

    sku: str
    options: tuple[tuple[str, str], ...]
    price: Decimal
    stock: int
    gtin: str = ""


@dataclass(frozen=True, slots=True)
class ShopProduct:
    """A product the shop opens with; with `variations` it has neither price nor stock of its own."""

    sku: str
    name_fr: str
    name_en: str
    price: Decimal
    stock: int | None
    picture: Picture
    tax_class: str = SUPER_REDUCED
    gtin: str = ""
    text_fr: str = ""
    text_en: str = ""
    variations: tuple[ShopVariation, ...] = ()
    backorders: str = "no"
    weight: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class ShopConfig:
    """One shop. `accent` is a CSS colour, `slug` names its file; `control_token` opens `/__control` (empty: closed)."""

    name: str
    slug: str
    products: tuple[ShopProduct, ...]
    keys: tuple[ApiKey, ...]
    currency: str = "EUR"
    prices_include_tax: bool = True
    round_at_subtotal: bool = False
    accent: str = "#1f5c57"
    tagline_fr: str = ""
    tagline_en: str = ""
    time_zone: str = "Europe/Paris"
    rates: tuple[TaxRate, ...] = FRENCH_AND_GERMAN_RATES
    shipping_methods: tuple[ShippingMethod, ...] = SHIPPING_METHODS
    coupons: tuple[Coupon, ...] = ()
    control_token: str = ""
    webhook_timeout_seconds: float = 5.0
    hero: str = "buche"

    @property
    def tax_rules(self) -> TaxRules:
        """The arithmetic rules that follow from this configuration."""
        return TaxRules(self.prices_include_tax, self.round_at_subtotal, self.rates)
