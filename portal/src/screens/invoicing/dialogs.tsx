/** Issue, credit, discard; and from an order: invoice it, invoice a deposit. */
import { api, type Answer } from "../../api";
import { announce } from "../../changes";
import { compare, minus, typedDecimal } from "../../decimal";
import { Field, useForm, type Values } from "../../design/form";
import { ask, Dialog } from "../../design/overlay";
import { toast, toastError } from "../../design/toast";
import { documentHref, entityOf, type Choice, type FormField } from "../../entities";
import { formatNumber } from "../../format";
import { t, type MessageKey } from "../../i18n";
import { navigate } from "../../router";
import { currency } from "../../session";
import { openDialog } from "../actions";
import { bodyOf, checkFields, FormFields, initialValues } from "../fields";
import { warehouseNames } from "../names";
import type { Order } from "../sales/order";
import { CREDIT_NOTE, type Invoice } from "./invoice";

type Done<T> = (answer: Answer<T> | null) => void;

function goTo(invoice: { id: string }): void {
  void navigate(documentHref("invoice", invoice.id) ?? "/invoices");
}

interface FormDialogProps {
  title: string;
  label: MessageKey;
  text?: MessageKey;
  fields: readonly FormField[];
  send: (body: Values, idempotencyKey: string) => Promise<void>;
  close: () => void;
}

/** A few fields and one command. */
function FormDialog({ title, label, text, fields, send, close }: FormDialogProps) {
  const form = useForm(initialValues(fields));
  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (await form.submit((values, key) => send(bodyOf(fields, values), key), (values) => checkFields(fields, values))) close();
  }
  const buttons = (
    <>
      <button type="button" class="button" onClick={close}>{t("action.close")}</button>
      <button type="submit" form="invoice-command" class="button primary" disabled={form.busy}>{t(label)}</button>
    </>
  );
  return (
    <Dialog title={title} onClose={close} footer={buttons}>
      <form id="invoice-command" class="stack" onSubmit={submit} noValidate>
        {text && <p class="muted">{t(text)}</p>}
        <FormFields fields={fields} form={form} />
      </form>
    </Dialog>
  );
}

const DATE: FormField = { key: "issue_date", label: "invoice.issue_date", type: "date", help: "invoice.issue_date_help" };

export function openIssue(invoice: Invoice, onDone: Done<Invoice>): void {
  openDialog((close) => (
    <FormDialog title={t("invoice.issue")} label="invoice.issue" text="invoice.issue_text" fields={[DATE]} close={close} send={async (body, idempotencyKey) => {
      const answer = await api.post<Invoice>(`/api/invoicing/invoices/${encodeURIComponent(invoice.id)}/issue`, body, { idempotencyKey });
      onDone(answer);
      toast(t("invoice.issued_as", { number: answer.body.number }));
    }} />
  ));
}

/** As the form of a payment offers them. */
function paymentMethods(): readonly Choice[] {
  return entityOf("payment")?.create?.fields?.find((field) => field.key === "method")?.options ?? [];
}

/** Records that the invoice was paid, or the credit note given back: with its entry, settled at once. */
export function openPay(invoice: Invoice, onDone: Done<Invoice>): void {
  const isForeign = invoice.currency !== currency.value;
  const fields: FormField[] = [
    { key: "amount", label: "attribute.amount", type: "decimal", required: true, initial: invoice.open_amount },
    { key: "method", label: "payment.method", type: "choice", required: true, initial: "transfer", options: paymentMethods() },
    ...(isForeign ? [{ key: "own_amount", label: "payment.own_amount", type: "decimal", help: "payment.own_amount_help" } as const] : []),
    { key: "fee", label: "payment.fee", type: "decimal", empty: "0", help: "payment.fee_help" },
    { key: "paid_on", label: "attribute.date", type: "date", help: "payment.today_help" },
    { key: "reference", label: "ledger.reference", type: "text", empty: "" },
  ];
  openDialog((close) => (
    <FormDialog title={`${t("invoice.pay")} · ${invoice.number}`} label="invoice.pay" fields={fields} close={close} send={async (body, idempotencyKey) => {
      const told = { ...body, currency: isForeign ? invoice.currency : "", direction: invoice.type_code === CREDIT_NOTE ? "out" : "in", customer_id: invoice.customer_id };
      const { body: payment } = await api.post<{ number: string }>("/api/payments/payments", { ...told, allocations: [{ invoice_id: invoice.id }] }, { idempotencyKey });
      onDone(null);
      toast(t("invoice.paid_by", { number: payment.number }));
    }} />
  ));
}

