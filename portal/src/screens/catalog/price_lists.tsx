/** Price lists: for which channels, between which days, before or after which other; and the prices in them. */
import { useState } from "preact/hooks";
import { api } from "../../api";
import type { ListedPrices, PriceEntry, PriceList as PriceListView, PriceListRow } from "../../api_types";
import { announce } from "../../changes";
import { Problem, Skeleton } from "../../design/feedback";
import { useForm, type Values } from "../../design/form";
import { Icon } from "../../design/icons";
import { Dialog } from "../../design/overlay";
import { Table } from "../../design/table";
import { toast, toastError } from "../../design/toast";
import { Dash, Day, Money, Quantity } from "../../design/values";
import { ACTIVE_STATES, defineEntity, type FormField } from "../../entities";
import { t } from "../../i18n";
import { useResource } from "../../resource";
import { may } from "../../session";
import { bodyOf, checkFields, FormFields, initialValues } from "../fields";
import { PriceImport } from "./price_import";

/** A document; a row of the list carries what `PriceListRow` says alone. */
type PriceList = PriceListView & Pick<PriceListRow, "channel_count">;

const FIELDS: readonly FormField[] = [
  { key: "name", label: "attribute.name", type: "text", required: true },
  { key: "currency", label: "attribute.currency", type: "text", initial: "EUR", required: true, help: "price_list.currency_help" },
  { key: "priority", label: "price_list.priority", type: "integer", initial: 0, required: true, help: "price_list.priority_help" },
  { key: "valid_from", label: "attribute.valid_from", type: "date" },
  { key: "valid_to", label: "attribute.valid_to", type: "date" },
  { key: "channel_ids", label: "price_list.channels", type: "several", source: "/api/channels/connections", full: true, help: "price_list.channels_help" },
  { key: "prices_include_vat", label: "price_list.include_vat", type: "boolean", initial: true },
  { key: "is_active", label: "state.active", type: "boolean", initial: true },
];

const ENTRY_FIELDS: readonly FormField[] = [
  { key: "sku", label: "attribute.sku", type: "text", required: true },
  {
    key: "entries", label: "price_list.breaks", type: "lines",
    fields: [
      { key: "min_quantity", label: "price_list.from_quantity", type: "decimal", required: true },
      { key: "price", label: "attribute.price", type: "decimal", required: true },
      { key: "valid_from", label: "attribute.valid_from", type: "date" },
      { key: "valid_to", label: "attribute.valid_to", type: "date" },
    ],
    initial: [{ min_quantity: "1" }],
  },
];

async function putEntries(list: PriceList, sku: string, entries: unknown, idempotencyKey?: string): Promise<void> {
  await api.put(`/api/pricing/price-lists/${list.id}/prices`, { prices: [{ sku, entries }] }, { idempotencyKey });
  announce("price_list", list.id);
}

function EntryDialog({ list, found, onClose }: { list: PriceList; found: ListedPrices | null; onClose: () => void }) {
  const form = useForm(initialValues(ENTRY_FIELDS, (found ?? {}) as unknown as Values));
  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const saved = await form.submit(async (values, key) => {
      const body = bodyOf(ENTRY_FIELDS, values);
      await putEntries(list, String(body.sku).trim(), body.entries, key);
    }, (values) => checkFields(ENTRY_FIELDS, values));
    if (!saved) return;
    toast(t("action.saved"));
    onClose();
  }
  const buttons = (
    <>
      <button type="button" class="button" onClick={onClose}>{t("action.cancel")}</button>
      <button type="submit" form="price-entry" class="button primary" disabled={form.busy}>{t("action.save")}</button>
    </>
  );
  return (
    <Dialog title={found ? found.sku : t("price_list.add_price")} onClose={onClose} footer={buttons} wide>
      <form id="price-entry" onSubmit={submit} noValidate><FormFields fields={ENTRY_FIELDS} form={form} /></form>
    </Dialog>
  );
}

type PriceRow = PriceEntry & { id: string; sku: string; all: ListedPrices };

function rowsOf(items: readonly ListedPrices[]): PriceRow[] {
  return items.flatMap((all) => all.entries.map((entry, at) => ({ ...entry, id: `${all.sku} ${at}`, sku: all.sku, all })));
}

async function removeSku(list: PriceList, removed: ListedPrices): Promise<void> {
  await putEntries(list, removed.sku, []);
  const putBack = () => void putEntries(list, removed.sku, removed.entries).catch(toastError);
  toast(t("price_list.removed", { sku: removed.sku }), putBack);
}

