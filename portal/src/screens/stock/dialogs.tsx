/** Receive, adjust and transfer one SKU, from its page. */
import type { ComponentChildren } from "preact";
import { api, type Answer } from "../../api";
import { compare, typedDecimal } from "../../decimal";
import { Field, useForm, type Form, type Problems, type Values } from "../../design/form";
import { Dialog } from "../../design/overlay";
import { toast } from "../../design/toast";
import { codeText, t, type MessageKey } from "../../i18n";
import { openDialog } from "../actions";
import { warehouseNames } from "../names";
import type { StockLevel } from "./level";
import { UnitSelect, unitsFrom } from "./units";

interface DialogProps {
  level: StockLevel;
  onDone: (answer: Answer<StockLevel> | null) => void;
  close: () => void;
}

type Opener = (level: StockLevel, onDone: DialogProps["onDone"]) => void;

export const openReceive: Opener = (level, onDone) => openDialog((close) => <ReceiveDialog level={level} onDone={onDone} close={close} />);
export const openAdjust: Opener = (level, onDone) => openDialog((close) => <AdjustDialog level={level} onDone={onDone} close={close} />);
export const openTransfer: Opener = (level, onDone) => openDialog((close) => <TransferDialog level={level} onDone={onDone} close={close} />);

export const text = (values: Values, key: string): string => String(values[key] ?? "").trim();

export function firstWarehouse(): string {
  return Object.keys(warehouseNames.value)[0] ?? "";
}

export function TextField({ form, name, label, required = false, figure, help }: { form: Form; name: string; label: MessageKey; required?: boolean; figure?: boolean; help?: string }) {
  return (
    <Field label={t(label)} problem={form.problems[name]} required={required} help={help}>
      {(control) => (
        <input {...control} class={figure ? "input figure" : "input"} inputMode={figure ? "decimal" : undefined} value={text(form.values, name)} onInput={(event) => form.set(name, event.currentTarget.value)} />
      )}
    </Field>
  );
}

export function WarehouseField({ form, name, label }: { form: Form; name: string; label: MessageKey }) {
  return (
    <Field label={t(label)} problem={form.problems[name]} required>
      {(control) => (
        <select {...control} class="input" value={text(form.values, name)} onChange={(event) => form.set(name, event.currentTarget.value)}>
          <option value="" disabled>{t("field.choose")}</option>
          {Object.entries(warehouseNames.value).map(([id, shown]) => <option key={id} value={id}>{shown}</option>)}
        </select>
      )}
    </Field>
  );
}

/** Problems of required words and of decimals that must be above zero. */
export function checkInputs(values: Values, required: readonly string[], positive: readonly string[], decimal: readonly string[] = []): Problems {
  const problems: Problems = {};
  for (const key of [...positive, ...decimal]) {
    const value = typedDecimal(text(values, key));
    if (value === null) problems[key] = t("field_error.decimal");
    else if (positive.includes(key) && compare(value, "0") <= 0) problems[key] = t("field_error.above_zero");
  }
  for (const key of required) if (!text(values, key)) problems[key] = t("field_error.required");
  return problems;
}

interface ShellProps extends DialogProps {
  label: string;
  form: Form;
  command: string;
  body: (values: Values) => unknown;
  check: (values: Values) => Problems;
  children: ComponentChildren;
}

/** The API names the one line's fields `lines.0.…`; the form knows them by their last word. */
function CommandDialog({ level, onDone, close, label, form, command, body, check, children }: ShellProps) {
  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const done = await form.submit(async (values, idempotencyKey) => {
      await api.post(`/api/stock/${command}`, body(values), { idempotencyKey });
      onDone(null);
      toast(t("action.done", { action: label, name: level.sku }));
    }, check);
    if (done) close();
  }
  const buttons = (
    <>
      <button type="button" class="button" onClick={close}>{t("action.cancel")}</button>
      <button type="submit" form="stock-command" class="button primary" disabled={form.busy}>{label}</button>
    </>
  );
  return (
    <Dialog title={`${label} · ${level.sku}`} onClose={close} footer={buttons}>
      <form id="stock-command" class="fields" onSubmit={submit} noValidate>{children}</form>
    </Dialog>
  );
}

/** Only what comes in packs has a choice of units. */
function UnitField({ form, level }: { form: Form; level: StockLevel }) {
  const { unit_code, packs = [] } = level;
  if (packs.length === 0) return null;
  return (
    <Field label={t("attribute.unit")} required>
      {() => <UnitSelect label={t("attribute.unit")} units={unitsFrom({ unit_code, packs })} value={text(form.values, "unit_code")} onChange={(code) => form.set("unit_code", code)} />}
    </Field>
  );
}

function place(values: Values) {
  return { location: text(values, "location"), lot_number: text(values, "lot_number") };
}

