/** The API to read and to try: every operation of the description, by domain, with search; and the health of the parts. */
import { useState } from "preact/hooks";
import type { Health } from "../../api_types";
import { Empty, Problem, Skeleton } from "../../design/feedback";
import { Badge } from "../../design/values";
import { Icon } from "../../design/icons";
import { codeText, t } from "../../i18n";
import { useKeys } from "../../keyboard";
import { useResource } from "../../resource";
import { place, setQuery } from "../../router";
import { may, session } from "../../session";
import { OperationView } from "./operation";
import { grouped, operationsOf, type Description, type Operation } from "./schema";

function HealthBadges() {
  const { data, error } = useResource<Health>("/api/health");
  if (error) return <Badge tone="bad">{t("health.unreachable")}</Badge>;
  if (!data) return <Skeleton lines={1} />;
  return (
    <ul class="line wrap" aria-label={t("health.title")}>
      {Object.entries(data.parts).map(([part, state]) => (
        <li key={part}><Badge tone={state === "up" ? "good" : "bad"}>{t("health.part", { part: codeText("health", part), state: codeText("health", state) })}</Badge></li>
      ))}
    </ul>
  );
}

function OperationList({ operations, current }: { operations: readonly Operation[]; current: Operation | undefined }) {
  const [text, setText] = useState("");
  useKeys([{ keys: "/", label: "key.search_list", run: () => document.getElementById("operation-search")?.focus() }]);
  const groups = grouped(operations, text);
  return (
    <nav class="operations" aria-label={t("developers.operations")}>
      <input id="operation-search" type="search" class="input" placeholder={t("developers.search")} aria-label={t("developers.search")} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      {groups.size === 0 && <p class="muted small">{t("search.nothing")}</p>}
      {[...groups].map(([tag, items]) => (
        <details key={`${tag} ${text !== ""}`} open={text !== "" || items.some((each) => each === current)}>
          <summary><span class="grow">{codeText("domain", tag)}</span><span class="count">{String(items.length)}</span></summary>
          <ul>
            {items.map((operation) => (
              <li key={operation.id}>
                <a href={`/developers?operation=${encodeURIComponent(operation.id)}`} aria-current={operation === current ? "page" : undefined} title={operation.summary}>
                  <span class={`method ${operation.method.toLowerCase()}`}>{operation.method}</span>
                  <span class="ellipsis">{operation.path.replace(/^\/api/, "")}</span>
                </a>
              </li>
            ))}
          </ul>
        </details>
      ))}
    </nav>
  );
}

function Welcome({ description }: { description: Description }) {
  return (
    <Empty icon="code" title={t("developers.welcome", { version: description.info.version })} text={t("developers.welcome_text")}>
      {may("api_keys.manage") && <a class="button primary" href="/settings/api-keys">{t("settings.api_keys")}</a>}
      <a class="button" href="/api/openapi.json" download="openapi.json"><Icon name="download" />{t("developers.openapi")}</a>
    </Empty>
  );
}

export function DevelopersScreen() {
  const { data, error, refetch } = useResource<Description>("/api/openapi.json");
  if (error && !data) return <Problem error={error} retry={refetch} />;
  if (!data) return <div class="page"><Skeleton lines={10} /></div>;
  const operations = operationsOf(data);
  const wanted = place.value.query.get("operation");
  const current = operations.find((each) => each.id === wanted);
  return (
    <div class="page">
      <div class="page-header">
        <h1>{t("developers.title")}</h1>
        {may("api_keys.manage") && <a class="button" href="/developers/requests">{t("requests.title")}</a>}
        {may("webhooks.manage") && <a class="button" href="/settings/webhooks">{t("settings.webhooks")}</a>}
        {session.value?.features.dev_mail && <a class="button" href="/dev/mail" target="_blank" rel="noreferrer">{t("developers.mailbox")}</a>}
        {current && <button type="button" class="button" onClick={() => setQuery({ operation: null })}>{t("developers.all")}</button>}
      </div>
      <HealthBadges />
      <div class={`explorer ${current ? "has-operation" : ""}`}>
        <OperationList operations={operations} current={current} />
        <div class="card card-body explorer-body">
          {current ? <OperationView key={current.id} operation={current} schemas={data.components?.schemas ?? {}} /> : <Welcome description={data} />}
        </div>
      </div>
    </div>
  );
}
