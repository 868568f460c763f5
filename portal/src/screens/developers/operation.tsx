/** One operation of the API: its parameters, its body, the request sent with this session, and the answer. */
import { useState } from "preact/hooks";
import { api } from "../../api";
import { Notice } from "../../design/feedback";
import { Field } from "../../design/form";
import { Icon } from "../../design/icons";
import { ask } from "../../design/overlay";
import { Badge, CopyId } from "../../design/values";
import { formatNumber } from "../../format";
import { t } from "../../i18n";
import { may } from "../../session";
import { curlOf, exampleOf, filledPath, type Operation, type Schema } from "./schema";

interface Answer {
  status: number;
  milliseconds: number;
  headers: readonly (readonly [string, string])[];
  text: string;
}

const SHOWN_HEADERS = ["content-type", "etag", "request-id", "retry-after", "location"];

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** What the body must be before it is sent; null when it can go. */
function bodyProblem(body: string): string | null {
  try {
    JSON.parse(body);
    return null;
  } catch (error) {
    return t("developers.not_json", { detail: error instanceof Error ? error.message : "" });
  }
}

function AnswerView({ answer }: { answer: Answer }) {
  const tone = answer.status < 300 ? "good" : answer.status < 500 ? "warn" : "bad";
  return (
    <section class="stack" aria-label={t("developers.answer")} aria-live="polite">
      <div class="line wrap">
        <h3>{t("developers.answer")}</h3>
        <Badge tone={tone}>{String(answer.status)}</Badge>
        <span class="small muted figure">{t("developers.milliseconds", { value: formatNumber(Math.round(answer.milliseconds)) })}</span>
      </div>
      <dl class="key-value mono small">{answer.headers.map(([name, value]) => [<dt key={`${name} name`}>{name}</dt>, <dd key={name}>{value}</dd>])}</dl>
      <pre class="code" tabIndex={0}>{answer.text || t("developers.no_body")}</pre>
    </section>
  );
}

interface OperationViewProps {
  operation: Operation;
  schemas: Readonly<Record<string, Schema>>;
}

export function OperationView({ operation, schemas }: OperationViewProps) {
  const [values, setValues] = useState<Record<string, string>>({});
  const [body, setBody] = useState(operation.body ? JSON.stringify(exampleOf(operation.body, schemas), null, 2) : "");
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [busy, setBusy] = useState(false);
  const { path, missing } = filledPath(operation, values);
  const isRead = operation.method === "GET";
  const problem = body ? bodyProblem(body) : null;
  const parameters = operation.parameters.filter((each) => each.in !== "header");

  async function send(event: Event): Promise<void> {
    event.preventDefault();
    if (missing.length > 0 || problem || busy) return;
    if (operation.method === "DELETE" && !(await ask({ title: operation.summary, text: t("developers.delete_question", { path }), confirm: t("developers.send"), danger: true }))) return;
    setBusy(true);
    const begun = performance.now();
    const response = await api.raw(operation.method, path, { body: body ? JSON.parse(body) : undefined, idempotencyKey: isRead ? undefined : key });
    const text = await response.text();
    const headers = SHOWN_HEADERS.map((name) => [name, response.headers.get(name) ?? ""] as const).filter(([, value]) => value !== "");
    setAnswer({ status: response.status, milliseconds: performance.now() - begun, headers, text: pretty(text) });
    setKey(crypto.randomUUID());
    setBusy(false);
  }
  const failed = (error: unknown) => {
    setAnswer({ status: 0, milliseconds: 0, headers: [], text: String(error) });
    setBusy(false);
  };
  const curl = curlOf(operation.method, window.location.origin + path, body, key);
  return (
    <form class="stack roomy" onSubmit={(event) => void send(event).catch(failed)}>
      <div class="stack">
        <h2 class="operation-title"><span class={`method ${operation.method.toLowerCase()}`}>{operation.method}</span><code>{operation.path}</code></h2>
        <p>{operation.summary}</p>
        <div class="line wrap small muted">
          {operation.permission && <span class="line">{t("users.permission")}<code>{operation.permission}</code></span>}
          {operation.isPublic && <Badge tone="quiet">{t("developers.public")}</Badge>}
          <CopyId id={operation.id} />
        </div>
      </div>
      {operation.permission && !may(operation.permission) && <Notice tone="warn">{t("developers.not_allowed", { permission: operation.permission })}</Notice>}
      {parameters.length > 0 && (
        <fieldset class="bare">
          <legend class="visually-hidden">{t("developers.parameters")}</legend>
          <div class="fields">
            {parameters.map((parameter) => (
              <Field key={parameter.name} label={parameter.name} help={parameter.description} required={parameter.required}>
                {(control) => <input {...control} class="input mono" value={values[parameter.name] ?? ""} onInput={(event) => setValues({ ...values, [parameter.name]: event.currentTarget.value })} />}
              </Field>
            ))}
          </div>
        </fieldset>
      )}
      {operation.body && (
        <Field label={t("developers.body")} required problem={problem ?? undefined}>
          {(control) => <textarea {...control} class="input mono code-editor" spellcheck={false} value={body} rows={Math.min(24, body.split("\n").length + 1)} onInput={(event) => setBody(event.currentTarget.value)} />}
        </Field>
      )}
      <div class="line wrap">
        <button type="submit" class="button primary" disabled={busy || missing.length > 0 || problem !== null}><Icon name="bolt" />{t("developers.send")}</button>
        {!isRead && <span class="small muted">{t("developers.real")}</span>}
        {missing.length > 0 && <span class="small muted">{t("developers.fill", { names: missing.join(", ") })}</span>}
      </div>
      {answer && <AnswerView answer={answer} />}
      <details>
        <summary>{t("developers.terminal")}</summary>
        <div class="stack">
          <pre class="code" tabIndex={0}>{curl}</pre>
          <div><CopyId id={curl} label={t("developers.copy_curl")} /></div>
        </div>
      </details>
      {operation.answer && (
        <details>
          <summary>{t("developers.answer_shape")}</summary>
          <pre class="code" tabIndex={0}>{JSON.stringify(exampleOf(operation.answer, schemas), null, 2)}</pre>
        </details>
      )}
    </form>
  );
}
