/** Roles: what each may do side by side, the company's own made and changed here, and who has them. */
import { useState } from "preact/hooks";
import { api } from "../../api";
import type { ApiKeyRow, InvitationRow, RoleDetail, RoleView, UserRow } from "../../api_types";
import { announce } from "../../changes";
import { Skeleton } from "../../design/feedback";
import type { Values } from "../../design/form";
import { Icon } from "../../design/icons";
import { ask, Dialog } from "../../design/overlay";
import { Table } from "../../design/table";
import { toast, toastError } from "../../design/toast";
import { Badge, Dash } from "../../design/values";
import type { FormField } from "../../entities";
import { codeText, language, t } from "../../i18n";
import { useResource } from "../../resource";
import { may } from "../../session";
import { usePages } from "../pages";
import { FormDialog } from "./form_dialog";
import { SettingsPage } from "./layout";
import { areaOf, PermissionBoxes, permissionText, usePermissions } from "./permissions";
import { roleName, ROLES_PATH, useRoles } from "./role_data";

const FIELDS: readonly FormField[] = [
  { key: "name_fr", label: "roles.name_fr", type: "text", help: "roles.name_help" },
  { key: "name_en", label: "roles.name_en", type: "text" },
  { key: "description", label: "attribute.description", type: "textarea", full: true },
];

/** Which permissions the caller may give, and which only show. */
function useOffered(ticked: ReadonlySet<string>): { offered: string[]; locked: string[] } {
  const all = Object.keys(usePermissions()?.permissions ?? {});
  return { offered: all.filter((each) => may(each)), locked: all.filter((each) => !may(each) && ticked.has(each)) };
}

function RoleDialog({ role, onClose }: { role?: RoleDetail; onClose: () => void }) {
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set(role?.permissions ?? []));
  const { offered, locked } = useOffered(ticked);
  async function send(body: Values, idempotencyKey: string): Promise<void> {
    const whole = { ...body, permissions: [...offered, ...locked].filter((each) => ticked.has(each)) };
    if (role) await api.put(`${ROLES_PATH}/${role.role}`, whole, { etag: `"${role.version}"`, idempotencyKey });
    else await api.post(ROLES_PATH, whole, { idempotencyKey });
    announce("role", role?.role ?? "");
    toast(t("action.saved"));
  }
  const values = role ? { name_fr: role.fr, name_en: role.en, description: role.description } : {};
  const boxes = <PermissionBoxes legend={t("roles.may")} offered={offered} locked={locked} ticked={ticked} onChange={setTicked} />;
  return (
    <FormDialog
      title={role ? role[language.value] : t("roles.create")} fields={FIELDS} values={values} submit={t(role ? "action.save" : "action.create")}
      send={send} onClose={onClose} wide below={boxes}
    >
      {role && role.holders.length > 0 && <p class="muted small">{t("roles.holds_at_once", { count: role.holders.length })}</p>}
    </FormDialog>
  );
}

function Edit({ role, onClose }: { role: RoleView; onClose: () => void }) {
  const { data } = useResource<RoleDetail>(`${ROLES_PATH}/${role.role}`);
  return data ? <RoleDialog key={data.version} role={data} onClose={onClose} /> : null;
}

async function remove(role: RoleView): Promise<void> {
  const name = role[language.value];
  const sure = await ask({ title: t("roles.remove"), text: t("roles.remove_question", { name }), confirm: t("roles.remove"), danger: true });
  if (!sure) return;
  await api.delete(`${ROLES_PATH}/${role.role}`);
  announce("role", role.role);
  toast(t("roles.removed", { name }));
}

/** Users, open invitations and keys that have a role, each by its name. */
function Holders({ role, onClose }: { role: RoleView; onClose: () => void }) {
  const users = usePages("/api/tenants/users", { role: role.role }, ["user"]);
  const invited = usePages("/api/tenants/invitations", { role: role.role, state: "pending" }, ["invitation"]);
  const keys = `/api/tenants/api-keys?role=${role.role}&is_revoked=false&limit=100`;
  const programs = useResource<{ items: ApiKeyRow[] }>(may("api_keys.manage") ? keys : null, ["api_key"]).data?.items ?? [];
  const rows = [
    ...(users.items as unknown as UserRow[]).map((each) => ({ id: each.id, kind: t("roles.kind_user"), name: each.name, more: each.email })),
    ...(invited.items as unknown as InvitationRow[]).map((each) => ({ id: each.id, kind: t("roles.kind_invitation"), name: each.name, more: each.email })),
    ...programs.map((each) => ({ id: each.id, kind: t("roles.kind_api_key"), name: each.name, more: `…${each.last4}` })),
  ];
  const columns = [
    { key: "name", label: t("attribute.name"), primary: true, cell: (row: (typeof rows)[number]) => row.name },
    { key: "more", label: t("attribute.email"), cell: (row: (typeof rows)[number]) => row.more },
    { key: "kind", label: t("roles.kind"), cell: (row: (typeof rows)[number]) => <Badge tone="quiet">{row.kind}</Badge> },
  ];
  return (
    <Dialog title={t("roles.who_has", { name: roleName([role], role.role) })} onClose={onClose} footer={<button type="button" class="button primary" onClick={onClose}>{t("action.close")}</button>}>
      {users.loading ? <Skeleton lines={3} /> : rows.length === 0 ? <p class="muted">{t("roles.nobody")}</p> : <Table label={t("roles.who")} rows={rows} columns={columns} rowId={(row) => row.id} />}
    </Dialog>
  );
}

