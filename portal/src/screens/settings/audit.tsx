/** Who did what, when and from where: searched, shown field by field, taken away as a file, checked against its seals. */
import { useState } from "preact/hooks";
import { api } from "../../api";
import type { AuditRecord, AuditRow, Check, DocumentChange, Download, FieldChange, JobView, UserRow } from "../../api_types";
import { Notice, Problem, Skeleton } from "../../design/feedback";
import { Icon } from "../../design/icons";
import { Dialog, Menu } from "../../design/overlay";
import { Table } from "../../design/table";
import { toast, toastError } from "../../design/toast";
import { Badge, CopyId, Dash, DateTime, Day, KeyValue } from "../../design/values";
import { documentHref } from "../../entities";
import { codeText, t } from "../../i18n";
import { useResource } from "../../resource";
import { place, setQuery } from "../../router";
import { may } from "../../session";
import { followJob, RunningJob } from "../jobs";
import { SettingsPage } from "./layout";
import { Rows } from "./rows";

const VIEWS = [["", "audit.view_all"], ["people", "audit.view_people"], ["sign_ins", "audit.view_sign_ins"]] as const;
const FILTERS = ["view", "person", "actor_id", "event", "operation", "document_kind", "document_id", "source_ip", "q", "from", "to"] as const;
const ACTORS = ["user", "api_key", "connection", "anonymous", "operator"] as const;

function asked(): Record<string, string> {
  const query: Record<string, string> = {};
  for (const name of [...FILTERS, "actor_kind"]) {
    const value = place.value.query.get(name);
    if (value) query[name] = value;
  }
  return query;
}

export function actorText(row: Pick<AuditRow, "actor_kind" | "actor_name">): string {
  return row.actor_name || codeText("actor", row.actor_kind);
}

function Subject({ row }: { row: Pick<AuditRow, "document_kind" | "document_id" | "label"> }) {
  const href = documentHref(row.document_kind, row.document_id);
  const text = row.label || `${row.document_kind} ${row.document_id}`;
  return href ? <a class="in-text" href={href}>{text}</a> : <span class="wrapping">{text}</span>;
}

function Value({ value }: { value: unknown }) {
  if (value === null || value === undefined || value === "") return <Dash />;
  return <code class="wrapping">{typeof value === "string" ? value : JSON.stringify(value)}</code>;
}

function Changes({ change }: { change: DocumentChange }) {
  const columns = [
    { key: "path", label: t("audit.field"), primary: true, cell: (row: FieldChange) => <code class="wrapping">{row.path}</code> },
    { key: "before", label: t("audit.before"), labelled: true, cell: (row: FieldChange) => <Value value={row.before} /> },
    { key: "after", label: t("audit.after"), labelled: true, cell: (row: FieldChange) => <Value value={row.after} /> },
  ];
  const title = `${codeText("audit_verb", change.verb)} · ${change.kind} ${change.id}`;
  return (
    <section class="stack">
      <h3 class="wrapping">{title}</h3>
      {change.fields.length > 0 ? <Table label={title} rows={change.fields} columns={columns} rowId={(row) => row.path} /> : <p class="muted">{t("audit.no_fields")}</p>}
      {change.more > 0 && <p class="muted">{t("audit.more_fields", { count: change.more })}</p>}
    </section>
  );
}

