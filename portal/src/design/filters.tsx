/** Filter chips: each declared filter is a chip that opens its choice; what is on shows its value and can be taken off. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { formatDate } from "../format";
import { t } from "../i18n";
import { Combobox, type Option } from "./combobox";
import { Icon } from "./icons";
import { Popover } from "./overlay";

interface Common {
  /** The query parameter. */
  key: string;
  label: string;
}

export type Filter = Common &
  (
    | { type: "choice"; options: readonly { value: string; label: string }[] }
    | { type: "text" }
    | { type: "boolean" }
    /** Two parameters, `from` and `to`, business dates. */
    | { type: "dates" }
    | {
      type: "reference";
      search: (text: string, abort: AbortSignal) => Promise<Option[]>;
      placeholder?: string;
      /** What an id is called, where that is known without asking. */
      titleOf?: (id: string) => string;
    }
  );

interface FilterChipsProps {
  filters: readonly Filter[];
  query: URLSearchParams;
  onChange: (changes: Record<string, string | null>) => void;
}

function keysOf(filter: Filter): string[] {
  return filter.type === "dates" ? ["from", "to"] : [filter.key];
}

function chosenText(filter: Filter, query: URLSearchParams): string | null {
  const value = query.get(filter.key);
  switch (filter.type) {
    case "dates": {
      const [from, to] = keysOf(filter).map((key) => query.get(key));
      if (!from && !to) return null;
      return `${from ? formatDate(from) : "…"} – ${to ? formatDate(to) : "…"}`;
    }
    case "boolean":
      return value === null ? null : value === "true" ? t("value.yes") : t("value.no");
    case "choice": {
      if (!value) return null;
      const labels = value.split(",").map((each) => filter.options.find((option) => option.value === each)?.label ?? each);
      return labels.join(", ");
    }
    case "reference":
      return value && filter.titleOf ? filter.titleOf(value) : value;
    default:
      return value;
  }
}

export function FilterChips({ filters, query, onChange }: FilterChipsProps) {
  const anyOn = filters.some((filter) => keysOf(filter).some((key) => query.has(key)));
  const clear = (wanted: readonly Filter[]) => onChange(Object.fromEntries(wanted.flatMap(keysOf).map((key) => [key, null])));
  return (
    <div class="chips" role="group" aria-label={t("list.filters")}>
      {filters.map((filter) => {
        const chosen = chosenText(filter, query);
        const text = chosen === null ? filter.label : t("list.filter_on", { name: filter.label, value: chosen });
        const shown = <>{chosen === null && <Icon name="plus" size={12} />}{text}</>;
        return (
          <span key={filter.key} class="chip-group">
            <Popover button={shown} buttonClass={`chip ${chosen === null ? "" : "on"}`} className="padded">
              {(close) => <FilterEditor filter={filter} query={query} onChange={onChange} close={close} />}
            </Popover>
            {chosen !== null && (
              <button type="button" class="chip on" aria-label={t("list.remove_filter", { name: filter.label })} onClick={() => clear([filter])}>
                <Icon name="close" size={12} />
              </button>
            )}
          </span>
        );
      })}
      {anyOn && <button type="button" class="button quiet small" onClick={() => clear(filters)}>{t("list.clear_filters")}</button>}
    </div>
  );
}

type EditorProps = Omit<FilterChipsProps, "filters"> & { filter: Filter; close: () => void };

function FilterEditor({ filter, query, onChange, close }: EditorProps) {
  const value = query.get(filter.key) ?? "";
  switch (filter.type) {
    case "choice":
      return <Choices filter={filter} value={value} onChange={(next) => onChange({ [filter.key]: next || null })} />;
    case "boolean":
      return (
        <div class="line">
          {(["true", "false"] as const).map((each) => (
            <button key={each} type="button" class="button wide" aria-pressed={value === each} onClick={() => { onChange({ [filter.key]: each }); close(); }}>
              {each === "true" ? t("value.yes") : t("value.no")}
            </button>
          ))}
        </div>
      );
    case "dates":
      return (
        <div class="fields">
          {keysOf(filter).map((key, index) => (
            <div key={key} class="field">
              <label for={`filter-${key}`}>{index === 0 ? t("filter.from") : t("filter.to")}</label>
              <input id={`filter-${key}`} type="date" class="input" value={query.get(key) ?? ""} onChange={(event) => onChange({ [key]: event.currentTarget.value || null })} />
            </div>
          ))}
        </div>
      );
    case "reference":
      return (
        <Combobox
          label={filter.label} value={value ? { id: value, title: filter.titleOf?.(value) ?? value } : null} search={filter.search} placeholder={filter.placeholder}
          onChange={(option) => { onChange({ [filter.key]: option?.id ?? null }); if (option) close(); }}
        />
      );
    default:
      return <TextEditor label={filter.label} value={value} onDone={(next) => { onChange({ [filter.key]: next || null }); close(); }} />;
  }
}

/** Several choices of one filter are an OR, sent as a comma-separated list. */
function Choices({ filter, value, onChange }: { filter: Extract<Filter, { type: "choice" }>; value: string; onChange: (value: string) => void }) {
  const chosen = new Set(value ? value.split(",") : []);
  function toggle(each: string): void {
    const next = new Set(chosen);
    if (!next.delete(each)) next.add(each);
    onChange([...next].join(","));
  }
  return (
    <fieldset class="field">
      <legend class="label">{filter.label}</legend>
      {filter.options.map((option) => (
        <label key={option.value} class="line">
          <input type="checkbox" checked={chosen.has(option.value)} onChange={() => toggle(option.value)} />
          {option.label}
        </label>
      ))}
    </fieldset>
  );
}

function TextEditor({ label, value, onDone }: { label: string; value: string; onDone: (value: string) => void }): ComponentChildren {
  const [text, setText] = useState(value);
  return (
    <form class="line" onSubmit={(event) => { event.preventDefault(); onDone(text.trim()); }}>
      <input class="input" aria-label={label} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      <button type="submit" class="button">{t("action.apply")}</button>
    </form>
  );
}
