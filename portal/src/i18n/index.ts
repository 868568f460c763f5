/** The portal's words: French and English, one JSON file each with the same keys, loaded one at a time. */
import { signal } from "@preact/signals";
import type english from "./en.json";
import { formatMessage, type Parameters } from "./message";

export type MessageKey = keyof typeof english;
export type Language = "fr" | "en";
export const LANGUAGES: readonly Language[] = ["fr", "en"];

type Catalog = Record<string, string>;

const LOADERS: Record<Language, () => Promise<{ default: Catalog }>> = {
  fr: () => import("./fr.json"),
  en: () => import("./en.json"),
};

const catalog = signal<Catalog>({});
export const language = signal<Language>("fr");

/** The locale for Intl; the portal's English is British in dates and numbers (day first, comma thousands). */
export function locale(): string {
  return language.value === "fr" ? "fr-FR" : "en-GB";
}

export async function loadLanguage(wanted: Language): Promise<void> {
  const loaded = await LOADERS[wanted]();
  catalog.value = loaded.default;
  language.value = wanted;
  document.documentElement.lang = wanted;
}

/** Whether a key made at run time (an error code, a state, a timeline type) has words. */
export function has(key: string): key is MessageKey {
  return Object.hasOwn(catalog.value, key);
}

/** The words of a key in the current language; a missing key shows itself, which the tests never let happen. */
export function t(key: MessageKey, parameters: Parameters = {}): string {
  const source = catalog.value[key];
  return source === undefined ? key : formatMessage(source, parameters, locale());
}

/** The words of a code the API answered, or the code itself made readable (`partially_shipped` → `Partially shipped`). */
export function codeText(prefix: string, code: string, parameters: Parameters = {}): string {
  const key = `${prefix}.${code}`;
  if (has(key)) return t(key, parameters);
  console.debug(`no words for ${key}`);
  const words = code.replace(/([a-z])([A-Z])/g, "$1 $2").replaceAll("_", " ").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
