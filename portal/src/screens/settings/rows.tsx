/** A card with a list of the API in it: few rows, every one shown. */
import type { ComponentChildren } from "preact";
import { Problem, Skeleton } from "../../design/feedback";
import { Table, type TableColumn } from "../../design/table";
import { t } from "../../i18n";
import { usePages } from "../pages";
import type { Row } from "../../entities";

interface RowsProps<T extends Row> {
  title: string;
  path: string;
  query?: Record<string, string>;
  kinds: readonly string[];
  columns: readonly TableColumn<T>[];
  empty: string;
  actions?: ComponentChildren;
}

export function Rows<T extends Row>({ title, path, query = {}, kinds, columns, empty, actions }: RowsProps<T>) {
  const pages = usePages(path, query, kinds);
  const rows = pages.items as unknown as readonly T[];
  return (
    <section class="card">
      <header><h2>{title}</h2>{actions}</header>
      {pages.error !== undefined && rows.length === 0 && <Problem error={pages.error} retry={pages.refetch} />}
      {pages.loading && rows.length === 0 && <div class="card-body"><Skeleton lines={3} /></div>}
      {!pages.loading && !pages.error && rows.length === 0 && <p class="card-body muted">{empty}</p>}
      {rows.length > 0 && <Table label={title} rows={rows} columns={columns} rowId={(row) => row.id} />}
      {pages.hasMore && <div class="card-body"><button type="button" class="button small" disabled={pages.loading} onClick={pages.more}>{t("list.more")}</button></div>}
    </section>
  );
}
