/** What stands where data is not: skeletons while it comes, an empty state that teaches, a problem that says what to do, progress. */
import type { ComponentChildren } from "preact";
import { ApiError, errorText } from "../api";
import { formatDuration, formatNumber } from "../format";
import { t } from "../i18n";
import { Icon, type IconName } from "./icons";

const WIDTHS = ["72%", "54%", "84%", "63%", "47%"];

export function Skeleton({ lines = 3 }: { lines?: number }) {
  return (
    <div class="stack" role="status" aria-label={t("state.loading")}>
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} class="skeleton" style={{ width: WIDTHS[index % WIDTHS.length] }} />
      ))}
    </div>
  );
}

interface EmptyProps {
  icon: IconName;
  title: string;
  text: string;
  children?: ComponentChildren;
}

export function Empty({ icon, title, text, children }: EmptyProps) {
  return (
    <div class="empty">
      <Icon name={icon} size={32} />
      <h2>{title}</h2>
      <p>{text}</p>
      {children && <div class="line">{children}</div>}
    </div>
  );
}

export function Notice({ tone = "info", children }: { tone?: "info" | "good" | "warn" | "bad"; children: ComponentChildren }) {
  return (
    <div class={`notice ${tone}`} role={tone === "bad" ? "alert" : undefined}>
      <Icon name={tone === "bad" || tone === "warn" ? "alert" : "info"} />
      <div class="grow">{children}</div>
    </div>
  );
}

/** A failed load: what happened, the request id for support, and the way to try again. */
export function Problem({ error, retry }: { error: unknown; retry?: () => void }) {
  const requestId = error instanceof ApiError ? error.requestId : null;
  const code = error instanceof ApiError ? error.code : "";
  if (code === "subscription_suspended" || code === "tenant_suspended") return <Shut code={code} error={error} />;
  return (
    <div class="empty" role="alert">
      <Icon name="alert" size={32} />
      <h2>{error instanceof ApiError && error.status === 404 ? t("error.not_found_title") : t("error.title")}</h2>
      <p>{errorText(error)}</p>
      {requestId && <p class="small faint mono">{t("error.request", { id: requestId })}</p>}
      {retry && <div class="line"><button type="button" class="button" onClick={retry}>{t("action.retry")}</button></div>}
    </div>
  );
}

/** What a subscription that is not paid closed: nothing failed, so there is nothing to try again, but a way on. */
function Shut({ code, error }: { code: string; error: unknown }) {
  return (
    <div class="empty" role="alert">
      <Icon name="alert" size={32} />
      <h2>{t(code === "tenant_suspended" ? "error.closed_title" : "error.suspended_title")}</h2>
      <p>{errorText(error)}</p>
      {code === "subscription_suspended" && <div class="line"><a class="button primary" href="/settings/subscription">{t("subscription.put_right")}</a></div>}
    </div>
  );
}

interface ProgressProps {
  label: string;
  done: number;
  total: number;
  /** Seconds since the work began: gives rate and remaining time. */
  seconds: number;
  onCancel?: () => void;
}

/** Long work: done of total, rate, remaining. */
export function Progress({ label, done, total, seconds, onCancel }: ProgressProps) {
  const rate = seconds > 0 ? done / seconds : 0;
  const facts = [t("progress.done", { done: formatNumber(done), total: formatNumber(total) })];
  if (rate > 0 && done < total) {
    facts.push(t("progress.rate", { rate: formatNumber(rate >= 10 ? Math.round(rate) : rate.toFixed(1)) }));
    facts.push(t("progress.remaining", { time: formatDuration(Math.ceil((total - done) / rate)) }));
  }
  return (
    <div class="progress">
      <div class="line">
        <span class="grow">{label}</span>
        {onCancel && <button type="button" class="button small" onClick={onCancel}>{t("action.cancel")}</button>}
      </div>
      <progress max={total} value={done} aria-label={label} />
      <span class="figure">{facts.join(" · ")}</span>
    </div>
  );
}
