/** Keyboard commands: declared where they work, listed by `?`, silent while a person types or a dialog is open. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { MessageKey } from "./i18n";

export interface KeyCommand {
  /** `j`, `?`, `mod+k` (Ctrl or Cmd), `shift+x`, or a sequence such as `g o`. */
  keys: string;
  label: MessageKey;
  run: (event: KeyboardEvent) => void;
  /** Works in fields and dialogs too (only for mod+ combinations). */
  everywhere?: boolean;
}

const SEQUENCE_MS = 1_000;

export const commands = signal<readonly KeyCommand[]>([]);
let firstKey = "";
let firstKeyAt = 0;

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;
}

/** Enter on a link or button is the browser's. */
function isNative(event: KeyboardEvent): boolean {
  return event.key === "Enter" && event.target instanceof Element && event.target.closest("a, button, summary, label") !== null;
}

function nameOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const modifier = event.ctrlKey || event.metaKey ? "mod+" : "";
  const isLetter = /^[a-z]$/.test(key);
  return modifier + (event.shiftKey && (isLetter || key.length > 1) ? "shift+" : "") + key;
}

function dispatch(event: KeyboardEvent): void {
  if (event.altKey || event.defaultPrevented || isNative(event)) return;
  const name = nameOf(event);
  const sequence = Date.now() - firstKeyAt < SEQUENCE_MS ? `${firstKey} ${name}` : "";
  const isQuiet = isTyping(event.target) || document.querySelector("dialog[open]") !== null;
  const active = commands.value.toReversed();
  const found = active.find((each) => each.keys === sequence) ?? active.find((each) => each.keys === name);
  firstKey = found ? "" : name;
  firstKeyAt = Date.now();
  if (!found || (isQuiet && !found.everywhere)) return;
  event.preventDefault();
  found.run(event);
}

export function startKeyboard(): void {
  document.addEventListener("keydown", dispatch);
}

/** Makes commands active while the component is mounted; the newest declaration of a key wins. */
export function useKeys(own: readonly KeyCommand[]): void {
  const latest = useRef(own);
  latest.current = own;
  useEffect(() => {
    const active = latest.current.map((command) => ({
      ...command,
      run: (event: KeyboardEvent) => latest.current.find((each) => each.keys === command.keys)?.run(event),
    }));
    commands.value = [...commands.value, ...active];
    return () => {
      commands.value = commands.value.filter((each) => !active.includes(each));
    };
  }, [own.map((each) => each.keys).join()]);
}
