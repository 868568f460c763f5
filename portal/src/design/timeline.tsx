/** The history of a document, newest first: who, when, what changed, which channel call. */
import { codeText, t } from "../i18n";
import { Skeleton } from "./feedback";
import { DateTime } from "./values";

export interface TimelineItem {
  id: string;
  at: string;
  actor: { kind: string; id: string; name: string };
  type: string;
  data: Record<string, unknown>;
}

function Facts({ data }: { data: Record<string, unknown> }) {
  const facts = Object.entries(data).filter(([, value]) => value !== null && typeof value !== "object");
  if (facts.length === 0) return null;
  const text = facts.map(([name, value]) => `${codeText("attribute", name)}: ${String(value)}`).join(" · ");
  return <div class="more">{text}</div>;
}

export function Timeline({ items }: { items: readonly TimelineItem[] | undefined }) {
  if (!items) return <Skeleton lines={4} />;
  if (items.length === 0) return <p class="muted">{t("timeline.empty")}</p>;
  const newestFirst = items.toSorted((one, other) => other.at.localeCompare(one.at));
  return (
    <ol class="timeline">
      {newestFirst.map((item) => (
        <li key={item.id}>
          <div>
            {codeText("timeline", item.type)} <span class="actor">{t("timeline.by", { actor: item.actor.name || codeText("actor", item.actor.kind) })}</span>
          </div>
          <span class="when muted small"><DateTime instant={item.at} /></span>
          <Facts data={item.data} />
        </li>
      ))}
    </ol>
  );
}
