/** What an import did or would do: figures, and its problems by line and column to read and to keep as a file. */
import { download, toCsv } from "../../csv";
import { Notice } from "../../design/feedback";
import { Icon } from "../../design/icons";
import { Table } from "../../design/table";
import { Dash } from "../../design/values";
import { formatNumber } from "../../format";
import { has, t, type MessageKey } from "../../i18n";
import type { ImportProblem } from "./importing";

function problemText({ code, detail }: ImportProblem): string {
  const key = `import_problem.${code}`;
  return has(key) ? t(key) : detail;
}

function saveProblems(problems: readonly ImportProblem[]): void {
  const header = [t("import.line"), t("import.column"), t("import.problem")];
  download("errors.csv", toCsv(header, problems.map((each) => [each.line, each.column, problemText(each)])));
}

interface OutcomeProps {
  figures: readonly (readonly [MessageKey, number])[];
  problems: readonly ImportProblem[];
  /** How many there are in all, and where the API has them as a file; else the ones shown are all, and make the file. */
  all?: number;
  file?: string;
  done: boolean;
}

export function Outcome({ figures, problems, all = problems.length, file, done }: OutcomeProps) {
  const columns = [
    { key: "line", label: t("import.line"), align: "end" as const, labelled: true, cell: (each: ImportProblem) => (each.line === null ? <Dash /> : formatNumber(each.line)) },
    { key: "column", label: t("import.column"), primary: true, cell: (each: ImportProblem) => each.column || <Dash /> },
    { key: "message", label: t("import.problem"), cell: (each: ImportProblem) => <span class="wrapping">{problemText(each)}</span> },
  ];
  return (
    <div class="stack roomy">
      <div class="tiles">
        {figures.map(([label, value]) => <div key={label} class="card tile"><span class="muted">{t(label)}</span><strong class="figure">{formatNumber(value)}</strong></div>)}
      </div>
      {problems.length === 0 && <Notice tone="good">{t(done ? "import.all_done" : "import.no_problem")}</Notice>}
      {problems.length > 0 && <Notice tone="warn">{t(done ? "import.some_left" : "import.some_refused", { count: all })}</Notice>}
      {problems.length > 0 && (
        <section class="card">
          <header>
            <h2>{t("import.problems")}</h2>
            {file
              ? <a class="button small" href={file} download="problems.csv"><Icon name="download" size={12} />{t("import.save_problems")}</a>
              : <button type="button" class="button small" onClick={() => saveProblems(problems)}><Icon name="download" size={12} />{t("import.save_problems")}</button>}
          </header>
          <Table label={t("import.problems")} rows={problems} columns={columns} rowId={(each) => `${each.line} ${each.column} ${each.code}`} />
        </section>
      )}
    </div>
  );
}
