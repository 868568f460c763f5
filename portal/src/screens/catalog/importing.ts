/** Imports of products and prices as the API takes them: a file, which column is which field, and whether only to try. */
import { api } from "../../api";
import type { ImportBody, JobView } from "../../api_types";
import type { MessageKey } from "../../i18n";

export interface ImportField {
  key: string;
  label: MessageKey;
  /** Column names this field goes by in the files people have. */
  names: readonly string[];
}

/** Before the name of an axis: the column `Size` is the field `axis:Size`. */
export const AXIS = "axis:";

export const IMPORT_FIELDS: readonly ImportField[] = [
  { key: "sku", label: "attribute.sku", names: ["reference", "ref", "code", "code article", "code produit", "ugs"] },
  { key: "product_name", label: "import.product_name", names: ["name", "nom", "designation", "libelle", "produit", "product", "title", "titre"] },
  { key: "description", label: "attribute.description", names: ["texte"] },
  { key: "brand", label: "attribute.brand", names: ["marque"] },
  { key: "category", label: "attribute.category", names: ["categorie", "famille"] },
  { key: "gtin", label: "attribute.gtin", names: ["ean", "ean13", "code barres", "barcode", "upc"] },
  { key: "unit_code", label: "attribute.unit", names: ["unite", "unit"] },
  { key: "packs", label: "variant.packs", names: ["conditionnements", "colisage", "packaging", "units"] },
  { key: "reorder_minimum", label: "variant.reorder_minimum", names: ["stock minimum", "stock mini", "seuil", "minimum stock"] },
  { key: "weight_grams", label: "variant.weight_grams", names: ["poids", "poids g", "weight", "weight g"] },
  { key: "vat_category", label: "variant.vat_category", names: ["categorie tva", "categorie de tva"] },
  { key: "vat_rate", label: "variant.vat_rate", names: ["tva", "taux tva", "taux de tva", "vat"] },
  { key: "kit_components", label: "variant.kit", names: ["composants", "components"] },
  { key: "hs_code", label: "variant.hs_code", names: ["code douanier"] },
  { key: "country_of_origin", label: "variant.country_of_origin", names: ["origine", "origin"] },
  { key: "is_active", label: "product.is_sold", names: ["actif", "active"] },
];

export const TEMPLATE = "/api/catalog/imports/template";
export const EXPORT = "/api/catalog/exports/variants";

/** Column to field, as the titles tell: fields by the names they go by, columns that call themselves an axis. */
export function fieldsOfColumns(header: readonly string[], guessed: Readonly<Record<string, string>>): Record<string, string> {
  const byColumn = Object.fromEntries(Object.entries(guessed).map(([field, column]) => [column, field]));
  return Object.fromEntries(header.map((column) => [column, column.startsWith(AXIS) ? column : (byColumn[column] ?? "")]));
}

export const IMPORTS = "/api/catalog/imports";
export const PRICE_IMPORTS = "/api/pricing/imports";

/** Begins an import; with `dryRun` nothing is kept. */
export async function startImport(file: ImportBody, dryRun: boolean): Promise<JobView> {
  return (await api.post<JobView>(IMPORTS, { ...file, dry_run: dryRun })).body;
}

export async function startPriceImport(priceListId: string, text: string, fileName: string, dryRun: boolean): Promise<JobView> {
  return (await api.post<JobView>(`/api/pricing/price-lists/${priceListId}/imports`, { text, file_name: fileName, dry_run: dryRun })).body;
}
