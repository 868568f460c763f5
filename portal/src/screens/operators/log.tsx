/** The platform's audit log: each sign-in, act, setting and look inside a company. */
import { useState } from "preact/hooks";
import type { AuditRow } from "../../api_types";
import { Badge, Dash, DateTime } from "../../design/values";
import { codeText, t } from "../../i18n";
import { place, setQuery } from "../../router";
import { actorText, RecordDialog } from "../settings/audit";
import { Rows } from "../settings/rows";

const ALL = "/api/operators/audit/records";

export function PlatformLog() {
  const [chosen, setChosen] = useState<string | null>(null);
  const value = (name: string) => place.value.query.get(name) ?? "";
  const query = Object.fromEntries(["q", "from", "to"].map((name) => [name, value(name)]).filter(([, each]) => each));
  const day = (name: string, label: string) => (
    <input class="input" type="date" aria-label={label} title={label} value={value(name)} onChange={(event) => setQuery({ [name]: event.currentTarget.value || null })} />
  );
  const columns = [
    { key: "event", label: t("audit.what"), primary: true, cell: (row: AuditRow) => <button type="button" class="button quiet small" onClick={() => setChosen(row.id)}>{codeText("timeline", row.event)}</button> },
    { key: "label", label: t("operators.about"), wraps: true, cell: (row: AuditRow) => (row.label ? <span class="wrapping">{row.label}</span> : <Dash />) },
    { key: "who", label: t("audit.who"), labelled: true, cell: (row: AuditRow) => <span>{actorText(row)}{row.consented_by && <> <Badge>{t("audit.by_consent", { name: row.consented_by })}</Badge></>}</span> },
    { key: "at", label: t("audit.when"), labelled: true, cell: (row: AuditRow) => <DateTime instant={row.at} /> },
    { key: "source_ip", label: t("sign_in.source_ip"), labelled: true, cell: (row: AuditRow) => (row.source_ip ? <code>{row.source_ip}</code> : <Dash />) },
  ];
  return (
    <>
      <div class="page-header"><h1>{t("operators.log")}</h1></div>
      <p class="muted">{t("operators.log_text")}</p>
      <div class="line wrap request-filters">
        {day("from", t("audit.from"))}
        {day("to", t("audit.to"))}
        <input class="input" type="search" placeholder={t("audit.search")} aria-label={t("audit.search")} value={value("q")} onInput={(event) => setQuery({ q: event.currentTarget.value.trim() || null })} />
      </div>
      <Rows<AuditRow> title={t("operators.log")} path={ALL} query={query} kinds={[]} columns={columns} empty={t("list.none")} />
      {chosen && <RecordDialog path={ALL} id={chosen} onClose={() => setChosen(null)} />}
    </>
  );
}
