/**
 * The portal's words: French and English, one JSON file each with the same keys. The build cuts each in two: what the first
 * load names, and the rest, which every module loaded later waits for (`words.mjs` has the rule).
 */
import { signal } from "@preact/signals";
import type english from "./en.json";
import { formatMessage, type Parameters } from "./message";

export type MessageKey = keyof typeof english;
export type Language = "fr" | "en";
export const LANGUAGES: readonly Language[] = ["fr", "en"];

type Catalog = Record<string, string>;

type Load = () => Promise<{ default: Catalog }>;

const FIRST: Record<Language, Load> = { fr: () => import("words:fr/first"), en: () => import("words:en/first") };
const REST: Record<Language, Load> = { fr: () => import("words:fr/rest"), en: () => import("words:en/rest") };

const catalog = signal<Catalog>({});
export const language = signal<Language>("fr");

/** The locale for Intl; the portal's English is British in dates and numbers (day first, comma thousands). */
export function locale(): string {
  return language.value === "fr" ? "fr-FR" : "en-GB";
}

/** What is wanted now; whoever asked while something else was on its way is answered with what was asked for last. */
const wanted: { language: Language; rest: boolean } = { language: "fr", rest: false };
let shown = "";

async function show(): Promise<void> {
  const { language: asked, rest } = wanted;
  const name = `${asked} ${rest}`;
  if (name === shown) return;
  const parts = await Promise.all([FIRST[asked](), ...(rest ? [REST[asked]()] : [])]);
  if (asked !== wanted.language || rest !== wanted.rest) return show();
  catalog.value = Object.assign({}, ...parts.map((part) => part.default));
  language.value = asked;
  document.documentElement.lang = asked;
  shown = name;
}

/** Shows the portal in a language: every word that is here already changes at once. */
export async function loadLanguage(asked: Language): Promise<void> {
  wanted.language = asked;
  await show();
}

/** A module that is not of the first load, with the words it needs: the one way to import code later. */
export async function withWords<T>(load: () => Promise<T>): Promise<T> {
  wanted.rest = true;
  const [module] = await Promise.all([load(), show()]);
  return module;
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
