/** What waits to be invoiced, and the runs that issue many: chosen, started, followed, with what could not be issued and why. */
import { useEffect, useState } from "preact/hooks";
import { api } from "../../api";
import type { BillingRow, JobRow, JobView } from "../../api_types";
import { Empty, Problem, Progress, Skeleton } from "../../design/feedback";
import { Icon } from "../../design/icons";
import { ask } from "../../design/overlay";
import { Table } from "../../design/table";
import { toastError } from "../../design/toast";
import { Badge, Dash, DateTime, Money } from "../../design/values";
import { documentHref } from "../../entities";
import { codeText, t } from "../../i18n";
import { useResource } from "../../resource";
import { may } from "../../session";
import { channelNames } from "../names";

const FOLLOW_MS = 700;
const OPEN = new Set(["queued", "running"]);

/** A run as it goes on, until it is over. */
function useRun(id: string | null, onEnd: () => void): JobView | null {
  const [run, setRun] = useState<JobView | null>(null);
  useEffect(() => {
    setRun(null);
    if (!id) return;
    let timer = 0;
    let stopped = false;
    async function look(): Promise<void> {
      try {
        const { body } = await api.get<JobView>(`/api/invoicing/runs/${encodeURIComponent(id as string)}`);
        if (stopped) return;
        setRun(body);
        if (OPEN.has(body.state)) timer = window.setTimeout(() => void look(), FOLLOW_MS);
        else onEnd();
      } catch (error) {
        toastError(error);
      }
    }
    void look();
    return () => {
      stopped = true;
      window.clearTimeout(timer);
    };
  }, [id]);
  return run;
}

function RunCard({ run }: { run: JobView }) {
  const seconds = run.started_at && run.updated_at ? Math.max((Date.parse(run.updated_at) - Date.parse(run.started_at)) / 1000, 1) : 0;
  const stop = () => void api.post(`/api/invoicing/runs/${encodeURIComponent(run.id)}/cancel`, {}).catch(toastError);
  const counts = run.counts as Record<string, number>;
  return (
    <section class="card" aria-live="polite">
      <header><h2>{t("invoice.run")}</h2><Badge tone={run.state === "done" ? "good" : OPEN.has(run.state) ? "info" : "warn"}>{codeText("job_state", run.state)}</Badge></header>
      <div class="card-body stack">
        <Progress label={t("invoice.run_progress", { issued: counts.issued ?? 0, refused: counts.refused ?? 0, nothing: counts.nothing ?? 0 })} done={run.progress.done} total={run.progress.total} seconds={seconds} onCancel={OPEN.has(run.state) && may("invoices.issue") ? stop : undefined} />
        {run.problems.length > 0 && (
          <Table
            label={t("invoice.run_problems")} rows={run.problems} rowId={(each) => `${each.line} ${each.code}`}
            columns={[
              { key: "path", label: t("order.singular"), primary: true, cell: (each) => each.path },
              { key: "detail", label: t("attribute.problem"), cell: (each) => <span class="wrapping">{each.detail}</span> },
            ]}
          />
        )}
      </div>
    </section>
  );
}

function Runs({ onOpen }: { onOpen: (id: string) => void }) {
  const { data } = useResource<{ items: JobRow[] }>("/api/invoicing/runs?limit=10", ["job"]);
  if (!data || data.items.length === 0) return null;
  return (
    <section class="card">
      <header><h2>{t("invoice.runs")}</h2></header>
      <Table
        label={t("invoice.runs")} rows={data.items} rowId={(run) => run.id}
        columns={[
          { key: "created_at", label: t("attribute.created_at"), primary: true, cell: (run) => <button type="button" class="button quiet small" onClick={() => onOpen(run.id)}><DateTime instant={run.created_at} /></button> },
          { key: "state", label: t("attribute.state"), cell: (run) => <Badge>{codeText("job_state", run.state)}</Badge> },
          { key: "done", label: t("invoice.run_done"), align: "end", labelled: true, cell: (run) => <span class="figure">{run.done} / {run.total}</span> },
          { key: "problems", label: t("attribute.problem"), align: "end", labelled: true, cell: (run) => (run.problem_count ? <Badge tone="warn">{run.problem_count}</Badge> : <Dash />) },
          { key: "actor", label: t("invoice.started_by"), cell: (run) => run.actor_name },
        ]}
      />
    </section>
  );
}

export function ToInvoiceScreen() {
  const { data, error, refetch } = useResource<{ items: BillingRow[]; cursor: string | null }>("/api/invoicing/billings?limit=100", ["sales_order", "invoice", "job"]);
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [started, setStarted] = useState<string | null>(null);
  const run = useRun(started, () => void refetch());
  const mayIssue = may("invoices.issue");

  async function start(all: boolean): Promise<void> {
    if (all && !(await ask({ title: t("invoice.issue_all"), text: t("invoice.issue_all_question"), confirm: t("invoice.issue_all") }))) return;
    try {
      const { body } = await api.post<JobView>("/api/invoicing/runs", { order_ids: all ? [] : [...picked] });
      setPicked(new Set());
      setStarted(body.id);
    } catch (problem) {
      toastError(problem);
    }
  }
  return (
    <div class="page">
      <nav class="breadcrumb" aria-label={t("document.path")}>
        <a href="/invoices">{t("invoice.plural")}</a><Icon name="chevron-right" size={12} /><span>{t("invoice.to_invoice")}</span>
      </nav>
      <div class="page-header">
        <h1>{t("invoice.to_invoice")}</h1>
        {mayIssue && data && data.items.length > 0 && (
          <>
            <button type="button" class="button" onClick={() => void start(true)}>{t("invoice.issue_all")}</button>
            <button type="button" class="button primary" disabled={picked.size === 0} onClick={() => void start(false)}><Icon name="check" />{t("invoice.issue_picked", { count: picked.size })}</button>
          </>
        )}
      </div>
      {run && <RunCard run={run} />}
      {error && !data ? <Problem error={error} retry={refetch} /> : !data ? <Skeleton lines={6} /> : data.items.length === 0 ? (
        <Empty icon="check" title={t("invoice.nothing_waits")} text={t("invoice.nothing_waits_text")} />
      ) : (
        <section class="card">
          <Table
            label={t("invoice.to_invoice")} rows={data.items} rowId={(row) => row.id} rowName={(row) => row.number} keyboard
            href={(row) => documentHref("sales_order", row.id) ?? "#"} selection={mayIssue ? picked : undefined} onSelect={setPicked}
            columns={[
              { key: "number", label: t("order.singular"), primary: true, cell: (row) => row.number },
              { key: "customer_name", label: t("attribute.customer"), cell: (row) => row.customer_name || <Dash /> },
              { key: "channel", label: t("attribute.channel"), cell: (row) => (row.channel_id ? (channelNames.value[row.channel_id] ?? row.channel_id) : t("order.by_hand")) },
              { key: "since", label: t("invoice.waits_since"), cell: (row) => <DateTime instant={row.since} /> },
              { key: "parcels", label: t("invoice.parcels"), align: "end", labelled: true, cell: (row) => <span class="figure">{row.shipment_count}</span> },
              { key: "problem", label: t("attribute.problem"), cell: (row) => (row.problem ? <span class="wrapping">{row.problem}</span> : <Dash />) },
              { key: "paid_total", label: t("attribute.total"), align: "end", cell: (row) => <Money amount={row.paid_total} currency={row.currency} /> },
            ]}
          />
        </section>
      )}
      <Runs onOpen={setStarted} />
    </div>
  );
}
