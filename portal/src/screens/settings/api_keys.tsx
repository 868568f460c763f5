/** Keys for programs: made once, shown once, used or not, revoked at once. */
import { useState } from "preact/hooks";
import { api } from "../../api";
import type { ApiKeyRow, ApiKeyView, NewKeyView } from "../../api_types";
import { announce } from "../../changes";
import { Notice } from "../../design/feedback";
import type { Values } from "../../design/form";
import { Icon } from "../../design/icons";
import { ask } from "../../design/overlay";
import { toastError } from "../../design/toast";
import { Badge, Dash, DateTime } from "../../design/values";
import { choiceText, type FormField } from "../../entities";
import { t, type MessageKey } from "../../i18n";
import { useResource } from "../../resource";
import { FormDialog } from "./form_dialog";
import { SettingsPage } from "./layout";
import { Limited, PLACES } from "./places";
import { Rows } from "./rows";
import { SecretOnce } from "./secret_once";
import { narrowed, PermissionBoxes, usePermissions } from "./permissions";
import { roleChoices, roleName, useRoles } from "./role_data";

const PATH = "/api/tenants/api-keys";
const FIELDS: readonly FormField[] = [
  { key: "name", label: "attribute.name", type: "text", required: true, help: "api_keys.name_help" },
  { key: "expires_on", label: "api_keys.expires_on", type: "date", help: "api_keys.expires_help" },
  ...PLACES,
];

async function revoke(key: ApiKeyRow): Promise<void> {
  const sure = await ask({ title: t("api_keys.revoke"), text: t("api_keys.revoke_question", { name: key.name }), confirm: t("api_keys.revoke"), danger: true });
  if (!sure) return;
  await api.post(`${PATH}/${key.id}/revoke`);
  announce("api_key", key.id);
}

const OVERLAPS = ["24", "1", "72", "168", "0"] as const;
const ROTATION: readonly FormField[] = [
  { key: "overlap_hours", label: "api_keys.overlap", type: "choice", required: true, initial: "24", help: "api_keys.overlap_help", options: OVERLAPS.map((value) => ({ value, label: `overlap.${value}` as MessageKey })) },
];

function Rotate({ row, onMade, onClose }: { row: ApiKeyRow; onMade: (secret: string) => void; onClose: () => void }) {
  const { data } = useResource<ApiKeyView>(`${PATH}/${row.id}`);
  async function send(values: Values, idempotencyKey: string): Promise<void> {
    const made = await api.post<NewKeyView>(`${PATH}/${row.id}/rotate`, { overlap_hours: Number(values.overlap_hours) }, { idempotencyKey });
    announce("api_key", row.id);
    onMade(made.body.key);
  }
  return (
    <FormDialog title={`${t("api_keys.rotate")} – ${row.name}`} fields={ROTATION} submit={t("api_keys.rotate")} send={send} onClose={onClose}>
      {data?.previous_until && (
        <Notice tone="warn">
          {t("api_keys.former_until")} <DateTime instant={data.previous_until} />. {data.former_secret_used_at ? <>{t("api_keys.former_used")} <DateTime instant={data.former_secret_used_at} />.</> : t("api_keys.former_unused")}
        </Notice>
      )}
    </FormDialog>
  );
}

