/** Where somebody may act: the warehouses and stores they are limited to, none ticked being all of them. */
import { Badge } from "../../design/values";
import type { FormField } from "../../entities";
import { t } from "../../i18n";
import { useResource } from "../../resource";
import { may, session } from "../../session";

/** The store of orders and invoices that no channel brought. */
const BY_HAND = "manual";

export const PLACES: readonly FormField[] = [
  { key: "warehouse_ids", label: "users.warehouses", heading: "users.places", type: "several", source: "/api/stock/warehouses", full: true, help: "users.warehouses_help" },
  {
    key: "channel_ids", label: "users.stores", type: "several", source: "/api/channels/connections", full: true, help: "users.stores_help",
    options: [{ value: BY_HAND, label: "users.by_hand" }],
  },
];

export function Limited({ row }: { row: { is_limited: boolean } }) {
  return row.is_limited ? <Badge tone="warn">{t("users.limited")}</Badge> : <span class="muted">{t("users.everywhere")}</span>;
}

interface Named {
  items: { id: string; name: string }[];
}

/** What the signed-in person is limited to, by name; null when to nothing. */
export function useOwnPlaces(): string | null {
  const { warehouse_ids: warehouses = [], channel_ids: stores = [] } = session.value?.user ?? {};
  const houses = useResource<Named>(warehouses.length > 0 && may("stock.read") ? "/api/stock/warehouses" : null).data?.items ?? [];
  const shops = useResource<Named>(stores.length > 0 && may("channels.read") ? "/api/channels/connections" : null).data?.items ?? [];
  const names = [...warehouses, ...stores].map((id) => (id === BY_HAND ? t("users.by_hand") : [...houses, ...shops].find((each) => each.id === id)?.name ?? id));
  return names.length > 0 ? names.join(", ") : null;
}
