/** The domains that declare entities; importing a declaration is all it takes to give it pages. */
import "./sales/orders";
import "./catalog/products";
import "./stock/balances";
import "./parties/customers";
import "./channels/connections";
