/** Products from a CSV file, in four steps: the file, its columns, a trial that keeps nothing, the result. */
import { useState } from "preact/hooks";
import { download, toCsv } from "../../csv";
import { Notice, Skeleton } from "../../design/feedback";
import { FileDrop } from "../../design/files";
import { Icon } from "../../design/icons";
import { Table } from "../../design/table";
import { toastError } from "../../design/toast";
import { Dash } from "../../design/values";
import { formatNumber } from "../../format";
import { t, type MessageKey } from "../../i18n";
import { guessMapping, readSheet, readText, type Sheet } from "./csv_reading";
import { IMPORT_FIELDS, importProducts, type ImportProblem, type ImportResult } from "./importing";

const STEPS: readonly MessageKey[] = ["import.step_file", "import.step_columns", "import.step_check", "import.step_result"];

interface Source {
  name: string;
  text: string;
  sheet: Sheet;
}

type Mapping = Record<string, string>;

function Steps({ current }: { current: number }) {
  return (
    <ol class="steps" aria-label={t("import.steps")}>
      {STEPS.map((step, index) => (
        <li key={step} class={index < current ? "done" : ""} aria-current={index === current ? "step" : undefined}>
          <span class="step-number">{index < current ? <Icon name="check" size={12} /> : index + 1}</span>{t(step)}
        </li>
      ))}
    </ol>
  );
}

function ChooseFile({ onSource }: { onSource: (source: Source) => void }) {
  const example = () => download("example.csv", toCsv(IMPORT_FIELDS.map((field) => field.key), [["Mug", "MUG-BLUE", "3760001234562", "Atelier", "Kitchen", "", "320", "20"]]));
  async function take(files: File[]): Promise<void> {
    const file = files[0];
    if (!file) return;
    const text = await readText(file);
    onSource({ name: file.name, text, sheet: readSheet(text) });
  }
  return (
    <div class="stack roomy">
      <FileDrop label={t("import.drop")} accept=".csv,text/csv,text/plain" onFiles={(files) => void take(files).catch(toastError)} />
      <p class="muted small">{t("import.drop_help")} <button type="button" class="button quiet small" onClick={example}><Icon name="download" size={12} />{t("import.example")}</button></p>
    </div>
  );
}

