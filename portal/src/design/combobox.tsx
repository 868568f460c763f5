/** Chooses one of very many by searching: the WAI-ARIA combobox with a list box fed by the API. */
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { toastError } from "./toast";

export interface Option {
  id: string;
  title: string;
  subtitle?: string;
}

interface ComboboxProps {
  id?: string;
  value: Option | null;
  onChange: (option: Option | null) => void;
  search: (text: string, abort: AbortSignal) => Promise<Option[]>;
  placeholder?: string;
  /** A list short enough to be shown before anything is typed. */
  opensAtOnce?: boolean;
  label?: string;
  "aria-invalid"?: boolean;
  "aria-describedby"?: string;
  "aria-required"?: boolean;
}

const TYPING_MS = 150;

/** Options for a text, asked for once typing pauses; an older question never overwrites a newer answer. */
export function useSearch(text: string, active: boolean, search: ComboboxProps["search"]): { options: Option[]; searching: boolean } {
  const [options, setOptions] = useState<Option[]>([]);
  const [searching, setSearching] = useState(false);
  const latest = useRef(search);
  latest.current = search;
  useEffect(() => {
    if (!active) return;
    const abort = new AbortController();
    setSearching(true);
    const timer = setTimeout(async () => {
      try {
        const found = await latest.current(text, abort.signal);
        if (!abort.signal.aborted) setOptions(found);
      } catch (error) {
        if (!abort.signal.aborted) toastError(error);
      }
      if (!abort.signal.aborted) setSearching(false);
    }, TYPING_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text, active]);
  return { options, searching };
}

/** Moves an index by an arrow key and keeps it inside; null for any other key. */
export function movedIndex(key: string, index: number, length: number): number | null {
  if (key === "ArrowDown") return Math.min(index + 1, length - 1);
  if (key === "ArrowUp") return Math.max(index - 1, 0);
  if (key === "Home") return 0;
  if (key === "End") return length - 1;
  return null;
}

/** A scanner types and presses Enter before any answer: the one thing then found is what was meant. */
export function Combobox({ value, onChange, search, placeholder, opensAtOnce = false, label, ...control }: ComboboxProps) {
  const listId = useId();
  const [text, setText] = useState<string | null>(null);
  const [index, setIndex] = useState(0);
  const open = text !== null;
  const { options, searching } = useSearch(text ?? "", open, search);
  const entered = useRef(false);
  useEffect(() => {
    if (entered.current && open && options.length === 1) choose(options[0]);
    if (options.length > 0) entered.current = false;
  }, [options]);

  function choose(option: Option | undefined): void {
    if (!option) return;
    onChange(option);
    setText(null);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === "Escape" && open) {
      event.stopPropagation();
      event.preventDefault();
      setText(null);
    } else if (event.key === "Enter" && open) {
      event.preventDefault();
      entered.current = searching || options.length === 0;
      if (!entered.current) choose(options[index]);
    } else {
      if (!open && event.key === "ArrowDown") setText("");
      const moved = open && event.key.startsWith("Arrow") ? movedIndex(event.key, index, options.length) : null;
      if (moved === null) return;
      event.preventDefault();
      setIndex(moved);
    }
  }

  return (
    <div class="combobox">
      <input
        {...control} class="input" role="combobox" type="text" autocomplete="off" aria-label={label} placeholder={(open && value?.title) || placeholder}
        aria-expanded={open} aria-controls={open ? listId : undefined} aria-autocomplete="list"
        aria-activedescendant={open && options[index] ? `${listId}-${index}` : undefined}
        value={text ?? value?.title ?? ""} onKeyDown={onKeyDown} onBlur={() => setText(null)}
        onClick={() => { if (opensAtOnce && !open) setText(""); }}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setIndex(0);
          if (event.currentTarget.value === "") onChange(null);
        }}
      />
      {open && (
        <div class="options" role="listbox" id={listId} aria-label={label ?? t("search.results")}>
          {options.map((option, at) => (
            <div
              key={option.id} id={`${listId}-${at}`} role="option" class="option" aria-selected={at === index}
              onMouseDown={(event) => { event.preventDefault(); choose(option); }} onMouseEnter={() => setIndex(at)}
            >
              <span class="grow ellipsis">{option.title}</span>
              {option.subtitle && <span class="muted small">{option.subtitle}</span>}
            </div>
          ))}
          {options.length === 0 && <div class="option muted" role="option" aria-selected={false} aria-disabled>{searching ? t("search.searching") : t("search.nothing")}</div>}
        </div>
      )}
    </div>
  );
}
