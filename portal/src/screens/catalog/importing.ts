/** Imports of products and prices as the API takes them: a file, which column is which field, and whether only to try. */
import { api } from "../../api";
import type { MessageKey } from "../../i18n";

export interface ImportProblem {
  line: number | null;
  column: string | null;
  code: string;
  /** An English sentence; the portal says it in its own words where it knows the code. */
  detail: string;
}

interface Report {
  rows: number;
  changed: number;
  unchanged: number;
  rejected: number;
  dry_run: boolean;
  problems: readonly ImportProblem[];
}

/** An import of products as it goes: a job of the API. */
export interface ImportJob {
  id: string;
  state: "queued" | "running" | "done" | "failed" | "cancelled";
  dry_run: boolean;
  counts: { created: number; changed: number; unchanged: number; rejected: number };
  progress: { total: number; done: number; rate_per_second: number | null; remaining_seconds: number | null };
  problem_count: number;
  /** The first of them; all are in the file of problems. */
  problems: readonly ImportProblem[];
  failure_code: string;
  failure_detail: string;
}

export interface PriceReport extends Report {
  skus: number;
}

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

interface ProductFile {
  text: string;
  file_name: string;
  delimiter: string;
  mapping: Readonly<Record<string, string>>;
}

const IMPORTS = "/api/catalog/imports";
const ASKED_MS = 700;

export const problemsOf = (job: ImportJob) => `${IMPORTS}/${job.id}/problems`;
export const isOpen = (job: ImportJob) => job.state === "queued" || job.state === "running";

/** Begins an import; with `dryRun` nothing is kept. */
export async function startImport(file: ProductFile, dryRun: boolean): Promise<ImportJob> {
  return (await api.post<ImportJob>(IMPORTS, { ...file, dry_run: dryRun })).body;
}

export async function stopImport(job: ImportJob): Promise<ImportJob> {
  return (await api.post<ImportJob>(`${IMPORTS}/${job.id}/cancel`)).body;
}

/** The job until it is over, told each time it is asked for. It goes on without us when the page is left. */
export async function followImport(job: ImportJob, tell: (job: ImportJob) => void): Promise<ImportJob> {
  let now = job;
  while (isOpen(now)) {
    tell(now);
    await new Promise((resolve) => { setTimeout(resolve, ASKED_MS); });
    now = (await api.get<ImportJob>(`${IMPORTS}/${job.id}`)).body;
  }
  return now;
}

export async function importPrices(priceListId: string, text: string, dryRun: boolean): Promise<PriceReport> {
  return (await api.post<PriceReport>(`/api/pricing/price-lists/${priceListId}/imports`, { text, dry_run: dryRun })).body;
}
