/** One's own passkeys: add one for this device, give it a name, take it away. */
import { useState } from "preact/hooks";
import { api } from "../../api";
import type { PasskeyView } from "../../api_types";
import { announce } from "../../changes";
import type { Values } from "../../design/form";
import { Notice } from "../../design/feedback";
import { toast } from "../../design/toast";
import { Badge, Dash, DateTime } from "../../design/values";
import type { FormField } from "../../entities";
import { t } from "../../i18n";
import { addPasskey, hasPasskeys, passkeyPlace, passkeyProof, wasDismissed } from "../../passkeys";
import { restoreSession, session } from "../../session";
import { FormDialog } from "./form_dialog";
import { Rows } from "./rows";

const PASSKEYS = "/api/tenants/passkeys";
const NAME: FormField = { key: "name", label: "attribute.name", type: "text", required: true, full: true, help: "passkeys.name_help" };
const PASSWORD: FormField = { key: "password", label: "attribute.password", type: "password", required: true, full: true };
const CODE: FormField = { key: "code", label: "access.code", type: "text", required: true, full: true };

/** Password and, when codes are on, a code; of who has a passkey, that. */
function evidenceFields(): readonly FormField[] {
  if ((session.value?.user.passkey_count ?? 0) > 0) return [];
  return session.value?.user.totp_enabled ? [PASSWORD, CODE] : [PASSWORD];
}

async function evidenceOf(body: Values): Promise<Record<string, string>> {
  if (evidenceFields().length === 0) return { proof: await passkeyProof() };
  return { password: String(body.password ?? ""), ...(body.code ? { code: String(body.code).replaceAll(" ", "") } : {}) };
}

async function done(text: string): Promise<void> {
  announce("passkey", "");
  await restoreSession();
  toast(text);
}

function Add({ onClose }: { onClose: () => void }) {
  async function send(body: Values): Promise<void> {
    await addPasskey(String(body.name), await evidenceOf(body));
    await done(t("passkeys.added"));
  }
  const guarded = (body: Values) => send(body).catch((error: unknown) => {
    if (wasDismissed(error)) toast(t("passkeys.dismissed"));
    else throw error;
  });
  return (
    <FormDialog title={t("passkeys.add")} fields={[NAME, ...evidenceFields()]} submit={t("action.continue")} send={guarded} onClose={onClose}>
      <p class="muted">{t(evidenceFields().length ? "passkeys.add_text" : "passkeys.add_by_passkey")}</p>
    </FormDialog>
  );
}

function Rename({ passkey, onClose }: { passkey: PasskeyView; onClose: () => void }) {
  async function send(body: Values): Promise<void> {
    await api.put(`${PASSKEYS}/${passkey.id}`, body);
    announce("passkey", passkey.id);
  }
  return <FormDialog title={t("passkeys.rename")} fields={[NAME]} values={{ name: passkey.name }} submit={t("action.save")} send={send} onClose={onClose} />;
}

function Remove({ passkey, onClose }: { passkey: PasskeyView; onClose: () => void }) {
  async function send(body: Values): Promise<void> {
    await api.post(`${PASSKEYS}/${passkey.id}/remove`, await evidenceOf(body));
    await done(t("passkeys.removed"));
  }
  const guarded = (body: Values) => send(body).catch((error: unknown) => {
    if (wasDismissed(error)) toast(t("passkeys.dismissed"));
    else throw error;
  });
  return (
    <FormDialog title={t("passkeys.remove")} fields={evidenceFields()} submit={t("passkeys.remove")} danger send={guarded} onClose={onClose}>
      <p class="muted">{t("passkeys.remove_text", { name: passkey.name })}</p>
    </FormDialog>
  );
}

export function Passkeys() {
  const [dialog, setDialog] = useState<{ what: "add" | "rename" | "remove"; passkey?: PasskeyView } | null>(null);
  const place = passkeyPlace();
  const close = () => setDialog(null);
  const columns = [
    { key: "name", label: t("attribute.name"), primary: true, cell: (row: PasskeyView) => <span class="line">{row.name}{row.is_synced && <Badge>{t("passkeys.synced")}</Badge>}</span> },
    { key: "created_at", label: t("attribute.created_at"), labelled: true, cell: (row: PasskeyView) => <DateTime instant={row.created_at} /> },
    { key: "last_used_at", label: t("passkeys.last_used"), labelled: true, cell: (row: PasskeyView) => (row.last_used_at ? <DateTime instant={row.last_used_at} /> : <Dash />) },
    {
      key: "actions", label: t("passkeys.actions"), align: "end" as const,
      cell: (row: PasskeyView) => (
        <span class="line">
          <button type="button" class="button small" onClick={() => setDialog({ what: "rename", passkey: row })}>{t("passkeys.rename")}</button>
          <button type="button" class="button small danger" onClick={() => setDialog({ what: "remove", passkey: row })}>{t("passkeys.remove")}</button>
        </span>
      ),
    },
  ];
  const mayAdd = !place && hasPasskeys();
  return (
    <>
      <Rows<PasskeyView & { kind: string }>
        title={t("passkeys.title")} path={PASSKEYS} kinds={["passkey"]} columns={columns} empty={t("passkeys.none")}
        actions={mayAdd && <button type="button" class="button primary" onClick={() => setDialog({ what: "add" })}>{t("passkeys.add")}</button>}
      />
      {place && <Notice>{t("passkeys.elsewhere")} <a class="in-text" href={place}>{place}</a></Notice>}
      {dialog?.what === "add" && <Add onClose={close} />}
      {dialog?.what === "rename" && dialog.passkey && <Rename passkey={dialog.passkey} onClose={close} />}
      {dialog?.what === "remove" && dialog.passkey && <Remove passkey={dialog.passkey} onClose={close} />}
    </>
  );
}

