/** Erasing a person, from their page: what goes, what must be kept, until when and by which article; then the name typed. */
import { useState } from "preact/hooks";
import { api } from "../../api";
import type { JobView, Preview } from "../../api_types";
import { announce } from "../../changes";
import { Notice, Problem, Skeleton } from "../../design/feedback";
import { Table } from "../../design/table";
import { toast, toastError } from "../../design/toast";
import { Day } from "../../design/values";
import { formatNumber } from "../../format";
import { codeText, t } from "../../i18n";
import { useResource } from "../../resource";
import { followJob, isOpen, RunningJob, EndedEarly } from "../jobs";
import { FormDialog } from "../settings/form_dialog";

const JOBS = "/api/leaving/erasure-jobs";

type Kind = "customer" | "user";
type Finding = Preview["findings"][number];

export function ErasePerson({ id }: { id: string }) {
  const [asking, setAsking] = useState(false);
  const [work, setWork] = useState<JobView | null>(null);
  async function follow(job: JobView): Promise<void> {
    const done = await followJob(JOBS, job, setWork);
    setWork(done.state === "done" ? null : done);
    announce("customer", id);
  }
  return (
    <div class="stack">
      <p class="muted small">{t("erasure.text")}</p>
      {work && isOpen(work) && <RunningJob path={JOBS} job={work} label={t("erasure.running")} />}
      {work && !isOpen(work) && <EndedEarly job={work} />}
      {!work && <div><button type="button" class="button danger" onClick={() => setAsking(true)}>{t("erasure.ask")}</button></div>}
      {asking && <Asking id={id} kind="customer" onClose={() => setAsking(false)} onStarted={(job) => void follow(job)} />}
    </div>
  );
}

/** The dialog that erases a user; the work goes on when it is closed. */
export function EraseUser({ id, onClose }: { id: string; onClose: () => void }) {
  async function follow(job: JobView): Promise<void> {
    toast(t("erasure.running"));
    await followJob(JOBS, job, () => announce("user", id));
    announce("user", id);
    announce("erasure", id);
  }
  return <Asking id={id} kind="user" onClose={onClose} onStarted={(job) => void follow(job).catch(toastError)} />;
}

function Asking({ id, kind, onClose, onStarted }: { id: string; kind: Kind; onClose: () => void; onStarted: (job: JobView) => void }) {
  const { data, error, refetch } = useResource<Preview>(`/api/leaving/${kind}s/${encodeURIComponent(id)}/preview`);
  const isBlocked = Boolean(data && data.obstacles.length > 0);
  return (
    <FormDialog
      title={t("erasure.ask")} submit={t("erasure.run")} danger wide onClose={onClose}
      fields={isBlocked ? [] : [{ key: "confirm", label: kind === "user" ? "erasure.user_confirm" : "erasure.confirm", type: "text", required: true }]}
      send={async (body, idempotencyKey) => {
        onStarted((await api.post<JobView>("/api/leaving/erasures", { confirm: "", ...body, [`${kind}_id`]: id }, { idempotencyKey })).body);
      }}
    >
      {error ? <Problem error={error} retry={refetch} /> : !data ? <Skeleton /> : <Findings preview={data} kind={kind} />}
    </FormDialog>
  );
}

function Findings({ preview, kind }: { preview: Preview; kind: Kind }) {
  const columns = [
    { key: "document_kind", label: t("erasure.what"), primary: true, cell: (row: Finding) => codeText("erased_kind", row.document_kind) },
    { key: "count", label: t("erasure.count"), align: "end" as const, labelled: true, cell: (row: Finding) => formatNumber(row.count) },
    { key: "outcome", label: t("erasure.outcome"), cell: (row: Finding) => (row.until ? <>{t("erasure.sealed")} <Day date={row.until} /></> : t("erasure.gone")) },
    { key: "ground", label: t("erasure.ground"), labelled: true, cell: (row: Finding) => <span class="muted small">{codeText("erasure_ground", row.outcome)}</span> },
  ];
  return (
    <div class="stack roomy">
      {preview.obstacles.length > 0 && <Notice tone="warn">{kind === "user" ? t("erasure.blocked", { why: preview.obstacles.map((each) => codeText("error", each)).join(" ") }) : t("erasure.open", { what: preview.obstacles.map((each) => each.replace(/^\w+:/, "")).join(", ") })}</Notice>}
      <Table label={t("erasure.ask")} rows={preview.findings} columns={columns} rowId={(row) => `${row.document_kind} ${row.outcome} ${row.until}`} />
      <p>{t("erasure.final", { name: preview.name })}</p>
      <p class="muted small">{t(kind === "user" ? "erasure.user_text" : "erasure.audit")}</p>
      <p class="muted small">{t("erasure.copies")}</p>
    </div>
  );
}
