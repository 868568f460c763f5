/** What the pages of webhook endpoints share: the state of one, and the form that makes or changes it. */
import { useState } from "preact/hooks";
import { api } from "../../api";
import type { EventTypeView, NewSecretView, WebhookEndpointRow, WebhookEndpointView } from "../../api_types";
import { announce } from "../../changes";
import type { Values } from "../../design/form";
import { Badge } from "../../design/values";
import type { FormField } from "../../entities";
import { codeText, t } from "../../i18n";
import { useResource } from "../../resource";
import { FormDialog } from "./form_dialog";

export const ENDPOINTS = "/api/webhooks/endpoints";
const FIELDS: readonly FormField[] = [
  { key: "name", label: "attribute.name", type: "text", required: true, help: "webhooks.name_help" },
  { key: "url", label: "webhooks.url", type: "text", required: true, full: true, help: "webhooks.url_help" },
];

export function EndpointState({ endpoint }: { endpoint: Pick<WebhookEndpointRow, "state" | "failing_since"> }) {
  if (endpoint.state === "disabled") return <Badge tone="quiet">{t("webhooks.off")}</Badge>;
  return endpoint.failing_since ? <Badge tone="bad">{t("state.failing")}</Badge> : <Badge tone="good">{t("state.active")}</Badge>;
}

function EventBoxes({ chosen, onChange }: { chosen: readonly string[]; onChange: (chosen: readonly string[]) => void }) {
  const { data } = useResource<{ items: EventTypeView[] }>("/api/webhooks/event-types");
  const types = data?.items ?? [];
  const areas = [...new Set(types.map((each) => each.area))];
  const toggle = (names: readonly string[], on: boolean) =>
    onChange(types.map((each) => each.type).filter((type) => (names.includes(type) ? on : chosen.includes(type))));
  return (
    <fieldset class="permission-boxes">
      <legend>{t("webhooks.events")}</legend>
      {areas.map((area) => {
        const inArea = types.filter((each) => each.area === area);
        const names = inArea.filter((each) => each.is_allowed).map((each) => each.type);
        const ticked = names.filter((name) => chosen.includes(name)).length;
        return (
          <div key={area} role="group" aria-label={codeText("area", area)}>
            <label class="line strong">
              <input
                type="checkbox" checked={names.length > 0 && ticked === names.length} disabled={names.length === 0}
                ref={(box) => { if (box) box.indeterminate = ticked > 0 && ticked < names.length; }}
                onChange={(event) => toggle(names, event.currentTarget.checked)}
              />
              {codeText("area", area)}
            </label>
            {inArea.map((each) => (
              <label key={each.type} class="line small" title={each.type}>
                <input type="checkbox" checked={chosen.includes(each.type)} disabled={!each.is_allowed} onChange={(event) => toggle([each.type], event.currentTarget.checked)} />
                {codeText("timeline", each.type)}
              </label>
            ))}
          </div>
        );
      })}
    </fieldset>
  );
}

/** A new endpoint, or one that exists with its version. */
export function EndpointEditor({ endpoint, etag, onMade, onClose }: { endpoint?: WebhookEndpointView; etag?: string | null; onMade?: (made: NewSecretView) => void; onClose: () => void }) {
  const [chosen, setChosen] = useState<readonly string[]>(endpoint?.event_types ?? ["OrderPlaced"]);
  async function send(values: Values, idempotencyKey: string): Promise<void> {
    const body = { name: values.name, url: values.url, event_types: chosen };
    if (endpoint) {
      await api.put(`${ENDPOINTS}/${endpoint.id}`, body, { etag, idempotencyKey });
      announce("webhook_endpoint", endpoint.id);
    } else {
      const made = await api.post<NewSecretView>(ENDPOINTS, body, { idempotencyKey });
      announce("webhook_endpoint", made.body.id);
      onMade?.(made.body);
    }
  }
  return (
    <FormDialog
      title={endpoint?.name ?? t("webhooks.create")} fields={FIELDS} values={endpoint && { name: endpoint.name, url: endpoint.url }}
      submit={t(endpoint ? "action.save" : "action.create")} send={send} onClose={onClose} wide
      below={<EventBoxes chosen={chosen} onChange={setChosen} />}
    />
  );
}
