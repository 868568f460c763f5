/** Lines of an order as they are typed: article by SKU, GTIN or name, quantity in any of its units, price, discount. */
import { useEffect, useState } from "preact/hooks";
import { api, errorText } from "../../api";
import { compare, typedDecimal } from "../../decimal";
import type { Option } from "../../design/combobox";
import { withNextLine, type Form, type Problems, type Values } from "../../design/form";
import { Icon } from "../../design/icons";
import { Money } from "../../design/values";
import { t, type MessageKey } from "../../i18n";
import { RemoveLine } from "../fields";
import { NO_UNITS, UnitSelect, unitsOf, type Unit } from "../stock/units";
import { SkuPicker, type SkuOption } from "../stock/sku_picker";
import type { Order, OrderLine } from "./order";

export interface TypedLine {
  /** The line of the order that this one changes; empty for a new one. */
  line_id: string;
  sku: string;
  name: string;
  quantity: string;
  unit_code: string;
  units: readonly Unit[];
  /** Of one unit as chosen. */
  unit_price: string;
  allowance: string;
}

export const NO_LINE: TypedLine = { line_id: "", sku: "", name: "", quantity: "1", unit_code: "", units: NO_UNITS, unit_price: "", allowance: "" };

const typedLines = (values: Values) => values.lines as TypedLine[];

export function linesOf(values: Values): TypedLine[] {
  return typedLines(values).filter((line) => line.sku !== "");
}

/** The lines of an order as they may be typed again. */
export function linesFrom(lines: readonly OrderLine[]): TypedLine[] {
  return lines.map((line) => ({
    line_id: line.id, sku: line.sku, name: line.name, quantity: line.unit_quantity, unit_code: line.unit_code,
    units: [{ unit_code: line.base_unit_code, factor: "1" }, ...(line.unit_code === line.base_unit_code ? [] : [{ unit_code: line.unit_code, factor: line.unit_factor }])],
    unit_price: priceTyped(line), allowance: compare(line.allowance, "0") === 0 ? "" : line.allowance,
  }));
}

/** A line priced by the base unit but sold in packs shows no price of its own: it keeps the one it has. */
function priceTyped(line: OrderLine): string {
  if (line.pack_price) return line.pack_price;
  return line.unit_code === line.base_unit_code ? line.unit_price : "";
}

export function checkLines(values: Values): Problems {
  const problems: Problems = {};
  if (linesOf(values).length === 0) problems.lines = t("order.needs_line");
  for (const [index, line] of typedLines(values).entries()) {
    if (!line.sku) continue;
    const quantity = typedDecimal(line.quantity);
    if (quantity === null || compare(quantity, "0") <= 0) problems[`lines.${index}.quantity`] = t("field_error.decimal");
    for (const name of ["unit_price", "allowance"] as const) {
      if (line[name] && typedDecimal(line[name]) === null) problems[`lines.${index}.${name}`] = t("field_error.decimal");
    }
  }
  return problems;
}

/** The lines as the API takes them; a price is of the unit it stands beside. */
export function lineBodies(lines: readonly TypedLine[]) {
  return lines.map((line) => ({
    sku: line.sku, quantity: typedDecimal(line.quantity), unit_code: line.unit_code,
    unit_price: line.unit_price ? typedDecimal(line.unit_price) : null, price_per: "unit", allowance: typedDecimal(line.allowance || "0") ?? "0",
  }));
}

