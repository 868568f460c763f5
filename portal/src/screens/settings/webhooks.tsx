/** Outgoing webhooks: the company's programs that are told what happens; with an endpoint in the address, its page. */
import { useState } from "preact/hooks";
import type { NewSecretView, WebhookEndpointRow } from "../../api_types";
import { Icon } from "../../design/icons";
import { Dash, DateTime } from "../../design/values";
import { t } from "../../i18n";
import { place } from "../../router";
import { SettingsPage } from "./layout";
import { Rows } from "./rows";
import { SecretOnce } from "./secret_once";
import { EndpointPage } from "./webhook";
import { EndpointEditor, ENDPOINTS, EndpointState } from "./webhook_editor";

export function WebhooksScreen() {
  const wanted = place.value.query.get("endpoint");
  return wanted ? <EndpointPage key={wanted} id={wanted} /> : <EndpointList />;
}

function EndpointList() {
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<NewSecretView | null>(null);
  const columns = [
    { key: "name", label: t("attribute.name"), primary: true, cell: (row: WebhookEndpointRow) => <a href={`/settings/webhooks?endpoint=${row.id}`}>{row.name}</a> },
    { key: "url", label: t("webhooks.url"), cell: (row: WebhookEndpointRow) => <code class="wrapping">{row.url}</code> },
    { key: "event_count", label: t("webhooks.events"), align: "end" as const, labelled: true, cell: (row: WebhookEndpointRow) => row.event_count },
    { key: "state", label: t("attribute.state"), cell: (row: WebhookEndpointRow) => <EndpointState endpoint={row} /> },
    { key: "last_success_at", label: t("webhooks.last_success"), labelled: true, cell: (row: WebhookEndpointRow) => (row.last_success_at ? <DateTime instant={row.last_success_at} /> : <Dash />) },
  ];
  const button = <button type="button" class="button primary" onClick={() => setMaking(true)}><Icon name="plus" />{t("webhooks.create")}</button>;
  return (
    <SettingsPage section="webhooks" actions={button} wide>
      <div class="line wrap"><p class="muted grow">{t("webhooks.text")}</p><a class="button small" href="/developers">{t("developers.title")}</a></div>
      <Rows<WebhookEndpointRow> title={t("webhooks.endpoints")} path={ENDPOINTS} kinds={["webhook_endpoint"]} columns={columns} empty={t("webhooks.none")} />
      {making && <EndpointEditor onMade={setMade} onClose={() => setMaking(false)} />}
      {made && <SecretOnce title={t("webhooks.created")} secret={made.secret} onClose={() => setMade(null)} />}
    </SettingsPage>
  );
}
