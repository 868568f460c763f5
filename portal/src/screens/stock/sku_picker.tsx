/** Chooses a SKU by its code, its GTIN or a word of its name; the value is the SKU itself. */
import { api, ApiError } from "../../api";
import type { ScannedItem } from "../../api_types";
import { Combobox, type Option } from "../../design/combobox";
import { searchDocuments } from "../../entities";
import { codeText, t } from "../../i18n";

/** What was chosen; scanned by a pack's GTIN, it also says the unit. */
export interface SkuOption extends Option {
  unit_code?: string;
}

interface SkuPickerProps {
  label: string;
  value: Option | null;
  onChange: (option: SkuOption | null) => void;
  invalid?: boolean;
  /** The article of a line that exists stays what it is. */
  fixed?: boolean;
}

/** A GTIN stands for one article and unit; null for digits that are none of ours. */
async function scanned(gtin: string, abort: AbortSignal): Promise<SkuOption | null> {
  try {
    const { body } = await api.get<ScannedItem>(`/api/catalog/gtins/${gtin}`, { signal: abort });
    const unit = body.unit_code === body.base_unit_code ? "" : ` · ${codeText("unit", body.unit_code)}`;
    return { id: body.sku, title: body.name, subtitle: body.sku + unit, unit_code: body.unit_code };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/** The search tells a variant by its name, with its SKU beside it. */
async function findSkus(text: string, abort: AbortSignal): Promise<SkuOption[]> {
  const typed = text.trim();
  const gtin = /^(\d{8}|\d{12,14})$/.test(typed) ? await scanned(typed, abort) : null;
  if (gtin) return [gtin];
  const found = await searchDocuments(text, abort, "variant");
  return found.map((each) => ({ ...each, id: each.subtitle?.split(" · ")[0] || each.title }));
}

export function SkuPicker({ label, value, onChange, invalid, fixed }: SkuPickerProps) {
  if (fixed && value) return <span class="mono">{value.id}</span>;
  return (
    <Combobox label={label} aria-invalid={invalid || undefined} value={value} placeholder={t("stock.sku_placeholder")} search={findSkus} onChange={onChange} />
  );
}
