/** Goods received by hand: one delivery note, many SKUs. */
import { useEffect } from "preact/hooks";
import { api } from "../../api";
import { compare, typedDecimal } from "../../decimal";
import { UnsavedBar, useForm, withNextLine, type Form, type Problems, type Values } from "../../design/form";
import { Icon } from "../../design/icons";
import { toast } from "../../design/toast";
import { t, type MessageKey } from "../../i18n";
import { navigate } from "../../router";
import { RemoveLine } from "../fields";
import { firstWarehouse, text, TextField, WarehouseField } from "./dialogs";
import { SkuPicker, type SkuOption } from "./sku_picker";
import { NO_UNITS, UnitSelect, unitsOf, type Unit } from "./units";

interface ReceiptLine {
  chosen: SkuOption | null;
  quantity: string;
  unit_code: string;
  units: readonly Unit[];
  /** Of one unit as chosen. */
  unit_cost: string;
  location: string;
}

const NO_LINE: ReceiptLine = { chosen: null, quantity: "", unit_code: "", units: NO_UNITS, unit_cost: "", location: "" };
const MOST_LINES = 20;
const FIGURES = [["quantity", "attribute.quantity"], ["unit_cost", "stock.unit_cost"], ["location", "attribute.location"]] as const;

const linesOf = (values: Values) => (values.lines as ReceiptLine[]).filter((line) => line.chosen !== null);

function check(values: Values): Problems {
  const problems: Problems = {};
  if (!text(values, "warehouse_id")) problems.warehouse_id = t("field_error.required");
  const lines = linesOf(values);
  if (lines.length === 0) problems.lines = t("order.needs_line");
  for (const [index, line] of lines.entries()) {
    const quantity = typedDecimal(line.quantity);
    if (quantity === null || compare(quantity, "0") <= 0) problems[`lines.${index}.quantity`] = t("field_error.above_zero");
    if (typedDecimal(line.unit_cost) === null) problems[`lines.${index}.unit_cost`] = t("field_error.decimal");
  }
  return problems;
}

function bodyOf(values: Values): unknown {
  return {
    warehouse_id: values.warehouse_id,
    reference: text(values, "reference"),
    lines: linesOf(values).map((line) => ({
      sku: line.chosen?.id, quantity: typedDecimal(line.quantity), unit_code: line.unit_code, unit_cost: typedDecimal(line.unit_cost), cost_per: "unit",
      location: line.location.trim(),
    })),
  };
}

export function ReceiveScreen() {
  const form = useForm({ warehouse_id: firstWarehouse(), reference: "", lines: [NO_LINE] });
  const proposed = firstWarehouse();
  useEffect(() => {
    if (proposed && !form.values.warehouse_id) form.reset({ ...form.values, warehouse_id: proposed });
  }, [proposed]);
  const save = () => void form.submit(async (values, idempotencyKey) => {
    const { body } = await api.post<{ number: string }>("/api/stock/receipts", bodyOf(values), { idempotencyKey });
    form.reset(values);
    toast(t("action.created", { name: body.number }));
    setTimeout(() => void navigate("/stock", true));
  }, check);
  return (
    <div class="page">
      <nav class="breadcrumb" aria-label={t("document.path")}>
        <a href="/stock">{t("stock.plural")}</a><Icon name="chevron-right" size={12} /><span>{t("stock.receive")}</span>
      </nav>
      <div class="page-header">
        <h1>{t("stock.receive_title")}</h1>
        <a class="button" href="/stock">{t("action.cancel")}</a>
        <button type="button" class="button primary" disabled={form.busy} onClick={save}><Icon name="check" />{t("stock.receive")}</button>
      </div>
      <form class="card card-body stack" onSubmit={(event) => { event.preventDefault(); save(); }} noValidate>
        <div class="fields">
          <WarehouseField form={form} name="warehouse_id" label="attribute.warehouse" />
          <TextField form={form} name="reference" label="stock.reference" help={t("stock.reference_help")} />
        </div>
        <Lines form={form} />
        <button type="submit" class="visually-hidden" tabIndex={-1}>{t("stock.receive")}</button>
      </form>
      <UnsavedBar form={form} onSave={save} />
    </div>
  );
}

/** The lines of a receipt, an empty one after the last, up to what one receipt may hold. */
function Lines({ form }: { form: Form }) {
  const lines = form.values.lines as ReceiptLine[];
  const set = (index: number, part: Partial<ReceiptLine>) => form.change("lines", (before) => {
    const next = (before as ReceiptLine[]).map((line, at) => (at === index ? { ...line, ...part } : line));
    return withNextLine(next, NO_LINE, (line) => line.chosen !== null, MOST_LINES);
  });
  async function choose(index: number, chosen: SkuOption | null): Promise<void> {
    const units = chosen ? await unitsOf(chosen.id) : NO_UNITS;
    set(index, { chosen, units, unit_code: chosen?.unit_code ?? units[0]?.unit_code ?? "" });
  }
  return (
    <fieldset class="field">
      <legend class="visually-hidden">{t("order.lines")}</legend>
      <table class="table lines-editor">
        <thead>
          <tr>
            <th scope="col">{t("attribute.sku")}</th><th scope="col">{t("attribute.unit")}</th>
            {FIGURES.map(([name, label]) => <th key={name} scope="col">{t(label)}</th>)}
            <th scope="col"><span class="visually-hidden">{t("action.remove")}</span></th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line, index) => (
            <tr key={index}>
              <td>
                <SkuPicker label={`${t("attribute.sku")} ${index + 1}`} value={line.chosen && { id: line.chosen.id, title: line.chosen.id }} onChange={(chosen) => void choose(index, chosen)} />
                {line.chosen && <div class="muted small">{line.chosen.title}</div>}
              </td>
              <td data-label={t("attribute.unit")}>
                <UnitSelect label={`${t("attribute.unit")} ${index + 1}`} units={line.units} value={line.unit_code} onChange={(unit_code) => set(index, { unit_code })} />
              </td>
              {FIGURES.map(([name, label]) => <Cell key={name} form={form} index={index} name={name} label={label} value={line[name]} onChange={(value) => set(index, { [name]: value })} />)}
              <td>
                {lines.length > 1 && (
                  <RemoveLine index={index} onRemove={() => form.set("lines", lines.filter((_, at) => at !== index))} />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {form.problems.lines && <div class="problem" role="alert"><Icon name="alert" size={14} />{form.problems.lines}</div>}
    </fieldset>
  );
}

interface CellProps {
  form: Form;
  index: number;
  name: "quantity" | "unit_cost" | "location";
  label: MessageKey;
  value: string;
  onChange: (value: string) => void;
}

function Cell({ form, index, name, label, value, onChange }: CellProps) {
  const problem = form.problems[`lines.${index}.${name}`];
  const isFigure = name !== "location";
  return (
    <td class="figure-cell" data-label={t(label)}>
      <input
        class={isFigure ? "input figure" : "input"} inputMode={isFigure ? "decimal" : undefined} aria-label={`${t(label)} ${index + 1}`}
        aria-invalid={problem ? true : undefined} value={value} onInput={(event) => onChange(event.currentTarget.value)}
      />
      {problem && <div class="problem small" role="alert">{problem}</div>}
    </td>
  );
}