function MapColumns({ source, mapping, onMapping }: { source: Source; mapping: Mapping; onMapping: (mapping: Mapping) => void }) {
  const { header, rows } = source.sheet;
  const sample = (column: string | undefined) => {
    const at = column === undefined ? -1 : header.indexOf(column);
    return at < 0 ? [] : rows.map((row) => row[at] ?? "").filter(Boolean).slice(0, 3);
  };
  return (
    <div class="table-scroll">
      <table class="table">
        <caption class="visually-hidden">{t("import.step_columns")}</caption>
        <thead><tr><th scope="col">{t("import.field")}</th><th scope="col">{t("import.column")}</th><th scope="col">{t("import.sample")}</th></tr></thead>
        <tbody>
          {IMPORT_FIELDS.map((field) => (
            <tr key={field.key}>
              <th scope="row" class="row-head">{t(field.label)}{field.required && <span class="faint"> *</span>}</th>
              <td>
                <select class="input" aria-label={t(field.label)} value={mapping[field.key] ?? ""} onChange={(event) => onMapping({ ...mapping, [field.key]: event.currentTarget.value })}>
                  <option value="">{t("import.not_in_file")}</option>
                  {header.map((column) => <option key={column} value={column}>{column}</option>)}
                </select>
              </td>
              <td class="muted">{sample(mapping[field.key]).join(" · ") || <Dash />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Figures({ result }: { result: ImportResult }) {
  const figures: readonly [MessageKey, number][] = [
    ["import.read", result.read_count], ["import.created", result.created_count], ["import.changed", result.changed_count],
    ["import.unchanged", result.unchanged_count], ["import.problems", result.problems.length],
  ];
  return <div class="tiles">{figures.map(([label, value]) => <div key={label} class="card tile"><span class="muted">{t(label)}</span><strong class="figure">{formatNumber(value)}</strong></div>)}</div>;
}

function saveProblems(problems: readonly ImportProblem[]): void {
  const header = [t("import.line"), t("import.column"), t("import.problem")];
  download("errors.csv", toCsv(header, problems.map((each) => [each.line, each.column, each.message])));
}

function Outcome({ result, done }: { result: ImportResult; done: boolean }) {
  const columns = [
    { key: "line", label: t("import.line"), align: "end" as const, labelled: true, cell: (each: ImportProblem) => formatNumber(each.line) },
    { key: "column", label: t("import.column"), primary: true, cell: (each: ImportProblem) => each.column || <Dash /> },
    { key: "message", label: t("import.problem"), cell: (each: ImportProblem) => <span class="wrapping">{each.message}</span> },
  ];
  const { problems } = result;
  return (
    <div class="stack roomy">
      <Figures result={result} />
      {problems.length === 0 && <Notice tone="good">{t(done ? "import.all_done" : "import.no_problem")}</Notice>}
      {problems.length > 0 && <Notice tone="warn">{t(done ? "import.some_left" : "import.some_refused", { count: problems.length })}</Notice>}
      {problems.length > 0 && (
        <section class="card">
          <header>
            <h2>{t("import.problems")}</h2>
            <button type="button" class="button small" onClick={() => saveProblems(problems)}><Icon name="download" size={12} />{t("import.save_problems")}</button>
          </header>
          <Table label={t("import.problems")} rows={problems} columns={columns} rowId={(each) => `${each.line} ${each.column} ${each.code}`} />
        </section>
      )}
    </div>
  );
}

export function ImportScreen() {
  const [source, setSource] = useState<Source | null>(null);
  const [mapping, setMapping] = useState<Mapping>({});
  const [trial, setTrial] = useState<ImportResult | null>(null);
  const [result, setResult] = useState<ImportResult | null>(null);
  const [busy, setBusy] = useState(false);
  const [key, setKey] = useState("");
  const step = result ? 3 : trial ? 2 : source ? 1 : 0;
  const missing = IMPORT_FIELDS.filter((field) => field.required && !mapping[field.key]);
  const chosen = Object.fromEntries(Object.entries(mapping).filter(([, column]) => column !== ""));

  function open(next: Source): void {
    setSource(next);
    setMapping(guessMapping(next.sheet.header, Object.fromEntries(IMPORT_FIELDS.map((field) => [field.key, field.names]))));
  }
  function restart(): void {
    setSource(null);
    setTrial(null);
    setResult(null);
  }
  async function run(dryRun: boolean): Promise<void> {
    if (!source || busy) return;
    setBusy(true);
    const command = dryRun || key === "" ? crypto.randomUUID() : key;
    setKey(dryRun ? "" : command);
    try {
      const answer = await importProducts(source.text, chosen, dryRun, command);
      if (dryRun) setTrial(answer);
      else setResult(answer);
    } catch (error) {
      toastError(error);
    }
    setBusy(false);
  }
  return (
    <div class="page">
      <nav class="breadcrumb" aria-label={t("document.path")}>
        <a href="/products">{t("product.plural")}</a><Icon name="chevron-right" size={12} /><span>{t("import.title")}</span>
      </nav>
      <div class="page-header">
        <h1>{t("import.title")}</h1>
        {step > 0 && <button type="button" class="button" onClick={restart}>{t("import.other_file")}</button>}
        {step === 1 && <button type="button" class="button primary" disabled={busy || missing.length > 0} onClick={() => void run(true)}>{t("import.try")}</button>}
        {step === 2 && <button type="button" class="button" onClick={() => setTrial(null)}>{t("import.back_to_columns")}</button>}
        {step === 2 && <button type="button" class="button primary" disabled={busy} onClick={() => void run(false)}>{t("import.run")}</button>}
        {step === 3 && <a class="button primary" href="/products">{t("product.plural")}</a>}
      </div>
      <Steps current={step} />
      {step === 0 && <ChooseFile onSource={open} />}
      {source && step === 1 && (
        <>
          {missing.length > 0 && <Notice tone="warn">{t("import.missing", { names: missing.map((field) => t(field.label)).join(", ") })}</Notice>}
          <section class="card">
            <header><h2>{source.name}</h2><span class="muted small">{t("import.lines", { count: source.sheet.rows.length })}</span></header>
            <MapColumns source={source} mapping={mapping} onMapping={setMapping} />
          </section>
        </>
      )}
      {busy && <div class="card card-body"><Skeleton lines={3} /></div>}
      {!busy && step === 2 && trial && <Outcome result={trial} done={false} />}
      {!busy && result && <Outcome result={result} done />}
    </div>
  );
}
