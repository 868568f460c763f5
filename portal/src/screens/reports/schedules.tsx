/** Reports that go out by e-mail by themselves. */
import { useState } from "preact/hooks";
import { api } from "../../api";
import type { MeasureView, ReportSchedule, ReportScheduleRow } from "../../api_types";
import { announce } from "../../changes";
import type { Values } from "../../design/form";
import { Icon } from "../../design/icons";
import { ask } from "../../design/overlay";
import { toastError } from "../../design/toast";
import { Badge, Dash, DateTime } from "../../design/values";
import type { FormField } from "../../entities";
import { codeText, t, type MessageKey } from "../../i18n";
import { useResource } from "../../resource";
import { may } from "../../session";
import { FormDialog } from "../settings/form_dialog";
import { Rows } from "../settings/rows";
import { GROUPS } from "./figures";

const PATH = "/api/reporting/schedules";
const FREQUENCIES = ["daily", "weekly", "monthly"] as const;
const FIELDS: readonly FormField[] = [
  { key: "name", label: "attribute.name", type: "text", required: true },
  { key: "frequency", label: "reports.frequency", type: "choice", required: true, initial: "weekly", options: FREQUENCIES.map((value) => ({ value, label: `reports.${value}` as MessageKey })) },
  { key: "group_by", label: "reports.group_by", type: "choice", required: true, initial: "channel", options: GROUPS.map((value) => ({ value, label: `reports.by_${value}` as MessageKey })) },
  { key: "hour", label: "reports.hour", type: "integer", required: true, initial: "7", help: "reports.hour_help" },
  { key: "recipients", label: "reports.recipients", type: "several", source: "/api/tenants/users", full: true, help: "reports.recipients_help" },
  { key: "is_active", label: "reports.is_active", type: "boolean", initial: true },
];

export function SchedulesScreen() {
  const [chosen, setChosen] = useState<string | null>(null);
  const [making, setMaking] = useState(false);
  const { data: known } = useResource<{ items: MeasureView[] }>("/api/reporting/measures");
  const write = may("reports.write");
  async function remove(row: ReportScheduleRow): Promise<void> {
    if (!(await ask({ title: t("reports.remove_schedule"), text: t("reports.remove_schedule_text", { name: row.name }), confirm: t("action.delete"), danger: true }))) return;
    await api.delete(`${PATH}/${row.id}`);
    announce("report_schedule", row.id);
  }
  const columns = [
    { key: "name", label: t("attribute.name"), primary: true, cell: (row: ReportScheduleRow) => row.name },
    { key: "frequency", label: t("reports.frequency"), cell: (row: ReportScheduleRow) => codeText("reports", row.frequency) },
    { key: "group_by", label: t("reports.group_by"), cell: (row: ReportScheduleRow) => codeText("reports", `by_${row.group_by}`) },
    { key: "recipients", label: t("reports.recipients"), align: "end" as const, labelled: true, cell: (row: ReportScheduleRow) => row.recipient_count },
    { key: "next_at", label: t("reports.next_at"), labelled: true, cell: (row: ReportScheduleRow) => (row.next_at ? <DateTime instant={row.next_at} /> : <Dash />) },
    { key: "state", label: t("attribute.state"), cell: (row: ReportScheduleRow) => <Badge tone={row.is_active ? "good" : "quiet"}>{t(row.is_active ? "state.active" : "reports.paused")}</Badge> },
    {
      key: "change", label: t("action.edit"), align: "end" as const,
      cell: (row: ReportScheduleRow) => write && (
        <span class="line">
          <button type="button" class="button small" aria-label={`${t("action.edit")} ${row.name}`} onClick={() => setChosen(row.id)}>{t("action.edit")}</button>
          <button type="button" class="button small danger" aria-label={`${t("action.delete")} ${row.name}`} onClick={() => void remove(row).catch(toastError)}>{t("action.delete")}</button>
        </span>
      ),
    },
  ];
  return (
    <div class="page">
      <div class="page-header">
        <div class="grow"><a class="small" href="/reports">{t("navigation.reports")}</a><h1>{t("reports.schedules")}</h1></div>
        {write && <button type="button" class="button primary" onClick={() => setMaking(true)}><Icon name="plus" />{t("reports.new_schedule")}</button>}
      </div>
      <p class="muted">{t("reports.schedules_text")}</p>
      <Rows<ReportScheduleRow> title={t("reports.schedules")} path={PATH} kinds={["report_schedule"]} columns={columns} empty={t("reports.no_schedules")} />
      {making && <Editor measures={known?.items ?? []} onClose={() => setMaking(false)} />}
      {chosen && <Existing id={chosen} measures={known?.items ?? []} onClose={() => setChosen(null)} />}
    </div>
  );
}

function Existing({ id, measures, onClose }: { id: string; measures: readonly MeasureView[]; onClose: () => void }) {
  const { data, etag } = useResource<ReportSchedule>(`${PATH}/${id}`);
  return data ? <Editor schedule={data} etag={etag} measures={measures} onClose={onClose} /> : null;
}

function Editor({ schedule, etag, measures, onClose }: { schedule?: ReportSchedule; etag?: string | null; measures: readonly MeasureView[]; onClose: () => void }) {
  const [chosen, setChosen] = useState<readonly string[]>(schedule?.measures ?? []);
  async function send(values: Values, idempotencyKey: string): Promise<void> {
    const body = { ...values, measures: chosen };
    if (schedule) {
      await api.put(`${PATH}/${schedule.id}`, body, { etag, idempotencyKey });
      announce("report_schedule", schedule.id);
    } else {
      const made = await api.post<ReportSchedule>(PATH, body, { idempotencyKey });
      announce("report_schedule", made.body.id);
    }
  }
  const pick = (name: string, on: boolean) => setChosen(measures.map((each) => each.name).filter((each) => (each === name ? on : chosen.includes(each))));
  return (
    <FormDialog title={schedule?.name ?? t("reports.new_schedule")} fields={FIELDS} values={schedule as Values | undefined} submit={t("action.save")} send={send} onClose={onClose} wide>
      <fieldset class="field full">
        <legend class="label">{t("reports.measures")} <span class="faint small">{t("reports.measures_help")}</span></legend>
        <div class="line wrap several">
          {measures.map((each) => (
            <label key={each.name} class="line" title={each.text}>
              <input type="checkbox" checked={chosen.includes(each.name)} onChange={(event) => pick(each.name, event.currentTarget.checked)} />
              {each.label}
            </label>
          ))}
        </div>
      </fieldset>
    </FormDialog>
  );
}
