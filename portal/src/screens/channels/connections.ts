/** Connected shops: how they feel and how late they are. */
import { defineEntity, type Row } from "../../entities";
import { formatNumber } from "../../format";
import { t } from "../../i18n";

interface Connection extends Row {
  name: string;
  platform: string;
  state: string;
  base_url: string;
  lag_p99_seconds: string | null;
  failure_count: number;
  last_synced_at: string;
}

export const connections = defineEntity<Connection>({
  kind: "connection",
  path: "/api/channels/connections",
  route: "/channels",
  icon: "channels",
  plural: "connection.plural",
  singular: "connection.singular",
  title: (connection) => connection.name,
  state: (connection) => connection.state,
  states: {
    active: { label: "state.active", tone: "good" },
    paused: { label: "state.paused", tone: "warn" },
    failing: { label: "state.failing", tone: "bad" },
  },
  columns: [
    { key: "name", label: "attribute.name", type: "text", primary: true },
    { key: "state", label: "attribute.state", type: "state" },
    { key: "platform", label: "attribute.platform", type: "text" },
    {
      key: "lag_p99_seconds", label: "attribute.lag", type: "quantity", labelled: true,
      render: (connection) => (connection.lag_p99_seconds === null ? "–" : t("value.seconds", { value: formatNumber(connection.lag_p99_seconds) })),
    },
    { key: "failure_count", label: "attribute.failure_count", type: "count", labelled: true },
    { key: "last_synced_at", label: "attribute.last_synced_at", type: "instant" },
  ],
  actions: [
    { name: "resume", label: "connection.resume", from: ["paused", "failing"], primary: true, permission: "channels.manage" },
    { name: "pause", label: "connection.pause", from: ["active", "failing"], undo: "resume", permission: "channels.manage" },
  ],
  sections: [
    {
      title: "connection.singular", type: "facts",
      facts: [
        { key: "platform", label: "attribute.platform", type: "text" },
        { key: "base_url", label: "attribute.base_url", type: "code" },
        { key: "last_synced_at", label: "attribute.last_synced_at", type: "instant" },
        { key: "failure_count", label: "attribute.failure_count", type: "count" },
      ],
    },
  ],
  empty: { title: "connection.empty_title", text: "connection.empty_text" },
});
