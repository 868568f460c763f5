/** Who may come in, with which role; and who is invited. */
import { useState } from "preact/hooks";
import { api } from "../../api";
import type { InvitationRow, UserRow, UserView } from "../../api_types";
import { announce } from "../../changes";
import { Icon } from "../../design/icons";
import { ask } from "../../design/overlay";
import type { Values } from "../../design/form";
import { toast, toastError } from "../../design/toast";
import { Badge, Dash, DateTime } from "../../design/values";
import type { Choice, FormField, Row } from "../../entities";
import { codeText, t } from "../../i18n";
import { useResource } from "../../resource";
import { may, session } from "../../session";
import { EraseUser } from "../leaving/erase_person";
import { FormDialog } from "./form_dialog";
import { SettingsPage } from "./layout";
import { Limited, PLACES } from "./places";
import { roleChoices, roleName, useRoles } from "./role_data";
import { Rows } from "./rows";

const roleField = (options: readonly Choice[]): FormField => ({ key: "role", label: "attribute.role", type: "choice", required: true, options });
const LOCALE: FormField = { key: "locale", label: "settings.language", type: "choice", empty: "", options: [{ value: "fr", label: "language.fr" }, { value: "en", label: "language.en" }] };
const NAME: FormField = { key: "name", label: "attribute.name", type: "text", required: true };
const EMAIL: FormField = { key: "email", label: "attribute.email", type: "email", required: true };
const IS_ACTIVE: FormField = { key: "is_active", label: "users.may_sign_in", type: "boolean" };

function Users({ onChange, onErase }: { onChange: (user: UserRow) => void; onErase: (user: UserRow) => void }) {
  const own = session.value?.user.id;
  const roles = useRoles();
  const columns = [
    {
      key: "name", label: t("attribute.name"), primary: true,
      cell: (user: UserRow) => <span class="line wrap">{user.name}{user.id === own && <Badge tone="info">{t("users.you")}</Badge>}</span>,
    },
    { key: "email", label: t("attribute.email"), cell: (user: UserRow) => user.email },
    { key: "role", label: t("attribute.role"), cell: (user: UserRow) => roleName(roles, user.role) },
    { key: "places", label: t("users.places"), labelled: true, cell: (user: UserRow) => <Limited row={user} /> },
    { key: "totp", label: t("access.second_factor"), labelled: true, cell: (user: UserRow) => <Badge tone={user.totp_enabled ? "good" : "quiet"}>{t(user.totp_enabled ? "value.on" : "value.off")}</Badge> },
    { key: "state", label: t("attribute.state"), cell: (user: UserRow) => <Badge tone={user.state === "active" ? "good" : user.email ? "bad" : "quiet"}>{t(user.state === "active" ? "state.active" : user.email ? "users.shut_out" : "users.erased")}</Badge> },
    {
      key: "change", label: t("users.change"), align: "end" as const,
      cell: (user: UserRow) => user.email && (
        <span class="line end">
          {may("users.manage") && <button type="button" class="button small" aria-label={`${t("users.change")} ${user.name}`} onClick={() => onChange(user)}>{t("users.change")}</button>}
          {may("data.erase") && <button type="button" class="button small danger" aria-label={`${t("users.erase")} ${user.name}`} onClick={() => onErase(user)}>{t("users.erase")}</button>}
        </span>
      ),
    },
  ];
  return <Rows<UserRow> title={t("settings.users")} path="/api/tenants/users" kinds={["user"]} columns={columns} empty={t("list.none")} />;
}

async function revoke(invitation: InvitationRow): Promise<void> {
  const sure = await ask({ title: t("users.revoke"), text: t("users.revoke_question", { email: invitation.email }), confirm: t("users.revoke"), danger: true });
  if (!sure) return;
  await api.post(`/api/tenants/invitations/${invitation.id}/revoke`);
  announce("invitation", invitation.id);
}

