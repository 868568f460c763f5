/** Confirm, ship, cancel and refund; shipping and cancelling may concern a part of the order, line by line. */
import type { ComponentChildren } from "preact";
import { api, type Answer } from "../../api";
import { compare, minus, typedDecimal } from "../../decimal";
import { Notice } from "../../design/feedback";
import { Field, useForm, type Form, type Problems, type Values } from "../../design/form";
import { Dialog } from "../../design/overlay";
import { toast } from "../../design/toast";
import { formatNumber } from "../../format";
import { t } from "../../i18n";
import { openDialog } from "../actions";
import { openQuantity, partOf, type Order } from "./order";

interface DialogProps {
  order: Order;
  onDone: (answer: Answer<Order> | null) => void;
  close: () => void;
}

type Opener = (order: Order, onDone: DialogProps["onDone"]) => void;

export const openConfirm: Opener = (order, onDone) => openDialog((close) => <ConfirmDialog order={order} onDone={onDone} close={close} />);
export const openShip: Opener = (order, onDone) => openDialog((close) => <ShipDialog order={order} onDone={onDone} close={close} />);
export const openCancel: Opener = (order, onDone) => openDialog((close) => <CancelDialog order={order} onDone={onDone} close={close} />);
export const openRefund: Opener = (order, onDone) => openDialog((close) => <RefundDialog order={order} onDone={onDone} close={close} />);

/** A line of the dialog: how much of it there is to take, which is what is proposed. */
interface Takeable {
  id: string;
  name: string;
  sku: string;
  most: string;
}

function takeable(order: Order, mostOf: (line: Order["lines"][number]) => string): Takeable[] {
  const lines = order.lines.map((line) => ({ id: line.id, name: line.name, sku: line.sku, most: mostOf(line) }));
  return lines.filter((line) => compare(line.most, "0") > 0);
}

function proposed(lines: readonly Takeable[]): Record<string, string> {
  return Object.fromEntries(lines.map((line) => [line.id, line.most]));
}

function typedOf(form: Form): Record<string, string> {
  return form.values.quantities as Record<string, string>;
}

/** What the person typed for each line, as decimals; a wrong one is a problem keyed by its line. */
function checkQuantities(lines: readonly Takeable[], values: Values): Problems {
  const typed = values.quantities as Record<string, string>;
  const problems: Problems = {};
  for (const line of lines) {
    const value = typedDecimal(typed[line.id] || "0");
    if (value === null) problems[line.id] = t("field_error.decimal");
    else if (compare(value, "0") < 0 || compare(value, line.most) > 0) problems[line.id] = t("field_error.at_most", { most: formatNumber(line.most) });
  }
  const isNothing = Object.keys(problems).length === 0 && lines.every((line) => compare(typedDecimal(typed[line.id] || "0") ?? "0", "0") === 0);
  if (isNothing) problems.quantities = t("field_error.no_quantity");
  return problems;
}

function decimals(lines: readonly Takeable[], values: Values): Record<string, string> {
  const typed = values.quantities as Record<string, string>;
  return Object.fromEntries(lines.map((line) => [line.id, typedDecimal(typed[line.id] || "0") ?? "0"]));
}

function Quantities({ lines, form, label }: { lines: readonly Takeable[]; form: Form; label: string }) {
  const typed = typedOf(form);
  return (
    <fieldset class="field">
      <legend class="label">{label}</legend>
      <ul class="take">
        {lines.map((line) => (
          <li key={line.id}>
            <div class="grow two-lines"><span>{line.name}</span><span class="mono small muted">{line.sku}</span></div>
            <div>
              <div class="line">
                <input
                  class="input figure" inputMode="decimal" aria-label={t("order.quantity_of", { name: line.sku })} value={typed[line.id]}
                  aria-invalid={form.problems[line.id] ? true : undefined} onFocus={(event) => event.currentTarget.select()}
                  onInput={(event) => form.set("quantities", { ...typed, [line.id]: event.currentTarget.value })}
                />
                <span class="muted small figure">{t("order.of_most", { most: formatNumber(line.most) })}</span>
              </div>
              {form.problems[line.id] && <div class="problem small" role="alert">{form.problems[line.id]}</div>}
            </div>
          </li>
        ))}
      </ul>
      {form.problems.quantities && <div class="problem" role="alert">{form.problems.quantities}</div>}
    </fieldset>
  );
}

function TextField({ form, name, label, required = false, full = false, list }: { form: Form; name: string; label: string; required?: boolean; full?: boolean; list?: string }) {
  return (
    <Field label={label} problem={form.problems[name]} required={required} full={full}>
      {(control) => <input {...control} class="input" list={list} value={String(form.values[name])} onInput={(event) => form.set(name, event.currentTarget.value)} />}
    </Field>
  );
}

interface ShellProps extends DialogProps {
  label: string;
  form: Form;
  command: string;
  body: (values: Values) => unknown;
  check: (values: Values) => Problems;
  danger?: boolean;
  wide?: boolean;
  children: ComponentChildren;
}

