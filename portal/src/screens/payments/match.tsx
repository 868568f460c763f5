/** The dialog that sets a payment against invoices. */
import { useState } from "preact/hooks";
import { api, type Answer } from "../../api";
import type { OpenInvoice } from "../../api_types";
import { typedDecimal } from "../../decimal";
import { Empty, Problem, Skeleton } from "../../design/feedback";
import { useForm, type Problems, type Values } from "../../design/form";
import { Icon } from "../../design/icons";
import { Dialog } from "../../design/overlay";
import { Table } from "../../design/table";
import { toast } from "../../design/toast";
import { Day, Money } from "../../design/values";
import { t } from "../../i18n";
import { useResource } from "../../resource";
import type { Payment } from "./payments";

interface MatchProps {
  payment: Payment;
  onDone: (answer: Answer<Payment> | null) => void;
  close: () => void;
}

/** Ticks the invoices to settle; an amount left empty takes what is left, the oldest due first. */
export function MatchDialog({ payment, onDone, close }: MatchProps) {
  const { data, error, refetch } = useResource<{ items: OpenInvoice[] }>(payment.customer_id ? `/api/payments/open-invoices?customer_id=${payment.customer_id}` : null, ["invoice", "payment"]);
  const fitting = (data?.items ?? []).filter((each) => (each.type_code === "381") === (payment.direction === "out"));
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const form = useForm({ amounts: {} });
  const amounts = form.values.amounts as Record<string, string>;
  const check = (): Problems => (picked.size === 0 ? { amounts: t("payment.pick_one") } : Object.fromEntries([...picked].filter((id) => amounts[id] && typedDecimal(amounts[id]) === null).map((id) => [id, t("field_error.decimal")])));
  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const done = await form.submit(async (values: Values, idempotencyKey: string) => {
      const typed = values.amounts as Record<string, string>;
      const allocations = [...picked].map((id) => ({ invoice_id: id, amount: typed[id] ? typedDecimal(typed[id]) : null }));
      onDone(await api.post<Payment>(`/api/payments/payments/${payment.id}/match`, { allocations }, { idempotencyKey }));
      toast(t("payment.matched", { number: payment.number }));
    }, check);
    if (done) close();
  }
  const footer = (
    <>
      <button type="button" class="button" onClick={close}>{t("action.cancel")}</button>
      <button type="submit" form="match-payment" class="button primary" disabled={form.busy || fitting.length === 0}><Icon name="link" />{t("payment.match")}</button>
    </>
  );
  return (
    <Dialog title={`${t("payment.match")} · ${payment.number}`} onClose={close} footer={footer} wide>
      <form id="match-payment" class="stack" onSubmit={submit} noValidate>
        <p>{t("payment.left")} <strong><Money amount={payment.unallocated} currency={payment.currency} /></strong></p>
        {error && !data ? <Problem error={error} retry={refetch} /> : !data && payment.customer_id ? <Skeleton lines={3} /> : fitting.length === 0 ? (
          <Empty icon="check" title={t("ledger.nothing_open_title")} text={t("payment.nothing_open")} />
        ) : (
          <Table
            label={t("payment.open_invoices")} rows={fitting} rowId={(each) => each.invoice_id} rowName={(each) => each.number} selection={picked} onSelect={setPicked}
            columns={[
              { key: "number", label: t("attribute.number"), primary: true, cell: (each) => each.number },
              { key: "due", label: t("ledger.due_date"), labelled: true, cell: (each) => <Day date={each.due_date} /> },
              { key: "open", label: t("payment.open"), align: "end", labelled: true, cell: (each) => <Money amount={each.open_amount} currency={each.currency} /> },
              {
                key: "amount", label: t("attribute.amount"), align: "end",
                cell: (each) => (
                  <input
                    class="input figure" inputMode="decimal" aria-label={`${t("attribute.amount")} ${each.number}`} placeholder={t("payment.as_much")} value={amounts[each.invoice_id] ?? ""}
                    aria-invalid={form.problems[each.invoice_id] ? true : undefined} onInput={(event) => form.set("amounts", { ...amounts, [each.invoice_id]: event.currentTarget.value })}
                  />
                ),
              },
            ]}
          />
        )}
        {form.problems.amounts && <div class="problem-line" role="alert"><Icon name="alert" size={14} />{form.problems.amounts}</div>}
      </form>
    </Dialog>
  );
}
