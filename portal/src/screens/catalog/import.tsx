/** Products from a CSV file, in four steps: the file, its columns, a trial that keeps nothing, the result. */
import { useState } from "preact/hooks";
import type { JobView } from "../../api_types";
import { Notice, Skeleton } from "../../design/feedback";
import { FileDrop } from "../../design/files";
import { Icon } from "../../design/icons";
import { toastError } from "../../design/toast";
import { Dash } from "../../design/values";
import { t, type MessageKey } from "../../i18n";
import { EndedEarly, followJob, problemsFile, RecentJobs, RunningJob } from "../jobs";
import { guessMapping, readSheet, readText, type Sheet } from "./csv_reading";
import { AXIS, EXPORT, fieldsOfColumns, IMPORT_FIELDS, IMPORTS, startImport, TEMPLATE } from "./importing";
import { Outcome } from "./outcome";

const STEPS: readonly MessageKey[] = ["import.step_file", "import.step_columns", "import.step_check", "import.step_result"];

interface Source {
  name: string;
  text: string;
  sheet: Sheet;
}

/** Which field each column of the file is; empty: left out. */
type Mapping = Record<string, string>;

function Steps({ current }: { current: number }) {
  return (
    <ol class="wizard-steps" aria-label={t("import.steps")}>
      {STEPS.map((step, index) => (
        <li key={step} class={index < current ? "done" : ""} aria-current={index === current ? "step" : undefined}>
          <span class="step-number">{index < current ? <Icon name="check" size={12} /> : index + 1}</span>{t(step)}
        </li>
      ))}
    </ol>
  );
}

function ChooseFile({ onSource }: { onSource: (source: Source) => void }) {
  async function take(files: File[]): Promise<void> {
    const file = files[0];
    if (!file) return;
    const text = await readText(file);
    onSource({ name: file.name, text, sheet: readSheet(text) });
  }
  return (
    <div class="stack roomy">
      <FileDrop label={t("import.drop")} accept=".csv,text/csv,text/plain" onFiles={(files) => void take(files).catch(toastError)} />
      <p class="muted small">{t("import.drop_help")}</p>
      <div class="line wrap">
        <a class="button small" href={TEMPLATE} download="template.csv"><Icon name="download" size={12} />{t("import.template")}</a>
        <a class="button small" href={EXPORT} download="products.csv"><Icon name="download" size={12} />{t("import.export")}</a>
      </div>
    </div>
  );
}

