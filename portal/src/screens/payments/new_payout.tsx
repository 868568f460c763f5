/** A payout: the payments that a provider brought to the bank, what reached it, and what was kept. */
import { useState } from "preact/hooks";
import { api } from "../../api";
import type { PaymentRow } from "../../api_types";
import { minus, sum, typedDecimal } from "../../decimal";
import { Empty, Problem, Skeleton } from "../../design/feedback";
import { useForm, type Values } from "../../design/form";
import { Icon } from "../../design/icons";
import { Table } from "../../design/table";
import { toast } from "../../design/toast";
import { Day, KeyValue, Money } from "../../design/values";
import { documentHref, type FormField } from "../../entities";
import { codeText, t } from "../../i18n";
import { useResource } from "../../resource";
import { navigate } from "../../router";
import { currency } from "../../session";
import { bodyOf, checkFields, FormFields, initialValues } from "../fields";
import type { Payout } from "./payouts";

const FIELDS: readonly FormField[] = [
  { key: "net", label: "payout.net", type: "decimal", help: "payout.net_help" },
  { key: "fee", label: "payment.fee", type: "decimal", help: "payout.fee_help" },
  { key: "paid_on", label: "attribute.date", type: "date", help: "payment.today_help" },
  { key: "external_id", label: "payout.external_id", type: "text", empty: "", help: "payout.external_id_help" },
  { key: "reference", label: "ledger.reference", type: "text", empty: "" },
];
const MOST = 80;

export function NewPayout() {
  const { data, error, refetch } = useResource<{ items: PaymentRow[] }>("/api/payments/payments?payout_state=waiting&limit=100", ["payment", "payout"]);
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const form = useForm(initialValues(FIELDS));
  const rows = data?.items ?? [];
  const chosen = rows.filter((row) => picked.has(row.id));
  const isExchanged = chosen.some((row) => row.currency !== currency.value);
  const gross = sum(chosen.map((each) => each.in_transit));
  const net = typedDecimal(String(form.values.net ?? ""));
  const fee = typedDecimal(String(form.values.fee ?? ""));

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    await form.submit(async (values: Values, idempotencyKey: string) => {
      const { body } = await api.post<Payout>("/api/payments/payouts", { ...bodyOf(FIELDS, values), payments: chosen.map((each) => ({ payment_id: each.id })) }, { idempotencyKey });
      toast(t("payout.recorded", { number: body.number }));
      void navigate(documentHref("payout", body.id) ?? "/payouts");
    }, (values) => ({ ...checkFields(FIELDS, values), ...(picked.size === 0 ? { payments: t("payout.pick_one") } : {}) }));
  }
  if (error && !data) return <div class="page"><Problem error={error} retry={refetch} /></div>;
  return (
    <div class="page">
      <nav class="breadcrumb" aria-label={t("document.path")}>
        <a href="/payouts">{t("payout.plural")}</a><Icon name="chevron-right" size={12} /><span>{t("payout.new")}</span>
      </nav>
      <div class="page-header"><h1>{t("payout.new")}</h1></div>
      {!data ? <Skeleton lines={6} /> : rows.length === 0 ? <Empty icon="check" title={t("payout.nothing_title")} text={t("payout.nothing_text")} /> : (
        <form class="stack" onSubmit={submit} noValidate>
          <section class="card">
            <header><h2>{t("payout.waiting")}</h2></header>
            <Table
              label={t("payout.waiting")} rows={rows} rowId={(row) => row.id} rowName={(row) => row.number} selection={picked} onSelect={setPicked}
              columns={[
                { key: "number", label: t("attribute.number"), primary: true, cell: (row) => row.number },
                { key: "paid_on", label: t("attribute.date"), cell: (row) => <Day date={row.paid_on} /> },
                { key: "method", label: t("payment.method"), cell: (row) => [codeText("payment_method", row.method), row.gateway === row.method ? "" : row.gateway].filter(Boolean).join(" · ") },
                { key: "order", label: t("payment.order"), labelled: true, cell: (row) => row.order_number },
                { key: "party", label: t("attribute.customer"), cell: (row) => row.party_name },
                { key: "amount", label: t("payout.in_transit"), align: "end", labelled: true, cell: (row) => <Money amount={row.in_transit} /> },
              ]}
            />
          </section>
          {form.problems.payments && <div class="problem-line" role="alert"><Icon name="alert" size={14} />{form.problems.payments}</div>}
          <section class="card">
            <header><h2>{t("payout.reached")}</h2></header>
            <div class="card-body stack">
              <FormFields fields={FIELDS} form={form} />
              <KeyValue items={[
                [t("payout.gross"), <Money key="gross" amount={gross} />],
                [t("payment.fee"), net !== null && !isExchanged ? <Money key="fee" amount={minus(gross, net)} /> : fee !== null ? <Money key="fee" amount={fee} /> : t("payout.agreed")],
                ...(isExchanged && net !== null && fee !== null ? [[t("payment.exchange_difference"), <Money key="exchange" amount={minus(net, minus(gross, fee))} />] as const] : []),
              ]} />
              <div><button type="submit" class="button primary" disabled={form.busy || picked.size > MOST}><Icon name="check" />{t("payout.record")}</button></div>
            </div>
          </section>
        </form>
      )}
    </div>
  );
}
