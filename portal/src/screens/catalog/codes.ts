/** Codes of the trade that forms offer: VAT categories (UN/CEFACT 5305) and units (UN/ECE Rec 20). */
import type { Choice } from "../../entities";

export const VAT_CATEGORIES: readonly Choice[] = [
  { value: "S", label: "vat_category.S" },
  { value: "Z", label: "vat_category.Z" },
  { value: "E", label: "vat_category.E" },
  { value: "AE", label: "vat_category.AE" },
  { value: "K", label: "vat_category.K" },
  { value: "G", label: "vat_category.G" },
  { value: "O", label: "vat_category.O" },
];

export const UNITS: readonly Choice[] = [
  { value: "C62", label: "unit.C62" },
  { value: "KGM", label: "unit.KGM" },
  { value: "GRM", label: "unit.GRM" },
  { value: "LTR", label: "unit.LTR" },
  { value: "MTR", label: "unit.MTR" },
  { value: "CT", label: "unit.CT" },
  { value: "BX", label: "unit.BX" },
  { value: "PX", label: "unit.PX" },
];
