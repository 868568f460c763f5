/** What a person chose for this browser: theme, language, density, folded navigation, columns, own views. */
import { effect, signal, type Signal } from "@preact/signals";
import { LANGUAGES, loadLanguage, type Language } from "./i18n";

export type Theme = "system" | "light" | "dark";
export type Density = "comfortable" | "compact";

const kept = new Map<string, Signal<unknown>>();

/** A signal kept in localStorage under `comptoir.<name>`; private windows that refuse storage keep it for the visit. */
export function stored<T>(name: string, initial: T): Signal<T> {
  const known = kept.get(name);
  if (known) return known as Signal<T>;
  const key = `comptoir.${name}`;
  let value = initial;
  try {
    const text = localStorage.getItem(key);
    if (text !== null) value = JSON.parse(text) as T;
  } catch {
    value = initial;
  }
  const choice = signal(value);
  kept.set(name, choice);
  effect(() => {
    const text = JSON.stringify(choice.value);
    try {
      localStorage.setItem(key, text);
    } catch {
      return;
    }
  });
  return choice;
}

function browserLanguage(): Language {
  const wanted = navigator.languages.map((each) => each.slice(0, 2));
  return LANGUAGES.find((each) => each === wanted.find((code) => LANGUAGES.includes(code as Language))) ?? "en";
}

export const theme = stored<Theme>("theme", "system");
export const density = stored<Density>("density", "comfortable");
export const navigationFolded = stored("navigation_folded", false);
export const chosenLanguage = stored<Language>("language", browserLanguage());

/** Puts the choices on the root element, where the style sheet reads them, and loads the words. */
export async function applyPreferences(): Promise<void> {
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
    document.documentElement.dataset.density = density.value;
  });
  await loadLanguage(chosenLanguage.value);
}

export async function chooseLanguage(wanted: Language): Promise<void> {
  await loadLanguage(wanted);
  chosenLanguage.value = wanted;
}