export function RecordDialog({ id, path = "/api/audit/records", onClose }: { id: string; path?: string; onClose: () => void }) {
  const { data, error } = useResource<AuditRecord>(`${path}/${encodeURIComponent(id)}`, [], id);
  return (
    <Dialog title={data ? codeText("timeline", data.event) : t("audit.record")} onClose={onClose} wide footer={<button type="button" class="button" onClick={onClose}>{t("action.close")}</button>}>
      {error !== undefined && !data && <Problem error={error} />}
      {!data && !error && <Skeleton lines={6} />}
      {data && (
        <div class="stack">
          <KeyValue
            items={[
              [t("audit.who"), `${actorText(data)} (${codeText("actor", data.actor_kind)})`], [t("audit.when"), <DateTime instant={data.at} />],
              ...(data.consented_by ? [[t("audit.consent"), data.consented_by] as [string, string]] : []),
              [t("attribute.document"), <Subject row={data} />], [t("audit.operation"), <code class="wrapping">{data.operation}</code>],
              [t("sign_in.source_ip"), data.source_ip ? <code>{data.source_ip}</code> : null], [t("sign_in.browser"), data.user_agent ? <span class="small wrapping">{data.user_agent}</span> : null],
              [t("requests.request_id"), <CopyId id={data.request_id} />], [t("audit.kept_until"), <Day date={data.expires_on} />],
            ]}
          />
          {data.changes.map((change) => <Changes key={`${change.kind} ${change.id}`} change={change} />)}
          {data.changes.length === 0 && <p class="muted">{t("audit.no_fields")}</p>}
        </div>
      )}
    </Dialog>
  );
}

const dayOf = (instant: Date) => instant.toISOString().slice(0, 10);

/** Compares a period with its seals. */
function CheckDialog({ onClose }: { onClose: () => void }) {
  const [from, setFrom] = useState(dayOf(new Date(Date.now() - 7 * 86_400_000)));
  const [to, setTo] = useState(dayOf(new Date()));
  const [found, setFound] = useState<Check | null>(null);
  const [busy, setBusy] = useState(false);
  async function run(): Promise<void> {
    setBusy(true);
    setFound(null);
    await api.get<Check>("/api/audit/check", { query: { from, to } }).then((answer) => setFound(answer.body)).catch(toastError);
    setBusy(false);
  }
  const buttons = (
    <>
      <button type="button" class="button" onClick={onClose}>{t("action.close")}</button>
      <button type="button" class="button primary" disabled={busy} onClick={() => void run()}>{t("audit.check")}</button>
    </>
  );
  return (
    <Dialog title={t("audit.check_title")} onClose={onClose} footer={buttons}>
      <div class="stack">
        <p class="muted">{t("audit.check_text")}</p>
        <div class="line wrap">
          <label class="stack"><span class="small">{t("audit.from")}</span><input class="input" type="date" value={from} onInput={(event) => setFrom(event.currentTarget.value)} /></label>
          <label class="stack"><span class="small">{t("audit.to")}</span><input class="input" type="date" value={to} onInput={(event) => setTo(event.currentTarget.value)} /></label>
        </div>
        {busy && <Skeleton lines={2} />}
        {found && found.findings.length === 0 && <Notice tone="good">{t("audit.whole", { records: found.records, hours: found.hours })}</Notice>}
        {found?.findings.map((each) => (
          <Notice key={`${each.hour} ${each.code}`} tone="bad">{t("audit.finding", { hour: `${each.hour.slice(0, 4)}-${each.hour.slice(4, 6)}-${each.hour.slice(6, 8)} ${each.hour.slice(8)}:00`, what: codeText("audit_finding", each.code) })}</Notice>
        ))}
        {found?.sealed_through && <p class="small muted">{t("audit.sealed_through")} <DateTime instant={found.sealed_through} full /></p>}
      </div>
    </Dialog>
  );
}

function Choice({ name, label, options }: { name: string; label: string; options: readonly (readonly [value: string, text: string])[] }) {
  return (
    <select class="input" aria-label={label} value={place.value.query.get(name) ?? ""} onChange={(event) => setQuery({ [name]: event.currentTarget.value || null })}>
      <option value="">{label}</option>
      {options.map(([value, text]) => <option key={value} value={value}>{text}</option>)}
    </select>
  );
}

