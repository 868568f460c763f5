/** Tabs that are links (the view is in the address), the pager of a cursor list, and the CSV button. */
import { useState } from "preact/hooks";
import { t } from "../i18n";
import { Icon } from "./icons";
import { toastError } from "./toast";
import { Count } from "./values";

export interface Tab {
  id: string;
  label: string;
  href: string;
  count?: number;
}

export function Tabs({ label, tabs, current }: { label: string; tabs: readonly Tab[]; current: string }) {
  return (
    <nav class="tabs no-print" aria-label={label}>
      {tabs.map((tab) => (
        <a key={tab.id} href={tab.href} aria-current={tab.id === current ? "page" : undefined}>
          {tab.label}
          {tab.count !== undefined && <Count value={tab.count} />}
        </a>
      ))}
    </nav>
  );
}

interface PagerProps {
  shown: number;
  count: number | undefined;
  hasMore: boolean;
  loading: boolean;
  onMore: () => void;
}

/** Lists go on by cursor: the next page is added below, so a selection survives. */
export function Pager({ shown, count, hasMore, loading, onMore }: PagerProps) {
  const text = count === undefined ? t("list.shown", { shown }) : t("list.shown_of", { shown, count });
  return (
    <div class="pager">
      <span class="grow" role="status">{text}</span>
      {hasMore && (
        <button type="button" class="button small" disabled={loading} onClick={onMore}>
          {loading ? t("state.loading") : t("list.more")}
        </button>
      )}
    </div>
  );
}

/** Exports exactly the view on screen: same filters, same columns, every page. */
export function CsvButton({ onExport }: { onExport: () => Promise<void> }) {
  const [busy, setBusy] = useState(false);
  async function run(): Promise<void> {
    setBusy(true);
    await onExport().catch(toastError);
    setBusy(false);
  }
  return (
    <button type="button" class="button quiet icon-only" aria-label={t("list.export")} title={t("list.export")} disabled={busy} onClick={run}>
      <Icon name="download" />
    </button>
  );
}
