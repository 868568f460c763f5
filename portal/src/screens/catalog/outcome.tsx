/** What an import did or would do: figures, and its problems by line and column to read and to keep as a file. */
import type { Problem } from "../../api_types";
import { Notice } from "../../design/feedback";
import { Icon } from "../../design/icons";
import { Table } from "../../design/table";
import { Dash } from "../../design/values";
import { formatNumber } from "../../format";
import { has, t, type MessageKey } from "../../i18n";

function problemText({ code, detail }: Problem): string {
  const key = `import_problem.${code}`;
  return has(key) ? t(key) : detail;
}

interface OutcomeProps {
  figures: readonly (readonly [MessageKey, number])[];
  /** The first of them; `all` counts all, which are in the file. */
  problems: readonly Problem[];
  all: number;
  file: string;
  done: boolean;
  /** Other words than those of a file: of no problem, of some, and of what a problem is about. */
  words?: { good: MessageKey; warn: MessageKey; what: MessageKey };
}

export function Outcome({ figures, problems, all, file, done, words }: OutcomeProps) {
  const place = words
    ? [{ key: "what", label: t(words.what), primary: true, cell: (each: Problem) => each.path || <Dash /> }]
    : [
        { key: "line", label: t("import.line"), align: "end" as const, labelled: true, cell: (each: Problem) => (each.line ? formatNumber(each.line) : <Dash />) },
        { key: "column", label: t("import.column"), primary: true, cell: (each: Problem) => each.column || <Dash /> },
      ];
  const columns = [...place, { key: "message", label: t("import.problem"), cell: (each: Problem) => <span class="wrapping">{problemText(each)}</span> }];
  return (
    <div class="stack roomy">
      <div class="tiles">
        {figures.map(([label, value]) => <div key={label} class="card tile"><span class="muted">{t(label)}</span><strong class="figure">{formatNumber(value)}</strong></div>)}
      </div>
      {problems.length === 0 && (done || !words) && <Notice tone="good">{t(words ? words.good : done ? "import.all_done" : "import.no_problem")}</Notice>}
      {problems.length > 0 && <Notice tone="warn">{t(words ? words.warn : done ? "import.some_left" : "import.some_refused", { count: all })}</Notice>}
      {problems.length > 0 && (
        <section class="card">
          <header>
            <h2>{t("import.problems")}</h2>
            <a class="button small" href={file} download="problems.csv"><Icon name="download" size={12} />{t("import.save_problems")}</a>
          </header>
          <Table label={t("import.problems")} rows={problems} columns={columns} rowId={(each) => `${each.line} ${each.column} ${each.code}`} />
        </section>
      )}
    </div>
  );
}
