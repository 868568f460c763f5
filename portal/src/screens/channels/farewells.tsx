/** Shops that were removed or paused and did not answer: webhooks of ours are still to be deleted there. */
import type { FarewellView } from "../../api_types";
import { Notice } from "../../design/feedback";
import { Table } from "../../design/table";
import { DateTime } from "../../design/values";
import { formatNumber } from "../../format";
import { t } from "../../i18n";
import { useResource } from "../../resource";
import { failureText } from "./parts";

export function Farewells() {
  const { data } = useResource<{ items: readonly FarewellView[] }>("/api/channels/farewells", ["connection"]);
  if (!data || data.items.length === 0) return null;
  const columns = [
    { key: "name", label: t("attribute.name"), primary: true, cell: (row: FarewellView) => row.name },
    { key: "base_url", label: t("attribute.base_url"), cell: (row: FarewellView) => <code>{row.base_url}</code> },
    { key: "reason", label: t("farewell.reason"), cell: (row: FarewellView) => failureText(row.last_error_code, "–") },
    { key: "attempts", label: t("farewell.attempts"), align: "end" as const, labelled: true, cell: (row: FarewellView) => formatNumber(row.attempts) },
    { key: "next", label: t("farewell.next"), labelled: true, cell: (row: FarewellView) => <DateTime instant={row.next_at} /> },
    { key: "until", label: t("farewell.until"), labelled: true, cell: (row: FarewellView) => <DateTime instant={row.tried_until} /> },
  ];
  return (
    <div class="stack">
      <Notice tone="warn"><strong>{t("farewell.title")}</strong><div>{t("farewell.text")}</div></Notice>
      <Table label={t("farewell.title")} rows={data.items} columns={columns} rowId={(row) => row.connection_id} />
    </div>
  );
}
