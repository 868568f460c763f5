/** The platform's queues, and how many companies have trouble. */
import type { PlatformHealth, QueueHealth } from "../../api_types";
import { Notice, Problem, Skeleton } from "../../design/feedback";
import { Table } from "../../design/table";
import { Badge } from "../../design/values";
import { formatNumber } from "../../format";
import { t } from "../../i18n";
import { useResource } from "../../resource";

export function PlatformHealthPage() {
  const { data, error, refetch } = useResource<PlatformHealth>("/api/operators/health");
  if (error !== undefined && !data) return <Problem error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton lines={8} />;
  const columns = [
    { key: "id", label: t("operators.queue"), primary: true, cell: (row: QueueHealth) => <code>{row.id}</code> },
    { key: "waiting", label: t("operators.waiting"), align: "end" as const, labelled: true, cell: (row: QueueHealth) => formatNumber(row.waiting) },
    { key: "dead", label: t("operators.dead_letters"), align: "end" as const, labelled: true, cell: (row: QueueHealth) => (row.dead_letters ? <Badge tone="bad">{row.dead_letters}</Badge> : formatNumber(0)) },
  ];
  const text = t("operators.in_trouble", { count: data.tenants_in_trouble, total: data.tenants });
  return (
    <>
      <div class="page-header"><h1>{t("operators.health")}</h1><button type="button" class="button" onClick={() => void refetch()}>{t("action.refresh")}</button></div>
      <Notice tone={data.tenants_in_trouble > 0 ? "warn" : "good"}>{text}</Notice>
      <section class="card"><header><h2>{t("operators.queues")}</h2></header><Table label={t("operators.queues")} rows={data.queues} columns={columns} rowId={(row) => row.id} /></section>
    </>
  );
}
