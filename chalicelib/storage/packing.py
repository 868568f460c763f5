"""Longer texts of the table are kept small: a unit is a begun kilobyte, and a document is mostly names of its fields.

A text is packed when that costs fewer units, with raw deflate (RFC 1951) and a preset text of what documents and shops'
orders mostly say. It is stored as bytes whose first says which preset text it was packed with: a text, once used, is never
changed; another gets another number. Short texts stay readable in the console.
"""

from __future__ import annotations

import base64
import zlib
from typing import Any, Final

PACKED_FROM: Final = 600
"""Bytes from which packing is tried."""
_UNIT: Final = 1024
_DOCUMENT: Final = (
    b'","legal_form":"SAS","siren":"","siret":"","vat_number":"FR","rcs_city":"","capital":"","address":{"street":"","'
    b'","seller":{"legal_name":"","buyer":{"name":"","email":"","company_name":"","is_company":false,"phone":"","siren":"'
    b'","billing_address":{"name":"","line1":" rue de ","line2":"","postal_code":"","city":"","country_code":"FR"},"'
    b'shipping_address":{"name":"","line1":" rue des ","postal_code":"","city":"Paris","country_code":"FR"},"lines":[{"'
    b'id":"1","sku":"","name":"","unit_code":"C62","quantity":"1","unit_price":"","list_price":"","discount":"","amount":'
    b'"","net_amount":"","vat_category":"S","vat_rate":"20.0","vat_amount":"","vat_rate":"5.5","order_line_id":"","'
    b'delivery_id":"dlv_","delivery_number":"BL-2026-","account":"707000","account_name":"","label":"","debit":"","credit":'
    b'"","party_id":"cus_","party_name":"","reserved":[{"warehouse_id":"whs_01M","quantity":"1"}],"shipped_quantity":"1","'
    b'cancelled_quantity":"","invoiced_quantity":"","cost":"","external_id":""},{"id":"2","sku":"","name":"","quantity":"'
    b'","charges":[{"kind":"shipping","name":"","amount":"","vat_category":"S","vat_rate":"20.0"}],"vat_breakdown":[{"'
    b'vat_category":"S","vat_rate":"20.0","taxable_amount":"","vat_amount":""}],"total_without_vat":"","vat_amount":"","'
    b'total_with_vat":"","payable_amount":"","paid_total":"","is_paid":true,"payment_method":"","payment_gateway":"","'
    b'payment_terms":"","due_date":"2026-","issue_date":"2026-","type_code":"380","state":"issued","currency":"EUR","'
    b'reference_id":"ivc_","order_ids":["ord_"],"entry_id":"2026-12-31.VE.","hash":"","version":1,"created_at":"2026-11-'
    b'T","updated_at":"2026-11-","{"id":"ord_","number":"SO-2026-000","state":"confirmed","placed_at":"2026-11-","channel_'
    b'id":"con_","channel_name":"","external_id":"","external_number":"","source_version":"2026-11-T:00Z#","customer_id":"c'
    b'us_')
_DELIVERY: Final = (
    b'{"at":"2026-11-T:.+00:00","actor":["connection","con_",""],"request_id":"req_01M","events":[{"type":"WebhookReceived",'
    b'"kind":"delivery","entity_id":"dlv_","version":0,"data":{"inbox":"whk_","connection_id":"con_"}}],"topic":"order.creat'
    b'ed","order.updated","kind":"order_changed","delivery_id":"","external_id":"","body_hash":"","has_body":true,"text":"')
