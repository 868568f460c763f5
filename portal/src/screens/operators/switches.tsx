/** Feature switches: on for all, off for all, or on for chosen companies. */
import { useState } from "preact/hooks";
import { api } from "../../api";
import type { SwitchView } from "../../api_types";
import { Problem, Skeleton } from "../../design/feedback";
import type { Values } from "../../design/form";
import { toast } from "../../design/toast";
import { Badge, Dash } from "../../design/values";
import { Table } from "../../design/table";
import type { FormField } from "../../entities";
import { codeText, language, t } from "../../i18n";
import { useResource } from "../../resource";
import { FormDialog } from "../settings/form_dialog";

const MODES = ["on", "off", "chosen"] as const;

function Setting({ found, onDone, onClose }: { found: SwitchView; onDone: () => void; onClose: () => void }) {
  const modes = MODES.filter((mode) => mode !== "chosen" || found.by_tenant);
  const fields: FormField[] = [
    { key: "mode", label: "operators.mode", type: "choice", required: true, options: modes.map((value) => ({ value, text: codeText("switch_mode", value) })) },
    ...(found.by_tenant ? [{ key: "tenant_ids", label: "operators.chosen", type: "tags", help: "operators.chosen_help" } as FormField] : []),
  ];
  async function send(body: Values, idempotencyKey: string): Promise<void> {
    const chosen = body.mode === "chosen" ? (body.tenant_ids ?? []) : [];
    await api.put(`/api/operators/switches/${found.id}`, { mode: body.mode, tenant_ids: chosen }, { etag: `"${found.version}"`, idempotencyKey });
    toast(t("operators.switched"));
    onDone();
  }
  const values = { mode: found.mode, tenant_ids: [...found.tenant_ids] };
  return <FormDialog title={found.words[language.value] ?? found.id} submit={t("action.save")} fields={fields} values={values} send={send} onClose={onClose} />;
}

export function Switches() {
  const { data, error, refetch } = useResource<{ items: SwitchView[] }>("/api/operators/switches");
  const [chosen, setChosen] = useState<SwitchView | null>(null);
  if (error !== undefined && !data) return <Problem error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton lines={4} />;
  const tones = { on: "good", off: "bad", chosen: "info" } as const;
  const columns = [
    { key: "name", label: t("operators.feature"), primary: true, wraps: true, cell: (row: SwitchView) => row.words[language.value] ?? row.id },
    { key: "mode", label: t("operators.mode"), cell: (row: SwitchView) => <span><Badge tone={tones[row.mode as keyof typeof tones] ?? "neutral"}>{codeText("switch_mode", row.mode)}</Badge>{row.is_default && <span class="muted small"> {t("operators.default")}</span>}</span> },
    { key: "tenants", label: t("operators.chosen"), labelled: true, cell: (row: SwitchView) => (row.tenant_ids.length > 0 ? <span class="wrapping">{row.tenant_ids.join(", ")}</span> : <Dash />) },
    { key: "do", label: t("operators.actions"), align: "end" as const, cell: (row: SwitchView) => <button type="button" class="button small" onClick={() => setChosen(row)}>{t("operators.set")}</button> },
  ];
  return (
    <>
      <div class="page-header"><h1>{t("operators.switches")}</h1></div>
      <p class="muted">{t("operators.switches_text")}</p>
      <section class="card"><Table label={t("operators.switches")} rows={data.items} columns={columns} rowId={(row) => row.id} /></section>
      {chosen && <Setting found={chosen} onDone={() => void refetch()} onClose={() => setChosen(null)} />}
    </>
  );
}
