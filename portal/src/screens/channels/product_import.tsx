/** The import of a shop's range: which of its items are which SKU of ours; as it goes on, and as the last one ended. */
import type { JobRow, JobView } from "../../api_types";
import { t, type MessageKey } from "../../i18n";
import { useResource } from "../../resource";
import { Outcome } from "../catalog/outcome";
import { EndedEarly, isOpen, problemsFile, RunningJob, useJob } from "../jobs";

export const IMPORTS = "/api/channels/imports";

const figures = ({ progress, counts }: JobView): readonly (readonly [MessageKey, number])[] => [
  ["shop_import.read", progress.done], ["shop_import.bound", counts.bound ?? 0], ["shop_import.unchanged", counts.unchanged ?? 0],
  ["shop_import.left", (counts.unknown ?? 0) + (counts.taken ?? 0) + (counts.unreadable ?? 0)],
];

export function ImportCard({ id }: { id: string }) {
  const { data } = useResource<{ items: readonly JobRow[] }>(`${IMPORTS}?limit=1&subject_id=${id}`, ["job"]);
  const job = useJob(IMPORTS, data?.items[0]?.id);
  if (!data) return null;
  if (data.items.length === 0) return <p class="muted">{t("shop_import.none")}</p>;
  if (!job) return null;
  if (isOpen(job)) return <RunningJob path={IMPORTS} job={job} label={t("shop_import.running")} />;
  return (
    <div class="stack">
      <EndedEarly job={job} />
      <Outcome figures={figures(job)} problems={job.problems} all={job.problem_count} file={problemsFile(IMPORTS, job)} done={job.state === "done"} words={{ good: "shop_import.all_bound", warn: "shop_import.some_left", what: "shop_import.item" }} />
    </div>
  );
}