/** The lines of an order, an empty one after the last. */
export function LinesEditor({ form }: { form: Form }) {
  const lines = typedLines(form.values);
  const change = (edit: (lines: readonly TypedLine[]) => readonly TypedLine[]) =>
    form.change("lines", (before) => withNextLine(edit(before as TypedLine[]), NO_LINE, (line) => line.sku !== ""));
  const set = (index: number, part: Partial<TypedLine>) => change((before) => before.map((line, at) => (at === index ? { ...line, ...part } : line)));
  async function choose(index: number, option: SkuOption | null): Promise<void> {
    if (!option) {
      set(index, { sku: "", name: "", unit_code: "", units: NO_UNITS });
      return;
    }
    const units = await unitsOf(option.id);
    set(index, { sku: option.id, name: option.title, units, unit_code: option.unit_code ?? units[0]?.unit_code ?? "" });
  }
  return (
    <>
      <table class="table lines-editor">
        <thead>
          <tr>
            <th scope="col">{t("attribute.sku")}</th><th scope="col">{t("attribute.quantity")}</th><th scope="col">{t("attribute.unit")}</th>
            <th scope="col">{t("attribute.unit_price")}</th><th scope="col">{t("attribute.allowance")}</th>
            <th scope="col"><span class="visually-hidden">{t("action.remove")}</span></th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line, index) => (
            <tr key={index}>
              <td>
                <SkuPicker
                  label={`${t("attribute.sku")} ${index + 1}`} value={line.sku ? { id: line.sku, title: line.sku } : null} fixed={line.line_id !== ""}
                  invalid={form.problems[`lines.${index}.sku`] !== undefined} onChange={(option: Option | null) => void choose(index, option)}
                />
                {line.name && line.name !== line.sku && <div class="muted small">{line.name}</div>}
              </td>
              <Figure form={form} index={index} name="quantity" label="attribute.quantity" line={line} onChange={set} />
              <td data-label={t("attribute.unit")}>
                <UnitSelect label={`${t("attribute.unit")} ${index + 1}`} units={line.units} value={line.unit_code} onChange={(unit_code) => set(index, { unit_code })} />
              </td>
              <Figure form={form} index={index} name="unit_price" label="attribute.unit_price" line={line} onChange={set} placeholder={t(line.line_id ? "order.as_it_was" : "order.from_price_list")} />
              <Figure form={form} index={index} name="allowance" label="attribute.allowance" line={line} onChange={set} />
              <td>{lines.length > 1 && line.sku !== "" && <RemoveLine index={index} onRemove={() => change((before) => before.filter((_, at) => at !== index))} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {form.problems.lines && <div class="problem-line" role="alert"><Icon name="alert" size={14} />{form.problems.lines}</div>}
    </>
  );
}

interface FigureProps {
  form: Form;
  index: number;
  name: "quantity" | "unit_price" | "allowance";
  label: MessageKey;
  line: TypedLine;
  placeholder?: string;
  onChange: (index: number, change: Partial<TypedLine>) => void;
}

function Figure({ form, index, name, label, line, placeholder, onChange }: FigureProps) {
  const problem = form.problems[`lines.${index}.${name}`];
  return (
    <td class="figure-cell" data-label={t(label)}>
      <input
        class="input figure" inputMode="decimal" aria-label={`${t(label)} ${index + 1}`} aria-invalid={problem ? true : undefined} placeholder={placeholder}
        value={line[name]} onInput={(event) => onChange(index, { [name]: event.currentTarget.value })}
      />
      {problem && <div class="problem small" role="alert">{problem}</div>}
    </td>
  );
}

const PREVIEW_MS = 400;

/** What the order will come to, as the API itself counts it; asked again when typing pauses. */
export function PreviewTotals({ body }: { body: unknown }) {
  const [shown, setShown] = useState<Order | null>(null);
  const [problem, setProblem] = useState("");
  const question = body === null ? "" : JSON.stringify(body);
  useEffect(() => {
    if (!question) {
      setShown(null);
      setProblem("");
      return;
    }
    const abort = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const { body: order } = await api.post<Order>("/api/sales/previews", JSON.parse(question), { signal: abort.signal });
        setShown(order);
        setProblem("");
      } catch (error) {
        if (!abort.signal.aborted) setProblem(errorText(error));
      }
    }, PREVIEW_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [question]);
  if (problem) return <p class="typed-total muted" role="status">{problem}</p>;
  if (!shown) return null;
  const rows: [MessageKey, string][] = [
    ["attribute.total_without_vat", shown.total_without_vat], ["attribute.vat", shown.vat_amount], ["attribute.total_with_vat", shown.total_with_vat],
  ];
  return (
    <div class="totals" role="status" aria-label={t("order.preview")}>
      <dl>
        {rows.map(([label, amount]) => <div key={label}><dt>{t(label)}</dt><dd><Money amount={amount} currency={shown.currency} /></dd></div>)}
      </dl>
    </div>
  );
}
