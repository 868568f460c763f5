"""One honest body for each operation whose body cannot be guessed from the names of its fields.

`{n}` becomes a new number. A body is changed at one place before it is sent, most of the time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

LOGO = "PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHZpZXdCb3g9IjAgMCA5IDkiPjxjaXJjbGUgcj0iNCIvPjwvc3ZnPg=="
NEVER_CHANGED = {"PUT /api/tenants/password", "POST /api/tenants/password-resets/confirm"}
"""Bodies that are sent as they are: a generated password would lock the caller out."""
HOME = {"name": "Zoé Martin", "line1": "4 rue du Lac", "postal_code": "74000", "city": "Annecy", "country_code": "FR"}
LEGAL = {"legal_name": "Maison", "legal_form": "SAS", "siren": "732829320", "vat_number": "FR44732829320",
         "rcs_city": "Annecy", "address": {"street": "1 rue du Lac", "city": "Annecy"}}
"""What a company says of itself on its invoices."""
LINE = {"sku": "MAC", "quantity": "1", "unit_price": "9.90"}
ORDER = {"lines": [LINE], "shortage": "backorder"}
SETTLED = [{"entry_id": "2026-12-31.OD.1", "line": 1}, {"entry_id": "2026-12-31.OD.2", "line": 2}]
"""An invoice and a part of its payment, as the books of the test hold them; entry 3 pays the rest."""
DRAFT = {**ORDER, "state": "draft"}
FREE = {
    "lines": [{"name": "Conseil {n}", "unit_price": "9.90"}],
    "buyer": {"name": "Zoé Martin", "address": {"line1": "3 rue du Lac", "city": "Annecy", "country_code": "FR"}},
}
SALE_RULES = [{"purpose": purpose, "account": account} for purpose, account in (
    ("goods", "707000"), ("finished", "701000"), ("services", "706000"), ("shipping", "708500"), ("rebates", "709000"),
    ("vat", "445710"))]
"""The least that sales can be posted by."""
SERIES = [
    {"id": "FA", "type_codes": ["380", "386"], "prefix": "FA-{year}-"},
    {"id": "AV", "type_codes": ["381"], "prefix": "AV-{year}-"},
]


LISTENER = {"name": "ERP {n}", "url": "http://127.0.0.1:49999/{n}", "event_types": ["ConnectionFailing", "OrderPlaced"]}


def recent() -> str:
    """An instant of the last thirty days."""
    return f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"


def bodies(shop_url: str, warehouse_id: str, second_id: str, email: str, password: str) -> dict[str, Any]:
    """By operation, `METHOD path`."""
    variant = {"sku": "SKU-{n}", "vat_rate": "20"}
    return {
        "POST /api/tenants/support-accesses/{document_id}/grant": {"hours": 2},
        "POST /api/catalog/products": {
            "name": "Produit {n}",
            "axes": ["Parts"],
            "variants": [{**variant, "axis_values": ["4"]}],
        },
        "POST /api/catalog/products/{document_id}/add_variants": {"variants": [{**variant, "axis_values": ["P{n}"]}]},
        "POST /api/catalog/imports": {"text": "sku;product_name\nNEUF-{n};Neuf", "mapping": {}},
        "POST /api/channels/connections": {
            "name": "Boutique {n}",
            "base_url": shop_url.replace("127.0.0.1", "localhost"),
            "credentials": {"consumer_key": "ck_" + "a" * 40, "consumer_secret": "cs_" + "b" * 40},
        },
        "PUT /api/channels/connections/{connection_id}": {"name": "Boutique"},
        "POST /api/onboarding/sample-wipes": {"keep_used": True},
        "PUT /api/onboarding/checklist": {"dismissed": ["shop", "colleagues"]},
        "POST /api/tenants/sign-ups": {
            "email": "neuf{n}@glaces.example", "name": "Léa", "company_name": "Glaces {n}", "siren": "732829320",
            "fiscal_year_starts_on": f"{datetime.now(UTC):%Y}-01-01"},
        "POST /api/channels/connections/{connection_id}/bindings": {"sku": "SORBET", "product_external_id": "9{n}"},
        "PUT /api/pricing/price-lists/{price_list_id}/prices": {"prices": [{"sku": "MAC", "entries": [{"price": "4.20"}]}]},
        "POST /api/ledger/accounts": [{"number": f"7079{n}", "name": "Ventes {n}"} for n in range(10, 100)],
        "PUT /api/ledger/accounts/{document_id}": {"name": "Compte {n}"},
        "POST /api/ledger/journals": {"code": "J{n}", "name": "Journal {n}"},
        "PUT /api/ledger/journals/{document_id}": {"name": "Journal {n}"},
        "POST /api/ledger/exchange-rates": [
            {"currency": "USD", "rate_on": f"2026-01-{day:02}", "rate": "0.9", "source": "BCE"} for day in range(1, 29)
        ],
        "PUT /api/ledger/exchange-rates/{document_id}": {"rate": "0.91{n}"},
        "POST /api/ledger/fiscal-years": [
            {"starts_on": f"{year}-01-01", "ends_on": f"{year}-12-31"} for year in (2027, 2028)
        ],
        "POST /api/ledger/fiscal-years/{document_id}/lock": [{"through": f"{year}-12-31"} for year in (2026, 2027, 2028)],
        "POST /api/ledger/entries": {
            "journal": "OD",
            "entry_date": "2026-03-10",
            "label": "Écriture {n}",
            "lines": [{"account": "512000", "debit": "10"}, {"account": "707000", "credit": "10"}],
        },
        "POST /api/ledger/letters": {"lines": SETTLED, "is_partial": True},
        "POST /api/ledger/letters/{document_id}/extend": {"lines": [{"entry_id": "2026-12-31.OD.3", "line": 2}]},
        "POST /api/ledger/letter-matches": {"account": "411000", "party_id": "dupont"},
        "POST /api/ledger/entries/{document_id}/reverse": {"label": "Erreur {n}"},
        "POST /api/invoicing/invoices": FREE,
        "PUT /api/invoicing/invoices/{document_id}": FREE,
        "POST /api/invoicing/invoices/{document_id}/credit": {"reason": "retour {n}"},
        "PUT /api/ledger/account-determination": {"families": [{"code": "ices", "name": "Glaces {n}"}], "rules": SALE_RULES},
        "PUT /api/invoicing/settings": {"payment_terms_days": 45, "series": SERIES},
        "POST /api/pricing/price-lists/{price_list_id}/imports": {"text": "sku;price\nMAC;4,20"},
        "POST /api/sales/orders": [ORDER, DRAFT],
        "POST /api/sales/previews": ORDER,
        "PUT /api/sales/orders/{document_id}": {"note": "fragile"},
        "POST /api/sales/orders/{document_id}/confirm": {"shortage": "backorder"},
        "POST /api/sales/orders/{document_id}/amend": {"lines": [LINE], "shortage": "backorder"},
        "POST /api/sales/orders/{document_id}/refund": {"amount": "0.10"},
        "POST /api/sales/orders/{document_id}/ship": {},
        "POST /api/shipping/carriers": {"name": "Tournée {n}"},
        "PUT /api/shipping/carriers/{document_id}": {"name": "Tournée {n}"},
        "POST /api/shipping/deliveries/{document_id}/scan": {"code": "MAC"},
        "POST /api/shipping/deliveries/{document_id}/put_back": {"parcel_number": 1, "sku": "MAC", "quantity": "1"},
        "POST /api/shipping/deliveries/{document_id}/set_tracking": {"tracking_number": "A{n}"},
        "POST /api/stock/receipts": {
            "warehouse_id": warehouse_id,
            "lines": [{"sku": "MAC", "quantity": "5", "unit_cost": "3"}],
        },
        "POST /api/stock/adjustments": {
            "warehouse_id": warehouse_id,
            "reason": "count",
            "lines": [{"sku": "MAC", "quantity": "1"}],
        },
        "POST /api/stock/transfers": {
            "warehouse_id": warehouse_id,
            "to_warehouse_id": second_id,
            "lines": [{"sku": "SORBET", "quantity": "1"}],
        },
        "PUT /api/documents/branding": {"primary_colour": "#1f4e5f", "secondary_colour": "#eeeeee", "footer_text": "Merci {n}"},
        "PUT /api/documents/branding/logo": {"content_base64": LOGO},
        "POST /api/reporting/schedules": {"name": "Rapport {n}"},
        "POST /api/subscriptions/checkout-sessions": {"plan": "starter"},
        "POST /api/subscriptions/subscription/preview": {"plan": "growth"},
        "POST /api/subscriptions/subscription/change": {"plan": "growth"},
        "PUT /api/subscriptions/tax-number": {"vat_number": "FR44732829320"},
        "POST /api/audit/export-jobs": {"format": "csv", "filters": {"view": "people"}},
        "PUT /api/leaving/uploads/{upload_id}/parts": {"number": 0, "content": "eA=="},
        "POST /api/webhooks/endpoints": LISTENER,
        "PUT /api/webhooks/endpoints/{document_id}": LISTENER,
        "POST /api/webhooks/endpoints/{endpoint_id}/recover": {"since": recent()},
        "PUT /api/tenants/password": [{"current_password": password, "password": f"{password} {password}"},
                                      {"current_password": f"{password} {password}", "password": password}],
        "PUT /api/tenants/company": {**LEGAL, "trade_name": "Maison {n}"},
        "POST /api/tenants/sessions": {"email": email, "password": password},
        "POST /api/tenants/passkeys/registrations": {"password": password},
        "POST /api/tenants/totp/confirm": {"enrolment": "{enrolment}", "code": "{former_code}"},
        "POST /api/tenants/totp/disable": {"password": password, "code": "{code}"},
        "PUT /api/tenants/users/{document_id}": {"name": "Paul {n}", "role": "sales"},
        "POST /api/tenants/roles": {"name_fr": "Rôle {n}", "permissions": ["orders.read"]},
        "PUT /api/tenants/roles/{role_id}": {"name_fr": "Autre {n}", "permissions": ["orders.read"]},
    }
