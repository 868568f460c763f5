/** The lines of a draft, or of an order that nothing was shipped of, changed: typed again, counted by the API, sent at once. */
import { useEffect } from "preact/hooks";
import { api, type Answer } from "../../api";
import { Field, useForm, type Values } from "../../design/form";
import { Dialog } from "../../design/overlay";
import { toast, toastError } from "../../design/toast";
import { t } from "../../i18n";
import { openDialog } from "../actions";
import { unitsOf } from "../stock/units";
import { checkLines, lineBodies, linesFrom, LinesEditor, linesOf, NO_LINE, PreviewTotals, type TypedLine } from "./lines_editor";
import type { Order } from "./order";

interface EditorProps {
  order: Order;
  onDone: (answer: Answer<Order> | null) => void;
  close: () => void;
}

export const openEditor = (order: Order, onDone: EditorProps["onDone"]) => openDialog((close) => <Editor order={order} onDone={onDone} close={close} />);

/** The charges as they are: each with the VAT it was given. */
function chargesOf(order: Order) {
  return order.charges.map(({ kind, name, amount, vat_category, vat_rate }) => ({ kind, name, amount, vat_category, vat_rate }));
}

/** The lines with their prices: one left empty on a line that exists is the price it has. */
function pricedLines(order: Order, lines: readonly TypedLine[]) {
  const kept = new Map(order.lines.map((line) => [line.id, line]));
  return lineBodies(lines).map((line, at) => {
    const old = kept.get(lines[at]?.line_id ?? "");
    return old && line.unit_price === null ? { ...line, unit_price: old.unit_price, price_per: "base" } : line;
  });
}

/** The order as it would be placed with these lines: the question for its totals. */
function previewOf(order: Order, values: Values): unknown {
  if (Object.keys(checkLines(values)).length > 0) return null;
  const lines = pricedLines(order, linesOf(values));
  return { lines, charges: chargesOf(order), currency: order.currency, prices_include_vat: order.prices_include_vat, state: "draft" };
}

async function send(order: Order, values: Values, idempotencyKey: string): Promise<Answer<Order>> {
  const lines = linesOf(values);
  const address = `/api/sales/orders/${encodeURIComponent(order.id)}`;
  const options = { idempotencyKey, etag: `"${order.version}"` };
  if (order.state !== "draft") {
    const body = lineBodies(lines).map((line, at) => ({ ...line, line_id: lines[at]?.line_id, sku: lines[at]?.line_id ? "" : line.sku }));
    return api.post<Order>(`${address}/amend`, { lines: body, note: values.note, shortage: values.backorder ? "backorder" : "refuse" }, options);
  }
  return api.put<Order>(address, { lines: pricedLines(order, lines), note: values.note }, options);
}

function Editor({ order, onDone, close }: EditorProps) {
  const form = useForm({ lines: [...linesFrom(order.lines), NO_LINE], note: order.note, backorder: false });
  const isDraft = order.state === "draft";
  useEffect(() => {
    const skus = [...new Set(order.lines.map((line) => line.sku))];
    void Promise.all(skus.map(async (sku) => [sku, await unitsOf(sku)] as const))
      .then((known) => {
        const units = new Map(known);
        form.change("lines", (lines) => (lines as TypedLine[]).map((line) => (line.line_id ? { ...line, units: units.get(line.sku) ?? line.units } : line)));
      })
      .catch(toastError);
  }, []);
  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const done = await form.submit(async (values, idempotencyKey) => {
      onDone(await send(order, values, idempotencyKey));
      toast(t("action.saved"));
    }, checkLines);
    if (done) close();
  }
  const buttons = (
    <>
      <button type="button" class="button" onClick={close}>{t("action.cancel")}</button>
      <button type="submit" form="order-lines-editor" class="button primary" disabled={form.busy}>{t("action.save")}</button>
    </>
  );
  return (
    <Dialog title={`${t("order.edit_lines")} · ${order.number}`} onClose={close} footer={buttons} wide>
      <form id="order-lines-editor" class="stack" onSubmit={submit} noValidate>
        <p class="muted small">{t(isDraft ? "order.edit_draft_text" : "order.amend_text")}</p>
        <LinesEditor form={form} />
        <PreviewTotals body={previewOf(order, form.values)} />
        <Field label={t("attribute.note")}>
          {(control) => <textarea {...control} class="input" rows={2} value={String(form.values.note)} onInput={(event) => form.set("note", event.currentTarget.value)} />}
        </Field>
        {!isDraft && (
          <Field label={t("order.allow_backorder")} help={t("order.allow_backorder_help")} check>
            {(control) => <input {...control} type="checkbox" checked={form.values.backorder === true} onChange={(event) => form.set("backorder", event.currentTarget.checked)} />}
          </Field>
        )}
      </form>
    </Dialog>
  );
}
