/** The parcels of a delivery: what lies in them, their label, and where they are. */
import { Notice } from "../../design/feedback";
import { Icon } from "../../design/icons";
import { Badge, CopyId, DateTime } from "../../design/values";
import { formatNumber } from "../../format";
import { codeText, t } from "../../i18n";
import { labelHref, STATUS_TONES, type Delivery, type Parcel } from "./delivery";

function Number({ parcel }: { parcel: Parcel }) {
  if (!parcel.tracking_number) return null;
  if (!/^https?:\/\//.test(parcel.tracking_url)) return <CopyId id={parcel.tracking_number} />;
  return <a class="mono" href={parcel.tracking_url} target="_blank" rel="noreferrer noopener">{parcel.tracking_number}</a>;
}

export function LabelLinks({ delivery, parcel }: { delivery: Delivery; parcel: Parcel }) {
  const { label } = parcel;
  if (!label) return null;
  if (label.state !== "bought") {
    const tone = label.state === "refused" ? "bad" : label.state === "buying" ? "warn" : "info";
    return <Notice tone={tone}>{codeText("label", label.state)}{label.problem && ` ${label.problem}`}</Notice>;
  }
  return (
    <span class="line wrap">
      <a class="button small" href={labelHref(delivery, parcel, "pdf")} target="_blank" rel="noopener"><Icon name="print" />{t("shipping.label_pdf")}</a>
      {label.zpl_file && <a class="button small" href={labelHref(delivery, parcel, "zpl")} download>{t("shipping.label_zpl")}</a>}
    </span>
  );
}

export function Parcels({ delivery }: { delivery: Delivery }) {
  const many = delivery.parcels.length;
  return (
    <ul class="events">
      {delivery.parcels.map((parcel) => (
        <li key={parcel.number}>
          <Icon name="truck" />
          <div class="grow stack">
            <div class="line wrap">
              <strong>{t("shipping.parcel_of", { number: parcel.number, many })}</strong>
              {parcel.status && <Badge tone={STATUS_TONES[parcel.status] ?? "neutral"}>{codeText("tracking", parcel.status)}</Badge>}
              <Number parcel={parcel} />
              {parcel.weight_grams > 0 && <span class="muted small">{t("shipping.grams", { grams: parcel.weight_grams })}</span>}
            </div>
            <div class="muted small">{parcel.lines.map((line) => `${formatNumber(line.quantity)} × ${line.sku}`).join(" · ")}</div>
            {parcel.sscc && <div class="muted small mono">SSCC {parcel.sscc}</div>}
            <LabelLinks delivery={delivery} parcel={parcel} />
            {parcel.tracking_events.length > 0 && (
              <ol class="small muted journey">
                {parcel.tracking_events.toReversed().map((event) => (
                  <li key={`${event.at} ${event.code}`}><DateTime instant={event.at} /> {codeText("tracking", event.status)}{event.text && ` · ${event.text}`}{event.place && ` · ${event.place}`}</li>
                ))}
              </ol>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}