function Filters() {
  const { data: users } = useResource<{ items: UserRow[] }>(may("users.read") ? "/api/tenants/users?limit=100" : null, ["user"]);
  const value = (name: string) => place.value.query.get(name) ?? "";
  const day = (name: string, label: string) => (
    <input class="input" type="date" aria-label={label} title={label} value={value(name)} onChange={(event) => setQuery({ [name]: event.currentTarget.value || null })} />
  );
  return (
    <div class="line wrap request-filters">
      <select class="input" aria-label={t("audit.view")} value={value("view")} onChange={(event) => setQuery({ view: event.currentTarget.value || null })}>
        {VIEWS.map(([name, label]) => <option key={name} value={name}>{t(label)}</option>)}
      </select>
      {users && <Choice name="person" label={t("audit.everybody")} options={users.items.map((user) => [user.id, user.name] as const)} />}
      <Choice name="actor_kind" label={t("audit.every_kind")} options={ACTORS.map((each) => [each, codeText("actor", each)] as const)} />
      {day("from", t("audit.from"))}
      {day("to", t("audit.to"))}
      <input class="input" type="search" placeholder={t("audit.search")} aria-label={t("audit.search")} value={value("q")} onChange={(event) => setQuery({ q: event.currentTarget.value.trim() || null })} />
      {value("document_id") && <button type="button" class="button small" onClick={() => setQuery({ document_kind: null, document_id: null })}>{value("document_kind")} {value("document_id")}<Icon name="close" /></button>}
    </div>
  );
}

const EXPORTS = "/api/audit/export-jobs";

/** Makes a file of what the filters find and fetches it; it goes on without us, and is kept for a week. */
async function makeFile(format: string, filters: Record<string, string>, tell: (job: JobView) => void): Promise<void> {
  const job = await followJob(EXPORTS, (await api.post<JobView>(EXPORTS, { format, filters })).body, tell);
  if (job.state === "done") window.location.assign((await api.get<Download>(`${EXPORTS}/${job.id}/download`)).body.url);
  else toast(job.state === "failed" ? codeText("error", job.failure_code) : codeText("job_state", job.state));
}

export function AuditScreen() {
  const [chosen, setChosen] = useState<string | null>(null);
  const [checking, setChecking] = useState(false);
  const query = asked();
  const [making, setMaking] = useState<JobView | null>(null);
  const file = (format: string) => () => void makeFile(format, query, setMaking).catch(toastError).finally(() => setMaking(null));
  const columns = [
    {
      key: "event", label: t("audit.what"), primary: true,
      cell: (row: AuditRow) => <button type="button" class="button quiet small" onClick={() => setChosen(row.id)}>{codeText("timeline", row.event)}</button>,
    },
    { key: "document", label: t("attribute.document"), cell: (row: AuditRow) => <Subject row={row} /> },
    { key: "actor", label: t("audit.who"), labelled: true, cell: (row: AuditRow) => <span>{actorText(row)}{row.actor_kind !== "user" && row.actor_name && <> <Badge>{codeText("actor", row.actor_kind)}</Badge></>}{row.consented_by && <> <Badge tone="info">{t("audit.by_consent", { name: row.consented_by })}</Badge></>}</span> },
    { key: "at", label: t("audit.when"), labelled: true, cell: (row: AuditRow) => <DateTime instant={row.at} /> },
    { key: "source_ip", label: t("sign_in.source_ip"), labelled: true, cell: (row: AuditRow) => (row.source_ip ? <code>{row.source_ip}</code> : <Dash />) },
    { key: "operation", label: t("audit.operation"), cell: (row: AuditRow) => <code class="small wrapping">{row.operation}</code> },
  ];
  const actions = (
    <div class="line wrap">
      <button type="button" class="button" onClick={() => setChecking(true)}><Icon name="check" />{t("audit.check")}</button>
      <Menu button={<><Icon name="download" />{t("reports.export")}</>} items={[
        { label: t("reports.csv"), icon: "download" as const, run: file("csv") }, { label: t("reports.xlsx"), icon: "download" as const, run: file("xlsx") },
      ]} />
    </div>
  );
  return (
    <SettingsPage section="audit" actions={actions} wide>
      <p class="muted">{t("audit.text")}</p>
      {making && <RunningJob path={EXPORTS} job={making} label={t("audit.exporting")} />}
      <Filters />
      <Rows<AuditRow> title={t("audit.title")} path="/api/audit/records" query={query} kinds={["audit_record"]} columns={columns} empty={t("list.none")} />
      {chosen && <RecordDialog id={chosen} onClose={() => setChosen(null)} />}
      {checking && <CheckDialog onClose={() => setChecking(false)} />}
    </SettingsPage>
  );
}
