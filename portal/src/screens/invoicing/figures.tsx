/** Margin of an order, line by line and step by step; what a customer owes against their limit; what of an order is invoiced. */
import type { CustomerExposure, MarginLine, OrderBillingView, OrderMargin } from "../../api_types";
import { compare } from "../../decimal";
import { Problem, Skeleton } from "../../design/feedback";
import { Table } from "../../design/table";
import { Badge, Dash, KeyValue, Money, Quantity } from "../../design/values";
import { documentHref } from "../../entities";
import { codeText, t } from "../../i18n";
import { useResource } from "../../resource";
import { rateText } from "../sales/order_sections";
import { PaymentBadge } from "./payment_badge";

function Steps({ line, currency }: { line: MarginLine; currency: string }) {
  return (
    <details>
      <summary class="small">{t("margin.how")}</summary>
      <dl class="key-value">
        {line.steps.map((step) => [
          <dt key={`${step.code} term`}>{codeText("margin_step", step.code)}{step.quantity && <span class="muted small"> · <Quantity value={step.quantity} /></span>}</dt>,
          <dd key={step.code}><Money amount={step.amount} currency={currency} /></dd>,
        ])}
      </dl>
    </details>
  );
}

function Percent({ value }: { value: string | null }) {
  if (value === null) return <Dash />;
  return <Badge tone={compare(value, "0") < 0 ? "bad" : "quiet"}>{rateText(value)}</Badge>;
}

export function Margin({ orderId }: { orderId: string }) {
  const { data, error, refetch } = useResource<OrderMargin>(`/api/invoicing/orders/${encodeURIComponent(orderId)}/margin`, ["sales_order", "invoice"]);
  if (error && !data) return <Problem error={error} retry={refetch} />;
  if (!data) return <div class="card-body"><Skeleton lines={3} /></div>;
  const money = (amount: string) => <Money amount={amount} currency={data.currency} />;
  const end = { align: "end", labelled: true } as const;
  return (
    <div class="order-lines">
      <Table
        label={t("margin.title")} rows={data.lines} rowId={(line) => line.line_id}
        columns={[
          { key: "name", label: t("attribute.name"), primary: true, cell: (line) => <div class="two-lines"><span>{line.name}</span><Steps line={line} currency={data.currency} /></div> },
          { key: "revenue", label: t("margin.revenue"), ...end, cell: (line) => money(line.revenue) },
          { key: "cost", label: t("margin.cost"), ...end, cell: (line) => <span class="line end">{!line.is_final && <Badge tone="info">{t("margin.expected")}</Badge>}{money(line.cost)}</span> },
          { key: "margin", label: t("margin.margin"), ...end, cell: (line) => money(line.margin) },
          { key: "percent", label: "%", ...end, cell: (line) => <Percent value={line.margin_percent} /> },
        ]}
      />
      <div class="totals">
        <dl>
          {compare(data.charges, "0") !== 0 && <div><dt>{t("margin.charges")}</dt><dd>{money(data.charges)}</dd></div>}
          <div><dt>{t("margin.revenue")}</dt><dd>{money(data.revenue)}</dd></div>
          <div><dt>{t("margin.cost")}</dt><dd>{money(data.cost)}</dd></div>
          <div class="grand"><dt>{t("margin.margin")} <Percent value={data.margin_percent} /></dt><dd>{money(data.margin)}</dd></div>
        </dl>
      </div>
    </div>
  );
}

export function Exposure({ customerId }: { customerId: string }) {
  const { data, error, refetch } = useResource<CustomerExposure>(`/api/invoicing/customers/${encodeURIComponent(customerId)}/exposure`, ["customer", "sales_order", "invoice", "journal_entry"]);
  if (error && !data) return <Problem error={error} retry={refetch} />;
  if (!data) return <Skeleton lines={3} />;
  const money = (amount: string) => <Money amount={amount} currency={data.currency} />;
  return (
    <div class="stack">
      <KeyValue items={[
        [t("exposure.unpaid"), money(data.invoiced_unpaid)], [t("exposure.to_invoice"), money(data.orders_to_invoice)],
        [t("exposure.total"), <strong key="total">{money(data.exposure)}</strong>],
        [t("customer.credit_limit"), data.credit_limit === null ? t("exposure.no_limit") : money(data.credit_limit)],
        ...(data.available === null ? [] : [[t("exposure.available"), <Badge key="left" tone={data.is_exceeded ? "bad" : "good"}>{money(data.available)}</Badge>] as const]),
      ]} />
      {data.orders.length > 0 && (
        <details>
          <summary class="small">{t("exposure.orders", { count: data.orders.length })}</summary>
          <ul class="plain small-stack">
            {data.orders.map((order) => <li key={order.order_id} class="line"><a class="grow" href={documentHref("sales_order", order.order_id)}>{order.number}</a>{money(order.amount)}</li>)}
          </ul>
        </details>
      )}
    </div>
  );
}

/** The documents made of an order, and what waits. */
export function Billing({ orderId }: { orderId: string }) {
  const { data, error, refetch } = useResource<OrderBillingView>(`/api/invoicing/orders/${encodeURIComponent(orderId)}/billing`, ["sales_order", "invoice", "payment"]);
  if (error && !data) return <Problem error={error} retry={refetch} />;
  if (!data) return <Skeleton lines={2} />;
  const money = (amount: string) => <Money amount={amount} currency={data.currency} />;
  return (
    <div class="small-stack">
      {data.documents.length === 0 && <p class="muted">{t("invoice.none_yet")}</p>}
      <ul class="plain small-stack">
        {data.documents.map((each) => (
          <li key={each.invoice_id} class="line">
            <a class="grow" href={documentHref("invoice", each.invoice_id)}>{each.number} <span class="muted small">{codeText("invoice_type", each.type_code)}</span></a><PaymentBadge invoice={each} />{money(each.amount)}
          </li>
        ))}
      </ul>
      {data.pending.length > 0 && <p><Badge tone="warn">{t("invoice.parcels_wait", { count: data.pending.length })}</Badge></p>}
      {data.problem && <p class="problem wrapping">{data.problem}</p>}
    </div>
  );
}
