/** The documents that a number of a report is made of, and how it came about. */
import { useEffect, useState } from "preact/hooks";
import { api, withQuery } from "../../api";
import type { DocumentRow, Explanation, MeasureView } from "../../api_types";
import { Explain } from "../../design/explain";
import { Empty, Problem, Skeleton } from "../../design/feedback";
import { Table } from "../../design/table";
import { toastError } from "../../design/toast";
import { Badge, Day } from "../../design/values";
import { documentHref } from "../../entities";
import { formatDate } from "../../format";
import { codeText, t, type MessageKey } from "../../i18n";
import { useResource } from "../../resource";
import { place } from "../../router";
import { DIMENSIONS, told } from "./figures";

interface Page {
  items: DocumentRow[];
  cursor: string | null;
}

export function DocumentsBehindScreen() {
  const query = place.value.query;
  const parameters = Object.fromEntries(query);
  const path = withQuery("/api/reporting/documents", parameters);
  const { data, error, refetch } = useResource<Page>(path, ["sales_order"]);
  const { data: why } = useResource<Explanation>(withQuery("/api/reporting/explanation", parameters));
  const { data: known } = useResource<{ items: MeasureView[] }>("/api/reporting/measures");
  const [later, setLater] = useState<Page | null>(null);
  useEffect(() => setLater(null), [path]);
  const measure = known?.items.find((each) => each.name === query.get("measure"));
  const rows = [...(data?.items ?? []), ...(later?.items ?? [])];
  const cursor = later ? later.cursor : data?.cursor;
  async function more(): Promise<void> {
    const page = (await api.get<Page>(path, { query: { cursor } })).body;
    setLater({ items: [...(later?.items ?? []), ...page.items], cursor: page.cursor });
  }
  const columns = [
    { key: "number", label: t("attribute.number"), primary: true, cell: (row: DocumentRow) => row.number },
    { key: "kind", label: t("reports.kind"), cell: (row: DocumentRow) => <Badge>{codeText("reports.kind", row.kind)}</Badge> },
    { key: "day", label: t("attribute.date"), cell: (row: DocumentRow) => <Day date={row.day} /> },
    { key: "amount", label: measure?.label ?? "", align: "end" as const, labelled: true, cell: (row: DocumentRow) => <span class="figure">{told(row.amount, why?.unit)}</span> },
  ];
  const [first, last] = [query.get("from"), query.get("to")];
  const members = DIMENSIONS.filter((each) => query.get(each)).map((each) => `${t(`reports.by_${each}` as MessageKey)} : ${query.get(each)}`);
  return (
    <div class="page">
      <div class="page-header">
        <div class="grow">
          <a class="small" href={`/reports?${new URLSearchParams({ from: first ?? "", to: last ?? "", measure: query.get("measure") ?? "" })}`}>{t("navigation.reports")}</a>
          <h1>{t("reports.documents_of", { measure: measure?.label ?? "" })}</h1>
          <p class="muted">{[first && last && `${formatDate(first)} – ${formatDate(last)}`, ...members].filter(Boolean).join(" · ")}</p>
        </div>
        {why && measure && <Explain path={withQuery("/api/reporting/explanation", parameters)} label={measure.label}><strong class="headline figure">{told(why.value || null, why.unit)}</strong></Explain>}
      </div>
      <section class="card">
        {error && !data ? <Problem error={error} retry={refetch} /> : !data ? <div class="card-body"><Skeleton lines={6} /></div> : rows.length === 0 ? <Empty icon="reports" title={t("reports.nothing")} text={t("reports.no_documents")} /> : (
          <Table label={t("reports.documents")} rows={rows} rowId={(row) => `${row.id} ${row.day}`} columns={columns} href={(row) => documentHref(row.kind, row.id) ?? "#"} keyboard />
        )}
        {cursor && <div class="pager"><span class="grow" /><button type="button" class="button small" onClick={() => void more().catch(toastError)}>{t("list.more")}</button></div>}
      </section>
    </div>
  );
}
