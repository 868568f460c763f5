/** Home answers "what must I do now?": what waits, entry by entry, then what just happened. */
import { recentChanges } from "../../changes";
import { Icon } from "../../design/icons";
import { DateTime } from "../../design/values";
import { documentHref, entityOf } from "../../entities";
import { formatNumber } from "../../format";
import { t } from "../../i18n";
import { NAVIGATION, type NavigationEntry } from "../../navigation";
import { useResource } from "../../resource";
import { session } from "../../session";

function Waiting({ entry }: { entry: NavigationEntry }) {
  const { data } = useResource<{ count?: number }>(entry.waiting?.path ?? null, entry.waiting?.kinds);
  const href = entry.href + (entry.waiting?.path.match(/\?[^&]*/)?.[0] ?? "");
  return (
    <a class="card tile" href={href}>
      <span class="line muted"><Icon name={entry.icon} />{entry.waiting && t(entry.waiting.label)}</span>
      <strong class="figure">{data?.count === undefined ? "–" : formatNumber(data.count)}</strong>
    </a>
  );
}

function Activity() {
  const changes = recentChanges.value;
  return (
    <section class="card">
      <header><h2>{t("home.activity")}</h2></header>
      {changes.length === 0 && <p class="card-body muted">{t("home.no_activity")}</p>}
      {changes.length > 0 && (
        <ul class="card-body linked">
          {changes.slice(0, 12).map((change) => {
            const href = documentHref(change.kind, change.entity_id);
            return (
              <li key={change.id}>
                <Icon name={entityOf(change.kind)?.icon ?? "bolt"} />
                <span class="grow ellipsis">{href ? <a href={href}>{change.summary}</a> : change.summary}</span>
                <span class="muted small"><DateTime instant={change.at} /></span>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}

export function HomeScreen() {
  const name = session.value?.user.name.split(" ")[0] ?? "";
  return (
    <div class="page">
      <div class="page-header"><h1>{t("home.hello", { name })}</h1></div>
      <div class="tiles">{NAVIGATION.filter((entry) => entry.waiting).map((entry) => <Waiting key={entry.id} entry={entry} />)}</div>
      <Activity />
    </div>
  );
}
