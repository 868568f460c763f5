/** The domains that declare entities; importing a declaration is all it takes to give it pages; the order is that of their addresses. */
import "./sales/orders";
import "./shipping/carriers";
import "./shipping/deliveries";
import "./catalog/variants";
import "./catalog/price_lists";
import "./catalog/products";
import "./stock/warehouses";
import "./stock/operations";
import "./stock/levels";
import "./parties/customers";
import "./invoicing/invoices";
import "./payments/payments";
import "./payments/payouts";
import "./ledger/entries";
import "./ledger/books";
import "./channels/connections";
