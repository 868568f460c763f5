/** Messages in the ICU subset we use: `{name}`, `{n, number}` and `{n, plural, =0 {…} one {…} other {# …}}`. */

export type Parameters = Record<string, string | number | null | undefined>;

type Part = string | { name: string; format: "text" | "number" } | { name: string; cases: Map<string, Part[]> };

const parsed = new Map<string, Part[]>();

/** The index of the brace that closes the one at `start`; throws on an unbalanced message. */
function closing(source: string, start: number): number {
  let depth = 0;
  for (let index = start; index < source.length; index += 1) {
    if (source[index] === "{") depth += 1;
    else if (source[index] === "}" && --depth === 0) return index;
  }
  throw new Error(`unbalanced braces in message: ${source}`);
}

function parseCases(source: string): Map<string, Part[]> {
  const cases = new Map<string, Part[]>();
  let index = 0;
  for (;;) {
    const open = source.indexOf("{", index);
    if (open < 0) return cases;
    const close = closing(source, open);
    cases.set(source.slice(index, open).trim(), parse(source.slice(open + 1, close)));
    index = close + 1;
  }
}

function parse(source: string): Part[] {
  const parts: Part[] = [];
  let index = 0;
  while (index < source.length) {
    const open = source.indexOf("{", index);
    if (open < 0) break;
    if (open > index) parts.push(source.slice(index, open));
    const close = closing(source, open);
    const [name = "", kind = "text", ...rest] = source.slice(open + 1, close).split(",");
    if (kind.trim() === "plural") parts.push({ name: name.trim(), cases: parseCases(rest.join(",")) });
    else parts.push({ name: name.trim(), format: kind.trim() === "number" ? "number" : "text" });
    index = close + 1;
  }
  if (index < source.length) parts.push(source.slice(index));
  return parts;
}

function write(parts: Part[], parameters: Parameters, locale: string, counted: number | null): string {
  let text = "";
  for (const part of parts) {
    if (typeof part === "string") {
      text += counted === null ? part : part.replaceAll("#", new Intl.NumberFormat(locale).format(counted));
    } else if ("cases" in part) {
      const count = Number(parameters[part.name] ?? 0);
      const rule = new Intl.PluralRules(locale).select(count);
      const chosen = part.cases.get(`=${count}`) ?? part.cases.get(rule) ?? part.cases.get("other") ?? [];
      text += write(chosen, parameters, locale, count);
    } else {
      const value = parameters[part.name] ?? "";
      text += part.format === "number" ? new Intl.NumberFormat(locale).format(Number(value)) : String(value);
    }
  }
  return text;
}

/** Fills a message for a locale; French counts 0 and 1 as one, English only 1 (CLDR, through Intl.PluralRules). */
export function formatMessage(source: string, parameters: Parameters, locale: string): string {
  let parts = parsed.get(source);
  if (!parts) parsed.set(source, (parts = parse(source)));
  return write(parts, parameters, locale, null);
}
