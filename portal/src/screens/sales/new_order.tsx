/** An order taken on the phone: who, what, where to; prices come from the price lists unless one is typed. */
import { useState } from "preact/hooks";
import { api } from "../../api";
import { compare, typedDecimal } from "../../decimal";
import type { Address, Customer } from "../../api_types";
import { Combobox, type Option } from "../../design/combobox";
import { Field, UnsavedBar, useForm, type Form, type Problems, type Values } from "../../design/form";
import { Icon } from "../../design/icons";
import { toast } from "../../design/toast";
import { documentHref, searchDocuments } from "../../entities";
import { t, type MessageKey } from "../../i18n";
import { navigate } from "../../router";
import { currency } from "../../session";
import { Country } from "../fields";
import { checkLines, lineBodies, LinesEditor, linesOf, NO_LINE, PreviewTotals } from "./lines_editor";
import type { Order } from "./order";

const ADDRESS: readonly [keyof Address, MessageKey][] = [
  ["name", "attribute.recipient"], ["line1", "attribute.street"], ["line2", "attribute.additional_street"],
  ["postal_code", "attribute.postal_code"], ["city", "attribute.city"], ["country_code", "attribute.country"], ["phone", "attribute.phone"],
];

function initial(): Values {
  return {
    customer_id: "", name: "", company_name: "", email: "", phone: "", vat_number: "", lines: [NO_LINE], shipping: "", note: "",
    is_paid: false, payment_method: "", backorder: true, line1: "", line2: "", postal_code: "", city: "", country_code: "FR", region: "",
  };
}

const textOf = (values: Values, key: string) => String(values[key] ?? "").trim();

function check(values: Values): Problems {
  const problems: Problems = {};
  if (!values.customer_id && !textOf(values, "name") && !textOf(values, "company_name")) problems.name = t("field_error.required");
  Object.assign(problems, checkLines(values));
  if (values.shipping && typedDecimal(String(values.shipping)) === null) problems.shipping = t("field_error.decimal");
  return problems;
}

/** An order to be fetched at the counter has no address: a name and a country alone are none. */
function addressOf(values: Values): Partial<Address> {
  if (!textOf(values, "line1") && !textOf(values, "city")) return {};
  const parts = Object.fromEntries(["name", "company_name", "line1", "line2", "postal_code", "city", "region", "phone"].map((key) => [key, textOf(values, key)]));
  return { ...parts, country_code: textOf(values, "country_code") };
}

/** The command `place an order`, as a person on the phone states it. */
function bodyOf(values: Values, state: "draft" | "confirmed"): unknown {
  const address = addressOf(values);
  const shipping = typedDecimal(textOf(values, "shipping"));
  return {
    state,
    shortage: values.backorder ? "backorder" : "refuse",
    customer_id: values.customer_id,
    buyer: { name: textOf(values, "name"), company_name: textOf(values, "company_name"), email: textOf(values, "email"), phone: textOf(values, "phone"), vat_number: textOf(values, "vat_number") },
    billing_address: address,
    shipping_address: address,
    currency: currency.value,
    lines: lineBodies(linesOf(values)),
    charges: shipping && compare(shipping, "0") > 0 ? [{ kind: "shipping", name: t("order.shipping_charge"), amount: shipping }] : [],
    is_paid: values.is_paid,
    payment_method: textOf(values, "payment_method"),
    note: textOf(values, "note"),
  };
}

