/** What the company's API keys asked in the last seven days: to see what a program did, and why it was refused. */
import { useEffect } from "preact/hooks";
import type { ApiKeyRow, RequestRow } from "../../api_types";
import { announce } from "../../changes";
import { Badge, DateTime, type Tone } from "../../design/values";
import { formatNumber } from "../../format";
import { t } from "../../i18n";
import { useResource } from "../../resource";
import { place, setQuery } from "../../router";
import { Rows } from "../settings/rows";

const SOON_MS = 5000;
const STATUSES = ["2xx", "4xx", "5xx", "401", "403", "404", "409", "412", "422", "429"] as const;
const METHODS = ["GET", "POST", "PUT", "DELETE"] as const;

function toneOf(status: number): Tone {
  if (status >= 500) return "bad";
  return status >= 400 ? "warn" : "good";
}

function Choice({ name, label, options }: { name: string; label: string; options: readonly (readonly [value: string, text: string])[] }) {
  return (
    <select class="input" aria-label={label} value={place.value.query.get(name) ?? ""} onChange={(event) => setQuery({ [name]: event.currentTarget.value })}>
      <option value="">{label}</option>
      {options.map(([value, text]) => <option key={value} value={value}>{text}</option>)}
    </select>
  );
}

export function RequestsScreen() {
  const { data: keys } = useResource<{ items: ApiKeyRow[] }>("/api/tenants/api-keys?limit=100", ["api_key"]);
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") announce("request", "");
    }, SOON_MS);
    return () => clearInterval(timer);
  }, []);
  const query: Record<string, string> = {};
  for (const name of ["key_id", "method", "status", "request_id"]) {
    const value = place.value.query.get(name);
    if (value) query[name] = value;
  }
  const columns = [
    { key: "path", label: t("requests.path"), primary: true, cell: (row: RequestRow) => <code class="wrapping">{row.method} {row.path.replace(/^\/api/, "")}</code> },
    { key: "status", label: t("requests.status"), cell: (row: RequestRow) => <Badge tone={toneOf(row.status)}>{String(row.status)}</Badge> },
    { key: "milliseconds", label: t("requests.took"), align: "end" as const, labelled: true, cell: (row: RequestRow) => t("developers.milliseconds", { value: formatNumber(row.milliseconds) }) },
    { key: "key_name", label: t("requests.key"), labelled: true, cell: (row: RequestRow) => row.key_name },
    { key: "at", label: t("requests.at"), labelled: true, cell: (row: RequestRow) => <DateTime instant={row.at} /> },
    { key: "request_id", label: t("requests.request_id"), labelled: true, cell: (row: RequestRow) => <code class="small wrapping">{row.request_id}</code> },
  ];
  return (
    <div class="page">
      <div class="page-header"><div class="grow"><a class="small" href="/developers">{t("developers.title")}</a><h1>{t("requests.title")}</h1></div></div>
      <p class="muted">{t("requests.text")}</p>
      <div class="line wrap request-filters">
        <Choice name="key_id" label={t("requests.every_key")} options={(keys?.items ?? []).map((key) => [key.id, key.name] as const)} />
        <Choice name="method" label={t("requests.every_method")} options={METHODS.map((each) => [each, each] as const)} />
        <Choice name="status" label={t("requests.every_status")} options={STATUSES.map((each) => [each, each] as const)} />
        <input
          class="input" type="search" placeholder={t("requests.request_id")} aria-label={t("requests.request_id")} value={query.request_id ?? ""}
          onChange={(event) => setQuery({ request_id: event.currentTarget.value.trim() })}
        />
      </div>
      <Rows<RequestRow> title={t("requests.title")} path="/api/requests" query={query} kinds={["request"]} columns={columns} empty={t("requests.none")} />
    </div>
  );
}
