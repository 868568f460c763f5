/** Whether the reports say what the books say, and where they do not. */
import { withQuery } from "../../api";
import type { DifferingDocument, Reconciliation } from "../../api_types";
import { Notice, Problem, Skeleton } from "../../design/feedback";
import { Input } from "../../design/input";
import { Table } from "../../design/table";
import { Badge, Day, Money } from "../../design/values";
import { documentHref } from "../../entities";
import { codeText, t } from "../../i18n";
import { useResource } from "../../resource";
import { place, setQuery } from "../../router";

export function ReconciliationScreen() {
  const query = place.value.query;
  const { data, error, refetch } = useResource<Reconciliation>(withQuery("/api/reporting/reconciliation", Object.fromEntries(query)), ["invoice", "journal_entry"]);
  const [first, last] = [query.get("from") ?? data?.first ?? "", query.get("to") ?? data?.last ?? ""];
  return (
    <div class="page">
      <div class="page-header"><div class="grow"><a class="small" href="/reports">{t("navigation.reports")}</a><h1>{t("reports.reconciliation")}</h1></div></div>
      <p class="muted">{t("reports.reconciliation_text")}</p>
      <div class="report-controls no-print" role="group" aria-label={t("reports.controls")}>
        <label class="report-control"><span class="small muted">{t("reports.from")}</span><Input kind="date" value={first} max={last} onChange={(event) => setQuery({ from: event.currentTarget.value, to: last })} /></label>
        <label class="report-control"><span class="small muted">{t("reports.to")}</span><Input kind="date" value={last} min={first} onChange={(event) => setQuery({ from: first, to: event.currentTarget.value })} /></label>
      </div>
      {error ? <div class="card"><Problem error={error} retry={refetch} /></div> : !data ? <div class="card card-body"><Skeleton lines={5} /></div> : <Compared found={data} />}
    </div>
  );
}

function Compared({ found }: { found: Reconciliation }) {
  const money = (amount: string) => <Money amount={amount} currency={found.currency} />;
  const columns = [
    { key: "number", label: t("attribute.number"), primary: true, cell: (row: DifferingDocument) => row.number },
    { key: "kind", label: t("reports.kind"), cell: (row: DifferingDocument) => <Badge>{codeText("reports.kind", row.kind)}</Badge> },
    { key: "day", label: t("attribute.date"), cell: (row: DifferingDocument) => <Day date={row.day} /> },
    { key: "reason", label: t("reports.why"), cell: (row: DifferingDocument) => codeText("reports.reason", row.reason) },
    { key: "reported", label: t("reports.reported"), align: "end" as const, labelled: true, cell: (row: DifferingDocument) => money(row.reported) },
    { key: "booked", label: t("reports.booked"), align: "end" as const, labelled: true, cell: (row: DifferingDocument) => money(row.booked) },
    { key: "difference", label: t("reports.difference"), align: "end" as const, labelled: true, cell: (row: DifferingDocument) => money(row.difference) },
  ];
  return (
    <>
      <dl class="card card-body figures">
        <div><dt>{t("reports.reported")}</dt><dd class="figure">{money(found.reported)}</dd></div>
        <div><dt>{t("reports.booked")}</dt><dd class="figure">{money(found.booked)}</dd></div>
        <div><dt>{t("reports.difference")}</dt><dd class="figure">{money(found.difference)}</dd></div>
      </dl>
      {found.entries_behind > 0 && <Notice>{t("reports.behind", { count: found.entries_behind })}</Notice>}
      <Notice tone={found.is_equal ? "good" : "warn"}>{found.is_equal ? t("reports.is_equal") : t("reports.differ", { count: found.differing })}</Notice>
      {found.documents.length > 0 && (
        <section class="card"><Table label={t("reports.reconciliation")} rows={found.documents} rowId={(row) => `${row.kind} ${row.id}`} columns={columns} href={(row) => documentHref(row.kind, row.id) ?? "#"} keyboard /></section>
      )}
    </>
  );
}
