/** What a customer sees who follows the link to their parcels: no sign-in, nothing private. */
import type { TrackedOrder } from "../../api_types";
import { Empty, Problem, Skeleton } from "../../design/feedback";
import { ApiError } from "../../api";
import { Badge, CopyId, DateTime } from "../../design/values";
import { codeText, t } from "../../i18n";
import { useResource } from "../../resource";
import { STATUS_TONES } from "./delivery";

type Parcel = TrackedOrder["deliveries"][number]["parcels"][number];

function ParcelWay({ parcel, carrier }: { parcel: Parcel; carrier: string }) {
  const url = /^https?:\/\//.test(parcel.tracking_url) ? parcel.tracking_url : "";
  return (
    <section class="stack">
      <div class="line wrap">
        <Badge tone={STATUS_TONES[parcel.status] ?? "neutral"}>{parcel.status ? codeText("tracking", parcel.status) : t("track.left")}</Badge>
        {carrier && <strong>{carrier}</strong>}
        {parcel.tracking_number && (url ? <a class="mono" href={url} rel="noreferrer noopener">{parcel.tracking_number}</a> : <CopyId id={parcel.tracking_number} />)}
      </div>
      {parcel.events.length > 0 && (
        <ol class="journey small">
          {parcel.events.map((event) => <li key={event.at + event.status}><DateTime instant={event.at} /> {codeText("tracking", event.status)}{event.place && ` · ${event.place}`}</li>)}
        </ol>
      )}
    </section>
  );
}

export function Track({ token }: { token: string }) {
  const { data, error, refetch } = useResource<TrackedOrder>(`/api/shipping/track/${encodeURIComponent(token)}`);
  if (error instanceof ApiError && error.status === 404) return <Empty icon="search" title={t("track.unknown")} text={t("track.unknown_text")} />;
  if (error && !data) return <Problem error={error} retry={refetch} />;
  if (!data) return <Skeleton lines={5} />;
  return (
    <div class="stack">
      <h1>{t("track.title", { number: data.order_number })}</h1>
      {data.company && <p class="muted">{t("track.from", { company: data.company })}</p>}
      {data.deliveries.length === 0 && <p>{t("track.waiting")}</p>}
      {data.deliveries.map((delivery) => (
        <div key={delivery.number} class="stack">
          <p class="muted small">{delivery.shipped_at && <>{t("track.shipped_on")} <DateTime instant={delivery.shipped_at} /></>}</p>
          {delivery.parcels.map((parcel, n) => <ParcelWay key={parcel.tracking_number || n} parcel={parcel} carrier={delivery.carrier} />)}
        </div>
      ))}
    </div>
  );
}
