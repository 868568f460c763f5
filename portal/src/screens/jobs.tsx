/** Long work of the API: followed until it is over, stopped, shown as it goes on and as it ended. It goes on without us. */
import { useEffect } from "preact/hooks";
import { api } from "../api";
import type { JobRow, JobView } from "../api_types";
import { announce } from "../changes";
import { Notice, Progress } from "../design/feedback";
import { Table } from "../design/table";
import { toastError } from "../design/toast";
import { Badge, DateTime, Dash, type Tone } from "../design/values";
import { formatNumber } from "../format";
import { codeText, has, t } from "../i18n";
import { useResource } from "../resource";

const ASKED_MS = 700;

export const isOpen = (job: { state: string }) => job.state === "queued" || job.state === "running";
export const problemsFile = (path: string, job: { id: string }) => `${path}/${job.id}/problems`;

/** The job until it is over, told each time it is asked for. */
export async function followJob(path: string, job: JobView, tell: (job: JobView) => void): Promise<JobView> {
  let now = job;
  while (isOpen(now)) {
    tell(now);
    await new Promise((resolve) => { setTimeout(resolve, ASKED_MS); });
    now = (await api.get<JobView>(`${path}/${job.id}`)).body;
  }
  return now;
}

async function stop(path: string, job: JobView): Promise<void> {
  await api.post<JobView>(`${path}/${job.id}/cancel`);
  announce("job", job.id);
}

/** A job that goes on by itself on its page; it is asked for again while it is open. */
export function useJob(path: string, id: string | undefined): JobView | undefined {
  const { data, refetch } = useResource<JobView>(id ? `${path}/${id}` : null, ["job"], id);
  useEffect(() => {
    if (!data || !isOpen(data)) return undefined;
    const timer = setTimeout(() => void refetch(), ASKED_MS);
    return () => clearTimeout(timer);
  }, [data?.version, data?.state, data]);
  return data;
}

/** How far it is, at which rate, how long it takes; with a way to stop it. */
export function RunningJob({ path, job, label }: { path: string; job: JobView; label: string }) {
  const rate = job.progress.rate_per_second;
  return (
    <div class="stack">
      <Progress
        label={label} done={job.progress.done} total={job.progress.total} seconds={rate ? job.progress.done / rate : 0}
        onCancel={job.allowed_actions.includes("cancel") ? () => void stop(path, job).catch(toastError) : undefined}
      />
      {job.resume_at && <Notice tone="warn">{t("job.waits")} <DateTime instant={job.resume_at} /></Notice>}
    </div>
  );
}

/** Why a job ended before its end, in our words. */
function reasonOf(job: JobView): string {
  const key = `shop_failure.${job.failure_code}`;
  return has(key) ? t(key) : `${codeText("error", job.failure_code)}: ${job.failure_detail}`;
}

/** Says of a job that is over before its end that somebody stopped it, or what did. */
export function EndedEarly({ job }: { job: JobView }) {
  if (job.state === "cancelled") return <Notice tone="warn">{t("import.stopped", { count: Math.max(job.progress.total - job.progress.done, 0) })}</Notice>;
  if (job.state === "failed") return <Notice tone="bad">{reasonOf(job)}</Notice>;
  return null;
}

const TONES: Readonly<Record<string, Tone>> = { queued: "quiet", running: "quiet", done: "good", failed: "bad", cancelled: "warn" };

/** The newest work of a kind, whoever began it. */
export function RecentJobs({ path, title, subjectId }: { path: string; title: string; subjectId?: string }) {
  const { data } = useResource<{ items: readonly JobRow[] }>(`${path}?limit=5${subjectId ? `&subject_id=${subjectId}` : ""}`, ["job"]);
  if (!data || data.items.length === 0) return null;
  const columns = [
    { key: "title", label: t("import.what"), primary: true, cell: (row: JobRow) => <span>{row.title || t("import.step_file")}{row.dry_run && <> <Badge tone="quiet">{t("import.step_check")}</Badge></>}</span> },
    { key: "state", label: t("attribute.state"), cell: (row: JobRow) => <Badge tone={TONES[row.state] ?? "quiet"}>{codeText("job_state", row.state)}</Badge> },
    { key: "done", label: t("import.read"), align: "end" as const, labelled: true, cell: (row: JobRow) => <span class="figure">{t("job.of", { done: formatNumber(row.done), total: formatNumber(row.total) })}</span> },
    { key: "problems", label: t("import.problems"), align: "end" as const, labelled: true, cell: (row: JobRow) => (row.problem_count > 0 ? <a href={problemsFile(path, row)} download="problems.csv">{formatNumber(row.problem_count)}</a> : <Dash />) },
    { key: "actor_name", label: t("job.by"), labelled: true, cell: (row: JobRow) => row.actor_name || <Dash /> },
    { key: "created_at", label: t("attribute.date"), labelled: true, cell: (row: JobRow) => <DateTime instant={row.created_at} /> },
  ];
  return (
    <section class="card">
      <header><h2>{title}</h2></header>
      <Table label={title} rows={data.items} columns={columns} rowId={(row) => row.id} />
    </section>
  );
}
