/** Buys the labels of a delivery's parcels: which carrier, which service. */
import { useState } from "preact/hooks";
import type { CarrierView } from "../../api_types";
import { Notice, Problem, Skeleton } from "../../design/feedback";
import { Field } from "../../design/form";
import { Dialog } from "../../design/overlay";
import { toastError } from "../../design/toast";
import type { Answer } from "../../api";
import { t } from "../../i18n";
import { useResource } from "../../resource";
import { openDialog } from "../actions";
import { command, type Delivery } from "./delivery";

interface LabelsProps {
  delivery: Delivery;
  onDone: (answer: Answer<Delivery>) => void;
}

/** Asked again after a lost answer, the same purchase goes on: nothing is bought twice. */
export function Labels({ delivery, onDone }: LabelsProps) {
  const list = useResource<{ items: { id: string; name: string }[] }>("/api/shipping/carriers?is_active=true&limit=100", ["carrier"]);
  const [chosen, setChosen] = useState(delivery.carrier_id);
  const [service, setService] = useState("");
  const [busy, setBusy] = useState(false);
  const carriers = list.data?.items ?? [];
  const id = chosen || carriers[0]?.id || "";
  const carrier = useResource<CarrierView>(id ? `/api/shipping/carriers/${encodeURIComponent(id)}` : null, ["carrier"], id);
  if (list.error && !list.data) return <Problem error={list.error} retry={list.refetch} />;
  if (!list.data) return <Skeleton lines={2} />;
  if (carriers.length === 0) return <Notice tone="info">{t("shipping.no_carrier")} <a href="/carriers/new">{t("carrier.new")}</a></Notice>;
  const services = carrier.data?.services ?? [];

  async function buy(): Promise<void> {
    setBusy(true);
    try {
      onDone(await command(delivery, "buy_labels", { carrier_id: id, service_code: service }));
    } catch (error) {
      toastError(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <div class="stack">
      <Field label={t("carrier.singular")} full>
        {(control) => (
          <select {...control} class="input" value={id} onChange={(event) => { setChosen(event.currentTarget.value); setService(""); }}>
            {carriers.map((each) => <option key={each.id} value={each.id}>{each.name}</option>)}
          </select>
        )}
      </Field>
      {services.length > 0 && (
        <Field label={t("carrier.service")} full>
          {(control) => (
            <select {...control} class="input" value={service || carrier.data?.default_service_code} onChange={(event) => setService(event.currentTarget.value)}>
              {services.map((each) => <option key={each.code} value={each.code}>{each.name}</option>)}
            </select>
          )}
        </Field>
      )}
      <button type="button" class="button primary" disabled={busy || !id} onClick={() => void buy()}>{t("shipping.buy_labels")}</button>
    </div>
  );
}

export function openLabels(delivery: Delivery, onDone: (answer: Answer<Delivery> | null) => void): void {
  openDialog((close) => (
    <Dialog title={`${t("shipping.buy_labels")} · ${delivery.number}`} onClose={close}>
      <Labels delivery={delivery} onDone={(answer) => { onDone(answer); close(); }} />
    </Dialog>
  ));
}