async function resend(invitation: InvitationRow): Promise<void> {
  await api.post(`/api/tenants/invitations/${invitation.id}/resend`);
  announce("invitation", invitation.id);
  toast(t("users.invited", { email: invitation.email }));
}

function Invitations() {
  const roles = useRoles();
  const columns = [
    { key: "email", label: t("attribute.email"), primary: true, cell: (row: InvitationRow) => row.email },
    { key: "name", label: t("attribute.name"), cell: (row: InvitationRow) => row.name },
    { key: "role", label: t("attribute.role"), cell: (row: InvitationRow) => roleName(roles, row.role) },
    { key: "state", label: t("attribute.state"), cell: (row: InvitationRow) => <Badge tone={row.state === "pending" ? "warn" : row.state === "accepted" ? "good" : "quiet"}>{codeText("invitation_state", row.state)}</Badge> },
    { key: "expires_at", label: t("attribute.expires_at"), labelled: true, cell: (row: InvitationRow) => <DateTime instant={row.expires_at} /> },
    {
      key: "revoke", label: t("users.revoke"), align: "end" as const,
      cell: (row: InvitationRow) => row.state === "pending" && may("users.manage") && (
        <span class="line end">
          <button type="button" class="button small" aria-label={`${t("users.resend")} ${row.email}`} onClick={() => void resend(row).catch(toastError)}>{t("users.resend")}</button>
          <button type="button" class="button small danger" aria-label={`${t("users.revoke")} ${row.email}`} onClick={() => void revoke(row).catch(toastError)}>{t("users.revoke")}</button>
        </span>
      ),
    },
  ];
  return <Rows<InvitationRow> title={t("users.invitations")} path="/api/tenants/invitations" kinds={["invitation"]} columns={columns} empty={t("users.no_invitations")} />;
}

function ChangeUser({ user, onClose }: { user: UserRow; onClose: () => void }) {
  const { data, etag } = useResource<UserView>(`/api/tenants/users/${user.id}`);
  const roles = useRoles();
  if (!data) return null;
  const fields = [NAME, roleField(roleChoices(roles, data.role)), LOCALE, ...PLACES, IS_ACTIVE];
  async function send(body: Values, idempotencyKey: string): Promise<void> {
    await api.put(`/api/tenants/users/${user.id}`, body, { etag, idempotencyKey });
    announce("user", user.id);
    toast(t("action.saved"));
  }
  const lastSeen = <p class="muted small">{t("users.last_sign_in")} {data.last_sign_in_at ? <DateTime instant={data.last_sign_in_at} /> : <Dash />}</p>;
  return <FormDialog title={user.name} fields={fields} values={data as unknown as Values} submit={t("action.save")} send={send} onClose={onClose} wide>{lastSeen}</FormDialog>;
}

export function UsersScreen() {
  const [inviting, setInviting] = useState(false);
  const [changed, setChanged] = useState<UserRow | null>(null);
  const [erased, setErased] = useState<UserRow | null>(null);
  const roles = useRoles();
  async function invite(body: Values, idempotencyKey: string): Promise<void> {
    const answer = await api.post<Row>("/api/tenants/invitations", body, { idempotencyKey });
    announce("invitation", answer.body.id);
    toast(t("users.invited", { email: String(body.email) }));
  }
  const button = may("users.manage") && <button type="button" class="button primary" onClick={() => setInviting(true)}><Icon name="plus" />{t("users.invite")}</button>;
  return (
    <SettingsPage section="users" actions={button} wide>
      <Users onChange={setChanged} onErase={setErased} />
      <Invitations />
      {inviting && <FormDialog title={t("users.invite")} fields={[EMAIL, NAME, roleField(roleChoices(roles)), LOCALE, ...PLACES]} submit={t("users.invite")} send={invite} onClose={() => setInviting(false)} wide />}
      {changed && <ChangeUser user={changed} onClose={() => setChanged(null)} />}
      {erased && <EraseUser id={erased.id} onClose={() => setErased(null)} />}
    </SettingsPage>
  );
}
