/** Shops that were removed or paused and did not answer: webhooks of ours are still to be deleted there. */
import { Notice } from "../../design/feedback";
import { Table } from "../../design/table";
import { DateTime } from "../../design/values";
import { formatNumber } from "../../format";
import { t } from "../../i18n";
import { useResource } from "../../resource";
import { failureText } from "./parts";

interface Farewell {
  connection_id: string;
  name: string;
  base_url: string;
  attempts: number;
  last_error_code: string;
  next_at: string;
  tried_until: string;
}

export function Farewells() {
  const { data } = useResource<{ items: readonly Farewell[] }>("/api/channels/farewells", ["connection"]);
  if (!data || data.items.length === 0) return null;
  const columns = [
    { key: "name", label: t("attribute.name"), primary: true, cell: (row: Farewell) => row.name },
    { key: "base_url", label: t("attribute.base_url"), cell: (row: Farewell) => <code>{row.base_url}</code> },
    { key: "reason", label: t("farewell.reason"), cell: (row: Farewell) => failureText(row.last_error_code, "–") },
    { key: "attempts", label: t("farewell.attempts"), align: "end" as const, labelled: true, cell: (row: Farewell) => formatNumber(row.attempts) },
    { key: "next", label: t("farewell.next"), labelled: true, cell: (row: Farewell) => <DateTime instant={row.next_at} /> },
    { key: "until", label: t("farewell.until"), labelled: true, cell: (row: Farewell) => <DateTime instant={row.tried_until} /> },
  ];
  return (
    <div class="stack">
      <Notice tone="warn"><strong>{t("farewell.title")}</strong><div>{t("farewell.text")}</div></Notice>
      <Table label={t("farewell.title")} rows={data.items} columns={columns} rowId={(row) => row.connection_id} />
    </div>
  );
}
