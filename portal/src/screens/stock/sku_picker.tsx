/** Chooses a SKU by its code, its GTIN or a word of its name; the value is the SKU itself. */
import { Combobox, type Option } from "../../design/combobox";
import { searchDocuments } from "../../entities";
import { t } from "../../i18n";

interface SkuPickerProps {
  label: string;
  value: Option | null;
  onChange: (option: Option | null) => void;
  invalid?: boolean;
}

/** The search tells a variant by its name, with its SKU beside it. */
async function findSkus(text: string, abort: AbortSignal): Promise<Option[]> {
  const found = await searchDocuments(text, abort, "variant");
  return found.map((each) => ({ ...each, id: each.subtitle?.split(" · ")[0] || each.title }));
}

export function SkuPicker({ label, value, onChange, invalid }: SkuPickerProps) {
  return (
    <Combobox label={label} aria-invalid={invalid || undefined} value={value} placeholder={t("stock.sku_placeholder")} search={findSkus} onChange={onChange} />
  );
}