function NewKey({ onMade, onClose }: { onMade: (secret: string) => void; onClose: () => void }) {
  const [role, setRole] = useState("sales");
  const [without, setWithout] = useState<ReadonlySet<string>>(new Set());
  const roles = useRoles();
  const builtIn = usePermissions()?.for_keys[role];
  const held = roles?.find((each) => each.role === role)?.for_keys ?? builtIn ?? [];
  const ticked = new Set(held.filter((each) => !without.has(each)));
  async function make({ expires_on: day, ...body }: Values, idempotencyKey: string): Promise<void> {
    const expires = day ? `${String(day)}T23:59:59Z` : null;
    const permissions = narrowed(held, ticked);
    const made = await api.post<NewKeyView>(PATH, { ...body, role, permissions, expires_at: expires }, { idempotencyKey });
    announce("api_key", made.body.id);
    onMade(made.body.key);
  }
  function choose(next: string): void {
    setRole(next);
    setWithout(new Set());
  }
  return (
    <FormDialog title={t("api_keys.create")} fields={FIELDS} submit={t("action.create")} send={make} onClose={onClose} wide>
      <label class="stack">
        <span>{t("attribute.role")}</span>
        <select class="input" value={role} onChange={(event) => choose(event.currentTarget.value)}>
          {roleChoices(roles).map((each) => <option key={each.value} value={each.value}>{choiceText(each)}</option>)}
        </select>
      </label>
      <PermissionBoxes legend={t("api_keys.permissions")} offered={held} ticked={ticked} onChange={(next) => setWithout(new Set(held.filter((each) => !next.has(each))))} />
    </FormDialog>
  );
}

export function ApiKeysScreen() {
  const [making, setMaking] = useState(false);
  const roles = useRoles();
  const [secret, setSecret] = useState("");
  const [rotated, setRotated] = useState<ApiKeyRow | null>(null);
  const columns = [
    { key: "name", label: t("attribute.name"), primary: true, cell: (key: ApiKeyRow) => key.name },
    { key: "last4", label: t("api_keys.key"), cell: (key: ApiKeyRow) => <code>{`…${key.last4}`}</code> },
    { key: "role", label: t("attribute.role"), cell: (key: ApiKeyRow) => roleName(roles, key.role) },
    { key: "places", label: t("users.places"), labelled: true, cell: (key: ApiKeyRow) => <Limited row={key} /> },
    { key: "state", label: t("attribute.state"), cell: (key: ApiKeyRow) => <Badge tone={key.is_revoked ? "bad" : "good"}>{t(key.is_revoked ? "api_keys.revoked" : "state.active")}</Badge> },
    { key: "last_used_at", label: t("api_keys.last_used"), labelled: true, cell: (key: ApiKeyRow) => (key.last_used_at ? <DateTime instant={key.last_used_at} /> : <span class="muted">{t("api_keys.never_used")}</span>) },
    { key: "expires_at", label: t("attribute.expires_at"), labelled: true, cell: (key: ApiKeyRow) => (key.expires_at ? <DateTime instant={key.expires_at} /> : <Dash />) },
    {
      key: "revoke", label: t("api_keys.revoke"), align: "end" as const,
      cell: (key: ApiKeyRow) => !key.is_revoked && (
        <span class="line">
          <button type="button" class="button small" aria-label={`${t("api_keys.rotate")} ${key.name}`} onClick={() => setRotated(key)}>{t("api_keys.rotate")}</button>
          <button type="button" class="button small danger" aria-label={`${t("api_keys.revoke")} ${key.name}`} onClick={() => void revoke(key).catch(toastError)}>{t("api_keys.revoke")}</button>
        </span>
      ),
    },
  ];
  const button = <button type="button" class="button primary" onClick={() => setMaking(true)}><Icon name="plus" />{t("api_keys.create")}</button>;
  return (
    <SettingsPage section="api-keys" actions={button} wide>
      <div class="line wrap"><p class="muted grow">{t("api_keys.text")}</p><a class="button small" href="/developers">{t("developers.title")}</a></div>
      <Rows<ApiKeyRow> title={t("settings.api_keys")} path={PATH} kinds={["api_key"]} columns={columns} empty={t("api_keys.none")} />
      {making && <NewKey onMade={setSecret} onClose={() => setMaking(false)} />}
      {rotated && <Rotate row={rotated} onMade={setSecret} onClose={() => setRotated(null)} />}
      {secret && <SecretOnce title={t("api_keys.shown")} secret={secret} onClose={() => setSecret("")} />}
    </SettingsPage>
  );
}