function ReceiveDialog(props: DialogProps) {
  const form = useForm({ warehouse_id: firstWarehouse(), quantity: "", unit_code: "", unit_cost: props.level.valuation?.unit_cost ?? "", reference: "", location: "", lot_number: "" });
  return (
    <CommandDialog
      {...props} label={t("stock.receive")} form={form} command="receipts"
      check={(values) => checkInputs(values, ["warehouse_id"], ["quantity"], ["unit_cost"])}
      body={(values) => ({
        warehouse_id: values.warehouse_id, reference: text(values, "reference"),
        lines: [{ sku: props.level.sku, quantity: typedDecimal(text(values, "quantity")), unit_code: text(values, "unit_code"), unit_cost: typedDecimal(text(values, "unit_cost")), cost_per: "unit", ...place(values) }],
      })}
    >
      <TextField form={form} name="quantity" label="attribute.quantity" required figure />
      <UnitField form={form} level={props.level} />
      <TextField form={form} name="unit_cost" label="stock.unit_cost" required figure />
      <WarehouseField form={form} name="warehouse_id" label="attribute.warehouse" />
      <TextField form={form} name="reference" label="stock.reference" />
      <TextField form={form} name="location" label="attribute.location" />
      <TextField form={form} name="lot_number" label="attribute.lot_number" />
    </CommandDialog>
  );
}

/** Reasons people give; the API takes any word, so that a house may have its own. */
const REASONS = ["count", "damaged", "lost", "found", "sample"];

function AdjustDialog(props: DialogProps) {
  const form = useForm({ way: "counted", warehouse_id: firstWarehouse(), amount: "", unit_code: "", reason: "count", location: "", lot_number: "" });
  const isCount = form.values.way === "counted";
  return (
    <CommandDialog
      {...props} label={t("stock.adjust")} form={form} command="adjustments"
      check={(values) => checkInputs(values, ["warehouse_id", "reason"], [], ["amount"])}
      body={(values) => ({
        warehouse_id: values.warehouse_id, reason: text(values, "reason"),
        lines: [{ sku: props.level.sku, [isCount ? "counted" : "quantity"]: typedDecimal(text(values, "amount")), unit_code: text(values, "unit_code"), ...place(values) }],
      })}
    >
      <Field label={t("stock.way")} required>
        {(control) => (
          <select {...control} class="input" value={text(form.values, "way")} onChange={(event) => form.set("way", event.currentTarget.value)}>
            <option value="counted">{t("stock.by_count")}</option>
            <option value="change">{t("stock.by_change")}</option>
          </select>
        )}
      </Field>
      <TextField form={form} name="amount" label={isCount ? "stock.counted" : "stock.change"} required figure help={isCount ? undefined : t("stock.change_help")} />
      <UnitField form={form} level={props.level} />
      <WarehouseField form={form} name="warehouse_id" label="attribute.warehouse" />
      <Field label={t("attribute.reason")} problem={form.problems.reason} required>
        {(control) => (
          <select {...control} class="input" value={text(form.values, "reason")} onChange={(event) => form.set("reason", event.currentTarget.value)}>
            {REASONS.map((reason) => <option key={reason} value={reason}>{codeText("move_reason", reason)}</option>)}
          </select>
        )}
      </Field>
      <TextField form={form} name="location" label="attribute.location" />
      <TextField form={form} name="lot_number" label="attribute.lot_number" />
    </CommandDialog>
  );
}

function TransferDialog(props: DialogProps) {
  const second = Object.keys(warehouseNames.value)[1] ?? firstWarehouse();
  const form = useForm({ warehouse_id: firstWarehouse(), to_warehouse_id: second, quantity: "", unit_code: "", reference: "", location: "", to_location: "", lot_number: "" });
  return (
    <CommandDialog
      {...props} label={t("stock.transfer")} form={form} command="transfers"
      check={(values) => checkInputs(values, ["warehouse_id", "to_warehouse_id"], ["quantity"])}
      body={(values) => ({
        warehouse_id: values.warehouse_id, to_warehouse_id: values.to_warehouse_id, reference: text(values, "reference"),
        lines: [{ sku: props.level.sku, quantity: typedDecimal(text(values, "quantity")), unit_code: text(values, "unit_code"), to_location: text(values, "to_location"), ...place(values) }],
      })}
    >
      <WarehouseField form={form} name="warehouse_id" label="stock.from_warehouse" />
      <WarehouseField form={form} name="to_warehouse_id" label="stock.to_warehouse" />
      <TextField form={form} name="quantity" label="attribute.quantity" required figure />
      <UnitField form={form} level={props.level} />
      <TextField form={form} name="reference" label="stock.reference" />
      <TextField form={form} name="location" label="stock.from_location" />
      <TextField form={form} name="to_location" label="stock.to_location" />
    </CommandDialog>
  );
}
