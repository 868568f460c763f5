/** From what tells variants apart to the variants themselves. Pure. */

/** One thing that tells variants apart, and its values as typed: `Size` · `S, M, L`. */
export interface Axis {
  name: string;
  values: string;
}

export const MAX_AXES = 3;
/** As the API: a product and its variants are one transaction. */
export const MAX_VARIANTS = 48;

/** The values typed in one line, each once, in their order. */
export function valuesOf(text: string): string[] {
  return [...new Set(text.split(",").map((each) => each.trim()).filter(Boolean))];
}

/** The axes that have a name and values; the others do not count yet. */
export function usableAxes(axes: readonly Axis[]): { name: string; values: string[] }[] {
  return axes.map((axis) => ({ name: axis.name.trim(), values: valuesOf(axis.values) }))
    .filter((axis) => axis.name !== "" && axis.values.length > 0);
}

/** Every combination of one value of each axis, the last axis turning fastest; one empty combination without axes. */
export function combinations(axes: readonly (readonly string[])[]): string[][] {
  return axes.reduce<string[][]>((found, values) => found.flatMap((start) => values.map((value) => [...start, value])), [[]]);
}

/** `MUG` with `Bleu foncé`, `XL` → `MUG-BLEU-FONCE-XL`: letters and digits of any language in plain ASCII, at most 40. */
export function suggestedSku(prefix: string, values: readonly string[]): string {
  const plain = (text: string) =>
    text.normalize("NFD").replace(/\p{M}/gu, "").toUpperCase().replace(/[^A-Z0-9._/-]+/g, "-").replace(/^[^A-Z0-9]+|-+$/g, "");
  return [prefix, ...values].map(plain).filter(Boolean).join("-").slice(0, 40);
}
