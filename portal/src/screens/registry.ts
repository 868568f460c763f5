/**
 * The domains that declare entities; importing a declaration is all it takes to give it pages. They come after the first
 * paint; orders, which everybody opens, are of the first load (`routes.tsx`).
 */
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
