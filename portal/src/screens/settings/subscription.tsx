/** The subscription: how it stands, what is used, plans to choose from, our invoices; card and cancelling are Stripe's pages. */
import type { ComponentChild } from "preact";
import { useState } from "preact/hooks";
import { api } from "../../api";
import type { ChangePreview, PlanView, Redirect, StripeInvoice, SubscriptionView, TaxView } from "../../api_types";
import { announce } from "../../changes";
import { Bar } from "../../design/chart";
import { Problem, Skeleton } from "../../design/feedback";
import { ask, Dialog } from "../../design/overlay";
import { toast, toastError } from "../../design/toast";
import { Badge, Dash, DateTime, Money, type Tone } from "../../design/values";
import { formatNumber } from "../../format";
import { codeText, t } from "../../i18n";
import { useResource } from "../../resource";
import { may, restoreSession } from "../../session";
import { FormDialog } from "./form_dialog";
import { SettingsPage } from "./layout";
import { Rows } from "./rows";

const API = "/api/subscriptions";
const KINDS = ["subscription"];
const TONES: Record<string, Tone> = { trialing: "info", active: "good", past_due: "warn", read_only: "bad", suspended: "bad", closed: "quiet" };
const GIGABYTE = 1_000_000_000;

function sizeOf(what: string, value: number): string {
  return what === "storage_bytes" ? t("subscription.gigabytes", { count: formatNumber((value / GIGABYTE).toFixed(value < GIGABYTE ? 2 : 0)) }) : formatNumber(value);
}

async function goTo(path: string, body: unknown): Promise<void> {
  try {
    window.location.assign((await api.post<Redirect>(`${API}/${path}`, body)).body.url);
  } catch (error) {
    toastError(error);
  }
}

async function act(path: string, body: unknown, done: string): Promise<void> {
  try {
    await api.post<SubscriptionView>(`${API}/subscription/${path}`, body);
    announce("subscription", "");
    await restoreSession();
    toast(done);
  } catch (error) {
    toastError(error);
  }
}

function Standing({ found }: { found: SubscriptionView }) {
  const allowed = may("subscription.manage") ? found.allowed_actions : [];
  async function leave(toFree: boolean): Promise<void> {
    const yes = await ask({ title: t("subscription.leave"), text: t(toFree ? "subscription.leave_text" : "subscription.close_text"), confirm: t("subscription.leave"), danger: true });
    if (yes) await act("leave", { to_free: toFree }, t("subscription.left"));
  }
  return (
    <section class="card">
      <header>
        <h2>{t("subscription.plan_is", { plan: codeText("plan", found.plan) })}</h2>
        <Badge tone={TONES[found.state] ?? "neutral"}>{codeText("subscription_state", found.state)}</Badge>
      </header>
      <div class="card-body stack">
        <dl class="facts">
          {found.upcoming_at && <><dt>{codeText("subscription_next", found.is_ending ? "ending" : found.upcoming_state)}</dt><dd><DateTime instant={found.upcoming_at} /></dd></>}
          {found.period_end && !found.is_ending && found.state === "active" && <><dt>{t("subscription.renews")}</dt><dd><DateTime instant={found.period_end} /></dd></>}
          {found.card && <><dt>{t("subscription.card")}</dt><dd>{found.card.replace(" ", " ···· ")}</dd></>}
          {found.has_test_clock && found.test_clock_url && found.now && <><dt>{t("subscription.clock_shows")}</dt><dd><DateTime instant={found.now} /></dd></>}
        </dl>
        {found.reason === "unpaid" && <p>{t("subscription.unpaid_text")}</p>}
        {found.reason === "ended" && <p>{t("subscription.ended_text")}</p>}
        <div class="line wrap">
          {found.unpaid_url && <a class="button primary" href={found.unpaid_url}>{t("subscription.pay_now")}</a>}
          {allowed.includes("portal") && <button type="button" class="button" onClick={() => goTo("portal-sessions", {})}>{t("subscription.portal")}</button>}
          {allowed.includes("resume") && <button type="button" class="button primary" onClick={() => act("resume", {}, t("subscription.resumed"))}>{t("subscription.resume")}</button>}
          {allowed.includes("leave") && <button type="button" class="button" onClick={() => leave(true)}>{t("subscription.to_free")}</button>}
          {allowed.includes("leave") && <button type="button" class="button danger" onClick={() => leave(false)}>{t("subscription.leave")}</button>}
          {found.has_test_clock && may("subscription.manage") && <button type="button" class="button" onClick={() => goTo("test-clock", {})}>{t("subscription.test_clock")}</button>}
        </div>
        {!found.is_billing_on && <p class="muted">{t("subscription.billing_off")}</p>}
      </div>
    </section>
  );
}

