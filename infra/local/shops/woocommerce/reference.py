"""What a connector reads of a shop before anything else: system status, settings, tax rates, currency, gateways."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from infra.local.shops.woocommerce.core import ALL_METHODS, Core, links
from infra.local.shops.woocommerce.render_orders import VERSION
from infra.local.shops.woocommerce.render_products import ENTITIES, SYMBOLS

CURRENCY_NAMES = {"EUR": "Euro", "USD": "United States (US) dollar", "GBP": "Pound sterling", "CHF": "Swiss franc",
                  "JPY": "Japanese yen"}  # fmt: skip
CLASS_NAMES = {
    "standard": "Standard rate", "reduced-rate": "Reduced rate", "taux-reduit": "Taux réduit",
    "taux-super-reduit": "Taux super réduit", "zero-rate": "Zero rate",
}  # fmt: skip
COUNTRIES = {"FR": "France", "BE": "Belgium", "CH": "Switzerland", "DE": "Germany", "ES": "Spain", "IT": "Italy",
             "LU": "Luxembourg", "NL": "Netherlands"}  # fmt: skip
LISTED = ("GET", "POST", "PUT", "PATCH")
#: id without its prefix, label, type, default, explanation; the values come from the shop.
GENERAL = (
    ("store_address", "Address line 1", "text", "", "The street address for your business location."),
    ("store_address_2", "Address line 2", "text", "", "An additional, optional address line."),
    ("store_city", "City", "text", "", "The city in which your business is located."),
    (
        "default_country",
        "Country / State",
        "select",
        "US:CA",
        "The country in which your business is located.",
    ),
    ("store_postcode", "Postcode / ZIP", "text", "", "The postal code of your business location."),
    (
        "allowed_countries",
        "Selling location(s)",
        "select",
        "all",
        "Which countries you are willing to sell to.",
    ),
    ("all_except_countries", "Sell to all countries, except for&hellip;", "multiselect", "", ""),
    ("specific_allowed_countries", "Sell to specific countries", "multiselect", "", ""),
    ("ship_to_countries", "Shipping location(s)", "select", "", "Which countries you want to ship to."),
    ("specific_ship_to_countries", "Ship to specific countries", "multiselect", "", ""),
    (
        "default_customer_address",
        "Default customer location",
        "select",
        "base",
        "A customer's default location.",
    ),
    ("address_autocomplete_enabled", "", "checkbox", "no", "Enable predictive address search"),
    ("calc_taxes", "Enable taxes", "checkbox", "no", "Enable tax rates and calculations"),
    ("enable_coupons", "Enable coupons", "checkbox", "yes", "Enable the use of coupon codes"),
    ("calc_discounts_sequentially", "", "checkbox", "no", "Calculate coupon discounts sequentially"),
    ("currency", "Currency", "select", "USD", "The currency of the catalogue and of payments."),
    ("currency_pos", "Currency position", "select", "left", "The position of the currency symbol."),
    ("price_thousand_sep", "Thousand separator", "text", ",", "The thousand separator of displayed prices."),
    ("price_decimal_sep", "Decimal separator", "text", ".", "The decimal separator of displayed prices."),
    (
        "price_num_decimals",
        "Number of decimals",
        "number",
        "2",
        "The number of decimals of displayed prices.",
    ),
)
TAX = (
    ("prices_include_tax", "Prices entered with tax", "radio", "no", ""),
    ("tax_based_on", "Calculate tax based on", "select", "shipping", ""),
    ("shipping_tax_class", "Shipping tax class", "select", "inherit", "Which tax class shipping gets."),
    (
        "tax_round_at_subtotal",
        "Rounding",
        "checkbox",
        "no",
        "Round tax at subtotal level, instead of rounding per line",
    ),
    ("tax_classes", "Additional tax classes", "textarea", "", ""),
    ("tax_display_shop", "Display prices in the shop", "select", "excl", ""),
    ("tax_display_cart", "Display prices during cart and checkout", "select", "excl", ""),
    ("price_display_suffix", "Price display suffix", "text", "", ""),
    ("tax_total_display", "Display tax totals", "select", "itemized", ""),
)
NO_TIP = frozenset({
    "all_except_countries", "specific_allowed_countries", "specific_ship_to_countries", "tax_round_at_subtotal",
    "tax_display_shop", "tax_display_cart", "tax_total_display",
})  # fmt: skip
INCLUDING = {"incl": "Including tax", "excl": "Excluding tax"}
OPTIONS: dict[str, dict[str, str]] = {
    "default_country": COUNTRIES,
    "allowed_countries": {"all": "Sell to all countries", "all_except": "Sell to all countries, except for&hellip;",
                          "specific": "Sell to specific countries"},
    "all_except_countries": COUNTRIES,
    "specific_allowed_countries": COUNTRIES,
    "ship_to_countries": {"": "Ship to all countries you sell to", "all": "Ship to all countries",
                          "specific": "Ship to specific countries only", "disabled": "Disable shipping"},
    "specific_ship_to_countries": COUNTRIES,
    "default_customer_address": {"": "No location by default", "base": "Shop country/region"},
    "currency": {code: f"{name} ({ENTITIES[code]})" for code, name in CURRENCY_NAMES.items()},
    "currency_pos": {"left": "Left", "right": "Right", "left_space": "Left with space",
                     "right_space": "Right with space"},
    "prices_include_tax": {"yes": "Yes, I will enter prices inclusive of tax",
                           "no": "No, I will enter prices exclusive of tax"},
    "tax_based_on": {"shipping": "Customer shipping address", "billing": "Customer billing address",
                     "base": "Shop base address"},
    "shipping_tax_class": {"inherit": "Shipping tax class based on cart items", "": "Standard"},
    "tax_display_shop": INCLUDING,
    "tax_display_cart": INCLUDING,
    "tax_total_display": {"single": "As a single total", "itemized": "Itemized"},
}  # fmt: skip


def _settings(core: Core, group: str, table: tuple[tuple[str, ...], ...], values: dict[str, str]) -> list[dict[str, Any]]:
    shown = []
    for name, label, kind, default, description in table:
        entry: dict[str, Any] = {
            "id": f"woocommerce_{name}",
            "label": label,
            "description": description,
            "type": kind,
        }
        entry["default"] = default
        if name in OPTIONS:
            entry["options"] = OPTIONS[name]
        if name not in NO_TIP:
            entry["tip"] = description
        entry["value"] = values.get(name, default)
        path = f"settings/{group}"
        entry["_links"] = links(core.base_url, f"{path}/woocommerce_{name}", path, LISTED)
        shown.append(entry)
    return shown


def general_settings(core: Core) -> list[dict[str, Any]]:
    """GET settings/general."""
    values = {
        "default_country": core.rules.base_country,
        "calc_taxes": "yes",
        "currency": core.config.currency,
    }
    return _settings(core, "general", GENERAL, values)


def tax_settings(core: Core) -> list[dict[str, Any]]:
    """GET settings/tax: whether prices are typed with tax, and where tax is rounded."""
    shown = "incl" if core.rules.prices_include_tax else "excl"
    extra = [name for slug, name in CLASS_NAMES.items() if slug.startswith("taux")]
    values = {
        "prices_include_tax": "yes" if core.rules.prices_include_tax else "no",
        "tax_round_at_subtotal": "yes" if core.rules.round_at_subtotal else "no",
        "tax_classes": "\n".join(extra),
        "tax_display_shop": shown,
        "tax_display_cart": shown,
    }
    return _settings(core, "tax", TAX, values)


def tax_classes(core: Core) -> list[dict[str, Any]]:
    """GET taxes/classes."""
    collection = {"collection": [{"href": f"{core.base_url}/wp-json/wc/v3/taxes/classes"}]}
    return [{"slug": slug, "name": name, "_links": collection} for slug, name in CLASS_NAMES.items()]


def tax_rates(core: Core) -> list[dict[str, Any]]:
    """Return the tax table, each rate at four decimals as text."""
    return [
        {
            "id": rate.id,
            "country": rate.country,
            "state": "",
            "postcode": "",
            "city": "",
            "rate": f"{rate.percent:.4f}",
            "name": rate.name,
            "priority": 1,
            "compound": False,
            "shipping": True,
            "order": 0,
            "class": rate.tax_class or "standard",
            "postcodes": [],
            "cities": [],
            "_links": links(core.base_url, f"taxes/{rate.id}", "taxes", ALL_METHODS),
        }
        for rate in core.rules.rates
    ]


def current_currency(core: Core) -> dict[str, Any]:
    """GET data/currencies/current."""
    code = core.config.currency
    shown = {"code": code, "name": CURRENCY_NAMES.get(code, code), "symbol": ENTITIES.get(code, code)}
    return {**shown, "_links": links(core.base_url, f"data/currencies/{code}", "data/currencies", ("GET",))}


def payment_gateways(core: Core) -> list[dict[str, Any]]:
    """GET payment_gateways."""
    table = (("card", "Carte bancaire", "Demo card"), ("bacs", "Virement bancaire", "Direct bank transfer"))
    return [
        {
            "id": id_,
            "title": title,
            "description": "",
            "order": order,
            "enabled": True,
            "method_title": method,
            "method_description": "",
            "method_supports": ["products", "refunds"] if id_ == "card" else ["products"],
            "settings": {},
            "_links": links(core.base_url, f"payment_gateways/{id_}", "payment_gateways", LISTED),
        }
        for order, (id_, title, method) in enumerate(table)
    ]


def _environment(core: Core) -> dict[str, Any]:
    unknown = dict.fromkeys(("log_directory", "curl_version", "server_architecture", "remote_get_response"), "")
    yes = ("log_directory_writable", "fsockopen_or_curl_enabled", "soapclient_enabled", "domdocument_enabled",
           "gzip_enabled", "mbstring_enabled", "remote_post_successful", "remote_get_successful")  # fmt: skip
    return {
        "home_url": core.base_url,
        "site_url": core.base_url,
        "store_id": str(uuid5(NAMESPACE_URL, core.config.slug)),
        "version": VERSION,
        **unknown,
        **dict.fromkeys(yes, True),
        **dict.fromkeys(("wp_multisite", "wp_debug_mode", "wp_cron", "suhosin_installed"), False),
        **dict.fromkeys(("wp_memory_limit", "php_post_max_size", "max_upload_size"), 134_217_728),
        "wp_version": "7.0.4",
        "wp_environment_type": "local",
        "language": "fr_FR",
        "external_object_cache": None,
        "server_info": "Comptoir demo shop",
        "php_version": "8.2.36",
        "php_max_execution_time": 120,
        "php_max_input_vars": 1000,
        "mysql_version": "10.11.19",
        "mysql_version_string": "10.11.19-MariaDB",
        "default_timezone": "UTC",
        "remote_post_response": "",
    }


def system_status(core: Core) -> dict[str, Any]:
    """GET system_status: versions, the place where orders are kept, currency and decimals."""
    plugin = {
        "plugin": "woocommerce/woocommerce.php",
        "name": "WooCommerce",
        "version": VERSION,
        "version_latest": VERSION,
        "url": "https://woocommerce.com/",
        "author_name": "Automattic",
        "author_url": "https://woocommerce.com",
        "network_activated": False,
    }
    size = {"data": 1.5, "index": 0.5}
    tables = {
        "woocommerce": {},
        "other": {"wp_wc_orders": {"data": "0.02", "index": "0.14", "engine": "InnoDB"}},
    }
    return {
        "environment": _environment(core),
        "database": {
            "wc_database_version": VERSION,
            "database_prefix": "wp_",
            "maxmind_geoip_database": "",
            "database_tables": tables,
            "database_size": size,
        },
        "active_plugins": [plugin],
        "inactive_plugins": [],
        "dropins_mu_plugins": {"dropins": [], "mu_plugins": []},
        "theme": _theme(core),
        "settings": _status_settings(core),
        "security": {"secure_connection": False, "hide_errors": True},
        "pages": [],
        "post_type_counts": [{"type": "page", "count": "7"}],
        "logging": {
            "logging_enabled": True,
            "default_handler": "Automattic\\WooCommerce\\Internal\\Admin\\Logging\\LogHandlerFileV2",
            "retention_period_days": 30,
            "level_threshold": "",
            "log_directory_size": "1 MB",
        },
    }


def _theme(core: Core) -> dict[str, Any]:
    no = ("is_child_theme", "is_block_theme", "has_woocommerce_file", "has_outdated_templates")
    parents = ("parent_name", "parent_version", "parent_version_latest", "parent_author_url")
    return {
        "name": core.config.name,
        "version": "1.0",
        "version_latest": 0,
        "author_url": core.base_url,
        **dict.fromkeys(no, False),
        "has_woocommerce_support": True,
        "overrides": [],
        **dict.fromkeys(parents, ""),
    }


def _status_settings(core: Core) -> dict[str, Any]:
    code = core.config.currency
    terms = (
        "exclude-from-catalog",
        "exclude-from-search",
        "featured",
        "outofstock",
        *(f"rated-{n}" for n in range(1, 6)),
    )
    types = ("external", "grouped", "simple", "variable")
    return {
        "api_enabled": False,
        "force_ssl": False,
        "currency": code,
        "currency_symbol": ENTITIES.get(code, SYMBOLS.get(code, code)),
        "currency_position": "left",
        "thousand_separator": ",",
        "decimal_separator": ".",
        "number_of_decimals": 2,
        "geolocation_enabled": False,
        "taxonomies": {name: name for name in types},
        "product_visibility_terms": {name: name for name in terms},
        "woocommerce_com_connected": "no",
        "enforce_approved_download_dirs": True,
        "order_datastore": "Automattic\\WooCommerce\\Internal\\DataStores\\Orders\\OrdersTableDataStore",
        "HPOS_enabled": True,
        "HPOS_sync_enabled": False,
        "enabled_features": ["custom_order_tables"],
    }
