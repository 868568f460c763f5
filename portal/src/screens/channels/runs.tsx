/** The result of looking at a whole shop (import of products, reconcile): in figures, with the SKUs we do not know. */
import type { SyncRun } from "../../api_types";
import { download, toCsv } from "../../csv";
import { Notice } from "../../design/feedback";
import { Icon } from "../../design/icons";
import { Dialog } from "../../design/overlay";
import { KeyValue } from "../../design/values";
import { formatDuration, formatNumber } from "../../format";
import { codeText, t } from "../../i18n";
import { failureText } from "./parts";

export function RunDialog({ run, onClose }: { run: SyncRun; onClose: () => void }) {
  const seconds = (Date.parse(run.ended_at) - Date.parse(run.started_at)) / 1000;
  const save = () => download("unknown-skus.csv", toCsv([t("attribute.sku")], run.unknown_skus.map((sku) => [sku])));
  const unknown = run.unknown_skus ?? [];
  return (
    <Dialog title={codeText("run", run.kind)} onClose={onClose} footer={<button type="button" class="button primary" onClick={onClose}>{t("action.close")}</button>}>
      <div class="stack">
        {run.problem_code && <Notice tone="bad">{failureText(run.problem_code, run.problem)}</Notice>}
        <KeyValue
          items={[
            [t("run.read"), formatNumber(run.read_count)], [t("run.changed"), formatNumber(run.changed_count)],
            [t("run.problems"), formatNumber(run.problem_count)], [t("run.duration"), formatDuration(Math.max(seconds, 1))],
          ]}
        />
        {unknown.length > 0 && (
          <>
            <h3>{t("run.unknown_skus")}</h3>
            <p class="small muted">{unknown.slice(0, 20).join(", ")}</p>
            <div class="line">
              <button type="button" class="button small" onClick={save}><Icon name="download" size={12} />{t("run.save_unknown")}</button>
              <a class="button small" href="/products/import" onClick={onClose}>{t("import.title")}</a>
            </div>
          </>
        )}
      </div>
    </Dialog>
  );
}