/** What each role may do: areas as groups of rows, a permission a row with its explanation, a role a column. */
function Matrix({ roles }: { roles: readonly RoleView[] }) {
  const labels = usePermissions()?.permissions;
  if (!labels) return null;
  const names = Object.keys(labels);
  return (
    <section class="card">
      <header><h2>{t("users.what_roles_may")}</h2></header>
      <div class="table-scroll card-scroll tall" tabIndex={0} role="region" aria-label={t("users.what_roles_may")}>
        <table class="table role-matrix">
          <caption class="visually-hidden">{t("users.what_roles_may")}</caption>
          <thead><tr><th scope="col">{t("users.permission")}</th>{roles.map((role) => <th key={role.role} scope="col">{role[language.value]}</th>)}</tr></thead>
          {[...new Set(names.map(areaOf))].map((area) => (
            <tbody key={area}>
              <tr><th scope="rowgroup" colSpan={roles.length + 1} class="row-area">{codeText("area", area)}</th></tr>
              {names.filter((each) => areaOf(each) === area).map((name) => (
                <tr key={name}>
                  <th scope="row" class="row-head" title={name}>{permissionText(labels, name)}</th>
                  {roles.map((role) => <td key={role.role}>{role.permissions.includes(name) ? <><Icon name="check" /><span class="visually-hidden">{t("value.yes")}</span></> : <Dash />}</td>)}
                </tr>
              ))}
            </tbody>
          ))}
        </table>
      </div>
    </section>
  );
}

function RoleList({ roles, onEdit, onWho }: { roles: readonly RoleView[]; onEdit: (role: RoleView) => void; onWho: (role: RoleView) => void }) {
  const columns = [
    {
      key: "name", label: t("attribute.role"), primary: true, wraps: true,
      cell: (role: RoleView) => <span class="line wrap">{role[language.value]}<Badge tone={role.is_builtin ? "quiet" : "info"}>{t(role.is_builtin ? "roles.built_in" : "roles.own")}</Badge></span>,
    },
    { key: "description", label: t("attribute.description"), wraps: true, cell: (role: RoleView) => (role.is_builtin ? codeText("role_text", role.role) : role.description || <Dash />) },
    { key: "count", label: t("roles.permissions"), align: "end" as const, labelled: true, cell: (role: RoleView) => role.permissions.length },
    {
      key: "act", label: t("users.change"), align: "end" as const,
      cell: (role: RoleView) => (
        <span class="line wrap end">
          <button type="button" class="button small" aria-label={`${t("roles.who")} ${role[language.value]}`} onClick={() => onWho(role)}>{t("roles.who")}</button>
          {!role.is_builtin && may("users.manage") && role.is_grantable && (
            <>
              <button type="button" class="button small" aria-label={`${t("users.change")} ${role[language.value]}`} onClick={() => onEdit(role)}>{t("users.change")}</button>
              <button type="button" class="button small danger" aria-label={`${t("roles.remove")} ${role[language.value]}`} onClick={() => void remove(role).catch(toastError)}>{t("roles.remove")}</button>
            </>
          )}
        </span>
      ),
    },
  ];
  return (
    <section class="card">
      <header><h2>{t("settings.roles")}</h2></header>
      <Table label={t("settings.roles")} rows={roles} columns={columns} rowId={(role) => role.role} />
    </section>
  );
}

export function RolesScreen() {
  const roles = useRoles();
  const [creating, setCreating] = useState(false);
  const [edited, setEdited] = useState<RoleView | null>(null);
  const [shown, setShown] = useState<RoleView | null>(null);
  const button = may("users.manage") && <button type="button" class="button primary" onClick={() => setCreating(true)}><Icon name="plus" />{t("roles.create")}</button>;
  return (
    <SettingsPage section="roles" actions={button} wide>
      <p class="muted">{t("roles.text")}</p>
      {roles ? <RoleList roles={roles} onEdit={setEdited} onWho={setShown} /> : <div class="card card-body"><Skeleton lines={6} /></div>}
      {roles && <Matrix roles={roles} />}
      {creating && <RoleDialog onClose={() => setCreating(false)} />}
      {edited && <Edit role={edited} onClose={() => setEdited(null)} />}
      {shown && <Holders role={shown} onClose={() => setShown(null)} />}
    </SettingsPage>
  );
}
