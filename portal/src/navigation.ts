/** The navigation by job, declared once: the left column, the bottom bar, the palette and the `g …` keys all read it. */
import type { IconName } from "./design/icons";
import type { MessageKey } from "./i18n";

export interface NavigationEntry {
  id: string;
  label: MessageKey;
  icon: IconName;
  href: string;
  /** Pressed after `g`. */
  key: string;
  /** Has a place in the bottom bar of a phone; the others are behind "more". */
  phone?: boolean;
  permission?: string;
  /** What waits there, as the work of the day counts it. */
  waiting?: { count: "ship" | "quarantine"; label: MessageKey };
}

export const NAVIGATION: readonly NavigationEntry[] = [
  { id: "home", label: "navigation.home", icon: "home", href: "/", key: "h", phone: true },
  {
    id: "orders", label: "navigation.orders", icon: "orders", href: "/orders", key: "o", phone: true,
    waiting: { count: "ship", label: "navigation.to_ship" },
  },
  { id: "deliveries", label: "shipping.plural", icon: "truck", href: "/deliveries", key: "e", permission: "orders.read" },
  { id: "products", label: "navigation.products", icon: "products", href: "/products", key: "p", phone: true },
  { id: "stock", label: "navigation.stock", icon: "stock", href: "/stock", key: "s", phone: true },
  { id: "customers", label: "navigation.customers", icon: "customers", href: "/customers", key: "c" },
  { id: "invoices", label: "invoice.plural", icon: "file", href: "/invoices", key: "i", permission: "invoices.read" },
  { id: "payments", label: "payment.plural", icon: "payment", href: "/payments", key: "y", permission: "payments.read" },
  { id: "ledger", label: "ledger.title", icon: "ledger", href: "/ledger", key: "l", permission: "ledger.read" },
  { id: "channels", label: "navigation.channels", icon: "channels", href: "/channels", key: "n" },
  { id: "reports", label: "navigation.reports", icon: "reports", href: "/reports", key: "r", permission: "reports.read" },
  { id: "developers", label: "developers.title", icon: "code", href: "/developers", key: "d" },
  { id: "settings", label: "navigation.settings", icon: "settings", href: "/settings", key: "," },
];

/** The entry a path belongs to: the longest address that begins it. */
export function entryOf(path: string): NavigationEntry | undefined {
  return NAVIGATION.filter((entry) => path === entry.href || path.startsWith(`${entry.href}/`))
    .toSorted((one, other) => other.href.length - one.href.length)[0];
}
