/** Packing with a scanner, at a table or with a telephone: one field that listens, one answer that is seen from afar. */
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, errorText, type Answer } from "../../api";
import { compare, minus } from "../../decimal";
import { Notice, Problem, Skeleton } from "../../design/feedback";
import { Icon } from "../../design/icons";
import { toastError } from "../../design/toast";
import { formatNumber } from "../../format";
import { codeText, has, t } from "../../i18n";
import { useResource } from "../../resource";
import { command, deliveryPath, type Delivery } from "./delivery";
import { Labels } from "./labels";
import { Parcels } from "./parcels";

interface Heard {
  tone: "good" | "bad";
  text: string;
}

/** A short high tone for what is right, a long low one for what is not: heard without looking. */
function sound(good: boolean): void {
  try {
    const context = new AudioContext();
    const oscillator = context.createOscillator();
    oscillator.frequency.value = good ? 1200 : 180;
    oscillator.type = good ? "sine" : "square";
    oscillator.connect(context.destination);
    oscillator.start();
    oscillator.stop(context.currentTime + (good ? 0.08 : 0.5));
    oscillator.onended = () => void context.close();
  } catch {
    // A device without sound still shows the colour.
  }
}

function refusal(error: unknown, code: string): string {
  const key = error instanceof ApiError ? `packing.${error.code}` : "";
  return has(key) ? t(key, { code }) : errorText(error);
}

/** How many of a pick lie in parcels already; several picks of one line are filled from the first. */
function progress(delivery: Delivery): { key: string; sku: string; name: string; place: string; wanted: string; packed: string }[] {
  const left = new Map(delivery.left.map((each) => [`${each.line_id} ${each.sku}`, each.quantity]));
  return delivery.picks.toReversed().map((pick, n) => {
    const key = `${pick.line_id} ${pick.sku}`;
    const missing = left.get(key) ?? "0";
    const mine = compare(missing, pick.quantity) > 0 ? pick.quantity : missing;
    left.set(key, minus(missing, mine));
    return { key: `${key} ${n}`, sku: pick.sku, name: pick.name, place: [pick.location, pick.lot_number].filter(Boolean).join(" · "), wanted: pick.quantity, packed: minus(pick.quantity, mine) };
  }).toReversed();
}

function Picks({ delivery }: { delivery: Delivery }) {
  return (
    <ul class="picks">
      {progress(delivery).map((pick) => (
        <li key={pick.key} class={compare(pick.packed, pick.wanted) === 0 ? "done" : ""}>
          <div class="two-lines grow"><span>{pick.name || pick.sku}</span><span class="mono small muted">{pick.sku}</span></div>
          {pick.place && <strong class="mono">{pick.place}</strong>}
          <strong class="figure">{t("packing.of", { packed: formatNumber(pick.packed), wanted: formatNumber(pick.wanted) })}</strong>
        </li>
      ))}
    </ul>
  );
}

interface StepProps {
  delivery: Delivery;
  onAnswer: (answer: Answer<Delivery>) => void;
}

function Scanning({ delivery, onAnswer }: StepProps) {
  const [parcel, setParcel] = useState(delivery.parcels.at(-1)?.number ?? 1);
  const [heard, setHeard] = useState<Heard | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const queue = useRef(Promise.resolve());
  const numbers = [...new Set([...delivery.parcels.map((each) => each.number), parcel])].toSorted((one, other) => one - other);
  useEffect(() => field.current?.focus(), [parcel]);

  /** Scans are sent one after the other, in the order they were heard. */
  function send(name: string, body: Record<string, unknown>, code: string): void {
    queue.current = queue.current.then(async () => {
      try {
        onAnswer(await command(delivery, name, body));
        setHeard({ tone: "good", text: t("packing.counted", { code }) });
        sound(true);
      } catch (error) {
        setHeard({ tone: "bad", text: refusal(error, code) });
        sound(false);
      }
    });
  }

  function scan(event: Event): void {
    event.preventDefault();
    const code = field.current?.value.trim() ?? "";
    if (!code || !field.current) return;
    field.current.value = "";
    send("scan", { code, parcel_number: parcel }, code);
  }

  return (
    <section class="stack">
      <form class={`scan ${heard?.tone ?? ""}`} onSubmit={scan}>
        <label class="label" for="scan">{t("packing.scan")}</label>
        <input id="scan" ref={field} class="input" autocomplete="off" autocapitalize="off" spellcheck={false} enterkeyhint="send" placeholder={t("packing.scan_help")} />
        <div class="heard" role="status" aria-live="assertive">{heard?.text ?? t("packing.listening")}</div>
      </form>
      <div class="line wrap" role="group" aria-label={t("shipping.parcels")}>
        {numbers.map((number) => (
          <button key={number} type="button" class={`button ${number === parcel ? "primary" : ""}`} aria-pressed={number === parcel} onClick={() => setParcel(number)}>{t("packing.parcel", { number })}</button>
        ))}
        <button type="button" class="button" onClick={() => setParcel(Math.max(...numbers) + 1)}><Icon name="plus" />{t("packing.new_parcel")}</button>
      </div>
      <Picks delivery={delivery} />
      {delivery.left.length > 0 && (
        <button type="button" class="button" onClick={() => send("pick_all", { parcel_number: parcel }, t("packing.everything"))}>{t("packing.pick_all")}</button>
      )}
    </section>
  );
}