export async function discard(invoice: Invoice): Promise<void> {
  if (!(await ask({ title: t("invoice.discard"), text: t("invoice.discard_question"), confirm: t("invoice.discard"), danger: true }))) return;
  try {
    await api.delete(`/api/invoicing/invoices/${encodeURIComponent(invoice.id)}`);
    announce("invoice", invoice.id);
    void navigate("/invoices?view=drafts");
  } catch (error) {
    toastError(error);
  }
}

const SCOPES: readonly { value: string; label: MessageKey }[] = [
  { value: "delivered", label: "invoice.scope_delivered" }, { value: "ordered", label: "invoice.scope_ordered" },
];

export function openInvoiceOrder(order: Order, onDone: Done<Order>): void {
  const fields: FormField[] = [
    { key: "scope", label: "invoice.scope", type: "choice", required: true, initial: order.shipments.length > 0 ? "delivered" : "ordered", options: SCOPES, full: true }, DATE,
  ];
  openDialog((close) => (
    <FormDialog title={`${t("invoice.invoice_order")} · ${order.number}`} label="invoice.issue" fields={fields} close={close} send={async ({ scope, issue_date }, idempotencyKey) => {
      const { body } = await api.post<Invoice>("/api/invoicing/from-orders", { orders: [{ order_id: order.id, scope }], issue_date }, { idempotencyKey });
      onDone(null);
      toast(t("invoice.issued_as", { number: body.number }));
      goTo(body);
    }} />
  ));
}

export function openDeposit(order: Order, onDone: Done<Order>): void {
  const fields: FormField[] = [
    { key: "amount", label: "invoice.deposit_amount", type: "decimal", required: true, help: "invoice.deposit_help" },
    { key: "received_on", label: "invoice.received_on", type: "date" },
  ];
  openDialog((close) => (
    <FormDialog title={`${t("invoice.deposit")} · ${order.number}`} label="invoice.issue" text="invoice.deposit_text" fields={fields} close={close} send={async (values, idempotencyKey) => {
      const { body } = await api.post<Invoice>("/api/invoicing/deposits", { order_id: order.id, ...values }, { idempotencyKey });
      onDone(null);
      toast(t("invoice.issued_as", { number: body.number }));
      goTo(body);
    }} />
  ));
}

// -- credit notes ----------------------------------------------------------------------------------------------------

export function openCredit(invoice: Invoice, onDone: Done<Invoice>): void {
  openDialog((close) => <CreditDialog invoice={invoice} onDone={onDone} close={close} />);
}

/** How much of each line is not credited yet. */
function creditable(invoice: Invoice): { id: string; name: string; most: string }[] {
  const done = new Map((invoice.standing?.lines ?? []).map((line) => [line.line_id, line.quantity]));
  return invoice.lines
    .filter((line) => line.line_kind !== "deposit" && line.line_kind !== "allowance")
    .map((line) => ({ id: line.id, name: line.name, most: minus(line.quantity.replace("-", ""), done.get(line.id) ?? "0") }))
    .filter((line) => compare(line.most, "0") > 0);
}

