/** The company's own data: taken along as one archive, brought into an empty company, left behind for good. */
import { useState } from "preact/hooks";
import { api } from "../../api";
import type { ClosureView, Download, ErasureRow, JobRow, JobView } from "../../api_types";
import { announce } from "../../changes";
import { Notice, Progress, Skeleton } from "../../design/feedback";
import { FileDrop } from "../../design/files";
import { Icon } from "../../design/icons";
import { Table } from "../../design/table";
import { toastError } from "../../design/toast";
import { Badge, Dash, DateTime, Day } from "../../design/values";
import { formatNumber } from "../../format";
import { codeText, t } from "../../i18n";
import { useResource } from "../../resource";
import { may, session } from "../../session";
import { EndedEarly, followJob, isOpen, problemsFile, RunningJob, useJob } from "../jobs";
import { FormDialog } from "../settings/form_dialog";
import { SettingsPage } from "../settings/layout";
import { EXPORTS, IMPORTS, startImport, upload } from "./uploading";

export function YourDataScreen() {
  return (
    <SettingsPage section="your-data">
      <ExportCard />
      <ImportCard />
      {may("data.erase") && <Erasures />}
      {may("data.erase") && <ClosingCard />}
    </SettingsPage>
  );
}

async function fetchArchive(row: { id: string }): Promise<void> {
  const { url } = (await api.get<Download>(`${EXPORTS}/${row.id}/download`)).body;
  window.location.assign(url);
}

const WEEK_MS = 7 * 86_400_000;
const isHere = (row: JobRow) => row.state === "done" && Date.now() - Date.parse(row.created_at) < WEEK_MS;

function ExportCard() {
  const { data, refetch } = useResource<{ items: readonly JobRow[] }>(`${EXPORTS}?limit=5`, ["job"]);
  const [busy, setBusy] = useState(false);
  const newest = data?.items[0];
  const running = useJob(EXPORTS, newest && isOpen(newest) ? newest.id : undefined);
  const isRunning = Boolean(running && isOpen(running));
  async function start(): Promise<void> {
    setBusy(true);
    await api.post<JobView>(EXPORTS).then(() => refetch()).catch(toastError);
    setBusy(false);
  }
  const columns = [
    { key: "created_at", label: t("attribute.date"), primary: true, cell: (row: JobRow) => <DateTime instant={row.created_at} /> },
    { key: "state", label: t("attribute.state"), cell: (row: JobRow) => <Badge tone={row.state === "done" ? "good" : row.state === "failed" ? "bad" : "quiet"}>{codeText("job_state", row.state)}</Badge> },
    { key: "done", label: t("your_data.documents"), align: "end" as const, labelled: true, cell: (row: JobRow) => <span class="figure">{formatNumber(row.done)}</span> },
    { key: "actor_name", label: t("job.by"), labelled: true, cell: (row: JobRow) => row.actor_name || <Dash /> },
    { key: "file", label: t("your_data.file"), align: "end" as const, cell: (row: JobRow) => (isHere(row) ? <button type="button" class="button small" onClick={() => void fetchArchive(row).catch(toastError)}><Icon name="download" size={12} />{t("your_data.download")}</button> : <Dash />) },
  ];
  return (
    <section class="card">
      <header><h2>{t("your_data.export")}</h2><button type="button" class="button primary" disabled={busy || isRunning} onClick={() => void start()}>{t("your_data.export_run")}</button></header>
      <div class="card-body stack"><p class="muted">{t("your_data.export_text")}</p>{running && isRunning && <RunningJob path={EXPORTS} job={running} label={t("your_data.exporting")} />}</div>
      {!data && <div class="card-body"><Skeleton /></div>}
      {data && data.items.length > 0 && <Table label={t("your_data.exports")} rows={data.items} columns={columns} rowId={(row) => row.id} />}
    </section>
  );
}

function ImportCard() {
  const [file, setFile] = useState<File | null>(null);
  const [sent, setSent] = useState<number | null>(null);
  const [work, setWork] = useState<JobView | null>(null);
  const [result, setResult] = useState<JobView | null>(null);
  async function run(dryRun: boolean): Promise<void> {
    if (!file) return;
    setResult(null);
    try {
      const id = await upload(file, setSent);
      setSent(null);
      setResult(await followJob(IMPORTS, await startImport(id, dryRun), setWork));
    } catch (error) {
      toastError(error);
    }
    setSent(null);
    setWork(null);
  }
  const isBusy = sent !== null || work !== null;
  return (
    <section class="card">
      <header><h2>{t("your_data.import")}</h2></header>
      <div class="card-body stack roomy">
        <p class="muted">{t("your_data.import_text")}</p>
        {!isBusy && <FileDrop label={t("your_data.drop")} accept=".zip,application/zip" onFiles={(files) => setFile(files[0] ?? null)} />}
        {file && !isBusy && (
          <div class="line wrap">
            <span class="grow">{file.name}</span>
            <button type="button" class="button" onClick={() => void run(true)}>{t("your_data.check")}</button>
            <button type="button" class="button primary" onClick={() => void run(false)}>{t("your_data.import_run")}</button>
          </div>
        )}
        {file && sent !== null && <Progress label={t("your_data.uploading")} done={sent} total={file.size} seconds={0} />}
        {work && <RunningJob path={IMPORTS} job={work} label={t("your_data.importing")} />}
        {result && <ImportResult job={result} />}
      </div>
    </section>
  );
}

