/** The parts of an order's page: lines with totals, who and where, payment, shipments, refunds. */
import type { ComponentChild } from "preact";
import { AddressText } from "../../design/address";
import { Notice } from "../../design/feedback";
import { Explain } from "../../design/explain";
import { Icon } from "../../design/icons";
import { Table, type TableColumn } from "../../design/table";
import { Badge, CopyId, Dash, DateTime, KeyValue, Money, Quantity } from "../../design/values";
import { compare, minus, sum } from "../../decimal";
import { formatNumber, formatPercent } from "../../format";
import { codeText, has, t } from "../../i18n";
import { documentHref } from "../../entities";
import type { Order, OrderLine } from "./order";

/** Percent points as the API states VAT rates (`20` → 20 %), formatted by Intl from the exact text. */
export function rateText(percent: string): string {
  return formatPercent(`${percent}e-2`);
}

export function Waiting({ order }: { order: Order }) {
  return (
    <div class="stack">
      {order.is_backordered && <Notice tone="warn">{t("order.waits_for_stock", { quantity: formatNumber(sum(order.lines.map((line) => line.backordered_quantity))) })}</Notice>}
      {order.is_sample && <Notice tone="info">{t("order.is_sample")}</Notice>}
      {order.hold_reasons.map((reason) => <Notice key={reason} tone="warn">{reason}</Notice>)}
      {order.attention.map((reason) => <Notice key={reason} tone="info">{codeText("attention", reason)}</Notice>)}
    </div>
  );
}

/** A quantity that is nothing most of the time is a dash then, so that the eye finds the others. */
function Part({ value, tone }: { value: string; tone?: "warn" | "bad" }) {
  if (compare(value, "0") === 0) return <Dash />;
  return tone ? <Badge tone={tone}>{formatNumber(value)}</Badge> : <Quantity value={value} />;
}

/** A line typed in a pack tells both: what was typed, and what it counts. */
export function BothUnits({ line }: { line: { quantity: string; base_unit_code: string; unit_code: string; unit_quantity: string } }) {
  if (line.unit_code === line.base_unit_code) return <Quantity value={line.quantity} unitCode={line.base_unit_code} />;
  return (
    <div class="two-lines">
      <Quantity value={line.unit_quantity} unitCode={line.unit_code} />
      <span class="muted small figure">= {formatNumber(line.quantity)} {codeText("unit", line.base_unit_code)}</span>
    </div>
  );
}

/** Columns that are nothing in every line are left out. */
function lineColumns(order: Order): TableColumn<OrderLine>[] {
  const money = (amount: string, isUnitPrice = false) => <Money amount={amount} currency={order.currency} unitPrice={isUnitPrice} />;
  const end = { align: "end", labelled: true } as const;
  const hasAny = (key: "reserved_quantity" | "backordered_quantity" | "shipped_quantity" | "cancelled_quantity" | "allowance") =>
    order.lines.some((line) => compare(line[key], "0") !== 0);
  const columns: (TableColumn<OrderLine> & { isShown?: boolean })[] = [
    {
      key: "name", label: t("attribute.name"), primary: true,
      cell: (line) => <div class="two-lines"><span>{line.name}</span><a class="mono small" href={documentHref("stock_level", line.sku)}>{line.sku}</a></div>,
    },
    { key: "quantity", label: t("attribute.quantity"), ...end, cell: (line) => <BothUnits line={line} /> },
    { key: "reserved", isShown: hasAny("reserved_quantity"), label: t("attribute.reserved"), ...end, cell: (line) => <Part value={line.reserved_quantity} /> },
    { key: "backordered", isShown: hasAny("backordered_quantity"), label: t("attribute.backordered"), ...end, cell: (line) => <Part value={line.backordered_quantity} tone="warn" /> },
    { key: "shipped", isShown: hasAny("shipped_quantity"), label: t("attribute.shipped"), ...end, cell: (line) => <Part value={line.shipped_quantity} /> },
    { key: "cancelled", isShown: hasAny("cancelled_quantity"), label: t("attribute.cancelled"), ...end, cell: (line) => <Part value={line.cancelled_quantity} tone="bad" /> },
    { key: "unit_price", label: t("attribute.unit_price"), ...end, cell: (line) => money(line.pack_price ?? line.unit_price, true) },
    { key: "allowance", isShown: hasAny("allowance"), label: t("attribute.allowance"), ...end, cell: (line) => (compare(line.allowance, "0") === 0 ? <Dash /> : money(minus("0", line.allowance))) },
    { key: "vat_rate", label: t("attribute.vat"), ...end, cell: (line) => <span class="figure">{rateText(line.vat_rate)}</span> },
    { key: "amount", label: t("attribute.amount"), ...end, cell: (line) => money(line.amount) },
  ];
  return columns.filter((column) => column.isShown !== false);
}

export function LinesTable({ order }: { order: Order }) {
  return (
    <div class="order-lines">
      <Table label={t("order.lines")} rows={order.lines} rowId={(line) => line.id} columns={lineColumns(order)} />
      <Totals order={order} />
    </div>
  );
}

