"""Every object whole: the fields of Stripe's published fixtures with the value they have when nothing was said."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

API_VERSION = "2026-10-28.endive"
ADDRESS = {"city": None, "country": None, "line1": None, "line2": None, "postal_code": None, "state": None}
_AUTOMATIC_TAX = {"enabled": False, "liability": None, "disabled_reason": None}

DEFAULTS: dict[str, dict[str, Any]] = {
    "product": {
        "active": True, "default_price": None, "description": None, "images": [], "marketing_features": [], "metadata": {},
        "name": "", "package_dimensions": None, "shippable": None, "statement_descriptor": None, "tax_code": None,
        "unit_label": None, "updated": 0, "url": None, "type": "service"},
    "price": {
        "active": True, "billing_scheme": "per_unit", "currency": "eur", "custom_unit_amount": None, "lookup_key": None,
        "metadata": {}, "nickname": None, "product": "", "recurring": None, "tax_behavior": "exclusive", "tiers_mode": None,
        "transform_quantity": None, "type": "recurring", "unit_amount": None, "unit_amount_decimal": None},
    "customer": {
        "address": None, "balance": 0, "currency": None, "default_source": None, "delinquent": False, "description": None,
        "discount": None, "email": None, "invoice_prefix": "", "invoice_settings": {
            "custom_fields": None, "default_payment_method": None, "footer": None, "rendering_options": None},
        "metadata": {}, "name": None, "next_invoice_sequence": 1, "phone": None, "preferred_locales": [], "shipping": None,
        "tax_exempt": "none", "test_clock": None},
    "tax_id": {
        "country": None, "customer": None, "customer_account": None, "owner": None, "type": "", "value": "",
        "verification": {"status": "pending", "verified_address": None, "verified_name": None}},
    "payment_method": {
        "allow_redisplay": "unspecified", "billing_details": {"address": ADDRESS, "email": None, "name": None, "phone": None,
                                                              "tax_id": None},
        "card": None, "customer": None, "customer_account": None, "metadata": {}, "type": "card"},
    "checkout.session": {
        "adaptive_pricing": None, "after_expiration": None, "allow_promotion_codes": None, "amount_subtotal": None,
        "amount_total": None, "automatic_tax": {"enabled": False, "liability": None, "status": None, "provider": None},
        "billing_address_collection": None, "cancel_url": None, "client_reference_id": None, "client_secret": None,
        "collected_information": None, "consent": None, "consent_collection": None, "currency": None,
        "currency_conversion": None, "custom_fields": [], "custom_text": {
            "after_submit": None, "shipping_address": None, "submit": None, "terms_of_service_acceptance": None},
        "customer": None, "customer_account": None, "customer_creation": None, "customer_details": None,
        "customer_email": None, "discounts": [], "expires_at": 0, "integration_identifier": None, "invoice": None,
        "invoice_creation": None, "locale": None, "managed_payments": None, "metadata": {}, "mode": "subscription",
        "origin_context": None, "payment_intent": None, "payment_link": None, "payment_method_collection": "always",
        "payment_method_configuration_details": None, "payment_method_options": {}, "payment_method_types": ["card"],
        "payment_status": "unpaid", "permissions": None, "phone_number_collection": {"enabled": False},
        "recovered_from": None, "saved_payment_method_options": None, "setup_intent": None,
        "shipping_address_collection": None, "shipping_cost": None, "shipping_options": [], "status": "open",
        "submit_type": None, "subscription": None, "success_url": None, "total_details": None, "ui_mode": "hosted",
        "url": None, "wallet_options": None},
    "billing_portal.session": {
        "configuration": "", "customer": "", "customer_account": None, "flow": None, "locale": None, "on_behalf_of": None,
        "return_url": None, "url": ""},
    "subscription": {
        "application": None, "application_fee_percent": None, "automatic_tax": _AUTOMATIC_TAX, "billing_cycle_anchor": 0,
        "billing_cycle_anchor_config": None, "billing_mode": {"type": "classic", "flexible": None}, "billing_schedules": [],
        "billing_thresholds": None, "cancel_at": None, "cancel_at_period_end": False, "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically", "currency": "eur", "customer": "", "customer_account": None,
        "days_until_due": None, "default_payment_method": None, "default_source": None, "default_tax_rates": [],
        "description": None, "discounts": [], "ended_at": None, "invoice_settings": {
            "account_tax_ids": None, "issuer": {"type": "self"}, "custom_fields": None, "description": None, "footer": None},
        "items": None, "latest_invoice": None, "managed_payments": None, "metadata": {},
        "next_pending_invoice_item_invoice": None, "on_behalf_of": None, "pause_collection": None, "payment_settings": {
            "payment_method_options": None, "payment_method_types": None, "save_default_payment_method": "off"},
        "pending_invoice_item_interval": None, "pending_setup_intent": None, "pending_update": None, "schedule": None,
        "start_date": 0, "status": "active", "test_clock": None, "transfer_data": None, "trial_end": None,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}}, "trial_start": None},
    "subscription_item": {
        "billing_thresholds": None, "current_period_end": 0, "current_period_start": 0, "discounts": [], "metadata": {},
        "plan": None, "price": None, "subscription": "", "tax_rates": []},
    "plan": {
        "active": True, "amount": None, "amount_decimal": None, "billing_scheme": "per_unit", "currency": "eur",
        "interval": "month", "interval_count": 1, "metadata": {}, "meter": None, "nickname": None, "product": "",
        "tiers_mode": None, "transform_usage": None, "trial_period_days": None, "usage_type": "licensed"},
    "invoice": {
        "account_country": "FR", "account_name": "Comptoir", "account_tax_ids": None, "amount_due": 0, "amount_overpaid": 0,
        "amount_paid": 0, "amount_remaining": 0, "amount_shipping": 0, "application": None, "attempt_count": 0,
        "attempted": False, "auto_advance": True, "automatic_tax": {**_AUTOMATIC_TAX, "status": None, "provider": None},
        "automatically_finalizes_at": None, "billing_reason": "subscription_cycle",
        "collection_method": "charge_automatically", "currency": "eur", "custom_fields": None, "customer": "",
        "customer_account": None, "customer_address": None, "customer_email": None, "customer_name": None,
        "customer_phone": None, "customer_shipping": None, "customer_tax_exempt": "none", "customer_tax_ids": [],
        "default_payment_method": None, "default_source": None, "default_tax_rates": [], "description": None,
        "discounts": [], "due_date": None, "effective_at": None, "ending_balance": None, "footer": None,
        "from_invoice": None, "hosted_invoice_url": None, "invoice_pdf": None, "issuer": {"type": "self"},
        "last_finalization_error": None, "latest_revision": None, "lines": None, "metadata": {},
        "next_payment_attempt": None, "number": None, "on_behalf_of": None, "parent": None, "payment_settings": {
            "default_mandate": None, "payment_method_options": None, "payment_method_types": None},
        "period_end": 0, "period_start": 0, "post_payment_credit_notes_amount": 0, "pre_payment_credit_notes_amount": 0,
        "receipt_number": None, "rendering": None, "shipping_cost": None, "shipping_details": None, "starting_balance": 0,
        "statement_descriptor": None, "status": "draft", "status_transitions": {
            "finalized_at": None, "marked_uncollectible_at": None, "paid_at": None, "voided_at": None},
        "subscription": None, "subtotal": 0, "subtotal_excluding_tax": 0, "test_clock": None, "total": 0,
        "total_discount_amounts": [], "total_excluding_tax": 0, "total_pretax_credit_amounts": None, "total_taxes": [],
        "webhooks_delivered_at": None},
    "line_item": {
        "amount": 0, "currency": "eur", "description": None, "discount_amounts": [], "discountable": True, "discounts": [],
        "invoice": None, "metadata": {}, "parent": None, "period": None, "pretax_credit_amounts": [], "pricing": None,
        "quantity": 1, "quantity_decimal": None, "subscription": None, "subtotal": 0, "taxes": []},
    "billing.meter": {
        "customer_mapping": {"event_payload_key": "stripe_customer_id", "type": "by_id"},
        "default_aggregation": {"formula": "sum"}, "display_name": "", "event_name": "", "event_time_window": None,
        "status": "active", "status_transitions": {"deactivated_at": None}, "updated": 0,
        "value_settings": {"event_payload_key": "value"}},
    "billing.meter_event": {"event_name": "", "identifier": "", "payload": {}, "timestamp": 0},
    "billing.meter_event_summary": {"aggregated_value": 0, "end_time": 0, "meter": "", "start_time": 0},
    "test_helpers.test_clock": {"deletes_after": 0, "frozen_time": 0, "name": None, "status": "ready", "status_details": {}},
    "event": {"api_version": API_VERSION, "data": None, "pending_webhooks": 0,
              "request": {"id": None, "idempotency_key": None}, "type": ""},
}
_WITHOUT_CREATED = ("billing.meter_event_summary", "line_item")
_WITHOUT_ID = ("billing.meter_event",)
_WITHOUT_MODE = ("subscription_item",)


def make(kind: str, object_id: str, created: int, **values: Any) -> dict[str, Any]:
    """A whole object of this kind. A field the kind does not have is a defect and raises KeyError."""
    found: dict[str, Any] = {} if kind in _WITHOUT_ID else {"id": object_id}
    found["object"] = kind
    found |= deepcopy(DEFAULTS[kind])
    if kind not in _WITHOUT_CREATED:
        found["created"] = created
    if kind not in _WITHOUT_MODE:
        found["livemode"] = False
    for name, value in values.items():
        if name not in found:
            raise KeyError(f"{kind} has no {name}")
        found[name] = value
    return found


def listed(url: str, rows: list[dict[str, Any]], has_more: bool = False) -> dict[str, Any]:
    """A list as Stripe answers it."""
    return {"object": "list", "data": rows, "has_more": has_more, "url": url}
