/** Operators of Comptoir who ask to come in, and what the company answers. */
import { useState } from "preact/hooks";
import { api, errorText } from "../../api";
import type { SupportRow } from "../../api_types";
import { announce } from "../../changes";
import type { Values } from "../../design/form";
import { ask } from "../../design/overlay";
import { toast, toastError } from "../../design/toast";
import { Badge, Dash, DateTime, type Tone } from "../../design/values";
import type { FormField } from "../../entities";
import { codeText, t } from "../../i18n";
import { restoreSession } from "../../session";
import { FormDialog } from "./form_dialog";
import { SettingsPage } from "./layout";
import { Rows } from "./rows";

const PATH = "/api/tenants/support-accesses";
const TONES: Record<string, Tone> = { requested: "info", granted: "good", refused: "bad", withdrawn: "quiet", ended: "quiet", cancelled: "quiet" };

const isOver = (row: SupportRow) => new Date(row.ends_at) <= new Date();

function Grant({ row, send, onClose }: { row: SupportRow; send: (body: Values, key: string) => Promise<void>; onClose: () => void }) {
  const fields: FormField[] = [
    { key: "hours", label: "support.hours", type: "integer", required: true, initial: "4", help: "support.hours_help" },
    ...(row.wants_write ? [{ key: "may_write", label: "support.allow_write", type: "boolean" } as FormField] : []),
  ];
  return (
    <FormDialog title={t("support.grant_to", { name: row.operator_name })} submit={t("support.grant")} fields={fields} send={send} onClose={onClose}>
      <p class="wrapping">{row.reason}</p>
      <p class="muted">{t("support.grant_text")}</p>
    </FormDialog>
  );
}

export function SupportScreen() {
  const [granting, setGranting] = useState<SupportRow | null>(null);
  async function answer(row: SupportRow, action: string, body: Values = {}, idempotencyKey?: string): Promise<void> {
    await api.post(`${PATH}/${row.id}/${action}`, body, { idempotencyKey });
    toast(codeText("support_done", action));
    announce("support_access", row.id);
    await restoreSession();
  }
  async function withdraw(row: SupportRow): Promise<void> {
    if (await ask({ title: t("support.withdraw"), text: t("support.withdraw_text", { name: row.operator_name }), confirm: t("support.withdraw"), danger: true })) await answer(row, "withdraw");
  }
  const run = (work: Promise<void>) => void work.catch((error: unknown) => { console.debug(errorText(error)); toastError(error); });
  const columns = [
    { key: "reason", label: t("support.reason"), primary: true, wraps: true, cell: (row: SupportRow) => row.reason },
    { key: "state", label: t("attribute.state"), cell: (row: SupportRow) => <Badge tone={isOver(row) ? "quiet" : (TONES[row.state] ?? "neutral")}>{isOver(row) && ["requested", "granted"].includes(row.state) ? t("support.over") : codeText("support_state", row.state)}</Badge> },
    { key: "operator", label: t("support.operator"), labelled: true, cell: (row: SupportRow) => row.operator_name },
    { key: "what", label: t("support.may"), labelled: true, cell: (row: SupportRow) => t((row.state === "requested" ? row.wants_write : row.may_write) ? "support.may_write" : "support.may_read") },
    { key: "until", label: t("support.until"), labelled: true, cell: (row: SupportRow) => <DateTime instant={row.ends_at} /> },
    { key: "by", label: t("support.answered_by"), labelled: true, cell: (row: SupportRow) => row.consented_by || <Dash /> },
    {
      key: "do", label: t("operators.actions"), align: "end" as const,
      cell: (row: SupportRow) => !isOver(row) && (
        <span class="line wrap">
          {row.state === "requested" && <button type="button" class="button small primary" onClick={() => setGranting(row)}>{t("support.grant")}</button>}
          {row.state === "requested" && <button type="button" class="button small" onClick={() => run(answer(row, "refuse"))}>{t("support.refuse")}</button>}
          {row.state === "granted" && <button type="button" class="button small danger" onClick={() => run(withdraw(row))}>{t("support.withdraw")}</button>}
        </span>
      ),
    },
  ];
  return (
    <SettingsPage section="support" wide>
      <p class="muted">{t("support.text")}</p>
      <Rows<SupportRow> title={t("support.requests")} path={PATH} kinds={["support_access"]} columns={columns} empty={t("support.none")} />
      <p class="small muted">{t("support.log_text")} <a class="in-text" href="/settings/audit?actor_kind=operator">{t("audit.title")}</a></p>
      {granting && <Grant row={granting} send={(body, key) => answer(granting, "grant", { hours: body.hours, may_write: body.may_write ?? false }, key)} onClose={() => setGranting(null)} />}
    </SettingsPage>
  );
}
