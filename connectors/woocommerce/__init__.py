"""WooCommerce: REST v3 and signed webhooks.

Written against recorded exchanges with WooCommerce 11.0 (tests/golden/woocommerce/README.md lists what
surprises).
"""
