/** A postal address as it is written on a parcel, with the country's name. */
import type { Address } from "../api_types";
import { countryName } from "../countries";
import { Dash } from "./values";

export function AddressText({ address }: { address: Address }) {
  const place = [address.postal_code, address.city].filter(Boolean).join(" ");
  const country = [address.region, countryName(address.country_code)].filter(Boolean).join(", ");
  const lines = [address.company_name, address.name, address.line1, address.line2, place, country].filter(Boolean);
  if (lines.length === 0) return <Dash />;
  return (
    <address>
      {lines.map((line, index) => <div key={index}>{line}</div>)}
      {address.phone && <a href={`tel:${address.phone.replace(/\s/g, "")}`}>{address.phone}</a>}
    </address>
  );
}
