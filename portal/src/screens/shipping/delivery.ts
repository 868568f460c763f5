/** A delivery as the API tells it, and the few commands that several screens send. */
import { api, type Answer } from "../../api";
import type { SalesDeliveryView } from "../../api_types";
import type { Row } from "../../entities";
import type { Tone } from "../../design/values";

export type Delivery = SalesDeliveryView & Row;
export type Parcel = SalesDeliveryView["parcels"][number];

export function deliveryPath(id: string): string {
  return `/api/shipping/deliveries/${encodeURIComponent(id)}`;
}

/** One command of a delivery, sent once. */
export function command(delivery: Delivery, name: string, body: unknown, idempotencyKey = crypto.randomUUID()): Promise<Answer<Delivery>> {
  return api.post<Delivery>(`${deliveryPath(delivery.id)}/${name}`, body, { idempotencyKey });
}

export function labelHref(delivery: Delivery, parcel: Parcel, format: "pdf" | "zpl"): string {
  return `${deliveryPath(delivery.id)}/label?parcel=${parcel.number}&format=${format}`;
}

export const STATUS_TONES: Readonly<Record<string, Tone>> = {
  announced: "quiet", in_transit: "info", out_for_delivery: "info", pickup_ready: "warn", delivered: "good", exception: "bad", returned: "bad",
};
