/** The table of the list screen with very many orders loaded; `bench/portal_table.py` opens it and takes the time. */
import { render } from "preact";
import { useState } from "preact/hooks";
import { Table, type Sort } from "../src/design/table";
import { foldText } from "../src/format";
import { loadLanguage } from "../src/i18n";
import { tableColumns, type Item } from "../src/screens/columns";
import { salesOrders } from "../src/screens/sales/orders";

declare global {
  interface Window {
    /** Does one thing to the table and answers the milliseconds until it is painted. */
    measure: (what: "draw" | "middle" | "filter" | "unfilter" | "sort" | "select", rows?: number) => Promise<number>;
  }
}

const STATES = ["confirmed", "shipped", "partly_shipped", "on_hold", "pending", "cancelled"];
const NAMES = ["Léa Martin", "Jules Dubois", "Chloé Moreau", "Hôtel du Lac Bleu", "Traiteur Vallier", "Noé Lefèvre", "Zoé Garcia"];

function orders(count: number): Item[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `ord_${index}`,
    number: `SO-2026-${String(index).padStart(6, "0")}`,
    external_number: index % 3 ? String(1000 + index) : "",
    state: STATES[index % STATES.length],
    customer_name: `${NAMES[(index * 7) % NAMES.length]} ${index % 997}`,
    channel_id: "",
    line_count: 1 + (index % 5),
    is_paid: index % 4 !== 0,
    placed_at: new Date(Date.UTC(2026, 10, 24) - index * 60_000).toISOString(),
    paid_total: `${(index * 37) % 500}.${String(index % 100).padStart(2, "0")}`,
    currency: "EUR",
  }));
}

let rows: Item[] = [];
let change: { text: (text: string) => void; sort: (sort: Sort) => void; select: (ids: ReadonlySet<string>) => void };
const collator = new Intl.Collator("fr");

function Page() {
  const [text, setText] = useState("");
  const [sort, setSort] = useState<Sort>({ by: "", descending: false });
  const [selection, setSelection] = useState<ReadonlySet<string>>(new Set());
  change = { text: setText, sort: setSort, select: setSelection };
  const wanted = foldText(text);
  const found = wanted ? rows.filter((row) => foldText(`${row.number} ${row.customer_name}`).includes(wanted)) : rows;
  const shown = sort.by ? found.toSorted((one, other) => collator.compare(String(one[sort.by]), String(other[sort.by]))) : found;
  return (
    <div class="list-page" style={{ height: "100dvh" }}>
      <Table
        label="orders" rows={shown} columns={tableColumns(salesOrders.columns, salesOrders)} rowId={(row) => row.id} rowName={salesOrders.title}
        href={(row) => `/orders/${row.id}`} sort={sort} onSort={setSort} selection={selection} onSelect={setSelection} keyboard
      />
    </div>
  );
}

/** After the frame in which what was changed is painted. */
function painted(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}

const ACTIONS: Record<Parameters<Window["measure"]>[0], () => void> = {
  draw: () => render(<Page />, document.body),
  middle: () => {
    const scroll = document.querySelector<HTMLElement>(".table-scroll");
    if (scroll) scroll.scrollTop = scroll.scrollHeight / 2;
  },
  filter: () => change.text("lefevre 12"),
  unfilter: () => change.text(""),
  sort: () => change.sort({ by: "customer_name", descending: false }),
  select: () => change.select(new Set(rows.map((row) => row.id))),
};

window.measure = async (what, count) => {
  if (count) rows = orders(count);
  await painted();
  const started = performance.now();
  ACTIONS[what]();
  await painted();
  await painted();
  return performance.now() - started;
};

await loadLanguage("fr");
document.documentElement.dataset.ready = "true";
