/** The import of products as the API takes it: a file, which column is which field, and whether only to try. */
import { api } from "../../api";
import type { MessageKey } from "../../i18n";

export interface ImportProblem {
  line: number;
  column: string;
  code: string;
  message: string;
}

export interface ImportResult {
  read_count: number;
  created_count: number;
  changed_count: number;
  unchanged_count: number;
  problems: ImportProblem[];
}

export interface ImportField {
  key: string;
  label: MessageKey;
  required?: boolean;
  /** Column names this field goes by in the files people have. */
  names: readonly string[];
}

export const IMPORT_FIELDS: readonly ImportField[] = [
  { key: "name", label: "attribute.name", required: true, names: ["product", "product name", "title", "nom", "produit", "designation", "libelle"] },
  { key: "sku", label: "attribute.sku", required: true, names: ["reference", "ref", "ugs", "code article", "item code"] },
  { key: "gtin", label: "attribute.gtin", names: ["ean", "ean13", "barcode", "code barre", "code barres", "upc"] },
  { key: "brand", label: "attribute.brand", names: ["marque", "manufacturer"] },
  { key: "category", label: "attribute.category", names: ["categories", "categorie", "famille"] },
  { key: "description", label: "attribute.description", names: ["short description", "texte"] },
  { key: "weight_grams", label: "variant.weight_grams", names: ["weight g", "poids g", "poids en grammes", "grammes", "poids", "weight"] },
  { key: "vat_rate", label: "variant.vat_rate", names: ["vat", "tva", "taux tva", "taux de tva", "tax rate"] },
];

export function importAddress(): string {
  return "/api/catalog/imports";
}

/** Runs the import, or with `dryRun` only says what it would do. Nothing of a line with a problem is kept. */
export async function importProducts(csv: string, mapping: Readonly<Record<string, string>>, dryRun: boolean, idempotencyKey: string): Promise<ImportResult> {
  const answer = await api.post<ImportResult>(importAddress(), { csv, mapping, dry_run: dryRun }, { idempotencyKey });
  return answer.body;
}