function Totals({ order }: { order: Order }) {
  const money = (amount: string) => <Money amount={amount} currency={order.currency} />;
  const rows: [string, ComponentChild][] = [
    ...order.charges.map((charge): [string, ComponentChild] => [charge.name || codeText("charge", charge.kind), money(charge.amount)]),
    ...order.coupons.map((coupon): [string, ComponentChild] => [t("order.coupon", { code: coupon.code }), money(minus("0", coupon.amount))]),
    [t("attribute.total_without_vat"), money(order.total_without_vat)],
    ...order.vat_breakdown.map((row): [string, ComponentChild] => [
      t("order.vat_of", { rate: rateText(row.vat_rate), category: row.vat_category }), money(row.vat_amount),
    ]),
    [t("attribute.total_with_vat"), money(order.total_with_vat)],
  ];
  if (compare(order.rounding_amount, "0") !== 0) rows.push([t("attribute.rounding_amount"), money(order.rounding_amount)]);
  return (
    <div class="totals">
      <dl>
        {rows.map(([label, value], index) => <div key={index}><dt>{label}</dt><dd>{value}</dd></div>)}
        <div class="grand">
          <dt>{t("attribute.total")}</dt>
          <dd><Explain path={`/api/sales/orders/${encodeURIComponent(order.id)}/explain`} label={t("attribute.total")}>{money(order.paid_total)}</Explain></dd>
        </div>
      </dl>
      <p class="muted small">{t(order.prices_include_vat ? "order.prices_with_vat" : "order.prices_without_vat")}</p>
    </div>
  );
}

export function BillingCard({ order }: { order: Order }) {
  const isSame = JSON.stringify(order.billing_address) === JSON.stringify(order.shipping_address);
  return isSame ? <p class="muted">{t("order.same_address")}</p> : <AddressText address={order.billing_address} />;
}

export function CustomerCard({ order }: { order: Order }) {
  const { buyer } = order;
  const name = buyer.company_name || buyer.name;
  const href = order.customer_id ? documentHref("customer", order.customer_id) : undefined;
  return (
    <div class="small-stack">
      <strong>{href ? <a href={href}>{name}</a> : name}</strong>
      {buyer.company_name && buyer.name && <span>{buyer.name}</span>}
      {buyer.email && <a class="ellipsis" href={`mailto:${buyer.email}`}>{buyer.email}</a>}
      {buyer.phone && <a href={`tel:${buyer.phone.replace(/\s/g, "")}`}>{buyer.phone}</a>}
      {buyer.vat_number && <CopyId id={buyer.vat_number} />}
    </div>
  );
}

/** One of ours has words; what a shop or a person wrote stands as it is. */
function paymentMethod(written: string): string {
  const key = `payment_method.${written}`;
  return has(key) ? t(key) : written;
}

export function Payment({ order }: { order: Order }) {
  const money = (amount: string) => <Money amount={amount} currency={order.currency} />;
  return (
    <KeyValue
      items={[
        [t("attribute.state"), <Badge key="state" tone={order.is_paid ? "good" : "warn"}>{t(order.is_paid ? "order.paid" : "order.unpaid")}</Badge>],
        [t("attribute.payment_method"), order.payment_method ? paymentMethod(order.payment_method) : null],
        [t("attribute.total"), money(order.paid_total)],
        ...(compare(order.refunded_total, "0") > 0 ? [[t("order.refunded"), money(minus("0", order.refunded_total))] as const] : []),
      ]}
    />
  );
}

function linesText(order: Order, lines: readonly { line_id: string; quantity: string }[]): string {
  const skuOf = (id: string) => order.lines.find((line) => line.id === id)?.sku ?? id;
  return lines.map((line) => `${formatNumber(line.quantity)} × ${skuOf(line.line_id)}`).join(", ");
}

/** Only a web address becomes a link: what a shop or a person typed may be anything. */
function Tracking({ number, url }: { number: string; url: string }) {
  if (!number && !url) return <span class="muted">{t("order.no_tracking")}</span>;
  const shown = number || url;
  if (!/^https?:\/\//.test(url)) return <CopyId id={shown} />;
  return <a href={url} target="_blank" rel="noreferrer noopener">{shown}</a>;
}

export function Deliveries({ order }: { order: Order }) {
  return (
    <ul class="events">
      {order.deliveries.map((delivery) => (
        <li key={delivery.id}>
          <Icon name="truck" />
          <div class="grow">
            <div class="line wrap">
              <a href={`/deliveries/${encodeURIComponent(delivery.id)}`}>{delivery.number}</a><span class="muted">{codeText("shipping_state", delivery.state)}</span>
              {delivery.carrier_name && <span>{delivery.carrier_name}</span>}
              {delivery.shipped_at && delivery.parcels.map((parcel) => <Tracking key={parcel.number} number={parcel.tracking_number} url={parcel.tracking_url} />)}
            </div>
            <div class="muted small">{linesText(order, delivery.lines)}{delivery.by_channel && ` · ${t("order.by_channel")}`}</div>
          </div>
          <span class="muted small"><DateTime instant={delivery.shipped_at ?? delivery.created_at} /></span>
        </li>
      ))}
    </ul>
  );
}

export function Refunds({ order }: { order: Order }) {
  return (
    <ul class="events">
      {order.refunds.map((refund) => (
        <li key={refund.id}>
          <Icon name="refresh" />
          <div class="grow">
            <strong><Money amount={refund.amount} currency={order.currency} /></strong>
            <div class="muted small">{[refund.reason, linesText(order, refund.lines)].filter(Boolean).join(" · ")}</div>
          </div>
          <span class="muted small"><DateTime instant={refund.refunded_at} /></span>
        </li>
      ))}
    </ul>
  );
}
