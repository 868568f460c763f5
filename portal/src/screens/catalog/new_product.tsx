/** A new product: what it is, what tells its variants apart, and the grid of variants that follows from it. */
import { api } from "../../api";
import { Notice } from "../../design/feedback";
import { UnsavedBar, useForm, type Form, type Problems, type Values } from "../../design/form";
import { Icon } from "../../design/icons";
import { toast } from "../../design/toast";
import type { FormField, Row } from "../../entities";
import { t } from "../../i18n";
import { navigate } from "../../router";
import { checkFields, FormFields, initialValues, RemoveLine } from "../fields";
import { UNITS, VAT_CATEGORIES } from "./codes";
import { combinations, MAX_AXES, MAX_VARIANTS, suggestedSku, usableAxes, type Axis } from "./grid";

const PRODUCT: readonly FormField[] = [
  { key: "name", label: "attribute.name", type: "text", required: true },
  { key: "brand", label: "attribute.brand", type: "text" },
  { key: "category", label: "attribute.category", type: "text" },
  { key: "product_family", label: "ledger.product_family", type: "choice", empty: "", source: "/api/catalog/product-families", help: "product.family_help" },
  { key: "description", label: "attribute.description", type: "textarea", full: true },
];

const COMMON: readonly FormField[] = [
  { key: "sku_prefix", label: "product.sku_prefix", type: "text", required: true, help: "product.sku_prefix_help" },
  { key: "unit_code", label: "attribute.unit", type: "choice", required: true, options: UNITS, initial: "C62" },
  { key: "vat_category", label: "variant.vat_category", type: "choice", required: true, options: VAT_CATEGORIES, initial: "S" },
  { key: "vat_rate", label: "variant.vat_rate", type: "decimal", required: true, initial: "20" },
  { key: "weight_grams", label: "variant.weight_grams", type: "integer", required: true, initial: "0" },
];

interface Cell {
  sku?: string;
  gtin?: string;
  weight_grams?: string;
  left_out?: boolean;
}

interface GridRow {
  key: string;
  values: readonly string[];
  sku: string;
  cell: Cell;
}

const cellsOf = (form: Form) => (form.values.cells ?? {}) as Record<string, Cell>;
const axesOf = (form: Form) => (form.values.axes ?? []) as Axis[];

function gridOf(values: Values): { axes: { name: string; values: string[] }[]; rows: GridRow[] } {
  const axes = usableAxes((values.axes ?? []) as Axis[]);
  const cells = (values.cells ?? {}) as Record<string, Cell>;
  const rows = combinations(axes.map((axis) => axis.values)).map((combination) => {
    const key = combination.join("\u001f");
    const cell = cells[key] ?? {};
    return { key, values: combination, sku: cell.sku ?? suggestedSku(String(values.sku_prefix ?? ""), combination), cell };
  });
  return { axes, rows };
}

/** The problems to say before asking the API: two variants with one SKU, none left, too many. */
function check(values: Values): Problems {
  const problems = checkFields([...PRODUCT, ...COMMON], values);
  const kept = gridOf(values).rows.filter((row) => !row.cell.left_out);
  if (kept.length === 0) problems.grid = t("product.no_variant");
  if (kept.length > MAX_VARIANTS) problems.grid = t("product.too_many_variants", { count: MAX_VARIANTS });
  const seen = new Set<string>();
  for (const row of kept) {
    if (row.sku === "" || seen.has(row.sku)) problems[`sku ${row.key}`] = t(row.sku === "" ? "field_error.required" : "product.sku_twice");
    seen.add(row.sku);
  }
  return problems;
}

function bodyOf(values: Values): Values {
  const { axes, rows } = gridOf(values);
  return {
    name: values.name, brand: values.brand, category: values.category, product_family: values.product_family, description: values.description,
    axes: axes.map((axis) => axis.name),
    variants: rows.filter((row) => !row.cell.left_out).map((row) => ({
      sku: row.sku,
      axis_values: row.values,
      gtin: row.cell.gtin ?? "",
      unit_code: values.unit_code,
      weight_grams: Number.parseInt(row.cell.weight_grams || String(values.weight_grams), 10),
      vat_category: values.vat_category,
      vat_rate: String(values.vat_rate).replace(",", "."),
    })),
  };
}

function AxesEditor({ form }: { form: Form }) {
  const axes = axesOf(form);
  const set = (index: number, change: Partial<Axis>) => form.set("axes", axes.map((axis, at) => (at === index ? { ...axis, ...change } : axis)));
  return (
    <div class="stack">
      <p class="muted small">{t("product.axes_help")}</p>
      {axes.map((axis, index) => (
        <div key={index} class="axis">
          <input class="input" value={axis.name} placeholder={t("product.axis_example")} aria-label={t("product.axis_name", { number: index + 1 })} onInput={(event) => set(index, { name: event.currentTarget.value })} />
          <input class="input" value={axis.values} placeholder={t("product.axis_values_example")} aria-label={t("product.axis_values", { number: index + 1 })} onInput={(event) => set(index, { values: event.currentTarget.value })} />
          <RemoveLine index={index} onRemove={() => form.set("axes", axes.filter((_, at) => at !== index))} />
        </div>
      ))}
      {axes.length < MAX_AXES && <div><button type="button" class="button small" onClick={() => form.set("axes", [...axes, { name: "", values: "" }])}><Icon name="plus" size={12} />{t("product.add_axis")}</button></div>}
    </div>
  );
}