function CreditDialog({ invoice, onDone, close }: { invoice: Invoice; onDone: Done<Invoice>; close: () => void }) {
  const lines = creditable(invoice);
  const form = useForm({ what: "rest", reason: "", amount: "", quantities: {} as Record<string, string>, restock: "", reopen: false });
  const { what } = form.values;
  const typed = form.values.quantities as Record<string, string>;
  const canReopen = what === "rest" && invoice.sources.length > 0 && (invoice.standing?.credit_note_ids.length ?? 0) === 0;

  function bodyFrom(values: Values): Values {
    const body: Values = { reason: values.reason, restock_warehouse_id: what === "amount" ? "" : values.restock, reopen: canReopen && values.reopen };
    if (what === "amount") body.amount = typedDecimal(String(values.amount));
    if (what === "lines") body.lines = lines.filter((line) => compare(typedDecimal(typed[line.id] || "0") ?? "0", "0") > 0).map((line) => ({ line_id: line.id, quantity: typedDecimal(typed[line.id] ?? "0") }));
    return body;
  }
  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const done = await form.submit(async (values, idempotencyKey) => {
      const { body } = await api.post<Invoice>(`/api/invoicing/invoices/${encodeURIComponent(invoice.id)}/credit`, bodyFrom(values), { idempotencyKey });
      onDone(null);
      toast(t("invoice.issued_as", { number: body.number }));
      goTo(body);
    }, (values) => ({
      ...(String(values.reason).trim() ? {} : { reason: t("field_error.required") }),
      ...(what === "amount" && typedDecimal(String(values.amount)) === null ? { amount: t("field_error.decimal") } : {}),
      ...(what === "lines" && lines.every((line) => !typed[line.id]) ? { quantities: t("field_error.no_quantity") } : {}),
    }));
    if (done) close();
  }
  const choices: readonly [string, MessageKey][] = [["rest", "invoice.credit_rest"], ["lines", "invoice.credit_lines"], ["amount", "invoice.credit_amount"]];
  const buttons = (
    <>
      <button type="button" class="button" onClick={close}>{t("action.close")}</button>
      <button type="submit" form="credit" class="button primary" disabled={form.busy}>{t("invoice.credit")}</button>
    </>
  );
  return (
    <Dialog title={`${t("invoice.credit")} · ${invoice.number}`} onClose={close} footer={buttons} wide>
      <form id="credit" class="stack" onSubmit={submit} noValidate>
        <Field label={t("invoice.credit_what")}>
          {(control) => (
            <select {...control} class="input" value={String(what)} onChange={(event) => form.set("what", event.currentTarget.value)}>
              {choices.map(([value, label]) => <option key={value} value={value}>{t(label)}</option>)}
            </select>
          )}
        </Field>
        <Field label={t("attribute.reason")} problem={form.problems.reason} required full>
          {(control) => <input {...control} class="input" value={String(form.values.reason)} onInput={(event) => form.set("reason", event.currentTarget.value)} />}
        </Field>
        {what === "amount" && (
          <Field label={t("invoice.amount_with_vat")} problem={form.problems.amount} required>
            {(control) => <input {...control} class="input figure" inputMode="decimal" value={String(form.values.amount)} onInput={(event) => form.set("amount", event.currentTarget.value)} />}
          </Field>
        )}
        {what === "lines" && (
          <fieldset class="field">
            <legend class="label">{t("invoice.credit_lines")}</legend>
            <ul class="take">
              {lines.map((line) => (
                <li key={line.id}>
                  <div class="grow">{line.name}</div>
                  <div class="line">
                    <input class="input figure" inputMode="decimal" aria-label={t("order.quantity_of", { name: line.name })} value={typed[line.id] ?? ""} onInput={(event) => form.set("quantities", { ...typed, [line.id]: event.currentTarget.value })} />
                    <span class="muted small figure">{t("order.of_most", { most: formatNumber(line.most) })}</span>
                  </div>
                </li>
              ))}
            </ul>
            {form.problems.quantities && <div class="problem" role="alert">{form.problems.quantities}</div>}
          </fieldset>
        )}
        {what !== "amount" && (
          <Field label={t("invoice.restock")} problem={form.problems.restock_warehouse_id} help={t("invoice.restock_help")}>
            {(control) => (
              <select {...control} class="input" value={String(form.values.restock)} onChange={(event) => form.set("restock", event.currentTarget.value)}>
                <option value="">{t("invoice.no_restock")}</option>
                {Object.entries(warehouseNames.value).map(([id, name]) => <option key={id} value={id}>{name}</option>)}
              </select>
            )}
          </Field>
        )}
        {canReopen && (
          <Field label={t("invoice.reopen")} help={t("invoice.reopen_help")} check>
            {(control) => <input {...control} type="checkbox" checked={form.values.reopen === true} onChange={(event) => form.set("reopen", event.currentTarget.checked)} />}
          </Field>
        )}
      </form>
    </Dialog>
  );
}
