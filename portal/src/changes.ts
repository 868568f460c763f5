/** The live view: polls the changes feed while the tab is visible and tells screens which kinds moved. */
import { api } from "./api";
import type { Change } from "./api_types";

interface Feed {
  items: Change[];
  cursor: string;
}

type Listener = (changes: Change[]) => void;

const PERIOD_MS = 2_000;
const LONGEST_PERIOD_MS = 30_000;

const listeners = new Map<Listener, ReadonlySet<string>>();
let cursor = "";
let etag: string | null = null;
let failures = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
let polling = false;

/** Calls `listener` with the changes of the given kinds; returns the function that stops it. */
export function onChanges(kinds: readonly string[], listener: Listener): () => void {
  listeners.set(listener, new Set(kinds));
  return () => listeners.delete(listener);
}

function tell(changes: Change[]): void {
  for (const [listener, kinds] of listeners) {
    const wanted = changes.filter((change) => kinds.has(change.kind));
    if (wanted.length > 0) listener(wanted);
  }
}

/** Tells the screens at once of a change this page made itself, instead of when the feed says so. */
export function announce(kind: string, entityId: string): void {
  tell([{ at: new Date().toISOString(), type: "", kind, entity_id: entityId, version: 0 }]);
}

async function poll(): Promise<void> {
  try {
    const headers: Record<string, string> = etag ? { "If-None-Match": etag } : {};
    const answer = await api.get<Feed | undefined>("/api/changes", { query: { since: cursor }, headers });
    failures = 0;
    if (!answer.body) return;
    const isNews = cursor !== "";
    etag = answer.body.cursor === cursor ? answer.etag : null;
    cursor = answer.body.cursor;
    if (isNews && answer.body.items.length > 0) tell(answer.body.items);
  } catch {
    failures += 1;
  }
}

async function turn(): Promise<void> {
  if (polling) return;
  polling = true;
  if (document.visibilityState === "visible") await poll();
  polling = false;
  if (timer === undefined) return;
  timer = setTimeout(turn, Math.min(PERIOD_MS * 2 ** failures, LONGEST_PERIOD_MS));
}

function wake(): void {
  if (timer === undefined || document.visibilityState !== "visible") return;
  clearTimeout(timer);
  timer = setTimeout(turn, 0);
}

export function startChanges(): void {
  if (timer !== undefined) return;
  timer = setTimeout(turn, 0);
  document.addEventListener("visibilitychange", wake);
}

export function stopChanges(): void {
  clearTimeout(timer);
  timer = undefined;
  cursor = "";
  etag = null;
  document.removeEventListener("visibilitychange", wake);
}
