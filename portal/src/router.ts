/** Addresses: path and query of the History API as signals; links are ordinary `<a href>`. */
import { computed, signal } from "@preact/signals";

export interface Place {
  path: string;
  query: URLSearchParams;
}

function here(): Place {
  return { path: window.location.pathname, query: new URLSearchParams(window.location.search) };
}

export const place = signal<Place>(here());
export const path = computed(() => place.value.path);

/** Whether an address is of the operators' area, which has a session of its own. */
export function isOperators(address: string): boolean {
  return address === "/operators" || address.startsWith("/operators/");
}

/** Asked before leaving a page with unsaved changes; answers whether to go. */
type Guard = () => Promise<boolean>;
const guards = new Set<Guard>();

export function guardLeaving(guard: Guard): () => void {
  guards.add(guard);
  return () => guards.delete(guard);
}

async function mayLeave(): Promise<boolean> {
  for (const guard of guards) if (!(await guard())) return false;
  return true;
}

export async function navigate(href: string, replace = false): Promise<void> {
  if (!(await mayLeave())) return;
  if (replace) window.history.replaceState(null, "", href);
  else window.history.pushState(null, "", href);
  place.value = here();
  if (!replace) document.querySelector("main")?.scrollTo(0, 0);
}

/** Changes some query parameters of this page in place (null removes one), without leaving it. */
export function setQuery(changes: Record<string, string | null>): void {
  const query = new URLSearchParams(place.value.query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") query.delete(name);
    else query.set(name, value);
  }
  replaceQuery(query);
}

export function replaceQuery(query: URLSearchParams): void {
  const text = query.toString();
  window.history.replaceState(null, "", text ? `${place.value.path}?${text}` : place.value.path);
  place.value = here();
}

/** Parameters of `/orders/:id` in a path, or null when it does not match. */
export function match(pattern: string, actual: string): Record<string, string> | null {
  const wanted = pattern.split("/");
  const given = actual.replace(/\/+$/, "").split("/");
  if (pattern === "/") return actual === "/" ? {} : null;
  if (wanted.length !== given.length) return null;
  const parameters: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? "";
    if (part.startsWith(":")) parameters[part.slice(1)] = decodeURIComponent(value);
    else if (part !== value) return null;
  }
  return parameters;
}

function followLink(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const link = (event.target as Element).closest("a");
  if (!link || link.target || link.hasAttribute("download") || link.origin !== window.location.origin) return;
  if (link.pathname.startsWith("/api/") || link.pathname.startsWith("/dev/")) return;
  if (link.hash && link.pathname === window.location.pathname) return;
  event.preventDefault();
  void navigate(link.pathname + link.search);
}

export function startRouter(): void {
  document.addEventListener("click", followLink);
  window.addEventListener("popstate", () => {
    place.value = here();
  });
}
