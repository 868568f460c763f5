/** Prices of a list from a CSV file: tried first, then kept. */
import { useState } from "preact/hooks";
import type { JobView } from "../../api_types";
import { announce } from "../../changes";
import { Skeleton } from "../../design/feedback";
import { FileDrop } from "../../design/files";
import { Dialog } from "../../design/overlay";
import { toast, toastError } from "../../design/toast";
import { t, type MessageKey } from "../../i18n";
import { EndedEarly, followJob, problemsFile, RunningJob } from "../jobs";
import { readText } from "./csv_reading";
import { PRICE_IMPORTS, startPriceImport } from "./importing";
import { Outcome } from "./outcome";

const figures = ({ progress, counts }: JobView): readonly (readonly [MessageKey, number])[] => [
  ["import.read", progress.total], ["import.changed", counts.changed ?? 0], ["import.unchanged", counts.unchanged ?? 0],
  ["import.rejected", counts.rejected ?? 0],
];

interface Source {
  name: string;
  text: string;
}

export function PriceImport({ priceListId, onClose }: { priceListId: string; onClose: () => void }) {
  const [source, setSource] = useState<Source | null>(null);
  const [work, setWork] = useState<JobView | null>(null);
  const [ended, setEnded] = useState<JobView | null>(null);
  const [busy, setBusy] = useState(false);
  async function run(from: Source, dryRun: boolean): Promise<void> {
    setSource(from);
    setEnded(null);
    const over = await followJob(PRICE_IMPORTS, await startPriceImport(priceListId, from.text, from.name, dryRun), setWork);
    if (!dryRun) announce("price_list", priceListId);
    if (dryRun || over.state !== "done" || over.problem_count > 0) {
      setEnded(over);
      return;
    }
    toast(t("action.saved"));
    onClose();
  }
  function start(from: Promise<Source>, dryRun: boolean): void {
    setBusy(true);
    void from.then((known) => run(known, dryRun)).catch(toastError).then(() => {
      setWork(null);
      setBusy(false);
    });
  }
  const take = async (file: File): Promise<Source> => ({ name: file.name, text: await readText(file) });
  const isKept = ended !== null && !ended.dry_run;
  const footer = isKept ? <button type="button" class="button primary" onClick={onClose}>{t("action.close")}</button> : (
    <>
      <button type="button" class="button" onClick={onClose}>{t("action.cancel")}</button>
      <button type="button" class="button primary" disabled={busy || !source || !ended?.counts.changed} onClick={() => source && start(Promise.resolve(source), false)}>{t("import.run")}</button>
    </>
  );
  return (
    <Dialog title={t("price_list.import")} onClose={onClose} footer={footer} wide>
      <div class="stack roomy">
        <p class="muted small">{t("price_list.import_help")}</p>
        {!source && <FileDrop label={t("price_list.import_drop")} accept=".csv,text/csv,text/plain" onFiles={(files) => files[0] && start(take(files[0]), true)} />}
        {busy && (work ? <RunningJob path={PRICE_IMPORTS} job={work} label={t(work.dry_run ? "import.trying" : "import.running")} /> : <Skeleton lines={3} />)}
        {ended && <EndedEarly job={ended} />}
        {ended && <Outcome figures={figures(ended)} problems={ended.problems} all={ended.problem_count} file={problemsFile(PRICE_IMPORTS, ended)} done={isKept} />}
      </div>
    </Dialog>
  );
}