function Prices({ list }: { list: PriceList }) {
  const { data, error, refetch } = useResource<{ items: readonly ListedPrices[]; cursor: string | null }>(`/api/pricing/price-lists/${list.id}/prices`, ["price_list"], list.id);
  const [more, setMore] = useState<{ items: readonly ListedPrices[]; cursor: string | null } | null>(null);
  const [open, setOpen] = useState<ListedPrices | "new" | null>(null);
  const [importing, setImporting] = useState(false);
  if (error && !data) return <Problem error={error} retry={refetch} />;
  if (!data) return <Skeleton lines={4} />;
  const cursor = more ? more.cursor : data.cursor;
  const mayWrite = may("pricing.write");
  async function goOn(): Promise<void> {
    const page = (await api.get<{ items: readonly ListedPrices[]; cursor: string | null }>(`/api/pricing/price-lists/${list.id}/prices`, { query: { cursor } })).body;
    setMore({ items: [...(more?.items ?? []), ...page.items], cursor: page.cursor });
  }
  const columns = [
    {
      key: "sku", label: t("attribute.sku"), primary: true,
      cell: (row: PriceRow) => (mayWrite ? <button type="button" class="button quiet small" onClick={() => setOpen(row.all)}>{row.sku}</button> : row.sku),
    },
    { key: "price", label: t("attribute.price"), align: "end" as const, cell: (row: PriceRow) => <Money amount={row.price} currency={list.currency} unitPrice /> },
    { key: "min_quantity", label: t("price_list.from_quantity"), align: "end" as const, labelled: true, cell: (row: PriceRow) => <Quantity value={row.min_quantity} /> },
    { key: "valid_from", label: t("attribute.valid_from"), labelled: true, cell: (row: PriceRow) => (row.valid_from ? <Day date={row.valid_from} /> : <Dash />) },
    { key: "valid_to", label: t("attribute.valid_to"), labelled: true, cell: (row: PriceRow) => (row.valid_to ? <Day date={row.valid_to} /> : <Dash />) },
    {
      key: "remove", label: t("action.remove"), align: "end" as const,
      cell: (row: PriceRow) => mayWrite && (
        <button type="button" class="button quiet small icon-only" aria-label={`${t("action.remove")} ${row.sku}`} onClick={() => void removeSku(list, row.all).catch(toastError)}>
          <Icon name="close" size={12} />
        </button>
      ),
    },
  ];
  const rows = rowsOf([...data.items, ...(more?.items ?? [])]);
  return (
    <div class="stack flush">
      {rows.length === 0 ? <p class="muted">{t("price_list.no_prices")}</p> : <Table label={t("product.prices")} rows={rows} columns={columns} rowId={(row) => row.id} />}
      <div class="line wrap">
        {mayWrite && <button type="button" class="button small" onClick={() => setImporting(true)}><Icon name="upload" size={12} />{t("price_list.import")}</button>}
        <a class="button small" href={`/api/pricing/price-lists/${list.id}/export`} download="prices.csv"><Icon name="download" size={12} />{t("price_list.export")}</a>
        {mayWrite && <button type="button" class="button small" onClick={() => setOpen("new")}><Icon name="plus" size={12} />{t("price_list.add_price")}</button>}
        {cursor && <button type="button" class="button quiet small" onClick={() => void goOn().catch(toastError)}>{t("list.more")}</button>}
      </div>
      {importing && <PriceImport priceListId={list.id} onClose={() => setImporting(false)} />}
      {open && <EntryDialog list={list} found={open === "new" ? null : open} onClose={() => setOpen(null)} />}
    </div>
  );
}

export const priceLists = defineEntity<PriceList>({
  kind: "price_list",
  path: "/api/pricing/price-lists",
  route: "/price-lists",
  icon: "tag",
  plural: "price_list.plural",
  singular: "price_list.singular",
  title: (list) => list.name,
  state: (list) => String(list.is_active),
  states: ACTIVE_STATES,
  columns: [
    { key: "name", label: "attribute.name", type: "text", primary: true },
    { key: "is_active", label: "attribute.state", type: "state" },
    { key: "currency", label: "attribute.currency", type: "text" },
    { key: "prices_include_vat", label: "price_list.include_vat", type: "boolean", labelled: true },
    { key: "priority", label: "price_list.priority", type: "count", labelled: true },
    { key: "valid_from", label: "attribute.valid_from", type: "date", labelled: true },
    { key: "valid_to", label: "attribute.valid_to", type: "date", labelled: true },
  ],
  filters: [{ key: "is_active", type: "state" }, { key: "currency", label: "attribute.currency", type: "text" }],
  sections: [{ title: "product.prices", type: "custom", draw: (list) => <Prices list={list} /> }],
  create: { permission: "pricing.write", label: "price_list.new", fields: FIELDS },
  edit: { permission: "pricing.write", fields: FIELDS },
  empty: { title: "price_list.empty_title", text: "price_list.empty_text" },
});