/** The frame of them all: sends the command once and shows the order it answers. */
function CommandDialog({ order, onDone, close, label, form, command, body, check, danger, wide, children }: ShellProps) {
  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const done = await form.submit(async (values, idempotencyKey) => {
      onDone(await api.post<Order>(`/api/sales/orders/${encodeURIComponent(order.id)}/${command}`, body(values), { idempotencyKey }));
      toast(t("action.done", { action: label, name: order.number }));
    }, check);
    if (done) close();
  }
  const buttons = (
    <>
      <button type="button" class="button" onClick={close}>{t("action.close")}</button>
      <button type="submit" form="order-command" class={`button primary ${danger ? "danger" : ""}`} disabled={form.busy}>{label}</button>
    </>
  );
  return (
    <Dialog title={`${label} · ${order.number}`} onClose={close} footer={buttons} wide={wide}>
      <form id="order-command" class="stack" onSubmit={submit} noValidate>{children}</form>
    </Dialog>
  );
}

/** A draft reserves its stock now, and may let what is missing wait; a pending order has its stock already. */
function ConfirmDialog(props: DialogProps) {
  const form = useForm({ backorder: false });
  const isDraft = props.order.state === "draft";
  return (
    <CommandDialog
      {...props} label={t("order.confirm")} form={form} command="confirm" check={() => ({})}
      body={({ backorder }) => ({ shortage: backorder ? "backorder" : "refuse" })}
    >
      <p class="muted">{t(isDraft ? "order.confirm_draft_text" : "order.confirm_pending_text")}</p>
      {isDraft && (
        <Field label={t("order.allow_backorder")} help={t("order.allow_backorder_help")} check>
          {(control) => <input {...control} type="checkbox" checked={form.values.backorder === true} onChange={(event) => form.set("backorder", event.currentTarget.checked)} />}
        </Field>
      )}
    </CommandDialog>
  );
}

const CARRIERS = ["Chronopost", "Colissimo", "DHL", "DPD", "FedEx", "GLS", "Mondial Relay", "UPS"];

function ShipDialog(props: DialogProps) {
  const lines = takeable(props.order, (line) => line.reserved_quantity);
  const form = useForm({ quantities: proposed(lines), carrier: "", tracking_number: "", tracking_url: "" });
  const waits = props.order.lines.some((line) => compare(line.backordered_quantity, "0") > 0);
  return (
    <CommandDialog
      {...props} label={t("order.ship")} form={form} command="ship" wide check={(values) => checkQuantities(lines, values)}
      body={({ quantities: _, ...others }) => ({ ...others, lines: partOf(lines, decimals(lines, form.values)) })}
    >
      {waits && <Notice tone="warn">{t("order.some_wait")}</Notice>}
      <Quantities lines={lines} form={form} label={t("order.what_leaves")} />
      <div class="fields">
        <TextField form={form} name="carrier" label={t("attribute.carrier")} list="carriers" />
        <TextField form={form} name="tracking_number" label={t("attribute.tracking_number")} />
        <TextField form={form} name="tracking_url" label={t("attribute.tracking_url")} full />
      </div>
      <datalist id="carriers">{CARRIERS.map((name) => <option key={name} value={name} />)}</datalist>
    </CommandDialog>
  );
}

function CancelDialog(props: DialogProps) {
  const lines = takeable(props.order, openQuantity);
  const form = useForm({ quantities: proposed(lines), reason: "" });
  return (
    <CommandDialog
      {...props} label={t("order.cancel")} form={form} command="cancel" danger wide check={(values) => checkQuantities(lines, values)}
      body={({ reason }) => ({ reason, lines: partOf(lines, decimals(lines, form.values)) })}
    >
      <p class="muted">{t("order.cancel_text")}</p>
      <Quantities lines={lines} form={form} label={t("order.what_is_cancelled")} />
      <TextField form={form} name="reason" label={t("attribute.reason")} />
    </CommandDialog>
  );
}

function RefundDialog(props: DialogProps) {
  const { order } = props;
  const left = minus(order.paid_total, order.refunded_total);
  const form = useForm({ amount: left, reason: "" });
  function check({ amount }: Values): Problems {
    const value = typedDecimal(String(amount));
    if (value === null) return { amount: t("field_error.decimal") };
    if (compare(value, "0") <= 0 || compare(value, left) > 0) return { amount: t("field_error.at_most", { most: formatNumber(left) }) };
    return {};
  }
  return (
    <CommandDialog
      {...props} label={t("order.refund")} form={form} command="refund" check={check}
      body={({ amount, reason }) => ({ amount: typedDecimal(String(amount)), reason })}
    >
      <p class="muted">{t("order.refund_text")}</p>
      <div class="fields">
        <TextField form={form} name="amount" label={t("order.refund_amount", { currency: order.currency })} required />
        <TextField form={form} name="reason" label={t("attribute.reason")} />
      </div>
    </CommandDialog>
  );
}
