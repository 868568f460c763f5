/** The result of looking at a whole shop again, in figures. */
import type { SyncRun } from "../../api_types";
import { Notice } from "../../design/feedback";
import { Dialog } from "../../design/overlay";
import { KeyValue } from "../../design/values";
import { formatDuration, formatNumber } from "../../format";
import { codeText, t } from "../../i18n";
import { failureText } from "./parts";

export function RunDialog({ run, onClose }: { run: SyncRun; onClose: () => void }) {
  const seconds = (Date.parse(run.ended_at ?? run.started_at) - Date.parse(run.started_at)) / 1000;
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
      </div>
    </Dialog>
  );
}