function MapColumns({ source, mapping, onMapping }: { source: Source; mapping: Mapping; onMapping: (mapping: Mapping) => void }) {
  const { header, rows } = source.sheet;
  const sample = (at: number) => rows.map((row) => row[at] ?? "").filter(Boolean).slice(0, 3).join(" · ");
  const taken = new Set(Object.values(mapping));
  return (
    <div class="table-scroll">
      <table class="table">
        <caption class="visually-hidden">{t("import.step_columns")}</caption>
        <thead><tr><th scope="col">{t("import.column")}</th><th scope="col">{t("import.sample")}</th><th scope="col">{t("import.field")}</th></tr></thead>
        <tbody>
          {header.map((column, at) => (
            <tr key={column}>
              <th scope="row" class="row-head">{column}</th>
              <td class="muted">{sample(at) || <Dash />}</td>
              <td>
                <select class="input" aria-label={column} value={mapping[column] ?? ""} onChange={(event) => onMapping({ ...mapping, [column]: event.currentTarget.value })}>
                  <option value="">{t("import.leave_out")}</option>
                  {IMPORT_FIELDS.map((field) => <option key={field.key} value={field.key} disabled={taken.has(field.key) && mapping[column] !== field.key}>{t(field.label)}</option>)}
                  <option value={column.startsWith(AXIS) ? column : `${AXIS}${column}`}>{t("import.axis", { name: column.replace(AXIS, "") })}</option>
                </select>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const figures = ({ progress, counts }: JobView): readonly (readonly [MessageKey, number])[] => [
  ["import.read", progress.total], ["import.created", counts.created ?? 0], ["import.changed", counts.changed ?? 0],
  ["import.unchanged", counts.unchanged ?? 0], ["import.rejected", counts.rejected ?? 0],
];

export function ImportScreen() {
  const [source, setSource] = useState<Source | null>(null);
  const [mapping, setMapping] = useState<Mapping>({});
  const [trial, setTrial] = useState<JobView | null>(null);
  const [result, setResult] = useState<JobView | null>(null);
  const [work, setWork] = useState<JobView | null>(null);
  const [busy, setBusy] = useState(false);
  const step = result ? 3 : trial ? 2 : source ? 1 : 0;
  const hasSku = Object.values(mapping).includes("sku");

  function open(next: Source): void {
    const names = Object.fromEntries(IMPORT_FIELDS.map((field) => [field.key, field.names]));
    setSource(next);
    setMapping(fieldsOfColumns(next.sheet.header, guessMapping(next.sheet.header, names)));
  }
  function restart(): void {
    setSource(null);
    setTrial(null);
    setResult(null);
  }
  async function run(dryRun: boolean): Promise<void> {
    if (!source || busy) return;
    setBusy(true);
    try {
      const file = { text: source.text, delimiter: source.sheet.separator, mapping, file_name: source.name };
      const done = await followJob(IMPORTS, await startImport(file, dryRun), setWork);
      if (done.state === "done" && dryRun) setTrial(done);
      else if (done.state !== "cancelled" || !dryRun) setResult(done);
    } catch (error) {
      toastError(error);
    }
    setWork(null);
    setBusy(false);
  }
  return (
    <div class="page">
      <nav class="breadcrumb" aria-label={t("document.path")}>
        <a href="/products">{t("product.plural")}</a><Icon name="chevron-right" size={12} /><span>{t("import.title")}</span>
      </nav>
      <div class="page-header">
        <h1>{t("import.title")}</h1>
        {step > 0 && <button type="button" class="button" disabled={busy} onClick={restart}>{t("import.other_file")}</button>}
        {step === 1 && <button type="button" class="button primary" disabled={busy || !hasSku} onClick={() => void run(true)}>{t("import.try")}</button>}
        {step === 2 && <button type="button" class="button" disabled={busy} onClick={() => setTrial(null)}>{t("import.back_to_columns")}</button>}
        {step === 2 && <button type="button" class="button primary" disabled={busy} onClick={() => void run(false)}>{t("import.run")}</button>}
        {step === 3 && <a class="button primary" href="/products">{t("product.plural")}</a>}
      </div>
      <Steps current={step} />
      {step === 0 && <ChooseFile onSource={open} />}
      {step === 0 && <RecentJobs path={IMPORTS} title={t("import.recent")} />}
      {source && step === 1 && (
        <>
          {!hasSku && <Notice tone="warn">{t("import.missing")}</Notice>}
          <section class="card">
            <header><h2>{source.name}</h2><span class="muted small">{t("import.lines", { count: source.sheet.rows.length })}</span></header>
            <MapColumns source={source} mapping={mapping} onMapping={setMapping} />
          </section>
        </>
      )}
      {busy && (
        <div class="card card-body">
          {work === null ? <Skeleton lines={3} /> : (
            <RunningJob path={IMPORTS} job={work} label={t(work.dry_run ? "import.trying" : "import.running")} />
          )}
        </div>
      )}
      {!busy && step === 2 && trial && <Outcome figures={figures(trial)} problems={trial.problems} all={trial.problem_count} file={problemsFile(IMPORTS, trial)} done={false} />}
      {!busy && result && (
        <>
          <EndedEarly job={result} />
          <Outcome figures={figures(result)} problems={result.problems} all={result.problem_count} file={problemsFile(IMPORTS, result)} done />
        </>
      )}
    </div>
  );
}
