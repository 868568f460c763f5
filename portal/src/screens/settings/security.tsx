/** One's own security: one-time codes of an authenticator, passkeys, and the sessions that are open. */
import { useState } from "preact/hooks";
import { api } from "../../api";
import type { Enrolment, OpenSession } from "../../api_types";
import { announce } from "../../changes";
import type { Values } from "../../design/form";
import { Notice } from "../../design/feedback";
import { ask } from "../../design/overlay";
import { toast, toastError } from "../../design/toast";
import { Badge, CopyId, DateTime } from "../../design/values";
import type { FormField } from "../../entities";
import { t } from "../../i18n";
import { changePassword, restoreSession, session } from "../../session";
import { FormDialog } from "./form_dialog";
import { SettingsPage } from "./layout";
import { Passkeys } from "./passkeys";
import { QrCode } from "./qr";
import { Rows } from "./rows";

const PASSWORD: FormField = { key: "password", label: "attribute.password", type: "password", required: true, full: true };
const NEW_PASSWORD: readonly FormField[] = [
  { key: "current_password", label: "password.current", type: "password", required: true, full: true },
  { key: "password", label: "password.new", type: "password", required: true, full: true, help: "password.help" },
];
const CODE: FormField = { key: "code", label: "access.code", type: "text", required: true, full: true };

const plainCode = (body: Values) => String(body.code).replaceAll(" ", "");

function Enrol({ onClose }: { onClose: () => void }) {
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null);
  if (!enrolment) {
    const begin = async (body: Values, idempotencyKey: string) => setEnrolment((await api.post<Enrolment>("/api/tenants/totp", body, { idempotencyKey })).body);
    return (
      <FormDialog key="password" title={t("totp.enable")} fields={[PASSWORD]} submit={t("action.continue")} send={begin} goesOn onClose={onClose}>
        <p class="muted">{t("totp.password_again")}</p>
      </FormDialog>
    );
  }
  async function confirm(body: Values, idempotencyKey: string): Promise<void> {
    await api.post("/api/tenants/totp/confirm", { enrolment: enrolment?.enrolment, code: plainCode(body) }, { idempotencyKey });
    await restoreSession();
    toast(t("totp.is_on"));
    onClose();
  }
  return (
    <FormDialog key="code" title={t("totp.enable")} fields={[CODE]} submit={t("access.verify")} send={confirm} onClose={onClose}>
      <p class="muted">{t("totp.scan")}</p>
      <div class="line wrap qr-line">
        <QrCode text={enrolment.otpauth_uri} label={t("totp.qr")} />
        <div class="stack grow">
          <span class="small muted">{t("totp.by_hand")}</span>
          <CopyId id={enrolment.secret} />
          <a class="small" href={enrolment.otpauth_uri} target="_blank" rel="noreferrer">{t("totp.open_app")}</a>
        </div>
      </div>
    </FormDialog>
  );
}

function Disable({ onClose }: { onClose: () => void }) {
  async function send(body: Values, idempotencyKey: string): Promise<void> {
    await api.post("/api/tenants/totp/disable", { password: body.password, code: plainCode(body) }, { idempotencyKey });
    await restoreSession();
    toast(t("totp.is_off"));
  }
  return <FormDialog title={t("totp.disable")} fields={[PASSWORD, CODE]} submit={t("totp.disable")} danger send={send} onClose={onClose} />;
}

function ChangePassword({ onClose }: { onClose: () => void }) {
  async function send(body: Values): Promise<void> {
    await changePassword(String(body.current_password), String(body.password));
    announce("session", "");
    toast(t("password.changed"));
  }
  return (
    <FormDialog title={t("password.change")} fields={NEW_PASSWORD} submit={t("password.change")} send={send} onClose={onClose}>
      <p class="muted">{t("password.ends_sessions")}</p>
    </FormDialog>
  );
}

function Password() {
  const [open, setOpen] = useState(false);
  return (
    <section class="card">
      <header><h2>{t("attribute.password")}</h2></header>
      <div class="card-body stack">
        <p class="muted">{t("password.text")}</p>
        <div><button type="button" class="button" onClick={() => setOpen(true)}>{t("password.change")}</button></div>
      </div>
      {open && <ChangePassword onClose={() => setOpen(false)} />}
    </section>
  );
}

function SecondFactor() {
  const [open, setOpen] = useState(false);
  const isOn = session.value?.user.totp_enabled ?? false;
  const close = () => setOpen(false);
  return (
    <section class="card">
      <header>
        <h2>{t("access.second_factor")}</h2>
        <Badge tone={isOn ? "good" : "warn"}>{t(isOn ? "value.on" : "value.off")}</Badge>
      </header>
      <div class="card-body stack">
        {isOn ? <p class="muted">{t("totp.on_text")}</p> : <Notice tone="info">{t("totp.off_text")}</Notice>}
        <div><button type="button" class={`button ${isOn ? "danger" : "primary"}`} onClick={() => setOpen(true)}>{t(isOn ? "totp.disable" : "totp.enable")}</button></div>
      </div>
      {open && (isOn ? <Disable onClose={close} /> : <Enrol onClose={close} />)}
    </section>
  );
}

async function revoke(row: OpenSession): Promise<void> {
  if (!(await ask({ title: t("sessions.revoke"), text: t("sessions.revoke_question"), confirm: t("sessions.revoke"), danger: true }))) return;
  await api.delete(`/api/tenants/sessions/${encodeURIComponent(row.id)}`);
  announce("session", row.id);
}

function Sessions() {
  const columns = [
    {
      key: "user_agent", label: t("sign_in.browser"), primary: true,
      cell: (row: OpenSession) => <span class="line"><span class="ellipsis" title={row.user_agent}>{row.device || t("sessions.unknown")}</span>{row.is_current && <Badge tone="info">{t("sessions.this_one")}</Badge>}</span>,
    },
    { key: "source_ip", label: t("sign_in.source_ip"), cell: (row: OpenSession) => <code>{row.source_ip}</code> },
    { key: "begun", label: t("sessions.begun"), labelled: true, cell: (row: OpenSession) => <DateTime instant={row.created_at} /> },
    { key: "last_seen_at", label: t("sessions.last_seen"), labelled: true, cell: (row: OpenSession) => <DateTime instant={row.last_seen_at} /> },
    { key: "ends_at", label: t("sessions.ends"), labelled: true, cell: (row: OpenSession) => <DateTime instant={row.ends_at} /> },
    {
      key: "revoke", label: t("sessions.revoke"), align: "end" as const,
      cell: (row: OpenSession) => !row.is_current && <button type="button" class="button small danger" onClick={() => void revoke(row).catch(toastError)}>{t("sessions.revoke")}</button>,
    },
  ];
  return <Rows<OpenSession> title={t("settings.sessions")} path="/api/tenants/sessions" kinds={["session"]} columns={columns} empty={t("list.none")} />;
}

export function SecurityScreen() {
  return (
    <SettingsPage section="security" wide>
      <Password />
      <SecondFactor />
      <Passkeys />
      <Sessions />
    </SettingsPage>
  );
}