function Usage({ found }: { found: SubscriptionView }) {
  return (
    <section class="card">
      <header><h2>{t("subscription.usage")}</h2></header>
      <ul class="card-body stack bare-list">
        {found.usage.map((each) => {
          const label = codeText("subscription_usage", each.what);
          const words = t("subscription.used_of", { used: sizeOf(each.what, each.used), limit: sizeOf(each.what, each.limit) });
          return (
            <li key={each.what}>
              <div class="line spread"><span>{label}</span><span class="muted">{words}</span></div>
              <Bar share={each.limit ? each.used / each.limit : 1} label={`${label}: ${words}`} />
              {each.used >= each.limit && <p class="small muted">{t(each.is_billed_beyond ? "subscription.billed_beyond" : "subscription.full")}</p>}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Change({ plan, found, onClose }: { plan: PlanView; found: SubscriptionView; onClose: () => void }) {
  const [seats, setSeats] = useState(found.extra_seats);
  const [preview, setPreview] = useState<ChangePreview | null>(null);
  const [busy, setBusy] = useState(false);
  const body = { plan: plan.id, extra_seats: seats };
  async function run(work: () => Promise<void>): Promise<void> {
    setBusy(true);
    await work().catch(toastError);
    setBusy(false);
  }
  const look = () => run(async () => setPreview((await api.post<ChangePreview>(`${API}/subscription/preview`, body)).body));
  const change = () => run(async () => {
    await api.post<SubscriptionView>(`${API}/subscription/change`, body);
    announce("subscription", "");
    toast(t("subscription.changed"));
    onClose();
  });
  const buttons = (
    <>
      <button type="button" class="button" onClick={onClose}>{t("action.cancel")}</button>
      {preview
        ? <button type="button" class="button primary" disabled={busy} onClick={change}>{t("subscription.confirm")}</button>
        : <button type="button" class="button primary" disabled={busy} onClick={look}>{t("subscription.preview")}</button>}
    </>
  );
  return (
    <Dialog title={t("subscription.change_to", { plan: codeText("plan", plan.id) })} onClose={onClose} footer={buttons}>
      <div class="stack roomy">
        <label class="field"><span class="label">{t("subscription.extra_seats")}</span>
          <input class="input short" type="number" min={0} max={1000} value={seats} onInput={(event) => { setSeats(Math.max(0, Number(event.currentTarget.value) || 0)); setPreview(null); }} />
        </label>
        {preview && (
          <div role="status">
            <table class="table"><tbody>
              {preview.lines.map((line) => <tr key={line.text}><td class="wrapping">{line.text}</td><td class="end"><Money amount={line.amount} currency={preview.currency} /></td></tr>)}
              <tr><td>{t("subscription.vat")}</td><td class="end"><Money amount={preview.vat_amount} currency={preview.currency} /></td></tr>
              <tr><td><strong>{t(preview.is_due_now ? "subscription.due_now" : "subscription.due_later")}</strong></td><td class="end"><strong><Money amount={preview.amount_due} currency={preview.currency} /></strong></td></tr>
            </tbody></table>
            <p class="small muted">{t(preview.is_due_now ? "subscription.due_now_text" : "subscription.due_later_text")}</p>
          </div>
        )}
      </div>
    </Dialog>
  );
}

function Plans({ found }: { found: SubscriptionView }) {
  const { data, error, refetch } = useResource<{ items: PlanView[] }>(`${API}/plans`);
  const [wanted, setWanted] = useState<PlanView | null>(null);
  const allowed = may("subscription.manage") ? found.allowed_actions : [];
  function button(plan: PlanView) {
    const isCurrent = plan.id === found.plan && (allowed.includes("change") || plan.id === "free");
    if (plan.id === "free") return isCurrent ? <Badge>{t("subscription.current")}</Badge> : allowed.includes("choose_free") && <button type="button" class="button" onClick={() => act("choose-free", {}, t("subscription.changed"))}>{t("subscription.choose")}</button>;
    if (allowed.includes("change")) return <><button type="button" class={`button ${isCurrent ? "" : "primary"}`} onClick={() => setWanted(plan)}>{t(isCurrent ? "subscription.seats" : "subscription.change")}</button>{isCurrent && <Badge>{t("subscription.current")}</Badge>}</>;
    return allowed.includes("checkout") && <button type="button" class="button primary" onClick={() => goTo("checkout-sessions", { plan: plan.id })}>{t("subscription.choose")}</button>;
  }
  if (error !== undefined && !data) return <Problem error={error} retry={refetch} />;
  return (
    <section aria-labelledby="plans">
      <h2 id="plans">{t("subscription.plans")}</h2>
      <p class="muted small">{t("subscription.without_vat")}</p>
      <ul class="plan-cards bare-list">
        {data?.items.map((plan) => (
          <li key={plan.id} class={`card ${plan.id === found.plan ? "current" : ""}`}>
            <header><h3>{codeText("plan", plan.id)}</h3></header>
            <div class="card-body stack">
              <p class="plan-price"><Money amount={plan.price} currency={plan.currency} /> <span class="small muted">{t("subscription.a_month")}</span></p>
              <ul class="small stack tight bare-list">
                <li>{t("subscription.has_seats", { count: formatNumber(plan.seats) })}</li>
                <li>{t("subscription.has_orders", { count: formatNumber(plan.orders) })}</li>
                <li>{t("subscription.has_channels", { count: plan.channels })}</li>
                <li>{t("subscription.has_storage", { count: formatNumber(plan.storage_bytes / GIGABYTE) })}</li>
                {plan.extra_order && <li class="muted">{t("subscription.more_orders")} <Money amount={plan.extra_order} currency={plan.currency} /></li>}
                {plan.extra_seat && <li class="muted">{t("subscription.more_seats")} <Money amount={plan.extra_seat} currency={plan.currency} /></li>}
              </ul>
              <div class="line wrap">{button(plan)}</div>
            </div>
          </li>
        ))}
      </ul>
      {data && <Comparison plans={data.items} current={found.plan} />}
      {wanted && <Change plan={wanted} found={found} onClose={() => setWanted(null)} />}
    </section>
  );
}

/** The plans side by side, a line for each thing they differ in. */
function Comparison({ plans, current }: { plans: readonly PlanView[]; current: string }) {
  const price = (amount: string | null, plan: PlanView) => (amount === null ? <Dash /> : <Money amount={amount} currency={plan.currency} />);
  const lines: readonly { id: string; label: string; cell: (plan: PlanView) => ComponentChild }[] = [
    { id: "price", label: t("subscription.price"), cell: (plan) => price(plan.price, plan) },
    { id: "seats", label: codeText("subscription_usage", "seats"), cell: (plan) => formatNumber(plan.seats) },
    { id: "orders", label: codeText("subscription_usage", "orders"), cell: (plan) => formatNumber(plan.orders) },
    { id: "channels", label: codeText("subscription_usage", "channels"), cell: (plan) => formatNumber(plan.channels) },
    { id: "storage", label: codeText("subscription_usage", "storage_bytes"), cell: (plan) => sizeOf("storage_bytes", plan.storage_bytes) },
    { id: "extra_order", label: t("subscription.an_extra_order"), cell: (plan) => price(plan.extra_order, plan) },
    { id: "extra_seat", label: t("subscription.an_extra_seat"), cell: (plan) => price(plan.extra_seat, plan) },
  ];
  return (
    <details class="comparison-fold">
      <summary>{t("subscription.compare")}</summary>
      <div class="card table-scroll" tabIndex={0} role="region" aria-label={t("subscription.compare")}>
        <table class="table comparison">
          <thead><tr><td />{plans.map((plan) => <th key={plan.id} scope="col" class="end">{codeText("plan", plan.id)}{plan.id === current && <> <Badge>{t("subscription.current")}</Badge></>}</th>)}</tr></thead>
          <tbody>{lines.map((line) => <tr key={line.id}><th scope="row">{line.label}</th>{plans.map((plan) => <td key={plan.id} class="end figure">{line.cell(plan)}</td>)}</tr>)}</tbody>
        </table>
      </div>
    </details>
  );
}

function TaxNumber() {
  const { data } = useResource<TaxView>(`${API}/tax-number`, KINDS);
  const [open, setOpen] = useState(false);
  async function send(body: Record<string, unknown>): Promise<void> {
    await api.put(`${API}/tax-number`, { vat_number: String(body.vat_number ?? "") });
    announce("subscription", "");
  }
  return (
    <p class="line wrap">
      <span>{t("subscription.vat_number")}: {data?.vat_number || t("subscription.no_vat_number")}</span>
      {may("subscription.manage") && <button type="button" class="button small" onClick={() => setOpen(true)}>{t("action.edit")}</button>}
      {open && <FormDialog title={t("subscription.vat_number")} fields={[{ key: "vat_number", label: "subscription.vat_number", type: "text", full: true }]} values={{ vat_number: data?.vat_number ?? "" }} submit={t("action.save")} send={send} onClose={() => setOpen(false)} />}
    </p>
  );
}

export function SubscriptionScreen() {
  const { data: found, error, refetch } = useResource<SubscriptionView>(`${API}/subscription`, KINDS);
  const columns = [
    { key: "number", label: t("subscription.invoice"), primary: true, cell: (row: StripeInvoice) => <a href={row.page_url} target="_blank" rel="noreferrer">{row.number}</a> },
    { key: "issued_at", label: t("subscription.issued"), labelled: true, cell: (row: StripeInvoice) => <DateTime instant={row.issued_at} /> },
    { key: "state", label: t("attribute.state"), cell: (row: StripeInvoice) => <Badge tone={row.state === "paid" ? "good" : row.state === "open" ? "warn" : "quiet"}>{codeText("subscription_invoice", row.state)}</Badge> },
    { key: "total", label: t("subscription.total"), align: "end" as const, labelled: true, cell: (row: StripeInvoice) => <Money amount={row.total} currency={row.currency} /> },
  ];
  return (
    <SettingsPage section="subscription" wide>
      {error !== undefined && !found && <Problem error={error} retry={refetch} />}
      {!found && error === undefined && <Skeleton lines={6} />}
      {found && (
        <div class="stack roomy">
          <div class="subscription-top"><Standing found={found} /><Usage found={found} /></div>
          <Plans found={found} />
          {found.is_billing_on && <Rows<StripeInvoice & { kind: string }> title={t("subscription.invoices")} path={`${API}/invoices`} kinds={KINDS} columns={columns} empty={t("subscription.no_invoices")} actions={<TaxNumber />} />}
        </div>
      )}
    </SettingsPage>
  );
}
