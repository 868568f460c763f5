/** Prices of a list from a CSV file: tried first, then kept. */
import { useState } from "preact/hooks";
import { announce } from "../../changes";
import { Skeleton } from "../../design/feedback";
import { FileDrop } from "../../design/files";
import { Dialog } from "../../design/overlay";
import { toast, toastError } from "../../design/toast";
import { t, type MessageKey } from "../../i18n";
import { readText } from "./csv_reading";
import { importPrices, type PriceReport } from "./importing";
import { Outcome } from "./outcome";

const figures = (report: PriceReport): readonly (readonly [MessageKey, number])[] => [
  ["import.read", report.rows], ["import.changed", report.changed], ["import.unchanged", report.unchanged], ["import.rejected", report.rejected],
];

export function PriceImport({ priceListId, onClose }: { priceListId: string; onClose: () => void }) {
  const [text, setText] = useState("");
  const [report, setReport] = useState<PriceReport | null>(null);
  const [busy, setBusy] = useState(false);
  async function run(content: string, dryRun: boolean): Promise<void> {
    setBusy(true);
    setText(content);
    setReport(await importPrices(priceListId, content, dryRun));
    if (dryRun) return;
    announce("price_list", priceListId);
    toast(t("action.saved"));
    onClose();
  }
  const start = (content: Promise<string>, dryRun: boolean) =>
    void content.then((known) => run(known, dryRun)).catch(toastError).then(() => setBusy(false));
  const footer = (
    <>
      <button type="button" class="button" onClick={onClose}>{t("action.cancel")}</button>
      <button type="button" class="button primary" disabled={busy || !report || report.changed === 0} onClick={() => start(Promise.resolve(text), false)}>{t("import.run")}</button>
    </>
  );
  return (
    <Dialog title={t("price_list.import")} onClose={onClose} footer={footer} wide>
      <div class="stack roomy">
        <p class="muted small">{t("price_list.import_help")}</p>
        {!report && <FileDrop label={t("price_list.import_drop")} accept=".csv,text/csv,text/plain" onFiles={(files) => files[0] && start(readText(files[0]), true)} />}
        {busy && <Skeleton lines={3} />}
        {report && <Outcome figures={figures(report)} problems={report.problems} done={!report.dry_run} />}
      </div>
    </Dialog>
  );
}
