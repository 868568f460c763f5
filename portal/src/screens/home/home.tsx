/** Home answers "what must I do now?", then how the business goes, and shows orders as they arrive. */
import type { LagView, Work } from "../../api_types";
import { Problem, Skeleton } from "../../design/feedback";
import { Icon, type IconName } from "../../design/icons";
import { Table } from "../../design/table";
import { Badge, DateTime, type Tone } from "../../design/values";
import { documentHref, entityOf } from "../../entities";
import { formatNumber } from "../../format";
import { t, type MessageKey } from "../../i18n";
import { useResource } from "../../resource";
import { may, session } from "../../session";
import { tableColumns, type Item } from "../columns";
import type { Page } from "../pages";
import { HowItGoes } from "./business";
import { Onboarding } from "./onboarding";
import { useWork, yesterday } from "./work";

interface TileDeclaration {
  count: keyof Work;
  label: MessageKey;
  icon: IconName;
  tone: Tone;
  href: () => string;
}

const TILES: readonly TileDeclaration[] = [
  { count: "ship", label: "home.to_ship", icon: "truck", tone: "info", href: () => "/orders?view=to_ship" },
  { count: "late", label: "home.late", icon: "clock", tone: "bad", href: () => `/orders?view=to_ship&to=${yesterday()}` },
  { count: "on_hold", label: "home.on_hold", icon: "alert", tone: "warn", href: () => "/orders?view=on_hold" },
  { count: "pending", label: "home.pending", icon: "clock", tone: "warn", href: () => "/orders?view=pending" },
  { count: "backorder", label: "home.backorder", icon: "stock", tone: "warn", href: () => "/orders?view=backorder" },
  { count: "replenish", label: "stock.to_replenish", icon: "stock", tone: "warn", href: () => "/stock?view=replenish" },
  { count: "quarantine", label: "home.quarantine", icon: "channels", tone: "bad", href: () => "/channels/deliveries?state=quarantined" },
  { count: "push_failed", label: "home.push_failed", icon: "bolt", tone: "bad", href: () => "/channels" },
];

/** Nothing to do is quiet; what waits has its colour and its words. */
function Tile({ tile, count }: { tile: TileDeclaration; count: number }) {
  return (
    <a class={`card tile ${count > 0 ? tile.tone : "nothing"}`} href={tile.href()}>
      <span class="line"><Icon name={tile.icon} />{t(tile.label)}</span>
      <strong class="figure">{count >= 1000 ? t("home.at_least", { count: formatNumber(1000) }) : formatNumber(count)}</strong>
    </a>
  );
}

function ToDo() {
  const { data, error, refetch } = useWork();
  if (error && !data) return <section class="card"><Problem error={error} retry={refetch} /></section>;
  if (!data) return <section class="card card-body"><Skeleton lines={3} /></section>;
  const isAllDone = TILES.every((tile) => data[tile.count] === 0);
  return (
    <section class="stack" aria-labelledby="to-do">
      <h2 id="to-do" class="section-title">{t("home.to_do")}{isAllDone && <Badge tone="good">{t("home.all_done")}</Badge>}</h2>
      <div class="tiles">{TILES.map((tile) => <Tile key={tile.count} tile={tile} count={data[tile.count]} />)}</div>
    </section>
  );
}

const LAST_ORDERS = "/api/sales/orders?limit=8";
const SHOWN_COLUMNS = new Set(["number", "state", "customer_name", "channel_id", "paid_total"]);

/** The newest orders, there within two seconds of their sale: the changes feed says when to ask again. */
function LastOrders() {
  const { data, error, refetch } = useResource<Page>(LAST_ORDERS, ["sales_order"]);
  const entity = entityOf("sales_order");
  if (!entity) return null;
  const columns = [
    ...tableColumns(entity.columns.filter((column) => SHOWN_COLUMNS.has(column.key)), entity),
    { key: "placed_at", label: t("attribute.placed_at"), cell: (row: Item) => <DateTime instant={String(row.placed_at)} /> },
  ];
  return (
    <section class="card">
      <header><h2>{t("home.last_orders")}</h2><span class="live"><span class="dot" aria-hidden="true" />{t("home.live")}</span><a href="/orders">{t("home.all_orders")}</a></header>
      {error && !data && <Problem error={error} retry={refetch} />}
      {!data && !error && <div class="card-body"><Skeleton lines={6} /></div>}
      {data?.items.length === 0 && <p class="card-body muted">{t("home.no_orders")}</p>}
      {data && data.items.length > 0 && (
        <Table label={t("home.last_orders")} rows={data.items} rowId={(row) => row.id} columns={columns} href={(row) => documentHref("sales_order", row.id) ?? "#"} keyboard />
      )}
    </section>
  );
}

/** From a sale on one channel to the new stock shown on each other one. */
function ChannelLag() {
  const { data } = useResource<{ items: LagView[] }>("/api/channels/lag", ["connection", "stock"]);
  const measured = data?.items.filter((lag) => lag.count > 0) ?? [];
  if (measured.length === 0) return null;
  return (
    <section class="card">
      <header><h2>{t("home.lag")}</h2></header>
      <ul class="card-body lags">
        {measured.map((lag) => (
          <li key={lag.connection_id}>
            <a class="grow ellipsis" href={documentHref("connection", lag.connection_id)}>{lag.name}</a>
            <span class="figure">{t("home.lag_of", { p50: formatNumber(lag.p50_seconds ?? ""), p99: formatNumber(lag.p99_seconds ?? "") })}</span>
          </li>
        ))}
      </ul>
      <p class="card-body muted small">{t("home.lag_text")}</p>
    </section>
  );
}

export function HomeScreen() {
  const name = session.value?.user.name.split(" ")[0] ?? "";
  return (
    <div class="page home">
      <div class="page-header">
        <h1>{t("home.hello", { name })}</h1>
        {may("orders.write") && <a class="button" href="/orders/new"><Icon name="plus" />{t("order.new")}</a>}
      </div>
      <Onboarding />
      <ToDo />
      {may("reports.read") && <HowItGoes />}
      <div class="document">
        <div class="column"><LastOrders /></div>
        <div class="column"><ChannelLag /></div>
      </div>
    </div>
  );
}