function Grid({ form }: { form: Form }) {
  const { axes, rows } = gridOf(form.values);
  const set = (key: string, change: Cell) => form.set("cells", { ...cellsOf(form), [key]: { ...cellsOf(form)[key], ...change } });
  return (
    <div class="table-scroll">
      <table class="table variant-grid">
        <caption class="visually-hidden">{t("variant.plural")}</caption>
        <thead>
          <tr>
            <th scope="col" class="pick"><span class="visually-hidden">{t("product.keep_variant")}</span></th>
            {axes.map((axis) => <th key={axis.name} scope="col">{axis.name}</th>)}
            <th scope="col">{t("attribute.sku")}</th><th scope="col">{t("attribute.gtin")}</th><th scope="col">{t("variant.weight_grams")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MAX_VARIANTS * 2).map((row) => {
            const name = row.values.join(" · ") || row.sku;
            const problem = form.problems[`sku ${row.key}`];
            const off = row.cell.left_out === true;
            return (
              <tr key={row.key}>
                <td class="pick"><label><input type="checkbox" checked={!off} aria-label={`${t("product.keep_variant")} ${name}`} onChange={(event) => set(row.key, { left_out: !event.currentTarget.checked })} /></label></td>
                {row.values.map((value, at) => <td key={axes[at]?.name}>{value}</td>)}
                <td>
                  <input class="input mono" disabled={off} value={row.sku} aria-invalid={problem ? true : undefined} aria-label={`${t("attribute.sku")} ${name}`} onInput={(event) => set(row.key, { sku: event.currentTarget.value.trim() })} />
                  {problem && <div class="problem small" role="alert">{problem}</div>}
                </td>
                <td><input class="input mono" disabled={off} inputMode="numeric" value={row.cell.gtin ?? ""} aria-label={`${t("attribute.gtin")} ${name}`} onInput={(event) => set(row.key, { gtin: event.currentTarget.value.trim() })} /></td>
                <td><input class="input figure" disabled={off} inputMode="numeric" value={row.cell.weight_grams ?? ""} placeholder={String(form.values.weight_grams ?? "")} aria-label={`${t("variant.weight_grams")} ${name}`} onInput={(event) => set(row.key, { weight_grams: event.currentTarget.value.trim() })} /></td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

export function NewProduct() {
  const form = useForm({ ...initialValues([...PRODUCT, ...COMMON]), axes: [], cells: {} });
  const kept = gridOf(form.values).rows.filter((row) => !row.cell.left_out).length;
  async function send(values: Values, idempotencyKey: string): Promise<void> {
    const { body } = await api.post<Row>("/api/catalog/products", bodyOf(values), { idempotencyKey });
    form.reset(values);
    toast(t("action.created", { name: String(values.name) }));
    setTimeout(() => void navigate(`/products/${body.id}`, true));
  }
  const save = () => void form.submit(send, check);
  return (
    <div class="page">
      <nav class="breadcrumb" aria-label={t("document.path")}>
        <a href="/products">{t("product.plural")}</a><Icon name="chevron-right" size={12} /><span>{t("product.new")}</span>
      </nav>
      <div class="page-header">
        <h1>{t("product.new")}</h1>
        <a class="button" href="/products">{t("action.cancel")}</a>
        <button type="button" class="button primary" disabled={form.busy} onClick={save}>{t("action.create")}</button>
      </div>
      <form class="stack roomy" onSubmit={(event) => { event.preventDefault(); save(); }} noValidate>
        <section class="card"><header><h2>{t("document.details")}</h2></header><div class="card-body"><FormFields fields={PRODUCT} form={form} /></div></section>
        <section class="card"><header><h2>{t("product.common")}</h2></header><div class="card-body"><FormFields fields={COMMON} form={form} /></div></section>
        <section class="card"><header><h2>{t("variant.axes")}</h2></header><div class="card-body"><AxesEditor form={form} /></div></section>
        <section class="card">
          <header><h2>{t("product.variant_count", { count: kept })}</h2></header>
          {form.problems.grid && <div class="card-body"><Notice tone="bad">{form.problems.grid}</Notice></div>}
          <Grid form={form} />
        </section>
        <button type="submit" class="visually-hidden" tabIndex={-1}>{t("action.create")}</button>
      </form>
      <UnsavedBar form={form} onSave={save} />
    </div>
  );
}