_SHOP_ORDER: Final = (
    b'{"id":1,"parent_id":0,"status":"processing","currency":"EUR","version":"","prices_include_tax":true,"date_created":"2'
    b'026-11-T","date_modified":"2026-11-T","discount_total":"0.00","discount_tax":"0.00","shipping_total":"0.00","shipping'
    b'_tax":"0.00","cart_tax":"0.00","total":"","total_tax":"","customer_id":0,"order_key":"wc_order_","billing":{"first_na'
    b'me":"","last_name":"","company":"","address_1":"","address_2":"","city":"","state":"","postcode":"","country":"FR","em'
    b'ail":"","phone":""},"shipping":{"first_name":"","last_name":"","company":"","address_1":"","address_2":"","city":"","s'
    b'tate":"","postcode":"","country":"FR","phone":""},"payment_method":"","payment_method_title":"","transaction_id":"","c'
    b'ustomer_ip_address":"","customer_user_agent":"","created_via":"checkout","customer_note":"","date_completed":null,"dat'
    b'e_paid":"2026-11-T","cart_hash":"","number":"","meta_data":[],"line_items":[{"id":1,"name":"","product_id":1,"variatio'
    b'n_id":0,"quantity":1,"tax_class":"taux-reduit","subtotal":"","subtotal_tax":"","total":"","total_tax":"","taxes":[{"id'
    b'":1,"total":"","subtotal":""}],"meta_data":[{"id":1,"key":"_reduced_stock","value":"1","display_key":"_reduced_stock",'
    b'"display_value":"1"}],"sku":"","global_unique_id":"","price":1.0,"image":{"id":"1","src":"https:\\/\\/www.\\/wp-conten'
    b't\\/uploads\\/2026\\/11\\/.jpg"},"parent_name":null},{"id":2,"name":"","product_id":"variation_id":0,"quantity":1,"ta'
    b'x_class":"","subtotal":""}],"tax_lines":[{"id":1,"rate_code":"FR-TVA 20 %-1","rate_id":1,"label":"TVA 20 %","compound"'
    b':false,"tax_total":"","shipping_tax_total":"0.00","rate_percent":20,"meta_data":[]}],"shipping_lines":[{"id":1,"method'
    b'_title":"","method_id":"flat_rate","instance_id":"1","total":"","total_tax":"","taxes":[],"tax_status":"taxable","meta_'
    b'data":[]}],"fee_lines":[],"coupon_lines":[],"refunds":[],"payment_url":"https:\\/\\/\\/checkout\\/order-pay\\/\\/?pay_'
    b'for_order=true&key=wc_order_","is_editable":false,"needs_payment":false,"needs_processing":true,"date_created_gmt":"20'
    b'26-11-T","date_modified_gmt":"2026-11-T","date_completed_gmt":null,"date_paid_gmt":"2026-11-T","currency_symbol":"\\u2'
    b'0ac","_links":{"self":[{"href":"https:\\/\\/\\/wp-json\\/wc\\/v3\\/orders\\/","targetHints":{"allow":["GET","POST","PUT'
    b'","PATCH","DELETE"]}}],"collection":[{"href":"https:\\/\\/\\/wp-json\\/wc\\/v3\\/orders"}],"email_templates":[{"href":"'
    b'https:\\/\\/\\/wp-json\\/wc\\/v3\\/orders\\/\\/actions\\/email_templates","embeddable":true}]}}')
_PRESETS: Final = {1: _SHOP_ORDER.replace(b'"', b'\\"') + _DELIVERY + _DOCUMENT}
_NEWEST: Final = 1


def kept(text: str, other_bytes: int = 0) -> dict[str, Any]:
    """A text as an attribute of the table: packed where that saves a unit of an item with so many bytes besides."""
    if len(text) < PACKED_FROM:
        return {"S": text}
    plain = text.encode()
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zdict=_PRESETS[_NEWEST])
    packed = bytes([_NEWEST]) + packer.compress(plain) + packer.flush()
    saves = -(-(len(plain) + other_bytes) // _UNIT) - -(-(len(packed) + other_bytes) // _UNIT)
    return {"B": packed} if saves > 0 else {"S": text}


def text_of(attribute: dict[str, Any]) -> str:
    """The text of an attribute that `kept` made, as the table answers it or as Lambda hands on the stream's record (bytes
    in base64). Raises KeyError for a preset text nobody knows, zlib.error."""
    if "S" in attribute:
        text: str = attribute["S"]
        return text
    value = attribute["B"]
    packed = base64.b64decode(value) if isinstance(value, str) else bytes(value)
    unpacker = zlib.decompressobj(-15, zdict=_PRESETS[packed[0]])
    return (unpacker.decompress(packed[1:]) + unpacker.flush()).decode()