function ImportResult({ job }: { job: JobView }) {
  if (job.state !== "done") return <EndedEarly job={job} />;
  if (job.problem_count === 0) return <Notice tone="good">{t(job.dry_run ? "your_data.check_good" : "your_data.import_good", { count: job.counts.items ?? job.done })}</Notice>;
  const columns = [
    { key: "line", label: t("your_data.line"), primary: true, cell: (row: Found) => `${row.path}${row.line ? `: ${row.line}` : ""}` },
    { key: "column", label: t("import.column"), cell: (row: Found) => row.column ?? <Dash /> },
    { key: "detail", label: t("your_data.wrong"), cell: (row: Found) => row.detail },
  ];
  return (
    <div class="stack">
      <Notice tone="bad">{t("your_data.import_bad", { count: job.problem_count })}</Notice>
      <Table label={t("import.problems")} rows={job.problems.slice(0, 20)} columns={columns} rowId={(row) => `${row.path} ${row.line} ${row.column}`} />
      <div><a class="button small" href={problemsFile(IMPORTS, job)} download="problems.csv"><Icon name="download" size={12} />{t("your_data.problems")}</a></div>
    </div>
  );
}

type Found = JobView["problems"][number];

function Erasures() {
  const { data } = useResource<{ items: readonly ErasureRow[] }>("/api/leaving/erasures?limit=20", ["customer", "user", "erasure"]);
  if (!data || data.items.length === 0) return null;
  const columns = [
    { key: "pseudonym", label: t("erasure.pseudonym"), primary: true, cell: (row: ErasureRow) => (row.subject_kind === "user" ? row.pseudonym : <a href={`/customers/${row.subject_id}`}>{row.pseudonym}</a>) },
    { key: "state", label: t("attribute.state"), cell: (row: ErasureRow) => <Badge tone={row.state === "erasing" ? "warn" : "quiet"}>{codeText("erasure_state", row.state)}</Badge> },
    { key: "asked_at", label: t("attribute.date"), labelled: true, cell: (row: ErasureRow) => <DateTime instant={row.asked_at} /> },
    { key: "kept_count", label: t("erasure.kept"), align: "end" as const, labelled: true, cell: (row: ErasureRow) => formatNumber(row.kept_count) },
    { key: "kept_until", label: t("erasure.until"), labelled: true, cell: (row: ErasureRow) => <Day date={row.kept_until} /> },
  ];
  return (
    <section class="card">
      <header><h2>{t("erasure.plural")}</h2></header>
      <Table label={t("erasure.plural")} rows={data.items} columns={columns} rowId={(row) => row.id} />
    </section>
  );
}

const CLOSURE = "/api/leaving/closure";

function ClosingCard() {
  const { data, refetch } = useResource<ClosureView>(CLOSURE, ["closure", "connection"]);
  const [asking, setAsking] = useState(false);
  if (!data) return null;
  const name = session.value?.tenant.name ?? "";
  const isRequested = data.state === "requested";
  async function after(): Promise<void> {
    announce("closure", "closure");
    await refetch();
  }
  async function withdraw(): Promise<void> {
    await api.post<ClosureView>(`${CLOSURE}/withdraw`).then(after).catch(toastError);
  }
  const blocked = data.obstacles.map((each) => each.replace(/^connection:/, "")).join(", ");
  return (
    <section class="card">
      <header>
        <h2>{t("closure.title")}</h2>
        {isRequested
          ? <button type="button" class="button" onClick={() => void withdraw()}>{t("closure.withdraw")}</button>
          : <button type="button" class="button danger" disabled={data.obstacles.length > 0} onClick={() => setAsking(true)}>{t("closure.request")}</button>}
      </header>
      <div class="card-body stack">
        <p class="muted">{t("closure.text")}</p>
        {isRequested && <Notice tone="warn">{t("closure.requested", { who: data.requested_by })} <DateTime instant={data.archive_from} />. {t("closure.kept_until")} <Day date={data.erase_after} />.</Notice>}
        {!isRequested && data.obstacles.length > 0 && <Notice>{t("closure.shops", { shops: blocked })}</Notice>}
      </div>
      {asking && (
        <FormDialog
          title={t("closure.request")} submit={t("closure.request")} danger onClose={() => setAsking(false)}
          fields={[{ key: "confirm", label: "closure.confirm", type: "text", required: true }]}
          send={async (body, idempotencyKey) => { await api.post(CLOSURE, body, { idempotencyKey }); await after(); }}
        >
          <p>{t("closure.warning", { name })}</p>
        </FormDialog>
      )}
    </section>
  );
}