function Closing({ delivery, onAnswer }: StepProps) {
  const [grams, setGrams] = useState<Record<number, string>>({});
  const [isShort, setShort] = useState(false);
  const filled = delivery.parcels.filter((parcel) => parcel.lines.length > 0);
  if (filled.length === 0) return null;

  async function close(allowShort: boolean): Promise<void> {
    const parcels = filled.map((parcel) => ({ number: parcel.number, weight_grams: Number.parseInt(grams[parcel.number] ?? "", 10) || 0 }));
    try {
      onAnswer(await command(delivery, "pack", { parcels, allow_short: allowShort }));
    } catch (error) {
      if (error instanceof ApiError && error.code === "not_all_picked") setShort(true);
      else toastError(error);
    }
  }

  return (
    <section class="card">
      <header><h2>{t("packing.close")}</h2></header>
      <div class="card-body stack">
        {filled.map((parcel) => (
          <label key={parcel.number} class="weight">
            <span>{t("packing.weight_of", { number: parcel.number })}</span>
            <input class="input figure" inputMode="numeric" placeholder={t("packing.weight_help")} value={grams[parcel.number] ?? ""} onInput={(event) => setGrams({ ...grams, [parcel.number]: event.currentTarget.value })} />
          </label>
        ))}
        {isShort && <Notice tone="warn">{t("packing.is_short")}</Notice>}
        <div class="line wrap">
          <button type="button" class="button primary" onClick={() => void close(false)}>{t("packing.close")}</button>
          {isShort && <button type="button" class="button" onClick={() => void close(true)}>{t("packing.ship_short")}</button>}
        </div>
      </div>
    </section>
  );
}

function Leaving({ delivery, onAnswer }: StepProps) {
  const [busy, setBusy] = useState(false);
  const lacking = delivery.parcels.some((parcel) => parcel.label?.state !== "bought");
  async function act(name: "ship" | "unpack"): Promise<void> {
    setBusy(true);
    try {
      onAnswer(await command(delivery, name, {}));
    } catch (error) {
      toastError(error);
    } finally {
      setBusy(false);
    }
  }
  return (
    <section class="stack">
      <div class="card"><div class="card-body"><Parcels delivery={delivery} /></div></div>
      {lacking && delivery.state !== "delivered" && <div class="card"><header><h2>{t("shipping.buy_labels")}</h2></header><div class="card-body"><Labels delivery={delivery} onDone={onAnswer} /></div></div>}
      {delivery.state === "packed" && (
        <div class="line wrap">
          <button type="button" class="button primary" disabled={busy} onClick={() => void act("ship")}><Icon name="truck" />{t("order.ship")}</button>
          {delivery.allowed_actions.includes("unpack") && <button type="button" class="button" disabled={busy} onClick={() => void act("unpack")}>{t("shipping.unpack")}</button>}
        </div>
      )}
      {delivery.state === "shipped" && <Notice tone="good">{t("packing.left")} <a href="/deliveries?view=to_pack">{t("packing.next")}</a></Notice>}
    </section>
  );
}

export function PackingScreen({ id }: { id: string }) {
  const { data: delivery, error, refetch, replace } = useResource<Delivery>(deliveryPath(id), ["sales_delivery"], id);
  if (error && !delivery) return <div class="page narrow"><Problem error={error} retry={refetch} /></div>;
  if (!delivery) return <div class="page narrow"><Skeleton lines={8} /></div>;
  const props: StepProps = { delivery, onAnswer: (answer) => replace(answer) };
  return (
    <div class="page narrow packing">
      <nav class="breadcrumb" aria-label={t("document.path")}><a href="/deliveries">{t("shipping.plural")}</a> / <a href={`/deliveries/${encodeURIComponent(id)}`}>{delivery.number}</a></nav>
      <h1>{delivery.number} <span class="muted">{codeText("shipping_state", delivery.state)}</span></h1>
      <p class="muted">{[delivery.customer_name, delivery.warehouse_name, delivery.order_note].filter(Boolean).join(" · ")}</p>
      {delivery.order_state === "on_hold" && <Notice tone="warn">{t("shipping.order_on_hold")}</Notice>}
      {(delivery.state === "ready" || delivery.state === "picking") && <><Scanning {...props} /><Closing {...props} /></>}
      {["packed", "shipped", "delivered"].includes(delivery.state) && <Leaving {...props} />}
      {delivery.state === "cancelled" && <Notice tone="info">{t("shipping_state.cancelled")}</Notice>}
    </div>
  );
}