export function NewOrderScreen() {
  const form = useForm(initial());
  function send(state: "draft" | "confirmed"): void {
    void form.submit(async (values, idempotencyKey) => {
      const { body } = await api.post<Order>("/api/sales/orders", bodyOf(values, state), { idempotencyKey: `${idempotencyKey}-${state}` });
      form.reset(values);
      toast(t("action.created", { name: body.number }));
      setTimeout(() => void navigate(documentHref("sales_order", body.id) ?? "/orders", true));
    }, check);
  }
  return (
    <div class="page">
      <nav class="breadcrumb" aria-label={t("document.path")}>
        <a href="/orders">{t("order.plural")}</a><Icon name="chevron-right" size={12} /><span>{t("order.new")}</span>
      </nav>
      <div class="page-header">
        <h1>{t("order.new")}</h1>
        <button type="button" class="button" disabled={form.busy} onClick={() => send("draft")}>{t("order.save_draft")}</button>
        <button type="button" class="button primary" disabled={form.busy} onClick={() => send("confirmed")}><Icon name="check" />{t("order.place")}</button>
      </div>
      <form class="document" onSubmit={(event) => { event.preventDefault(); send("confirmed"); }} noValidate>
        <div class="column">
          <section class="card"><header><h2>{t("order.lines")}</h2></header><div class="card-body"><LinesEditor form={form} /><PreviewTotals body={Object.keys(checkLines(form.values)).length ? null : bodyOf(form.values, "draft")} /></div></section>
          <section class="card"><header><h2>{t("order.shipping_address")}</h2></header><div class="card-body"><AddressFields form={form} /></div></section>
        </div>
        <div class="column">
          <section class="card"><header><h2>{t("attribute.customer")}</h2></header><div class="card-body stack"><CustomerFields form={form} /></div></section>
          <section class="card"><header><h2>{t("attribute.payment")}</h2></header><div class="card-body stack"><PaymentFields form={form} /></div></section>
        </div>
        <button type="submit" class="visually-hidden" tabIndex={-1}>{t("order.place")}</button>
      </form>
      <UnsavedBar form={form} onSave={() => send("confirmed")} />
    </div>
  );
}

function TextField({ form, name, label, required = false, full, figure }: { form: Form; name: string; label: MessageKey; required?: boolean; full?: boolean; figure?: boolean }) {
  return (
    <Field label={t(label)} problem={form.problems[name]} required={required} full={full}>
      {(control) => (
        <input
          {...control} class={figure ? "input figure" : "input"} inputMode={figure ? "decimal" : undefined} value={String(form.values[name])}
          onInput={(event) => form.set(name, event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

function Check({ form, name, label, help }: { form: Form; name: string; label: MessageKey; help?: MessageKey }) {
  return (
    <Field label={t(label)} help={help && t(help)} check>
      {(control) => <input {...control} type="checkbox" checked={form.values[name] === true} onChange={(event) => form.set(name, event.currentTarget.checked)} />}
    </Field>
  );
}

/** A known customer fills name, contact and address in; a new one is typed. */
function CustomerFields({ form }: { form: Form }) {
  const [chosen, setChosen] = useState<Option | null>(null);
  async function choose(option: Option | null): Promise<void> {
    setChosen(option);
    form.set("customer_id", option?.id ?? "");
    if (!option) return;
    const { body } = await api.get<Customer>(`/api/parties/customers/${encodeURIComponent(option.id)}`);
    for (const key of ["name", "company_name", "email", "phone", "vat_number"] as const) form.set(key, body[key]);
    const address = body.shipping_addresses[0] ?? body.billing_address;
    for (const key of ["line1", "line2", "postal_code", "city", "region", "country_code"] as const) form.set(key, address[key]);
  }
  return (
    <>
      <Field label={t("order.known_customer")} help={t("order.known_customer_help")}>
        {(control) => <Combobox {...control} value={chosen} placeholder={t("search.customer")} search={(text, abort) => searchDocuments(text, abort, "customer")} onChange={(option) => void choose(option)} />}
      </Field>
      <TextField form={form} name="name" label="attribute.name" required />
      <TextField form={form} name="company_name" label="attribute.company" />
      <TextField form={form} name="email" label="attribute.email" />
      <TextField form={form} name="phone" label="attribute.phone" />
    </>
  );
}

function AddressFields({ form }: { form: Form }) {
  return (
    <div class="fields">
      {ADDRESS.filter(([key]) => key !== "name" && key !== "phone").map(([key, label]) =>
        key === "country_code" ? (
          <Field key={key} label={t(label)} problem={form.problems[key]}>
            {(control) => <Country control={control} value={textOf(form.values, key)} onChange={(code) => form.set(key, code)} />}
          </Field>
        ) : <TextField key={key} form={form} name={key} label={label} full={key === "line1"} />)}
    </div>
  );
}

function PaymentFields({ form }: { form: Form }) {
  return (
    <>
      <TextField form={form} name="shipping" label="order.shipping_charge" figure />
      <TextField form={form} name="payment_method" label="attribute.payment_method" />
      <Check form={form} name="is_paid" label="order.is_paid" />
      <Check form={form} name="backorder" label="order.allow_backorder" help="order.allow_backorder_help" />
      <TextField form={form} name="note" label="attribute.note" />
    </>
  );
}
