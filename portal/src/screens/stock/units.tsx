/** The units an article is counted in: its base unit first, then its packs. */
import { api } from "../../api";
import type { Pack, SkuFacts } from "../../api_types";
import { formatNumber, formatUnit } from "../../format";
import { codeText } from "../../i18n";

export interface Unit {
  unit_code: string;
  /** Base units in one. */
  factor: string;
}

export const NO_UNITS: readonly Unit[] = [];

export function unitsFrom(facts: { unit_code: string; packs: readonly Pick<Pack, "unit_code" | "quantity">[] }): Unit[] {
  return [{ unit_code: facts.unit_code, factor: "1" }, ...facts.packs.map((pack) => ({ unit_code: pack.unit_code, factor: pack.quantity }))];
}

export async function unitsOf(sku: string): Promise<Unit[]> {
  return unitsFrom((await api.get<SkuFacts>(`/api/catalog/skus/${encodeURIComponent(sku)}`)).body);
}

interface UnitSelectProps {
  label: string;
  units: readonly Unit[];
  value: string;
  onChange: (unitCode: string) => void;
}

/** `carton (6)`: a choice where there is one, else the unit's name alone. */
export function UnitSelect({ label, units, value, onChange }: UnitSelectProps) {
  const base = units[0];
  if (units.length < 2) return <span class="muted">{base ? codeText("unit", base.unit_code) : ""}</span>;
  return (
    <select class="input" aria-label={label} value={value || base?.unit_code} onChange={(event) => onChange(event.currentTarget.value)}>
      {units.map((unit) => (
        <option key={unit.unit_code} value={unit.unit_code}>
          {codeText("unit", unit.unit_code)}{unit === base ? "" : ` (${formatNumber(unit.factor)}${base && base.unit_code !== "C62" ? ` ${formatUnit(base.unit_code)}` : ""})`}
        </option>
      ))}
    </select>
  );
}
